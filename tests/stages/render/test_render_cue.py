from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from small_cues import TEMPO, note, part, samples, score

from autoscore.errors import AutoscoreError
from autoscore.model.audio import RATE_HZ
from autoscore.model.tempo import CueTempo, TempoSegment
from autoscore.stages.render import FontSet, Room, render_cue
from autoscore.stages.render import room as room_module
from autoscore.stages.render import samples as samples_module
from autoscore.stages.render.fonts import choose
from autoscore.stages.render.manner import bus_db

pytestmark = pytest.mark.usefixtures("own_cache")


def onset_s(sound: np.ndarray, start_s: float, about_s: float, held: bool) -> float:
    """First time near ``about_s`` at -10 dB of the power 0.2 to 0.5 s later (held) or of the peak (struck)."""
    first = max(0, round((about_s - 0.4 - start_s) * RATE_HZ))
    piece = sound[first : first + RATE_HZ].astype(np.float64)
    if not held:
        loud = np.abs(piece).max(axis=1)
        return (first + int(np.argmax(loud >= loud.max() * 10 ** (-10 / 20)))) / RATE_HZ + start_s
    power = np.convolve((piece**2).sum(axis=1), np.ones(480) / 480, mode="same")
    plateau = float(np.median(power[round(0.6 * RATE_HZ) : round(0.9 * RATE_HZ)]))
    return (first + int(np.argmax(power >= plateau / 10.0))) / RATE_HZ + start_s


INSTRUMENTS: list[tuple[str, int, bool]] = [
    ("violins1", 70, True), ("cellos", 50, True), ("solo_violin", 74, True), ("flute", 76, True),
    ("clarinet", 66, True), ("horn", 58, True), ("trumpet", 66, True), ("choir_aahs", 62, True),
    ("piano", 64, False), ("harp", 64, False), ("timpani", 45, False), ("taiko", 40, False),
]  # fmt: skip


def test_attacks_are_heard_on_time(fonts: FontSet, tmp_path: Path) -> None:
    """Twelve instruments, fast and slow: the attack of each is heard at the written time, median error under 8 ms."""
    errors = []
    for name, pitch, held in INSTRUMENTS:
        notes = [note(beat, pitch, velocity=velocity) for beat, velocity in ((2, 80), (10, 100))]
        stem = render_cue(score(part(name, "hits", *notes)), TEMPO, fonts, tmp_path).stems[0]
        sound = samples(tmp_path, stem)
        errors += [onset_s(sound, stem.start_s, at, held) - at for at in (2.0, 6.0)]
    assert np.median(np.abs(errors)) < 0.008
    assert np.max(np.abs(errors)) < 0.040


def test_a_reverse_cymbal_peaks_at_its_time(fonts: FontSet, tmp_path: Path) -> None:
    """The loudest 20 ms of a swell anchored at its peak lie within 15 ms of the written time."""
    swell = note(12, 60, 1, 100, anchor="peak")
    stem = render_cue(score(part("reverse_cymbal", "hits", swell)), TEMPO, fonts, tmp_path).stems[0]
    power = (samples(tmp_path, stem).astype(np.float64) ** 2).sum(axis=1)
    smooth = np.convolve(power, np.ones(960), mode="same")
    assert abs(float(np.argmax(smooth)) / RATE_HZ + stem.start_s - 7.0) < 0.015


def test_the_same_score_gives_the_same_bytes(fonts: FontSet, tmp_path: Path) -> None:
    """Rendered twice, on two threads, every stem has the same bytes; the second time with measurements from cache."""
    music = score(
        part("violins1", "strings", note(0, 72), note(4, 74)),
        part("violas", "strings", note(0, 60, 6)),
        part("flute", "winds", note(2, 76)),
        part("timpani", "percussion", note(6, 45)),
    )
    first = render_cue(music, TEMPO, fonts, tmp_path / "a")
    second = render_cue(music, TEMPO, fonts, tmp_path / "b")
    assert [stem.sha256 for stem in first.stems] == [stem.sha256 for stem in second.stems]
    assert [stem.group for stem in first.stems] == ["strings", "winds", "percussion"]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(stem.path for stem in first.stems)


