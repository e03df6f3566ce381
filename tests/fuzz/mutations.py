"""Spoiling bytes and texts, the same way for the same seed."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

_WHOLE = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 65535, 1 << 24)

NASTY = (
    "", "0", "-1", "1e308", "-1e-320", "1e400", "nan", "inf", "-inf", "NaN", "Infinity", "null", "true", "false", "[]",
    "{}", '""', "9" * 400, "9" * 5000, "-9223372036854775809", "0x" + "f" * 300, "1979-05-27T07:32:00Z", "07:32:00",
    "[[[[[[]]]]]]", "[" * 3000, '{"a":' * 3000, '"../../outside"', '"/etc/passwd"', '"C:\\\\x"', '"\\u0000"', '"a\\nb"',
    '"\U0001f3ac"', "'''", '"""', "\x00", "\u2028", "\ufeff", "%d%s%n", "${HOME}", "; rm -rf x", "__import__('os')",
    "1/0", '"1/0"', '"0/1"', '"99999999999999999999/1"', '"1M1"', '"-x"', "=", "#", "[cue]", "[[cue]]", "[film]",
)  # fmt: skip
"""Values that readers stumble over, put where a value stood."""

_VALUE = re.compile(r'"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|true|false|null|\[[^\[\]\n]*\]|\{[^{}\n]*\}')


def spoil_bytes(data: bytes, chance: random.Random, areas: Sequence[tuple[int, int]] = ()) -> bytes:
    """``data`` with one to eight faults, most of them inside ``areas`` (start, end), where structure lies."""
    spoilt = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        if not spoilt:
            break
        start, end = chance.choice(areas) if areas and chance.random() < 0.85 else (0, len(spoilt))
        at = chance.randrange(min(start, len(spoilt) - 1), max(1, min(end, len(spoilt))))
        kind = chance.randrange(10)
        if kind == 0:
            spoilt[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            spoilt[at] = chance.randrange(256)
        elif kind == 2:
            spoilt[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif kind in (3, 4):
            width = chance.choice((1, 2, 4, 4, 8))
            number = chance.choice(_WHOLE) % (1 << (8 * width))
            spoilt[at : at + width] = number.to_bytes(width, chance.choice(("big", "little")))  # type: ignore[arg-type]
        elif kind == 5:
            del spoilt[at : at + chance.choice((1, 2, 4, 16, 200))]
        elif kind == 6:
            spoilt[at:at] = spoilt[at : at + chance.choice((1, 4, 8, 64, 500))]
        elif kind == 7:
            spoilt[at:at] = chance.randbytes(chance.choice((1, 4, 16)))
        elif kind == 8:
            other = chance.randrange(len(spoilt))
            width = chance.choice((1, 4, 8, 32))
            spoilt[at : at + width] = spoilt[other : other + width]
        elif chance.random() < 0.3:
            del spoilt[at:]
        else:
            spoilt[at : at + 4] = chance.randbytes(4)
    return bytes(spoilt)


def spoil_text(data: bytes, chance: random.Random) -> bytes:
    """A text with one to five faults: values replaced, lines moved, doubled or left out, bytes spoilt."""
    text = data.decode("utf-8", "replace")
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        text = chance.choice(_TEXT_FAULTS)(text, chance)
    spoilt = text.encode("utf-8", "replace")
    return spoil_bytes(spoilt, chance) if chance.random() < 0.15 else spoilt


_LEAVES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 127, 128, 1 << 31, 1 << 63, 1 << 70, -(1 << 63), 0.0, -0.5, 1e-320, 1e308, 0.1,
    "", "a", "1M1", "../../outside", "/etc/passwd", "a\x00b", "\n", "1/0", "0/1", "-1/3", "1/99999999999999999999",
    "text " * 500, "\u202e", "\U0001f3ac", [], {}, [[]], [None], {"": ""}, [1, 2, 3], {"a": 1},
)  # fmt: skip


def spoil_json(data: bytes, chance: random.Random) -> bytes:
    """A JSON text that stays one in two of three cases: leaves, members and keys are changed where they lie."""
    if chance.random() < 0.35:
        return spoil_text(data, chance)
    root = json.loads(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        _change(root, chance)
    return json.dumps(root, ensure_ascii=False).encode()


def _change(root: Any, chance: random.Random) -> None:
    """One change somewhere below ``root``, each depth as likely."""
    at, step = root, 0
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return
        key = chance.choice(keys)
        below = at[key]
        if isinstance(below, dict | list) and below and (step == 0 or chance.random() < 0.7):
            at, step = below, step + 1
            continue
        break
    kind = chance.randrange(8)
    if kind == 0:
        del at[key]
    elif kind == 1 and isinstance(at, dict):
        at[chance.choice(("", "x", "schema", "id", "\x00"))] = below
    elif kind == 1:
        at.insert(key, below)
    elif kind == 2 and isinstance(below, int | float) and not isinstance(below, bool):
        at[key] = below * chance.choice((-1, 0, 2, 1000, 1e9))
    elif kind == 3:
        at[key] = [below]
    else:
        at[key] = copy.deepcopy(chance.choice(_LEAVES))


def _value(text: str, chance: random.Random) -> str:
    found = list(_VALUE.finditer(text))
    if not found:
        return text
    match = chance.choice(found)
    new = chance.choice(NASTY) if chance.random() < 0.7 else chance.choice(found).group()
    if match.group().startswith('"') and new[:1] not in '"[{' and chance.random() < 0.4:
        new = f'"{new}"'
    return text[: match.start()] + new + text[match.end() :]


def _lines(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    kind = chance.randrange(4)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(other, lines[at])
    elif kind == 2:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines.insert(at, chance.choice(NASTY))
    return "\n".join(lines)


def _cut(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] if chance.random() < 0.3 else text[:at] + text[at + chance.choice((1, 1, 3, 20)) :]


def _insert(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice((*NASTY, *'[]{}",=.:#\n\t')) + text[at:]


_TEXT_FAULTS: tuple[Callable[[str, random.Random], str], ...] = (_value, _value, _value, _lines, _cut, _insert)
