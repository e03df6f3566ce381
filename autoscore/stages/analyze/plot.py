"""The timeline picture: what the analysis saw and heard, on one sheet."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.chart import figure
from autoscore.adapters.frames import picture_at
from autoscore.adapters.spectrum import HIGHEST_HZ, LOWEST_HZ, mel_picture
from autoscore.model.analysis import CURVE_RATE_HZ, Analysis
from autoscore.model.media import Media

_INK, _GRID = "#222222", "#dddddd"
_CUT, _FADE, _FLASH = "#c0392b", "#8e44ad", "#e0a000"
_SPEECH, _MUSIC, _SILENCE, _HIT = "#1f77b4", "#2e8b57", "#b0b0b0", "#d35400"
_STRIP_IN = 14.0

Corners = tuple[tuple[float, float], ...]

_UP: Corners = ((0, 0.62), (1, 0.95), (1, 0.29))
_DOWN: Corners = ((0, 0.95), (0, 0.29), (1, 0.62))
_GRADUAL = {"fade_in": (_UP,), "fade_out": (_DOWN,), "dissolve": (_UP, _DOWN)}
"""Wedges that open for a fade-in, close for a fade-out, and cross for a dissolve."""


def draw(film: Path, media: Media, analysis: Analysis, out: Path, *, draft: bool = False) -> None:
    """Writes the timeline of ``analysis`` to ``out`` (PNG, SVG or PDF by its name); of a ``draft`` it says so.

    Raises:
        StorageError: it cannot be written.
        FilmError: the film cannot be opened for its thumbnails.
    """
    with figure(_STRIP_IN, [0.78, 0.6, 1.15, 1.1, 1.1, 0.95, 0.95, 0.95], out, _title(media, analysis, draft)) as axes:
        strip, edits, motion, light, colour, loud, pitch, heard = axes
        end = max(analysis.duration_s, 1e-3)
        for axis in axes:
            axis.set_xlim(0, end)
            axis.tick_params(labelsize=8, colors=_INK)
            for side in ("top", "right"):
                axis.spines[side].set_visible(False)
        _thumbnails(strip, film, media, end)
        _edits(edits, analysis, end)
        curves = analysis.curves
        _curve(motion, "motion\nheights/s", [("all", curves.motion, "#555555"), ("camera", curves.camera, "#1f77b4"),
               ("subject", curves.subject, "#d35400")], end)  # fmt: skip
        _curve(light, "light", [("brightness", curves.brightness, "#555555"), ("contrast", curves.contrast, "#2e8b57")],
               end, (0, 1))  # fmt: skip
        _curve(colour, "colour", [("saturation", curves.saturation, "#8e44ad"), ("warmth", curves.warmth, "#c0392b")],
               end, (-1, 1))  # fmt: skip
        _loudness(loud, analysis, end)
        _spectrum(pitch, film, media, end)
        _heard(heard, analysis)
        _clock(heard, end)


def _title(media: Media, analysis: Analysis, draft: bool) -> str:
    video = media.video
    rate = f"{float(video.rate):.3f}".rstrip("0").rstrip(".")
    parts = [
        media.name,
        _stamp(analysis.duration_s, analysis.duration_s),
        f"{video.width}x{video.height}",
        f"{rate} fps{' (varying)' if analysis.frame_times_s else ''}",
        f"{len(analysis.shots)} shots",
        f"{len(analysis.cuts)} cuts",
        f"{len(analysis.gradual)} fades and dissolves",
        *(["DRAFT: key frames only"] if draft else []),
    ]
    return "   ".join(p.replace("$", r"\$") for p in parts)


def _thumbnails(axis: Any, film: Path, media: Media, end_s: float) -> None:
    """A strip of stills, each drawn from the time it shows to the next."""
    video = media.video
    shape = float(video.width * video.sample_aspect / video.height)
    shape = 1 / shape if video.rotation_deg in (90, 270) else shape
    count = max(3, min(24, round(_STRIP_IN * 0.85 / 0.78 / max(0.45, shape))))
    axis.set_ylim(0, 1)
    axis.set_yticks([])
    axis.set_ylabel("picture", fontsize=8, color=_INK)
    width = end_s / count
    for number in range(count):
        still = picture_at(film, video, (number + 0.5) * width)
        if still is None:
            continue
        left, right = number * width, (number + 0.985) * width
        axis.imshow(still, extent=(left, right, 0, 1), aspect="auto", interpolation="bilinear")
    axis.set_xlim(0, end_s)


def _edits(axis: Any, analysis: Analysis, end_s: float) -> None:
    """Cuts as lines, gradual transitions as blocks, what was rejected as small marks below."""
    axis.set_ylim(0, 1)
    axis.set_yticks([])
    axis.set_ylabel("edits", fontsize=8, color=_INK)
    crowded = len(analysis.cuts) > 150
    axis.vlines([c.time_s for c in analysis.cuts], 0.25, 1, color=_CUT, linewidth=0.5 if crowded else 1.1)
    for ramp in analysis.gradual:
        left, right = ramp.start_s, max(ramp.end_s, ramp.start_s + end_s / 400)
        for corners in _GRADUAL[ramp.kind]:
            axis.fill([left + x * (right - left) for x, _ in corners], [y for _, y in corners], color=_FADE,
                      alpha=0.5, linewidth=0)  # fmt: skip
    axis.plot([r.time_s for r in analysis.rejected], [0.12] * len(analysis.rejected), "x", color=_FLASH, markersize=4)
    _key(axis, [("cut", _CUT), ("fade, dissolve", _FADE), ("flash, whip, motion: no cut", _FLASH)], 0.33)


def _curve(
    axis: Any,
    label: str,
    lines: list[tuple[str, tuple[float, ...], str]],
    end_s: float,
    limits: tuple[float, float] | None = None,
) -> None:
    for name, values, colour in lines:
        if values:
            times, smooth = _thin(np.asarray(values, dtype=np.float64), end_s)
            if name == lines[0][0] and len(lines) > 2:
                axis.fill_between(times, 0, smooth, color=colour, alpha=0.25, linewidth=0)
            else:
                axis.plot(times, smooth, color=colour, linewidth=1.0)
    axis.set_ylabel(label, fontsize=8, color=_INK)
    axis.grid(axis="both", color=_GRID, linewidth=0.5)
    if limits:
        axis.set_ylim(*limits)
    else:
        top = max((float(np.quantile(v, 0.998)) for _, v, _ in lines if v), default=1.0)
        axis.set_ylim(0, max(0.05, 1.1 * top))
    _key(axis, [(name, colour) for name, _, colour in lines])


def _loudness(axis: Any, analysis: Analysis, end_s: float) -> None:
    values = analysis.curves.loudness_lufs
    axis.set_ylabel("loudness\nLUFS", fontsize=8, color=_INK)
    axis.set_ylim(-62, 0)
    axis.set_yticks([-60, -40, -20, 0])
    axis.grid(axis="both", color=_GRID, linewidth=0.5)
    if not values:
        axis.text(0.5, 0.5, "no sound", transform=axis.transAxes, ha="center", va="center", color="#888888")
        return
    times, smooth = _thin(np.asarray(values, dtype=np.float64), end_s)
    axis.fill_between(times, -62, smooth, color="#9db8cc", linewidth=0)
    if analysis.loudness_lufs is not None:
        axis.axhline(analysis.loudness_lufs, color=_INK, linewidth=0.7, linestyle=":")
        axis.text(
            0.002, 0.9, f"whole: {analysis.loudness_lufs:.1f} LUFS", transform=axis.transAxes, fontsize=7, va="top"
        )


def _spectrum(axis: Any, film: Path, media: Media, end_s: float) -> None:
    """The film's own sound by pitch: voices, music and effects can be told apart by eye."""
    axis.set_ylabel("sound\nby pitch", fontsize=8, color=_INK)
    axis.set_yticks([])
    picture = mel_picture(film, media, end_s)
    if picture is None:
        axis.text(0.5, 0.5, "no sound", transform=axis.transAxes, ha="center", va="center", color="#888888")
        return
    axis.imshow(picture, extent=(0, end_s, 0, 1), origin="lower", aspect="auto", cmap="magma", interpolation="nearest")
    axis.text(1.004, 0.9, f"{HIGHEST_HZ / 1000:.0f} kHz", transform=axis.transAxes, fontsize=7, color=_INK)
    axis.text(1.004, 0.02, f"{LOWEST_HZ:.0f} Hz", transform=axis.transAxes, fontsize=7, color=_INK)


