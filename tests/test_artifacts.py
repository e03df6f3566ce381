"""Values to JSON and back."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore import artifacts
from autoscore.errors import StorageError
from autoscore.model.analysis import Analysis, Curves, Cut, Gradual, Shot, SpeechSpan
from autoscore.model.media import AudioStream, FilmDigest, Media, VideoStream
from autoscore.model.names import CUE_ID
from autoscore.model.score import Control, CueScore, DynamicMark, Note, Part, Score, Theme
from autoscore.model.tempo import Bar, CueTempo, TempoMap, TempoSegment

floats = st.floats(allow_nan=False, allow_infinity=False)
times = st.floats(-10, 1e5)
beats = st.fractions(min_value=0, max_value=2000, max_denominator=96)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ids = st.from_regex(CUE_ID, fullmatch=True)


def tuples(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(items, max_size=4).map(tuple)


notes = st.builds(
    Note,
    start_beats=beats,
    length_beats=st.fractions(min_value=Fraction(1, 96), max_value=16, max_denominator=96),
    pitch=st.integers(0, 127),
    velocity=st.integers(1, 127),
    nudge_ms=times,
    release_ms=times,
    anchor=st.sampled_from(["attack", "peak"]),
    mark=st.sampled_from(["", "accent"]),
)
parts = st.builds(
    Part,
    id=words,
    name=words,
    instrument=words,
    group=st.sampled_from(["strings", "hits"]),
    role=st.sampled_from(["melody", "pad"]),
    notes=tuples(notes),
    controls=tuples(st.builds(Control, at_beats=beats, kind=st.just("expression"), value=times, nudge_ms=times)),
    dynamics=tuples(st.builds(DynamicMark, at_beats=beats, mark=words, end_beats=st.none() | beats)),
    level_db=times,
)
scores = st.builds(
    Score,
    seed=st.integers(),
    themes=tuples(
        st.builds(
            Theme, id=words, metre=words, mode=words, degrees=tuples(st.integers(-24, 24)),
            durations_beats=tuples(beats), cell_notes=st.integers(0, 9), motif_notes=st.integers(0, 9),
            instrument=words, score=floats,
        )
    ),
    cues=tuples(st.builds(CueScore, cue_id=ids, title=words, key=words, parts=tuples(parts), warnings=tuples(words))),
)  # fmt: skip
medias = st.builds(
    Media,
    name=words,
    digest=st.builds(FilmDigest, size_bytes=st.integers(0), mtime_ns=st.integers(0), head_tail_sha256=words),
    container=words,
    duration_s=times,
    video=st.builds(
        VideoStream, index=st.integers(0, 9), codec=words, width=st.integers(1), height=st.integers(1),
        rate=st.fractions(min_value=Fraction(1, 1000), max_value=1000), start_s=times, duration_s=times,
        sample_aspect=st.fractions(min_value=Fraction(1, 9), max_value=9), time_base=st.fractions(min_value=0),
    ),
    audio=tuples(
        st.builds(AudioStream, index=st.integers(0, 9), codec=words, rate_hz=st.integers(1), channels=st.integers(1),
                  layout=words, start_s=times, duration_s=times, default=st.booleans())
    ),
    warnings=tuples(words),
)  # fmt: skip
tempos = st.builds(
    TempoMap,
    cues=tuples(
        st.builds(
            CueTempo, cue_id=ids, start_s=times, end_s=times, base_bpm=times,
            bars=tuples(st.builds(Bar, number=st.integers(), start_beats=beats, numerator=st.integers(1, 12),
                                  denominator=st.sampled_from([2, 4, 8]))),
            segments=tuples(st.builds(TempoSegment, start_beats=beats, end_beats=beats, start_bpm=times,
                                      end_bpm=times, start_s=times)),
        )
    ),
)  # fmt: skip


@pytest.mark.parametrize("kind, values", [(Media, medias), (TempoMap, tempos), (Score, scores)])
def test_values_survive_the_file(kind: type[Any], values: st.SearchStrategy[Any]) -> None:
    """Any value read back from its text is the same value, floats and fractions exactly, and writes the same text."""

    @settings(max_examples=40, deadline=None)
    @given(values)
    def check(value: Any) -> None:
        text = artifacts.dump(value)
        back = artifacts.load(kind, text)
        assert back == value
        assert artifacts.dump(back) == text

    check()


ANALYSIS = Analysis(
    duration_s=2.0,
    frame_count=50,
    cuts=(Cut(frame=25, time_s=1.0),),
    gradual=(Gradual(kind="dissolve", start_frame=3, end_frame=9, start_s=0.12, end_s=0.36),),
    shots=(Shot(index=0, start_frame=0, end_frame=25, start_s=0, end_s=1, look=(0.6, 0.8)),),
    curves=Curves(motion=(0.1, 1 / 3)),
    speech=(SpeechSpan(start_s=0.5, end_s=0.9),),
)


def test_the_text_is_tagged_and_readable() -> None:
    """The file starts with its schema, and each member of a list of records has a line of its own."""
    text = artifacts.dump(ANALYSIS)
    assert json.loads(text)["schema"] == "Analysis.1"
    assert '\n  {"frame": 25, "time_s": 1.0, "strength": 1.0}\n' in text


def _changed(**fields: Any) -> str:
    return json.dumps({**json.loads(artifacts.dump(ANALYSIS)), **fields})


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[1, 2]", "no schema tag"),
        ("[" * 100_000, "not valid JSON"),
        ('{"duration_s": 1}', "no schema tag"),
        ('{"schema": "Media.1"}', "'Media.1'"),
        ('{"schema": "Analysis.99"}', "'Analysis.99'"),
        ('{"schema": ["Analysis.1"]}', "no schema tag"),
        ('{"schema": "Analysis.1", "duration_s": NaN}', "not valid JSON"),
        (_changed(duration_s="2"), "duration_s"),
        (_changed(frame_count=True), "frame_count"),
        (_changed(frames=2), "frames"),
        (_changed(cuts=[{"frame": 1.5, "time_s": 0}]), "cuts.0.frame"),
        (_changed(cuts=[{"frame": 1, "time_s": 0, "strenght": 1}]), "cuts.0.strenght"),
        (_changed(speech=[{"start_s": 3, "end_s": 1}]), "speech.0"),
        (_changed(gradual=[{"kind": "wipe"}]), "gradual.0.kind"),
        (json.dumps({"schema": "Analysis.1", "duration_s": 1.0}), "frame_count"),
    ],
)
def test_a_spoilt_file_is_one_sentence(text: str, says: str) -> None:
    """Whatever is wrong with a file, the error names the file and the field in one short line."""
    with pytest.raises(StorageError) as caught:
        artifacts.load(Analysis, text, "02-analysis.json")
    message = caught.value.message
    assert "02-analysis.json" in message
    assert says in message
    assert "\n" not in message and len(message) < 300


def test_rows_make_the_same_file() -> None:
    """A value's file can be made of its members' lines, and a line is read as the member it was."""

    @settings(max_examples=20, deadline=None)
    @given(scores)
    def check(score: Score) -> None:
        rows = [artifacts.row(cue) for cue in score.cues]
        assert artifacts.dump_rows(replace(score, cues=()), "cues", rows) == artifacts.dump(score)
        assert tuple(artifacts.of_row(CueScore, row) for row in rows) == score.cues

    check()


def test_a_settled_value_is_what_would_be_read() -> None:
    """What was counted as 1 where a float belongs is 1.0, as after reading; what is no number is refused."""
    assert repr(artifacts.settled(Cut(frame=1, time_s=2))) == repr(Cut(frame=1, time_s=2.0))
    for bad in (Cut(frame=1, time_s=math.nan), Cut(frame="one", time_s=1.0)):  # type: ignore[arg-type]
        with pytest.raises(ValueError):
            artifacts.settled(bad)


def test_a_file_laid_out_otherwise_is_read_too() -> None:
    """Text that a person has laid out anew is the same value as the text that was written."""
    text = artifacts.dump(ANALYSIS)
    fields = json.loads(text)
    for other in (json.dumps(fields), json.dumps(fields, indent=3), json.dumps(dict(reversed(fields.items())))):
        assert artifacts.load(Analysis, other) == artifacts.load(Analysis, text) == ANALYSIS


def test_fractions_are_never_divided_by_zero() -> None:
    """A frame rate of 1/0 or -25 is refused like any other wrong field."""
    good = artifacts.dump(
        Media(
            name="a", digest=FilmDigest(size_bytes=1, mtime_ns=1, head_tail_sha256=""), container="mp4", duration_s=1,
            video=VideoStream(index=0, codec="h264", width=2, height=2, rate=Fraction(30000, 1001), start_s=0,
                              duration_s=1),
        )
    )  # fmt: skip
    assert '"30000/1001"' in good
    for bad in ("1/0", "-25", "fast", "nan"):
        with pytest.raises(StorageError, match=r"rate|video"):
            artifacts.load(Media, good.replace("30000/1001", bad))


def test_numbers_that_are_none_are_refused_when_writing() -> None:
    """A NaN never gets into a file, for it could not be read back."""
    with pytest.raises(ValueError):
        artifacts.dump(Cut(frame=1, time_s=math.nan))


def test_old_files_are_upgraded_one_step_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file two schemas old goes through both upgrades, in order."""
    monkeypatch.setitem(artifacts.VERSIONS, "Cut", 3)
    monkeypatch.setitem(artifacts.UPGRADES, "Cut.1", lambda f: {"frame": f["number"], "at": f["at"]})
    monkeypatch.setitem(artifacts.UPGRADES, "Cut.2", lambda f: {"frame": f["frame"], "time_s": f["at"]})
    assert artifacts.load(Cut, '{"schema": "Cut.1", "number": 7, "at": 0.5}') == Cut(frame=7, time_s=0.5)
    assert artifacts.tag_of(Cut) == "Cut.3"
