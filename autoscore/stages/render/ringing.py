"""Notes that were let go end when they are no longer heard.

A release falls by 96 dB in a straight line, and a voice costs the same to its last moment: of a score of many short
notes three voices in four are such tails. 60 dB below what the note had when it was let go nobody hears them, the
less so in a room's own decay; while their own player goes on playing they are covered sooner. Recordings that die away
by themselves (drums, plucked strings, the bow's attack of a section) are there long before their release is.
"""

from __future__ import annotations

from heapq import heappop, heappush
from math import ceil, inf

from autoscore.adapters.synth import BLOCK, Synth
from autoscore.model.audio import RATE_HZ
from autoscore.stages.render.timbre import Timbre, release_falls_s

_GRID_BLOCKS = 16
SUSTAIN = 64
"""The controller of the pedal."""
_PEDAL_DOWN = 64

_Held = tuple[int, int, Timbre | None, float]
"""A note's number, when it began, how it dies away, and by how much it is softer than what it doubles, dB."""


class Ringing:
    """Follows the notes of one synthesiser, block by block of BLOCK samples at RATE_HZ.

    Args:
        inaudible_db: how far below its level at note-off a note ends. covered_db: how far where its channel sounds on:
            another note is held, or was let go when this one had half of that way behind it.
    """

    def __init__(self, synth: Synth, inaudible_db: float, covered_db: float) -> None:
        self._synth = synth
        self._by_db = (covered_db, inaudible_db)
        self._held: dict[int, dict[int, _Held]] = {}
        self._last_off: dict[int, int] = {}
        self._pedalled: dict[int, list[_Held]] = {}
        self._ends: list[tuple[int, int, float, int, int, int]] = []

    @property
    def next_block(self) -> float:
        """When ``cut_due`` has work next; infinite when it has none."""
        return self._ends[0][0] if self._ends else inf

    def on(
        self, block: int, channel: int, pitch: int, note: int, timbre: Timbre | None = None, below_db: float = 0.0
    ) -> None:
        """``below_db``: so much softer than what sounds with it from the same player it is: it has less far to fall."""
        self._held.setdefault(channel, {})[pitch] = (note, block, timbre, below_db)

    def off(self, block: int, channel: int, pitch: int) -> None:
        held = self._held.get(channel, {}).pop(pitch, None)
        if held is None:
            return
        if channel in self._pedalled:
            self._pedalled[channel].append(held)
        else:
            self._let_go(block, channel, held)

    def pedal(self, block: int, channel: int, value: int) -> None:
        """``value`` 0..127."""
        if value >= _PEDAL_DOWN:
            self._pedalled.setdefault(channel, [])
            return
        for held in self._pedalled.pop(channel, ()):
            self._let_go(block, channel, held)

    def cut_due(self, block: int) -> None:
        """Ends what is due by ``block``."""
        while self._ends and self._ends[0][0] <= block:
            due, note, release_s, channel, let_go, last = heappop(self._ends)
            if due < last and not self._sounds_on(channel, (let_go + due) / 2):
                heappush(self._ends, (last, note, release_s, channel, let_go, last))
            else:
                self._synth.cut(note, release_s)

    def _sounds_on(self, channel: int, since: float) -> bool:
        busy = self._held.get(channel) or self._pedalled.get(channel)
        return bool(busy) or self._last_off.get(channel, 0) > since

    def _let_go(self, block: int, channel: int, held: _Held) -> None:
        self._last_off[channel] = block
        note, since, timbre, below_db = held
        by_db = (self._by_db[0] - below_db, self._by_db[1] - below_db)
        if timbre is not None:
            falls = timbre.falls_s((block - since) * BLOCK / RATE_HZ, by_db)
        else:
            releases_s = sorted(self._synth.releases_s(note))
            falls = tuple(
                (each, release_falls_s(each, by_db[0]), release_falls_s(each, by_db[1])) for each in releases_s
            )
        for release_s, covered_s, inaudible_s in falls:
            due, last = self._after(block, covered_s), self._after(block, inaudible_s)
            heappush(self._ends, (due, note, release_s, channel, block, last))

    @staticmethod
    def _after(block: int, time_s: float) -> int:
        return ceil((block + time_s * RATE_HZ / BLOCK) / _GRID_BLOCKS) * _GRID_BLOCKS
