"""The finished film: the picture's packets copied, the mix encoded beside them, everything else kept that fits.

ffmpeg-python builds the command line, ``process.run`` runs it. Timestamps: FFmpeg passes the film's own through
(``-copyts``), moved as a whole so that the earliest of picture and sound is at 0; the mix is padded or cut to begin at
that 0 and to end with the film, so encoder priming (AAC) and pre-skip (Opus) stay what every player skips.
"""

from __future__ import annotations

import errno
import os
import re
import signal
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from autoscore.adapters.files import whole
from autoscore.adapters.growing import Growing, given
from autoscore.adapters.opened import INPUT_OPTIONS, url_of
from autoscore.adapters.process import ChildFailedError, patience_s, run
from autoscore.adapters.tags import comment_of, with_facts
from autoscore.adapters.tracks import COPY, LEAD_S, Plan, described, plan
from autoscore.errors import AutoscoreError, FilmError, StorageError, ToolMissingError
from autoscore.model.audio import RATE_HZ
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.tables.containers import Container

TITLE = "Film sound with score"
TITLE_OF_BOTH, TITLE_OF_FIRST = "Score and original sound", "Original sound"
"""What the two tracks are called where the film's own is kept."""
_WAITING = 4096
"""Sound packets that FFmpeg may have read ahead: it pauses 10 ms whenever it has none, and its own 8 are soon gone."""


_EMPTY_WORDS = ("Error initializing output stream", "Conversion failed", "Could not write header", "Error while")
_SPEAKER = re.compile(r"^(\[[^\]]*\] )+")


def command(
    film: Path, media: Media, sound: Path | int, target: Path, plan: Plan, gain_db: float, comment: str = ""
) -> list[str]:
    """FFmpeg's argument list. ``gain_db`` is a last static gain on the mix, ``comment`` the film's tag of that name.

    ``sound`` may be the number of an open file with NUT.
    """
    import ffmpeg

    source = ffmpeg.input(url_of(film), itsoffset=f"{-plan.base_s:.6f}", **INPUT_OPTIONS)
    read = {"thread_queue_size": _WAITING, **_later(plan)}
    heard = ffmpeg.input(url_of(sound), **read, **{**INPUT_OPTIONS, **_through(sound, "nut")})["0"]
    track = heard if plan.encoder == COPY else fitted(heard, plan, gain_db)
    options: dict[str, Any] = {
        "f": plan.container.format, "c": "copy", "c:a:0": plan.encoder, "map_metadata": "0", "map_chapters": "0",
        "copyinkf:v": None, "max_muxing_queue_size": "9999",
    }  # fmt: skip
    if plan.encoder == plan.container.encoder:
        options |= {key.replace(":a", ":a:0") if key.endswith(":a") else key: value
                    for key, value in plan.container.options.items()}  # fmt: skip
    options |= _picture_options(media, plan.container)
    if plan.encoder == COPY:
        options |= plan.container.flac or {}
    language = media.sound.language if media.sound else ""
    first = media.sound.index if media.sound else None
    both = any(stream.index == first for stream, _ in plan.sides)
    titles = {0: TITLE_OF_BOTH if both else TITLE}
    if language:
        options["metadata:s:a:0"] = f"language={language}"
    options["disposition:a:0"] = "default"
    counts = {"audio": 1, "subtitle": 0}
    inputs = [source[str(media.video.index)], track]
    for stream, codec in plan.sides:
        inputs.append(source[str(stream.index)])
        letter = {"audio": "a", "subtitle": "s"}.get(stream.kind)
        if letter is None:
            continue
        number = counts[stream.kind]
        counts[stream.kind] += 1
        if codec != "copy":
            options[f"c:{letter}:{number}"] = codec
        if stream.kind == "audio":
            options[f"disposition:a:{number}"] = "0"
            if stream.index == first:
                titles[number] = stream.title or TITLE_OF_FIRST
    job = ffmpeg.output(*inputs, f"file:{target}", **options)
    job = job.global_args("-hide_banner", "-nostdin", "-v", "error", "-copyts", "-progress", "pipe:1", "-nostats")
    words = [str(part) for part in ffmpeg.compile(job, overwrite_output=True)]
    # Beside ffmpeg-python, which takes each option once; Matroska keeps the title, MP4 the handler's name.
    names = [
        word
        for number, title in titles.items()
        for field in ("title", "handler_name")
        for word in (f"-metadata:s:a:{number}", f"{field}={title}")
    ]
    names += ["-metadata", f"comment={comment}"] if comment else []
    at = words.index(f"file:{target}")
    return [*words[:at], *names, *words[at:]]


def _picture_options(media: Media, container: Container) -> dict[str, str]:
    """What the muxer is told for the picture's sake."""
    tagged = container.hevc_tag and media.video.codec == "hevc" and "mp4" not in media.container
    return {**(container.muxer or {}), **({"tag:v:0": container.hevc_tag} if tagged else {})}


