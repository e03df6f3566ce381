"""A cue's beats in seconds, remembered: chords ask for the same beat, and every layer of a part for all of them."""

from __future__ import annotations

from fractions import Fraction

from autoscore.model.tempo import CueTempo


class Clock:
    """``CueTempo.seconds_at`` of one cue; may be asked from several threads."""

    def __init__(self, tempo: CueTempo) -> None:
        self._tempo = tempo
        self._known: dict[tuple[int, int], float] = {}

    def seconds_at(self, beats: Fraction) -> float:
        """Film time of score position ``beats``, seconds."""
        key = beats.as_integer_ratio()  # hashing a Fraction takes longer than looking it up
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._tempo.seconds_at(beats)
        return found
