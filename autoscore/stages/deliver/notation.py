"""MusicXML of each cue, from the written notes: concert pitch, the bars of the MIDI file, marks, timecode."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from autoscore import __version__, tables
from autoscore.adapters import files, theory
from autoscore.adapters.page import BarPage, ClefName, Hairpin, Page, Sign, Staff
from autoscore.model.score import Part
from autoscore.model.tempo import Bar, pulse_beats
from autoscore.stages.deliver.barring import Voices, in_bars
from autoscore.stages.deliver.notes import Music, picture_code, signature
from autoscore.stages.deliver.written import UNITS, Pulses, Written, pulses, rung, written

_TEMPO_STEP = 0.02
_MIDDLE_C = 60
_SPREAD = 19
"""Semitones between a part's highest and lowest notes from which on two staves are easier to read."""
_STROKES = 3


Sheets = tuple[tuple[str, ...], tuple[str, ...]]
"""(file names, warnings)."""


@contextmanager
def written_beside(cues: Sequence[Music], rate: Fraction, workspace: Path) -> Iterator[Callable[[], Sheets]]:
    """Writes the cues in a thread of its own while the block does other work; yields what waits for the result.

    Where the block fails, cues that are not begun are left out.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="notation") as pool:
        jobs = [pool.submit(write, music, rate, workspace) for music in cues]

        def sheets() -> Sheets:
            found = [job.result() for job in jobs]
            return tuple(name for name, _ in found if name), tuple(warning for _, warning in found if warning)

        try:
            yield sheets
        finally:
            for job in jobs:
                job.cancel()


def write(music: Music, rate: Fraction, workspace: Path) -> tuple[str, str]:
    """Writes musicxml/CUE.musicxml. Returns (file name, warning); both empty for a cue without bars or notes.

    A file that was written from the same page is kept. What cannot be notated is a warning, never an error.

    Raises:
        StorageError: the file cannot be written.
    """
    cue = music.score.cue_id
    if not music.tempo.bars or not any(part.notes for part in music.score.parts):
        return "", ""
    name = f"musicxml/{cue}.musicxml"
    try:
        page = page_of(music, rate)
        if not page.staves:
            return "", ""
        digest = digest_of(page)
        if _digest_in(workspace / name) == digest:
            return name, ""
        text = theory.musicxml(page, software=f"autoscore {__version__}", digest=digest)
    except Exception as error:
        # Whatever music21 stumbles over, a sheet of paper is not worth a film.
        reason = f"{type(error).__name__}: {error}"
        return "", f"Cue {cue} is not written as MusicXML ({reason}); its MIDI files have all its notes."
    path = workspace / name
    with files.storage_errors(path.parent):
        path.parent.mkdir(exist_ok=True)
    files.write_text(path, text)
    return name, ""


def digest_of(page: Page) -> str:
    """Of everything that decides the file's bytes."""
    return hashlib.sha256(f"{page!r} {theory.FORMAT} {__version__} {theory.version()}".encode()).hexdigest()


