"""Review films by moviepy: re-encoded small, with drawings over the picture. Never on the way of the finished film."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.files import whole

Picture = NDArray[np.uint8]
Draw = Callable[[Picture, float], Picture]
"""Gets a picture (height, width, RGB) and its time in seconds, returns it drawn over."""


def small_film(film: Path, out: Path, draw: Draw, *, height: int, rate: float) -> None:
    """Writes ``film`` at ``height`` lines and ``rate`` frames a second, each picture through ``draw``.

    Raises:
        StorageError: it cannot be written.
    """
    from moviepy import VideoFileClip

    with whole(out, ".mp4") as part:
        sound_part = part.with_suffix(".m4a")
        try:
            with VideoFileClip(str(film)) as clip:
                width = max(2, round(clip.w * height / clip.h / 2) * 2)
                small = clip.resized((width, height)).with_fps(min(rate, clip.fps or rate))
                drawn = small.transform(lambda frame, t: draw(np.array(frame(t), dtype=np.uint8), float(t)))
                drawn.write_videofile(
                    str(part), codec="libx264", audio_codec="aac", preset="veryfast", threads=2, logger=None,
                    temp_audiofile=str(sound_part), ffmpeg_params=["-crf", "28", "-pix_fmt", "yuv420p"],
                )  # fmt: skip
        finally:
            sound_part.unlink(missing_ok=True)


@cache
def text_mask(text: str, size: int = 16) -> NDArray[np.float32]:
    """How much ink a line of text puts on each point, 0..1 (height, width), by Pillow (which moviepy brings)."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size)
    left, _, right, bottom = font.getbbox(text or " ")
    canvas = Image.new("L", (max(1, int(right - left) + 2), max(1, int(bottom) + 3)), 0)
    ImageDraw.Draw(canvas).text((1 - left, 0), text, fill=255, font=font)
    return np.asarray(canvas, dtype=np.float32) / np.float32(255)
