"""Doublings: the same line on a second instrument, at the unison or the octave (craft guide 6.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autoscore.model.score import Role
from autoscore.stages.compose.orchestra.players import Player, player
from autoscore.stages.compose.values import Line, Tone

SOFTER = 4.0
"""A doubling is struck so much softer than what it doubles."""


HIGH = 74
"""A tune whose middle lies above this is filled in below, a lower one is lifted."""


def apart(line: Line, layer: str) -> tuple[int, ...]:
    """Where a doubling of ``line`` is wanted, best first: above a low tune, below a high one; the second doubler
    ("octave") takes the other side, so that a tutti has the tune in three octaves without a hole."""
    high = sum(t.pitch for t in line.tones) >= HIGH * len(line.tones)
    below, above = (-12, -24, 0, 12), (12, 0, -12)
    return below if high == (layer == "doubling") else above


def octave_for(who: Player, tones: Sequence[Tone], wanted: tuple[int, ...]) -> int | None:
    """The first of the ``wanted`` shifts (semitones) that puts most tones into the sweet spot, all into the range."""
    fits = [
        (sum(who.sweet_low <= t.pitch + shift <= who.sweet_high for t in tones), -i, shift)
        for i, shift in enumerate(wanted)
        if all(who.low <= t.pitch + shift <= who.high for t in tones)
    ]
    return max(fits)[2] if fits else None


BASS_TOP = 55
"""A doubled bass stays below the chords."""


def deepened(line: Line, key: str) -> Line | None:
    """The bass on a second instrument: an octave higher where that stays low, else together with the first."""
    who = player(key)
    tones = []
    for t in line.tones:
        pitch = t.pitch + 12 if t.pitch + 12 <= min(BASS_TOP, who.high) else t.pitch
        if who.low <= pitch <= who.high:
            tones.append(replace(t, pitch=pitch, stress=t.stress - SOFTER))
    return Line(role="bass", name="bass_doubling", tones=tuple(tones), instrument=key) if tones else None


def doubled(line: Line, key: str, wanted: tuple[int, ...], *, role: Role, name: str) -> Line | None:
    """``line`` on the instrument ``key``, shifted by one of the ``wanted`` intervals; None where none fits."""
    who = player(key)
    shift = octave_for(who, line.tones, wanted)
    if shift is None or not line.tones:
        return None
    tones = tuple(replace(t, pitch=t.pitch + shift, stress=t.stress - SOFTER) for t in line.tones)
    return Line(role=role, name=name, tones=tones, instrument=key)
