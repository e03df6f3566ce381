"""Human pieces as the checks hear them: windows of MIDI files as cues with parts, chords and a melody.

Needs symusic and the folder `shared` beside the repository (`data/human_midi`, `tools/musicality.py`): chords and
melody are the ones that the measuring tool finds. Score-made files have notated dynamics and no played timing, so
faults 1-6 say nothing about them; intensity and form are not known either.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

from autoscore.model.cues import Cue, ThemeUse
from autoscore.model.score import ChordSymbol, CueScore, Note, Part, Section
from autoscore.model.tempo import Bar, CueTempo, TempoSegment
from autoscore.stages.compose.check.hearing import Heard, Hearing, listen
from autoscore.stages.compose.orchestra.players import player

SHARED = Path(__file__).resolve().parents[2] / "shared"
GRID = 48
PROGRAMS = {
    0: "piano", 4: "electric_piano", 8: "celesta", 14: "tubular_bells", 29: "clean_guitar", 30: "clean_guitar",
    33: "finger_bass", 34: "finger_bass", 35: "fretless_bass", 36: "finger_bass", 38: "synth_bass1", 40: "violins1",
    41: "violas", 42: "cellos", 43: "basses", 46: "harp", 47: "timpani", 48: "strings", 55: "strings", 56: "trumpet",
    57: "trombone", 58: "tuba", 60: "horn", 62: "brass_section", 67: "bassoon", 68: "oboe", 69: "cor_anglais",
    70: "bassoon", 71: "clarinet", 72: "piccolo", 73: "flute", 80: "square_lead", 81: "saw_lead", 84: "saw_lead",
    87: "saw_lead", 89: "warm_pad",
}  # fmt: skip
NOTE_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def why_not() -> str:
    """Why human pieces cannot be heard here; empty when they can."""
    if not SHARED.joinpath("tools", "musicality.py").exists():
        return "there is no folder `shared` with tools/musicality.py beside the repository"
    return "" if importlib.util.find_spec("symusic") else "symusic is not installed"


def tool(name: str = "musicality") -> ModuleType:
    """The shared measuring tool as a module."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, SHARED / "tools" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _beats(value: float) -> Fraction:
    return Fraction(round(value * GRID), GRID)


def _instrument(program: int, name: str) -> str:
    key = PROGRAMS.get(program, "strings")
    return "violins2" if key == "violins1" and "2" in name else key


def _part(rows: Any, program: int, name: str, number: int) -> Part:
    instrument = _instrument(program, name)
    who = player(instrument)
    notes = tuple(
        Note(start_beats=_beats(max(0.0, on)), length_beats=max(Fraction(1, GRID), _beats(off - on)), pitch=int(pitch),
             velocity=int(min(127, max(1, vel))))
        for on, off, pitch, vel in rows
    )  # fmt: skip
    role = "bass" if who.group == "bass" or instrument in ("basses", "tuba") else "harmony"
    if who.family == "drums":
        role = "percussion"
    return Part(id=f"{number:02d} {name}", name=name, instrument=instrument, group=who.group, role=role, notes=notes)  # type: ignore[arg-type]


