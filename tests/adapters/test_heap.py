"""Memory that was freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
import threading
from pathlib import Path

from autoscore.adapters.heap import give_back, keep_large, one_heap


def held_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20


def work():
    kept.append(bytes(1000))
    pieces = [bytes(1 << 20) for _ in range(100)]
    kept.append(bytes(1000))
    full.append(held_mb())
    del pieces


one_heap()
keep_large()
kept, full, before = [], [], held_mb()
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
    thread.join()
give_back()
print(max(full) - before, held_mb() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be asked")
def test_what_threads_freed_goes_back() -> None:
    """What other threads took and freed does not stay with the process, though large pieces are kept for the next."""
    found = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True, timeout=60)
    full_mb, left_mb = map(int, found.stdout.split())
    assert full_mb >= 100
    assert left_mb < 30
