"""What hypothesis is told about spoiling whole inputs: strategies of faults in bytes, texts, JSON and TOML.

A spoilt input carries its faults in words, so that a shrunk failure reads "put 00 at 12" instead of a dump.
"""

from __future__ import annotations

import copy
import datetime
import json
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit
from hypothesis import assume
from hypothesis import strategies as st

Areas = Sequence[tuple[int, int]]
"""Where structure lies, as (start, end); often named twice, to be hit more often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """An input as it is read, and what was done to a whole one to get it."""

    data: bytes
    faults: tuple[str, ...]

    def __repr__(self) -> str:
        data = f": {self.data!r}" if len(self.data) <= 200 else ""
        return f"{len(self.data)} bytes after {'; '.join(self.faults) or 'nothing'}{data}"


# Bytes

_COUNTS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 1 << 24, 1 << 63)
"""Lengths and numbers that readers stumble over."""
_LENGTHS = (1, 2, 4, 8, 16, 64, 200, 500)


@st.composite
def _numbers(draw: st.DrawFn) -> bytes:
    """A number as it lies in a file, of one, two, four or eight bytes."""
    width = draw(st.sampled_from((1, 2, 4, 8)))
    number = draw(st.sampled_from(_COUNTS) | st.integers(0, 0xFFFF)) % (1 << (8 * width))
    return number.to_bytes(width, draw(st.sampled_from(("big", "little"))))


_NEW_BYTES = st.one_of(_numbers(), _numbers(), st.binary(min_size=1, max_size=16))


@st.composite
def bytes_of(draw: st.DrawFn, whole: bytes, areas: Areas = ()) -> Spoilt:
    """``whole`` with one to eight faults, most of them inside ``areas``."""
    data, faults = bytearray(whole), []
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 2, 3, 5, 8)))):
        if not data:
            break
        start, end = draw(st.sampled_from((*areas, *areas, (0, len(data)))))
        last = min(end, len(data)) - 1
        at = draw(st.integers(min(start, last), last))
        kind = draw(st.sampled_from(("put", "put", "put", "flip", "drop", "double", "insert", "copy", "end")))
        if kind == "flip":
            bit = draw(st.integers(0, 7))
            data[at] ^= 1 << bit
            faults.append(f"flip bit {bit} at {at}")
        elif kind in ("put", "insert"):
            new = draw(_NEW_BYTES)
            data[at : at + (len(new) if kind == "put" else 0)] = new
            faults.append(f"{kind} {new.hex()} at {at}")
        elif kind == "end":
            del data[at:]
            faults.append(f"end at {at}")
        else:
            length = draw(st.sampled_from(_LENGTHS))
            if kind == "drop":
                del data[at : at + length]
                faults.append(f"drop {length} at {at}")
            else:
                source = at if kind == "double" else draw(st.integers(0, len(data) - 1))
                data[at : at + (0 if kind == "double" else length)] = data[source : source + length]
                faults.append(f"{kind} {length} from {source} to {at}")
    return Spoilt(data=bytes(data), faults=tuple(faults))


# Texts

NASTY = (
    "", "0", "-1", "1e308", "-1e-320", "1e400", "nan", "inf", "-inf", "NaN", "Infinity", "null", "true", "false", "[]",
    "{}", '""', "9" * 400, "9" * 5000, "-9223372036854775809", "0x" + "f" * 300, "1979-05-27T07:32:00Z", "07:32:00",
    "[[[[[[]]]]]]", "[" * 3000, '{"a":' * 3000, '"../../outside"', '"/etc/passwd"', '"C:\\\\x"', '"\\u0000"', '"a\\nb"',
    '"\\ud800"', '"\U0001f3ac"', "'''", '"""', "\x00", "\u2028", "\ufeff", "%d%s%n", "${HOME}", "; rm -rf x",
    "__import__('os')", "1/0", '"1/0"', '"0/1"', '"99999999999999999999/1"', '"1M1"', '"-x"', "=", "#", "[cue]",
    "[[cue]]", "[film]", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>', "&b;", "<a>" * 2000,
)  # fmt: skip
"""Words that readers stumble over, put where a value stood or between any two characters."""

_VALUE = re.compile(r'"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|true|false|null|\[[^\[\]\n]*\]|\{[^{}\n]*\}')
_WORDS = st.sampled_from((*NASTY, *'[]{}",=.:#\n\t<>&')) | st.text(max_size=12)


def _short(word: str) -> str:
    return repr(word if len(word) < 60 else f"{word[:20]}... ({len(word)} characters)")


def _value(draw: st.DrawFn, text: str) -> tuple[str, str]:
    found = list(_VALUE.finditer(text))
    if not found:
        return _insert(draw, text)
    old = draw(st.sampled_from(found))
    new = draw(st.one_of(_WORDS, _WORDS, st.sampled_from(found).map(re.Match.group)))
    if old.group().startswith('"') and new[:1] not in ('"', "[", "{", "") and draw(st.booleans()):
        new = f'"{new}"'
    return text[: old.start()] + new + text[old.end() :], f"{_short(new)} for {_short(old.group())} at {old.start()}"


def _lines(draw: st.DrawFn, text: str) -> tuple[str, str]:
    lines = text.split("\n")
    at, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
    kind = draw(st.sampled_from(("drop", "double", "swap", "insert")))
    if kind == "drop":
        del lines[at]
    elif kind == "double":
        lines.insert(other, lines[at])
    elif kind == "swap":
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines.insert(at, draw(_WORDS))
    return "\n".join(lines), f"{kind} line {at} ({other})"


