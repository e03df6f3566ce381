from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from autoscore import tables
from autoscore.adapters.loudness import energy, lufs, windows
from autoscore.model.analysis import Analysis, Cut, Gradual
from autoscore.model.audio import RATE_HZ
from autoscore.model.cues import Cue, CueHit, CuePlan, DynamicPoint, ThemeUse
from autoscore.model.score import GROUPS
from autoscore.stages.mix.bus import REACH
from autoscore.stages.mix.desk import Desk, Strip, seat_of
from autoscore.stages.mix.filters import chain, shelf
from autoscore.stages.mix.music import music_end_s
from autoscore.stages.mix.ride import ride_db
from autoscore.stages.mix.walls import early_taps
from autoscore.tables import MoodMix

HALL = MoodMix(rt60_s=1.0)
BLOCK = 24_000


def click(frames: int = BLOCK) -> np.ndarray:
    out = np.zeros((frames, 2), dtype=np.float32)
    out[0] = 0.5
    return out


def played(desk: Desk, groups: dict[str, np.ndarray | None], level: np.ndarray) -> np.ndarray:
    """One block through the desk, as left and right."""
    with ThreadPoolExecutor(2) as pool:
        readers = {group: lambda _frames, sound=sound: sound for group, sound in groups.items()}
        middle, side = desk.push(desk.begin(pool, readers, level), level)
    return np.stack([middle + side, middle - side], axis=1)


def heard(group: str, mix: MoodMix = HALL, intensity: float = 0.9, side: float = 0.5) -> np.ndarray:
    """Two seconds of a click (left 0.5, right ``side``) played by one group."""
    desk = Desk([group], mix, BLOCK)
    sound = click()
    sound[0, 1] = side
    level = np.full(BLOCK, intensity, dtype=np.float32)
    return np.concatenate([played(desk, {group: piece}, level) for piece in (sound, None, None, None)])


def gain_db(sections: np.ndarray, hz: float) -> float:
    delay = np.exp(-2j * np.pi * hz / RATE_HZ)
    total = 1.0 + 0j
    for row in sections:
        total *= (row[0] + row[1] * delay + row[2] * delay**2) / (row[3] + row[4] * delay + row[5] * delay**2)
    return float(20 * np.log10(abs(total)))


@pytest.mark.parametrize("high", [False, True])
def test_a_shelf_lifts_its_side_and_leaves_the_other(high: bool) -> None:
    """Far beyond the corner the shelf has its gain, far on the other side none, at the corner half."""
    sections = shelf(1000.0, 6.0, high=high)
    assert gain_db(sections, 15_000.0 if high else 30.0) == pytest.approx(6.0, abs=0.2)
    assert gain_db(sections, 30.0 if high else 15_000.0) == pytest.approx(0.0, abs=0.2)
    assert gain_db(sections, 1000.0) == pytest.approx(3.0, abs=0.1)


def test_an_unknown_filter_is_said() -> None:
    """A misspelt kind in the table is an error that names it."""
    with pytest.raises(ValueError, match="bel"):
        chain([{"kind": "bel", "hz": 100.0}])


def test_every_group_has_its_seat() -> None:
    """Each group of the score has a strip, in a row that exists, with filters that can be made."""
    desk = tables.read("desk.toml")
    assert set(desk["groups"]) == set(GROUPS)
    for row in desk["groups"].values():
        assert row["row"] in desk["rows"]
        assert np.isfinite(chain(row["filters"])).all()


def test_far_players_have_more_walls_and_less_top() -> None:
    """The far row has louder early reflections than the front one, against the same direct sound, and duller sound."""
    front, far = heard("strings"), heard("choir")
    early = slice(round(0.003 * RATE_HZ), round(0.08 * RATE_HZ))

    def share(sound: np.ndarray) -> float:
        return float((sound[early] ** 2).sum() / (sound[: early.start] ** 2).sum())

    assert share(far) > 2.0 * share(front)
    assert tables.read("desk.toml")["rows"]["far"]["air_db"] < tables.read("desk.toml")["rows"]["front"]["air_db"]


def test_a_dry_mood_brings_players_near() -> None:
    """Depth 0 takes the walls of the far row away."""
    early = slice(round(0.003 * RATE_HZ), round(0.08 * RATE_HZ))
    near = heard("choir", replace(HALL, depth=0.0, wet_db=-40.0))[early]
    far = heard("choir", replace(HALL, wet_db=-40.0))[early]
    assert (near**2).sum() < 0.2 * (far**2).sum()


def test_early_reflections_are_fixed_and_of_unit_energy() -> None:
    """The same row has the same reflections every time; all together they have the energy of the direct sound."""
    early_taps.cache_clear()
    first = early_taps("back")
    early_taps.cache_clear()
    assert first == early_taps("back")
    assert sum(left**2 + right**2 for _, left, right, _ in first) == pytest.approx(2.0)
    assert first != early_taps("far")


