"""Writing the cue sheet; in a sheet that is there already, only what changed, so that a person's comments stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from fractions import Fraction

import tomlkit
from tomlkit.items import AoT, Array, Item, Table

from autoscore.model.cues import Cue, CueHit, CuePlan
from autoscore.model.time import timecode

_HEADER = """\
# autoscore cue sheet, format CueSheet.1
#
# Change anything below, save, and run autoscore again: only the cues you changed are composed and rendered anew.
# Times are timecodes HH:MM:SS:FF from the first frame of the picture (or HH:MM:SS.mmm). The seconds beside them are
# for reading only. A line you delete means "as it was"
# (featured, without: nobody; muted: no; take: the film's). Your own comments are kept.
#
#   in, out      where the music starts and stops; cues must not overlap
#   in_type      hard | sneak | overlap            out_type   button | ring | fade | stop | segue
#   mood         "autoscore moods" lists them; key, tempo, metre, palette, ending and devices follow, but for what you
#                set yourself or asked for; a theme of your own keeps its third (major or minor) and its metre
#   key          tonic and mode, like "D minor", "F# lydian"
#   tempo_bpm    a wish: hits decide the last few percent
#   treatment    of the theme: none | fragment | partial | full | altered | climax | echo
#   dynamics     [time, intensity]: 0 = almost nothing, 1 = everybody
#   sections     where the music should turn a page
#   hits         class hard (exactly on the frame) | section | soft | ignored; weight 0..1 decides when two compete
#   featured     instruments you want to hear; without: instruments or groups that must not play
#   seed         another number gives other music over the same themes
#   take         this cue as it is in another take, "autoscore takes" lists them; in [film]: the whole film
#   identity     in [film]: films with the same word and seed share their themes
#   muted        true leaves the cue out of the mix
#
# You may add a [[cue]] (id, in and out are enough: the rest is filled in from the picture) or delete one. A cue whose
# in or out you move follows its new place, but for what you set yourself. [not_marked] lists what the music passes by:
# copy a line into a cue's hits to have it marked. [film] belongs to the whole film: a change there changes the themes,
# and so every cue; mood, key and palette of a cue stay as they stand in its own lines.
# [cue.why] gives the reasons; write your own there if you like. "when it was planned": so then, before your changes.
"""
_DRAFT = '"draft"  # hits as key frames show them; with --keep those that you did not touch follow the final'
_SECONDS = re.compile(r"^# -?\d+\.\d{2} s$")
_ITEM_ID = re.compile(r'id\s*=\s*"([^"]*)"')


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _texts(values: Iterable[str]) -> str:
    return "[" + ", ".join(_text(v) for v in values) + "]"


def _lines(items: list[str]) -> str:
    return "[\n" + "".join(f"  {item},\n" for item in items) + "]" if items else "[]"


def _hit(hit: CueHit, rate: Fraction) -> str:
    return (
        f"{{ id = {_text(hit.id)}, at = {_text(timecode(hit.time_s, rate))}, class = {_text(hit.klass)}, "
        f"device = {_text(hit.device)}, weight = {_number(hit.weight)}, reason = {_text(hit.reason)} }}"
    )


def _cue(cue: Cue, rate: Fraction) -> str:
    points = [f"[{_text(timecode(p.time_s, rate))}, {_number(p.intensity)}]" for p in cue.dynamics]
    rows = [
        ("id", _text(cue.id)),
        ("title", _text(cue.title)),
        ("in", f"{_text(timecode(cue.start_s, rate))}  # {cue.start_s:.2f} s"),
        ("out", f"{_text(timecode(cue.end_s, rate))}  # {cue.end_s:.2f} s"),
        ("in_type", _text(cue.in_type)),
        ("out_type", _text(cue.out_type)),
        ("mood", _text(cue.mood)),
        ("key", _text(cue.key)),
        ("tempo_bpm", _number(cue.tempo_bpm)),
        ("metre", _text(cue.metre)),
        ("palette", _text(cue.palette)),
        ("theme", _text(cue.theme.theme)),
        ("treatment", _text(cue.theme.treatment)),
        ("seed", str(cue.seed)),
    ]
    rows += [("take", str(cue.take))] if cue.take else []
    rows += [("featured", _texts(cue.featured))] if cue.featured else []
    rows += [("without", _texts(cue.without))] if cue.without else []
    rows += [("muted", "true")] if cue.muted else []
    rows += [
        ("dynamics", _lines(points)),
        ("sections", _texts(timecode(t, rate) for t in cue.sections_s)),
        ("hits", _lines([_hit(hit, rate) for hit in cue.hits])),
    ]
    body = "".join(f"{key} = {value}\n" for key, value in rows)
    why = "".join(f"{_text(key)} = {_text(cue.reasons[key])}\n" for key in cue.reasons)
    why = re.sub(r'^"([A-Za-z0-9_-]+)" = ', r"\1 = ", why, flags=re.MULTILINE)
    return f"[[cue]]\n{body}\n[cue.why]\n{why}"


def _fresh(plan: CuePlan) -> str:
    """The whole sheet as it looks when there was none."""
    rate = plan.rate
    film = [
        ("name", _text(plan.film)),
        ("duration", f"{_text(timecode(plan.duration_s, rate))}  # {plan.duration_s:.2f} s"),
        ("rate", _text(str(plan.rate))),
        ("seed", str(plan.seed)),
        ("identity", _text(plan.identity)),
        ("home_mood", _text(plan.home_mood)),
        ("home_key", _text(plan.home_key)),
        ("palette", _text(plan.palette)),
        ("themes", _texts(plan.themes)),
    ]
    film += [("own_theme", _text(plan.own_theme.title))] if plan.own_theme else []
    film += [("quality", _DRAFT)] if plan.draft else []
    film += [("take", str(plan.take))] if plan.take else []
    film += [("advice", _lines([_text(line) for line in plan.advice]))] if plan.advice else []
    parts = [_HEADER, "[film]\n" + "".join(f"{key} = {value}\n" for key, value in film)]
    parts += [_cue(cue, rate) for cue in plan.cues]
    if plan.ignored_hits:
        parts.append(f"[not_marked]\nhits = {_lines([_hit(hit, rate) for hit in plan.ignored_hits])}\n")
    return "\n".join(parts)


def dump(plan: CuePlan, previous_text: str | None) -> str:
    """The sheet of ``plan``. In ``previous_text`` (a sheet that can be read) only values that differ are rewritten.

    Comments survive on their lines, above keys and above hits; those of cues that are gone go with them.
    """
    fresh = _fresh(plan)
    if previous_text is None:
        return fresh
    old, new = tomlkit.parse(previous_text), tomlkit.parse(fresh)
    old_cues, new_cues = _cues(old), _cues(new)
    ids = [str(table.get("id")) for table in old_cues]
    if ids != [str(table["id"]) for table in new_cues]:
        return _rebuilt(fresh, old_cues)
    for name in ("film", "not_marked"):
        was, item = old.get(name), new.get(name)
        if isinstance(was, Table) and isinstance(item, Table):
            _merge(was, item)
            continue
        if was is not None:  # nothing to say any more, or written on one line
            old.remove(name)
        if item is not None:
            old.append(name, item)
    for before, after in zip(old_cues, new_cues, strict=True):
        _merge(before, after)
    return tomlkit.dumps(old)


def _cues(document: tomlkit.TOMLDocument) -> list[Table]:
    """The cues that are written as tables, not on one line."""
    cues = document.get("cue")
    return [table for table in cues.body if isinstance(table, Table)] if isinstance(cues, AoT) else []


def _rebuilt(fresh: str, old_cues: list[Table]) -> str:
    """A fresh sheet that takes over the old tables of the cues that are still there, with the comments in them."""
    document = tomlkit.parse(fresh)
    old = {str(table.get("id")): table for table in old_cues}
    for table in _cues(document):
        before = old.get(str(table["id"]))
        if before is not None:
            _carry_comments(before, table)
    return tomlkit.dumps(document)


def _entries(table: Table) -> dict[str, Item]:
    """Keys and their items with comments (a table gives its truth values bare when asked by key)."""
    items = ((key, table.value.item(key)) for key in table)
    return {key: item for key, item in items if isinstance(item, Item)}


def _carry_comments(before: Table, after: Table) -> None:
    old = _entries(before)
    for key, item in _entries(after).items():
        was = old.get(key)
        if isinstance(item, Table) and isinstance(was, Table):
            _carry_comments(was, item)
        elif was is not None:
            comment = was.trivia.comment
            if comment and not _SECONDS.match(comment):
                item.trivia.comment, item.trivia.comment_ws = comment, was.trivia.comment_ws or "  "
            if isinstance(item, Array) and isinstance(was, Array):
                after[key] = _commented(item, was)


def _merge(before: Table, after: Table) -> None:
    """``before`` with the values of ``after``; what is equal is not touched, not even in its spacing."""
    old, new = _entries(before), _entries(after)
    for key in old.keys() - new.keys():
        before.remove(key)
    for key, item in new.items():
        was = old.get(key)
        if was is None:
            before.add(key, item)
        elif isinstance(item, Table) and isinstance(was, Table):
            _merge(was, item)
        elif isinstance(item, Table) or isinstance(was, Table):  # one of them is written on one line
            before.remove(key)
            before.add(key, item)
        elif was.unwrap() != item.unwrap():
            comment = was.trivia.comment
            if comment and not (_SECONDS.match(comment) and item.trivia.comment):
                item.trivia.comment, item.trivia.comment_ws = comment, was.trivia.comment_ws
            before[key] = _commented(item, was) if isinstance(item, Array) and isinstance(was, Array) else item
        elif _SECONDS.match(was.trivia.comment) and item.trivia.comment:
            was.trivia.comment = item.trivia.comment


def _commented(item: Array, was: Array) -> Array:
    """A new array of rows with the comments that stood at, or above, the same rows (by id, else by first value)."""
    above, beside = _row_comments(was.as_string())
    if not above and not beside:
        return item
    lines = []
    for line in item.as_string().splitlines():
        row = _row_name(line)
        lines += above.get(row, [])
        lines.append(line + (f"  {beside[row]}" if row in beside else ""))
    found = tomlkit.parse("x = " + "\n".join(lines))["x"]
    assert isinstance(found, Array)
    found.trivia.comment, found.trivia.comment_ws = item.trivia.comment, item.trivia.comment_ws
    return found


def _row_name(line: str) -> str:
    match = _ITEM_ID.search(line) or re.search(r'\[\s*"([^"]*)"', line)
    return match.group(1) if match else ""


def _row_comments(text: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    above: dict[str, list[str]] = {}
    beside: dict[str, str] = {}
    waiting: list[str] = []
    for line in text.splitlines():
        bare = _without_strings(line)
        row = _row_name(line)
        if bare.strip().startswith("#"):
            waiting.append(line)
        elif row:
            if waiting:
                above[row], waiting = waiting, []
            if "#" in bare:
                beside[row] = line[bare.index("#") :]
    return above, beside


def _without_strings(line: str) -> str:
    """``line`` with its quoted text blanked, so that a number sign in it is no comment."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', lambda match: '"' + "." * (len(match.group()) - 2) + '"', line)
