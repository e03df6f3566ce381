"""The command about SoundFonts: which are here, whether one is whole, how two differ."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import typer

from autoscore import console
from autoscore.errors import UsageError
from autoscore.options import Fonts, Json, Quiet

_SUMS = {"known": "as catalogued", "other": "not the catalogued file", "unlisted": "no sum known"}
_MOST = 2


def soundfonts(fonts: Fonts = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """List the SoundFonts; check the one named; compare two."""
    named = fonts or []
    if len(named) > _MOST:
        raise UsageError(f"{len(named)} SoundFonts are named.", "None lists them, one is checked, two are compared.")
    with console.Reporter(quiet=quiet or as_json).showing() as reporter:
        from autoscore.model.events import Event
        from autoscore.stages.render import audition

        def told(number: int) -> Any:
            return lambda share: reporter.on_event(
                Event(stage="soundfonts", kind="progress", fraction=(number + share) / len(named))
            )

        reports = [audition.check_font(path, told(number)) for number, path in enumerate(named)]
    if not named:
        _list(audition.list_fonts(), as_json)
    elif len(reports) == 1:
        _check(reports[0], as_json)
    else:
        _compare(audition.compare_fonts(*reports), reports, as_json)
    if any(not report.sounded for report in reports):
        raise typer.Exit(1)


def _list(found: Any, as_json: bool) -> None:
    if as_json:
        console.emit({"soundfonts": [asdict(font) for font in found]})
        return
    console.table(
        ("name", "grade", "licence", "presets", "file", "path"),
        [(f.name, f.grade, f.licence, f.presets or f.trouble, _SUMS[f.sum], f.path) for f in found],
    )


def _check(report: Any, as_json: bool) -> None:
    if as_json:
        console.emit(asdict(report) | {"good": report.good})
        return
    if not report.sounded:
        console.line(report.verdict)
        return
    console.table(
        ("instrument", "preset", "which", "LUFS", "attack ms", "brightness Hz"),
        [
            (row.instrument, row.preset, row.kind, *(("", "", "") if row.kind == "silent" else _heard(row)))
            for row in report.sounded
        ],
    )
    console.line(report.verdict)


def _heard(row: Any) -> tuple[str, str, str]:
    return f"{row.level_lufs:.1f}", f"{row.attack_ms:.0f}", f"{row.centroid_hz:.0f}"


def _compare(differences: Any, reports: list[Any], as_json: bool) -> None:
    if as_json:
        derived = ("level_lu", "attack_ms", "brightness_percent")
        rows = [asdict(row) | {name: getattr(row, name) for name in derived} for row in differences]
        console.emit({"first": reports[0].path, "second": reports[1].path, "instruments": rows})
        return
    if not all(report.sounded for report in reports):
        for report in reports:
            console.line(report.verdict)
        return
    console.table(
        ("instrument", reports[0].name, reports[1].name, "level LU", "attack ms", "brightness %"),
        [
            (row.instrument, row.first.preset, row.second.preset, f"{row.level_lu:+.1f}", f"{row.attack_ms:+.0f}",
             f"{row.brightness_percent:+.0f}")
            for row in differences
        ],
    )  # fmt: skip
    console.line(
        f"Level, attack, brightness: {reports[1].name} minus {reports[0].name}; +3.0 LU: the second is louder."
    )
    for report in reports:
        console.line(report.verdict)
