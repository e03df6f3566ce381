"""Where cues are played: two threads take stem after stem, so that neither waits for the other's cue to end.

Some cues are played together, a group's stems of all of them one after the other: they share samples, and no more needs
to be held than one group plays in these cues, however long the film is and whatever it plays in all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
from autoscore.stages.render.measure import Voice, measure, unmeasured
from autoscore.stages.render.samples import light_choice
from autoscore.stages.render.shelf import Shelf
from autoscore.stages.render.stem import Cancelled, Playing, level_db, render_stem, shared_db
from autoscore.stages.render.synths import Synths
from autoscore.stages.render.timbre import Listened

_THREADS = 2
_POLL_S = 0.2

_Row = tuple[Part, Layer]
_Key = tuple[str, Path, int, int]


@dataclass(slots=True, kw_only=True)
class _Together:
    """Cues that are played together: the samples of all, those to be finished, and how far each stem is, 0..1."""

    excerpts: Excerpts
    left: set[str]
    done: dict[tuple[str, Group], float] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Cue:
    """A cue that was begun: the presets that play it, what each group plays, and its stems to come."""

    clock: Clock
    together: _Together
    choices: dict[str, Choice] = field(default_factory=dict)
    below: list[Choice] = field(default_factory=list)
    rows: dict[Group, list[_Row]] = field(default_factory=dict)
    waiting: dict[Group, Future[Stem | None]] = field(default_factory=dict)


class Room:
    """Plays cues into ``folder``, which is made when absent. A context manager: leaving it stops what still plays.

    Cues are begun in the order in which they will be finished, best some ahead: while the last stems of one end,
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
        self._played = Path(played)
        self._begun = 0
        self._listened = Listened()
        self._shelf = Shelf()
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

    def _choice(self, instrument: str) -> Choice:
        if instrument not in self._chosen:
            self._chosen[instrument] = (light_choice if self._draft else choose)(instrument, self._fonts)
        return self._chosen[instrument]

    def _below(self, part: Part) -> tuple[Layer, ...]:
        return () if self._draft else layers(part.instrument, part.role, self._fonts)

    def begin(self, cues: Sequence[tuple[CueScore, CueTempo]]) -> None:
        """Has cues played together, the group with most notes first.

        Raises:
            StorageError: there is no place for their samples.
        """
        self._begun += 1
        excerpts = Excerpts(self._played / str(self._begun), halves=self._draft, listened=self._listened)
        together = _Together(excerpts=excerpts, left={score.cue_id for score, _ in cues})
        notes: Counter[Group] = Counter()
        for score, tempo in cues:
            cue = self._cues[score.cue_id] = _Cue(clock=Clock(tempo), together=together)
            playing = [part for part in score.parts if part.notes]
            cue.choices = {name: self._choice(name) for name in sorted({part.instrument for part in playing})}
            rows = [(part, Layer(choice=cue.choices[part.instrument], level_db=0.0)) for part in playing]
            under = [(part, layer) for part in playing for layer in self._below(part)]
            cue.below = [layer.choice for _, layer in under]
            for part, layer in (*rows, *under):
                group = played_with(part.group, self._draft)
                cue.rows.setdefault(group, []).append((part, layer))
                notes[group] += len(part.notes)
                excerpts.expect(layer.choice, {note.pitch for note in part.notes})
                if not self._draft:
                    excerpts.expect(layer.choice, unmeasured(part.instrument, layer.choice))
        for group in sorted(notes, key=lambda group: (-notes[group], GROUPS.index(group))):
            for score, _ in cues:
                cue = self._cues[score.cue_id]
                if group in cue.rows:
                    together.done[score.cue_id, group] = 0.0
                    cue.waiting[group] = self._pool.submit(self._play, score.cue_id, cue, group)

    def finish(self, cue_id: str, on_progress: Progress = ignore_progress) -> Stems:
        """Waits for the stems of a cue that was begun; ``on_progress`` gets the share of all that is played together.

        Raises:
            ToolMissingError: FluidSynth or a SoundFont fails.
            StorageError: a file cannot be written.
        """
        cue = self._cues.pop(cue_id)
        together, done = cue.together, cue.together.done
        pending: set[Future[Stem | None]] = set(cue.waiting.values())
        while pending:  # in short waits, so that Ctrl-C is answered at once
            finished, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_EXCEPTION)
            for future in finished:
                self._settle(future.result())
            on_progress(sum(done.values()) / len(done))
        stems = [stem for g in GROUPS if g in cue.waiting and (stem := cue.waiting[g].result()) is not None]
        together.left.remove(cue_id)
        if not together.left:
            files = together.excerpts.close()
            self._shelf.forget(files)
            self._synths.forget(files)
        give_back()
        on_progress(sum(done.values()) / len(done) if done else 1.0)
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

    def _play(self, cue_id: str, cue: _Cue, group: Group) -> Stem | None:
        # Samples of one stem are read while another one plays.
        manner, rows, together = manner_of(group, self._draft), cue.rows[group], cue.together
        self._shelf.hold(together.excerpts, (layer.choice for _, layer in rows), manner.kept_bytes)
        # Halves of recordings are not what a voice is measured by.
        apart = Excerpts(self._played / f"{cue_id}-{group}") if self._draft else None
        try:
            voices = _voices(rows, apart or together.excerpts)
        finally:
            if apart is not None:
                apart.close()
        if self._stop.is_set():
            raise Cancelled

        def tell(share: float) -> None:
            together.done[cue_id, group] = share

        stem = render_stem(
            self._players(rows, voices, together.excerpts), cue.clock, self.folder / f"{cue_id}_{group}{manner.suffix}",
            cue_id=cue_id, group=group, manner=manner, excerpts=together.excerpts, synths=self._synths,
            stop=self._stop, on_progress=tell,
        )  # fmt: skip
        tell(1.0)
        return stem

    def _players(self, rows: list[_Row], voices: dict[_Key, Voice], excerpts: Excerpts) -> list[Playing]:
        """Every part once per layer; all layers of a part together have the part's level."""
        sums = {part.id: shared_db([layer.level_db for other, layer in rows if other is part]) for part, _ in rows}
        players = []
        for part, layer in rows:
            voice = voices[_key(part.instrument, layer.choice)]
            level = level_db(part, voice) + layer.level_db - sums[part.id] + bus_db(part.group, self._draft)
            level += HALF_DB if excerpts.halved(layer.choice) else 0.0
            players.append(Playing(part=part, voice=voice, level_db=level, below_db=-layer.level_db))
        return players


def _key(instrument: str, choice: Choice) -> _Key:
    return (instrument, choice.font.path, choice.bank, choice.program)


def _voices(rows: list[_Row], excerpts: Excerpts) -> dict[_Key, Voice]:
    """Measured voices of what plays ``rows``, at the pitches they play; see ``measure``."""
    wanted: dict[_Key, Choice] = {}
    attacks: dict[_Key, set[int]] = {}
    swells: dict[_Key, set[int]] = {}
    for part, layer in rows:
        key = _key(part.instrument, layer.choice)
        wanted[key] = layer.choice
        attacks.setdefault(key, set()).update(n.pitch for n in part.notes if n.anchor == "attack")
        swells.setdefault(key, set()).update(n.pitch for n in part.notes if n.anchor == "peak")
    return {
        key: measure(key[0], wanted[key], frozenset(attacks[key]), frozenset(swells[key]), excerpts)
        for key in sorted(wanted)
    }


def _loud(stems: list[Stem]) -> list[str]:
    clipped = [f"{stem.cue_id} {stem.group}" for stem in stems if stem.peak_dbfs >= 0.0]
    return [f"These stems touch full scale: {', '.join(clipped)}."] if clipped else []
