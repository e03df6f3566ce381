"""The music bus: stems summed with their balance, put in their room, cleaned, faded at the cue's edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from autoscore import tables
from autoscore.adapters.soundfiles import read_file
from autoscore.model.analysis import Analysis
from autoscore.model.audio import RATE_HZ, Stem
from autoscore.model.cues import Cue, CuePlan
from autoscore.stages.mix.desk import Desk
from autoscore.stages.mix.filters import bell, high_pass, shelf
from autoscore.stages.mix.scratch import Scratch

Samples = NDArray[np.float32]
BLOCK = RATE_HZ * 8
_SILENT = 10.0 ** (-110.0 / 20.0)


def lay_cue(
    cue: Cue, stems: list[Stem], folder: Path, track: Scratch, start_s: float, film_end_s: float,
    on_progress: Callable[[float], None],
) -> None:  # fmt: skip
    """Adds one cue to the music track, whose first sample is film time ``start_s``.

    Raises:
        StorageError: a stem is missing or broken, or the track cannot be written.
    """
    mood = tables.mood(cue.mood).mix
    origin = min(_frame(stem.start_s) for stem in stems)
    last = max(_frame(stem.start_s) + stem.frames for stem in stems)
    desk, cleaner = Desk(sorted({stem.group for stem in stems}), mood, BLOCK), _Cleaner(mood.tone_db)
    readers = [(_Reader(folder / stem.path, _frame(stem.start_s) - origin), stem.group) for stem in stems]
    end = min(last + desk.tail, _frame(film_end_s))
    for at in range(origin, end, BLOCK):
        frames = min(BLOCK, end - at)
        pieces: dict[str, Samples] = {}
        for reader, group in readers:
            piece = reader.read(frames)
            if piece is not None:
                pieces[group] = pieces[group] + piece if group in pieces else piece
        times_s = (at + np.arange(frames)) / RATE_HZ
        intensity = _intensity(cue, times_s)
        mixed = cleaner.push(desk.push(pieces, frames, intensity), intensity)
        mixed *= edge_gain(times_s, cue, film_end_s)[:, None].astype(np.float32)
        if float(np.abs(mixed).max(initial=0.0)) > _SILENT:
            track.add(at - _frame(start_s), mixed)
        on_progress((at + frames - origin) / (end - origin))


def music_end_s(analysis: Analysis, plan: CuePlan, film_s: float) -> float:
    """Film time at which the last music is over: with the picture where that fades to black for good, else the end.

    Not where a cut or a hit of the cue sheet comes after that, or where the black lasts long: then it is an end title.
    """
    edges = tables.read("loudness.toml")["edges"]
    last = max(
        (change for change in analysis.gradual if change.kind == "fade_out"), key=lambda c: c.end_s, default=None
    )
    if last is None or film_s - last.end_s > edges["black_s"]:
        return film_s
    later = [cut.time_s for cut in analysis.cuts] + [change.start_s for change in analysis.gradual]
    later += [hit.time_s for cue in plan.cues if not cue.muted for hit in cue.hits]
    if any(time_s > last.end_s for time_s in later):
        return film_s
    return min(film_s, last.end_s + float(edges["after_black_s"]))


def edge_gain(times_s: NDArray[np.float64], cue: Cue, film_end_s: float) -> NDArray[np.float64]:
    """Linear gain of a cue at film times: sneaks in, fades out, and is silent where the film ends.

    A hard hit is neither sneaked in nor faded: the one ends before it, the other begins after it.
    """
    edges = tables.read("loudness.toml")["edges"]
    third_s = max(0.1, cue.duration_s / 3.0)
    hard_s = [hit.time_s for hit in cue.hits if hit.klass == "hard"]
    gain = np.ones_like(times_s)
    if cue.in_type == "sneak":
        until_first_s = min(hard_s, default=cue.end_s) - edges["hit_s"] - cue.start_s
        length_s = min(edges["sneak_s"], third_s, until_first_s)
        if length_s > edges["hit_s"]:
            gain *= np.clip((times_s - cue.start_s) / length_s, 0.0, 1.0) ** 1.5
    if cue.out_type == "fade":
        from_s = max(hard_s, default=cue.start_s - edges["fade_s"]) + edges["hit_s"]
        end_s = max(cue.end_s, from_s + edges["ring_s"])
        gain *= np.clip((end_s - times_s) / min(edges["fade_s"], third_s, end_s - from_s), 0.0, 1.0) ** 1.5
    gain *= np.clip((film_end_s - times_s) / edges["end_s"], 0.0, 1.0) ** 2.0
    # What sounds before the film's first frame is cut there, without a click.
    gain *= np.clip(times_s * 1000.0 / edges["ramp_ms"], 0.0, 1.0)
    return gain


def _intensity(cue: Cue, times_s: NDArray[np.float64]) -> Samples:
    """Planned intensity at each sample, shape (frames, 1); 0.5 where nothing is planned."""
    at = [point.time_s for point in cue.dynamics] or [cue.start_s]
    levels = [point.intensity for point in cue.dynamics] or [0.5]
    return np.interp(times_s, at, levels).astype(np.float32)[:, None]


class _Cleaner:
    """High-pass, less mud, some air, and one centre for the lows: filters of the whole bus, in mid and side.

    Before them a tilt: an orchestra that plays harder is brighter; the struck instruments of a font are not.
    """

    def __init__(self, tone_db: float) -> None:
        table = tables.read("loudness.toml")["music"]
        tilt = tables.read("desk.toml")["tilt"]
        both = [
            high_pass(table["highpass_hz"]),
            bell(table["mud_hz"], table["mud_q"], table["mud_db"]),
            shelf(table["air_hz"], table["air_db"], high=True),
            shelf(tilt["hz"], tone_db, high=True),
        ]
        self._mid = np.vstack(both)
        self._side = np.vstack([*both, high_pass(table["mono_below_hz"])])
        self._mid_state = np.zeros((len(self._mid), 2))
        self._side_state = np.zeros((len(self._side), 2))
        self._tilts = [shelf(tilt["hz"], tilt[name], high=True) for name in ("soft_db", "loud_db")]
        self._tilt_states = [np.zeros((1, 2, 2)), np.zeros((1, 2, 2))]

    def push(self, samples: Samples, intensity: Samples) -> Samples:
        """``intensity``: 0..1 for each sample, shape (frames, 1)."""
        tilted = samples.copy()
        for index, share in enumerate((1.0 - 2.0 * intensity, 2.0 * intensity - 1.0)):
            bent, self._tilt_states[index] = signal.sosfilt(
                self._tilts[index], samples, axis=0, zi=self._tilt_states[index]
            )
            tilted += np.maximum(share, 0.0) * (bent - samples).astype(np.float32)
        left, right = tilted[:, 0].astype(np.float64), tilted[:, 1].astype(np.float64)
        mid, self._mid_state = signal.sosfilt(self._mid, 0.5 * (left + right), zi=self._mid_state)
        side, self._side_state = signal.sosfilt(self._side, 0.5 * (left - right), zi=self._side_state)
        return np.stack([mid + side, mid - side], axis=1).astype(np.float32)


class _Reader:
    """A stem read in order, in pieces of any length, ``offset`` frames after the cue's first sample."""

    def __init__(self, path: Path, offset: int) -> None:
        self._blocks: Iterator[Samples] = (block.samples for block in read_file(path, block_s=BLOCK / RATE_HZ))
        self._wait = offset
        self._held: Samples = np.zeros((0, 2), dtype=np.float32)
        self._ended = False

    def read(self, frames: int) -> Samples | None:
        """The next ``frames`` samples; None when there is only silence."""
        quiet = min(self._wait, frames)
        self._wait -= quiet
        wanted = frames - quiet
        while len(self._held) < wanted and not self._ended:
            piece = next(self._blocks, None)
            self._ended = piece is None
            if piece is not None:
                self._held = np.concatenate([self._held, piece])
        if not len(self._held) or not wanted:
            return None
        taken, self._held = self._held[:wanted], self._held[wanted:]
        out = np.zeros((frames, 2), dtype=np.float32)
        out[quiet : quiet + len(taken)] = taken
        return out


def _frame(time_s: float) -> int:
    return round(time_s * RATE_HZ)
