"""Everything that reads what a stranger may have written, by name."""

from __future__ import annotations

import bad_readers
import reading_batches
import reading_brought
import reading_films
import reading_fonts
import reading_values
import reading_workspaces
from reader import Reader

READERS: dict[str, Reader] = {
    reader.name: reader
    for notion in (
        reading_films, reading_values, reading_brought, reading_batches, reading_fonts, reading_workspaces
    )
    for reader in notion.READERS
}  # fmt: skip

BAD_READERS: dict[str, Reader] = {
    f"bad: {name}": Reader(name=f"bad: {name}", suffix=".txt", seeds=lambda _folder: [bad_readers.WHOLE], read=read)
    for name, read in bad_readers.BAD.items()
}
