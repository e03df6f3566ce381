"""Which SoundFonts are here, and which of their presets plays an instrument."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from autoscore import tables
from autoscore.adapters import cache
from autoscore.adapters.files import file_sha256
from autoscore.adapters.soundfont import Preset, read_presets
from autoscore.errors import ToolMissingError, UsageError
from autoscore.tables.soundfonts import catalogue

_DRUM_BANK = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A SoundFont file. ``name`` is its catalogue name, else the file name without ending."""

    name: str
    path: Path
    sha256: str
    licence: str
    presets: tuple[Preset, ...] = field(repr=False)

    def has(self, bank: int, program: int) -> bool:
        return any(preset.bank == bank and preset.program == program for preset in self.presets)


@dataclass(frozen=True, slots=True, kw_only=True)
class FontSet:
    """Fonts in order of preference (one that the user asked for is first). ``asked`` says that the first one is."""

    fonts: tuple[Font, ...]
    asked: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The preset that plays an instrument; ``expression_cc`` is the controller its loudness follows."""

    font: Font
    bank: int
    program: int
    expression_cc: int = 11

    @property
    def label(self) -> str:
        """Like "FluidR3_GM 0:73 Flute"."""
        names = [p.name for p in self.font.presets if (p.bank, p.program) == (self.bank, self.program)]
        return f"{self.font.name} {self.bank}:{self.program} {names[0] if names else ''}".rstrip()


def find_fonts(wanted: str | None) -> FontSet:
    """The SoundFonts to render with: the one asked for, then the catalogue's, best first.

    Args:
        wanted: path of an SF2 or SF3, None = the best found.

    Raises:
        UsageError: the wanted file does not exist.
        ToolMissingError: no SoundFont is installed, or the wanted one is damaged.
    """
    known = catalogue()
    rows: list[dict[str, Any]] = known["font"]
    fonts: list[Font] = []
    warnings: list[str] = []
    if wanted is not None:
        path = Path(wanted).expanduser()
        if not path.is_file():
            raise UsageError(f"There is no SoundFont at {wanted}.", "Give the path of an SF2 or SF3 file.")
        fonts.append(tried(_font(path.resolve(), rows)))
    for row in rows:
        found = _search(row, _folders(known["search"]))
        # A lesser font adds nothing once a good one is here.
        if found is None or (fonts and row["grade"] == "lesser") or any(font.path == found for font in fonts):
            continue
        try:
            fonts.append(tried(_font(found, rows)))
        except ToolMissingError as error:
            warnings.append(f"{error.message} It is left out.")
    if not fonts:
        reason = f" ({warnings[0]})" if warnings else ""
        raise ToolMissingError(f"No SoundFont is installed{reason}.", _mend(rows[:2]))
    if wanted is None:
        best = {row["name"]: row for row in rows if row["grade"] != "lesser"}
        absent = [row for name, row in best.items() if name not in {font.name for font in fonts}]
        if absent:
            names = " and ".join(font.name for font in fonts)
            warnings.append(f"Playing with {names} only; for the better sound: {_mend(absent)}")
    return FontSet(fonts=tuple(fonts), asked=wanted is not None, warnings=tuple(warnings))


def choose(instrument: str, fonts: FontSet) -> Choice:
    """The best preset for ``instrument`` (a key of tables/instruments.toml), by the table's order.

    Where none of its rows fits, the nearest sound of the first font stands in: same program, then same family of
    eight, then anything, so that every SoundFont can play every score.

    Raises:
        KeyError: there is no such instrument.
    """
    found = next(choices(instrument, fonts), None)
    if found is not None:
        return found
    last = tables.read("instruments.toml")[instrument]["presets"][-1]
    font = fonts.fonts[0]
    drums = last["bank"] == _DRUM_BANK
    near = sorted(
        font.presets,
        key=lambda p: (
            (p.bank == _DRUM_BANK) != drums,
            p.program != last["program"],
            p.program // 8 != last["program"] // 8,
            p.bank,
            abs(p.program - last["program"]),
        ),
    )
    return Choice(font=font, bank=near[0].bank, program=near[0].program)


def choices(instrument: str, fonts: FontSet) -> Iterator[Choice]:
    """The presets meant for ``instrument`` that are here, the best first.

    Raises:
        KeyError: there is no such instrument.
    """
    # A font that the user asked for is heard wherever it can play; the table's order decides otherwise.
    for pool in (fonts.fonts[:1], fonts.fonts[1:]) if fonts.asked else (fonts.fonts,):
        for row in tables.read("instruments.toml")[instrument]["presets"]:
            for font in pool:
                if fnmatchcase(font.name, row["font"]) and font.has(row["bank"], row["program"]):
                    cc = row.get("expression_cc", 11)
                    yield Choice(font=font, bank=row["bank"], program=row["program"], expression_cc=cc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A second preset that plays an instrument's line softly along, ``level_db`` under the first."""

    choice: Choice
    level_db: float


