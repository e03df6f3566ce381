"""The theme book of a film: candidates for every theme, ranked by the critic (craft guide 4.1, 4.2, 4.5)."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

from autoscore.model.cues import CuePlan
from autoscore.model.score import Theme
from autoscore.model.tempo import pulse_beats
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.harmony.progressions import build, rows_in
from autoscore.stages.compose.lines.fit import Wish, fit
from autoscore.stages.compose.orchestra.players import Band, choose
from autoscore.stages.compose.themes import motif, phrase
from autoscore.stages.compose.themes.critic import displeasure
from autoscore.stages.compose.themes.skeleton import Skeleton, bar_beats, edit_distance
from autoscore.stages.compose.values import Key, generator
from autoscore.tables import Mood, mood, priors

CANDIDATES = 64
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


def _skeleton(mood_row: Mood, metre: str, key: Key, rng: random.Random, closed: bool) -> tuple[Skeleton, int, int]:
    """A phrase skeleton, the number of notes of its cell and of its motif."""
    table = priors()
    melody = mood_row.melody
    idea: Skeleton = ()
    for _ in range(40):
        idea = motif.make_idea(melody, metre, key.scale, rng, table)
        if not motif.faults(idea, key.scale):
            break
    other = motif.make_idea(melody, metre, key.scale, rng, table)
    beats = bar_beats(metre)
    kind = rng.choices(("sentence", "period", "film"), weights=motif.style(melody.style)["phrases"])[0]
    if kind == "sentence":
        whole = phrase.sentence(idea, beats, rng, closed)
    elif kind == "period":
        whole = phrase.period(idea, other, beats, rng, closed)
    else:
        whole = phrase.film(idea, other, beats, rng)
    cell = max(2, sum(m.bar == 0 for m in idea))
    return whole, min(cell, 4), len(idea)


def _realise(
    skeleton: Skeleton, mood_row: Mood, metre: str, key: Key, rng: random.Random
) -> tuple[list[Wish], tuple[int, ...]]:
    """Pitches of a skeleton over one of the mood's progressions, a chord a bar."""
    beats = bar_beats(metre)
    progression = rng.choice(rows_in(key, mood_row.harmony.progressions))
    chords = [build(progression[i % len(progression)], key, i * beats, beats) for i in range(phrase.BARS)]
    wishes = [
        Wish(
            start_beats=m.bar * beats + m.at_beats,
            length_beats=m.length_beats,
            pitch=key.pitch(m.step, CENTRE),
            strength=strength(m.at_beats, metre),
            chord=chords[min(m.bar, phrase.BARS - 1)],
            mark=m.mark,
        )
        for m in skeleton
    ]
    return wishes, fit(wishes, key, CENTRE - 12, CENTRE + 17)


def _candidate(
    mood_row: Mood, metre: str, key: Key, rng: random.Random, closed: bool, name: str, lead: str
) -> tuple[float, Theme]:
    skeleton, cell, notes = _skeleton(mood_row, metre, key, rng, closed)
    wishes, pitches = _realise(skeleton, mood_row, metre, key, rng)
    starts = [w.start_beats for w in wishes]
    end = phrase.BARS * bar_beats(metre)
    durations = tuple(b - a for a, b in pairwise([*starts, end]))
    score = displeasure(
        pitches,
        starts,
        durations,
        [w.strength for w in wishes],
        key.tonic,
        key.minor,
        max(0.0, motif.style(mood_row.melody.style)["leap"]),
        priors(),
    )
    score += 0.8 * len(motif.faults(skeleton[:notes], key.scale))
    if starts[0] != 0:
        durations = (durations[0] + starts[0], *durations[1:])
    tonic = key.pitch(0, CENTRE)
    return score, Theme(
        id=name,
        metre=metre,
        mode=key.mode,
        degrees=tuple(p - tonic for p in pitches),
        durations_beats=durations,
        cell_notes=cell,
        motif_notes=notes,
        instrument=lead,
        score=round(-score, 4),
    )


def _intervals(theme: Theme) -> list[int]:
    return [b - a for a, b in pairwise(theme.degrees[: theme.motif_notes])]


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
    row, key = mood(mood_name), parse_key(key_name)
    found = [
        _candidate(row, metre, key, generator(source, "theme", name, i), name == "main", name, lead)
        for i in range(candidates)
    ]
    ranked = sorted(found, key=lambda pair: pair[0])
    for _, theme in ranked:
        if all(edit_distance(_intervals(theme), _intervals(o)) >= FAR_ENOUGH for o in others):
            return theme
    return ranked[0][1]


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
    identity = getattr(plan, "identity", "") or plan.film
    for i, name in enumerate(plan.themes or ("main",)):
        players = choose("lead", row, Band(palette=plan.palette))
        lead = players[i % len(players)]
        written.append(write_theme(f"{plan.seed}:{identity}:{take}", name, plan.home_mood, plan.home_key, metre, lead, tuple(written)))
    return tuple(written)
