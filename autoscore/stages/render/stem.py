"""One stem: the parts of a group on one synthesiser, streamed to a FLAC file."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np

from autoscore import tables
from autoscore.adapters.files import file_sha256
from autoscore.adapters.soundfiles import SoundWriter
from autoscore.adapters.synth import BLOCK, Synth
from autoscore.errors import StorageError
from autoscore.model.audio import RATE_HZ, Stem
from autoscore.model.score import Part
from autoscore.model.tempo import CueTempo
from autoscore.stages.render.events import BEND_RANGE, Sent, first_expression, first_tone, part_events
from autoscore.stages.render.measure import Voice
from autoscore.stages.render.samples import source

TAIL_S = 6.0
"""Longest ring after the last note is let go."""
_LEAD_BLOCKS = 16
_CHUNK_BLOCKS = 1500
_SILENT = 10.0 ** (-100.0 / 20.0)
_MOST_GAIN_DB = 20.0


class Cancelled(Exception):  # noqa: N818 - not an error: the user stopped
    """Rendering was stopped from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """A part with the voice that plays it and its level in the stem, dB over the voice at CC7 127 and gain 1."""

    part: Part
    voice: Voice
    level_db: float


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
    tempo: CueTempo,
    path: Path,
    *,
    cue_id: str,
    group: str,
    stop: Event,
    on_progress: Callable[[float], None],
) -> Stem | None:
    """Plays ``players`` into ``path``; None when they have nothing to play.

    Raises:
        Cancelled: ``stop`` was set.
        StorageError: the file cannot be written.
    """
    sent = [
        message
        for channel, player in enumerate(players)
        for message in part_events(player.part, tempo, player.voice, channel)
    ]
    if not any(message.kind == "on" for message in sent):
        return None
    sent.sort(key=lambda message: message.order)
    # The loudest need sets the synthesiser's gain, channel volumes bring the others down to their own.
    gain_db = min(_MOST_GAIN_DB, max(player.level_db for player in players))
    first_block = min(message.block for message in sent if message.kind == "on") - _LEAD_BLOCKS
    peak = 0.0
    with Synth(rate_hz=RATE_HZ, gain=10.0 ** (gain_db / 20.0), channels=len(players)) as synth:
        _set_up(synth, players, tempo, gain_db)
        with SoundWriter(path, rate_hz=RATE_HZ) as writer:
            buffer = np.empty((_CHUNK_BLOCKS * BLOCK, 2), dtype=np.float32)
            at, filled = first_block, 0
            last_block = max(message.block for message in sent)
            for message in sent:
                while at < message.block:
                    blocks = min(message.block - at, _CHUNK_BLOCKS - filled)
                    synth.render_into(buffer[filled * BLOCK : (filled + blocks) * BLOCK])
                    at, filled = at + blocks, filled + blocks
                    if filled == _CHUNK_BLOCKS:
                        if stop.is_set():
                            raise Cancelled
                        writer.write(buffer)
                        peak = max(peak, float(np.abs(buffer).max()))
                        filled = 0
                        on_progress((at - first_block) / (last_block - first_block + 1))
                _send(synth, message)
            writer.write(buffer[: filled * BLOCK])
            peak = max(peak, float(np.abs(buffer[: filled * BLOCK]).max(initial=0.0)))
            peak = max(peak, _ring_out(synth, writer))
            frames = writer.frames
    return Stem(
        cue_id=cue_id,
        group=group,
        path=path.name,
        start_s=first_block * BLOCK / RATE_HZ,
        frames=frames,
        peak_dbfs=round(20.0 * math.log10(max(peak, 1e-6)), 2),
        sha256=_digest(path),
    )


def _set_up(synth: Synth, players: list[Playing], tempo: CueTempo, gain_db: float) -> None:
    """Presets and first controllers of every channel."""
    fonts: dict[Path, int] = {}
    for channel, player in enumerate(players):
        choice = player.voice.choice
        path = source(choice)
        if path not in fonts:
            fonts[path] = synth.load(path)
        synth.select(channel, fonts[path], choice.bank, choice.program)
        # FluidSynth's volume controller follows 40 log10(v / 127) dB.
        volume = round(127.0 * 10.0 ** ((player.level_db - gain_db) / 40.0))
        row = tables.read("instruments.toml")[player.part.instrument]
        first = {
            7: max(1, min(127, volume)), 10: int(row["pan"]), 1: 0, 64: 0, 11: 127,
            choice.expression_cc: first_expression(player.part, tempo, player.voice),
        }  # fmt: skip
        for number, value in first.items():
            synth.control(channel, number, value)
        synth.brightness(channel, first_tone(player.part, tempo))
        synth.bend_range(channel, BEND_RANGE)
        synth.bend(channel, 8192)


def _send(synth: Synth, message: Sent) -> None:
    if message.kind == "on":
        synth.note_on(message.channel, message.number, message.value)
    elif message.kind == "off":
        synth.note_off(message.channel, message.number)
    elif message.kind == "bend":
        synth.bend(message.channel, message.value)
    elif message.kind == "tone":
        synth.brightness(message.channel, message.value)
    else:
        synth.control(message.channel, message.number, message.value)


def _ring_out(synth: Synth, writer: SoundWriter) -> float:
    """Writes what still sounds until it is silent; fades what would ring longer than TAIL_S. Returns its peak."""
    step = RATE_HZ // 4 // BLOCK * BLOCK
    steps = round(TAIL_S * RATE_HZ / step)
    peak = 0.0
    for index in range(steps):
        piece = synth.render(step)
        here = float(np.abs(piece).max())
        if index == steps - 1:
            piece *= np.linspace(1.0, 0.0, step, dtype=np.float32)[:, None]
        writer.write(piece)
        peak = max(peak, here)
        if here < _SILENT:
            break
    return peak


def _digest(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read back ({error.strerror or error}).") from error
