"""MIDI files hold what was put into them, as another program reads them."""

from __future__ import annotations

from pathlib import Path

import mido
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore.adapters.midi import BendEvent, Conductor, ControlEvent, MidiNote, TempoEvent, Track, save

BYTE = st.integers(0, 127)
TICK = st.integers(0, 3_000_000)


@settings(max_examples=40, deadline=None)
@given(
    notes=st.lists(st.tuples(TICK, st.integers(1, 30_000), BYTE, st.integers(1, 127)), max_size=30),
    controls=st.lists(st.tuples(TICK, BYTE, BYTE), max_size=20),
    bends=st.lists(st.tuples(TICK, st.integers(-8192, 8191)), max_size=10),
    channel=st.integers(0, 15),
)
def test_every_message_is_read_back(
    tmp_path_factory: object, notes: list[tuple[int, int, int, int]], controls: list[tuple[int, int, int]],
    bends: list[tuple[int, int]], channel: int,
) -> None:  # fmt: skip
    """Notes, controls and bends come back at their ticks with their values, and time never runs backwards."""
    path: Path = tmp_path_factory.getbasetemp() / "a.mid"  # type: ignore[attr-defined]
    track = Track(
        name="x", channel=channel, port=0, program=5, bank=2,
        notes=tuple(MidiNote(start=at, end=at + long, pitch=pitch, velocity=vel) for at, long, pitch, vel in notes),
        controls=tuple(ControlEvent(tick=at, number=number, value=value) for at, number, value in controls),
        bends=tuple(BendEvent(tick=at, value=value) for at, value in bends),
    )  # fmt: skip
    save(path, Conductor(name="c", tempos=(TempoEvent(tick=0, us_per_quarter=500_000),), end_tick=4_000_000), [track])
    read = mido.MidiFile(str(path))
    now, found = 0, []
    for message in read.tracks[1]:
        now += message.time
        if not message.is_meta:
            assert message.channel == channel
            found.append((now, message))
    assert now == 4_000_000
    ons = sorted((at, m.note, m.velocity) for at, m in found if m.type == "note_on")
    assert ons == sorted((at, pitch, velocity) for at, _, pitch, velocity in notes)
    offs = sorted((at, m.note) for at, m in found if m.type == "note_off")
    assert offs == sorted((at + long, pitch) for at, long, pitch, _ in notes)
    bent = sorted((at, m.pitch) for at, m in found if m.type == "pitchwheel")
    assert bent == sorted(bends)
    set_to = sorted((at, m.control, m.value) for at, m in found if m.type == "control_change")
    banks = [] if channel == 9 else [(0, 0, 2), (0, 32, 0)]
    assert set_to == sorted([*controls, *banks])
