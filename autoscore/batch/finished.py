"""Whether a film is done already: by the film, the wishes and the finished film being there, not by anybody's word."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from autoscore.adapters.files import file_sha256, write_text
from autoscore.adapters.strangers import read_text
from autoscore.batch.job import FINISHED, FilmJob, FilmRecord
from autoscore.editing import touched
from autoscore.errors import AutoscoreError
from autoscore.manifest import digest
from autoscore.model.brief import Brief
from autoscore.verbs import PLAN
from autoscore.workspace import MANIFEST, Workspace

IN_THE_WAY = "Its cue sheet was edited: where the cues would be planned anew the film is left, unless --keep is given."

MARK = "batch.json"
"""In a film's workspace: what was delivered last, and what it was made from."""
FILES = ("theme", "palette", "soundfont")
"""Wishes that may name a file; another content is another wish."""
OTHER_FONTS = "It is finished, with other SoundFonts than would be taken now."


@cache
def makers() -> str:
    """Digest of everything in this version that decides how films sound."""
    from autoscore.sums import tables_digest
    from autoscore.verbs import STAGES

    return digest([(stage.name, stage.version) for stage in STAGES], tables_digest())


@cache
def fonts(wanted: str | None) -> str:
    """Digest of the SoundFonts that would be taken; empty where there are none.

    It is no part of the key: which are installed is not what a person asked for, and differs between machines that
    share a folder. What was finished stands, and it is said.
    """
    from autoscore.steps import find_fonts

    try:
        return digest([font.sha256 for font in find_fonts(wanted).fonts])
    except AutoscoreError:
        return ""


def _fonts(job: FilmJob) -> str:
    wanted = job.wishes.get("soundfont")
    return fonts(str(wanted) if wanted else None)


def work_key(job: FilmJob) -> str:
    """Digest of film, wishes and version: the same key, the same finished film, with the same SoundFonts.

    Raises:
        OSError: the film cannot be read.
    """
    return digest(*_made_from(job), makers(), job.output)


def _made_from(job: FilmJob) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """The film, the wishes that are not the default, and the sums of the files that they name."""
    from autoscore.stages.probe.digest import digest as film_digest

    default = asdict(Brief())
    wishes = {name: value for name, value in job.wishes.items() if value != default.get(name)}
    sums = {}
    for name in FILES:
        with suppress(OSError, ValueError):
            sums[name] = file_sha256(Path(str(wishes[name]))) if name in wishes else ""
    return asdict(film_digest(Path(job.film))), wishes, sums


def _causes(job: FilmJob) -> dict[str, str]:
    """Digests of what a film is made from, each under the sentence that tells that it is another one now."""
    film, wishes, sums = _made_from(job)
    return {"The film changed.": digest(film), "Other wishes.": digest(wishes, sums), "Another version.": makers()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The record of a film that was delivered, and how its files looked then: size and time of change of each.
    ``causes``: digests of what it was made from. ``fonts``: digest of the SoundFonts."""

    record: FilmRecord
    output: tuple[int, int]
    sheet: tuple[int, int]
    causes: dict[str, str]
    fonts: str


def _look(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns


def _sheet(job: FilmJob) -> Path:
    from autoscore.editing import SHEET

    return Path(job.workspace) / SHEET


def mark(job: FilmJob, record: FilmRecord) -> None:
    """Remember in the workspace that ``record`` was delivered.

    Raises:
        StorageError: it cannot be written.
        OSError: the finished film or the cue sheet is not there.
    """
    fields = {
        "record": asdict(record), "output": _look(Path(job.output)), "sheet": _look(_sheet(job)),
        "causes": _causes(job), "fonts": _fonts(job),
    }  # fmt: skip
    write_text(Path(job.workspace) / MARK, json.dumps(fields, indent=1) + "\n")


def _marked(job: FilmJob) -> Mark | None:
    try:
        fields = json.loads(read_text(Path(job.workspace) / MARK))
        record = FilmRecord.from_json(json.dumps(fields["record"]))
        return Mark(
            record=record, output=tuple(fields["output"]), sheet=tuple(fields["sheet"]),
            causes=dict(fields.get("causes") or {}), fonts=str(fields.get("fonts") or ""),
        )  # fmt: skip
    except (OSError, ValueError, TypeError, KeyError, RecursionError, AutoscoreError):
        return None


def finished(job: FilmJob, key: str, last: FilmRecord | None = None) -> FilmRecord | None:
    """That the film is done: made from the same (``key``), and its output is there as it was left. None: it is not.

    Args:
        last: what the ledger says of this film; it counts where somebody has removed the workspace.
    """
    output = Path(job.output)
    found = _marked(job)
    if found is not None:
        with suppress(OSError):
            same = _look(output) == found.output and _look(_sheet(job)) == found.sheet
            if not same or found.record.key != key:
                return None
            moved = found.fonts and _fonts(job) not in ("", found.fonts)
            return found.record.stands(job.name, OTHER_FONTS if moved else FINISHED)
        return None
    if last is not None and last.status in ("done", "skipped") and last.key == key and last.output == job.output:
        return last.stands(job.name) if output.is_file() and not Path(job.workspace).exists() else None
    return None


def why(job: FilmJob, last: FilmRecord | None = None) -> str:
    """Why a film that is not finished is to be scored, as far as its workspace tells; empty where it does not."""
    found = _marked(job)
    if found is None:
        if last is not None and last.status == "failed":
            return "It is not finished: it failed before."
        return "It was not finished." if last is not None or Path(job.workspace).exists() else "It is new."
    if not Path(job.output).exists():
        return "Its result is missing."
    with suppress(OSError, AutoscoreError):
        changed = [said for said, was in found.causes.items() if _causes(job).get(said) != was]
        if changed:
            in_the_way = not job.keep and (_look(_sheet(job)) != found.sheet or _edited(job))
            return " ".join([*changed, *[IN_THE_WAY] * in_the_way])
        if _look(_sheet(job)) != found.sheet:
            return "The cue sheet was edited."
        if _look(Path(job.output)) != found.output:
            return "Its result was changed."
    return ""


def _edited(job: FilmJob) -> bool:
    """Whether a person's changes stand in the film's cue sheet."""
    return touched(Workspace(Path(job.workspace), job.name), PLAN)


def ours(job: FilmJob, last: FilmRecord | None = None) -> bool:
    """Whether a file at the job's output was made by us: only such a one may be written over unasked."""
    if last is not None and last.output == job.output and last.status in ("done", "skipped"):
        return True
    return (Path(job.workspace) / MANIFEST).is_file()
