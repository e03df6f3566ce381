"""Presets that stay loaded from stem to stem, so that strings need not be read anew for each cue."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from threading import Lock

from autoscore.adapters.synth import Synth
from autoscore.model.audio import RATE_HZ
from autoscore.stages.render.excerpts import Excerpts
from autoscore.stages.render.fonts import Choice

_Key = tuple[Path, int, int]


class Shelf:
    """Holds presets on one silent synthesiser, so that others of this process share their samples."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._synth: Synth | None = None
        self._channels: dict[_Key, int] = {}
        self._samples: dict[_Key, dict[int, int]] = {}

    def hold(self, excerpts: Excerpts, choices: Iterable[Choice], most_bytes: int) -> None:
        """Loads what is not held yet; lets go of what was used longest ago when all is more than ``most_bytes``.

        Raises:
            ToolMissingError: a font cannot be read.
        """
        with self._lock:
            if self._synth is None:
                self._synth = Synth(rate_hz=RATE_HZ, gain=1.0, channels=256, polyphony=16)
            wanted = {
                (excerpts.source(choice), choice.bank, choice.program): excerpts.sizes_bytes(choice)
                for choice in choices
            }
            self._samples |= wanted
            for key in [key for key in self._channels if key not in wanted]:  # room is made before it is taken
                if self._bytes({*self._channels, *wanted}) <= most_bytes:
                    break
                self._synth.unset(self._channels.pop(key))
            for key in sorted(wanted):
                channel = self._channels.pop(key, None)
                if channel is None:
                    channel = min(set(range(self._synth.channels)) - set(self._channels.values()))
                    path, bank, program = key
                    self._synth.select(channel, self._synth.load(path), bank, program)
                self._channels[key] = channel  # the newest is last

    def forget(self, files: Collection[Path]) -> None:
        """Lets go of all presets of ``files``, and of the files."""
        with self._lock:
            if self._synth is None:
                return
            for key in [key for key in self._samples if key[0] in files]:
                del self._samples[key]
                if key in self._channels:
                    self._synth.unset(self._channels.pop(key))
            for path in files:
                self._synth.unload(path)

    def close(self) -> None:
        """Frees everything."""
        with self._lock:
            if self._synth is not None:
                self._synth.close()
            self._synth = None
            self._channels.clear()
            self._samples.clear()

    def _bytes(self, keys: Iterable[_Key]) -> int:
        """What the presets ``keys`` take together: they share samples."""
        files: dict[Path, dict[int, int]] = {}
        for key in keys:
            files.setdefault(key[0], {}).update(self._samples[key])
        return sum(sum(sizes.values()) for sizes in files.values())
