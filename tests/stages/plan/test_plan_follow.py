"""What follows when one field of a cue is edited."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from planning_films import film, media

from autoscore.adapters.cuesheet import dump, load
from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, CuePlan, OwnTheme
from autoscore.model.palette import Palette
from autoscore.model.score import ThemeNote
from autoscore.stages.plan import followed, plan
from autoscore.stages.plan.follow import follow
from autoscore.stages.plan.told import with_film
from autoscore.tables import mood, read
from autoscore.tables.keys import parse_key, third_of

SPOTTING = film(
    (40.0, 0.2, 0.2, 0.4),
    (60.0, 0.8, 0.9, -0.3),
    (50.0, 0.3, 0.3, 0.5),
    hits=((10.0, "hard", 0.8), (20.0, "soft", 0.5), (30.0, "hard", 0.7), (55.0, "hard", 0.9)),
    speech=((2.0, 6.0), (70.0, 76.0)),
)

TUNE = OwnTheme(
    title="waltz", metre="3/4", key="D minor",
    notes=tuple(ThemeNote(start_beats=Fraction(n), length_beats=Fraction(1), pitch=62 + n % 5) for n in range(12)),
)  # fmt: skip
TRIO = Palette(
    name="trio", title="Trio", groups=("keys", "strings"), lead=("violin",), harmony=("piano",), bass=("cellos",),
    motion=("piano",), strict=True,
)  # fmt: skip


def base_plan() -> CuePlan:
    return plan(media(150.0), SPOTTING, Brief(mood="pastoral", coverage=1.0))


def edit(change: dict[str, object]) -> tuple[Cue, Cue]:
    """(base cue, cue after the edit and what follows)."""
    base = base_plan()
    cue = base.cues[0]
    return cue, follow(replace(cue, **change), cue, base)  # type: ignore[arg-type]


def test_a_new_mood_brings_what_hangs_on_it() -> None:
    """Mode, tempo, metre, palette and devices become the new mood's; tonic, hits, times and seed stay."""
    base, cue = edit({"mood": "action"})
    row = mood("action")
    assert row.tempo.min_bpm <= cue.tempo_bpm <= row.tempo.max_bpm
    assert parse_key(cue.key).mode in row.harmony.modes
    assert parse_key(cue.key).tonic == parse_key(base.key).tonic
    assert cue.metre in row.tempo.metres
    spare = read("planning.toml")["spare_devices"]["strong"]
    liked = {*row.devices.hard, *row.devices.section, *row.devices.soft, *spare["hard"], *spare["soft"]}
    assert {hit.device for hit in cue.hits} <= liked
    assert [(h.id, h.time_s, h.klass) for h in cue.hits] == [(h.id, h.time_s, h.klass) for h in base.hits]
    assert (cue.start_s, cue.end_s, cue.seed, cue.dynamics) == (base.start_s, base.end_s, base.seed, base.dynamics)
    assert cue.reasons["mood"] == "you chose it"
    assert cue.title == base.title.replace("pastoral", "action") != base.title


def test_fields_edited_together_with_the_mood_are_kept() -> None:
    """Nobody's own tempo, key or device is overwritten by the mood they chose beside it."""
    base = base_plan().cues[0]
    first = replace(base.hits[0], device="harp_gliss" if base.hits[0].device != "harp_gliss" else "bell_mark")
    hits = (first, *base.hits[1:])
    _, cue = edit({"mood": "action", "tempo_bpm": 61.0, "key": "E lydian", "hits": hits})
    assert cue.tempo_bpm == 61.0
    assert cue.key == "E lydian"
    assert cue.hits[0].device == first.device


def test_an_edit_that_nothing_hangs_on_changes_nothing_else() -> None:
    """A new title is just that, and is remembered to be the user's."""
    base, cue = edit({"title": "Mine"})
    assert cue == replace(base, title="Mine", chosen=("title",))


def test_a_tune_and_a_palette_that_were_brought_along_stay() -> None:
    """A new mood leaves the own palette, the tune's metre and its third as they are, with their reasons."""
    plan_ = plan(media(150.0), SPOTTING, Brief(mood="heroic", coverage=1.0, palette="trio.toml"), TUNE, TRIO)
    base = plan_.cues[0]
    assert base.key == "D minor" and base.reasons["key"].endswith("minor like your theme")
    for name in ("tense", "vlog", "romance", "electronic"):
        cue = follow(replace(base, mood=name), base, plan_)
        assert (cue.palette, cue.own_palette, cue.metre) == ("trio", TRIO, "3/4")
        assert third_of(parse_key(cue.key).mode) == "minor"
        assert not any("follows the mood" in cue.reasons[field] for field in ("palette", "metre"))


def test_what_was_asked_for_stays() -> None:
    """A palette, key and tempo of the brief outlast a new mood; so does what was chosen by hand in an earlier edit."""
    wishes = Brief(mood="pastoral", coverage=1.0, palette="chamber", key="E major", tempo_bpm=61.0)
    plan_ = plan(media(150.0), SPOTTING, wishes)
    base = plan_.cues[0]
    cue = follow(replace(base, mood="action"), base, plan_)
    assert (cue.palette, cue.key, cue.tempo_bpm) == (base.palette, "E major", 61.0)
    assert cue.reasons["palette"] == "the palette you asked for"
    free = base_plan()
    by_hand = follow(replace(free.cues[0], key="E lydian", tempo_bpm=61.0), free.cues[0], free)
    assert by_hand.reasons["key"] == by_hand.reasons["tempo_bpm"] == "you chose it"
    later = follow(replace(by_hand, mood="action"), by_hand, free)
    assert (later.key, later.tempo_bpm) == ("E lydian", 61.0)


