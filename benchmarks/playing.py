"""Scores made audible by the product's own render and mix: music alone, kept in a folder by content.

A score that was played before by the same code, tables and SoundFonts is not played again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autoscore import artifacts, tables
from autoscore.adapters.soundfiles import read_file
from autoscore.model.analysis import Analysis
from autoscore.model.audio import Mix, Stems
from autoscore.model.brief import Brief
from autoscore.stages.mix import mix
from autoscore.stages.render import find_fonts, render_cue

sys.path.insert(0, str(Path(__file__).parent))
from studio import Take

PACKAGE = Path(artifacts.__file__).parent
SOURCES = (
    "stages/render/*.py", "stages/mix/*.py", "adapters/synth.py", "adapters/convolve.py", "adapters/loudness.py",
    "tables/instruments.toml", "tables/reverb.toml", "tables/loudness.toml", "tables/desk.toml",
)  # fmt: skip
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A take with its sound. ``folder`` holds the stems and the mix."""

    take: Take
    stems: Stems
    mix: Mix
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / self.mix.path

    def sound(self) -> Samples:
        """The mix, shape (frames, 2); its first sample is film time ``mix.start_s``."""
        return np.concatenate([block.samples for block in read_file(self.path)])

    def stem(self, path: str) -> Samples:
        return np.concatenate([block.samples for block in read_file(self.folder / path)])


@cache
def _code() -> str:
    total = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(PACKAGE.glob(pattern)):
            total.update(path.read_bytes())
    for font in find_fonts(None).fonts:
        total.update(font.sha256.encode())
    return total.hexdigest()


def digest(take: Take) -> str:
    """What the sound of a take follows from."""
    total = hashlib.sha256(_code().encode())
    for value in (take.score, take.tempo, take.plan, take.media):
        total.update(artifacts.dump(value).encode())
    for name in sorted({cue.mood for cue in take.plan.cues}):
        total.update(repr(tables.mood(name).mix).encode())
    return total.hexdigest()[:20]


def play(take: Take, folder: Path, name: str) -> Played:
    """The take rendered and mixed (target youtube, no own sound) into ``folder``/``name``."""
    place, key = folder / name, digest(take)
    mark = place / "digest.txt"
    if mark.is_file() and mark.read_text(encoding="utf-8") == key:
        return Played(
            take=take, folder=place,
            stems=artifacts.load(Stems, (place / "stems.json").read_text(encoding="utf-8")),
            mix=artifacts.load(Mix, (place / "mix.json").read_text(encoding="utf-8")),
        )  # fmt: skip
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    fonts = find_fonts(None)
    rendered = [
        render_cue(cue, take.tempo.of(cue.cue_id), fonts, place)
        for cue in take.score.cues
        if any(part.notes for part in cue.parts)
    ]
    presets: dict[str, str] = {}
    for each in rendered:
        presets.update(each.presets)
    stems = Stems(stems=tuple(stem for each in rendered for stem in each.stems), presets=presets)
    analysis = Analysis(duration_s=take.media.duration_s, frame_count=1)
    mixed = mix(place, take.media, analysis, take.plan, stems, place, Brief(music_only=True), place)
    (place / "stems.json").write_text(artifacts.dump(stems), encoding="utf-8")
    (place / "mix.json").write_text(artifacts.dump(mixed), encoding="utf-8")
    mark.write_text(key, encoding="utf-8")
    return Played(take=take, stems=stems, mix=mixed, folder=place)


def remembered(path: Path, key: str) -> dict[str, float] | None:
    """Figures kept beside a sound under ``key``."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return table["figures"] if table.get("key") == key else None


def remember(path: Path, key: str, figures: dict[str, float]) -> None:
    path.write_text(json.dumps({"key": key, "figures": figures}), encoding="utf-8")
