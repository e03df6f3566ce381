"""Who reads what: the parts of one player on one staff, or on several where two lines are as many as can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from autoscore import tables
from autoscore.model.score import Note, Part
from autoscore.model.tempo import Bar
from autoscore.stages.deliver.notation_similar import similar
from autoscore.stages.deliver.written import UNITS, Pulses, Written, units, written

_RANK = ("melody", "counter", "bass", "harmony", "motion", "percussion", "colour", "pad", "hit")
_RHYTHMS = 2
"""So many rhythms at once on one staff."""
_VOICES = {"strings": 4, "": 6, "keys": 6, "choir": 6, "synthesizers": 6, "guitars": 6}
"""So many notes at once on one staff; two elsewhere, for two players share a stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is read as one line: one part's notes, or all that one struck instrument plays. ``way``: the technique;
    ``words``: what else is said, and at which quarter. ``given``: what it was written from, and ``played`` the parts'
    own notes for it; ``struck``: they die by themselves.
    """

    parts: tuple[Part, ...]
    notes: tuple[Written, ...]
    way: str = ""
    words: tuple[tuple[Fraction, str], ...] = ()
    given: tuple[Note, ...] = ()
    played: tuple[Note, ...] = ()
    struck: bool = False

    @property
    def rank(self) -> int:
        return min(_RANK.index(part.role) for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """One player's music. ``key`` and ``row`` of [players] in notation.toml; ``number`` 1.. where there are several."""

    key: str
    row: dict[str, Any]
    lines: tuple[Line, ...]
    number: int = 0

    @property
    def name(self) -> str:
        return f"{self.row['name']} {self.number}" if self.number else str(self.row["name"])

    @property
    def short(self) -> str:
        return f"{self.row['short']} {self.number}" if self.number else str(self.row["short"])


@lru_cache(maxsize=512)
def player_of(instrument: str) -> tuple[str, str]:
    """(key in [players], technique) of an instrument; players of their own are named after it."""
    rows = tables.read("notation.toml")
    base, way = instrument, instrument if instrument in rows["ways"] else ""
    for ending in rows["techniques"]:
        if instrument.endswith(f"_{ending}") and not way:
            base, way = instrument.removesuffix(f"_{ending}"), ending
    for key, row in rows["players"].items():
        if base in row.get("plays", (key,)) or instrument in row.get("plays", (key,)):
            return key, way
    return instrument, way


def technique(way: str) -> dict[str, Any]:
    """The row of a technique; empty for the ordinary one."""
    rows = tables.read("notation.toml")
    row: dict[str, Any] = rows["techniques"].get(way) or rows["ways"].get(way, {})
    return row


def stands(parts: Sequence[Part], bars: Sequence[Bar], grid: Pulses) -> list[Stand]:
    """All music stands in the order of the page."""
    rows = tables.read("notation.toml")["players"]
    by_player: dict[str, list[Line]] = {}
    struck: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        key, way = player_of(part.instrument)
        kit = bool(rows.get(key, {}).get("kit"))
        if kit or tables.read("instruments.toml").get(part.instrument, {}).get("dynamics") == "velocity":
            struck.setdefault((key, "" if kit else way), []).append(part)
        elif part.notes:
            by_player.setdefault(key, []).append(_line([part], part.notes, grid, key, way, struck=False))
    for (key, way), together in struck.items():
        found = [note for part in together for note in _kit_notes(part, bool(rows.get(key, {}).get("kit")))]
        by_player.setdefault(key, []).append(_line(together, found, grid, key, way, struck=True))
    order = [*rows, *(key for key in by_player if key not in rows)]
    found_stands = []
    for key in sorted(by_player, key=order.index):
        lines = [line for line in by_player[key] if line.notes]
        row = rows.get(key) or {
            "name": lines[0].parts[0].name,
            "short": key[:4],
            "section": "",
            "clefs": ["treble", "bass"],
        }
        groups = [lines] if row.get("staves", 1) > 1 else _shared(lines, bars, _VOICES.get(row["section"], 2))
        for number, group in enumerate(groups, 1):
            numbered = tuple(_numbered(line, place) for place, line in enumerate(group))
            found_stands.append(Stand(key=key, row=row, lines=numbered, number=number if len(groups) > 1 else 0))
    return [stand for stand in found_stands if stand.lines]


