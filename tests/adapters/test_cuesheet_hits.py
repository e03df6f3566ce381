"""What a hit is and why, after a person had their hand on it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_plans import PLAN, SHEET

from autoscore.adapters.cuesheet import dump, load
from autoscore.errors import CueSheetError
from autoscore.model.cues import CueHit, CuePlan


def with_reason(reason: str) -> CuePlan:
    """The small plan, its first hit of that reason."""
    first = PLAN.cues[0]
    hits = (replace(first.hits[0], reason=reason), *first.hits[1:])
    return replace(PLAN, cues=(replace(first, hits=hits), *PLAN.cues[1:]))


def read(base: CuePlan, old: str, new: str) -> CuePlan:
    text = dump(base, None)
    assert old in text
    return load(text.replace(old, new, 1), base)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('at = "00:00:02:00"', 'at = "00:00:02:03"', "you moved it here"),
        ('class = "hard"', 'class = "soft"', "a cut; you made it soft"),
        ('class = "hard"', 'class = "ignored"', "a cut; you passed it over"),
        ('device = "brass_stab"', 'device = "bell_mark"', "a cut; soft, because a heavier hard hit is near"),
        ("a cut; soft, because a heavier hard hit is near", "my own words", "my own words"),
    ],
)
def test_an_edited_hit_has_a_true_reason(old: str, new: str, reason: str) -> None:
    """A hit that was moved or made another class no longer gives the planner's reason for where and what it was."""
    base = with_reason("a cut; soft, because a heavier hard hit is near")
    hit = next(hit for hit in read(base, old, new).cues[0].hits if hit.id == "1M1-01")
    assert hit.reason == reason
    assert hit.yours is (reason != "my own words")


def test_own_words_for_a_moved_hit_stay() -> None:
    """A reason that a person wrote is not replaced, and the hit is theirs all the same."""
    text = SHEET.replace('at = "00:00:02:00"', 'at = "00:00:02:03"', 1).replace('reason = ""', 'reason = "the wink"', 1)
    hit = load(text, PLAN).cues[0].hits[0]
    assert (hit.reason, hit.yours) == ("the wink", True)


def test_own_words_stay_whatever_is_changed_later() -> None:
    """A reason that a person wrote is theirs for good: a later move or class does not replace it."""
    said = load(SHEET.replace('reason = ""', 'reason = "the wink"', 1), PLAN)
    assert not said.cues[0].hits[0].yours
    later = dump(said, None).replace('at = "00:00:02:00", class = "hard"', 'at = "00:00:02:03", class = "soft"', 1)
    hit = load(later, said).cues[0].hits[0]
    assert (hit.reason, hit.klass, hit.yours) == ("the wink", "soft", True)


def test_a_deleted_hit_is_listed_and_can_be_had_back() -> None:
    """A hit whose line is deleted stands under [not_marked]; its line copied back marks the moment again."""
    base = with_reason("a cut")
    line = next(line for line in dump(base, None).splitlines() if '"1M1-01"' in line)
    gone = load(dump(base, None).replace(line + "\n", "", 1), base)
    left = next(hit for hit in gone.ignored_hits if hit.id == "1M1-01")
    assert (left.klass, left.yours, left.reason) == ("ignored", True, "a cut; you deleted it")
    back = load(dump(gone, None).replace("hits = [\n", f"hits = [\n{line}\n", 1), gone)
    assert "1M1-01" in {hit.id for hit in back.cues[0].hits}
    assert "1M1-01" not in {hit.id for hit in back.ignored_hits}


def test_the_hits_of_a_deleted_cue_have_no_music() -> None:
    """They are listed as moments without music, which is nobody's wish for each of them."""
    text = dump(with_reason("a cut"), None)
    start = text.index("\n[[cue]]")
    now = load(text[:start] + text[text.index("\n[[cue]]", start + 1) :], with_reason("a cut"))
    left = next(hit for hit in now.ignored_hits if hit.id == "1M1-01")
    assert (left.yours, left.reason) == (False, "a cut; no music here")


def test_where_music_is_now_nobody_says_there_is_none() -> None:
    """A cue made longer over a moment without music: the moment's reason says so, and again when it is cut short."""
    nowhere = CueHit(
        id="cut-800", frame=800, time_s=32.0, klass="ignored", weight=0.3, device="none", reason="a cut; no music here"
    )
    base = replace(PLAN, ignored_hits=(nowhere,))
    longer = read(base, 'out = "00:00:28:00"', 'out = "00:00:34:00"')
    assert longer.ignored_hits[0].reason == "a cut; not marked: 1M1 was not here before"
    shorter = read(longer, 'out = "00:00:34:00"', 'out = "00:00:28:00"')
    assert shorter.ignored_hits[0].reason == "a cut; no music here"


def test_a_class_in_the_list_of_what_is_not_marked_is_refused() -> None:
    """Who makes a line of [not_marked] hard where it stands is told to move it into a cue, with the line."""
    head, tail = SHEET.split("\n[not_marked]\n")
    with pytest.raises(CueSheetError) as caught:
        load(head + "\n[not_marked]\n" + tail.replace('class = "ignored"', 'class = "hard"', 1), PLAN)
    line = next(n for n, text in enumerate(SHEET.splitlines(), 1) if '"cut-800"' in text)
    assert f"line {line}," in caught.value.message and "hits of the cue" in caught.value.hint


def test_a_word_without_quotation_marks_is_told_how_to_be_written() -> None:
    """`mood = heroic` is the commonest slip of who has not met TOML."""
    with pytest.raises(CueSheetError) as caught:
        load(SHEET.replace('mood = "tense"', "mood = heroic", 1), PLAN)
    assert "quotation marks" in caught.value.hint
