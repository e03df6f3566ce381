"""A cue's score as a page: players in score order, each with the staves, clefs, marks and words that are read.

Concert pitch, or transposed as the players' parts are; octaves of piccolo, guitar and basses are usual in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from autoscore import tables
from autoscore.adapters.page import BarPage, Page, Player, Sign, Staff, Transposition
from autoscore.model.tempo import Bar, pulse_beats
from autoscore.stages.deliver.barring import in_bars
from autoscore.stages.deliver.notation_clefs import readings
from autoscore.stages.deliver.notation_hands import hands
from autoscore.stages.deliver.notation_signs import Signs, player_signs, system_signs
from autoscore.stages.deliver.notation_slurs import numbered, slurred, with_slurs
from autoscore.stages.deliver.notation_stands import Stand, shortened, stands, technique
from autoscore.stages.deliver.notes import Music, picture_code, signature
from autoscore.stages.deliver.written import Pulses, Written, pulses, rung

_OCTAVE_LINES = frozenset(("strings", "", "keys", "synthesizers", "choir"))
"""Sections whose players read 8va."""
_SUNG = ("melody", "counter")


def page_of(music: Music, rate: Fraction, *, transposed: bool = False) -> Page:
    """The cue as it stands on paper. Film time is shown as timecode at ``rate`` frames per second."""
    score, bars = music.score, music.tempo.bars
    fifths, minor = signature(score.key)
    grid = pulses(bars)
    players: list[Player] = []
    for whole in stands(score.parts, bars, grid):
        stand = shortened(whole, bars)
        player = _player(stand, bars, grid, fifths, transposed=transposed)
        players.append(player if players else _with_signs(player, system_signs(music, rate, bars)))
    end_s = music.tempo.seconds_at(bars[-1].start_beats + bars[-1].length_beats)
    times = f"{picture_code(music.tempo.start_s, rate)} - {picture_code(end_s, rate)}"
    return Page(
        title=score.title or score.cue_id,
        subtitle=f"{music.film}  cue {score.cue_id}  {times}".strip(),
        composer=music.by,
        note="Transposed score" if transposed else "Score in C",
        minor=minor,
        metres=tuple((bar.numerator, bar.denominator) for bar in bars),
        pulses=tuple(pulse_beats(bar.metre) for bar in bars),
        players=tuple(players),
    )


def parts_of(page: Page) -> list[Page]:
    """One page for each player, with what stands above the whole score."""
    above: dict[int, list[Sign]] = {}
    if page.players:
        for index, bar in enumerate(page.players[0].staves[0].bars):
            above[index] = [sign for sign in bar.signs if sign.kind in ("tempo", "rehearsal", "feel", "system")]
    found = []
    for number, player in enumerate(page.players):
        own = player if number == 0 else _with_signs(player, above)
        found.append(replace(page, players=(replace(own, section=""),), note=player.name, part=True))
    return found


def _with_signs(player: Player, signs: Signs) -> Player:
    first = player.staves[0]
    bars = tuple(
        replace(bar, signs=(*signs.get(index, ()), *bar.signs)) if index in signs else bar
        for index, bar in enumerate(first.bars)
    )
    return replace(player, staves=(replace(first, bars=bars), *player.staves[1:]))


def transposition(stand: Stand, fifths: int, *, transposed: bool) -> tuple[Transposition, int]:
    """What is read against what sounds, and the key that is read: a key of many sharps becomes its enharmonic."""
    octaves = int(stand.row.get("octave", 0))
    steps, semitones = stand.row.get("transpose", (0, 0)) if transposed else (0, 0)
    key = fifths + (-7 * semitones + 5) % 12 - 5
    if key > 6:
        key, steps = key - 12, steps - 1
    elif key < -6:
        key, steps = key + 12, steps + 1
    # An octave of the transposition itself counts as one, as MusicXML has it.
    whole = -(-semitones // 12) if semitones < -12 else 0
    return Transposition(steps=steps - 7 * whole, semitones=semitones - 12 * whole, octaves=octaves + whole), key


def _player(stand: Stand, bars: Sequence[Bar], grid: Pulses, fifths: int, *, transposed: bool) -> Player:
    shift, key = transposition(stand, fifths, transposed=transposed)
    row = stand.row
    kit = bool(row.get("kit"))
    notes = _notes(stand, bars)
    if not kit:
        notes = [replace(note, pitch=min(127, max(0, note.pitch - shift.total))) for note in notes]
    both = hands(notes, bars) if row.get("staves", 1) > 1 else (notes, [])
    written = [staff for staff in both if staff] if _one_hand(both) else list(both)
    signs = player_signs(stand, bars)
    staves = []
    for number, staff in enumerate(written):
        clefs = row["clefs"] if len(written) == 1 or number == 0 else row["clefs"][::-1]
        clefs = _for_hand(clefs, both, len(written), number)
        staves.append(_staff(staff, bars, grid, clefs, signs[number] if number < len(signs) else {}, stand))
    name = str(row.get("in_key", row["name"])) if transposed else str(row["name"])
    if stand.number:
        name = f"{name} {stand.number}"
    return Player(
        name=name, short=stand.short, section=str(row["section"]), staves=tuple(staves), fifths=key,
        transposition=shift, program=_program(stand), drums=_drums(notes) if kit else (),
    )  # fmt: skip


def _one_hand(both: tuple[list[Written], list[Written]]) -> bool:
    """Nearly all on one side: one staff is enough."""
    return min(len(staff) for staff in both) == 0


def _for_hand(clefs: Sequence[str], both: tuple[list[Written], list[Written]], staves: int, number: int) -> list[str]:
    if staves == 1:
        return list(clefs) if both[0] else list(clefs)[::-1]
    return ["treble", "bass"] if number == 0 else ["bass", "treble"]


def _notes(stand: Stand, bars: Sequence[Bar]) -> list[Written]:
    """All that stands on the player's staves, each note once, with slurs where the line sings."""
    rows = tables.read("instruments.toml")
    slurs: list[tuple[Written, Written]] = []
    found: list[Written] = []
    for line in stand.lines:
        instrument = rows.get(line.parts[0].instrument, {})
        struck = instrument.get("dynamics") == "velocity"
        notes = rung(line.notes) if struck else list(line.notes)
        sings = stand.row.get("legato") and not struck and not technique(line.way).get("dry")
        if sings and any(part.role in _SUNG for part in line.parts):
            slurs += slurred(notes, bars)
        found += notes
    seen: dict[tuple[int, int, int], Written] = {}
    for note in found:
        seen.setdefault((note.start, note.end, note.pitch), note)
    kept = {(note.line, note.start, note.pitch) for note in seen.values()}
    whole = [(a, b) for a, b in slurs if {(n.line, n.start, n.pitch) for n in (a, b)} <= kept]
    return with_slurs(list(seen.values()), numbered(whole))


