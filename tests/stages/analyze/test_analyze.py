"""analyze: a whole film, from file to values and picture."""

from __future__ import annotations

import subprocess
import time
from concurrent.futures import CancelledError
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from scenes import film, mix, shot
from small_films import MakeFilm

from autoscore.errors import StorageError
from autoscore.model.analysis import CURVE_RATE_HZ
from autoscore.model.events import Progress
from autoscore.model.media import Media
from autoscore.stages.analyze import analyze, draw
from autoscore.stages.probe import probe


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """6 s at 25 fps: a cut at 50, a dissolve 90..109, a fast pan to the right in the last second; a tone as sound."""
    rng = np.random.default_rng(31)
    one, two, three = shot(rng, 50), shot(rng, 60), shot(rng, 60, speed=0.0)
    frames = film(one + two[:40] + mix(two[40:], three[:20]) + three[20:], rng)
    path = tmp_path_factory.mktemp("films") / "edited.mkv"
    raw = b"".join(f.tobytes() for f in frames)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", "256x144", "-r", "25", "-i", "-",
         "-f", "lavfi", "-i", f"sine=d={len(frames) / 25}", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20",
         "-c:a", "pcm_s16le", str(path)],
        input=raw, check=True, timeout=60,
    )  # fmt: skip
    return path


def test_what_is_found(edited: Path) -> None:
    """Cut, dissolve and shots are at their frames; every curve has one value a tenth of a second."""
    media = probe(edited)
    analysis = analyze(edited, media)
    assert [c.frame for c in analysis.cuts] == [50]
    assert analysis.cuts[0].time_s == pytest.approx(2.0, abs=1e-3)
    assert [g.kind for g in analysis.gradual] == ["dissolve"]
    assert [s.start_frame for s in analysis.shots][:2] == [0, 50]
    assert len(analysis.shots) == 3
    assert analysis.shots[-1].end_frame == analysis.frame_count == 150
    for one, two in zip(analysis.shots, analysis.shots[1:], strict=False):
        assert one.end_frame == two.start_frame
    for shot_ in analysis.shots:
        assert np.linalg.norm(shot_.look) == pytest.approx(1.0, abs=0.01)
    curves = analysis.curves
    for name in ("motion", "camera", "subject", "direction_rad", "brightness", "contrast", "saturation", "warmth"):
        assert len(getattr(curves, name)) == 6 * CURVE_RATE_HZ, name
    assert len(curves.loudness_lufs) == 6 * CURVE_RATE_HZ
    assert analysis.frame_times_s is None
    assert analysis.bad_frames == 0


def test_twice_the_same(edited: Path) -> None:
    """The same film gives the same analysis, threads or not."""
    media = probe(edited)
    assert analyze(edited, media) == analyze(edited, media)


def test_progress_reaches_the_end(edited: Path) -> None:
    """Progress never goes back and ends at 1."""
    told: list[float] = []
    analyze(edited, probe(edited), told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_motion_in_picture_heights(make_film: MakeFilm, tmp_path: Path) -> None:
    """A pan of 36 pixels a second over a picture 144 high is 0.25 heights a second of camera motion to the left."""
    rng = np.random.default_rng(5)
    wide = np.clip(110 + 40 * np.concatenate([shot(rng, 1, level=0, contrast=1)[0] for _ in range(2)], axis=1), 0, 255)
    frames = b"".join(np.roll(wide, -round(i * 1.5), axis=1)[:, :256].astype(np.uint8).tobytes() for i in range(72))
    path = tmp_path / "pan.mkv"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", "256x144", "-r", "24", "-i", "-",
         "-c:v", "ffv1", str(path)],
        input=frames, check=True, timeout=60,
    )  # fmt: skip
    curves = analyze(path, probe(path)).curves
    middle = slice(5, 25)
    assert np.median(curves.motion[middle]) == pytest.approx(0.25, rel=0.2)
    assert np.median(curves.camera[middle]) == pytest.approx(0.25, rel=0.2)
    assert np.median(curves.subject[middle]) < 0.08
    assert abs(abs(float(np.median(curves.direction_rad[middle]))) - np.pi) < 0.3
    assert not curves.loudness_lufs


def test_colour_curves(make_film: MakeFilm) -> None:
    """Red is warm, blue is cold, grey is neither; brightness follows."""
    warmth = {}
    for colour in ("red", "blue", "gray"):
        path = make_film(
            f"{colour}.mp4", picture="color", sound=False, seconds=1.5, extra=("-vf", f"drawbox=c={colour}:t=fill")
        )
        curves = analyze(path, probe(path)).curves
        warmth[colour] = curves.warmth[5]
        assert curves.saturation[5] == pytest.approx(0.0 if colour == "gray" else 1.0, abs=0.1)
    assert warmth["red"] > 0.5
    assert warmth["blue"] < -0.5
    assert warmth["gray"] == pytest.approx(0.0, abs=0.05)


def test_varying_rate_keeps_every_frame_time(make_film: MakeFilm) -> None:
    """Where frames are unequally long, each one's own time is kept."""
    steady = make_film("steady.mkv", seconds=3, rate="30", sound=False)
    uneven = steady.with_name("uneven.mkv")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", str(steady), "-vf", "select='not(between(n,20,40))'", "-vsync", "vfr",
         str(uneven)],
        check=True, timeout=60,
    )  # fmt: skip
    analysis = analyze(uneven, probe(uneven))
    assert analysis.frame_times_s is not None
    assert len(analysis.frame_times_s) == analysis.frame_count == 69
    assert analysis.frame_times_s[20] - analysis.frame_times_s[19] == pytest.approx(22 / 30, abs=0.005)


@pytest.mark.parametrize(("rate", "seconds"), [("1", 12), ("120", 1.5)])
def test_odd_rates(make_film: MakeFilm, rate: str, seconds: float) -> None:
    """One frame a second and a hundred and twenty both give full curves and no invented cut."""
    path = make_film(rate=rate, seconds=seconds, sound=False)
    analysis = analyze(path, probe(path))
    assert len(analysis.curves.motion) == round(seconds * CURVE_RATE_HZ)
    assert not analysis.cuts


def test_the_drawing(edited: Path, tmp_path: Path) -> None:
    """The timeline picture is written whole; a file in place of a folder is one clear error that leaves nothing."""
    media = probe(edited)
    analysis = analyze(edited, media)
    out = tmp_path / "timeline.png"
    draw(edited, media, analysis, out)
    assert out.read_bytes().startswith(b"\x89PNG")
    assert out.stat().st_size > 20_000
    with pytest.raises(StorageError):
        draw(edited, media, analysis, out / "timeline.png")
    assert [p.name for p in tmp_path.iterdir()] == ["timeline.png"]


def test_who_is_stopped_does_not_hear_the_film_to_its_end(edited: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the picture is watched ends the listening beside it at its next block."""
    heard: list[str] = []

    def listen(_film: Path, _media: Media, on_progress: Progress, *, draft: bool) -> None:
        try:
            for _ in range(1000):
                time.sleep(0.01)
                on_progress(0.5)
        except CancelledError:
            heard.append("stopped")
            raise

    def watch(*_about: object) -> None:
        raise KeyboardInterrupt

    module = import_module("autoscore.stages.analyze.analyze")
    monkeypatch.setattr(module, "listen", listen)
    monkeypatch.setattr(module, "watch", watch)
    with pytest.raises(KeyboardInterrupt):
        analyze(edited, probe(edited))
    assert heard == ["stopped"]
