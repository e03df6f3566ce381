"""The table of checks, and ``examine``: every check over one cue."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from autoscore.model.cues import Cue
from autoscore.model.score import CueScore, Theme
from autoscore.model.tempo import CueTempo
from autoscore.stages.compose.check import (
    counterpoint,
    form,
    melody,
    pace,
    parts,
    performance,
    progress,
    texture,
    thematic,
)
from autoscore.stages.compose.check.finding import Check, Finding
from autoscore.stages.compose.check.hearing import Hearing, listen
from autoscore.tables import Mood, read

MEASURES = (
    performance.machine_gun,
    performance.velocity_spread,
    performance.velocity_values,
    performance.velocity_memory,
    performance.dead_long_notes,
    performance.coarse_expression,
    performance.timing_spread,
    performance.timing_memory,
    performance.ensemble_spread,
    performance.ensemble_worst,
    performance.hit_spread,
    form.repeated_bars,
    form.longest_copy,
    thematic.theme_share,
    form.turning_rate,
    form.turning_with_form,
    melody.summits,
    texture.mud,
    texture.block_chords,
    counterpoint.parallels,
    counterpoint.inner_step,
    counterpoint.inner_leaps,
    counterpoint.loose_notes,
    counterpoint.clashes,
    counterpoint.foreign_part,
    counterpoint.resolutions,
    progress.cycle_plays,
    progress.distinct_chords,
    progress.key_clarity,
    melody.rest_share,
    melody.longest_breath,
    melody.longest_hold,
    melody.phrase_ends,
    melody.turns,
    melody.wide_leaps,
    parts.out_of_range,
    parts.strained,
    parts.chords_on_solo,
    parts.too_fast,
    form.layers_follow,
    form.density_follows,
    form.layers_vary,
    form.tutti_share,
    form.thin_passages,
    form.lead_held,
    parts.missed_hits,
    parts.crowded_hits,
    pace.tempo_step,
    pace.tempo_deviation,
    pace.irregular_bars,
    parts.past_the_end,
)
"""Every measure, by the number of its fault; its name is its row in tables/taste.toml."""


@cache
def checks() -> tuple[Check, ...]:
    """All checks with their limits: tables/taste.toml."""
    rows = read("taste.toml")["checks"]
    return tuple(_check(measure, rows[measure.__name__]) for measure in MEASURES)


def _check(measure: Callable[[Hearing], float | None], row: dict[str, Any]) -> Check:
    low, high = row.get("low"), row.get("high")
    return Check(
        number=int(row["fault"]),
        name=measure.__name__,
        measure=measure,
        low=low,
        high=high,
        guide=(row.get("guide_low", low), row.get("guide_high", high)),
        unit=row.get("unit", ""),
        source=row["source"],
    )


def limits(check: Check, mood: Mood, guide: bool = False) -> tuple[float | None, float | None]:
    """Low and high limit of ``check`` in a mood: the mood's own row of taste.toml, else its harmonic style's, else the
    check's, or the craft guide's own where ``guide``; (None, None) where the mood is free of it."""
    table = read("taste.toml")
    own = table.get("moods", {}).get(mood.name, {}).get(check.name)
    row = own if own is not None else table.get("styles", {}).get(mood.harmony.style, {}).get(check.name, {})
    if row.get("free"):
        return None, None
    low, high = check.guide if guide else (check.low, check.high)
    return row.get("low", low), row.get("high", high)


def examine_hearing(hearing: Hearing) -> tuple[Finding, ...]:
    """Every check over one hearing, in the order of the table."""
    return tuple(c.judge(c.measure(hearing), limits(c, hearing.mood)) for c in checks())


def examine(cue: Cue, tempo: CueTempo, score: CueScore, themes: tuple[Theme, ...] = ()) -> tuple[Finding, ...]:
    """Every finding of one cue, in the order of the table; ``passed`` is None where a check does not apply.

    Args:
        cue: what was wanted. tempo: its bars. score: what was written. themes: the film's theme book.

    Raises:
        KeyError: the cue's mood, or a part's instrument, is in no table.
    """
    return examine_hearing(listen(cue, tempo, score, themes))
