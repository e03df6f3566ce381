"""What a synthesiser plays, put into a sound file in large pieces."""

from __future__ import annotations

import numpy as np

from autoscore.adapters.soundfiles import Samples, SoundWriter
from autoscore.adapters.synth import BLOCK, Synth
from autoscore.model.audio import RATE_HZ
from autoscore.stages.render.manner import Manner
from autoscore.stages.render.ringing import Ringing

TAIL_S = 6.0
"""Longest ring after the last note is let go."""
_CHUNK_BLOCKS = 480
"""So that what is in hand stays near the processor, and in memory that was used before (see ``without_holes``)."""
_MOST_EVERY = 4
_SILENT = 10.0 ** (-100.0 / 20.0)


class Tape:
    """Runs from block ``at`` (of BLOCK samples at RATE_HZ) onwards; ``peak`` is the largest sample so far.

    ``at`` is a multiple of ``manner.grid_blocks``; what is to happen in between happens at the next.
    """

    def __init__(self, synth: Synth, writer: SoundWriter, at: int, manner: Manner) -> None:
        self.at = at
        self.peak = 0.0
        self.ringing = Ringing(synth, manner.inaudible_db, manner.covered_db)
        self._synth, self._writer = synth, writer
        self._block, self._grid = BLOCK // manner.every, manner.grid_blocks
        self._buffer = np.empty((_CHUNK_BLOCKS * self._block, 2), dtype=np.float32)
        self._filled = 0

    def run_to(self, block: int) -> None:
        """Plays on until ``block``, or less far: until the buffer is full."""
        block += -block % self._grid
        while self.at < block:
            self.ringing.cut_due(self.at)
            blocks = int(min(block - self.at, _CHUNK_BLOCKS - self._filled, self.ringing.next_block - self.at))
            self._synth.render_into(self._buffer[self._filled * self._block : (self._filled + blocks) * self._block])
            self.at += blocks
            self._filled += blocks
            if self._filled == _CHUNK_BLOCKS:
                self._put(self._buffer)
                self._filled = 0
                return

    def ring_out(self) -> None:
        """Plays what still sounds until it is silent; fades what would ring longer than TAIL_S."""
        self._put(self._buffer[: self._filled * self._block])
        step = RATE_HZ // 4 // BLOCK // _MOST_EVERY * _MOST_EVERY
        steps = round(TAIL_S * RATE_HZ / (step * BLOCK))
        for index in range(steps):
            self.ringing.cut_due(self.at)
            piece = self._synth.render(step * self._block)
            self.at += step
            silent = _peak(piece) < _SILENT
            if index == steps - 1:
                piece *= np.linspace(1.0, 0.0, len(piece), dtype=np.float32)[:, None]
            self._put(piece)
            if silent:
                return

    def _put(self, samples: Samples) -> None:
        self._writer.write(samples)
        self.peak = max(self.peak, _peak(samples))


def _peak(samples: Samples) -> float:
    return float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))
