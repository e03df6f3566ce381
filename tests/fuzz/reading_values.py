"""Cue sheets and the files of a workspace, each read for itself and written again."""

from __future__ import annotations

import functools
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

from reader import Reader
from spoiling import json_of, toml_of


@functools.cache
def small_plan() -> Any:
    """A plan with two cues, hits, sections, reasons and what a person may bring."""
    from autoscore.model.cues import Cue, CueHit, CuePlan, DynamicPoint, OwnTheme, ThemeUse
    from autoscore.model.score import ThemeNote
    from autoscore.model.time import Span, frame_to_seconds

    rate = Fraction(25)

    def at(frame: int) -> float:
        return frame_to_seconds(frame, rate)

    def cue(name: str, first: int, last: int) -> Cue:
        hits = tuple(
            CueHit(id=f"{name}-{n:02d}", frame=first + 30 * n, time_s=at(first + 30 * n), klass="hard", weight=0.8)
            for n in (1, 2, 3)
        )
        return Cue(
            start_s=at(first), end_s=at(last), id=name, title="Opening: tense", in_type="sneak", out_type="ring",
            mood="tense", valence=-0.3, arousal=0.5, key="D minor", tempo_bpm=92.0, metre="4/4", palette="orchestral",
            theme=ThemeUse(theme="main", treatment="partial"),
            dynamics=(DynamicPoint(time_s=at(first), intensity=0.2), DynamicPoint(time_s=at(last), intensity=0.7)),
            hits=hits, sections_s=(at(first + 120),), speech=(Span(start_s=at(first) + 1.0, end_s=at(first) + 2.0),),
            seed=7, featured=("flute",), without=("choir",), reasons={"mood": "dark pictures", "in": "a cut"},
        )  # fmt: skip

    tune = tuple(ThemeNote(start_beats=Fraction(n), length_beats=Fraction(1), pitch=60 + n) for n in range(4))
    return CuePlan(
        film="kite.mp4", rate=rate, duration_s=60.0, seed=1, home_mood="tense", home_key="D minor",
        palette="orchestral", cues=(cue("1M1", 50, 400), cue("1M2", 500, 1200)), themes=("main", "contrast"),
        ignored_hits=(CueHit(id="x1", frame=10, time_s=at(10), klass="ignored", weight=0.3, device="none"),),
        advice=("Say more.",), identity="kite",
        own_theme=OwnTheme(title="tune", metre="4/4", key="C major", notes=tune, source="tune.mid", sha256="0" * 64),
    )  # fmt: skip


def _sheets(_folder: Path) -> list[bytes]:
    from autoscore.adapters.cuesheet import dump

    return [dump(small_plan(), None).encode()]


def read_sheet(path: Path) -> object:
    """Read as an edited sheet is, and written anew over what stands there, as after ``takes --pick``."""
    from autoscore.adapters.cuesheet import dump, load
    from autoscore.workspace import Workspace

    text = Workspace(path.parent, "kite.mp4").read_text(path.name)
    plan = load(text, small_plan())
    return dump(plan, text)


@functools.cache
def _made() -> dict[str, bytes]:
    """A workspace as a run leaves it, by file name: the values of a small film, made by the stages themselves."""
    import tempfile

    from autoscore import artifacts, pipeline, verbs
    from autoscore.handover import Export
    from autoscore.model.audio import Delivery, GainPoint, Mix, SpeechMargin, Stem, Stems
    from autoscore.model.brief import Brief
    from autoscore.model.score import Score
    from autoscore.model.tempo import TempoMap
    from autoscore.stages.compose import compose_cue, theme_book
    from autoscore.stages.tempo import tempo_cue

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = folder / "film.mp4"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=12:duration=6", "-f", "lavfi",
             "-i", "sine=frequency=220:duration=6", "-pix_fmt", "yuv420p", str(film)],
            check=True, timeout=60,
        )  # fmt: skip
        plan = pipeline.run(film, Brief(), until=verbs.PLAN.name).plan
        found = {path.name: path.read_bytes() for path in (folder / "film.autoscore").glob("*.json")}
    assert plan is not None
    tempo = TempoMap(cues=tuple(tempo_cue(cue) for cue in plan.cues))
    book = theme_book(plan)
    cues = tuple(compose_cue(cue, tempo.of(cue.id), book) for cue in plan.cues)
    stem = Stem(
        cue_id="1M1", group="strings", path="07-stems/1M1_strings.flac", start_s=0.0, frames=480, peak_dbfs=-9.0,
        sha256="0" * 64,
    )  # fmt: skip
    mix = Mix(
        path="08-mix.flac", music_path="08-music.flac", start_s=0.0, frames=480, loudness_lufs=-14.0, target_lufs=-14.0,
        wanted_lufs=-14.0, true_peak_dbtp=-1.0, true_peak_limit_dbtp=-1.0, master_gain_db=0.0, original_gain_db=0.0,
        speech_margin=SpeechMargin(p5_lu=8.0, median_lu=12.0, windows=3),
        ducking=(GainPoint(time_s=0.0, gain_db=-3.0),),
    )  # fmt: skip
    made = {
        "05-tempo.json": tempo,
        "06-score.json": Score(seed=plan.seed, themes=book, cues=cues),
        "1M1.json": Stems(stems=(stem,), soundfonts={"a.sf2": "0" * 64}, presets={"flute": "a 0:73"}),
        "08-mix.json": mix,
        "09-delivery.json": Delivery(output="film.scored.mp4", receipt="receipts.json", files=("cues.csv",)),
        "export.json": Export(film="film.mp4", duration_s=6.0, rate_hz=48_000, per_cue=False, files=("mix.wav",)),
    }
    return found | {name: artifacts.dump(value).encode() for name, value in made.items()}


