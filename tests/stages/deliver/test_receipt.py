"""A finished film from hand-made values: what the receipt says is what is in the file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hand_made import SECONDS, Job
from small_films import MakeFilm

from autoscore import receipt_reports
from autoscore.adapters.tags import comment_of
from autoscore.errors import AutoscoreError, StorageError
from autoscore.model.audio import SpeechMargin
from autoscore.stages.deliver import inspect, receipts


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


def test_nothing_is_left_when_measuring_fails(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """A film is there under its name only when it was measured; otherwise an older one stays as it was."""
    job.output.write_bytes(b"older")
    monkeypatch.setattr(
        "autoscore.stages.deliver.attempt.hear", lambda *a, **k: (_ for _ in ()).throw(StorageError("full"))
    )
    with pytest.raises(AutoscoreError):
        job.run()
    assert [path.name for path in job.output.parent.iterdir()] == [job.output.name]
    assert job.output.read_bytes() == b"older"


def test_a_receipt_that_names_no_quality_is_of_a_final(job: Job) -> None:
    """Receipts of earlier runs are read as what they are, and nothing is said of a draft."""
    job.run()
    beside = receipts.sidecar_of(job.output)
    fields = json.loads(beside.read_text())
    del fields["quality"]
    beside.write_text(json.dumps(fields))
    found = inspect(job.output)
    assert found.receipt.quality == "final" and not found.problems
    assert "quality" not in receipt_reports.receipt_facts(found.receipt)
