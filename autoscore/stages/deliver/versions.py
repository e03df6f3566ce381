"""Which versions of which tools made this score."""

from __future__ import annotations

import contextlib
import platform
from functools import cache
from importlib import metadata

import autoscore
from autoscore.adapters.process import run
from autoscore.errors import AutoscoreError

PACKAGES = ("av", "numpy", "scipy", "opencv-python", "scenedetect", "librosa", "music21", "mido", "pyloudnorm")


def versions() -> dict[str, str]:
    """Name to version; what is not there is left out."""
    return dict(_versions())


@cache
def _versions() -> dict[str, str]:
    found = {"autoscore": autoscore.__version__, "python": platform.python_version()}
    with contextlib.suppress(AutoscoreError, IndexError):
        found["ffmpeg"] = run(["ffmpeg", "-version"], timeout_s=10).stdout.split(" ", 3)[2]
    with contextlib.suppress(AutoscoreError, AttributeError, OSError):
        from autoscore.adapters import libfluidsynth

        found["fluidsynth"] = libfluidsynth.version()
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
