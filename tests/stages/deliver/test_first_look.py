"""A draft: the mix's packets in the film as they are, and a receipt that says what was not measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hand_made import SECONDS, Job
from small_films import MakeFilm

from autoscore import receipt_reports, reports
from autoscore.adapters import sound
from autoscore.adapters.copied import read_packets, read_sound
from autoscore.adapters.tags import comment_of
from autoscore.stages.deliver import inspect, receipts
from autoscore.stages.deliver.attempt import NOT_MEASURED


def test_a_draft_is_within_tolerance_too(make_film: MakeFilm, tmp_path: Path) -> None:
    """A first look has its sound at its place and level, and of the MIDI files the film's own."""
    job = Job(make_film(seconds=SECONDS), tmp_path)
    assert job.run(quality="draft").in_tolerance
    assert receipts.read(job.workspace / "receipts.json").quality == "draft"
    assert json.loads((job.workspace / "provenance.json").read_text())["quality"] == "draft"
    assert ", a draft;" in comment_of(job.output)
    assert receipt_reports.receipt_facts(inspect(job.output).receipt)["quality"] == reports.DRAFT
    assert (job.workspace / "score.mid").exists()
    assert not (job.workspace / "midi").exists()


def test_a_draft_s_sound_is_the_mix_packet_for_packet(job: Job) -> None:
    """In MP4 nothing is encoded: the hash of the sound is that of the mix, the receipt says so, and verify agrees."""
    job.run(quality="draft")
    found = job.receipt()
    assert found["sound_sha256"] == read_sound(job.workspace / job.mix.path).sha256
    assert found["sound_codec"] == "flac"
    assert NOT_MEASURED in found["warnings"]
    assert found["av_windows"] == 0 and abs(found["av_offset_ms"]) <= 1.0
    assert [hit["error_ms"] for hit in found["hits"]] == pytest.approx([0.0, 8.0, 25.0], abs=3.0)
    assert not inspect(job.output).problems


def test_where_the_container_holds_no_flac_a_draft_is_encoded_and_heard(make_film: MakeFilm, tmp_path: Path) -> None:
    """A MOV's draft has its samples as they are, which takes no time, and they were measured."""
    job = Job(make_film("film.mov", seconds=SECONDS), tmp_path)
    assert job.run(quality="draft").in_tolerance
    found = job.receipt()
    assert found["sound_codec"] == "pcm_s16le" and found["av_windows"] > 0
    assert NOT_MEASURED not in found["warnings"]


def test_a_draft_of_a_film_that_starts_late_has_its_sound_in_place(make_film: MakeFilm, tmp_path: Path) -> None:
    """Where the first picture comes 0.04 s after the container's zero, so does the mix, to 1 ms."""
    film = make_film(seconds=SECONDS, extra=("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
                                             "-output_ts_offset", "0.04"))  # fmt: skip
    job = Job(film, tmp_path)
    assert job.run(quality="draft").in_tolerance, job.receipt()["failures"]
    packets = read_packets(job.output)
    assert packets.sound is not None
    assert packets.sound.first_s - packets.video.first_s == pytest.approx(job.mix.start_s, abs=0.001)
    total = sum(len(block.samples) for block in sound.read_stream(job.output, index=packets.sound_index))
    assert total >= job.mix.frames


def test_a_draft_is_as_long_as_a_film_whose_picture_comes_a_trace_late(make_film: MakeFilm, tmp_path: Path) -> None:
    """Where silence belongs before the mix its packets are not copied: the film would be that much shorter."""
    film = make_film("film.mkv", seconds=SECONDS, sound=False, extra=(
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-output_ts_offset", "0.03"))  # fmt: skip
    job = Job(film, tmp_path)
    assert job.run(quality="draft").in_tolerance, job.receipt()["failures"]
    assert NOT_MEASURED not in job.receipt()["warnings"]
