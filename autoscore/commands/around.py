"""Commands around the work: handing a score over, what is installed, what can be asked for."""

from __future__ import annotations

import typer

from autoscore import console
from autoscore.options import (
    Film,
    Folder,
    Json,
    Overwrite,
    Parts,
    PerCue,
    Quiet,
    To,
    Transposed,
)


def export(
    film: Film,
    to: To = None,
    per_cue: PerCue = False,
    transposed: Transposed = False,
    parts: Parts = False,
    workspace: Folder = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hand a scored film over to a mixer: stems, MIDI, tables."""
    from autoscore import handover
    from autoscore.batch.whereabouts import workspace_of

    with console.Reporter(quiet=quiet or as_json).showing() as reporter:
        made = handover.export(
            film, to=to, per_cue=per_cue, transposed=transposed, parts=parts, workspace=workspace_of(film, workspace),
            overwrite=overwrite, on_event=reporter.on_event,
        )  # fmt: skip
    if as_json:
        console.emit(made.document())
    else:
        console.line(str(made.folder))
        if not quiet:
            console.facts(made.facts())


def doctor(as_json: Json = False) -> None:
    """Name what is missing, and what mends it."""
    from autoscore.doctor import examine

    findings = examine()
    if as_json:
        console.emit({"ok": all(f.ok or not f.needed for f in findings), "parts": [f.document() for f in findings]})
    else:
        console.table(("", "part", "found", "mend it with"), [f.row() for f in findings])
        missing = [f.part for f in findings if f.needed and not f.ok]
        console.line(f"Missing: {', '.join(missing)}." if missing else "Everything that scoring needs is there.")
    if any(f.needed and not f.ok for f in findings):
        raise typer.Exit(1)


def moods(as_json: Json = False) -> None:
    """List the moods that can be asked for."""
    from autoscore import reports

    documents = reports.mood_documents()
    if as_json:
        console.emit({"moods": documents})
    else:
        console.table(
            ("mood", "tempo", "palette", "also, in a brief"),
            [
                (m["name"], f"{m['min_bpm']:.0f}-{m['max_bpm']:.0f}", m["palette"], ", ".join(m["words"][1:6]))
                for m in documents
            ],
        )
