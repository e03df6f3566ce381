"""The theme book of a film: candidates for every theme, ranked by the critic (craft guide 4.1, 4.2, 4.5)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from autoscore.model.cues import CuePlan
from autoscore.model.score import Theme
from autoscore.model.tempo import pulse_beats
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.harmony.progressions import build, rows_in
from autoscore.stages.compose.lines.fit import Wish
from autoscore.stages.compose.lines.units import Memory, Range, misfit, sing
from autoscore.stages.compose.orchestra.players import Band, choose
from autoscore.stages.compose.themes import motif, phrase
from autoscore.stages.compose.themes.critic import Draft, Taste, displeasure
from autoscore.stages.compose.themes.skeleton import Skeleton, bar_beats, edit_distance
from autoscore.stages.compose.values import Chord, Key, generator
from autoscore.tables import Mood, mood, priors

CANDIDATES = 64
FINALISTS = 16
"""So many candidates are sung out note by note; the rest are judged on their plain shape."""
CENTRE = 67
FAR_ENOUGH = 0.4
"""Least edit distance of intervals between two themes of one film (craft guide 4.1)."""


def strength(at_beats: Fraction, metre: str) -> int:
    """Metrical strength inside a bar: 3 downbeat, 2 beat, 1 half beat, 0 other."""
    if at_beats == 0:
        return 3
    pulse = pulse_beats(metre)
    if at_beats % pulse == 0:
        return 2
    return 1 if (at_beats * 2) % 1 == 0 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What all candidates of one theme share."""

    row: Mood
    metre: str
    key: Key
    closed: bool

    @property
    def beats(self) -> Fraction:
        return bar_beats(self.metre)

    @property
    def taste(self) -> Taste:
        melody = self.row.melody
        return Taste(leap=max(0.0, motif.style(melody.style)["leap"]), rest_share=melody.rest_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    skeleton: Skeleton
    motif_notes: int
    cell_notes: int
    faults: int
    romans: tuple[str, ...] = ()
    pitches: tuple[int, ...] = ()
    score: float = 0.0


def _invented(frame: _Frame, rng: random.Random) -> _Candidate:
    """A phrase skeleton on a motif that passes the tests of 4.1, the best of forty where none does."""
    melody, scale = frame.row.melody, frame.key.scale
    tries = []
    for _ in range(40):
        idea = motif.make_idea(melody, frame.metre, scale, rng, priors())
        tries.append((len(motif.faults(idea, scale)), idea))
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


def _chords(romans: Sequence[str], frame: _Frame) -> list[Chord]:
    return [build(roman, frame.key, i * frame.beats, frame.beats) for i, roman in enumerate(romans)]


def _wishes(skeleton: Skeleton, frame: _Frame, chords: Sequence[Chord]) -> list[Wish]:
    wishes = []
    ends = Fraction(-8)
    for m in skeleton:
        start = m.bar * frame.beats + m.at_beats
        wishes.append(
            Wish(
                start_beats=start,
                length_beats=m.length_beats,
                pitch=frame.key.pitch(m.step, CENTRE),
                strength=strength(m.at_beats, frame.metre),
                chord=chords[min(max(0, m.bar), len(chords) - 1)],
                mark=m.mark,
                joined=start - ends < 1,
                step=m.step,
                unit=m.home,
            )
        )
        ends = start + m.length_beats
    return wishes


def _harmonised(candidate: _Candidate, frame: _Frame, rng: random.Random) -> _Candidate:
    """The progression of the mood, with a cadence, that suits the tune best as it stands."""
    harmony, minor = frame.row.harmony, frame.key.minor
    open_ends = [c for c in rows_in(frame.key, harmony.cadences) if (c[-1][:1] in "iI" and c[-1][1:2] not in "iIvV")]
    cadences = (open_ends if frame.closed else []) or list(rows_in(frame.key, harmony.cadences))
    home = "i" if minor else "I"
    best: tuple[float, tuple[str, ...]] | None = None
    for row in rows_in(frame.key, harmony.progressions):
        cadence = rng.choice(cadences)[-2:] if cadences else (home,)
        body = phrase.BARS - len(cadence)
        romans = (*(row[i % len(row)] for i in range(body)), *cadence)
        wishes = _wishes(candidate.skeleton, frame, _chords(romans, frame))
        cost = misfit(wishes, frame.key, _where()) + 0.3 * rng.random()
        if best is None or cost < best[0]:
            best = (cost, romans)
    return replace(candidate, romans=best[1] if best else (home,) * phrase.BARS)


def _where() -> Range:
    return Range(centre=CENTRE, low=CENTRE - 14, high=CENTRE + 19)


def _draft(candidate: _Candidate, frame: _Frame, wishes: Sequence[Wish], pitches: tuple[int, ...]) -> Draft:
    tonic = frame.key.tonic
    return Draft(
        pitches=pitches,
        starts=tuple(w.start_beats for w in wishes),
        held=tuple(w.length_beats for w in wishes),
        strengths=tuple(w.strength for w in wishes),
        inside=tuple(p % 12 in w.chord.classes for p, w in zip(pitches, wishes, strict=True)),
        home=tuple(w.chord.root == tonic for w in wishes),
        tonic=tonic,
        minor=frame.key.minor,
        metre=frame.metre,
        bar_beats=frame.beats,
        bars=phrase.BARS,
    )


def _judged(candidate: _Candidate, frame: _Frame, sung: bool) -> _Candidate:
    wishes = _wishes(candidate.skeleton, frame, _chords(candidate.romans, frame))
    pitches = sing(wishes, frame.key, _where(), Memory()) if sung else tuple(w.pitch for w in wishes)
    score = displeasure(_draft(candidate, frame, wishes, pitches), frame.taste, priors()) + 1.2 * candidate.faults
    if not sung:
        score += 0.12 * misfit(wishes, frame.key, _where())
    return replace(candidate, pitches=pitches, score=score)


def _theme(candidate: _Candidate, frame: _Frame, name: str, lead: str) -> Theme:
    starts = [m.bar * frame.beats + m.at_beats for m in candidate.skeleton]
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
        romans=candidate.romans,
        held_beats=tuple(m.length_beats for m in candidate.skeleton),
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
    """The best of ``candidates`` themes that is far enough from ``others``.

    Args:
        source: seed, film and take in one word; another word gives another theme. name: part of it too.
        mood_name, key_name: as in a cue. metre: like "4/4". lead: key of instruments.toml.
    """
    frame = _Frame(row=mood(mood_name), metre=metre, key=parse_key(key_name), closed=name == "main")
    found = []
    for i in range(candidates):
        rng = generator(source, "theme", name, i)
        found.append(_judged(_harmonised(_invented(frame, rng), frame, rng), frame, sung=False))
    found.sort(key=lambda c: c.score)
    finalists = sorted((_judged(c, frame, sung=True) for c in found[:FINALISTS]), key=lambda c: c.score)
    themes = [_theme(c, frame, name, lead) for c in finalists]
    return next(
        (t for t in themes if all(distance(t, o) >= FAR_ENOUGH for o in others)),
        max(themes, key=lambda t: min(distance(t, o) for o in others) if others else 0.0),
    )


def theme_book(plan: CuePlan, take: int = 1) -> tuple[Theme, ...]:
    """All themes of a film. They depend on its identity, seed, home mood, home key, palette and theme names only.

    Args:
        take: another one, 2 and up, gives other themes for the same plan.

    >>> theme_book(plan)[0].id  # doctest: +SKIP
    'main'
    """
    row = mood(plan.home_mood)
    metre = row.tempo.metres[0]
    written: list[Theme] = []
    source = f"{plan.seed}:{getattr(plan, 'identity', '') or plan.film}:{take}"
    for i, name in enumerate(plan.themes or ("main",)):
        players = choose("lead", row, Band(palette=plan.palette))
        lead = players[i % len(players)]
        written.append(write_theme(source, name, plan.home_mood, plan.home_key, metre, lead, tuple(written)))
    return tuple(written)
