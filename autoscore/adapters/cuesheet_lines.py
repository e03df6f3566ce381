"""Where things stand in a cue sheet: line numbers for error messages (TOML parsers keep none)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import NoReturn

from autoscore.errors import CueSheetError

FILE = "cues.toml"
OUTSIDE = "outside the cue since its in or out was moved"
"""The reason of a planned hit that is passed over for that."""
_CUE = re.compile(r"^\s*\[\[\s*cue\s*\]\]")
_TABLE = re.compile(r"^\s*\[")


class Lines:
    """Line numbers (from 1) of cues, fields and rows in the text of a sheet; the nearest known line where unsure."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._cues = [n for n, line in enumerate(self._lines) if _CUE.match(line)]

    def cue(self, index: int) -> int:
        """Line of the ``index``-th [[cue]]."""
        return self._cues[index] + 1 if index < len(self._cues) else 1

    def table(self, name: str) -> int:
        """Line of the table [name]."""
        pattern = re.compile(rf"^\s*\[\s*{re.escape(name)}\s*\]")
        return next((n + 1 for n, line in enumerate(self._lines) if pattern.match(line)), 1)

    def field(self, start: int, field: str) -> int:
        """Line of ``field = ...`` in the block whose header is on line ``start``; ``start`` when it is not there."""
        pattern = re.compile(rf"""^\s*["']?{re.escape(field)}["']?\s*[.=]""")
        for number in range(start, len(self._lines)):
            line = self._lines[number]
            if pattern.match(line):
                return number + 1
            if _CUE.match(line) or (_TABLE.match(line) and re.match(r"^\s*\[\s*[A-Za-z_]+\s*\]\s*(#.*)?$", line)):
                break
        return start

    def row(self, start: int, field: str, index: int) -> int:
        """Line of the ``index``-th element of the array ``field``."""
        line_at = self.field(start, field)
        depth, found, quoted = 0, -1, ""
        for number in range(line_at - 1, len(self._lines)):
            line = self._lines[number]
            at = line.index("=") + 1 if number == line_at - 1 and "=" in line else 0
            while at < len(line):
                char = line[at]
                if quoted:
                    at += 1 if char == "\\" and quoted == '"' else 0
                    quoted = "" if char == quoted else quoted
                elif char == "#":
                    break
                elif char in "\"'":
                    quoted = char
                    found += depth == 1
                elif char in "[{":
                    found += depth == 1
                    depth += 1
                elif char in "]}":
                    depth -= 1
                    if depth <= 0:
                        return number + 1 if found >= index else line_at
                if found >= index >= 0 and depth >= 1:
                    return number + 1
                at += 1
        return line_at


def fail(line: int, field: str, wrong: str, hint: str) -> NoReturn:
    """Raises the CueSheetError for ``field`` on ``line``."""
    raise CueSheetError(
        f"{FILE}, line {line}, {field}: {wrong}",
        f"{hint[0].upper()}{hint[1:].rstrip('.')}" + ("" if hint.endswith(("?", ".")) else "."),
    )


def meant(word: object, known: Sequence[str]) -> str:
    """A hint: the known words nearest to ``word``, else all of them."""
    near = difflib.get_close_matches(str(word).lower(), known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"one of: {', '.join(known)}"
