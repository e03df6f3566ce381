"""Lines become parts: every player one part for the tune, one for the accompaniment, named and balanced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autoscore.model.score import Control, Group, Part, Role
from autoscore.stages.compose.form.ending import Ending
from autoscore.stages.compose.orchestra.breath import breathed
from autoscore.stages.compose.orchestra.layers import level_db
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.perform import dynamics, inflection, play, timing
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone

_STAVES = {
    "lead": "melody",
    "doubling": "melody",
    "octave": "melody",
    "harmony": "harmony",
    "tutti": "harmony",
    "pad": "harmony",
    "motion": "harmony",
    "second_motion": "harmony",
    "bass_doubling": "bass",
}
"""Lines that one player reads from one staff; any other line has a staff of its own name."""
_MARK = "mark"
_LAYERS = {"mark": "colour", "tutti": "high_brass"}
_PREFIX = {"melody": "Melody "}
"""Only the tune's parts are named after what they do."""
HIT_DB = 5.0
_HIT_EXPRESSION, _STRUCK_EXPRESSION = 118, 110
_PUMPED = ("harmony", "pad")
PEDALLED = ("piano", "electric_piano")


def _level_db(line: Line) -> float:
    return HIT_DB if line.role == "hit" else level_db(_LAYERS.get(line.name, line.name))


def _staff(line: Line) -> str:
    return "hits" if line.role == "hit" else _STAVES.get(line.name, line.name)


def _grouped(lines: Sequence[Line]) -> dict[tuple[str, str, float], list[Line]]:
    """Lines by staff, instrument and fall, in order of first appearance; a mark goes into a staff its player has."""
    found: dict[tuple[str, str, float], list[Line]] = {}
    staves: dict[str, str] = {}
    for line in lines:
        if line.name != _MARK:
            found.setdefault((_staff(line), line.instrument, line.fall_semitones), []).append(line)
            if line.role != "hit":
                staves.setdefault(line.instrument, _staff(line))
    for line in lines:
        if line.name == _MARK:
            found.setdefault((staves.get(line.instrument, "colour"), line.instrument, 0.0), []).append(line)
    return found


def carries(part: Part, line: Line) -> bool:
    """Is ``line``, of a hit, played in this part?"""
    if part.instrument != line.instrument:
        return False
    if line.role == "hit":
        return part.role == "hit" and part.id == _identifier("hits", line.instrument, line.fall_semitones)
    played = {(n.start_beats, n.pitch) for n in part.notes}
    return part.role != "hit" and any((t.start_beats, t.pitch) in played for t in line.tones)


def _identifier(staff: str, instrument: str, fall: float) -> str:
    return f"{staff}_{instrument}{'_drop' if fall else ''}"


def _mostly(lines: Sequence[Line]) -> tuple[Role, float]:
    """Role and balance (dB) of what the part plays most."""
    roles: Counter[Role] = Counter()
    levels: Counter[float] = Counter()
    for line in lines:
        roles[line.role] += len(line.tones)
        levels[_level_db(line)] += len(line.tones)
    return roles.most_common(1)[0][0], levels.most_common(1)[0][0]


def make_parts(
    setting: Setting, phrases: tuple[Phrase, ...], ending: Ending, chords: tuple[Chord, ...], lines: Sequence[Line]
) -> tuple[Part, ...]:
    """Played parts of a cue, in the order of first appearance; single players have one note at a time."""
    shared: dict[str, tuple[float, ...]] = {}
    parts: list[Part] = []
    grouped = _grouped(lines)
    staves = Counter(instrument for staff, instrument, _ in grouped if staff not in ("hits", "melody"))
    for (staff, instrument, fall), written in grouped.items():
        who = player(instrument)
        role, level = _mostly(written)
        raw = [tone for line in written for tone in line.tones]
        ordered: tuple[Tone, ...] = tuple(sorted(raw, key=lambda t: (t.start_beats, t.pitch)))
        tones = play.untangled(ordered) if who.polyphonic else breathed(setting, who, play.monophonic(ordered))
        if not tones:
            continue
        identifier = _identifier(staff, instrument, fall)
        if who.family not in shared:
            shared[who.family] = timing.family_drift(setting, who.family)
        rng = setting.random("play", identifier)
        notes = play.play(setting, phrases, ending, who, role, tones, shared[who.family], rng)
        controls: tuple[Control, ...] = ()
        if role == "hit" or who.struck:
            steady = _HIT_EXPRESSION if role == "hit" else _STRUCK_EXPRESSION
            controls = (Control(at_beats=setting.bars[0].start_beats, kind="expression", value=steady),)
        else:
            controls = dynamics.expression(setting, phrases, ending, tones, pumped=staff in _PUMPED)
        if fall:
            controls += inflection.falls(tones, fall)
        elif role != "hit":
            finger = setting.random("inflection", identifier)
            controls += inflection.vibrato(setting, who, notes, finger)
            controls += inflection.detune(who, notes, finger)
            controls += play.pedal(chords, notes, ending.until_beats) if instrument in PEDALLED else ()
        group: Group = "hits" if role == "hit" else who.group
        prefix = "Hits " if role == "hit" else _PREFIX.get(staff, "")
        suffix = f" ({staff})" if not prefix and staves[instrument] > 1 else ""
        parts.append(
            Part(
                id=identifier,
                name=f"{prefix}{who.name}{suffix}",
                instrument=instrument,
                group=group,
                role=role,
                notes=notes,
                controls=controls,
                dynamics=() if role == "hit" else dynamics.written(setting, phrases, tones),
                level_db=level,
            )
        )
    return tuple(parts)
