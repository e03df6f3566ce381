"""A long sound track as an FFmpeg of its own decodes it: this process reads large pieces from a pipe.

Frame by frame ten minutes are 28,000 frames and 140,000 calls, each of which waits for the interpreter that the picture
is measured with. A second pipe tells each frame's time, so that all lies where it belongs. Where FFmpeg has anything to
complain of, whoever reads goes on frame by frame.
"""

from __future__ import annotations

import os
import re
import select
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import IO

import numpy as np

from autoscore.adapters.channels import downmix_matrix
from autoscore.adapters.opened import INPUT_OPTIONS, url_of
from autoscore.adapters.process import Running, patience_s, started
from autoscore.adapters.soundfiles import Samples
from autoscore.adapters.soundtime import SoundTime
from autoscore.errors import AutoscoreError
from autoscore.model.media import AudioStream, Media

LOUDEST = 8.0
"""A broken packet may hold anything; samples beyond this are cut."""

_CAN_PIPE = os.name == "posix"
"""Whether a program can be given our open files."""
_PLAIN = re.compile(r"[\w.() +]+")
_START_OFF_S = 0.05
"""So near the first sample is to where the film was found to have it: an encoder may put something before it."""
_PIPE_BYTES = 1 << 20
_PAUSE_S = 0.01
_LITTLE_BYTES, _LITTLE_S = 1 << 16, 0.004
"""A program that is read a little at a time wakes us, and is put aside, a thousand times a second."""
_SHORT = frozenset({"aac", "ac3", "dts", "eac3", "mp2", "mp3", "opus", "vorbis"})
"""Frames of these are so short that a pageful of notes is of few seconds; of others each is told at once."""


class OddSoundError(Exception):
    """The track cannot be read in this way."""


def read_pieces(
    film: Path, media: Media, track: AudioStream, *, rate_hz: int, channels: int, piece_s: float, start_s: float,
    length_s: float | None = None,
) -> Iterator[Samples]:  # fmt: skip
    """The track, (frames, ``channels``) at ``rate_hz``; the first sample is at film time ``start_s``.

    What the track does not have (it starts late, or has a gap) is silence. Pieces have ``piece_s`` or less; who has
    enough after ``length_s`` may stop there.

    Raises:
        OddSoundError: what comes next has to be read otherwise; what was given until then is right.
    """
    if not _CAN_PIPE:
        raise OddSoundError
    size = max(1, round(piece_s * rate_hz))
    time = SoundTime(track.rate_hz, media.video.start_s + start_s, length_s)
    line = _Line(time, media.video.start_s + track.start_s, rate_hz / track.rate_hz, size, channels)
    try:
        patience = patience_s(media.duration_s, film.stat().st_size)
        with _begun(film, track, rate_hz, channels, patience) as (child, notes):
            while len(piece := _read(child.stdout, notes, line, size, channels)):
                if child.tail:
                    raise OddSoundError
                line.push(piece)
                yield from line.ready()
            os.set_blocking(notes, True)
            _note(notes, line)
        if child.tail:
            raise OddSoundError
        line.finish()
        yield from line.ready()
    except (AutoscoreError, OSError, ValueError, IndexError) as error:
        raise OddSoundError from error


class _Line:
    """Samples as they come, and what is to be put between them.

    Args:
        first_s: container time at which the track should begin. scale: samples given for one of the track.
    """

    def __init__(self, time: SoundTime, first_s: float, scale: float, size: int, channels: int) -> None:
        self._time, self._first_s, self._scale = time, first_s, scale
        self._size, self._channels = size, channels
        self._text, self._base_s = b"", 0.0
        self._noted = 0
        """Samples of the track whose place is known."""
        self._edits: deque[tuple[int, int, int]] = deque()
        """At which sample of what comes silence is put up to which sample of what is given, and what is left out."""
        self._held: deque[Samples] = deque()
        self._come = self._taken = self._given = self._skip = 0
        self._over = False

    def push(self, piece: Samples) -> None:
        self._held.append(piece)
        self._come += len(piece)

    def note(self, text: bytes) -> None:
        """Lines of FFmpeg's ``framecrc``: stream, dts, pts, samples, ..."""
        *lines, self._text = (self._text + text).split(b"\n")
        for one in lines:
            if one.startswith(b"#"):
                if one.startswith(b"#tb 0: "):
                    above, below = one[7:].split(b"/")
                    self._base_s = int(above) / int(below)
                continue
            _, _, pts, samples, _ = one.split(b",", 4)
            time_s, count = int(pts) * self._base_s, int(samples)
            if not self._noted and abs(time_s - self._first_s) > _START_OFF_S:
                raise OddSoundError
            silence, drop = self._time.place(time_s, count)
            if silence or drop:
                until, at = self._time.position - (count - drop), self._noted
                self._edits.append((self._scaled(at), self._scaled(until), self._scaled(at + drop) - self._scaled(at)))
            self._noted += count

    def finish(self) -> None:
        """All has come. Raises OddSoundError where that is not what was told of."""
        if abs(self._come - self._scaled(self._noted)) > self._size // 100:
            raise OddSoundError
        self._over = True

    def ready(self) -> Iterator[Samples]:
        """What can be given by now."""
        while True:
            if self._edits and self._edits[0][0] <= self._taken:
                _, until, skip = self._edits.popleft()
                while until > self._given:
                    yield self._out(np.zeros((min(self._size, until - self._given), self._channels), np.float32))
                self._skip += skip
            stop = self._come if self._over else min(self._come, self._scaled(self._noted))
            stop = min(stop, self._edits[0][0]) if self._edits else stop
            if stop <= self._taken:
                return
            piece = self._held.popleft()
            if len(piece) > stop - self._taken:
                self._held.appendleft(piece[stop - self._taken :])
                piece = piece[: stop - self._taken]
            self._taken += len(piece)
            left_out = min(self._skip, len(piece))
            self._skip -= left_out
            if left_out < len(piece):
                yield self._out(_bounded(piece[left_out:]))

    def _scaled(self, samples: int) -> int:
        return round(samples * self._scale)

    def _out(self, piece: Samples) -> Samples:
        self._given += len(piece)
        return piece


