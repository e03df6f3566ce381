"""The command line: what is said, handed on as it is. ``main(argv)`` returns the exit code; it is the one boundary."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from autoscore import __version__, console
from autoscore.errors import AutoscoreError, ToleranceError, UsageError
from autoscore.model.brief import Brief
from autoscore.options import (
    DEFAULT,
    Coverage,
    DryRun,
    Film,
    Folder,
    Identity,
    Json,
    Keep,
    KeepTrack,
    Key,
    Mood,
    MusicOnly,
    Original,
    Output,
    Overwrite,
    Palette,
    PerCue,
    Preview,
    Quiet,
    Redo,
    Seed,
    SoundFont,
    Takes,
    Target,
    Tempo,
    Theme,
    To,
    Verbose,
    Words,
)

DONE, FAILED, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130

app = typer.Typer(
    name="autoscore",
    help="Write an original score for a film and put it on the film, every hit on its frame.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _brief(**wishes: Any) -> Brief:
    try:
        return Brief(**wishes)
    except ValueError as error:
        said = str(error)
        raise UsageError(f"{said[0].upper()}{said[1:]}") from None


def _run(film: Path, brief: Brief, *, quiet: bool = False, verbose: bool = False, **how: Any) -> Any:
    from autoscore import pipeline

    for stage in how.get("redo") or ():
        if stage not in pipeline.NAMES:
            raise UsageError(f"There is no stage {stage!r}.", f"Stages: {', '.join(pipeline.NAMES)}.")
    with console.Reporter(quiet=quiet, verbose=verbose).showing() as reporter:
        return pipeline.run(film, brief, on_event=reporter.on_event, **how)


@app.command()
def score(
    film: Film,
    words: Words = DEFAULT.words,
    mood: Mood = DEFAULT.mood,
    coverage: Coverage = DEFAULT.coverage,
    seed: Seed = DEFAULT.seed,
    identity: Identity = DEFAULT.identity,
    theme: Theme = DEFAULT.theme,
    takes: Takes = DEFAULT.takes,
    key: Key = DEFAULT.key,
    tempo: Tempo = DEFAULT.tempo_bpm,
    palette: Palette = DEFAULT.palette,
    target: Target = DEFAULT.target,
    soundfont: SoundFont = DEFAULT.soundfont,
    original: Original = DEFAULT.original,
    music_only: MusicOnly = DEFAULT.music_only,
    keep_original_track: KeepTrack = DEFAULT.keep_original_track,
    preview: Preview = DEFAULT.preview,
    output: Output = None,
    overwrite: Overwrite = False,
    workspace: Folder = None,
    dry_run: DryRun = False,
    keep: Keep = False,
    redo: Redo = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Score a film and write it with its music."""
    from autoscore import reports

    brief = _brief(
        words=words, mood=mood, coverage=coverage, seed=seed, identity=identity, theme=theme,
        takes=takes, key=key, tempo_bpm=tempo, palette=palette, target=target, soundfont=soundfont, original=original,
        music_only=music_only, keep_original_track=keep_original_track, preview=preview,
    )  # fmt: skip
    result = _run(
        film, brief, output=output, overwrite=overwrite, workspace=workspace, dry=dry_run, keep=keep, redo=redo or (),
        quiet=quiet or as_json, verbose=verbose,
    )  # fmt: skip
    if as_json:
        console.emit(reports.run_document(result))
    elif dry_run:
        console.table(reports.STATUS_HEADERS, reports.status_rows(result))
    else:
        console.line(str(result.output))
        if not quiet:
            console.facts(reports.delivery_facts(result))
    if result.delivery is not None and not result.delivery.in_tolerance:
        raise ToleranceError(
            f"{result.output} was written, but: {'; '.join(result.delivery.failures)}.",
            f"`autoscore verify {result.output}` shows the measurements.",
        )


