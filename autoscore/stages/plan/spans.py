"""Where music plays: in- and out-points (craft guide 1.2-1.4)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from autoscore.model.cues import InType, OutType
from autoscore.model.spotting import Spotting
from autoscore.model.time import Span
from autoscore.stages.plan.edges import EDGE_S, Edge, edges
from autoscore.stages.plan.overlap import share_of, touching
from autoscore.tables import read

RING_OVER_S = 2.0
"""So long a last chord may ring over the cut at which a cue ends."""
GOES_ON, GOES_INTO = "the music goes on from the cue before", "the music goes on into the next cue"
_QUIET_IN, _QUIET_OUT = "a quiet entry", "a quiet exit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement(Span):
    """A stretch of music. ``why_in`` and ``why_out`` are plain words."""

    in_type: InType
    out_type: OutType
    why_in: str
    why_out: str


def gaps(spans: list[Span], duration_s: float) -> list[Span]:
    """What ``spans`` (in any order, may overlap) leave free of 0..duration_s."""
    free, at = [], 0.0
    for span in sorted(spans, key=lambda s: s.start_s):
        if span.start_s > at:
            free.append(Span(start_s=at, end_s=min(span.start_s, duration_s)))
        at = max(at, span.end_s)
    if at < duration_s:
        free.append(Span(start_s=at, end_s=duration_s))
    return [span for span in free if span.duration_s > 0]


def _worth(span: Span, spotting: Spotting, peak_s: float) -> float:
    """How much a stretch wants music, about 0..2: strong feeling, little talk, the opening, the climax and the end."""
    intensity = feeling = total = 0.0
    for beat in touching(spotting.beats, span):
        share = span.overlap_s(beat)
        total += share
        intensity += share * beat.intensity
        feeling += share * (abs(beat.valence) + abs(beat.arousal - 0.4)) / 2
    talk = share_of(spotting.speech, span)
    worth = (0.4 + 0.6 * (intensity + feeling) / total if total else 0.6) * (1.0 - 0.55 * talk)
    ends = span.start_s <= EDGE_S or span.end_s >= spotting.duration_s - EDGE_S
    return worth + (0.3 if ends else 0.0) + (0.4 if span.start_s <= peak_s < span.end_s else 0.0)


def _choose(units: list[Span], inside: list[Edge], worth: list[float], wanted_s: float, price: float) -> list[bool]:
    """On or off for each unit: the best total worth at a price per second that brings coverage to ``wanted_s``."""

    def best(cost_per_s: float) -> list[bool]:
        value, back = [0.0, -0.0], []
        for at, unit in enumerate(units):
            gain = (worth[at] - cost_per_s) * unit.duration_s
            enter = price * (1.6 - inside[at - 1].entry) if at else 0.0
            leave = price * (1.6 - inside[at - 1].exit) if at else 0.0
            off_from = 1 if value[1] - leave > value[0] else 0
            on_from = 0 if value[0] - enter > value[1] else 1
            if not at:
                off_from = on_from = 0
            back.append((off_from, on_from))
            value = [
                value[1] - leave if off_from else value[0],
                gain + (value[1] if on_from else value[0] - enter),
            ]
        state, states = (0 if value[0] > value[1] else 1), []
        for sources in reversed(back):
            states.append(bool(state))
            state = sources[state]
        return states[::-1]

    low, high, chosen = -4.0, 4.0, [False] * len(units)
    most = 0.0
    for _ in range(40):
        middle = (low + high) / 2
        states = best(middle)
        covered = sum(u.duration_s for u, on in zip(units, states, strict=True) if on)
        if most < covered <= wanted_s:
            most, chosen = covered, states
        low, high = (low, middle) if covered < wanted_s else (middle, high)
    return _filled(units, chosen, worth, wanted_s)


def _filled(units: list[Span], states: list[bool], worth: list[float], wanted_s: float) -> list[bool]:
    """More units on until ``wanted_s`` is reached: the worthiest beside music first, else the worthiest of all."""
    states = list(states)
    missing_s = wanted_s - sum(u.duration_s for u, on in zip(units, states, strict=True) if on)

    def liking(number: int) -> tuple[float, int]:
        beside = any(0 <= n < len(states) and states[n] for n in (number - 1, number + 1))
        return worth[number] + (0.25 if beside else 0.0), -number

    while fit := [n for n, on in enumerate(states) if not on and units[n].duration_s <= 2 * missing_s]:
        chosen = max(fit, key=liking)
        states[chosen] = True
        missing_s -= units[chosen].duration_s
    return states


def music_spans(spotting: Spotting, coverage: float, peak_s: float, marks: list[Edge]) -> list[Span]:
    """The stretches that get music, none inside ``stay_out``: joined over short gaps, short ones grown or dropped."""
    rules, duration_s = read("planning.toml")["cues"], spotting.duration_s
    out: list[Span] = [Span(start_s=s.start_s, end_s=s.end_s) for s in spotting.stay_out]
    free = [s for s in gaps(out, duration_s) if s.duration_s >= min(rules["min_s"], duration_s / 2)]
    room_s = sum(s.duration_s for s in free)
    wanted_s = coverage * duration_s
    if coverage <= 0 or not free:
        return []
    if coverage >= rules["full_coverage"] or wanted_s >= 0.97 * room_s or room_s <= 2 * rules["min_s"]:
        return free
    shortest = min(rules["min_s"], duration_s / 2)
    spans: list[Span] = []
    for piece in free:
        units, joints = _units(piece, marks, rules["min_gap_s"])
        worth = [_worth(u, spotting, peak_s) for u in units]
        share_s = wanted_s * piece.duration_s / room_s
        states = _choose(units, joints, worth, share_s, price=rules["min_gap_s"])
        runs = _runs(units, states)
        runs = _joined(runs, rules["min_gap_s"])
        spans += [r if r.duration_s >= shortest else _grown(r, piece, marks, shortest) for r in runs]
    if not spans:
        # So little is wanted that no unit fits: the one place that needs it most.
        pieces = [(unit, piece) for piece in free for unit in _units(piece, marks, rules["min_gap_s"])[0]]
        unit, piece = max(pieces, key=lambda p: (_worth(p[0], spotting, peak_s), -p[0].start_s))
        end_s = min(unit.end_s, unit.start_s + max(shortest, wanted_s))
        spans = [_grown(Span(start_s=unit.start_s, end_s=end_s), piece, marks, shortest)]
    return _joined(sorted(spans, key=lambda s: s.start_s), rules["min_gap_s"], tuple(out))


def _units(piece: Span, marks: list[Edge], least_s: float) -> tuple[list[Span], list[Edge]]:
    """``piece`` cut at its best edges into units of at least ``least_s``, and the edges between them."""
    inner = [m for m in marks if piece.start_s + least_s <= m.time_s <= piece.end_s - least_s]
    taken: list[Edge] = []
    for mark in sorted(inner, key=lambda m: (-(m.entry + m.exit), m.time_s)):
        if all(abs(mark.time_s - other.time_s) >= least_s for other in taken):
            taken.append(mark)
    # A stretch without any edge is still divided, at a price, so that a long speech need not be all or nothing.
    times = sorted([piece.start_s, piece.end_s, *(m.time_s for m in taken)])
    for left, right in pairwise(times):
        count = math.ceil((right - left) / 25.0)
        taken += [
            Edge(time_s=left + (right - left) * n / count, entry=0.0, exit=0.0, why_in=_QUIET_IN, why_out=_QUIET_OUT)
            for n in range(1, count)
        ]
    joints = sorted(taken, key=lambda m: m.time_s)
    times = [piece.start_s, *(m.time_s for m in joints), piece.end_s]
    return [Span(start_s=a, end_s=b) for a, b in pairwise(times)], joints


def _runs(units: list[Span], states: list[bool]) -> list[Span]:
    runs: list[Span] = []
    for unit, on in zip(units, states, strict=True):
        if on and runs and abs(runs[-1].end_s - unit.start_s) < 1e-9:
            runs[-1] = Span(start_s=runs[-1].start_s, end_s=unit.end_s)
        elif on:
            runs.append(unit)
    return runs


def _joined(runs: list[Span], gap_s: float, keep_open: tuple[Span, ...] = ()) -> list[Span]:
    """Runs with gaps shorter than ``gap_s`` joined, unless music has to stay out of that gap."""
    joined: list[Span] = []
    for run in runs:
        last = joined[-1] if joined else None
        if (
            last
            and run.start_s - last.end_s < gap_s
            and not any(s.start_s < run.start_s + 1e-6 and s.end_s > last.end_s - 1e-6 for s in keep_open)
        ):
            joined[-1] = Span(start_s=last.start_s, end_s=max(last.end_s, run.end_s))
        else:
            joined.append(run)
    return joined


def _grown(run: Span, piece: Span, marks: list[Edge], shortest: float) -> Span:
    """A run that is too short, grown to the next good edge after it, else backwards."""
    later = [m.time_s for m in marks if run.start_s + shortest <= m.time_s <= piece.end_s and m.exit >= 0.8]
    end = min([*later, piece.end_s])
    if end - run.start_s > 2.5 * shortest:
        end = min(run.start_s + shortest, piece.end_s)
    start = run.start_s if end - run.start_s >= shortest else max(piece.start_s, end - shortest)
    return Span(start_s=start, end_s=end)


def segues(span: Span, spotting: Spotting, turns: list[float]) -> list[float]:
    """Film times at which a long stretch passes from one cue to the next: mood changes first, then scene boundaries."""
    rules = read("planning.toml")["cues"]
    cuts: list[float] = []
    for turn in sorted(turns):
        if max([span.start_s, *cuts]) + rules["min_s"] <= turn <= span.end_s - rules["min_s"]:
            cuts.append(turn)
    scene_starts = [s.start_s for s in spotting.scenes[1:]] or [b.start_s for b in spotting.beats[1:]]
    done = False
    while not done:
        done = True
        for left, right in pairwise([span.start_s, *sorted(cuts), span.end_s]):
            if right - left <= rules["longest_s"]:
                continue
            parts = max(2, round((right - left) / rules["wish_s"]))
            wish = left + (right - left) / parts
            near = [t for t in scene_starts if left + 60.0 <= t <= right - 60.0] or [wish]
            cuts.append(min(near, key=lambda t: abs(t - wish)))
            done = False
            break
    return sorted(cuts)


def placements(spotting: Spotting, coverage: float, turns: list[float], peak_s: float) -> list[Placement]:
    """Cues' places in the film; ``turns``: when the mood changes for good, ``peak_s``: the most intense moment."""
    marks, placed = edges(spotting), []
    for span in music_spans(spotting, coverage, peak_s, marks):
        bounds = [span.start_s, *segues(span, spotting, turns), span.end_s]
        for number, (left, right) in enumerate(pairwise(bounds)):
            first, last = number == 0, number == len(bounds) - 2
            opened = how_in(left, marks, spotting) if first else ("overlap", GOES_ON)
            closed = how_out(right, marks, spotting) if last else ("segue", GOES_INTO)
            placed.append(
                Placement(
                    start_s=left,
                    end_s=right,
                    in_type=opened[0],
                    out_type=closed[0],
                    why_in=opened[1],
                    why_out=closed[1],
                )
            )
    return placed


