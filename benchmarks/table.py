"""Every benchmark, one after the other, as one table: ``make bench``.

    python benchmarks/table.py [--only speed,cuts] [--rounds 3] [--out build/bench]

Each script is a program of its own, so that none leaves anything warm for the next, and writes its figures with
``--json`` (figures.py). ``benchmarks.md`` and ``benchmarks.json`` hold all of them with machine, versions, data and
command; what a script printed stands beside them. A script that fails is named and does not stop the others.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from figures import machine

HERE = Path(__file__).resolve().parent
HEADS = ("figure", "median", "least", "largest", "runs", "aim")


@dataclass(frozen=True, kw_only=True)
class Script:
    """``arguments`` get the output folder and the number of rounds when it is this script's turn."""

    title: str
    file: str
    arguments: Callable[[Path, int], Sequence[str]]


def _scored(out: Path) -> list[str]:
    """The films that sync.py has scored, for whoever comes after it."""
    found = sorted(str(path) for path in (out / "films").glob("*.autoscore"))
    return ["--workspaces", *found] if found else []


SCRIPTS = {
    "speed": Script(
        title="Speed and memory, 1080p", file="speed.py",
        arguments=lambda _out, rounds: ["--seconds", "600", "--rounds", str(rounds)],
    ),
    "growth": Script(title="Length", file="growth.py", arguments=lambda _out, _rounds: []),
    "folders": Script(title="Folders", file="folders.py", arguments=lambda _out, _rounds: []),
    "cuts": Script(title="Cuts", file="cuts.py", arguments=lambda _out, _rounds: []),
    "sync": Script(title="Sync", file="sync.py", arguments=lambda out, _rounds: ["--keep", str(out / "films")]),
    "intensity": Script(
        title="Music goes with the picture", file="intensity.py", arguments=lambda out, _rounds: _scored(out)
    ),
    "music": Script(title="Music, as notes", file="music.py", arguments=lambda _out, _rounds: []),
    "sound": Script(
        title="Music, as sound", file="music_audio.py", arguments=lambda out, _rounds: [str(out / "sound")]
    ),
}  # fmt: skip


def run(name: str, out: Path, rounds: int) -> dict[str, Any]:
    """One script's document, with its command, seconds and exit code; without figures when it wrote none."""
    script = SCRIPTS[name]
    found = out / f"{name}.json"
    found.unlink(missing_ok=True)
    command = [script.file, *script.arguments(out, rounds), "--json", str(found)]
    started = time.perf_counter()
    with (out / f"{name}.txt").open("w", encoding="utf-8") as said:
        code = subprocess.run(
            [sys.executable, str(HERE / command[0]), *command[1:]], stdout=said, stderr=subprocess.STDOUT, check=False
        ).returncode
    document = json.loads(found.read_text(encoding="utf-8")) if found.exists() else {"data": "", "figures": []}
    shown = shlex.join(["python", f"benchmarks/{script.file}", *script.arguments(Path("OUT"), rounds)])
    return {
        "title": script.title, "command": shown, "exit_code": code, "seconds": round(time.perf_counter() - started, 1),
        "data": document["data"], "figures": document["figures"],
    }  # fmt: skip


def markdown(documents: Mapping[str, Mapping[str, Any]], host: Mapping[str, Any]) -> str:
    """All figures under the machine's name; one table for each script."""
    versions = ", ".join(f"{name} {number}" for name, number in host["versions"].items())
    lines = ["# autoscore, measured", "", f"{host['processor']}, {host['cores']} cores. {versions}.", ""]
    for name, one in documents.items():
        lines += [f"## {one['title']}", "", f"`{one['command']}`: {one['seconds']:g} s. {one['data']}", ""]
        if one["figures"]:
            lines += [f"| {' | '.join(HEADS)} |", "|---|---:|---:|---:|---:|---|"]
            lines += [_row(figure) for figure in one["figures"]]
        else:
            lines.append(f"No figures: it ended with exit code {one['exit_code']}; see {name}.txt.")
        lines.append("")
    return "\n".join(lines)


def _row(figure: Mapping[str, Any]) -> str:
    unit = f" {figure['unit']}" if figure["unit"] else ""
    spread = (f"{figure['low']:g}", f"{figure['high']:g}") if figure["runs"] > 1 else ("", "")
    cells = (figure["name"], f"{figure['value']:g}{unit}", *spread, str(figure["runs"]), figure["aim"])
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the scripts that are asked for; 1 when one of them gave no figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(SCRIPTS), help="scripts, separated by commas")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the programs that are compared")
    parser.add_argument("--out", type=Path, default=HERE.parent / "build" / "bench")
    asked = parser.parse_args(arguments)
    wanted = asked.only.split(",")
    if unknown := [name for name in wanted if name not in SCRIPTS]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(SCRIPTS)}")
    asked.out.mkdir(parents=True, exist_ok=True)
    host, documents = machine(), {}
    for name in wanted:
        print(f"{SCRIPTS[name].title} ({SCRIPTS[name].file})", file=sys.stderr, flush=True)
        documents[name] = run(name, asked.out, asked.rounds)
        text = markdown(documents, host)
        (asked.out / "benchmarks.md").write_text(text, encoding="utf-8")
        whole = json.dumps({"machine": host, "benchmarks": documents}, indent=1)
        (asked.out / "benchmarks.json").write_text(whole + "\n", encoding="utf-8")
    print(text)
    return 0 if all(one["figures"] for one in documents.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
