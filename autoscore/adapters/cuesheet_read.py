"""Reading the cue sheet: strict, each fault with its line, its field, what is wrong and what to do."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from itertools import pairwise
from typing import Any

from autoscore.adapters.cuesheet_cue import CueReader
from autoscore.adapters.cuesheet_hit import covered, deleted
from autoscore.adapters.cuesheet_lines import FILE, OUTSIDE, Lines, fail, meant
from autoscore.errors import CueSheetError
from autoscore.model.brief import MOST_TAKES
from autoscore.model.cues import Cue, CuePlan
from autoscore.model.time import timecode
from autoscore.tables import mood_names
from autoscore.tables.keys import parse_key
from autoscore.tables.palettes import palette_names

_TOP = ("film", "cue", "not_marked")
_FACTS = {
    "name": "the film is what it is",
    "duration": "the film is as long as it is",
    "rate": "the film's rate is what it is",
    "seed": "use --seed instead",
    "themes": "the plan decides how many themes there are",
    "advice": "advice is for reading",
    "own_theme": "use --theme instead",
    "quality": "use --quality instead",
}
_FOR_READING = ("advice", "quality")
_PASSED = f"{OUTSIDE} and passed over; [not_marked] lists them."
_CHOICES = ("home_mood", "home_key", "palette", "identity", "take")


def load(text: str, base: CuePlan) -> CuePlan:
    """The plan that the sheet ``text`` describes; ``base``, the plan it was written from, fills what it leaves out.

    Raises:
        CueSheetError: the sheet cannot be read or contradicts itself; the message names line and field.
    """
    try:
        sheet = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(error) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets in thousands
        raise CueSheetError(
            f"{FILE} cannot be read: {_absurd(error)}", "Mend it, or delete the file to plan anew."
        ) from None
    lines = Lines(text)
    for name in sheet:
        if name not in _TOP:
            where = lines.field(0, name) or lines.table(name)
            fail(where, name, "is not a part of a cue sheet", meant(name, _TOP))
    film = sheet.get("film", {})
    if not isinstance(film, dict):
        fail(1, "film", "must be a table", "write [film] on a line of its own")
    tables = sheet.get("cue", [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        fail(lines.table("cue"), "cue", "must be a list of tables", "write [[cue]] with two brackets")
    plan = _film(film, base, lines)
    _check_passed(sheet.get("not_marked", {}), lines)
    readers = [CueReader(table, n, lines, plan, base) for n, table in enumerate(tables)]
    cues = [reader.cue() for reader in readers]
    _check_together(cues, lines)
    marked = {hit.id for cue in cues for hit in cue.hits}
    passed = {hit.id: hit for reader in readers for hit in reader.passed if hit.id not in marked}
    left = (*(hit for hit in base.ignored_hits if hit.id not in marked | passed.keys()), *passed.values())
    plan = replace(plan, cues=tuple(sorted(cues, key=lambda cue: cue.start_s)), ignored_hits=left)
    left = tuple(sorted((*left, *deleted(base, plan)), key=lambda hit: (hit.time_s, hit.id)))
    plan = covered(replace(plan, ignored_hits=left))
    return replace(plan, advice=_advice(plan))


def _advice(plan: CuePlan) -> tuple[str, ...]:
    """The plan's advice, with what is now to be said about hits that fell out of their cues."""
    kept = tuple(said for said in plan.advice if not said.endswith(_PASSED))
    count = sum(hit.reason.endswith(OUTSIDE) for hit in plan.ignored_hits)
    return (*kept, f"{count} planned hit{'s are' if count > 1 else ' is'} {_PASSED}") if count else kept


