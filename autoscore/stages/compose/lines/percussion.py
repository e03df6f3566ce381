"""Percussion by level of intensity: grooves of percussion.toml (craft guide 5.5)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from autoscore.model.tempo import Bar
from autoscore.stages.compose.form.ending import Ending
from autoscore.stages.compose.lines.pulse import accent_map, groove_row, placed
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone, chord_at
from autoscore.tables import read

STRESS = {"X": 14.0, "x": 0.0, "o": -34.0}
_UNDER_SPEECH = 1
"""Drums come no higher than this level while somebody speaks: they are the first to make room."""
STRAIGHT = (100, 58, 76, 62)
"""Velocities of straight 16ths (craft guide 5.5)."""
DENSE = 7
"""A lane with so many strokes a bar is shaped by the groove's template."""
_DRUM_HOME = 43
_BACKBEATS = ("snare", "clap")

Stroke = tuple[str, Fraction, str]
"""Sound, beat inside the bar, symbol."""


def level(intensity: float) -> int:
    """Percussion level 0..5 of an intensity."""
    levels: list[float] = read("percussion.toml")["levels"]
    return sum(intensity >= start for start in levels) - 1


def sound(name: str, players: tuple[str, ...]) -> tuple[str, int] | None:
    """Instrument and MIDI key that play an abstract sound, None where nobody has it."""
    keys: dict[str, int] = read("percussion.toml")["sounds"].get(name, {})
    return next(((p, keys[p]) for p in players if p in keys), None)


def _level(setting: Setting, phrase: Phrase, bar: Bar, hits: set[Fraction], ending: Ending) -> int:
    """The level of one bar: by intensity, one less after a heavy hit, ever less while the cue fades."""
    index = setting.bar_index(bar.start_beats)
    now = level(setting.intensities[index])
    if phrase.function in ("intro", "coda", "dissolve"):
        now = min(now, 1 if phrase.function == "intro" else 2)
    before = setting.bars[index - 1] if index else None
    if before and any(before.start_beats <= h < bar.start_beats for h in hits):
        now -= 1
    if setting.spoken(bar.start_beats):
        now = min(now, _UNDER_SPEECH)
    since = ending.fade_from_beats
    if since is not None and bar.start_beats >= since:
        gone = float((bar.start_beats - since) / max(Fraction(1), ending.until_beats - since))
        now = min(now, 2 if gone < 0.34 else 1 if gone < 0.6 else 0)
    return max(0, now)


def _last_beats(rows: Iterable[str], bar: Bar, beats: int) -> list[Stroke]:
    """Strokes over the last ``beats`` of the bar; none where it is too short."""
    found: list[Stroke] = []
    start = bar.length_beats - beats
    for lane in rows:
        name, pattern = lane.split()
        found.extend((name, start + Fraction(i, 4), s) for i, s in enumerate(pattern) if s != "." and start >= 0)
    return found


def _strokes(setting: Setting, phrase: Phrase, row: dict[str, Any], bar: Bar, number: int, now: int) -> list[Stroke]:
    """One bar's strokes: the level's lanes, a turn in every fourth bar, a fill at the phrase's end."""
    found: list[Stroke] = []
    for lane in row["lanes"][now]:
        name, pattern = lane.split()
        pattern = accent_map(setting, phrase) if pattern == "@" else pattern
        found.extend((name, at, s) for at, s in placed(pattern, bar))
    last = number == len(phrase.bars) - 1
    turning = number % 4 == 3
    if now < 3 or phrase.cadence == "end" or not (last or turning):
        return found
    beats, rows = (2, row["fill"]) if last else (1, row["turn"])
    if not rows or bar.length_beats <= beats:
        return found
    edge = bar.length_beats - beats
    return [s for s in found if s[1] < edge] + _last_beats(rows, bar, beats)


def _shaded(strokes: list[Stroke], row: dict[str, Any], name: str, at: Fraction, symbol: str) -> float:
    """Stress of one stroke: dense lanes breathe by the groove's template of four 16ths."""
    stress = STRESS[symbol]
    if symbol == "x" and sum(s[0] == name for s in strokes) >= DENSE:
        template = row.get("template", STRAIGHT)
        stress += 0.55 * (template[int(at * 4) % 4] - sum(template) / 4)
    return stress


def drum_pitch(chord: Chord, key: str) -> int:
    """The timpano's tone under a chord: its root, near the middle of the drums."""
    who = player(key)
    pool = [p for p in range(max(who.low, 38), who.high + 1) if p % 12 == chord.root]
    return min(pool, key=lambda p: (abs(p - _DRUM_HOME), p)) if pool else who.low


def percussion(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    casts: tuple[Cast, ...],
    chords: tuple[Chord, ...],
    ending: Ending,
) -> tuple[Line, ...]:
    """One line per drum instrument and phrase."""
    row = groove_row(setting)
    late_ms = float(row.get("late_ms", 0.0))
    hits = {s.at_beats for s in setting.hard if s.weight >= 0.6}
    lines: list[Line] = []
    for phrase, cast in zip(phrases, casts, strict=True):
        if not cast.has("percussion") or not cast.percussion:
            continue
        by_player: dict[str, list[Tone]] = {}
        end = min(ending.stop_beats, phrase.end_beats)
        for number, bar in enumerate(phrase.bars):
            if number % int(row["every_bars"]):
                continue
            now = _level(setting, phrase, bar, hits, ending)
            strokes = _strokes(setting, phrase, row, bar, number, now)
            for name, at, symbol in strokes:
                found = sound(name, cast.percussion)
                start = bar.start_beats + at
                if found is None or start >= end:
                    continue
                if now > _UNDER_SPEECH and setting.spoken(start):
                    continue
                key, pitch = found
                if name == "timpani":
                    pitch = drum_pitch(chord_at(chords, start), key)
                backbeat = name in _BACKBEATS and symbol != "o" and at % 2 == 1
                by_player.setdefault(key, []).append(
                    Tone(
                        start_beats=start,
                        length_beats=Fraction(1, 4),
                        pitch=pitch,
                        stress=_shaded(strokes, row, name, at, symbol),
                        nudge_ms=late_ms if backbeat else 0.0,
                    )
                )
        for key, tones in by_player.items():
            unique = {(t.start_beats, t.pitch): t for t in sorted(tones, key=lambda t: t.stress)}
            ordered = tuple(sorted(unique.values(), key=lambda t: (t.start_beats, t.pitch)))
            lines.append(Line(role="percussion", name="percussion", tones=ordered, instrument=key))
    return tuple(lines)
