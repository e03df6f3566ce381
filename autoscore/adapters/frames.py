"""The door to PyAV's picture: one decode of the film as small frames with exact times."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.decoders import Decoders, opened_picture
from autoscore.adapters.opened import open_film
from autoscore.adapters.pictures import Picture
from autoscore.adapters.references import References, UnknownError
from autoscore.adapters.skipping import Pick, Picker
from autoscore.adapters.stamps import Stamps
from autoscore.adapters.stretches import Reader
from autoscore.errors import FilmError
from autoscore.model.media import VideoStream

_TRIAL = 250
"""Packets whose headers are read before B pictures are spared."""
_APART_S = 0.17
"""No two decoded pictures are further apart for being sparing."""


class Decoder:
    """Iterates over the film's pictures once. ``bad_frames`` counts what was broken or could not be decoded.

    Args:
        pick: what to decode; where the packets cannot be told apart, all of it.
        decoders: how many at once; 0: as many as help.
        swift: where one decoder does it all FFmpeg's threads help it, which is no good for a damaged film.
    """

    def __init__(
        self, film: Path, video: VideoStream, pick: Pick = "all", decoders: int = 0, *, swift: bool = False
    ) -> None:
        self.film = film
        self.video = video
        self.bad_frames = 0
        self.ended_early = False
        self.start_s: Fraction | None = None
        """Container time of the first frame."""
        self.passed_at_end_s: tuple[Fraction, ...] = ()
        """Film times of the frames after the last one that was decoded."""
        self.picker: Picker | None = None
        self.keys: list[int] = []
        """Time stamps of the key frames met so far."""
        self._pick: Pick = pick
        self._count, self._swift = decoders, swift

    def __iter__(self) -> Generator[Picture]:
        """To be closed where it is not followed to its end.

        Raises:
            FilmError: the file cannot be opened or gives no frame at all.
            UnevenError: frames that are passed over would make it unsure which frame is which (never with ``pick``
                "all").
            DamagedError: a picture is broken (with ``swift`` only): begin again without.
        """
        with opened_picture(self.film, self.video, threads=1) as (container, stream):
            if self._pick != "all":
                picker = self._chooser(stream.codec_context.extradata)
                self.picker = picker if picker.useful else None
            reader = Reader(container, stream, self.picker)
            decoders = Decoders(
                self.film, self.video, reader, known=self.picker is not None, count=self._count, swift=self._swift
            )
            try:
                yield from self._pictures(decoders, stream.time_base or self.video.time_base)
            finally:
                decoders.close()
                self.ended_early = reader.ended_early

    def _pictures(self, decoders: Decoders, base: Fraction) -> Iterator[Picture]:
        last, step, index = Fraction(-1), 1 / self.video.rate, 0
        first: int | None = None
        stamps = None if self.picker is None else Stamps()
        for portion in decoders.portions():
            if stamps is not None:
                if portion.first:
                    stamps.begin()
                stamps.enter(portion.stamps, portion.owed)
                self.keys += sorted(portion.keys)
            for stamp, small in decoders.shown(portion):
                passed: tuple[Fraction, ...] = ()
                before = [] if stamps is None else stamps.passed(stamp)
                if first is None:
                    first, exact = stamp or 0, Fraction(0)
                    self.start_s = first * base
                else:
                    exact = last + step if stamp is None else (stamp - first) * base
                    passed = tuple((one - first) * base for one in before)
                if index and exact <= last:
                    # Two frames with one time stamp, or time going backwards: a damaged file. Keep order.
                    exact = last + step / 8
                last = exact
                self.bad_frames += small.broken
                index += len(passed)
                yield small.picture(index, exact, passed)
                index += 1
            self.bad_frames += portion.bad
        if first is None:
            raise FilmError(f"{self.film.name} holds no picture that can be decoded.")
        if stamps is not None:
            self.passed_at_end_s = tuple((one - first) * base for one in stamps.passed(None))

    def _chooser(self, extradata: bytes | None) -> Picker:
        if self._pick != "sparing":
            return Picker(self._pick, self.video.codec, extradata)
        references = self._references(extradata or b"")
        if references is None:
            return Picker("referenced", self.video.codec, extradata)
        return Picker("sparing", self.video.codec, extradata, references, int(_APART_S * self.video.rate))

    def _references(self, extradata: bytes) -> References | None:
        """Where the film's first pictures do not need each other's B pictures, who tells so; else None."""
        import av

        if self.video.codec != "h264":
            return None
        try:
            references = References(extradata)
            with open_film(self.film) as container:
                packets = container.demux(container.streams[self.video.index])
                kinds = {references.kind(memoryview(packet)) for packet in islice(packets, _TRIAL) if packet.size}
            return References(extradata) if "between" in kinds else None
        except (UnknownError, av.FFmpegError, OSError):
            return None


def picture_at(film: Path, video: VideoStream, time_s: float, height: int = 110) -> NDArray[np.uint8] | None:
    """A still near film time ``time_s`` as height x width x 3 red green blue; None where none can be decoded.

    It seeks: a film of two hours costs no more than a short one.
    """
    import av

    try:
        with open_film(film) as container:
            stream = container.streams[video.index]
            if not isinstance(stream, av.video.stream.VideoStream):
                return None
            stream.thread_type = "AUTO"
            wanted = time_s + video.start_s
            container.seek(int(wanted / video.time_base), stream=stream)
            found = None
            for number, frame in enumerate(container.decode(stream)):
                found = frame
                if (frame.time is not None and frame.time + 0.5 / float(video.rate) >= wanted) or number > 600:
                    break
            if found is None:
                return None
            shape = float(video.width * video.sample_aspect / video.height)
            still = found.reformat(max(2, round(height * min(max(shape, 0.2), 5.0))), height, "rgb24").to_ndarray()
    except (av.FFmpegError, OSError):
        return None
    return np.ascontiguousarray(np.rot90(still, -(video.rotation_deg // 90) % 4))
