"""A scored film handed over to a mixer or a DAW: one folder with sound, notes and tables, made as a whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autoscore import artifacts, pipeline, preflight
from autoscore.adapters.files import storage_errors, temporary, write_text
from autoscore.adapters.strangers import read_text
from autoscore.errors import AutoscoreError, StorageError, UsageError
from autoscore.hints import replacing, score_command
from autoscore.model.audio import RATE_HZ
from autoscore.model.events import Event, OnEvent, ignore_event
from autoscore.model.names import fitting
from autoscore.placing import source_of
from autoscore.workspace import MANIFEST, Workspace, locate, writable
from autoscore.workspace import SUFFIX as AREA

SUFFIX = ".export"
LIST = "export.json"
STEMS = "stems"
STEM_TABLE = "stems.csv"
PROVENANCE = "provenance.json"
_NOTES = (".mid", ".csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What a folder was given; lies in it as export.json, so that a later export knows which files are its own."""

    film: str
    duration_s: float
    rate_hz: int
    per_cue: bool
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """The folder that was written, what is in it, and what the user should know about it."""

    film: Path
    workspace: Path
    folder: Path
    export: Export
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """All of it for another program."""
        told = {name: value for name, value in artifacts.plain(self.export).items() if name not in ("schema", "film")}
        places = {"film": str(self.film), "workspace": str(self.workspace), "folder": str(self.folder)}
        return {**places, **told, "warnings": list(self.notes)}

    def facts(self) -> dict[str, object]:
        """The same in a few lines for a person."""
        names = self.export.files
        stems = [Path(name).stem for name in names if name.startswith(f"{STEMS}/")]
        return {
            "stems": ", ".join(stems) or "none",
            "length": f"{self.export.duration_s:.2f} s" + (" (stems: each cue's own)" if self.export.per_cue else ""),
            "also": ", ".join(sorted({name.split("/")[0] for name in names} - {STEMS})),
        }


def export(
    film: Path,
    *,
    to: Path | None = None,
    per_cue: bool = False,
    transposed: bool = False,
    parts: bool = False,
    workspace: Path | None = None,
    overwrite: bool = False,
    on_event: OnEvent = ignore_event,
) -> HandOver:
    """Write stems, mix and music as WAV, scores on paper, and copies of MIDI, tables and receipt, into one folder.

    Args:
        to: the folder; ``FILM.export`` beside the film when None.
        per_cue: one stem a cue and group instead of film-length ones.
        transposed: scores on paper as the players read them, instead of in concert pitch.
        parts: each player's own part beside the scores, always transposed.
        overwrite: files of an earlier export in the folder are replaced; other files there stay.

    Raises:
        UsageError: the film is not scored or its score is out of date, or the folder cannot be meant.
        StorageError: the folder cannot be written or does not fit on its disk; nothing of it is left then.
    """
    preflight.check_film(film)
    places = locate(film, workspace)
    area = Workspace(places.workspace, film.name)
    folder = (to or places.results / fitting(film.stem, SUFFIX)).resolve()
    ours = bool(area.manifest.stages) and writable(area.folder)
    held: AbstractContextManager[None] = area.opened() if ours else nullcontext()
    with held:  # no other run changes the files while they are read
        score = _finished(film, workspace)
        _check_folder(folder, area.folder, overwrite=overwrite)
        on_event(Event(stage="export", kind="start", text="Writing stems"))
        made, said = _write(
            score, area.folder, folder, film.name,
            per_cue=per_cue, transposed=transposed, parts=parts, on_event=on_event,
        )  # fmt: skip
        on_event(Event(stage="export", kind="done", fraction=1.0))
    notes = (*(places.notes if to is None else ()), *said)
    return HandOver(film=film, workspace=area.folder, folder=folder, export=made, notes=notes)


def _finished(film: Path, workspace: Path | None) -> pipeline.Result:
    """What the workspace holds of a score that is up to date."""
    found = pipeline.status(film, workspace)
    behind = [name for name, outcome in found.outcomes.items() if outcome.state not in ("fresh", "edited")]
    if not behind and found.delivery is not None:
        return found
    more: tuple[str, ...] = ()
    if all(found.outcomes[name].state == "missing" for name in ("mix", "deliver")):
        message = f"{film} has not been scored yet."
    else:
        message = f"The score of {film} is out of date: {', '.join(behind)}."
        more = replacing(found.output)
    first = f"`{score_command(film, found.brief, found.workspace, *more)}` first."
    if workspace is None and not (found.workspace / MANIFEST).exists():
        source = source_of(film)
        if source is not None:
            raise UsageError(f"{film} is a scored film.", f"Name the film that it was made from: {source}.")
        first = f"{first[:-1]}, or for a film scored by `autoscore batch` add --workspace DIR/{film.name}{AREA}."
    raise UsageError(message, first)


