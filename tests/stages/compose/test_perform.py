"""How notes are played: expression, velocity, timing, vibrato."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from statistics import fmean, pstdev

import pytest

from autoscore.model.score import CueScore, Note, Part
from autoscore.stages.compose.form.ending import plan_ending
from autoscore.stages.compose.form.phrases import shape
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.perform import dynamics, inflection, play, timing
from autoscore.stages.compose.setting import read_setting
from autoscore.stages.compose.values import Setting, Tone
from autoscore.tables import mood, mood_names, read

MOODS = ("romance", "tense", "comedy", "wonder")


def _setting(case: Callable[..., object], name: str, seconds: float = 60.0, **more: object) -> Setting:
    made = case(name, seconds, **more)
    return read_setting(made.cue, made.tempo)  # type: ignore[attr-defined]


def _tones(*rows: tuple[float, float, int]) -> tuple[Tone, ...]:
    return tuple(
        Tone(start_beats=Fraction(a).limit_denominator(24), length_beats=Fraction(b).limit_denominator(24), pitch=p)
        for a, b, p in rows
    )


def _swelling(score: CueScore) -> list[Part]:
    return [p for p in score.parts if p.role != "hit" and not player(p.instrument).struck]


@pytest.mark.parametrize("name", MOODS)
def test_expression_moves_in_small_steps_while_a_note_sounds(name: str, case: Callable[..., object]) -> None:
    """No event inside a sounding note changes expression by more than 3 units (and rounding)."""
    score: CueScore = case(name, 60.0).score()  # type: ignore[attr-defined]
    for part in _swelling(score):
        curve = [c for c in part.controls if c.kind == "expression"]
        starts = [n.start_beats for n in part.notes]
        for before, event in pairwise(curve):
            index = bisect_right(starts, event.at_beats - Fraction(1, 24)) - 1
            sounding = index >= 0 and part.notes[index].start_beats + part.notes[index].length_beats > event.at_beats
            if sounding:
                assert abs(event.value - before.value) <= 4, (part.id, float(event.at_beats))


def test_a_long_note_swells(case: Callable[..., object]) -> None:
    """A held tone has its loudest moment inside it; its curve moves by 6 units and more."""
    setting = _setting(case, "romance")
    curve = dynamics.expression(setting, shape(setting), plan_ending(setting), _tones((4, 8, 60)))
    values = [c.value for c in curve]
    assert max(values) - min(values) >= 6
    assert 0 < values.index(max(values)) < len(values) - 1


def test_a_pumping_mood_dips_on_every_beat_and_others_never(case: Callable[..., object]) -> None:
    """Held chords of the electronic mood are 6 dB down just after each beat."""
    setting = _setting(case, "electronic")
    assert dynamics.pump(setting, dynamics.PUMP_FALL) == pytest.approx(10 ** (-6 / 40))
    assert dynamics.pump(setting, Fraction(1, 2)) == pytest.approx(1.0)
    calm = _setting(case, "romance")
    assert {dynamics.pump(calm, Fraction(i, 16)) for i in range(16)} == {1.0}


@pytest.mark.parametrize("name", mood_names())
def test_a_mood_names_a_swell_that_there_is(name: str) -> None:
    """The shape of long notes is a row of performance.toml."""
    assert mood(name).playing.swell in read("performance.toml")["swells"]


@pytest.mark.parametrize("name", mood_names())
def test_velocity_lives_and_remembers(name: str, case: Callable[..., object]) -> None:
    """Melodic parts with enough notes spread their velocities; neighbours are alike."""
    score: CueScore = case(name, 90.0).score()  # type: ignore[attr-defined]
    parts = [p for p in score.parts if p.role in ("melody", "motion") and len(p.notes) >= 40]
    for part in parts:
        values = [n.velocity for n in part.notes]
        assert pstdev(values) >= 5.0, part.id
        assert len(set(values)) >= 8, part.id


@pytest.mark.parametrize("name", ["heroic", "pastoral", "noir", "lofi"])
def test_the_ensemble_stays_together(name: str, case: Callable[..., object]) -> None:
    """Attacks written together are played within 60 ms of each other, and players wander by 2 ms and more."""
    score: CueScore = case(name, 90.0).score()  # type: ignore[attr-defined]
    moments: dict[Fraction, list[float]] = {}
    for part in score.parts:
        if part.role == "hit" or player(part.instrument).sigma_ms < 4:
            continue
        first: dict[Fraction, Note] = {}
        for note in part.notes:
            first.setdefault(note.start_beats, note)
        for at, note in first.items():
            moments.setdefault(at, []).append(note.nudge_ms)
        if len(part.notes) >= 24:
            assert pstdev(n.nudge_ms for n in part.notes) >= 2.0, part.id
    assert max(max(v) - min(v) for v in moments.values()) <= 62.0


def test_wandering_is_correlated() -> None:
    """A player's deviation resembles the one before (lag 1 above 0.3) and has about unit variance."""
    drift = timing.Drift(random.Random(5))
    values = [drift.step() for _ in range(3000)]
    mean = fmean(values)
    power = sum((v - mean) ** 2 for v in values)
    assert sum((a - mean) * (b - mean) for a, b in pairwise(values)) / power > 0.3
    assert 0.6 < pstdev(values) < 1.4


