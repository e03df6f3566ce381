"""mix: stems and the film's own sound become one programme at the loudness its delivery asks for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np

from autoscore import tables
from autoscore.adapters.files import temporary
from autoscore.adapters.heap import give_back, keep_large
from autoscore.adapters.limiter import reduction
from autoscore.adapters.loudness import FLOOR_LUFS, HOP_S, integrated_lufs
from autoscore.adapters.sound import read_blocks
from autoscore.errors import StorageError
from autoscore.model.analysis import Analysis
from autoscore.model.audio import RATE_HZ, Mix, SpeechMargin, Stems
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.stages.mix import desk, ducking, master
from autoscore.stages.mix.balance import music_gain_db
from autoscore.stages.mix.finish import Ducking, combine, write_out
from autoscore.stages.mix.measure import measure
from autoscore.stages.mix.music import lay_music, music_end_s
from autoscore.stages.mix.ride import ride_db
from autoscore.stages.mix.scratch import Scratch

__all__ = ["mix"]

OnWriting = Callable[[Path, float], bool]
MIX_NAME, MUSIC_NAME = "08-mix.flac", "08-music.flac"
_BLOCK_S = 2.0
_ROUNDS = 3
_SHARES = {"music": 0.6, "measure": 0.1, "combine": 0.1, "write": 0.2}
_SPARE_DB = 4.0
"""What the master gain may lie over the plain difference to the target, to make good what the limiter takes."""


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
    on_writing: OnWriting = lambda _part, _start_s: False,
) -> Mix:
    """Mixes to ``out_folder``/08-mix.flac (what the film gets) and 08-music.flac (its music alone, as it sounds there).

    The two differ by exactly the film's own sound, at the same gain and through the same limiter. Order: stems to a
    bus with filters, seats and room; a slow ride after the planned intensity; one static music gain against the own
    sound; ducking solved from the loudness of each speech region; one static master gain; true-peak limiter.
    Memory does not grow with the film's length. ``on_writing`` is called when all is solved and the mix is begun to be
    written: with the name that the file has until it is whole, and the film time of its first sample. It says whether
    somebody reads along.

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
    keep_large()
    with ExitStack() as stack:
        own: Scratch | None = None
        music = stack.enter_context(Scratch(temporary(out_folder / MUSIC_NAME, ".scratch"), frames))
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=4, thread_name_prefix="mix"))
        reading: Future[None] | None = None
        if own_sound is not None:
            own = stack.enter_context(Scratch(temporary(out_folder / MIX_NAME, ".scratch"), frames))
            over = Event()
            stack.callback(_end, over, pool)
            reading = pool.submit(_lay_own, film, media, own, start_s, over)
        end_s = music_end_s(analysis, plan, media.duration_s)
        told.begin("music")
        cues = [(cue, [s for s in stems.stems if s.cue_id == cue.id]) for cue in plan.cues if not cue.muted]
        cues = [(cue, own_stems) for cue, own_stems in cues if own_stems]
        quick = brief.quality == "draft"
        for share in lay_music(cues, stem_folder, music, start_s, end_s, pool, quick=quick):
            told.tell(share)
            if reading is not None and reading.done():  # that it failed need not wait for all the music
                reading.result()
        if own is not None and reading is not None:
            reading.result()
            music.extend(own.frames)
        desk.let_go()
        give_back()  # what follows needs other pieces
        return _finish(media, analysis, plan, brief, out_folder, music, own, start_s, pool, told, on_writing)


