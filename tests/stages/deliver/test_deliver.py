"""A finished film from hand-made values: what the receipt says is what is in the file."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_films import MakeFilm

from autoscore import reports
from autoscore.adapters import sound
from autoscore.adapters.tags import MARK, comment_of
from autoscore.errors import AutoscoreError, StorageError, UsageError
from autoscore.model.analysis import Analysis, Cut
from autoscore.model.audio import Delivery, Mix, SpeechMargin, Stem, Stems
from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, CueHit, CuePlan, OwnTheme, ThemeUse
from autoscore.model.palette import Palette
from autoscore.model.score import CueScore, Note, Part, PlayedHit, Score, Theme
from autoscore.model.tempo import Bar, CueTempo, TempoMap, TempoSegment
from autoscore.stages.deliver import deliver, export_stems, inspect, music_of, receipts, write_sheets
from autoscore.stages.probe import probe

RATE = 48_000
SECONDS = 6.0
HITS_S = (1.0, 2.6, 4.2)
"""Film times of the pictures; each on a frame at 25 frames a second."""


def programme(late_ms: tuple[float, ...], start_s: float) -> tuple[np.ndarray, np.ndarray]:
    """(music, own sound): drums ``late_ms`` after each hit under a chord, and a voice-like noise of its own."""
    rng = np.random.default_rng(2)
    times = start_s + np.arange(round((SECONDS - start_s) * RATE)) / RATE
    music = sum(0.02 * np.sin(2 * np.pi * hz * times) for hz in (110, 165, 220))
    for hit_s, late in zip(HITS_S, late_ms, strict=True):
        after = times - hit_s - late / 1000
        music = music + np.where(after >= 0, np.exp(-np.maximum(after, 0) / 0.1), 0) * (
            0.25 * np.sin(2 * np.pi * 90 * after) + 0.1 * rng.standard_normal(len(times))
        )
    own = 0.05 * np.convolve(rng.standard_normal(len(times)), np.ones(8) / 8, "same")
    own *= 1 + np.sign(np.sin(2 * np.pi * 3.1 * times))  # bursts of its own, which must not be taken for the music's
    return music.astype(np.float32)[:, None].repeat(2, 1), own.astype(np.float32)[:, None].repeat(2, 1)


class Job:
    """Everything deliver needs, with drums that come ``late_ms`` after their pictures."""

    def __init__(self, film: Path, folder: Path, *, late_ms: tuple[float, ...] = (0.0, 8.0, 25.0), **mix: Any) -> None:
        self.film, self.workspace = film, folder / "film.autoscore"
        self.output = folder / "out" / f"film_scored{film.suffix}"
        self.output.parent.mkdir(exist_ok=True)
        self.workspace.mkdir(exist_ok=True)
        self.media = probe(film)
        start_s = min(0.0, self.media.sound.start_s) if self.media.sound else 0.0
        music, own = programme(late_ms, start_s)
        sound.write_file(self.workspace / "08-mix.flac", [music + own])
        sound.write_file(self.workspace / "08-music.flac", [music])
        from autoscore.adapters.loudness import Meter

        meter = Meter(RATE)
        meter.push(music + own)
        self.mix = Mix(
            path="08-mix.flac", music_path="08-music.flac", start_s=start_s, frames=len(music),
            **{"loudness_lufs": meter.integrated_lufs, "target_lufs": meter.integrated_lufs, "wanted_lufs": -14.0,
               "true_peak_dbtp": meter.true_peak_dbtp, "true_peak_limit_dbtp": -1.0, "master_gain_db": 0.0,
               "original_gain_db": 0.0, "speech_margin": SpeechMargin(p5_lu=11.0, median_lu=14.0, windows=20), **mix},
        )  # fmt: skip
        hits = tuple(
            CueHit(id=f"1M1-{i:02d}", frame=round(t * 25), time_s=t, klass="hard", weight=1.0, reason="a cut")
            for i, t in enumerate(HITS_S, 1)
        )
        cue = Cue(
            start_s=0.0, end_s=SECONDS, id="1M1", title="All", in_type="hard", out_type="ring", mood="tense",
            valence=0.0, arousal=0.5, key="D minor", tempo_bpm=120.0, metre="4/4", palette="orchestra",
            theme=ThemeUse(), dynamics=(), hits=hits,
        )  # fmt: skip
        self.plan = CuePlan(
            film=film.name, rate=Fraction(25), duration_s=SECONDS, seed=5, home_mood="tense", home_key="D minor",
            palette="orchestra", cues=(cue,),
            ignored_hits=(CueHit(id="x", frame=80, time_s=3.2, klass="ignored", weight=0.1, reason="a glance"),),
        )  # fmt: skip
        segment = TempoSegment(
            start_beats=Fraction(0), end_beats=Fraction(12), start_bpm=120.0, end_bpm=120.0, start_s=0.0
        )
        bars = tuple(Bar(number=i + 1, start_beats=Fraction(4 * i), numerator=4, denominator=4) for i in range(3))
        self.tempo = TempoMap(
            cues=(CueTempo(cue_id="1M1", start_s=0.0, end_s=SECONDS, base_bpm=120.0, bars=bars, segments=(segment,)),)
        )
        part = Part(
            id="d", name="Drums", instrument="orchestra_kit", group="percussion", role="hit",
            notes=(Note(start_beats=Fraction(2), length_beats=Fraction(1), pitch=36, velocity=100),),
        )  # fmt: skip
        played = tuple(PlayedHit(hit_id=h.id, time_s=h.time_s, at_beats=Fraction(2), device="boom") for h in hits)
        score = CueScore(cue_id="1M1", title="All", key="D minor", parts=(part,), hits=played)
        self.score = Score(seed=5, themes=(), cues=(score,))
        self.analysis = Analysis(
            duration_s=SECONDS, frame_count=150, cuts=(Cut(frame=25, time_s=1.0), Cut(frame=80, time_s=3.2)),
        )  # fmt: skip

    def run(self, **brief: Any) -> Delivery:
        return deliver(
            film=self.film, media=self.media, analysis=self.analysis, plan=self.plan, tempo=self.tempo,
            score=self.score, stems=Stems(stems=(), soundfonts={"a.sf2": "00"}), mix=self.mix, brief=Brief(**brief),
            workspace=self.workspace, output=self.output,
        )  # fmt: skip

    def receipt(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads((self.workspace / "receipts.json").read_text())
        return fields


@pytest.fixture
def job(make_film: MakeFilm, tmp_path: Path) -> Job:
    return Job(make_film(seconds=SECONDS), tmp_path)


def test_the_receipt_tells_what_is_in_the_finished_film(job: Job) -> None:
    """Drums 0, 8 and 25 ms after their pictures are measured as such, to 3 ms, beside the film's own noise."""
    delivery = job.run()
    assert delivery.in_tolerance, delivery.failures
    found = job.receipt()
    assert found["schema"] == "Receipt.1"
    assert found["quality"] == "final" and "draft" not in comment_of(job.output)
    assert found["video_sha256"]["source"] == found["video_sha256"]["output"]
    assert abs(found["duration_s"]["output"] - found["duration_s"]["source"]) < 0.025
    assert abs(found["av_offset_ms"]) < 0.1
    assert found["loudness_lufs"] == pytest.approx(job.mix.loudness_lufs, abs=0.3)
    assert found["speech_margin_lu"] == {"p5": 11.0, "median": 14.0, "windows": 20}
    assert [hit["error_ms"] for hit in found["hits"]] == pytest.approx([0.0, 8.0, 25.0], abs=3.0)
    assert [(hit["class"], hit["device"], hit["cue"]) for hit in found["hits"]] == [("hard", "boom", "1M1")] * 3
    assert found["hit_summary"]["within"] == 3
    assert found["cuts"] == [
        {"frame": 25, "time_s": 1.0, "hit": "1M1-01", "why": ""},
        {"frame": 80, "time_s": 3.2, "hit": None, "why": "a glance"},
    ]
    assert found["seed"] == 5
    assert {"autoscore", "ffmpeg", "av"} <= set(found["versions"])
    assert found["soundfonts"] == {"a.sf2": "00"}
    for name in delivery.files:
        assert (job.workspace / name).is_file(), name


