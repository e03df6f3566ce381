"""The music bus: stems with their balance, put in their room, faded at the cue's edges."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.adapters.coarse import read_full
from autoscore.model.analysis import Analysis
from autoscore.model.audio import RATE_HZ, Stem
from autoscore.model.cues import Cue, CuePlan
from autoscore.stages.mix.curves import drawn
from autoscore.stages.mix.desk import BLOCK, AnyDesk, Begun, Desk
from autoscore.stages.mix.scratch import Scratch
from autoscore.stages.mix.sketch import Sketch

Samples = NDArray[np.float32]
T = TypeVar("T")
_STEP = RATE_HZ // 100
_AHEAD = 2
_READ_S = 1.0
"""Stems are read in pieces of this length, of which each keeps one: a long film has more of them at once."""
_SILENT = 10.0 ** (-110.0 / 20.0)


def lay_music(
    cues: Sequence[tuple[Cue, Sequence[Stem]]], folder: Path, track: Scratch, start_s: float, film_end_s: float,
    pool: Executor, *, quick: bool = False,
) -> Iterator[float]:  # fmt: skip
    """Adds cues to the music track, whose first sample is film time ``start_s``; gives the share that is done.

    Some blocks are under way in ``pool`` at once, those of the next cue while the last of this one goes through bus and
    room. They are added in one order, whichever is done first.

    Args:
        cues: each with its stems, in film order. pool: its jobs must begin in the order in which they come.
        quick: see ``Sketch``.

    Raises:
        StorageError: a stem is missing or broken, or the track cannot be written.
    """
    blocks = (
        (at, job, (index + share) / len(cues))
        for index, (cue, stems) in enumerate(cues)
        for at, job, share in _begun(cue, stems, folder, film_end_s, pool, quick)
    )
    for at, job, share in _ahead(blocks):
        samples = job.result()
        if samples is not None:
            track.add(at - _frame(start_s), samples)
        yield share


def _begun(
    cue: Cue, stems: Sequence[Stem], folder: Path, film_end_s: float, pool: Executor, quick: bool
) -> Iterator[tuple[int, Future[Samples | None], float]]:
    """Begins one block of a cue after the other: its first frame, what it will be, and the share of the cue by then."""
    origin = min(_frame(stem.start_s) for stem in stems)
    last = max(_frame(stem.start_s) + stem.frames for stem in stems)
    groups = sorted({stem.group for stem in stems})
    desk: AnyDesk = Sketch(groups) if quick else Desk(groups, tables.mood(cue.mood).mix)
    readers = {
        group: _Group([_Reader(folder / s.path, _frame(s.start_s) - origin) for s in stems if s.group == group]).read
        for group in groups
    }
    end = min(last + desk.tail, _frame(film_end_s))
    before: Future[Samples | None] | None = None
    for at in range(origin, end, BLOCK):
        intensity = _intensity(cue, at, min(BLOCK, end - at))
        begun = desk.begin(pool, readers, intensity)
        before = pool.submit(_block, before, desk, begun, intensity, cue, at, film_end_s)
        yield at, before, (at + len(intensity) - origin) / (end - origin)


def _block(
    before: Future[Samples | None] | None, desk: AnyDesk, begun: Begun, intensity: Samples, cue: Cue, at: int,
    film_end_s: float,
) -> Samples | None:  # fmt: skip
    """Left and right of one block, behind the one ``before``; None of silence."""
    if before is not None:
        before.result()
    mixed = desk.push(begun, intensity)
    gain = _edges(cue, at, len(intensity), film_end_s)
    if gain is not None:
        mixed *= gain
    if max(float(mixed.max(initial=0.0)), -float(mixed.min(initial=0.0))) <= _SILENT:
        return None
    both = np.empty_like(mixed)
    np.add(mixed[0], mixed[1], out=both[0])
    np.subtract(mixed[0], mixed[1], out=both[1])
    return both


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, each given only when _AHEAD more have been made."""
    made: deque[T] = deque()
    for item in items:
        made.append(item)
        if len(made) > _AHEAD:
            yield made.popleft()
    yield from made


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


def _edges(cue: Cue, at: int, frames: int, film_end_s: float) -> Samples | None:
    """``edge_gain`` of a block; None where it does nothing."""
    coarse = edge_gain((at + np.arange(0, frames + _STEP, _STEP)) / RATE_HZ, cue, film_end_s)
    if coarse.min() == 1.0:
        return None
    return edge_gain((at + np.arange(frames)) / RATE_HZ, cue, film_end_s).astype(np.float32)


def _intensity(cue: Cue, at: int, frames: int) -> Samples:
    """Planned intensity at each sample from ``at`` on; 0.5 where nothing is planned."""
    points_s = [point.time_s for point in cue.dynamics] or [cue.start_s]
    levels = [point.intensity for point in cue.dynamics] or [0.5]
    times_s = (at + np.arange(0, frames + _STEP, _STEP)) / RATE_HZ
    return drawn(np.interp(times_s, points_s, levels), _STEP, 0, frames)


class _Group:
    """The stems of one group, summed."""

    def __init__(self, readers: list[_Reader]) -> None:
        self._readers = readers

    def read(self, frames: int) -> Samples | None:
        """As ``_Reader.read``."""
        pieces = [piece for reader in self._readers if (piece := reader.read(frames)) is not None]
        if len(pieces) < 2:
            return pieces[0] if pieces else None
        return np.asarray(np.sum(pieces, axis=0))


class _Reader:
    """A stem read in order, in pieces of any length, ``offset`` frames after the cue's first sample."""

    def __init__(self, path: Path, offset: int) -> None:
        self._blocks: Iterator[Samples] = (block.samples for block in read_full(path, rate_hz=RATE_HZ, block_s=_READ_S))
        self._wait = offset
        self._held: Samples = np.zeros((0, 2), dtype=np.float32)

    def read(self, frames: int) -> Samples | None:
        """The next ``frames`` samples; None when there is only silence."""
        at = quiet = min(self._wait, frames)
        self._wait -= quiet
        out: Samples | None = None
        while at < frames:
            if not len(self._held):
                piece = next(self._blocks, None)
                if piece is None:
                    break
                self._held = piece
            if out is None:
                out = np.empty((frames, 2), dtype=np.float32)
                out[:quiet] = 0.0
            taken = self._held[: frames - at]
            out[at : at + len(taken)] = taken
            self._held = self._held[len(taken) :]
            at += len(taken)
        if out is not None:
            out[at:] = 0.0
        return out


def _frame(time_s: float) -> int:
    return round(time_s * RATE_HZ)
