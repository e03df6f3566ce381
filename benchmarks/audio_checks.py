"""What is measured on a played score: features that tell moods apart, and the audio checks of craft guide section 9.

Each check is a Row with its limits; the number is that of the guide's table. A check that does not apply (no hard hit,
no sneaked-in cue) gives no row.
"""

from __future__ import annotations

import importlib.util
import math
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.adapters.soundfiles import write_file
from autoscore.model.audio import RATE_HZ
from autoscore.stages.deliver.onsets import strongest_onset

sys.path.insert(0, str(Path(__file__).parent))
from lateness import late_ms
from playing import Played, play, remember, remembered
from sound_measures import FRAME, HOP, band_db, early_decay_s, octaves_db, short_term, spectra
from studio import Take

TOOLS = Path(__file__).resolve().parents[1] / ".." / "shared" / "tools"
METHOD = "6"
Array = NDArray[np.float64]
_HIT_REACH_S = 0.150
_RING_S = 0.8
"""Buttons and stops are meant to end at once: this is asked of cues that ring or fade."""
SHARED = ("lra", "crest_db", "centroid_hz", "centroid_sd_hz", "stereo_corr")
"""Features that must lie inside the range of human pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One check of one score: passed when ``value`` lies in ``low``..``high`` (None = open)."""

    number: int
    name: str
    value: float
    low: float | None = None
    high: float | None = None

    @property
    def passed(self) -> bool:
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)


