"""Reuse, edits and conflicts, with tiny stages in the place of the real ones."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import autoscore.adapters
from autoscore import pipeline
from autoscore.errors import ConflictError, CueSheetError, StorageError, UsageError
from autoscore.model.analysis import Analysis
from autoscore.model.audio import Delivery, Mix, Stem, Stems
from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, CuePlan, ThemeUse
from autoscore.model.events import Event
from autoscore.model.media import FilmDigest, Media, VideoStream
from autoscore.model.score import CueScore, Score, Theme
from autoscore.model.spotting import Spotting
from autoscore.model.tempo import Bar, CueTempo, TempoMap, TempoSegment

CUES = ("1M1", "1M2", "1M3")


class Stages:
    """Stand-ins that count how often they are asked, and for what."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.fail: BaseException | None = None
        self.fail_in = ""
        self.released = 0

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
        digest = FilmDigest(size_bytes=film.stat().st_size, mtime_ns=0, head_tail_sha256="")
        return Media(name=film.name, digest=digest, container="mp4", duration_s=30.0, video=video)

    def analyze(self, film: Path, media: Media, on_progress: Any) -> Analysis:
        self.note("analyze")
        on_progress(0.5)
        return Analysis(duration_s=30, frame_count=750)  # type: ignore[arg-type]

    def spot(self, media: Media, analysis: Analysis, brief: Brief) -> Spotting:
        self.note("spot")
        return Spotting(duration_s=30.0, scenes=(), beats=(), hits=())

    def plan(self, media: Media, spotting: Spotting, brief: Brief) -> CuePlan:
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

    def follow(self, edited: Cue, base: Cue, plan: CuePlan) -> Cue:
        self.note(f"follow {edited.id}")
        if edited.mood != base.mood and edited.key == base.key:
            return replace(edited, key="D major")
        return edited

    def tempo_cue(self, cue: Cue) -> CueTempo:
        self.note(f"tempo {cue.id}")
        bar = Bar(number=1, start_beats=Fraction(0), numerator=4, denominator=4)
        segment = TempoSegment(
            start_beats=Fraction(0), end_beats=Fraction(4), start_bpm=90.0, end_bpm=90.0, start_s=cue.start_s
        )
        return CueTempo(
            cue_id=cue.id, start_s=cue.start_s, end_s=cue.end_s, base_bpm=90.0, bars=(bar,), segments=(segment,)
        )

    def theme_book(self, plan: CuePlan) -> tuple[Theme, ...]:
        return (
            Theme(id=f"main{plan.seed}", metre="4/4", mode="minor", degrees=(), durations_beats=(), cell_notes=0,
                  motif_notes=0, instrument="oboe"),
        )  # fmt: skip

    def compose_cue(self, cue: Cue, tempo: CueTempo, themes: Any) -> CueScore:
        self.note(f"compose {cue.id}")
        return CueScore(cue_id=cue.id, title=cue.mood, key=cue.key, parts=())

    def find_fonts(self, wanted: str | None) -> Any:
        return SimpleNamespace(fonts=(SimpleNamespace(sha256=wanted or "font"),), warnings=("A lesser font.",))

    def render_cue(self, score: CueScore, tempo: CueTempo, fonts: Any, folder: Path, on_progress: Any) -> Stems:
        self.note(f"render {score.cue_id}")
        name = f"{score.cue_id}_strings.flac"
        (folder / name).write_text(f"{score.title} {score.key}")
        on_progress(1.0)
        stem = Stem(cue_id=score.cue_id, group="strings", path=name, start_s=0.0, frames=1, peak_dbfs=-1.0, sha256="")
        return Stems(stems=(stem,), soundfonts={"a.sf2": "font"})

    def release(self) -> None:
        self.released += 1

    def mix(self, film: Path, media: Any, analysis: Any, plan: Any, stems: Stems, stem_folder: Path, brief: Any,
            out_folder: Path, on_progress: Any) -> Mix:  # fmt: skip
        self.note("mix")
        text = "".join((stem_folder / stem.path).read_text() for stem in stems.stems)
        for name in ("08-mix.flac", "08-music.flac"):
            (out_folder / name).write_text(text)
        return Mix(
            path="08-mix.flac", music_path="08-music.flac", start_s=0.0, frames=1, loudness_lufs=-14.0,
            target_lufs=-14.0, wanted_lufs=-14.0, true_peak_dbtp=-1.0, true_peak_limit_dbtp=-1.0, master_gain_db=0.0,
            original_gain_db=0.0,
        )  # fmt: skip

    def deliver(self, *, mix: Mix, workspace: Path, output: Path, **_rest: Any) -> Delivery:
        self.note("deliver")
        output.write_text((workspace / mix.path).read_text())
        (workspace / "receipts.json").write_text("{}")
        return Delivery(output=str(output), receipt="receipts.json")


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


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Stages:
    made = Stages()
    for package, names in {
        "analyze": ("analyze",), "spot": ("spot",), "plan": ("plan", "follow"), "tempo": ("tempo_cue",),
        "compose": ("compose_cue", "theme_book"), "render": ("render_cue", "find_fonts", "release"), "mix": ("mix",),
        "deliver": ("deliver",),
    }.items():  # fmt: skip
        module = ModuleType(f"autoscore.stages.{package}")
        for name in names:
            setattr(module, name, getattr(made, name))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("autoscore.stages.probe.probe", made.probe)
    sheet = SimpleNamespace(dump=dump_sheet, load=load_sheet)
    monkeypatch.setattr(autoscore.adapters, "cuesheet", sheet, raising=False)
    monkeypatch.setattr("autoscore.preflight.check_tools", lambda: None)
    monkeypatch.setattr("autoscore.steps.check_brief", lambda brief: None)
    return made


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    return path


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


