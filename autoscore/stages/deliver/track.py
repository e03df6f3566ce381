"""The finished film's sound track while it is being encoded: begun with the mix's last pass, heard as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any

from autoscore.adapters import encoded
from autoscore.adapters.files import storage_errors, temporary
from autoscore.adapters.growing import CAN_FOLLOW, Growing, Reader
from autoscore.adapters.tracks import Plan, plan
from autoscore.errors import AutoscoreError
from autoscore.model.brief import Brief
from autoscore.model.media import Media

_NAME = "09-sound.nut"


class Encoding:
    """One encoding, in a thread. A context manager: whatever is not finished when it is left ends, and its file goes.

    Args:
        sound: FLAC, see ``encoded.encode``. folder: where the packets' file is put meanwhile.

    Raises:
        StorageError: the folder cannot be written.
    """

    def __init__(self, sound: Path | Reader, wanted: Plan, folder: Path, *, gain_db: float = 0.0) -> None:
        self._sound, self._wanted, self._gain_db = sound, wanted, gain_db
        self._named = folder / _NAME
        place = temporary(self._named)
        with storage_errors(self._named):
            place.unlink(missing_ok=True)
            place.touch(mode=0o600)
        self.file = Growing(place)
        self._stopped = Event()
        self._failed: BaseException | None = None
        self._thread = Thread(target=self._work, name="encode", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            encoded.encode(
                self._sound, self._wanted, self.file.path, gain_db=self._gain_db, named=self._named,
                on_progress=self._go_on,
            )  # fmt: skip
        except BaseException as error:
            self._failed = error
        self.file.end(whole=self._failed is None)

    def _go_on(self, _share: float) -> None:
        if self._stopped.is_set():
            raise CancelledError

    @property
    def failed(self) -> bool:
        """Whether it has ended without success."""
        return self._failed is not None

    def wait(self) -> Path:
        """The file with all packets. Raises what the encoding raised."""
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        return self.file.path

    def stop(self) -> None:
        """For another thread: nobody wants it any more. It ends soon, unless it has."""
        self._stopped.set()

    @contextmanager
    def blamed(self, on_stop: Future[Any]) -> Iterator[None]:
        """Where reading the file fails because the encoding has failed, that is the error; where that was because it
        was stopped, what ``on_stop`` says is.
        """
        try:
            yield
        except (AutoscoreError, OSError, CancelledError):
            if isinstance(self._failed, CancelledError):
                on_stop.result()
            if self._failed is not None:
                raise self._failed from None
            raise

    def __enter__(self) -> Encoding:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._thread.join()
        with suppress(OSError):
            self.file.path.unlink(missing_ok=True)


class Ahead:
    """What of a finished film can be begun while its mix is still being written: the encoding of its sound.

    ``begin`` is for who writes the mix, ``whole`` for who knows that it is done and stays. A context manager: what
    nobody took by its end is thrown away.
    """

    def __init__(self, media: Media, brief: Brief, output: Path, folder: Path) -> None:
        self._media, self._brief, self._output, self._folder = media, brief, output, folder
        self._mix: Growing | None = None
        self._encoding: Encoding | None = None
        self._wanted: Plan | None = None

    def begin(self, mix: Path, start_s: float) -> bool:
        """The mix's file has been opened for writing; its first sample will be at film time ``start_s``.

        Returns whether it is read along.
        """
        if self._brief.music_only or not CAN_FOLLOW or self._encoding is not None:
            return False
        wanted = plan(
            self._media, sound_start_s=start_s, output=self._output, keep_original=self._brief.keep_original_track,
            as_it_is=self._brief.quality == "draft",
        )  # fmt: skip
        if wanted.apart:
            self._mix, self._wanted = Growing(mix), wanted
            with suppress(AutoscoreError, OSError):  # what stands in its way will be told by who tries again
                self._encoding = Encoding(self._mix.open(), wanted, self._folder)
        return self._encoding is not None

    def whole(self) -> None:
        """All of the mix is written, and it counts."""
        if self._mix is not None:
            self._mix.end(whole=True)

    def take(self, wanted: Plan) -> Encoding | None:
        """The encoding of this very sound, where there is one that has not failed."""
        encoding = self._encoding if self._mix is not None and self._mix.whole and wanted == self._wanted else None
        return encoding if encoding is not None and not encoding.failed else None

    def __enter__(self) -> Ahead:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._mix is not None:
            self._mix.end(whole=False)
        if self._encoding is not None:
            self._encoding.__exit__(kind, value, trace)
