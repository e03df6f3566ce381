"""mix: stems and the film's own sound become one programme at the loudness its delivery asks for."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from autoscore import tables
from autoscore.adapters.files import temporary
from autoscore.adapters.loudness import Meter
from autoscore.adapters.sound import read_blocks
from autoscore.errors import StorageError
from autoscore.model.analysis import Analysis
from autoscore.model.audio import RATE_HZ, Mix, SpeechMargin, Stem, Stems
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.stages.mix import ducking, master
from autoscore.stages.mix.balance import music_gain_db
from autoscore.stages.mix.finish import Programme, combine, write_out
from autoscore.stages.mix.music import lay_cue, music_end_s
from autoscore.stages.mix.ride import ride_db
from autoscore.stages.mix.scratch import Scratch

__all__ = ["mix"]

MIX_NAME, MUSIC_NAME = "08-mix.flac", "08-music.flac"
_BLOCK_S = 8.0
_ROUNDS = 3
_SHARES = {"music": 0.45, "own": 0.15, "combine": 0.2, "write": 0.2}


def mix(
    film: Path,
    media: Media,
    analysis: Analysis,
    plan: CuePlan,
    stems: Stems,
    stem_folder: Path,
    brief: Brief,
    out_folder: Path,
    on_progress: Progress = ignore_progress,
) -> Mix:
    """Mixes to ``out_folder``/08-mix.flac (what the film gets) and 08-music.flac (its music alone, as it sounds there).

    The two differ by exactly the film's own sound, at the same gain and through the same limiter. Order: stems to a
    bus with filters, seats and room; a slow ride after the planned intensity; one static music gain against the own
    sound; ducking solved from the loudness of each speech region; one static master gain; true-peak limiter.
    Memory does not grow with the film's length.

    Raises:
        StorageError: a stem is missing, or the folder cannot be written.
        FilmError: the film's own sound cannot be read.
    """
    own_sound = media.sound if brief.original and not brief.music_only else None
    start_s = min(0.0, own_sound.start_s) if own_sound else 0.0
    # The same sample grid as film time, so that a stem's first sample is one of the mix's.
    start_s = round(start_s * RATE_HZ) / RATE_HZ
    frames = max(1, round((media.duration_s - start_s) * RATE_HZ))
    try:
        out_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{out_folder}: cannot be made ({error.strerror or error}).") from error
    told = _Told(on_progress)
    with ExitStack() as stack:
        own: Scratch | None = None
        own_meter = Meter(RATE_HZ, true_peak=False)
        if own_sound is not None:
            own, frames = _lay_own(stack, film, media, out_folder, start_s, frames, own_meter, told)
        music = stack.enter_context(Scratch(temporary(out_folder / MUSIC_NAME, ".scratch"), frames))
        _lay_music(plan, stems, stem_folder, music, start_s, music_end_s(analysis, plan, media.duration_s), told)
        told.begin("combine")
        return _finish(media, analysis, plan, brief, out_folder, music, own, own_meter, start_s, told)


def _finish(
    media: Media, analysis: Analysis, plan: CuePlan, brief: Brief, out_folder: Path, music: Scratch,
    own: Scratch | None, own_meter: Meter, start_s: float, told: _Told,
) -> Mix:  # fmt: skip
    """From the two tracks to the two files."""
    table = tables.read("loudness.toml")
    target = table["targets"][brief.target]
    programme = Programme(music=music, own=own, start_s=start_s)
    plain = programme.music_energies()
    hops = len(plain)
    own_energies = programme.fitted(own_meter.energies, hops)
    speech = analysis.speech if own is not None else ()
    found = ducking.regions(speech, media.duration_s)
    ride = ride_db(plain, plan, start_s)
    ridden = plain * 10.0 ** (ride / 10.0)
    fader_db = ride + music_gain_db(ridden, own_energies, found, start_s)
    level = plain * 10.0 ** (fader_db / 10.0)
    found = tuple(replace(r, gain_db=ducking.solve(r, own_energies, level, start_s)) for r in found)
    combined = combine(programme, found, fader_db, told.tell)
    for _ in range(_ROUNDS):  # the fades of one region reach into the next, and the equaliser takes some away
        deeper = tuple(
            replace(r, gain_db=r.gain_db + ducking.solve(r, own_energies, combined.music_energies, start_s))
            for r in found
        )
        if all(new.gain_db > old.gain_db - 0.25 for new, old in zip(deeper, found, strict=True)):
            break
        found = deeper
        combined = combine(programme, found, fader_db, told.tell)
    limit = float(target["true_peak_dbtp"])
    ceiling = limit - float(table["limiter"]["headroom_db"])
    solved = master.solve(combined.energies, combined.peaks, float(target["lufs"]), ceiling)
    told.begin("write")
    written = write_out(programme, combined, solved, ceiling, out_folder / MIX_NAME, out_folder / MUSIC_NAME, told.tell)
    margin = ducking.speech_margin(found, own_energies, combined.music_energies, start_s)
    warnings = _warnings(float(target["lufs"]), written.target_lufs, found, margin)
    return Mix(
        path=MIX_NAME,
        music_path=MUSIC_NAME,
        start_s=start_s,
        frames=music.frames,
        loudness_lufs=round(written.loudness_lufs, 2),
        target_lufs=written.target_lufs,
        wanted_lufs=float(target["lufs"]),
        true_peak_dbtp=round(written.true_peak_dbtp, 2),
        true_peak_limit_dbtp=limit,
        master_gain_db=round(written.gain_db, 3),
        original_gain_db=round(written.gain_db, 3) if own is not None else 0.0,
        speech_margin=margin,
        ducking=ducking.gain_points(found, start_s, media.duration_s),
        warnings=warnings,
    )


def _lay_own(
    stack: ExitStack, film: Path, media: Media, out_folder: Path, start_s: float, frames: int, meter: Meter, told: _Told
) -> tuple[Scratch, int]:
    """The film's own sound as a track, measured; it may outlast the picture, as it does in the source."""
    told.begin("own")
    track = stack.enter_context(Scratch(temporary(out_folder / MIX_NAME, ".scratch"), frames))
    at = 0
    for block in read_blocks(film, media, rate_hz=RATE_HZ, channels=2, block_s=_BLOCK_S, start_s=start_s):
        track.extend(at + len(block.samples))
        track.write(at, block.samples)
        meter.push(block.samples)
        at += len(block.samples)
        told.tell(min(1.0, at / max(1, frames)))
    return track, max(frames, track.frames)


