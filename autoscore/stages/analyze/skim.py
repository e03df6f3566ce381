"""A first look at the picture for a draft: key frames only, and how large the packets between them are.

An encoder starts a new key frame where the picture becomes another one, and spends more on what moves: a film's packets
tell roughly where its cuts are and how much happens, for a twentieth of what decoding it costs.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import vision
from autoscore.adapters.frames import Decoder
from autoscore.adapters.skipping import DamagedError, UnevenError
from autoscore.adapters.vision import Floats
from autoscore.errors import FilmError
from autoscore.model.analysis import CURVE_RATE_HZ, Card, Cut
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.stages.analyze.changes import AT_ONCE, Candidate, Changes, Frame
from autoscore.stages.analyze.closely import Look
from autoscore.stages.analyze.curves import CurveMeter
from autoscore.stages.analyze.looks import LookMeter
from autoscore.stages.analyze.stills import CRISP
from autoscore.stages.analyze.watch import Seen, last_frame_s, watch

NOTICE = (
    "This is a draft: of the picture only key frames were looked at, so cuts may be missing or beside their frames; "
    "fades and dissolves were not looked for. The final may choose another mood, key, tempo or players."
)

_CLEAR = 0.54
_LEAST_LEVELS = 5.0
_STILL = 0.5
"""Share of a picture (as a length) that changes where a card becomes another one."""

_TALL = 3.0
"""Size, in medians of the packets around it, at which a packet says that the picture became another one."""

_MOTION = 0.03
"""Picture heights of motion in as many bytes as a key frame takes; right within a factor of three, and in proportion
within a film (correlation of the logarithms with optical flow .3 to .9, median .75)."""


def skim(film: Path, media: Media, on_progress: Progress = ignore_progress) -> Seen:
    """What the key frames show. A film whose packets have no time stamps, or that marks none as a key frame, is watched
    as usual.

    Raises:
        FilmError: nothing of it can be decoded.
    """
    try:
        with suppress(DamagedError):
            return _skim(film, media, on_progress, swift=True)
        return _skim(film, media, on_progress, swift=False)
    except (UnevenError, FilmError):
        return watch(film, media, on_progress)


def _skim(film: Path, media: Media, on_progress: Progress, *, swift: bool) -> Seen:
    vision.single_thread()
    decoder = Decoder(film, media.video, pick="keys", swift=swift)
    times, changes, curves, looks = array("d"), Changes(), CurveMeter(), LookMeter()
    keys: list[tuple[int, Floats | None]] = []
    with closing(iter(decoder)) as pictures:
        while run := list(islice(pictures, AT_ONCE)):
            frames = []
            for one in run:
                look = Look.at(one)
                frames.append(Frame(index=one.index, time_s=one.time_s, small=look.small))
                keys.append((one.index, look.tiny if look.crispness >= CRISP else None))
            changes.push(frames)
            for picture in run:
                times_s = [*map(float, picture.passed_s), picture.time_s]
                times.extend(times_s)
                curves.push(picture, times_s, None)
                looks.push(picture)
            on_progress(min(1.0, times[-1] / max(media.duration_s, 1e-9)))
    times.extend(float(s) for s in decoder.passed_at_end_s)
    changes.finish()
    duration_s = times[-1] + last_frame_s(times, float(1 / media.video.rate))
    assert decoder.picker is not None
    sizes = np.array([size for _, size in sorted(decoder.picker.sizes)], dtype=np.float64)
    if len(sizes) != len(times):
        raise UnevenError
    cuts = _cuts(changes.candidates, sizes, times)
    starts = [0, *(cut.frame for cut in cuts)]
    found = curves.finish(duration_s)
    motion = _motion(sizes, np.frombuffer(times), len(found["motion"]))
    found |= {"motion": motion, "camera": motion, "subject": (0.0,) * len(motion)}
    on_progress(1.0)
    return Seen(
        duration_s=duration_s,
        times_s=times,
        cuts=cuts,
        gradual=(),
        rejected=(),
        shots=looks.shots(starts, [times[s] for s in starts], len(times), duration_s),
        cards=_cards(keys, times),
        curves=found,
        bad_frames=decoder.bad_frames,
        warnings=(NOTICE,),
    )


def _cards(keys: Sequence[tuple[int, Floats | None]], times: array[float]) -> tuple[Card, ...]:
    """Lettering on black, from the first key frame on that shows it (None: shows no lettering)."""
    found: list[Card] = []
    before: Floats | None = None
    for index, letters in keys:
        same = before is not None and letters is not None and not vision.turns(before, letters, _STILL)
        if before is not None and not same:
            found[-1] = replace(found[-1], end_frame=index)
        if letters is not None and not same:
            found.append(
                Card(start_frame=index, frame=index, full_frame=index, end_frame=len(times), time_s=times[index])
            )
        before = letters
    return tuple(found)


def _cuts(candidates: list[Candidate], sizes: NDArray[np.float64], times: array[float]) -> tuple[Cut, ...]:
    """A cut where a key frame shows another picture than the one before and came before its time; where it came at
    its time, the cut is at the largest packet between the two, if any stands out."""
    usual = max((c.frames for c in candidates), default=0)
    found: dict[int, Cut] = {}
    for candidate in candidates:
        if candidate.step.new < _CLEAR or candidate.step.difference < _LEAST_LEVELS:
            continue
        frame = candidate.frame
        if candidate.frames >= usual - 1 and candidate.frames > 2:
            between = sizes[frame - candidate.frames + 1 : frame]
            if between.max() > _TALL * np.median(between):
                frame = frame - candidate.frames + 1 + int(between.argmax())
        if 0 < frame < len(sizes) - 1:
            found[frame] = Cut(frame=frame, time_s=times[frame], strength=round(min(1.0, candidate.step.new), 3))
    return tuple(found[frame] for frame in sorted(found))


def _motion(sizes: NDArray[np.float64], times_s: NDArray[np.float64], length: int) -> tuple[float, ...]:
    """Motion in picture heights per second at CURVE_RATE_HZ, guessed from the bytes that the frames take."""
    tall = _TALL * np.median(sizes)
    key = max(float(np.median(sizes[sizes >= tall])) if (sizes >= tall).any() else float(sizes.max()), 1.0)
    slots = np.minimum((times_s * CURVE_RATE_HZ + 1e-6).astype(int), length - 1)
    bytes_s = np.bincount(slots, weights=np.minimum(sizes, tall), minlength=length) * CURVE_RATE_HZ
    smooth = np.convolve(np.pad(bytes_s, 5, mode="edge"), np.full(11, 1 / 11), "valid")
    return tuple(round(float(v), 4) for v in _MOTION * smooth / key)
