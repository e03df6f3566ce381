"""Do our scores sound like music that people wrote, when the same players and the same desk play both?

Made-up films (studio.py) are scored, rendered and mixed as the product does, music alone; human pieces
(../shared/data/human_midi) go through the same render and mix, and span the ranges. Then the audio checks of the craft
guide's section 9, at the median of the seeds of each mood.

    python benchmarks/music_audio.py DIR --human                  # first: the ranges, kept in DIR/human.json
    python benchmarks/music_audio.py DIR --moods heroic,lofi --seeds 2
    python benchmarks/music_audio.py DIR                          # 16 moods x 4 seeds

Sounds are kept in DIR by content: what did not change is not played again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path

from autoscore.tables import mood_names

sys.path.insert(0, str(Path(__file__).parent))
from audio_checks import SHARED, Row, checks, features
from human_pieces import names, takes
from playing import play
from studio import compose_film

LEAST_SHARE = 0.8


def human(folder: Path) -> dict[str, dict[str, float]]:
    """Features of every window of the human pieces; written to folder/human.json."""
    found = {}
    for name in names():
        for label, take in takes(name).items():
            found[label] = features(play(take, folder / "human", label))
            print(f"{label:28}" + "".join(f"{found[label][key]:12.2f}" for key in SHARED), flush=True)
    (folder / "human.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    return found


def ranges(folder: Path) -> dict[str, tuple[float, float]]:
    """Lowest and highest of each shared feature over the human pieces."""
    path = folder / "human.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else human(folder)
    return {key: (min(f[key] for f in found.values()), max(f[key] for f in found.values())) for key in SHARED}


def main() -> int:
    """Plays, measures, and prints the tables; 1 when too few scores lie inside or a check fails at a mood's median."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--human", action="store_true", help="play and measure the human pieces, and stop")
    parser.add_argument("--moods", default=",".join(mood_names()))
    parser.add_argument("--seeds", type=int, default=4)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.human:
        human(asked.folder)
        return 0
    limits = ranges(asked.folder)
    print(f"{'':16}" + "".join(f"{key:>16}" for key in SHARED))
    print(f"{'human':16}" + "".join(f"{f'{low:.2f}..{high:.2f}':>16}" for low, high in limits.values()))
    inside: list[bool] = []
    rows: dict[str, dict[tuple[int, str], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for mood in asked.moods.split(","):
        for seed in range(1, asked.seeds + 1):
            played = play(compose_film(mood, seed), asked.folder, f"{mood}-{seed}")
            found = features(played)
            out = [key for key, (low, high) in limits.items() if not low <= found[key] <= high]
            inside.append(not out)
            for row in checks(played):
                rows[mood][row.number, row.name].append(row)
            marks = "".join(f"{f'{found[key]:.2f}' + ('*' if key in out else ' '):>16}" for key in SHARED)
            print(f"{mood + '-' + str(seed):16}{marks}  follows {found['loudness_follows']:.2f}", flush=True)
    share = sum(inside) / len(inside)
    print(f"\n{sum(inside)} of {len(inside)} scores inside the human range in all of {', '.join(SHARED)}: {share:.0%}")
    return 0 if _verdicts(rows) and share >= LEAST_SHARE else 1


def _verdicts(rows: dict[str, dict[tuple[int, str], list[Row]]]) -> bool:
    """Prints each check's median by mood; True when all pass."""
    good = True
    for mood, found in rows.items():
        failed = []
        for (number, name), each in sorted(found.items()):
            median = statistics.median(row.value for row in each)
            row = Row(number=number, name=name, value=median, low=each[0].low, high=each[0].high)
            if not row.passed:
                failed.append(f"{number} {name} {median:.2f} ({row.low}..{row.high})")
        good = good and not failed
        print(f"{mood:12} {len(found):3} checks, " + ("all pass at the median" if not failed else "; ".join(failed)))
    return good


if __name__ == "__main__":
    sys.exit(main())
