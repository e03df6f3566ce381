"""Samples decoded once and kept on the machine: the same stems with them, without them, and when they go."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from small_cues import TEMPO, note, part, score

from autoscore.stages.render import FontSet, Room, release, render_cue
from autoscore.stages.render import samples as samples_module

pytestmark = pytest.mark.usefixtures("own_cache")


def test_decoded_samples_are_kept_and_made_again(
    fonts: FontSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rendering leaves plain SF2s in the cache; without them, or with one cut short, the stems are the same."""
    music = score(part("celesta", "keys", note(0, 72), note(4, 74)))
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path / "cache"))
    kept = tmp_path / "cache" / "samples"
    first = render_cue(music, TEMPO, fonts, tmp_path / "a").stems[0].sha256
    files = list(kept.glob("*.sf2"))
    assert files
    release()
    samples_module._known.clear()
    files[0].write_bytes(files[0].read_bytes()[:5_000])
    again = render_cue(music, TEMPO, fonts, tmp_path / "b").stems[0].sha256
    assert again == first
    assert len(files[0].read_bytes()) > 5_000


def test_what_cannot_be_kept_sounds_the_same(fonts: FontSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine's folder of decoded samples cannot be written the stems have the same bytes."""
    music = score(part("celesta", "keys", note(0, 72), note(4, 74)), part("flute", "winds", note(2, 76)))
    first = [stem.sha256 for stem in render_cue(music, TEMPO, fonts, tmp_path / "a").stems]

    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(samples_module, "_make", refuse)
    monkeypatch.setattr(samples_module, "_whole", lambda path: False)
    samples_module._known.clear()
    assert [stem.sha256 for stem in render_cue(music, TEMPO, fonts, tmp_path / "b").stems] == first
    assert all(path in {font.path for font in fonts.fonts} for path in samples_module._known.values())
    samples_module._known.clear()


def test_a_cue_has_the_same_bytes_alone_and_in_its_film(fonts: FontSet, tmp_path: Path) -> None:
    """What else a film plays decides which samples are read, and nothing else."""
    one = score(part("violins1", "strings", note(0, 72), note(4, 74)))
    two = replace(one, cue_id="1M2", parts=(part("violins1", "strings", note(0, 60), note(4, 84)),))
    alone = render_cue(one, TEMPO, fonts, tmp_path / "alone")
    with Room(fonts, tmp_path / "room") as room:
        room.begin([(one, TEMPO), (two, TEMPO)])
        assert [stem.sha256 for stem in room.finish("1M1").stems] == [stem.sha256 for stem in alone.stems]


def test_samples_that_are_tidied_away_are_decoded_anew(
    fonts: FontSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may remove them between two stems; whoever begins to use them makes them young again."""
    music = score(part("celesta", "keys", note(0, 72), note(4, 74)))
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path / "cache"))
    first = render_cue(music, TEMPO, fonts, tmp_path / "a").stems[0].sha256
    (file,) = (tmp_path / "cache" / "samples").glob("*.sf2")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    samples_module._known.clear()
    render_cue(music, TEMPO, fonts, tmp_path / "b")
    assert file.stat().st_mtime > 1_000_000_000
    release()
    file.unlink()
    assert render_cue(music, TEMPO, fonts, tmp_path / "c").stems[0].sha256 == first
    assert file.exists()


def test_recordings_go_with_the_cues_that_play_them(fonts: FontSet, tmp_path: Path) -> None:
    """What was cut for cues that are played together is there until the last of them is finished, and no longer."""
    one = score(part("celesta", "keys", note(0, 72), note(4, 74)))
    two, three = replace(one, cue_id="1M2"), replace(one, cue_id="1M3")
    with Room(fonts, tmp_path / "room") as room:
        room.begin([(one, TEMPO), (two, TEMPO)])
        room.begin([(three, TEMPO)])
        stems = [room.finish("1M1").stems[0]]
        (played,) = (tmp_path / "room").glob("played-*")
        assert list(played.glob("1/*.sf2"))
        stems.append(room.finish("1M2").stems[0])
        assert not (played / "1").exists() and (played / "2").exists()
        stems.append(room.finish("1M3").stems[0])
        assert list(played.iterdir()) == []
        assert all(not synth._fonts for _, synth in room._synths._idle)
    assert len({stem.sha256 for stem in stems}) == 1
