"""What is heard in the film's own sound, in one pass and in blocks."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autoscore.adapters.features import Decimator, EnergyMeter, Floats, TonalMeter, integrated_lufs, to_lufs
from autoscore.adapters.sound import read_blocks
from autoscore.adapters.speech import SpeechMeter
from autoscore.model.analysis import CURVE_RATE_HZ, SoundEvent, SpeechSpan
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.model.time import Span, seconds_to_frame
from autoscore.stages.analyze.sound_spans import loud_hits, music_spans, silence_spans, speech_spans

_RATE_HZ, _DRAFT_RATE_HZ = 48_000, 16_000
_BLOCK_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Everything on film time. ``loudness_curve``: LUFS at CURVE_RATE_HZ. Empty where the film has no sound.

    ``hits[].frame`` assumes a constant frame rate; where it varies, the picture's own times must be asked.
    """

    speech: tuple[SpeechSpan, ...] = ()
    music: tuple[Span, ...] = ()
    silence: tuple[Span, ...] = ()
    hits: tuple[SoundEvent, ...] = ()
    loudness_curve: tuple[float, ...] = ()
    loudness_lufs: float | None = None
    warnings: tuple[str, ...] = ()


def listen(film: Path, media: Media, on_progress: Progress = ignore_progress, *, draft: bool = False) -> Heard:
    """Reads the main sound track once, from the first picture frame to the last; for a ``draft`` at 16 kHz.

    Raises:
        FilmError: the file cannot be opened. A track that cannot be decoded counts as silent, with a warning.
    """
    if media.sound is None or media.duration_s <= 0:
        return Heard()
    duration_s = media.duration_s
    rate_hz = _DRAFT_RATE_HZ if draft else _RATE_HZ
    energy_meter, decimator = EnergyMeter(rate_hz, 2), None if draft else Decimator(_RATE_HZ // _DRAFT_RATE_HZ)
    tonal_meter, speech_meter = TonalMeter(), SpeechMeter()
    bad = 0
    blocks = read_blocks(film, media, rate_hz=rate_hz, channels=2, block_s=_BLOCK_S, end_s=duration_s, apart=True)
    with closing(blocks):  # whatever ends this ends the program that decodes
        for block in blocks:
            energy_meter.push(block.samples)
            mono = _middle(block.samples)
            if decimator is not None:
                mono = decimator.push(mono)
            tonal_meter.push(mono)
            speech_meter.push(mono)
            bad += block.bad_packets
            on_progress(min(1.0, (block.start_s + _BLOCK_S) / duration_s))
    energy = energy_meter.finish()
    tenths = _tenths(energy, math.ceil(duration_s * CURVE_RATE_HZ - 1e-6))
    integrated = integrated_lufs(tenths)
    loudness = to_lufs(tenths)
    warnings = _warnings(bad, integrated)
    if integrated is None:
        return Heard(silence=(Span(start_s=0.0, end_s=duration_s),), warnings=warnings)
    tonal = tonal_meter.finish()
    music = music_spans(tonal, loudness, duration_s)
    speech = speech_spans(speech_meter.finish(), tonal, music, energy, duration_s)
    hits = loud_hits(energy, integrated, speech)
    on_progress(1.0)
    return Heard(
        speech=speech,
        music=music,
        silence=silence_spans(loudness, integrated, duration_s),
        hits=tuple(
            SoundEvent(time_s=time_s, frame=seconds_to_frame(time_s, media.video.rate), strength_db=rise)
            for time_s, rise in hits
            if time_s < duration_s
        ),
        loudness_curve=tuple(round(float(value), 2) for value in loudness),
        loudness_lufs=round(integrated, 2),
        warnings=warnings,
    )


def _middle(samples: Floats) -> Floats:
    """Both channels as one; a sum costs a tenth of NumPy's mean over so short an axis."""
    return (samples[:, 0] + samples[:, 1]) * np.float32(0.5)


def _tenths(energy: np.ndarray, count: int) -> np.ndarray:
    """Energy every 100 ms, ``count`` values, silence where the sound has ended."""
    size = 20
    padded = np.zeros(count * size, np.float64)
    padded[: min(len(energy), len(padded))] = energy[: len(padded)]
    means: np.ndarray = padded.reshape(count, size).mean(axis=1)
    return means


def _warnings(bad: int, integrated: float | None) -> tuple[str, ...]:
    found = []
    if bad:
        found.append(f"{bad} broken packet{'s' if bad > 1 else ''} of the sound could not be decoded and stay silent.")
    if integrated is None:
        found.append("The sound track is silent.")
    return tuple(found)
