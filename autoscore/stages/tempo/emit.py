"""From a path to bars, tempo segments and anchors: every anchor gets its film time by construction."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

from autoscore.model.cues import Cue
from autoscore.model.tempo import Anchor, Bar, CueTempo, FreeHit, TempoSegment, ramp_seconds
from autoscore.stages.tempo.metre import BarKind, Metre
from autoscore.stages.tempo.ramp import middle_bpm
from autoscore.stages.tempo.rit import Rit
from autoscore.stages.tempo.rules import Rules, step_beats
from autoscore.stages.tempo.way import Path, Step

REACHED_S = 1e-6
"""A bar that ends this little before the cue's end has reached it."""


@dataclass(slots=True)
class _Draft:
    """Bars and segments written so far, in units and beats from the cue's start. Local, hence not frozen."""

    metre: Metre
    bars: list[Bar] = field(default_factory=list)
    segments: list[TempoSegment] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    barred_units: int = 0

    def beats(self, units: int) -> Fraction:
        return units * self.metre.unit_beats

    def add_bar(self, kind: BarKind) -> None:
        bar = Bar(
            number=len(self.bars) + 1,
            start_beats=self.beats(self.barred_units),
            numerator=kind.numerator,
            denominator=kind.denominator,
        )
        self.bars.append(bar)
        self.barred_units += kind.units

    def add_segment(
        self, start: Fraction, end: Fraction, bpms: tuple[float, float], at_s: float, label: str = ""
    ) -> float:
        """Writes a segment and returns the film time of its end."""
        segment = TempoSegment(
            start_beats=start, end_beats=end, start_bpm=bpms[0], end_bpm=bpms[1], start_s=at_s, label=label
        )
        self.segments.append(segment)
        return at_s + segment.duration_s


def emit(
    cue: Cue,
    path: Path,
    rules: Rules,
    rit: Rit | None,
    *,
    free_hits: tuple[FreeHit, ...],
    demoted: tuple[str, ...],
    retreats: tuple[str, ...],
    start_ids: tuple[str, ...],
) -> CueTempo:
    """The cue's tempo from the chosen path. ``rit`` is the ritardando to write at the end, if it fits there."""
    draft = _Draft(metre=path.metre)
    at_s = cue.start_s + path.start_shift_s
    start_s = at_s
    for hit_id in start_ids or ("",):
        draft.anchors.append(Anchor(beats=Fraction(0), time_s=at_s, kind="start", hit_id=hit_id))
    units, phase, bpm = 0, 0, path.base_bpm * path.start_ratio
    for step in path.steps:
        _bars(draft, path, phase, step)
        arrive = path.base_bpm * step.ratio
        _ramps(draft, units, step, bpm, arrive, at_s)
        units, phase, bpm, at_s = units + step.units, step.phase, arrive, step.moment.time_s
        level = path.metre.levels[phase]
        for hit_id in step.moment.ids or ("",):
            kind = step.moment.kind
            anchor = Anchor(beats=draft.beats(units), time_s=at_s, kind=kind, hit_id=hit_id, level=level)
            draft.anchors.append(anchor)
    if at_s < cue.end_s - REACHED_S or not draft.bars or draft.barred_units > units:
        _tail(draft, cue, path, rules, rit, units=units, bpm=bpm, at_s=at_s)
    tempo = CueTempo(
        cue_id=cue.id,
        start_s=start_s,
        end_s=cue.end_s,
        base_bpm=path.base_bpm,
        bars=tuple(draft.bars),
        segments=tuple(draft.segments),
        anchors=tuple(draft.anchors),
        free_hits=free_hits,
        demoted=demoted,
        worst_deviation_percent=_worst_deviation(draft.segments, path.base_bpm),
        retreats=retreats,
    )
    return _with_worst_step(tempo, step_beats(path.metre.name))


def _bars(draft: _Draft, path: Path, phase: int, step: Step) -> None:
    """Bars up to the anchor of ``step``, and the one it lies in when it does not begin one."""
    regular = path.metre.regular
    if phase and step.units == step.phase - phase:
        return
    inner = step.units - (regular.units - phase) % regular.units - step.phase
    for kind in path.filling.fill(inner):
        draft.add_bar(kind)
    if step.phase:
        draft.add_bar(regular)


