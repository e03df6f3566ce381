"""The finished film's sound track, encoded apart from the film: its packets in a file of their own, for FFmpeg to copy.

That file is NUT, which is written from front to back and can be read meanwhile, and keeps times to the sample. Times
in it are LEAD_S later than in the film: what an encoder puts before the first sample has no place before 0 there.
"""

from __future__ import annotations

from pathlib import Path

from autoscore.adapters.growing import Reader, piped
from autoscore.adapters.mux import encoding, listener, not_the_picture, reason, run_to_end
from autoscore.adapters.process import ChildFailedError, patience_s
from autoscore.adapters.tracks import Plan
from autoscore.errors import StorageError
from autoscore.model.audio import RATE_HZ
from autoscore.model.events import Progress, ignore_progress


def encode(
    sound: Path | Reader, plan: Plan, target: Path, *, gain_db: float = 0.0, named: Path | None = None,
    on_progress: Progress = ignore_progress,
) -> None:  # fmt: skip
    """Writes ``target``: the packets of ``sound``, as long as the film, encoded as ``plan`` says.

    Args:
        sound: a FLAC file that is whole, or a reader of one that is being written (where ``growing.CAN_FOLLOW``).
        gain_db: last static gain. named: what a sentence calls ``target``, where that is a passing name.

    Raises:
        StorageError: it cannot be written, or the sound is gone.
        ToolMissingError: there is no FFmpeg, or something stopped it.
        BrokenOffError: the sound did not become whole.
    """
    length_s = plan.total_samples / RATE_HZ
    told, patience = listener(length_s, on_progress), patience_s(length_s)
    try:
        if isinstance(sound, Path):
            run_to_end(encoding(sound, plan, target, gain_db), target, on_line=told, timeout_s=patience)
            return
        with sound, piped(sound) as given:
            words = encoding(given, plan, target, gain_db)
            run_to_end(words, target, on_line=told, timeout_s=patience, hand_over=(given,))
    except ChildFailedError as error:
        source = sound if isinstance(sound, Path) else target
        blameless = not_the_picture(source, named or target, error, "--workspace")
        raise blameless or StorageError(f"The film's sound cannot be encoded: {reason(error.tail)}") from None
