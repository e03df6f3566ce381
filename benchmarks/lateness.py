"""How late a stem's notes speak: the attack heard at a note's own pitch against the moment it was meant for."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.model.audio import RATE_HZ, Stems
from autoscore.model.score import Note, Part
from autoscore.model.tempo import CueTempo

sys.path.insert(0, str(Path(__file__).parent))
from studio import Take

Array = NDArray[np.float64]
_ATTACK = 10.0 ** (-10.0 / 20.0)
_MOST_NOTES = 60
_LEAST_NOTES = 6
_CLEAR_S = 0.45
"""No other sound at the note's harmonics from this long before it until it has spoken."""
_LOWEST = 45
"""Below, a period is too long to say when a note begins."""


def late_ms(take: Take, cue_id: str, group: str, mono: NDArray[np.float32], stems: Stems) -> float | None:
    """Median lateness in ms of the notes of one group that stand free; None where too few do.

    Listened to are the note's fundamental and second partial, by a window of three periods and at least 12 ms; the
    attack is where that level first reaches -10 dB of its plateau, as in the guide's table 6.2.
    """
    score = next(cue for cue in take.score.cues if cue.cue_id == cue_id)
    tempo = take.tempo.of(cue_id)
    start_s = next(stem.start_s for stem in stems.stems if stem.cue_id == cue_id and stem.group == group)
    parts = [part for part in score.parts if part.group == group and part.notes]
    rows = tables.read("instruments.toml")
    sounding = [(*_span(note, tempo), note.pitch) for part in parts for note in part.notes]
    errors: list[float] = []
    for part, note in _spread([(p, n) for p in parts if _listens(p, rows) for n in p.notes]):
        on_s, off_s = _span(note, tempo)
        if note.anchor == "peak" or note.pitch < _LOWEST or off_s - on_s < 0.25 or not _free(note, on_s, sounding):
            continue
        found = _attack_s(mono, on_s - start_s, note.pitch, rows[part.instrument]["dynamics"] == "cc")
        if found is not None:
            errors.append((found - (on_s - start_s)) * 1000.0)
    return float(np.median(errors)) if len(errors) >= _LEAST_NOTES else None


def _listens(part: Part, rows: dict[str, dict[str, list[dict[str, int]]]]) -> bool:
    return all(preset["bank"] != 128 for preset in rows[part.instrument]["presets"])


def _spread(notes: list[tuple[Part, Note]]) -> list[tuple[Part, Note]]:
    step = max(1, len(notes) // (8 * _MOST_NOTES))
    return notes[::step]


def _span(note: Note, tempo: CueTempo) -> tuple[float, float]:
    on_s = tempo.seconds_at(note.start_beats) + note.nudge_ms / 1000.0
    return on_s, tempo.seconds_at(note.start_beats + note.length_beats) + note.release_ms / 1000.0


def _free(note: Note, on_s: float, sounding: list[tuple[float, float, int]]) -> bool:
    """Does no other note sound near the first two partials just before and while this one begins?"""
    mine = (note.pitch, note.pitch + 12)
    for start_s, end_s, pitch in sounding:
        if end_s < on_s - _CLEAR_S or start_s > on_s + 0.3 or (pitch == note.pitch and abs(start_s - on_s) < 1e-6):
            continue
        if any(abs(m - t) <= 1 for m in mine for t in (pitch, pitch + 12, pitch + 19, pitch + 24)):
            return False
    return True


def _attack_s(mono: NDArray[np.float32], at_s: float, pitch: int, held: bool) -> float | None:
    """Time from the stem's start at which the partials reach -10 dB of their plateau; None when they never rise."""
    hz = 440.0 * 2.0 ** ((pitch - 69) / 12.0)
    width = max(round(0.012 * RATE_HZ), round(3.0 * RATE_HZ / hz))
    before, after = round(0.25 * RATE_HZ), round(0.30 * RATE_HZ)
    first = round(at_s * RATE_HZ) - before
    if first < width or first + before + after + width > len(mono):
        return None
    piece = mono[first - width : first + before + after + width].astype(np.float64)
    time_s = np.arange(len(piece)) / RATE_HZ
    window = np.hanning(width)
    level = sum(
        np.abs(np.convolve(piece * np.exp(-2j * np.pi * k * hz * time_s), window / window.sum(), mode="same")) ** 2
        for k in (1, 2)
    )
    envelope: Array = np.sqrt(np.asarray(level))[width:-width]
    late = envelope[before + round(0.15 * RATE_HZ) :]
    plateau = float(np.median(late)) if held else float(envelope[before - width :].max())
    floor = float(envelope[: round(0.12 * RATE_HZ)].max())
    if plateau <= 1e-6 or floor > 0.2 * plateau:
        return None
    reached = int(np.argmax(envelope >= _ATTACK * plateau))
    # A step seen through the window is at -10 dB a little before its middle.
    return (first + reached) / RATE_HZ + 0.11 * width / RATE_HZ