def _chords(measure: ModuleType, harmony: Any) -> tuple[ChordSymbol, ...]:
    found: list[ChordSymbol] = []
    for beat, (chord, key) in enumerate(zip(harmony.chord, harmony.key, strict=True)):
        if chord < 0:
            continue
        kind, root = measure.CHORDS[chord // 12], int(chord % 12)
        roman = f"{(root - int(key)) % 12}{kind[0]}{len(kind[1])}"
        if found and found[-1].roman == roman and found[-1].start_beats + found[-1].length_beats == beat:
            found[-1] = replace(found[-1], length_beats=found[-1].length_beats + 1)
            continue
        classes = tuple((root + step) % 12 for step in kind[1])
        found.append(
            ChordSymbol(
                start_beats=Fraction(beat), length_beats=Fraction(1), roman=roman, pitch_classes=classes, bass=root
            )
        )
    return tuple(found)


def hear(path: Path, start_s: float = 0.0, window_s: float = 90.0) -> Hearing | None:
    """``window_s`` of a piece from the bar at ``start_s`` on; None where not enough is left of it."""
    measure = tool()
    whole = measure.load(path)
    if start_s:
        first = int(whole.bars.searchsorted(start_s / whole.spq))
        if first >= len(whole.bars) - 8:
            return None
        at = whole.bars[first]
        keep = whole.on >= at - 0.01
        whole = replace(
            whole, on=whole.on[keep] - at, off=whole.off[keep] - at, pitch=whole.pitch[keep], vel=whole.vel[keep],
            trk=whole.trk[keep], bars=whole.bars[first:] - at, drum_on=whole.drum_on[whole.drum_on >= at] - at,
        )  # fmt: skip
    piece = measure.crop(whole, window_s)
    if piece.seconds < window_s * 0.7 or len(piece.on) < 100:
        return None
    harmony, melody = measure.analyse(piece, measure.roll(piece)), measure.melody(piece)
    from symusic import Score as MidiScore

    programs = [t.program for t in MidiScore(str(path)).tracks if not t.is_drum and len(t.notes)]
    parts = []
    for number, name in enumerate(piece.names):
        mine = piece.trk == number
        if mine.any():
            rows = zip(piece.on[mine], piece.off[mine], piece.pitch[mine], piece.vel[mine], strict=True)
            parts.append(_part(rows, programs[number], name, number))
    bars = tuple(
        Bar(number=i + 1, start_beats=_beats(a), numerator=max(1, round((b - a) * 2)), denominator=8)
        for i, (a, b) in enumerate(zip(piece.bars, piece.bars[1:], strict=False))
    )
    end = _beats(float(piece.bars[-1]))
    bpm = 60.0 / piece.spq
    tempo = CueTempo(
        cue_id="human", start_s=0.0, end_s=float(end) * piece.spq + 10.0, base_bpm=bpm, bars=bars,
        segments=(TempoSegment(start_beats=Fraction(0), end_beats=end, start_bpm=bpm, end_bpm=bpm, start_s=0.0),),
    )  # fmt: skip
    keys = list(harmony.key)
    main = max(sorted(set(keys)), key=keys.count)
    key = f"{NOTE_NAMES[main % 12]} {'major' if main < 12 else 'minor'}"
    functional = "freedoom" not in path.name
    cue = Cue(
        start_s=0.0, end_s=tempo.end_s, id="human", title=path.stem, in_type="hard", out_type="ring",
        mood="triumph" if functional else "action", valence=0.0, arousal=0.5, key=key, tempo_bpm=bpm,
        metre=bars[0].metre, palette="orchestral", theme=ThemeUse(theme="main", treatment="none"), dynamics=(),
    )  # fmt: skip
    sections = tuple(
        Section(start_beats=bars[i].start_beats, end_beats=bars[min(i + 8, len(bars) - 1)].start_beats, function="A",
                intensity=0.5)
        for i in range(0, len(bars) - 4, 8)
    )  # fmt: skip
    score = CueScore(
        cue_id="human",
        title=path.stem,
        key=key,
        parts=tuple(parts),
        sections=sections,
        chords=_chords(measure, harmony),
    )
    hearing = listen(cue, tempo, score)
    names = {i: _instrument(programs[i], n) + n for i, n in enumerate(piece.names)}
    lead = tuple(_sung(tempo, row) for row in melody)
    return replace(hearing, lead=lead, lead_players=tuple(names.get(int(row[4]), "") for row in melody))


def _sung(tempo: CueTempo, row: Any) -> Heard:
    on, off = _beats(max(0.0, float(row[0]))), _beats(float(row[1]))
    note = Note(start_beats=on, length_beats=max(Fraction(1, GRID), off - on), pitch=int(row[2]), velocity=80)
    return Heard(
        start=float(on), end=float(max(off, on + Fraction(1, GRID))), pitch=int(row[2]), velocity=80,
        on_s=tempo.seconds_at(on), off_s=tempo.seconds_at(off), written_s=tempo.seconds_at(on), written=note,
    )  # fmt: skip


def hearings(windows: int = 3) -> list[Hearing]:
    """Up to ``windows`` windows of 90 s, two minutes apart, of every human piece."""
    found = [
        hear(path, 120.0 * i)
        for path in sorted(SHARED.joinpath("data", "human_midi").glob("*.mid"))
        for i in range(windows)
    ]
    return [h for h in found if h is not None]
