"""Human-composed MIDI as takes of ours, so that they can be played by the same render and mix: the audio baseline.

General MIDI programs become the instruments of tables/instruments.toml that hold the same program; strings of a score
made for orchestra become sections. Such files have notated dynamics in their velocities, so players that swell get
their expression from them; channel volume counts as expression where it moves. Long pieces are heard in windows.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from autoscore import tables
from autoscore.model.cues import Cue, CuePlan, DynamicPoint, ThemeUse
from autoscore.model.media import FilmDigest, Media, VideoStream
from autoscore.model.score import Control, CueScore, Note, Part, Score
from autoscore.model.tempo import Bar, CueTempo, TempoMap, TempoSegment

sys.path.insert(0, str(Path(__file__).parent))
from studio import Take

FOLDER = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "human_midi"
WINDOW_S = 100.0
BPM = 120.0
_DRUMS = 9
_RING_S = 2.0
SECTIONS = {41: "violas", 42: "cellos", 43: "basses", 48: "strings"}
STAND_INS = {29: "clean_guitar", 30: "clean_guitar", 34: "finger_bass", 36: "finger_bass", 62: "brass_section",
             67: "bassoon", 84: "saw_lead", 87: "saw_lead"}  # fmt: skip


@dataclass(slots=True)
class _Track:
    """Notes as (start, end, pitch, velocity, channel volume) in seconds."""

    name: str
    program: int
    drums: bool
    notes: list[tuple[float, float, int, int, int]] = field(default_factory=list)


def names() -> list[str]:
    """The pieces, sorted; those of the orchestra first."""
    return sorted((path.stem for path in FOLDER.glob("*.mid")), key=lambda name: (name.startswith("freedoom"), name))


def takes(name: str) -> dict[str, Take]:
    """The windows of one piece by name; a piece that is long enough is heard from a third of it on."""
    tracks = _read(FOLDER / f"{name}.mid")
    length_s = max(note[1] for track in tracks for note in track.notes)
    starts = [0.0] if length_s < 2 * WINDOW_S else [length_s / 3]
    return {f"{name[:24]}-{index}": _take(name, tracks, at, min(WINDOW_S, length_s)) for index, at in enumerate(starts)}


def _read(path: Path) -> list[_Track]:
    import mido

    tracks: list[_Track] = []
    file = mido.MidiFile(path)
    changes: list[tuple[int, int]] = sorted(_tempi(file))
    for raw in file.tracks:
        by_channel: dict[int, _Track] = {}
        program: dict[int, int] = defaultdict(int)
        volume: dict[int, int] = defaultdict(lambda: 100)
        sounding: dict[tuple[int, int], tuple[float, int, int]] = {}
        ticks = 0
        for message in raw:
            ticks += message.time
            kind, channel = message.type, getattr(message, "channel", 0)
            if kind == "program_change":
                program[channel] = message.program
            elif kind == "control_change" and message.control in (7, 11):
                volume[channel] = message.value
            elif kind in ("note_on", "note_off"):
                at_s = _seconds(ticks, changes, file.ticks_per_beat)
                begun = sounding.pop((channel, message.note), None)
                if begun is not None:
                    track = by_channel.setdefault(channel, _Track(raw.name, program[channel], channel == _DRUMS))
                    track.notes.append((begun[0], max(at_s, begun[0] + 0.03), message.note, begun[1], begun[2]))
                if kind == "note_on" and message.velocity:
                    sounding[(channel, message.note)] = (at_s, message.velocity, volume[channel])
        tracks.extend(by_channel.values())
    return tracks


def _tempi(file: Any) -> list[tuple[int, int]]:
    found = [(0, 500_000)]
    for raw in file.tracks:
        ticks = 0
        for message in raw:
            ticks += message.time
            if message.type == "set_tempo":
                found.append((ticks, message.tempo))
    return found


def _seconds(ticks: int, changes: list[tuple[int, int]], per_beat: int) -> float:
    total, last, tempo = 0.0, 0, 500_000
    for at, new in changes:
        if at > ticks:
            break
        total += (at - last) * tempo / per_beat / 1e6
        last, tempo = at, new
    return total + (ticks - last) * tempo / per_beat / 1e6


def _instrument(track: _Track, orchestral: bool) -> str:
    if track.drums:
        return "standard_kit"
    if orchestral and track.program == 40:
        return "violins2" if "2" in track.name else "violins1"
    if orchestral and track.program in SECTIONS and "solo" not in track.name:
        return SECTIONS[track.program]
    if track.program in STAND_INS:
        return STAND_INS[track.program]
    rows = tables.read("instruments.toml")
    return min(rows, key=lambda key: _distance(rows[key], track.program))


def _distance(row: dict[str, Any], program: int) -> int:
    return min(abs(p["program"] - program) for p in row["presets"]) if _pitched(row) else 999


def _pitched(row: dict[str, Any]) -> bool:
    return all(preset["bank"] != 128 for preset in row["presets"])


def _take(name: str, tracks: list[_Track], from_s: float, length_s: float) -> Take:
    orchestral = not name.startswith("freedoom")
    rows = tables.read("instruments.toml")
    parts = []
    for index, track in enumerate(tracks):
        inside = [note for note in track.notes if from_s <= note[0] < from_s + length_s - _RING_S]
        if not inside:
            continue
        who = _instrument(track, orchestral)
        controls: list[Control] = []
        for start_s, _, _, velocity, volume in sorted(inside):
            level = max(1.0, min(127.0, velocity * volume / 100.0))
            if rows[who]["dynamics"] == "cc" and (not controls or abs(controls[-1].value - level) >= 1.0):
                controls.append(Control(at_beats=_beats(start_s - from_s), kind="expression", value=level))
        notes = tuple(
            Note(
                start_beats=_beats(start_s - from_s),
                length_beats=max(Fraction(1, 32), _beats(min(end_s, from_s + length_s - 0.5) - start_s)),
                pitch=pitch,
                velocity=max(1, min(127, velocity)),
            )
            for start_s, end_s, pitch, velocity, _ in sorted(inside)
        )
        parts.append(
            Part(id=f"p{index}", name=track.name, instrument=who, group=rows[who]["group"], role="harmony", notes=notes,
                 controls=tuple(controls))
        )  # fmt: skip
    cue = Cue(
        start_s=0.0, end_s=length_s, id="1M1", title=name, in_type="hard", out_type="ring",
        mood="heroic" if orchestral else "electronic", valence=0.0, arousal=0.5, key="C major", tempo_bpm=BPM,
        metre="4/4", palette="", theme=ThemeUse(), dynamics=(DynamicPoint(time_s=0.0, intensity=0.5),),
    )  # fmt: skip
    beats = _beats(length_s)
    tempo = CueTempo(
        cue_id="1M1", start_s=0.0, end_s=length_s, base_bpm=BPM,
        bars=tuple(Bar(number=i + 1, start_beats=Fraction(4 * i), numerator=4, denominator=4)
                   for i in range(int(beats / 4))),
        segments=(TempoSegment(start_beats=Fraction(0), end_beats=beats, start_bpm=BPM, end_bpm=BPM, start_s=0.0),),
    )  # fmt: skip
    plan = CuePlan(film=name, rate=Fraction(24), duration_s=length_s, seed=0, home_mood=cue.mood, home_key=cue.key,
                   palette="", cues=(cue,))  # fmt: skip
    media = Media(
        name=name, digest=FilmDigest(size_bytes=1, mtime_ns=1, head_tail_sha256="0"), container="mp4",
        duration_s=length_s,
        video=VideoStream(
            index=0, codec="none", width=64, height=36, rate=Fraction(24), start_s=0.0, duration_s=length_s
        ),
    )  # fmt: skip
    score = Score(seed=0, themes=(), cues=(CueScore(cue_id="1M1", title=name, key=cue.key, parts=tuple(parts)),))
    return Take(media=media, plan=plan, tempo=TempoMap(cues=(tempo,)), score=score)


def _beats(seconds: float) -> Fraction:
    return Fraction(round(seconds * BPM / 60.0 * 960), 960)
