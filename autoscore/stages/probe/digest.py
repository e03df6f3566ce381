"""Identity of a film file without reading all of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from autoscore.model.media import FilmDigest

CHUNK_BYTES = 1 << 20
"""What is hashed at each end; a film's index and first and last frames lie there."""


def digest(film: Path) -> FilmDigest:
    """Size, mtime and SHA-256 of the first and last MiB of ``film``.

    Raises:
        OSError: the file cannot be read.
    """
    about = film.stat()
    checksum = hashlib.sha256()
    with film.open("rb") as file:
        checksum.update(file.read(CHUNK_BYTES))
        if about.st_size > CHUNK_BYTES:
            file.seek(max(CHUNK_BYTES, about.st_size - CHUNK_BYTES))
            checksum.update(file.read(CHUNK_BYTES))
    return FilmDigest(size_bytes=about.st_size, mtime_ns=about.st_mtime_ns, head_tail_sha256=checksum.hexdigest())
