"""Percussion by level of intensity: grooves of percussion.toml (craft guide 5.5)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from autoscore.model.tempo import Bar
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.themes.skeleton import compound
from autoscore.stages.compose.values import Line, Phrase, Setting, Tone
from autoscore.tables import read

STRESS = {"X": 14.0, "x": 0.0, "o": -34.0}
_CALMEST_UNDER_SPEECH = 2


def level(intensity: float) -> int:
    """Percussion level 0..5 of an intensity."""
    levels: list[float] = read("percussion.toml")["levels"]
    return sum(intensity >= start for start in levels) - 1


def sound(name: str, players: tuple[str, ...]) -> tuple[str, int] | None:
    """Instrument and MIDI key that play an abstract sound, None where nobody has it."""
    keys: dict[str, int] = read("percussion.toml")["sounds"].get(name, {})
    return next(((p, keys[p]) for p in players if p in keys), None)


def _onsets(pattern: str, bar: Bar) -> list[tuple[Fraction, str]]:
    """(beat inside the bar, symbol) of a 4/4 pattern of 16ths in the metre of ``bar``."""
    found: list[tuple[Fraction, str]] = []
    is_compound = compound(bar.metre)
    pulse = Fraction(3, 2) if is_compound else Fraction(1)
    inside_pulse = (
        (Fraction(0), Fraction(1, 2), Fraction(1), Fraction(5, 4))
        if is_compound
        else tuple(Fraction(i, 4) for i in range(4))
    )
    beat = 0
    while beat * pulse < bar.length_beats:
        for i in range(4):
            symbol = pattern[(beat * 4 + i) % len(pattern)]
            at = beat * pulse + inside_pulse[i]
            if symbol != "." and at < bar.length_beats:
                found.append((at, symbol))
        beat += 1
    return found


def _fill(row: dict[str, Any], bar: Bar) -> list[tuple[str, Fraction, str]]:
    """The fill's strokes over the last two beats of the bar."""
    found: list[tuple[str, Fraction, str]] = []
    start = bar.length_beats - 2
    for lane in row["fill"]:
        name, pattern = lane.split()
        found.extend((name, start + Fraction(i, 4), s) for i, s in enumerate(pattern) if s != "." and start >= 0)
    return found


def percussion(
    setting: Setting, phrases: tuple[Phrase, ...], casts: tuple[Cast, ...], stop: Fraction
) -> tuple[Line, ...]:
    """One line per drum instrument and phrase."""
    table = read("percussion.toml")
    row: dict[str, Any] = table["grooves"].get(setting.mood.texture.groove) or table["grooves"]["none"]
    late_ms = float(row.get("late_ms", 0.0))
    hits = {s.at_beats for s in setting.hard if s.weight >= 0.6}
    lines: list[Line] = []
    for phrase, cast in zip(phrases, casts, strict=True):
        if not cast.has("percussion") or not cast.percussion:
            continue
        by_player: dict[str, list[Tone]] = {}
        rng = setting.random("percussion", phrase.index)
        for number, bar in enumerate(phrase.bars):
            if number % int(row["every_bars"]):
                continue
            index = setting.bar_index(bar.start_beats)
            now = level(setting.intensities[index])
            if phrase.function in ("intro", "coda", "dissolve"):
                now = min(now, 1 if phrase.function == "intro" else 2)
            before = setting.bars[index - 1] if index else None
            if before and any(before.start_beats <= h < bar.start_beats for h in hits):
                now -= 1
            last = number == len(phrase.bars) - 1
            filling = last and now >= 3 and phrase.cadence != "end" and row["fill"]
            strokes: list[tuple[str, Fraction, str]] = []
            for lane in row["lanes"][max(0, now)]:
                name, pattern = lane.split()
                strokes.extend((name, at, s) for at, s in _onsets(pattern, bar))
            if filling:
                strokes = [s for s in strokes if s[1] < bar.length_beats - 2] + _fill(row, bar)
            elif number % 2 and now >= 2:
                # Every second bar one weak stroke stays away or comes as a ghost: no two bars alike for long.
                weak = [i for i, s in enumerate(strokes) if s[2] != "X" and s[1] % 1 != 0]
                if weak:
                    strokes.pop(weak[rng.randrange(len(weak))])
            for name, at, symbol in strokes:
                found = sound(name, cast.percussion)
                start = bar.start_beats + at
                if found is None or start >= min(stop, phrase.end_beats):
                    continue
                if setting.spoken(start) and now > _CALMEST_UNDER_SPEECH and symbol != "X":
                    continue
                key, pitch = found
                if name == "timpani":
                    pitch = _drum_pitch(setting, key)
                backbeat = name in ("snare", "clap") and symbol == "X"
                by_player.setdefault(key, []).append(
                    Tone(
                        start_beats=start,
                        length_beats=Fraction(1, 4),
                        pitch=pitch,
                        stress=STRESS[symbol],
                        nudge_ms=late_ms if backbeat else 0.0,
                    )
                )
        for key, tones in by_player.items():
            unique = {(t.start_beats, t.pitch): t for t in sorted(tones, key=lambda t: t.stress)}
            ordered = tuple(sorted(unique.values(), key=lambda t: (t.start_beats, t.pitch)))
            lines.append(Line(role="percussion", name="percussion", tones=ordered, instrument=key))
    return tuple(lines)


def _drum_pitch(setting: Setting, key: str) -> int:
    who = player(key)
    tonic = setting.key.tonic
    return next(p for p in range(max(who.low, 38), who.high + 1) if p % 12 == tonic)