def _check_folder(folder: Path, workspace: Path, *, overwrite: bool) -> None:
    own = workspace.resolve()
    if folder == own or own in folder.parents:
        raise UsageError(f"The export cannot go into the workspace {workspace}.", "Name another folder with --to.")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, not a folder.", "Name a folder with --to.")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise UsageError(
            f"{folder} exists already and is not empty.", "Add --overwrite to replace what is in it, or use --to."
        )
    place = next(above for above in (folder, *folder.parents) if above.exists())
    if not place.is_dir():
        raise UsageError(f"{place} is a file, so {folder} cannot be in it.", "Name another folder with --to.")
    if not writable(place):
        raise StorageError(f"There is no permission to write in {place}.", "Name another place with --to.")


def _write(
    found: pipeline.Result, workspace: Path, folder: Path, film: str, *, per_cue: bool, transposed: bool, parts: bool,
    on_event: OnEvent,
) -> tuple[Export, tuple[str, ...]]:  # fmt: skip
    from autoscore.stages import deliver

    media, stems_made, mix, delivery = found.media, found.stems, found.mix, found.delivery
    assert media and stems_made and mix and delivery
    duration_s, rate = media.duration_s, media.video.rate
    by_cue = rate if per_cue else None
    stems = deliver.stem_files(stems_made, duration_s=duration_s, per_cue=by_cue)
    sheets: tuple[str, ...] = ()
    notes = [name for name in delivery.files if name.endswith(_NOTES)]
    origin = [name for name in delivery.files if name == PROVENANCE]
    copies = tuple(dict.fromkeys((*notes, delivery.receipt, *origin)))
    frames = sum(stem.frames for stem in stems) + 2 * round(duration_s * RATE_HZ)
    share = len(stems) / (len(stems) + 2)  # mix and music take about as long as two stems

    def told(fraction: float) -> None:
        on_event(Event(stage="export", kind="progress", fraction=fraction * share))

    with _draft(folder, frames * deliver.FRAME_BYTES) as draft:
        if stems:
            deliver.export_stems(
                stems_made, workspace, draft / STEMS, duration_s=duration_s, per_cue=by_cue, on_progress=told
            )
        deliver.export_mix(mix, workspace, draft, duration_s=duration_s)
        for name in copies:
            with storage_errors(folder / name):
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(workspace / name, draft / name)
        if found.tempo and found.score:
            cues = deliver.music_of(found.tempo, found.score, found.plan)
            _, sheets = deliver.write_sheets(cues, rate, draft, transposed=transposed, parts=parts)
        write_text(draft / STEM_TABLE, deliver.stem_table(stems, rate, folder=STEMS))
        names = sorted(str(path.relative_to(draft).as_posix()) for path in draft.rglob("*") if path.is_file())
        made = Export(film=film, duration_s=duration_s, rate_hz=RATE_HZ, per_cue=per_cue, files=(*names, LIST))
        write_text(draft / LIST, artifacts.dump(made))
        with storage_errors(folder):
            _place(draft, folder, made.files)
    return made, sheets


@contextmanager
def _draft(folder: Path, need_bytes: int) -> Iterator[Path]:
    """A folder on the same disk to write in, gone afterwards. Inside ``folder`` where that exists: it may be a disk."""
    with storage_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    draft = temporary(folder / "export" if folder.is_dir() else folder)
    _check_room(draft.parent, folder, need_bytes)
    with storage_errors(folder):
        draft.mkdir()
    try:
        yield draft
    except StorageError:
        written = sum(path.stat().st_size for path in draft.rglob("*") if path.is_file())
        _check_room(draft.parent, folder, need_bytes - written)  # libsndfile does not say why it could not write
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _check_room(place: Path, folder: Path, need_bytes: int) -> None:
    free = shutil.disk_usage(place).free
    if free < need_bytes:
        raise StorageError(
            f"There is no space left on the disk that holds {folder}: "
            f"{need_bytes / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are free.",
            "Free some space, or name another place with --to.",
        )


def _place(draft: Path, folder: Path, names: tuple[str, ...]) -> None:
    """The draft becomes ``folder``; in a folder that exists, each file replaces its forerunner, and others stay."""
    if not folder.exists():
        draft.replace(folder)
        return
    before = _files_of(folder)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (draft / name).replace(folder / name)
    for name in before - set(names):
        (folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # the user's own files may be beside it
            (folder / name).parent.rmdir()


def _files_of(folder: Path) -> set[str]:
    """What an earlier export left in ``folder``, as far as it can be told."""
    try:
        earlier = artifacts.load(Export, read_text(folder / LIST))
    except (OSError, UnicodeDecodeError, AutoscoreError):
        return set()
    return {name for name in earlier.files if (folder / name).resolve().is_relative_to(folder)}
