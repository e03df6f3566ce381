"""The cue sheet: what is written is read back, comments stay, and every fault is told with its line and field."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from small_plans import PLAN, SHEET, plans

from autoscore.adapters.cuesheet import dump, load
from autoscore.errors import CueSheetError
from autoscore.model.cues import CuePlan


@settings(max_examples=50, deadline=None)
@given(plan=plans())
def test_what_is_written_is_read_back(plan: CuePlan) -> None:
    """load(dump(p)) is p exactly, at any frame rate and with any text; writing it again changes nothing."""
    sheet = dump(plan, None)
    assert load(sheet, plan) == plan
    assert dump(plan, sheet) == sheet


@settings(max_examples=25, deadline=None)
@given(before=plans(), after=plans())
def test_a_rewritten_sheet_says_what_a_new_one_says(before: CuePlan, after: CuePlan) -> None:
    """Whatever sheet was there, after a rewrite it holds the new plan, and rewriting again changes nothing."""
    after = replace(after, rate=before.rate) if after.rate == before.rate else after
    sheet = dump(after, dump(before, None))
    assert load(sheet, after) == after
    assert dump(after, sheet) == sheet


def edited(old: str, new: str, count: int = 1) -> str:
    assert old in SHEET, old
    return SHEET.replace(old, new, count)


def test_comments_survive_a_rewrite() -> None:
    """Comments at the top, above and beside keys and hits stay when the plan changes."""
    text = edited('\nmood = "tense"', '\n# louder, says Ann\nmood = "tense"  # ask Ben')
    text = text.replace('  { id = "1M1-02"', '  # the door\n  { id = "1M1-02"').replace("bell_mark", "harp_gliss", 1)
    text = "# My own line\n" + text
    base = load(text, PLAN)
    cue = replace(base.cues[0], mood="noir", hits=tuple(replace(h, weight=0.5) for h in base.cues[0].hits))
    plan = replace(base, cues=(cue, base.cues[1]))
    after = dump(plan, text)
    assert load(after, plan) == plan
    for comment in ("# My own line", "# louder, says Ann", 'mood = "noir"  # ask Ben', "# the door"):
        assert comment in after, comment


def test_comments_survive_when_a_cue_goes() -> None:
    """Deleting one cue keeps the comments inside the others."""
    text = edited('\nkey = "D minor"', '\nkey = "D minor"  # for the oboe')
    plan = replace(PLAN, cues=PLAN.cues[:1])
    after = dump(plan, text)
    assert "# for the oboe" in after
    assert load(after, plan) == plan


def test_seconds_beside_timecodes_are_kept_right() -> None:
    """The seconds that are written for reading follow the timecode."""
    text = edited('out = "00:00:28:00"  # 28.00 s', 'out = "00:00:27:00"  # 28.00 s')
    text = text.replace('["00:00:28:00", 0.7]', '["00:00:27:00", 0.7]')
    plan = load(text, PLAN)
    assert plan.cues[0].end_s == 27.0
    assert 'out = "00:00:27:00"  # 27.00 s' in dump(plan, text)


def test_edits_are_read() -> None:
    """Times, mood, key, hits and players take the edited values; what was not touched stays."""
    text = edited('\nmood = "tense"', '\nmood = "noir"')
    text = text.replace('\nkey = "D minor"', '\nkey = "g# Dorian"', 1)
    text = text.replace("tempo_bpm = 92", "tempo_bpm = 60.5\nmuted = true\nfeatured = ['harp']", 1)
    text = text.replace('class = "soft"', 'class = "hard"', 1)
    plan = load(text, PLAN)
    cue = plan.cues[0]
    assert (cue.mood, cue.key, cue.tempo_bpm, cue.muted, cue.featured) == ("noir", "G# dorian", 60.5, True, ("harp",))
    assert [h.klass for h in cue.hits] == ["hard", "hard"]
    assert plan.cues[1] == PLAN.cues[1]


def test_a_moved_hit_gets_the_frame_of_its_timecode() -> None:
    """A changed timecode means the start of that frame; an unchanged one the exact time it was made from."""
    exact = replace(PLAN.cues[0].hits[0], time_s=2.013)
    base = replace(PLAN, cues=(replace(PLAN.cues[0], hits=(exact, PLAN.cues[0].hits[1])), PLAN.cues[1]))
    text = dump(base, None)
    assert load(text, base).cues[0].hits[0].time_s == 2.013
    moved = load(text.replace('at = "00:00:02:00"', 'at = "00:00:02:05"'), base).cues[0].hits[0]
    assert (moved.frame, moved.time_s) == (55, 2.2)


def test_a_passed_by_hit_can_be_copied_into_a_cue() -> None:
    """A line of [not_marked] in a cue's hits is a hit with its exact frame, and is not listed as passed by any more."""
    line = '  { id = "cut-800", at = "00:00:32:00", class = "hard", device = "none" },\n'
    text = edited('out = "00:00:28:00"', 'out = "00:00:34:00"').replace("hits = [\n", "hits = [\n" + line, 1)
    plan = load(text, PLAN)
    hit = plan.cues[0].hits[-1]
    assert (hit.id, hit.frame, hit.klass, hit.device) == ("cut-800", 800, "hard", "auto")
    assert plan.ignored_hits == ()


