"""Products: held, let go of, and read again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from autoscore import artifacts
from autoscore.model.analysis import Analysis, Curves
from autoscore.model.score import CueScore, Note, Part, Score
from autoscore.product import ByCue, Held, Product, packed

ANALYSIS = Analysis(duration_s=9.0, frame_count=225, curves=Curves(motion=tuple(at / 7 for at in range(60_000))))


def cue(name: str, notes: int) -> CueScore:
    beat = Fraction(1, 3)
    played = tuple(Note(start_beats=at * beat, length_beats=beat, pitch=60, velocity=9) for at in range(notes))
    part = Part(id="a", name="A", instrument="flute", group="winds", role="melody", notes=played)
    return CueScore(cue_id=name, title="", key="C major", parts=(part,))


def by_cue(*cues: CueScore) -> tuple[ByCue[Score, CueScore], Score]:
    whole = Score(seed=1, themes=(), cues=cues)
    rows = {one.cue_id: packed(artifacts.row(one)) for one in cues}
    rest = Score(seed=1, themes=(), cues=())
    size = len(artifacts.dump(whole))
    return ByCue(value=rest, digest="d", kind=CueScore, rows=rows, sums=dict.fromkeys(rows, ""), size=size), whole


def test_a_large_value_is_let_go_of_and_read_again() -> None:
    """After being let go of a large value is another object with the same content, held again."""
    product = Product(value=ANALYSIS, digest="d", text=artifacts.dump(ANALYSIS))
    assert product.value is ANALYSIS
    product.let_go()
    again = product.value
    assert again == ANALYSIS and again is not ANALYSIS and product.value is again


def test_a_small_value_stays() -> None:
    """What is small, or has no text, is not read again."""
    small = Analysis(duration_s=9.0, frame_count=225)
    for text in ("", artifacts.dump(small)):
        product = Product(value=small, digest="d", text=text)
        product.let_go()
        assert product.value is small


def test_parts_of_a_large_score_are_read_one_by_one() -> None:
    """Of a large score one cue can be had without the whole; the whole is what it was."""
    product, whole = by_cue(cue("1M1", 6000), cue("1M2", 6000))
    assert product.part("1M2") == whole.cues[1]
    assert product.part("1M2") is not product.part("1M2")  # not held
    assert product.value == whole
    assert product.part("1M2") is product.value.cues[1]  # held as long as the whole is
    product.let_go()
    assert product.part("1M1") is not product.part("1M1")


def test_parts_of_a_small_score_are_held() -> None:
    """A small score is read once."""
    product, whole = by_cue(cue("1M1", 3), cue("1M2", 3))
    assert product.part("1M1") == whole.cues[0] and product.part("1M1") is product.part("1M1")
    product.let_go()
    assert product.value is product.value
    assert by_cue()[0].value == by_cue()[1]


def test_a_field_gives_the_value_of_a_product() -> None:
    """A field of a result takes a value, a product or nothing, and gives the value."""

    class Found:
        analysis: Held[Analysis] = Held()

    found = Found()
    assert found.analysis is None
    found.analysis = ANALYSIS
    assert found.analysis is ANALYSIS
    found.analysis = Product(value=ANALYSIS, digest="d")
    assert found.analysis is ANALYSIS


def test_an_outline_needs_one_cue_at_a_time() -> None:
    """Of a large score, and of a small one, the whole can be had with less of each cue; the large one is not held."""
    for notes in (6000, 6):
        product, whole = by_cue(cue("1M1", notes), cue("1M2", notes))
        bare = product.outline(lambda one: replace(one, parts=()))
        assert bare == replace(whole, cues=tuple(replace(one, parts=()) for one in whole.cues))
        assert (product.part("1M1") is product.part("1M1")) == (notes == 6)
