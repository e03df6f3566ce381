"""A SoundFont nobody knows is played in a process of its own first: FluidSynth is C, and a crash there is final.

What was found out is remembered by the file's content, so that it is done once for a font on a machine.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from autoscore.adapters import cache
from autoscore.adapters.libfluidsynth import version
from autoscore.adapters.process import ChildFailedError, run
from autoscore.adapters.soundfont import read_presets
from autoscore.adapters.synth import DRUM_BANK, Synth
from autoscore.errors import AutoscoreError, ToolMissingError

TRIAL_S = 60.0
BYTES_PER_S = 5_000_000
"""How fast a font is gone through at least, decoding included."""
MEMORY_BYTES = 6 << 30
MOST_PRESETS = 2000

_HINT = "Give another with --soundfont PATH."
_TABLE = "font-trials"
_PITCHES = (36, 60, 84)
_BLOCK_FRAMES = 256


def check(path: Path, sha256: str) -> None:
    """Plays every preset of the font at ``path`` in a child, unless a font of this content has passed already.

    Raises:
        ToolMissingError: it crashes FluidSynth, hangs it, wants too much memory, or cannot be played.
    """
    key = f"{sha256} {version()}"
    if cache.read(_TABLE).get(key) == "plays":
        return
    root = str(Path(__file__).parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    try:
        run(
            [sys.executable, "-P", "-m", "autoscore.adapters.font_trial", str(path.absolute())],
            timeout_s=TRIAL_S + path.stat().st_size / BYTES_PER_S,
            memory_bytes=MEMORY_BYTES,
            environment={**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))},
        )
    except ChildFailedError as error:
        raise refusal(path, error) from None
    cache.change(_TABLE, lambda known: {**known, key: "plays"})


def refusal(path: Path, error: ChildFailedError) -> ToolMissingError:
    """What the end of the child says about the font."""
    if error.killed and not error.tail.startswith("it "):
        return ToolMissingError(f"The SoundFont {path} is damaged: FluidSynth crashes when it plays it.", _HINT)
    last = error.tail.strip().splitlines()[-1] if error.tail.strip() else "it cannot be played"
    if str(path) in last:
        return ToolMissingError(last, _HINT)
    return ToolMissingError(f"The SoundFont {path} cannot be played: {last.rstrip('.')}.", _HINT)


def play_through(path: Path) -> None:
    """Selects every preset of the font in turn, and plays a few notes on each. May end the process.

    Raises:
        ToolMissingError: the font cannot be read.
    """
    presets = {(preset.bank, preset.program) for preset in read_presets(path)}
    # All samples at once: presets share them, and one by one a compressed font is decoded many times over.
    with Synth(rate_hz=44_100, gain=0.5, whole_fonts=True) as synth:
        font = synth.load(path)
        for bank, program in sorted(presets)[:MOST_PRESETS]:
            channel = 9 if bank == DRUM_BANK else 0
            try:
                synth.select(channel, font, bank, program)
            except ToolMissingError:
                continue  # said when an instrument wants it
            for pitch in _PITCHES:
                synth.note_on(channel, pitch, 100)
            synth.render(_BLOCK_FRAMES)
            for pitch in _PITCHES:
                synth.note_off(channel, pitch)
            synth.render(_BLOCK_FRAMES)
            synth.silence()
            synth.unset(channel)


if __name__ == "__main__":
    try:
        play_through(Path(sys.argv[1]))
    except AutoscoreError as error:
        sys.exit(error.message)
