"""Do our scores sound like music that people wrote, when the same players and the same desk play both?

Made-up films (studio.py) are scored, rendered and mixed as the product does, music alone; human pieces
(../shared/data/human_midi) go through the same render and mix, and span the ranges. Then the audio checks of the craft
guide's section 9, at the median of the seeds of each mood.

    python benchmarks/music_audio.py DIR --human                  # first: the ranges, kept in DIR/human.json
    python benchmarks/music_audio.py DIR --moods heroic,lofi --seeds 2
    python benchmarks/music_audio.py DIR                          # 16 moods x 4 seeds

Sounds are kept in DIR by content: what did not change is not played again. ``--json FILE`` writes the figures.
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
from figures import Figure, figure, write
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
    parser.add_argument("--json", type=Path, help="write the figures here")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.human:
        human(asked.folder)
        return 0
    limits = ranges(asked.folder)
    print(f"{'':16}" + "".join(f"{key:>16}" for key in SHARED))
    print(f"{'human':16}" + "".join(f"{f'{low:.2f}..{high:.2f}':>16}" for low, high in limits.values()))
    inside: dict[str, list[bool]] = defaultdict(list)
    rows: dict[str, dict[tuple[int, str], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for mood in asked.moods.split(","):
        for seed in range(1, asked.seeds + 1):
            played = play(compose_film(mood, seed), asked.folder, f"{mood}-{seed}")
            found = features(played)
            out = [key for key, (low, high) in limits.items() if not low <= found[key] <= high]
            inside[mood].append(not out)
            for row in checks(played):
                rows[mood][row.number, row.name].append(row)
            marks = "".join(f"{f'{found[key]:.2f}' + ('*' if key in out else ' '):>16}" for key in SHARED)
            print(f"{mood + '-' + str(seed):16}{marks}  follows {found['loudness_follows']:.2f}", flush=True)
    every = [each for scores in inside.values() for each in scores]
    share = sum(every) / len(every)
    print(f"\n{sum(every)} of {len(every)} scores inside the human range in all of {', '.join(SHARED)}: {share:.0%}")
    failed = {mood: _failed(found) for mood, found in rows.items()}
    for mood, found in rows.items():
        said = "; ".join(f"{r.number} {r.name} {r.value:.2f} ({r.low}..{r.high})" for r in failed[mood])
        print(f"{mood:12} {len(found):3} checks, {said or 'all pass at the median'}")
    if asked.json:
        more = {"failed": {mood: [row.name for row in found] for mood, found in failed.items()}}
        write(asked.json, f"{len(every)} scores of {len(inside)} moods", _figures(inside, failed), more)
    return 0 if share >= LEAST_SHARE and not any(failed.values()) else 1


def _failed(found: dict[tuple[int, str], list[Row]]) -> list[Row]:
    """The checks of one mood that do not pass at the median of its seeds, by number."""
    middle = [
        Row(number=n, name=name, value=statistics.median(r.value for r in each), low=each[0].low, high=each[0].high)
        for (n, name), each in sorted(found.items())
    ]
    return [row for row in middle if not row.passed]


def _figures(inside: dict[str, list[bool]], failed: dict[str, list[Row]]) -> list[Figure]:
    """Share of scores inside over all and by mood, and how many checks each mood fails."""
    every = [each for scores in inside.values() for each in scores]
    found = [figure("scores inside the human ranges", sum(every) / len(every), aim=f">= {LEAST_SHARE}")]
    for mood, scores in inside.items():
        found.append(figure(f"scores inside the human ranges, {mood}", sum(scores) / len(scores)))
        found.append(figure(f"failing audio checks, {mood}", len(failed[mood]), aim="0"))
    return found


if __name__ == "__main__":
    sys.exit(main())
