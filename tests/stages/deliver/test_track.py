"""The film's sound is begun with the mix's last pass: the same film, and never of half a mix."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hand_made import SECONDS, Job
from small_films import MakeFilm

from autoscore.adapters import encoded, mux
from autoscore.adapters.growing import CAN_FOLLOW
from autoscore.adapters.tracks import plan
from autoscore.errors import FilmError, StorageError
from autoscore.model.brief import Brief
from autoscore.model.events import Progress
from autoscore.stages.deliver import Ahead, attempt, inspect, readback

pytestmark = pytest.mark.skipif(not CAN_FOLLOW, reason="open files are not handed over there")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")


def ahead_of(job: Job, **brief: object) -> Ahead:
    return Ahead(job.media, Brief(**brief), job.output, job.workspace)  # type: ignore[arg-type]


def plan_of(job: Job):  # type: ignore[no-untyped-def]
    return plan(job.media, sound_start_s=job.mix.start_s, output=job.output, keep_original=False)


def strays(job: Job) -> list[str]:
    return [
        path.name for folder in (job.workspace, job.output.parent) for path in folder.iterdir() if ".part" in path.name
    ]


def written_while_followed(job: Job, ahead: Ahead) -> None:
    """The mix as its stage writes it: under another name until it is whole."""
    mix = job.workspace / job.mix.path
    data, part = mix.read_bytes(), mix.with_name(".mix.part")
    with part.open("wb", buffering=0) as file:
        assert ahead.begin(part, job.mix.start_s)
        for at in range(0, len(data), 50_000):
            file.write(data[at : at + 50_000])
    part.replace(mix)


def test_a_film_begun_with_its_mix_is_the_one_made_afterwards(
    make_film: MakeFilm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same bytes, same receipt; the sound is encoded once, and nothing is left behind."""
    job = Job(make_film(seconds=SECONDS), tmp_path)
    job.run()
    film, receipt = job.output.read_bytes(), job.receipt()
    begun: list[object] = []
    real = encoded.encode
    monkeypatch.setattr(encoded, "encode", lambda *a, **k: (begun.append(a[0]), real(*a, **k)))
    with ahead_of(job) as ahead:
        written_while_followed(job, ahead)
        ahead.whole()
        job.run_ahead(ahead)
    assert job.output.read_bytes() == film and job.receipt() == receipt
    assert len(begun) == 1 and not inspect(job.output).problems
    assert not strays(job)


def test_half_a_mix_is_not_taken(job: Job) -> None:
    """What was begun with a mix that failed, or for another film, is thrown away."""
    with ahead_of(job) as ahead:
        written_while_followed(job, ahead)
        assert ahead.take(plan_of(job)) is None  # nobody has said that it counts
        ahead.whole()
        assert ahead.take(replace(plan_of(job), delay_samples=7)) is None
        assert ahead.take(plan_of(job)) is not None
    assert not strays(job)


@pytest.mark.parametrize("brief", [{"music_only": True}, {"quality": "draft"}])
def test_nothing_is_begun_where_nothing_is_encoded(job: Job, brief: dict[str, object]) -> None:
    """Music alone, and a draft whose container takes the mix's packets."""
    with ahead_of(job, **brief) as ahead:
        assert not ahead.begin(job.workspace / job.mix.path, job.mix.start_s)
    assert not strays(job)


def test_what_fails_ahead_is_tried_again(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that was stopped while the mix was written costs time, not the film."""
    real, fails = encoded.encode, [True]
    failed = threading.Event()

    def encode(*a: object, **k: object) -> None:
        if fails:
            fails.clear()
            failed.set()
            raise StorageError("stopped")
        real(*a, **k)  # type: ignore[arg-type]

    monkeypatch.setattr(encoded, "encode", encode)
    with ahead_of(job) as ahead:
        written_while_followed(job, ahead)
        ahead.whole()
        assert failed.wait(10)
        assert job.run_ahead(ahead).in_tolerance


def test_an_encoder_that_fails_is_the_reason_given(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that its file could not be read; no film and nothing else is left."""

    def encode(*_a: object, **_k: object) -> None:
        raise StorageError("There is no space left")

    monkeypatch.setattr(encoded, "encode", encode)
    with pytest.raises(StorageError, match="no space left"):
        job.run()
    assert not strays(job) and not job.output.exists()


def test_a_film_that_cannot_be_written_ends_the_encoding(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for sound that has no film to go into: the reason is the film's, and FFmpeg is told to end."""
    ended = threading.Event()

    def encode(_sound: object, _plan: object, _target: Path, *, on_progress: Progress, **_more: object) -> None:
        try:
            for _ in range(600):
                time.sleep(0.05)
                on_progress(0.1)
        except BaseException:
            ended.set()
            raise

    def finish(*_a: object, **_k: object) -> None:
        raise FilmError("The picture cannot go in")

    monkeypatch.setattr(encoded, "encode", encode)
    monkeypatch.setattr(mux, "finish", finish)
    with pytest.raises(FilmError, match="picture cannot go in"):
        job.run()
    assert ended.is_set()
    assert not strays(job) and not job.output.exists()


@pytest.mark.parametrize("name, whole_films_heard", [("film.mp4", 0), ("film.mkv", 1)])
def test_what_was_heard_meanwhile_counts_for_the_same_packets_only(
    make_film: MakeFilm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, whole_films_heard: int
) -> None:
    """MP4 holds the packets that were heard; where the container is not filled from apart, the film is heard."""
    job = Job(make_film(name, seconds=SECONDS, extra=H264), tmp_path)
    heard: list[object] = []
    real = readback.hear
    monkeypatch.setattr(attempt, "hear", lambda source, *a, **k: (heard.append(source), real(source, *a, **k))[1])
    assert job.run().in_tolerance
    assert sum(isinstance(source, Path) for source in heard) == whole_films_heard
    assert job.receipt()["av_windows"] > 0


def test_a_film_that_does_not_hold_what_was_heard_is_heard_itself(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the muxer changed or moved something, measuring begins again on the film."""
    heard: list[object] = []
    real_hear, real_packets = readback.hear, attempt.read_sound
    monkeypatch.setattr(attempt, "hear", lambda source, *a, **k: (heard.append(source), real_hear(source, *a, **k))[1])
    monkeypatch.setattr(attempt, "read_sound", lambda *a: replace(real_packets(*a), sha256="other"))
    assert job.run().in_tolerance
    assert [isinstance(source, Path) for source in heard] == [False, True]


def test_leaving_ends_an_encoding_that_waits(job: Job, tmp_path: Path) -> None:
    """A run that stops while the mix is written does not wait for the rest of it."""
    part = tmp_path / ".mix.part"
    part.write_bytes((job.workspace / job.mix.path).read_bytes()[:1000])
    with ahead_of(job) as ahead:
        assert ahead.begin(part, job.mix.start_s)
    assert not strays(job)
    assert not [thread for thread in threading.enumerate() if thread.name in ("encode", "pump")]
