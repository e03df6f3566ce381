"""The process in which spoilt inputs are read: what it must not do it is watched for, and it may die of an input.

It gets one input a line on standard input, as JSON, and answers each with one line; a line that only names a reader is
answered with its whole inputs. Started by ``fuzzing``.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

MEMORY_BYTES = 8 << 30
LONGEST = 600
"""A sentence of more characters is none."""

_RUNS = {"os.system", "os.exec", "os.posix_spawn", "os.spawn", "pickle.find_class", "socket.connect"}
_MOVIEPY = ["ffmpeg", "-v", "quiet"]
"""What moviepy does when scenedetect loads it."""
_CHANGES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
            "shutil.rmtree"}  # fmt: skip


class Watch:
    """What Python was asked to do outside ``inside`` while an input was read."""

    def __init__(self, allowed: tuple[Path, ...]) -> None:
        self.allowed = tuple(str(path) for path in allowed)
        self.on = False
        self.seen: list[str] = []

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in _RUNS or (event == "subprocess.Popen" and arguments[1] != _MOVIEPY):
            self.seen.append(f"{event} {arguments!r:.200}")
        elif event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            mode, flags = arguments[1], arguments[2]
            writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (
                isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            )
            if writes:
                self._path(event, arguments[0])
        elif event in _CHANGES:
            for argument in arguments[:2]:
                if isinstance(argument, str | bytes | os.PathLike):
                    self._path(event, argument)

    def _path(self, event: str, path: Any) -> None:
        where = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - links stay what they are
        if not any(where == place or where.startswith(place + os.sep) for place in self.allowed):
            self.seen.append(f"{event} {where}")


def _tell(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def main() -> None:
    area = Path(sys.argv[1])
    sys.path.insert(0, str(Path(__file__).parent))
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import readers

    inside, cache = area / "inside", area / "cache"
    os.environ["AUTOSCORE_CACHE"] = str(cache)
    watch = Watch((inside, cache, Path("/dev/null")))
    sys.addaudithook(watch.hook)
    for line in sys.stdin:
        job = json.loads(line)
        reader = (readers.READERS | readers.BAD_READERS)[job["reader"]]
        if "data" in job:
            _tell(_one(reader, base64.b64decode(job["data"]), inside, watch))
        else:
            _tell(_ready(reader, area / "seeds", inside, watch))


def _ready(reader: Any, folder: Path, inside: Path, watch: Watch) -> dict[str, Any]:
    """The whole inputs of a reader, once they were read and with that all modules loaded."""
    folder.mkdir(exist_ok=True)
    whole = reader.seeds(folder)
    for seed in whole:
        told = _one(reader, seed, inside, watch)
        if told["outcome"] != "read":
            return told
    return {"outcome": "ready", "seeds": [base64.b64encode(seed).decode() for seed in whole]}


def _one(reader: Any, data: bytes, inside: Path, watch: Watch) -> dict[str, Any]:
    from autoscore.errors import AutoscoreError

    shutil.rmtree(inside, ignore_errors=True)
    inside.mkdir()
    os.chdir(inside)
    path = inside / f"input{reader.suffix}"
    path.write_bytes(data)
    watch.seen, watch.on = [], True
    before = time.perf_counter()
    outcome, text, where = "read", "", ""
    try:
        reader.read(path)
    except AutoscoreError as error:
        outcome, text = "refused", error.message
        fault = _no_sentence(error.message)
        if fault:
            outcome, text, where = "fault", f"{fault}: {text[:300]!r}", fault
    except BaseException as error:  # whatever it is: no reader may let it through
        outcome = "fault"
        frames = traceback.extract_tb(error.__traceback__)
        last = next((f for f in reversed(frames) if "autoscore" in f.filename), frames[-1])
        where = f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
        text = f"{where}: {str(error)[:160]}"
    finally:
        took = time.perf_counter() - before
        watch.on = False
    if watch.seen:
        outcome, where = "fault", f"it reached outside: {watch.seen[0].split()[0]}"
        text = f"it reached outside: {watch.seen[0]}"
    return {"outcome": outcome, "text": text, "where": where, "s": took}


def _no_sentence(message: str) -> str:
    if not message.strip() or message.strip() == ".":
        return "nothing is said"
    if len(message) > LONGEST:
        return f"{len(message)} characters are no sentence"
    if re.search(r"Traceback|<[\w.]+ object at 0x", message):
        return "not for people"
    return ""


if __name__ == "__main__":
    main()