def layers(instrument: str, role: str, fonts: FontSet) -> tuple[Layer, ...]:
    """What sounds under the chosen preset of ``instrument`` in a part of ``role``; nothing where the fonts lack it.

    A layer is another recording of the like players: the same samples twice would be louder, or hollow, but not richer.
    Where the user asked for a font, only that one layers.
    """
    first = choose(instrument, fonts)
    found: list[Layer] = []
    for row in tables.read("instruments.toml")[instrument].get("layers", ()):
        if role not in row.get("roles", (role,)):
            continue
        for font in fonts.fonts[:1] if fonts.asked else fonts.fonts:
            choice = Choice(
                font=font, bank=row["bank"], program=row["program"], expression_cc=row.get("expression_cc", 11)
            )
            same = (font.path, choice.bank, choice.program) == (first.font.path, first.bank, first.program)
            if fnmatchcase(font.name, row["font"]) and font.has(choice.bank, choice.program) and not same:
                found.append(Layer(choice=choice, level_db=float(row["level_db"])))
                break
    return tuple(found)


def folders() -> tuple[Path, ...]:
    """Where SoundFonts are looked for, in this order."""
    return _folders(catalogue()["search"])


def open_font(path: Path) -> Font:
    """A SoundFont by its file.

    Raises:
        ToolMissingError: it cannot be read, or is no SoundFont, or damaged.
    """
    return _font(path, catalogue()["font"])


def tried(font: Font) -> Font:
    """``font``, after it was played through in a process of its own where it is not one of the catalogue's files.

    Raises:
        ToolMissingError: it crashes the synthesiser, or cannot be played.
    """
    if font.sha256 not in {row.get("sha256") for row in catalogue()["font"]}:
        from autoscore.adapters import font_trial

        font_trial.check(font.path, font.sha256)
    return font


def _folders(search: dict[str, list[str]]) -> tuple[Path, ...]:
    """Search folders: AUTOSCORE_SOUNDFONTS, the project's own, then the platform's."""
    given = [part for part in os.environ.get("AUTOSCORE_SOUNDFONTS", "").split(os.pathsep) if part]
    own = Path(tables.__file__).parents[2] / "soundfonts"
    platform = search.get(sys.platform, search["linux"])
    return tuple(Path(part).expanduser() for part in (*given, str(own), *platform))


def _search(row: dict[str, Any], folders: tuple[Path, ...]) -> Path | None:
    for folder in folders:
        for name in row["files"]:
            path: Path = folder / name
            if path.is_file():
                return path.resolve()
    return None


def _font(path: Path, rows: list[dict[str, Any]]) -> Font:
    presets = read_presets(path)
    known = next((row for row in rows if path.name in row["files"] or path.name == row.get("file")), None)
    return Font(
        name=known["name"] if known else path.stem,
        path=path,
        sha256=_digest(path),
        licence=known["licence"] if known else "unknown",
        presets=presets,
    )


def _digest(path: Path) -> str:
    """SHA-256 of a file; remembered by size and time of change, for fonts are large."""
    stat = path.stat()
    key = f"{path}|{stat.st_size}|{stat.st_mtime_ns}"
    known = cache.read("fonts")
    if isinstance(known.get(key), str) and len(known[key]) == 64:
        return str(known[key])
    digest = file_sha256(path)
    cache.change("fonts", lambda table: {**table, key: digest})
    return digest


def _mend(rows: list[dict[str, Any]]) -> str:
    """The command that installs the fonts of ``rows``."""
    if sys.platform == "darwin":
        return "run `make setup`"
    packages = " ".join(str(row["debian"]) for row in rows if "debian" in row)
    return f"run `sudo apt-get install {packages}`"
