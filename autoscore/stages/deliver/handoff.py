"""Notes for other programs: MIDI a cue and a film, tempo map and cue sheet as CSV, the music alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from autoscore import tables
from autoscore.adapters import mux, sound
from autoscore.adapters.files import write_text
from autoscore.model.audio import RATE_HZ, Mix
from autoscore.model.cues import CuePlan
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.model.score import Score
from autoscore.model.tempo import TempoMap
from autoscore.stages.deliver import midi_files
from autoscore.stages.deliver.notes import Music, picture_code


def music_of(tempo: TempoMap, score: Score, plan: CuePlan | None = None) -> list[Music]:
    """The cues that have a clock, in film order; with ``plan`` they know their film and how far they swing."""
    swings = {cue.id: tables.mood(cue.mood).tempo.swing for cue in plan.cues} if plan else {}
    film, by = (plan.film, credit(plan)) if plan else ("", "autoscore")
    cues = [
        Music(score=cue, tempo=tempo.of(cue.cue_id), film=film, swing=swings.get(cue.cue_id, 0.5), by=by)
        for cue in score.cues
    ]
    return sorted((music for music in cues if music.tempo.segments), key=lambda music: music.tempo.start_s)


def credit(plan: CuePlan, aside: str = "") -> str:
    """Whose music it is: the program's, after the tune that the user brought where there is one."""
    own = f', on the theme "{plan.own_theme.title}"' if plan.own_theme is not None else ""
    return f"autoscore{f' ({aside})' if aside else ''}{own}"


def write_score_midi(plan: CuePlan, tempo: TempoMap, score: Score, duration_s: float, folder: Path) -> tuple[str, ...]:
    """The MIDI files of any score, as ``write`` makes them of the finished one; returns their names in ``folder``.

    Raises:
        StorageError: a file cannot be written.
    """
    return midi_files.write(plan, music_of(tempo, score), duration_s, folder)


def write(
    plan: CuePlan, cues: Sequence[Music], media: Media, workspace: Path, *, quick: bool = False,
    on_progress: Progress = ignore_progress, whole: Callable[[Music], Music] = lambda music: music,
) -> tuple[str, ...]:  # fmt: skip
    """Writes score.mid and score_quantised.mid for the film, the same for each cue, and the two tables.

    Returns the files' names relative to the workspace. ``quick``: for a first look, of the MIDI files score.mid alone.
    ``whole``: see ``midi_files.write``.

    Raises:
        StorageError: a file cannot be written.
    """
    files = midi_files.write(plan, cues, media.duration_s, workspace, quick=quick, on_progress=on_progress, whole=whole)
    write_text(workspace / "tempo.csv", tempo_table(cues, plan))
    write_text(workspace / "cues.csv", cue_table(plan))
    return (*files, "tempo.csv", "cues.csv")


def _csv(rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def tempo_table(cues: Iterable[Music], plan: CuePlan) -> str:
    """Every bar: cue, bar, metre, beat it starts at, film time, timecode from 01:00:00:00, tempo there (quarters)."""
    rows: list[Sequence[object]] = [
        ("cue", "bar", "metre", "start_quarters", "film_s", "timecode", "quarters_per_minute")
    ]
    for music in cues:
        tempo = music.tempo
        for bar in tempo.bars:
            at_s = tempo.seconds_at(bar.start_beats)
            ahead_s = tempo.seconds_at(bar.start_beats + bar.length_beats) - at_s
            rows.append(
                (tempo.cue_id, bar.number, bar.metre, float(bar.start_beats), f"{at_s:.6f}",
                 picture_code(at_s, plan.rate), f"{60.0 * float(bar.length_beats) / ahead_s:.3f}")
            )  # fmt: skip
    return _csv(rows)


def cue_table(plan: CuePlan) -> str:
    """The cue sheet as performing-rights societies ask for it: what sounds when, how long, and how it is used."""
    rows: list[Sequence[object]] = [
        ("cue", "title", "timecode_in", "timecode_out", "duration_s", "duration", "usage", "mood", "key", "metre",
         "tempo_bpm", "composer")
    ]  # fmt: skip
    for cue in plan.cues:
        if cue.muted:
            continue
        minutes, seconds = divmod(round(cue.duration_s), 60)
        rows.append(
            (cue.id, cue.title, picture_code(cue.start_s, plan.rate), picture_code(cue.end_s, plan.rate),
             f"{cue.duration_s:.3f}", f"{minutes}:{seconds:02d}", "background instrumental", cue.mood, cue.key,
             cue.metre, f"{cue.tempo_bpm:g}", credit(plan, f"seed {plan.seed}"))
        )  # fmt: skip
    return _csv(rows)


def music_alone(mix: Mix, media: Media, workspace: Path, output: Path, facts: str = "") -> tuple[str, ...]:
    """The score without the film: one sound file as long as the film, from its first picture; its comment: ``facts``.

    WAV and FLAC are 24-bit; other endings are encoded as their container asks.

    Raises:
        StorageError: it cannot be written.
    """
    music = workspace / mix.music_path
    total = round(media.duration_s * RATE_HZ)

    def blocks() -> Iterator[sound.Samples]:
        import numpy as np

        first = round(-mix.start_s * RATE_HZ)
        done = 0
        if first < 0:
            yield np.zeros((min(-first, total), 2), np.float32)
            done = min(-first, total)
        for block in sound.read_file(music, start_frame=max(0, first)):
            part = block.samples[: total - done]
            done += len(part)
            yield part
            if done >= total:
                return
        if done < total:
            yield np.zeros((total - done, 2), np.float32)

    if output.suffix.lower() in (".wav", ".flac"):
        sound.write_file(output, blocks(), comment=facts)
        return ()
    return mux.sound_alone(music, output, start_s=-mix.start_s, length_s=media.duration_s, comment=facts)
