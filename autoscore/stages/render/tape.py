"""What a synthesiser plays, put into a sound file in large pieces."""

from __future__ import annotations

import numpy as np

from autoscore.adapters.soundfiles import Samples, SoundWriter
from autoscore.adapters.synth import BLOCK, Synth
from autoscore.model.audio import RATE_HZ
from autoscore.stages.render.ringing import Ringing

TAIL_S = 6.0
"""Longest ring after the last note is let go."""
_CHUNK_BLOCKS = 1500
_SILENT = 10.0 ** (-100.0 / 20.0)


class Tape:
    """Runs from block ``at`` (of BLOCK samples) onwards; ``peak`` is the largest sample so far, 1 = full scale."""

    def __init__(self, synth: Synth, writer: SoundWriter, at: int) -> None:
        self.at = at
        self.peak = 0.0
        self.ringing = Ringing(synth)
        self._synth, self._writer = synth, writer
        self._buffer = np.empty((_CHUNK_BLOCKS * BLOCK, 2), dtype=np.float32)
        self._filled = 0

    def run_to(self, block: int) -> None:
        """Plays on until ``block``, or less far: until the buffer is full."""
        while self.at < block:
            self.ringing.cut_due(self.at)
            blocks = int(min(block - self.at, _CHUNK_BLOCKS - self._filled, self.ringing.next_block - self.at))
            self._synth.render_into(self._buffer[self._filled * BLOCK : (self._filled + blocks) * BLOCK])
            self.at += blocks
            self._filled += blocks
            if self._filled == _CHUNK_BLOCKS:
                self._put(self._buffer)
                self._filled = 0
                return

    def ring_out(self) -> None:
        """Plays what still sounds until it is silent; fades what would ring longer than TAIL_S."""
        self._put(self._buffer[: self._filled * BLOCK])
        step = RATE_HZ // 4 // BLOCK
        steps = round(TAIL_S * RATE_HZ / (step * BLOCK))
        for index in range(steps):
            self.ringing.cut_due(self.at)
            piece = self._synth.render(step * BLOCK)
            self.at += step
            silent = float(np.abs(piece).max()) < _SILENT
            if index == steps - 1:
                piece *= np.linspace(1.0, 0.0, len(piece), dtype=np.float32)[:, None]
            self._put(piece)
            if silent:
                return

    def _put(self, samples: Samples) -> None:
        self._writer.write(samples)
        self.peak = max(self.peak, float(np.abs(samples).max(initial=0.0)))