def _staff(
    notes: Sequence[Written], bars: Sequence[Bar], grid: Pulses, clefs: Sequence[str], signs: Signs, stand: Stand
) -> Staff:  # fmt: skip
    content = in_bars(notes, bars, grid)
    pitches = [[pitch for voice in voices for glyph in voice for pitch in glyph.pitches] for voices in content]
    if stand.row.get("kit"):
        reads = [("percussion", 0)] * len(bars)
    else:
        octaves = stand.row["section"] in _OCTAVE_LINES
        reads = list(readings(pitches, clefs, octaves=octaves))
    pages = []
    before: tuple[str, int] = ("", 0)
    for index, (voices, now) in enumerate(zip(content, reads, strict=True)):
        more = list(signs.get(index, ()))
        if before[1] and now[1] != before[1]:
            more.append(Sign(kind="octave", at=Fraction(0), text="stop"))
        if now[1] and now[1] != before[1]:
            more.append(Sign(kind="octave", at=Fraction(0), text="down" if now[1] > 0 else "up"))
        clef = now[0] if now[0] != before[0] else None
        pages.append(BarPage(voices=voices, signs=tuple(more), clef=clef))  # type: ignore[arg-type]
        before = now
    return Staff(bars=tuple(pages))


def _drums(notes: Sequence[Written]) -> tuple[tuple[int, str, str, str], ...]:
    rows = tables.read("notation.toml")["drums"]
    found = []
    for pitch in sorted({note.pitch for note in notes}):
        row = rows.get(str(pitch), rows["other"])
        found.append((pitch, row["at"], row.get("head", ""), row["name"]))
    return tuple(found)


def _program(stand: Stand) -> int:
    row = tables.read("instruments.toml").get(stand.lines[0].parts[0].instrument, {})
    return next((int(p["program"]) for p in row.get("presets", ()) if p.get("font") == "*" and p["bank"] < 128), 0)
