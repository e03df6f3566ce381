"""Room for hits: the texture thins and breathes before them, nothing is attacked just before (or, where the hit falls
between the beats, just after), everybody accents the great ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from autoscore.stages.compose.gestures.mark import Mark
from autoscore.stages.compose.gestures.strokes import GAP_S
from autoscore.stages.compose.values import Line, Setting, Tone

THINNED = ("motion", "percussion", "colour")
RESUMED = ("harmony", "pad", "bass")
"""Roles whose held tones are struck again on the hit; the others leave it to the hit."""
BRIDGING = ("harmony", "pad")
"""Roles that hold what they have while nothing may be attacked."""
BREATH_S = 0.15
"""Held tones are let go so long before a hard hit: what ends is what makes room."""
AFTER_S = 0.3
"""A hit between the beats has no other attack for so long after it."""
SHORTEST = Fraction(1, 8)
LEAST_RESUMED = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Room around one hit, in beats. ``after_beats`` > ``at_beats`` where the hit lies between the beats."""

    mark: Mark
    thin_beats: Fraction
    silent_beats: Fraction
    let_go_beats: Fraction
    pause_beats: Fraction
    still_beats: Fraction
    at_beats: Fraction
    after_beats: Fraction

    @property
    def free(self) -> bool:
        return self.after_beats > self.at_beats

    @property
    def bridged(self) -> bool:
        return self.still_beats < self.silent_beats

    @property
    def since(self) -> Fraction:
        return min(self.thin_beats, self.pause_beats, self.still_beats)

    @property
    def until(self) -> Fraction:
        return max(self.at_beats, self.after_beats)


def _window(setting: Setting, mark: Mark) -> _Window:
    strike, zero = mark.strike, Fraction(0)
    hard = strike.klass == "hard"
    at = after = strike.at_beats
    if strike.nudge_ms:
        at = Fraction(setting.tempo.beats_at(strike.time_s)).limit_denominator(96)
        after = Fraction(setting.tempo.beats_at(strike.time_s + AFTER_S)).limit_denominator(96)
    silent = at - setting.beats_for(GAP_S, at)
    still = at - mark.still_beats if mark.still_beats else at
    return _Window(
        mark=mark,
        thin_beats=max(zero, min(silent, at - 1) if hard else silent),
        silent_beats=max(zero, silent),
        let_go_beats=max(zero, at - setting.beats_for(BREATH_S, at) if hard else at),
        pause_beats=max(zero, at - mark.pause_beats),
        still_beats=max(zero, still),
        at_beats=at,
        after_beats=after,
    )


def _windows(setting: Setting, marks: tuple[Mark, ...]) -> list[_Window]:
    heeded = [m for m in marks if m.strike.klass == "hard" or (m.strike.klass == "section" and m.lines)]
    return [_window(setting, mark) for mark in heeded]


def _cut(tone: Tone, at_beats: Fraction) -> list[Tone]:
    length = at_beats - tone.start_beats
    return [replace(tone, length_beats=length)] if length >= SHORTEST else []


def _on_free_hit(tone: Tone, role: str, window: _Window) -> list[Tone]:
    """What is attacked near a hit between the beats comes together with it, or not at all."""
    strike = window.mark.strike
    length = tone.end_beats - strike.at_beats
    if role not in RESUMED or length < SHORTEST:
        return []
    return [replace(tone, start_beats=strike.at_beats, length_beats=length, nudge_ms=strike.nudge_ms, exact=True)]


def _room(tone: Tone, role: str, window: _Window) -> list[Tone]:
    """What is left of ``tone`` around one hit: nothing, a shorter tone, or two."""
    start, end, at = tone.start_beats, tone.end_beats, window.at_beats
    if window.free and window.silent_beats <= start < window.after_beats:
        return _on_free_hit(tone, role, window)
    if start >= at:
        return [tone]
    if window.bridged and role in BRIDGING and start < window.still_beats <= end:
        return [replace(tone, length_beats=at - start)]
    rest = _resumed(tone, role, window) if role in RESUMED and end - at >= LEAST_RESUMED else []
    first = min(window.silent_beats, window.pause_beats, window.still_beats)
    if start >= (min(first, window.thin_beats) if role in THINNED else first):
        return rest
    cut = min(window.let_go_beats, window.pause_beats)
    return [tone] if end <= cut else [*_cut(tone, cut), *rest]


def _resumed(tone: Tone, role: str, window: _Window) -> list[Tone]:
    """The rest of a held tone, struck again with the hit."""
    if window.free:
        return _on_free_hit(tone, role, window)
    return [replace(tone, start_beats=window.at_beats, length_beats=tone.end_beats - window.at_beats)]


def clear(setting: Setting, lines: tuple[Line, ...], marks: tuple[Mark, ...]) -> tuple[Line, ...]:
    """The lines with room around hits, and accents where a mark asks everybody."""
    windows = _windows(setting, marks)
    if not windows:
        return lines
    spans = [(window, window.since, window.until) for window in windows]
    accents = {m.strike.at_beats for m in marks if m.tutti}
    struck = {(line.instrument, tone.pitch, tone.start_beats) for m in marks for line in m.lines for tone in line.tones}
    cleared = []
    for line in lines:
        tones: list[Tone] = []
        for tone in line.tones:
            left = [tone]
            start, end = tone.start_beats, tone.end_beats
            for window, since, until in spans:
                if end > since and start < until:
                    left = [piece for one in left for piece in _room(one, line.role, window)]
            for kept in left:
                # A drum that the hit has struck already would only sound twice at once.
                if line.role == "percussion" and (line.instrument, kept.pitch, kept.start_beats) in struck:
                    continue
                if kept.start_beats in accents:
                    kept = replace(kept, stress=kept.stress + 12.0, mark=kept.mark or "accent")
                tones.append(kept)
        cleared.append(replace(line, tones=tuple(tones)))
    return tuple(line for line in cleared if line.tones)
