"""The finished film, made and measured until it is right; and the music alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from autoscore.adapters.copied import Packets, read_packets, read_sound
from autoscore.adapters.files import file_sha256, temporary, whole
from autoscore.adapters.slices import picture_content_sha256
from autoscore.model.audio import Mix
from autoscore.model.events import Progress
from autoscore.model.media import Media
from autoscore.model.receipt import Durations, Hashes
from autoscore.stages.deliver.attempt import Attempts
from autoscore.stages.deliver.ending import ending
from autoscore.stages.deliver.handoff import music_alone
from autoscore.stages.deliver.readback import Heard, hear
from autoscore.stages.deliver.track import Ahead
from autoscore.stages.deliver.trial import Trial

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


def make(
    film: Path, media: Media, mix: Mix, folder: Path, output: Path, times_s: Sequence[float], *, keep_original: bool,
    on_progress: Progress, facts: str = "", quick: bool = False, ahead: Ahead | None = None,
    on_ready: Callable[[Path], None] = lambda _draft: None, meanwhile: Callable[[], object] = lambda: None,
) -> Finished:  # fmt: skip
    """Writes ``output`` and measures it. It appears under its name only when it is complete and measured.

    What the encoder was found to do is corrected in a further attempt, see ``Trial``. Where the container allows it
    the sound is encoded and heard apart, and the film written when it is right; what was heard counts if the film
    holds the same packets in the same place, else the film is heard itself.

    Args:
        folder: where the mix's files are.
        times_s: film times to look for onsets at.
        facts: goes behind what the film's comment says.
        quick: for a first look: where the container holds FLAC the mix's packets are copied, and what is known of the
            mix is known of the film without being measured again.
        ahead: may have the sound of the first attempt.
        on_ready: gets the finished file under its temporary name just before it is given its own; may raise.
        meanwhile: is waited for before sound is heard that is still being encoded: there is time.

    Raises:
        StorageError: the folder cannot be written; nothing is left behind.
        FilmError: the film cannot be read or its picture cannot go into this container.
    """
    sound_index = media.sound.index if media.sound else None
    with (
        _passing(temporary(folder / mix.path, ".flac")) as peakless,
        whole(output, output.suffix) as draft,  # the suffix stays last: FFmpeg and PyAV may look at it
        ThreadPoolExecutor(4, thread_name_prefix="packets") as pool,
        ending(pool) as go_on,
    ):
        reading = pool.submit(read_packets, film, video_index=media.video.index, sound_index=sound_index,
                              on_progress=go_on)  # fmt: skip
        attempts = Attempts(
            film=film, media=media, mix=mix, folder=folder, output=output, draft=draft, peakless=peakless,
            times_s=times_s, keep_original=keep_original, facts=facts, quick=quick, ahead=ahead, pool=pool,
            go_on=go_on, on_progress=on_progress, meanwhile=lambda: (meanwhile(), reading.result()),
        )  # fmt: skip
        better: Trial | None = attempts.first()
        while better is not None:
            trial = better
            made, better = attempts.make(trial)
        assert made is not None  # the last attempt always is
        sha256 = made.sha256.result()
        on_ready(draft)
        source = reading.result()
    packets, warnings = made.packets, made.warnings
    before, after = source.video, packets.video
    durations = Durations(
        source=round(source.duration_s, 6), output=round(packets.duration_s, 6),
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
        picture_times_s=tuple(after.picture_times_s()), sound=packets.sound, heard=made.heard, repacked=repacked,
        gain_db=trial.gain_db, warnings=warnings, file_sha256=sha256,
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
