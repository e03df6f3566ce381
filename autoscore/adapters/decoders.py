"""Threads that decode a film's picture side by side, each on stretches of its own, and hand it out in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from autoscore.adapters.opened import open_film
from autoscore.adapters.pictures import Shrinker, Small
from autoscore.adapters.skipping import DamagedError, UnevenError
from autoscore.adapters.stretches import Portion, Reader
from autoscore.errors import FilmError
from autoscore.model.media import VideoStream

_SHRUNK_PX = 960
"""From this width on a small frame is so much smaller that single blocks do not show."""

_MOST_HELD = 16
"""Decoded frames that may wait until it is known what was passed over before them."""
_ALLOWED_LATE = 64
"""Packets that may be with the decoder."""

_AHEAD = 3
"""Where one decoder works alone, its threads beyond one a core: pictures that are waited for leave no core idle."""
_MOST_THREADS = 16
"""Each holds a picture; FFmpeg warns above this."""
_MOST_DECODERS = 4
"""What they decode together is measured in one thread."""

_WAITING = 640
"""Small pictures that may wait (25 MB): more than two stretches of usual length."""
_WAITING_NEXT = 64
"""So many of those that are wanted next, however many wait."""
_AT_ONCE = 8
"""Pictures that are handed over together."""


class Decoders:
    """Portions of a film in order, and the small pictures of each while it is being decoded. To be closed.

    Args:
        known: whether each packet's place is known, and has to be; else the film is one stretch.
        count: decoders; 0: one a core, as far as that helps. Each stretch comes out the same however many there are.
            Where the film begins with a long one there is one.
        swift: that one may have several threads; at the first broken picture it raises DamagedError.
    """

    def __init__(
        self, film: Path, video: VideoStream, reader: Reader, *, known: bool, count: int = 0, swift: bool = False
    ) -> None:
        self._film, self._video, self._reader, self._known = film, video, reader, known
        self._shrinker = Shrinker(video)
        self._turn, self._changed = Condition(), Condition()
        self._given = first = reader.read()
        self._owner: int | None = None
        """Which decoder is in the middle of a stretch."""
        self._portions: deque[Portion | None] = deque()
        self._head: Portion | None = None
        self._held = 0
        self._stopped = False
        self._error: BaseException | None = None
        cores = os.cpu_count() or 1
        alone = not known or first is None or not first.last or reader.over
        number = 1 if alone else count or min(_MOST_DECODERS, cores)
        threads = min(_MOST_THREADS, cores + _AHEAD) if alone and swift else 1
        self._threads = [
            Thread(target=self._work, args=(one, threads), name=f"decoder {one}", daemon=True) for one in range(number)
        ]
        try:
            for thread in self._threads:
                thread.start()
        except BaseException:  # no more threads are to be had, or Ctrl-C
            self.close()
            raise

    def portions(self) -> Iterator[Portion]:
        """All portions in order; each has to be emptied by ``shown`` before the next."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._portions or self._error)
                self._raise()
                portion = self._head = self._portions.popleft()
                self._changed.notify_all()
            if portion is None:
                return
            yield portion

    def shown(self, portion: Portion) -> Iterator[tuple[int | None, Small]]:
        """Time stamps and pictures of ``portion`` in order."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: portion.shown or portion.over or self._error)
                self._raise()
                ready, portion.shown = portion.shown, deque()
                self._held -= len(ready)
                self._changed.notify_all()
            if not ready:
                return
            yield from ready

    def close(self) -> None:
        """Ends the threads; what they have in hand is lost."""
        self._stop(None)
        for thread in self._threads:
            if thread.ident is not None:  # it was begun
                thread.join()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _stop(self, error: BaseException | None) -> None:
        with self._turn, self._changed:
            self._stopped = True
            self._error = self._error or error
            self._changed.notify_all()
            self._turn.notify_all()

    def _work(self, me: int, threads: int) -> None:
        try:
            with opened_picture(self._film, self._video, threads) as (_, stream):
                context = stream.codec_context
            # The film is closed: who decodes needs no index of it, which takes 12 MB an hour.
            one = _Decoder(context, self._shrinker, known=self._known, whole=threads > 1)
            while (portion := self._take(me)) is not None:
                for ready in one.decode(portion):
                    if not self._put(portion, ready):
                        return
        except BaseException as error:
            self._stop(error)

    def _take(self, me: int) -> Portion | None:
        """What comes next, unless another decoder is in the middle of it."""
        with self._turn:
            self._turn.wait_for(lambda: self._owner in (None, me) or self._stopped)
            if self._stopped:
                return None
            portion, self._given = self._given or self._reader.read(), None
            self._owner = None if portion is None or portion.last else me
            self._turn.notify_all()
            with self._changed:
                self._portions.append(portion)
                self._changed.notify_all()
        return portion

    def _put(self, portion: Portion, ready: list[tuple[int | None, Small]]) -> bool:
        """Hands over what is ``ready``; nothing at the end of the portion. False: nobody wants it any more."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._held < _WAITING
                    or (portion is self._head and len(portion.shown) < _WAITING_NEXT)
                    or self._stopped
                )
            )
            portion.shown += ready
            portion.over = not ready
            self._held += len(ready)
            self._changed.notify_all()
            return not self._stopped


