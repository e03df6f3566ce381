"""Which MIDI files there are: the film's and each cue's, as played and as written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autoscore.adapters import midi
from autoscore.adapters.files import storage_errors
from autoscore.model.cues import CuePlan
from autoscore.model.events import Progress, ignore_progress
from autoscore.stages.deliver.grid import cue_grid, film_grid
from autoscore.stages.deliver.notes import Music, conductor, cue_tracks, film_tracks


def write(
    plan: CuePlan, cues: Sequence[Music], duration_s: float, workspace: Path, *, quick: bool = False,
    on_progress: Progress = ignore_progress,
) -> tuple[str, ...]:  # fmt: skip
    """Writes score.mid, score_quantised.mid and the same for each cue in midi/; returns their names. ``quick``:
    score.mid alone.

    Raises:
        StorageError: a file cannot be written.
    """
    grid = film_grid(tuple(music.tempo for music in cues), duration_s)
    whole = conductor(plan.film, cues, grid, plan, start_s=grid.start_s)
    midi.save(workspace / "score.mid", whole, film_tracks(cues, grid, "played"))
    if quick:
        return ("score.mid",)
    midi.save(workspace / "score_quantised.mid", whole, film_tracks(cues, grid, "written"))
    files = ["score.mid", "score_quantised.mid"]
    by_cue = workspace / "midi"
    with storage_errors(by_cue):
        by_cue.mkdir(exist_ok=True)
    for number, music in enumerate(cues):
        on_progress(number / len(cues))
        own, cue_id = cue_grid(music.tempo), music.score.cue_id
        lead = conductor(f"{cue_id} {music.score.title}".strip(), [music], own, plan, start_s=music.tempo.start_s)
        midi.save(by_cue / f"{cue_id}.mid", lead, cue_tracks(music, own, "played"))
        midi.save(by_cue / f"{cue_id}_quantised.mid", lead, cue_tracks(music, own, "written"))
        files += [f"midi/{cue_id}.mid", f"midi/{cue_id}_quantised.mid"]
    return tuple(files)