@cache
def _tool() -> ModuleType:
    """../shared/tools/musicality_audio.py."""
    spec = importlib.util.spec_from_file_location("musicality_audio", TOOLS / "musicality_audio.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(TOOLS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def audio_features(take: Take, folder: Path, name: str) -> dict[str, float]:
    """Everything measured on the take's sound by name; played into ``folder``/``name`` if it was not yet."""
    return features(play(take, folder, name))


def audio_checks(take: Take, folder: Path, name: str) -> list[Row]:
    """The audio checks of one take; played into ``folder``/``name`` if it was not yet."""
    return checks(play(take, folder, name))


def features(played: Played) -> dict[str, float]:
    """Measures of tools/musicality_audio.py, octave bands, and what the checks look at; kept beside the sound."""
    key = f"{(played.folder / 'digest.txt').read_text(encoding='utf-8')}-{METHOD}"
    known = remembered(played.folder / "features.json", key)
    if known is not None:
        return known
    found = _measured(played)
    remember(played.folder / "features.json", key, found)
    return found


def _measured(played: Played) -> dict[str, float]:
    sound = played.sound()
    with tempfile.TemporaryDirectory() as scratch:
        wav = Path(scratch) / "mix.wav"
        write_file(wav, [sound], subtype="PCM_16")
        measured: dict[str, Any] = _tool().analyse(wav)
    found = {name: float(value) for name, value in measured.items() if isinstance(value, float)}
    found["plr_db"] = found["true_peak_db"] - found["lufs"]
    mono = sound.mean(axis=1).astype(np.float64)
    power, centres = spectra(mono)
    found |= {f"band_{low}": level for low, level in octaves_db(power).items()}
    found["mud_db"] = band_db(power, 200, 400) - band_db(power, 1000, 4000)
    decay_s = early_decay_s(mono)
    if decay_s is not None:
        found["early_decay_s"] = decay_s
    found |= _by_bar(played, centres, power.sum(axis=1))
    found |= _climax(played, sound)
    found |= _edges(played, mono)
    found |= _hits(played, mono)
    for path, group in ((stem.path, stem.group) for stem in played.stems.stems):
        lateness = late_ms(played.take, path.split("_")[0], group, played.stem(path).mean(axis=1), played.stems)
        if lateness is not None:
            found[f"late_ms_{group}"] = max(found.get(f"late_ms_{group}", 0.0), lateness, key=abs)
    return {name: round(value, 4) for name, value in found.items()}


def checks(played: Played) -> list[Row]:
    """Rows for the audio checks that apply to this score."""
    f = features(played)
    rows = [
        Row(number=7, name=name.replace("late_ms", "late"), value=f[name], low=-15.0, high=15.0)
        for name in sorted(f)
        if name.startswith("late_ms_")
    ]
    limits: list[tuple[int, str, float | None, float | None]] = [
        (11, "climax_off_s", None, 3.0), (11, "climax_lu", 4.0, None), (12, "mud_db", None, 12.0),
        (21, "centroid_intensity_r", 0.4, None), (21, "centroid_bar_cv", 0.15, None),
        (22, "hit_late_ms", None, 40.0), (22, "hit_early_ms", -20.0, None),
        (24, "sneak_db", None, -12.0), (24, "last_decay_s", _RING_S, None), (24, "edge_jump", None, 0.05),
        (25, "stereo_corr", 0.2, 0.85), (25, "early_decay_s", *_decay(played)), (25, "plr_db", 11.0, None),
        (25, "lra", 5.0, 15.0),
    ]  # fmt: skip
    rows += [Row(number=n, name=name, value=f[name], low=a, high=b) for n, name, a, b in limits if name in f]
    return rows


def _decay(played: Played) -> tuple[float, float]:
    """Limits of early decay by style: dry moods have small rooms, wide ones large ones.

    Half the room's time at least: what is plugged in is heard before its room, and a human band piece in a room of
    1.2 s is at 0.60.
    """
    rt60_s = max(tables.mood(cue.mood).mix.rt60_s for cue in played.take.plan.cues)
    return min(1.0, 0.5 * rt60_s), max(2.4, rt60_s)


def _by_bar(played: Played, centres: Array, energy: Array) -> dict[str, float]:
    """Centroid of each bar against its planned intensity, and how far it moves."""
    take, start_s = played.take, played.mix.start_s
    bars: list[tuple[float, float]] = []
    heard = energy > energy.max() * 1e-6
    times_s = start_s + (np.arange(len(centres)) * HOP + FRAME / 2) / RATE_HZ
    for cue in take.plan.cues:
        tempo = take.tempo.of(cue.id)
        for bar in tempo.bars:
            from_s, to_s = tempo.seconds_at(bar.start_beats), tempo.seconds_at(bar.start_beats + bar.length_beats)
            inside = (times_s >= from_s) & (times_s < min(to_s, cue.end_s)) & heard
            if inside.sum() >= 8:
                bars.append((cue.intensity_at((from_s + to_s) / 2), float(centres[inside].mean())))
    if len(bars) < 8:
        return {}
    intensity, centre = np.array(bars).T
    r = float(np.corrcoef(intensity, centre)[0, 1]) if intensity.std() > 0.02 else 1.0
    return {"centroid_intensity_r": r, "centroid_bar_cv": float(centre.std() / centre.mean())}


def _climax(played: Played, sound: NDArray[np.float32]) -> dict[str, float]:
    """Where the loudest 3 s lie against the planned peak, and how high over the median."""
    times_s, level = short_term(sound)
    if not len(level):
        return {}
    times_s = times_s + played.mix.start_s
    planned = np.array([_planned(played.take, t) for t in times_s])
    peak_s = times_s[planned >= planned.max() - 0.03]
    loudest_s = float(times_s[int(np.argmax(level))])
    heard = level[level > -60.0]
    spearman = _spearman(planned[level > -60.0], heard)
    return {
        "climax_off_s": float(np.abs(peak_s - loudest_s).min()),
        "climax_lu": float(level.max() - np.median(heard)),
        "loudness_follows": spearman,
    }


def _planned(take: Take, time_s: float) -> float:
    return max((cue.intensity_at(time_s) for cue in take.plan.cues if cue.start_s <= time_s <= cue.end_s), default=0.0)


def _spearman(left: Array, right: Array) -> float:
    if len(left) < 3 or left.std() < 1e-9 or right.std() < 1e-9:
        return 1.0
    ranks = [np.argsort(np.argsort(values, kind="stable"), kind="stable") for values in (left, right)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _edges(played: Played, mono: Array) -> dict[str, float]:
    """Sneaking in, ringing out, and clicks where cues begin and end (the worst of each over the cues)."""
    found: dict[str, float] = {}
    start_s, take = played.mix.start_s, played.take

    def level(from_s: float, to_s: float) -> float:
        piece = mono[max(0, round((from_s - start_s) * RATE_HZ)) : max(0, round((to_s - start_s) * RATE_HZ))]
        return 10 * math.log10(float((piece**2).mean()) + 1e-12) if len(piece) else -120.0

    jumps = [abs(float(mono[-1])), abs(float(mono[0]))]
    for cue, score in zip(take.plan.cues, take.score.cues, strict=False):
        tempo = take.tempo.of(cue.id)
        attacks = [
            tempo.seconds_at(note.start_beats) + note.nudge_ms / 1000.0 for part in score.parts for note in part.notes
        ]
        if not attacks:
            continue
        if cue.in_type == "sneak":
            entry = level(cue.start_s, cue.start_s + 0.2) - level(cue.start_s, cue.start_s + 4.0)
            found["sneak_db"] = max(found.get("sneak_db", -120.0), entry)
        last_s = max(attacks)
        after = mono[round((last_s - start_s) * RATE_HZ) : round((cue.end_s + 4.0 - start_s) * RATE_HZ)]
        hop = RATE_HZ // 50
        steps = 10 * np.log10((after[: len(after) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1) + 1e-12)
        if len(steps) and steps.max() > -60.0 and cue.out_type in ("ring", "fade"):
            alive = np.flatnonzero(steps > steps.max() - 40.0)
            found["last_decay_s"] = min(found.get("last_decay_s", 99.0), float(alive[-1] + 1) / 50.0)
        for edge_s in (cue.start_s, cue.end_s):
            at = round((edge_s - start_s) * RATE_HZ)
            piece = mono[max(0, at - 240) : at + 240]
            if len(piece) > 1 and cue.in_type == "sneak":
                jumps.append(float(np.abs(np.diff(piece)).max()))
    found["edge_jump"] = max(jumps)
    return found


def _hits(played: Played, mono: Array) -> dict[str, float]:
    """Latest and earliest hard hit by its onset in the mix, ms; hits are those that the score says it plays."""
    start_s = played.mix.start_s
    errors = []
    for cue, score in zip(played.take.plan.cues, played.take.score.cues, strict=False):
        hard = {hit.id for hit in cue.hits if hit.klass == "hard"}
        for hit in score.hits:
            if hit.hit_id not in hard or hit.device == "general_pause":
                continue
            from_s = hit.time_s - 0.4
            piece = mono[max(0, round((from_s - start_s) * RATE_HZ)) : round((hit.time_s + 0.4 - start_s) * RATE_HZ)]
            onset = strongest_onset(
                piece, RATE_HZ, start_s=max(from_s, start_s), from_s=hit.time_s - _HIT_REACH_S,
                to_s=hit.time_s + _HIT_REACH_S,
            )  # fmt: skip
            if onset is not None:
                errors.append((onset.time_s - hit.time_s) * 1000.0)
    return {"hit_late_ms": max(errors), "hit_early_ms": min(errors)} if errors else {}
