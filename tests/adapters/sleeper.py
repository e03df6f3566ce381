"""A process that runs a program through ours which sleeps, to be killed."""

from __future__ import annotations

import subprocess
import sys


def parent_of_sleeper(first: str = "pass") -> tuple[subprocess.Popen[str], int]:
    """The process, which did ``first`` (Python) beforehand, and the number of the sleeping one it waits for."""
    code = (
        f"import sys; from autoscore.adapters import process; {first}; "
        "process.run([sys.executable, '-c', 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'], "
        "on_line=lambda line: print(line, flush=True))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())
