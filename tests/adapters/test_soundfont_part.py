from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from autoscore.adapters.soundfont import read_presets
from autoscore.adapters.soundfont_part import OddFontError, families, read_index, sample_bytes, write_part

RATE_HZ = 44_100
LENGTH = 4_000


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def tone(hz: float) -> np.ndarray:
    return (8_000 * np.sin(2 * np.pi * hz * np.arange(LENGTH) / RATE_HZ)).astype("<i2")


def vorbis(points: np.ndarray) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, points, RATE_HZ, format="OGG", subtype="VORBIS")
    return out.getvalue()


def font(*, compressed: bool, sample_named: int | None = None) -> bytes:
    """Three presets of one instrument each (bank 0, programs 0..2) over two samples: 0 and 1 play the same one."""
    samples = [tone(220.0), tone(330.0)]
    data, headers = b"", b""
    for at, points in enumerate(samples):
        if compressed:
            piece, first = vorbis(points), len(data)
            row = (first, first + len(piece), 100, 3_000, 0x11)
        else:
            piece, first = points.tobytes() + bytes(92), len(data) // 2
            row = (first, first + LENGTH, first + 100, first + 3_000, 1)
        data += piece
        headers += struct.pack("<20s5IBbHH", b"tone%d" % at, *row[:4], RATE_HZ, 57 + at, 0, 0, row[4])
    headers += struct.pack("<20s5IBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    plays = (0, 0, 1) if sample_named is None else (0, 0, sample_named)
    phdr = b"".join(struct.pack("<20sHHHIII", b"p%d" % n, n, 0, n, 0, 0, 0) for n in range(3))
    inst = b"".join(struct.pack("<20sH", b"i%d" % n, n) for n in range(3))
    bags = b"".join(struct.pack("<HH", n, 0) for n in range(4))
    tables = {
        b"phdr": phdr + struct.pack("<20sHHHIII", b"EOP", 0, 0, 3, 0, 0, 0),
        b"pbag": bags,
        b"pmod": bytes(10),
        b"pgen": b"".join(struct.pack("<HH", 41, n) for n in range(3)) + bytes(4),
        b"inst": inst + struct.pack("<20sH", b"EOI", 3),
        b"ibag": bags,
        b"imod": bytes(10),
        b"igen": b"".join(struct.pack("<HH", 53, n) for n in plays) + bytes(4),
        b"shdr": headers,
    }
    pdta = b"".join(chunk(name, table) for name, table in tables.items())
    info = chunk(b"LIST", b"INFO" + chunk(b"ifil", struct.pack("<HH", 2, 1)))
    body = info + chunk(b"LIST", b"sdta" + chunk(b"smpl", data)) + chunk(b"LIST", b"pdta" + pdta)
    return chunk(b"RIFF", b"sfbk" + body)


@pytest.fixture(params=[False, True], ids=["sf2", "sf3"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    made = tmp_path / "font.sf"
    made.write_bytes(font(compressed=request.param))
    return made


def points_of(path: Path, sample: int) -> tuple[np.ndarray, tuple[int, int]]:
    """A plain font's sample, and its loop counted from its beginning."""
    index = read_index(path)
    row = index.tables[b"shdr"][sample]
    data = path.read_bytes()[index.samples[0] :]
    start, end = int(row["start"]), int(row["end"])
    loop = int(row["loop_start"]) - start, int(row["loop_end"]) - start
    return np.frombuffer(data[2 * start : 2 * end], dtype="<i2"), loop


def test_presets_of_one_sample_are_a_family(path: Path) -> None:
    """Presets that share a sample come together, others apart, and those that are absent not at all."""
    assert families(read_index(path), [(0, 0), (0, 1), (0, 2), (5, 5)]) == (((0, 0), (0, 1)), ((0, 2),))


def test_a_part_holds_its_presets_and_their_samples_alone(path: Path, tmp_path: Path) -> None:
    """The third preset as a font of its own: one preset, one plain sample, sounding and looping as it did."""
    part = tmp_path / "part.sf2"
    write_part(read_index(path), [(0, 2)], part)
    assert [(p.bank, p.program, p.name) for p in read_presets(part)] == [(0, 2, "p2")]
    index = read_index(part)
    assert not index.compressed
    assert len(index.tables[b"shdr"]) == 2
    points, loop = points_of(part, 0)
    assert loop == (100, 3_000)
    assert len(points) == LENGTH
    assert np.abs(points.astype(float) - tone(330.0)).max() < 800
    assert list(sample_bytes(index, (0, 2)).values()) == [2 * LENGTH]


def test_the_same_part_has_the_same_bytes(path: Path, tmp_path: Path) -> None:
    """Written twice, in any order of names, a part is the same file."""
    index = read_index(path)
    write_part(index, [(0, 0), (0, 2)], tmp_path / "a.sf2")
    write_part(index, [(0, 2), (0, 0)], tmp_path / "b.sf2")
    assert (tmp_path / "a.sf2").read_bytes() == (tmp_path / "b.sf2").read_bytes()


def test_a_table_that_points_outside_is_refused(tmp_path: Path) -> None:
    """A font that names a sample it does not have is no traceback, and leaves no file."""
    odd = tmp_path / "odd.sf2"
    odd.write_bytes(font(compressed=False, sample_named=77))
    with pytest.raises(OddFontError, match=r"odd\.sf2"):
        write_part(read_index(odd), [(0, 2)], tmp_path / "part.sf2")
    assert not (tmp_path / "part.sf2").exists()


def test_a_sample_that_is_no_vorbis_is_refused(tmp_path: Path) -> None:
    """Noise where a Vorbis stream should be is said to be that, and leaves no file."""
    whole = font(compressed=True)
    broken = tmp_path / "broken.sf3"
    broken.write_bytes(whole.replace(b"OggS", b"Oggs"))
    with pytest.raises(OddFontError, match="cannot be decoded"):
        write_part(read_index(broken), [(0, 2)], tmp_path / "part.sf2")
    assert [file.name for file in tmp_path.iterdir()] == ["broken.sf3"]
