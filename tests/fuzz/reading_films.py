"""Films of six containers, with their structure spoilt, as a run reads them before it writes anything."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

from hypothesis.strategies import SearchStrategy
from reader import Reader
from spoiling import Spoilt, bytes_of

_FILMS: dict[str, tuple[str, ...]] = {
    "mp4": ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"),
    "mkv": ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "flac"),
    "mov": ("-c:v", "mpeg4", "-c:a", "pcm_s16le"),
    "avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
    "webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"),
    "ts": ("-c:v", "mpeg2video", "-c:a", "mp2"),
}


def _films(kind: str, folder: Path) -> list[bytes]:
    film = folder / f"seed.{kind}"
    subprocess.run(
        ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", "-threads", "1",
         "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=10:duration=1.4",
         "-f", "lavfi", "-i", "sine=frequency=330:duration=1.4:sample_rate=16000",
         "-pix_fmt", "yuv420p", *_FILMS[kind], str(film)],
        check=True, timeout=60,
    )  # fmt: skip
    return [film.read_bytes()]


def _spoil(kind: str, data: bytes) -> SearchStrategy[Spoilt]:
    areas = [(0, 64), (0, 1200), (0, 1200)]
    if kind in ("mp4", "mov"):
        moov = max(0, data.find(b"moov") - 4)
        areas = [(0, 40), (moov, len(data)), (moov, len(data)), (moov, len(data))]
    elif kind != "ts":
        areas.append((max(0, len(data) - 600), len(data)))  # cues and indices
    return bytes_of(data, areas)


def read_film(path: Path) -> object:
    """What a run does with a film before it writes anything: headers, packets, the first pictures and sound."""
    from itertools import islice

    from autoscore.adapters.copied import read_packets
    from autoscore.adapters.frames import Decoder, picture_at
    from autoscore.adapters.slices import picture_content_sha256
    from autoscore.adapters.sound import read_blocks
    from autoscore.adapters.tags import comment_of
    from autoscore.stages.probe import probe

    media = probe(path)
    comment_of(path)
    pictures = [picture.time_s for picture in islice(Decoder(path, media.video), 40)]
    for block in islice(read_blocks(path, media, block_s=1.0, end_s=min(3.0, media.duration_s)), 8):
        assert len(block.samples) <= 48_000
    picture_at(path, media.video, 0.5)
    picture_content_sha256(path, media.video.index)
    read_packets(path, video_index=media.video.index)
    return media.duration_s, len(pictures)


READERS = tuple(
    Reader(
        name=f"film: {kind}",
        suffix=f".{kind}",
        seeds=functools.partial(_films, kind),
        read=read_film,
        spoil=functools.partial(_spoil, kind),
        limit_s=30.0,
    )
    for kind in _FILMS
)
