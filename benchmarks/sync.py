"""Do the hard hits fall on their pictures - and would that measurement say so of any score?

Measures, in the finished films' own decoded sound, the strongest onset within 150 ms of each hard hit (the detector is
not told where inside that window the hit lies), and then the same against the same hit lists shifted at random, many
times: that is chance. A detector that flattered would raise both.

    python benchmarks/sync.py                       # scores ../shared/clips into a temporary folder, then measures
    python benchmarks/sync.py FILM... --keep DIR    # these films (or folders of films), workspaces kept in DIR
    python benchmarks/sync.py --workspaces DIR...   # films that are scored already; --json FILE keeps the figures
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from figures import figure, write

from autoscore import artifacts, cli
from autoscore.adapters.copied import read_packets
from autoscore.model.audio import Mix
from autoscore.model.receipt import Receipt
from autoscore.stages.deliver import receipts
from autoscore.stages.deliver.readback import hear
from autoscore.stages.deliver.tolerance import within

CLIPS = Path(__file__).resolve().parents[1] / ".." / "shared" / "clips"
FILMS = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".ogv", ".avi", ".ts"}


def score(films: Sequence[Path], folder: Path) -> list[Path]:
    """Scores each film by the command line; returns the workspaces of those that came out."""
    done = []
    for film in films:
        workspace = folder / f"{film.stem}.autoscore"
        output = folder / f"{film.stem}_scored{film.suffix}"
        code = cli.main(["score", str(film), "--workspace", str(workspace), "--output", str(output), "--overwrite"])
        if code == 0:
            done.append(workspace)
        else:
            print(f"{film.name}: not scored, exit code {code}", file=sys.stderr)
    return done


def errors_ms(workspace: Path, receipt: Receipt, times_s: Sequence[float]) -> list[float | None]:
    """Measured onset minus time, for each time; None where no onset is heard."""
    mix = artifacts.load(Mix, (workspace / "08-mix.json").read_text(encoding="utf-8"))
    finished = workspace / receipt.output_folder / receipt.output
    packets = read_packets(finished)
    heard = hear(
        finished,
        mix,
        workspace,
        times_s,
        sound_index=packets.sound_index,
        film_start_s=packets.video.first_s,
        gain_db=receipt.encode_gain_db,
        duration_s=packets.duration_s,
    )
    return [
        None if onset is None else 1000.0 * (onset.time_s - time_s)
        for onset, time_s in zip(heard.onsets, times_s, strict=True)
    ]


def measure(workspace: Path, shifts: int, rng: random.Random) -> dict[str, list[float | None]]:
    """Errors of the hard hits as they are, and of ``shifts`` copies of the list, each shifted round the film."""
    receipt = receipts.read(workspace / receipts.NAME)
    times = [hit.time_s for hit in receipt.hits if hit.klass == "hard"]
    length = receipt.duration_s.picture
    shifted = [(t + move) % length for move in (rng.uniform(0.5, length - 0.5) for _ in range(shifts)) for t in times]
    found = errors_ms(workspace, receipt, [*times, *shifted])
    return {"hits": found[: len(times)], "chance": found[len(times) :]}


def line(name: str, errors: Sequence[float | None]) -> str:
    heard = [abs(e) for e in errors if e is not None]
    if not errors:
        return f"{name:44s} no hard hits"
    share = 100 * sum(within(e) for e in errors) / len(errors)
    median = f"{statistics.median(heard):6.1f}" if heard else "     -"
    return f"{name:44s} {len(errors):5d} {len(heard):6d} {share:8.1f} % {median} ms"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs="*", type=Path, help="films or folders of films; default: ../shared/clips")
    parser.add_argument("--workspaces", nargs="*", type=Path, default=[], help="measure these; nothing is scored")
    parser.add_argument("--keep", type=Path, help="score into this folder and leave it there")
    parser.add_argument("--shifts", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1, help="of the random shifts")
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        workspaces = list(given.workspaces)
        if not workspaces:
            named = given.films or [CLIPS]
            films = [f for n in named for f in (sorted(n.iterdir()) if n.is_dir() else [n]) if f.suffix in FILMS]
            folder = given.keep or Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            workspaces = score(films, folder)
        rng = random.Random(given.seed)
        found = {workspace.name: measure(workspace, given.shifts, rng) for workspace in workspaces}
    hits = [error for one in found.values() for error in one["hits"]]
    chance = [error for one in found.values() for error in one["chance"]]
    print(f"{'hard hits':44s} {'count':>5s} {'heard':>6s} {'-20..+40 ms':>10s} {'median |error|':>9s}")
    for name, one in found.items():
        print(line(name, one["hits"]))
    print(line("all films", hits))
    print(line(f"chance: {given.shifts} random shifts, seed {given.seed}", chance))
    if given.json:
        figures = [
            figure("hard hits out of tolerance", sum(not within(e) for e in hits), unit=f"of {len(hits)}", aim="0"),
            figure("hard hits, |error|", [abs(e) for e in hits if e is not None] or [0.0], unit="ms"),
            figure("hits at random times within tolerance", sum(map(within, chance)) / max(1, len(chance))),
        ]
        data = f"{len(found)} films, {given.shifts} random shifts, seed {given.seed}"
        write(given.json, data, figures, {"films": found})
    return 0 if hits and all(within(error) for error in hits) else 1


if __name__ == "__main__":
    sys.exit(main())
