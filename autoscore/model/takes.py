"""Takes: several scores for one plan, side by side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One take, judged. Every mark lies in 0..1, 1 is best; ``rank`` 1 is the best of all.

    ``hits``: share of the hard hits that have an attack on their picture. ``clean``: share of the checks of taste that
    are passed, ``form``: of those that are about form alone. ``critic``: the themes, by the critic who chose them,
    between the worst and the best of these takes. ``distance``: how little its nearest take has of its
    melody and theme.
    ``faults`` are the names of failed checks, most frequent first. ``theme`` holds the pitches (MIDI) that the main
    theme begins with, in the home key.
    """

    number: int
    rank: int
    worth: float
    hits: float
    clean: float
    form: float
    critic: float
    distance: float
    nearest: int
    """The take whose melody is most like this one's; 0 where there is no other."""
    faults: tuple[str, ...] = ()
    theme: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """All takes of a film, best first. ``cues`` are the ids of the cues in them."""

    film: str
    home_key: str
    cues: tuple[str, ...]
    takes: tuple[Take, ...]
    made_from: str = ""
    """Digest of the cues that were composed, so that it can be told whether the sheet has changed since."""

    def __post_init__(self) -> None:
        if not self.takes:
            raise ValueError("there is no take")

    @property
    def best(self) -> int:
        """The number of the take that ranks first."""
        return self.takes[0].number