def _insert(draw: st.DrawFn, text: str) -> tuple[str, str]:
    at, word = draw(st.integers(0, len(text))), draw(_WORDS)
    return text[:at] + word + text[at:], f"{_short(word)} at {at}"


def _cut(draw: st.DrawFn, text: str) -> tuple[str, str]:
    at, length = draw(st.integers(0, len(text))), draw(st.sampled_from((1, 1, 3, 20, len(text))))
    return text[:at] + text[at + length :], f"drop {length} at {at}"


_TEXT_FAULTS: tuple[Callable[[st.DrawFn, str], tuple[str, str]], ...] = (_value, _value, _value, _lines, _cut, _insert)


@st.composite
def text_of(draw: st.DrawFn, whole: bytes) -> Spoilt:
    """A text with one to five faults: values replaced, lines moved, doubled or left out; sometimes bytes spoilt."""
    text, faults = whole.decode("utf-8", "replace"), []
    for _ in range(draw(st.sampled_from((1, 1, 2, 3, 5)))):
        text, fault = draw(st.sampled_from(_TEXT_FAULTS))(draw, text)
        faults.append(fault)
    spoilt = Spoilt(data=text.encode("utf-8", "replace"), faults=tuple(faults))
    if not spoilt.data or draw(st.integers(0, 6)) < 6:
        return spoilt
    worse: Spoilt = draw(bytes_of(spoilt.data))
    return Spoilt(data=worse.data, faults=spoilt.faults + worse.faults)


# Trees: JSON and TOML that stay what they are, with other values, keys and members

_ODD = st.sampled_from(
    (127, 128, 1 << 31, 1 << 63, 1 << 70, -(1 << 63), 1e-320, 1e308, "1M1", "../../outside", "/etc/passwd", "a\x00b",
     "1/0", "0/1", "-1/3", "1/99999999999999999999", "text " * 500, "\u202e", "\ud800", [[]], {"": ""})
)  # fmt: skip
_PLAIN = st.one_of(st.booleans(), st.integers(), st.floats(), st.text(max_size=20))


def _values(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    grown = st.recursive(
        leaf,
        lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=6), below, max_size=3),
        max_leaves=5,
    )
    return leaf | _ODD | grown


_JSON_VALUES = _values(st.none() | _PLAIN)
_TOML_VALUES = _values(_PLAIN | st.datetimes() | st.dates(datetime.date(1, 1, 1)) | st.times())
_KEYS = st.sampled_from(("", "x", "schema", "id", "film", "\x00", "a.b", "../x")) | st.text(max_size=6)


def _change(draw: st.DrawFn, root: Any, values: st.SearchStrategy[Any]) -> str:
    """One change somewhere below ``root``, each depth as likely."""
    at, way = root, ""
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        assume(keys)
        key = draw(st.sampled_from(keys))
        way += f"/{key}"
        below = at[key]
        if isinstance(below, dict | list) and below and draw(st.integers(0, 9)) < 8:
            at = below
            continue
        break
    kind = draw(st.sampled_from(("set", "set", "set", "scale", "drop", "move", "wrap", "copy")))
    if kind == "scale" and isinstance(below, int | float) and not isinstance(below, bool):
        at[key] = below * draw(st.sampled_from((-1, 0, 2, 1000, 1e9)))
    elif kind == "drop":
        del at[key]
    elif kind == "move" and isinstance(at, dict):
        name = draw(_KEYS)
        at[name] = at.pop(key)
        return f"{way} is called {name!r}"
    elif kind == "move":
        at.insert(draw(st.integers(0, len(at))), copy.deepcopy(below))
    elif kind == "wrap":
        at[key] = [below]
    elif kind == "copy":
        other = draw(st.sampled_from(keys))
        at[key] = copy.deepcopy(at[other])
        return f"{way} is {other}'s"
    else:
        at[key] = copy.deepcopy(draw(values))  # what is drawn may be one for all examples
    said = repr(at[key]) if kind not in ("drop", "move") else ""
    return f"{kind} {way} {said[:60]}".rstrip()


@st.composite
def _tree_of(
    draw: st.DrawFn, whole: bytes, read: Callable[[str], Any], write: Callable[[Any], str], values: Any
) -> Spoilt:
    root = read(whole.decode())
    faults = tuple(_change(draw, root, values) for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3)))))
    try:
        text = write(root)
    except (ValueError, TypeError, tomlkit.exceptions.TOMLKitError):
        assume(False)  # it cannot be said in this language
    return Spoilt(data=text.encode("utf-8", "surrogatepass"), faults=faults)


def json_of(whole: bytes) -> st.SearchStrategy[Spoilt]:
    """A JSON text; it stays one in two of three cases."""
    tree = _tree_of(whole, json.loads, json.dumps, _JSON_VALUES)
    return st.one_of(tree, tree, text_of(whole))


def toml_of(whole: bytes) -> st.SearchStrategy[Spoilt]:
    """A TOML text; every other one stays one."""
    return _tree_of(whole, tomllib.loads, tomlkit.dumps, _TOML_VALUES) | text_of(whole)


@st.composite
def json_lines_of(draw: st.DrawFn, whole: bytes) -> Spoilt:
    """Lines of JSON of which one is spoilt, or the text as such."""
    if draw(st.booleans()):
        spoilt: Spoilt = draw(text_of(whole))
        return spoilt
    lines = whole.splitlines()
    at = draw(st.integers(0, len(lines) - 1))
    line: Spoilt = draw(json_of(lines[at]))
    lines[at] = line.data
    return Spoilt(data=b"\n".join(lines) + b"\n", faults=(f"line {at}", *line.faults))
