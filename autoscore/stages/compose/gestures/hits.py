"""Hits and transitions: which device marks a moment, and its strokes as lines in the group "hits" (craft guide 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from autoscore.stages.compose.gestures.mark import Mark, lack
from autoscore.stages.compose.gestures.strokes import KINDS, Blow
from autoscore.stages.compose.gestures.weigh import dry, largest
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Strike, Tone, chord_at
from autoscore.tables import read
from autoscore.tables.bands import IMMEDIATE, band_of

LOUD = 0.45
"""From this intensity on a hard hit needs a broad stroke to be told from the texture."""
LEAD_IN_SHARE = 0.45
"""Lead-ins take at most this share of the time since the hit before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stroke:
    """One stroke of a mark as written. ``bright``: sudden, and heard from the lows to the highs."""

    kind: str
    line: Line
    bright: bool


def recipe(name: str) -> dict[str, Any]:
    row: dict[str, Any] = read("transitions.toml").get(name, {})
    return row


def _lead_s(name: str) -> float:
    return max(
        (float(s.get("lead_s", 1.2 if s["kind"] == "peak" else 0.0)) for s in recipe(name).get("strokes", ())),
        default=0.0,
    )


def _askable(keys: tuple[str, ...], klass: str, seated: frozenset[str]) -> tuple[str, ...]:
    """Who of ``keys`` may mark a moment of this class: a soft one is for struck players of the cue itself."""
    return tuple(k for k in keys if k in seated and player(k).struck) if klass == "soft" and seated else keys


def _playable(setting: Setting, name: str, klass: str, seated: frozenset[str]) -> bool:
    """Has at least one stroke of the recipe a player in the palette? A hard hit needs an immediate one, a soft mark
    somebody who plays in the cue anyway."""
    kinds = IMMEDIATE if klass == "hard" else KINDS
    return any(
        s["kind"] in kinds and band_of(setting.cue).first(_askable(tuple(s["player"]), klass, seated))
        for s in recipe(name).get("strokes", ())
    )


def choose_device(
    setting: Setting, strike: Strike, used: tuple[str, ...], room_s: float, seated: frozenset[str] = frozenset()
) -> str:
    """The cue sheet's own device, else one the mood likes for this class: playable, with time to lead in, not the
    one just used, those used often less and less. ``used``: the devices before it, in order."""
    if strike.device != "auto" and recipe(strike.device):
        return strike.device
    row = setting.mood.devices
    wanted = {"hard": row.hard, "section": row.section}.get(strike.klass, row.soft)
    known = [d for d in wanted if recipe(d) and (d == "none" or _playable(setting, d, strike.klass, seated))]
    roomy = [d for d in known if _lead_s(d) <= room_s * LEAD_IN_SHARE] or [d for d in known if _lead_s(d) == 0.0]
    last = next((d for d in reversed(used) if d != "none"), "")
    fresh = [d for d in roomy if d != last] or roomy
    if not fresh:
        return "audible" if strike.klass == "hard" else "none"
    rng = setting.random("device", strike.id)
    # The mood's list is in order of liking.
    weights = [1.0 / ((2 + i) * (1 + used.count(d)) ** 1.5) for i, d in enumerate(fresh)]
    return rng.choices(fresh, weights=weights)[0]


def _strokes(
    setting: Setting,
    strike: Strike,
    name: str,
    chord: Chord,
    before: Chord,
    force: float,
    anybody: bool,
    seated: frozenset[str] = frozenset(),
) -> list[_Stroke]:
    found: list[_Stroke] = []
    used: set[tuple[str, int]] = set()
    for row in recipe(name).get("strokes", ()):
        if row.get("optional") and force < 0.5:
            continue
        keys = _askable(tuple(row["player"]), strike.klass, seated)
        sit = frozenset(k for k in seated if strike.klass != "hard" or player(k).family != "drums")
        key = band_of(setting.cue).first(("any", *keys) if anybody else keys, sit)
        if key is None:
            continue
        blow = Blow(row=row, who=player(key), strike=strike, chord=chord, before=before, force=force)
        tones = KINDS[row["kind"]](setting, blow)
        tones = [t for t in tones if (key, t.pitch) not in used or row["kind"] not in IMMEDIATE]
        if row["kind"] in IMMEDIATE:
            used.update((key, t.pitch) for t in tones)
        if tones:
            line = _line(row, name, tones, key)
            if strike.klass != "hard" and key in seated and player(key).struck and player(key).family != "drums":
                line = replace(line, role="colour", name="mark")
            found.append(_Stroke(kind=row["kind"], line=line, bright=bool(row.get("bright"))))
    return found


def _line(row: dict[str, Any], name: str, tones: list[Tone], key: str) -> Line:
    fall = float(row.get("semitones", 0.0)) if row["kind"] == "bend" else 0.0
    return Line(role="hit", name=name, tones=tuple(tones), instrument=key, fall_semitones=fall)


