"""Names of notes, as a key wants them."""

from __future__ import annotations


def spelled(pitch: int, fifths: int, minor: bool) -> tuple[str, int]:
    """Name in music21's spelling ("B-" is B flat) and octave of MIDI note ``pitch``, as the key wants it.

    Of all names the one that lies from four fifths below the tonic of the (relative) major to seven above it; in minor
    one further up, for its leading note. Nothing has two signs, nor is B sharp or F flat written.
    """
    low = min(0, max(-7, fifths - (3 if minor else 4)))
    place = low + (7 * pitch - low) % 12
    letter = "FCGDAEB"[(place + 1) % 7]
    sign = (place + 1) // 7
    natural = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[letter]
    return letter + "#" * sign + "-" * -sign, (pitch - sign - natural) // 12 - 1
