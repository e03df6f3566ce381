"""The other door to PyAV: headers and time stamps of a film, from its head, tail and index, not from all of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoscore.adapters.opened import fenced, open_film

if TYPE_CHECKING:
    import av.container

_HEAD_PACKETS = 600
"""Time stamps read at the start: enough for any frame-rate pattern (pulldown, alternating durations) to show."""

_REORDER = 40
"""Packets come in decoding order: of a head that was cut short the latest time stamps have holes between them."""

_TAIL_S = (12.0, 60.0)
"""How far before the end the tail is looked for; a key frame may be further away than the first of these."""

_INDEX_ENTRIES = 400_000
"""Index entries looked at; above that evenly spread ones are."""


_MOST_CHAPTERS = 5000
_MOST_CHARACTERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RawStream:
    """One stream as its header has it, and what packets say. Times are container seconds; None = not known.

    ``first_s`` and ``end_s`` come from packets (end = last pts plus its duration). ``times_s`` are the sorted
    presentation times of the first packets. ``step_s`` are frame distances over the whole film, from the index.
    """

    index: int
    kind: str
    codec: str
    language: str
    title: str
    default: bool
    cover: bool
    time_base: Fraction
    frames: int = 0
    header_duration_s: Fraction | None = None
    rates: tuple[Fraction, ...] = ()
    width: int = 0
    height: int = 0
    sample_aspect: Fraction = Fraction(1)
    rate_hz: int = 0
    channels: int = 0
    layout: str = ""
    first_s: Fraction | None = None
    end_s: Fraction | None = None
    times_s: tuple[Fraction, ...] = ()
    step_s: tuple[Fraction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFilm:
    """A container. ``chapters`` are (start, end, title) in container seconds."""

    container: str
    header_duration_s: float | None
    streams: tuple[RawStream, ...]
    chapters: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstFrame:
    """The first frame that can be decoded: its container time, size as decoded and rotation, clockwise degrees."""

    pts_s: Fraction
    width: int
    height: int
    rotation_deg: int
    skipped: int


def read_film(film: Path) -> RawFilm:
    """Header, head, tail and index of ``film``.

    Raises:
        FilmError: see ``open_film``.
    """
    import av

    with fenced(), open_film(film) as container:
        chapters = tuple(
            (float(c["start"] * base), float(c["end"] * base), _words(c["metadata"].get("title")))
            for c in container.chapters()[:_MOST_CHAPTERS]
            if (base := c["time_base"]) is not None
        )
        headers = [_header(s) for s in container.streams]
        heads = _head(container)
        tails = _tail(container, heads)
        duration = container.duration
        return RawFilm(
            container=container.format.name,
            header_duration_s=duration / av.time_base if duration else None,
            streams=tuple(_with_times(h, heads, tails, container) for h in headers),
            chapters=chapters,
        )


def first_frame(film: Path, index: int, packets: int = 500) -> FirstFrame | None:
    """Decodes until the first frame of stream ``index``; None when the first ``packets`` packets give none."""
    import av

    try:
        with fenced(), open_film(film) as container:
            stream = container.streams[index]
            if stream.codec_context is None:  # FFmpeg has no decoder for it
                return None
            stream.codec_context.thread_count = 1  # threads reserve address space, which is fenced here
            skipped = 0
            for number, packet in enumerate(container.demux(stream)):
                try:
                    frames: list[Any] = packet.decode()
                except av.FFmpegError:
                    skipped += 1
                    continue
                for frame in frames:
                    stamp = frame.pts if frame.pts is not None else frame.dts
                    base = frame.time_base or stream.time_base or Fraction(1, 1000)
                    return FirstFrame(
                        pts_s=(stamp or 0) * base,
                        width=frame.width,
                        height=frame.height,
                        rotation_deg=round(-frame.rotation / 90) * 90 % 360,
                        skipped=skipped,
                    )
                if number > packets:
                    break
    except (av.FFmpegError, OSError):
        return None
    return None


def _words(text: object) -> str:
    """What a tag says; a book in it is not carried along."""
    return str(text or "")[:_MOST_CHARACTERS]


def _header(stream: Any) -> RawStream:
    context = getattr(stream, "codec_context", None)
    base = stream.time_base or Fraction(1, 1000)
    disposition = int(stream.disposition)
    video, audio = stream.type == "video", stream.type == "audio"
    rates = (stream.average_rate, stream.guessed_rate, stream.base_rate) if video else ()
    return RawStream(
        index=stream.index,
        kind=stream.type,
        codec=context.name if context is not None else "unknown",
        language=_words(stream.metadata.get("language")),
        title=_words(stream.metadata.get("title")),
        default=bool(disposition & 1),
        cover=video and bool(disposition & (0x400 | 0x800)),
        time_base=base,
        frames=stream.frames,
        header_duration_s=None if not stream.duration else stream.duration * base,
        rates=tuple(Fraction(r) for r in rates if r),
        width=context.width if video and context is not None else 0,
        height=context.height if video and context is not None else 0,
        sample_aspect=(context.sample_aspect_ratio or Fraction(1)) if video and context is not None else Fraction(1),
        rate_hz=context.sample_rate if audio and context is not None else 0,
        channels=context.layout.nb_channels if audio and context is not None else 0,
        layout=context.layout.name if audio and context is not None else "",
    )


@dataclass(slots=True)
class _Stamps:
    """Presentation times seen on one stream."""

    times: list[Fraction]
    end: Fraction | None = None

    def see(self, packet: Any, keep: int) -> None:
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None or packet.is_discard:
            return
        base = packet.time_base or Fraction(1, 1000)
        at = stamp * base
        if len(self.times) < keep:
            self.times.append(at)
        end = at + (packet.duration or 0) * base
        if self.end is None or end > self.end:
            self.end = end


def _read(container: av.container.InputContainer, limit: int, keep: int) -> dict[int, _Stamps]:
    """Time stamps by stream of the next packets, until each picture and sound stream has ``limit`` or the end."""
    import av

    seen: dict[int, _Stamps] = {}
    wanted = {s.index for s in container.streams if s.type in ("video", "audio") and not int(s.disposition) & 0x400}
    counts = dict.fromkeys(wanted, 0)
    packets = container.demux()
    total = 0
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            break
        except (av.FFmpegError, OSError):
            break
        total += 1
        if packet.size == 0:
            continue
        index = packet.stream_index
        seen.setdefault(index, _Stamps([])).see(packet, keep)
        if index in counts:
            counts[index] += 1
            if limit and (min(counts.values()) >= limit or total > limit * 20):
                break
    return seen


def _head(container: av.container.InputContainer) -> dict[int, _Stamps]:
    return _read(container, _HEAD_PACKETS, _HEAD_PACKETS)


def _tail(container: av.container.InputContainer, heads: dict[int, _Stamps]) -> dict[int, _Stamps]:
    """The last packets. Where seeking does not work, or shows nothing new, all packets are read (not decoded)."""
    import av

    duration = (container.duration or 0) / av.time_base
    start = (container.start_time or 0) / av.time_base
    videos = [s for s in container.streams if s.type == "video" and not int(s.disposition) & 0x400]
    for before in _TAIL_S:
        if duration <= before:
            break
        try:
            container.seek(int((start + duration - before) * av.time_base))
        except (av.FFmpegError, OSError):
            break
        tails = _read(container, 0, 64)
        if all(s.index in tails for s in videos):
            return tails
    try:
        container.seek(int(start * av.time_base))
    except (av.FFmpegError, OSError):
        return heads
    return _read(container, 0, 64)


def _with_times(
    raw: RawStream, heads: dict[int, _Stamps], tails: dict[int, _Stamps], container: av.container.InputContainer
) -> RawStream:
    import dataclasses

    head, tail = heads.get(raw.index), tails.get(raw.index)
    times = tuple(sorted(head.times)) if head else ()
    if len(times) == _HEAD_PACKETS:
        times = times[:-_REORDER]
    ends = [s.end for s in (head, tail) if s is not None and s.end is not None]
    return dataclasses.replace(
        raw,
        first_s=times[0] if times else None,
        end_s=max(ends) if ends else None,
        times_s=times,
        step_s=_index_steps(container.streams[raw.index]) if raw.kind == "video" and not raw.cover else (),
    )


def _index_steps(stream: Any) -> tuple[Fraction, ...]:
    """Distances between neighbouring index entries, at most a few hundred spread over the film (VFR in the middle).

    Only indices that list every frame are of use; those of Matroska list key frames and are left alone.
    """
    entries = stream.index_entries
    count = len(entries)
    if not stream.frames or count < stream.frames * 0.9 or count > _INDEX_ENTRIES:
        return ()
    stamps = [entries[i].timestamp for i in range(count)]
    steps = {b - a for a, b in pairwise(stamps)}
    return tuple(sorted(step * stream.time_base for step in steps))[:64]
