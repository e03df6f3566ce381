"""A process that answers jobs without scoring anything: what it does is said by the film's name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any


def tell(**line: Any) -> None:
    """One line of the protocol."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def act(job: dict[str, Any]) -> None:
    """Names: ok, die, crash, hang, tell-and-hang, garbage, hog, orphan, once-FILE (breaks down the first time)."""
    name = job["name"]
    if name.startswith("once-") and not os.path.exists(job["film"]):  # noqa: PTH110
        open(job["film"], "w").close()  # noqa: PTH123
        name = "die"
    if name == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "crash":
        sys.stderr.write("warming up\nSegmentation of the film failed\n")
        sys.exit(7)
    elif name == "hang":
        time.sleep(60)
    elif name == "tell-and-hang":
        while True:
            tell(event={"stage": "render", "kind": "progress", "fraction": 0.5})
            time.sleep(0.05)
    elif name == "garbage":
        sys.stdout.write("progress 3%\n{\n[1]\n\xff\n" + json.dumps({"event": {"what": 1}}) + "\n")
        tell(record={"film": 5})
    elif name == "hog":
        hold = bytearray(os.urandom(1)) * (200 << 20)
        time.sleep(60)
        del hold
    elif name == "orphan":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        with open(job["film"], "w") as file:  # noqa: PTH123
            file.write(str(child.pid))
        os.kill(os.getpid(), signal.SIGKILL)
    tell(event={"stage": "probe", "kind": "done", "fraction": 1.0})
    tell(record={"film": name, "status": "done", "output": job["output"], "reason": f"pid {os.getpid()}", "tries": 1})


for row in sys.stdin:
    act(json.loads(row))
