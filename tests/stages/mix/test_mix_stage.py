from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from autoscore.adapters.loudness import Meter
from autoscore.adapters.soundfiles import read_file, write_file
from autoscore.errors import AutoscoreError
from autoscore.model.analysis import Analysis, SpeechSpan
from autoscore.model.audio import Mix, Stem, Stems
from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, CuePlan, ThemeUse
from autoscore.model.media import AudioStream, FilmDigest, Media, VideoStream
from autoscore.stages.mix import mix

RATE_HZ = 48_000
FILM_S = 20.0
SPEECH = SpeechSpan(start_s=6.0, end_s=12.0)


def tone(seconds: float, seed: int, level: float, beat_hz: float = 2.0) -> np.ndarray:
    """Noise with a pulse: loud and soft moments like music or words."""
    random = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pulse = 0.35 + 0.65 * np.maximum(0.0, np.sin(2 * np.pi * beat_hz * time_s)) ** 2
    sound = random.standard_normal((len(time_s), 2)) * pulse[:, None] * level
    return np.clip(sound, -1, 1).astype(np.float32)


class Film:
    """A film's sound as a WAV, one cue with two stems, and what belongs to them."""

    def __init__(self, folder: Path, *, sound: bool = True, start_s: float = 0.0, music_level: float = 0.05) -> None:
        self.folder = folder
        self.path = folder / "film.wav"
        own = tone(FILM_S - start_s, 1, 0.003)
        first, last = round((6.0 - start_s) * RATE_HZ), round((12.0 - start_s) * RATE_HZ)
        own[first:last] = tone(6.0, 2, 0.15, 3.0)
        write_file(self.path, [own], subtype="PCM_16")
        stream = AudioStream(
            index=0, codec="pcm_s16le", rate_hz=RATE_HZ, channels=2, layout="stereo", start_s=start_s,
            duration_s=FILM_S - start_s,
        )  # fmt: skip
        video = VideoStream(
            index=1, codec="h264", width=64, height=36, rate=Fraction(25), start_s=-start_s, duration_s=FILM_S
        )
        self.media = Media(
            name="film.wav", digest=FilmDigest(size_bytes=1, mtime_ns=1, head_tail_sha256="0"), container="wav",
            duration_s=FILM_S, video=video, audio=(stream,) if sound else (),
        )  # fmt: skip
        self.analysis = Analysis(duration_s=FILM_S, frame_count=500, speech=(SPEECH,) if sound else ())
        rows = (("strings", -0.25, 3), ("percussion", 2.0, 4))
        stems = []
        for group, at_s, seed in rows:
            seconds = FILM_S - at_s - 1.0
            frames = write_file(folder / f"1M1_{group}.flac", [tone(seconds, seed, music_level)])
            stems.append(
                Stem(cue_id="1M1", group=group, path=f"1M1_{group}.flac", start_s=at_s, frames=frames, peak_dbfs=-3.0,
                     sha256="")
            )  # fmt: skip
        self.stems = Stems(stems=tuple(stems))
        cue = Cue(
            start_s=0.0, end_s=FILM_S - 1.0, id="1M1", title="", in_type="hard", out_type="ring", mood="tense",
            valence=0.0, arousal=0.5, key="D minor", tempo_bpm=90.0, metre="4/4", palette="", theme=ThemeUse(),
            dynamics=(),
        )  # fmt: skip
        self.plan = CuePlan(
            film="film.wav", rate=Fraction(25), duration_s=FILM_S, seed=1, home_mood="tense", home_key="D minor",
            palette="", cues=(cue,),
        )  # fmt: skip

    def mixed(self, out: Path, **wishes: object) -> Mix:
        brief = Brief(**wishes)  # type: ignore[arg-type]
        return mix(self.path, self.media, self.analysis, self.plan, self.stems, self.folder, brief, out)


def sound(path: Path) -> np.ndarray:
    return np.concatenate([block.samples for block in read_file(path)])


def measured(path: Path) -> Meter:
    meter = Meter(RATE_HZ)
    meter.push(sound(path))
    return meter


@pytest.mark.parametrize(
    ("target", "lufs", "peak"), [("youtube", -14, -1), ("broadcast", -23, -1), ("cinema", -27, -3)]
)
def test_the_file_has_the_target_s_loudness(tmp_path: Path, target: str, lufs: float, peak: float) -> None:
    """The written file measures within 0.5 LU of what the mix says it aimed at, its true peak under the limit."""
    result = Film(tmp_path).mixed(tmp_path / "out", target=target)
    meter = measured(tmp_path / "out" / result.path)
    assert result.wanted_lufs == lufs
    assert abs(meter.integrated_lufs - result.target_lufs) < 0.5
    assert meter.true_peak_dbtp < peak
    assert result.target_lufs == lufs or result.warnings


