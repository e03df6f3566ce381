"""What can be known to be wrong before any work is done."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from autoscore import tables
from autoscore.errors import StorageError, ToolMissingError, UsageError
from autoscore.model.brief import Brief
from autoscore.model.media import Media
from autoscore.model.names import fitting
from autoscore.tables.containers import container_for, containers
from autoscore.workspace import writable

MUSIC_SUFFIX = ".wav"
PICTURE_SUFFIXES = (".png", ".svg", ".pdf")
_WIDE_SUFFIXES = (".mp4", ".mov", ".mkv")
"""Containers that most pictures go into."""


def check_film(film: Path) -> None:
    """Raises UsageError when there is no such file, StorageError when it may not be read."""
    try:
        str(film.absolute()).encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"The name of {film} is no text: it holds bytes that are not UTF-8.", "Rename the file or its folder."
        ) from None
    try:
        film.stat()
    except FileNotFoundError:
        hint = ""
        if ":/" in str(film)[2:]:  # of s3://bucket/a.mp4 a path keeps s3:
            hint = "This takes a file of this machine; `autoscore batch` takes addresses."
        raise UsageError(f"There is no file {film}.", hint) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{film} cannot be opened: {getattr(error, 'strerror', None) or error}.") from None
    if film.is_dir():
        raise UsageError(f"{film} is a folder, not a film.")
    if not os.access(film, os.R_OK):
        raise StorageError(f"There is no permission to read {film}.")


def suffixes() -> tuple[str, ...]:
    """Suffixes of the containers that a finished film can be written to."""
    return tuple(suffix for row in tables.read("containers.toml").values() for suffix in row["suffixes"])


def default_output(film: Path, brief: Brief, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Where the result goes when the user does not say, and what they should know about that."""
    if brief.music_only:
        return folder / fitting(film.stem, f".score{MUSIC_SUFFIX}"), ()
    if film.suffix.lower() in suffixes():
        return folder / fitting(film.stem, f".scored{film.suffix}"), ()
    output = folder / fitting(film.stem, ".scored.mkv")
    kind = film.suffix or "This kind of file"
    return output, (f"{kind} cannot be written, so the film goes into a Matroska file, {output.name}.",)


def check_output(film: Path, output: Path, *, overwrite: bool, brief: Brief) -> None:
    """Refuse a result that would destroy something or cannot be written.

    Raises:
        UsageError: it is the film itself, a folder, in no folder, of no known kind, or exists and may not be replaced.
        StorageError: its folder cannot be written.
    """
    if output.is_dir():
        raise UsageError(f"The output {output} is a folder.", "Name a file.")
    if (output.exists() and output.samefile(film)) or output.resolve() == film.resolve():
        raise UsageError(f"The output {output} is the film itself.", "Name another file with --output.")
    folder = output.absolute().parent
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder} for the output.")
    known = (MUSIC_SUFFIX,) if brief.music_only else suffixes()
    if output.suffix.lower() not in known:
        kind = f"a {output.suffix} file" if output.suffix else "a name without a suffix"
        raise UsageError(f"The output {output} cannot be {kind}.", f"It may end in {', '.join(known)}.")
    if output.exists() and not overwrite:
        raise UsageError(
            f"{output} exists already, and was not made in this workspace or was changed since.",
            "Add --overwrite to replace it, or name another with --output.",
        )
    if not writable(folder):
        raise StorageError(f"There is no permission to write in {folder}.", "Name another place with --output.")


def check_fits(film: Path, media: Media, output: Path) -> None:
    """Refuse a container that cannot hold the film's picture as it is, once it is known what that is.

    Raises:
        UsageError: the codec has no place in it, or pictures would not be shown when they are.
        FilmError: the film cannot be read.
    """
    from autoscore.adapters.fitting import misfit

    wrong = misfit(film, media, output)
    if wrong is None:
        return
    kind, codec = output.suffix, media.video.codec
    said = {
        "codec": f"The picture ({codec}) of {film.name} cannot be copied into a {kind} file.",
        "times": f"A {kind} file cannot hold the times of the pictures ({codec}) of {film.name}: they would move by up "
        f"to {1000 * wrong.amount_s:.0f} ms.",
        "hidden": f"{film.name} was cut without encoding, and an edit list hides {wrong.amount_s:.2f} s of pictures "
        f"before its beginning; a {kind} file cannot hide them.",
        "turned": f"{film.name} was taken with a turned camera, and FFmpeg cannot tell players of a {kind} file so: it "
        "would not stand upright.",
    }[wrong.kind]
    others = dict.fromkeys(name for name in (film.suffix.lower(), *_WIDE_SUFFIXES) if name in suffixes())
    good = [name for name in others if not misfit(film, media, output.with_suffix(name))]
    names = " or ".join(good) if len(good) < 3 else f"{', '.join(good[:-1])} or {good[-1]}"
    hint = f"Give --output a name that ends in {names}." if good else "Encode the film first."
    inside = next((row for row in containers() if row.format in media.container.split(",")), None)
    if inside is not None and container_for(film).format not in media.container.split(","):
        hint = f"It is a {inside.suffixes[0]} file inside: rename it. Or: {hint[0].lower()}{hint[1:]}"
    raise UsageError(said, hint)


def check_picture(film: Path, picture: Path, *, overwrite: bool) -> None:
    """Refuse a timeline picture that would destroy something or cannot be written.

    Raises:
        UsageError: it is the film itself, a folder, in no folder, of no known kind, or exists and may not be replaced.
        StorageError: its folder cannot be written.
    """
    check_film(film)
    if (picture.exists() and picture.samefile(film)) or picture.resolve() == film.resolve():
        raise UsageError(f"The picture {picture} is the film itself.", "Name another file with --plot.")
    if picture.is_dir():
        raise UsageError(f"The picture {picture} is a folder.", "Name a file.")
    if picture.suffix.lower() not in PICTURE_SUFFIXES:
        raise UsageError(f"The picture {picture} is of no known kind.", f"It may end in {', '.join(PICTURE_SUFFIXES)}.")
    folder = picture.absolute().parent
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder} for the picture.")
    if picture.exists() and not overwrite:
        raise UsageError(f"{picture} exists already.", "Add --overwrite to replace it, or name another with --plot.")
    if not writable(folder):
        raise StorageError(f"There is no permission to write in {folder}.", "Name another place with --plot.")


def check_tools() -> None:
    """Raises ToolMissingError when FFmpeg is not installed: better now than after the music is written."""
    if shutil.which("ffmpeg") is None:
        raise ToolMissingError("FFmpeg is not installed.", "`autoscore doctor` tells how to install it.")
