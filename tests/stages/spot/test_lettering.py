"""Black, lettering and rolling credits."""

from __future__ import annotations

import math
import random

import numpy as np

from autoscore.model.analysis import Analysis, Curves, Shot
from autoscore.stages.spot.lettering import rolling_credits, unseen

UP = -math.pi / 2


def _film(*stretches: tuple[float, float, float | None]) -> Analysis:
    """Stretches of (seconds, brightness, direction of motion or None for any), one shot each."""
    rng = random.Random(1)
    directions: list[float] = []
    light: list[float] = []
    shots: list[Shot] = []
    for index, (length_s, brightness, direction) in enumerate(stretches):
        start_s = len(light) / 10
        for _ in range(round(length_s * 10)):
            light.append(brightness)
            directions.append(rng.uniform(-math.pi, math.pi) if direction is None else direction)
        end_s = len(light) / 10
        shots.append(
            Shot(index=index, start_frame=int(start_s * 24), end_frame=int(end_s * 24), start_s=start_s, end_s=end_s)
        )
    count = len(light)
    curves = Curves(
        motion=(0.1,) * count,
        direction_rad=tuple(directions),
        brightness=tuple(light),
        saturation=tuple(0.0 if v < 0.1 else 0.2 for v in light),
    )
    return Analysis(duration_s=count / 10, frame_count=int(count * 2.4), shots=tuple(shots), curves=curves)


def test_credits_that_roll_are_found() -> None:
    """Steady motion straight up late in the film, between its own cuts; the scene after it is not part of it."""
    film = _film((100.0, 0.5, None), (60.0, 0.4, None), (40.0, 0.1, UP), (15.0, 0.6, None))
    (span,) = rolling_credits(film, film.shots, film.duration_s)
    assert abs(span.start_s - 160.0) < 1.5
    assert abs(span.end_s - 200.0) < 1.5


def test_other_motion_is_no_credits() -> None:
    """Motion to the side, upward motion early in the film, and a short tilt are none."""
    for film in (
        _film((100.0, 0.5, None), (60.0, 0.4, 0.0)),
        _film((60.0, 0.5, UP), (100.0, 0.4, None)),
        _film((100.0, 0.5, None), (12.0, 0.4, UP), (20.0, 0.4, None)),
        _film((10.0, 0.5, None), (25.0, 0.4, UP)),
    ):
        assert rolling_credits(film, film.shots, film.duration_s) == ()


def test_black_is_no_picture_but_a_dark_film_is() -> None:
    """Colourless dark stretches are unseen, unless most of the film is as dark."""
    film = _film((20.0, 0.5, None), (10.0, 0.02, None))
    assert np.allclose(unseen(film.curves, (), 60), [0.0] * 40 + [1.0] * 20)
    dark = _film((10.0, 0.5, None), (50.0, 0.02, None))
    assert not unseen(dark.curves, (), 120).any()
