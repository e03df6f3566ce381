"""film -> Media. Reads the file's head, tail and index; checks what the header promises."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

from autoscore.adapters.packets import FirstFrame, RawFilm, RawStream, first_frame, read_film
from autoscore.errors import FilmError, UsageError
from autoscore.model.media import AudioStream, Chapter, FilmDigest, Media, Stream, StreamKind, VideoStream
from autoscore.stages.probe.digest import digest
from autoscore.stages.probe.rates import find_rate

_STRAY_S = 1800.0
"""Sound that goes on for so long after twice the picture is a damaged time stamp, not a recording."""

SHORTEST_S = 1.0
"""Below this no music can be written: not one bar fits."""
LONGEST_S = 24 * 3600.0
"""Longer than any film; time stamps that say more are damaged, and what is made would fill the disk."""
_SPARSEST_S = 120.0
"""Pictures that stand further apart on average are a damaged time stamp or two, not a film."""
_FARTHEST_S = 4 * 3600.0
"""A sound track that starts so far from the picture is on another clock."""
_LATEST_S = 1e10
"""Some recorders stamp pictures with the time of day, 1.8e9 s; ten times that is nobody's clock."""
_MOST_CHANNELS = 64
_RATES_HZ = (1000, 768_000)

_KINDS: dict[str, StreamKind] = {"audio": "audio", "subtitle": "subtitle", "attachment": "attachment"}


def probe(film: Path) -> Media:
    """What ``film`` holds, measured from its packets rather than believed from its header.

    Raises:
        UsageError: there is no such file, or it is a folder.
        FilmError: the content cannot be read or has no picture that can be scored.
    """
    identity = _identity(film)
    raw = read_film(film)
    warnings: list[str] = []
    video, width_height_from = _film_stream(film, raw)
    times = find_rate(video)
    start = width_height_from.pts_s
    _check_start(film, float(start))
    end = max(start, video.end_s or start)
    if video.times_s and end <= video.times_s[-1]:
        end = video.times_s[-1] + 1 / times.rate
    duration = float(end - start)
    if duration <= 0:
        duration = float(1 / times.rate)
    if not times.variable:
        duration = _in_frames(duration, times.rate, video.time_base)
    if duration < SHORTEST_S:
        raise FilmError(
            f"{film.name} lasts {duration:.2f} s; a score needs a film of at least {SHORTEST_S:.0f} s.",
        )
    _check_length(film, duration, video.frames)
    claimed = float(video.header_duration_s) if video.header_duration_s is not None else _from(raw, start, duration)
    if claimed is not None and abs(claimed - duration) > max(0.5, 2 / float(times.rate)):
        warnings.append(
            f"The header says {claimed:.1f} s, the picture lasts {duration:.1f} s; the picture is believed."
        )
    if width_height_from.skipped:
        warnings.append("The film starts with frames that cannot be decoded; it begins at the first good one.")
    if times.variable:
        warnings.append("The frame rate varies; times are taken from each frame's own time stamp.")
    frames = video.frames if video.frames and not times.variable else 0
    picture = VideoStream(
        index=video.index,
        codec=video.codec,
        width=width_height_from.width,
        height=width_height_from.height,
        rate=times.rate,
        start_s=float(start),
        duration_s=duration,
        sample_aspect=video.sample_aspect,
        rotation_deg=width_height_from.rotation_deg,
        variable_rate=times.variable,
        time_base=video.time_base,
        frame_count=frames,
    )
    audio = _sounds(raw, float(start), duration, warnings)
    if audio and audio[0].start_s < -0.5:
        warnings.append(f"The picture starts {-audio[0].start_s:.2f} s after the sound.")
    return Media(
        name=film.name,
        digest=identity,
        container=raw.container,
        duration_s=duration,
        video=picture,
        audio=audio,
        streams=tuple(_stream(s) for s in raw.streams),
        chapters=tuple(
            Chapter(start_s=a - float(start), end_s=b - float(start), title=title) for a, b, title in raw.chapters
        ),
        warnings=tuple(warnings),
    )


def _from(raw: RawFilm, start: Fraction, duration_s: float) -> float | None:
    """How long the container's header says that it goes on from ``start``.

    Some count from what begins first, some (Matroska) from the container's zero: the nearer to ``duration_s`` is meant.
    """
    if raw.header_duration_s is None:
        return None
    firsts = [one.first_s for one in raw.streams if one.kind in ("video", "audio") and one.first_s is not None]
    said = [raw.header_duration_s - float(start - zero) for zero in (min([*firsts, start]), Fraction(0))]
    return min(said, key=lambda lasts_s: abs(lasts_s - duration_s))


def _in_frames(duration_s: float, rate: Fraction, tick_s: Fraction) -> float:
    """``duration_s`` as whole frames, where it is as many but for the rounding of time stamps to ticks.

    Matroska gives the last of 192 frames at 24 a second 41 ms: 7.999 s, of which no timecode is to be made.
    """
    whole = round(duration_s * rate) / rate
    return float(whole) if abs(duration_s - whole) <= 1.5 * tick_s else duration_s


