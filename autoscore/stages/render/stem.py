"""One stem: the parts of a group on one synthesiser, streamed to a sound file."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from autoscore import tables
from autoscore.adapters.files import file_sha256
from autoscore.adapters.soundfiles import SoundWriter
from autoscore.adapters.synth import BLOCK, Synth
from autoscore.errors import StorageError
from autoscore.model.audio import RATE_HZ, Stem
from autoscore.model.score import Part
from autoscore.stages.render.clock import Clock
from autoscore.stages.render.events import BEND_RANGE, Sent, first_expression, first_tone, part_events
from autoscore.stages.render.excerpts import Excerpts
from autoscore.stages.render.manner import STRAIGHT, Manner
from autoscore.stages.render.measure import Voice
from autoscore.stages.render.ringing import SUSTAIN, Ringing
from autoscore.stages.render.synths import Synths
from autoscore.stages.render.tape import Tape
from autoscore.stages.render.timbre import Timbres

_LEAD_BLOCKS = 16
_MOST_GAIN_DB = 20.0


class Cancelled(Exception):  # noqa: N818 - not an error: the user stopped
    """Rendering was stopped from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """A part with the voice that plays it and its level in the stem, dB over the voice at CC7 127 and gain 1.

    ``below_db``: so much softer than the voice that it doubles it is; 0 where it is the part's own.
    """

    part: Part
    voice: Voice
    level_db: float
    below_db: float = 0.0


def level_db(part: Part, voice: Voice) -> float:
    """Gain that brings ``part`` to its place: measured level evened out, then the part's musical balance."""
    part_lufs = float(tables.read("loudness.toml")["render"]["part_lufs"])
    trim_db = float(tables.read("instruments.toml")[part.instrument]["trim_db"])
    return part_lufs + trim_db + part.level_db - voice.level_lufs


def shared_db(levels_db: list[float]) -> float:
    """Level of several unlike sounds together, dB over the one at 0."""
    return 10.0 * math.log10(sum(10.0 ** (level / 10.0) for level in levels_db))


def render_stem(
    players: list[Playing],
    clock: Clock,
    path: Path,
    *,
    cue_id: str,
    group: str,
    manner: Manner,
    excerpts: Excerpts,
    synths: Synths,
    stop: Event,
    on_progress: Callable[[float], None],
) -> Stem | None:
    """Plays ``players`` into ``path``; None when they have nothing to play. The file may not be on the disk yet.

    Raises:
        Cancelled: ``stop`` was set.
        StorageError: the file cannot be written.
    """
    sent = [
        message
        for channel, player in enumerate(players)
        for message in part_events(player.part, clock, player.voice, channel)
    ]
    if not any(message.kind == "on" for message in sent):
        return None
    sent.sort(key=lambda message: message.order)
    # The loudest need sets the synthesiser's gain, channel volumes bring the others down to their own.
    gain_db = min(_MOST_GAIN_DB, max(player.level_db for player in players))
    first_block = min(message.block for message in sent if message.kind == "on") - _LEAD_BLOCKS
    first_block -= first_block % manner.grid_blocks
    last_block = max(message.block for message in sent)
    with synths.lent(manner, 10.0 ** (gain_db / 20.0), len(players)) as synth:
        paths = [excerpts.source(player.voice.choice) for player in players]
        _set_up(synth, players, clock, gain_db, paths)
        synth.even_out((m.channel, m.number, m.value) for m in sent if m.kind == "on")
        with SoundWriter(path, rate_hz=RATE_HZ // manner.every, subtype=manner.subtype, settled=False) as writer:
            tape = Tape(synth, writer, first_block, manner)
            hands = _Hands(synth, tape.ringing, players, paths, excerpts.timbres, manner.interpolation)
            for message in sent:
                while tape.at < message.block:
                    tape.run_to(message.block)
                    if stop.is_set():
                        raise Cancelled
                    on_progress((tape.at - first_block) / (last_block - first_block + 1))
                hands.send(message)
            tape.ring_out()
            frames = writer.frames * manner.every
    return Stem(
        cue_id=cue_id,
        group=group,
        path=path.name,
        start_s=first_block * BLOCK / RATE_HZ,
        frames=frames,
        peak_dbfs=round(20.0 * math.log10(max(tape.peak, 1e-6)), 2),
        sha256=_digest(path),
    )


def _set_up(synth: Synth, players: list[Playing], clock: Clock, gain_db: float, paths: list[Path]) -> None:
    """Presets and first controllers of every channel."""
    for channel, player in enumerate(players):
        choice = player.voice.choice
        synth.select(channel, synth.load(paths[channel]), choice.bank, choice.program)
        # FluidSynth's volume controller follows 40 log10(v / 127) dB.
        volume = round(127.0 * 10.0 ** ((player.level_db - gain_db) / 40.0))
        row = tables.read("instruments.toml")[player.part.instrument]
        first = {
            7: max(1, min(127, volume)), 10: int(row["pan"]), 1: 0, SUSTAIN: 0, 11: 127,
            choice.expression_cc: first_expression(player.part, clock, player.voice),
        }  # fmt: skip
        for number, value in first.items():
            synth.control(channel, number, value)
        synth.brightness(channel, first_tone(player.part, clock))
        synth.bend_range(channel, BEND_RANGE)
        synth.bend(channel, 8192)


class _Hands:
    """Puts messages into effect; each note is read as finely as its recordings need.

    Args:
        paths: the file that each player's preset is loaded from. points: between which recordings are read at most.
    """

    def __init__(
        self, synth: Synth, ringing: Ringing, players: list[Playing], paths: list[Path], timbres: Timbres, points: int
    ) -> None:
        self._synth, self._ringing, self._timbres = synth, ringing, timbres
        choices = [player.voice.choice for player in players]
        self._presets = [
            (row.font.path, path, (row.bank, row.program)) for path, row in zip(paths, choices, strict=True)
        ]
        self._points = points
        self._below_db = [player.below_db for player in players]
        self._read_with = [0] * len(players)

    def send(self, message: Sent) -> None:
        synth, channel, number, value = self._synth, message.channel, message.number, message.value
        if message.kind == "on":
            timbre = self._timbres.of(*self._presets[channel], number, value)
            fine = self._points > STRAIGHT and not (timbre is not None and timbre.dark)
            points = self._points if fine else STRAIGHT
            if points != self._read_with[channel]:
                synth.interpolate(points, channel)
                self._read_with[channel] = points
            note = synth.note_on(channel, number, value)
            self._ringing.on(message.block, channel, number, note, timbre, self._below_db[channel])
        elif message.kind == "off":
            self._ringing.off(message.block, channel, number)
            synth.note_off(channel, number)
        elif message.kind == "bend":
            synth.bend(channel, value)
        elif message.kind == "tone":
            synth.brightness(channel, value)
        else:
            synth.control(channel, number, value)
            if number == SUSTAIN:
                self._ringing.pedal(message.block, channel, value)


def _digest(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read back ({error.strerror or error}).") from error
