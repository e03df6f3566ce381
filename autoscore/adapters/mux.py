"""The finished film: the picture's packets copied, the mix encoded beside them, everything else kept that fits.

ffmpeg-python builds the command line, ``process.run`` runs it. Timestamps: FFmpeg passes the film's own through
(``-copyts``), moved as a whole so that the earliest of picture and sound is at 0; the mix is padded or cut to begin at
that 0 and to end with the film, so encoder priming (AAC) and pre-skip (Opus) stay what every player skips.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autoscore.adapters.files import whole
from autoscore.adapters.opened import INPUT_OPTIONS, url_of
from autoscore.adapters.process import ChildFailedError, patience_s, run
from autoscore.adapters.tags import comment_of, with_facts
from autoscore.errors import AutoscoreError, FilmError, StorageError, ToolMissingError
from autoscore.model.audio import RATE_HZ
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media, Stream
from autoscore.tables.containers import Container, container_for

TEXT_SUBTITLES = frozenset({"subrip", "srt", "ass", "ssa", "webvtt", "text", "mov_text", "microdvd", "sami", "stl"})
ALWAYS_MADE_ANEW = frozenset({"tmcd", "bin_data", "text", "timed_id3", "unknown", "none", ""})
"""Data streams that FFmpeg writes again by itself (timecode from its tag, chapter titles) or that say nothing."""

PRIMING_S = 0.05
"""Sound that starts this little before the picture is an encoder's priming: the film begins with the picture."""

TITLE = "Film sound with score"
TITLE_OF_BOTH, TITLE_OF_FIRST = "Score and original sound", "Original sound"
"""What the two tracks are called where the film's own is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What goes into the finished film.

    ``sides`` are (stream, output codec), in output order; ``lost`` are sentences. ``delay_samples`` is silence before
    the mix (negative: samples of the mix that lie before the film), ``base_s`` container time that becomes 0.
    """

    container: Container
    encoder: str
    delay_samples: int
    total_samples: int
    base_s: float
    sides: tuple[tuple[Stream, str], ...]
    lost: tuple[str, ...]


def _holds(known: tuple[str, ...], codec: str) -> bool:
    return "*" in known or codec in known


def _side(stream: Stream, container: Container) -> str:
    """The codec a side stream gets in the container: "copy", a text subtitle codec, or "" when it has no place."""
    if stream.kind == "audio":
        return "copy" if _holds(container.audio, stream.codec) else ""
    if stream.kind == "subtitle":
        if _holds(container.subtitles, stream.codec) and stream.codec not in container.never_subtitles:
            return "copy"
        return container.text_subtitles if stream.codec in TEXT_SUBTITLES else ""
    if stream.kind == "attachment":
        return "copy" if container.attachments else ""
    if stream.kind in ("cover", "video"):
        return "copy" if container.covers else ""
    return ""


def _described(stream: Stream) -> str:
    name = f' "{stream.title}"' if stream.title else ""
    return f"{stream.kind} stream {stream.index}{name} ({stream.codec or 'unknown'})"


def plan(media: Media, *, sound_start_s: float, output: Path, keep_original: bool, correction_samples: int = 0) -> Plan:
    """Decides what goes into ``output`` and where the mix begins and ends.

    Args:
        sound_start_s: film time of the mix's sample 0.
        correction_samples: the mix is put so much later, to make good what an encoder or muxer was measured to do.
    """
    container = container_for(output)
    start_s = media.video.start_s
    early_s = min((track.start_s for track in media.audio), default=0.0)
    origin_s = start_s + (early_s if early_s < -PRIMING_S else 0.0)
    base_s = origin_s if abs(origin_s) > PRIMING_S else 0.0
    end_s = start_s + media.duration_s
    if media.sound:
        end_s = max(end_s, start_s + media.sound.start_s + media.sound.duration_s)
    sides, lost = [], []
    for stream in media.streams:
        if stream.index == media.video.index:
            continue
        if media.sound and stream.index == media.sound.index and not keep_original:
            continue
        codec = _side(stream, container)
        if codec:
            sides.append((stream, codec))
        elif not (stream.kind == "data" and stream.codec in ALWAYS_MADE_ANEW):
            lost.append(f"{_described(stream)} was left out: {container.suffixes[0]} cannot hold it.")
    order = {"audio": 0, "subtitle": 1, "video": 2, "cover": 2, "attachment": 3, "data": 4}
    sides.sort(key=lambda side: order[side[0].kind])
    pcm = media.sound.codec if media.sound and media.sound.codec.startswith("pcm_") else ""
    return Plan(
        container=container,
        encoder="pcm_s24le" if container.name == "mov" and pcm else container.encoder,
        delay_samples=round((start_s - base_s + sound_start_s) * RATE_HZ) + correction_samples,
        total_samples=round((end_s - base_s) * RATE_HZ),
        base_s=base_s,
        sides=tuple(sides),
        lost=tuple(lost),
    )


