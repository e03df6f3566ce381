"""Where each frame of a sound track belongs on the film's time, by what its time stamps say and as far as they can be
believed.
"""

from __future__ import annotations

import math

JITTER_S = 0.02
"""Time stamps that lie nearer than this to the running sample count are rounding, not gaps (MKV rounds to 1 ms)."""

_LARGEST_GAP_S = 4 * 3600.0
_LARGEST_STEP_BACK_S = 1.0
"""A clock that jumps by more than these is broken: sound goes on without a gap."""


class SoundTime:
    """Frames of a track in order; ``position`` counts samples from container time ``origin_s`` on.

    Args:
        length_s: what is longer need not be filled with silence.
    """

    def __init__(self, rate_hz: int, origin_s: float, length_s: float | None = None) -> None:
        self._rate_hz, self._origin_s = rate_hz, origin_s
        self._most = math.inf if length_s is None else math.ceil(length_s * rate_hz)
        self._shift = 0
        self.position = 0

    def place(self, time_s: float | None, count: int) -> tuple[int, int]:
        """The next frame, of ``count`` samples at container time ``time_s``: how many samples of silence come before
        it, and how many of its own are left out.
        """
        silence = drop = 0
        if time_s is not None:
            wanted = round((time_s - self._origin_s) * self._rate_hz) + self._shift
            drift = wanted - self.position
            begun = self.position != 0
            if begun and not -_LARGEST_STEP_BACK_S * self._rate_hz < drift < _LARGEST_GAP_S * self._rate_hz:
                self._shift, drift = self._shift - drift, 0
            if drift < 0 and (not begun or -drift > JITTER_S * self._rate_hz):
                drop = min(-drift, count)
            elif drift > 0 and (not begun or drift > JITTER_S * self._rate_hz):
                silence = int(min(drift, max(0, self._most - self.position)))
        self.position += silence + count - drop
        return silence, drop
