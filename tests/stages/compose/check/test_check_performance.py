"""Faults 1 to 6: each measure on a part that has the fault and on one that has not."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from autoscore.stages.compose.check import performance as p


def test_fast_repeats_alike_are_a_machine_gun(hear: Callable, play: Callable, tone: Callable) -> None:
    """Sixteenths on one pitch with one velocity and length all count; varied strokes do not; slow ones are free."""
    alike = [tone(i / 4, 0.2, 60) for i in range(16)]
    varied = [tone(i / 4, 0.2, 60, 70 + 8 * (i % 2)) for i in range(16)]
    assert p.machine_gun(hear(play("motion", "violins1", alike))) == 1.0
    assert p.machine_gun(hear(play("motion", "violins1", varied))) == 0.0
    assert p.machine_gun(hear(play("motion", "violins1", [tone(i, 0.9, 60) for i in range(16)]))) is None


def test_velocity_spread_and_values(hear: Callable, play: Callable, tone: Callable) -> None:
    """One velocity throughout has no spread and one value; a ramp of 40 steps has both."""
    flat = hear(play("melody", "flute", [tone(i / 2, 0.5, 72) for i in range(48)]))
    ramp = hear(play("melody", "flute", [tone(i / 2, 0.5, 72, 60 + i % 40) for i in range(48)]))
    assert p.velocity_spread(flat) == 0.0
    assert p.velocity_values(flat) == 1.0
    assert p.velocity_spread(ramp) > 7
    assert p.velocity_values(ramp) == 40.0


def test_velocity_memory_tells_waves_from_noise(hear: Callable, play: Callable, tone: Callable) -> None:
    """Slow waves of velocity remember the note before, white noise does not; the accents of the bar do not matter."""
    rng = random.Random(3)
    accent = [12, 0, 6, 0]
    wave = [tone(i, 1, 72, 80 + round(10 * math.sin(i / 3)) + accent[i % 4]) for i in range(64)]
    noise = [tone(i, 1, 72, 80 + rng.randint(-10, 10) + accent[i % 4]) for i in range(64)]
    assert p.velocity_memory(hear(play("melody", "flute", wave))) > 0.6
    assert abs(p.velocity_memory(hear(play("melody", "flute", noise)))) < 0.2


def test_long_notes_without_a_swell_are_dead(hear: Callable, play: Callable) -> None:
    """Whole notes under a constant expression are dead, under a swell alive; struck instruments are not asked."""
    rows = [(4 * i, 4, 60) for i in range(8)]
    swell = [(i / 2, 60 + 4 * (i % 8)) for i in range(64)]
    assert p.dead_long_notes(hear(play("pad", "strings", rows, curve=[(0, 80)]))) == 1.0
    assert p.dead_long_notes(hear(play("pad", "strings", rows))) == 1.0
    assert p.dead_long_notes(hear(play("pad", "strings", rows, curve=swell))) == 0.0
    assert p.dead_long_notes(hear(play("pad", "piano", rows))) is None


def test_a_curve_in_large_steps_is_coarse(hear: Callable, play: Callable) -> None:
    """Steps of 2 units are fine, steps of 6 are coarse."""
    rows = [(4 * i, 4, 60) for i in range(16)]
    fine = [(i / 4, 60 + 2 * (i % 20)) for i in range(240)]
    coarse = [(i / 4, 60 + 6 * (i % 10)) for i in range(240)]
    assert p.coarse_expression(hear(play("pad", "strings", rows, curve=fine))) < 0.1
    assert p.coarse_expression(hear(play("pad", "strings", rows, curve=coarse))) == 1.0


def _late(kind: str) -> list[float]:
    rng, value, found = random.Random(5), 0.0, []
    for _ in range(96):
        value = 0.8 * value + 0.6 * rng.gauss(0, 10) if kind == "player" else rng.gauss(0, 10)
        found.append(0.0 if kind == "grid" else value)
    return found


def test_timing_of_a_grid_of_noise_and_of_a_player(hear: Callable, play: Callable, tone: Callable) -> None:
    """The grid has no spread; white noise spreads but has no memory; a player has both."""
    spread, memory = {}, {}
    for kind in ("grid", "noise", "player"):
        notes = [tone(i / 2, 0.5, 72, 80, late) for i, late in enumerate(_late(kind))]
        heard = hear(play("melody", "violins1", notes))
        spread[kind], memory[kind] = p.timing_spread(heard), p.timing_memory(heard)
    assert spread["grid"] == 0.0
    assert memory["grid"] == 0.0
    assert 7 < spread["noise"] < 13
    assert memory["noise"] < 0.3
    assert 4 < spread["player"] < 18
    assert memory["player"] > 0.5


def test_swing_is_no_deviation(hear: Callable, play: Callable, tone: Callable) -> None:
    """Off-beats that are all late by the same are still on the grid."""
    notes = [tone(i / 2, 0.5, 72, 80, 60.0 * (i % 2)) for i in range(96)]
    assert p.timing_spread(hear(play("melody", "violins1", notes))) == pytest.approx(0.0, abs=1e-6)


def test_machines_may_play_on_the_grid(hear: Callable, play: Callable, tone: Callable) -> None:
    """A synthesiser's timing is not judged."""
    notes = [tone(i / 2, 0.5, 72) for i in range(96)]
    assert p.timing_spread(hear(play("melody", "saw_lead", notes))) is None


def test_an_ensemble_is_together_or_not(hear: Callable, play: Callable, tone: Callable) -> None:
    """Two parts always 10 ms apart are together; one chord 90 ms apart is the worst moment."""
    first = play("melody", "flute", [tone(i, 1, 72) for i in range(16)])
    second = play("counter", "oboe", [tone(i, 1, 67, 80, 10.0) for i in range(16)])
    heard = hear(first, second)
    assert p.ensemble_spread(heard) == pytest.approx(10.0)
    assert p.ensemble_worst(heard) == pytest.approx(10.0)
    late = replace(second.notes[3], nudge_ms=90.0)
    sloppy = replace(second, notes=(*second.notes[:3], late, *second.notes[4:]))
    assert p.ensemble_worst(hear(first, sloppy)) == pytest.approx(90.0)


def test_a_hit_off_its_picture(hear: Callable, play: Callable, tone: Callable) -> None:
    """The distance of the stroke from the picture's moment, in ms; no hit, no value."""
    stab = play("hit", "horn", [tone(8, 1, 60, 115)])
    assert p.hit_spread(hear(stab, hits=[(8, stab.id, 0.0)])) == pytest.approx(0.0, abs=1e-6)
    assert p.hit_spread(hear(stab, hits=[(8, stab.id, 0.05)])) == pytest.approx(50.0)
    assert p.hit_spread(hear(stab)) is None
