"""The written ritardando before a cue's last bars (craft guide 2.3: Friberg and Sundberg's curve)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from autoscore.model.tempo import TempoSegment, ramp_seconds

RATIO_STEP = 0.02
LEAST = 0.94
"""A ritardando that may not go below this share of the tempo is not worth writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rit:
    """``final_ratio`` is final over initial tempo, ``curve`` the exponent q, ``*_change`` the largest share per beat.

    The slowest point is a downbeat at least ``before_end_s`` before the cue's end, so that the last chord can ring.
    """

    final_ratio: float
    curve: float
    hard_change: float
    hard_change_last_two: float
    pulses: int
    before_end_s: float

    def ratio(self, share: float, final_ratio: float) -> float:
        """Tempo over initial tempo at score position ``share`` 0..1."""
        power: float = (1.0 + (final_ratio**self.curve - 1.0) * share) ** (1.0 / self.curve)
        return power

    def steepest(self, pulses: int) -> float:
        """The lowest final ratio that keeps every beat within the bounds; 1 where not even a small one does."""
        wanted = self.final_ratio
        while wanted < 1.0:
            curve = [self.ratio(i / pulses, wanted) for i in range(pulses + 1)]
            drops = [1.0 - after / before for before, after in pairwise(curve)]
            bounds = [self.hard_change] * max(0, pulses - 2) + [self.hard_change_last_two] * min(2, pulses)
            if all(drop <= bound for drop, bound in zip(drops, bounds, strict=True)):
                return wanted
            wanted += RATIO_STEP
        return 1.0

    def place(
        self,
        earliest: Fraction,
        base_bpm: float,
        time_at: Callable[[Fraction], float],
        downbeats: list[Fraction],
        beat: Fraction,
        end_s: float,
    ) -> tuple[TempoSegment, ...]:
        """One segment a beat up to the last downbeat that still leaves ``before_end_s``; empty where none fits.

        ``time_at`` is the film time of a beat without ritardando; tempo is ``base_bpm`` from ``earliest`` on.
        """
        for goal in reversed(downbeats):
            pulses = min(self.pulses, int((goal - earliest) / beat))
            if pulses < self.pulses // 2:
                return ()
            final = self.steepest(pulses)
            if final > LEAST:
                return ()
            segments: list[TempoSegment] = []
            start = goal - pulses * beat
            at_s = time_at(start)
            for index in range(pulses):
                bpms = [base_bpm * self.ratio((index + side) / pulses, final) for side in (0, 1)]
                segments.append(
                    TempoSegment(
                        start_beats=start + index * beat,
                        end_beats=start + (index + 1) * beat,
                        start_bpm=bpms[0],
                        end_bpm=bpms[1],
                        start_s=at_s,
                        label="rit",
                    )
                )
                at_s += ramp_seconds(bpms[0], bpms[1], float(beat))
            if at_s <= end_s - self.before_end_s:
                return tuple(segments)
        return ()
