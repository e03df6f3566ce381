"""Lines become parts: every instrument and role one part, named and balanced."""

from __future__ import annotations

from collections.abc import Sequence

from autoscore.model.score import Control, Group, Part, Role
from autoscore.stages.compose.form.ending import Ending
from autoscore.stages.compose.orchestra.layers import level_db
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.perform import dynamics, play, timing
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone

_TITLES = {
    "lead": "Melody",
    "doubling": "Doubling",
    "counter": "Counter",
    "harmony": "Harmony",
    "tutti": "Tutti",
    "pad": "Pad",
    "bass": "Bass",
    "bass double": "Bass 8va",
    "motion": "Motion",
    "second_motion": "Motion 2",
    "colour": "Colour",
    "percussion": "Drums",
}
_LAYERS = {"bass double": "bass_doubling", "tutti": "high_brass"}
HIT_DB = 5.0
PEDALLED = ("piano", "electric_piano")


def _level_db(name: str) -> float:
    if name not in _TITLES:
        return HIT_DB
    return level_db(_LAYERS.get(name, name))


def _grouped(lines: Sequence[Line]) -> dict[tuple[Role, str, str, float], list[Tone]]:
    found: dict[tuple[Role, str, str, float], list[Tone]] = {}
    for line in lines:
        name = "hits" if line.role == "hit" else line.name
        found.setdefault((line.role, name, line.instrument, line.fall_semitones), []).extend(line.tones)
    return found


def _identifier(role: Role, name: str, instrument: str, fall: float) -> str:
    tail = "_drop" if fall else ""
    return f"{name.replace(' ', '_')}_{instrument}{tail}" if role != "hit" else f"hits_{instrument}{tail}"


def make_parts(
    setting: Setting, phrases: tuple[Phrase, ...], ending: Ending, chords: tuple[Chord, ...], lines: Sequence[Line]
) -> tuple[Part, ...]:
    """Played parts of a cue, in the order of first appearance; single players have one note at a time."""
    shared: dict[str, tuple[float, ...]] = {}
    parts: list[Part] = []
    for (role, name, instrument, fall), raw in _grouped(lines).items():
        who = player(instrument)
        ordered = tuple(sorted(raw, key=lambda t: (t.start_beats, t.pitch)))
        tones = play.untangled(ordered) if who.polyphonic else play.monophonic(ordered)
        if not tones:
            continue
        identifier = _identifier(role, name, instrument, fall)
        if who.family not in shared:
            shared[who.family] = timing.family_drift(setting, who.family)
        rng = setting.random("play", identifier)
        notes = play.play(setting, phrases, ending, who, role, tones, shared[who.family], rng)
        controls: tuple[Control, ...] = ()
        if role == "hit":
            controls = (Control(at_beats=setting.bars[0].start_beats, kind="expression", value=118),)
            if fall:
                controls += play.falls(tones, fall)
        elif not who.struck:
            controls = dynamics.expression(setting, phrases, ending, tones, 1.0)
        else:
            controls = (Control(at_beats=setting.bars[0].start_beats, kind="expression", value=110),)
        if instrument in PEDALLED and role != "hit":
            controls += play.pedal(chords, notes, ending.until_beats)
        group: Group = "hits" if role == "hit" else who.group
        title = _TITLES.get(name, "Hits")
        parts.append(
            Part(
                id=identifier,
                name=f"{title} {who.name}",
                instrument=instrument,
                group=group,
                role=role,
                notes=notes,
                controls=controls,
                dynamics=() if role == "hit" else dynamics.written(setting, phrases, tones),
                level_db=_level_db(name),
            )
        )
    return tuple(parts)