def _heard(
    setting: Setting, strike: Strike, chord: Chord, before: Chord, force: float, strokes: list[_Stroke]
) -> list[_Stroke]:
    """What a hard hit lacks to be heard on its moment: two dry strokes, one of them bright; in a loud place two."""
    have = {(s.line.instrument, t.pitch) for s in strokes for t in s.line.tones}
    struck = [s for s in strokes if s.kind in IMMEDIATE and player(s.line.instrument).struck]
    wanted = ["audible"] if len(struck) < 2 else []
    if not any(s.bright for s in struck):
        wanted.append("bright")
    if setting.intensity(strike.at_beats) >= LOUD:
        wanted.append("sharp")
    found: list[_Stroke] = []
    for name in wanted:
        extra = _strokes(setting, strike, name, chord, before, force, anybody=False)
        if not extra and not (struck and name == "sharp"):
            extra = _strokes(setting, strike, name, chord, before, force, anybody=True)
        for stroke in extra:
            keys = {(stroke.line.instrument, t.pitch) for t in stroke.line.tones}
            if not keys & have:
                have |= keys
                found.append(stroke)
    return found


def mark(
    setting: Setting,
    strike: Strike,
    chords: tuple[Chord, ...],
    used: tuple[str, ...],
    room_s: float,
    seated: frozenset[str] = frozenset(),
) -> Mark:
    """How ``strike`` is written. A hard hit always gets a dry, immediate stroke on its moment; what is no hard hit is
    left to players who sit there anyway, in parts of their own."""
    name = choose_device(setting, strike, used, room_s, seated)
    chord = chord_at(chords, strike.at_beats)
    before = chord_at(chords, max(Fraction(0), strike.at_beats - Fraction(1, 24)))
    hard = strike.klass == "hard"
    # A hit in a loud place is a loud hit, whatever it weighs.
    force = max(strike.weight, setting.intensity(strike.at_beats)) if hard else 0.35 * strike.weight
    strokes = _strokes(setting, strike, name, chord, before, force, False, seated)
    if room_s < 1.0:
        strokes = [s for s in strokes if s.kind in (*IMMEDIATE, "peak")]
    if hard:
        strokes += _heard(setting, strike, chord, before, force, strokes)
    spoken = strike.klass == "soft" and setting.spoken(strike.at_beats)
    if spoken:
        name, strokes = "none", []
    row = recipe(name)
    return Mark(
        strike=strike,
        device=name,
        lines=tuple(s.line for s in strokes),
        lack="somebody is speaking" if spoken else lack(setting.cue, strike, name, seated),
        pause_beats=_pause(setting, strike, row) if hard else Fraction(0),
        still_beats=setting.beats_for(row["still_s"], strike.at_beats) if "still_s" in row else Fraction(0),
        tutti=bool(row.get("tutti")) and hard,
    )


def _pause(setting: Setting, strike: Strike, row: dict[str, Any]) -> Fraction:
    """Silence of a recipe before the hit, in beats: the longer of its beats and its seconds."""
    seconds = float(row.get("pause_s", 0.0))
    timed = setting.beats_for(seconds, strike.at_beats) if seconds else Fraction(0)
    return max(Fraction(int(row.get("pause_beats", 0))), timed)


def _openings(setting: Setting, phrases: tuple[Phrase, ...], taken: list[Fraction]) -> list[Strike]:
    """Phrase starts that deserve a transition of their own: into a climax, or a clear rise of intensity."""
    row = read("form.toml")["openings"]
    found = []
    for before, phrase in pairwise(phrases):
        rises = phrase.intensity - before.intensity >= row["rise"]
        free = all(abs(b - phrase.start_beats) >= row["apart_beats"] for b in taken)
        if free and (rises or phrase.function == "climax"):
            found.append(
                Strike(
                    id=f"opening{phrase.index}",
                    at_beats=phrase.start_beats,
                    klass="section",
                    weight=row["weight"],
                    device="auto",
                    time_s=setting.tempo.seconds_at(phrase.start_beats),
                )
            )
    return found


def mark_all(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    chords: tuple[Chord, ...],
    stop: Fraction,
    seated: frozenset[str] = frozenset(),
) -> tuple[Mark, ...]:
    """Every hit of the cue and every phrase that deserves an entrance, in order of time.

    Args:
        seated: the cue's players.
    """
    hard = [s.at_beats for s in setting.hard]
    soft = [
        s
        for s in setting.strikes
        if s.klass == "hard" or (all(abs(s.at_beats - h) >= 1 for h in hard) and s.at_beats < stop)
    ]
    openings = [s for s in _openings(setting, phrases, [s.at_beats for s in soft]) if s.at_beats < stop]
    used: tuple[str, ...] = ()
    last_s = setting.cue.start_s
    marks: list[Mark] = []
    for strike in sorted([*soft, *openings], key=lambda s: (s.at_beats, s.id)):
        found = mark(setting, strike, chords, used, strike.time_s - last_s, seated)
        marks.append(found)
        used = (*used, found.device)
        if strike.klass != "soft":
            last_s = strike.time_s
    return largest(setting, dry(setting, tuple(marks)))
