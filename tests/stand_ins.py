"""Tiny stages in the place of the real ones, and how the tests of the pipeline use them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import autoscore.adapters
from autoscore import pipeline
from autoscore.adapters.files import whole
from autoscore.errors import CueSheetError
from autoscore.model.analysis import Analysis
from autoscore.model.audio import Delivery, Mix, Stem, Stems
from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, CuePlan, ThemeUse
from autoscore.model.media import Media, VideoStream
from autoscore.model.score import CueScore, Theme
from autoscore.model.spotting import Spotting
from autoscore.model.tempo import Bar, CueTempo, TempoSegment
from autoscore.stages.probe.digest import digest as film_digest

CUES = ("1M1", "1M2", "1M3")


class Room:
    """A room in which a cue's stem is its title and key, written when it is asked for."""

    def __init__(self, stages: Stages, fonts: Any, folder: Path, *, draft: bool) -> None:
        self.folder = folder
        self._stages = stages
        self._begun: dict[str, CueScore] = {}

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def begin(self, cues: Sequence[tuple[CueScore, CueTempo]]) -> None:
        self._begun |= {score.cue_id: score for score, _ in cues}

    def finish(self, cue_id: str, on_progress: Any) -> Stems:
        self._stages.note(f"render {cue_id}")
        score = self._begun.pop(cue_id)
        name = f"{cue_id}_strings.flac"
        (self.folder / name).write_text(f"{score.title} {score.key}")
        on_progress(1.0)
        stem = Stem(cue_id=cue_id, group="strings", path=name, start_s=0.0, frames=1, peak_dbfs=-1.0, sha256="")
        return Stems(stems=(stem,), soundfonts={"a.sf2": "font"})


class Ahead:
    """Nothing is begun before its time."""

    def __init__(self, *_what: Any) -> None:
        pass

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def begin(self, *_mix: Any) -> None:
        pass

    def whole(self) -> None:
        pass


