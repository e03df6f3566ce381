"""How fast a preset speaks and how loud it is: played once per SoundFont and instrument, remembered by file hash."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.adapters import cache
from autoscore.adapters.loudness import Meter, lufs, windows
from autoscore.adapters.synth import DRUM_BANK, Synth
from autoscore.model.audio import RATE_HZ
from autoscore.stages.render.excerpts import Excerpts
from autoscore.stages.render.fonts import Choice

METHOD = 4
"""Changes when the measuring does, so that older results are not read."""
VELOCITIES = (40, 80, 115)
FULL_EXPRESSION = 127
NOMINAL_EXPRESSION = 73
"""Expression (mf, as velocity 80 is for struck instruments) at which a swelling instrument's level is measured."""
_KIT_PITCHES = (36, 38, 57)
_NOTE_S = 1.2
_ATTACK_DB = -10.0
_MOST_ATTACK_MS = 450.0
_SPOKEN_S = (0.15, 0.30)
"""A held sound has spoken by then, counted from its attack. Many recordings go on growing for a second; who waits for
the end of that sends their notes 20 to 60 ms too early."""
_ROUNDS = 4
_WINDOW_S = 0.010
_SWELL_S = 5.0
_MEASURING = Lock()
"""One at a time: each adds its rows to the table that is remembered."""
_tables: dict[Path, tuple[tuple[int, int], dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A measured preset. ``level_lufs`` is its loudest 400 ms at velocity 80, CC7 127 and synth gain 1.

    ``attack_ms`` is the time from note-on to -10 dB of the plateau, per pitch, at each of VELOCITIES: neighbouring
    pitches may be different recordings, so every pitch that is played is measured. ``peaks_s`` are times from note-on
    to the loudest moment, per pitch, of presets used for swells.
    """

    choice: Choice
    instrument: str
    level_lufs: float
    attack_ms: dict[int, tuple[float, ...]]
    peaks_s: dict[int, float] = field(default_factory=dict)

    def advance_s(self, pitch: int, velocity: int) -> float:
        """How much earlier a note must be sent for its attack to be heard on time."""
        times = self.attack_ms.get(pitch) or self.attack_ms[min(self.attack_ms, key=lambda known: abs(known - pitch))]
        return float(np.interp(velocity, VELOCITIES, times)) / 1000.0


def initial_expression(choice: Choice, swells: bool) -> int:
    """The expression a part starts with when its score does not say: controller value for ``choice``."""
    return expression_value(NOMINAL_EXPRESSION if swells else FULL_EXPRESSION, choice.expression_cc)


def expression_value(value: float, controller: int) -> int:
    """Score expression 0..127 as a controller value: CC2 follows 33 log10(v/127) dB in these fonts, CC11 40 log10."""
    share = min(1.0, max(0.0, value / 127.0))
    return round(127.0 * (share if controller == 2 else share ** (33.0 / 40.0)))


def measure(
    instrument: str, choice: Choice, pitches: frozenset[int], swell_pitches: frozenset[int], excerpts: Excerpts
) -> Voice:
    """The measured voice of ``instrument``; what the cache lacks is played and measured now.

    Args:
        pitches: pitches whose attack is needed. swell_pitches: those whose time to peak is.
        excerpts: what is played is read from these, which are not halves.
    """
    with _MEASURING:
        return _measured(instrument, choice, pitches, swell_pitches, excerpts)


def unmeasured(instrument: str, choice: Choice) -> frozenset[int]:
    """Pitches that ``measure`` will play besides those that are asked for: of a voice that is measured first."""
    with _MEASURING:
        known = _row(instrument, choice)["level_lufs"] is not None
    return frozenset() if known else frozenset(_level_pitches(instrument, choice))


def _row(instrument: str, choice: Choice) -> dict[str, Any]:
    """What is remembered of a voice."""
    table = _remembered(_name(choice))
    found: Any = table.get(_key(instrument, choice)) if table.get("method") == METHOD else None
    row: dict[str, Any] = found if _whole(found) else {"level_lufs": None, "attack_ms": {}, "peaks_s": {}}
    return row


def _name(choice: Choice) -> str:
    return f"voices-{choice.font.sha256[:16]}"


def _key(instrument: str, choice: Choice) -> str:
    return f"{instrument}/{choice.bank}:{choice.program}"


def _measured(
    instrument: str, choice: Choice, pitches: frozenset[int], swell_pitches: frozenset[int], excerpts: Excerpts
) -> Voice:
    row = _row(instrument, choice)
    attacks = sorted(p for p in pitches or {60} if str(p) not in row["attack_ms"])
    peaks = sorted(p for p in swell_pitches if str(p) not in row["peaks_s"])
    if row["level_lufs"] is None or attacks or peaks:
        level = row["level_lufs"]
        excerpts.expect(choice, {*attacks, *peaks, *(() if level is not None else _level_pitches(instrument, choice))})
        with Synth(rate_hz=RATE_HZ, gain=1.0) as synth:
            synth.select(0, synth.load(excerpts.source(choice)), choice.bank, choice.program)
            row = {
                "level_lufs": _level(synth, instrument, choice) if level is None else level,
                "attack_ms": {**row["attack_ms"], **{str(p): _attacks(synth, instrument, choice, p) for p in attacks}},
                "peaks_s": {**row["peaks_s"], **{str(p): _time_to_peak(synth, instrument, choice, p) for p in peaks}},
            }
        cache.change(_name(choice), lambda table: _with_row(table, _key(instrument, choice), row))
    return Voice(
        choice=choice,
        instrument=instrument,
        level_lufs=row["level_lufs"],
        attack_ms={int(pitch): tuple(times) for pitch, times in row["attack_ms"].items()},
        peaks_s={int(pitch): at for pitch, at in row["peaks_s"].items()},
    )


def _with_row(table: dict[str, Any], key: str, row: dict[str, Any]) -> dict[str, Any]:
    """``table`` with ``row``, and with what another process has measured of the same voice meanwhile."""
    known: dict[str, Any] = table if table.get("method") == METHOD else {"method": METHOD}
    there: dict[str, Any] = known[key] if _whole(known.get(key)) else {"attack_ms": {}, "peaks_s": {}}
    both = {kind: {**there[kind], **row[kind]} for kind in ("attack_ms", "peaks_s")}
    return {**known, key: {**row, **both}}


def _remembered(name: str) -> dict[str, Any]:
    """The table ``name`` of the cache; read again when its file has changed."""
    path = cache.folder() / f"{name}.json"
    try:
        stat = path.stat()
    except OSError:
        return {}
    mark = (stat.st_mtime_ns, stat.st_size)
    if path not in _tables or _tables[path][0] != mark:
        _tables[path] = (mark, cache.read(name))
    return _tables[path][1]


def _whole(row: Any) -> bool:
    """Is a cached row all there, and of numbers?"""
    if not isinstance(row, dict):
        return False
    try:
        attacks = list(row["attack_ms"].values())
        numbers = [row["level_lufs"], *(time for times in attacks for time in times), *row["peaks_s"].values()]
        keys = [*row["attack_ms"], *row["peaks_s"]]
        shaped = all(len(times) == len(VELOCITIES) for times in attacks) and all(key.isdecimal() for key in keys)
        return shaped and all(isinstance(number, int | float) for number in numbers)
    except (KeyError, TypeError, AttributeError):
        return False


def _swells(instrument: str) -> bool:
    return bool(tables.read("instruments.toml")[instrument]["dynamics"] == "cc")


def _level(synth: Synth, instrument: str, choice: Choice) -> float:
    """Loudest 400 ms of a note at velocity 80, mean over the sweet range (of a kit: over its drums), LUFS."""
    pitches = _level_pitches(instrument, choice)
    levels = [level_lufs(_note(synth, choice, _swells(instrument), pitch, 80, _NOTE_S)) for pitch in pitches]
    heard = [level for level in levels if level > -100.0]
    return round(float(np.mean(heard)), 2) if heard else -40.0


def _level_pitches(instrument: str, choice: Choice) -> tuple[int, ...]:
    low, high = tables.read("instruments.toml")[instrument]["sweet"]
    return _KIT_PITCHES if choice.bank == DRUM_BANK else tuple(round(low + (high - low) * s) for s in (0.1, 0.5, 0.9))


def level_lufs(sound: NDArray[np.float32]) -> float:
    """Loudest 400 ms, LUFS."""
    meter = Meter(RATE_HZ, true_peak=False)
    meter.push(sound)
    return float(lufs(float(windows(meter.energies, 4).max(initial=0.0))))


def _attacks(synth: Synth, instrument: str, choice: Choice, pitch: int) -> list[float]:
    """Milliseconds to the attack at each of VELOCITIES."""
    swells = _swells(instrument)
    sounds = (_note(synth, choice, swells, pitch, velocity, _NOTE_S) for velocity in VELOCITIES)
    return [round(attack_s(sound, swells) * 1000.0, 2) for sound in sounds]


def _note(
    synth: Synth, choice: Choice, swells: bool, pitch: int, velocity: int, length_s: float
) -> NDArray[np.float32]:
    synth.control(0, 7, 127)
    synth.control(0, 11, 127)
    synth.control(0, choice.expression_cc, initial_expression(choice, swells))
    synth.note_on(0, pitch, velocity)
    sound = synth.render(round(length_s * RATE_HZ))
    synth.note_off(0, pitch)
    synth.silence()
    synth.render(256)
    return sound


def attack_s(sound: NDArray[np.float32], swells: bool) -> float:
    """Seconds from the start of ``sound`` until it first reaches -10 dB of its plateau; at most 0.45.

    The plateau is the level that a held sound has once it has spoken, and the peak of one that dies away. Levels of
    held sounds are powers over 10 ms: single samples grow with every partial that joins, long after the tone is there.
    """
    if not swells:
        loud = np.abs(sound).max(axis=1)
        peak = float(loud.max(initial=0.0))
        first = int(np.argmax(loud >= peak * 10.0 ** (_ATTACK_DB / 20.0))) if peak > 1e-6 else 0
        return min(_MOST_ATTACK_MS / 1000.0, first / RATE_HZ)
    window = round(_WINDOW_S * RATE_HZ)
    sums = np.concatenate([[0.0], np.cumsum((sound.astype(np.float64) ** 2).sum(axis=1))])
    power = np.maximum(0.0, sums[window:] - sums[:-window]) / window
    found_s = _reaches_s(power, float(np.median(power[len(power) // 3 :])) if len(power) else 0.0)
    for _ in range(_ROUNDS):  # an earlier attack has an earlier plateau: two or three rounds settle it
        first, last = (round((found_s + after_s) * RATE_HZ) for after_s in _SPOKEN_S)
        spoken = power[first:last]
        earlier_s = _reaches_s(power, float(spoken.mean())) if len(spoken) else found_s
        if earlier_s >= found_s:
            break
        found_s = earlier_s
    return min(_MOST_ATTACK_MS / 1000.0, found_s)


def _reaches_s(power: NDArray[np.float64], plateau: float) -> float:
    """When the middle of a window first has -10 dB of ``plateau`` (both powers), s; 0 when there is no sound."""
    if plateau <= 1e-12:
        return 0.0
    return int(np.argmax(power >= plateau * 10.0 ** (_ATTACK_DB / 10.0))) / RATE_HZ + _WINDOW_S / 2.0


def _time_to_peak(synth: Synth, instrument: str, choice: Choice, pitch: int) -> float:
    """Seconds from note-on to the loudest 20 ms of a swell."""
    sound = _note(synth, choice, _swells(instrument), pitch, 100, _SWELL_S)
    hop = RATE_HZ // 1000
    power = (sound.astype(np.float64) ** 2).sum(axis=1)
    steps = power[: len(power) // hop * hop].reshape(-1, hop).sum(axis=1)
    smooth = np.convolve(steps, np.ones(20) / 20.0, mode="same")
    return round(float(np.argmax(smooth)) / 1000.0, 4)
