"""Cuts and gradual transitions against hand-made truth: autoscore's, and scenedetect's AdaptiveDetector alone.

    python benchmarks/cuts.py [--clips FOLDER] [--truth FOLDER] [--errors] [--all] [--draft] [--json FILE]

``--all`` decodes every frame instead of passing over those that no other refers to: the figures have to be the same.
``--draft`` looks at key frames only, as ``--quality draft`` does.

Scoring: a hard cut counts at +-1 frame; a gradual transition when a reported one overlaps it, or a reported cut falls
into it +-2 frames; whatever else is reported outside the truth's ``optional`` and ``ignore`` is a false alarm.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figures import Figure, figure, write

from autoscore.adapters.cuts import detect_adaptive
from autoscore.adapters.skipping import Pick
from autoscore.stages.analyze.skim import skim
from autoscore.stages.analyze.watch import watch
from autoscore.stages.probe import probe

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"


@dataclass
class Count:
    """Hits, misses and false alarms."""

    hit: int = 0
    missed: int = 0
    false: int = 0

    def __iadd__(self, other: Count) -> Count:
        self.hit, self.missed, self.false = self.hit + other.hit, self.missed + other.missed, self.false + other.false
        return self

    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.hit / max(1, 2 * self.hit + self.missed + self.false)

    def text(self) -> str:
        if self.hit + self.missed + self.false == 0:
            return "      -       "
        precision = self.hit / max(1, self.hit + self.false)
        recall = self.hit / max(1, self.hit + self.missed)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        return f"{precision:.3f} {recall:.3f} {f1:.3f} ({self.hit}/{self.hit + self.missed}, {self.false} false)"


def score(truth: dict[str, Any], cuts: list[int], gradual: list[tuple[int, int]]) -> tuple[Count, Count]:
    """Counts of hard cuts and of gradual transitions."""
    true_cuts, true_gradual = truth["cuts"], truth["gradual"]
    free = [(f - 1, f + 1) for f in truth["optional"]] + [tuple(span) for span in truth["ignore"]]
    hard, soft = Count(), Count()
    left = set(cuts)
    for frame in true_cuts:
        near = [c for c in left if abs(c - frame) <= 1]
        hard.hit, hard.missed = hard.hit + bool(near), hard.missed + (not near)
        left -= set(near)
    for first, last in true_gradual:
        met = any(a <= last and b >= first for a, b in gradual) or any(first - 2 <= c <= last + 2 for c in left)
        soft.hit, soft.missed = soft.hit + met, soft.missed + (not met)
    for frame in left:
        inside = any(a - 2 <= frame <= b + 2 for a, b in true_gradual) or any(a <= frame <= b for a, b in free)
        hard.false += not inside
    for first, last in gradual:
        inside = any(a <= last and b >= first for a, b in [*true_gradual, *free])
        soft.false += not inside
    return hard, soft


def errors(truth: dict[str, Any], cuts: list[int], gradual: list[tuple[int, int]]) -> str:
    """The frames behind the counts: what is missed and what is reported without being in the truth."""
    spans = [tuple(span) for span in truth["gradual"]]
    free = [*spans, *(tuple(span) for span in truth["ignore"]), *((f - 1, f + 1) for f in truth["optional"])]
    missed = [f for f in truth["cuts"] if not any(abs(f - c) <= 1 for c in cuts)]
    false = [c for c in cuts if not any(abs(f - c) <= 1 for f in truth["cuts"])]
    false = [c for c in false if not any(a - 2 <= c <= b + 2 for a, b in free)]
    lost = [s for s in spans if not any(a <= s[1] and b >= s[0] for a, b in gradual)]
    extra = [g for g in gradual if not any(a <= g[1] and b >= g[0] for a, b in free)]
    return f"cuts missed {missed} false {false} | gradual without overlap {lost} false {extra}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=Path, default=SHARED / "clips", help="folder of films")
    parser.add_argument("--truth", type=Path, default=SHARED / "truth", help="folder of JSON truth, one file a film")
    parser.add_argument("--errors", action="store_true", help="name the frames that are missed or false")
    parser.add_argument("--all", action="store_true", help="decode every frame")
    parser.add_argument("--draft", action="store_true", help="key frames only")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args(arguments)
    clips, truths = options.clips, options.truth
    if not truths.is_dir():
        print(f"no truth folder {truths}")
        return 2
    names: list[str] = []
    pick: Pick = "all" if options.all else "sparing"
    totals = {name: (Count(), Count()) for name in ("autoscore", "AdaptiveDetector alone")}
    print("precision recall F1, hard cuts | gradual")
    for path in sorted(truths.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(truth, dict) or "cuts" not in truth:
            continue
        film = clips / truth["video"]
        if not film.is_file():
            continue
        seen = skim(film, probe(film)) if options.draft else watch(film, probe(film), pick=pick)
        names.append(film.name)
        ours = score(truth, [c.frame for c in seen.cuts], [(g.start_frame, g.end_frame) for g in seen.gradual])
        alone = score(truth, detect_adaptive(str(film)), [])
        print(film.name)
        if options.errors:
            print(
                f"  {errors(truth, [c.frame for c in seen.cuts], [(g.start_frame, g.end_frame) for g in seen.gradual])}"
            )
        for name, (hard, soft) in (("autoscore", ours), ("AdaptiveDetector alone", alone)):
            totals[name][0].__iadd__(hard)
            totals[name][1].__iadd__(soft)
            print(f"  {name:24} {hard.text():40} | {soft.text()}")
    print("all films")
    for name, (hard, soft) in totals.items():
        print(f"  {name:24} {hard.text():40} | {soft.text()}")
    if options.json:
        write(options.json, ", ".join(names), [one for name, found in totals.items() for one in _figures(name, *found)])
    return 0


def _figures(name: str, hard: Count, soft: Count) -> list[Figure]:
    own = name == "autoscore"
    return [
        figure(f"Hard cuts, F1, {name}", hard.f1(), aim=">= 0.98" if own else ""),
        figure(f"Fades and dissolves, recall, {name}", soft.hit / max(1, soft.hit + soft.missed)),
        figure(
            f"False alarms among cuts, fades and dissolves, {name}", hard.false + soft.false, aim="0" if own else ""
        ),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
