"""How a cue ends: where its last attack lies and what happens to it (craft guide 7 and 8.6)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from autoscore.stages.compose.values import Setting

RING_S = 2.5
BUTTON_S = 0.8
FADE_S = 5.0
FADING_CHORD_S = 3.5
"""The last chord of a fade is struck so long before its end."""
CUT_S = 1.3
"""A cue that breaks off has struck its last chord so long before."""
BUTTON_BEATS = 2
"""How long the last chord of a button may ring."""
Kind = Literal["button", "ring", "fade", "segue", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """``at_beats``: the last chord's attack; ``until_beats``: where it is let go. Lines stop at ``stop_beats``."""

    kind: Kind
    at_beats: Fraction
    until_beats: Fraction
    stop_beats: Fraction
    fade_from_beats: Fraction | None = None


def _latest(setting: Setting, limit_s: float) -> Fraction:
    """The last downbeat by ``limit_s`` film time; a beat where that would give up over a third of the cue."""
    limit = Fraction(max(0.0, setting.tempo.beats_at(limit_s) + 1e-6)).limit_denominator(960)
    downbeats = [bar.start_beats for bar in setting.bars if bar.start_beats <= limit]
    found = downbeats[-1] if downbeats else Fraction(0)
    if float(limit - found) > 0.34 * float(setting.end_beats):
        found = max(found, Fraction(int(limit)))
    return found


def plan_ending(setting: Setting) -> Ending:
    """The ending of a cue by its ``out_type``; a heavy hit in the last seconds becomes the last attack itself."""
    end_s, end = setting.cue.end_s, setting.end_beats
    kind = setting.cue.out_type
    late = [s.at_beats for s in setting.hard if s.time_s > end_s - 4.0 and s.at_beats < end]
    if kind == "button":
        at = late[-1] if late else _latest(setting, end_s - BUTTON_S)
        return Ending(kind=kind, at_beats=at, until_beats=min(end, at + BUTTON_BEATS), stop_beats=at)
    if kind == "ring":
        at = late[-1] if late else _latest(setting, end_s - RING_S)
        return Ending(kind=kind, at_beats=at, until_beats=end, stop_beats=at)
    fade_s = min(FADE_S, 0.4 * setting.cue.duration_s)
    if kind == "fade":
        at = _latest(setting, end_s - min(fade_s, FADING_CHORD_S))
        start = Fraction(max(0.0, setting.tempo.beats_at(end_s - fade_s))).limit_denominator(24)
        return Ending(kind=kind, at_beats=at, until_beats=end, stop_beats=at, fade_from_beats=start)
    if kind == "stop":
        at = late[-1] if late else max(_latest(setting, end_s - CUT_S), _latest_beat(setting, end_s - 2 * CUT_S))
        return Ending(kind=kind, at_beats=at, until_beats=end, stop_beats=at)
    margin = min(0.5, 0.1 * setting.cue.duration_s)
    at = late[-1] if late else _latest(setting, end_s - max(margin, 1.0))
    stop = at if late else _latest_beat(setting, end_s - margin)
    return Ending(kind=kind, at_beats=at, until_beats=end, stop_beats=max(stop, at))


def _latest_beat(setting: Setting, limit_s: float) -> Fraction:
    return Fraction(int(max(0.0, setting.tempo.beats_at(limit_s) + 1e-6)))
