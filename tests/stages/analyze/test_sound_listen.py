"""What is heard, on known sound and on real films."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from autoscore.adapters.sound import write_file
from autoscore.model.media import AudioStream, FilmDigest, Media, VideoStream
from autoscore.model.time import Span
from autoscore.stages.analyze.sound import Heard, listen
from autoscore.stages.analyze.sound_spans import hysteresis, join, speech_spans
from autoscore.stages.probe import probe

RATE = 48_000
SHARED = Path(__file__).resolve().parents[3] / ".." / "shared"
needs_films = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder with real films is not here")


def film_of(path: Path, seconds: float, sound: bool = True) -> Media:
    track = AudioStream(
        index=0, codec="pcm", rate_hz=RATE, channels=2, layout="stereo", start_s=0.0, duration_s=seconds
    )
    picture = VideoStream(
        index=1, codec="none", width=16, height=16, rate=Fraction(25), start_s=0.0, duration_s=seconds
    )
    digest = FilmDigest(size_bytes=0, mtime_ns=0, head_tail_sha256="")
    return Media(
        name=path.name,
        digest=digest,
        container="wav",
        duration_s=seconds,
        video=picture,
        audio=(track,) if sound else (),
    )


def heard(tmp_path: Path, sound: np.ndarray) -> Heard:
    path = tmp_path / "a.wav"
    write_file(path, [np.stack([sound, sound], axis=1).astype(np.float32)])
    return listen(path, film_of(path, len(sound) / RATE))


def test_loud_hits_are_found_on_time(tmp_path: Path) -> None:
    """Bangs over a quiet bed are found to 10 ms, with their frames, and nothing else is."""
    rng = np.random.default_rng(5)
    sound = rng.normal(0, 0.003, 20 * RATE)
    times = (3.013, 7.421, 7.9, 15.2)
    for time_s in times:
        at = round(time_s * RATE)
        sound[at : at + RATE // 3] += rng.normal(0, 0.2, RATE // 3) * np.exp(-np.arange(RATE // 3) / 3000)
    hits = heard(tmp_path, sound).hits
    assert [h.time_s for h in hits] == pytest.approx(times, abs=0.01)
    assert [h.frame for h in hits] == [int(t * 25) for t in times]


def test_noise_is_neither_speech_nor_music(tmp_path: Path) -> None:
    """Steady noise has loudness, but no speech, no music and no hits."""
    found = heard(tmp_path, np.random.default_rng(6).normal(0, 0.05, 12 * RATE))
    assert (found.speech, found.music, found.hits, found.silence) == ((), (), (), ())
    assert len(found.loudness_curve) == 120
    assert found.loudness_lufs == pytest.approx(np.mean(found.loudness_curve), abs=0.5)


def test_chords_are_music_and_the_silence_after_them_is_silence(tmp_path: Path) -> None:
    """Held chords are music over most of their length; digital silence is silence."""
    t = np.arange(2 * RATE) / RATE
    parts = [
        sum(np.sin(2 * np.pi * f * 2 ** (n / 12) * t) for n in (0, 4, 7, 12)) * 0.05 for f in (220, 261, 196, 247) * 3
    ]
    sound = np.concatenate([*parts, np.zeros(4 * RATE)])
    found = heard(tmp_path, sound)
    assert sum(s.duration_s for s in found.music) > 18.0
    assert not found.speech
    assert [(s.start_s, s.end_s) for s in found.silence] == [pytest.approx((24.0, 28.0), abs=0.21)]


def test_no_sound_and_silent_sound(tmp_path: Path) -> None:
    """A film without a track hears nothing; a silent track says so and has no loudness."""
    assert listen(tmp_path / "none.mp4", film_of(tmp_path / "none.mp4", 5.0, sound=False)) == Heard()
    found = heard(tmp_path, np.zeros(3 * RATE))
    assert found.loudness_lufs is None
    assert found.warnings == ("The sound track is silent.",)
    assert found.silence == (Span(start_s=0.0, end_s=3.0),)


def test_a_tone_must_be_surer_to_be_speech() -> None:
    """The same probability is speech where pitch glides and none where it stands still."""
    probability = np.zeros(300, np.float32)
    probability[100:180] = 0.72
    energy = np.full(2000, 1e-3)
    for steady, count in ((0.2, 1), (0.6, 0)):
        assert len(speech_spans(probability, np.full(150, steady), (), energy, 9.6)) == count


def test_ranges_are_joined_and_thinned() -> None:
    """Hysteresis keeps what reaches the upper limit; near ranges join; short ones go."""
    curve = np.array([0, 0.4, 0.6, 0.4, 0, 0.4, 0.4, 0, 0.9])
    assert hysteresis(curve, 0.5, 0.3) == [(1, 4), (8, 9)]
    assert join([(0, 1), (1.1, 2), (5, 5.1)], 0.2, 0.5) == [(0, 2)]


@needs_films
@pytest.mark.slow
def test_read_words_are_found() -> None:
    """Frame F1 of speech against word times is above .95 on a reader's voice, and there is no music."""
    film = SHARED / "clips" / "static_cover_speech_88s.mp4"
    found = listen(film, probe(film))
    truth, mine = np.zeros(9000, bool), np.zeros(9000, bool)
    for line in json.loads((SHARED / "truth" / "static_cover_speech_88s.words.json").read_text()):
        for word in line["words"]:
            truth[int(word["start"] * 100) : int(word["end"] * 100)] = True
    for span in found.speech:
        mine[int(span.start_s * 100) : int(span.end_s * 100)] = True
    assert 2 * (truth & mine).sum() / (truth.sum() + mine.sum()) > 0.95
    assert not found.music


@needs_films
@pytest.mark.parametrize(
    ("name", "speech", "music"),
    [("talking_head_jwp_6s.mp4", (0.4, 1.0), (0.0, 0.0)), ("bike_ride_pov_30s.webm", (0.0, 0.0), (0.0, 0.0))],
)
def test_short_films(name: str, speech: tuple[float, float], music: tuple[float, float]) -> None:
    """A quiet voice is heard; wind at a microphone is neither voice nor music."""
    film = SHARED / "clips" / name
    media = probe(film)
    found = listen(film, media)
    for spans, (least, most) in ((found.speech, speech), (found.music, music)):
        assert least <= sum(s.duration_s for s in spans) / media.duration_s <= most


@needs_films
@pytest.mark.slow
def test_lines_over_a_score_are_heard() -> None:
    """A trailer's lines are found inside its score, which is not taken for speech."""
    film = SHARED / "clips" / "sintel_trailer_720p.mp4"
    media = probe(film)
    found = listen(film, media)
    lines = [Span(start_s=a, end_s=b) for a, b in ((12.3, 14.4), (18.8, 19.9), (42.3, 43.7))]
    assert all(sum(s.overlap_s(line) for s in found.speech) > 0.8 * line.duration_s for line in lines)
    assert sum(s.duration_s for s in found.speech) < 8.0
    assert sum(s.duration_s for s in found.music) > 0.7 * media.duration_s


def test_who_stops_listening_leaves_no_program_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A film that is no longer wanted is no longer decoded, though somebody still holds what ended it."""
    from autoscore.adapters import process, sound

    monkeypatch.setattr(sound, "_LONG_S", 0.0)
    film = tmp_path / "a.wav"
    write_file(film, [np.zeros((30 * RATE, 2), np.float32)])

    def no_more(_share: float) -> None:
        assert process._running
        raise InterruptedError

    with pytest.raises(InterruptedError) as held:
        listen(film, film_of(film, 30.0), no_more)
    assert held.value is not None
    assert not process._running
