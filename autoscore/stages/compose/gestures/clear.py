"""Room for hits: the texture thins before them, nothing is attacked just before, everybody accents the great ones."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from autoscore.stages.compose.gestures.hits import Mark
from autoscore.stages.compose.gestures.strokes import GAP_S
from autoscore.stages.compose.values import Line, Setting, Tone

THINNED = ("motion", "percussion", "colour")
SHORTEST = Fraction(1, 8)


def _windows(setting: Setting, marks: tuple[Mark, ...]) -> list[tuple[Fraction, Fraction, Fraction, Fraction]]:
    """(thin from, silent from, pause from, hit) of each hard hit; pause from == hit where nobody pauses."""
    found = []
    for mark in marks:
        if mark.strike.klass != "hard" and not (mark.strike.klass == "section" and mark.lines):
            continue
        time_s = mark.strike.time_s
        at = (
            Fraction(setting.tempo.beats_at(time_s)).limit_denominator(96)
            if mark.strike.nudge_ms
            else mark.strike.at_beats
        )
        silent = at - setting.beats_for(GAP_S, at)
        thin = min(silent, at - 1) if mark.strike.klass == "hard" else silent
        found.append((max(Fraction(0), thin), max(Fraction(0), silent), max(Fraction(0), at - mark.pause_beats), at))
    return found


def _kept(tone: Tone, role: str, windows: list[tuple[Fraction, Fraction, Fraction, Fraction]]) -> Tone | None:
    for thin, silent, pause, at in windows:
        if at <= tone.start_beats or at > tone.end_beats + 2:
            continue
        start = min(thin, pause) if role in THINNED else silent
        if start <= tone.start_beats < at:
            return None
        if pause < at and pause <= tone.start_beats < at:
            return None
        # What would sound into a hit on a moving or pausing layer is let go before it.
        cut = pause if pause < at else at if role in (*THINNED, "melody", "counter", "bass", "harmony") else None
        if cut is not None and tone.start_beats < cut < tone.end_beats:
            length = cut - tone.start_beats
            if length < SHORTEST:
                return None
            tone = replace(tone, length_beats=length)
    return tone


def clear(setting: Setting, lines: tuple[Line, ...], marks: tuple[Mark, ...]) -> tuple[Line, ...]:
    """The lines with room before hard hits, and accents where a mark asks everybody."""
    windows = _windows(setting, marks)
    if not windows:
        return lines
    accents = {m.strike.at_beats for m in marks if m.tutti}
    cleared = []
    for line in lines:
        tones = []
        for tone in line.tones:
            near = [w for w in windows if w[3] > tone.start_beats and w[0] < tone.end_beats]
            kept = _kept(tone, line.role, near) if near else tone
            if kept is None:
                continue
            if kept.start_beats in accents:
                kept = replace(kept, stress=kept.stress + 12.0, mark=kept.mark or "accent")
            tones.append(kept)
        cleared.append(replace(line, tones=tuple(tones)))
    return tuple(line for line in cleared if line.tones)
