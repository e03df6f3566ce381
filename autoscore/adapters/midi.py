"""Standard MIDI files by mido: plain values in, bytes out. Type 1, 960 ticks a quarter; the same values give the same
bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from pathlib import Path
from typing import Any

from autoscore.adapters.files import whole

PPQ = 960
DRUM_CHANNEL = 9
LONGEST_US = 0xFFFFFF
"""A set-tempo event holds 24 bits of microseconds a quarter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoEvent:
    """From ``tick`` on a quarter lasts ``us_per_quarter`` microseconds, at most LONGEST_US."""

    tick: int
    us_per_quarter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetreEvent:
    """From ``tick`` on bars of ``numerator``/``denominator``."""

    tick: int
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEvent:
    """``sharps`` -7..7, negative for flats."""

    tick: int
    sharps: int
    minor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A marker at ``tick``."""

    tick: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductor:
    """The first track. ``start_s`` is the SMPTE time of tick 0 (3600 = 01:00:00:00), at ``rate`` frames a second."""

    name: str
    tempos: tuple[TempoEvent, ...]
    metres: tuple[MetreEvent, ...] = ()
    keys: tuple[KeyEvent, ...] = ()
    markers: tuple[Text, ...] = ()
    start_s: float = 3600.0
    rate: Fraction = Fraction(24)
    end_tick: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiNote:
    """``start`` <= tick < ``end``; pitch 0..127, velocity 1..127."""

    start: int
    end: int
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlEvent:
    """Controller ``number`` is set to ``value``, both 0..127."""

    tick: int
    number: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BendEvent:
    """``value`` -8192..8191."""

    tick: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One instrument. Program, bank and ``setup`` controls are sent at tick 0, in this order."""

    name: str
    channel: int
    port: int
    program: int
    bank: int
    notes: tuple[MidiNote, ...]
    setup: tuple[tuple[int, int], ...] = ()
    controls: tuple[ControlEvent, ...] = ()
    bends: tuple[BendEvent, ...] = ()


_Event = tuple[int, int, bytes]
"""Tick, order within the tick, and the message."""
_META = 0xFF
_BEND_CENTRE = 8192
_SHARP_MAJORS = ("C", "G", "D", "A", "E", "B", "F#", "C#")
_FLAT_MAJORS = ("C", "F", "Bb", "Eb", "Ab", "Db", "Gb", "Cb")
_SHARP_MINORS = ("Am", "Em", "Bm", "F#m", "C#m", "G#m", "D#m", "A#m")
_FLAT_MINORS = ("Am", "Dm", "Gm", "Cm", "Fm", "Bbm", "Ebm", "Abm")


def key_name(sharps: int, minor: bool) -> str:
    """mido's name of a key signature of -7..7 sharps."""
    table = (_SHARP_MINORS if sharps >= 0 else _FLAT_MINORS) if minor else (
        _SHARP_MAJORS if sharps >= 0 else _FLAT_MAJORS
    )  # fmt: skip
    return table[min(7, abs(sharps))]


def _smpte(conductor: Conductor) -> dict[str, Any]:
    """SMPTE offset fields: the frame-rate code knows 24, 25, 30 drop and 30; other rates count in the nearest."""
    rate = conductor.rate
    code = min((24, 25, 30), key=lambda known: abs(known - round(rate)))
    drop = rate.denominator == 1001 and round(rate) == 30
    total = max(0, round(conductor.start_s * 100 * code))
    frames, sub = divmod(total, 100)
    seconds, frame = divmod(frames, code)
    return {
        "frame_rate": 29.97 if drop else code, "hours": seconds // 3600 % 24, "minutes": seconds // 60 % 60,
        "seconds": seconds % 60, "frames": frame, "sub_frames": sub,
    }  # fmt: skip


def save(path: Path, conductor: Conductor, tracks: Iterable[Track]) -> None:
    """Writes the file whole or not at all; one track after the other, so only one is in memory.

    Raises:
        StorageError: it cannot be written.
    """
    chunks = [_chunk(_conductor_events(conductor), conductor.name, conductor.end_tick)]
    chunks += [_chunk(_track_events(track), track.name, conductor.end_tick) for track in tracks]
    with whole(path, make_folder=True) as part:
        part.write_bytes(b"MThd" + struct.pack(">LHHH", 6, 1, len(chunks), PPQ) + b"".join(chunks))


def _chunk(events: list[_Event], name: str, end_tick: int) -> bytes:
    """The bytes of one track in a file; sorting is stable, so equal events keep their order.

    A score has tens of thousands of notes and controls: as objects of mido's they took most of the time.
    """
    data = bytearray(b"\0") + _meta("track_name", name=_latin(name))
    events.sort(key=itemgetter(0, 1))
    now, running = 0, -1
    for tick, _, message in events:
        _put_time(data, tick - now)
        status = message[0]
        data += message[1:] if status == running else message  # a status that repeats is left out
        running = -1 if status == _META else status
        now = tick
    _put_time(data, max(0, end_tick - now))
    data += _meta("end_of_track")
    return b"MTrk" + struct.pack(">L", len(data)) + data


def _put_time(data: bytearray, ticks: int) -> None:
    """Adds a number as MIDI files have it: seven bits a byte, the upper bit in all but the last."""
    if ticks >= 0x80:
        ahead = ticks >> 7
        groups = [0x80 | ahead & 0x7F]
        while ahead := ahead >> 7:
            groups.append(0x80 | ahead & 0x7F)
        data += bytes(reversed(groups))
    data.append(ticks & 0x7F)


def _meta(kind: str, **fields: Any) -> bytes:
    """A message that is no note and no control, by mido's name of it."""
    import mido

    return bytes(mido.MetaMessage(kind, **fields).bytes())


def _latin(text: str) -> str:
    """MIDI texts are Latin-1; other letters become "?"."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _conductor_events(conductor: Conductor) -> list[_Event]:
    events: list[_Event] = [(0, 0, _meta("smpte_offset", **_smpte(conductor)))]
    events += [
        (m.tick, 1, _meta("time_signature", numerator=m.numerator, denominator=m.denominator))
        for m in conductor.metres
    ]  # fmt: skip
    events += [(k.tick, 2, _meta("key_signature", key=key_name(k.sharps, k.minor))) for k in conductor.keys]
    events += [(t.tick, 3, _meta("set_tempo", tempo=t.us_per_quarter)) for t in conductor.tempos]
    events += [(m.tick, 4, _meta("marker", text=_latin(m.text))) for m in conductor.markers]
    return events


def _track_events(track: Track) -> list[_Event]:
    channel = track.channel
    on, off, control, program, bend = (kind | channel for kind in (0x90, 0x80, 0xB0, 0xC0, 0xE0))
    events: list[_Event] = []
    if track.port:
        events.append((0, 0, _meta("midi_port", port=track.port)))
    if channel != DRUM_CHANNEL:
        events.append((0, 1, bytes((control, 0, min(127, track.bank)))))
        events.append((0, 1, bytes((control, 32, 0))))
    events.append((0, 2, bytes((program, track.program))))
    events += [(0, 3, bytes((control, number, value))) for number, value in track.setup]
    events += [(c.tick, 5, bytes((control, c.number, c.value))) for c in track.controls]
    for b in track.bends:
        above, below = divmod(b.value + _BEND_CENTRE, 128)
        events.append((b.tick, 5, bytes((bend, below, above))))
    for note in track.notes:
        events.append((note.start, 6, bytes((on, note.pitch, note.velocity))))
        events.append((note.end, 4, bytes((off, note.pitch, 64))))
    return events
