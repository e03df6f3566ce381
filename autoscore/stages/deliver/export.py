"""Sound as a mixing desk wants it: 48 kHz 24-bit WAV, all of one length. Made on demand, for the files are large."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from autoscore.adapters import sound
from autoscore.adapters.coarse import read_full
from autoscore.errors import StorageError
from autoscore.model.audio import RATE_HZ, Mix, Stem, Stems
from autoscore.model.events import Progress, ignore_progress
from autoscore.stages.deliver.notes import picture_code

FRAME_BYTES = 6
"""Two channels of 24 bits."""

_BLOCK = 10 * RATE_HZ
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class StemFile:
    """A WAV to be: its name, the film times at which it starts and ends, and the stems that are added up in it."""

    name: str
    start_s: float
    end_s: float
    stems: tuple[Stem, ...]

    @property
    def frames(self) -> int:
        return round((self.end_s - self.start_s) * RATE_HZ)


def stem_files(stems: Stems, *, duration_s: float, per_cue: Fraction | None = None) -> tuple[StemFile, ...]:
    """The files that ``export_stems`` writes: by group or, with ``per_cue``, by cue and group."""
    if per_cue is None:
        return tuple(
            StemFile(
                name=f"{group}.wav", start_s=0.0, end_s=duration_s,
                stems=tuple(stem for stem in stems.stems if stem.group == group),
            )
            for group in sorted({stem.group for stem in stems.stems})
        )  # fmt: skip
    files: list[StemFile] = []
    for cue in sorted({stem.cue_id for stem in stems.stems}):
        own = [stem for stem in stems.stems if stem.cue_id == cue]
        # What is struck a moment before the first picture is cut there, as in the film: sessions begin at 01:00:00:00.
        first = max(0, math.floor(min(stem.start_s for stem in own) * per_cue + _ROUNDING))
        start_s = float(first / per_cue)
        end_s = max(stem.start_s + stem.frames / RATE_HZ for stem in own)
        files += [
            StemFile(name=f"{stem.cue_id}_{stem.group}.wav", start_s=start_s, end_s=end_s, stems=(stem,))
            for stem in own
        ]
    return tuple(files)


def export_stems(
    stems: Stems, stem_folder: Path, out: Path, *, duration_s: float, per_cue: Fraction | None = None,
    on_progress: Progress = ignore_progress,
) -> tuple[Path, ...]:  # fmt: skip
    """Writes one WAV a group, from the first picture to the end of the film; or one a cue and group.

    Dry, without ducking or limiting. ``per_cue`` is the film's frame rate: all files of a cue have one length and start
    together on the last whole frame before its first sound, never before the first picture, so that a timecode places
    them to the sample. Memory does not grow with length.

    Raises:
        StorageError: a stem is missing or a file cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{out} cannot be made: {error.strerror}") from error
    files = stem_files(stems, duration_s=duration_s, per_cue=per_cue)
    for number, file in enumerate(files):
        parts = [_Part(path=stem_folder / s.path, start_s=s.start_s, frames=s.frames) for s in file.stems]
        sound.write_file(out / file.name, _joined(parts, file.start_s, file.end_s))
        on_progress((number + 1) / len(files))
    return tuple(out / file.name for file in files)


def stem_table(files: Iterable[StemFile], rate: Fraction, *, folder: str) -> str:
    """Where each file of ``folder`` begins: film time, timecode from 01:00:00:00, and how long it is."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(("file", "film_s", "timecode", "duration_s"))
    for file in files:
        code = picture_code(file.start_s, rate)
        table.writerow((f"{folder}/{file.name}", f"{file.start_s:.6f}", code, f"{file.frames / RATE_HZ:.6f}"))
    return buffer.getvalue()


def export_mix(mix: Mix, folder: Path, out: Path, *, duration_s: float) -> tuple[Path, ...]:
    """Writes mix.wav and music.wav, from the first picture to the end of the film: cut and padded, else as they are.

    Raises:
        StorageError: a file of the mix is missing or a file cannot be written.
    """
    written = []
    for name, path in (("mix.wav", mix.path), ("music.wav", mix.music_path)):
        part = _Part(path=folder / path, start_s=mix.start_s, frames=sound.file_info(folder / path)[0])
        sound.write_file(out / name, _joined([part], 0.0, duration_s))
        written.append(out / name)
    return tuple(written)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A sound file and its place on film time."""

    path: Path
    start_s: float
    frames: int


def _joined(parts: Sequence[_Part], start_s: float, end_s: float) -> Iterator[sound.Samples]:
    """Sound files added up on film time, in blocks."""
    total = round((end_s - start_s) * RATE_HZ)
    placed = [(round((part.start_s - start_s) * RATE_HZ), part) for part in parts]
    for at in range(0, total, _BLOCK):
        size = min(_BLOCK, total - at)
        out = np.zeros((size, 2), np.float32)
        for first, part in placed:
            low, high = max(at, first), min(at + size, first + part.frames)
            if high <= low:
                continue
            place = low - at
            for block in read_full(part.path, rate_hz=RATE_HZ, start_frame=low - first, frames=high - low):
                out[place : place + len(block.samples)] += block.samples
                place += len(block.samples)
        yield out
