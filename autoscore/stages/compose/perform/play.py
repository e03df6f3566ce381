"""From written tones to played notes: velocity, deviations, legato, repeated notes, rolled chords (craft guide 6.6)."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from autoscore.model.score import Control, Note
from autoscore.stages.compose.form.ending import Ending
from autoscore.stages.compose.orchestra.players import Player
from autoscore.stages.compose.perform import timing, velocity
from autoscore.stages.compose.perform.dynamics import Edges
from autoscore.stages.compose.values import Chord, Phrase, Setting, Tone

LEGATO_FAMILIES = ("strings", "winds", "saxophones", "brass", "voices")
SHORTEST_MS = 30.0


def monophonic(tones: tuple[Tone, ...]) -> tuple[Tone, ...]:
    """One tone at a time: of tones that begin together the highest stays, a tone ends where the next begins."""
    kept: list[Tone] = []
    for tone in sorted(tones, key=lambda t: (t.start_beats, -t.pitch)):
        if kept and kept[-1].start_beats == tone.start_beats:
            continue
        if kept and kept[-1].end_beats > tone.start_beats:
            kept[-1] = replace(kept[-1], length_beats=tone.start_beats - kept[-1].start_beats)
        kept.append(tone)
    return tuple(kept)


def untangled(tones: tuple[Tone, ...]) -> tuple[Tone, ...]:
    """No pitch sounds twice at once: a tone ends where the same pitch begins again, doubles fall away."""
    last: dict[int, int] = {}
    kept: list[Tone] = []
    for tone in sorted(tones, key=lambda t: (t.start_beats, t.pitch, -t.stress)):
        index = last.get(tone.pitch)
        if index is not None:
            before = kept[index]
            if before.start_beats == tone.start_beats:
                if tone.length_beats > before.length_beats:
                    kept[index] = replace(before, length_beats=tone.length_beats)
                continue
            if before.end_beats > tone.start_beats:
                kept[index] = replace(before, length_beats=tone.start_beats - before.start_beats)
        last[tone.pitch] = len(kept)
        kept.append(tone)
    return tuple(kept)


def _roll_ms(setting: Setting, who: Player, role: str, tones: Sequence[Tone], index: int) -> float:
    """How much later than its chord's lowest tone this one comes: hands roll chords, more so where tempo is free."""
    if not who.struck or role in ("percussion", "hit") or tones[index].exact:
        return 0.0
    below = 0
    while below < index and tones[index - below - 1].start_beats == tones[index].start_beats:
        below += 1
    return setting.mood.playing.roll_ms * min(below, 5)


def play(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    ending: Ending,
    who: Player,
    role: str,
    tones: tuple[Tone, ...],
    shared: tuple[float, ...],
    rng: random.Random,
) -> tuple[Note, ...]:
    """Played notes of one part. ``shared`` is the family's drift by half beats; ``tones`` must be in order of time."""
    rules, hand = timing.rules(), velocity.rules()
    common_share, most_ms = float(rules["shared"]), float(rules["most_ms"])
    own_share = (1.0 - common_share**2) ** 0.5
    own, wander = timing.Drift(rng), timing.Drift(rng, hand["memory"])
    strikes = {s.at_beats.as_integer_ratio() for s in setting.hard}  # hashing a Fraction takes longer
    until_beats = setting.end_beats
    edges = Edges(setting, ending)
    middle = velocity.middle_pitch(tones)
    notes: list[Note] = []
    drift = loud = turn = 0.0
    for i, tone in enumerate(tones):
        end_beats = tone.end_beats
        struck = tone.start_beats.as_integer_ratio() in strikes
        follower = next((t for t in tones[i + 1 : i + 7] if t.start_beats > tone.start_beats), None)
        free = not tone.exact and role != "hit"
        if i == 0 or tones[i - 1].start_beats != tone.start_beats:
            common = shared[min(len(shared) - 1, max(0, int(tone.start_beats * 2)))]
            drift = common_share * common + own_share * own.step()
            loud = wander.step()
        nudge = max(-most_ms, min(most_ms, drift * who.sigma_ms)) + _roll_ms(setting, who, role, tones, i)
        if role == "melody":
            nudge += setting.mood.playing.lead_ms
        if role == "percussion" and tone.stress > 8:
            nudge -= 3.0
        if tone.exact:
            nudge = 0.0
        elif struck:
            nudge *= float(rules["on_hit"])
        if free:
            nudge += timing.rubato_ms(setting, phrases, tone.start_beats)
        if role != "hit" and not tone.nudge_ms and not struck:
            nudge += timing.swing_ms(setting, tone.start_beats)
        nudge += tone.nudge_ms
        loudness = velocity.base(setting, edges, who, role, tone) + (0.0 if free else tone.stress)
        length_ms = 1000.0 * (setting.tempo.seconds_at(end_beats) - setting.tempo.seconds_at(tone.start_beats))
        release = 0.0
        if free:
            loudness += velocity.shaped(setting, phrases, role, tone, middle, loud)
            before = notes[-1] if notes else None
            if before and before.pitch == tone.pitch and before.start_beats < tone.start_beats:
                turn = -1.0 if turn > 0 else 1.0
                fast = length_ms < 1000.0 * float(hand["slow_s"])
                loudness += turn * float(hand["repeat" if fast else "slow_repeat"]) * rng.uniform(0.7, 1.3)
                release = turn * min(float(rules["most_release_ms"]), float(hand["repeat_length"]) * length_ms)
            if follower and follower.start_beats == end_beats and who.family in LEGATO_FAMILIES and not tone.mark:
                tied = follower.pitch != tone.pitch
                release = rng.uniform(*rules["legato_ms"]) if tied else -rng.uniform(*rules["gap_ms"])
        if tone.exact and not tone.length_beats > 2:
            release = 0.0
        release = max(release, nudge - length_ms + min(SHORTEST_MS, length_ms * 0.8))
        if end_beats >= until_beats:
            release = min(release, 0.0)
        notes.append(
            Note(
                start_beats=tone.start_beats,
                length_beats=tone.length_beats,
                pitch=tone.pitch,
                velocity=max(1, min(127, round(loudness))),
                nudge_ms=round(max(0.0, nudge) if tone.start_beats == 0 and not tone.exact else nudge, 2),
                release_ms=round(release, 2),
                anchor=tone.anchor,
                mark=tone.mark,
            )
        )
    return tuple(notes)


def pedal(chords: tuple[Chord, ...], notes: tuple[Note, ...], end_beats: Fraction) -> tuple[Control, ...]:
    """The piano's pedal: down just after each new chord under which the part plays, up as the next one comes."""
    if not notes:
        return ()
    starts = [n.start_beats for n in notes]
    controls: list[Control] = [Control(at_beats=Fraction(0), kind="pedal", value=0)]
    for chord, after in pairwise([*chords, None]):
        if chord is None:
            continue
        until = after.start_beats if after else end_beats
        index = bisect_right(starts, chord.start_beats - Fraction(1, 100))
        if index < len(starts) and starts[index] < until:
            controls.append(Control(at_beats=chord.start_beats, kind="pedal", value=127, nudge_ms=60.0))
            controls.append(Control(at_beats=until, kind="pedal", value=0, nudge_ms=-10.0))
    return tuple(controls)
