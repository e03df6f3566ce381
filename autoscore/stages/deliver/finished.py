"""The finished film, made and measured until it is right: encoders shift and overshoot, and are told so."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from autoscore.adapters import mux
from autoscore.adapters.copied import Packets, beginning, picture_content_sha256, read_packets, read_sound
from autoscore.adapters.files import file_sha256, temporary, whole
from autoscore.adapters.limiter import limited
from autoscore.adapters.tracks import PRIMING_S
from autoscore.model.audio import RATE_HZ, Mix
from autoscore.model.events import Progress
from autoscore.model.media import Media
from autoscore.model.receipt import Durations, Hashes
from autoscore.stages.deliver.ending import ending
from autoscore.stages.deliver.handoff import music_alone
from autoscore.stages.deliver.readback import Heard, hear, unheard

ATTEMPTS = 4
_OFFSET_WORTH_MS = 0.5
_OVERSHOOT_WORTH_DB = 0.03
_SPARE_DB = 0.04
_LIMITED_SPARE_DB = 0.1
_LARGEST_TRIM_LU = 0.48
"""Loudness may be 0.5 LU from its target: an overshoot is taken out by gain as long as that holds."""


NOT_MEASURED = (
    "This is a draft: its sound was not decoded and measured. Its packets are the mix's, whose loudness, true peak and "
    "hits, as they were solved and rendered, are on the receipt."
)
UNKNOWN_MS = 1e9
"""Stands for a shift that cannot be told because the number of pictures differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What was written and measured. ``hashes`` and ``shift_ms`` are of the picture, None where there is none."""

    hashes: Hashes | None
    shift_ms: float | None
    durations: Durations
    picture_times_s: tuple[float, ...]
    sound: Packets | None
    heard: Heard
    repacked: bool = False
    """The packets differ, but only in how the container packs the same coded pictures."""
    gain_db: float = 0.0
    warnings: tuple[str, ...] = ()
    file_sha256: str = ""
    """Of the whole file."""


@contextmanager
def _passing(path: Path) -> Iterator[Path]:
    """A file that is not kept."""
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _part(on_progress: Progress, low: float, high: float) -> Progress:
    return lambda share: on_progress(low + (high - low) * share)


def make(
    film: Path, media: Media, mix: Mix, folder: Path, output: Path, times_s: Sequence[float], *, keep_original: bool,
    on_progress: Progress, facts: str = "", quick: bool = False,
    on_ready: Callable[[Path], None] = lambda _draft: None,
) -> Finished:  # fmt: skip
    """Writes ``output`` and measures it. It appears under its name only when it is complete and measured.

    What the encoder was found to do is corrected in a further attempt: sound that lies 0.5 ms or more from its place
    is moved by that much, a true peak above the limit is lowered by static gain, or by limiting where that would cost
    too much loudness.

    Args:
        folder: where the mix's files are.
        times_s: film times to look for onsets at.
        facts: goes behind what the film's comment says.
        quick: for a first look: where the container holds FLAC the mix's packets are copied, and what is known of the
            mix is known of the film without being measured again.
        on_ready: gets the finished file under its temporary name just before it is given its own; may raise.

    Raises:
        StorageError: the folder cannot be written; nothing is left behind.
        FilmError: the film cannot be read or its picture cannot go into this container.
    """
    sound_index = media.sound.index if media.sound else None
    gain_db, correction = 0.0, 0
    with (
        _passing(temporary(folder / mix.path, ".flac")) as peakless,
        whole(output, output.suffix) as draft,  # the suffix stays last: FFmpeg and PyAV may look at it
        ThreadPoolExecutor(3 if quick else 2, thread_name_prefix="packets") as pool,
        ending(pool) as go_on,
    ):
        reading = pool.submit(read_packets, film, video_index=media.video.index, sound_index=sound_index,
                              on_progress=go_on)  # fmt: skip

        def listen(place: tuple[int | None, float]) -> Heard:
            return hear(
                draft, mix, folder, times_s, sound_index=place[0], film_start_s=place[1], gain_db=gain_db,
                duration_s=media.duration_s, on_progress=_part(on_progress, 0.6, 1.0),
            )  # fmt: skip

        mixed = pool.submit(read_sound, folder / mix.path, go_on) if quick else None
        known = pool.submit(unheard, mix, folder, times_s, go_on) if quick else None
        track, ceiling_dbtp = folder / mix.path, mix.true_peak_dbtp
        for attempt in range(1, ATTEMPTS + 1):
            warnings = mux.finish(
                film, media, track, sound_start_s=mix.start_s, output=output, draft=draft,
                keep_original=keep_original, gain_db=gain_db, correction_samples=correction, facts=facts,
                as_it_is=quick and attempt == 1, on_progress=_part(on_progress, 0.0, 0.6),
            )  # fmt: skip
            copying = pool.submit(read_packets, draft, on_progress=go_on)
            digest = pool.submit(file_sha256, draft, go_on)
            if mixed is not None and known is not None:
                packets = copying.result()
                if packets.sound is not None and packets.sound.sha256 == mixed.result().sha256:
                    late_s = packets.sound.first_s - packets.video.first_s - mix.start_s
                    heard, warnings = replace(known.result(), offset_ms=1000.0 * late_s), (*warnings, NOT_MEASURED)
                    break
            begin = beginning(draft)
            heard = listen(begin)
            packets = copying.result()
            if begin != (packets.sound_index, packets.video.first_s):  # the earliest picture comes late in the file
                heard = listen((packets.sound_index, packets.video.first_s))
            late_ms = heard.offset_ms or 0.0
            over_db = heard.true_peak_dbtp - mix.true_peak_limit_dbtp
            is_over = over_db > _OVERSHOOT_WORTH_DB
            if attempt == ATTEMPTS or (abs(late_ms) < _OFFSET_WORTH_MS and not is_over):
                break
            if abs(late_ms) >= _OFFSET_WORTH_MS:
                correction -= round(late_ms / 1000.0 * RATE_HZ)
            off_lu = heard.loudness_lufs - mix.target_lufs
            if is_over and track == folder / mix.path and off_lu - over_db - _SPARE_DB > -_LARGEST_TRIM_LU:
                gain_db -= over_db + _SPARE_DB
            elif is_over:  # that much gain would cost the loudness: only the peaks go, and what they took comes back
                ceiling_dbtp += gain_db - over_db - _LIMITED_SPARE_DB
                gain_db = 0.0
                limited(folder / mix.path, peakless, gain_db=min(1.0, max(0.0, -off_lu)), ceiling_dbtp=ceiling_dbtp)
                track = peakless
        sha256 = digest.result()
        on_ready(draft)
        source = reading.result()
    before, after = source.video, packets.video
    # The new sound of a silent film begins at the container's zero, as players do, be the picture a trace later.
    lead_s = before.first_s if source.sound is None and 0.0 < before.first_s <= PRIMING_S else 0.0
    durations = Durations(
        source=round(source.duration_s + lead_s, 6), output=round(packets.duration_s, 6),
        picture=round(after.end_s - after.first_s, 6),
    )  # fmt: skip
    shift_ms = after.shift_ms(before)
    repacked = False
    if before.sha256 != after.sha256:
        content = picture_content_sha256(film, media.video.index)
        repacked = content != "" and content == picture_content_sha256(output)
        if repacked:
            warnings = (*warnings, f"{output.suffix} packs pictures in another way; the coded pictures are unchanged.")
    return Finished(
        hashes=Hashes(source=before.sha256, output=after.sha256),
        shift_ms=round(shift_ms, 4) if math.isfinite(shift_ms) else UNKNOWN_MS, durations=durations,
        picture_times_s=tuple(after.picture_times_s()), sound=packets.sound, heard=heard, repacked=repacked,
        gain_db=gain_db, warnings=warnings, file_sha256=sha256,
    )  # fmt: skip


def make_alone(
    mix: Mix, media: Media, folder: Path, output: Path, times_s: Sequence[float], facts: str = "",
    on_ready: Callable[[Path], None] = lambda _draft: None,
) -> Finished:  # fmt: skip
    """Writes the music alone as one sound file as long as the film, and measures it; ``on_ready``: see ``make``.

    Raises:
        StorageError: it cannot be written.
    """
    with whole(output, output.suffix) as draft:
        music_alone(mix, media, folder, draft, facts)
        sha256 = file_sha256(draft)
        on_ready(draft)
    music = replace(mix, path=mix.music_path)
    heard = hear(output, music, folder, times_s, duration_s=media.duration_s)
    track = read_sound(output)
    lasts_s = round(track.end_s - track.first_s, 6)
    durations = Durations(source=round(media.duration_s, 6), output=lasts_s, picture=round(media.duration_s, 6))
    return Finished(
        hashes=None, shift_ms=None, durations=durations, picture_times_s=(), sound=track, heard=heard,
        file_sha256=sha256,
    )  # fmt: skip