def test_more_parts_than_midi_channels(fonts: FontSet, tmp_path: Path) -> None:
    """Twenty parts of one group all sound: the last alone is heard in the stem's last notes."""
    parts = [part("piano", "keys", note(0, 60 + i), name=f"p{i}") for i in range(19)]
    parts.append(part("piano", "keys", note(20, 72), name="last"))
    stem = render_cue(score(*parts), TEMPO, fonts, tmp_path).stems[0]
    sound = samples(tmp_path, stem)
    at = round((11.0 - stem.start_s) * RATE_HZ)
    before, after = np.abs(sound[at - 12_000 : at - 2_400]).max(), np.abs(sound[at : at + 24_000]).max()
    assert after > 4 * before


def test_levels_are_evened_out(fonts: FontSet, tmp_path: Path) -> None:
    """Instruments whose presets differ by 15 dB and more come out within 5 dB of each other at one level_db."""
    levels = []
    for name, pitch in (("violins1", 72), ("violas_trem", 60), ("warm_pad", 60), ("trumpet", 66), ("flute", 76)):
        stem = render_cue(score(part(name, "synth", note(2, pitch, 6))), TEMPO, fonts, tmp_path).stems[0]
        sound = samples(tmp_path, stem)
        held = sound[round((3.0 - stem.start_s) * RATE_HZ) : round((4.5 - stem.start_s) * RATE_HZ)]
        levels.append(10 * np.log10(float((held.astype(np.float64) ** 2).mean())))
    assert max(levels) - min(levels) < 5.0


def test_the_tail_ends_in_silence(fonts: FontSet, tmp_path: Path) -> None:
    """A stem rings out to silence after its last note and no longer than six seconds and a note's end."""
    stem = render_cue(score(part("harp", "plucked", note(0, 50))), TEMPO, fonts, tmp_path).stems[0]
    sound = samples(tmp_path, stem)
    assert np.abs(sound[-480:]).max() < 10 ** (-60 / 20)
    assert stem.start_s + stem.frames / RATE_HZ < 2.0 + 6.0 + 0.3


def test_parts_without_notes_make_no_stem(fonts: FontSet, tmp_path: Path) -> None:
    """Nothing to play, no file."""
    assert render_cue(score(part("piano", "keys")), TEMPO, fonts, tmp_path).stems == ()
    assert list(tmp_path.glob("*.flac")) == []


def test_a_stopped_render_leaves_nothing(fonts: FontSet, tmp_path: Path) -> None:
    """An interrupt in the middle (here: from the progress callback) leaves no half-written file."""

    class StoppedError(Exception):
        pass

    def stop(share: float) -> None:
        raise StoppedError

    # So long that it is not done before it is first asked how far it is.
    long = CueTempo(cue_id="1M1", start_s=0.0, end_s=900.0, base_bpm=60.0, bars=(), segments=(TempoSegment(
        start_beats=Fraction(0), end_beats=Fraction(900), start_bpm=60.0, end_bpm=60.0, start_s=0.0),))  # fmt: skip
    folder = tmp_path / "stems"
    with pytest.raises(StoppedError):
        render_cue(score(part("piano", "keys", *(note(i, 60) for i in range(900)))), long, fonts, folder, stop)
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(fonts: FontSet, tmp_path: Path) -> None:
    """A file where the folder should be gives one sentence, not a traceback."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(AutoscoreError, match="file"):
        render_cue(score(part("piano", "keys", note(0, 60))), TEMPO, fonts, tmp_path / "file" / "stems")


def test_notes_cut_off_sound_the_same(fonts: FontSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out of a stem by ending notes at -60 dB, or -42 while others go on, is 50 dB and more below it."""
    music = score(
        part("violins2", "strings", *(note(beat, 60 + beat, 1) for beat in range(12))),
        part("harp", "plucked", *(note(beat, 50 + beat, 1) for beat in range(12))),
    )
    short = [samples(tmp_path, stem) for stem in render_cue(music, TEMPO, fonts, tmp_path).stems]
    monkeypatch.setattr("autoscore.adapters.synth.Synth.cut", lambda self, note, release_s: None)
    long = [samples(tmp_path, stem) for stem in render_cue(music, TEMPO, fonts, tmp_path).stems]
    for cut, whole in zip(short, long, strict=True):
        length = min(len(cut), len(whole))
        lost = float(((cut[:length].astype(float) - whole[:length]) ** 2).sum())
        assert 0.0 < lost < 1e-5 * float((whole.astype(float) ** 2).sum())