def test_a_new_cue_needs_little() -> None:
    """id, in and out are enough for a cue of one's own; the rest comes from the film."""
    text = SHEET + '\n[[cue]]\nid = "1M9"\nin = "00:01:13:00"\nout = "00:01:19:24"\n'
    cue = load(text, PLAN).cues[-1]
    assert (cue.id, cue.start_s, cue.mood, cue.key, cue.palette) == ("1M9", 73.0, "tense", "D minor", "orchestral")
    assert load(dump(load(text, PLAN), text), load(text, PLAN)) == load(text, PLAN)


def test_deleted_lines_mean_as_it_was() -> None:
    """A line that is gone leaves the value as it was; a wish or a [[cue]] that is gone is gone."""
    cue = replace(PLAN.cues[0], muted=True, featured=("harp",))
    wishful = replace(PLAN, cues=(cue, PLAN.cues[1]))
    assert load(SHEET, wishful) == PLAN
    assert load(edited("tempo_bpm = 92\n", ""), PLAN) == PLAN
    assert [c.id for c in load(SHEET[: SHEET.rindex("[[cue]]")], PLAN).cues] == ["1M1"]


@pytest.mark.parametrize(
    ("old", "new", "marker", "field", "says"),
    [
        ('mood = "tense"\nkey', 'mood = "tens"\nkey', '"tens"', "mood", "tense"),
        ('palette = "orchestral"\ntheme', 'palette = "orchestra"\ntheme', '"orchestra"', "palette", "orchestral"),
        ('key = "D minor"\ntempo', 'key = "H minor"\ntempo', '"H minor"', "key", "D minor"),
        ("tempo_bpm = 92", 'tempo_bpm = "fast"', '"fast"', "tempo_bpm", "number"),
        ("tempo_bpm = 92", "tempo_bpm = 900", "900", "tempo_bpm", "Between"),
        ("tempo_bpm = 92", f"tempo_bpm = {'9' * 400}", "9" * 400, "tempo_bpm", "Between"),
        ("tempo_bpm = 92", "tempo_bmp = 92", "tempo_bmp", "tempo_bmp", "tempo_bpm"),
        ('metre = "4/4"', 'metre = "4/5"', "4/5", "metre", "4/4"),
        ('in = "00:00:36:00"', 'in = "00:00:20:00"', 'in = "00:00:20:00"', "in", "1M1"),
        ('out = "00:00:28:00"', 'out = "00:00:00:00"', 'out = "00:00:00:00"', "out", "after in"),
        ('out = "00:01:12:00"', 'out = "00:09:12:00"', '"00:09:12:00"', "out", "film"),
        ('out = "00:00:28:00"', 'out = "28 s"', '"28 s"', "out", "timecode"),
        ('out = "00:00:28:00"', "out = 28", "out = 28", "out", "quotes"),
        ('at = "00:00:03:15"', 'at = "00:00:33:15"', '"00:00:33:15"', "hits", "outside"),
        ('at = "00:00:03:15"', 'at = "00:00:03:77"', '"00:00:03:77"', "hits", "frame"),
        ('device = "bell_mark"', 'device = "bell_marc"', "bell_marc", "hits", "bell_mark"),
        ('class = "soft"', 'class = "softly"', "softly", "hits", "soft"),
        ("weight = 0.4", "weight = 4", "weight = 4,", "hits", "Between"),
        ("weight = 0.4", "wait = 0.4", "wait", "hits", "weight"),
        ('id = "1M1-02"', 'id = "1M1-01"', 'id = "1M1-01", at = "00:00:03:15"', "hits", "twice"),
        ('id = "1M2"', 'id = "1M1"', 'id = "1M1"\ntitle', "id", "twice"),
        ('["00:00:28:00", 0.7]', '["00:00:28:00", 7]', '["00:00:28:00", 7]', "dynamics", "Between"),
        ('["00:00:28:00", 0.7]', '["00:00:00:00", 0.7]', '["00:00:00:00", 0.7]', "dynamics", "forward"),
        ('["00:00:28:00", 0.7]', '"loud"', '"loud"', "dynamics", "point"),
        ('theme = "main"', 'theme = "mian"', '"mian"', "theme", "main"),
        ('treatment = "partial"', 'treatment = "half"', '"half"', "treatment", "partial"),
        ('in_type = "sneak"', 'in_type = "sneek"', '"sneek"', "in_type", "sneak"),
        ("seed = 7", "seed = 7.5", "seed = 7.5", "seed", "whole"),
        ("seed = 7", 'muted = "yes"', 'muted = "yes"', "muted", "true or false"),
        ("seed = 7", 'featured = ["pianno"]', "pianno", "featured", "piano"),
        ("seed = 7", 'without = "drums"', 'without = "drums"', "without", "list"),
        ('home_mood = "tense"', 'home_mood = "tension"', "tension", "film.home_mood", "tense"),
        ('name = "film.mp4"', 'name = "other.mp4"', "other.mp4", "film.name", "film.mp4"),
        ("\n[film]", "\n[flim]", "[flim]", "flim", "film"),
        ("\n[not_marked]", "\n[marked]", "[marked]", "marked", "not_marked"),
    ],
)
def test_faults_are_told_with_line_and_field(old: str, new: str, marker: str, field: str, says: str) -> None:
    """A fault names its line, its field and what to do; the line is where the fault stands in the text."""
    text = edited(old, new)
    place = text.rindex(marker) if new.startswith('id = "1M1"') else text.index(marker)
    line = text[:place].count("\n") + 1
    with pytest.raises(CueSheetError) as caught:
        load(text, PLAN)
    told = f"{caught.value.message} | {caught.value.hint}"
    assert f"line {line}," in told
    assert field in told
    assert says in told
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "text", ["[[cue]\n", "x = = 1\n", SHEET + '\nid = "1\n', SHEET[: SHEET.index("hits = [") + 40], "\x00"]
)
def test_broken_toml_is_told_in_one_sentence(text: str) -> None:
    """Text that is no TOML gives one line with the place, not a traceback."""
    with pytest.raises(CueSheetError) as caught:
        load(text, PLAN)
    assert "cues.toml" in caught.value.message
    assert "\n" not in caught.value.message


