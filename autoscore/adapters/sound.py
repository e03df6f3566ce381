"""A film's sound by PyAV, in blocks; memory does not grow with length. Sound files: ``soundfiles``, offered here too.

A film's sound is read on *film time*: the first sample of the first block lies exactly at ``start_s``, and what the
track does not have (it starts late, has a gap, ends early, or a packet cannot be decoded) is silence of the right
length. Encoder priming and edit lists are already taken off by the decoder; what counts is each frame's pts.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from autoscore.adapters.channels import downmix_matrix
from autoscore.adapters.growing import Growing
from autoscore.adapters.opened import open_film
from autoscore.adapters.piped import LOUDEST, OddSoundError, read_pieces
from autoscore.adapters.soundfiles import Block, Samples, SoundWriter, file_info, read_file, write_file
from autoscore.adapters.soundtime import SoundTime
from autoscore.errors import FilmError
from autoscore.model.media import AudioStream, Media

__all__ = ["Block", "Samples", "SoundWriter", "file_info", "read_blocks", "read_file", "read_stream", "write_file"]

_FEED_SAMPLES = 32_768
_RUN = 64
_LONG_S = 60.0
"""Shorter tracks are read before another program has begun."""
_RUN_UP_S = 0.5
"""A codec needs some sound before a place to decode it well."""


def read_blocks(
    film: Path,
    media: Media,
    *,
    stream: AudioStream | None = None,
    rate_hz: int = 48_000,
    channels: int = 2,
    block_s: float = 10.0,
    start_s: float = 0.0,
    end_s: float | None = None,
    apart: bool = False,
) -> Generator[Block, None, None]:
    """One sound track of a film on film time, resampled and mixed down.

    Args:
        stream: the track; the film's main one where None. A film without sound gives silence up to ``end_s``.
        rate_hz: wanted sample rate.
        channels: 1 or 2, see ``channels.downmix_matrix``.
        block_s: length of each block but the last, which may be shorter.
        start_s: film time of the first sample; may be negative.
        end_s: film time where reading ends, to the nearest sample, padded with silence; None = where the sound ends.
        apart: a long track is decoded by a program of its own, see ``piped``: a little more work in all, much less for
            this process's interpreter.

    Raises:
        FilmError: the file cannot be opened or has no such track.
    """
    track = stream or media.sound
    if track is None:
        pieces: Iterator[tuple[Samples, int]] = iter(())
        return _blocks(pieces, rate_hz=rate_hz, channels=channels, block_s=block_s, start_s=start_s, end_s=end_s)
    if not apart:
        return read_stream(
            film, index=track.index, film_start_s=media.video.start_s, rate_hz=rate_hz, channels=channels,
            block_s=block_s, start_s=start_s, end_s=end_s,
        )  # fmt: skip
    pieces = _apart(film, media, track, rate_hz, channels, block_s, start_s, end_s)
    return _blocks(pieces, rate_hz=rate_hz, channels=channels, block_s=block_s, start_s=start_s, end_s=end_s)


def _apart(
    film: Path, media: Media, track: AudioStream, rate_hz: int, channels: int, piece_s: float, start_s: float,
    end_s: float | None,
) -> Iterator[tuple[Samples, int]]:  # fmt: skip
    """Pieces of the track and errors met: long ones by an FFmpeg of their own as far as they are in order."""
    at_s, done = start_s, 0
    length_s = None if end_s is None else end_s - start_s
    if min(track.duration_s, math.inf if length_s is None else length_s) >= _LONG_S:
        with suppress(OddSoundError):
            for piece in read_pieces(
                film, media, track, rate_hz=rate_hz, channels=channels, piece_s=piece_s, start_s=start_s,
                length_s=length_s,
            ):  # fmt: skip
                yield piece, 0
                done += len(piece)
            return
        at_s += done / rate_hz
        length_s = None if end_s is None else end_s - at_s
    yield from _resampled(film, track.index, media.video.start_s + at_s, rate_hz, channels, length_s, False)


def read_stream(
    path: Path | Growing,
    *,
    index: int | None = None,
    film_start_s: float = 0.0,
    rate_hz: int = 48_000,
    channels: int = 2,
    block_s: float = 10.0,
    start_s: float = 0.0,
    end_s: float | None = None,
    sought: bool = False,
) -> Generator[Block, None, None]:
    """As ``read_blocks`` for any container without its Media: ``index`` is the stream's (None = the first sound track).

    ``film_start_s`` is the container time that is film time 0 (pts of the first picture frame). With ``sought``
    ``start_s`` is looked up in the container's index: for a short stretch far from the beginning.
    """
    length_s = None if end_s is None else end_s - start_s
    pieces = _resampled(path, index, film_start_s + start_s, rate_hz, channels, length_s, sought)
    return _blocks(pieces, rate_hz=rate_hz, channels=channels, block_s=block_s, start_s=start_s, end_s=end_s)


def _blocks(
    pieces: Iterator[tuple[Samples, int]],
    *,
    rate_hz: int,
    channels: int,
    block_s: float,
    start_s: float,
    end_s: float | None,
) -> Generator[Block, None, None]:
    """Cuts pieces into blocks of one length, ends at ``end_s``, and pads up to it."""
    size = max(1, round(block_s * rate_hz))
    total = None if end_s is None else max(0, round((end_s - start_s) * rate_hz))
    held: list[Samples] = []
    count = done = bad = 0
    for piece, errors in pieces:
        bad += errors
        held.append(piece)
        count += len(piece)
        while count >= size or (total is not None and done + count >= total):
            length = size if total is None else min(size, total - done)
            if length == 0:
                return
            joined = np.concatenate(held)
            yield Block(start_s=start_s + done / rate_hz, samples=joined[:length], bad_packets=bad)
            held, count, done, bad = [joined[length:]], count - length, done + length, 0
    rest = count if total is None else total - done
    while rest > 0:
        length = min(size, rest)
        block = np.zeros((length, channels), np.float32)
        if count:
            joined = np.concatenate(held)[:length]
            block[: len(joined)] = joined
        yield Block(start_s=start_s + done / rate_hz, samples=block, bad_packets=bad)
        held, count, done, bad, rest = [], 0, done + length, 0, rest - length


def _resampled(
    path: Path | Growing, index: int | None, origin_s: float, rate_hz: int, channels: int, length_s: float | None,
    sought: bool,
) -> Iterator[tuple[Samples, int]]:  # fmt: skip
    """Pieces of sound at ``rate_hz`` whose first sample lies at container time ``origin_s``, with errors met."""
    import av

    resampler: Any = None
    layout = "stereo" if channels == 2 else "mono"
    source_rate = rate_hz
    for piece, source_rate, errors in _aligned(path, index, origin_s, channels, length_s, sought):
        if source_rate == rate_hz:
            yield piece, errors
            continue
        if resampler is None:
            resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate_hz)
        yield np.zeros((0, channels), np.float32), errors
        for first in range(0, len(piece), _FEED_SAMPLES):
            part = np.ascontiguousarray(piece[first : first + _FEED_SAMPLES].T)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
            frame.sample_rate = source_rate
            for out in resampler.resample(frame):
                yield _planar(out), 0
    if resampler is not None:
        for out in resampler.resample(None):
            yield _planar(out), 0


def _planar(frame: Any) -> Samples:
    return np.ascontiguousarray(frame.to_ndarray().T, dtype=np.float32)


def _aligned(
    path: Path | Growing, index: int | None, origin_s: float, channels: int, length_s: float | None, sought: bool
) -> Iterator[tuple[Samples, int, int]]:
    """Decoded pieces, mixed down at the track's own rate, each where its pts puts it: (samples, rate, errors)."""
    import av

    time: SoundTime | None = None
    track_rate = 0
    matrix: Samples | None = None
    kind: tuple[Any, ...] = ()
    base: Fraction | None = None
    errors = 0
    # Frames that follow each other: a frame is 20 ms, and handling it costs more than its samples.
    run, waiting = av.AudioFifo(), 0
    for frame in _frames(path, index, origin_s - _RUN_UP_S if sought else None):
        if frame is None:
            errors += 1
            continue
        rate, count = frame.sample_rate, frame.samples
        if not count:
            continue  # a run of such frames could not be read back
        # A rate that changes inside a track is rare and broken; its samples are kept at the first rate.
        track_rate = track_rate or rate
        time = time or SoundTime(track_rate, origin_s, length_s)
        layout = frame.layout
        found = (layout.name, frame.format.name, rate)
        if waiting and (found != kind or waiting >= _RUN):
            assert matrix is not None
            yield _mixed(run.read(), matrix), track_rate, errors
            waiting = errors = 0
        if matrix is None or found != kind:
            kind, run = found, av.AudioFifo()
            matrix = downmix_matrix([channel.name for channel in layout.channels], channels)
        base = base or frame.time_base  # asked once: each answer is a new fraction
        known = frame.pts is not None and base is not None
        silence, drop = time.place(frame.pts * base.numerator / base.denominator if known else None, count)
        if waiting and (silence or drop):
            yield _mixed(run.read(), matrix), track_rate, errors
            waiting = errors = 0
        for done in range(0, silence, _FEED_SAMPLES):
            yield np.zeros((min(_FEED_SAMPLES, silence - done), channels), np.float32), track_rate, 0
        if drop:
            yield _mixed(frame, matrix)[drop:], track_rate, errors
            errors = 0
        else:
            frame.pts = None  # what counts is when they come, not what their clock says
            run.write(frame)
            waiting += 1
        if length_s is not None and time.position > (length_s + 1.0) * track_rate:
            break
    if waiting:
        assert matrix is not None
        yield _mixed(run.read(), matrix), track_rate, errors
        errors = 0
    if errors:
        yield np.zeros((0, channels), np.float32), track_rate or 48_000, errors


