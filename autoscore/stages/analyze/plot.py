"""The timeline picture: what the analysis saw and heard, on one sheet, and under it what the score makes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.chart import figure
from autoscore.adapters.frames import picture_at
from autoscore.adapters.spectrum import HIGHEST_HZ, LOWEST_HZ, mel_picture
from autoscore.model.analysis import CURVE_RATE_HZ, Analysis
from autoscore.model.cues import CuePlan
from autoscore.model.media import Media

_INK, _GRID = "#222222", "#dddddd"
_CUT, _FADE, _FLASH = "#c0392b", "#8e44ad", "#e0a000"
_SPEECH, _MUSIC, _SILENCE, _HIT = "#1f77b4", "#2e8b57", "#b0b0b0", "#d35400"
_SCORE, _PALE, _SHOTS = "#2c3e50", "#b9c6d3", ("#8a8a8a", "#cfcfcf")
_STRIP_IN = 14.0
_HEIGHTS_IN = [0.78, 0.7, 1.15, 1.1, 1.1, 0.95, 0.95, 0.95]
_SCORE_IN = 0.5

Corners = tuple[tuple[float, float], ...]

_UP: Corners = ((0, 0.62), (1, 0.95), (1, 0.29))
_DOWN: Corners = ((0, 0.95), (0, 0.29), (1, 0.62))
_GRADUAL = {"fade_in": (_UP,), "fade_out": (_DOWN,), "dissolve": (_UP, _DOWN)}
"""Wedges that open for a fade-in, close for a fade-out, and cross for a dissolve."""


def draw(
    film: Path, media: Media, analysis: Analysis, out: Path, *, draft: bool = False, plan: CuePlan | None = None
) -> None:
    """Writes the timeline of ``analysis`` to ``out`` (PNG, SVG or PDF by its name).

    Args:
        draft: it is a draft's look: what was not measured is not drawn, or as what it is. plan: its cues and hits are
            drawn too.

    Raises:
        StorageError: it cannot be written.
        FilmError: the film cannot be opened for its thumbnails.
    """
    heights = [*_HEIGHTS_IN, *([_SCORE_IN] if plan is not None else [])]
    with figure(_STRIP_IN, heights, out, _title(media, analysis, draft)) as axes:
        strip, edits, motion, light, colour, loud, pitch, heard = axes[:8]
        end = max(analysis.duration_s, 1e-3)
        for axis in axes:
            axis.set_xlim(0, end)
            axis.tick_params(labelsize=8, colors=_INK)
            for side in ("top", "right"):
                axis.spines[side].set_visible(False)
        _thumbnails(strip, film, media, end)
        _edits(edits, analysis, end, draft)
        curves = analysis.curves
        all_of_it = Line("guessed from\npacket sizes" if draft else "all", curves.motion, "#555555", filled=True)
        parts = [Line("camera", curves.camera, "#1f77b4"), Line("subject", curves.subject, "#d35400")]
        _curve(motion, "motion\nheights/s", [all_of_it, *([] if draft else parts)], end)
        _curve(light, "light", [Line("brightness", curves.brightness, "#555555"),
               Line("contrast", curves.contrast, "#2e8b57")], end, (0, 1), held=draft)  # fmt: skip
        _curve(colour, "colour", [Line("saturation", curves.saturation, "#8e44ad", filled=True),
               Line("warmth", curves.warmth, "#c0392b")], end, _around(curves.saturation, curves.warmth),
               held=draft)  # fmt: skip
        _loudness(loud, analysis, end)
        _spectrum(pitch, film, media, end)
        _heard(heard, analysis)
        if plan is not None:
            _score(axes[8], plan, end)
        _clock(axes[-1], end)


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


def _edits(axis: Any, analysis: Analysis, end_s: float, draft: bool) -> None:
    """Cuts as lines, gradual transitions as wedges, the shots that they part below, what was rejected between them."""
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
    axis.plot([r.time_s for r in analysis.rejected], [0.2] * len(analysis.rejected), "x", color=_FLASH, markersize=4)
    for parity in (0, 1):
        bars = [(s.start_s, s.end_s - s.start_s) for s in analysis.shots[parity::2]]
        axis.broken_barh(bars, (0, 0.12), color=_SHOTS[parity], linewidth=0)
    ends = [
        min(end_s, c.time_s + (c.end_frame - c.frame) / max(analysis.frame_count, 1) * end_s) for c in analysis.cards
    ]
    cards = [(c.time_s, max(end - c.time_s, end_s / 400)) for c, end in zip(analysis.cards, ends, strict=True)]
    axis.broken_barh(cards, (0.13, 0.09), color=_INK, linewidth=0)
    gradual = "fades not looked for" if draft else "fade, dissolve"
    no_cuts = [] if draft else [("flash or whip, no cut", _FLASH)]
    cards_key = [("title cards", _INK)] if cards else []
    entries = [("cut", _CUT), (gradual, _FADE), *no_cuts, *cards_key, ("the shots", _SHOTS[0])]
    _key(axis, entries, min(0.25, 1 / len(entries)))


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: its name, values at CURVE_RATE_HZ and colour. ``filled``: an area, which no other line can hide."""

    name: str
    values: tuple[float, ...]
    colour: str
    filled: bool = False


