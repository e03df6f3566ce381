"""film -> Analysis: picture and sound side by side, each read once."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from threading import Event

from autoscore.adapters.heap import keep_large
from autoscore.model.analysis import Analysis, Curves
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.stages.analyze.skim import skim
from autoscore.stages.analyze.sound import listen
from autoscore.stages.analyze.watch import irregular, watch


def analyze(film: Path, media: Media, on_progress: Progress = ignore_progress, *, quality: str = "final") -> Analysis:
    """What is seen and heard in ``film``, when; with ``quality`` "draft" what its key frames show.

    Raises:
        FilmError: the picture cannot be decoded at all, or the file has gone.
    """
    keep_large()
    over = Event()

    def go_on(_share: float) -> None:
        if over.is_set():
            raise CancelledError

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound") as pool:
        hearing = pool.submit(listen, film, media, go_on, draft=quality == "draft")
        try:
            seen = skim(film, media, on_progress) if quality == "draft" else watch(film, media, on_progress)
            heard = hearing.result()
        except BaseException:  # Ctrl-C too: whoever waits for it need not hear the film to its end
            over.set()
            raise
    times = seen.times_s
    varies = media.video.variable_rate or irregular(times, float(media.video.rate))
    hits = heard.hits
    if varies:
        hits = tuple(dataclasses.replace(h, frame=max(0, bisect_right(times, h.time_s + 1e-6) - 1)) for h in hits)
    length = len(seen.curves["motion"])
    loudness = heard.loudness_curve
    if loudness:
        loudness = (*loudness[:length], *([-70.0] * (length - len(loudness))))
    return Analysis(
        duration_s=seen.duration_s,
        frame_count=len(times),
        cuts=seen.cuts,
        gradual=seen.gradual,
        rejected=seen.rejected,
        shots=seen.shots,
        cards=seen.cards,
        curves=Curves(**seen.curves, loudness_lufs=loudness),
        speech=heard.speech,
        music=heard.music,
        silence=heard.silence,
        hits=hits,
        loudness_lufs=heard.loudness_lufs,
        frame_times_s=tuple(times) if varies else None,
        bad_frames=seen.bad_frames,
        warnings=(*seen.warnings, *heard.warnings),
    )
