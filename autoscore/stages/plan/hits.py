"""Which hit points a cue marks, how strongly, and with what (craft guide 1.5-1.7)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from autoscore.model.cues import CueHit, InType, OutType
from autoscore.model.spotting import HitClass, HitPoint, Spotting
from autoscore.model.time import Span
from autoscore.tables import mood, read
from autoscore.tables.bands import Band

TOO_LATE = "too close to the end: the last chord is ringing"
_SAME_S = 0.3
"""Two hits closer than this are one moment: the heavier stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Film times between which a cue may have a hard attack, and how far apart they must be, seconds."""

    first_s: float
    last_s: float
    spacing_s: float
    settle_s: float = 1.0
    """So long after its start a cue is not struck: it has only just begun, or is still sneaking in."""


def limits(span: Span, tempo_bpm: float, in_type: InType, out_type: OutType, film_end_s: float) -> Limits:
    """Craft guide 1.5 (spacing) and 8.6 (last attack: well before the end of the film, a button just before it)."""
    rules = read("planning.toml")["hits"]
    spacing_s = max(rules["spacing_s"], rules["spacing_beats"] * 60.0 / tempo_bpm)
    tail_s = rules["button_s"] if out_type in ("button", "stop") else rules["last_attack_s"]
    ends_film = span.end_s > film_end_s - rules["last_attack_s"]
    last_s = min(span.end_s - (0.3 if not ends_film else 0.0), film_end_s - tail_s)
    settle_s = rules["sneak_settle_s"] if in_type == "sneak" else min(1.0, spacing_s)
    return Limits(first_s=span.start_s, last_s=max(span.start_s, last_s), spacing_s=spacing_s, settle_s=float(settle_s))


def hard_per_min(mood_name: str, spotting: Spotting) -> float:
    """At most so many hard hits a minute: the mood's number, more in trailers (craft guide 1.5)."""
    usual = mood(mood_name).spotting.hard_hits_per_min
    return max(usual, float(read("planning.toml")["trailer"]["hard_hits_per_min"])) if is_trailer(spotting) else usual


def is_trailer(spotting: Spotting) -> bool:
    """A short film of short shots."""
    rules = read("planning.toml")["trailer"]
    return spotting.duration_s <= float(rules["longest_s"]) and 0 < spotting.mean_shot_s <= float(rules["shot_s"])


def sort_hits(
    points: list[HitPoint], span: Span, hard_per_min: float, bounds: Limits, taken: Sequence[CueHit] = ()
) -> tuple[list[tuple[HitPoint, str]], list[tuple[HitPoint, str]]]:
    """(kept with their reasons, ignored with theirs): hard ones by weight within rate and spacing, the surplus soft.

    ``taken`` are hits that a person set: they are there whatever the rules say, and the others give way to them.
    """
    rules = read("planning.toml")["hits"]
    minutes = max(span.duration_s / 60.0, 1e-9)
    most_hard = max(2, round(hard_per_min * minutes))
    most_soft = max(2, round(rules["soft_per_min"] * minutes))
    kept: list[tuple[HitPoint, str]] = []
    ignored: list[tuple[HitPoint, str]] = []
    hard_s = [hit.time_s for hit in taken if hit.klass == "hard"]
    section_s = [hit.time_s for hit in taken if hit.klass == "section"]
    soft: list[tuple[HitPoint, str]] = []
    for point in sorted(points, key=lambda p: (-p.weight, p.time_s)):
        if point.klass == "ignored":
            ignored.append((point, point.reason))
            continue
        if any(abs(point.time_s - hit.time_s) < _SAME_S for hit in taken):
            ignored.append((point, _also(point.reason, "you set a hit here")))
        elif any(abs(point.time_s - other.time_s) < _SAME_S for other, _ in kept):
            ignored.append((point, _also(point.reason, "a heavier hit is there already")))
        elif point.time_s > bounds.last_s + 1e-6:
            ignored.append((point, _also(point.reason, TOO_LATE)))
        elif point.klass == "hard":
            why = _refusal(point, hard_s, bounds, most_hard)
            if why:
                soft.append((replace(point, klass="soft"), _also(point.reason, why)))
            else:
                hard_s.append(point.time_s)
                kept.append((point, point.reason))
        elif point.klass == "section":
            if any(abs(point.time_s - t) < rules["section_spacing_s"] for t in section_s):
                soft.append((replace(point, klass="soft"), _also(point.reason, "another section change is near")))
            else:
                section_s.append(point.time_s)
                kept.append((point, point.reason))
        else:
            soft.append((point, point.reason))
    count, struck = 0, [hit.time_s for hit in taken if hit.klass != "ignored"]
    for point, why in soft:
        near = any(abs(point.time_s - time_s) < 1.0 for time_s in [*(p.time_s for p, _ in kept), *struck])
        if near or count >= most_soft:
            reason = "a heavier hit is near" if near else "this cue has enough soft hits"
            ignored.append((replace(point, klass="ignored"), _also(why, reason)))
        else:
            count += 1
            kept.append((point, why))
    return sorted(kept, key=lambda k: (k[0].time_s, k[0].id)), sorted(ignored, key=lambda k: (k[0].time_s, k[0].id))


