"""The finished film, made and measured until it is right: encoders shift and overshoot, and are told so."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autoscore.adapters import mux
from autoscore.adapters.copied import FilmPackets, read_packets
from autoscore.errors import StorageError
from autoscore.model.audio import RATE_HZ, Mix
from autoscore.model.events import Progress
from autoscore.model.media import Media
from autoscore.stages.deliver.readback import Heard, hear

ATTEMPTS = 3
_OFFSET_WORTH_MS = 0.5
_OVERSHOOT_WORTH_DB = 0.03
_SPARE_DB = 0.04
_LARGEST_TRIM_LU = 0.48
"""Loudness may be 0.5 LU from its target: an overshoot is taken out by gain as long as that holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    source: FilmPackets
    output: FilmPackets
    heard: Heard
    gain_db: float
    warnings: tuple[str, ...]


def _part(on_progress: Progress, low: float, high: float) -> Progress:
    return lambda share: on_progress(low + (high - low) * share)


def make(
    film: Path, media: Media, mix: Mix, folder: Path, output: Path, times_s: Sequence[float], *, keep_original: bool,
    on_progress: Progress,
) -> Finished:  # fmt: skip
    """Writes ``output`` and measures it. It appears under its name only when it is complete and measured.

    What the encoder was found to do is corrected in a further attempt: sound that lies 0.5 ms or more from its place
    is moved by that much, a true peak above the limit is lowered by static gain.

    Args:
        folder: where the mix's files are.
        times_s: film times to look for onsets at.

    Raises:
        StorageError: the folder cannot be written; nothing is left behind.
        FilmError: the film cannot be read or its picture cannot go into this container.
    """
    sound_index = media.sound.index if media.sound else None
    source = read_packets(
        film, video_index=media.video.index, sound_index=sound_index, on_progress=_part(on_progress, 0.0, 0.05)
    )
    # The suffix stays last: FFmpeg and PyAV may look at it.
    draft = output.with_name(f".{output.stem}.draft{output.suffix}")
    gain_db, correction = 0.0, 0
    try:
        for attempt in range(1, ATTEMPTS + 1):
            warnings = mux.finish(
                film, media, folder / mix.path, sound_start_s=mix.start_s, output=draft, keep_original=keep_original,
                gain_db=gain_db, correction_samples=correction, on_progress=_part(on_progress, 0.05, 0.5),
            )  # fmt: skip
            packets = read_packets(draft, on_progress=_part(on_progress, 0.5, 0.55))
            heard = hear(
                draft, packets, mix, folder, times_s, gain_db=gain_db, duration_s=media.duration_s,
                on_progress=_part(on_progress, 0.55, 1.0),
            )  # fmt: skip
            late_ms = heard.offset_ms or 0.0
            over_db = heard.true_peak_dbtp - mix.true_peak_limit_dbtp
            quieter_lu = heard.loudness_lufs - over_db - _SPARE_DB - mix.target_lufs
            can_trim = over_db > _OVERSHOOT_WORTH_DB and quieter_lu > -_LARGEST_TRIM_LU
            if attempt == ATTEMPTS or (abs(late_ms) < _OFFSET_WORTH_MS and not can_trim):
                break
            if abs(late_ms) >= _OFFSET_WORTH_MS:
                correction -= round(late_ms / 1000.0 * RATE_HZ)
            if can_trim:
                gain_db -= over_db + _SPARE_DB
        try:
            draft.replace(output)
        except OSError as error:
            raise StorageError(f"{output} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            draft.unlink()
    return Finished(source=source, output=packets, heard=heard, gain_db=gain_db, warnings=warnings)