def header(film: Path, media: Media, container: Container, target: Path, pictures: int) -> list[str]:
    """FFmpeg's argument list for the first ``pictures`` of the film alone, copied as ``command`` does it."""
    import ffmpeg

    source = ffmpeg.input(url_of(film), itsoffset=f"{-media.video.start_s:.6f}", **INPUT_OPTIONS)
    options = {"f": container.format, "c": "copy", "copyinkf:v": None, "frames:v": pictures, "map_metadata": "-1",
               "map_chapters": "-1", **_picture_options(media, container)}  # fmt: skip
    job = ffmpeg.output(source[str(media.video.index)], f"file:{target}", **options)
    job = job.global_args("-hide_banner", "-nostdin", "-v", "error", "-copyts")
    return [str(part) for part in ffmpeg.compile(job, overwrite_output=True)]


def _through(sound: Path | int, kind: str) -> dict[str, str]:
    """Of what comes through an open file FFmpeg is told what it is."""
    return {"f": kind, "protocol_whitelist": "pipe"} if isinstance(sound, int) else {}


def _later(plan: Plan) -> dict[str, str]:
    """Packets that are copied are at their time."""
    return {"itsoffset": f"{plan.delay_samples / RATE_HZ:.6f}"} if plan.encoder == COPY else {}


def fitted(track: Any, plan: Plan, gain_db: float) -> Any:
    """The mix with silence before it and behind it, or cut, so that it is as long as the film."""
    if gain_db:
        track = track.filter("volume", f"{gain_db:.3f}dB")
    if plan.delay_samples > 0:
        track = track.filter("adelay", f"{plan.delay_samples}S", all=1)
    elif plan.delay_samples < 0:
        track = track.filter("atrim", start_sample=-plan.delay_samples).filter("asetpts", "N/SR/TB")
    return track.filter("apad", whole_len=plan.total_samples).filter("atrim", end_sample=plan.total_samples)


def encoding(sound: Path | int, plan: Plan, target: Path, gain_db: float) -> list[str]:
    """FFmpeg's argument list for the sound alone, see ``encoded``; a number is that of an open file with FLAC."""
    import ffmpeg

    source = ffmpeg.input(url_of(sound), **{**INPUT_OPTIONS, **_through(sound, "flac")})
    job = ffmpeg.output(
        fitted(source["0"], plan, gain_db), f"file:{target}", f="nut", map_metadata="-1",
        output_ts_offset=f"{LEAD_S:g}", **{"c:a": plan.encoder, **plan.container.options},
    )  # fmt: skip
    job = job.global_args("-hide_banner", "-nostdin", "-v", "error", "-copyts", "-progress", "pipe:1", "-nostats")
    return [str(part) for part in ffmpeg.compile(job, overwrite_output=True)]


def listener(total_s: float, on_progress: Progress) -> Callable[[str], None]:
    """Turns what FFmpeg says about its progress into shares of ``total_s``."""

    def listen(line: str) -> None:
        key, _, value = line.partition("=")
        if key == "out_time_us" and value.lstrip("-").isdigit():
            on_progress(max(0.0, min(1.0, int(value) / 1e6 / max(total_s, 1e-3))))

    return listen


def _storage_sentence(output: Path, tail: str) -> str:
    if os.strerror(errno.ENOSPC) in tail:
        return f"There is no space left to write {output.name}"
    if os.strerror(errno.EACCES) in tail or os.strerror(errno.EROFS) in tail or os.strerror(errno.EPERM) in tail:
        return f"There is no permission to write {output.name} in {output.parent}"
    if os.strerror(errno.EFBIG) in tail:
        return f"{output.name} would be larger than a file may be on the disk that holds {output.parent}"
    return ""


