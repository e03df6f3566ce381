"""Synthesisers that play stem after stem: making one, and reading its fonts' tables, takes a tenth of all playing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from autoscore.adapters.synth import Synth
from autoscore.model.audio import RATE_HZ
from autoscore.stages.render.manner import Manner

_CHANNELS = 64
"""What hardly any stem needs more of."""

_Key = tuple[int, int, int]


class Synths:
    """Lends synthesisers; as many are made as play at once. May be asked from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: list[tuple[_Key, Synth]] = []
        self._over: set[Path] = set()

    @contextmanager
    def lent(self, manner: Manner, gain: float, channels: int) -> Iterator[Synth]:
        """A silent synthesiser with no presets chosen; its voices are to be evened out before it plays.

        Args:
            gain: linear factor on the output. channels: how many are needed; they are numbered from 0.
        """
        key = (manner.every, manner.voices, max(_CHANNELS, channels))
        synth = self._taken(key) or Synth(
            rate_hz=RATE_HZ // manner.every, gain=gain, channels=key[2], polyphony=manner.voices
        )
        try:
            synth.interpolate(manner.interpolation)
            synth.set_gain(gain)
            yield synth
            good = synth.forget(channels)
        except BaseException:
            synth.close()
            raise
        if good:
            with self._lock:
                for path in self._over:
                    synth.unload(path)
                self._idle.append((key, synth))
        else:
            synth.close()

    def forget(self, fonts: Collection[Path]) -> None:
        """These files will not be played again: their tables go, of a synthesiser that plays when it is given back."""
        with self._lock:
            self._over |= set(fonts)
            for _, synth in self._idle:
                for path in fonts:
                    synth.unload(path)

    def close(self) -> None:
        """Frees those that nobody plays."""
        with self._lock:
            for _, synth in self._idle:
                synth.close()
            self._idle.clear()

    def _taken(self, key: _Key) -> Synth | None:
        with self._lock:
            for at, (known, synth) in enumerate(self._idle):
                if known == key:
                    del self._idle[at]
                    return synth
        return None