def _check_start(film: Path, start_s: float) -> None:
    if not abs(start_s) <= _LATEST_S:
        raise FilmError(
            f"{film.name} claims that its picture begins at {start_s:.0f} s: its time stamps are damaged.",
            "An Ogg film that was cut without encoding may be so: cut it anew and encode it, or give the whole film.",
        )


def _check_length(film: Path, duration_s: float, frames: int) -> None:
    hint = "Its time stamps are damaged; copying it may mend them: `ffmpeg -i FILM -c copy film.mkv`."
    if not duration_s <= LONGEST_S:
        raise FilmError(
            f"{film.name} claims to last {duration_s / 3600:,.0f} h; the most is {LONGEST_S / 3600:.0f} h.",
            hint,
        )
    if frames and duration_s / frames > _SPARSEST_S:
        raise FilmError(f"{film.name} claims {frames} pictures in {duration_s / 3600:.1f} h.", hint)


def _identity(film: Path) -> FilmDigest:
    """Digest of the file, after the checks that need no decoder."""
    if not film.exists():
        raise UsageError(f"There is no file {film}.", "Check the path.")
    if film.is_dir():
        raise UsageError(f"{film} is a folder, not a film.", "Name the film file itself.")
    if not film.is_file():
        raise UsageError(f"{film} is no ordinary file.", "Name a film file on disk.")
    if not os.access(film, os.R_OK):
        raise FilmError(f"{film.name} may not be read: no permission.", f"chmod u+r {film}")
    try:
        found = digest(film)
    except PermissionError:
        raise FilmError(f"{film.name} may not be read: no permission.", f"chmod u+r {film}") from None
    except OSError as error:
        raise FilmError(f"{film.name} cannot be read: {error.strerror}.") from None
    if found.size_bytes == 0:
        raise FilmError(f"{film.name} is empty.")
    return found


def _film_stream(film: Path, raw: RawFilm) -> tuple[RawStream, FirstFrame]:
    """The picture that is the film: the default one if it is among the largest, and one that decodes."""
    videos = [s for s in raw.streams if s.kind == "video"]
    moving = [s for s in videos if not s.cover]
    if not videos:
        what = "only sound" if any(s.kind == "audio" for s in raw.streams) else "no picture"
        raise FilmError(f"{film.name} holds {what}; a score needs a film with a picture.")
    if not moving:
        raise FilmError(f"{film.name} holds only a cover picture and no film.")
    largest = max(s.width * s.height for s in moving)
    ranked = sorted(
        moving,
        key=lambda s: (not s.times_s, s.width * s.height * 2 < largest, not s.default, -s.width * s.height, s.index),
    )
    for stream in ranked:
        if stream.times_s and (frame := first_frame(film, stream.index)):
            return stream, frame
    if not any(s.times_s for s in moving):
        raise FilmError(f"{film.name} has a picture stream without a single frame.")
    raise FilmError(
        f"{film.name} holds no picture that can be decoded ({ranked[0].codec}); it may be cut off or damaged."
    )


def _sounds(raw: RawFilm, start_s: float, picture_s: float, warnings: list[str]) -> tuple[AudioStream, ...]:
    """All sound tracks, the default one (or else the first) in front. Times are film time."""
    found: list[AudioStream] = []
    for stream in raw.streams:
        if stream.kind != "audio":
            continue
        if stream.first_s is None or stream.rate_hz <= 0 or stream.channels <= 0:
            warnings.append(f"Sound track {stream.index} is empty and is left out.")
            continue
        if stream.channels > _MOST_CHANNELS or not _RATES_HZ[0] <= stream.rate_hz <= _RATES_HZ[1]:
            warnings.append(
                f"Sound track {stream.index} claims {stream.channels} channels at {stream.rate_hz} Hz and is left out."
            )
            continue
        if abs(float(stream.first_s) - start_s) > _FARTHEST_S:
            warnings.append(f"Sound track {stream.index} starts hours away from the picture and is left out.")
            continue
        end = stream.end_s if stream.end_s is not None else stream.first_s
        if float(end) - start_s > 2 * picture_s + _STRAY_S:
            end = Fraction(start_s + picture_s)
            warnings.append(f"Time stamps of sound track {stream.index} are damaged; the picture's length is believed.")
        found.append(
            AudioStream(
                index=stream.index,
                codec=stream.codec,
                rate_hz=stream.rate_hz,
                channels=stream.channels,
                layout=stream.layout,
                start_s=float(stream.first_s) - start_s,
                duration_s=float(end - stream.first_s),
                default=stream.default,
                language=stream.language,
                title=stream.title,
            )
        )
    return tuple(sorted(found, key=lambda a: (not a.default, a.index)))


def _stream(raw: RawStream) -> Stream:
    kind: StreamKind = "cover" if raw.cover else "video" if raw.kind == "video" else _KINDS.get(raw.kind, "data")
    return Stream(
        index=raw.index, kind=kind, codec=raw.codec, language=raw.language, title=raw.title, default=raw.default
    )
