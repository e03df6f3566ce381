"""Key names to scales."""

from __future__ import annotations

from autoscore.stages.compose.values import Key
from autoscore.tables import keys, read


def parse_key(text: str) -> Key:
    """``Key`` for a name like "D minor", "F# lydian" or "Bb harmonic_minor"; its mode is a key of modes.toml.

    Raises:
        ValueError: the text is not a key.
    """
    found = keys.parse_key(text)
    return Key(tonic=found.pitch_class, mode=found.mode, scale=tuple(read("modes.toml")[found.mode]["scale"]))
