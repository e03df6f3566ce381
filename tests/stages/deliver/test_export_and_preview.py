"""What is made beside the finished film: the score alone, stems, a preview."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hand_made import RATE, SECONDS, Job

from autoscore.adapters import sound
from autoscore.model.audio import Stem, Stems
from autoscore.stages.deliver import export_stems, inspect
from autoscore.stages.probe import probe


@pytest.mark.parametrize("suffix", [".wav", ".m4a"])
def test_music_only_writes_a_sound_file_as_long_as_the_film(suffix: str, job: Job) -> None:
    """The score alone starts at the first picture and ends with the last."""
    job.output = job.output.with_name(f"score{suffix}")
    failures = job.run(music_only=True).failures
    assert all("loudness" in failure for failure in failures)  # the mix here was measured with the film's own sound
    assert job.receipt()["hit_summary"]["within"] == 3
    assert inspect(job.output).problems == failures
    total = sum(len(block.samples) for block in sound.read_stream(job.output))
    assert total == pytest.approx(round(job.media.duration_s * RATE), abs=1100)


def test_stems_are_exported_at_one_length(tmp_path: Path) -> None:
    """Every film-length stem has the film's length, with each cue's sound where it belongs."""
    ramp = np.linspace(0.1, 0.2, RATE, dtype=np.float32)[:, None].repeat(2, 1)
    stems = []
    for cue, group, start_s in (("1M1", "strings", 0.5), ("1M2", "strings", 3.0), ("1M2", "brass", -0.25)):
        path = f"{cue}_{group}.flac"
        sound.write_file(tmp_path / path, [ramp])
        stems.append(Stem(cue_id=cue, group=group, path=path, start_s=start_s, frames=RATE, peak_dbfs=-14.0, sha256=""))
    files = export_stems(Stems(stems=tuple(stems)), tmp_path, tmp_path / "export", duration_s=SECONDS)
    assert [path.name for path in files] == ["brass.wav", "strings.wav"]
    strings = np.concatenate([block.samples for block in sound.read_file(files[1])])
    brass = np.concatenate([block.samples for block in sound.read_file(files[0])])
    assert len(strings) == len(brass) == SECONDS * RATE
    assert np.allclose(strings[RATE // 2 : RATE // 2 + RATE], ramp, atol=1e-6)
    assert np.allclose(strings[3 * RATE : 4 * RATE], ramp, atol=1e-6)
    assert not strings[: RATE // 2].any()
    assert np.allclose(brass[: 3 * RATE // 4], ramp[RATE // 4 :], atol=1e-6)
    own = export_stems(Stems(stems=tuple(stems)), tmp_path, tmp_path / "cues", duration_s=SECONDS, per_cue=Fraction(24))
    lengths = {path.name: sound.file_info(path)[0] for path in own}
    assert lengths["1M2_strings.wav"] == lengths["1M2_brass.wav"] == 4 * RATE  # from the first picture
    early = np.concatenate([block.samples for block in sound.read_file(tmp_path / "cues" / "1M2_brass.wav")])
    assert np.allclose(early[: 3 * RATE // 4], ramp[RATE // 4 :], atol=1e-6)


def test_an_old_preview_does_not_stay(job: Job) -> None:
    """Delivered without a preview, the film has none: one from before would show another score."""
    job.workspace.mkdir(parents=True, exist_ok=True)
    (job.workspace / "preview.mp4").write_bytes(b"old")
    assert "preview.mp4" not in job.run().files
    assert not (job.workspace / "preview.mp4").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # moviepy leaves its pipes to the garbage collector
def test_a_preview_is_small_and_as_long_as_the_film(job: Job) -> None:
    """The review film has the film's length, 360 lines and sound."""
    delivery = job.run(preview=True)
    assert "preview.mp4" in delivery.files
    media = probe(job.workspace / "preview.mp4")
    assert media.video.height == 360
    assert media.duration_s == pytest.approx(SECONDS, abs=0.15)
    assert media.sound is not None