def _heard(axis: Any, analysis: Analysis) -> None:
    """Lanes for speech, music and silence, and the loud hits."""
    axis.set_ylim(-0.5, 3.5)
    axis.set_yticks([3, 2, 1, 0], ["speech", "own music", "silence", "loud hits"])
    for lane, spans, colour in (
        (3, analysis.speech, _SPEECH), (2, analysis.music, _MUSIC), (1, analysis.silence, _SILENCE),
    ):  # fmt: skip
        axis.broken_barh([(s.start_s, s.duration_s) for s in spans], (lane - 0.36, 0.72), color=colour, linewidth=0)
    axis.vlines([h.time_s for h in analysis.hits], -0.4, 0.4, color=_HIT, linewidth=1.0)
    axis.grid(axis="x", color=_GRID, linewidth=0.5)


def _key(axis: Any, entries: list[tuple[str, str]], step: float = 0.22) -> None:
    """Names in their colours at the right edge, outside the curves."""
    for number, (name, colour) in enumerate(entries):
        axis.text(
            1.004, 0.98 - step * number, _wrapped(name), transform=axis.transAxes, fontsize=7, color=colour, va="top"
        )


def _wrapped(name: str) -> str:
    return name.replace(": ", ":\n") if len(name) > 16 else name


def _thin(
    values: NDArray[np.float64], end_s: float, points: int = 1600
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times and values for drawing: long films as means, so that the line stays a line."""
    step = max(1, math.ceil(len(values) / points))
    whole = len(values) // step * step
    mean = values[:whole].reshape(-1, step).mean(axis=1) if whole else values
    times = np.minimum((np.arange(len(mean)) + 0.5) * step / CURVE_RATE_HZ, end_s)
    return times, mean


def _clock(axis: Any, end_s: float) -> None:
    """Ticks at round times, as m:ss or h:mm:ss."""
    steps = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
    step = next((s for s in steps if end_s / s <= 16), 7200.0)
    ticks = np.arange(0, end_s + 1e-9, step)
    axis.set_xticks(ticks, [_stamp(t, end_s if step >= 1 else 0) for t in ticks])


def _stamp(time_s: float, end_s: float) -> str:
    if end_s <= 0:
        return f"{time_s:.1f}"
    minutes, seconds = divmod(int(time_s + 1e-6), 60)
    if end_s >= 3600:
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return f"{minutes}:{seconds:02d}"
