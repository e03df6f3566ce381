"""The door to librosa: what the film's sound looks like, pitch over time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.sound import read_blocks
from autoscore.model.media import Media

RATE_HZ = 22_050
BANDS = 72
LOWEST_HZ, HIGHEST_HZ = 40.0, 10_000.0
_HOP = 441
_FLOOR_DB = -80.0


def mel_picture(film: Path, media: Media, end_s: float, columns: int = 1400) -> NDArray[np.float32] | None:
    """Mel spectrogram of the film's own sound, dB under its loudest place, shape (BANDS, columns), lowest band first.

    Each column is the mean energy of ``end_s / columns`` seconds from film time 0. The sound is read in blocks, so a
    long film needs no more memory than a short one. None for a film without sound.

    Raises:
        FilmError: the sound cannot be opened.
    """
    if media.sound is None or end_s <= 0:
        return None
    import librosa

    energy = np.zeros((BANDS, columns), dtype=np.float64)
    counts = np.zeros(columns, dtype=np.int64)
    for block in read_blocks(film, media, rate_hz=RATE_HZ, channels=1, end_s=end_s):
        mel = librosa.feature.melspectrogram(
            y=block.samples[:, 0],
            sr=RATE_HZ,
            n_fft=2048,
            hop_length=_HOP,
            n_mels=BANDS,
            fmin=LOWEST_HZ,
            fmax=HIGHEST_HZ,
        )
        times_s = block.start_s + np.arange(mel.shape[1]) * _HOP / RATE_HZ
        column = np.clip((times_s / end_s * columns).astype(np.int64), 0, columns - 1)
        np.add.at(energy.T, column, mel.T)
        np.add.at(counts, column, 1)
    if not energy.any():
        return None
    filled = np.flatnonzero(counts)
    nearest = filled[np.clip(np.searchsorted(filled, np.arange(columns)), 0, len(filled) - 1)]
    mean = (energy / np.maximum(counts, 1))[:, nearest]
    picture: NDArray[np.float32] = librosa.power_to_db(mean, ref=np.max, top_db=-_FLOOR_DB).astype(np.float32)
    return picture
