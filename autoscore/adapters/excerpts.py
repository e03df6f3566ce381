"""The door to PyAV's picture for short stretches: every frame of a place that was only passed over before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

from autoscore.adapters.decoders import opened_picture
from autoscore.adapters.pictures import Picture, Shrinker
from autoscore.adapters.skipping import Picker, UnevenError
from autoscore.model.media import VideoStream


class Excerpts:
    """Decodes stretches one after the other, each from the key frame before it. To be closed at the end.

    Args:
        start_s: container time of the film's first frame.
    """

    def __init__(self, film: Path, video: VideoStream, start_s: Fraction) -> None:
        self._film, self._video, self._start_s = film, video, start_s
        self._shrinker = Shrinker(video)
        self._stack = ExitStack()
        self._source: tuple[Any, Any] | None = None

    def between(self, first_s: Fraction, last_s: Fraction, key: int) -> Iterator[Picture]:
        """The frames from ``first_s`` to ``last_s`` (film time, both included). ``key`` is the time stamp of a key
        frame before. The pictures' ``index`` is 0: their times tell which they are.

        Raises:
            UnevenError: the container does not find its way there.
        """
        import av

        if self._source is None:
            # More threads are no faster beside the film's own decoders, and conceal damage differently each time.
            self._source = self._stack.enter_context(opened_picture(self._film, self._video, 1))
        container, stream = self._source
        first, last = ((at_s + self._start_s) / stream.time_base for at_s in (first_s, last_s))
        picker = Picker("referenced", self._video.codec, stream.codec_context.extradata)
        begun = False
        try:
            container.seek(key, stream=stream)
            for packet in container.demux(stream):
                if not begun and (packet.pts is None or packet.pts > first):
                    raise UnevenError
                begun = True
                over = not packet.size or (packet.dts is not None and packet.dts > last)
                if not over:
                    if packet.pts is None:
                        raise UnevenError
                    if not first <= packet.pts <= last and picker.idle(packet):
                        continue
                for frame in stream.codec_context.decode(None if over else packet):
                    if frame.pts is None:
                        raise UnevenError
                    if first <= frame.pts <= last:
                        exact = frame.pts * stream.time_base - self._start_s
                        yield self._shrinker.small(frame).picture(0, exact)
                if over:
                    return
        except (av.FFmpegError, OSError):
            raise UnevenError from None

    def close(self) -> None:
        """Lets go of the film."""
        self._stack.close()