def shortened(stand: Stand, bars: Sequence[Bar]) -> Stand:
    """The stand with "sim." where a figure's articulation goes on."""
    lines = []
    for line in stand.lines:
        if line.rank <= _RANK.index("counter"):
            lines.append(line)
            continue
        notes, words = similar(line.notes, bars)
        lines.append(replace(line, notes=tuple(notes), words=tuple((at, "sim.") for at in words)))
    return replace(stand, lines=tuple(lines))


def _line(parts: Sequence[Part], given: Sequence[Note], grid: Pulses, key: str, way: str, *, struck: bool) -> Line:
    row = tables.read("notation.toml")["players"].get(key, {})
    notes = written(given, grid, struck=struck, strokes=int(technique(way).get("strokes", 0)))
    if row.get("brief") or technique(way).get("brief"):
        notes = _cut(notes)
    own = tuple(note for part in parts for note in part.notes)
    return Line(parts=tuple(parts), notes=tuple(notes), way=way, given=tuple(given), played=own, struck=struck)


def _cut(notes: Sequence[Written]) -> list[Written]:
    """Sounds that do not last: each is written up to the next one, and no longer than a quarter."""
    onsets = sorted({note.start for note in notes})
    after = dict(pairwise([*onsets, onsets[-1] + 4 * UNITS])) if onsets else {}
    return [
        note if note.strokes or note.glides else replace(note, end=min(note.end, note.start + UNITS, after[note.start]))
        for note in notes
    ]


def _kit_notes(part: Part, kit: bool) -> list[Note]:
    """An unpitched instrument's notes as numbers of a kit."""
    number = tables.read("notation.toml")["stands_for"].get(part.instrument) if kit else None
    return [replace(note, pitch=number) for note in part.notes] if number else list(part.notes)


def _numbered(line: Line, place: int) -> Line:
    return replace(line, notes=tuple(replace(note, line=place) for note in line.notes))


def _shared(lines: Sequence[Line], bars: Sequence[Bar], voices: int) -> list[list[Line]]:
    """Lines on as few staves as let them be read: the lead on the first, the others where there is room."""
    edges = [round(units(bar.start_beats + bar.length_beats)) for bar in bars]
    groups: list[list[Line]] = []
    taken: list[dict[int, list[Line]]] = []
    inside = {id(line): _by_bar(line, edges) for line in lines}
    for line in sorted(lines, key=lambda line: (line.rank, -_mean(line))):
        mine = inside[id(line)]
        for group, bars_taken in zip(groups, taken, strict=True):
            if all(_fits([*(inside[id(o)][bar] for o in bars_taken.get(bar, ())), notes],
                         [*(o.way for o in bars_taken.get(bar, ())), line.way], voices)
                   for bar, notes in mine.items()):  # fmt: skip
                group.append(line)
                break
        else:
            groups.append([line])
            taken.append({})
        bars_of = taken[next(i for i, group in enumerate(groups) if line in group)]
        for bar in mine:
            bars_of.setdefault(bar, []).append(line)
    return groups


def _mean(line: Line) -> float:
    return float(Fraction(sum(note.pitch for note in line.notes), len(line.notes)))


def _by_bar(line: Line, edges: Sequence[int]) -> dict[int, list[Written]]:
    found: dict[int, list[Written]] = {}
    bar = 0
    for note in line.notes:
        while bar + 1 < len(edges) and edges[bar] <= note.start:
            bar += 1
        at = bar
        while True:
            found.setdefault(at, []).append(note)
            if note.end <= edges[at] or at + 1 == len(edges):
                break
            at += 1
    return found


def _fits(several: Sequence[Sequence[Written]], ways: Sequence[str], voices: int) -> bool:
    if len(several) < 2:
        return True
    if len({(technique(way).get("word", ""), technique(way).get("strokes", 0)) for way in ways}) > 1:
        return False
    rhythms = {tuple(sorted({(note.start, note.end) for note in notes})) for notes in several}
    if len(rhythms) > _RHYTHMS:
        return False
    everything = {(note.start, note.end, note.pitch) for notes in several for note in notes}
    points = sorted((at, step) for start, end, _ in everything for at, step in ((start, 1), (end, -1)))
    now = most = 0
    for _, step in points:
        now += step
        most = max(most, now)
    return most <= voices
