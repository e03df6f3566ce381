"""Wishes that a workspace remembers: those of another version, or spoilt, are passed over; the others stay."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from autoscore.model.brief import Brief, known_wishes


def test_every_wish_of_a_brief_is_known() -> None:
    """What a run remembers is what the next one reads."""
    for brief in (Brief(), Brief(words="calm", mood="tense", coverage=0.5, tempo_bpm=92.0, takes=4, original=False)):
        assert known_wishes(asdict(brief)) == asdict(brief)
    assert known_wishes({"tempo_bpm": 92, "seed": 3}) == {"tempo_bpm": 92, "seed": 3}


@pytest.mark.parametrize(
    "name, value",
    [
        ("target", None), ("words", None), ("takes", "4"), ("takes", 99), ("coverage", float("nan")), ("original", 1),
        ("seed", 0.5), ("mood", 3), ("colour", "blue"), ("tempo_bpm", "fast"), ("quality", "best"), ("seed", [1]),
    ],
)  # fmt: skip
def test_what_no_brief_takes_is_passed_over(name: str, value: object) -> None:
    """A value of another kind, out of its range, or under an unknown name."""
    assert known_wishes({name: value, "identity": "kite"}) == {"identity": "kite"}
