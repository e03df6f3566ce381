"""No theme of somebody else's: what a theme shares with music21's corpus."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

from autoscore.model.score import Theme
from autoscore.tables.originality import Shared, longest_shared


def shared_with(theme: Theme) -> Shared:
    """The longest run of the theme's notes that a known piece has too."""
    onsets = accumulate(theme.durations_beats, initial=Fraction(0))
    return longest_shared(theme.degrees, [float(at) for _, at in zip(theme.degrees, onsets, strict=False)])


def is_too_close(theme: Theme) -> bool:
    """Whether the theme is to be rejected: 14 notes or more are somebody's tune."""
    return shared_with(theme).too_long