def _syntax(error: tomllib.TOMLDecodeError) -> CueSheetError:
    match = re.search(r"^(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
    what = match.group(1) if match else str(error)
    where = f"line {match.group(2)}, column {match.group(3)}" if match and match.group(2) else "at its end"
    hint = 'Put text in quotation marks, like mood = "tense"' if what == "Invalid value" else "Mend that line"
    return CueSheetError(f"{FILE}, {where}: not valid TOML: {what}", f"{hint}, or delete the file to plan anew.")


def _absurd(error: Exception) -> str:
    return "brackets are nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"


def _film(film: dict[str, Any], base: CuePlan, lines: Lines) -> CuePlan:
    start = lines.table("film")
    facts = {
        "name": base.film,
        "duration": timecode(base.duration_s, base.rate),
        "rate": str(base.rate),
        "seed": base.seed,
        "themes": list(base.themes),
        "advice": list(base.advice),
        "own_theme": base.own_theme.title if base.own_theme else None,
    }
    for key, value in film.items():
        line = lines.field(start, key)
        if key not in (*_FACTS, *_CHOICES):
            fail(line, f"film.{key}", "is not known", meant(key, (*_FACTS, *_CHOICES)))
        if key in facts and key not in _FOR_READING and value != facts[key]:
            fail(line, f"film.{key}", f"cannot be changed here (it is {facts[key]!r})", _FACTS[key])
    home_mood = film.get("home_mood", base.home_mood)
    if home_mood not in mood_names():
        where = lines.field(start, "home_mood")
        fail(where, "film.home_mood", f"there is no mood {home_mood!r}", meant(home_mood, mood_names()))
    palette = film.get("palette", base.palette)
    known = (*((base.own_palette.name,) if base.own_palette else ()), *palette_names())
    if palette not in known:
        fail(lines.field(start, "palette"), "film.palette", f"there is no palette {palette!r}", meant(palette, known))
    home_key = film.get("home_key", base.home_key)
    try:
        home_key = home_key if home_key == base.home_key else str(parse_key(str(home_key)))
    except ValueError as error:
        fail(lines.field(start, "home_key"), "film.home_key", str(error), 'a key is written like "D minor"')
    identity = film.get("identity", base.identity)
    if identity != base.identity and (not isinstance(identity, str) or not identity.strip()):
        fail(lines.field(start, "identity"), "film.identity", f"must be a word, not {identity!r}", "put it in quotes")
    take = film.get("take")
    if "take" in film and (isinstance(take, bool) or not isinstance(take, int) or not 1 <= take <= MOST_TAKES):
        wrong = f"must be a whole number from 1 to {MOST_TAKES}, not {take!r}"
        fail(lines.field(start, "take"), "film.take", wrong, "`autoscore takes` lists those that were composed")
    return replace(base, home_mood=home_mood, home_key=home_key, palette=palette, identity=identity, take=take)


def _check_passed(table: Any, lines: Lines) -> None:
    """A person who gives a class to a line of [not_marked] wants it marked, which needs a cue to be marked in."""
    rows = table.get("hits", []) if isinstance(table, dict) else []
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, dict) and row.get("class", "ignored") != "ignored":
            where = lines.row(lines.table("not_marked"), "hits", number)
            fail(where, "not_marked.hits", "lists what is not marked", "move the line into the hits of the cue there")


def _check_together(cues: list[Cue], lines: Lines) -> None:
    seen: dict[str, int] = {}
    for number, cue in enumerate(cues):
        if cue.id in seen:
            where = lines.field(lines.cue(number), "id")
            fail(where, "cue.id", f"{cue.id!r} is there twice", "give each cue its own id, like 1M7")
        seen[cue.id] = number
    order = sorted(cues, key=lambda cue: (cue.start_s, cue.end_s))
    for before, after in pairwise(order):
        if after.start_s < before.end_s - 1e-6:
            where = lines.field(lines.cue(seen[after.id]), "in")
            text = f"{after.id} starts before {before.id} has ended"
            fail(where, "cue.in", text, f"let {before.id} end earlier or {after.id} start later")
    hits: dict[str, str] = {}
    for cue in cues:
        for number, hit in enumerate(cue.hits):
            if hit.id in hits:
                where = lines.row(lines.cue(seen[cue.id]), "hits", number)
                fail(where, "hits.id", f"{hit.id!r} is there twice ({hits[hit.id]} has it)", "give each hit its own id")
            hits[hit.id] = cue.id
