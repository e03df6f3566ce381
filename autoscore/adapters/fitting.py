"""Whether a container holds a film's picture as it is: tried with the film's first packets, and read again.

What FFmpeg says of a container and a codec (``query_codec``) is a part of the answer only: AVI takes H.264 and loses
the order of its B pictures, MPEG-PS takes it and cannot be read, Matroska shows what an edit list hides.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from autoscore.adapters.copied import Packets, head_packets, read_packets
from autoscore.adapters.mux import header, not_the_picture
from autoscore.adapters.packets import first_frame
from autoscore.adapters.process import ChildFailedError, run
from autoscore.errors import FilmError
from autoscore.model.media import Media
from autoscore.tables.containers import container_for

_LARGEST_SHIFT_MS = 1.0
"""As a finished film's receipt allows."""
_CUT_OFF = 2
"""Pictures that may be missing at the end of what was written: some containers tell one from the next by the latter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Why a picture does not fit: its ``codec`` has no place, its ``times`` are lost, what its edit list keeps
    ``hidden`` would be shown, or it would not be ``turned`` when it is shown. ``amount_s`` is how far a picture moves,
    or how much is hidden, seconds.
    """

    kind: Literal["codec", "times", "hidden", "turned"]
    amount_s: float = 0.0


def misfit(film: Path, media: Media, output: Path) -> Misfit | None:
    """Why the picture of ``film`` cannot be copied to ``output``; None where it can.

    Where the film is in such a container already nothing is tried. Else it takes a fifth of a second.

    Raises:
        FilmError: the film cannot be read.
        StorageError: there is no room for a trial where temporary files go.
        ToolMissingError: there is no FFmpeg, or something stopped it.
    """
    container = container_for(output)
    if container_for(Path(media.name)).name == container.name and container.format in media.container.split(","):
        return None
    before = head_packets(film, media.video.index)
    with TemporaryDirectory(prefix="autoscore-") as folder:
        target = Path(folder) / f"head{container.suffixes[0]}"
        try:
            run(header(film, media, container, target, before.count))
            after = read_packets(target)
        except ChildFailedError as error:
            blameless = not_the_picture(film, target, error, "TMPDIR")
            if blameless:
                raise blameless from None
            return Misfit(kind="codec")
        except FilmError:
            return Misfit(kind="codec")
        turn = media.video.rotation_deg
        if turn and (shown := first_frame(target, 0)) is not None and shown.rotation_deg != turn:
            return Misfit(kind="turned")
    return _compared(before, after.video)


def _compared(before: Packets, after: Packets) -> Misfit | None:
    if after.codec != before.codec or not 0 <= before.count - after.count <= _CUT_OFF:
        return Misfit(kind="codec")
    base_s = after.first_s - before.first_s
    moved_s = max(abs(b - a - base_s) for a, b in zip(before.pts_s, after.pts_s, strict=False))
    hidden_s = before.first_s - min(before.pts_s)
    if 1000 * moved_s <= _LARGEST_SHIFT_MS:
        return None
    return (
        Misfit(kind="hidden", amount_s=hidden_s) if hidden_s > moved_s / 2 else Misfit(kind="times", amount_s=moved_s)
    )