def finish(
    film: Path, media: Media, sound: Path | Growing, *, sound_start_s: float, output: Path, keep_original: bool,
    draft: Path | None = None, gain_db: float = 0.0, correction_samples: int = 0, facts: str = "",
    as_it_is: bool = False, is_encoded: bool = False, on_progress: Progress = ignore_progress,
) -> tuple[str, ...]:  # fmt: skip
    """Writes ``output``: the film's picture packets as they are, ``sound`` as its default track. Returns warnings.

    Side streams that FFmpeg cannot write are left out with a warning, never a reason to fail.

    Args:
        sound: 48 kHz stereo file; ``sound_start_s`` is the film time of its first sample. With ``is_encoded`` it is
            what ``encoded.encode`` makes by the same plan, perhaps still, and its packets are copied.
        draft: where to write instead, for a caller that renames it (and removes it where this fails).
        gain_db: last static gain, to keep an encoder's overshoot under the true-peak limit.
        correction_samples, as_it_is: see ``plan``.
        facts: goes behind what the film's comment says.

    Raises:
        StorageError: ``output`` cannot be written; nothing of it is left.
        BrokenOffError: the sound was not finished.
        FilmError: FFmpeg cannot put this picture into the container, or the film has gone.
        ToolMissingError: there is no FFmpeg, or something stopped it.
    """
    wanted = plan(
        media, sound_start_s=sound_start_s, output=output, keep_original=keep_original,
        correction_samples=correction_samples, as_it_is=as_it_is,
    )  # fmt: skip
    wanted = wanted.encoded if is_encoded else wanted
    told = listener(wanted.total_samples / RATE_HZ, on_progress)
    lost = wanted.lost
    comment = with_facts(comment_of(film), facts) if facts else ""
    try:
        patience = patience_s(wanted.total_samples / RATE_HZ, film.stat().st_size)
    except OSError as error:
        raise FilmError(f"{film} can no longer be read: {error.strerror or error}.") from None
    with whole(output) if draft is None else nullcontext(draft) as part:
        for attempt in (wanted, wanted.bare):
            try:
                with nullcontext(sound) if isinstance(sound, Path) else given(sound) as track:
                    words = command(film, media, track, part, attempt, gain_db, comment)
                    files = (track,) if isinstance(track, int) else ()
                    run_to_end(words, output, on_line=told, timeout_s=patience, hand_over=files)
                break
            except ChildFailedError as error:
                blameless = not_the_picture(film, output, error)
                if blameless:
                    raise blameless from None
                if not attempt.sides:
                    raise FilmError(
                        f"The picture ({media.video.codec}) cannot go into {output.name}: {reason(error.tail)}",
                        "Choose another container with --output, for example a name that ends in .mkv.",
                    ) from None
                names = ", ".join(described(stream) for stream, _ in wanted.sides)
                lost = (*lost, f"{names} could not be written to {output.suffix} and was left out.")
    return lost


def run_to_end(words: list[str], output: Path, **limits: Any) -> None:
    """``process.run`` for FFmpeg. Raises ChildFailedError also where its last write failed, with which FFmpeg 5 ends
    well.
    """
    done = run(words, **limits)
    if _storage_sentence(output, done.stderr_tail):
        raise ChildFailedError("ffmpeg", done.stderr_tail, 0)


def not_the_picture(
    film: Path, output: Path, error: ChildFailedError, option: str = "--output"
) -> AutoscoreError | None:
    """Why FFmpeg failed, where that says nothing about what the container can hold. ``option`` moves ``output``."""
    sentence = _storage_sentence(output, error.tail)
    if sentence:
        return StorageError(sentence, f"Free some space, or choose another folder with {option}.")
    if error.returncode == -getattr(signal, "SIGXFSZ", 0):
        return StorageError(
            f"{output.name} would be larger than this user may make a file.", "`ulimit -f` is the limit."
        )
    if error.killed:
        return ToolMissingError(
            f"FFmpeg was stopped while it wrote {output.name}: {reason(error.message)}",
            "Run the same command again to go on from here; close other programs where memory is short.",
        )
    if not film.exists():
        return FilmError(f"{film} is no longer there.")
    if not output.parent.is_dir():
        return StorageError(f"{output} cannot be written: its folder is no longer there.")
    return None


def reason(tail: str) -> str:
    """The last thing that FFmpeg said that says something; without the address of who said it."""
    lines = tail.strip().splitlines()
    telling = [line for line in lines if not line.startswith(_EMPTY_WORDS)] or lines
    return _SPEAKER.sub("", telling[-1]) if telling else "it gave no reason"


def sound_alone(sound: Path, output: Path, *, start_s: float, length_s: float, comment: str = "") -> tuple[str, ...]:
    """Writes ``length_s`` of a sound file from ``start_s`` on, encoded as the output's suffix asks. Returns warnings.

    Raises:
        StorageError: it cannot be written; nothing of it is left.
        ToolMissingError: there is no FFmpeg.
    """
    import ffmpeg

    first, total = round(start_s * RATE_HZ), round(length_s * RATE_HZ)
    track = ffmpeg.input(url_of(sound), **INPUT_OPTIONS)["0"]
    if first < 0:
        track = track.filter("adelay", f"{-first}S", all=1)
    elif first > 0:
        track = track.filter("atrim", start_sample=first).filter("asetpts", "N/SR/TB")
    track = track.filter("apad", whole_len=total).filter("atrim", end_sample=total)
    with whole(output, output.suffix) as part:
        job = ffmpeg.output(track, f"file:{part}", **{"b:a": "256k", "metadata": f"comment={comment}"})
        job = job.global_args("-hide_banner", "-nostdin", "-v", "error")
        try:
            run([str(word) for word in ffmpeg.compile(job, overwrite_output=True)], timeout_s=patience_s(length_s))
        except ChildFailedError as error:
            sentence = _storage_sentence(output, error.tail) or f"{output.name} cannot be written: {reason(error.tail)}"
            raise StorageError(sentence, "Choose a name that ends in .wav or .flac.") from None
    return ()