def test_blocks_do_not_matter() -> None:
    """What the desk gives does not depend on how the stream is cut."""
    random = np.random.default_rng(1)
    sound = random.standard_normal((BLOCK * 2, 2)).astype(np.float32) * 0.1
    level = np.linspace(0.2, 0.9, BLOCK * 2, dtype=np.float32)
    whole = played(Desk(["brass"], HALL, BLOCK * 2), {"brass": sound}, level)
    desk = Desk(["brass"], HALL, BLOCK)
    parts = [played(desk, {"brass": sound[at : at + BLOCK]}, level[at : at + BLOCK]) for at in (0, BLOCK)]
    assert np.abs(np.concatenate(parts) - whole).max() < 1e-4


def test_filters_and_walls_have_died_away_between_frames() -> None:
    """What the transforms cut off of any seat's or group's answer lies 100 dB under the answer."""
    for group, row in tables.read("desk.toml")["groups"].items():
        for answer in np.fft.irfft(Strip(group, HALL)._response[:, 0] * seat_of(row["row"], HALL).mixed[[0, 3]]):
            assert (answer[REACH:] ** 2).sum() < 1e-10 * (answer**2).sum()


def test_a_hit_in_a_quiet_place_is_a_quiet_hit() -> None:
    """Hits lose level where little intensity is planned, strings do not (both lose highs)."""

    def lows(group: str, intensity: float) -> float:
        spectrum = np.fft.rfft(heard(group, intensity=intensity)[:, 0])
        return float((np.abs(spectrum[: 2 * 400]) ** 2).sum())

    assert lows("hits", 0.2) < 0.4 * lows("hits", 0.9)
    assert lows("strings", 0.2) == pytest.approx(lows("strings", 0.9), rel=0.05)


def test_louder_is_brighter() -> None:
    """What is planned loud has more above the tilt's corner than what is planned soft; in the middle all is even."""

    def highs(intensity: float) -> float:
        spectrum = np.fft.rfft(heard("strings", intensity=intensity)[:, 0])
        return float((np.abs(spectrum[2 * 8000 : 2 * 16000]) ** 2).sum())

    tilt = tables.read("desk.toml")["tilt"]
    assert 10 * np.log10(highs(1.0) / highs(0.5)) == pytest.approx(tilt["loud_db"], abs=0.7)
    assert 10 * np.log10(highs(0.0) / highs(0.5)) == pytest.approx(tilt["soft_db"], abs=0.7)


def plan(*points: tuple[float, float], end_s: float = 60.0, hits: tuple[CueHit, ...] = ()) -> CuePlan:
    cue = Cue(
        start_s=0.0, end_s=end_s, id="1M1", title="", in_type="hard", out_type="ring", mood="tense", valence=0.0,
        arousal=0.5, key="D minor", tempo_bpm=90.0, metre="4/4", palette="", theme=ThemeUse(),
        dynamics=tuple(DynamicPoint(time_s=t, intensity=i) for t, i in points), hits=hits,
    )  # fmt: skip
    return CuePlan(film="f", rate=Fraction(25), duration_s=end_s, seed=1, home_mood="tense", home_key="D minor",
                   palette="", cues=(cue,))  # fmt: skip


def test_the_fader_brings_out_a_plan_that_the_score_hardly_shows() -> None:
    """Music of one level under a plan with a peak gets its loudest moment there, by no more than the table allows."""
    music = np.full(600, float(energy(-24.0)))
    curve = ride_db(music, plan((0.0, 0.2), (30.0, 0.9), (60.0, 0.2)), 0.0)
    ridden = lufs(windows(music * 10.0 ** (curve / 10.0), 30))
    assert abs(int(np.argmax(ridden)) + 15 - 300) < 30
    table = tables.read("loudness.toml")["ride"]
    assert np.abs(curve).max() <= 2.0 * table["most_db"] and np.ptp(curve) > 2.0
    assert np.abs(np.diff(curve)).max() < 0.5


def test_the_fader_rests_where_there_is_nothing_to_follow() -> None:
    """Silence, and music of a few seconds, are left alone."""
    assert not ride_db(np.zeros(600), plan((0.0, 0.2), (60.0, 0.9)), 0.0).any()
    assert not ride_db(np.full(50, float(energy(-24.0))), plan((0.0, 0.2), (5.0, 0.9), end_s=5.0), 0.0).any()


def black(end_s: float, *, cut_s: float | None = None) -> Analysis:
    fade = Gradual(kind="fade_out", start_frame=0, end_frame=1, start_s=end_s - 1.0, end_s=end_s)
    cuts = () if cut_s is None else (Cut(frame=0, time_s=cut_s),)
    return Analysis(duration_s=60.0, frame_count=1500, gradual=(fade,), cuts=cuts)


def test_music_ends_with_a_picture_that_fades_to_black() -> None:
    """It is over 0.2 to 0.5 s after black; not where a picture or a hit follows, or the black is long."""
    nothing = plan((0.0, 0.5))
    assert 0.2 <= music_end_s(black(57.0), nothing, 60.0) - 57.0 <= 0.5
    assert music_end_s(black(57.0, cut_s=58.0), nothing, 60.0) == 60.0
    assert music_end_s(black(40.0), nothing, 60.0) == 60.0
    hit = CueHit(id="h", frame=1450, time_s=58.0, klass="hard", weight=1.0)
    assert music_end_s(black(57.0), plan((0.0, 0.5), hits=(hit,)), 60.0) == 60.0
