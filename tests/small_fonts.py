"""A SoundFont that tests make: one instrument, whole in every table."""

from __future__ import annotations

import math
import struct


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def small_font() -> bytes:
    """A SoundFont with one instrument: a sine of 1000 samples in a loop, two presets of it."""
    samples = b"".join(struct.pack("<h", round(20000 * math.sin(2 * math.pi * n / 100))) for n in range(1000))
    samples += b"\0" * 92
    info = _chunk(b"ifil", struct.pack("<HH", 2, 1)) + _chunk(b"isng", b"EMU8000\0") + _chunk(b"INAM", b"small\0")
    presets = [("Sine", 0, 0, 0), ("Other", 40, 0, 1), ("EOP", 0, 0, 2)]
    phdr = b"".join(
        struct.pack("<20sHHHIII", name.encode(), program, bank, bag, 0, 0, 0) for name, program, bank, bag in presets
    )
    pbag = b"".join(struct.pack("<HH", n, 0) for n in range(3))
    pgen = struct.pack("<HH", 41, 0) * 2 + struct.pack("<HH", 0, 0)
    inst = struct.pack("<20sH", b"sine", 0) + struct.pack("<20sH", b"EOI", 1)
    ibag = struct.pack("<HHHH", 0, 0, 3, 0)
    igen = struct.pack("<HH", 54, 1) + struct.pack("<Hh", 38, -3000) + struct.pack("<HH", 53, 0)
    igen += struct.pack("<HH", 0, 0)
    shdr = struct.pack("<20sIIIIIBbHH", b"sine", 0, 1000, 100, 900, 44100, 69, 0, 0, 1)
    shdr += struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    tables = (
        ("phdr", phdr), ("pbag", pbag), ("pmod", b"\0" * 10), ("pgen", pgen), ("inst", inst), ("ibag", ibag),
        ("imod", b"\0" * 10), ("igen", igen), ("shdr", shdr),
    )  # fmt: skip
    body = _chunk(b"LIST", b"INFO" + info) + _chunk(b"LIST", b"sdta" + _chunk(b"smpl", samples))
    body += _chunk(b"LIST", b"pdta" + b"".join(_chunk(name.encode(), data) for name, data in tables))
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"sfbk" + body
