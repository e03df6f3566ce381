"""The words that a brief may use, and what is said about those that nobody knows: about all of them at once."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from autoscore.errors import BriefError
from autoscore.tables import mood, mood_names, read
from autoscore.tables.keys import mode_names

NEGATIONS = ("no", "without", "not", "minus", "except", "don't", "dont", "never", "avoid")
_MOST_LISTED = 20
Phrase = tuple[str, str, str, Any]
"""(negation or "", the word, what it is about, its value)."""


def lexicon() -> dict[str, tuple[str, Any]]:
    """Every known word -> (what it is about, its value)."""
    words = read("words.toml")
    known: dict[str, tuple[str, Any]] = {}
    for name, row in read("palettes.toml").items():
        known |= dict.fromkeys((name, *row["words"]), ("palette", name))
    known |= dict.fromkeys(words["ignored"]["words"], ("ignored", None))
    known |= {word: ("style", value) for word, value in words["styles"].items()}
    for name, more in words["moods"].items():
        known |= dict.fromkeys(more, ("mood", name))
    for kind in ("tempo", "coverage", "metre", "instruments", "dynamics", "density"):
        known |= {word: (kind, value) for word, value in words[kind].items()}
    known |= {spelling.replace("_", "-"): ("mode", name) for spelling, name in mode_names().items()}
    for name in mood_names():
        known |= dict.fromkeys((*mood(name).words, name), ("mood", name))
    return known


def suggest(word: str, known: list[str], what: str) -> str:
    """A hint that names what ``word`` may have been meant to be."""
    near = _near(word, known)
    return f"Did you mean {' or '.join(near)}?" if near else _listed(known, what)


def _near(word: str, known: list[str], most: int = 3) -> list[str]:
    return difflib.get_close_matches(word.lower(), known, n=most, cutoff=0.68)


def _listed(known: list[str], what: str) -> str:
    few = len(known) <= _MOST_LISTED
    some = known if few else [*mood_names(), *read("palettes.toml")]
    return f"{what}: {', '.join(dict.fromkeys(some))}{'' if few else '; instruments, tempi, keys'}."


def phrases(tokens: Sequence[str], known: dict[str, tuple[str, Any]]) -> list[Phrase]:
    """The known words of a text in order, those of several parts whole; words that carry no wish are passed over.

    Raises:
        BriefError: words are not known, or are no instruments and are to be left out; it names every one of them.
    """
    found: list[Phrase] = []
    strange: list[str] = []
    negated, at = "", 0
    while at < len(tokens):
        size = next((n for n in (3, 2, 1) if _joined(tokens, at, n) in known), 0)
        if size < 2 and tokens[at] in NEGATIONS:
            negated, at = tokens[at], at + 1
            continue
        word = _joined(tokens, at, max(1, size))
        at += max(1, size)
        if not size:
            strange.append(word)
            continue
        kind, value = known[word]
        if kind == "ignored":
            continue
        found.append((negated, word, kind, value))
        negated = negated if at < len(tokens) and tokens[at] in ("or", "nor") else ""
    _check(list(dict.fromkeys(strange)), found, known)
    return found


def _check(strange: list[str], found: list[Phrase], known: dict[str, tuple[str, Any]]) -> None:
    groups = read("words.toml")["groups"]
    kept = [f"{no} {word}" for no, word, kind, _ in found if no and kind != "instruments" and word not in groups]
    telling = sorted(word for word, (kind, _) in known.items() if kind != "ignored")
    hints: list[str] = []
    if len(strange) == 1:
        hints.append(suggest(strange[0], telling, "Words that are understood"))
    elif strange:
        near = {word: _near(word, telling, most=2) for word in strange}
        meant = [f"{' or '.join(words)} for {word}" for word, words in near.items() if words]
        hints += [f"Did you mean {', '.join(meant)}?"] if meant else []
        hints += [] if all(near.values()) else [_listed(telling, "Words that are understood")]
    if kept:
        hints.append("Only instruments can be left out, as in: no drums.")
    wrong = [*strange, *kept]
    if len(wrong) == 1:
        raise BriefError(
            f'The brief\'s word "{wrong[0]}" is not understood' if strange else f'"{wrong[0]}" is not understood',
            " ".join(hints),
        )
    if wrong:
        quoted = [f'"{word}"' for word in wrong]
        raise BriefError(
            f"The brief's words {', '.join(quoted[:-1])} and {quoted[-1]} are not understood", " ".join(hints)
        )


def _joined(tokens: Sequence[str], at: int, size: int) -> str:
    return "-".join(tokens[at : at + size]) if at + size <= len(tokens) else ""


def left_out(word: str, value: Any) -> list[str]:
    """The instruments and groups that "no WORD" rules out."""
    groups = read("words.toml")["groups"]
    return list(groups[word]) if word in groups else list(value)


def mood_called(name: str) -> str:
    """The mood of that name, or the one that a brief's word belongs to: "sad" is melancholic.

    Raises:
        BriefError: there is none.
    """
    known = lexicon()
    kind, value = known.get(name.lower().replace("_", "-").replace(" ", "-"), ("", None))
    if name in mood_names():
        return name
    if kind == "mood":
        return str(value)
    words = [word for word, (what, _) in known.items() if what == "mood"]
    near = _near(name, words, most=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise BriefError(f'There is no mood "{name}"{meant}', f"Moods: {', '.join(mood_names())}.")