def test_a_second_run_makes_nothing(stages: Stages, film: Path) -> None:
    """Everything is made once, in order; the same call again reuses all of it and leaves the output alone."""
    first = score(film)
    assert stages.taken() == EVERYTHING
    assert {outcome.state for outcome in first.outcomes.values()} == {"missing"}
    before = first.output.stat().st_mtime_ns if first.output else 0
    second = score(film)
    assert stages.taken() == []
    assert {outcome.state for outcome in second.outcomes.values()} == {"fresh"}
    assert second.output is not None and second.output.stat().st_mtime_ns == before
    assert second.plan == first.plan and second.stems == first.stems and second.score == first.score


def test_samples_are_let_go_of_after_playing(stages: Stages, film: Path) -> None:
    """Once for all cues of a run, also where a later cue fails; not at all where nothing was played."""
    stages.fail, stages.fail_in = KeyboardInterrupt(), "render 1M2"
    with pytest.raises(KeyboardInterrupt):
        score(film)
    assert stages.released == 1
    stages.fail_in = ""
    score(film)
    assert stages.released == 2
    score(film)
    assert stages.released == 2


def test_one_edited_cue_is_made_again_alone(stages: Stages, film: Path) -> None:
    """Another mood for one cue: what follows from it is derived, that cue is made again, and no other is touched."""
    score(film)
    stages.taken()
    folder = film.with_suffix(".autoscore") / "07-stems"
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    edit(film, "1M2 tense", "# heavier here\n1M2 heroic")
    result = score(film)
    assert stages.taken() == ["follow 1M2", "tempo 1M2", "compose 1M2", "render 1M2", "mix", "deliver"]
    assert result.outcomes["plan"].state == "edited"
    assert result.outcomes["compose"].made == ["1M2"]
    after = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    assert {name for name in after if after[name] != before.get(name)} == {"1M2.json", "1M2_strings.flac"}
    assert "D_major" in sheet_of(film).read_text()
    assert "# heavier here" in sheet_of(film).read_text()
    score(film)
    assert stages.taken() == []


def test_edits_add_up(stages: Stages, film: Path) -> None:
    """A second edit keeps the first, and only its own cue is made again."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    score(film)
    stages.taken()
    edit(film, "1M3 tense", "1M3 horror")
    result = score(film)
    assert [call for call in stages.taken() if call.startswith("compose")] == ["compose 1M3"]
    assert result.plan is not None
    assert [cue.mood for cue in result.plan.cues] == ["tense", "heroic", "horror"]


def test_a_comment_is_no_edit(stages: Stages, film: Path) -> None:
    """A comment in the cue sheet makes nothing stale, and survives when the plan is made anew."""
    score(film)
    edit(film, "1M1", "# nice\n1M1")
    stages.taken()
    score(film)
    assert stages.taken() == []
    score(film, Brief(mood="heroic"))
    assert "plan" in stages.taken()
    assert "# nice" in sheet_of(film).read_text()


def test_a_muted_cue_is_not_made(stages: Stages, film: Path) -> None:
    """Muting a cue takes it and its stems out and leaves the others alone."""
    score(film)
    stages.taken()
    edit(film, "1M1 tense C_minor False", "1M1 tense C_minor True")
    result = score(film)
    assert stages.taken() == ["follow 1M1", "mix", "deliver"]
    assert not (result.workspace / "07-stems" / "1M1_strings.flac").exists()
    assert result.score is not None and [cue.cue_id for cue in result.score.cues] == ["1M2", "1M3"]


def test_edit_and_new_wishes_are_a_conflict(stages: Stages, film: Path) -> None:
    """An edited sheet and other wishes: the run stops and nothing changes; --keep and --redo each settle it."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    score(film)
    text = sheet_of(film).read_text()
    with pytest.raises(ConflictError) as caught:
        score(film, Brief(mood="noir"))
    assert "--keep" in caught.value.hint and "--redo plan" in caught.value.hint
    assert sheet_of(film).read_text() == text
    kept = score(film, Brief(mood="noir"), keep=True)
    assert kept.plan is not None and [cue.mood for cue in kept.plan.cues] == ["tense", "heroic", "tense"]
    anew = score(film, Brief(mood="comedy"), redo=["plan"])
    assert anew.plan is not None and [cue.mood for cue in anew.plan.cues] == ["comedy"] * 3
    assert (anew.workspace / "cues.before-redo.toml").read_text() == text


