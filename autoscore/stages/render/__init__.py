"""render: a composed cue becomes dry stereo stems, one per instrument group."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event

from autoscore.adapters.heap import give_back
from autoscore.errors import StorageError
from autoscore.model.audio import Stem, Stems
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.score import GROUPS, CueScore, Part
from autoscore.model.tempo import CueTempo
from autoscore.stages.render.fonts import Choice, Font, FontSet, Layer, choose, find_fonts, layers
from autoscore.stages.render.measure import Voice, measure
from autoscore.stages.render.shelf import SHELF
from autoscore.stages.render.stem import Cancelled, Playing, level_db, render_stem, shared_db

__all__ = ["Font", "FontSet", "find_fonts", "release", "render_cue"]

_THREADS = 2
_POLL_S = 0.2


def release() -> None:
    """Frees the samples that are kept from cue to cue (some 300 MB for an orchestra)."""
    SHELF.release()
    give_back()


def render_cue(
    score: CueScore, tempo: CueTempo, fonts: FontSet, folder: Path, on_progress: Progress = ignore_progress
) -> Stems:
    """Renders one cue to 48 kHz 24-bit stereo FLAC, a file per group that plays, and nothing else.

    Notes are sent early by what their preset needs to speak; levels are evened out by measurement and then set to the
    balance of tables/loudness.toml. The same score and fonts give the same bytes.

    Args:
        folder: where "CUE_GROUP.flac" go; made when absent.

    Raises:
        ToolMissingError: FluidSynth or a SoundFont fails.
        StorageError: a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be made ({error.strerror or error}).") from error
    playing = [part for part in score.parts if part.notes]
    choices = {name: choose(name, fonts) for name in sorted({part.instrument for part in playing})}
    under = {part.id: layers(part.instrument, part.role, fonts) for part in playing}
    groups = {group: [p for p in playing if p.group == group] for group in GROUPS}
    stop = Event()
    done: dict[str, float] = {group: 0.0 for group, parts in groups.items() if parts}

    def told(group: str) -> Callable[[float], None]:
        def tell(share: float) -> None:
            done[group] = share
            on_progress(sum(done.values()) / len(done))

        return tell

    def play(group: str, parts: list[Part]) -> Stem | None:
        # Samples of one group are decoded while another one plays.
        rows = [(part, Layer(choice=choices[part.instrument], level_db=0.0)) for part in parts]
        rows += [(part, layer) for part in parts for layer in under[part.id]]
        SHELF.hold(layer.choice for _, layer in rows)
        voices = _voices(rows)
        if stop.is_set():
            raise Cancelled
        return render_stem(
            _players(rows, voices), tempo, folder / f"{score.cue_id}_{group}.flac",
            cue_id=score.cue_id, group=group, stop=stop, on_progress=told(group),
        )  # fmt: skip

    pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="render")
    waiting: dict[str, Future[Stem | None]] = {}
    try:
        for group, parts in groups.items():
            if parts:
                waiting[group] = pool.submit(play, group, parts)
        pending: set[Future[Stem | None]] = set(waiting.values())
        while pending:  # in short waits, so that Ctrl-C is answered at once
            finished, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_EXCEPTION)
            for future in finished:
                future.result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
    stems = [stem for group in GROUPS if group in waiting and (stem := waiting[group].result()) is not None]
    give_back()
    on_progress(1.0)
    below = [layer.choice for part in playing for layer in under[part.id]]
    used = {choice.font.path: choice.font for choice in (*choices.values(), *below)}
    return Stems(
        stems=tuple(stems),
        soundfonts={font.path.name: font.sha256 for font in sorted(used.values(), key=lambda f: f.path.name)},
        presets={name: choice.label for name, choice in choices.items()},
        warnings=(*fonts.warnings, *_loud(stems)),
    )


_Key = tuple[str, Path, int, int]


def _key(instrument: str, choice: Choice) -> _Key:
    return (instrument, choice.font.path, choice.bank, choice.program)


def _voices(rows: list[tuple[Part, Layer]]) -> dict[_Key, Voice]:
    """Measured voices of what plays ``rows``, at the pitches they play."""
    wanted: dict[_Key, Choice] = {}
    attacks: dict[_Key, set[int]] = {}
    swells: dict[_Key, set[int]] = {}
    for part, layer in rows:
        key = _key(part.instrument, layer.choice)
        wanted[key] = layer.choice
        attacks.setdefault(key, set()).update(n.pitch for n in part.notes if n.anchor == "attack")
        swells.setdefault(key, set()).update(n.pitch for n in part.notes if n.anchor == "peak")
    return {
        key: measure(key[0], wanted[key], frozenset(attacks[key]), frozenset(swells[key])) for key in sorted(wanted)
    }


def _players(rows: list[tuple[Part, Layer]], voices: dict[_Key, Voice]) -> list[Playing]:
    """Every part once per layer; all layers of a part together have the part's level."""
    sums = {part.id: shared_db([layer.level_db for other, layer in rows if other is part]) for part, _ in rows}
    players = []
    for part, layer in rows:
        voice = voices[_key(part.instrument, layer.choice)]
        players.append(Playing(part=part, voice=voice, level_db=level_db(part, voice) + layer.level_db - sums[part.id]))
    return players


def _loud(stems: list[Stem]) -> list[str]:
    clipped = [f"{stem.cue_id} {stem.group}" for stem in stems if stem.peak_dbfs >= 0.0]
    return [f"These stems touch full scale: {', '.join(clipped)}."] if clipped else []
