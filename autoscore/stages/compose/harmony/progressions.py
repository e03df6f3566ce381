"""The chords of a cue: passages in order, their keys, pedals, basses and dress; hits prepared; the last chord."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from autoscore.model.score import Theme
from autoscore.stages.compose.form.ending import Ending
from autoscore.stages.compose.harmony.cadence import kind_of
from autoscore.stages.compose.harmony.dress import dressed
from autoscore.stages.compose.harmony.inversions import inverted
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.harmony.passage import passage
from autoscore.stages.compose.harmony.pedals import stretch
from autoscore.stages.compose.harmony.plot import Passage, Plot, returning
from autoscore.stages.compose.harmony.rows import build, moved, over, rows_in, stem, tonic
from autoscore.stages.compose.values import Chord, Phrase, Setting
from autoscore.tables import read


def _chords(setting: Setting, phrase: Phrase, found: Passage) -> list[Chord]:
    """The passage as chords of the cue, dressed, some over a pedal."""
    harmony, home = setting.mood.harmony, setting.key
    bar = phrase.length_beats / len(phrase.bars)
    lengths = [n / bar for _, n in found.slots]
    region = found.region
    held, degree = found.dominant, 7
    if held == (0, 0) and found.may_stand and setting.random("pedal", returning(phrase)).random() < harmony.pedal:
        degree = (region.steps - region.origin) % 12
        span = stretch(found.romans[: found.back], lengths[: found.back], degree)
        held = span or held
    chords: list[Chord] = []
    for i, ((start, length), roman) in enumerate(zip(found.slots, found.romans, strict=True)):
        here = i < found.back
        shift = region.origin if here else 0
        rng = setting.random("dress", stem(roman))
        scale_key = region.key if here and shift else home
        name = dressed(roman, scale_key, harmony.dress, rng)
        local = region.key if here and region.steps else None
        if held[0] <= i < held[1]:
            name = moved(over(name, degree), shift)
            chord = build(name, home, start, length, local=local)
            chords.append(replace(chord, pedal=True))
        else:
            chords.append(build(moved(name, shift), home, start, length, local=local))
    return chords


def _split_at_hits(setting: Setting, chords: list[Chord], home: str) -> list[Chord]:
    """A hard hit brings a new chord: one that changes only elsewhere is cut at the hit, its tail prepares the next."""
    options = [r for progression in rows_in(setting.key, setting.mood.harmony.progressions) for r in progression]
    for strike in setting.hard:
        for i, chord in enumerate(chords):
            if chord.start_beats < strike.at_beats < chord.end_beats:
                before, after = strike.at_beats - chord.start_beats, chord.end_beats - strike.at_beats
                if before < 1 or after < 1:
                    break
                rng = setting.random("split", strike.id)
                key = setting.key
                following = chords[i + 1].roman if i + 1 < len(chords) else ""
                other = [r for r in options if r not in (chord.roman, following)] or [home]
                on_tonic = chord.root == key.tonic
                roman = home if not on_tonic and following != home else rng.choice(other)
                hit = build(roman, key, strike.at_beats, after)
                if chord.pedal and chord.bass != hit.root:
                    hit = replace(hit, bass=chord.bass, roman=over(roman, chord.bass - key.tonic), pedal=True)
                chords[i : i + 1] = [replace(chord, length_beats=before), hit]
                break
    return chords


def _joined(chords: Sequence[Chord]) -> tuple[Chord, ...]:
    joined: list[Chord] = []
    for chord in chords:
        last = joined[-1] if joined else None
        if last and (last.classes, last.bass, last.key) == (chord.classes, chord.bass, chord.key):
            joined[-1] = replace(last, length_beats=last.length_beats + chord.length_beats)
        else:
            joined.append(chord)
    return tuple(joined)


def _final(setting: Setting, ending: Ending, home: str) -> Chord:
    """The last chord: the mood's ending, or, where the next cue follows at once, the dominant of its key."""
    length = setting.end_beats - ending.at_beats
    following = setting.cue.next_key
    if ending.kind == "segue" and following:
        there = parse_key(following)
        steps = (there.tonic - setting.key.tonic) % 12
        return build(moved("V7sus4" if there.minor else "V", steps), setting.key, ending.at_beats, length, local=there)
    harmony = setting.mood.harmony
    last = rows_in(setting.key, (harmony.ending,))[0][-1] if harmony.ending else home
    return build(last, setting.key, ending.at_beats, length)


def progress(
    setting: Setting, phrases: tuple[Phrase, ...], ending: Ending, themes: tuple[Theme, ...] = ()
) -> tuple[Chord, ...]:
    """All chords of a cue, without gaps from 0 to ``setting.end_beats``; the last one begins at the ending's attack.

    Args:
        themes: the cue's theme first, then that of its contrast: their harmony comes with them where it fits.
    """
    plot = Plot(setting=setting, themes=themes, stop=ending.at_beats)
    home = plot.home.map_.home
    gap_s = float(read("harmony.toml")["rationing"]["authentic_gap_s"])
    chords: list[Chord] = []
    goals: set[Fraction] = set()
    last_s = -gap_s
    for i, phrase in enumerate(phrases):
        follows = phrases[i + 1].function if i + 1 < len(phrases) else ""
        end_s = setting.tempo.seconds_at(phrase.end_beats)
        # The close at the cue's end comes first: nothing takes its minute away.
        room = end_s - last_s >= gap_s and setting.cue.end_s - end_s >= gap_s
        found = passage(plot, phrase, follows, setting.mood.harmony.authentic and room)
        if not found.slots:
            continue
        if phrase.cadence == "closed" and len(found.romans) > 1 and kind_of(found.romans[-2:]) == "authentic":
            last_s = end_s
        new = _chords(setting, phrase, found)
        goals.update(new[g].start_beats for g in found.goals if g < len(new))
        chords.extend(new)
    chords = _split_at_hits(setting, chords, home)
    whole = list(_joined(chords))
    fixed = [c.start_beats in goals or (tonic(c.roman) and c.length_beats >= 8) for c in whole]
    harmony = setting.mood.harmony
    led = inverted(whole, fixed, harmony.inversions, setting.key, resolve=harmony.style == "functional")
    return (*led, _final(setting, ending, home))
