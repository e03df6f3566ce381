"""The desk: each group through its filters and to its seat, the walls near by, and the room behind all of them.

All of it but the room's long tail is done on spectra of overlapping frames, in middle and side: a group costs one
transform, however many filters and reflections it goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from autoscore import tables
from autoscore.adapters.convolve import framed, response_of
from autoscore.model.audio import RATE_HZ
from autoscore.stages.mix.bus import HOP, REACH, SIZE, Spectrum, bus
from autoscore.stages.mix.filters import chain, shelf
from autoscore.stages.mix.reverb import Room, responses_of, room
from autoscore.stages.mix.walls import walls_of
from autoscore.tables import MoodMix

Samples = NDArray[np.float32]
BLOCK = 7 * HOP
"""Samples of one push: whole frames waste nothing."""
_STEP = 2 * HOP
"""Samples that are worked on at once: as many transforms as FFT libraries do side by side, and little to hold."""
_ROOM_PIECES = 2
"""A push is cut into so many for the room."""
_RIDE_FULL = 0.8
"""Planned intensity from which a group that is ridden has its full level."""
_KEPT = 32
"""Responses of seats (1.3 MB each) and of strips (0.5 MB) that are kept: those of some moods, so that a film of many
takes no more room than one of few."""
Reader = Callable[[int], Samples | None]
Begun = Sequence["Future[NDArray[Any] | None]"]


class AnyDesk(Protocol):
    """What mixes the groups of one cue, block by block."""

    @property
    def tail(self) -> int:
        """How many samples it goes on after the last sound."""

    def begin(self, pool: Executor, readers: Mapping[str, Reader], intensity: Samples) -> Begun:
        """Starts the groups' own work on the next block, see ``Desk.begin``."""

    def push(self, begun: Begun, intensity: Samples) -> Samples:
        """Middle and side of a block that was begun, (2, frames); in the same order."""


class Desk:
    """Takes the groups of one cue block by block; ``push`` gives the sum of all with their room.

    Args:
        groups: groups of model.score.GROUPS that play. mix: the mood's wishes.
        block: length of every push but the last.
    """

    def __init__(self, groups: list[str], mix: MoodMix, block: int = BLOCK) -> None:
        own = tables.read("desk.toml")["groups"]
        self._bus = bus(mix.tone_db)
        self._strips = {group: Strip(group, mix) for group in groups}
        self._seats = {seat: seat_of(seat, mix) for seat in sorted({str(own[group]["row"]) for group in groups})}
        self._last: dict[str, Future[Spectrum | None]] = {}
        self._room = Room(*behind(mix.rt60_s, mix.tone_db, block))

    @property
    def tail(self) -> int:
        """How many samples the room goes on after the last sound."""
        return self._room.length + max((seat.wait for seat in self._seats.values()), default=0)

    def begin(self, pool: Executor, readers: Mapping[str, Reader], intensity: Samples) -> Begun:
        """Starts the groups' own work on the next block; what it gives is for ``push``.

        Args:
            readers: for each group what reads its next samples, (frames, 2), or gives None for silence.
            intensity: what the cue sheet plans, 0..1, for each sample.
        """
        steps: list[Future[Samples | None]] = []
        for at in range(0, len(intensity), _STEP):
            level = intensity[at : at + _STEP]
            for group, reader in readers.items():
                work = self._strips[group].push
                self._last[group] = pool.submit(_after, self._last.get(group), work, reader, level)
            pieces = {group: self._last[group] for group in readers}
            steps.append(pool.submit(self._summed, pieces, level))
        return steps

    def push(self, begun: Begun, intensity: Samples) -> Samples:
        """The samples of the bus, (2, frames): middle and side, of a block that was begun; in the same order."""
        both = np.zeros((2, 2, len(intensity)), dtype=np.float32)
        for number, future in enumerate(begun):
            step = future.result()
            if step is not None:
                both[:, :, number * _STEP : number * _STEP + step.shape[2]] = step
        direct, send = both
        direct += self._room.push(send)
        return np.asarray(direct)

    def _summed(self, groups: Mapping[str, Future[Spectrum | None]], intensity: Samples) -> Samples | None:
        """What of one step is heard at once, and what the room gets, (2, 2, frames): middle and side of both."""
        pieces = {group: future.result() for group, future in groups.items()}
        playing = [
            (seat, [(self._strips[group].send, piece) for group, piece in pieces.items()
                    if piece is not None and self._strips[group].row == name])
            for name, seat in self._seats.items()
        ]  # fmt: skip
        playing = [(seat, here) for seat, here in playing if here]
        if not playing:
            return None
        shape = playing[0][1][0][1].shape
        direct, send = np.zeros(shape, dtype=np.complex64), np.zeros(shape, dtype=np.complex64)
        for frame in range(shape[1]):  # one after the other: they fit into the processor's cache
            for seat, here in playing:
                seat.take([(gain, piece[:, frame]) for gain, piece in here], direct[:, frame], send[:, frame])
        return np.stack([self._bus.bent(one, len(intensity), intensity) for one in (direct, send)])