def test_an_empty_sheet_is_a_plan_without_cues() -> None:
    """Deleting everything is allowed: no cues, no music."""
    assert load("", PLAN).cues == ()


def test_planned_hits_outside_a_moved_cue_are_passed_over() -> None:
    """Where in or out was moved past a planned hit it goes to [not_marked], with a note; the others stay."""
    moved = SHEET.replace('in = "00:00:00:00"', 'in = "00:00:02:15"')
    plan = load(moved, PLAN)
    assert [hit.id for hit in plan.cues[0].hits] == ["1M1-02"]
    (passed,) = [hit for hit in plan.ignored_hits if hit.id == "1M1-01"]
    assert passed.klass == "ignored" and "in or out was moved" in passed.reason
    assert "1 planned hit is outside" in plan.advice[-1]
    written = dump(plan, moved)
    assert load(written, plan) == plan
    without_lines = re.sub(r"(?m)^hits = \[\n(  .*\n)*\]\n", "", moved)
    assert [hit.id for hit in load(without_lines, PLAN).cues[0].hits] == ["1M1-02"]


def test_a_hit_that_a_person_puts_outside_its_cue_is_a_fault() -> None:
    """An added hit, or a planned one moved to another time, has to lie in its cue."""
    added = SHEET.replace("hits = [\n", 'hits = [\n  { id = "mine", at = "00:00:30:00", class = "hard" },\n', 1)
    moved = SHEET.replace('at = "00:00:02:00"', 'at = "00:00:30:00"', 1)
    for sheet in (added, moved):
        assert sheet != SHEET
        with pytest.raises(CueSheetError, match="outside the cue"):
            load(sheet, PLAN)


ONE_LINE_CUE = '{ id = "1M1", in = "00:00:02:00", out = "00:00:16:00", why = { mood = "mine" } }'


@pytest.mark.parametrize(
    "sheet",
    [
        lambda text: "not_marked = false\n" + re.sub(r"(?s)\[not_marked\].*", "", text),
        lambda text: "not_marked = { hits = [] }\n" + re.sub(r"(?s)\[not_marked\].*", "", text),
        lambda text: 'film = { name = "film.mp4" }\n' + re.sub(r"(?s)\[film\].*?(?=\n\[\[cue)", "", text),
        lambda text: re.sub(r"(?s)\[cue\.why\].*?(?=\n\[|\Z)", 'why = { mood = "mine" }\n', text),
        lambda text: f"cue = [{ONE_LINE_CUE}]\n" + re.sub(r"(?s)\[\[cue\]\].*", "", text),
    ],
)
def test_tables_on_one_line_are_rewritten(sheet: Callable[[str], str]) -> None:
    """A person may write a table on one line, or a value where the program looks for none: rewriting keeps the plan."""
    text = sheet(SHEET)
    assert text != SHEET
    plan = load(text, PLAN)
    assert load(dump(plan, text), PLAN) == plan
    louder = replace(plan, home_mood="heroic")
    assert load(dump(louder, text), PLAN).home_mood == "heroic"
