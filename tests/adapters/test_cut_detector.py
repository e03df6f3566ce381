"""The door to scenedetect."""

from __future__ import annotations

import subprocess
import sys

_WATCHED = """
import sys
seen = []
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("scenedetect"):
            seen.append("moviepy" in sys.modules)
sys.meta_path.insert(0, Watch())
from fractions import Fraction
from autoscore.adapters.cuts import Adaptive
Adaptive(Fraction(24))
print(len(seen) > 5, any(seen), "moviepy" in sys.modules, None in sys.modules.values())
import moviepy
"""


def test_scenedetect_comes_without_moviepy_which_others_may_load_meanwhile() -> None:
    """While scenedetect is loaded the name moviepy is free; it is not loaded, and afterwards nothing is barred."""
    done = subprocess.run([sys.executable, "-c", _WATCHED], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "False", "False", "False"]