def test_speech_lies_over_music(tmp_path: Path) -> None:
    """Loud music under speech goes down until 95 % of speech windows have 10 LU, and comes back after it."""
    result = Film(tmp_path, music_level=0.2).mixed(tmp_path / "out")
    assert result.speech_margin is not None
    assert result.speech_margin.p5_lu >= 10.0
    assert min(point.gain_db for point in result.ducking) < -3.0
    music = sound(tmp_path / "out" / result.music_path)
    own = sound(tmp_path / "out" / result.path) - music
    steps = [(round(at * RATE_HZ), round((at + 0.4) * RATE_HZ)) for at in np.arange(6.0, 11.6, 0.1)]
    ratios = [10 * np.log10((own[a:b] ** 2).mean() / (music[a:b] ** 2).mean()) for a, b in steps]
    assert np.percentile(ratios, 5) > 8.0  # not K-weighted here
    late, under = music[15 * RATE_HZ : 16 * RATE_HZ], music[8 * RATE_HZ : 9 * RATE_HZ]
    assert (late**2).mean() > 2 * (under**2).mean()


def test_the_difference_of_both_files_is_the_film_s_own_sound(tmp_path: Path) -> None:
    """mix - music is the own sound at one gain: what a listener hears of the film is not processed otherwise."""
    film = Film(tmp_path, music_level=0.01)
    result = film.mixed(tmp_path / "out", target="cinema")
    own = sound(tmp_path / "out" / result.path) - sound(tmp_path / "out" / result.music_path)
    source = sound(film.path)[: len(own)] * 10 ** (result.original_gain_db / 20)
    assert np.abs(own[480:-960] - source[480:-960]).max() < 2e-3


def test_sound_that_starts_before_the_picture_is_kept(tmp_path: Path) -> None:
    """A track from -0.5 s makes the mix start there, with the film's sound in its first half second."""
    result = Film(tmp_path, start_s=-0.5).mixed(tmp_path / "out")
    assert result.start_s == -0.5
    assert result.frames == round((FILM_S + 0.5) * RATE_HZ)
    assert np.abs(sound(tmp_path / "out" / result.music_path)[: RATE_HZ // 2]).max() == 0.0
    assert np.abs(sound(tmp_path / "out" / result.path)[: RATE_HZ // 2]).max() > 0.0


def test_without_original_the_mix_is_the_music(tmp_path: Path) -> None:
    """--no-original and a silent film both give the music alone, at the target, undisturbed by speech."""
    film = Film(tmp_path)
    result = film.mixed(tmp_path / "a", original=False)
    assert np.array_equal(sound(tmp_path / "a" / result.path), sound(tmp_path / "a" / result.music_path))
    assert result.speech_margin is None
    silent = Film(tmp_path, sound=False).mixed(tmp_path / "b")
    assert abs(silent.loudness_lufs - silent.target_lufs) < 0.5


def test_the_end_is_silent_and_the_film_not_longer(tmp_path: Path) -> None:
    """The music's last 10 ms are under -60 dBFS and the mix has exactly the film's length."""
    result = Film(tmp_path).mixed(tmp_path / "out")
    assert result.frames == round(FILM_S * RATE_HZ)
    assert np.abs(sound(tmp_path / "out" / result.music_path)[-480:]).max() < 10 ** (-60 / 20)
    assert np.abs(sound(tmp_path / "out" / result.path)[-1]).max() == 0.0


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Mixed twice, both files are identical, and nothing else is left in the folder."""
    film = Film(tmp_path)
    film.mixed(tmp_path / "a")
    film.mixed(tmp_path / "b")
    for name in ("08-mix.flac", "08-music.flac"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert len(list((tmp_path / "a").iterdir())) == 2


def test_a_film_without_cues_keeps_its_sound(tmp_path: Path) -> None:
    """No music at all: the film's own sound, brought to the target, and no error."""
    film = Film(tmp_path)
    film.stems = Stems(stems=())
    result = film.mixed(tmp_path / "out")
    assert abs(result.loudness_lufs - result.target_lufs) < 0.5


def test_silence_everywhere_is_no_error(tmp_path: Path) -> None:
    """No own sound and no cue: a silent mix of the film's length."""
    film = Film(tmp_path, sound=False)
    film.stems = Stems(stems=())
    result = film.mixed(tmp_path / "out")
    assert result.loudness_lufs <= -70.0
    assert np.abs(sound(tmp_path / "out" / result.path)).max() == 0.0


def test_a_missing_stem_leaves_nothing_behind(tmp_path: Path) -> None:
    """A stem that is gone is named, and no half-made file stays."""
    film = Film(tmp_path)
    (tmp_path / "1M1_strings.flac").unlink()
    with pytest.raises(AutoscoreError, match="1M1_strings"):
        film.mixed(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_draft_has_the_same_loudness_and_less_work(tmp_path: Path) -> None:
    """A first look is as loud as the finished mix, speech lies over music in it, and its files are smaller."""
    film = Film(tmp_path)
    final, draft = film.mixed(tmp_path / "a"), film.mixed(tmp_path / "b", quality="draft")
    assert abs(draft.loudness_lufs - final.loudness_lufs) < 0.3
    assert draft.speech_margin is not None and draft.speech_margin.p5_lu >= 10.0
    assert (tmp_path / "b" / draft.path).stat().st_size < 0.8 * (tmp_path / "a" / final.path).stat().st_size