def test_swing_moves_what_the_mood_swings(case: Callable[..., object]) -> None:
    """Noir swings its eighths into triplets; lo-fi leaves them and swings its sixteenths; others are straight."""
    noir, lofi, straight = _setting(case, "noir"), _setting(case, "lofi"), _setting(case, "romance")
    beat_ms = 60000.0 / noir.tempo.base_bpm
    assert timing.swing_ms(noir, Fraction(1, 2)) == pytest.approx(beat_ms * (0.667 - 0.5), rel=0.01)
    assert timing.swing_ms(lofi, Fraction(1, 2)) == 0.0
    assert timing.swing_ms(lofi, Fraction(1, 4)) > 10.0
    assert timing.swing_ms(straight, Fraction(1, 2)) == 0.0


def test_rubato_never_moves_a_hit(case: Callable[..., object]) -> None:
    """Everybody lingers at the end of a phrase, but not on a hard hit or in the two beats before it."""
    setting = _setting(case, "romance", 60.0, hits=((16, "hard"),))
    phrases = shape(setting)
    late = phrases[-1].end_beats - Fraction(1, 2)
    assert timing.rubato_ms(setting, phrases, late) > 5.0
    for at in (Fraction(14), Fraction(15), Fraction(31, 2), Fraction(16)):
        assert timing.rubato_ms(setting, phrases, at) == 0.0


def test_vibrato_comes_late_and_on_long_notes_only(case: Callable[..., object]) -> None:
    """A single player's long note begins without vibrato, which grows from 250 ms on; short notes have none."""
    setting = _setting(case, "romance")
    notes = tuple(
        Note(start_beats=t.start_beats, length_beats=t.length_beats, pitch=t.pitch, velocity=80)
        for t in _tones((0, 4, 67), (4, 0.25, 69), (4.25, 0.25, 71))
    )
    controls = inflection.vibrato(setting, player("solo_violin"), notes, random.Random(1))
    rising = [c for c in controls if c.value > 0]
    assert rising
    assert all(c.at_beats == 0 and c.nudge_ms >= 250.0 for c in rising)
    assert [c.value for c in rising] == sorted(c.value for c in rising)
    assert not inflection.vibrato(setting, player("violins1"), notes, random.Random(1))
    assert not inflection.vibrato(setting, player("clarinet"), notes, random.Random(1))


def test_a_repeated_pitch_is_never_twice_alike(case: Callable[..., object]) -> None:
    """A solo player's repeated note differs by a few cents, by strength and by length."""
    setting = _setting(case, "tense")
    who = player("trumpet")
    tones = _tones(*((i / 2, 0.5, 65) for i in range(24)))
    drift = timing.family_drift(setting, who.family)
    notes = play.play(setting, shape(setting), plan_ending(setting), who, "melody", tones, drift, random.Random(3))
    alike = sum(abs(a.velocity - b.velocity) <= 2 and abs(a.release_ms - b.release_ms) < 2 for a, b in pairwise(notes))
    assert alike <= 2
    bends = [c.value for c in inflection.detune(who, notes, random.Random(3)) if c.value]
    assert bends
    assert all(0.03 <= abs(v) <= 0.06 for v in bends)


def test_legato_overlaps_and_repeats_part(case: Callable[..., object]) -> None:
    """Strings hold a note 30-60 ms into the next one, and let go before the same pitch comes again."""
    setting = _setting(case, "romance")
    who = player("solo_violin")
    tones = _tones((4, 2, 67), (6, 2, 69), (8, 2, 69), (10, 2, 71))
    drift = timing.family_drift(setting, who.family)
    notes = play.play(setting, shape(setting), plan_ending(setting), who, "counter", tones, drift, random.Random(3))
    assert 30.0 <= notes[0].release_ms <= 60.0
    assert -40.0 <= notes[1].release_ms <= -20.0


def test_a_hit_is_played_as_written(case: Callable[..., object]) -> None:
    """What belongs to a hit has no deviation of its own, whoever plays it."""
    setting = _setting(case, "romance")
    who = player("harp")
    tones = tuple(replace(t, exact=True, nudge_ms=7.0) for t in _tones((4, 2, 67), (4, 2, 71), (9, 1, 60)))
    drift = timing.family_drift(setting, who.family)
    notes = play.play(setting, shape(setting), plan_ending(setting), who, "colour", tones, drift, random.Random(3))
    assert {n.nudge_ms for n in notes} == {7.0}
