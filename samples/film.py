"""A film as a list of shots, joined by cuts, dissolves and fades, and its encoding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from picture import OUT_HEIGHT, OUT_WIDTH, Picture, finish

SOUND_HZ = 48_000
BLOCK = 1024
Draw = Callable[[float], Picture]
"""Draws the shot ``t`` seconds after its own start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """Ends at ``end_s``; the first ``dissolve_s`` of it are mixed with the end of the shot before."""

    draw: Draw
    end_s: float
    intensity: float
    what: str
    dissolve_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """Times in seconds; every cut lies on a frame. ``hits`` are (time, class, what is seen)."""

    name: str
    title: str
    rate: int
    shots: tuple[Shot, ...]
    fade_in_s: float
    fade_out_s: float
    hits: tuple[tuple[float, str, str], ...]
    speech: tuple[tuple[float, float], ...] = ()
    sound: NDArray[np.float32] | None = None

    @property
    def frames(self) -> int:
        return round(self.shots[-1].end_s * self.rate)

    def starts(self) -> list[float]:
        return [0.0, *(shot.end_s for shot in self.shots[:-1])]

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        starts = self.starts()
        for frame in range(self.frames):
            time_s = frame / self.rate
            index = max(i for i, start in enumerate(starts) if time_s >= start - 1e-9)
            shot, inside = self.shots[index], time_s - starts[index]
            image = shot.draw(inside)
            if inside < shot.dissolve_s - 1e-9:
                share = (inside + 0.5 / self.rate) / shot.dissolve_s
                image = image * share + self.shots[index - 1].draw(time_s - starts[index - 1]) * (1 - share)
            yield finish(image * self._light(frame), frame)

    def _light(self, frame: int) -> float:
        """0..1 while the film fades in or out; the first and the last frame are black."""
        rising = frame / (self.fade_in_s * self.rate) if self.fade_in_s else 1.0
        falling = (self.frames - 1 - frame) / (self.fade_out_s * self.rate) if self.fade_out_s else 1.0
        return float(np.clip(min(rising, falling), 0.0, 1.0))

    def truth(self) -> dict[str, object]:
        """What is known because it was drawn so; frames are 0-based, gradual ones [first, last changing frame]."""
        starts = self.starts()
        joined = list(zip(starts[1:], self.shots[1:], strict=True))
        gradual: list[dict[str, object]] = []
        if self.fade_in_s:
            gradual.append({"kind": "fade_in", "start_frame": 0, "end_frame": round(self.fade_in_s * self.rate)})
        for start, shot in joined:
            if shot.dissolve_s:
                first, count = round(start * self.rate), round(shot.dissolve_s * self.rate)
                gradual.append({"kind": "dissolve", "start_frame": first, "end_frame": first + count - 1})
        if self.fade_out_s:
            first = self.frames - 1 - round(self.fade_out_s * self.rate)
            gradual.append({"kind": "fade_out", "start_frame": first, "end_frame": self.frames - 1})
        return {
            "schema": "sample-truth.1",
            "film": f"{self.name}.mp4",
            "title": self.title,
            "rate": str(Fraction(self.rate)),
            "frames": self.frames,
            "cuts": [round(start * self.rate) for start, shot in joined if not shot.dissolve_s],
            "gradual": gradual,
            "shots": [
                {"start_s": start, "end_s": shot.end_s, "intensity": shot.intensity, "what": shot.what}
                for start, shot in zip(starts, self.shots, strict=True)
            ],
            "hits": [
                {"frame": round(t * self.rate), "time_s": t, "class": klass, "what": what}
                for t, klass, what in self.hits
            ],
            "speech": [list(span) for span in self.speech],
        }


def encode(film: Film, path: Path, crf: int) -> None:
    """H.264 and, where there is sound, AAC; one thread and no dates, so that the same tools give the same bytes."""
    with av.open(str(path), "w", options={"fflags": "+bitexact", "movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=film.rate)
        video.width, video.height, video.pix_fmt = OUT_WIDTH, OUT_HEIGHT, "yuv420p"
        video.options = {"crf": str(crf), "preset": "slow", "threads": "1", "flags": "+bitexact"}
        audio = None
        sound = np.zeros((0, 2), np.float32) if film.sound is None else film.sound
        if film.sound is not None:
            audio = container.add_stream("aac", rate=SOUND_HZ, layout="stereo")
            audio.bit_rate = 112_000
            audio.options = {"flags": "+bitexact"}
        container.metadata["title"] = film.title
        heard = 0
        for number, picture in enumerate(film.pictures()):
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
            while audio is not None and heard < min(len(sound), (number + 1) * SOUND_HZ / film.rate):
                block = np.ascontiguousarray(sound[heard : heard + BLOCK].T)
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts = SOUND_HZ, heard
                container.mux(audio.encode(frame))
                heard += BLOCK
        container.mux(video.encode(None))
        if audio is not None:
            container.mux(audio.encode(None))