def _finish(
    media: Media, analysis: Analysis, plan: CuePlan, brief: Brief, out_folder: Path, music: Scratch,
    own: Scratch | None, start_s: float, pool: Executor, told: _Told, on_writing: OnWriting,
) -> Mix:  # fmt: skip
    """From the two tracks to the two files."""
    table = tables.read("loudness.toml")
    target = table["targets"][brief.target]
    found = ducking.regions(analysis.speech if own is not None else (), media.duration_s)
    points = int(music.frames / RATE_HZ / ducking.GRID_S) + 3
    key = ducking.keyed(found, start_s, points)
    told.begin("measure")
    products = measure(music, own, key, pool, told.tell)
    ride = ride_db(products.music, plan, start_s)
    ridden = products.music * 10.0 ** (ride / 10.0)
    fader_db = ride + music_gain_db(ridden, products.own, found, start_s)
    level = products.music * 10.0 ** (fader_db / 10.0)
    found = tuple(replace(r, gain_db=ducking.solve(r, products.own, level, start_s)) for r in found)
    at_hops = (np.arange(len(fader_db)) + 0.5) * HOP_S
    fader = np.interp(np.arange(points) * ducking.GRID_S, at_hops, fader_db)
    for _ in range(_ROUNDS):  # the fades of one region reach into the next, and the equaliser takes some away
        under, whole = products.ducked(ducking.gain_curve(found, start_s, points) + fader, key)
        deeper = tuple(replace(r, gain_db=r.gain_db + ducking.solve(r, products.own, under, start_s)) for r in found)
        if all(new.gain_db > old.gain_db - 0.05 for new, old in zip(deeper, found, strict=True)):
            break
        found = deeper
    gain_db = ducking.gain_curve(found, start_s, points) + fader
    under, whole = products.ducked(gain_db, key)
    limit, lufs = float(target["true_peak_dbtp"]), float(target["lufs"])
    ceiling = limit - float(table["limiter"]["headroom_db"])
    told.begin("combine")
    loud = 10.0 ** ((ceiling - _SPARE_DB - lufs + max(FLOOR_LUFS, integrated_lufs(whole))) / 20.0)
    peaks = combine(music, own, Ducking(gain_db=gain_db, key=key), loud, pool, told.tell)
    solved = master.solve(whole, peaks, lufs, ceiling)
    limiter_db = reduction(peaks, solved.gain_db, ceiling)
    true_peak_dbtp = master.true_peak_dbtp(peaks, solved.gain_db, limiter_db)
    del peaks
    told.begin("write")
    files = out_folder / MIX_NAME, out_folder / MUSIC_NAME
    subtype = "PCM_16" if brief.quality == "draft" else "PCM_24"
    write_out(
        music, own, solved.gain_db, limiter_db, *files, pool, told.tell, subtype=subtype,
        on_begin=lambda part: on_writing(part, start_s),
    )  # fmt: skip
    margin = ducking.speech_margin(found, products.own, under, start_s)
    warnings = _warnings(lufs, solved.target_lufs, found, margin)
    return Mix(
        path=MIX_NAME,
        music_path=MUSIC_NAME,
        start_s=start_s,
        frames=music.frames,
        loudness_lufs=round(solved.loudness_lufs, 2),
        target_lufs=solved.target_lufs,
        wanted_lufs=lufs,
        true_peak_dbtp=round(true_peak_dbtp, 2),
        true_peak_limit_dbtp=limit,
        master_gain_db=round(solved.gain_db, 3),
        original_gain_db=round(solved.gain_db, 3) if own is not None else 0.0,
        speech_margin=margin,
        ducking=ducking.gain_points(found, start_s, media.duration_s),
        warnings=warnings,
    )


def _lay_own(film: Path, media: Media, track: Scratch, start_s: float, over: Event) -> None:
    """The film's own sound as a track; it may outlast the picture, as it does in the source. ``over`` ends it early."""
    at = 0
    for block in read_blocks(film, media, rate_hz=RATE_HZ, channels=2, block_s=_BLOCK_S, start_s=start_s):
        if over.is_set():
            return
        track.extend(at + len(block.samples))
        track.write(at, block.samples.T)
        at += len(block.samples)


def _end(over: Event, pool: ThreadPoolExecutor) -> None:
    """Whatever ends the mix ends what is under way beside it, before the tracks are gone."""
    over.set()
    pool.shutdown(cancel_futures=True)


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
            f"places, first at {deep[0].start_s:.1f} s. If the drop is too plain, lower those cues' `dynamics` in "
            "cues.toml."
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
