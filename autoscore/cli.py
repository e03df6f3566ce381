"""The command line: ``main(argv)`` returns the exit code; it is the one boundary."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from autoscore import __version__, console, interrupts
from autoscore.commands import around, folders, fonts, looking, meant, scoring
from autoscore.errors import AutoscoreError, UsageError, bug
from autoscore.interrupts import INTERRUPTED, STOPPED

DONE, FAILED, USAGE, BUG = 0, 1, 2, 3

COMMANDS = (
    scoring.score, scoring.plan, scoring.takes, folders.batch, folders.watch, looking.analyze, looking.status,
    looking.verify, around.export, around.doctor, around.moods, fonts.soundfonts,
)  # fmt: skip

app = typer.Typer(
    name="autoscore",
    help="Write an original score for a film and put it on the film, every hit on its frame.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in COMMANDS:
    app.command()(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        console.line(f"autoscore {__version__}")
        raise typer.Exit(DONE)


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: arguments without the program's name; those of the process when None.

    Returns:
        0 done, 1 the work failed, 2 usage, 3 a bug in autoscore, 130 interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    try:
        code = typer.main.get_command(app).main(args=arguments, prog_name="autoscore", standalone_mode=False)
    except AutoscoreError as error:
        console.say_error(error, as_json=as_json and error.exit_code != INTERRUPTED)
        return error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else FAILED
    except Exception as error:
        if not interrupts.asked():
            return _usage(error, arguments, as_json) if hasattr(error, "format_message") else _bug(error, as_json)
        code = INTERRUPTED  # cleaning up after an interrupt failed: that is no bug
    if code == INTERRUPTED:
        console.say(STOPPED)
    return code if isinstance(code, int) else DONE


def _usage(error: Any, arguments: Sequence[str], as_json: bool) -> int:
    """A complaint of the parser about the arguments; it brings its own words and code."""
    if "--help" in str(error) or not error.format_message():
        return USAGE
    sentence, hint = meant.told(error, arguments)
    console.say_error(UsageError(sentence, hint), as_json=as_json)
    return USAGE


def _bug(error: Exception, as_json: bool) -> int:
    """An error nobody foresaw: keep the traceback in a file and name it."""
    from autoscore.workspace import crash_log

    if isinstance(error, MemoryError):
        little = AutoscoreError("There is not enough memory.", "Close other programs and run the same command again.")
        console.say_error(little, as_json=as_json)
        return little.exit_code
    path = crash_log(error)
    failure = AutoscoreError(
        bug(error),
        f"Your film is as it was. Run the same command again; if this comes again, report it with {path}, which holds "
        "the details.",
    )
    failure.exit_code = BUG
    console.say_error(failure, as_json=as_json)
    return BUG
