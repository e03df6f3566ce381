"""Notes that were let go end when they are no longer heard.

A release falls by 96 dB in a straight line, and a voice costs the same to its last moment: of a score of many short
notes most voices are such tails. 60 dB below what the note had when it was let go nobody hears them, the less so in a
room's own decay.
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
        inaudible_db: how far below its level at note-off a note ends.
    """

    def __init__(self, synth: Synth, inaudible_db: float) -> None:
        self._synth = synth
        self._share = inaudible_db / _RELEASE_DB
        self._held: dict[tuple[int, int], int] = {}
        self._pedalled: dict[int, list[int]] = {}
        self._ends: list[tuple[int, int, float]] = []

    @property
    def next_block(self) -> float:
        """When ``cut_due`` has work next; infinite when it has none."""
        return self._ends[0][0] if self._ends else inf

    def on(self, channel: int, pitch: int, note: int) -> None:
        self._held[channel, pitch] = note

    def off(self, block: int, channel: int, pitch: int) -> None:
        note = self._held.pop((channel, pitch), None)
        if note is None:
            return
        if channel in self._pedalled:
            self._pedalled[channel].append(note)
        else:
            self._let_go(block, note)

    def pedal(self, block: int, channel: int, value: int) -> None:
        """``value`` 0..127."""
        if value >= _PEDAL_DOWN:
            self._pedalled.setdefault(channel, [])
            return
        for note in self._pedalled.pop(channel, ()):
            self._let_go(block, note)

    def cut_due(self, block: int) -> None:
        """Ends what is due by ``block``."""
        while self._ends and self._ends[0][0] <= block:
            _, note, release_s = heappop(self._ends)
            self._synth.cut(note, release_s)

    def _let_go(self, block: int, note: int) -> None:
        for release_s in sorted(self._synth.releases_s(note)):
            blocks = release_s * self._share * RATE_HZ / BLOCK
            heappush(self._ends, (ceil((block + blocks) / _GRID_BLOCKS) * _GRID_BLOCKS, note, release_s))
