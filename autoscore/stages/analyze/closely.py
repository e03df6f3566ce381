"""Second looks: where something may have happened between two frames that were decoded, every frame is."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from autoscore.adapters import vision
from autoscore.adapters.cuts import Adaptive
from autoscore.adapters.excerpts import Excerpts
from autoscore.adapters.pictures import Picture
from autoscore.adapters.skipping import UnevenError
from autoscore.adapters.vision import Floats, Plane
from autoscore.model.media import VideoStream
from autoscore.stages.analyze.blends import Blends, tiny
from autoscore.stages.analyze.cards import JUMP, Cards, crispness
from autoscore.stages.analyze.changes import Changes, Frame
from autoscore.stages.analyze.cuts import open_question
from autoscore.stages.analyze.stills import CRISP

_AROUND = 6
"""Frames on both sides of a place that its judgement needs, see ``cuts.decide``."""

_JOIN = 8
"""Places that are nearer are looked at as one."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is made of each picture that is decoded: half its size, a few hundred points, and ``cards.crispness``."""

    small: Plane
    tiny: Floats
    crispness: float

    @classmethod
    def at(cls, picture: Picture) -> Look:
        small = vision.halve(picture.luma)
        points = tiny(small)
        return cls(small, points, crispness(picture.luma, points))


class Held:
    """The last frames as small pictures, until it is settled what they show; then they go on to ``blends`` and
    ``cards``."""

    def __init__(self, blends: Blends, cards: Cards) -> None:
        self._blends, self._cards = blends, cards
        self._times_s: deque[Fraction] = deque()
        self._pictures: deque[Floats] = deque()
        self._looks: deque[tuple[Plane | None, float]] = deque()
        """Half-size pictures, None where passed over, and how much lettering may be in them."""
        self.flips: list[tuple[int, int]] = []
        """Where lettering cuts in or out while frames are passed over: the last frame before, the first after."""
        self.first = 0
        """Index of the oldest frame held."""

    @property
    def stop(self) -> int:
        """Index after the newest."""
        return self.first + len(self._times_s)

    def push(self, look: Look, exact_s: Fraction, passed_s: tuple[Fraction, ...] = ()) -> None:
        """A frame, and the times of those before it that were passed over: they take its place on the way there."""
        picture = look.tiny
        if passed_s:
            last = self._pictures[-1] if self._pictures else picture
            lettered = max(look.crispness, self._looks[-1][1] if self._looks else 0.0) >= CRISP
            if lettered and vision.turns(last, picture, JUMP):
                self.flips.append((self.stop - 1, self.stop + len(passed_s)))
            step = (picture - last) / (len(passed_s) + 1)
            for number, at_s in enumerate(passed_s, 1):
                self._times_s.append(at_s)
                self._pictures.append(np.asarray(last + number * step, dtype=np.float32))
                self._looks.append((None, 0.0))
        self._times_s.append(exact_s)
        self._pictures.append(picture)
        self._looks.append((look.small, look.crispness))

    def replace(self, index: int, look: Look) -> None:
        self._pictures[index - self.first] = look.tiny
        self._looks[index - self.first] = (look.small, look.crispness)

    def time_s(self, index: int) -> Fraction:
        return self._times_s[index - self.first]

    def index(self, exact_s: Fraction) -> int:
        """Raises UnevenError where no frame has this time."""
        at = bisect_right(self._times_s, exact_s) - 1
        if at < 0 or self._times_s[at] != exact_s:
            raise UnevenError
        return self.first + at

    def let_go(self, index: int) -> None:
        """Hands on all frames before ``index``."""
        while self.first < index and self._times_s:
            self._times_s.popleft()
            small, crispness = self._looks.popleft()
            self._blends.push_tiny(self._pictures.popleft(), seen=small is not None)
            self._cards.push(small, crispness)
            self.first += 1


class SecondLook:
    """Looks again at the places that ``changes`` suspects.

    ``frames`` counts what was decoded for it, those on the way from the key frame included.
    """

    def __init__(self, changes: Changes, held: Held, video: VideoStream, excerpts: Excerpts) -> None:
        self._changes, self._held, self._excerpts = changes, held, excerpts
        self._rate = video.rate
        self.adaptive: list[int] = []
        """Frames at which the AdaptiveDetector cuts."""
        self.places = 0
        self._judged = 0
        self.frames = 0

    def settle(self, keys: list[tuple[Fraction, int]], *, at_end: bool = False) -> int:
        """Looks at all places that are wholly held; returns the first frame that is not settled yet.

        Args:
            keys: film times and time stamps of the key frames so far.
            at_end: there is nothing more to come.
        """
        end = self._held.stop
        stop = end if at_end else end - _AROUND - _JOIN
        places = [
            (max(self._held.first, c.frame - c.frames - _AROUND), min(end - 1, c.frame + _AROUND))
            for c in self._changes.candidates
            if self._judged <= c.frame < stop and open_question(c, self._changes)
        ]
        places += [
            (max(self._held.first, before - _AROUND), min(end - 1, after + _AROUND))
            for before, after in self._held.flips
            if after < stop
        ]
        self._held.flips = [flip for flip in self._held.flips if flip[1] >= stop]
        for first, last in _joined(places):
            self._look(first, last, keys)
        self._judged = max(self._judged, stop)
        return end if at_end else max(self._held.first, stop - 3 * _AROUND)

    def _look(self, first: int, last: int, keys: list[tuple[Fraction, int]]) -> None:
        if not keys:  # no packet says that decoding may begin with it
            raise UnevenError
        self.places += 1
        first_s, last_s = self._held.time_s(first), self._held.time_s(last)
        key = keys[max(0, bisect_right(keys, first_s, key=lambda pair: pair[0]) - 1)]
        closer, adaptive = self._changes.closer(first), Adaptive(self._rate)
        expected = first
        good: Picture | None = None
        seen: list[Frame] = []
        for picture in self._excerpts.between(first_s, last_s, key[1]):
            index = self._held.index(picture.exact_s)
            if index != expected:
                raise UnevenError
            expected += 1
            self.frames += 1
            # What is concealed of a broken picture may be whatever memory held.
            good = good if picture.broken and good is not None else picture
            look = Look.at(good)
            seen.append(Frame(index=index, time_s=picture.time_s, small=look.small))
            adaptive.push(index, good.bgr())
            self._held.replace(index, look)
        if expected != last + 1:
            raise UnevenError
        closer.push(seen)
        self._changes.replace(closer)
        self.adaptive += adaptive.finish()


def _joined(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(places):
        if found and first <= found[-1][1] + _JOIN:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found
