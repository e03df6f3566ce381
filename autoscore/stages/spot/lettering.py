"""Where the picture is black or lettering: titles on black and rolling credits say nothing about a film's temper."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from autoscore.model.analysis import CURVE_RATE_HZ, Analysis, Curves, Shot
from autoscore.model.spotting import SPOT_RATE_HZ
from autoscore.model.time import Span
from autoscore.stages.spot.signals import Array

UNLIT, COLOURLESS = 0.06, 0.03
"""Brightness and saturation under which a picture is black, or small letters on black."""
DARK_FILM = 0.5
"""A film with more of that is simply a dark film."""
CREDITS_FROM, LEAST_CREDITS_S, LEAST_FILM_S = 0.6, 20.0, 60.0
ROLL_SPEED, ROLL_ANGLE, ROLL_SHARE = 0.02, 0.5, 0.4
"""Credits roll: picture heights a second at least, radians from straight up, and share of the time."""
SNAP_S = 12.0


def unseen(curves: Curves, credits: Sequence[Span], count: int) -> Array:
    """For each step of the spotting grid the share 0..1 in which there is no picture, only black or lettering."""
    size = CURVE_RATE_HZ // SPOT_RATE_HZ
    dark = np.zeros(count * size)
    light, colour = np.asarray(curves.brightness), np.asarray(curves.saturation)
    length = min(len(light), len(colour), len(dark))
    dark[:length] = (light[:length] < UNLIT) & (colour[:length] < COLOURLESS)
    if length and dark[:length].mean() > DARK_FILM:
        dark[:] = 0.0
    for span in credits:
        dark[round(span.start_s * CURVE_RATE_HZ) : round(span.end_s * CURVE_RATE_HZ)] = 1.0
    return np.asarray(dark.reshape(count, size).mean(axis=1))


def rolling_credits(analysis: Analysis, shots: Sequence[Shot], duration_s: float) -> tuple[Span, ...]:
    """The stretch late in the film in which the picture goes straight up most of the time, from shot to shot.

    The best-scoring run of samples, +1 - ROLL_SHARE where it rolls and -ROLL_SHARE elsewhere (Bentley 1984, maximum
    subarray); none in short films.
    """
    curves = analysis.curves
    if duration_s < LEAST_FILM_S or not curves.motion or not curves.direction_rad:
        return ()
    first = int(CREDITS_FROM * len(curves.motion))
    motion, angle = np.asarray(curves.motion[first:]), np.asarray(curves.direction_rad[first:])
    off_up = np.abs(np.angle(np.exp(1j * (angle + np.pi / 2))))
    gain = ((motion > ROLL_SPEED) & (off_up < ROLL_ANGLE)).astype(np.float64) - ROLL_SHARE
    total = np.concatenate([[0.0], np.cumsum(gain)])
    low = np.minimum.accumulate(total)
    stop = int(np.argmax(total - low))
    start = int(np.argmin(total[: stop + 1]))
    start_s, end_s = (first + start) / CURVE_RATE_HZ, (first + stop) / CURVE_RATE_HZ
    if end_s - start_s < LEAST_CREDITS_S:
        return ()
    start_s = max((s.start_s for s in shots if start_s - SNAP_S <= s.start_s <= start_s + 1.0), default=start_s)
    ends = [s.start_s for _, s in pairwise(shots) if end_s - 1.0 <= s.start_s <= end_s + SNAP_S]
    end_s = duration_s if duration_s - end_s <= SNAP_S and not ends else min(ends, default=end_s)
    return (Span(start_s=start_s, end_s=min(end_s, duration_s)),)