def test_an_edited_sheet_takes_what_does_not_plan(stages: Stages, film: Path) -> None:
    """Another loudness target, or the film's own sound left out, leaves an edited sheet alone; the mix follows."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    score(film)
    stages.taken()
    result = score(film, Brief(target="netflix", original=False))
    assert stages.taken() == ["mix", "deliver"]
    assert result.plan is not None and [cue.mood for cue in result.plan.cues] == ["tense", "heroic", "tense"]


def test_a_kept_sheet_says_which_wishes_it_passes_over(stages: Stages, film: Path) -> None:
    """--keep names every wish without effect, and the next run need not be told again."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    kept = score(film, Brief(mood="noir", seed=7), keep=True)
    assert any("--mood noir" in text and "--seed 7" in text for text in kept.warnings)
    again = score(film)
    assert again.plan == kept.plan
    assert not any("--mood" in text for text in again.warnings)


def test_a_plan_made_anew_says_what_was_asked_before(stages: Stages, film: Path) -> None:
    """Leaving out a wish of the last run plans anew, and the run says so."""
    score(film, Brief(mood="noir"))
    result = score(film)
    assert any("--mood noir" in text for text in result.warnings)


def test_edit_and_another_film_are_a_conflict(stages: Stages, film: Path) -> None:
    """An edited sheet whose film was exchanged stops the run."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    film.write_bytes(b"another film")
    with pytest.raises(ConflictError):
        score(film)


def test_the_wishes_of_an_edited_sheet_stand(stages: Stages, film: Path) -> None:
    """After `--mood noir` and an edit, a run without wishes goes on with the sheet instead of calling it a conflict."""
    score(film, Brief(mood="noir", seed=5))
    edit(film, "1M2 noir", "1M2 heroic")
    stages.taken()
    result = score(film)
    assert [call for call in stages.taken() if call.startswith("compose")] == ["compose 1M2"]
    assert result.plan is not None and [cue.mood for cue in result.plan.cues] == ["noir", "heroic", "noir"]
    assert any("noir" in text for text in result.warnings)


def test_a_sheet_without_a_record_is_kept(stages: Stages, film: Path) -> None:
    """A lost or broken manifest does not cost a person's cue sheet."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    (film.with_suffix(".autoscore") / "manifest.json").write_text("{ broken")
    result = score(film)
    assert result.plan is not None and [cue.mood for cue in result.plan.cues] == ["tense", "heroic", "tense"]
    assert any("manifest.json" in text for text in result.warnings)


def test_a_wrong_sheet_stops_before_anything_is_made(stages: Stages, film: Path) -> None:
    """A cue sheet that cannot be read is left as it is, and the output as well."""
    result = score(film)
    sheet_of(film).write_text("1M1 what\n")
    stages.taken()
    with pytest.raises(CueSheetError):
        score(film)
    assert stages.taken() == []
    assert sheet_of(film).read_text() == "1M1 what\n"
    assert result.output is not None and result.output.exists()


@pytest.mark.parametrize("fail_in", ["analyze", "plan", "tempo 1M2", "compose 1M2", "render 1M2", "mix", "deliver"])
def test_a_stopped_run_goes_on_where_it_was(stages: Stages, film: Path, fail_in: str) -> None:
    """Ctrl-C anywhere: no lock and no unfinished file is left, and the next run makes only what is missing."""
    stages.fail, stages.fail_in = KeyboardInterrupt(), fail_in
    with pytest.raises(KeyboardInterrupt):
        score(film)
    done = stages.taken()
    folder = film.with_suffix(".autoscore")
    assert not [path for path in folder.rglob("*") if "part" in path.name or path.name == "lock"]
    assert not film.with_name("film.scored.mp4").exists()
    stages.fail_in = ""
    result = score(film)
    cheap = {f"{stage} {cue}" for stage in ("tempo", "compose") for cue in CUES}
    assert [call for call in done + stages.taken() if call not in cheap] == [c for c in EVERYTHING if c not in cheap]
    assert result.output is not None and result.output.exists()


