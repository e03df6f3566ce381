"""Which pictures of an H.264 film the others refer to, read from slice headers (ITU-T H.264, 7.3.2.1, 7.3.2.2, 7.3.3).

Most encoders build their B pictures in two layers: some of them are referred to, but often only by the B pictures
beside them. Then none of them is needed for what follows, and all may be passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["anchor", "between", "idle"]
"""Intra and predicted pictures; B pictures that others refer to; pictures that none refers to."""

_RICH = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""Profiles whose parameter sets tell of chroma formats and scaling lists."""

_HEAD_BYTES = 64
"""Of a slice; its header up to the reference lists is shorter."""


class UnknownError(Exception):
    """Something rare: fields, slice groups, long-term references, a damaged header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    """What the parameter sets say of slice headers."""

    frame_num_bits: int
    order_bits: int
    order_deltas: bool
    order_bottom: bool
    colour_planes: bool
    frames_only: bool
    references: tuple[int, int]
    redundant: bool


class References:
    """Told packet by packet, in decoding order.

    Args:
        extradata: the stream's configuration record (ISO/IEC 14496-15), which holds the parameter sets.

    Raises:
        UnknownError: it is none, or describes what is not read here.
    """

    def __init__(self, extradata: bytes) -> None:
        if len(extradata) < 8 or extradata[0] != 1:
            raise UnknownError
        self._size = (extradata[4] & 3) + 1
        sets = list(_sets(extradata))
        sequences, pictures = ([s for s in sets if s[0] & 31 == kind] for kind in (7, 8))
        if len(sequences) != 1 or not pictures:
            raise UnknownError
        sequence = _sequence(sequences[0])
        self._formats = dict(_picture(one, sequence) for one in pictures)
        self._between: dict[int, bool] = {}
        """Of each frame number in use: whether it is a B picture's."""
        self._recent: list[int] = []

    def kind(self, data: memoryview) -> Kind:
        """What the picture in a packet is.

        Raises:
            UnknownError: it cannot be told, or the picture refers to a B picture that is not beside it.
        """
        found: set[tuple[int, bool, bool]] = set()
        at, end = 0, len(data)
        while at + self._size < end:
            first, length = at + self._size, int.from_bytes(data[at : at + self._size], "big")
            unit = data[first] & 31
            if unit in (2, 3, 4, 7, 8):
                raise UnknownError  # data partitions, parameter sets on the way
            if unit in (1, 5):
                found.add(self._slice(bytes(data[first : first + min(length, _HEAD_BYTES)])))
            at = first + length
        if len(found) != 1:
            raise UnknownError
        ((number, referred, two_ways),) = found
        if not referred:
            return "idle"
        self._between[number] = two_ways
        self._recent = [number, *(one for one in self._recent if one != number)][:16]
        return "between" if two_ways else "anchor"

    def _slice(self, head: bytes) -> tuple[int, bool, bool]:
        """Its frame number, whether others refer to the picture, whether it looks both ways."""
        bits = _Bits(head)
        _ = bits.unsigned()
        letter = bits.unsigned() % 5
        format_ = self._formats.get(bits.unsigned())
        if format_ is None or letter > 2:
            raise UnknownError
        bits.take(2 * format_.colour_planes)
        number = bits.take(format_.frame_num_bits)
        if not format_.frames_only and bits.take(1):
            raise UnknownError
        key = head[0] & 31 == 5
        if key:
            bits.unsigned()
            self._between.clear()
            self._recent.clear()
        bits.take(format_.order_bits)
        for _ in range(format_.order_bottom * (1 if format_.order_bits else int(format_.order_deltas))):
            bits.signed()
        if format_.order_deltas:
            bits.signed()
        if format_.redundant:
            bits.unsigned()
        referred, two_ways = bool(head[0] & 0x60), letter == 1
        if letter < 2:
            self._check(bits, format_, number, two_ways=two_ways)
        return number, referred, two_ways

    def _check(self, bits: _Bits, format_: _Format, number: int, *, two_ways: bool) -> None:
        """Raises UnknownError where the lists of a slice may hold a B picture that is not beside it."""
        if two_ways:
            bits.take(1)
        forward, backward = format_.references
        if bits.take(1):
            forward = bits.unsigned() + 1
            backward = bits.unsigned() + 1 if two_ways else backward
        if two_ways:
            # One each way, in their own order: the neighbours.
            if forward > 1 or backward > 1 or bits.take(1) or bits.take(1):
                raise UnknownError
            return
        used: list[int] = []
        if bits.take(1):
            at, modulus = number, 1 << format_.frame_num_bits
            while (how := bits.unsigned()) != 3:
                if how > 1 or len(used) > 32:
                    raise UnknownError
                step = bits.unsigned() + 1
                at = (at - step if how == 0 else at + step) % modulus
                used.append(at)
        if len(used) < forward:
            used += self._recent[:forward]
        if any(self._between.get(one, True) for one in used):
            raise UnknownError


