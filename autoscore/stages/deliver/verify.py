"""Is a finished film still the one its receipt describes, and does it keep its promises?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autoscore.adapters import sound
from autoscore.adapters.copied import read_packets, read_sound
from autoscore.adapters.loudness import Meter
from autoscore.errors import UsageError
from autoscore.model.audio import RATE_HZ
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.receipt import Receipt
from autoscore.stages.deliver import receipts

_SAME_LU = 0.2
_SAME_DB = 0.2
_SAME_S = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """``problems`` are sentences; empty when the film is the one described and everything is within tolerance."""

    receipt: Receipt
    receipt_path: Path
    finished: Path
    loudness_lufs: float
    true_peak_dbtp: float
    problems: tuple[str, ...]


def inspect(path: Path, on_progress: Progress = ignore_progress) -> Verification:
    """Finds the receipt of a finished film (or of a receipt file, or a workspace) and measures the film again.

    Picture and sound packets are hashed, loudness and true peak measured anew, and the receipt's own checks read.

    Raises:
        UsageError: no receipt or no finished film is found.
        FilmError: the finished film cannot be read.
        StorageError: the receipt cannot be read.
    """
    found, finished = receipts.find(path)
    receipt = receipts.read(found)
    if not finished.is_file():
        raise UsageError(f"The finished film {finished.name} is not where its receipt says", "Name the film itself.")
    problems = list(receipt.failures)
    film_start_s, index = 0.0, None
    if receipt.video_sha256:
        packets = read_packets(finished, on_progress=lambda share: on_progress(0.3 * share))
        film_start_s, index, track, lasts_s = (
            packets.video.first_s, packets.sound_index, packets.sound, packets.duration_s
        )  # fmt: skip
        if packets.video.sha256 != receipt.video_sha256.output:
            problems.append("the picture is not the one the receipt describes")
    else:
        track = read_sound(finished)
        lasts_s = track.end_s - track.first_s
    meter = Meter(RATE_HZ, 2)
    if track is not None:
        first_s = min(0.0, track.first_s - film_start_s)
        for block in sound.read_stream(finished, index=index, film_start_s=film_start_s, start_s=first_s):
            meter.push(block.samples)
            on_progress(0.3 + 0.7 * min(1.0, block.start_s / max(1.0, lasts_s)))
    if (track.sha256 if track else "") != receipt.sound_sha256:
        problems.append("the sound is not the one the receipt describes")
    if abs(lasts_s - receipt.duration_s.output) > _SAME_S:
        problems.append(f"it lasts {lasts_s:.3f} s, the receipt says {receipt.duration_s.output:.3f} s")
    loudness, peak = meter.integrated_lufs, meter.true_peak_dbtp
    if abs(loudness - receipt.loudness_lufs) > _SAME_LU:
        problems.append(f"its loudness is {loudness:.1f} LUFS, the receipt says {receipt.loudness_lufs:.1f}")
    if abs(peak - receipt.true_peak_dbtp) > _SAME_DB:
        problems.append(f"its true peak is {peak:.1f} dBTP, the receipt says {receipt.true_peak_dbtp:.1f}")
    return Verification(
        receipt=receipt, receipt_path=found, finished=finished, loudness_lufs=loudness, true_peak_dbtp=peak,
        problems=tuple(problems),
    )  # fmt: skip
