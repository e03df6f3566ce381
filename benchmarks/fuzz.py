"""Spoilt inputs to every reader of what strangers write. Run: python benchmarks/fuzz.py [--inputs N] [READER ...]

Metric: of N inputs that hypothesis spoilt, how many were refused with a sentence, how many read all the same, the
slowest one, and the faults (any exception that is no sentence, a death, a hang over the reader's limit, a file or
program touched outside), each with the smallest input that has it. A reader is left once it has a fault.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "fuzz"))
import fuzzing
import readers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", nargs="*", help="names or beginnings of names; all of them by default")
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the smallest input of each fault")
    wanted = parser.parse_args()
    chosen = [
        reader
        for name, reader in readers.READERS.items()
        if not wanted.readers or any(name.startswith(word) for word in wanted.readers)
    ]
    tallies = []
    with fuzzing.Fuzzer() as fuzzer:
        for reader in chosen:
            tally = fuzzer.run(reader.name, wanted.inputs, seed=wanted.seed)
            tallies.append(tally)
            print(f"{reader.name}: {tally.inputs} inputs, {tally.refused} refused, {tally.read} read, "
                  f"{len(tally.faults)} faults, slowest {tally.slowest_s:.2f} s", file=sys.stderr)  # fmt: skip
            for number, found in enumerate(tally.faults):
                print(f"    {found}", file=sys.stderr)
                if wanted.keep is not None:
                    name = f"{reader.name.replace(': ', '-').replace(' ', '-')}-{number}{reader.suffix}"
                    wanted.keep.joinpath(name).write_bytes(found.spoilt.data)
    rows = fuzzing.table(tallies)
    print(
        "\n".join(f"| {' | '.join(row)} |" + ("\n" + "|---" * len(row) + "|" if row is rows[0] else "") for row in rows)
    )
    return 1 if any(tally.faults for tally in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
