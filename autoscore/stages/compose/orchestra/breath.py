"""Breath: who blows needs air (craft guide 9.18)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from autoscore.stages.compose.orchestra.players import Player
from autoscore.stages.compose.values import Setting, Tone

BLOWN = ("winds", "brass", "saxophones")
LONGEST_S = 6.5
"""After so long a breath is taken at the end of a tone; alone no tone is longer."""
BREATH_S = 0.3
SHORTEST = Fraction(1, 8)


def breathed(setting: Setting, who: Player, tones: tuple[Tone, ...]) -> tuple[Tone, ...]:
    """The tones of a blown instrument with a gap at least every 6.5 s or at the end of a tone longer than that; other
    players' as they are. ``tones`` in order of time, one at a time."""
    if who.family not in BLOWN or who.polyphonic:
        return tones
    kept: list[Tone] = []
    since_s = 0.0
    for i, tone in enumerate(tones):
        start_s, end_s = setting.tempo.seconds_at(tone.start_beats), setting.tempo.seconds_at(tone.end_beats)
        before = kept[-1] if kept else None
        gap_s = start_s - setting.tempo.seconds_at(before.end_beats) if before else BREATH_S
        if gap_s >= BREATH_S / 2:
            since_s = start_s
        after = tones[i + 1] if i + 1 < len(tones) else None
        next_s = setting.tempo.seconds_at(after.end_beats) if after else end_s
        joined = after is not None and after.start_beats - tone.end_beats < setting.beats_for(
            BREATH_S / 2, after.start_beats
        )
        if joined and next_s - since_s > LONGEST_S:
            breath = min(setting.beats_for(BREATH_S, tone.end_beats), tone.length_beats / 2)
            if tone.length_beats - breath >= SHORTEST:
                tone = replace(tone, length_beats=tone.length_beats - breath)
        kept.append(tone)
    return tuple(kept)