@contextmanager
def _begun(
    film: Path, track: AudioStream, rate_hz: int, channels: int, patience: float
) -> Iterator[tuple[Running, int]]:
    """FFmpeg at work: samples on its standard output, and the other pipe."""
    reader, writer = os.pipe()
    try:
        os.set_blocking(reader, False)
        with started(_words(film, track, rate_hz, channels, writer), timeout_s=patience, hand_over=(writer,)) as child:
            os.close(writer)
            writer = -1
            _widen(child.stdout.fileno())
            yield child, reader
    finally:
        os.close(reader)
        if writer >= 0:
            os.close(writer)


def _words(film: Path, track: AudioStream, rate_hz: int, channels: int, notes: int) -> list[str]:
    """The command: samples go to standard output, a line for each frame to ``notes``.

    FFmpeg may put in no conversions of its own: where the track's channels change it would mix them otherwise than we
    do. So it fails there.
    """
    matrix = downmix_matrix(_names(track), channels)
    layout = "stereo" if channels == 2 else "mono"
    short = ":filter_size=8" if 2 * rate_hz <= track.rate_hz else ""
    chain = [f"aresample={rate_hz}{short}", f"aformat=channel_layouts={layout}"] if rate_hz != track.rate_hz else []
    if not (len(matrix) == channels and np.array_equal(matrix, np.eye(channels))):
        shares = [[f"{share:.9g}*c{c}" for c, share in enumerate(column) if share] for column in matrix.T]
        chain.insert(0, "|".join([f"pan={layout}", *(f"c{n}=" + "+".join(some) for n, some in enumerate(shares))]))
    graph = (
        f"[0:{track.index}]aformat=channel_layouts={track.layout}:sample_rates={track.rate_hz},"
        "aresample=out_sample_fmt=flt,asplit[track][times];"
        f"[track]{','.join(chain) or 'anull'}[samples]"
    )
    at_once = [] if track.codec in _SHORT else ["-flush_packets", "1"]
    options = [word for name, value in INPUT_OPTIONS.items() for word in (f"-{name}", value)]
    return [
        "ffmpeg", "-v", "error", "-nostdin", "-noauto_conversion_filters", "-copyts",
        *options, "-i", url_of(film), "-filter_complex", graph,
        "-map", "[samples]", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1",
        "-map", "[times]", "-c:a", "pcm_f32le", *at_once, "-f", "framecrc", f"pipe:{notes}",
    ]  # fmt: skip


def _names(track: AudioStream) -> list[str]:
    """Names of the track's channels.

    Raises:
        ValueError: they are not known, or the layout has a name that would say more in a filter graph.
    """
    import av

    if not _PLAIN.fullmatch(track.layout):
        raise ValueError("the layout has labels of its own")
    names = [channel.name for channel in av.AudioLayout(track.layout).channels]
    if len(names) != track.channels:
        raise ValueError("the layout is not the track's")
    return names


def _read(pipe: IO[bytes], notes: int, line: _Line, size: int, channels: int) -> Samples:
    """The next ``size`` frames, fewer at the end; meanwhile what is told of them is noted, or FFmpeg would wait."""
    piece = np.empty((size, channels), np.float32)
    room, at = memoryview(piece.data).cast("B"), 0
    file = pipe.fileno()
    while at < len(room):
        if not select.select([file], [], [], _PAUSE_S)[0]:
            _note(notes, line)
            continue
        count = os.readv(file, [room[at:]])
        if not count:
            break
        at += count
        if count < _LITTLE_BYTES:
            sleep(_LITTLE_S)
    _note(notes, line)
    return piece[: at // (4 * channels)]


def _note(notes: int, line: _Line) -> None:
    """All that can be read now, to the end where reading waits."""
    with suppress(BlockingIOError):
        while text := os.read(notes, _PIPE_BYTES):
            line.note(text)


def _widen(file: int) -> None:
    """Lets FFmpeg be as far ahead as the system allows; Linux alone can be asked."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(file, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _bounded(piece: Samples) -> Samples:
    """Without what is no number, and what no sound track holds."""
    if not (piece.min() >= -LOUDEST and piece.max() <= LOUDEST):
        piece = np.nan_to_num(np.clip(piece, -LOUDEST, LOUDEST))
    return piece
