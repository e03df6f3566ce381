"""What the fault tests share: runs that can be disturbed, and what must hold after them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STAGES = ("probe", "analyze", "spot", "plan", "tempo", "compose", "render", "mix", "deliver")
UNLIKE = ("run.log", "manifest.json")
"""They hold clock times."""
_started: list[subprocess.Popen[str]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """``film`` with all that was made of it; ``undisturbed`` is what that looks like."""

    film: Path
    undisturbed: dict[str, str]


def workspace_of(film: Path) -> Path:
    return film.with_suffix(".autoscore")


def output_of(film: Path) -> Path:
    return film.with_name(f"{film.stem}.scored{film.suffix}")


def contents(film: Path) -> dict[str, str]:
    """What lies beside the film and in its workspace, by name, without what a clock writes and the film's own place."""
    found = {}
    for path in sorted(film.parent.rglob("*")):
        if path.is_file() and path != film and path.name not in UNLIKE:
            data = path.read_bytes().replace(str(film.parent).encode(), b"HERE")
            found[str(path.relative_to(film.parent))] = hashlib.sha256(data).hexdigest()[:16]
    return found


def strays(folder: Path) -> list[str]:
    """Unfinished files and locks below ``folder``."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.name.startswith(".") or ".part" in path.name or path.name == "lock"
    )


def is_whole(film: Path) -> None:
    """The finished film can be read to its end, and the manifest knows every file that is there."""
    manifest = json.loads((workspace_of(film) / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["stages"]) >= set(STAGES)
    here = {name for name in manifest["placed"] if Path(name).parent == film.parent}
    assert here <= set(manifest["stages"]["deliver"][""]["files"])
    for pieces in manifest["stages"].values():
        for piece in pieces.values():
            for name, mark in piece["files"].items():
                data = (workspace_of(film) / name).read_bytes()
                assert hashlib.sha256(data).hexdigest() == mark["sha256"], name


def said_once(err: str, *words: str) -> None:
    """One sentence (and a hint) on stderr, no traceback; notes may come before it."""
    lines = [line for line in err.splitlines() if line and not line.startswith("note: ")]
    assert 1 <= len(lines) <= 2, err
    assert lines[0].startswith("autoscore: ") and "Traceback" not in err
    for word in words:
        assert word.lower() in err.lower(), err


def start(*arguments: str | Path, code: str = "", **environment: str) -> subprocess.Popen[str]:
    """autoscore as a process of its own, Ctrl-C not ignored; ``code`` runs in it before."""
    program = f"{code}\nimport signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program += "from autoscore.__main__ import entry\nentry()\n"
    child = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env={**os.environ, **environment},
    )  # fmt: skip
    _started.append(child)
    return child


def end_all() -> None:
    """Ends what a failed test left running."""
    while _started:
        child = _started.pop()
        if child.poll() is None:
            kill(child)


def finish(child: subprocess.Popen[str], timeout_s: float = 120.0) -> tuple[int, str]:
    """Its exit code and what it said on stderr."""
    _out, err = child.communicate(timeout=timeout_s)
    return child.returncode, err


def wait_for(
    happened: Callable[[], object], child: subprocess.Popen[str] | None = None, timeout_s: float = 60.0
) -> bool:
    """Whether ``happened`` came true before ``child`` ended."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if happened():
            return True
        if child is not None and child.poll() is not None:
            return False
        time.sleep(0.005)
    raise AssertionError("it did not happen")


def commands_with(word: str) -> list[int]:
    """Processes whose command line has ``word`` in it (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
        except OSError:
            continue
        if word.encode() in command and not dead:
            found.append(int(entry.name))
    return found


def back_to(film: Path, stage: str) -> None:
    """The workspace as it was when everything before ``stage`` was done."""
    folder = workspace_of(film)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for later in STAGES[STAGES.index(stage) :]:
        for piece in manifest["stages"].pop(later, {}).values():
            for name in piece["files"]:
                (folder / name).unlink(missing_ok=True)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    output_of(film).unlink(missing_ok=True)
    film.with_name(f"{output_of(film).name}.receipt.json").unlink(missing_ok=True)


DIE = """
import os, pathlib, signal
real, left = pathlib.Path.replace, [{skip}]
def replace(self, target):
    if pathlib.Path(target).match({name!r}):
        if left[0] == 0:
            if {after}:
                real(self, target)
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
    return real(self, target)
pathlib.Path.replace = replace
"""


def dying(name: str, *, after: bool, skip: int = 0) -> str:
    """Code that ends a process as kill -9 does, just before or after a file of this name gets it."""
    return DIE.format(name=name, after=after, skip=skip)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallDisk:
    """A folder in which there is little room: ``own``: as a disk of its own, else no file may grow large."""

    folder: Path
    own: bool

    @property
    def says(self) -> tuple[str, ...]:
        """Words of what is said when the room is used up. A limit is met in any folder, and libraries hide it."""
        return ("no space left", "--") if self.own else ("autoscore: ",)

    @contextmanager
    def full(self, *, but_kb: int) -> Iterator[None]:
        """No room is left meanwhile but so much."""
        if not self.own:
            with _files_limited_to(1024):
                yield
            return
        filler = self.folder / "filler"
        filler.write_bytes(bytes(max(0, shutil.disk_usage(self.folder).free - 1024 * but_kb)))
        try:
            yield
        finally:
            filler.unlink()


@contextmanager
def small_disk(place: Path, size_kb: int) -> Iterator[SmallDisk]:
    """A disk of its own at ``place``; where none can be mounted a folder, and no file may grow larger than that."""
    place.mkdir(parents=True, exist_ok=True)
    if not _mounted(place, size_kb):
        # The film and its stems together are larger than a file of them.
        with _files_limited_to(1024 * size_kb if size_kb > 10_000 else min(1024 * size_kb, 40_000)):
            yield SmallDisk(folder=place, own=False)
        return
    try:
        yield SmallDisk(folder=place, own=True)
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@contextmanager
def _files_limited_to(size_bytes: int) -> Iterator[None]:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _mounted(place: Path, size_kb: int) -> bool:
    if sys.platform != "linux" or os.geteuid() != 0 or os.environ.get("AUTOSCORE_TESTS_MOUNT") == "no":
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", place]
    return shutil.which("mount") is not None and subprocess.run(command, capture_output=True).returncode == 0


def kill(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.wait()
    for stream in (child.stdout, child.stderr):
        if stream is not None:
            stream.close()
