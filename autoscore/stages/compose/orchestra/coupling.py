"""Coupling: who moves together. Players answer one rhythm in groups; doublings and tutti chords are added here."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from autoscore.model.tempo import pulse_beats
from autoscore.stages.compose.orchestra.doublings import apart, deepened, doubled
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.values import Line, Phrase, Setting, Tone
from autoscore.tables import read

REPEATING = 0.5
"""Share of repeated pitches from which a figure counts as a pulse that everybody may join."""
SHORTEST = Fraction(1, 4)


def _inside(lines: Sequence[Line], phrase: Phrase, *names: str) -> list[Line]:
    """The lines with these names, as far as they begin in ``phrase``."""
    found = []
    for line in lines:
        if line.name in names:
            tones = tuple(t for t in line.tones if phrase.start_beats <= t.start_beats < phrase.end_beats)
            if tones:
                found.append(replace(line, tones=tones))
    return found


def _repeats(lines: Sequence[Line]) -> bool:
    """Is the figure a pulse on few pitches rather than an arpeggio?"""
    pairs = same = 0
    for line in lines:
        for a, b in zip(line.tones, line.tones[1:], strict=False):
            if b.start_beats > a.start_beats:
                pairs += 1
                same += a.pitch == b.pitch
    return pairs > 0 and same >= REPEATING * pairs


def _weights(setting: Setting, phrase: Phrase) -> list[Fraction]:
    """Downbeats and, in bars of four pulses or more, their middles: where chords are struck anew."""
    found = []
    for bar in phrase.bars:
        found.append(bar.start_beats)
        pulse = pulse_beats(bar.metre)
        count = bar.length_beats / pulse
        if count >= 4 and count % 2 == 0:
            found.append(bar.start_beats + bar.length_beats / 2)
    return [at for at in found if at < setting.end_beats]


def accents(setting: Setting, phrase: Phrase, motion: Sequence[Line]) -> list[Fraction]:
    """Where a group strikes together in ``phrase``: the figure's accents where it has some, else the heavy beats."""
    marked = {t.start_beats for line in motion for t in line.tones if t.mark == "accent"}
    heavy = _weights(setting, phrase)
    if _repeats(motion) and len(marked) > len(heavy) // 2:
        return sorted(marked | {bar.start_beats for bar in phrase.bars})
    return heavy


def struck(tones: Sequence[Tone], at: Sequence[Fraction], hold: Fraction | None = None) -> tuple[Tone, ...]:
    """Held tones attacked again at the beats ``at`` (ascending) that lie inside them.

    Args:
        hold: longest sounding length in beats; None holds until the next attack.
    """
    found: list[Tone] = []
    for tone in tones:
        cuts = [tone.start_beats, *(b for b in at if tone.start_beats + SHORTEST <= b <= tone.end_beats - SHORTEST)]
        for i, (start, end) in enumerate(zip(cuts, [*cuts[1:], tone.end_beats], strict=True)):
            length = min(end - start, hold) if hold is not None else end - start
            found.append(
                replace(
                    tone, start_beats=start, length_beats=length, stress=tone.stress if i == 0 else tone.stress - 2.0
                )
            )
    return tuple(sorted(found, key=lambda t: (t.start_beats, t.pitch)))


def _stack(lines: Sequence[Line], at: Fraction) -> list[int]:
    """The pitches that sound at a beat, lowest first."""
    return sorted({t.pitch for line in lines for t in line.tones if t.start_beats <= at < t.end_beats})


def _tutti(setting: Setting, phrase: Phrase, cast: Cast, chords: Sequence[Line], motion: Sequence[Line]) -> Line | None:
    """Chords of a second family on the group's accents, let go before the next one (6.5, brass fills)."""
    who = player(cast.tutti)
    beats = accents(setting, phrase, motion)
    low, high = read("layers.toml")["tutti_range"]
    low, high = max(low, who.low), min(high, who.high)
    tones: list[Tone] = []
    for at, after in zip(beats, [*beats[1:], phrase.end_beats], strict=True):
        if setting.spoken(at) or after <= at:
            continue
        pitches = sorted({low + (p - low) % 12 for p in _stack(chords, at)})
        pitches = [p for p in pitches if p <= high]
        if not pitches:
            continue
        kept = pitches[:3] if who.polyphonic else pitches[-1:]
        length = min(after - at, max(Fraction(1, 2), (after - at) * 3 / 4))
        tones.extend(Tone(start_beats=at, length_beats=length, pitch=p, stress=2.0, mark="tenuto") for p in kept)
    return Line(role="harmony", name="tutti", tones=tuple(tones), instrument=cast.tutti) if tones else None


def couple(
    setting: Setting, phrases: tuple[Phrase, ...], casts: tuple[Cast, ...], lines: Sequence[Line]
) -> tuple[Line, ...]:
    """Held chords struck in the motion's rhythm, doublings of tune, bass and figure, and tutti chords added."""
    starts = [p.start_beats for p in phrases]
    rhythms: dict[int, list[Fraction]] = {}
    added: list[Line] = []
    for phrase, cast in zip(phrases, casts, strict=True):
        motion = _inside(lines, phrase, "motion")
        if motion and phrase.spoken < 0.5:
            rhythms[phrase.index] = accents(setting, phrase, motion)
        tune, low = _inside(lines, phrase, "lead"), _inside(lines, phrase, "bass")
        for layer, key in (("doubling", cast.doubling), ("octave", cast.octave)):
            if cast.has(layer) and key:
                wanted = [apart(line, layer) for line in tune]
                pairs = zip(tune, wanted, strict=True)
                found = (doubled(line, key, shifts, role="melody", name=layer) for line, shifts in pairs)
                added.extend(d for d in found if d)
        if cast.has("bass_doubling") and len(cast.bass) > 1:
            added.extend(d for line in low if (d := deepened(line, cast.bass[1])))
        if cast.has("second_motion") and len(motion) == 1 and len(cast.motion) > 1:
            second = doubled(motion[0], cast.motion[1], (0, 12, -12), role="motion", name="second_motion")
            added.extend([second] if second else [])
        chords = _inside(lines, phrase, "harmony", "pad")
        if cast.has("high_brass") and cast.tutti and chords:
            tutti = _tutti(setting, phrase, cast, chords, motion)
            added.extend([tutti] if tutti else [])
    struck_anew: list[Line] = []
    for line in lines:
        if line.name != "harmony" or player(line.instrument).struck:
            struck_anew.append(line)
            continue
        tones: list[Tone] = []
        for tone in line.tones:
            index = max(0, bisect_right(starts, tone.start_beats) - 1)
            tones.extend(struck([tone], rhythms[index]) if index in rhythms else [tone])
        struck_anew.append(replace(line, tones=tuple(sorted(tones, key=lambda t: (t.start_beats, t.pitch)))))
    return (*struck_anew, *added)
