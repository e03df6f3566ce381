"""Notes that were let go end when they are no longer heard.

A release falls by 96 dB in a straight line, and a voice costs the same to its last moment: of a score of many short
notes three voices in four are such tails. 60 dB below what the note had when it was let go nobody hears them, the
less so in a room's own decay; while their own player goes on playing they are covered sooner.
"""

from __future__ import annotations

from heapq import heappop, heappush
from math import ceil, inf

from autoscore.adapters.synth import BLOCK, Synth
from autoscore.model.audio import RATE_HZ

_RELEASE_DB = 96.0
"""What a release falls by in its time, in FluidSynth (FLUID_PEAK_ATTENUATION)."""
_GRID_BLOCKS = 16
SUSTAIN = 64
"""The controller of the pedal."""
_PEDAL_DOWN = 64


class Ringing:
    """Follows the notes of one synthesiser, block by block of BLOCK samples at RATE_HZ.

    Args:
        inaudible_db: how far below its level at note-off a note ends. covered_db: how far where its channel sounds on:
            another note is held, or was let go when this one had half of that way behind it.
    """

    def __init__(self, synth: Synth, inaudible_db: float, covered_db: float) -> None:
        self._synth = synth
        self._inaudible = inaudible_db / _RELEASE_DB
        self._covered = covered_db / _RELEASE_DB
        self._held: dict[int, dict[int, int]] = {}
        self._last_off: dict[int, int] = {}
        self._pedalled: dict[int, list[int]] = {}
        self._ends: list[tuple[int, int, float, int, int]] = []

    @property
    def next_block(self) -> float:
        """When ``cut_due`` has work next; infinite when it has none."""
        return self._ends[0][0] if self._ends else inf

    def on(self, channel: int, pitch: int, note: int) -> None:
        self._held.setdefault(channel, {})[pitch] = note

    def off(self, block: int, channel: int, pitch: int) -> None:
        note = self._held.get(channel, {}).pop(pitch, None)
        if note is None:
            return
        if channel in self._pedalled:
            self._pedalled[channel].append(note)
        else:
            self._let_go(block, channel, note)

    def pedal(self, block: int, channel: int, value: int) -> None:
        """``value`` 0..127."""
        if value >= _PEDAL_DOWN:
            self._pedalled.setdefault(channel, [])
            return
        for note in self._pedalled.pop(channel, ()):
            self._let_go(block, channel, note)

    def cut_due(self, block: int) -> None:
        """Ends what is due by ``block``."""
        while self._ends and self._ends[0][0] <= block:
            due, note, release_s, channel, let_go = heappop(self._ends)
            last = self._after(let_go, release_s * self._inaudible)
            if due < last and not self._sounds_on(channel, (let_go + due) / 2):
                heappush(self._ends, (last, note, release_s, channel, let_go))
            else:
                self._synth.cut(note, release_s)

    def _sounds_on(self, channel: int, since: float) -> bool:
        busy = self._held.get(channel) or self._pedalled.get(channel)
        return bool(busy) or self._last_off.get(channel, 0) > since

    def _let_go(self, block: int, channel: int, note: int) -> None:
        self._last_off[channel] = block
        for release_s in sorted(self._synth.releases_s(note)):
            due = self._after(block, release_s * self._covered)
            heappush(self._ends, (due, note, release_s, channel, block))

    @staticmethod
    def _after(block: int, time_s: float) -> int:
        return ceil((block + time_s * RATE_HZ / BLOCK) / _GRID_BLOCKS) * _GRID_BLOCKS
