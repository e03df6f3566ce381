"""Which packets of a film need not be decoded: pictures that no other picture refers to, told from their headers.

Size tells more: where the picture becomes another one, a packet is much larger than those before it (or much smaller:
into black), whatever the encoder. There everything is decoded.

H.264: nal_ref_idc 0 (ITU-T H.264, 7.4.1). HEVC: the sub-layer non-reference types of the highest sub-layer (ITU-T
H.265, table 7-1). Nothing of the picture itself is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, Literal

from autoscore.adapters.references import Kind, References, UnknownError

Pick = Literal["all", "referenced", "sparing", "keys"]
"""Which pictures are decoded: all; those that others refer to (or that cannot be told from them); of these no B
pictures where only those beside them refer to them; key frames."""

Fate = Literal["decode", "pass over", "note"]
"""Of a packet. What is noted is not decoded, but the decoder has to know that it was there."""


class UnevenError(Exception):
    """The packets do not come out as pictures one by one: only decoding all of them tells where each one lies."""


class DamagedError(Exception):
    """A picture is broken, and several threads decode: what they conceal it with may differ from run to run."""


class Picker:
    """Decides packet by packet.

    Args:
        pick: what is decoded.
        extradata: the stream's configuration record, which tells how packets are cut into units.
        references: what pictures refer to; needed for "sparing".
        most_apart: so many frames may lie from one decoded picture to the next where B pictures are spared.
    """

    _MOST_HELD = 128
    """Packets that may be undecided."""
    _LARGER, _SMALLER = 3.0, 0.05
    """Sizes of a referenced packet, in medians of those before it, at which what lies before it is decoded as well."""
    _MUCH_LARGER = 5.0
    """Size of an unreferenced packet at which it is decoded."""
    _LEAST = 0.1
    """The same as a share of a key frame's size: what is smaller shows no new picture, however still it was before."""

    def __init__(
        self, pick: Pick, codec: str, extradata: bytes | None, references: References | None = None, most_apart: int = 4
    ) -> None:
        self.pick: Pick = pick
        self.sizes: list[tuple[int, int]] = []
        """Time stamp and size of each packet, where only key frames are picked."""
        self._unreferenced, self._closed = _readers(codec, extradata or b"")
        self._first: int | None = None
        self._sizes: dict[bool, deque[int]] = {False: deque(maxlen=12), True: deque(maxlen=24)}
        self._key_size = 0
        self._all_before = 0
        self._references, self._most_apart = references, most_apart
        self._held: list[tuple[Any, Kind, bool]] = []
        """Packets since the last intra or predicted picture, and whether there is something to see there."""

    @property
    def useful(self) -> bool:
        """Whether this codec's packets can be told apart at all."""
        return self._unreferenced is not None or self.pick == "keys"

    def fates(self, packet: Any) -> Iterator[tuple[Any, Fate]]:
        """What to do with ``packet`` (of PyAV) and with those before it that were undecided, in order.

        Raises:
            UnevenError: it has no time stamps, or its references cannot be told.
        """
        if not packet.size or packet.is_discard:
            yield from self._released()
            yield packet, "decode"
            return
        if packet.pts is None:
            raise UnevenError
        stamp: int = packet.pts
        if self._first is None:
            self._first = stamp
        if self._references is not None and self.pick == "sparing":
            yield from self._spared(packet, stamp, self._references)
            return
        if self.pick == "keys":
            kept = packet.is_keyframe
            self.sizes.append((stamp, packet.size))
        elif self.pick == "referenced":
            kept = self._telling(packet, stamp) or stamp <= self._first
        else:
            kept = True
        yield packet, "decode" if kept else "pass over"

    def _spared(self, packet: Any, stamp: int, references: References) -> Iterator[tuple[Any, Fate]]:
        """B pictures wait for the next other one: a large one among them has them all decoded."""
        try:
            kind = references.kind(memoryview(packet))
        except UnknownError:
            raise UnevenError from None
        if kind == "anchor":
            yield from self._released()
            self._telling(packet, stamp)
            yield packet, "decode"
            return
        told = self._telling(packet, stamp)
        self._held.append((packet, kind, told if kind == "idle" else stamp <= self._all_before))
        if len(self._held) > self._MOST_HELD:
            raise UnevenError

    def _released(self) -> Iterator[tuple[Any, Fate]]:
        held, self._held = self._held, []
        between = any(notable for _, _, notable in held) or len(held) >= self._most_apart
        for packet, kind, notable in held:
            if kind == "between":
                yield packet, "decode" if between else "note"
            else:
                yield packet, "decode" if notable else "pass over"

    def _telling(self, packet: Any, stamp: int) -> bool:
        """Whether something may be learnt from this packet's picture."""
        idle, size = self.idle(packet), packet.size
        sizes = self._sizes[idle]
        usual = median(sizes) if sizes else size
        if packet.is_keyframe:
            self._key_size = size
        else:
            sizes.append(size)
        least = self._LEAST * self._key_size
        if idle:
            return stamp < self._all_before or size > max(self._MUCH_LARGER * usual, least)
        emptier = usual > least and size < self._SMALLER * usual
        if packet.is_keyframe or emptier or size > max(self._LARGER * usual, least):
            self._all_before = max(self._all_before, stamp)
        return True

    def begins(self, packet: Any) -> bool:
        """Whether decoding may begin with this packet, and whatever comes later is shown later than all before it."""
        return bool(packet.is_keyframe) and self._closed(memoryview(packet))

    def idle(self, packet: Any) -> bool:
        """Whether no other picture refers to the one in ``packet``."""
        return self._unreferenced is not None and self._unreferenced(memoryview(packet))


