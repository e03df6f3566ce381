"""What was meant by words that the command line does not know: a sentence without guesses, and a hint with the best."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

_TOO_SMALL = re.compile(
    r"Invalid value for '(--[\w-]+)': "
    r"(?:.* is not in the range x>=|Input should be greater than or equal to )(\d+)[\d.]*"
)
"""What the parser says of a number that is too small."""
_GUESSES = re.compile(r" \(Possible options?: [^)]*\)| Did you mean [^?]*\?")

OPTIONS = {
    "--quality draft": ("--draft", "--fast", "--quick", "--rough"),
    "--quality final": ("--final", "--full", "--best"),
    "--quality": ("--preset",),
    "--output": ("--out", "--dest", "--destination", "--to", "--outfile"),
    "--out": ("--output", "-o", "--dest", "--destination", "--to", "--outdir", "--output-dir"),
    "--to": ("--out", "--output", "-o"),
    "--overwrite": ("--force", "-f", "-y", "--yes", "--replace"),
    "--brief": ("--prompt", "--text", "--words", "--style", "--genre", "--description"),
    "--palette": ("--instruments", "--players", "--orchestra", "--ensemble"),
    "--tempo": ("--bpm",),
    "--soundfont": ("--sf2", "--sf", "--font"),
    "--target": ("--loudness", "--lufs"),
    "--no-original": ("--mute", "--no-sound", "--no-audio", "--replace-audio"),
    "--music-only": ("--wav", "--audio-only", "--score-only"),
    "--workers": ("-j", "--jobs", "--threads", "--parallel"),
    "--quiet": ("--silent", "-s"),
    "--verbose": ("-v", "--debug"),
    "--workspace": ("--work", "--work-dir", "--workdir", "-w"),
    "--dry-run": ("-n", "--dry"),
    "--plot": ("--picture", "--png"),
}
"""What there is, with other names that people know it by."""
_COMMANDS = {
    "score": ("scoring", "compose", "run", "add"),
    "batch": ("folder", "all", "dir"),
    "verify": ("check", "receipt"),
    "export": ("stems", "midi", "musicxml", "--stems", "--midi", "--musicxml", "--xml"),
    "doctor": ("setup", "install"),
    "soundfonts": ("fonts", "soundfont"),
    "moods": ("mood", "styles"),
}


def told(error: Any, arguments: Sequence[str]) -> tuple[str, str]:
    """A sentence and a hint for what the parser complains about (``error`` brings its words and its context)."""
    command = error.ctx.command_path if getattr(error, "ctx", None) else "autoscore"
    sentence = _TOO_SMALL.sub(r"\1 takes a number from \2 up.", error.format_message().strip().replace("\n", " "))
    meant = _meant(error, command, sentence, arguments)
    if meant:
        sentence = _GUESSES.sub("", sentence)
    return sentence, meant or f"`{command} --help` lists what can be given."


def _meant(error: Any, command: str, sentence: str, arguments: Sequence[str]) -> str:
    if dashed := next((word for word in arguments if word.startswith("-") and Path(word).is_file()), None):
        return f"A name that begins with a dash looks like an option: write ./{dashed} for the file."
    if name := getattr(error, "option_name", None) if "No such option" in sentence else None:
        return _option(error, command, str(name))
    if "No such command" in sentence:
        return _command(arguments)
    if "unexpected extra argument" in sentence and command == "autoscore score":
        return _extra(sentence)
    return ""


def _option(error: Any, command: str, name: str) -> str:
    known = {option for one in error.ctx.command.params for option in (*one.opts, *one.secondary_opts)}
    for meant, others in OPTIONS.items():
        if name in others and meant.split()[0] in known:
            return f"This is {meant} here; `{command} --help` lists all."
    for other, others in _COMMANDS.items():
        if name in others:
            return f"`autoscore {other}` is for that."
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.75)
    return f"Did you mean {near[0]}? `{command} --help` lists all." if near else ""


def _command(arguments: Sequence[str]) -> str:
    word = next((word for word in arguments if not word.startswith("-")), "")
    path = Path(word)
    if word and path.is_dir():
        return f"`autoscore batch {shlex.quote(word)} --out DIR` scores the films of a folder."
    if word and (path.is_file() or path.suffix):
        return f"`autoscore score {shlex.quote(word)}` scores a film."
    return next((f"This is `autoscore {meant}` here." for meant, others in _COMMANDS.items() if word in others), "")


def _extra(sentence: str) -> str:
    from autoscore.preflight import suffixes

    extra = sentence[sentence.find("(s) (") + 5 : -1] if "(s) (" in sentence else ""
    path = Path(extra)
    if extra and " " not in extra and path.suffix.lower() in suffixes() and not path.exists():
        one = f"If it is to be the result: --output {shlex.quote(extra)}. "
    else:
        one = ""
    return f"{one}This takes one film; `autoscore batch FILM FILM ... --out DIR` scores several."
