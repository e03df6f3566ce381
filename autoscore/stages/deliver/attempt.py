"""One attempt at the finished film: its sound encoded, the film written, and what it sounds like measured on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from autoscore.adapters import mux
from autoscore.adapters.copied import FilmPackets, Packets, beginning, read_packets, read_sound
from autoscore.adapters.files import file_sha256, settle
from autoscore.adapters.growing import Growing
from autoscore.adapters.heap import give_back
from autoscore.adapters.tracks import LEAD_S, Plan, plan
from autoscore.model.audio import Mix
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.stages.deliver.offsets import offset_in, offset_spots
from autoscore.stages.deliver.readback import Heard, hear, unheard
from autoscore.stages.deliver.track import Ahead, Encoding
from autoscore.stages.deliver.trial import Trial

NOT_MEASURED = (
    "This is a draft: its sound was not decoded and measured. Its packets are the mix's, whose loudness, true peak and "
    "hits, as they were solved and rendered, are on the receipt."
)
_SAME_MS = 0.1
"""What was heard while it was encoded counts for the film whose sound lies as near as this to where it lay then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A film that was written: ``sha256`` of the whole file is still being taken."""

    heard: Heard
    packets: FilmPackets
    sha256: Future[str]
    warnings: tuple[str, ...]


def _failed(done: Future[tuple[str, ...]]) -> bool:
    return not done.cancelled() and done.exception() is not None


@dataclass(kw_only=True)
class Attempts:
    """What all attempts at one film have in common.

    Args:
        folder: where the mix's files are. draft: where the film is written. peakless: a place for another mix.
        ahead: may have the sound of the first attempt. quick, facts, meanwhile: see ``finished.make``.
        go_on: to be told by what works in ``pool``.
    """

    film: Path
    media: Media
    mix: Mix
    folder: Path
    output: Path
    draft: Path
    peakless: Path
    times_s: Sequence[float]
    keep_original: bool
    facts: str
    quick: bool
    ahead: Ahead | None
    pool: Executor
    go_on: Progress
    on_progress: Progress
    meanwhile: Callable[[], object]

    def first(self) -> Trial:
        """The mix as it is. In a first look at the film the mix itself is looked at meanwhile."""
        if self.quick:
            _ = self._mixed, self._unheard
        return Trial(sound=self.folder / self.mix.path, ceiling_dbtp=self.mix.true_peak_dbtp)

    def make(self, trial: Trial) -> tuple[Outcome | None, Trial | None]:
        """The film as far as it was worth making, and a better way to make it, if it is worth trying."""
        wanted = plan(
            self.media, sound_start_s=self.mix.start_s, output=self.output, keep_original=self.keep_original,
            correction_samples=trial.correction_samples, as_it_is=self._copying(trial),
        )  # fmt: skip
        if wanted.apart:
            ready = self.ahead.take(wanted) if self.ahead is not None and trial.number == 1 else None
            encoding = ready or Encoding(trial.sound, wanted, self.folder, gain_db=trial.gain_db)
            with encoding:
                return self._apart(trial, wanted, encoding)
        warnings = self._write(trial, trial.sound, self._part(0.0, 0.6))
        packets, sha256 = self._look()
        known = self._known(packets)
        if known is not None:
            made = Outcome(heard=known, packets=packets.result(), sha256=sha256, warnings=(*warnings, NOT_MEASURED))
            return made, None
        heard = self._listen(trial, packets)
        made = Outcome(heard=heard, packets=packets.result(), sha256=sha256, warnings=warnings)
        return made, self._better(trial, heard)

    def _apart(self, trial: Trial, wanted: Plan, encoding: Encoding) -> tuple[Outcome | None, Trial | None]:
        """Hears the sound while it is encoded and the film is written with it, which counts if nothing is wrong."""
        writing = self.pool.submit(self._write, trial, encoding.file, is_encoded=True)
        writing.add_done_callback(lambda done: encoding.stop() if _failed(done) else None)
        self.meanwhile()
        give_back()  # what that took is not needed while hearing, which takes as long as encoding
        with encoding.blamed(on_stop=writing):
            early = hear(
                encoding.file, self.mix, self.folder, self.times_s, film_start_s=LEAD_S + wanted.picture_s,
                gain_db=trial.gain_db, spots=self._spots, duration_s=self.media.duration_s,
                on_progress=self._part(0.0, 0.9),
            )  # fmt: skip
            sound = encoding.wait()
        own = self.pool.submit(read_sound, sound, self.go_on)
        warnings = writing.result()
        better = self._better(trial, replace(early, offset_ms=None))
        if better is not None:
            return None, better
        packets, sha256 = self._look()
        heard = self._confirmed(early, own.result(), packets) or self._listen(trial, packets)
        made = Outcome(heard=heard, packets=packets.result(), sha256=sha256, warnings=warnings)
        return made, self._better(trial, heard)

    def _write(
        self, trial: Trial, sound: Path | Growing, on_progress: Progress = ignore_progress, *, is_encoded: bool = False
    ) -> tuple[str, ...]:
        """Returns warnings."""

        def told(share: float) -> None:
            self.go_on(share)
            on_progress(share)

        return mux.finish(
            self.film, self.media, sound, sound_start_s=self.mix.start_s, output=self.output, draft=self.draft,
            keep_original=self.keep_original, gain_db=trial.gain_db, correction_samples=trial.correction_samples,
            facts=self.facts, as_it_is=self._copying(trial), is_encoded=is_encoded, on_progress=told,
        )  # fmt: skip

    def _look(self) -> tuple[Future[FilmPackets], Future[str]]:
        """The film's packets and the sum of all its bytes, both on their way; and to the disk it is on its way too."""
        self.pool.submit(settle, self.draft)  # it is waited for when it gets its name
        packets = self.pool.submit(read_packets, self.draft, on_progress=self.go_on)
        return packets, self.pool.submit(file_sha256, self.draft, self.go_on)

    def _known(self, reading: Future[FilmPackets]) -> Heard | None:
        """What is known of the mix, where the film holds its packets; None where it must be heard."""
        if not self.quick:
            return None
        packets = reading.result()
        if packets.sound is None or packets.sound.sha256 != self._mixed.result().sha256:
            return None
        late_s = packets.sound.first_s - packets.video.first_s - self.mix.start_s
        return replace(self._unheard.result(), offset_ms=1000.0 * late_s)

    def _confirmed(self, early: Heard, own: Packets, reading: Future[FilmPackets]) -> Heard | None:
        """``early``, with the offset as it is in the film, where the film holds the same packets in the same place."""
        index, first_s = beginning(self.draft)
        offset_ms, windows = offset_in(
            self.draft, self.mix, self.folder, self._spots, sound_index=index, film_start_s=first_s
        )
        packets = reading.result()
        if packets.sound is None or (packets.sound.sha256, packets.sound.count) != (own.sha256, own.count):
            return None
        if (index, first_s) != (packets.sound_index, packets.video.first_s) or windows != early.offset_windows:
            return None
        moved_ms = abs((offset_ms or 0.0) - (early.offset_ms or 0.0))
        return replace(early, offset_ms=offset_ms) if moved_ms <= _SAME_MS else None

    def _listen(self, trial: Trial, reading: Future[FilmPackets]) -> Heard:
        """The film, heard from its first sample to its last."""

        def listen(sound_index: int | None, film_start_s: float) -> Heard:
            return hear(
                self.draft, self.mix, self.folder, self.times_s, sound_index=sound_index, film_start_s=film_start_s,
                gain_db=trial.gain_db, spots=self._spots, duration_s=self.media.duration_s,
                on_progress=self._part(0.6, 1.0),
            )  # fmt: skip

        begin = beginning(self.draft)
        heard, packets = listen(*begin), reading.result()
        place = packets.sound_index, packets.video.first_s
        return heard if begin == place else listen(*place)  # the earliest picture may come late in the file

    def _better(self, trial: Trial, heard: Heard) -> Trial | None:
        return trial.better(heard, self.mix, self.folder / self.mix.path, self.peakless)

    def _copying(self, trial: Trial) -> bool:
        """Whether the mix's own packets are wanted; a second try is encoded."""
        return self.quick and trial.number == 1

    def _part(self, low: float, high: float) -> Callable[[float], None]:
        return lambda share: self.on_progress(low + (high - low) * share)

    @cached_property
    def _spots(self) -> list[float]:
        return offset_spots(self.mix, self.folder)

    @cached_property
    def _mixed(self) -> Future[Packets]:
        return self.pool.submit(read_sound, self.folder / self.mix.path, self.go_on)

    @cached_property
    def _unheard(self) -> Future[Heard]:
        return self.pool.submit(unheard, self.mix, self.folder, self.times_s, self.go_on)
