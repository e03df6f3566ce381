"""From a cue and its tempo to the ``Setting`` that every later step reads: times become beats here and nowhere else."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from fractions import Fraction

from autoscore.model.cues import Cue
from autoscore.model.tempo import Bar, CueTempo
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.values import Setting, Strike
from autoscore.tables import mood

SMOOTHING_BARS = 1
"""The plan's intensity is averaged over this many bars on either side: layers answer phrases, not frames."""
_TICK = 24


def _bars(tempo: CueTempo, end_beats: Fraction) -> tuple[Bar, ...]:
    """Bars that start before the end, the last one cut or stretched to it, so that no bar is empty or too short."""
    kept = [bar for bar in tempo.bars if bar.start_beats < end_beats]
    if not kept:
        return (Bar(number=1, start_beats=Fraction(0), numerator=4, denominator=4),)
    return tuple(kept)


def _at(tempo: CueTempo, time_s: float) -> Fraction:
    return Fraction(math.floor(tempo.beats_at(time_s) * _TICK + 0.5), _TICK)


def _strikes(cue: Cue, tempo: CueTempo, end_beats: Fraction) -> tuple[Strike, ...]:
    anchored = {a.hit_id: a.beats for a in tempo.anchors if a.hit_id}
    found: list[Strike] = []
    for hit in cue.hits:
        if hit.klass == "ignored" or not cue.start_s - 1e-3 <= hit.time_s <= cue.end_s + 1e-3:
            continue
        klass = "soft" if hit.id in tempo.demoted and hit.klass == "hard" else hit.klass
        at_beats = anchored.get(hit.id)
        nudge_ms = 0.0
        if at_beats is None:
            near = Fraction(math.floor(tempo.beats_at(hit.time_s) * 4 + 0.5), 4)
            at_beats = max(Fraction(0), near)
            if klass == "hard":
                nudge_ms = 1000.0 * (hit.time_s - tempo.seconds_at(at_beats))
        if at_beats > end_beats:
            continue
        found.append(
            Strike(
                id=hit.id,
                at_beats=at_beats,
                time_s=hit.time_s,
                klass=klass,
                weight=hit.weight,
                device=hit.device,
                nudge_ms=round(nudge_ms, 3),
            )
        )
    return tuple(sorted(found, key=lambda s: (s.at_beats, s.id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked(CueTempo):
    """A tempo that remembers the beats it was asked for: every line of a cue asks for the same ones."""

    known_s: dict[tuple[int, int], float] = field(default_factory=dict, repr=False, compare=False)

    def seconds_at(self, beats: Fraction | float) -> float:
        if isinstance(beats, float):
            return CueTempo.seconds_at(self, beats)
        key = beats.as_integer_ratio()  # hashing a Fraction takes longer
        found = self.known_s.get(key)
        if found is None:
            found = self.known_s[key] = CueTempo.seconds_at(self, beats)
        return found


def read_setting(cue: Cue, tempo: CueTempo) -> Setting:
    """The setting of ``cue`` on the bars of ``tempo``.

    Raises:
        KeyError: the cue's mood is not in tables/moods.
        ValueError: its key is not a key.
    """
    tempo = _Asked(**{each.name: getattr(tempo, each.name) for each in fields(tempo)})
    end_beats = min(tempo.length_beats, max(Fraction(1), _at(tempo, cue.end_s)))
    bars = _bars(tempo, end_beats)
    raw = [
        sum(
            cue.intensity_at(tempo.seconds_at(float(bar.start_beats) + float(bar.length_beats) * share))
            for share in (0.15, 0.5, 0.85)
        )
        / 3
        for bar in bars
    ]
    smooth = []
    for i in range(len(raw)):
        window = raw[max(0, i - SMOOTHING_BARS) : i + SMOOTHING_BARS + 1]
        smooth.append(round(0.5 * raw[i] + 0.5 * sum(window) / len(window), 6))
    speech = tuple(
        (_at(tempo, span.start_s - 0.3), _at(tempo, span.end_s + 0.2))
        for span in cue.speech
        if span.end_s > cue.start_s and span.start_s < cue.end_s
    )
    return Setting(
        cue=cue,
        tempo=tempo,
        mood=mood(cue.mood),
        key=parse_key(cue.key),
        bars=bars,
        end_beats=end_beats,
        intensities=tuple(smooth),
        middles=tuple(float(b.start_beats + b.length_beats / 2) for b in bars),
        strikes=_strikes(cue, tempo, end_beats),
        speech=speech,
    )