def test_the_same_job_gives_the_same_receipt(job: Job) -> None:
    """Nothing in a receipt depends on the clock."""
    job.run()
    first = (job.workspace / "receipts.json").read_bytes()
    job.run()
    assert (job.workspace / "receipts.json").read_bytes() == first


def test_drums_that_miss_are_out_of_tolerance(make_film: MakeFilm, tmp_path: Path) -> None:
    """A drum 90 ms late fails the receipt and verify, but the film is written."""
    job = Job(make_film(seconds=SECONDS), tmp_path, late_ms=(0.0, 90.0, 0.0))
    delivery = job.run()
    assert not delivery.in_tolerance
    assert job.output.is_file()
    assert job.receipt()["hits"][1]["error_ms"] == pytest.approx(90.0, abs=3.0)
    assert any("1 hard hits" in problem for problem in inspect(job.output).problems)


def test_loudness_and_margin_are_held_against_their_targets(make_film: MakeFilm, tmp_path: Path) -> None:
    """A mix 3 LU off its target and speech only 6 LU over the music are both said."""
    margin = SpeechMargin(p5_lu=6.0, median_lu=9.0, windows=20)
    job = Job(make_film(seconds=SECONDS), tmp_path, speech_margin=margin)
    job.mix = replace(job.mix, target_lufs=job.mix.target_lufs + 3.0)
    failures = job.run().failures
    assert len(failures) == 2
    assert "loudness is -3" in failures[0]
    assert "6.0 LU" in failures[1]


