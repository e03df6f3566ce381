"""A film's packets as stretches, each of which can be decoded without what is before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from autoscore.adapters.pictures import Small
from autoscore.adapters.skipping import Fate, Picker, UnevenError

LEAST_PACKETS = 12
"""Each stretch begins with an empty decoder, which takes some time."""
MOST_PACKETS = 600
MOST_BYTES = 16 << 20
"""Of what is to be decoded in one portion: two or more are held at a time."""

_GIVE_UP_AFTER = 500
"""Demuxer errors in a row after which the rest of the film counts as unreadable."""


@dataclass(slots=True, kw_only=True, eq=False)
class Portion:
    """A stretch, or a part of a long one.

    first, last: whether it is that part of its stretch; only its ``first`` part can be decoded by anybody. packets: in
    decoding order, and whether the decoder is only to note that they were there. stamps, owed, keys: time stamps of all
    its packets, of those that will come out as frames, of key frames. shown: what has come out. bad: packets that
    could not be decoded.
    """

    first: bool
    last: bool = False
    packets: deque[tuple[Any, bool]] = field(default_factory=deque)
    stamps: list[int] = field(default_factory=list)
    owed: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    shown: deque[tuple[int | None, Small]] = field(default_factory=deque)
    over: bool = False
    bad: int = 0


class Reader:
    """Reads portions one after the other. ``ended_early``: what came then could not be read.

    Args:
        container, stream: of PyAV.
        picker: which packets are decoded; without one all are, and the film is a single stretch.
    """

    def __init__(self, container: Any, stream: Any, picker: Picker | None) -> None:
        self._container, self._stream, self._picker = container, stream, picker
        self.ended_early = False
        self._fates = self._decided()
        self._next = next(self._fates, None)
        self._first = True

    @property
    def over(self) -> bool:
        """Whether all has been read."""
        return self._next is None

    def read(self) -> Portion | None:
        """The next portion; None at the end.

        Raises:
            UnevenError: the packets do not tell what lies where.
        """
        if self._next is None:
            return None
        portion, size = Portion(first=self._first), 0
        while self._next is not None:
            packet, fate = self._next
            if self._picker is not None and not packet.is_discard:
                portion.stamps.append(packet.pts)
                if packet.is_keyframe:
                    portion.keys.append(packet.pts)
                if fate == "decode":
                    portion.owed.append(packet.pts)
            if fate != "pass over":
                portion.packets.append((packet, fate == "note"))
                size += packet.size
            self._next = next(self._fates, None)
            if self._next is None or (len(portion.packets) >= LEAST_PACKETS and self._begins(*self._next)):
                portion.last = True
                break
            if len(portion.packets) >= MOST_PACKETS or size >= MOST_BYTES:
                break
        self._first = portion.last
        return portion

    def _begins(self, packet: Any, fate: Fate) -> bool:
        return self._picker is not None and fate == "decode" and self._picker.begins(packet)

    def _decided(self) -> Iterator[tuple[Any, Fate]]:
        """All packets in decoding order; errors are stepped over where nothing is passed over."""
        import av

        packets, failures, ended = self._container.demux(self._stream), 0, False
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError):
                if self._picker is not None:
                    raise UnevenError from None
                failures += 1
                if failures > _GIVE_UP_AFTER:
                    self.ended_early = True
                    return
                packets = self._container.demux(self._stream)
                continue
            failures = 0
            if self._picker is None:
                if packet.size:
                    yield packet, "decode"
                continue
            if ended:
                raise UnevenError
            ended = not packet.size  # PyAV's sign of the end; elsewhere there is nothing to decode in it
            yield from ((chosen, fate) for chosen, fate in self._picker.fates(packet) if chosen.size)