def how_in(time_s: float, marks: list[Edge], spotting: Spotting) -> tuple[InType, str]:
    """How music begins at ``time_s``, and why there."""
    if time_s <= EDGE_S:
        opening = spotting.beats[0].intensity if spotting.beats else 0.3
        strong = any(h.klass == "hard" and h.time_s <= EDGE_S for h in spotting.hits) or opening >= 0.6
        return ("hard", "the film opens strongly") if strong else ("sneak", "the film opens")
    ended = next((s for s in spotting.stay_out if abs(s.end_s - time_s) <= EDGE_S), None)
    if ended:
        return "sneak", f"music has stayed out until here: {ended.reason}"
    near = min(marks, key=lambda m: abs(m.time_s - time_s), default=None)
    if near is None or abs(near.time_s - time_s) > EDGE_S:
        return "sneak", _QUIET_IN
    motivated = any(abs(h.time_s - time_s) <= EDGE_S and h.klass == "hard" for h in spotting.hits)
    return ("hard" if motivated else "sneak"), near.why_in


def how_out(time_s: float, marks: list[Edge], spotting: Spotting) -> tuple[OutType, str]:
    """How music ends at ``time_s``, and why there."""
    if time_s >= spotting.duration_s - EDGE_S:
        return "ring", "the film ends"
    begins = next((s for s in spotting.stay_out if abs(s.start_s - time_s) <= EDGE_S), None)
    if begins:
        return "fade", f"music stays out from here: {begins.reason}"
    near = min(marks, key=lambda m: abs(m.time_s - time_s), default=None)
    if near is None or abs(near.time_s - time_s) > EDGE_S:
        return "fade", _QUIET_OUT
    return ("ring" if near.exit >= 0.9 else "fade"), near.why_out