def _ramps(draft: _Draft, units: int, step: Step, start_bpm: float, end_bpm: float, at_s: float) -> None:
    """Two ramps, and a fermata on the last beat where the step holds."""
    start, end = draft.beats(units), draft.beats(units + step.units)
    beats = float(end - start)
    sounding_s = step.moment.time_s - step.hold_s - at_s
    middle = middle_bpm(start_bpm, end_bpm, beats, sounding_s)
    half = start + (end - start) / 2
    at_s = draft.add_segment(start, half, (start_bpm, middle), at_s)
    if not step.hold_s:
        draft.add_segment(half, end, (middle, end_bpm), at_s)
        return
    held = step_beats(draft.metre.name)
    share = float((end - held - half) / (end - half))
    before_bpm = middle * math.pow(end_bpm / middle, share)
    if end - held > half:
        at_s = draft.add_segment(half, end - held, (middle, before_bpm), at_s)
    length_s = step.moment.time_s - at_s
    slow = 60.0 * float(held) / length_s
    draft.add_segment(end - held, end, (slow, slow), at_s, "fermata")


def _tail(
    draft: _Draft, cue: Cue, path: Path, rules: Rules, rit: Rit | None, *, units: int, bpm: float, at_s: float
) -> None:
    """From the last anchor until a bar has reached the cue's end: tempo settles on the base, a ritardando closes."""
    base, metre = path.base_bpm, path.metre
    start = draft.beats(units)
    beat = step_beats(metre.name)
    settle = math.ceil(abs(math.log(base / bpm)) / math.log1p(rules.ideal_change)) * beat
    settled_s = at_s + (ramp_seconds(bpm, base, float(settle)) if settle else 0.0)
    ends = [draft.beats(draft.barred_units)]

    def time_at(beats: Fraction) -> float:
        inside = float(beats - start)
        if beats < start + settle:
            end_bpm = bpm * math.pow(base / bpm, inside / float(settle))
            return at_s + ramp_seconds(bpm, end_bpm, inside)
        return settled_s + 60.0 * (inside - float(settle)) / base

    while time_at(ends[-1]) < cue.end_s - REACHED_S or ends[-1] <= start:
        ends.append(ends[-1] + metre.regular.units * metre.unit_beats)
    written = rit.place(start + settle, base, time_at, ends, beat, cue.end_s) if rit else ()
    final = ends[-1]
    if written:
        begin, last = written[0].start_beats, written[-1]
        arrived_s = last.start_s + last.duration_s
        slow = last.end_bpm
        ends = [e for e in ends if e <= last.end_beats]
        while arrived_s + 60.0 * float(ends[-1] - last.end_beats) / slow < cue.end_s - REACHED_S:
            ends.append(ends[-1] + metre.regular.units * metre.unit_beats)
        final = max(ends[-1], last.end_beats)
        _settle(draft, start, settle, begin, (bpm, base), at_s)
        draft.segments.extend(written)
        if final > last.end_beats:
            draft.add_segment(last.end_beats, final, (slow, slow), arrived_s, "rit")
    else:
        _settle(draft, start, settle, final, (bpm, base), at_s)
    while draft.beats(draft.barred_units) < final:
        draft.add_bar(metre.regular)


def _settle(
    draft: _Draft, start: Fraction, settle: Fraction | int, end: Fraction, bpms: tuple[float, float], at_s: float
) -> None:
    """A ramp from the last anchor's tempo to the base tempo, then the base tempo, up to ``end``."""
    bpm, base = bpms
    turn = min(start + settle, end)
    if turn > start:
        reached = bpm * math.pow(base / bpm, float(turn - start) / float(settle))
        at_s = draft.add_segment(start, turn, (bpm, reached), at_s)
    if end > turn:
        draft.add_segment(turn, end, (base, base), at_s)


def _worst_deviation(segments: list[TempoSegment], base: float) -> float:
    bpms = [bpm for s in segments if not s.label for bpm in (s.start_bpm, s.end_bpm)]
    return 100.0 * max((abs(bpm / base - 1.0) for bpm in bpms), default=0.0)


def _with_worst_step(tempo: CueTempo, beat: Fraction) -> CueTempo:
    """Tempo sampled on every beat; a step counts when no written change lies between its two beats."""
    labelled = [(s.start_beats, s.end_beats) for s in tempo.segments if s.label]
    worst, at = 0.0, Fraction(0)
    before = tempo.bpm_at(at)
    while at + beat <= tempo.length_beats:
        now = tempo.bpm_at(at + beat)
        if not any(start < at + beat and end > at for start, end in labelled):
            end = at + beat == tempo.length_beats
            worst = max(worst, 0.0 if end and labelled else abs(now / before - 1.0))
        at, before = at + beat, now
    values = {name: getattr(tempo, name) for name in CueTempo.__dataclass_fields__}
    return CueTempo(**{**values, "worst_step_percent": 100.0 * worst})
