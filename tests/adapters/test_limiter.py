"""The limiter's curve, worked out piece by piece."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from autoscore.adapters import limiter
from autoscore.adapters.loudness import Peaks


@pytest.mark.parametrize("piece", [1, 7, 100])
def test_a_curve_does_not_depend_on_the_pieces_it_is_made_in(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A film's curve is the same in pieces of any length, its ends included."""
    peaks = np.abs(np.random.default_rng(1).standard_normal(1_003)).astype(np.float32)
    whole = limiter.reduction(peaks, 3.0, -1.0)
    assert whole.min() < -3.0
    monkeypatch.setattr(limiter, "_AT_ONCE", piece)
    assert limiter.reduction(peaks, 3.0, -1.0) == pytest.approx(whole, abs=1e-5)


def test_means_are_those_of_scipy() -> None:
    """Smoothing in pieces gives the same numbers, to the last bit, as SciPy gives for a curve held as a whole."""
    curve = np.abs(np.random.default_rng(2).standard_normal(250_000)).astype(np.float32)
    wanted = uniform_filter1d(curve, 9, mode="nearest")
    limiter._smooth(curve, 9)
    assert np.array_equal(curve, wanted)


def test_peaks_of_a_known_number_are_the_same() -> None:
    """Where it is said how many peaks there will be they are the same, also where there are more than was said."""
    samples = np.random.default_rng(3).standard_normal((2, 5_000)).astype(np.float32)
    found = []
    for hops in (0, 105, 40):
        peaks = Peaks(48, 2, 0.0, hops)
        for at in range(0, 5_000, 777):
            peaks.push(samples[:, at : at + 777])
        found.append(peaks.finish())
    assert len(found[0]) == 105
    assert all(np.array_equal(other, found[0]) for other in found[1:])
