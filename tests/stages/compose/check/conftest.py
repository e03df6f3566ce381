"""Tiny hand-made scores in C major at 60 bpm, so that a beat is a second: what the checks are tried on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise

import pytest

from autoscore.model.cues import Cue, CueHit, DynamicPoint, ThemeUse
from autoscore.model.score import ChordSymbol, Control, CueScore, Note, Part, PlayedHit, Section, Theme
from autoscore.model.tempo import Anchor, Bar, CueTempo, TempoSegment
from autoscore.stages.compose.check.hearing import Hearing, listen
from autoscore.stages.compose.orchestra.players import player

Row = tuple[float, float, int]


def note(
    start: float, length: float, pitch: int, velocity: int = 80, late_ms: float = 0.0, release_ms: float = 0.0
) -> Note:
    return Note(
        start_beats=Fraction(start).limit_denominator(96), length_beats=Fraction(length).limit_denominator(96),
        pitch=pitch, velocity=velocity, nudge_ms=late_ms, release_ms=release_ms,
    )  # fmt: skip


def part(
    role: str,
    instrument: str,
    rows: Iterable[Row | Note],
    *,
    name: str = "",
    curve: Iterable[tuple[float, float]] = (),
) -> Part:
    """A part of (start, length, pitch) rows or notes; ``curve`` is its expression by beat."""
    notes = tuple(row if isinstance(row, Note) else note(*row) for row in rows)
    controls = tuple(
        Control(at_beats=Fraction(at).limit_denominator(96), kind="expression", value=v) for at, v in curve
    )
    return Part(
        id=f"{role}_{instrument}{name}", name=name or f"{'Melody' if role == 'melody' else role.title()} {instrument}",
        instrument=instrument, group=player(instrument).group, role=role, notes=notes, controls=controls,  # type: ignore[arg-type]
    )  # fmt: skip


def made(
    *parts: Part,
    bars: int = 16,
    mood: str = "heroic",
    key: str = "C major",
    chords: Iterable[tuple[float, str, tuple[int, ...]]] = (),
    intensity: tuple[float, ...] = (),
    sections: Iterable[int] = (),
    hits: Iterable[tuple[float, str, float]] = (),
    metres: dict[int, str] | None = None,
    segments: tuple[TempoSegment, ...] = (),
    themes: tuple[Theme, ...] = (),
    treatment: str = "full",
) -> Hearing:
    """The hearing of ``parts`` in 4/4 (``metres`` by bar from 0), a beat a second; ``chords`` are (beat, roman, pitch
    classes), each until the next; ``sections`` are their first bars; ``hits`` are (beat, part id, late by s)."""
    rows, at = [], Fraction(0)
    for number in range(bars):
        numerator, denominator = (int(n) for n in (metres or {}).get(number, "4/4").split("/"))
        rows.append(Bar(number=number + 1, start_beats=at, numerator=numerator, denominator=denominator))
        at += rows[-1].length_beats
    one = TempoSegment(start_beats=Fraction(0), end_beats=at, start_bpm=60.0, end_bpm=60.0, start_s=0.0)
    struck = list(hits)
    anchors = tuple(
        Anchor(beats=Fraction(b), time_s=b + late, kind="hard", hit_id=f"h{i}") for i, (b, _, late) in enumerate(struck)
    )
    tempo = CueTempo(
        cue_id="1M1", start_s=0.0, end_s=float(at), base_bpm=60.0, bars=tuple(rows), segments=segments or (one,),
        anchors=anchors,
    )  # fmt: skip
    cue = Cue(
        start_s=0.0, end_s=float(at), id="1M1", title="", in_type="hard", out_type="ring", mood=mood, valence=0.0,
        arousal=0.5, key=key, tempo_bpm=60.0, metre="4/4", palette="orchestral",
        theme=ThemeUse(theme="main", treatment=treatment),  # type: ignore[arg-type]
        dynamics=tuple(
            DynamicPoint(time_s=float(at) * i / max(1, len(intensity) - 1), intensity=value)
            for i, value in enumerate(intensity)
        ),
        hits=tuple(CueHit(id=f"h{i}", frame=0, time_s=b + late, klass="hard", weight=1.0)
                   for i, (b, _, late) in enumerate(struck)),
    )  # fmt: skip
    written = list(chords)
    ends = [*(start for start, _, _ in written[1:]), float(at)]
    placed = tuple(
        ChordSymbol(
            start_beats=Fraction(start), length_beats=Fraction(end) - Fraction(start), roman=roman,
            pitch_classes=classes, bass=classes[0],
        )
        for (start, roman, classes), end in zip(written, ends, strict=False)
    )  # fmt: skip
    edges = [rows[b].start_beats for b in sections] + [at]
    score = CueScore(
        cue_id="1M1", title="", key=key, parts=parts, chords=placed,
        sections=tuple(Section(start_beats=a, end_beats=b, function="A", intensity=0.5)
                       for a, b in pairwise(edges)),
        hits=tuple(PlayedHit(hit_id=f"h{i}", time_s=b + late, at_beats=Fraction(b), device="stab", parts=(who,))
                   for i, (b, who, late) in enumerate(struck)),
    )  # fmt: skip
    return listen(cue, tempo, score, themes)


@pytest.fixture
def hear() -> Callable[..., Hearing]:
    return made


@pytest.fixture
def play() -> Callable[..., Part]:
    return part


@pytest.fixture
def tone() -> Callable[..., Note]:
    return note
