"""The finished film, decoded again: its loudness and peak, its offset to the mix, and when its accents are heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import sound
from autoscore.adapters.growing import Growing
from autoscore.adapters.loudness import WHOLE, Meter
from autoscore.model.audio import RATE_HZ, Mix
from autoscore.model.events import Progress, ignore_progress
from autoscore.stages.deliver.offsets import WINDOW_S, around, excerpt, lag_samples, offset_spots
from autoscore.stages.deliver.onsets import AFTER_S, BEFORE_S, Onset, strongest_onset

SEARCH_S = 0.150
"""The strongest onset is looked for this far on either side of a hit."""

_BLOCK_S = 4 * WHOLE / RATE_HZ
"""Of ten seconds at once twice as much memory was taken."""

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the finished film sounds like. ``offset_ms`` > 0: sound lies late; None where nothing is loud enough."""

    loudness_lufs: float
    true_peak_dbtp: float
    offset_ms: float | None
    offset_windows: int
    onsets: tuple[Onset | None, ...]


def hear(
    finished: Path | Growing, mix: Mix, folder: Path, times_s: Sequence[float], *, sound_index: int | None = None,
    film_start_s: float = 0.0, gain_db: float = 0.0, spots: Sequence[float] | None = None, duration_s: float,
    on_progress: Progress = ignore_progress,
) -> Heard:  # fmt: skip
    """Decodes the finished film's sound once, in blocks, and measures it against the mix in ``folder``.

    Args:
        finished: the film, or its sound alone while it is being encoded.
        sound_index: the track; None is the first.
        film_start_s: container time of the first picture.
        times_s: film times to look for onsets at, in any order; an onset (or None) is returned for each.
        gain_db: what was added to the mix when it was encoded. spots: see ``offset_spots``.
    """
    spots = offset_spots(mix, folder) if spots is None else spots
    offset_spans = [(at, at + WINDOW_S) for at in spots]
    onset_spans = [(t - SEARCH_S - BEFORE_S, t + SEARCH_S + AFTER_S) for t in times_s]
    meter = Meter(RATE_HZ, 2)
    lags: list[float] = []
    held: list[tuple[int, Curve]] = []
    spans = offset_spans + onset_spans
    first_s = min(0.0, mix.start_s)

    pool = ThreadPoolExecutor(2, thread_name_prefix="hear")

    def metered() -> Iterator[sound.Block]:
        stream = sound.read_stream(
            finished, index=sound_index, film_start_s=film_start_s, start_s=first_s, block_s=_BLOCK_S
        )
        coming, measured = pool.submit(next, stream, None), None
        while (block := coming.result()) is not None:
            coming = pool.submit(next, stream, None)
            if measured is not None:
                measured.result()
            measured = pool.submit(meter.push, block.samples)
            on_progress(min(1.0, (block.start_s - first_s) / max(duration_s, 1.0)))
            yield block
        if measured is not None:
            measured.result()

    onsets: list[Onset | None] = [None] * len(times_s)
    with pool:
        for number, samples in cut_out(metered(), spans):
            if number < len(offset_spans):
                lag = lag_samples(samples, around(mix, folder, spots[number]))
                if lag is not None:
                    lags.append(lag)
            else:
                held.append((number - len(offset_spans), samples))
                if len(lags) >= 1 and len(held) > 32:  # memory stays flat: the offset of the first windows serves
                    _find(held, onsets, onset_spans, times_s, mix, folder, gain_db, lags)
        offset = float(np.median(lags)) if lags else None
        _find(held, onsets, onset_spans, times_s, mix, folder, gain_db, lags)
    return Heard(
        loudness_lufs=meter.integrated_lufs, true_peak_dbtp=meter.true_peak_dbtp,
        offset_ms=None if offset is None else 1000.0 * offset / RATE_HZ, offset_windows=len(lags), onsets=tuple(onsets),
    )  # fmt: skip


def unheard(mix: Mix, folder: Path, times_s: Sequence[float], on_progress: Progress = ignore_progress) -> Heard:
    """What a film sounds like that holds the mix as it is: what was solved, and the onsets of the music as mixed."""
    onsets: list[Onset | None] = []
    for number, at in enumerate(times_s):
        on_progress(number / len(times_s))
        start_s = at - SEARCH_S - BEFORE_S
        music = excerpt(folder / mix.music_path, mix.start_s, start_s, 2 * SEARCH_S + BEFORE_S + AFTER_S)
        onsets.append(strongest_onset(music, RATE_HZ, start_s=start_s, from_s=at - SEARCH_S, to_s=at + SEARCH_S))
    return Heard(
        loudness_lufs=mix.loudness_lufs, true_peak_dbtp=mix.true_peak_dbtp, offset_ms=None, offset_windows=0,
        onsets=tuple(onsets),
    )  # fmt: skip


def _find(
    held: list[tuple[int, Curve]], onsets: list[Onset | None], spans: Sequence[tuple[float, float]],
    times_s: Sequence[float], mix: Mix, folder: Path, gain_db: float, lags: Sequence[float],
) -> None:  # fmt: skip
    """Looks for the onset in each held window of the finished sound, the film's own sound taken away; empties it."""
    late_s = float(np.median(lags)) / RATE_HZ if lags else 0.0
    for number, samples in held:
        start_s, end_s = spans[number]
        length_s = end_s - start_s
        own = excerpt(folder / mix.path, mix.start_s, start_s - late_s, length_s) - excerpt(
            folder / mix.music_path, mix.start_s, start_s - late_s, length_s
        )
        music = samples - own[: len(samples)] * 10.0 ** (gain_db / 20.0)
        at = times_s[number]
        onsets[number] = strongest_onset(
            music, RATE_HZ, start_s=start_s, from_s=at - SEARCH_S, to_s=at + SEARCH_S
        )  # fmt: skip
    held.clear()


def cut_out(blocks: Iterable[sound.Block], spans: Sequence[tuple[float, float]]) -> Iterator[tuple[int, Curve]]:
    """The spans (start, end in film time; may overlap) of a stream of blocks, each as one channel, as they complete.

    What lies before the first or after the last block is silence. All blocks are read, also after the last span.
    """
    waiting = sorted(range(len(spans)), key=lambda i: spans[i][0])
    open_spans: dict[int, Curve] = {}
    end_s = -np.inf
    for block in blocks:
        count = len(block.samples)
        end_s = block.start_s + count / RATE_HZ
        while waiting and spans[waiting[0]][0] < end_s:
            number = waiting.pop(0)
            open_spans[number] = np.zeros(round((spans[number][1] - spans[number][0]) * RATE_HZ))
        for number in list(open_spans):
            target = open_spans[number]
            offset = round((block.start_s - spans[number][0]) * RATE_HZ)
            low, high = max(0, offset), min(len(target), offset + count)
            if high > low:
                some = block.samples[low - offset : high - offset]
                target[low:high] = 0.5 * (some[:, 0] + some[:, 1])
            if spans[number][1] <= end_s:
                yield number, open_spans.pop(number)
    for number in [*open_spans, *waiting]:
        length = round((spans[number][1] - spans[number][0]) * RATE_HZ)
        yield number, open_spans.get(number, np.zeros(length))
