"""render: a composed cue becomes dry stereo stems, one per instrument group."""

from __future__ import annotations

from pathlib import Path

from autoscore.adapters.heap import give_back
from autoscore.model.audio import Stems
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.score import CueScore
from autoscore.model.tempo import CueTempo
from autoscore.stages.render.fonts import Font, FontSet, find_fonts
from autoscore.stages.render.room import Room

__all__ = ["Font", "FontSet", "Room", "find_fonts", "release", "render_cue"]


def release() -> None:
    """Returns the memory that playing took to the system."""
    give_back()


def render_cue(
    score: CueScore, tempo: CueTempo, fonts: FontSet, folder: Path, on_progress: Progress = ignore_progress
) -> Stems:
    """Renders one cue to 48 kHz 24-bit stereo FLAC, a file per group that plays, and nothing else.

    Notes are sent early by what their preset needs to speak; levels are evened out by measurement and then set to the
    balance of tables/loudness.toml. The same score and fonts give the same bytes, whatever this machine remembers of
    them: measurements and decoded samples that it does not have are made as they were before.

    Args:
        folder: where "CUE_GROUP.flac" go; made when absent.

    Raises:
        ToolMissingError: FluidSynth or a SoundFont fails.
        StorageError: a file cannot be written.
    """
    with Room(fonts, folder) as room:
        room.begin([(score, tempo)])
        return room.finish(score.cue_id, on_progress)
