"""A sheet that a person edited: what is filled in, what follows, and that everything said of it is true."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_films import film, media, random_film

from autoscore.adapters.cuesheet import dump, load
from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, CuePlan
from autoscore.model.spotting import HitClass
from autoscore.model.time import frame_to_seconds, seconds_to_frame
from autoscore.stages.plan import followed, plan
from autoscore.tables.bands import band_of

LENGTH_S = 180.0
MARKS: tuple[tuple[float, HitClass, float], ...] = (
    (10.0, "hard", 0.8), (20.0, "soft", 0.5), (30.0, "hard", 0.7), (55.0, "hard", 0.9), (75.0, "hard", 0.8),
    (82.0, "hard", 0.6), (95.0, "soft", 0.5), (110.0, "hard", 0.7), (140.0, "hard", 0.8), (160.0, "soft", 0.4),
)  # fmt: skip
SPOTTING = film(
    (40.0, 0.2, 0.2, 0.4), (50.0, 0.8, 0.9, -0.3), (60.0, 0.3, 0.3, 0.5), (30.0, 0.4, 0.4, 0.2),
    hits=MARKS, speech=((2.0, 6.0), (62.0, 66.0)), stay_out=((66.0, 92.0),),
)  # fmt: skip
FILM = media(LENGTH_S)
BRIEF = Brief(mood="heroic", coverage=1.0)


def base_plan(brief: Brief = BRIEF) -> CuePlan:
    """Two cues with a gap in which the film has music of its own."""
    return plan(FILM, SPOTTING, brief)


def reread(base: CuePlan, text: str, brief: Brief = BRIEF) -> CuePlan:
    """The plan that an edited sheet becomes; its sheet reads as it was written, again and again."""
    now = followed(base, load(text, base), FILM, SPOTTING, brief)
    now = load(dump(now, text), now)
    again = dump(now, text)
    assert load(again, now) == now and dump(now, again) == again
    assert followed(now, load(again, now), FILM, SPOTTING, brief) == now
    return now


def edited(*changes: tuple[str, str], brief: Brief = BRIEF, base: CuePlan | None = None) -> CuePlan:
    base = base or base_plan(brief)
    text = dump(base, None)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return reread(base, text, brief)


def added(more: str = "", place: str = 'in = "00:01:08:00"\nout = "00:01:30:00"') -> CuePlan:
    base = base_plan()
    return reread(base, f'{dump(base, None)}\n[[cue]]\nid = "1M9"\n{place}\n{more}')


def cue_of(plan_: CuePlan, name: str) -> Cue:
    return next(cue for cue in plan_.cues if cue.id == name)


def test_the_film_has_two_cues() -> None:
    """What the other tests take for granted."""
    base = base_plan()
    assert [cue.id for cue in base.cues] == ["1M1", "1M2"]
    assert base.cues[0].end_s <= 66.0 and base.cues[1].start_s >= 92.0


def test_an_added_cue_is_filled_in() -> None:
    """Of id, in and out becomes a cue with hits and dynamics from the picture, a title, and reasons; and what it marks
    is listed as passed by no more. The other cues keep their music."""
    base, now = base_plan(), added()
    cue = cue_of(now, "1M9")
    assert [(hit.time_s, hit.klass) for hit in cue.hits if hit.klass == "hard"] == [(75.0, "hard"), (82.0, "hard")]
    assert all(hit.device in {"auto"} or band_of(cue).plays(hit.device, hit.klass) for hit in cue.hits)
    assert len(cue.dynamics) > 2 and len({point.intensity for point in cue.dynamics}) > 1
    assert (
        cue.reasons["in"].startswith("you added this cue; it ") and "follows the intensity" in cue.reasons["dynamics"]
    )
    assert {"mood", "key", "theme", "tempo_bpm", "metre", "palette"} <= cue.reasons.keys()
    frames = {hit.frame for hit in cue.hits}
    assert not frames & {hit.frame for hit in now.ignored_hits}
    for old in base.cues:
        assert replace(cue_of(now, old.id), reasons=old.reasons) == old
    assert added() == now


def test_what_is_written_of_an_added_cue_stays() -> None:
    """Mood, tempo, key, dynamics and hits of one's own are kept, and named as one's own choice."""
    said = 'mood = "noir"\ntempo_bpm = 66\nkey = "B minor"\ndynamics = [["00:01:08:00", 0.3]]\nhits = []\ntitle = "Bar"'
    cue = cue_of(added(said), "1M9")
    assert (cue.mood, cue.tempo_bpm, cue.key, cue.title, cue.hits) == ("noir", 66.0, "B minor", "Bar", ())
    assert [point.intensity for point in cue.dynamics] == [0.3]
    assert all(cue.reasons[name] == "you chose it" for name in ("mood", "tempo_bpm", "key", "dynamics"))


def test_an_added_cue_with_a_hit_of_its_own() -> None:
    """Its hits are those that were written, and the moments under it say why they are not marked."""
    now = added('hits = [{ at = "00:01:12:00" }]')
    assert [hit.time_s for hit in cue_of(now, "1M9").hits] == [72.0]
    left = next(hit for hit in now.ignored_hits if hit.time_s == 75.0)
    assert left.reason.endswith("not marked: you wrote the hits of this cue")


def test_a_shortened_cue_says_what_is_true_of_it() -> None:
    """A cue that ends earlier has the ending, title, dynamics and passed-by hits of its new place; lengthened again it
    is what it was."""
    base = base_plan()
    last = base.cues[1]
    text = dump(base, None)
    out = re.search(r'id = "1M2".*?out = ("[^"]*")', text, re.DOTALL)
    assert out is not None
    short = edited((f"out = {out.group(1)}", 'out = "00:02:20:00"'))
    cue = cue_of(short, "1M2")
    assert cue.title.startswith("Scene") and not cue.title.startswith("Ending")
    assert cue.reasons["out"].startswith("you chose the place; ") and cue.out_type != "segue"
    assert cue.dynamics[-1].time_s == 140.0
    late = next(hit for hit in short.ignored_hits if hit.time_s == 160.0)
    assert late.reason == "a cut to another view; outside the cue since its in or out was moved"
    back = reread(short, dump(short, None).replace('out = "00:02:20:00"', f"out = {out.group(1)}"))
    again = cue_of(back, "1M2")
    assert (again.title, again.dynamics, again.out_type) == (last.title, last.dynamics, last.out_type)
    assert [(h.id, h.time_s, h.klass, h.device) for h in again.hits] == [
        (h.id, h.time_s, h.klass, h.device) for h in last.hits
    ]
    assert back.ignored_hits == base.ignored_hits


def test_a_cue_moved_over_new_moments_marks_them() -> None:
    """The stretch that a cue reaches now is marked as in any cue; its own hits and its mood stay."""
    now = edited(('in = "00:01:32:00"', 'in = "00:01:10:00"'))
    cue, was = cue_of(now, "1M2"), base_plan().cues[1]
    times = [hit.time_s for hit in cue.hits]
    assert 75.0 in times and set(was.hits) <= set(cue.hits)
    assert len({hit.id for hit in cue.hits}) == len(cue.hits)
    assert (cue.mood, cue.key, cue.tempo_bpm, cue.seed) == (was.mood, was.key, was.tempo_bpm, was.seed)


def test_a_cue_that_was_split_goes_on() -> None:
    """Of a cue that ends earlier and one that was added at once after it the music goes on from one into the other."""
    base = base_plan()
    end = re.search(r'id = "1M1".*?out = ("[^"]*")', dump(base, None), re.DOTALL)
    assert end is not None
    text = dump(base, None).replace(f"out = {end.group(1)}", 'out = "00:00:40:00"', 1)
    now = reread(base, f'{text}\n[[cue]]\nid = "1M8"\nin = "00:00:40:00"\nout = {end.group(1)}\nmood = "tense"\n')
    first, second = cue_of(now, "1M1"), cue_of(now, "1M8")
    assert (first.out_type, second.in_type, first.next_key) == ("segue", "overlap", second.key)
    assert second.out_type != "segue"
    assert first.reasons["out"] == "you chose the place; the music goes on into the next cue"
    apart = reread(now, dump(now, None).replace('in = "00:00:40:00"', 'in = "00:00:45:00"'))
    assert cue_of(apart, "1M8").in_type != "overlap"
    assert cue_of(apart, "1M1") == replace(first, reasons=cue_of(apart, "1M1").reasons)
    assert any(said.startswith("1M1 is to pass into a cue that does not follow") for said in apart.advice)
    ended = reread(apart, dump(apart, None).replace('out_type = "segue"', 'out_type = "button"'))
    assert ended.advice == base.advice


def test_a_reason_of_the_program_s_is_not_said_when_it_is_untrue() -> None:
    """The music of a cue beside an edited one stays, and its reasons say what was so when it was planned; a person's
    own words are left alone."""
    base = base_plan()
    left = base.cues[1]
    said = replace(left, reasons={**left.reasons, "in": "the music goes on from the cue before", "out": "my own words"})
    joined = replace(base, cues=(replace(base.cues[0], out_type="segue", end_s=left.start_s), said))
    cut = dump(joined, None).replace('out = "00:01:32:00"', 'out = "00:01:00:00"', 1)
    now = cue_of(reread(joined, cut), "1M2")
    assert now.reasons["in"] == "the music goes on from the cue before (when it was planned)"
    assert now.reasons["out"] == "my own words"
    assert replace(now, reasons=said.reasons) == said


def test_own_words_for_a_choice_outlast_later_edits() -> None:
    """A reason that a person wrote stays theirs when they change the field, or what it hangs on, afterwards."""
    base = base_plan()
    said = edited((f'out = "{base.cues[0].reasons["out"]}"', 'out = "until she turns"'))
    end = re.search(r'id = "1M1".*?out = ("[^"]*")', dump(said, None), re.DOTALL)
    assert end is not None and said.cues[0].reasons["out"] == "until she turns"
    cut = reread(said, dump(said, None).replace(f"out = {end.group(1)}", 'out = "00:00:40:00"', 1))
    assert (cut.cues[0].end_s, cut.cues[0].reasons["out"]) == (40.0, "until she turns")


def test_a_moved_hit_leaves_its_moment_in_the_list() -> None:
    """What a hit was moved away from is listed as passed by, with that reason, until it is moved back."""
    hit = base_plan().cues[0].hits[0]
    now = edited((f'id = "{hit.id}", at = "00:00:10:00"', f'id = "{hit.id}", at = "00:00:11:00"'))
    left = next(h for h in now.ignored_hits if h.time_s == 10.0)
    assert left.reason.endswith("you moved its hit away") and left.yours
    back = reread(now, dump(now, None).replace('at = "00:00:11:00"', 'at = "00:00:10:00"', 1))
    assert all(h.time_s != 10.0 for h in back.ignored_hits)


def test_a_line_of_the_list_copied_as_it_is_marks_its_moment() -> None:
    """Copying a line of [not_marked] into a cue's hits is enough; and a class changed in the list itself is told not
    to help."""
    base = base_plan(Brief(mood="pastoral", coverage=1.0))
    hits = next(cue for cue in base.cues if cue.hits)
    gone = hits.hits[-1]
    text = "\n".join(line for line in dump(base, None).splitlines() if f'"{gone.id}"' not in line)
    now = reread(base, text, Brief(mood="pastoral", coverage=1.0))
    line = next(line for line in dump(now, None).splitlines() if f'"{gone.id}"' in line)
    place = dump(now, None)
    at = place.index("hits = [\n", place.index(f'id = "{hits.id}"')) + len("hits = [\n")
    back = reread(now, place[:at] + line + "\n" + place[at:], Brief(mood="pastoral", coverage=1.0))
    found = next(hit for hit in cue_of(back, hits.id).hits if hit.id == gone.id)
    assert (found.klass, found.device, found.yours) == ("hard", gone.device, True)


@pytest.mark.parametrize("without", ["percussion", "brass", "strings"])
def test_who_may_not_play_is_in_no_device(without: str) -> None:
    """Neither in a plan of the wish nor in an edited cue does a hit name a device of somebody who is left out."""
    wished = base_plan(Brief(words=f"action, no {without}", coverage=1.0))
    text = dump(base_plan(Brief(mood="action", coverage=1.0)), None)
    text = re.sub(r"^seed = (\d{4,})$", rf'seed = \1\nwithout = ["{without}"]', text, flags=re.MULTILINE)
    by_hand = reread(base_plan(Brief(mood="action", coverage=1.0)), text, Brief(mood="action", coverage=1.0))
    for cue in (*wished.cues, *by_hand.cues):
        assert without in cue.without
        for hit in cue.hits:
            assert hit.device == "auto" or band_of(cue).plays(hit.device, hit.klass), (cue.id, hit)


def test_a_device_that_nobody_can_play_is_told() -> None:
    """A device of one's own choice stays, and the sheet's advice says that its players are not there; no longer when
    they are."""
    base = base_plan()
    hit = next(hit for hit in base.cues[0].hits if hit.klass == "hard")
    now = edited((f'"{hit.id}", at', f'"{hit.id}", device = "synth_riser", at'), (f', device = "{hit.device}"', ""))
    assert next(h for h in now.cues[0].hits if h.id == hit.id).device == "synth_riser"
    assert any(said.startswith(f"{hit.id}: synth_riser is for players") for said in now.advice)
    back = reread(now, dump(now, None).replace('"synth_riser"', f'"{hit.device}"'))
    assert back.advice == base.advice


def changed(cue: Cue, rng: random.Random) -> Cue:
    """``cue`` as a person may leave it."""
    length = cue.duration_s

    def on_frame(time_s: float) -> float:
        return frame_to_seconds(seconds_to_frame(time_s, Fraction(24)), Fraction(24))

    kind = rng.choice(["later", "earlier", "mood", "key", "mute", "dynamics", "hit", "without", "words"])
    if kind == "later":
        return replace(cue, start_s=on_frame(cue.start_s + rng.uniform(0.05, 0.6) * length))
    if kind == "earlier":
        return replace(cue, end_s=on_frame(cue.end_s - rng.uniform(0.05, 0.6) * length))
    if kind == "hit" and cue.hits:
        left = list(cue.hits)
        left.pop(rng.randrange(len(left)))
        return replace(cue, hits=tuple(left))
    fields: dict[str, Any] = {
        "mood": {"mood": rng.choice(["noir", "action", "lofi", "triumph"])},
        "key": {"key": "F# dorian"},
        "mute": {"muted": True},
        "dynamics": {"dynamics": cue.dynamics[:1]},
        "hit": {"tempo_bpm": 101.0},
        "without": {"without": ("percussion", "brass")},
        "words": {"title": "Mine", "reasons": {**cue.reasons, "out": "as I like it"}},
    }
    return replace(cue, **fields[kind])


@settings(max_examples=10, deadline=None)
@given(film_seed=st.integers(0, 10**6), seed=st.integers(0, 10**6))
def test_whatever_is_edited_stays_and_touches_nothing_else(film_seed: int, seed: int) -> None:
    """Over a few runs of random edits: the sheet reads as it was written, a cue that was not edited keeps every value
    that is heard, no two hits share an id or a moment, and what is marked is not listed as passed by."""
    rng, spotting = random.Random(seed), random_film(film_seed)
    made, brief = media(spotting.duration_s), Brief(coverage=rng.choice([0.4, 0.7, 1.0]))
    now = plan(made, spotting, brief)
    for _ in range(3):
        if not now.cues:
            return
        at = rng.randrange(len(now.cues))
        cue = changed(now.cues[at], rng)
        if cue.duration_s < 0.5:
            continue
        kept = [hit for hit in cue.hits if cue.start_s <= hit.time_s <= cue.end_s or hit in now.cues[at].hits]
        wanted = replace(now, cues=(*now.cues[:at], replace(cue, hits=tuple(kept)), *now.cues[at + 1 :]))
        text = dump(now, None) if rng.random() < 0.5 else ""
        read = load(dump(wanted, text or None), now)
        after = followed(now, read, made, spotting, brief)
        after = load(dump(after, dump(wanted, None)), after)
        assert load(dump(after, None), after) == after
        assert followed(after, load(dump(after, None), after), made, spotting, brief) == after
        for old, new in zip(now.cues, after.cues, strict=True):
            assert old.id == cue.id or replace(new, reasons=old.reasons) == replace(
                old, hits=tuple(replace(h, reason=n.reason) for h, n in zip(old.hits, new.hits, strict=True))
            )
        hits = [hit for c in after.cues for hit in c.hits]
        assert len({hit.id for hit in hits}) == len(hits)
        marked = {hit.frame for hit in hits if hit.klass != "ignored"}
        assert not marked & {hit.frame for hit in after.ignored_hits}
        now = after