class _Decoder:
    """One decoder at work. ``known``: each packet's place is known, and has to be. ``whole``: no picture may be
    broken."""

    def __init__(self, context: Any, shrinker: Shrinker, *, known: bool, whole: bool) -> None:
        self._context, self._shrinker, self._known, self._whole = context, shrinker, known, whole
        self._ready: deque[tuple[int | None, Small]] = deque()
        self._late = 0
        self._noting = False

    def decode(self, portion: Portion) -> Iterator[list[tuple[int | None, Small]]]:
        """Pictures some at a time, then an empty list."""
        found: list[tuple[int | None, Small]] = []
        while portion.packets:
            packet, noted = portion.packets.popleft()
            if noted != self._noting:
                self._noting = noted
                self._context.skip_frame = "BIDIR" if noted else "DEFAULT"
            self._late += not noted
            self._take_in(packet, portion)
            while self._ready and (not self._known or _all_known(self._ready[0][0], packet)):
                found.append(self._ready.popleft())
            if self._known and (len(self._ready) > _MOST_HELD or self._late > _ALLOWED_LATE):
                raise UnevenError
            if len(found) >= _AT_ONCE:
                yield found
                found = []
        if portion.last:
            self._take_in(None, portion)
            self._context.flush_buffers()
            self._late = 0
            found += self._ready
            self._ready.clear()
        if found:
            yield found
        yield []

    def _take_in(self, packet: Any, portion: Portion) -> None:
        """Decodes ``packet``; None: all that the decoder still has."""
        import av

        try:
            frames = self._context.decode(packet)
        except av.FFmpegError:
            if self._known:
                raise UnevenError from None
            if self._whole:
                raise DamagedError from None
            portion.bad += 1
            return
        for frame in frames:
            if self._whole and frame.is_corrupt:
                raise DamagedError
            self._ready.append((frame.pts if frame.pts is not None else frame.dts, self._shrinker.small(frame)))
        self._late -= len(frames)


def _all_known(stamp: int | None, packet: Any) -> bool:
    """Whether no packet after ``packet`` can belong before the frame at ``stamp``: none is shown before its own decode
    time."""
    return packet.dts is not None and stamp is not None and stamp < packet.dts


@contextmanager
def opened_picture(film: Path, video: VideoStream, threads: int = 0) -> Iterator[tuple[Any, Any]]:
    """Container and stream, ready to be decoded by so many threads (0: some more than cores). Raises FilmError."""
    import av

    with open_film(film) as container:
        stream = container.streams[video.index] if video.index < len(container.streams) else None
        if not isinstance(stream, av.video.stream.VideoStream):
            raise FilmError(f"{film.name} has changed: stream {video.index} is no picture now.")
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = threads or min(_MOST_THREADS, (os.cpu_count() or 1) + _AHEAD)
        if video.width >= _SHRUNK_PX and video.codec in ("h264", "hevc"):
            # Without it block edges stay, which shrinking takes away, and a fifth of the work is saved.
            stream.codec_context.options = {**stream.codec_context.options, "skip_loop_filter": "all"}
        yield container, stream
