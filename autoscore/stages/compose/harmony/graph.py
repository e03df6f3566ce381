"""A mood's chords as a weighted graph: one set of edges for the opening of a phrase, one for its way on (craft 5.1).

Nodes are the numerals of the mood's progressions and colours. A progression gives the edges between its neighbours
(and from its last chord back to its first); statistics of human harmony (priors.json) join chords that follow each
other in real music although no row says so; colours are reached from any chord with a common tone.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import rows_in, stem
from autoscore.stages.compose.values import Key
from autoscore.tables import MoodHarmony, priors, read

Edges = dict[str, dict[str, float]]
_TRIAD = re.compile(r"^([b#]*)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """``rows`` and ``cadences`` are those of the key; ``starts`` weighs first chords; edges are by phrase position."""

    rows: tuple[tuple[str, ...], ...]
    cadences: tuple[tuple[str, ...], ...]
    starts: dict[str, float]
    opening: Edges
    travel: Edges
    colours: frozenset[str]
    home: str
    style: str


def triad(roman: str) -> str:
    """The numeral as the priors write it: seventh and bass gone, ``o``, ``+`` and ``sus`` kept."""
    plain = stem(roman).replace("ø7", "o").replace("ø", "o").replace("hd7", "o")
    match = _TRIAD.match(plain)
    if not match:
        return plain
    accidental, numeral, rest = match.groups()
    kind = "o" if rest[:1] == "o" else "+" if rest[:1] == "+" else "sus" if "sus" in rest else ""
    return accidental + numeral + kind


@cache
def _bigrams(style: str, minor: bool) -> dict[str, dict[str, float]]:
    """P(next triad | triad) of human music: classical and ballads for functional moods, pop for the others."""
    blocks = read("harmony.toml")["priors"][style]
    found: dict[str, dict[str, float]] = {}
    for block in blocks:
        for first, row in priors()[block]["minor" if minor else "major"]["bigram"].items():
            for then, share in row.items():
                cell = found.setdefault(first, {})
                cell[then] = cell.get(then, 0.0) + float(share) / len(blocks)
    return found


def surprise_bits(before: str, after: str, style: str, minor: bool) -> float:
    """-log2 P(after | before) by the priors; 7 bits where they know nothing of it."""
    share = _bigrams(style, minor).get(triad(before), {}).get(triad(after), 0.0)
    return min(7.0, -math.log2(share)) if share > 0 else 7.0


def common_tones(a: str, b: str) -> int:
    """How many pitch classes two numerals share."""
    return len(set(parse_roman(a).classes) & set(parse_roman(b).classes))


def fluent(before: str, after: str, style: str) -> float:
    """How naturally ``after`` follows in a style that resolves its tendencies, 0..1; 1 in all others.

    A dominant, also a suspended one, goes to the tonic or its substitutes; a leading tone in the bass goes up.
    """
    a, b = parse_roman(before), parse_roman(after)
    same = 0.3 if a.root == b.root and style in ("functional", "modal") else 1.0
    if style == "modal" and a.root == 7 and 5 in a.classes and b.root in (2, 10):
        return 0.3
    if style != "functional":
        return same
    if a.root in (7, 11) and b.root not in (0, 4, 8, 9) and not (b.root == 7 and 11 in b.classes):
        return 0.08
    if a.bass == 11 and b.bass not in (0, 9):
        return 0.2
    return same


def _add(edges: Edges, a: str, b: str, weight: float) -> None:
    if a != b:
        row = edges.setdefault(a, {})
        row[b] = row.get(b, 0.0) + weight


def graph(harmony: MoodHarmony, key: Key) -> Graph:
    """The graph of a mood for the third of ``key``."""
    return _graph(harmony, key.minor, key.tonic, key.mode, key.scale)


@cache
def _graph(harmony: MoodHarmony, minor: bool, tonic: int, mode: str, scale: tuple[int, ...]) -> Graph:
    key = Key(tonic=tonic, mode=mode, scale=scale)
    weights = read("harmony.toml")["graph"]
    rows = rows_in(key, harmony.progressions)
    opening: Edges = {}
    travel: Edges = {}
    starts: dict[str, float] = {}
    for row in rows:
        starts[row[0]] = starts.get(row[0], 0.0) + 1.0
        for i, (a, b) in enumerate(pairwise((*row, row[0]))):
            early = i < max(1, len(row) // 2)
            _add(opening, a, b, 1.0 if early else weights["late"])
            _add(travel, a, b, weights["late"] if i == 0 else 1.0)
    nodes = sorted({r for row in rows for r in row})
    known = _bigrams(harmony.style, minor)
    for a in nodes:
        for b in nodes:
            share = known.get(triad(a), {}).get(triad(b), 0.0)
            if share > 0 and triad(a) != triad(b):
                _add(opening, a, b, weights["prior"] * share)
                _add(travel, a, b, weights["prior"] * share)
    colours = frozenset(c for c in harmony.colours if c not in nodes)
    for colour in sorted(colours):
        for node in nodes:
            shared = common_tones(colour, node)
            if shared and parse_roman(colour).root != parse_roman(node).root:
                _add(travel, node, colour, weights["colour"] * shared)
                _add(travel, colour, node, weights["colour"] * shared)
    tonics = [r for row in rows for r in row if parse_roman(r).root == 0 and stem(r) == r]
    return Graph(
        rows=rows,
        cadences=rows_in(key, harmony.cadences),
        starts=starts,
        opening=opening,
        travel=travel,
        colours=colours,
        home=tonics[0] if tonics else ("i" if minor else "I"),
        style=harmony.style,
    )
