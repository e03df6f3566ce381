"""What goes into a finished film, what becomes of each stream in its container, and where the mix begins and ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from autoscore.adapters.copied import PRIMING_S
from autoscore.model.audio import RATE_HZ
from autoscore.model.media import Media, Stream
from autoscore.tables.containers import Container, container_for

TEXT_SUBTITLES = frozenset({"subrip", "srt", "ass", "ssa", "webvtt", "text", "mov_text", "microdvd", "sami", "stl"})
ALWAYS_MADE_ANEW = frozenset({"tmcd", "bin_data", "text", "timed_id3", "unknown", "none", ""})
"""Data streams that FFmpeg writes again by itself (timecode from its tag, chapter titles) or that say nothing."""

COPY = "copy"
LEAD_S = 10.0
"""Times in the file of a sound that is encoded apart are so much later than in the film: what an encoder puts before
the first sample has no place before 0 there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What goes into the finished film.

    ``sides`` are (stream, output codec), in output order; ``lost`` are sentences. ``delay_samples`` is silence before
    the mix (negative: samples of the mix that lie before the film), ``base_s`` container time that becomes 0,
    ``picture_s`` container time of the first picture after that. ``encoder`` COPY: packets go in as they are.
    """

    container: Container
    encoder: str
    delay_samples: int
    total_samples: int
    base_s: float
    picture_s: float
    sides: tuple[tuple[Stream, str], ...]
    lost: tuple[str, ...]

    @property
    def bare(self) -> Plan:
        """The same without side streams."""
        return replace(self, sides=())

    @property
    def apart(self) -> bool:
        """Whether the mix is encoded in a file of its own before it goes into the film."""
        return self.container.apart and self.encoder == self.container.encoder

    @property
    def encoded(self) -> Plan:
        """The same for the file that was encoded apart."""
        return replace(self, encoder=COPY, delay_samples=-round(LEAD_S * RATE_HZ))


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


def described(stream: Stream) -> str:
    name = f' "{stream.title}"' if stream.title else ""
    return f"{stream.kind} stream {stream.index}{name} ({stream.codec or 'unknown'})"


def plan(
    media: Media, *, sound_start_s: float, output: Path, keep_original: bool, correction_samples: int = 0,
    as_it_is: bool = False,
) -> Plan:  # fmt: skip
    """Decides what goes into ``output`` and where the mix begins and ends.

    Args:
        sound_start_s: film time of the mix's sample 0.
        correction_samples: the mix is put so much later, to make good what an encoder or muxer was measured to do.
        as_it_is: the mix's own packets are wanted; they are copied where the container holds FLAC, nothing of the mix
            lies before the film, and no silence is needed before the mix for the film to begin where it did. Else the
            sound is encoded as the container's drafts are.
    """
    container = container_for(output)
    start_s = media.video.start_s
    early_s = min((track.start_s for track in media.audio), default=0.0)
    origin_s = start_s + (early_s if early_s < -PRIMING_S else 0.0)
    base_s = origin_s if container.shows_priming or abs(origin_s) > PRIMING_S else 0.0
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
            lost.append(f"{described(stream)} was left out: {container.suffixes[0]} cannot hold it.")
    order = {"audio": 0, "subtitle": 1, "video": 2, "cover": 2, "attachment": 3, "data": 4}
    sides.sort(key=lambda side: order[side[0].kind])
    pcm = media.sound.codec if media.sound and media.sound.codec.startswith("pcm_") else ""
    delay_samples = round((start_s - base_s + sound_start_s) * RATE_HZ) + correction_samples
    encoder = "pcm_s24le" if container.name == "mov" and pcm else container.encoder
    encoder = container.draft if as_it_is and container.draft else encoder
    # A silent film begins at the container's zero, as players do, be its picture a trace later.
    begin_s = start_s - base_s + min(0.0, media.sound.start_s) if media.sound else 0.0
    copied = as_it_is and container.flac is not None and 0 <= delay_samples <= round(begin_s * RATE_HZ) + 1
    total_samples = round((end_s - base_s) * RATE_HZ)
    if container.whole_frames:
        total_samples -= total_samples % container.frame
    return Plan(
        container=container,
        encoder=COPY if copied else encoder,
        delay_samples=delay_samples,
        total_samples=total_samples,
        base_s=base_s,
        picture_s=start_s - base_s,
        sides=tuple(sides),
        lost=tuple(lost),
    )
