"""An edited sheet on another look at the film: what a person set stays, the rest is what is seen now."""

from __future__ import annotations

from dataclasses import replace

from planning_films import film, media

from autoscore.adapters.cuesheet import dump, load
from autoscore.model.brief import Brief
from autoscore.model.cues import ADDED, CuePlan
from autoscore.model.spotting import HitClass, Spotting
from autoscore.stages.plan import followed, plan, renewed

FILM = media(120.0)
BRIEF = Brief(mood="pastoral", coverage=1.0)
Hits = tuple[tuple[float, HitClass, float], ...]
DRAFTED: Hits = ((10.0, "hard", 0.8), (30.2, "hard", 0.7), (50.0, "hard", 0.9), (70.0, "soft", 0.5))
SEEN: Hits = ((30.0, "hard", 0.7), (50.0, "hard", 0.9), (85.0, "hard", 0.8), (100.0, "soft", 0.5))


def look(hits: Hits, mood_at: float = 0.4, speech: tuple[tuple[float, float], ...] = ()) -> Spotting:
    return film((60.0, 0.2, 0.2, mood_at), (60.0, 0.6, 0.3, mood_at), hits=hits, speech=speech)


def edited(*changes: tuple[str, str]) -> CuePlan:
    """A draft's plan as its sheet reads after ``changes`` of its text."""
    base = replace(plan(FILM, look(DRAFTED), BRIEF), draft=True)
    text = dump(base, None)
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return followed(base, load(text, base), FILM, look(DRAFTED), BRIEF)


def times(plan_: CuePlan) -> list[float]:
    return [round(hit.time_s, 2) for cue in plan_.cues for hit in cue.hits]


def test_hits_that_nobody_touched_are_those_seen_now() -> None:
    """What the draft saw and the final does not is gone, what only the final sees is there; and the user is told."""
    kept = edited(('title = "', 'title = "My '))
    assert 10.0 in times(kept) and 85.0 not in times(kept)
    now, said = renewed(kept, FILM, look(SEEN), BRIEF)
    assert times(now) == [30.0, 50.0, 85.0, 100.0]
    assert "4 hits in place of 4" in said[0]
    reasons = [hit.reason for hit in (*now.cues[0].hits, *now.ignored_hits)]
    assert reasons and not any("when it was planned" in reason for reason in reasons)


def test_a_hit_that_is_seen_better_keeps_its_name_and_device() -> None:
    """The draft's hit beside a cut moves onto it, and sounds as it did."""
    kept = edited()
    was = next(hit for hit in kept.cues[0].hits if abs(hit.time_s - 30.2) < 0.1)
    is_ = next(hit for hit in renewed(kept, FILM, look(SEEN), BRIEF)[0].cues[0].hits if hit.time_s == 30.0)
    assert (is_.id, is_.device) == (was.id, was.device)
    assert is_.frame == 720


def test_hits_that_a_person_set_stay() -> None:
    """A moved hit, one of another class, one that was added and one that was deleted are as the person left them."""
    hits = {round(hit.time_s): hit for hit in edited().cues[0].hits}
    kept = edited(
        (f'id = "{hits[10].id}", at = "00:00:10:00"', f'id = "{hits[10].id}", at = "00:00:11:00"'),
        (f'{hits[70].id}", at = "00:01:10:00", class = "soft"', f'{hits[70].id}", at = "00:01:10:00", class = "hard"'),
        (f'{{ id = "{hits[50].id}"', f'{{ at = "00:01:55:00", class = "soft" }},\n  # {{ id = "{hits[50].id}"'),
    )  # fmt: skip
    now, said = renewed(kept, FILM, look(SEEN), BRIEF)
    found = {round(hit.time_s, 2): hit for hit in now.cues[0].hits}
    assert sorted(found) == [11.0, 30.0, 70.0, 85.0, 100.0, 115.0]
    assert (found[11.0].reason, found[70.0].klass) == ("you moved it here", "hard")
    assert "3 hits that you set" in said[0]
    assert [hit.yours for hit in now.ignored_hits if abs(hit.time_s - 50.0) < 0.1] == [True]
    again, _ = renewed(now, FILM, look(SEEN), BRIEF)
    assert (again.cues, again.ignored_hits) == (now.cues, now.ignored_hits)


def test_choices_stay_and_curves_are_renewed() -> None:
    """Mood, key, tempo, players and places are the sheet's; dynamics and speech the film's, unless they were set."""
    kept = edited()
    final = film((60.0, 0.9, 0.9, -0.6), (60.0, 0.2, 0.9, -0.6), hits=SEEN, speech=((40.0, 44.0),))
    now, _ = renewed(kept, FILM, final, BRIEF)
    before, after = kept.cues[0], now.cues[0]
    names = ("id", "start_s", "end_s", "mood", "key", "tempo_bpm", "metre", "palette", "theme", "seed")
    assert all(getattr(before, name) == getattr(after, name) for name in names)
    assert after.dynamics != before.dynamics
    assert (before.reasons["in"], after.reasons["in"]) == ("the film opens", "the film opens (when it was planned)")
    assert {**after.reasons, "in": before.reasons["in"]} == before.reasons
    assert [span.start_s for span in after.speech] == [40.0] and now.speech == after.speech
    mine = replace(before, chosen=("dynamics", "sections"), sections_s=(33.0,))
    own = renewed(replace(kept, cues=(mine, *kept.cues[1:])), FILM, final, BRIEF)[0].cues[0]
    assert (own.dynamics, own.sections_s) == (before.dynamics, (33.0,))


def test_of_a_cue_that_a_person_added_the_rest_is_renewed() -> None:
    """Its hits are those that are seen now, unless the person wrote them."""
    kept = edited()
    cue = replace(kept.cues[0], chosen=(ADDED, "in", "out"))
    now, _ = renewed(replace(kept, cues=(cue,)), FILM, look(SEEN), BRIEF)
    assert times(now) == [30.0, 50.0, 85.0, 100.0]
    theirs = replace(cue, chosen=(ADDED, "hits", "in", "out"))
    now, _ = renewed(replace(kept, cues=(theirs,)), FILM, look(SEEN), BRIEF)
    assert now.cues[0].hits == cue.hits
    assert {hit.reason.partition("; ")[2] for hit in now.ignored_hits} == {"not marked: you wrote the hits of this cue"}


def test_a_sudden_entry_is_put_on_its_cut() -> None:
    """A hard entry that the draft put beside a cut starts on it; one that a person set stays where they set it."""
    kept = edited()
    late = replace(kept.cues[0], start_s=30.25, in_type="hard", hits=())
    assert renewed(replace(kept, cues=(late,)), FILM, look(SEEN), BRIEF)[0].cues[0].start_s == 30.0
    theirs = replace(late, chosen=("in",))
    assert renewed(replace(kept, cues=(theirs,)), FILM, look(SEEN), BRIEF)[0].cues[0].start_s == 30.25


def test_a_renewed_sheet_reads_as_it_was_written() -> None:
    """The renewed plan survives being written over the person's sheet and read again, in the same words."""
    kept = edited()
    now, _ = renewed(kept, FILM, look(SEEN), BRIEF)
    now = replace(now, draft=False)
    text = dump(now, dump(kept, None))
    assert 'quality = "draft"' in dump(kept, None) and 'quality = "draft"' not in text
    assert load(text, now) == now
