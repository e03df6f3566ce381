"""The leading line: what the theme becomes in each section, fitted to the chords, sung with breaths (craft 5.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from autoscore.model.score import Theme
from autoscore.model.tempo import Bar, beat_strength
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.lines.fit import Wish, hanging
from autoscore.stages.compose.lines.place import Range
from autoscore.stages.compose.lines.summit import below, lone_top
from autoscore.stages.compose.lines.units import Memory, recall, sing
from autoscore.stages.compose.orchestra.layers import Cast, register
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.themes.answers import Occasion
from autoscore.stages.compose.themes.metres import into_metre
from autoscore.stages.compose.themes.similarity import of_theme
from autoscore.stages.compose.themes.skeleton import Move, Skeleton, bar_beats, from_theme, semitones
from autoscore.stages.compose.themes.statements import shape_of
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone, chord_at, key_at

BREATH_S, LONGEST_BREATH_S = 4.0, 7.0
"""After so many seconds a player breathes at the next joint, and anywhere (craft guide 9.18: 8 s for a wind player)."""
LIFT = {"climax": 5, "retransition": 2, "coda": -3, "intro": -3}
"""Semitones by which a section's melody lies higher or lower than the mood's register."""


def tessitura(setting: Setting, lead: str, skeleton: Skeleton, lift: int) -> Range:
    """Where ``lead`` sings ``skeleton``: in the octave that lies best for the player, near the mood's register."""
    who = player(lead)
    wanted = register(setting, "melody") + lift + 2
    line = [semitones(m.step, setting.key.scale) for m in skeleton] or [0]
    mean, least, most = sum(line) / len(line), min(line), max(line)
    home = setting.key.pitch(0, wanted)

    def strain(base: int) -> tuple[float, int]:
        above, below = base + most - who.sweet_high, who.sweet_low - base - least
        out = max(0, base + most - who.high, who.low - base - least)
        return (abs(base + mean - wanted) + 2.5 * max(0, above) + 2.5 * max(0, below) + 30.0 * out, base)

    centre = min((home + 12 * octave for octave in range(-3, 4)), key=strain)
    return Range(
        centre=centre,
        low=max(who.low, min(who.sweet_low - 3, centre + least)),
        high=min(who.high, max(who.sweet_high + 2, centre + least + 9)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One phrase that the lead sings: the theme it tells and what becomes of it there."""

    phrase: Phrase
    lead: str
    theme: Theme
    skeleton: Skeleton
    where: Range

    @property
    def top(self) -> int:
        """The highest pitch that it would like to sing."""
        return max((self.where.centre + m.step * 12 // 7 for m in self.skeleton), default=0)


def _singing(phrases: tuple[Phrase, ...], casts: tuple[Cast, ...]) -> frozenset[int]:
    """The phrases in which the lead sings: where its layer sounds, in a coda, and where else nothing would be sung in
    the quietest of cues, in the phrase that has most intensity."""
    able = [(p, c) for p, c in zip(phrases, casts, strict=True) if c.lead]
    found = {p.index for p, c in able if c.has("lead") or p.function == "coda"}
    if able and not found & {p.index for p, _ in able if p.function not in ("intro", "coda")}:
        found.add(max(able, key=lambda pair: (pair[0].function != "intro", pair[0].intensity, -pair[0].index))[0].index)
    return frozenset(found)


def _tasks(
    setting: Setting, phrases: tuple[Phrase, ...], casts: tuple[Cast, ...], themes: tuple[Theme, ...]
) -> list[_Task]:
    tasks = []
    treatment = setting.cue.theme.treatment
    singing = _singing(phrases, casts)
    known = tuple(of_theme(theme) for theme in themes)
    for phrase, cast in zip(phrases, casts, strict=True):
        if phrase.index not in singing or not themes:
            continue
        second = phrase.function == "B" and len(themes) > 1
        theme = themes[1] if second else themes[0]
        beats = bar_beats(theme.metre)
        total = theme.lead_in_beats + sum(theme.durations_beats, Fraction(0))
        occasion = Occasion(
            bars=len(phrase.bars),
            have=int(total / beats),
            metre=theme.metre,
            statement=phrase.statement,
            rise=phrase.rise,
            scale=setting.key.scale,
            melody=setting.mood.melody,
            chance=partial(setting.random, "statement", phrase.function),
            known=known,
        )
        shape = shape_of(treatment, phrase.function, second)
        skeleton = from_theme(theme, setting.key, parse_key(f"C {theme.mode}").scale)
        told = shape(skeleton, occasion)
        where = tessitura(setting, cast.lead, told, LIFT.get(phrase.function, 0))
        tasks.append(_Task(phrase=phrase, lead=cast.lead, theme=theme, skeleton=told, where=where))
    return tasks


def _crowned(tasks: list[_Task], peak: _Task) -> _Task:
    """The peak an octave higher where others would tower over it and its player can."""
    who, others = player(peak.lead), max((t.top for t in tasks if t is not peak), default=0)
    if peak.top > others or peak.top + 12 > min(who.high, who.sweet_high + 7):
        return peak
    where = peak.where
    high = min(who.high, max(where.high, peak.top + 12))
    return replace(peak, where=replace(where, centre=where.centre + 12, low=where.low + 7, high=high))


def _placed(setting: Setting, task: _Task, stop: Fraction) -> list[tuple[Fraction, Bar, Move]]:
    """The notes of a phrase in score time; an upbeat may begin in the bar before it."""
    phrase = task.phrase
    first = setting.bar_index(phrase.start_beats)
    found: list[tuple[Fraction, Bar, Move]] = []
    for number in range(-1, len(phrase.bars)):
        if first + number < 0:
            continue
        bar = setting.bars[first + number]
        inside = tuple(sorted((m for m in task.skeleton if m.bar == number), key=lambda m: m.at_beats))
        for m in into_metre(inside, task.theme.metre, bar):
            start = bar.start_beats + m.at_beats
            if start < min(stop, phrase.end_beats) and not setting.spoken(start):
                found.append((start, bar, m))
    found.sort(key=lambda note: (note[0], note[2].upbeat))
    plain = [start for start, _, m in found if not m.upbeat]
    # An upbeat gives way to notes that are there already.
    return [
        (start, bar, m)
        for start, bar, m in found
        if not m.upbeat or not any(start <= other < bar.start_beats + bar.length_beats for other in plain)
    ]


def _wishes(setting: Setting, task: _Task, chords: tuple[Chord, ...], centre: int, stop: Fraction) -> list[Wish]:
    wishes: list[Wish] = []
    for start, bar, m in _placed(setting, task, stop):
        last = wishes[-1] if wishes else None
        if last is not None and last.start_beats >= start:
            continue
        if last is not None and last.start_beats + last.length_beats > start:
            wishes[-1] = replace(last, length_beats=start - last.start_beats)
        wishes.append(
            Wish(
                start_beats=start,
                length_beats=m.length_beats,
                pitch=key_at(chords, start, setting.key).pitch(m.step, centre),
                strength=beat_strength(m.at_beats, bar.metre),
                chord=chord_at(chords, start),
                mark=m.mark,
                joined=last is not None and start - (last.start_beats + last.length_beats) < 1,
                step=m.step,
                unit=m.home,
            )
        )
    return wishes


def _sung(setting: Setting, wishes: list[Wish], pitches: tuple[int, ...], end: Fraction) -> list[Tone]:
    """Tones with breaths: a long note before a gap or a phrase's end gives way early, nobody sings on for ever."""
    tones: list[Tone] = []
    since = wishes[0].start_beats if wishes else Fraction(0)
    lengths = sorted(w.length_beats for w in wishes)
    held = lengths[len(lengths) // 2] * Fraction(3, 2) if lengths else Fraction(0)
    for i, (wish, pitch) in enumerate(zip(wishes, pitches, strict=True)):
        later = wishes[i + 1].start_beats if i + 1 < len(wishes) else end
        room = later - wish.start_beats
        length = min(wish.length_beats, room, end - wish.start_beats)
        if room - length >= 1 and not wish.mark:
            # Before a rest a note is held: that is how an ear knows a phrase's end.
            length = max(length, held if room >= held + 1 else min(held, room - Fraction(1, 2)))
        sung_s = setting.tempo.seconds_at(wish.start_beats + length) - setting.tempo.seconds_at(since)
        joint = i + 1 == len(wishes) or wishes[i + 1].unit != wish.unit
        tired = (joint and length >= 1 and sung_s > BREATH_S) or (
            sung_s > LONGEST_BREATH_S and length >= Fraction(1, 2)
        )
        if room - length >= Fraction(1, 2):
            since = later
        elif length >= 3 or (length >= 2 and i + 1 == len(wishes)) or tired:
            length -= Fraction(1) if length >= 4 else Fraction(1, 2) if length >= 1 else length / 2
            since = later
        if wish.mark == "staccato":
            length = min(length, Fraction(1, 4))
        if length > 0:
            tones.append(
                Tone(
                    start_beats=wish.start_beats,
                    length_beats=length,
                    pitch=pitch,
                    stress=4.0 if wish.strength == 3 else 0.0,
                    mark="staccato" if wish.mark == "staccato" else "",
                )
            )
    return tones


def _peak(tasks: list[_Task]) -> _Task:
    """The section that has the highest note of the cue: the climax, or where intensity is greatest."""
    return max(tasks, key=lambda t: (t.phrase.function == "climax", t.phrase.intensity, t.phrase.index))


def _joined_up(lines: list[Line]) -> tuple[Line, ...]:
    """Lines in order; where an upbeat begins before the last phrase has ended, that one makes room or it stays away."""
    result: list[Line] = []
    for line in lines:
        tones = list(line.tones)
        if result:
            before = result[-1].tones
            while tones and before and tones[0].start_beats <= before[-1].start_beats:
                tones.pop(0)
            if tones and before and before[-1].end_beats > tones[0].start_beats:
                last = replace(before[-1], length_beats=tones[0].start_beats - before[-1].start_beats)
                result[-1] = replace(result[-1], tones=(*before[:-1], last))
        if tones:
            result.append(replace(line, tones=tuple(tones)))
    return tuple(result)


def melody(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    casts: tuple[Cast, ...],
    chords: tuple[Chord, ...],
    themes: tuple[Theme, ...],
    stop: Fraction,
) -> tuple[Line, ...]:
    """The leading line of each phrase in which the lead layer sounds, as one ``Line`` per phrase.

    The highest note of the cue belongs to its climax alone: that phrase is written first, the others stay below it.

    Args:
        themes: the cue's theme first, then others that a contrast may use.
        stop: nothing is attacked at or after this beat.
    """
    tasks = _tasks(setting, phrases, casts, themes)
    if not tasks:
        return ()
    memory = Memory()
    for theme in themes:
        if theme.mode == setting.key.mode:
            recall(memory, from_theme(theme, setting.key, setting.key.scale), theme)
    peak = _peak(tasks)
    rest = [t for t in tasks if t is not peak]
    peak = _crowned(tasks, peak)
    top = 127
    lines: dict[int, Line] = {}
    for task in (peak, *rest):
        phrase = task.phrase
        wishes = _wishes(setting, task, chords, task.where.centre, stop)
        if not wishes:
            continue
        where = replace(task.where, top=top)
        pitches = sing(wishes, setting.key, where, memory, hanging=hanging(setting))
        if task is peak:
            pitches = lone_top(wishes, pitches, setting, player(task.lead).low)
            top = max(pitches) - 1
        else:
            pitches = below(wishes, pitches, setting, top, player(task.lead).low)
        tones = _sung(setting, wishes, pitches, min(stop, phrase.end_beats))
        lines[phrase.index] = Line(role="melody", name="lead", tones=tuple(tones), instrument=task.lead)
    return _joined_up([line for _, line in sorted(lines.items())])
