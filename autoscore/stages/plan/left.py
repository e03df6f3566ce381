"""Hit points that no cue marks, with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from autoscore.model.cues import NO_MUSIC, Cue, CueHit
from autoscore.model.spotting import Spotting


def left_out(spotting: Spotting, cues: Sequence[Cue], refused: dict[str, str]) -> tuple[CueHit, ...]:
    """Every hit point that no cue marks, with the reason; ``refused``: hit point id -> why its cue does not."""
    left: list[CueHit] = []
    for point in spotting.hits:
        covered = any(c.start_s - 1e-6 <= point.time_s < c.end_s - 1e-6 for c in cues)
        if covered and point.id not in refused:
            continue
        reason = refused.get(point.id, point.reason if point.klass == "ignored" else f"{point.reason}; {NO_MUSIC}")
        left.append(
            CueHit(
                id=point.id,
                frame=point.frame,
                time_s=point.time_s,
                klass="ignored",
                weight=round(point.weight, 2),
                device="none",
                reason=reason,
            )
        )
    return tuple(left)
