"""Where a score comes from: collected from plan, themes, fonts and tables; in short for the film's tags."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from autoscore import __version__, artifacts, tables
from autoscore.adapters.files import file_sha256, storage_errors, write_text
from autoscore.model.audio import Stems
from autoscore.model.cues import CuePlan
from autoscore.model.media import Media
from autoscore.model.provenance import PriorFact, Provenance, SoundFontFact, ThemeFact
from autoscore.model.score import Score, Theme
from autoscore.stages.deliver.versions import versions
from autoscore.tables.originality import corpus_about, longest_shared
from autoscore.tables.soundfonts import catalogue

NAME = "provenance.json"


def provenance_of(media: Media, plan: CuePlan, score: Score, stems: Stems, output: Path, quality: str) -> Provenance:
    """All that is known before anything is written; ``outputs`` and ``versions`` are still empty."""
    fonts = tuple(_font(file, sha256) for file, sha256 in sorted(stems.soundfonts.items()))
    own = plan.own_theme
    inputs = {plan.film: media.digest.head_tail_sha256}
    if own is not None:
        inputs[Path(own.source).name or own.title] = own.sha256
    if plan.own_palette is not None and plan.own_palette.sha256:
        inputs[plan.own_palette.source] = plan.own_palette.sha256
    return Provenance(
        film=plan.film,
        output=output.name,
        summary=_summary(plan, fonts, quality),
        seed=plan.seed,
        identity=plan.identity,
        take=plan.take or 1,
        cue_takes={cue.id: cue.take for cue in plan.cues if cue.take is not None},
        themes=tuple(_theme(theme, yours=own is not None and theme.id == "main") for theme in score.themes),
        compared_with=corpus_about(),
        soundfonts=fonts,
        priors=_priors(),
        versions={},
        inputs=inputs,
        quality=quality,
    )


def write(found: Provenance, workspace: Path, files: Iterable[str], output_sha256: str) -> None:
    """Writes provenance.json with the sum of the finished film and those of the workspace's ``files``.

    Raises:
        StorageError: it cannot be written.
    """
    with storage_errors(workspace / NAME):
        sums = {name: file_sha256(workspace / name) for name in files}
        sums[found.output] = output_sha256
    write_text(workspace / NAME, artifacts.dump(replace(found, outputs=sums, versions=versions())))


def _summary(plan: CuePlan, fonts: tuple[SoundFontFact, ...], quality: str) -> str:
    sounds = ", ".join(f"{font.name} ({font.licence or 'licence unknown'})" for font in fonts) or "none"
    which = f"film {plan.identity}, seed {plan.seed}" + (f", take {plan.take}" if plan.take is not None else "")
    which += ", a draft" if quality == "draft" else ""
    own = f"; main theme brought along: {plan.own_theme.title}" if plan.own_theme is not None else ""
    return f"Music: autoscore {__version__}, {which}{own}; sounds: {sounds}"


def _font(file: str, sha256: str) -> SoundFontFact:
    rows = catalogue()["font"]
    row = next((row for row in rows if row.get("sha256") == sha256), None)
    row = row or next((row for row in rows if file in row["files"] and "sha256" not in row), None)
    if row is None:
        return SoundFontFact(file=file, name=Path(file).stem, licence="", origin="", sha256=sha256)
    return SoundFontFact(file=file, name=row["name"], licence=row["licence"], origin=row["origin"], sha256=sha256)


def _theme(theme: Theme, *, yours: bool) -> ThemeFact:
    onsets = [float(at) for at in accumulate(theme.durations_beats, initial=0)]
    shared = longest_shared(theme.degrees, onsets[: len(theme.degrees)])
    return ThemeFact(id=theme.id, shared_notes=shared.notes, piece=shared.piece, too_close=shared.too_long, yours=yours)


def _priors() -> tuple[PriorFact, ...]:
    return tuple(
        PriorFact(block=block, source=row["_src"]["source"], licence=row["_src"]["licence"])
        for block, row in tables.priors().items()
        if isinstance(row, dict) and "_src" in row
    )
