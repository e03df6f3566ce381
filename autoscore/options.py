"""The options of the command line. What a wish means and what it is by default is read from model/brief.py."""

from __future__ import annotations

import shlex
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from autoscore.errors import UsageError
from autoscore.model.brief import Brief

_HELP = {field.name: field.metadata["help"] for field in fields(Brief)}


def _here(text: str) -> Path:
    """A path on this machine. Raises UsageError for an address, of which a Path would swallow a slash."""
    if "://" in text and not Path(text).exists():
        raise UsageError(
            f"{text} is an address, and this command reads files of this machine.",
            f"`autoscore batch {shlex.quote(text)} --out DIR` scores a film there; for all else fetch the file first.",
        )
    return Path(text)


def _film(text: str) -> Path:
    """The same, but no folder: `batch` takes those."""
    if not text:
        raise UsageError("The name of the film is empty.", "Name a film file.")
    path = _here(text)
    if path.is_dir():
        raise UsageError(
            f"{text} is a folder, not a film.", f"`autoscore batch {shlex.quote(text)} --out DIR` scores what is in it."
        )
    return path


Film = Annotated[
    Path, typer.Argument(help="The film; it is only read.", show_default=False, metavar="FILM", parser=_film)
]  # fmt: skip
Finished = Annotated[
    Path,
    typer.Argument(
        help="A finished film, its receipt or its workspace.", show_default=False, metavar="FILE", parser=_here
    ),
]
WISHES: dict[str, Any] = {
    "words": Annotated[str, typer.Option("--brief", help=_HELP["words"], metavar="TEXT")],
    "mood": Annotated[str | None, typer.Option("--mood", help=_HELP["mood"], metavar="NAME")],
    "coverage": Annotated[float | None, typer.Option("--coverage", help=_HELP["coverage"], metavar="0..1")],
    "seed": Annotated[int, typer.Option("--seed", help=_HELP["seed"], metavar="NUMBER")],
    "identity": Annotated[str | None, typer.Option("--identity", help=_HELP["identity"], metavar="WORD")],
    "theme": Annotated[str | None, typer.Option("--theme", help=_HELP["theme"], metavar="FILE")],
    "takes": Annotated[int, typer.Option("--takes", help=_HELP["takes"], metavar="NUMBER")],
    "key": Annotated[str | None, typer.Option("--key", help=_HELP["key"], metavar="KEY")],
    "tempo_bpm": Annotated[float | None, typer.Option("--tempo", help=_HELP["tempo_bpm"], metavar="BPM")],
    "palette": Annotated[str | None, typer.Option("--palette", help=_HELP["palette"], metavar="NAME")],
    "target": Annotated[str, typer.Option("--target", help=_HELP["target"], metavar="NAME")],
    "quality": Annotated[str, typer.Option("--quality", help=_HELP["quality"], metavar="NAME")],
    "soundfont": Annotated[str | None, typer.Option("--soundfont", help=_HELP["soundfont"], metavar="PATH")],
    "original": Annotated[bool, typer.Option("--original/--no-original", help=_HELP["original"])],
    "music_only": Annotated[bool, typer.Option("--music-only", help=_HELP["music_only"])],
    "keep_original_track": Annotated[bool, typer.Option("--keep-original-track", help=_HELP["keep_original_track"])],
    "preview": Annotated[bool, typer.Option("--preview", help=_HELP["preview"])],
}
"""Field of the Brief -> its option."""
Fonts = Annotated[
    list[Path] | None,
    typer.Argument(help="SoundFont files: none lists what is here, one is checked, two compared.", show_default=False),
]
Pick = Annotated[
    list[str] | None,
    typer.Option("--pick", help="The film's take (3, or best), or that of one cue (1M2=3; 1M2=film).", metavar="TAKE"),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="The finished file; FILM.scored.EXT beside the film by default.")
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="The output may replace a file that autoscore did not make or that was changed."),
]
Folder = Annotated[
    Path | None, typer.Option("--workspace", help="Where the work is kept; FILM.autoscore beside the film by default.")
]
To = Annotated[Path | None, typer.Option("--to", help="The folder to write; FILM.export beside the film by default.")]
PerCue = Annotated[bool, typer.Option("--per-cue", help="One stem a cue and group instead of film-length ones.")]
Transposed = Annotated[
    bool, typer.Option("--transposed", help="Scores on paper as players read them, not in concert pitch.")
]
Parts = Annotated[bool, typer.Option("--parts", help="Also each player's own part on paper, transposed.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing but errors and the result's name.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show the log.")]
Keep = Annotated[bool, typer.Option("--keep", help="Where a file was edited by hand and its inputs changed: keep it.")]
Redo = Annotated[
    list[str] | None, typer.Option("--redo", help="Make this stage again, dropping edits in it.", metavar="STAGE")
]
GOING: dict[str, Any] = {
    "workspace": Folder, "dry_run": DryRun, "keep": Keep, "redo": Redo, "as_json": Json, "quiet": Quiet,
    "verbose": Verbose,
}  # fmt: skip
"""How a run over one film goes about it: what score, plan and analyze have in common."""
