"""The door to matplotlib: a figure with panels over one time axis, written to a file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autoscore.adapters.files import whole


@contextmanager
def figure(width_in: float, heights_in: list[float], out: Path, title: str) -> Iterator[list[Any]]:
    """Axes one under the other, sharing x; saved to ``out`` (PNG, SVG or PDF by its name) when the block ends.

    Raises:
        StorageError: ``out`` cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sheet = Figure(figsize=(width_in, sum(heights_in) + 0.9), dpi=110, layout="constrained")
    FigureCanvasAgg(sheet)
    axes = sheet.subplots(len(heights_in), 1, sharex=True, height_ratios=heights_in)
    sheet.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    yield list(axes) if len(heights_in) > 1 else [axes]
    _save(sheet, out)


def _save(sheet: Any, out: Path) -> None:
    kind = out.suffix.lower().lstrip(".")
    with whole(out) as part, warnings.catch_warnings():
        # A name may hold signs that the font has not; a box in their place is good enough.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
        sheet.savefig(part, format=kind if kind in ("png", "svg", "pdf") else "png")
