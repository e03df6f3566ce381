"""Small cues with a constant tempo, made by hand: what the composer's tests are played on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import pytest

from autoscore.model.cues import Cue, CueHit, DynamicPoint, ThemeUse
from autoscore.model.score import CueScore, Theme
from autoscore.model.tempo import Anchor, Bar, CueTempo, TempoSegment, pulse_beats
from autoscore.model.time import Span
from autoscore.stages.compose import compose_cue
from autoscore.stages.compose.themes.book import write_theme
from autoscore.tables import mood

START_S = 10.0


@dataclass(frozen=True)
class Case:
    """A cue with its tempo, theme and score."""

    cue: Cue
    tempo: CueTempo
    themes: tuple[Theme, ...]

    def score(self) -> CueScore:
        return compose_cue(self.cue, self.tempo, self.themes)


def build_case(
    mood_name: str,
    seconds: float = 40.0,
    *,
    seed: int = 1,
    metre: str | None = None,
    hits: tuple[tuple[Fraction | int, str], ...] = (),
    in_type: str = "hard",
    out_type: str = "ring",
    treatment: str = "full",
    key: str | None = None,
    intensities: tuple[float, ...] = (0.25, 0.45, 0.6, 0.9, 0.5, 0.2),
    speech: tuple[tuple[float, float], ...] = (),
    sections: tuple[float, ...] = (),
    without: tuple[str, ...] = (),
) -> Case:
    """A cue of ``seconds`` in ``mood_name``; ``hits`` are (beat, class), hard ones anchored; ``speech`` and
    ``sections`` are shares of the cue."""
    row = mood(mood_name)
    metre = metre or row.tempo.metres[0]
    wanted = row.tempo.prefer_bpm * float(pulse_beats(metre))
    beats = Fraction(max(1, round(seconds * wanted / 30)), 2)
    bpm = 60 * float(beats) / seconds
    numerator, denominator = (int(part) for part in metre.split("/"))
    length = Fraction(4 * numerator, denominator)
    bars = []
    while len(bars) * length < beats:
        bars.append(
            Bar(number=len(bars) + 1, start_beats=len(bars) * length, numerator=numerator, denominator=denominator)
        )
    segment = TempoSegment(start_beats=Fraction(0), end_beats=beats, start_bpm=bpm, end_bpm=bpm, start_s=START_S)
    marks, anchors = [], [Anchor(beats=Fraction(0), time_s=START_S, kind="start")]
    for i, (at, klass) in enumerate(hits):
        time_s = START_S + 60 * float(at) / bpm
        marks.append(CueHit(id=f"h{i}", frame=int(time_s * 24), time_s=time_s, klass=klass, weight=0.9))
        if klass == "hard":
            anchors.append(Anchor(beats=Fraction(at), time_s=time_s, kind="hard", hit_id=f"h{i}"))
    cue = Cue(
        start_s=START_S,
        end_s=START_S + seconds,
        id="1M1",
        title="Test",
        in_type=in_type,
        out_type=out_type,
        mood=mood_name,
        valence=row.valence,
        arousal=row.arousal,
        key=key or f"D {row.harmony.modes[0]}",
        tempo_bpm=row.tempo.prefer_bpm,
        metre=metre,
        palette=row.palette,
        theme=ThemeUse(theme="main", treatment=treatment),
        dynamics=tuple(
            DynamicPoint(time_s=START_S + seconds * i / max(1, len(intensities) - 1), intensity=value)
            for i, value in enumerate(intensities)
        ),
        hits=tuple(marks),
        sections_s=tuple(START_S + seconds * share for share in sections),
        speech=tuple(Span(start_s=START_S + seconds * a, end_s=START_S + seconds * b) for a, b in speech),
        seed=seed,
        without=without,
    )
    tempo = CueTempo(
        cue_id="1M1",
        start_s=START_S,
        end_s=START_S + seconds,
        base_bpm=bpm,
        bars=tuple(bars),
        segments=(segment,),
        anchors=tuple(anchors),
    )
    theme = write_theme(seed, "main", mood_name, cue.key, row.tempo.metres[0], row.texture.lead[0], candidates=6)
    return Case(cue=cue, tempo=tempo, themes=(theme,))


@pytest.fixture(scope="session")
def case() -> Callable[..., Case]:
    return build_case