def test_an_encoder_that_overshoots_is_turned_down(make_film: MakeFilm, tmp_path: Path) -> None:
    """A true peak above the limit by less than half a dB is taken out by gain, and the gain is on the receipt."""
    job = Job(make_film(seconds=SECONDS), tmp_path)
    job.mix = replace(job.mix, true_peak_limit_dbtp=job.mix.true_peak_dbtp - 0.1)
    assert job.run().in_tolerance
    found = job.receipt()
    assert -0.5 < found["encode_gain_db"] < -0.05
    assert found["true_peak_dbtp"] <= job.mix.true_peak_limit_dbtp + 0.05


def test_an_encoder_that_overshoots_by_far_gets_a_mix_limited_again(make_film: MakeFilm, tmp_path: Path) -> None:
    """Where gain would cost more than half a LU only the peaks go: peak and loudness are both within tolerance."""
    job = Job(make_film(seconds=SECONDS), tmp_path)
    job.mix = replace(job.mix, true_peak_limit_dbtp=job.mix.true_peak_dbtp - 1.5)
    assert job.run().in_tolerance
    found = job.receipt()
    assert found["true_peak_dbtp"] <= job.mix.true_peak_limit_dbtp + 0.05
    assert abs(found["loudness_lufs"] - job.mix.target_lufs) < 0.5
    assert [path.name for path in job.workspace.iterdir() if ".part" in path.name] == []


@pytest.mark.parametrize("name", ["film.webm", "film.mkv"])
def test_other_containers_keep_their_promises(name: str, make_film: MakeFilm, tmp_path: Path) -> None:
    """WebM (whose Opus needs correcting) and Matroska are within tolerance too."""
    extra = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8") if name.endswith("webm") else ()
    job = Job(make_film(name, seconds=SECONDS, extra=extra), tmp_path)
    assert job.run().in_tolerance, job.receipt()["failures"]
    assert abs(job.receipt()["av_offset_ms"]) <= 1.0