class Stages:
    """Stand-ins that count how often they are asked, and for what."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.fail: BaseException | None = None
        self.fail_in = ""
        self.released = 0
        self.Room = partial(Room, self)
        self.Ahead = Ahead

    def note(self, name: str) -> None:
        if name == self.fail_in and self.fail is not None:
            raise self.fail
        self.calls.append(name)

    def taken(self) -> list[str]:
        calls, self.calls = self.calls, []
        return calls

    def probe(self, film: Path) -> Media:
        self.note("probe")
        video = VideoStream(index=0, codec="h264", width=2, height=2, rate=Fraction(25), start_s=0.0, duration_s=30.0)
        return Media(name=film.name, digest=film_digest(film), container="mp4", duration_s=30.0, video=video)

    def analyze(self, film: Path, media: Media, on_progress: Any, **_how: Any) -> Analysis:
        self.note("analyze")
        on_progress(0.5)
        return Analysis(duration_s=30, frame_count=750)  # type: ignore[arg-type]

    def spot(self, media: Media, analysis: Analysis, brief: Brief) -> Spotting:
        self.note("spot")
        return Spotting(duration_s=30.0, scenes=(), beats=(), hits=())

    def plan(self, media: Media, spotting: Spotting, brief: Brief, *_brought: Any) -> CuePlan:
        self.note("plan")
        cues = tuple(
            Cue(
                id=name, title=name, start_s=10.0 * i, end_s=10.0 * i + 9, in_type="hard", out_type="ring",
                mood=brief.mood or "tense", valence=0.0, arousal=0.5, key="C minor", tempo_bpm=90.0, metre="4/4",
                palette="orchestral", theme=ThemeUse(), dynamics=(), seed=brief.seed,
            )
            for i, name in enumerate(CUES)
        )  # fmt: skip
        return CuePlan(
            film=media.name, rate=media.video.rate, duration_s=30.0, seed=brief.seed, home_mood="tense",
            home_key="C minor", palette="orchestral", cues=cues,
        )  # fmt: skip

    def followed(self, base: CuePlan, edited: CuePlan, *_seen: Any) -> CuePlan:
        before = {cue.id: cue for cue in base.cues}
        return replace(edited, cues=tuple(self._followed(cue, before.get(cue.id, cue)) for cue in edited.cues))

    def _followed(self, cue: Cue, was: Cue) -> Cue:
        if cue != was:
            self.note(f"follow {cue.id}")
        return replace(cue, key="D major") if cue.mood != was.mood and cue.key == was.key else cue

    def renewed(self, kept: CuePlan, media: Media, *_seen: Any) -> tuple[CuePlan, tuple[str, ...]]:
        self.note("renewed")
        return replace(kept, duration_s=media.duration_s), ("Looked at anew.",)

    def tempo_cue(self, cue: Cue) -> CueTempo:
        self.note(f"tempo {cue.id}")
        bar = Bar(number=1, start_beats=Fraction(0), numerator=4, denominator=4)
        segment = TempoSegment(
            start_beats=Fraction(0), end_beats=Fraction(4), start_bpm=90.0, end_bpm=90.0, start_s=cue.start_s
        )
        return CueTempo(
            cue_id=cue.id, start_s=cue.start_s, end_s=cue.end_s, base_bpm=90.0, bars=(bar,), segments=(segment,)
        )

    def theme_book(self, plan: CuePlan, take: int = 1) -> tuple[Theme, ...]:
        return (
            Theme(id=f"main{plan.seed}.{take}", metre="4/4", mode="minor", degrees=(), durations_beats=(), cell_notes=0,
                  motif_notes=0, instrument="oboe"),
        )  # fmt: skip

    def compose_cue(self, cue: Cue, tempo: CueTempo, themes: Any) -> CueScore:
        self.note(f"compose {cue.id}")
        return CueScore(cue_id=cue.id, title=cue.mood, key=cue.key, parts=())

    def find_fonts(self, wanted: str | None) -> Any:
        return SimpleNamespace(fonts=(SimpleNamespace(sha256=wanted or "font"),), warnings=("A lesser font.",))

    def release(self) -> None:
        self.released += 1

    def mix(self, film: Path, media: Any, analysis: Any, plan: Any, stems: Stems, stem_folder: Path, brief: Any,
            out_folder: Path, on_progress: Any, on_begun: Any) -> Mix:  # fmt: skip
        self.note("mix")
        text = "".join((stem_folder / stem.path).read_text() for stem in stems.stems)
        for name in ("08-mix.flac", "08-music.flac"):
            (out_folder / name).write_text(text)
        return Mix(
            path="08-mix.flac", music_path="08-music.flac", start_s=0.0, frames=1, loudness_lufs=-14.0,
            target_lufs=-14.0, wanted_lufs=-14.0, true_peak_dbtp=-1.0, true_peak_limit_dbtp=-1.0, master_gain_db=0.0,
            original_gain_db=0.0,
        )  # fmt: skip

    def deliver(self, *, mix: Mix, brief: Brief, workspace: Path, output: Path, on_ready: Any, **_: Any) -> Delivery:
        self.note("deliver")
        with whole(output, output.suffix) as draft:
            draft.write_text((workspace / mix.path).read_text())
            on_ready(draft)
        (workspace / "receipts.json").write_text("{}")
        notes = ("score.mid",) if brief.quality == "draft" else ("score.mid", "score_quantised.mid")
        for name in notes:
            (workspace / name).write_text(name)
        return Delivery(output=str(output), receipt="receipts.json", files=notes)


def install(patch: pytest.MonkeyPatch) -> Stages:
    """Puts stand-ins in the place of the real stages for as long as ``patch`` lasts."""
    made = Stages()
    for package, names in {
        "analyze": ("analyze",), "spot": ("spot",),
        "plan": ("plan", "followed", "renewed"), "tempo": ("tempo_cue",),
        "compose": ("compose_cue", "theme_book"), "render": ("Room", "find_fonts", "release"), "mix": ("mix",),
        "deliver": ("deliver", "Ahead"),
    }.items():  # fmt: skip
        module = ModuleType(f"autoscore.stages.{package}")
        for name in names:
            setattr(module, name, getattr(made, name))
        patch.setitem(sys.modules, module.__name__, module)
    patch.setattr("autoscore.stages.probe.probe", made.probe)
    sheet = SimpleNamespace(dump=dump_sheet, load=load_sheet)
    patch.setattr(autoscore.adapters, "cuesheet", sheet, raising=False)
    patch.setattr("autoscore.preflight.check_tools", lambda: None)
    patch.setattr("autoscore.preflight.check_fits", lambda *_: None)
    patch.setattr("autoscore.steps.check_brief", lambda brief, brought: None)
    return made


def dump_sheet(plan: CuePlan, previous: str | None) -> str:
    comments = [line for line in (previous or "").splitlines() if line.startswith("#")]
    rows = [f"{cue.id} {cue.mood} {cue.key.replace(' ', '_')} {cue.muted}" for cue in plan.cues]
    return "\n".join([*comments, *rows]) + "\n"


def load_sheet(text: str, base: CuePlan) -> CuePlan:
    known = {cue.id: cue for cue in base.cues}
    cues = []
    for line in text.splitlines():
        if not line.startswith("#"):
            try:
                name, mood, key, muted = line.split()
            except ValueError:
                raise CueSheetError(f"cues.toml: {line!r}") from None
            cues.append(replace(known[name], mood=mood, key=key.replace("_", " "), muted=muted == "True"))
    return replace(base, cues=tuple(cues))


def score(film: Path, brief: Brief | None = None, **how: Any) -> pipeline.Result:
    return pipeline.run(film, brief or Brief(), overwrite=True, **how)


def sheet_of(film: Path) -> Path:
    return film.with_suffix(".autoscore") / "cues.toml"


def edit(film: Path, old: str, new: str) -> None:
    text = sheet_of(film).read_text()
    assert old in text
    sheet_of(film).write_text(text.replace(old, new))


EVERYTHING = [
    "probe", "analyze", "spot", "plan", *(f"tempo {c}" for c in CUES), *(f"compose {c}" for c in CUES),
    *(f"render {c}" for c in CUES), "mix", "deliver",
]  # fmt: skip