_Tell = Callable[[memoryview], bool]


def _readers(codec: str, extradata: bytes) -> tuple[_Tell | None, _Tell]:
    """Whether a packet of this codec is unreferenced (None where that cannot be told), and whether it is an
    instantaneous refresh: nothing after it refers to anything before it."""
    boxed = len(extradata) > 22 - 16 * (codec == "h264") and extradata[0] == 1
    if codec == "h264":
        size = (extradata[4] & 3) + 1 if boxed else 0
        return lambda data: _h264_idle(data, size), lambda data: _h264_refresh(data, size)
    if codec == "hevc":
        size = (extradata[21] & 3) + 1 if boxed else 0
        top = 0

        def idle(data: memoryview) -> bool:
            nonlocal top
            kind, layer = _hevc_slice(data, size)
            top = max(top, layer)
            # A picture of a lower layer may be referred to by higher ones.
            return kind in (0, 2, 4, 6, 8) and layer == top

        return idle, lambda data: _hevc_slice(data, size)[0] in (19, 20)
    return None, lambda _data: False


def _h264_refresh(data: memoryview, size: int) -> bool:
    for at in _units(data, size):
        if data[at] & 31 in (1, 2, 5):
            return data[at] & 31 == 5
    return False


def _h264_idle(data: memoryview, size: int) -> bool:
    for at in _units(data, size):
        if data[at] & 31 in (1, 2, 5):
            return data[at] & 0x60 == 0
    return False


def _hevc_slice(data: memoryview, size: int) -> tuple[int, int]:
    """Type and sub-layer of the first slice; type -1 where there is none."""
    for at in _units(data, size):
        kind = data[at] >> 1 & 63
        if kind < 32 and at + 1 < len(data):
            return kind, data[at + 1] & 7
    return -1, 0


def _units(data: memoryview, size: int) -> list[int]:
    """Where the first units of a packet begin: behind a length of ``size`` bytes, or behind start codes."""
    found: list[int] = []
    at, end = 0, len(data)
    if size:
        while at + size < end and len(found) < 8:
            found.append(at + size)
            at += size + int.from_bytes(data[at : at + size], "big")
        return found
    head = bytes(data[:4096])
    while (at := head.find(b"\x00\x00\x01", at)) >= 0 and at + 3 < len(head) and len(found) < 8:
        at += 3
        found.append(at)
    return found