def _values() -> dict[str, Any]:
    from autoscore.handover import Export
    from autoscore.manifest import Manifest
    from autoscore.model.analysis import Analysis
    from autoscore.model.audio import Delivery, Mix, Stems
    from autoscore.model.cues import CuePlan
    from autoscore.model.media import Media
    from autoscore.model.score import Score
    from autoscore.model.spotting import Spotting
    from autoscore.model.tempo import TempoMap

    return {
        "01-media.json": Media, "02-analysis.json": Analysis, "03-spotting.json": Spotting, "04-plan.json": CuePlan,
        "05-tempo.json": TempoMap, "06-score.json": Score, "1M1.json": Stems, "08-mix.json": Mix,
        "09-delivery.json": Delivery, "manifest.json": Manifest, "export.json": Export,
    }  # fmt: skip


def _read_value(name: str, path: Path) -> object:
    from autoscore import artifacts
    from autoscore.workspace import Workspace

    text = Workspace(path.parent, "film.mp4").read_text(path.name)
    value = artifacts.load(_values()[name], text, str(path))
    return artifacts.dump(value)


def _read_manifest(path: Path) -> object:
    """A spoilt manifest is no error: it is said, and everything is made again. A run then looks at every piece."""
    from autoscore.manifest import file_digest
    from autoscore.workspace import MANIFEST, Workspace

    path = path.rename(path.with_name(MANIFEST))
    workspace = Workspace(path.parent, "film.mp4")
    for stage in workspace.manifest.stages:
        for piece in workspace.pieces(stage).values():
            try:
                file_digest(workspace.folder, piece)
            except OSError:
                continue
    return workspace.warnings


def receipts_seeds(_folder: Path) -> list[bytes]:
    """A receipt with every field there is."""
    return [_receipt_text().encode()]


def _receipt_text() -> str:
    import json

    from autoscore import artifacts
    from autoscore.model import receipt as model

    def example(kind: Any, depth: int = 0) -> Any:
        import dataclasses
        import types
        import typing

        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if dataclasses.is_dataclass(kind):
            hints = typing.get_type_hints(kind)
            return {field.name: example(hints[field.name], depth + 1) for field in dataclasses.fields(kind)}
        if origin in (tuple, list):
            return [example(arguments[0], depth + 1)]
        if origin is dict:
            return {"a": example(arguments[1], depth + 1)}
        if origin in (typing.Union, types.UnionType):
            return example(arguments[0], depth + 1)
        if origin is typing.Literal:
            return arguments[0]
        return {str: "text", int: 1, float: 0.5, bool: True, Fraction: "25/1"}.get(kind)

    fields = example(model.Receipt)
    for hit in fields["hits"]:
        hit["class"] = hit.pop("klass")
    return json.dumps({"schema": artifacts.tag_of(model.Receipt), **fields}, indent=1)


def _read_receipt(path: Path) -> object:
    from autoscore.stages.deliver import receipts

    found = receipts.read(path)
    return receipts.text_of(found)


READERS = (
    Reader(name="cue sheet", suffix=".toml", seeds=_sheets, read=read_sheet, spoil=toml_of),
    *(
        Reader(
            name=f"workspace: {name}",
            suffix=".json",
            seeds=lambda _folder, name=name: [_made()[name]],
            read=functools.partial(_read_value, name),
            spoil=json_of,
        )
        for name in (
            "01-media.json", "02-analysis.json", "03-spotting.json", "04-plan.json", "05-tempo.json",
            "06-score.json", "1M1.json", "08-mix.json", "09-delivery.json", "export.json",
        )
    ),
    Reader(name="manifest", suffix=".json", seeds=lambda _folder: [_made()["manifest.json"]], read=_read_manifest,
           spoil=json_of),
    Reader(name="receipt", suffix=".json", seeds=receipts_seeds, read=_read_receipt, spoil=json_of),
)  # fmt: skip