@app.command()
def plan(
    film: Film,
    words: Words = DEFAULT.words,
    mood: Mood = DEFAULT.mood,
    coverage: Coverage = DEFAULT.coverage,
    seed: Seed = DEFAULT.seed,
    identity: Identity = DEFAULT.identity,
    theme: Theme = DEFAULT.theme,
    key: Key = DEFAULT.key,
    tempo: Tempo = DEFAULT.tempo_bpm,
    palette: Palette = DEFAULT.palette,
    target: Target = DEFAULT.target,
    original: Original = DEFAULT.original,
    workspace: Folder = None,
    dry_run: DryRun = False,
    keep: Keep = False,
    redo: Redo = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write the cue sheet, cues.toml, and stop there."""
    from autoscore import reports

    brief = _brief(
        words=words, mood=mood, coverage=coverage, seed=seed, identity=identity, theme=theme,
        key=key, tempo_bpm=tempo, palette=palette, target=target, original=original,
    )  # fmt: skip
    result = _run(
        film, brief, until="plan", workspace=workspace, dry=dry_run, keep=keep, redo=redo or (),
        quiet=quiet or as_json, verbose=verbose,
    )  # fmt: skip
    if as_json:
        console.emit(reports.plan_document(result))
    elif dry_run:
        console.table(reports.STATUS_HEADERS, reports.status_rows(result))
    else:
        console.line(str(reports.sheet_path(result)))
        if not quiet and result.plan:
            console.table(reports.CUE_HEADERS, reports.cue_rows(result.plan))
            console.line(f"Change the sheet as you like, then: {reports.next_command(result)}")


@app.command()
def analyze(
    film: Film,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw it all on one timeline into this .png, .svg or .pdf.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="The picture may replace a file that exists.")] = False,
    workspace: Folder = None,
    dry_run: DryRun = False,
    keep: Keep = False,
    redo: Redo = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Find cuts, shots, motion, speech, music, hits."""
    from autoscore import pipeline, preflight, reports

    if plot is not None:
        preflight.check_picture(film, plot, overwrite=overwrite or dry_run)
    result = _run(
        film, DEFAULT, until="analyze", workspace=workspace, dry=dry_run, keep=keep, redo=redo or (),
        quiet=quiet or as_json, verbose=verbose,
    )  # fmt: skip
    if plot is not None and not dry_run:
        pipeline.draw(film, result, plot)
    if as_json:
        console.emit(
            reports.analysis_document(result) | ({"plot": str(plot)} if plot is not None and not dry_run else {})
        )
    elif dry_run:
        console.table(reports.STATUS_HEADERS, reports.status_rows(result))
    elif plot is not None and quiet:
        console.line(str(plot))
    elif not quiet:
        console.facts(reports.analysis_facts(result) | ({"timeline": plot} if plot is not None else {}))


@app.command()
def status(film: Film, workspace: Folder = None, as_json: Json = False) -> None:
    """Say what is done, stale or edited by hand."""
    from autoscore import pipeline, reports

    result = pipeline.status(film, workspace)
    if as_json:
        console.emit(reports.run_document(result))
    else:
        console.line(str(result.workspace))
        console.table(reports.STATUS_HEADERS, reports.status_rows(result))


@app.command()
def verify(
    file: Annotated[
        Path, typer.Argument(help="A finished film, its receipt or its workspace.", show_default=False, readable=False)
    ],
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print a finished film's receipt; exit 1 if it fails."""
    from autoscore import pipeline, reports

    with console.Reporter(quiet=quiet or as_json).showing() as reporter:
        found = pipeline.verify(file, reporter.on_event)
    if as_json:
        console.emit(reports.verify_document(found))
    elif not quiet:
        console.facts(reports.receipt_facts(found.receipt))
        console.table(("", "what", "measured", "wanted"), reports.check_rows(found.receipt))
        if not found.problems:
            console.line("Everything is within tolerance.")
    if found.problems:
        raise ToleranceError(f"{found.finished}: {'; '.join(found.problems)}.")


@app.command()
def export(
    film: Film,
    to: To = None,
    per_cue: PerCue = False,
    workspace: Folder = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hand a scored film over to a mixer: stems, MIDI, tables."""
    from autoscore import handover

    with console.Reporter(quiet=quiet or as_json).showing() as reporter:
        made = handover.export(
            film, to=to, per_cue=per_cue, workspace=workspace, overwrite=overwrite, on_event=reporter.on_event
        )
    if as_json:
        console.emit(made.document())
    else:
        console.line(str(made.folder))
        if not quiet:
            console.facts(made.facts())


@app.command()
def doctor(as_json: Json = False) -> None:
    """Name what is missing, and what mends it."""
    from autoscore.doctor import examine

    findings = examine()
    if as_json:
        console.emit({"ok": all(f.ok or not f.needed for f in findings), "parts": [f.document() for f in findings]})
    else:
        console.table(("", "part", "found", "mend it with"), [f.row() for f in findings])
        missing = [f.part for f in findings if f.needed and not f.ok]
        console.line(f"Missing: {', '.join(missing)}." if missing else "Everything that scoring needs is there.")
    if any(f.needed and not f.ok for f in findings):
        raise typer.Exit(FAILED)


@app.command()
def moods(as_json: Json = False) -> None:
    """List the moods that can be asked for."""
    from autoscore import reports

    documents = reports.mood_documents()
    if as_json:
        console.emit({"moods": documents})
    else:
        console.table(
            ("mood", "tempo", "palette", "also, in a brief"),
            [
                (m["name"], f"{m['min_bpm']:.0f}-{m['max_bpm']:.0f}", m["palette"], ", ".join(m["words"][1:6]))
                for m in documents
            ],
        )


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
        console.say_error(error, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else FAILED
    except Exception as error:
        return _usage(error, as_json) if hasattr(error, "format_message") else _bug(error, as_json)
    if code == INTERRUPTED:
        console.say("Stopped; run the same command again to go on from here.")
    return code if isinstance(code, int) else DONE


def _usage(error: Any, as_json: bool) -> int:
    """A complaint of the parser about the arguments; it brings its own words and code."""
    if "--help" in str(error) or not error.format_message():
        return USAGE
    command = error.ctx.command_path if getattr(error, "ctx", None) else "autoscore"
    sentence = error.format_message().strip().replace("\n", " ")
    console.say_error(UsageError(sentence, f"`{command} --help` lists what can be given."), as_json=as_json)
    return USAGE


def _bug(error: Exception, as_json: bool) -> int:
    """An error nobody foresaw: keep the traceback in a file and name it."""
    from autoscore.workspace import crash_log

    path = crash_log(error)
    about = f"A bug in autoscore: {type(error).__name__}: {error}".rstrip(": ").replace("\n", " ")
    failure = AutoscoreError(about, f"The details are in {path}.")
    failure.exit_code = BUG
    console.say_error(failure, as_json=as_json)
    return BUG


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def entry() -> None:
    """The console script. A polite kill ends a run as Ctrl-C does: nothing half-written is left."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