def test_another_container_may_pack_the_same_pictures_differently(make_film: MakeFilm, tmp_path: Path) -> None:
    """From MPEG-TS to MP4 packets differ, the coded pictures do not: in tolerance, and said."""
    extra = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    job = Job(make_film("film.ts", seconds=SECONDS, extra=extra), tmp_path)
    job.output = job.output.with_suffix(".mp4")
    assert job.run().in_tolerance, job.receipt()["failures"]
    found = job.receipt()
    assert found["video_sha256"]["source"] != found["video_sha256"]["output"]
    assert any("coded pictures are unchanged" in warning for warning in found["warnings"])


def test_verify_finds_the_receipt_from_anywhere(job: Job, tmp_path: Path) -> None:
    """Film, receipt and workspace all lead to the same receipt, also after film and receipt moved together."""
    job.run()
    expected = inspect(job.output).receipt
    assert inspect(job.workspace).receipt == expected
    assert inspect(job.workspace / "receipts.json").receipt == expected
    new = tmp_path / "elsewhere"
    new.mkdir()
    shutil.move(job.output, new / job.output.name)
    with pytest.raises(UsageError, match="No receipt belongs"):
        inspect(new / job.output.name)
    shutil.move(receipts.sidecar_of(job.output), new)
    assert inspect(new / job.output.name).receipt == expected


def test_verify_speaks_the_language_of_the_receipt(job: Job) -> None:
    """What `verify --json` prints has every field of the receipt file, under the same name."""
    job.run()
    printed = reports.verify_document(inspect(job.output))
    assert job.receipt().items() <= printed.items()
    assert printed["ok"]


def test_verify_notices_another_film(job: Job, make_film: MakeFilm) -> None:
    """A finished film that was replaced by another does not pass with the old receipt."""
    job.run()
    other = make_film("other.mp4", seconds=SECONDS, picture="smptebars")
    shutil.copy(other, job.output)
    problems = inspect(job.output).problems
    assert any("picture" in problem for problem in problems)
    assert any("sound" in problem for problem in problems)


def test_verify_of_the_source_names_the_finished_film(job: Job) -> None:
    """Who asks about the film that was scored is told which file to ask about."""
    job.run()
    receipts.sidecar_of(job.output).unlink()
    found = job.receipt()
    with pytest.raises(UsageError, match="not the finished one") as caught:
        receipts.find(job.workspace.parent / found["film"])
    assert found["output"] in caught.value.hint


def test_verify_of_nothing_is_a_usage_error(tmp_path: Path) -> None:
    """No such file, an empty folder and a file that is no receipt each get their sentence."""
    with pytest.raises(UsageError, match="no file"):
        inspect(tmp_path / "none.mp4")
    with pytest.raises(UsageError, match=r"receipts\.json"):
        inspect(tmp_path)
    (tmp_path / "x.json").write_text('{"a": 1}')
    with pytest.raises(StorageError, match="not an autoscore receipt"):
        inspect(tmp_path / "x.json")


