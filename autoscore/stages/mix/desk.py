"""The desk: each group through its filters and to its seat, the walls near by, and the room behind all of them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from autoscore import tables
from autoscore.model.audio import RATE_HZ
from autoscore.stages.mix.filters import chain, shelf
from autoscore.stages.mix.reverb import Convolver, room
from autoscore.tables import MoodMix

Samples = NDArray[np.float32]
_RIDE_FULL = 0.8
"""Planned intensity from which a group that is ridden has its full level."""
Tap = tuple[int, float, float, bool]
"""Delay in samples, gains to left and right, and whether it comes from the other side."""


class Desk:
    """Takes the groups of one cue block by block; ``push`` gives the sum of all with their room.

    Args:
        groups: groups of model.score.GROUPS that play. mix: the mood's wishes.
        block: length of every push but the last.
    """

    def __init__(self, groups: list[str], mix: MoodMix, block: int) -> None:
        rows, own = tables.read("desk.toml")["rows"], tables.read("desk.toml")["groups"]
        self._strips = {group: _Strip(group, mix) for group in groups}
        seats = sorted({str(own[group]["row"]) for group in groups})
        self._walls = {seat: _Echo(early_taps(seat)) for seat in seats}
        self._waits = {seat: _Delay(round(rows[seat]["predelay_ms"] * RATE_HZ / 1000.0)) for seat in seats}
        self._room = Convolver(room(mix.rt60_s), block)

    @property
    def tail(self) -> int:
        """How many samples the room goes on after the last sound."""
        return self._room.length + max((wait.frames for wait in self._waits.values()), default=0)

    def push(self, pieces: dict[str, Samples], frames: int, intensity: Samples) -> Samples:
        """The next ``frames`` samples of the bus; groups that are not in ``pieces`` are silent.

        Args:
            intensity: what the cue sheet plans, 0..1, for each sample, shape (frames, 1).
        """
        out = np.zeros((frames, 2), dtype=np.float32)
        early = {seat: np.zeros((frames, 2), dtype=np.float32) for seat in self._walls}
        late = {seat: np.zeros((frames, 2), dtype=np.float32) for seat in self._walls}
        for group, piece in pieces.items():
            strip = self._strips[group]
            shaped = strip.push(piece, intensity)
            out += shaped
            early[strip.row] += shaped * strip.early
            late[strip.row] += shaped * strip.send
        send = np.zeros((frames, 2), dtype=np.float32)
        for seat in self._walls:
            out += self._walls[seat].push(early[seat])
            send += self._waits[seat].push(late[seat])
        out += self._room.push(send)
        return out


class _Strip:
    """One group's channel strip. ``early`` and ``send`` are linear gains into walls and room."""

    def __init__(self, group: str, mix: MoodMix) -> None:
        desk = tables.read("desk.toml")
        own = desk["groups"][group]
        seat = desk["rows"][own["row"]]
        self.row = str(own["row"])
        self._gain = np.float32(_linear(tables.read("loudness.toml")["groups"][group]))
        self._side = np.float32(_linear(own["side_db"]))
        self._ride_db = float(own.get("ride_db", 0.0))
        air = shelf(desk["early"]["air_hz"], seat["air_db"] * mix.depth, high=True)
        self._sections = np.vstack([chain(own["filters"]), air])
        self._state = np.zeros((len(self._sections), 2, 2))
        # A dry mood brings everybody nearer: the walls go away with the seat's distance.
        near_db = desk["rows"]["close"]["early_db"]
        self.early = np.float32(_linear(near_db + (seat["early_db"] - near_db) * mix.depth))
        self.send = np.float32(_linear(tables.read("reverb.toml")["sends"][group] + mix.wet_db))

    def push(self, piece: Samples, intensity: Samples) -> Samples:
        filtered, self._state = signal.sosfilt(self._sections, piece, axis=0, zi=self._state)
        middle = 0.5 * (filtered[:, :1] + filtered[:, 1:])
        gain: Samples | np.float32 = self._gain
        if self._ride_db:
            gain = gain * 10.0 ** (self._ride_db / 20.0 * np.minimum(0.0, intensity - np.float32(_RIDE_FULL)))
        return np.asarray((middle + (filtered - middle) * self._side) * gain, dtype=np.float32)


class _Delay:
    """Sound ``frames`` samples later."""

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self._held: Samples = np.zeros((frames, 2), dtype=np.float32)

    def push(self, samples: Samples) -> Samples:
        joined = np.concatenate([self._held, samples])
        self._held = joined[len(samples) :]
        return joined[: len(samples)]


class _Echo:
    """Early reflections: few, so they are added one by one."""

    def __init__(self, taps: tuple[Tap, ...]) -> None:
        self._taps = taps
        self._held: Samples = np.zeros((max(tap[0] for tap in taps), 2), dtype=np.float32)

    def push(self, samples: Samples) -> Samples:
        reach, frames = len(self._held), len(samples)
        joined = np.concatenate([self._held, samples])
        self._held = joined[frames:]
        out = np.zeros((frames, 2), dtype=np.float32)
        if not joined.any():
            return out
        for delay, left, right, crossed in self._taps:
            heard = joined[reach - delay : reach - delay + frames]
            out += (heard[:, ::-1] if crossed else heard) * np.array([left, right], dtype=np.float32)
        return out


@lru_cache(maxsize=8)
def early_taps(seat: str) -> tuple[Tap, ...]:
    """Reflections of one row's walls, unit energy in all: ever denser and softer, from both sides. Always the same."""
    desk = tables.read("desk.toml")
    early = desk["early"]
    rows = sorted(desk["rows"])
    random = np.random.default_rng([int(early["seed"]), rows.index(seat)])
    first_ms, last_ms, count = float(desk["rows"][seat]["first_ms"]), float(early["last_ms"]), int(early["count"])
    taps: list[Tap] = []
    for index in range(count):
        # Evenly on a logarithmic scale, shaken so that no two echoes make a pitch.
        share = (index + float(random.uniform(-0.3, 0.3)) * (index > 0)) / (count - 1)
        at_ms = first_ms * (last_ms / first_ms) ** min(1.0, share)
        strength = 10.0 ** (-0.55 * at_ms / last_ms) * (1.0 if random.random() < 0.5 else -1.0)
        lean = float(random.uniform(0.25, 0.75))
        taps.append((round(at_ms * RATE_HZ / 1000.0), strength * lean, strength * (1.0 - lean), index % 2 == 1))
    energy = sum(left**2 + right**2 for _, left, right, _ in taps) / 2.0
    return tuple((at, left / energy**0.5, right / energy**0.5, crossed) for at, left, right, crossed in taps)


def _linear(gain_db: float) -> float:
    return float(10.0 ** (gain_db / 20.0))
