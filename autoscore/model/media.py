"""Media: what a film file holds, as probe found it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

StreamKind = Literal["video", "audio", "subtitle", "data", "attachment", "cover"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmDigest:
    """Identity of the film file without reading all of it: size, mtime, SHA-256 of head and tail (1 MiB each)."""

    size_bytes: int
    mtime_ns: int
    head_tail_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Any stream, by its index in the container."""

    index: int
    kind: StreamKind
    codec: str
    language: str = ""
    title: str = ""
    default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStream:
    """The picture that is scored.

    ``start_s`` is the container time of the first picture frame (film time 0). ``rate`` is the average frame rate;
    where ``variable_rate`` is true only the pts of the analysis tell frame times. ``rotation_deg`` is clockwise,
    0, 90, 180 or 270. ``frame_count`` is 0 when only decoding can tell.
    """

    index: int
    codec: str
    width: int
    height: int
    rate: Fraction
    start_s: float
    duration_s: float
    sample_aspect: Fraction = Fraction(1)
    rotation_deg: int = 0
    variable_rate: bool = False
    time_base: Fraction = Fraction(1, 1000)
    frame_count: int = 0

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ValueError(f"frame rate must be positive, not {self.rate}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStream:
    """One sound track. ``start_s`` is *film time* of its first sample: negative when sound starts before picture."""

    index: int
    codec: str
    rate_hz: int
    channels: int
    layout: str
    start_s: float
    duration_s: float
    default: bool = False
    language: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter of the film, on film time."""

    start_s: float
    end_s: float
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A film file. ``duration_s`` is film time from the first picture frame to the end of the last one.

    ``audio`` lists all sound tracks, the one that is mixed under the music first. ``streams`` lists everything in the
    container, in its order. ``warnings`` are sentences for the user (header duration wrong, edit list, ...).
    """

    name: str
    digest: FilmDigest
    container: str
    duration_s: float
    video: VideoStream
    audio: tuple[AudioStream, ...] = ()
    streams: tuple[Stream, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def sound(self) -> AudioStream | None:
        """The track that is analysed and mixed under the music."""
        return self.audio[0] if self.audio else None