def _frames(path: Path | Growing, index: int | None, from_s: float | None) -> Iterator[Any]:
    """Decoded audio frames of one stream, from container time ``from_s`` on where the container finds its way there;
    None for each packet that cannot be decoded.
    """
    import av

    with open_film(path) as container:
        tracks = [s for s in container.streams.audio if index is None or s.index == index]
        if not tracks:
            raise FilmError(f"{path.name}: there is no sound track {'' if index is None else index}".rstrip())
        if tracks[0].codec_context is None:  # FFmpeg has no decoder for it
            yield None
            return
        if from_s is not None and from_s > 0.0:
            with suppress(av.error.FFmpegError):
                container.seek(int(from_s / (tracks[0].time_base or Fraction(1, 1000))), stream=tracks[0])
        packets = container.demux(tracks[0])
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError:
                yield None
                return
            try:
                yield from packet.decode()
            except (av.error.FFmpegError, ValueError):
                yield None


def _mixed(frame: Any, matrix: Samples) -> Samples:
    """A decoded frame as (frames, channels), mixed down."""
    array = frame.to_ndarray()
    samples = _as_float(array.T if frame.format.is_planar else array.reshape(-1, frame.layout.nb_channels))
    if len(matrix) == matrix.shape[1] and np.array_equal(matrix, np.eye(len(matrix))):
        return samples
    return np.asarray(samples @ matrix, dtype=np.float32)


def _as_float(array: Any) -> Samples:
    """As float32, full scale +-1."""
    samples: Samples
    if array.dtype == np.uint8:
        samples = (array.astype(np.float32) - 128.0) / 128.0
    elif np.issubdtype(array.dtype, np.integer):
        samples = (array / -float(np.iinfo(array.dtype).min)).astype(np.float32)
    else:  # a broken packet may hold not-a-number, which would silence every filter after it
        samples = np.clip(array, -LOUDEST, LOUDEST).astype(np.float32, copy=False)
        if np.isnan(samples.sum()):
            samples = np.nan_to_num(samples)
    return samples
