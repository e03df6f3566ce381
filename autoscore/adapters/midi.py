"""Standard MIDI files by mido: plain values in, bytes out. Type 1, 960 ticks a quarter; the same values give the same
bytes."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
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


_HEADER_BYTES = 14
_Event = tuple[int, int, str, dict[str, Any]]
"""Tick, order within the tick, mido's name of the message, and its fields."""
_CHANNEL_KINDS = frozenset({"note_on", "note_off", "control_change", "program_change", "pitchwheel"})
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
    """The bytes of one track in a file: a file of this track alone without its header."""
    import mido

    buffer = io.BytesIO()
    mido.MidiFile(type=1, tracks=[_messages(events, name, end_tick)]).save(file=buffer)  # type: ignore[list-item, unused-ignore]
    return buffer.getvalue()[_HEADER_BYTES:]


def _messages(events: list[_Event], name: str, end_tick: int) -> Iterator[Any]:
    """A track's messages, each made when it is written; sorting is stable, so equal events keep their order."""
    import mido

    yield mido.MetaMessage("track_name", name=_latin(name), time=0)
    now = 0
    events.sort(key=lambda event: event[:2])
    for tick, _, kind, fields in events:
        if kind in _CHANNEL_KINDS:  # a score has tens of thousands: mido's checks of each value took most of the time
            yield mido.Message(kind, skip_checks=True, time=tick - now, **fields)
        else:
            yield mido.MetaMessage(kind, time=tick - now, **fields)
        now = tick
    yield mido.MetaMessage("end_of_track", time=max(0, end_tick - now))


def _latin(text: str) -> str:
    """MIDI texts are Latin-1; other letters become "?"."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _conductor_events(conductor: Conductor) -> list[_Event]:
    events: list[_Event] = [(0, 0, "smpte_offset", _smpte(conductor))]
    events += [
        (m.tick, 1, "time_signature", {"numerator": m.numerator, "denominator": m.denominator})
        for m in conductor.metres
    ]  # fmt: skip
    events += [(k.tick, 2, "key_signature", {"key": key_name(k.sharps, k.minor)}) for k in conductor.keys]
    events += [(t.tick, 3, "set_tempo", {"tempo": t.us_per_quarter}) for t in conductor.tempos]
    events += [(m.tick, 4, "marker", {"text": _latin(m.text)}) for m in conductor.markers]
    return events


def _track_events(track: Track) -> list[_Event]:
    channel = track.channel
    events: list[_Event] = []

    def control(tick: int, order: int, number: int, value: int) -> None:
        events.append((tick, order, "control_change", {"channel": channel, "control": number, "value": value}))

    if track.port:
        events.append((0, 0, "midi_port", {"port": track.port}))
    if channel != DRUM_CHANNEL:
        control(0, 1, 0, min(127, track.bank))
        control(0, 1, 32, 0)
    events.append((0, 2, "program_change", {"channel": channel, "program": track.program}))
    for number, value in track.setup:
        control(0, 3, number, value)
    for c in track.controls:
        control(c.tick, 5, c.number, c.value)
    events += [(b.tick, 5, "pitchwheel", {"channel": channel, "pitch": b.value}) for b in track.bends]
    for note in track.notes:
        on = {"channel": channel, "note": note.pitch, "velocity": note.velocity}
        events.append((note.start, 6, "note_on", on))
        events.append((note.end, 4, "note_off", {**on, "velocity": 64}))
    return events
