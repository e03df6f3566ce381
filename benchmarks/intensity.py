"""Does music go with the intensity that the cue sheet plans?

For each scored film (its workspace): rank correlation of planned intensity, every half second where music sounds, with
the music's loudness (3 s, the ducking under speech taken back) and with how many notes begin (4 s). Aims: 0.6 and 0.5.

    python benchmarks/intensity.py                       # scores ../shared/clips into a temporary folder
    python benchmarks/intensity.py FILM... --keep DIR    # these films, workspaces kept in DIR
    python benchmarks/intensity.py --workspaces DIR...   # films that are scored already
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autoscore import artifacts
from autoscore.adapters.loudness import HOP_S, Meter, lufs, windows
from autoscore.adapters.soundfiles import read_file
from autoscore.model.audio import RATE_HZ, Mix
from autoscore.model.cues import CuePlan
from autoscore.model.score import Score
from autoscore.model.tempo import TempoMap

sys.path.insert(0, str(Path(__file__).parent))
from figures import figure, write
from sync import CLIPS, FILMS, score

Array = NDArray[np.float64]
STEP_S, LOUD_S, DENSE_S = 0.5, 3.0, 4.0
LEAST_LOUDNESS, LEAST_DENSITY = 0.6, 0.5


def spearman(left: Array, right: Array) -> float:
    """Rank correlation; ties share their rank. NaN where one of them does not move."""
    if len(left) < 8 or np.ptp(left) < 1e-6 or np.ptp(right) < 1e-6:
        return float("nan")
    return float(np.corrcoef(_ranks(left), _ranks(right))[0, 1])


def _ranks(values: Array) -> Array:
    _, where, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    ranks: Array = (last - 0.5 * (count - 1))[where]
    return ranks


def follows(workspace: Path) -> tuple[float, float, int]:
    """(loudness, density, seconds compared) of one scored film."""

    def read(kind: type, name: str) -> object:
        return artifacts.load(kind, (workspace / name).read_text(encoding="utf-8"))

    plan, tempo, written, mixed = (
        read(CuePlan, "04-plan.json"), read(TempoMap, "05-tempo.json"), read(Score, "06-score.json"),
        read(Mix, "08-mix.json"),
    )  # fmt: skip
    assert isinstance(plan, CuePlan) and isinstance(tempo, TempoMap)
    assert isinstance(written, Score) and isinstance(mixed, Mix)
    meter = Meter(RATE_HZ, true_peak=False)
    for block in read_file(workspace / mixed.music_path):
        meter.push(block.samples)
    at_s = mixed.start_s + (np.arange(len(meter.energies)) + 0.5) * HOP_S
    ducked_db = np.zeros(len(at_s))
    if mixed.ducking:
        ducked_db = np.interp(at_s, [p.time_s for p in mixed.ducking], [p.gain_db for p in mixed.ducking])
    level = lufs(windows(meter.energies * 10.0 ** (-ducked_db / 10.0), round(LOUD_S / HOP_S)))
    level_s = mixed.start_s + LOUD_S / 2 + HOP_S * np.arange(len(level))
    attacks = np.sort(
        [
            tempo.of(cue.cue_id).seconds_at(note.start_beats)
            for cue in written.cues
            for part in cue.parts
            for note in part.notes
        ]
    )
    rows = []
    for cue in plan.cues:
        if cue.muted:
            continue
        for time_s in np.arange(cue.start_s + LOUD_S, cue.end_s - LOUD_S, STEP_S):
            index = int(np.argmin(np.abs(level_s - time_s)))
            begun = np.searchsorted(attacks, time_s + DENSE_S / 2) - np.searchsorted(attacks, time_s - DENSE_S / 2)
            rows.append((cue.intensity_at(float(time_s)), float(level[index]), float(begun)))
    if not rows:
        return float("nan"), float("nan"), 0
    intensity, loud, dense = np.array(rows).T
    return spearman(intensity, loud), spearman(intensity, dense), round(len(rows) * STEP_S)


def main() -> int:
    """Prints both correlations per film; 1 when one lies below its aim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", type=Path, nargs="*")
    parser.add_argument("--workspaces", type=Path, nargs="*")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--json", type=Path, help="write the figures here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        spaces = asked.workspaces
        if not spaces:
            films = asked.films or sorted(path for path in CLIPS.iterdir() if path.suffix in FILMS)
            folder = asked.keep or Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            spaces = score(films, folder)
        found = {workspace.stem: follows(workspace) for workspace in spaces}
    fine = True
    print(f"{'film':44}{'seconds':>8}{'loudness':>10}{'density':>10}")
    for name, (loudness, density, seconds) in found.items():
        low = loudness < LEAST_LOUDNESS or density < LEAST_DENSITY
        fine = fine and not low
        print(f"{name:44}{seconds:8}{loudness:10.2f}{density:10.2f}{'  low' if low else ''}")
    if asked.json:
        heard = {name: values for name, values in found.items() if values[2]}
        what = "planned intensity and {}, rank correlation by film"
        aims = (("loudness", LEAST_LOUDNESS), ("density of notes", LEAST_DENSITY))
        figures = [
            figure(what.format(aim[0]), [values[i] for values in heard.values()], aim=f">= {aim[1]} each")
            for i, aim in enumerate(aims if heard else ())
        ]
        write(asked.json, f"{len(heard)} films", figures, {"films": heard})
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