def test_nothing_is_left_when_measuring_fails(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """A film is there under its name only when it was measured; otherwise an older one stays as it was."""
    job.output.write_bytes(b"older")
    monkeypatch.setattr(
        "autoscore.stages.deliver.finished.hear", lambda *a, **k: (_ for _ in ()).throw(StorageError("full"))
    )
    with pytest.raises(AutoscoreError):
        job.run()
    assert [path.name for path in job.output.parent.iterdir()] == [job.output.name]
    assert job.output.read_bytes() == b"older"


@pytest.mark.parametrize("suffix", [".wav", ".m4a"])
def test_music_only_writes_a_sound_file_as_long_as_the_film(suffix: str, job: Job) -> None:
    """The score alone starts at the first picture and ends with the last."""
    job.output = job.output.with_name(f"score{suffix}")
    failures = job.run(music_only=True).failures
    assert all("loudness" in failure for failure in failures)  # the mix here was measured with the film's own sound
    assert job.receipt()["hit_summary"]["within"] == 3
    assert inspect(job.output).problems == failures
    total = sum(len(block.samples) for block in sound.read_stream(job.output))
    assert total == pytest.approx(round(job.media.duration_s * RATE), abs=1100)


def test_stems_are_exported_at_one_length(tmp_path: Path) -> None:
    """Every film-length stem has the film's length, with each cue's sound where it belongs."""
    ramp = np.linspace(0.1, 0.2, RATE, dtype=np.float32)[:, None].repeat(2, 1)
    stems = []
    for cue, group, start_s in (("1M1", "strings", 0.5), ("1M2", "strings", 3.0), ("1M2", "brass", -0.25)):
        path = f"{cue}_{group}.flac"
        sound.write_file(tmp_path / path, [ramp])
        stems.append(Stem(cue_id=cue, group=group, path=path, start_s=start_s, frames=RATE, peak_dbfs=-14.0, sha256=""))
    files = export_stems(Stems(stems=tuple(stems)), tmp_path, tmp_path / "export", duration_s=SECONDS)
    assert [path.name for path in files] == ["brass.wav", "strings.wav"]
    strings = np.concatenate([block.samples for block in sound.read_file(files[1])])
    brass = np.concatenate([block.samples for block in sound.read_file(files[0])])
    assert len(strings) == len(brass) == SECONDS * RATE
    assert np.allclose(strings[RATE // 2 : RATE // 2 + RATE], ramp, atol=1e-6)
    assert np.allclose(strings[3 * RATE : 4 * RATE], ramp, atol=1e-6)
    assert not strings[: RATE // 2].any()
    assert np.allclose(brass[: 3 * RATE // 4], ramp[RATE // 4 :], atol=1e-6)
    own = export_stems(Stems(stems=tuple(stems)), tmp_path, tmp_path / "cues", duration_s=SECONDS, per_cue=Fraction(24))
    lengths = {path.name: sound.file_info(path)[0] for path in own}
    assert lengths["1M2_strings.wav"] == lengths["1M2_brass.wav"] == 4 * RATE  # from the first picture
    early = np.concatenate([block.samples for block in sound.read_file(tmp_path / "cues" / "1M2_brass.wav")])
    assert np.allclose(early[: 3 * RATE // 4], ramp[RATE // 4 :], atol=1e-6)


def test_an_old_preview_does_not_stay(job: Job) -> None:
    """Delivered without a preview, the film has none: one from before would show another score."""
    job.workspace.mkdir(parents=True, exist_ok=True)
    (job.workspace / "preview.mp4").write_bytes(b"old")
    assert "preview.mp4" not in job.run().files
    assert not (job.workspace / "preview.mp4").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # moviepy leaves its pipes to the garbage collector
def test_a_preview_is_small_and_as_long_as_the_film(job: Job) -> None:
    """The review film has the film's length, 360 lines and sound."""
    delivery = job.run(preview=True)
    assert "preview.mp4" in delivery.files
    media = probe(job.workspace / "preview.mp4")
    assert media.video.height == 360
    assert media.duration_s == pytest.approx(SECONDS, abs=0.15)
    assert media.sound is not None


def test_the_finished_film_says_where_its_music_is_from(job: Job) -> None:
    """provenance.json names seed, fonts and licences, priors, sums; the comment of the film has it in short."""
    delivery = job.run()
    assert "provenance.json" in delivery.files
    found = json.loads((job.workspace / "provenance.json").read_text())
    assert (found["seed"], found["identity"], found["take"]) == (5, job.plan.identity, 1)
    assert found["soundfonts"][0] == {"file": "a.sf2", "name": "a", "licence": "", "origin": "", "sha256": "00"}
    assert found["priors"] and all(row["source"] and row["licence"] for row in found["priors"])
    assert found["outputs"][job.output.name] == hashlib.sha256(job.output.read_bytes()).hexdigest()
    assert comment_of(job.output).endswith(found["summary"])
    assert found["summary"].startswith(MARK) and "seed 5" in found["summary"]
    assert "take" not in found["summary"]  # none was composed


def test_a_tune_of_the_users_own_is_credited(job: Job) -> None:
    """The film's comment, the cue table and the written scores name the tune that was brought along."""
    own = OwnTheme(title="Lullaby", metre="4/4", key="D minor", notes=(), source="lullaby.mid", sha256="00")
    players = Palette(name="mine", title="Mine", groups=(), lead=("oboe",), harmony=("piano",), bass=("cellos",),
                      motion=("harp",), source="mine.toml", sha256="11")  # fmt: skip
    job.plan = replace(job.plan, own_theme=own, own_palette=players, take=2)
    job.run()
    found = json.loads((job.workspace / "provenance.json").read_text())
    summary = found["summary"]
    assert "Lullaby" in summary and "take 2" in summary
    assert found["inputs"]["lullaby.mid"] == "00" and found["inputs"]["mine.toml"] == "11"
    assert 'theme ""Lullaby""' in (job.workspace / "cues.csv").read_text()
    assert not (job.workspace / "musicxml").exists()  # paper is made when it is asked for
    names, _ = write_sheets(music_of(job.tempo, job.score, job.plan), job.plan.rate, job.workspace)
    assert names and all("Lullaby" in (job.workspace / name).read_text() for name in names)


def test_themes_are_compared_with_known_pieces(job: Job) -> None:
    """Each theme is told with the longest run that a known piece shares."""
    theme = Theme(
        id="main", metre="4/4", mode="minor", degrees=(0, 3, 7, 5, 2, 8, 7, 3, 0, 11), instrument="oboe",
        durations_beats=tuple(Fraction(n, 2) for n in (2, 1, 3, 2, 5, 1, 2, 3, 1, 4)), cell_notes=3, motif_notes=6,
    )  # fmt: skip
    job.score = replace(job.score, themes=(theme,))
    job.run()
    found = json.loads((job.workspace / "provenance.json").read_text())
    assert found["themes"][0]["id"] == "main" and not found["themes"][0]["too_close"]
    assert found["themes"][0]["shared_notes"] < 14
    assert "pieces" in found["compared_with"]


def test_music_alone_says_it_too(job: Job) -> None:
    """A WAV of the score has the facts as its comment."""
    job.output = job.output.with_suffix(".wav")
    job.run(music_only=True)
    assert comment_of(job.output).startswith(MARK)


def test_a_draft_is_within_tolerance_too(make_film: MakeFilm, tmp_path: Path) -> None:
    """A first look has its sound at its place and level, and of the MIDI files the film's own."""
    job = Job(make_film(seconds=SECONDS), tmp_path)
    assert job.run(quality="draft").in_tolerance
    assert receipts.read(job.workspace / "receipts.json").quality == "draft"
    assert json.loads((job.workspace / "provenance.json").read_text())["quality"] == "draft"
    assert ", a draft;" in comment_of(job.output)
    assert reports.receipt_facts(inspect(job.output).receipt)["quality"] == reports.DRAFT
    assert (job.workspace / "score.mid").exists()
    assert not (job.workspace / "midi").exists()


def test_a_receipt_that_names_no_quality_is_of_a_final(job: Job) -> None:
    """Receipts of earlier runs are read as what they are, and nothing is said of a draft."""
    job.run()
    beside = receipts.sidecar_of(job.output)
    fields = json.loads(beside.read_text())
    del fields["quality"]
    beside.write_text(json.dumps(fields))
    found = inspect(job.output)
    assert found.receipt.quality == "final" and not found.problems
    assert "quality" not in reports.receipt_facts(found.receipt)
