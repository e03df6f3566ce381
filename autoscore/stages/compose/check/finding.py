"""One check, one finding: the shape that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autoscore.stages.compose.check.hearing import Hearing


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found: ``number`` of the fault in craft guide 9, the ``value``, its inclusive limits (None = open).

    ``passed`` is None where the check does not apply: nothing to measure, or the mood is free of it.
    """

    number: int
    name: str
    value: float | None
    low: float | None
    high: float | None
    passed: bool | None

    @property
    def excess(self) -> float:
        """How far outside its limits, relative to the limit it breaks (at least 0.01); 0 when inside."""
        if self.passed is not False or self.value is None:
            return 0.0
        edge = self.low if self.low is not None and self.value < self.low else self.high
        return abs(self.value - edge) / max(0.01, abs(edge)) if edge is not None else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One fault that can be measured. ``measure`` gives the value, None where there is nothing to measure.

    ``low`` and ``high`` are inclusive; ``guide`` is what craft guide 9 itself says, the same unless it was fitted anew.
    ``unit`` and ``source`` (where the limit comes from) are for people.
    """

    number: int
    name: str
    measure: Callable[[Hearing], float | None]
    low: float | None
    high: float | None
    guide: tuple[float | None, float | None]
    unit: str
    source: str

    def judge(self, value: float | None, limits: tuple[float | None, float | None] | None = None) -> Finding:
        """The finding for a measured value; ``limits`` stand in for the check's own."""
        low, high = limits if limits is not None else (self.low, self.high)
        passed = None
        if value is not None and (low is not None or high is not None):
            passed = (low is None or value >= low - 1e-9) and (high is None or value <= high + 1e-9)
        return Finding(number=self.number, name=self.name, value=value, low=low, high=high, passed=passed)
