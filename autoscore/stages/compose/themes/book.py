"""The theme book of a film: candidates for every theme, ranked by the critic (craft guide 4.1, 4.2, 4.5)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from autoscore.model.cues import CuePlan
from autoscore.model.score import Theme
from autoscore.model.tempo import beat_strength, pulse_beats
from autoscore.stages.compose.harmony.idea import theme_romans
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.harmony.rows import build
from autoscore.stages.compose.lines.fit import Wish, rubs
from autoscore.stages.compose.lines.place import Range
from autoscore.stages.compose.lines.units import Memory, sing
from autoscore.stages.compose.orchestra.players import choose
from autoscore.stages.compose.themes import motif, phrase
from autoscore.stages.compose.themes.critic import Draft, Taste, displeasure
from autoscore.stages.compose.themes.originality import is_too_close
from autoscore.stages.compose.themes.own import CENTRE, adopt
from autoscore.stages.compose.themes.skeleton import Skeleton, bar_beats, edit_distance
from autoscore.stages.compose.values import Chord, Key, generator
from autoscore.tables import Mood, mood, priors
from autoscore.tables.bands import Band, named_palette

CANDIDATES = 64
HARMONIES = 10
"""Each candidate takes the one of so many harmonies that suits it best."""
FINALISTS = 6
"""So many candidates are sung out note by note; the rest are judged on their plain shape."""
FAR_ENOUGH = 0.4
"""Least edit distance of intervals between two themes of one film (craft guide 4.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What all candidates of one theme share. ``harmonies``: the chords of each, one a bar."""

    row: Mood
    metre: str
    key: Key
    closed: bool
    harmonies: tuple[tuple[Chord, ...], ...]

    @property
    def beats(self) -> Fraction:
        return bar_beats(self.metre)

    @property
    def taste(self) -> Taste:
        melody = self.row.melody
        leap = 0.7 * (motif.style(melody.style)["leap"] + melody.leap_bias)
        return Taste(leap=min(0.15, max(0.0, leap)), rest_share=melody.rest_share, density=melody.density)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    skeleton: Skeleton
    motif_notes: int
    cell_notes: int
    faults: int
    wishes: tuple[Wish, ...] = ()
    harmony: int = 0
    pitches: tuple[int, ...] = ()
    score: float = 0.0


def _frame(source: str, name: str, row: Mood, key: Key, metre: str, bars: int = phrase.BARS) -> _Frame:
    closed = name == "main"
    beats = bar_beats(metre)
    bar_s = float(beats / pulse_beats(metre)) * 60.0 / row.tempo.prefer_bpm
    found = []
    for i in range(HARMONIES):
        rng = generator(source, "harmony", name, i)
        romans = theme_romans(row.harmony, key, rng, bars=bars, closed=closed, bar_s=bar_s)
        found.append(tuple(build(roman, key, n * beats, beats) for n, roman in enumerate(romans)))
    return _Frame(row=row, metre=metre, key=key, closed=closed, harmonies=tuple(found))


def _invented(frame: _Frame, rng: random.Random) -> _Candidate:
    """A phrase skeleton on a motif that passes the tests of 4.1, the best of forty where none does."""
    melody, scale = frame.row.melody, frame.key.scale
    cell = 3 if melody.rest_share >= phrase.SPARSE else 2
    tries = []
    for _ in range(40):
        idea = motif.make_idea(melody, frame.metre, scale, rng)
        tries.append((len(motif.faults(idea, scale, cell)), idea))
        if tries[-1][0] == 0:
            break
    wrong, idea = min(tries, key=lambda pair: pair[0])
    kind = rng.choices(phrase.KINDS, weights=motif.style(melody.style)["phrases"])[0]
    up = rng.choice((1, 1, 2, 2, -1, 3) if kind == "sentence" else (1, 2, 2, 3))
    plan = phrase.Plan(
        idea=idea,
        beats=frame.beats,
        melody=melody,
        scale_size=len(scale),
        up=up,
        further=max(up, 0) + rng.choice((1, 2)),
        closed=frame.closed and kind != "film",
    )
    whole = phrase.compose(phrase.layout(kind, melody.rest_share, rng), plan, rng)
    first = sum(m.home == 0 for m in idea)
    return _Candidate(skeleton=whole, motif_notes=len(idea), cell_notes=min(max(3, first), 5), faults=wrong)


def _wishes(skeleton: Skeleton, frame: _Frame) -> tuple[Wish, ...]:
    wishes = []
    ends = Fraction(-8)
    chords = frame.harmonies[0]
    for m in skeleton:
        start = m.bar * frame.beats + m.at_beats
        wishes.append(
            Wish(
                start_beats=start,
                length_beats=m.length_beats,
                pitch=frame.key.pitch(m.step, CENTRE),
                strength=beat_strength(m.at_beats, frame.metre),
                chord=chords[max(0, m.bar)],
                mark=m.mark,
                joined=start - ends < 1,
                step=m.step,
                unit=m.home,
            )
        )
        ends = start + m.length_beats
    return tuple(wishes)


def _clash(skeleton: Skeleton, wishes: Sequence[Wish], chords: Sequence[Chord]) -> float:
    """How badly notes suit their chords as they stand: heavy and long ones count most."""
    cost = 0.0
    for m, wish in zip(skeleton, wishes, strict=True):
        chord = chords[max(0, m.bar)]
        pitch_class = wish.pitch % 12
        if pitch_class not in chord.classes:
            weight = (0.1, 0.3, 0.8, 1.4)[wish.strength] * (3.0 if wish.length_beats >= 1 else 1.0)
            cost += weight + (1.5 if wish.strength >= 2 and rubs(pitch_class, chord) else 0.0)
    return cost


def _harmonised(candidate: _Candidate, frame: _Frame) -> _Candidate:
    """With the harmony that suits the tune best as it stands."""
    wishes = _wishes(candidate.skeleton, frame)
    costs = [_clash(candidate.skeleton, wishes, chords) for chords in frame.harmonies]
    best = min(range(len(costs)), key=lambda i: (costs[i], i))
    chords = frame.harmonies[best]
    placed = tuple(replace(w, chord=chords[max(0, m.bar)]) for m, w in zip(candidate.skeleton, wishes, strict=True))
    pitches = tuple(w.pitch for w in wishes)
    return replace(candidate, wishes=placed, harmony=best, pitches=pitches, score=0.1 * costs[best])


def _draft(candidate: _Candidate, frame: _Frame) -> Draft:
    wishes, pitches = candidate.wishes, candidate.pitches
    return Draft(
        pitches=pitches,
        starts=tuple(w.start_beats for w in wishes),
        held=tuple(w.length_beats for w in wishes),
        strengths=tuple(w.strength for w in wishes),
        inside=tuple(p % 12 in w.chord.classes for p, w in zip(pitches, wishes, strict=True)),
        home=tuple(w.chord.root == frame.key.tonic for w in wishes),
        tonic=frame.key.tonic,
        minor=frame.key.minor,
        metre=frame.metre,
        bar_beats=frame.beats,
        bars=phrase.BARS,
    )


def _judged(candidate: _Candidate, frame: _Frame) -> _Candidate:
    score = displeasure(_draft(candidate, frame), frame.taste, priors()) + 1.2 * candidate.faults
    return replace(candidate, score=candidate.score + score)


def _sung(candidate: _Candidate, frame: _Frame) -> _Candidate:
    """The candidate as it sounds over its harmony, judged again."""
    where = Range(centre=CENTRE, low=CENTRE - 14, high=CENTRE + 19)
    pitches = sing(candidate.wishes, frame.key, where, Memory())
    return _judged(replace(candidate, pitches=pitches, score=0.0), frame)


def _theme(candidate: _Candidate, frame: _Frame, name: str, lead: str) -> Theme:
    starts = [w.start_beats for w in candidate.wishes]
    tonic = frame.key.pitch(0, CENTRE)
    return Theme(
        id=name,
        metre=frame.metre,
        mode=frame.key.mode,
        degrees=tuple(p - tonic for p in candidate.pitches),
        durations_beats=tuple(b - a for a, b in pairwise([*starts, phrase.BARS * frame.beats])),
        cell_notes=candidate.cell_notes,
        motif_notes=candidate.motif_notes,
        instrument=lead,
        score=round(-candidate.score, 4),
        romans=tuple(chord.roman for chord in frame.harmonies[candidate.harmony]),
        held_beats=tuple(w.length_beats for w in candidate.wishes),
        lead_in_beats=starts[0],
    )


def motif_intervals(theme: Theme) -> list[int]:
    """The intervals of a theme's motif in semitones."""
    return [b - a for a, b in pairwise(theme.degrees[: theme.motif_notes])]


def distance(left: Theme, right: Theme) -> float:
    """Edit distance 0..1 of two motifs' intervals."""
    return edit_distance(motif_intervals(left), motif_intervals(right))


def write_theme(
    source: str,
    name: str,
    mood_name: str,
    key_name: str,
    metre: str,
    lead: str,
    others: tuple[Theme, ...] = (),
    candidates: int = CANDIDATES,
) -> Theme:
    """The best of ``candidates`` themes that is far enough from ``others`` and is nobody else's tune.

    Args:
        source: seed, film and take in one word; another word gives another theme. name: part of it too.
        mood_name, key_name: as in a cue. metre: like "4/4". lead: key of instruments.toml.
    """
    frame = _frame(source, name, mood(mood_name), parse_key(key_name), metre)
    found = [
        _judged(_harmonised(_invented(frame, generator(source, "theme", name, i)), frame), frame)
        for i in range(candidates)
    ]
    found.sort(key=lambda c: c.score)
    finalists = sorted((_sung(c, frame) for c in found[:FINALISTS]), key=lambda c: c.score)
    themes = [_theme(c, frame, name, lead) for c in finalists]
    return next(
        (t for t in themes if all(distance(t, o) >= FAR_ENOUGH for o in others) and not is_too_close(t)),
        max(themes, key=lambda t: min(distance(t, o) for o in others) if others else 0.0),
    )


def _own(plan: CuePlan, source: str, lead: str) -> Theme:
    """The user's own tune as the main theme, over the harmony of the film's mood that suits it best."""
    tune = plan.own_theme
    assert tune is not None
    theme = adopt(tune.notes, tune.metre, key=tune.key, instrument=lead).theme
    key = parse_key(f"C {theme.mode}")
    total = theme.lead_in_beats + sum(theme.durations_beats, Fraction(0))
    beats = bar_beats(theme.metre)
    frame = _frame(source, "main", mood(plan.home_mood), key, theme.metre, bars=int(total / beats))
    costs = []
    for chords in frame.harmonies:
        at, cost = theme.lead_in_beats, 0.0
        for degree, duration in zip(theme.degrees, theme.durations_beats, strict=True):
            bar, inside = divmod(at, beats)
            if degree % 12 not in chords[max(0, int(bar))].classes:
                cost += (1 + beat_strength(inside, theme.metre)) * min(2.0, float(duration))
            at += duration
        costs.append(cost)
    best = min(range(len(costs)), key=lambda i: (costs[i], i))
    return replace(theme, romans=tuple(chord.roman for chord in frame.harmonies[best]))


def theme_book(plan: CuePlan, take: int = 1) -> tuple[Theme, ...]:
    """All themes of a film. They depend on its identity, seed, home mood, home key, palette and theme names only, the
    main one on the user's own tune where there is one.

    Args:
        take: another one, 2 and up, gives other themes for the same plan; the user's own stays.

    >>> theme_book(plan)[0].id  # doctest: +SKIP
    'main'
    """
    row = mood(plan.home_mood)
    metre = row.tempo.metres[0]
    written: list[Theme] = []
    source = f"{plan.seed}:{plan.identity or plan.film}:{take}"
    for i, name in enumerate(plan.themes or ("main",)):
        players = choose("lead", row, Band(palette=named_palette(plan.palette, plan.own_palette)))
        lead = players[i % len(players)]
        if name == "main" and plan.own_theme is not None:
            written.append(_own(plan, source, lead))
            continue
        written.append(write_theme(source, name, plan.home_mood, plan.home_key, metre, lead, tuple(written)))
    return tuple(written)
