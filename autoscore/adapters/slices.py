"""Whether two films hold the same coded pictures though their containers pack them differently (PyAV, not decoded)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autoscore.adapters.copied import film_stream
from autoscore.adapters.opened import open_film
from autoscore.errors import FilmError


def picture_content_sha256(film: Path, video_index: int | None = None) -> str:
    """SHA-256 of the coded pictures themselves, whatever way the container packs them; "" for other codecs.

    H.264 and HEVC are packed with lengths (MP4, Matroska) or with start codes (MPEG-TS, AVI). Hashed are the slices:
    parameter sets, delimiters and messages may move between packets and header when the container changes.

    Raises:
        FilmError: the file cannot be read or has no picture.
    """
    import av

    digest = hashlib.sha256()
    try:
        with open_film(film) as container:
            stream = container.streams[video_index] if video_index is not None else film_stream(container)
            context: Any = getattr(stream, "codec_context", None)
            if context is None or context.name not in ("h264", "hevc"):
                return ""
            header = bytes(context.extradata or b"")
            packed = header[:1] == b"\1"
            place = 4 if context.name == "h264" else 21
            size = (header[place] & 3) + 1 if packed and len(header) > place else 0
            for packet in container.demux(stream):
                for unit in filter(None, (unit.rstrip(b"\0") for unit in _units(bytes(packet), size))):
                    kind = unit[0] & 31 if context.name == "h264" else unit[0] >> 1 & 63
                    if kind <= (5 if context.name == "h264" else 31):
                        digest.update(unit)
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise FilmError(f"{film.name} cannot be read: {error}") from error
    return digest.hexdigest()


def _units(data: bytes, size: int) -> Iterator[bytes]:
    """The units of one packet: each after its length in ``size`` bytes, or (0) between start codes."""
    at = 0
    if size:
        while at + size < len(data):
            length = int.from_bytes(data[at : at + size], "big")
            yield data[at + size : at + size + length]
            at += size + length
        return
    at = data.find(b"\0\0\1")
    while at >= 0:
        after = data.find(b"\0\0\1", at + 3)
        yield data[at + 3 : after if after >= 0 else len(data)]
        at = after