class _Bits:
    """Reads bits from the front, without the bytes that keep start codes from arising (7.4.1)."""

    def __init__(self, unit: bytes) -> None:
        payload = unit[1:].replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(payload, "big")
        self._left = 8 * len(payload)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise UnknownError
        return self._value >> self._left & (1 << count) - 1

    def unsigned(self) -> int:
        """Exp-Golomb."""
        zeros = self._left - (self._value & (1 << self._left) - 1).bit_length()
        if zeros > 31:
            raise UnknownError
        return self.take(2 * zeros + 1) - 1

    def signed(self) -> int:
        coded = self.unsigned()
        return (coded + 1) // 2 if coded % 2 else -(coded // 2)


def _sets(extradata: bytes) -> Iterator[bytes]:
    """The parameter sets in a configuration record."""
    at = 5
    for mask in (31, 255):
        if at >= len(extradata):
            raise UnknownError
        count, at = extradata[at] & mask, at + 1
        for _ in range(count):
            length = int.from_bytes(extradata[at : at + 2], "big")
            if not 4 <= length <= len(extradata) - at - 2:
                raise UnknownError
            yield extradata[at + 2 : at + 2 + length]
            at += 2 + length


def _sequence(unit: bytes) -> tuple[int, int, bool, bool, bool]:
    """Bits of frame number and of picture order, whether order has deltas, colour planes apart, frames only."""
    bits = _Bits(unit)
    profile = bits.take(8)
    bits.take(16)
    bits.unsigned()
    apart = False
    if profile in _RICH:
        chroma = bits.unsigned()
        apart = chroma == 3 and bool(bits.take(1))
        bits.unsigned(), bits.unsigned(), bits.take(1)
        if bits.take(1):
            for number in range(12 if chroma == 3 else 8):
                if bits.take(1):
                    _skip_scaling(bits, 16 if number < 6 else 64)
    number_bits = bits.unsigned() + 4
    kind = bits.unsigned()
    order_bits, deltas = 0, False
    if kind == 0:
        order_bits = bits.unsigned() + 4
    elif kind == 1:
        deltas = not bits.take(1)
        bits.signed(), bits.signed()
        for _ in range(bits.unsigned()):
            bits.signed()
    bits.unsigned(), bits.take(1), bits.unsigned(), bits.unsigned()
    return number_bits, order_bits, deltas, apart, bool(bits.take(1))


def _skip_scaling(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _picture(unit: bytes, sequence: tuple[int, int, bool, bool, bool]) -> tuple[int, _Format]:
    """A picture parameter set's number, and what it says."""
    bits = _Bits(unit)
    name = bits.unsigned()
    bits.unsigned(), bits.take(1)
    bottom = bool(bits.take(1))
    if bits.unsigned():  # slice groups
        raise UnknownError
    references = (bits.unsigned() + 1, bits.unsigned() + 1)
    bits.take(3)
    bits.signed(), bits.signed(), bits.signed()
    bits.take(2)
    number_bits, order_bits, deltas, apart, frames_only = sequence
    return name, _Format(
        frame_num_bits=number_bits,
        order_bits=order_bits,
        order_deltas=deltas,
        order_bottom=bottom,
        colour_planes=apart,
        frames_only=frames_only,
        references=references,
        redundant=bool(bits.take(1)),
    )
