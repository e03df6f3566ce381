"""Doublings: the same line on a second instrument, at the unison or the octave (craft guide 6.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autoscore.stages.compose.orchestra.players import Player, player
from autoscore.stages.compose.values import Line, Role, Tone

SOFTER = 4.0
"""A doubling is struck so much softer than what it doubles."""


def octave_for(who: Player, tones: Sequence[Tone], wanted: tuple[int, ...]) -> int | None:
    """The first of the ``wanted`` shifts (semitones) that puts most tones into the sweet spot, all into the range."""
    fits = [
        (sum(who.sweet_low <= t.pitch + shift <= who.sweet_high for t in tones), -i, shift)
        for i, shift in enumerate(wanted)
        if all(who.low <= t.pitch + shift <= who.high for t in tones)
    ]
    return max(fits)[2] if fits else None


def doubled(line: Line, key: str, wanted: tuple[int, ...], *, role: Role, name: str) -> Line | None:
    """``line`` on the instrument ``key``, shifted by one of the ``wanted`` intervals; None where none fits."""
    who = player(key)
    shift = octave_for(who, line.tones, wanted)
    if shift is None or not line.tones:
        return None
    tones = tuple(replace(t, pitch=t.pitch + shift, stress=t.stress - SOFTER) for t in line.tones)
    return Line(role=role, name=name, tones=tones, instrument=key)
