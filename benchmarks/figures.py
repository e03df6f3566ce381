"""What every benchmark writes with ``--json``, so that ``table.py`` can put it all into one table.

A figure is the median of its runs, with the least and the largest beside it; a figure that comes out the same each time
has one run. ``aim`` is what it should be, as it is said to people ("<= 1.2").
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

OUTSIDE = ("numpy", "av", "opencv-python", "scenedetect", "pyfluidsynth", "music21")
"""Packages whose version moves figures."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured figure. ``low`` and ``high`` are the least and the largest of ``runs`` runs."""

    name: str
    value: float
    low: float
    high: float
    runs: int = 1
    unit: str = ""
    aim: str = ""


def figure(name: str, values: float | Sequence[float], *, unit: str = "", aim: str = "", digits: int = 3) -> Figure:
    """The figure of one value, or of the values of several runs."""
    found = [float(values)] if isinstance(values, (int, float)) else [float(value) for value in values]
    middle, low, high = (round(v, digits) for v in (statistics.median(found), min(found), max(found)))
    return Figure(name=name, value=middle, low=low, high=high, runs=len(found), unit=unit, aim=aim)


def machine() -> dict[str, Any]:
    """What the figures were measured on: processor, cores, load, and the versions that matter."""
    from autoscore import __version__

    versions = {"autoscore": __version__, "python": platform.python_version()}
    for name in OUTSIDE:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "-"
    try:
        said = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout
        versions["ffmpeg"] = said.split()[2]
    except (OSError, subprocess.CalledProcessError, IndexError):
        versions["ffmpeg"] = "-"
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    return {"processor": _processor(), "cores": os.cpu_count(), "load": load, "versions": versions}


def _processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def write(path: Path, data: str, figures: Sequence[Figure], more: Mapping[str, Any] | None = None) -> None:
    """Writes a benchmark's document: what was measured on (``data``), its figures, and what else it wants to keep."""
    document = {"data": data, "machine": machine(), "figures": [asdict(one) for one in figures], **(more or {})}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
