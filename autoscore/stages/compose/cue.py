"""One cue, written in the order in which a composer works: form, harmony, cast, lines, gestures, parts."""

from __future__ import annotations

from autoscore.model.cues import Cue
from autoscore.model.score import ChordSymbol, CueScore, Part, PlayedHit, Section, Theme
from autoscore.model.tempo import CueTempo
from autoscore.stages.compose.form.ending import Ending, plan_ending
from autoscore.stages.compose.form.phrases import label, shape
from autoscore.stages.compose.gestures.clear import clear
from autoscore.stages.compose.gestures.finale import finale
from autoscore.stages.compose.gestures.hits import mark_all
from autoscore.stages.compose.gestures.mark import Mark
from autoscore.stages.compose.harmony.progressions import progress
from autoscore.stages.compose.harmony.regions import key_name
from autoscore.stages.compose.lines.bass import bass
from autoscore.stages.compose.lines.chords import harmony, voicings
from autoscore.stages.compose.lines.colour import colour
from autoscore.stages.compose.lines.counter import counter
from autoscore.stages.compose.lines.imitation import answered, grounded
from autoscore.stages.compose.lines.melody import melody
from autoscore.stages.compose.lines.motion import motion
from autoscore.stages.compose.lines.murmur import murmured
from autoscore.stages.compose.lines.percussion import percussion
from autoscore.stages.compose.orchestra.coupling import couple
from autoscore.stages.compose.orchestra.layers import Cast, cast_cue, seated
from autoscore.stages.compose.orchestra.parts import carries, make_parts
from autoscore.stages.compose.setting import read_setting
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting


def _themes(cue: Cue, themes: tuple[Theme, ...]) -> tuple[Theme, ...]:
    """The cue's theme first; a contrast may follow it."""
    own = [t for t in themes if t.id == cue.theme.theme] or list(themes[:1])
    others = [t for t in themes if t.id == "contrast" and t not in own]
    return (*own, *others)


def _lines(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    casts: tuple[Cast, ...],
    chords: tuple[Chord, ...],
    ending: Ending,
    themes: tuple[Theme, ...],
) -> tuple[Line, ...]:
    stop = ending.stop_beats
    held = ending.until_beats if ending.kind == "segue" else ending.at_beats
    placed = voicings(setting, chords)
    lead = melody(setting, phrases, casts, chords, themes, stop)
    low = bass(setting, phrases, casts, chords, held)
    low = grounded(setting, phrases, chords, themes[0], low, stop) if themes else low
    second = counter(setting, phrases, casts, chords, lead, stop)
    lines = [*lead, *answered(setting, phrases, casts, chords, lead, second, stop)]
    lines.extend(harmony(setting, phrases, casts, chords, placed, held))
    lines.extend(low)
    lines.extend(motion(setting, phrases, casts, chords, stop, tuple(lead), themes))
    lines.extend(colour(setting, phrases, casts, chords, stop, tuple(lead)))
    lines.extend(percussion(setting, phrases, casts, chords, ending))
    lines = list(couple(setting, phrases, casts, lines))
    lines = list(murmured(setting, phrases, casts, lines, stop))
    if ending.kind != "segue":
        lines.extend(finale(setting, ending, casts[-1], chords[-1], placed[-1], lead))
    return tuple(line for line in lines if line.tones)


def _sections(phrases: tuple[Phrase, ...], casts: tuple[Cast, ...]) -> tuple[Section, ...]:
    return tuple(
        Section(
            start_beats=p.start_beats, end_beats=p.end_beats, function=label(p), intensity=p.intensity, layers=c.layers
        )
        for p, c in zip(phrases, casts, strict=True)
    )


def _played(marks: tuple[Mark, ...], parts: tuple[Part, ...]) -> tuple[PlayedHit, ...]:
    found = []
    for mark in marks:
        if mark.strike.id.startswith("opening") or (mark.strike.klass == "soft" and not mark.lines):
            continue
        found.append(
            PlayedHit(
                hit_id=mark.strike.id,
                time_s=mark.strike.time_s,
                at_beats=mark.strike.at_beats,
                device=mark.called,
                parts=tuple(dict.fromkeys(p.id for p in parts for line in mark.lines if carries(p, line))),
                why=mark.why,
            )
        )
    return tuple(found)


_PASSED = "the music goes past it without a mark"


def _passed(cue: Cue, marks: tuple[Mark, ...], played: tuple[PlayedHit, ...]) -> dict[str, str]:
    """Ids of hits that are in the plan and that no note marks, and why."""
    sounding = {hit.hit_id for hit in played}
    why = {mark.strike.id: mark.why or _PASSED for mark in marks}
    return {
        hit.id: why.get(hit.id, "a heavier mark or the last chord is there already")
        for hit in cue.hits
        if hit.klass != "ignored" and hit.id not in sounding
    }


def compose_cue(cue: Cue, tempo: CueTempo, themes: tuple[Theme, ...]) -> CueScore:
    """The score of one cue. Pure: the same arguments give the same notes on every machine.

    Args:
        cue: what is wanted; its ``seed`` is the only source of chance.
        tempo: bars and seconds of this cue, hard hits among its anchors.
        themes: the film's theme book.

    Raises:
        KeyError: the cue's mood is not in tables/moods.
        ValueError: its key is not a key.
    """
    setting = read_setting(cue, tempo)
    if cue.muted:
        return CueScore(cue_id=cue.id, title=cue.title, key=cue.key, parts=())
    ending = plan_ending(setting)
    phrases = shape(setting)
    own = _themes(cue, themes)
    chords = progress(setting, phrases, ending, own)
    casts = cast_cue(setting, phrases, own[0].instrument if own else "")
    marks = mark_all(setting, phrases, chords, ending.stop_beats, seated(casts))
    written = _lines(setting, phrases, casts, chords, ending, own)
    cleared = clear(setting, written, marks)
    lines = (*cleared, *(line for mark in marks for line in mark.lines))
    parts = make_parts(setting, phrases, ending, chords, lines)
    symbols = tuple(
        ChordSymbol(
            start_beats=c.start_beats,
            length_beats=c.length_beats,
            roman=c.roman,
            pitch_classes=c.classes,
            bass=c.bass,
            key=key_name(c.key) if c.key else "",
        )
        for c in chords
    )
    played = _played(marks, parts)
    return CueScore(
        cue_id=cue.id,
        title=cue.title,
        key=cue.key,
        parts=parts,
        sections=_sections(phrases, casts),
        chords=symbols,
        hits=played,
        passed=_passed(cue, marks, played),
    )