def _digest_in(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            head = file.read(4096)
    except (OSError, ValueError):
        return ""
    _, found, after = head.partition('name="autoscore-digest">')
    return after.partition("<")[0] if found else ""


def page_of(music: Music, rate: Fraction) -> Page:
    """The cue as it stands on paper. Film time is shown as timecode at ``rate`` frames per second."""
    score, bars = music.score, music.tempo.bars
    sharps, minor = signature(score.key)
    grid = pulses(bars)
    order = tables.read("notation.toml")["page"]["order"]
    parts = sorted((part for part in score.parts if part.notes), key=lambda part: order.index(part.group))
    staves: list[Staff] = []
    for part in parts:
        staves += _staves(part, bars, grid, _system_signs(music, rate) if not staves else {})
    return Page(
        title=f"{score.cue_id} {score.title}".strip(),
        fifths=sharps,
        minor=minor,
        metres=tuple((bar.numerator, bar.denominator) for bar in bars),
        pulses=tuple(pulse_beats(bar.metre) for bar in bars),
        staves=tuple(staves),
    )


def _staves(part: Part, bars: Sequence[Bar], grid: Pulses, system: dict[int, list[Sign]]) -> list[Staff]:
    row = tables.read("instruments.toml").get(part.instrument, {})
    rows = tables.read("notation.toml")
    presets = row.get("presets", ())
    drums = any(preset.get("bank") == 128 for preset in presets)
    notes = written(
        part.notes, grid, struck=row.get("dynamics") == "velocity",
        strokes=_STROKES if part.instrument.endswith("_trem") else 0,
    )  # fmt: skip
    struck = row.get("dynamics") == "velocity"
    if not notes:
        return []
    lines = _hands(notes) if part.group in rows["page"]["two_staves"] else [notes]
    clef: ClefName = next((row["clef"] for first, row in rows["clefs"].items() if part.instrument.startswith(first)
                 and row["low"] <= sum(n.pitch for n in notes) / len(notes) <= row["high"]), "")  # fmt: skip
    found = []
    for number, line in enumerate(lines):
        signs = {bar: list(more) for bar, more in system.items()} if number == 0 else {}
        hairpins: list[Hairpin] = []
        if number == 0:
            hairpins = _dynamics(part, line, bars, signs)
        content = in_bars(rung(line) if struck else line, bars, grid)
        found.append(
            Staff(
                name=part.name, short=_short(part.name), bars=_bar_pages(content, signs), hairpins=tuple(hairpins),
                clef=clef if len(lines) == 1 else "", drums=_drums(rows["drums"], line) if drums else (),
                braced=number > 0,
                program=next((int(p["program"]) for p in presets if p.get("font") == "*" and p["bank"] < 128), 0),
            )
        )  # fmt: skip
    return found


def _bar_pages(content: Sequence[Voices], signs: dict[int, list[Sign]]) -> tuple[BarPage, ...]:
    return tuple(BarPage(voices=voices, signs=tuple(signs.get(index, ()))) for index, voices in enumerate(content))


def _hands(notes: list[Written]) -> list[list[Written]]:
    """One staff, or two where the part goes well above and below middle C."""
    low, high = min(note.pitch for note in notes), max(note.pitch for note in notes)
    if high - low < _SPREAD or not low + 5 <= _MIDDLE_C <= high - 5:
        return [notes]
    return [[n for n in notes if n.pitch >= _MIDDLE_C], [n for n in notes if n.pitch < _MIDDLE_C]]


def _short(name: str) -> str:
    """ "Harmony Violas (slow)" -> "Harm. Vla."; words without a usual short form are cut, short ones kept."""
    usual = tables.read("notation.toml")["short"]
    words = name.partition("(")[0].split()
    return " ".join(usual.get(word, word if len(word) < 6 else f"{word[:4]}.") for word in words)


def _drums(rows: dict[str, dict[str, str]], notes: Sequence[Written]) -> tuple[tuple[int, str, str], ...]:
    found = []
    for pitch in sorted({note.pitch for note in notes}):
        row = rows.get(str(pitch), rows["other"])
        found.append((pitch, row["at"], row.get("head", "")))
    return tuple(found)


def _place(beats: Fraction, bars: Sequence[Bar]) -> tuple[int, Fraction] | None:
    """(bar index, quarters from its start) of ``beats``."""
    for index, bar in enumerate(bars):
        if bar.start_beats <= beats < bar.start_beats + bar.length_beats:
            return index, beats - bar.start_beats
    return None


def _system_signs(music: Music, rate: Fraction) -> dict[int, list[Sign]]:
    """Tempo, rehearsal marks, hits and timecode, written once above the score. Bar index -> signs."""
    tempo, bars = music.tempo, music.tempo.bars
    signs: dict[int, list[Sign]] = {}

    def put(beats: Fraction, make: Callable[[Fraction], Sign]) -> None:
        place = _place(beats, bars)
        if place is not None:
            signs.setdefault(place[0], []).append(make(place[1]))

    last = 0.0
    for index, bar in enumerate(bars):
        length_s = tempo.seconds_at(bar.start_beats + bar.length_beats) - tempo.seconds_at(bar.start_beats)
        bpm = 60.0 * float(bar.length_beats) / length_s
        other_pulse = index > 0 and pulse_beats(bar.metre) != pulse_beats(bars[index - 1].metre)
        if other_pulse or abs(bpm - last) > _TEMPO_STEP * bpm:
            put(bar.start_beats, lambda at, bpm=bpm: Sign(kind="tempo", at=at, bpm=round(bpm, 2)))  # type: ignore[misc]
            last = bpm
    for segment in tempo.segments:
        if segment.label:
            word = {"rit": "rit.", "accel": "accel."}.get(segment.label, segment.label)
            put(segment.start_beats, lambda at, word=word: Sign(kind="words", at=at, text=word))  # type: ignore[misc]
    for section in music.score.sections:
        put(section.start_beats, lambda at, text=section.function: Sign(kind="rehearsal", at=at, text=text))  # type: ignore[misc]

    def clock(time_s: float) -> str:
        return picture_code(time_s, rate)

    put(Fraction(0), lambda at: Sign(kind="system", at=at, text=clock(tempo.start_s)))
    for hit in music.score.hits:
        device = "" if hit.device == "none" else f" {hit.device.replace('_', ' ')}"
        text = f"{clock(hit.time_s)} {hit.hit_id}{device}"
        put(hit.at_beats, lambda at, text=text: Sign(kind="system", at=at, text=text))  # type: ignore[misc]
    return signs


def _dynamics(
    part: Part, notes: Sequence[Written], bars: Sequence[Bar], signs: dict[int, list[Sign]]
) -> list[Hairpin]:  # fmt: skip
    """Puts dynamics into ``signs``, each at a note; returns the hairpins."""
    starts = [Fraction(note.start, UNITS) for note in notes]
    hairpins = []
    said = ""
    for mark in sorted(part.dynamics, key=lambda mark: mark.at_beats):
        if mark.mark in ("<", ">"):
            end = mark.end_beats if mark.end_beats is not None else mark.at_beats
            hairpins.append(Hairpin(grows=mark.mark == "<", start=mark.at_beats, end=end))
        elif mark.mark.strip("pfmsz") == "" and mark.mark != said:
            at = next((start for start in starts if start >= mark.at_beats), None)
            place = _place(at, bars) if at is not None else None
            if place is not None:
                signs.setdefault(place[0], []).append(Sign(kind="dynamic", at=place[1], text=mark.mark))
                said = mark.mark
    return hairpins
