"""Stems as a mixing desk wants them: 48 kHz 24-bit WAV, all of one length. Made on demand, for they are large."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from autoscore.adapters import sound
from autoscore.errors import StorageError
from autoscore.model.audio import RATE_HZ, Stem, Stems
from autoscore.model.events import Progress, ignore_progress

_BLOCK = 10 * RATE_HZ


def export_stems(
    stems: Stems, stem_folder: Path, out: Path, *, duration_s: float, per_cue: bool = False,
    on_progress: Progress = ignore_progress,
) -> tuple[Path, ...]:  # fmt: skip
    """Writes one WAV a group, from the first picture to the end of the film; or one a cue and group.

    Dry, without ducking or limiting. With ``per_cue`` all files of a cue start together at the earliest of its stems
    and have one length. Memory does not grow with length.

    Raises:
        StorageError: a stem is missing or a file cannot be written.
    """
    jobs: list[tuple[str, list[Stem], float, float]] = []
    groups = sorted({stem.group for stem in stems.stems})
    if per_cue:
        for cue in sorted({stem.cue_id for stem in stems.stems}):
            own = [stem for stem in stems.stems if stem.cue_id == cue]
            start = min(stem.start_s for stem in own)
            end = max(stem.start_s + stem.frames / RATE_HZ for stem in own)
            jobs += [(f"{stem.cue_id}_{stem.group}.wav", [stem], start, end) for stem in own]
    else:
        for group in groups:
            jobs.append((f"{group}.wav", [s for s in stems.stems if s.group == group], 0.0, duration_s))
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{out} cannot be made: {error.strerror}") from error
    for number, (name, members, start_s, end_s) in enumerate(jobs):
        sound.write_file(out / name, _joined(members, stem_folder, start_s, end_s))
        written.append(out / name)
        on_progress((number + 1) / len(jobs))
    return tuple(written)


def _joined(stems: list[Stem], folder: Path, start_s: float, end_s: float) -> Iterator[sound.Samples]:
    """Stems added up on film time, in blocks."""
    total = round((end_s - start_s) * RATE_HZ)
    placed = [(round((stem.start_s - start_s) * RATE_HZ), stem) for stem in stems]
    for at in range(0, total, _BLOCK):
        size = min(_BLOCK, total - at)
        out = np.zeros((size, 2), np.float32)
        for first, stem in placed:
            low, high = max(at, first), min(at + size, first + stem.frames)
            if high <= low:
                continue
            place = low - at
            for block in sound.read_file(folder / stem.path, start_frame=low - first, frames=high - low):
                out[place : place + len(block.samples)] += block.samples
                place += len(block.samples)
        yield out
