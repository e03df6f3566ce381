"""Piano rolls of moods x seeds, and spectrograms of their mixes, as PNG: music to look at, as on a page.

A roll shows every part by its role's colour, in lines of 40 s: above it bars, sections and chords, across it the hits,
below it the percussion, the planned intensity and how many parts sound.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from studio import Take, compose_film

from autoscore.adapters import sound
from autoscore.model.cues import Cue
from autoscore.model.score import CueScore, Part
from autoscore.model.tempo import CueTempo
from autoscore.tables import mood_names, read

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.collections import PolyCollection

COLOURS = {
    "melody": "#d62728", "counter": "#ff7f0e", "harmony": "#1f77b4", "bass": "#6b3fa0", "motion": "#2ca02c",
    "pad": "#7fb3d5", "colour": "#e377c2", "percussion": "#555555", "hit": "#000000",
}  # fmt: skip
HITS = {"hard": ("#c00000", "-"), "section": ("#008000", "--"), "soft": ("#888888", ":")}
LINE_S = 40.0
LOWEST_DB, HIGHEST_DB = -90.0, -20.0


def unpitched(part: Part) -> bool:
    """Whether its notes are no pitches: kits, taiko, wood."""
    rows = read("notation.toml")["players"]
    return any(row.get("kit") and part.instrument in row.get("plays", ()) for row in rows.values())


def boxes(part: Part, tempo: CueTempo, low_s: float, high_s: float) -> list[list[tuple[float, float]]]:
    """Corners of each note that sounds between two film times."""
    found = []
    for note in part.notes:
        start_s = tempo.seconds_at(note.start_beats) + note.nudge_ms / 1000
        end_s = tempo.seconds_at(note.start_beats + note.length_beats) + note.release_ms / 1000
        if end_s > low_s and start_s < high_s:
            left, right = start_s, max(end_s, start_s + 0.05)
            low, high = note.pitch - 0.42, note.pitch + 0.42
            found.append([(left, low), (right, low), (right, high), (left, high)])
    return found


def roll(take: Take, path: Path) -> None:
    """Draws all cues of a film below one another."""
    lines = []
    for score in take.score.cues:
        tempo = take.tempo.of(score.cue_id)
        cue = next(cue for cue in take.plan.cues if cue.id == score.cue_id)
        at_s = tempo.start_s
        while at_s < tempo.end_s - 1.0:
            lines.append((score, tempo, cue, at_s, at_s + LINE_S))
            at_s += LINE_S
    figure, axes = plt.subplots(
        3 * len(lines), 1, figsize=(24, 7.5 * len(lines)), squeeze=False,
        gridspec_kw={"height_ratios": [7, 0.8, 1.2] * len(lines), "hspace": 0.2},
    )  # fmt: skip
    for row, (score, tempo, cue, low_s, high_s) in enumerate(lines):
        upper, drums, lower = (axes[3 * row + place][0] for place in range(3))
        _notes(upper, score, tempo, low_s, high_s)
        _above(upper, score, tempo, cue, low_s, high_s)
        _drums(drums, score, tempo)
        _below(lower, score, tempo, cue, low_s, high_s)
        for axis in (upper, drums, lower):
            axis.set_xlim(low_s, high_s)
            for hit in cue.hits:
                colour, style = HITS.get(hit.klass, ("#cccccc", ":"))
                axis.axvline(hit.time_s, color=colour, linestyle=style, linewidth=1.0, zorder=0)
    first = take.score.cues[0]
    told = f"{take.media.name}   {take.plan.cues[0].mood}   {first.key}   {take.plan.cues[0].tempo_bpm:g} bpm"
    figure.suptitle(f"{told}   seed {take.score.seed}", y=0.905, fontsize=14)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=72, bbox_inches="tight")
    plt.close(figure)


def _notes(axis: Any, score: CueScore, tempo: CueTempo, low_s: float, high_s: float) -> None:
    pitches = [note.pitch for part in score.parts if not unpitched(part) for note in part.notes]
    for role, colour in COLOURS.items():
        found = [
            box for part in score.parts if part.role == role and not unpitched(part)
            for box in boxes(part, tempo, low_s, high_s)
        ]  # fmt: skip
        if found:
            front = role in ("melody", "counter", "bass")
            axis.add_collection(
                PolyCollection(found, facecolors=colour, edgecolors="white", linewidths=0.3, label=role,
                               alpha=0.95 if front else 0.6, zorder=3 if front else 2)
            )  # fmt: skip
    axis.set_ylim(min(pitches, default=40) - 2, max(pitches, default=80) + 2)
    for octave in range(24, 109, 12):
        axis.axhline(octave - 0.5, color="#dddddd", linewidth=0.7, zorder=0)
    axis.set_yticks(range(24, 109, 12), [f"C{n}" for n in range(1, 9)])
    axis.legend(loc="lower right", ncols=9, fontsize=7)
    axis.set_xticks([])
    names: dict[str, str] = {}
    for part in score.parts:
        inside = [note for note in part.notes if low_s <= tempo.seconds_at(note.start_beats) < high_s]
        if inside and part.role in ("melody", "counter"):
            first = min(inside, key=lambda note: note.start_beats)
            names.setdefault(part.name, "")
            axis.annotate(part.name, (tempo.seconds_at(first.start_beats), first.pitch + 1), fontsize=7, zorder=5)


def _above(axis: Any, score: CueScore, tempo: CueTempo, cue: Cue, low_s: float, high_s: float) -> None:
    top = axis.get_ylim()[1]
    for index, section in enumerate(score.sections):
        start_s, end_s = tempo.seconds_at(section.start_beats), tempo.seconds_at(section.end_beats)
        if end_s > low_s and start_s < high_s:
            axis.axvspan(start_s, end_s, color="#f4f0e4" if index % 2 else "#ffffff", zorder=-1)
            axis.text(max(start_s, low_s) + 0.1, top - 0.5, section.function, fontsize=11, weight="bold", va="top")
    for bar in tempo.bars:
        at_s = tempo.seconds_at(bar.start_beats)
        if low_s <= at_s < high_s:
            axis.axvline(at_s, color="#bbbbbb", linewidth=0.5, zorder=0)
            axis.text(at_s, top + 2.6, str(bar.number), fontsize=7, color="#777777")
    for left, chord in pairwise([None, *score.chords]):
        assert chord is not None
        at_s = tempo.seconds_at(chord.start_beats)
        if low_s <= at_s < high_s and (left is None or left.roman != chord.roman):
            axis.text(at_s, top + 0.4, chord.roman, fontsize=8, rotation=35, ha="left")
    for hit in cue.hits:
        if low_s <= hit.time_s < high_s and hit.klass == "hard":
            axis.text(hit.time_s, axis.get_ylim()[0] + 0.5, hit.id, fontsize=7, color="#c00000")


def _drums(axis: Any, score: CueScore, tempo: CueTempo) -> None:
    for part in score.parts:
        if unpitched(part):
            times = [tempo.seconds_at(n.start_beats) for n in part.notes]
            axis.scatter(times, [n.pitch for n in part.notes], s=[n.velocity / 8 for n in part.notes], marker="|",
                         color=COLOURS["hit" if part.role == "hit" else "percussion"])  # fmt: skip
    axis.set_ylim(30, 85)
    axis.set_yticks([])
    axis.set_xticks([])


def _below(axis: Any, score: CueScore, tempo: CueTempo, cue: Cue, low_s: float, high_s: float) -> None:
    times = np.arange(low_s, min(high_s, tempo.end_s), 0.25)
    axis.plot(times, [cue.intensity_at(float(t)) for t in times], color="#c00000", linewidth=1.5)
    axis.set_ylim(0, 1)
    axis.set_yticks([0, 1])
    counts = np.zeros(len(times))
    for part in score.parts:
        sounding = np.zeros(len(times), bool)
        for note in part.notes:
            start_s = tempo.seconds_at(note.start_beats)
            end_s = tempo.seconds_at(note.start_beats + note.length_beats)
            sounding |= (times >= start_s) & (times < max(end_s, start_s + 0.25))
        counts += sounding
    second = axis.twinx()
    second.fill_between(times, counts, step="post", color="#1f77b4", alpha=0.25)
    second.set_ylim(0, max(12, counts.max(initial=0) + 1))
    second.set_ylabel("parts", fontsize=8)


def spectrogram(mix: Path, path: Path) -> None:
    """Level by frequency (logarithmic) and time, with the level of 400 ms above it."""
    blocks = [block.samples.mean(axis=1) for block in sound.read_file(mix)]
    samples = np.concatenate(blocks)
    size, step = 4096, 2048
    frames = max(1, (len(samples) - size) // step)
    window = np.hanning(size).astype(np.float32)
    columns = np.empty((frames, size // 2 + 1), np.float32)
    for index in range(frames):
        piece = samples[index * step : index * step + size] * window
        columns[index] = 20 * np.log10(np.abs(np.fft.rfft(piece)) / (size / 4) + 1e-9)
    edges = np.geomspace(40, 18000, 241)
    bins = np.fft.rfftfreq(size, 1 / 48000)
    bands = np.clip(np.searchsorted(bins, edges[:-1]), 1, len(bins) - 1)
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(22, 9), gridspec_kw={"height_ratios": [1, 5]}, sharex=True)
    seconds = np.arange(frames) * step / 48000
    upper.plot(*_level(samples), color="#c00000", linewidth=0.8)
    upper.set_ylim(-60, 0)
    upper.set_ylabel("dBFS")
    lower.pcolormesh(
        seconds, edges[:-1], columns[:, bands].T, vmin=LOWEST_DB, vmax=HIGHEST_DB, cmap="magma", shading="auto"
    )
    lower.set_yscale("log")
    lower.set_ylabel("Hz")
    lower.set_xlabel("s")
    figure.suptitle(mix.name)
    figure.savefig(path, dpi=72, bbox_inches="tight")
    plt.close(figure)


def _level(samples: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    step = int(0.4 * 48000)
    count = len(samples) // step
    power = (samples[: count * step].reshape(count, step).astype(np.float64) ** 2).mean(axis=1)
    return np.arange(count) * 0.4, 10 * np.log10(power + 1e-9)


def summary(take: Take) -> str:
    """What a look at the notes begins with: form, chords and parts in words."""
    told = []
    for score in take.score.cues:
        tempo = take.tempo.of(score.cue_id)
        told.append(f"{score.cue_id} {score.title}: {score.key}, {tempo.base_bpm:.0f} quarters a minute")
        for section in score.sections:
            inside = [c for c in score.chords if section.start_beats <= c.start_beats < section.end_beats]
            bars = [b.number for b in tempo.bars if section.start_beats <= b.start_beats < section.end_beats]
            chords = " ".join(c.roman for c in inside)
            told.append(f"  bars {bars[:1]}-{bars[-1:]} {section.function} ({section.intensity:.2f}): {chords}")
        told += [
            f"  {part.name}: {part.role}, {len(part.notes)} notes, {min(n.pitch for n in part.notes)}-"
            f"{max(n.pitch for n in part.notes)}"
            for part in score.parts if part.notes
        ]  # fmt: skip
    return "\n".join(told) + "\n"


def main() -> None:
    """Draws rolls: python benchmarks/pictures.py DIR [--moods a,b] [--seeds 1,2] [--mixes FOLDER of MOOD-SEED.flac]."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--moods", default=",".join(mood_names()))
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--mixes", type=Path, help="mixes named MOOD-SEED.wav or .flac: their spectrograms")
    asked = parser.parse_args()
    for name in asked.moods.split(","):
        for seed in map(int, asked.seeds.split(",")):
            take = compose_film(name, seed)
            roll(take, asked.folder / f"{name}-{seed}.png")
            (asked.folder / f"{name}-{seed}.txt").write_text(summary(take))
            print(asked.folder / f"{name}-{seed}.png")
            for mix in sorted(asked.mixes.glob(f"{name}-{seed}.*")) if asked.mixes else ():
                spectrogram(mix, asked.folder / f"{name}-{seed}-spectrum.png")


if __name__ == "__main__":
    main()