def command(
    film: Path, media: Media, sound: Path, target: Path, plan: Plan, gain_db: float, comment: str = ""
) -> list[str]:
    """FFmpeg's argument list. ``gain_db`` is a last static gain on the mix, ``comment`` the film's tag of that name."""
    import ffmpeg

    source = ffmpeg.input(url_of(film), itsoffset=f"{-plan.base_s:.6f}", **INPUT_OPTIONS)
    track = ffmpeg.input(url_of(sound), **INPUT_OPTIONS)["0"]
    if gain_db:
        track = track.filter("volume", f"{gain_db:.3f}dB")
    if plan.delay_samples > 0:
        track = track.filter("adelay", f"{plan.delay_samples}S", all=1)
    elif plan.delay_samples < 0:
        track = track.filter("atrim", start_sample=-plan.delay_samples).filter("asetpts", "N/SR/TB")
    track = track.filter("apad", whole_len=plan.total_samples).filter("atrim", end_sample=plan.total_samples)
    options: dict[str, Any] = {
        "f": plan.container.format, "c": "copy", "c:a:0": plan.encoder, "map_metadata": "0", "map_chapters": "0",
        "copyinkf:v": None, "max_muxing_queue_size": "9999",
    }  # fmt: skip
    if plan.encoder == plan.container.encoder:
        options |= {key.replace(":a", ":a:0") if key.endswith(":a") else key: value
                    for key, value in plan.container.options.items()}  # fmt: skip
    options |= plan.container.muxer or {}
    if plan.container.hevc_tag and media.video.codec == "hevc" and "mp4" not in media.container:
        options["tag:v:0"] = plan.container.hevc_tag
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


def _listener(total_s: float, on_progress: Progress) -> Callable[[str], None]:
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
    film: Path, media: Media, sound: Path, *, sound_start_s: float, output: Path, keep_original: bool,
    draft: Path | None = None, gain_db: float = 0.0, correction_samples: int = 0, facts: str = "",
    on_progress: Progress = ignore_progress,
) -> tuple[str, ...]:  # fmt: skip
    """Writes ``output``: the film's picture packets as they are, ``sound`` as its default track. Returns warnings.

    Side streams that FFmpeg cannot write are left out with a warning, never a reason to fail.

    Args:
        sound: 48 kHz stereo file; ``sound_start_s`` is the film time of its first sample.
        draft: where to write instead, for a caller that renames it (and removes it where this fails).
        gain_db: last static gain, to keep an encoder's overshoot under the true-peak limit.
        correction_samples: see ``plan``.
        facts: goes behind what the film's comment says.

    Raises:
        StorageError: ``output`` cannot be written; nothing of it is left.
        FilmError: FFmpeg cannot put this picture into the container, or the film has gone.
        ToolMissingError: there is no FFmpeg, or something stopped it.
    """
    wanted = plan(
        media, sound_start_s=sound_start_s, output=output, keep_original=keep_original,
        correction_samples=correction_samples,
    )  # fmt: skip
    listener = _listener(wanted.total_samples / RATE_HZ, on_progress)
    bare = Plan(**{**{f: getattr(wanted, f) for f in Plan.__slots__}, "sides": ()})
    lost = wanted.lost
    comment = with_facts(comment_of(film), facts) if facts else ""
    try:
        patience = patience_s(wanted.total_samples / RATE_HZ, film.stat().st_size)
    except OSError as error:
        raise FilmError(f"{film} can no longer be read: {error.strerror or error}.") from None
    with whole(output) if draft is None else nullcontext(draft) as part:
        for attempt in (wanted, bare):
            try:
                words = command(film, media, sound, part, attempt, gain_db, comment)
                done = run(words, on_line=listener, timeout_s=patience)
                if _storage_sentence(output, done.stderr_tail):  # FFmpeg 5 ends well when the last write fails
                    raise ChildFailedError("ffmpeg", done.stderr_tail, 0)
                break
            except ChildFailedError as error:
                blameless = _not_the_picture(film, output, error)
                if blameless:
                    raise blameless from None
                if attempt is bare or not wanted.sides:
                    raise FilmError(
                        f"The picture ({media.video.codec}) cannot go into {output.name}: {_last(error.tail)}",
                        "Choose another container with --output, for example a name that ends in .mkv.",
                    ) from None
                names = ", ".join(_described(stream) for stream, _ in wanted.sides)
                lost = (*lost, f"{names} could not be written to {output.suffix} and was left out.")
    return lost


def _not_the_picture(film: Path, output: Path, error: ChildFailedError) -> AutoscoreError | None:
    """Why FFmpeg failed, where that says nothing about what the container can hold."""
    sentence = _storage_sentence(output, error.tail)
    if sentence:
        return StorageError(sentence, "Free some space, or choose another folder with --output.")
    if error.returncode == -getattr(signal, "SIGXFSZ", 0):
        return StorageError(
            f"{output.name} would be larger than this user may make a file.", "`ulimit -f` is the limit."
        )
    if error.killed:
        return ToolMissingError(
            f"FFmpeg was stopped while it wrote {output.name}: {_last(error.message)}",
            "Run the same command again to go on from here; close other programs where memory is short.",
        )
    if not film.exists():
        return FilmError(f"{film} is no longer there.")
    if not output.parent.is_dir():
        return StorageError(f"{output} cannot be written: its folder is no longer there.")
    return None


def _last(tail: str) -> str:
    return tail.strip().splitlines()[-1] if tail.strip() else "it gave no reason"


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
            sentence = _storage_sentence(output, error.tail) or f"{output.name} cannot be written: {_last(error.tail)}"
            raise StorageError(sentence, "Choose a name that ends in .wav or .flac.") from None
    return ()
