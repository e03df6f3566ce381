"""How hard notes are struck: dynamics, metre, phrase, contour and a hand that wanders (craft guide 6.6)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from autoscore.model.tempo import beat_strength
from autoscore.stages.compose.orchestra.players import Player
from autoscore.stages.compose.perform.dynamics import Edges, level, phrase_arch, smooth_intensity
from autoscore.stages.compose.values import Phrase, Setting, Tone
from autoscore.tables import read


def rules() -> dict[str, Any]:
    """Section [velocity] of performance.toml."""
    table: dict[str, Any] = read("performance.toml")["velocity"]
    return table


def strength(setting: Setting, at_beats: Fraction) -> int:
    """How strong the place in its bar is, as ``beat_strength`` has it."""
    bar = setting.bars[setting.bar_index(at_beats)]
    return beat_strength(at_beats - bar.start_beats, bar.metre)


def base(setting: Setting, edges: Edges, who: Player, role: str, tone: Tone) -> float:
    """Velocity of the dynamics alone; what belongs to a hit has its recipe's own."""
    table = rules()
    kind = "hit" if role == "hit" or tone.exact else role if role == "percussion" else "struck" if who.struck else ""
    row = table[kind or "swelling"]
    if not row["span"]:
        return float(row["base"])
    share = level(setting, smooth_intensity(setting, tone.start_beats)) / 127.0
    edge = edges.gain(tone.start_beats) if kind else 1.0
    return float(row["base"] + row["span"] * share) * (0.25 + 0.75 * edge)


def middle_pitch(tones: tuple[Tone, ...]) -> float:
    """The part's middle: around it the contour of a line shades its dynamics."""
    return sum(t.pitch for t in tones) / len(tones)


def shaped(setting: Setting, phrases: tuple[Phrase, ...], role: str, tone: Tone, middle: float, wander: float) -> float:
    """What metre, phrase, contour, the line's own stress and the hand add to the velocity of a note that belongs to no
    hit. Drums keep their strokes as they are; for others great sums are rounded off."""
    table = rules()
    metre = float(table["metre"][strength(setting, tone.start_beats)])
    found = metre * (float(table["percussion_metre"]) if role == "percussion" else 1.0)
    found += float(table["arch"]) * (phrase_arch(phrases, tone.start_beats) - 0.5)
    if role != "percussion":
        most = float(table["most_contour"])
        found += max(-most, min(most, float(table["contour"]) * (tone.pitch - middle)))
    found += float(table["wander"]) * wander + tone.stress
    most = float(table["most"])
    return found if role == "percussion" else most * math.tanh(found / most)
