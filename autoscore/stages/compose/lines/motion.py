"""The motion layer: figures of figures.toml on the tones of each chord (craft guide 5.4)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from autoscore.model.tempo import Bar
from autoscore.stages.compose.lines.fit import chord_scale
from autoscore.stages.compose.orchestra.layers import Cast, register
from autoscore.stages.compose.orchestra.players import Player, player
from autoscore.stages.compose.themes.skeleton import compound
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone, chord_at
from autoscore.tables import read

_ORDER = ("slow", "medium", "fast")


def figure(name: str) -> dict[str, Any]:
    """A row of figures.toml; repeated eighths where there is none of that name."""
    table = read_figures()
    row: dict[str, Any] = table.get(name) or table["repeated_8ths"]
    return row


def read_figures() -> dict[str, dict[str, Any]]:
    return read("figures.toml")


def subdivision(setting: Setting, intensity: float) -> str:
    """How fast figures move: by the rate of the picture's cuts (craft guide 3.2), a grade up at high intensity."""
    shot_s = setting.cue.mean_shot_s
    grade = 0 if shot_s > 6 else 1 if shot_s >= 3 else 2
    grade += (intensity > 0.75) - (intensity < 0.25)
    return _ORDER[min(2, max(0, grade))]


def _choose(setting: Setting, phrase: Phrase, index: int) -> str:
    """A figure of the mood near the wanted subdivision; another one in contrasting phrases."""
    names = setting.mood.texture.motion_figures
    wanted = _ORDER.index(subdivision(setting, phrase.intensity))
    ranked = sorted(range(len(names)), key=lambda i: (abs(_ORDER.index(figure(names[i])["subdivision"]) - wanted), i))
    turn = index + (1 if phrase.function in ("B", "development") else 0)
    return names[ranked[turn % len(ranked)]] if turn else names[ranked[0]]


def _pattern(row: dict[str, Any], bar: Bar, habit: int) -> list[str]:
    """Tokens for one bar: a pattern of its own length if there is one, else one that is cut or begun again."""
    step = Fraction(row["step"])
    count = int(bar.length_beats / step)
    patterns: list[list[str]] = [p.split() for p in row["patterns"]]
    exact = [p for p in patterns if len(p) == count]
    if exact:
        return exact[habit % len(exact)]
    pool = patterns
    if compound(bar.metre):
        pool = [p for p in patterns if len(p) % 3 == 0] or patterns
    longer = [p for p in pool if len(p) >= count] or pool
    chosen = longer[habit % len(longer)]
    return (chosen * (count // len(chosen) + 1))[:count]


def _stack(chord: Chord, key_low: int, span: int, top: int, near: int) -> list[int]:
    """Chord tones upwards from the one nearest ``near``, at most ``span`` of them, none above ``top``."""
    lowest = min(
        (p for p in range(near - 6, near + 7) if p % 12 in chord.classes and p >= key_low),
        default=None,
        key=lambda p: (abs(p - near), p),
    )
    if lowest is None:
        return []
    found = [p for p in range(lowest, top + 1) if p % 12 in chord.classes[:4]]
    return found[:span]


def _bar(
    setting: Setting,
    who: Player,
    row: dict[str, Any],
    bar: Bar,
    chords: tuple[Chord, ...],
    tokens: list[str],
    near: int,
    end: Fraction,
    single: bool,
) -> tuple[list[Tone], int]:
    step, hold, span = Fraction(row["step"]), Fraction(str(row["hold"])), int(row["span"])
    found: list[Tone] = []
    stack: list[int] = []
    last: Chord | None = None
    for i, token in enumerate(tokens):
        start = bar.start_beats + i * step
        if start >= end:
            break
        chord = chord_at(chords, start)
        if chord is not last:
            stack = _stack(chord, who.low, span, who.high, near)
            near = stack[0] if stack else near
            last = chord
        accent = token.startswith(">")
        body = token.lstrip(">")
        if body == "." or not stack:
            continue
        pitches = []
        for part in body.split("+")[: 1 if single else 4]:
            if part == "n":
                classes = chord_scale(chord, setting.key)
                pitches.append(next((stack[0] - d for d in (1, 2, 3) if (stack[0] - d) % 12 in classes), stack[0]))
            elif part == "r":
                pitches.append(stack[0])
            else:
                pitches.append(stack[min(int(part), len(stack) - 1)])
        length = min(step * hold, end - start)
        found.extend(
            Tone(
                start_beats=start,
                length_beats=length,
                pitch=pitch,
                stress=12.0 if accent else 0.0,
                mark="accent" if accent else "",
            )
            for pitch in sorted(set(pitches))
            if who.low <= pitch <= who.high
        )
    return found, near


def motion(
    setting: Setting, phrases: tuple[Phrase, ...], casts: tuple[Cast, ...], chords: tuple[Chord, ...], stop: Fraction
) -> tuple[Line, ...]:
    """One line per phrase for the motion layer and, at high intensity, a second one on another figure."""
    lines: list[Line] = []
    centre = register(setting, "motion")
    for phrase, cast in zip(phrases, casts, strict=True):
        for index, layer in enumerate(("motion", "second_motion")):
            if not cast.has(layer) or index >= len(cast.motion):
                continue
            key = cast.motion[index]
            who = player(key)
            row = figure(_choose(setting, phrase, index))
            rng = setting.random("motion", phrase.index, index)
            habit = rng.randrange(12)
            home = min(max(centre - 5 * index, who.sweet_low + 2), max(who.sweet_low + 2, who.sweet_high - 9))
            near = home
            tones: list[Tone] = []
            end = min(stop, phrase.end_beats)
            for number, bar in enumerate(phrase.bars):
                # A figure rests at the end of a double phrase and changes its shape half-way.
                if len(phrase.bars) >= 8 and number == len(phrase.bars) - 1 and phrase.index % 2 and index == 0:
                    continue
                turn = habit + (number // 4) + (1 if number % 4 == 3 else 0)
                if row.get("scatter"):
                    turn = rng.randrange(12)
                tokens = _pattern(row, bar, turn)
                found, near = _bar(setting, who, row, bar, chords, tokens, near, end, not who.polyphonic)
                if abs(near - home) > 7:
                    near = home
                tones.extend(t for t in found if not setting.spoken(t.start_beats))
            lines.append(Line(role="motion", name=layer, tones=tuple(tones), instrument=key))
    return tuple(line for line in lines if line.tones)
