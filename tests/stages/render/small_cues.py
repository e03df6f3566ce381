"""Small scores to be played, and the sound they became."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from autoscore.adapters.soundfiles import read_file
from autoscore.model.audio import Stem
from autoscore.model.score import CueScore, Group, Note, Part
from autoscore.model.tempo import CueTempo, TempoSegment

BEATS = Fraction(24)
TEMPO = CueTempo(
    cue_id="1M1",
    start_s=1.0,
    end_s=13.0,
    base_bpm=120.0,
    bars=(),
    segments=(TempoSegment(start_beats=Fraction(0), end_beats=BEATS, start_bpm=120.0, end_bpm=120.0, start_s=1.0),),
)


def part(instrument: str, group: Group, *notes: Note, name: str = "", level_db: float = 0.0) -> Part:
    return Part(id=name or instrument, name=instrument, instrument=instrument, group=group, role="harmony",
                notes=notes, level_db=level_db)  # fmt: skip


def note(beat: int, pitch: int, length: int = 2, velocity: int = 80, **more: object) -> Note:
    return Note(start_beats=Fraction(beat), length_beats=Fraction(length), pitch=pitch, velocity=velocity,
                **more)  # type: ignore[arg-type]  # fmt: skip


def score(*parts: Part) -> CueScore:
    return CueScore(cue_id="1M1", title="", key="C major", parts=parts)


def samples(folder: Path, stem: Stem) -> np.ndarray:
    return np.concatenate([block.samples for block in read_file(folder / stem.path)])
