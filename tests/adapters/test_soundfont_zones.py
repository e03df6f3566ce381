from __future__ import annotations

from math import inf
from pathlib import Path

import numpy as np
import pytest

from autoscore.adapters.soundfont_levels import LOUDNESS_POINTS, loudness_db, missed_db
from autoscore.adapters.soundfont_part import Index, OddFontError
from autoscore.adapters.soundfont_zones import Zone, Zones

RATE_HZ = 44_100
LENGTH = 20 * LOUDNESS_POINTS
_END = (0, 0)


def index_of(
    path: Path, points: np.ndarray, zones: list[list[tuple[int, int]]], preset: list[tuple[int, int]] | None = None
) -> Index:
    """A preset 0:0 with one instrument of ``zones`` (generators of each), all of one sample of ``points``."""

    def table(dtype: object, rows: list[tuple[object, ...]]) -> np.ndarray:
        return np.array(rows, dtype=np.dtype(dtype))  # type: ignore[call-overload, no-any-return]

    zone, generator = [("gen", "<u2"), ("mod", "<u2")], [("kind", "<u2"), ("amount", "<u2")]
    head = [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "V12")]
    sample = [("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"),
              ("rate_hz", "<u4"), ("pitch", "u1"), ("correction", "i1"), ("link", "<u2"), ("type", "<u2")]  # fmt: skip
    outer = [*(preset or []), (41, 0)]
    starts = np.cumsum([0, *(len(gens) for gens in zones)])
    path.write_bytes(points.astype("<i2").tobytes())
    return Index(
        path=path,
        tables={
            b"phdr": table(head, [(b"one", 0, 0, 0, b""), (b"EOP", 0, 0, 1, b"")]),
            b"pbag": table(zone, [(0, 0), (len(outer), 0)]),
            b"pmod": np.zeros(1, "V10"),
            b"pgen": table(generator, [*outer, _END]),
            b"inst": table([("name", "S20"), ("bag", "<u2")], [(b"one", 0), (b"EOI", len(zones))]),
            b"ibag": table(zone, [(int(at), 0) for at in starts]),
            b"imod": np.zeros(1, "V10"),
            b"igen": table(generator, [*(gen for gens in zones for gen in gens), _END]),
            b"shdr": table(
                sample,
                [
                    (b"sound", 0, len(points), len(points) // 2, len(points), RATE_HZ, 60, 0, 0, 1),
                    (b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0),
                ],
            ),
        },
        samples=(0, 2 * len(points)),
    )


def tone(hz: float, length: int = LENGTH) -> np.ndarray:
    return 8_000.0 * np.sin(2.0 * np.pi * hz / RATE_HZ * np.arange(length))


def test_a_note_has_the_zones_of_its_pitch_and_velocity(tmp_path: Path) -> None:
    """Of three zones those answer whose keys and velocities hold the note, with what the first zone says for all."""
    general = [(38, 1200)]
    low = [(43, 0 | 59 << 8), (53, 0)]
    soft = [(43, 60 | 127 << 8), (44, 0 | 63 << 8), (38, 0), (53, 0)]
    hard = [(43, 60 | 127 << 8), (44, 64 | 127 << 8), (53, 0)]
    zones = Zones(index_of(tmp_path / "font", tone(100.0), [general, low, soft, hard]), (0, 0))
    assert [zone.release_s for zone in zones.of(59, 100)] == [2.0]
    assert [zone.release_s for zone in zones.of(60, 63)] == [1.0]
    assert [zone.release_s for zone in zones.of(60, 64)] == [2.0]
    assert zones.of(72, 90) is zones.of(72, 91)


def test_what_a_preset_says_is_added(tmp_path: Path) -> None:
    """An octave up and a longer release of the preset come on top of the instrument's."""
    index = index_of(tmp_path / "font", tone(100.0), [[(38, 1200), (53, 0)]], [(38, 1200), (51, 12)])
    (zone,) = Zones(index, (0, 0)).of(60, 80)
    assert (zone.release_s, zone.rate_hz, zone.loop) == (4.0, 2.0 * RATE_HZ, None)


def test_where_a_recording_is_read(tmp_path: Path) -> None:
    """Moved points, root key and low-pass are the zone's; what an envelope opens has no corner to rely on."""
    moved = [(0, 100), (12, 65_535), (54, 1), (8, 6900), (58, 48), (53, 0)]
    index = index_of(tmp_path / "font", tone(100.0), [moved, [(8, 6900), (11, 300), (53, 0)]])
    zone, opened = Zones(index, (0, 0)).of(60, 80)
    assert (zone.first, zone.last, zone.loop) == (100, LENGTH - 32_768, (LENGTH // 2, LENGTH))
    assert zone.rate_hz == pytest.approx(2.0 * RATE_HZ)
    assert (zone.corner_hz, opened.corner_hz) == (pytest.approx(440.0, rel=1e-3), inf)


def test_recordings_that_change_when_they_are_let_go_are_not_followed(tmp_path: Path) -> None:
    """A note with a loop that ends with its key has no zones here."""
    assert Zones(index_of(tmp_path / "font", tone(100.0), [[(54, 3), (53, 0)]]), (0, 0)).of(60, 80) == ()


def zone_of(index: Index, loop: tuple[int, int] | None = None, corner_hz: float = inf) -> Zone:
    return Zone(name=b"sound", first=0, last=LENGTH, loop=loop, rate_hz=RATE_HZ, corner_hz=corner_hz, release_s=1.0)


def test_loudness_is_that_of_all_that_is_to_come(tmp_path: Path) -> None:
    """Soft, loud, then silence: as loud as the loud part until that is over, then nothing."""
    sound = tone(1_000.0)
    sound[: 5 * LOUDNESS_POINTS] /= 100.0
    sound[10 * LOUDNESS_POINTS :] = 0.0
    index = index_of(tmp_path / "font", sound, [[(53, 0)]])
    levels = loudness_db(index, zone_of(index))
    assert len(levels) == 21
    assert levels[:10] == pytest.approx(20.0 * np.log10(8_000.0 / np.sqrt(2.0) / 32_768.0), abs=0.1)
    assert (levels[10:] < -85.0).all()


def test_a_loop_is_as_loud_for_ever(tmp_path: Path) -> None:
    """The last value of a recording that loops is the loop's."""
    sound = tone(1_000.0)
    sound[10 * LOUDNESS_POINTS :] /= 10.0
    index = index_of(tmp_path / "font", sound, [[(53, 0)]])
    levels = loudness_db(index, zone_of(index, (12 * LOUDNESS_POINTS, LENGTH)))
    assert len(levels) == 13
    assert levels[0] - levels[-1] == pytest.approx(20.0, abs=0.1)


@pytest.mark.parametrize("hz", [600.0, 1_500.0, 4_000.0])
def test_what_straight_lines_miss(tmp_path: Path, hz: float) -> None:
    """The estimate for a tone is within 1 dB of what lines between its points in fact miss."""
    index = index_of(tmp_path / "font", tone(hz), [[(53, 0)]])
    at = np.random.default_rng(1).uniform(0.0, LENGTH - 1.0, 200_000)
    true = 8_000.0 * np.sin(2.0 * np.pi * hz / RATE_HZ * at)
    read = np.interp(at, np.arange(LENGTH), tone(hz))
    missed = 10.0 * np.log10(((read - true) ** 2).mean() / (true**2).mean())
    assert missed_db(index, zone_of(index)) == pytest.approx(missed, abs=1.0)


def test_a_low_pass_takes_away_what_would_be_missed(tmp_path: Path) -> None:
    """A low tone with some treble is read well enough on lines where a low-pass keeps the treble from being heard."""
    index = index_of(tmp_path / "font", tone(150.0) + tone(9_000.0) / 30.0, [[(53, 0)]])
    assert missed_db(index, zone_of(index)) > -50.0
    assert missed_db(index, zone_of(index, corner_hz=500.0)) < -60.0


def test_a_sample_outside_its_file_is_refused(tmp_path: Path) -> None:
    """A zone that reaches beyond the samples is an odd font, not a crash."""
    index = index_of(tmp_path / "font", tone(150.0, LENGTH - 1), [[(53, 0)]])
    for look in (loudness_db, missed_db):
        with pytest.raises(OddFontError):
            look(index, zone_of(index))


@pytest.mark.parametrize("far", [[(56, 32_000)], [(51, 32_000)]], ids=["scaled", "tuned"])
def test_a_recording_without_a_pitch_is_odd(tmp_path: Path, far: list[tuple[int, int]]) -> None:
    """Tuned hundreds of octaves away, or of no sample rate: told as an odd font, no matter of arithmetic."""
    zones = Zones(index_of(tmp_path / "font", tone(100.0), [[*far, (53, 0)]]), (0, 0))
    with pytest.raises(OddFontError):
        zones.of(90, 80)
    index = index_of(tmp_path / "still", tone(100.0), [[(53, 0)]])
    index.tables[b"shdr"]["rate_hz"] = 0
    with pytest.raises(OddFontError):
        Zones(index, (0, 0)).of(60, 80)


def test_a_sample_or_instrument_that_is_not_there_is_odd(tmp_path: Path) -> None:
    """Numbers from 32,768 on are no places counted from the end."""
    with pytest.raises(OddFontError):
        Zones(index_of(tmp_path / "font", tone(100.0), [[(53, 65_535)]]), (0, 0))
    index = index_of(tmp_path / "other", tone(100.0), [[(53, 0)]])
    index.tables[b"pgen"]["amount"][0] = 60_000
    with pytest.raises(OddFontError):
        Zones(index, (0, 0))
