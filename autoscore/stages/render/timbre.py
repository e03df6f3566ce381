"""What a note's recordings say about it: how soon it has died away once it was let go, and how finely to read them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.soundfont_levels import LOUDNESS_POINTS, loudness_db, missed_db
from autoscore.adapters.soundfont_part import read_index
from autoscore.adapters.soundfont_zones import Zone, Zones
from autoscore.errors import ToolMissingError

_RELEASE_DB = 96.0
"""What a release falls by in its time, in FluidSynth (FLUID_PEAK_ATTENUATION)."""
_SAFE_DB = 8.0
"""So much farther must what dies away by itself have fallen: its loudness is known in steps of 20 ms."""
_HELD_S = 1.5
"""What loops and is released faster is taken to be as loud as ever: to look for more is not worth the time."""
_DARK_DB = -58.0
_STEPS_HZ = 50.0

_Levels = NDArray[np.float32]
_Name = tuple[int, int]
Falls = tuple[tuple[float, float, float], ...]
"""Of each release among a note's recordings, s: its length, and how long they take to fall by the one and the other."""


def release_falls_s(release_s: float, by_db: float) -> float:
    """How long a release of ``release_s`` alone takes to fall by ``by_db``."""
    return release_s * by_db / _RELEASE_DB


class Recording:
    """One recording of a note: how loud it is from each LOUDNESS_POINTS of its points on, dB, and its release."""

    def __init__(self, zone: Zone, levels_db: _Levels) -> None:
        self._levels_db = levels_db
        self._steps_hz = zone.rate_hz / LOUDNESS_POINTS
        self._release_s = zone.release_s

    def falls_s(self, held_s: float, by_db: tuple[float, ...]) -> list[float]:
        """How long it takes to fall by each of ``by_db`` once it is let go, never longer than its release alone."""
        levels_db = self._levels_db[min(int(held_s * self._steps_hz), len(self._levels_db) - 1) :]
        steps_s = np.arange(len(levels_db), dtype=np.float32) / np.float32(self._steps_hz)
        fallen_db = levels_db[0] - levels_db + steps_s * np.float32(_RELEASE_DB / self._release_s)
        found = []
        for db in by_db:
            step = int(np.searchsorted(fallen_db, db + _SAFE_DB))
            if step < len(levels_db):
                falls_s = step / self._steps_hz
            else:
                left_db = max(0.0, db + _SAFE_DB - float(levels_db[0] - levels_db[-1]))
                falls_s = release_falls_s(self._release_s, left_db)
            found.append(min(falls_s, release_falls_s(self._release_s, db)))
        return found


class Timbre:
    """The recordings of one note, by their releases; of those in ``held`` the release alone counts.

    Args:
        is_dark: read on straight lines between their points, are they the same to _DARK_DB? Looked for when asked.
    """

    def __init__(self, recordings: dict[float, list[Recording]], held: set[float], is_dark: Callable[[], bool]) -> None:
        self._recordings, self._held, self._is_dark = recordings, held, is_dark
        self._known: dict[tuple[int, tuple[float, float]], Falls] = {}

    @cached_property
    def dark(self) -> bool:
        return self._is_dark()

    def falls_s(self, held_s: float, by_db: tuple[float, float]) -> Falls:
        """How soon what was held for ``held_s`` has fallen by the one and the other of ``by_db``."""
        key = (int(held_s * _STEPS_HZ), by_db)
        found = self._known.get(key)
        if found is None:
            rows = {release_s: tuple(release_falls_s(release_s, db) for db in by_db) for release_s in self._held}
            for release_s, recordings in self._recordings.items():
                falls = [recording.falls_s(key[0] / _STEPS_HZ, by_db) for recording in recordings]
                rows[release_s] = tuple(map(max, zip(*falls, strict=True)))
            found = self._known[key] = tuple((release_s, *rows[release_s]) for release_s in sorted(rows))  # type: ignore[misc]
        return found


class Listened:
    """What was heard of samples, remembered by font and name; for all that are cut from the same fonts."""

    def __init__(self) -> None:
        self._levels_db: dict[tuple[object, ...], _Levels] = {}
        self._missed_db: dict[tuple[object, ...], float] = {}

    def levels_db(self, font: Path, preset: Zones, zone: Zone) -> _Levels:
        key = (font, *_same(zone))
        found = self._levels_db.get(key)
        if found is None:
            found = self._levels_db[key] = loudness_db(preset.index, zone)
        return found

    def dark(self, font: Path, preset: Zones, zone: Zone) -> bool:
        key = (font, *_same(zone), round(zone.corner_hz / zone.rate_hz, 3) if zone.corner_hz < zone.rate_hz else 1.0)
        found = self._missed_db.get(key)
        if found is None:
            try:
                found = missed_db(preset.index, zone)
            except (ToolMissingError, OSError):
                found = 0.0
            self._missed_db[key] = found
        return found <= _DARK_DB


class Timbres:
    """Notes of some SoundFont files; may be asked from several threads."""

    def __init__(self, listened: Listened) -> None:
        self._listened = listened
        self._lock = Lock()
        self._presets: dict[tuple[Path, _Name], Zones | None] = {}
        self._notes: dict[tuple[Path, _Name, int, int], Timbre | None] = {}
        self._same: dict[int, Timbre] = {}

    def of(self, font: Path, path: Path, preset: _Name, pitch: int, velocity: int) -> Timbre | None:
        """A note of ``preset`` (bank, program) of the file ``path``, which was cut out of ``font``; None where it
        cannot be looked at."""
        key = (path, preset, pitch, velocity)
        if key not in self._notes:
            with self._lock:
                self._notes[key] = self._read(font, path, preset, pitch, velocity)
        return self._notes[key]

    def _read(self, font: Path, path: Path, preset: _Name, pitch: int, velocity: int) -> Timbre | None:
        try:
            if (path, preset) not in self._presets:
                self._presets[path, preset] = None  # so that what cannot be read is tried once
                self._presets[path, preset] = Zones(read_index(path), preset)
            known = self._presets[path, preset]
            zones = known.of(pitch, velocity) if known is not None else ()
            if known is None or not zones:
                return None
            if id(zones) not in self._same:
                self._same[id(zones)] = self._made(font, known, zones)
            return self._same[id(zones)]
        except (ToolMissingError, OSError):
            return None

    def _made(self, font: Path, preset: Zones, zones: tuple[Zone, ...]) -> Timbre:
        held = {zone.release_s for zone in zones if zone.loop is not None and zone.release_s < _HELD_S}
        recordings: dict[float, list[Recording]] = {}
        for zone in zones:
            if zone.release_s not in held:
                recording = Recording(zone, self._listened.levels_db(font, preset, zone))
                recordings.setdefault(zone.release_s, []).append(recording)
        return Timbre(recordings, held, lambda: all(self._listened.dark(font, preset, zone) for zone in zones))


def _same(zone: Zone) -> tuple[object, ...]:
    """What a zone's points are known by, wherever in a file they lie."""
    loop = zone.loop and (zone.loop[0] - zone.first, zone.loop[1] - zone.first)
    return (zone.name, zone.last - zone.first, loop)