def _lay_music(
    plan: CuePlan, stems: Stems, folder: Path, track: Scratch, start_s: float, end_s: float, told: _Told
) -> None:
    told.begin("music")
    by_cue: dict[str, list[Stem]] = {}
    for stem in stems.stems:
        by_cue.setdefault(stem.cue_id, []).append(stem)
    cues = [cue for cue in plan.cues if not cue.muted and cue.id in by_cue]
    for index, cue in enumerate(cues):
        lay_cue(
            cue, by_cue[cue.id], folder, track, start_s, end_s,
            lambda share, done=index: told.tell((done + share) / len(cues)),  # type: ignore[misc]
        )  # fmt: skip


def _warnings(
    wanted_lufs: float, target_lufs: float, found: tuple[ducking.Region, ...], margin: SpeechMargin | None
) -> tuple[str, ...]:
    table = tables.read("loudness.toml")["speech"]
    said: list[str] = []
    if target_lufs < wanted_lufs - 0.05:
        said.append(f"Delivered at {target_lufs:.1f} LUFS instead of {wanted_lufs:.1f}: louder would crush its peaks.")
    if margin is not None and margin.p5_lu < float(table["least_margin_lu"]):
        said.append(f"Speech lies only {margin.p5_lu:.1f} LU over the music in its weakest windows.")
    deep = [r for r in found if r.gain_db < -float(table["depth_db"])]
    if deep:
        said.append(
            f"Music goes down more than {table['depth_db']:.0f} dB under speech in {len(deep)} of {len(found)} "
            f"places, first at {deep[0].start_s:.1f} s."
        )
    return tuple(said)


class _Told:
    """Shares of the whole from shares of its steps."""

    def __init__(self, on_progress: Progress) -> None:
        self._on_progress = on_progress
        self._done = 0.0
        self._step = ""

    def begin(self, step: str) -> None:
        self._done += _SHARES.get(self._step, 0.0)
        self._step = step

    def tell(self, share: float) -> None:
        self._on_progress(min(1.0, self._done + _SHARES[self._step] * share))
