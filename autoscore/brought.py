"""What a user brings along in files of their own: a tune to be the main theme, a palette."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from autoscore import artifacts
from autoscore.adapters.strangers import MOST_SHEET_BYTES, read_text
from autoscore.errors import AutoscoreError, BriefError
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan, OwnTheme
from autoscore.model.palette import Palette
from autoscore.workspace import Workspace

PALETTE_SUFFIX = ".toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """The content of the files that the wishes name; None where they name none."""

    theme: OwnTheme | None = None
    palette: Palette | None = None


def bring(brief: Brief, workspace: Workspace, plan_file: str) -> Brought:
    """Reads the files that ``brief`` names.

    A file that is gone since is taken from the workspace's plan, ``plan_file``, where that was made with it: a score
    stays whole without it.

    Raises:
        BriefError: a file is not there, cannot be read, or is not what it should be.
    """
    theme, palette = brief.theme, brief.palette if brief.palette and _is_file(brief.palette) else None
    if theme is None and palette is None:
        return Brought()
    known = _planned(workspace, plan_file)
    planned = workspace.manifest.planned if known else {}
    old_theme = known.own_theme if known and planned.get("theme") == theme else None
    old_palette = known.own_palette if known and planned.get("palette") == palette else None
    return Brought(
        theme=None if theme is None else _theme(Path(theme), old_theme),
        palette=None if palette is None else _palette(Path(palette), old_palette),
    )


def _is_file(palette: str) -> bool:
    return palette.lower().endswith(PALETTE_SUFFIX) or len(Path(palette).parts) > 1


def _planned(workspace: Workspace, plan_file: str) -> CuePlan | None:
    try:
        return artifacts.load(CuePlan, workspace.read_text(plan_file))
    except AutoscoreError:
        return None


def _theme(path: Path, old: OwnTheme | None) -> OwnTheme:
    from autoscore.adapters.theory_tune import read_tune, sha256_of

    if old is not None and not path.exists():
        return old
    if old is not None and old.sha256 == sha256_of(path):
        return replace(old, source=str(path))  # reading it again would take seconds
    return read_tune(path)


def _palette(path: Path, old: Palette | None) -> Palette:
    from autoscore.tables.palettes import parse_palette

    if old is not None and not path.exists():
        return old
    try:
        text = read_text(path, MOST_SHEET_BYTES)
        found = parse_palette(text, path.stem)
        return replace(found, source=path.name, sha256=hashlib.sha256(text.encode("utf-8")).hexdigest())
    except FileNotFoundError:
        raise BriefError(f"There is no file {path} to take a palette from") from None
    except OSError as error:
        raise BriefError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BriefError(f"{path} is not UTF-8 text") from None
    except ValueError as error:
        raise BriefError(
            f"{path}: {error}", "A palette file is shown in docs/how-to/bring-your-own-players-or-mood.md."
        ) from None
