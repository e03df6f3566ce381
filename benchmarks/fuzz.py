"""Spoilt inputs to every reader of what strangers write. Run: python benchmarks/fuzz.py [--inputs N] [READER ...]

Metric: of N inputs, how many were refused with a sentence, how many read all the same, how many crashed (any exception
that is not a sentence, a death, a hang over the reader's limit, a file or program touched outside), the slowest one.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "fuzz"))
import fuzzing
import readers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", nargs="*", help="names or beginnings of names; all of them by default")
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=10, help="crashes shown of each reader")
    wanted = parser.parse_args()
    names = [
        name for name in readers.READERS if not wanted.readers or any(name.startswith(word) for word in wanted.readers)
    ]
    tallies = []
    with fuzzing.Fuzzer() as fuzzer:
        for name in names:
            tally = fuzzer.run(name, wanted.inputs, seed=wanted.seed, limit_s=readers.READERS[name].limit_s)
            tallies.append(tally)
            print(f"{name}: {tally.refused} refused, {tally.read} read, {len(tally.crashes)} crashes, "
                  f"slowest {tally.slowest_s:.2f} s (input {tally.slowest_input})", file=sys.stderr)  # fmt: skip
            kinds = Counter(text for _, text in tally.crashes)
            for text, count in kinds.most_common(wanted.show):
                first = next(number for number, said in tally.crashes if said == text)
                print(f"    {count} x {text} (input {first})", file=sys.stderr)
    rows = fuzzing.table(tallies)
    print(
        "\n".join(f"| {' | '.join(row)} |" + ("\n" + "|---" * len(row) + "|" if row is rows[0] else "") for row in rows)
    )
    return 1 if any(tally.crashes for tally in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
