"""How one stroke of a recipe (transitions.toml) becomes tones around a hit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from autoscore.stages.compose.lines.fit import chord_scale
from autoscore.stages.compose.lines.percussion import sound
from autoscore.stages.compose.orchestra.players import Player
from autoscore.stages.compose.values import Chord, Setting, Strike, Tone

GAP_S = 0.26
"""Nothing is attacked for so long before a hard hit: the ear and the measurement then hear one onset."""
EIGHTH = Fraction(1, 2)
MOST_PICKUP = 4
"""Notes of the longest pickup (craft guide 1.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One stroke to be written: the recipe's row, who plays, the strike, the chord on it and the one before, how
    strong (0..1)."""

    row: dict[str, Any]
    who: Player
    strike: Strike
    chord: Chord
    before: Chord
    force: float


def _beats(setting: Setting, strike: Strike, seconds: float) -> Fraction:
    return max(Fraction(1, 24), setting.beats_for(seconds, strike.at_beats))


def _length(setting: Setting, blow: Blow, seconds: float) -> Fraction:
    """Length of a sound on the hit, not past the cue's end."""
    now = setting.tempo.seconds_at(blow.strike.at_beats)
    wanted = Fraction(setting.tempo.beats_at(now + seconds)).limit_denominator(24) - blow.strike.at_beats
    room = setting.end_beats - blow.strike.at_beats
    return max(Fraction(1, 8), min(wanted, room) if room > 0 else Fraction(1, 8))


def near_pitch(pitch_class: int, near: int, low: int, high: int) -> int:
    """The pitch of that class nearest ``near`` within the range."""
    pool = [p for p in range(low, high + 1) if p % 12 == pitch_class] or [low]
    return min(pool, key=lambda p: (abs(p - near), p))


def _pitch(blow: Blow) -> int:
    wanted = blow.row.get("pitch", "root")
    who, near = blow.who, int(blow.row.get("near", 48))
    if isinstance(wanted, int):
        return wanted
    if wanted in ("root", "fifth"):
        pitch_class = blow.chord.root if wanted == "root" else (blow.chord.root + 7) % 12
        return near_pitch(pitch_class, near, who.low, who.high)
    found = sound(wanted, (who.key,))
    return found[1] if found else near_pitch(blow.chord.root, near, who.low, who.high)


def _velocity(blow: Blow, share: float = 1.0) -> float:
    """Recipes give velocities; a Tone carries stress above 80."""
    return float(blow.row["velocity"]) * (0.82 + 0.18 * blow.force) * share - 80.0


def _tone(blow: Blow, start: Fraction, length: Fraction, pitch: int, stress: float, exact: bool = True) -> Tone:
    return Tone(
        start_beats=start,
        length_beats=length,
        pitch=pitch,
        stress=stress,
        exact=exact,
        nudge_ms=blow.strike.nudge_ms,
        mark="accent" if exact and stress > 20 else "",
    )


def attack(setting: Setting, blow: Blow) -> list[Tone]:
    """One stroke exactly on the hit."""
    length = _length(setting, blow, float(blow.row["length_s"]))
    return [_tone(blow, blow.strike.at_beats, length, _pitch(blow), _velocity(blow))]


def chord(setting: Setting, blow: Blow) -> list[Tone]:
    """The chord on the hit; ``power`` leaves its third out, ``cluster`` packs it into semitones."""
    row, who = blow.row, blow.who
    length = _length(setting, blow, float(row["length_s"]))
    near, count = int(row.get("near", 58)), int(row.get("notes", 3))
    low = near_pitch(blow.chord.root, near, who.low, max(who.low, who.high - 12))
    if row.get("cluster"):
        pitches = [low, low + 1, low + 6, low + 13][:count]
    elif row.get("power"):
        pitches = [low, low + 7, low + 12][:count]
    else:
        pitches = [p for p in range(low, low + 25) if p % 12 in blow.chord.classes[:3]][:count]
    kept = [p for p in pitches if who.low <= p <= who.high][: count if who.polyphonic else 1]
    return [_tone(blow, blow.strike.at_beats, length, p, _velocity(blow)) for p in kept]


def peak(setting: Setting, blow: Blow) -> list[Tone]:
    """A swell that the renderer starts early so that it peaks on the hit."""
    length = _length(setting, blow, float(blow.row["length_s"]))
    tone = _tone(blow, blow.strike.at_beats, length, int(blow.row["pitch"]), _velocity(blow))
    return [
        Tone(
            start_beats=tone.start_beats,
            length_beats=tone.length_beats,
            pitch=tone.pitch,
            stress=tone.stress,
            anchor="peak",
            exact=True,
            nudge_ms=tone.nudge_ms,
        )
    ]


def roll(setting: Setting, blow: Blow) -> list[Tone]:
    """Ever louder strokes up to a breath before the hit."""
    row, at = blow.row, blow.strike.at_beats
    lead, gap = _beats(setting, blow.strike, float(row["lead_s"])), _beats(setting, blow.strike, GAP_S)
    start = at - lead
    if start < 0 or lead <= gap:
        return []
    span_s = setting.tempo.seconds_at(at - gap) - setting.tempo.seconds_at(start)
    count = max(3, int(span_s * float(row["per_s"])))
    step = (lead - gap) / count
    low, high = float(row["from_velocity"]), float(row["velocity"]) * (0.8 + 0.2 * blow.force)
    pitch = _pitch(blow)
    return [
        _tone(
            blow,
            start + i * step,
            step,
            pitch,
            low * (high / low) ** (i / (count - 1)) - 80.0 + (3 if i % 2 else 0),
            False,
        )
        for i in range(count)
    ]


def run(setting: Setting, blow: Blow) -> list[Tone]:
    """A scale that rushes up to the hit and ends a step below its goal."""
    row, at, who = blow.row, blow.strike.at_beats, blow.who
    lead, gap = _beats(setting, blow.strike, float(row["lead_s"])), _beats(setting, blow.strike, GAP_S)
    if at - lead < 0 or lead <= gap:
        return []
    classes = chord_scale(blow.chord, setting.key)
    goal = near_pitch(blow.chord.root, int(row["near"]), who.low, who.high)
    scale = [p for p in range(who.low, goal) if p % 12 in classes][-int(row["notes"]) :]
    if not scale:
        return []
    step = (lead - gap) / len(scale)
    low, high = float(row["from_velocity"]), float(row["velocity"])
    return [
        _tone(blow, at - lead + i * step, step * 2, p, low + (high - low) * i / len(scale) - 80.0, False)
        for i, p in enumerate(scale)
    ]


def riser(setting: Setting, blow: Blow) -> list[Tone]:
    """A climb in ever shorter steps, held to just before the hit."""
    row, at, who = blow.row, blow.strike.at_beats, blow.who
    lead, gap = _beats(setting, blow.strike, float(row["lead_s"])), _beats(setting, blow.strike, GAP_S)
    if at - lead < 0 or lead <= gap:
        return []
    height = int(row["semitones"])
    start = near_pitch(blow.chord.root, int(row["near"]) - height, who.low, max(who.low, who.high - height))
    count = min(height, 7)
    weights = [Fraction(count + 2 - i) for i in range(count)]
    total = sum(weights, Fraction(0))
    tones: list[Tone] = []
    moment = at - lead
    low, high = float(row["from_velocity"]), float(row["velocity"])
    for i, weight in enumerate(weights):
        length = (lead - gap) * weight / total
        pitch = start + round(height * i / max(1, count - 1))
        last = i == count - 1
        tones.append(
            _tone(
                blow,
                moment,
                length + (gap * 3 / 4 if last else 0),
                min(pitch, who.high),
                low + (high - low) * i / count - 80.0,
                False,
            )
        )
        moment += length
    return tones


def pickup(setting: Setting, blow: Blow) -> list[Tone]:
    """One to four eighths that lead by step into the chord's bass or root; before a hard hit they leave its gap."""
    row, at, who = blow.row, blow.strike.at_beats, blow.who
    gap = _beats(setting, blow.strike, GAP_S) if blow.strike.klass == "hard" else Fraction(0)
    starts = [at - (i + 1) * EIGHTH for i in range(min(MOST_PICKUP, int(row["notes"])))]
    starts = sorted(b for b in starts if b >= 0 and b <= at - max(gap, EIGHTH) and not setting.spoken(b))
    goal = near_pitch(blow.chord.bass, int(row["near"]), who.low + 7, who.high)
    classes = chord_scale(blow.before, setting.key)
    below = [p for p in range(max(who.low, goal - 8), goal) if p % 12 in classes][-len(starts) :] if starts else []
    if len(below) < len(starts):
        return []
    low, high = float(row["from_velocity"]), float(row["velocity"])
    return [
        _tone(blow, b, EIGHTH * 9 / 10, p, low + (high - low) * i / len(starts) - 80.0, False)
        for i, (b, p) in enumerate(zip(starts, below, strict=True))
    ]


def hold(setting: Setting, blow: Blow) -> list[Tone]:
    """A tone that both harmonies share, held from before the hit to after it; none where they share none."""
    row, at, who = blow.row, blow.strike.at_beats, blow.who
    start = max(Fraction(0), at - Fraction(str(row["lead_beats"])))
    near = int(row["near"])
    shared = [c for c in blow.chord.classes if c in blow.before.classes]
    if not shared or start >= at:
        return []
    pitch = min((near_pitch(c, near, who.low, who.high) for c in shared), key=lambda p: (abs(p - near), p))
    length = at - start + _length(setting, blow, float(row["length_s"]))
    return [_tone(blow, start, length, pitch, _velocity(blow), False)]


def tail(setting: Setting, blow: Blow) -> list[Tone]:
    """What stays in the air after the blow: its chord again, soft, an eighth later."""
    moved = blow.strike.at_beats + EIGHTH
    return [
        replace(t, start_beats=moved, exact=False, mark="") for t in chord(setting, blow) if t.length_beats > EIGHTH
    ]


def bend(setting: Setting, blow: Blow) -> list[Tone]:
    """A held tone on the hit; its fall is a controller, see ``gestures.hits.falls``."""
    return attack(setting, blow)


KINDS: dict[str, Callable[[Setting, Blow], list[Tone]]] = {
    "attack": attack,
    "chord": chord,
    "peak": peak,
    "roll": roll,
    "run": run,
    "riser": riser,
    "bend": bend,
    "pickup": pickup,
    "hold": hold,
    "tail": tail,
}
