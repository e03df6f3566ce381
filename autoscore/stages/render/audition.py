"""SoundFonts looked over: which are here, whether one is sound and whole, and how two of them differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.adapters.synth import DRUM_BANK, Synth
from autoscore.errors import AutoscoreError, UsageError
from autoscore.model.audio import RATE_HZ
from autoscore.model.events import Progress, ignore_progress
from autoscore.stages.render.fonts import Choice, Font, FontSet, choose, folders, open_font, tried
from autoscore.stages.render.measure import attack_s, initial_expression, level_lufs
from autoscore.tables.soundfonts import catalogue

_NOTE_S = 1.2
_KIT_PITCH = 38
_SILENT_LUFS = -80.0
_LATE_MS = 250.0
_ENDINGS = (".sf2", ".sf3")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFont:
    """A SoundFont file on this machine. ``sum``: "known" = the catalogue's file, "other" = not that file (another
    edition, or damaged), "unlisted" = the catalogue has no sum for it. ``trouble`` is a sentence, "" when all is well.
    """

    name: str
    path: str
    licence: str
    grade: str
    sha256: str
    sum: Literal["known", "other", "unlisted"]
    presets: int
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounded:
    """One instrument as a font plays it, at the middle of its best range.

    ``kind``: "own" = a preset meant for it, "stand-in" = the nearest there is, "silent" = it gives no sound.
    """

    instrument: str
    preset: str
    kind: Literal["own", "stand-in", "silent"]
    level_lufs: float
    attack_ms: float
    centroid_hz: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FontReport:
    """A font played through. ``verdict`` is one sentence."""

    name: str
    path: str
    sha256: str
    licence: str
    sounded: tuple[Sounded, ...]
    verdict: str

    @property
    def good(self) -> bool:
        return bool(self.sounded) and all(row.kind == "own" for row in self.sounded)


def list_fonts() -> tuple[FoundFont, ...]:
    """Every SoundFont in the folders that are searched, those of the catalogue first, in its order."""
    rows = catalogue()["font"]
    order = {name: index for index, row in enumerate(rows) for name in (*row["files"], row.get("file", ""))}
    found = sorted(_paths(), key=lambda path: (order.get(path.name, len(order)), path.name))
    return tuple(_found(path, rows) for path in found)


def _paths() -> tuple[Path, ...]:
    """SoundFont files in the folders that are searched, each once."""
    paths: dict[Path, None] = {}
    for folder in folders():
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if path.suffix.lower() in _ENDINGS and path.is_file():
                    paths[path.resolve()] = None
    return tuple(paths)


def _found(path: Path, rows: Sequence[dict[str, Any]]) -> FoundFont:
    row = next((row for row in rows if path.name in row["files"] or path.name == row.get("file")), {})
    try:
        font = open_font(path)
    except AutoscoreError as error:
        return FoundFont(
            name=row.get("name", path.stem), path=str(path), licence=row.get("licence", "unknown"),
            grade=row.get("grade", ""), sha256="", sum="other", presets=0, trouble=error.message,
        )  # fmt: skip
    known = row.get("sha256")
    return FoundFont(
        name=font.name, path=str(path), licence=font.licence, grade=row.get("grade", ""), sha256=font.sha256,
        sum="unlisted" if known is None else "known" if known == font.sha256 else "other",
        presets=len(font.presets),
    )  # fmt: skip


def check_font(path: Path, on_progress: Progress = ignore_progress, only: Sequence[str] | None = None) -> FontReport:
    """Plays every instrument of tables/instruments.toml on one font and says what is missing, silent or slow.

    A damaged file is no exception here but a verdict.

    Args:
        only: keys of instruments.toml; None = all.

    Raises:
        UsageError: there is no such file.
        ToolMissingError: FluidSynth is not installed.
    """
    path = _named(path.expanduser())
    if path.is_dir():
        raise UsageError(f"{path} is a folder, not a SoundFont", "Give the path of an SF2 or SF3 file.")
    if not path.is_file():
        raise UsageError(
            f"There is no SoundFont {path}",
            "Give the path of an SF2 or SF3 file, or a name that `autoscore soundfonts` lists.",
        )
    try:
        font = tried(open_font(path.resolve()))
    except AutoscoreError as error:
        return FontReport(name=path.stem, path=str(path), sha256="", licence="", sounded=(), verdict=error.message)
    names = list(tables.read("instruments.toml")) if only is None else list(only)
    sounded: list[Sounded] = []
    with Synth(rate_hz=RATE_HZ, gain=1.0) as synth:
        try:
            number = synth.load(font.path)
        except AutoscoreError as error:
            return FontReport(name=font.name, path=str(path), sha256=font.sha256, licence=font.licence, sounded=(),
                              verdict=error.message)  # fmt: skip
        for index, name in enumerate(names):
            sounded.append(_sounded(synth, number, font, name))
            on_progress((index + 1) / len(names))
    return FontReport(
        name=font.name, path=str(path), sha256=font.sha256, licence=font.licence, sounded=tuple(sounded),
        verdict=_verdict(font, sounded),
    )  # fmt: skip


def _named(path: Path) -> Path:
    """``path``, or the installed font of that name where it is a bare name and no such file is here."""
    if path.exists() or len(path.parts) != 1:
        return path
    wanted = path.name.lower()
    known = catalogue()["font"]
    for font in _paths():
        names = {font.stem, font.name, *(row["name"] for row in known if font.name in (*row["files"], row.get("file")))}
        if wanted in {name.lower() for name in names}:
            return font
    return path


def _sounded(synth: Synth, number: int, font: Font, instrument: str) -> Sounded:
    row = tables.read("instruments.toml")[instrument]
    choice = choose(instrument, FontSet(fonts=(font,), asked=True))
    own = any(
        fnmatchcase(font.name, preset["font"]) and (preset["bank"], preset["program"]) == (choice.bank, choice.program)
        for preset in row["presets"]
    )
    try:
        synth.select(0, number, choice.bank, choice.program)
        sound = _note(synth, choice, row)
    except AutoscoreError:
        sound = np.zeros((round(_NOTE_S * RATE_HZ), 2), dtype=np.float32)
    level = level_lufs(sound)
    silent = level < _SILENT_LUFS
    return Sounded(
        instrument=instrument,
        preset=choice.label,
        kind="silent" if silent else "own" if own else "stand-in",
        level_lufs=round(level, 1),
        attack_ms=0.0 if silent else round(attack_s(sound, row["dynamics"] == "cc") * 1000.0, 1),
        centroid_hz=0.0 if silent else round(_centroid_hz(sound), 0),
    )


def _note(synth: Synth, choice: Choice, row: dict[str, Any]) -> NDArray[np.float32]:
    low, high = row["sweet"]
    pitch = _KIT_PITCH if choice.bank == DRUM_BANK else (low + high) // 2
    synth.control(0, 7, 127)
    synth.control(0, 11, 127)
    synth.control(0, choice.expression_cc, initial_expression(choice, row["dynamics"] == "cc"))
    synth.note_on(0, pitch, 80)
    sound = synth.render(round(_NOTE_S * RATE_HZ))
    synth.note_off(0, pitch)
    synth.silence()
    synth.render(256)
    return sound


def _centroid_hz(sound: NDArray[np.float32]) -> float:
    """Centre of the magnitude spectrum of what sounds."""
    mono = sound.mean(axis=1).astype(np.float64)
    magnitude = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    return float((magnitude * np.fft.rfftfreq(len(mono), 1.0 / RATE_HZ)).sum() / max(1e-12, float(magnitude.sum())))


def _verdict(font: Font, sounded: Sequence[Sounded]) -> str:
    silent = [row.instrument for row in sounded if row.kind == "silent"]
    absent = [row.instrument for row in sounded if row.kind == "stand-in"]
    late = [row.instrument for row in sounded if row.attack_ms > _LATE_MS and _plays(row.instrument)]
    if len(silent) > len(sounded) // 2:
        return f"{font.name} is broken: {len(silent)} of {len(sounded)} instruments give no sound."
    said = [
        f"{label} {_some(names)}"
        for label, names in (("no sound from", silent), ("no preset of its own for", absent), ("slow:", late))
        if names
    ]
    if not said:
        return f"{font.name} is whole and plays all {len(sounded)} instruments."
    return f"{font.name} plays {len(sounded) - len(silent)} of {len(sounded)} instruments; {'; '.join(said)}."


def _plays(instrument: str) -> bool:
    """Is it a player, not a pad or a swell, which are slow by nature?"""
    return bool(tables.read("instruments.toml")[instrument]["group"] not in ("synth", "percussion"))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One instrument on two fonts: second minus first."""

    instrument: str
    first: Sounded
    second: Sounded

    @property
    def level_lu(self) -> float:
        return round(self.second.level_lufs - self.first.level_lufs, 1)

    @property
    def attack_ms(self) -> float:
        return round(self.second.attack_ms - self.first.attack_ms, 1)

    @property
    def brightness_percent(self) -> float:
        if not self.first.centroid_hz or not self.second.centroid_hz:
            return 0.0
        return round(100.0 * (self.second.centroid_hz / self.first.centroid_hz - 1.0), 0)


def compare_fonts(first: FontReport, second: FontReport) -> tuple[Difference, ...]:
    """Two reports side by side, by instrument; the largest difference of level first. Silent ones come last."""
    others = {row.instrument: row for row in second.sounded}
    rows = [
        Difference(instrument=row.instrument, first=row, second=others[row.instrument])
        for row in first.sounded
        if row.instrument in others
    ]
    return tuple(
        sorted(rows, key=lambda d: ("silent" in (d.first.kind, d.second.kind), -abs(d.level_lu), d.instrument))
    )