def test_cues_begun_together_give_what_they_give_alone(fonts: FontSet, tmp_path: Path) -> None:
    """A cue that is played while another one is has the same bytes as alone."""
    one = score(part("violins1", "strings", note(0, 72), note(4, 74)), part("timpani", "percussion", note(6, 45)))
    two = replace(one, cue_id="1M2", parts=one.parts[:1])
    alone = render_cue(one, TEMPO, fonts, tmp_path / "alone")
    with Room(fonts, tmp_path / "room") as room:
        room.begin([(one, TEMPO)])
        room.begin([(two, TEMPO)])
        together = room.finish("1M1")
        room.finish("1M2")
    assert [stem.sha256 for stem in together.stems] == [stem.sha256 for stem in alone.stems]


def test_a_finished_cue_is_on_the_disk(fonts: FontSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a cue is handed over, each of its stems was waited for until the disk had it."""
    settled: list[str] = []
    monkeypatch.setattr(room_module, "settle", lambda path: settled.append(path.name))
    music = score(part("violins1", "strings", note(0, 72)), part("timpani", "percussion", note(6, 45)))
    stems = render_cue(music, TEMPO, fonts, tmp_path).stems
    assert sorted(settled) == sorted(stem.path for stem in stems)


def test_a_used_synthesiser_plays_as_a_new_one(fonts: FontSet, tmp_path: Path) -> None:
    """What was played before, and with how many voices, leaves nothing in the next stem's bytes."""
    music = score(part("harp", "plucked", *(note(at, 40 + at) for at in range(8))))
    busy = score(
        part("violins1", "strings", *(note(at / 4, 60 + at) for at in range(24))),
        part("timpani", "percussion", note(1, 45), note(3, 43)),
        part("piano", "keys", *(note(at, 48 + at) for at in range(12))),
    )
    alone = render_cue(music, TEMPO, fonts, tmp_path / "alone").stems[0].sha256
    with Room(fonts, tmp_path / "after") as room:
        for cue in (replace(busy, cue_id="1M2"), replace(busy, cue_id="1M3"), music):
            room.begin([(cue, TEMPO)])
            stems = room.finish(cue.cue_id).stems
    assert stems[0].sha256 == alone


def test_a_draft_has_the_same_notes_at_the_same_times(fonts: FontSet, tmp_path: Path) -> None:
    """A draft has one stem; struck notes are heard where they are in the final one, to 15 ms."""
    music = score(
        part("piano", "keys", note(2, 64), note(10, 64)),
        part("harp", "plucked", note(6, 60)),
        part("taiko", "hits", note(4, 40)),
    )
    with Room(fonts, tmp_path, draft=True) as room:
        room.begin([(music, TEMPO)])
        (stem,) = room.finish("1M1").stems
    assert stem.group == "strings"
    for at in (2.0, 3.0, 4.0):
        assert abs(onset_s(samples(tmp_path, stem), stem.start_s, at, False) - at) < 0.015


def test_a_draft_is_as_loud_as_what_it_sketches(fonts: FontSet, tmp_path: Path) -> None:
    """Playing one half of a stereo recording, or leaving layers out, moves the level of a part by 3 dB at most."""
    music = score(part("harp", "plucked", note(2, 60), note(4, 67), note(6, 72)))
    levels = []
    for draft in (False, True):
        with Room(fonts, tmp_path / str(draft), draft=draft) as room:
            room.begin([(music, TEMPO)])
            (stem,) = room.finish("1M1").stems
        levels.append(10.0 * np.log10(np.mean(samples(tmp_path / str(draft), stem) ** 2) * stem.frames))
    assert abs(levels[1] - levels[0] - bus_db("plucked", True)) < 3.0


def test_a_draft_plays_light_presets(fonts: FontSet) -> None:
    """Strings, heavy in the best font, come from a lighter one in a draft; what is light, or asked for, stays."""
    heavy, light = choose("violins1", fonts), samples_module.light_choice("violins1", fonts)
    assert heavy.font.name == "MuseScore_General_Full" and len(fonts.fonts) > 1  # the set-up installs two
    assert light.font != heavy.font
    assert samples_module.light_choice("flute", fonts) == choose("flute", fonts)
    asked = replace(fonts, asked=True)
    assert samples_module.light_choice("violins1", asked) == choose("violins1", asked)
