"""Which MIDI files there are: the film's and each cue's, as played and as written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from autoscore.adapters import midi
from autoscore.model.cues import CuePlan
from autoscore.model.events import Progress, ignore_progress
from autoscore.stages.deliver.grid import cue_grid, film_grid
from autoscore.stages.deliver.midi_tracks import Tracks, Variant
from autoscore.stages.deliver.notes import Music, conductor

_VARIANTS: tuple[tuple[Variant, str], ...] = (("played", ""), ("written", "_quantised"))


def write(
    plan: CuePlan, cues: Sequence[Music], duration_s: float, workspace: Path, *, quick: bool = False,
    on_progress: Progress = ignore_progress, whole: Callable[[Music], Music] = lambda music: music,
) -> tuple[str, ...]:  # fmt: skip
    """Writes score.mid, score_quantised.mid and the same for each cue in midi/; returns their names.

    Args:
        quick: score.mid alone. whole: gives each of ``cues`` with its notes, where they are without; one at a time is
            needed.

    Raises:
        StorageError: a file cannot be written.
    """
    grid = film_grid(tuple(music.tempo for music in cues), duration_s)
    variants = _VARIANTS[:1] if quick else _VARIANTS
    film = {variant: Tracks(grid, variant) for variant, _ in variants}
    files = [f"score{ending}.mid" for _, ending in variants]
    for number, bare in enumerate(cues):
        on_progress(number / len(cues))
        music = replace(whole(bare), _known={}, _written={})
        for tracks in film.values():
            tracks.add_to_film(music)
        if not quick:
            files += _write_cue(plan, music, workspace)
    lead = conductor(plan.film, cues, grid, plan, start_s=grid.start_s)
    for variant, ending in variants:
        midi.save(workspace / f"score{ending}.mid", lead, film.pop(variant))
    return tuple(files)


def _write_cue(plan: CuePlan, music: Music, workspace: Path) -> list[str]:
    """One cue's files; returns their names."""
    own, cue_id = cue_grid(music.tempo), music.score.cue_id
    lead = conductor(f"{cue_id} {music.score.title}".strip(), [music], own, plan, start_s=music.tempo.start_s)
    files = []
    for variant, ending in _VARIANTS:
        tracks = Tracks(own, variant)
        tracks.add_cue(music)
        files.append(f"midi/{cue_id}{ending}.mid")
        midi.save(workspace / files[-1], lead, tracks)
    return files