def _curve(
    axis: Any, label: str, lines: list[Line], end_s: float, limits: tuple[float, float] | None = None, *,
    held: bool = False,
) -> None:  # fmt: skip
    """``limits``: without them up to where nearly all values are, and those above are marked with their height.
    ``held``: the values are those of the last key frame, and are drawn as steps."""
    drawn = [(line, *_thin(np.asarray(line.values, dtype=np.float64), end_s)) for line in lines if line.values]
    for line, times, smooth in drawn:
        if line.filled:
            axis.fill_between(
                times, 0, smooth, color=line.colour, alpha=0.3, linewidth=0, step="post" if held else None
            )
        else:
            axis.plot(times, smooth, color=line.colour, linewidth=1.0, linestyle=":" if held else "-",
                      drawstyle="steps-post" if held else "default")  # fmt: skip
    axis.set_ylabel(label, fontsize=8, color=_INK)
    axis.grid(axis="both", color=_GRID, linewidth=0.5)
    if limits:
        axis.set_ylim(*limits)
    else:
        top = max(0.05, 1.1 * max((float(np.quantile(smooth, 0.998)) for _, _, smooth in drawn), default=1.0))
        axis.set_ylim(0, top)
        if drawn:
            _mark_higher(axis, drawn[0][1], np.max([smooth for _, _, smooth in drawn], axis=0), top, end_s)
    held_key = [("of key frames,\nheld between them", "#888888")] if held else []
    _key(axis, [*((line.name, line.colour) for line in lines), *held_key])


def _around(*curves: tuple[float, ...]) -> tuple[float, float]:
    """Limits of a panel with values -1..1: what there is, never so little that grey films look colourful."""
    low = min((min(values) for values in curves if values), default=0.0)
    high = max((max(values) for values in curves if values), default=0.0)
    return max(-1.05, min(-0.1, 1.15 * low)), min(1.05, max(0.5, 1.15 * high))


def _mark_higher(axis: Any, times: NDArray[np.float64], values: NDArray[np.float64], top: float, end_s: float) -> None:
    """An arrow with the height where values leave the panel, one for each stretch and no two on each other."""
    over = np.flatnonzero(values > top)
    last_s = -math.inf
    for run in np.split(over, np.flatnonzero(np.diff(over) > 1) + 1) if over.size else []:
        peak = run[np.argmax(values[run])]
        if times[peak] - last_s < end_s / 30:
            continue
        last_s = float(times[peak])
        axis.text(last_s, top, f" \u2191 {values[peak]:.1f}", fontsize=7, color=_INK, va="top", ha="left")


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


def _score(axis: Any, plan: CuePlan, end_s: float) -> None:
    """The cues with their moods, and the hits in them: hard ones as whole lines, others as short ones."""
    axis.set_ylim(0, 1)
    axis.set_yticks([])
    axis.set_ylabel("score", fontsize=8, color=_INK)
    cues = [cue for cue in plan.cues if not cue.muted]
    axis.broken_barh([(c.start_s, c.duration_s) for c in cues], (0.04, 0.92), facecolor=_PALE, edgecolor="white")
    for cue in cues:
        if cue.duration_s > 0.06 * end_s:
            axis.text(cue.start_s, 0.9, f" {cue.id} {cue.mood}", fontsize=7, color=_SCORE, va="top", clip_on=True)
    hits = [hit for cue in cues for hit in cue.hits]
    axis.vlines([h.time_s for h in hits if h.klass == "hard"], 0.04, 0.96, color=_HIT, linewidth=1.2)
    axis.vlines([h.time_s for h in hits if h.klass in ("section", "soft")], 0.04, 0.34, color=_SCORE, linewidth=1.0)
    _key(axis, [("hard hit", _HIT), ("section, soft", _SCORE)], 0.4)


def _key(axis: Any, entries: list[tuple[str, str]], step: float = 0.22) -> None:
    """Names in their colours at the right edge, outside the curves."""
    for number, (name, colour) in enumerate(entries):
        axis.text(
            1.004, 0.98 - step * number, _wrapped(name), transform=axis.transAxes, fontsize=7, color=colour, va="top"
        )


def _wrapped(name: str) -> str:
    return name.replace(": ", ":\n") if len(name) > 18 else name


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
