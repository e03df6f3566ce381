"""One way of putting the mix on the film, and the next where that is heard to be off: encoders shift and overshoot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from autoscore.adapters.limiter import limited
from autoscore.model.audio import RATE_HZ, Mix
from autoscore.stages.deliver.readback import Heard

ATTEMPTS = 4
_OFFSET_WORTH_MS = 0.5
_OVERSHOOT_WORTH_DB = 0.03
_SPARE_DB = 0.04
_LIMITED_SPARE_DB = 0.1
_LARGEST_TRIM_LU = 0.48
"""Loudness may be 0.5 LU from its target: an overshoot is taken out by gain as long as that holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """``sound`` is the mix, or the mix without the peaks that went over; ``gain_db`` a last static gain on it.

    ``correction_samples`` moves it later. ``ceiling_dbtp``: what its peaks stay under before the gain.
    """

    sound: Path
    ceiling_dbtp: float
    number: int = 1
    gain_db: float = 0.0
    correction_samples: int = 0

    def better(self, heard: Heard, mix: Mix, whole: Path, peakless: Path) -> Trial | None:
        """The next trial; None where this one is good, or the last.

        Sound that lies 0.5 ms or more from its place is moved by that much, a true peak above the limit is lowered by
        static gain, or by limiting (``whole``, the mix, into the file ``peakless``) where that would cost too much
        loudness.
        """
        late_ms = heard.offset_ms or 0.0
        over_db = heard.true_peak_dbtp - mix.true_peak_limit_dbtp
        is_late, is_over = abs(late_ms) >= _OFFSET_WORTH_MS, over_db > _OVERSHOOT_WORTH_DB
        if self.number == ATTEMPTS or not (is_late or is_over):
            return None
        after = replace(self, number=self.number + 1)
        if is_late:
            after = replace(after, correction_samples=self.correction_samples - round(late_ms / 1000.0 * RATE_HZ))
        off_lu = heard.loudness_lufs - mix.target_lufs
        if is_over and self.sound != peakless and off_lu - over_db - _SPARE_DB > -_LARGEST_TRIM_LU:
            after = replace(after, gain_db=self.gain_db - over_db - _SPARE_DB)
        elif is_over:  # that much gain would cost the loudness: only the peaks go, and what they took comes back
            ceiling_dbtp = self.ceiling_dbtp + self.gain_db - over_db - _LIMITED_SPARE_DB
            limited(whole, peakless, gain_db=min(1.0, max(0.0, -off_lu)), ceiling_dbtp=ceiling_dbtp)
            after = replace(after, sound=peakless, gain_db=0.0, ceiling_dbtp=ceiling_dbtp)
        return after