def _refusal(point: HitPoint, hard_s: list[float], bounds: Limits, most: int) -> str:
    if len(hard_s) >= most:
        return "soft, because this cue has enough hard hits"
    # The start of the cue is a downbeat already; what follows at once would crowd it.
    if 1e-6 < point.time_s - bounds.first_s < bounds.settle_s:
        return "soft, because the cue has only just begun"
    if any(abs(point.time_s - t) < bounds.spacing_s - 1e-6 for t in hard_s):
        return "soft, because a heavier hard hit is near"
    return ""


def _also(reason: str, more: str) -> str:
    return f"{reason}; {more}" if reason else more


def cue_hits(
    kept: list[tuple[HitPoint, str]], cue_id: str, start_s: float, mood_name: str, band: Band, rng: random.Random
) -> tuple[CueHit, ...]:
    """Kept hits with their devices, never the same one twice running."""
    named = tuple(
        CueHit(
            id=f"{cue_id}-{n:02d}",
            frame=point.frame,
            time_s=point.time_s,
            klass=point.klass,
            weight=round(point.weight, 2),
            reason=why,
        )
        for n, (point, why) in enumerate(kept, start=1)
    )
    return with_devices(named, start_s, mood_name, band, rng)


def with_devices(
    hits: tuple[CueHit, ...],
    start_s: float,
    mood_name: str,
    band: Band,
    rng: random.Random,
    only: frozenset[str] | None = None,
) -> tuple[CueHit, ...]:
    """``hits`` with a device each (``only``: just those ids) that ``band`` can play; time for its run-up is kept.

    The mood's devices in order of liking, then those that suit any mood of its energy. A device that has been used
    often gives way to others; heavy hits get heavy strokes, and light ones light. Where the band can play none of
    them it is "auto": who is there then makes the best of it.
    """
    rules = read("planning.toml")
    lead_s: dict[str, float] = rules["device_lead_s"]
    heavy: dict[str, float] = rules["device_weight"]
    lists = _palettes(mood_name, band)
    strong = [d for d in rules["spare_devices"]["strong"]["hard"] if band.plays(d, "hard")]
    chosen: list[CueHit] = []
    for before, hit in pairwise((None, *hits)):
        assert hit is not None
        if hit.klass == "ignored" or (only is not None and hit.id not in only):
            chosen.append(hit)
            continue
        if not lists[hit.klass]:
            chosen.append(replace(hit, device="auto"))
            continue
        room_s = hit.time_s - (before.time_s if before else start_s)
        last = next((h.device for h in reversed(chosen) if h.device != "none"), "")
        last_hard = next((h.device for h in reversed(chosen) if h.klass == "hard"), "") if hit.klass == "hard" else ""
        ready = [d for d in lists[hit.klass] if lead_s.get(d, 0.0) <= room_s and (d != last or d == "none")]
        fit = [d for d in ready if d != last_hard] or ready
        fit = fit or [d for d in lists[hit.klass] if d != last] or list(lists[hit.klass])
        if hit.klass == "soft" and hit.weight >= 0.5:
            fit = [d for d in fit if d != "none"] or fit
        if hit.klass == "hard":
            strokes = [d for d in strong if d != last]
            in_time = [d for d in strokes if lead_s.get(d, 0.0) <= room_s]
            # Rather a stroke from outside the mood than one that is far too light or too heavy.
            near = ([d for d in some if abs(heavy.get(d, 0.5) - hit.weight) <= 0.35] for some in (fit, ready, in_time))
            fit = next((some for some in near if some), fit)
        used = [sum(h.device == d and h.klass == hit.klass for h in chosen) for d in fit]
        chosen.append(replace(hit, device=rng.choices(fit, [_liking(n, uses) for n, uses in enumerate(used)])[0]))
    return tuple(chosen)


def names(cue_id: str) -> Iterator[str]:
    """Ids for the hits of a cue, in order."""
    return (f"{cue_id}-{number:02d}" for number in range(1, 10**6))


def _liking(place: int, uses: int) -> float:
    """Weight of the device at ``place`` of a list that has been used ``uses`` times."""
    return 1.0 / (1.0 + 0.4 * place) / (1.0 + uses) ** 2


def _palettes(mood_name: str, band: Band) -> dict[HitClass, list[str]]:
    """Devices for each class of hit, in order of liking: the mood's own, then the general ones of its energy; those
    that ``band`` can play."""
    row, spare = mood(mood_name), read("planning.toml")["spare_devices"]
    energy = "strong" if row.arousal >= spare["strong_from"] else "gentle"
    own: dict[HitClass, tuple[str, ...]] = {
        "hard": row.devices.hard, "section": row.devices.section, "soft": row.devices.soft,
    }  # fmt: skip
    return {
        klass: [d for d in dict.fromkeys((*names, *spare[energy].get(klass, ()))) if band.plays(d, klass)]
        for klass, names in own.items()
    }
