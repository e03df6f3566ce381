"""A small review film: timecode, the cue's name, an intensity bar and the hits drawn over the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autoscore.adapters import clips
from autoscore.model.cues import CuePlan
from autoscore.model.media import Media
from autoscore.model.receipt import HeardHit
from autoscore.model.time import timecode

HEIGHT = 360
RATE = 15.0
_FLASH_S = 0.35
_COLOURS = {"hard": (255, 70, 60), "section": (255, 190, 40), "soft": (90, 200, 255)}
_WHITE = (240, 240, 240)


def preview(finished: Path, media: Media, plan: CuePlan, hits: Sequence[HeardHit], out: Path) -> None:
    """Writes the review film of a finished film.

    Raises:
        StorageError: it cannot be written.
    """
    cues = [cue for cue in plan.cues if not cue.muted]
    rate = media.video.rate

    def draw(picture: clips.Picture, time_s: float) -> clips.Picture:
        height, width = picture.shape[:2]
        band = height // 9
        picture[height - band :] //= 4
        cue = next((cue for cue in cues if cue.start_s <= time_s < cue.end_s), None)
        _text(picture, timecode(time_s, rate), 8, height - band + 6)
        if cue is not None:
            name = f"{cue.id} {cue.title}  {cue.key}"
            _text(picture, name, width // 4, height - band + 6)
            level = round((height // 2) * max(0.0, min(1.0, cue.intensity_at(time_s))))
            bottom = height - band - 8
            picture[bottom - height // 2 : bottom, width - 14 : width - 6] //= 3
            picture[bottom - level : bottom, width - 14 : width - 6] = (80, 220, 120)
            _text(picture, "intensity", width - 8 - clips.text_mask("intensity").shape[1], bottom - height // 2 - 22)
        for hit in hits:
            age_s = time_s - hit.time_s
            if 0 <= age_s < _FLASH_S:
                colour = _COLOURS.get(hit.klass, _WHITE)
                for edge in (np.s_[:5, :], np.s_[:, :5], np.s_[:, -5:]):
                    picture[edge] = colour
                _text(picture, f"{hit.id} {hit.klass} {hit.device}", 12, 12, colour)
        return picture

    clips.small_film(finished, out, draw, height=HEIGHT, rate=RATE)


def _text(picture: clips.Picture, text: str, left: int, top: int, colour: tuple[int, int, int] = _WHITE) -> None:
    """Writes a line of text with a dark shadow."""
    mask = clips.text_mask(text)
    height, width = picture.shape[:2]
    for shift, ink in ((1, (0, 0, 0)), (0, colour)):
        y, x = top + shift, left + shift
        room = mask[: max(0, height - y), : max(0, width - x)]
        area = picture[y : y + room.shape[0], x : x + room.shape[1]]
        area[:] = np.rint(area + (np.array(ink) - area) * room[..., None])
