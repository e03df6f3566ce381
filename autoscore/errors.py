"""What can go wrong, each with the sentence a user reads and the exit code a script sees."""

from __future__ import annotations

_LONGEST = 600
"""Characters of a sentence; what a file says may be quoted in it, whatever its length."""


def printable(text: str) -> str:
    """``text`` on one line, without what would steer a terminal; a very long one without its middle."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode("ascii") for c in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 203]}...{shown[-200:]}"


def bug(error: BaseException) -> str:
    """A sentence about an error that nobody foresaw: its kind and its words."""
    said = f"{type(error).__name__}: {error}".replace("\n", " ").rstrip(".: ")
    return f"A bug in autoscore, no mistake of yours: {said}."


class AutoscoreError(Exception):
    """A failure that is explained to the user instead of traced.

    Args:
        message: one sentence that names the file or field and what is wrong with it; its full stop is put here.
        hint: the next step, one sentence; empty when there is none.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        message = printable(message if message.endswith((".", "?", "!")) else f"{message}.")
        super().__init__(message)
        self.message = message
        self.hint = printable(hint)


class UsageError(AutoscoreError):
    """The command or its arguments cannot be meant as given (no such file, output equals input)."""

    exit_code = 2


class BriefError(UsageError):
    """A musical wish that is not understood (unknown mood, unknown word in the brief)."""


class CueSheetError(UsageError):
    """The cue sheet cannot be read or contradicts itself; the message names line and field."""


class FilmError(AutoscoreError):
    """The film cannot be read or has nothing that can be scored."""


class ToolMissingError(AutoscoreError):
    """FFmpeg, FluidSynth or a SoundFont is missing, broken or too old."""


class TableError(ToolMissingError):
    """A table of this installation is damaged, or a mood or font that somebody added is not written as it must be."""

    def __init__(self, message: str) -> None:
        super().__init__(f"The table {message}", "Mend the line, or install autoscore anew.")


class StorageError(AutoscoreError):
    """Writing failed: no permission, no space, folder gone."""


class BusyError(StorageError):
    """Another run is working in the same workspace."""


class ConflictError(AutoscoreError):
    """A file was edited by hand and what it was made from has changed as well."""


class ToleranceError(AutoscoreError):
    """A finished film does not keep what its receipt promises."""
