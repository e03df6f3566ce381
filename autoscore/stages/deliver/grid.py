"""Ticks of a MIDI file against film time: one cue's own grid, or the whole film's with the gaps as bars of rest."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

from autoscore.adapters.midi import LONGEST_US, PPQ, MetreEvent, TempoEvent
from autoscore.model.tempo import Clock, CueTempo

STEP = PPQ // 2
"""A set-tempo event an eighth note (craft guide 2.6)."""

GAP_BPM = 120
_JOIN_S = 0.0004


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """``start_tick`` .. ``end_tick`` is film time ``start_s`` .. ``end_s``: music (``cue`` and its
    ``clock``), or rest at one tempo."""

    start_tick: int
    end_tick: int
    start_s: float
    end_s: float
    cue: CueTempo | None
    clock: Clock | None = None

    def seconds_at(self, tick: int) -> float:
        """Film time of ``tick``, which lies in this region; its end for any later one."""
        if tick >= self.end_tick:
            return self.end_s
        if self.cue is not None:
            return self.cue.seconds_at(Fraction(tick - self.start_tick, PPQ))
        share = (tick - self.start_tick) / (self.end_tick - self.start_tick)
        return self.start_s + share * (self.end_s - self.start_s)

    def tick_at(self, time_s: float) -> int:
        """The tick nearest to film time ``time_s``."""
        if self.clock is not None:
            return self.start_tick + round(PPQ * self.clock.beats_at(time_s))
        share = (time_s - self.start_s) / (self.end_s - self.start_s)
        return self.start_tick + round(share * (self.end_tick - self.start_tick))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Regions without gaps, the first at tick 0."""

    regions: tuple[Region, ...]

    @property
    def start_s(self) -> float:
        return self.regions[0].start_s

    @property
    def end_tick(self) -> int:
        return self.regions[-1].end_tick

    def tick_at(self, time_s: float) -> int:
        """The tick nearest to film time ``time_s``; not below 0, beyond the end at the last tempo."""
        index = max(0, bisect_right(self.regions, time_s + 1e-9, key=lambda region: region.start_s) - 1)
        region = self.regions[index]
        tick = region.tick_at(time_s)
        return max(0, min(tick, region.end_tick) if index + 1 < len(self.regions) else tick)

    def tempos(self) -> tuple[TempoEvent, ...]:
        """Tempo events with error feedback: the sum of whole microseconds follows film time to half a microsecond a
        step, so nothing adds up however long the film is. Equal neighbours are written once."""
        events: list[TempoEvent] = []
        played_us = Fraction(self.start_s) * 1_000_000
        for region in self.regions:
            tick = region.start_tick
            while tick < region.end_tick:
                after = min(tick + STEP, region.end_tick)
                wanted_us = Fraction(region.seconds_at(after)) * 1_000_000
                tempo = max(1, min(LONGEST_US, round((wanted_us - played_us) * PPQ / (after - tick))))
                played_us += Fraction(tempo * (after - tick), PPQ)
                if not events or events[-1].us_per_quarter != tempo:
                    events.append(TempoEvent(tick=tick, us_per_quarter=tempo))
                tick = after
        return tuple(events)

    def metres(self) -> tuple[MetreEvent, ...]:
        """Where the metre changes. A rest's last bar is as long as it must be; a metre written twice says that a bar
        starts anew there."""
        events: list[MetreEvent] = []
        for region in self.regions:
            fresh = True
            for start, numerator, denominator in _bars(region):
                last = events[-1] if events else None
                if fresh or last is None or (last.numerator, last.denominator) != (numerator, denominator):
                    events.append(MetreEvent(tick=start, numerator=numerator, denominator=denominator))
                fresh = False
        return tuple(events)


def _bars(region: Region) -> list[tuple[int, int, int]]:
    if region.cue is not None:
        bars = [(region.start_tick + int(bar.start_beats * PPQ), bar.numerator, bar.denominator)
                for bar in region.cue.bars]  # fmt: skip
        return [bar for bar in bars if bar[0] < region.end_tick]
    beats = (region.end_tick - region.start_tick) // PPQ
    whole, rest = divmod(beats, 4)
    found = [(region.start_tick, 4, 4)] if whole else []
    if rest:
        found.append((region.start_tick + whole * 4 * PPQ, rest, 4))
    return found


def _music(cue: CueTempo, start_tick: int, until_s: float | None) -> Region:
    clock = Clock(cue)
    end_tick = start_tick + round(cue.length_beats * PPQ)
    end_s = cue.seconds_at(cue.length_beats)
    if until_s is not None and until_s < end_s:
        end_s = until_s
        end_tick = min(end_tick, start_tick + max(1, round(PPQ * clock.beats_at(until_s))))
    return Region(start_tick=start_tick, end_tick=end_tick, start_s=cue.start_s, end_s=end_s, cue=cue, clock=clock)


def cue_grid(cue: CueTempo) -> Grid:
    """One cue alone: tick 0 is its start."""
    return Grid(regions=(_music(cue, 0, None),))


def film_grid(cues: tuple[CueTempo, ...], duration_s: float) -> Grid:
    """The whole film: tick 0 is the first picture (or the first cue's start, where that is earlier).

    A gap is whole quarter notes near GAP_BPM; a cue that overlaps the next gives way to its grid.
    """
    ordered = sorted((cue for cue in cues if cue.segments), key=lambda cue: cue.start_s)
    now_s = min([0.0, *(cue.start_s for cue in ordered[:1])])
    tick = 0
    regions: list[Region] = []

    def rest(until_s: float) -> None:
        nonlocal tick, now_s
        if until_s - now_s > _JOIN_S:
            beats = max(1, round((until_s - now_s) * GAP_BPM / 60))
            # One quarter lasts 16.7 s at most in a MIDI file; at GAP_BPM a rest never comes near that.
            end = tick + beats * PPQ
            regions.append(Region(start_tick=tick, end_tick=end, start_s=now_s, end_s=until_s, cue=None))
            tick, now_s = end, until_s

    for number, cue in enumerate(ordered):
        rest(cue.start_s)
        until = ordered[number + 1].start_s if number + 1 < len(ordered) else None
        if until is not None and until - cue.start_s < _JOIN_S:
            continue
        region = _music(cue, tick, until)
        regions.append(region)
        tick, now_s = region.end_tick, region.end_s
    rest(duration_s)
    if not regions:
        regions.append(Region(start_tick=0, end_tick=PPQ, start_s=0.0, end_s=max(0.5, duration_s), cue=None))
    return Grid(regions=tuple(regions))