def test_nothing_is_left_of_a_film_that_cannot_be_read(stages: Stages, film: Path) -> None:
    """When the very first stage fails, the folder that was made for it goes away again."""
    stages.fail, stages.fail_in = UsageError("no film"), "probe"
    with pytest.raises(UsageError):
        score(film)
    assert sorted(path.name for path in film.parent.iterdir()) == ["film.mp4"]


def test_a_full_disk_is_a_sentence(stages: Stages, film: Path) -> None:
    """ENOSPC from anywhere inside a stage becomes a StorageError, and the stage counts as missing."""
    stages.fail, stages.fail_in = OSError(28, "No space left on device"), "mix"
    with pytest.raises(StorageError, match="no space left"):
        score(film)
    stages.fail_in = ""
    stages.taken()
    score(film)
    assert stages.taken() == ["mix", "deliver"]


def test_a_stem_changed_by_hand_is_kept(stages: Stages, film: Path) -> None:
    """A stem that a person exchanged is mixed as it is; when its cue changes too, that is a conflict."""
    result = score(film)
    stem = result.workspace / "07-stems" / "1M2_strings.flac"
    stem.write_text("played by a person")
    stages.taken()
    again = score(film)
    assert stages.taken() == ["mix", "deliver"]
    assert again.outcomes["render"].state == "edited"
    assert again.output is not None and "played by a person" in again.output.read_text()
    edit(film, "1M2 tense", "1M2 heroic")
    with pytest.raises(ConflictError, match="1M2"):
        score(film)
    assert stem.read_text() == "played by a person"


def test_a_lost_stem_is_made_again(stages: Stages, film: Path) -> None:
    """A file that is gone is missing, whatever the manifest says."""
    result = score(film)
    (result.workspace / "07-stems" / "1M3_strings.flac").unlink()
    stages.taken()
    score(film)
    assert stages.taken() == ["render 1M3"]


def test_other_mixes_do_not_compose_again(stages: Stages, film: Path) -> None:
    """--no-original is looked at again by spotting, but the same plan is not composed again; fonts only play anew."""
    score(film)
    stages.taken()
    score(film, Brief(original=False))
    assert stages.taken() == ["spot", "mix", "deliver"]
    score(film, Brief(original=False, soundfont="other"))
    assert stages.taken() == [f"render {cue}" for cue in CUES]


def test_another_seed_makes_other_themes(stages: Stages, film: Path) -> None:
    """The seed reaches the theme book and every cue."""
    one = score(film)
    two = score(film, Brief(seed=2))
    assert one.score is not None and two.score is not None
    assert one.score.themes != two.score.themes
    assert two.outcomes["compose"].made == list(CUES)


def test_a_dry_run_writes_nothing(stages: Stages, film: Path) -> None:
    """--dry-run tells what would be made, cue by cue, and touches no file."""
    fresh = score(film, dry=True)
    assert [path.name for path in film.parent.iterdir()] == ["film.mp4"]
    assert {outcome.state for outcome in fresh.outcomes.values()} == {"missing"}
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    stages.taken()
    before = {path: path.stat().st_mtime_ns for path in film.parent.rglob("*")}
    found = score(film, dry=True)
    assert {path: path.stat().st_mtime_ns for path in film.parent.rglob("*")} == before
    assert [call for call in stages.taken() if not call.startswith("follow")] == []
    assert found.outcomes["plan"].state == "edited"
    assert found.outcomes["tempo"].todo == ["1M2"]
    assert found.outcomes["deliver"].state == "stale"


def test_status_asks_with_the_wishes_of_the_last_run(stages: Stages, film: Path) -> None:
    """After a run with wishes and an output of one's own, status says that all is up to date."""
    other = film.with_name("elsewhere.mp4")
    score(film, Brief(mood="noir", original=False), output=other)
    found = pipeline.status(film)
    assert {outcome.state for outcome in found.outcomes.values()} == {"fresh"}
    assert found.output == other


def test_until_stops(stages: Stages, film: Path) -> None:
    """`until="plan"` ends at the cue sheet."""
    result = pipeline.run(film, Brief(), until="plan")
    assert stages.taken() == ["probe", "analyze", "spot", "plan"]
    assert sheet_of(film).exists() and result.output is None