class Strip:
    """One group's channel strip, up to its seat. ``send`` is the linear gain into the room."""

    def __init__(self, group: str, mix: MoodMix) -> None:
        desk = tables.read("desk.toml")
        own = desk["groups"][group]
        self.row = str(own["row"])
        self.send = np.float32(_linear(tables.read("reverb.toml")["sends"][group] + mix.wet_db))
        self._ride_db = float(own.get("ride_db", 0.0))
        self._response = _strip_response(group, mix)
        self._before: Samples = np.zeros((2, REACH), dtype=np.float32)

    def push(self, read: Reader, intensity: Samples) -> Spectrum | None:
        """Spectra of what ``read`` gives, filtered; None where it has been silent for long."""
        piece = read(len(intensity))
        if piece is None:
            if not self._before.any():
                return None
            piece = np.zeros((len(intensity), 2), dtype=np.float32)
        sides = np.empty((2, len(piece)), dtype=np.float32)
        np.add(piece[:, 0], piece[:, 1], out=sides[0])
        np.subtract(piece[:, 0], piece[:, 1], out=sides[1])
        del piece
        gain: Samples | np.float32 = np.float32(0.5)
        if self._ride_db:
            gain = gain * _decibels(self._ride_db * np.minimum(0.0, intensity - np.float32(_RIDE_FULL)))
        sides *= gain
        frames, self._before = framed(self._before, sides, SIZE)
        spectrum: Spectrum = fft.rfft(frames, axis=2)
        spectrum *= self._response
        return spectrum


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Where some groups sit.

    ``mixed`` is direct sound and walls near by, through the filters of the bus: middle to middle, side to middle,
    middle to side, side to side. The room answers ``wait`` samples later, which is what ``waiting`` does to a spectrum.
    """

    mixed: Spectrum
    wait: int
    waiting: Spectrum

    def take(self, groups: list[tuple[np.float32, Spectrum]], direct: Spectrum, send: Spectrum) -> None:
        """Adds the groups of this seat to what the bus and what the room gets; always in the same order.

        Args:
            groups: gain into the room and spectrum, (2, bins), of each; the first is changed.
        """
        a, b, c, d = self.mixed
        gain, total = groups[0]
        sent = total * gain
        for gain, spectrum in groups[1:]:
            sent += spectrum * gain
            total += spectrum
        sent *= self.waiting
        send += sent
        middle, side = total
        direct[0] += a * middle
        direct[0] += b * side
        direct[1] += c * middle
        direct[1] += d * side


@lru_cache(maxsize=_KEPT)
def seat_of(name: str, mix: MoodMix) -> Seat:
    """A row of the desk in a mood's hall."""
    rows = tables.read("desk.toml")["rows"]
    # A dry mood brings everybody nearer: the walls go away with the seat's distance.
    near_db = rows["close"]["early_db"]
    walls = _linear(near_db + (rows[name]["early_db"] - near_db) * mix.depth) * walls_of(name, SIZE)
    walls[[0, 3]] += 1.0  # the direct sound
    middle, side = bus(mix.tone_db).responses(SIZE)
    wait = round(rows[name]["predelay_ms"] * RATE_HZ / 1000.0)
    return Seat(
        mixed=(walls * np.stack([middle, middle, side, side])).astype(np.complex64),
        wait=wait,
        waiting=np.exp(-2j * np.pi * wait * np.fft.rfftfreq(SIZE)).astype(np.complex64),
    )


@lru_cache(maxsize=_KEPT)
def _strip_response(group: str, mix: MoodMix) -> Spectrum:
    """A group's filters, the air up to its seat and its level, for middle and side; shape (2, 1, bins)."""
    desk = tables.read("desk.toml")
    own = desk["groups"][group]
    air = shelf(desk["early"]["air_hz"], desk["rows"][own["row"]]["air_db"] * mix.depth, high=True)
    response = response_of(np.vstack([chain(own["filters"]), air]), SIZE)
    response *= _linear(tables.read("loudness.toml")["groups"][group])
    return np.stack([response, response * _linear(own["side_db"])])[:, None].astype(np.complex64)


@lru_cache(maxsize=4)
def behind(rt60_s: float, tone_db: float, block: int) -> tuple[Spectrum, int, int]:
    """Responses of the room and the bus behind it, how long they answer, and the size of their transform."""
    answer = room(rt60_s)
    frames = answer.shape[1] + REACH
    size = fft.next_fast_len(-(-block // _ROOM_PIECES) + frames, real=True)
    responses = responses_of(answer, size)
    middle, side = bus(tone_db).responses(size)
    responses[:2] *= middle
    responses[2:] *= side
    return responses, frames, size


def let_go() -> None:
    """Responses of the moods that were mixed are not kept any longer: 50 MB and more."""
    for kept in (seat_of, _strip_response, behind, bus, room, walls_of):
        kept.cache_clear()


def _after(
    last: Future[Spectrum | None] | None,
    work: Callable[[Reader, Samples], Spectrum | None],
    read: Reader,
    level: Samples,
) -> Spectrum | None:
    """A group's blocks one after the other: each begins with what the one before left."""
    if last is not None:
        last.result()
    return work(read, level)


def _decibels(gain_db: Samples) -> Samples:
    return np.asarray(np.exp(gain_db * np.float32(np.log(10.0) / 20.0)))


def _linear(gain_db: float) -> float:
    return float(10.0 ** (gain_db / 20.0))
