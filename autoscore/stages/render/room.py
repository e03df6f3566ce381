"""Where cues are played: two threads take stem after stem, so that neither waits for the other's cue to end."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from types import TracebackType

from autoscore.adapters.files import settle, storage_errors
from autoscore.adapters.heap import give_back, without_holes
from autoscore.adapters.soundfont_half import HALF_DB
from autoscore.errors import StorageError
from autoscore.model.audio import Stem, Stems
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.score import GROUPS, CueScore, Group, Part
from autoscore.model.tempo import CueTempo
from autoscore.stages.render.clock import Clock
from autoscore.stages.render.excerpts import Excerpts
from autoscore.stages.render.fonts import Choice, FontSet, Layer, choose, layers
from autoscore.stages.render.manner import bus_db, manner_of, played_with
from autoscore.stages.render.measure import Voice, measure
from autoscore.stages.render.samples import light_choice
from autoscore.stages.render.shelf import Shelf
from autoscore.stages.render.stem import Cancelled, Playing, level_db, render_stem, shared_db
from autoscore.stages.render.synths import Synths

_THREADS = 2
_POLL_S = 0.2

_Row = tuple[Part, Layer]
_Key = tuple[str, Path, int, int]


@dataclass(slots=True, kw_only=True)
class _Cue:
    """A cue that was begun: the presets that play it, its stems to come, and how far each is, 0..1."""

    choices: dict[str, Choice]
    below: list[Choice]
    waiting: dict[Group, Future[Stem | None]] = field(default_factory=dict)
    done: dict[Group, float] = field(default_factory=dict)


class Room:
    """Plays cues into ``folder``, which is made when absent. A context manager: leaving it stops what still plays.

    Cues are begun in the order in which they will be finished, best one ahead: while the long stems of one cue end,
    another's are under way.

    Args:
        draft: a first look: one stem a cue, light presets, one half of stereo recordings, no layers, half the rate,
            16 bits.
    """

    def __init__(self, fonts: FontSet, folder: Path, *, draft: bool = False) -> None:
        self.folder = folder
        self._draft = draft
        self._fonts = fonts
        self._stop = Event()
        self._pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="render")
        self._cues: dict[str, _Cue] = {}
        self._chosen: dict[str, Choice] = {}
        self._open = ExitStack()

    def __enter__(self) -> Room:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{self.folder}: cannot be made ({error.strerror or error}).") from error
        with storage_errors(self.folder):
            played = self._open.enter_context(TemporaryDirectory(prefix="played-", dir=self.folder))
        self._open.enter_context(without_holes())
        self._excerpts = Excerpts(Path(played), halves=self._draft)
        self._shelf = Shelf(self._excerpts)
        self._open.callback(self._shelf.close)
        self._synths = Synths()
        self._open.callback(self._synths.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._open.close()

    def expect(self, scores: Iterable[CueScore]) -> None:
        """Says what will be played: who says it of the whole film beforehand has its samples read once."""
        for score in scores:
            for part in score.parts:
                if part.notes:
                    pitches = {note.pitch for note in part.notes}
                    for choice in (self._choice(part.instrument), *(row.choice for row in self._below(part))):
                        self._excerpts.expect(choice, pitches)

    def _choice(self, instrument: str) -> Choice:
        if instrument not in self._chosen:
            self._chosen[instrument] = (light_choice if self._draft else choose)(instrument, self._fonts)
        return self._chosen[instrument]

    def _below(self, part: Part) -> tuple[Layer, ...]:
        return () if self._draft else layers(part.instrument, part.role, self._fonts)

    def begin(self, score: CueScore, tempo: CueTempo) -> None:
        """Has a cue played, the longest work first; harmless when it was begun before."""
        if score.cue_id in self._cues:
            return
        self.expect((score,))
        playing = [part for part in score.parts if part.notes]
        choices = {name: self._choice(name) for name in sorted({part.instrument for part in playing})}
        rows: dict[Group, list[_Row]] = {}
        for part in playing:
            own = Layer(choice=choices[part.instrument], level_db=0.0)
            rows.setdefault(played_with(part.group, self._draft), []).append((part, own))
        below: list[Choice] = []
        for part in playing:
            for layer in self._below(part):
                rows[part.group].append((part, layer))
                below.append(layer.choice)
        cue = self._cues[score.cue_id] = _Cue(choices=choices, below=below)
        clock = Clock(tempo)
        order = {group: index for index, group in enumerate(GROUPS)}
        for group in sorted(rows, key=lambda g: (-sum(len(part.notes) for part, _ in rows[g]), order[g])):
            cue.done[group] = 0.0
            cue.waiting[group] = self._pool.submit(self._play, score.cue_id, clock, group, rows[group], cue.done)

    def finish(self, cue_id: str, on_progress: Progress = ignore_progress) -> Stems:
        """Waits for the stems of a cue that was begun.

        Raises:
            ToolMissingError: FluidSynth or a SoundFont fails.
            StorageError: a file cannot be written.
        """
        cue = self._cues.pop(cue_id)
        pending: set[Future[Stem | None]] = set(cue.waiting.values())
        while pending:  # in short waits, so that Ctrl-C is answered at once
            finished, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_EXCEPTION)
            for future in finished:
                self._settle(future.result())
            on_progress(sum(cue.done.values()) / len(cue.done))
        stems = [stem for g in GROUPS if g in cue.waiting and (stem := cue.waiting[g].result()) is not None]
        give_back()
        on_progress(1.0)
        used = {choice.font.path: choice.font for choice in (*cue.choices.values(), *cue.below)}
        return Stems(
            stems=tuple(stems),
            soundfonts={font.path.name: font.sha256 for font in sorted(used.values(), key=lambda f: f.path.name)},
            presets={name: choice.label for name, choice in cue.choices.items()},
            warnings=(*self._fonts.warnings, *_loud(stems)),
        )

    def _settle(self, stem: Stem | None) -> None:
        """Waits until a stem is on the disk: here, since who plays has better things to do."""
        if stem is not None:
            with storage_errors(self.folder / stem.path):
                settle(self.folder / stem.path)

    def _play(self, cue_id: str, clock: Clock, group: Group, rows: list[_Row], done: dict[Group, float]) -> Stem | None:
        # Samples of one stem are read while another one plays.
        manner = manner_of(group, self._draft)
        self._shelf.hold((layer.choice for _, layer in rows), manner.kept_bytes)
        voices = _voices(rows)
        if self._stop.is_set():
            raise Cancelled

        def tell(share: float) -> None:
            done[group] = share

        return render_stem(
            self._players(rows, voices), clock, self.folder / f"{cue_id}_{group}.flac",
            cue_id=cue_id, group=group, manner=manner, excerpts=self._excerpts, synths=self._synths,
            stop=self._stop, on_progress=tell,
        )  # fmt: skip

    def _players(self, rows: list[_Row], voices: dict[_Key, Voice]) -> list[Playing]:
        """Every part once per layer; all layers of a part together have the part's level."""
        sums = {part.id: shared_db([layer.level_db for other, layer in rows if other is part]) for part, _ in rows}
        players = []
        for part, layer in rows:
            voice = voices[_key(part.instrument, layer.choice)]
            level = level_db(part, voice) + layer.level_db - sums[part.id] + bus_db(part.group, self._draft)
            level += HALF_DB if self._excerpts.halved(layer.choice) else 0.0
            players.append(Playing(part=part, voice=voice, level_db=level))
        return players


def _key(instrument: str, choice: Choice) -> _Key:
    return (instrument, choice.font.path, choice.bank, choice.program)


def _voices(rows: list[_Row]) -> dict[_Key, Voice]:
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


def _loud(stems: list[Stem]) -> list[str]:
    clipped = [f"{stem.cue_id} {stem.group}" for stem in stems if stem.peak_dbfs >= 0.0]
    return [f"These stems touch full scale: {', '.join(clipped)}."] if clipped else []