def test_events_tell_the_run(stages: Stages, film: Path) -> None:
    """Every stage starts and is done, progress never runs backwards, and warnings come once."""
    events: list[Event] = []
    score(film, on_event=events.append)
    assert [event.stage for event in events if event.kind == "start"] == list(pipeline.NAMES)
    assert [event.stage for event in events if event.kind == "done"] == list(pipeline.NAMES)
    assert [event.text for event in events if event.kind == "warning"] == ["A lesser font."]
    for name in pipeline.NAMES:
        shares = [event.fraction for event in events if event.stage == name and event.kind == "progress"]
        assert shares == sorted(shares) and all(0 <= share <= 1 for share in shares)


def test_a_second_process_has_to_wait(stages: Stages, film: Path) -> None:
    """A workspace that a living process holds is not entered; the lock of a dead one is taken over."""
    result = score(film)
    lock = result.workspace / "lock"
    lock.write_text(f"{os.uname().nodename} 1")
    with pytest.raises(StorageError, match="Another run"):
        score(film)
    lock.write_text(f"{os.uname().nodename} 999999999")
    score(film)
    lock.write_text("")
    score(film)
    assert not lock.exists()


def test_what_a_crash_left_is_swept(stages: Stages, film: Path) -> None:
    """Unfinished files of a killed run are removed by the next one; other people's files are not."""
    folder = score(film).workspace
    (folder / ".08-mix.flac.part").write_text("half")
    (folder / ".part-render").mkdir()
    (folder / ".part-render" / "x.flac").write_text("half")
    (folder / "notes.txt").write_text("mine")
    score(film)
    names = {path.name for path in folder.iterdir()}
    assert not [name for name in names if "part" in name]
    assert "notes.txt" in names


def test_a_folder_that_is_not_ours_is_not_swept(stages: Stages, film: Path, tmp_path: Path) -> None:
    """A folder given with --workspace may hold other things; they stay."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / ".download.part").write_text("theirs")
    score(film, workspace=folder)
    assert (folder / ".download.part").read_text() == "theirs"


def test_films_of_one_stem_have_their_own_workspaces(stages: Stages, film: Path) -> None:
    """a.mp4 and a.mov side by side do not overwrite each other's work."""
    one = score(film)
    other = film.with_suffix(".mov")
    other.write_bytes(b"other")
    two = score(other)
    assert one.workspace != two.workspace
    assert json.loads((one.workspace / "manifest.json").read_text())["film"] == "film.mp4"


def test_a_closed_folder_sends_the_work_here(
    stages: Stages, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the film's folder cannot be written, workspace and result go to the current folder, and that is said."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("autoscore.workspace.writable", lambda folder: folder == here)
    result = score(film)
    assert result.workspace == here / "film.autoscore"
    assert result.output == here / "film.scored.mp4"
    assert any("current folder" in text for text in result.warnings)


def test_a_name_that_cannot_be_kept_becomes_matroska(stages: Stages, film: Path) -> None:
    """A container that cannot be written gives an .mkv, and that is said; music alone is a WAV file."""
    odd = film.rename(film.with_suffix(".rm"))
    result = score(odd)
    assert result.output is not None and result.output.name == "film.scored.mkv"
    assert any("Matroska" in text for text in result.warnings)
    alone = score(odd, Brief(music_only=True))
    assert alone.output is not None and alone.output.name == "film.score.wav"


@pytest.mark.parametrize("target", ["film.mp4", "link.mp4", "sub", "none/out.mp4", "out.xyz", "out", "there.mp4"])
def test_outputs_that_are_refused(stages: Stages, film: Path, target: str) -> None:
    """The film itself or a link to it, a folder, a missing folder, an unknown kind, an existing file: all refused."""
    (film.parent / "sub").mkdir()
    (film.parent / "there.mp4").write_text("precious")
    (film.parent / "link.mp4").hardlink_to(film)
    with pytest.raises(UsageError):
        pipeline.run(film, Brief(), output=film.parent / target)
    assert stages.taken() == []
    assert film.read_bytes() == b"film" and (film.parent / "there.mp4").read_text() == "precious"
    assert not film.with_suffix(".autoscore").exists()


def test_values_read_back_are_what_was_made(stages: Stages, film: Path) -> None:
    """A resumed run sees exactly the values of the run that made them, whole numbers in float fields included."""
    first = score(film)
    second = score(film)
    assert isinstance(first.analysis and first.analysis.duration_s, float)
    assert (first.media, first.analysis, first.tempo, first.mix) == (
        second.media, second.analysis, second.tempo, second.mix,
    )  # fmt: skip
    assert isinstance(second.score, Score) and isinstance(second.tempo, TempoMap)
