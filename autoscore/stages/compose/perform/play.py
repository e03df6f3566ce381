"""From written tones to played notes: velocity, deviations, legato, repeated notes (craft guide 6.6)."""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from autoscore.model.score import Control, Note
from autoscore.model.tempo import pulse_beats
from autoscore.stages.compose.form.ending import Ending
from autoscore.stages.compose.orchestra.players import Player
from autoscore.stages.compose.perform.dynamics import edge_gain, level, smooth_intensity
from autoscore.stages.compose.perform.timing import LEAD_EARLY_MS, ON_HIT, Drift, swing_ms
from autoscore.stages.compose.values import Chord, Phrase, Setting, Tone

LEGATO_FAMILIES = ("strings", "winds", "brass", "choir")
METRE_ACCENT = {3: 4.5, 2: 1.5, 1: -1.5, 0: -3.0}
CHORD_ROLL_MS = 6.0
MOST_RELEASE_MS = 40.0
"""A note is let go at most so much later than written, for breaths to be breaths."""


def _strength(setting: Setting, at_beats: Fraction) -> int:
    bar = setting.bars[setting.bar_index(at_beats)]
    inside = at_beats - bar.start_beats
    if inside == 0:
        return 3
    if inside % pulse_beats(bar.metre) == 0:
        return 2
    return 1 if (inside * 2).denominator == 1 else 0


def _phrase_share(phrases: tuple[Phrase, ...], at_beats: Fraction) -> float:
    phrase = phrases[max(0, bisect_right(phrases, at_beats, key=lambda p: p.start_beats) - 1)]
    return float((at_beats - phrase.start_beats) / phrase.length_beats)


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


def _base_velocity(setting: Setting, ending: Ending, who: Player, role: str, at: Fraction) -> float:
    """Struck players show the dynamics in velocity, the others in expression."""
    if role == "hit":
        return 80.0
    share = level(setting, smooth_intensity(setting, at)) / 127.0
    edge = edge_gain(setting, ending, at)
    if role == "percussion":
        return (48.0 + 52.0 * share) * (0.3 + 0.7 * edge)
    if who.struck:
        return (38.0 + 62.0 * share) * (0.25 + 0.75 * edge)
    return 62.0 + 30.0 * share


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
    own, wander = Drift(rng), Drift(rng)
    strikes = {s.at_beats for s in setting.hard}
    notes: list[Note] = []
    drift = loud = 0.0
    for i, tone in enumerate(tones):
        follower = tones[i + 1] if i + 1 < len(tones) else None
        together = i > 0 and tones[i - 1].start_beats == tone.start_beats
        if not together:
            common = shared[min(len(shared) - 1, max(0, int(tone.start_beats * 2)))]
            drift = 0.5 * common + 0.86 * own.step()
            loud = wander.step()
        nudge = drift * who.sigma_ms
        if together and who.struck and role != "percussion":
            nudge += CHORD_ROLL_MS * sum(t.start_beats == tone.start_beats for t in tones[max(0, i - 3) : i])
        if role == "melody":
            nudge -= LEAD_EARLY_MS
        if role == "percussion":
            nudge -= 3.0 if tone.stress > 8 else 0.0
        on_hit = tone.start_beats in strikes
        if tone.exact:
            nudge = 0.0
        elif on_hit:
            nudge *= ON_HIT
        nudge += tone.nudge_ms + (0.0 if tone.exact or role == "hit" else swing_ms(setting, tone.start_beats))
        velocity = _base_velocity(setting, ending, who, role, tone.start_beats) + tone.stress
        release = 0.0
        if role != "hit":
            velocity += METRE_ACCENT[_strength(setting, tone.start_beats)] * (1.0 if role != "percussion" else 0.4)
            share = _phrase_share(phrases, tone.start_beats)
            velocity += 9.0 * (share / 0.65 if share < 0.65 else (1.0 - share) / 0.35) - 4.5
            velocity += loud * 6.5
            previous = notes[-1] if notes else None
            if previous and previous.pitch == tone.pitch and not together:
                velocity += 4.0 if i % 2 else -4.0
                release += min(MOST_RELEASE_MS, 25.0 * float(tone.length_beats)) * (1.0 if i % 2 else -1.0)
            if follower and follower.start_beats == tone.end_beats and who.family in LEGATO_FAMILIES and not tone.mark:
                release = 40.0 if follower.pitch != tone.pitch else -30.0
        if tone.exact and not tone.length_beats > 2:
            release = 0.0
        length_ms = 1000.0 * (setting.tempo.seconds_at(tone.end_beats) - setting.tempo.seconds_at(tone.start_beats))
        release = max(release, nudge - length_ms + min(30.0, length_ms * 0.8))
        if tone.end_beats >= setting.end_beats:
            release = min(release, 0.0)
        notes.append(
            Note(
                start_beats=tone.start_beats,
                length_beats=tone.length_beats,
                pitch=tone.pitch,
                velocity=max(1, min(127, round(velocity))),
                nudge_ms=round(_within(setting, tone, nudge), 2),
                release_ms=round(release, 2),
                anchor=tone.anchor,
                mark=tone.mark,
            )
        )
    return tuple(notes)


def _within(setting: Setting, tone: Tone, nudge_ms: float) -> float:
    """A note on the cue's very start is not played before it."""
    if tone.start_beats == 0 and not tone.exact:
        return max(0.0, nudge_ms)
    return nudge_ms if setting.bars else 0.0


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


def falls(tones: tuple[Tone, ...], semitones: float) -> tuple[Control, ...]:
    """The drop of a boom: from each attack the pitch falls over 600 ms, then returns for the next."""
    controls = [Control(at_beats=Fraction(0), kind="bend_semitones", value=0.0)]
    for tone in tones:
        controls.append(
            Control(at_beats=tone.start_beats, kind="bend_semitones", value=0.0, nudge_ms=tone.nudge_ms - 5.0)
        )
        controls.extend(
            Control(
                at_beats=tone.start_beats,
                kind="bend_semitones",
                value=round(semitones * i / 12, 3),
                nudge_ms=tone.nudge_ms + 50.0 * i,
            )
            for i in range(1, 13)
        )
    return tuple(controls)