def test_a_field_written_back_has_a_true_reason() -> None:
    """Who sets a followed field by hand afterwards is named as the one who chose it; a reason of their own stays."""
    free = base_plan()
    followed = follow(replace(free.cues[0], mood="noir"), free.cues[0], free)
    assert followed.palette != free.cues[0].palette
    assert followed.reasons["palette"] == "follows the mood you chose (noir)"
    back = follow(replace(followed, palette=free.cues[0].palette), followed, free)
    assert back.reasons["palette"] == "you chose it"
    said = {**followed.reasons, "palette": "as the composer wants it"}
    said_by = ("why palette",)
    mine = follow(replace(followed, palette=free.cues[0].palette, reasons=said, chosen=said_by), followed, free)
    assert mine.reasons["palette"] == "as the composer wants it"


def test_a_new_mood_leaves_no_reason_of_the_old_one() -> None:
    """Whatever mood is chosen, no reason names the old mood's range, metre, palette or ending as the one that decided;
    a reason in the user's own words stays."""
    base = base_plan()
    for old in ("pastoral", "mystery", "tense"):
        cue = plan(media(150.0), SPOTTING, Brief(mood=old, coverage=1.0)).cues[-1]
        for name in ("mystery", "tense", "noir", "comedy", "epic"):
            if name == old or name not in read("planning.toml")["moods"]:
                continue
            now = follow(replace(cue, mood=name), cue, base)
            said = " ".join(text for field, text in now.reasons.items() if field not in ("mood", "in"))
            assert f"within {old}'s range" not in said and f"palette of {old}" not in said
            assert f"{old} music ends so" not in said and "one metre for this mood" not in said
    mine = {**cue.reasons, "tempo_bpm": "as I walk"}
    walked = replace(cue, mood="noir", reasons=mine, chosen=("why tempo_bpm",))
    assert follow(walked, cue, base).reasons["tempo_bpm"] == "as I walk"


def test_a_new_home_key_leaves_no_untrue_reason() -> None:
    """A cue keeps its key when the film's home key is edited, so its reason says which home key was meant."""
    base = base_plan()
    now = replace(base, home_key="B minor", home_mood="noir")
    cue = with_film(base.cues[0], base, now)
    assert cue.reasons["key"] == f"the film's home key (when it was planned the film's home key was {base.home_key})"
    assert with_film(cue, now, replace(now, home_key="C minor")).reasons["key"] == cue.reasons["key"]
    assert replace(cue, reasons=base.cues[0].reasons) == base.cues[0] == with_film(base.cues[0], base, base)
    chosen = replace(base.cues[0], reasons={"key": "you chose it"})
    assert with_film(chosen, base, now) == chosen


def test_what_was_set_is_remembered() -> None:
    """A cue knows which of its fields a person set, also where they gave a reason of their own, and over more edits."""
    base = base_plan()
    said = {**base.cues[0].reasons, "key": "for the horn"}
    edited_ = replace(base.cues[0], key="E lydian", sections_s=(9.0,), reasons=said, chosen=("why key",))
    first = follow(edited_, base.cues[0], base)
    assert first.chosen == ("key", "sections", "why key") and first.reasons["key"] == "for the horn"
    assert follow(replace(first, end_s=60.0), first, base).chosen == ("key", "out", "sections", "why key")


def test_follow_is_idempotent() -> None:
    """Following twice is the same as following once."""
    base = base_plan()
    cue = base.cues[0]
    once = follow(replace(cue, mood="noir"), cue, base)
    assert follow(once, once, base) == once


def test_moved_edges_bring_their_speech_and_dynamics() -> None:
    """A cue that starts later knows only the speech that is left in it, and its dynamics start where it starts."""
    base = base_plan()
    cue = base.cues[0]
    assert any(span.start_s < 8.0 for span in cue.speech)
    later = replace(base, cues=(replace(cue, start_s=8.0, hits=()), *base.cues[1:]))
    read = load(dump(later, None), base)
    moved = followed(base, read, media(150.0), SPOTTING, Brief(mood="pastoral", coverage=1.0)).cues[0]
    assert moved.speech and all(span.start_s >= 8.0 for span in moved.speech)
    assert moved.dynamics[0].time_s == 8.0
    assert moved.reasons["in"] == "you chose the place; it sneaks in"


def test_a_hit_that_was_taken_up_elsewhere_has_its_name_alone() -> None:
    """A cue is made shorter, and longer again while the hit that it lost is copied back to another moment: both moments
    are marked, under two names."""
    base = base_plan()
    made, brief = media(150.0), Brief(mood="pastoral", coverage=1.0)

    def after(now: CuePlan, cue: Cue) -> CuePlan:
        wanted = replace(now, cues=tuple(cue if other.id == cue.id else other for other in now.cues))
        return followed(now, load(dump(wanted, None), now), made, SPOTTING, brief)

    whole = next(cue for cue in base.cues if len(cue.hits) > 1)
    lost = whole.hits[-1]
    short = after(base, replace(whole, end_s=lost.time_s - 1.0))
    cue = next(cue for cue in short.cues if cue.id == whole.id)
    assert lost.id in {hit.id for hit in short.ignored_hits}
    moved = replace(lost, time_s=lost.time_s - 2.0, frame=lost.frame - 48)
    now = after(short, replace(cue, end_s=whole.end_s, hits=(*cue.hits, moved)))
    hits = next(cue for cue in now.cues if cue.id == whole.id).hits
    assert lost.time_s in {hit.time_s for hit in hits}
    assert len({hit.id for hit in hits}) == len(hits)
