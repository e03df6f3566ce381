"""What the user wishes, read from the brief's words and options."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any

from autoscore.errors import BriefError
from autoscore.model.brief import Brief
from autoscore.model.palette import Palette
from autoscore.tables import mood, mood_names, read
from autoscore.tables.keys import Key, mode_names, parse_key

_BPM = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?:bpm|beats per minute)\b", re.IGNORECASE)
_BPM_SPAN = re.compile(r"(?<![\w.])(\d+)\s*(?:-|–|to)\s*(\d+)\s*bpm\b", re.IGNORECASE)
_TEMPO = re.compile(r"\btempo\s*(?:of|is|:|=)?\s*(\d+(?:\.\d+)?)(?![\w/.])", re.IGNORECASE)
_KEY_OF = re.compile(r"\bkey\s*(?:of|is|:|=)?\s*([A-G](?:#|♯|♭|b| sharp| flat)?)(?![\w'#])")
_KEY = re.compile(r"(?<![\w'])([A-Ga-g])( ?(?:#|♯|♭)| (?:sharp|flat)|b)?[ -]+([A-Za-z]+(?:[ _]minor)?)\b(?!\s*#)")
_WORD = re.compile(r"\d+/\d+|\d+-bit\b|\d+s\b|[^\W_][\w'#-]*|[^\s,;.!?&+]+")
_NEGATIONS = ("no", "without", "not", "minus", "except", "don't", "dont", "never", "avoid")
_BPM_RANGE = (40.0, 220.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """A brief that is understood; None and empty mean "decide from the picture".

    moods: the home mood first. mode: a key of modes.toml, where only that was said. tempo_share: 0 = the mood's
    slowest, 1 = its fastest. intensity_shift -1..1 is added to intensity, which stays under intensity_ceiling.
    """

    moods: tuple[str, ...] = ()
    palette: str | None = None
    key: Key | None = None
    mode: str | None = None
    tempo_bpm: float | None = None
    tempo_share: float | None = None
    metre: str | None = None
    coverage: float | None = None
    intensity_shift: float = 0.0
    intensity_ceiling: float = 1.0
    featured: tuple[tuple[str, ...], ...] = ()
    """One tuple of candidates for each instrument word."""
    without: tuple[str, ...] = ()


def suggest(word: str, known: list[str], what: str) -> str:
    """A hint that names what ``word`` may have been meant to be."""
    near = difflib.get_close_matches(word.lower(), known, n=3, cutoff=0.68)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    some = known if len(known) <= 20 else [*mood_names(), *read("palettes.toml")]
    return f"{what}: {', '.join(dict.fromkeys(some))}{'' if len(known) <= 20 else '; instruments, tempi, keys'}."


def _lexicon() -> dict[str, tuple[str, Any]]:
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


def mood_called(name: str) -> str:
    """The mood of that name, or the one that a brief's word belongs to: "sad" is melancholic.

    Raises:
        BriefError: there is none.
    """
    kind, value = _lexicon().get(name.lower().replace("_", "-").replace(" ", "-"), ("", None))
    if name in mood_names():
        return name
    if kind == "mood":
        return str(value)
    words = [word for word, (what, _) in _lexicon().items() if what == "mood"]
    near = difflib.get_close_matches(name.lower(), words, n=1, cutoff=0.68)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise BriefError(f'There is no mood "{name}"{meant}', f"Moods: {', '.join(mood_names())}.")


def _one(kind: str, old: Any, new: Any, where: str = "The brief") -> Any:
    if old is not None and old != new:
        raise BriefError(f"{where} asks for two {kind}: {old} and {new}", "Keep one of them.")
    return new


def _tempo_in(text: str) -> tuple[float | None, str]:
    bpm: float | None = None
    text = _BPM_SPAN.sub(lambda m: f"{(float(m.group(1)) + float(m.group(2))) / 2:g} bpm", text)
    text = _TEMPO.sub(lambda m: f"{m.group(1)} bpm", text) if not _BPM.search(text) else text
    for match in _BPM.finditer(text):
        value = float(match.group(1))
        if not _BPM_RANGE[0] <= value <= _BPM_RANGE[1]:
            raise BriefError(f"The brief asks for {value:g} bpm", "Tempo must lie in 40..220 bpm.")
        bpm = _one("tempi (bpm)", bpm, value)
    return bpm, _BPM.sub(" ", text)


def _key_in(text: str) -> tuple[Key | None, str]:
    """A key like "D minor" or "bb dorian"; "a minor key" is an article and a mode."""
    key: Key | None = None
    spans: list[tuple[int, int]] = []
    for match in _KEY.finditer(text):
        letter, accidental, mode = match.group(1), (match.group(2) or "").strip(), match.group(3)
        article = letter in "aA" and not accidental and re.match(r"\s+(key|mode|scale)\b", text[match.end() :], re.I)
        if article or mode.lower().replace(" ", "_") not in mode_names():
            continue
        key = _one("keys", key, parse_key(f"{letter}{accidental} {mode}"))
        spans.append(match.span())
    for start, end in reversed(spans):
        text = text[:start] + " " + text[end:]
    return key, text


def read_words(text: str) -> Wishes:
    """The wishes in free text such as "tense, orchestral, 120 bpm, minor key".

    Raises:
        BriefError: a word is not known, or two of them contradict each other.
    """
    bpm, rest = _tempo_in(text)
    key, rest = _key_in(rest)
    found = _KEY_OF.search(rest)
    tonic, rest = (found.group(1), _KEY_OF.sub(" ", rest)) if found else ("", rest)
    known = _lexicon()
    tokens = [token.lower().strip("-'\"") for token in _WORD.findall(rest)]
    tokens = [token for token in tokens if token and any(c.isalnum() for c in token)]
    moods: list[str] = []
    featured: list[tuple[str, ...]] = []
    without: list[str] = []
    one: dict[str, Any] = {}
    styles: list[dict[str, Any]] = []
    shift, ceiling, negated, at = 0.0, 1.0, "", 0
    direction: dict[str, str] = {}
    while at < len(tokens):
        size = next((n for n in (3, 2, 1) if _phrase(tokens, at, n) in known), 0)
        if size < 2 and tokens[at] in _NEGATIONS:
            negated, at = tokens[at], at + 1
            continue
        if not size:
            telling = sorted(word for word, (kind, _) in known.items() if kind != "ignored")
            hint = suggest(tokens[at], telling, "Words that are understood")
            raise BriefError(f'The brief\'s word "{tokens[at]}" is not understood', hint)
        word = _phrase(tokens, at, size)
        kind, value = known[word]
        at += size
        if kind == "ignored":
            continue
        if negated:
            without += _left_out(word, kind, value, negated)
            negated = negated if at < len(tokens) and tokens[at] in ("or", "nor") else ""
            continue
        if kind == "mood" and value not in moods:
            moods.append(value)
        elif kind == "style":
            styles.append(value)
        elif kind == "instruments":
            featured.append(tuple(value))
        elif kind in ("dynamics", "density"):
            sign = "more" if value["shift"] > 0 else "less"
            other = direction.get(kind)
            if other and known[other][1]["shift"] * value["shift"] < 0:
                raise BriefError(f'The brief asks for both "{other}" and "{word}"', "Keep one of them.")
            direction[kind] = word
            shift += value["shift"]
            ceiling = min(ceiling, value["ceiling"]) if sign == "less" else ceiling
        elif kind in ("tempo", "palette", "mode", "metre", "coverage"):
            if kind in one and one[kind] != value:
                raise BriefError(f'The brief asks for both "{direction[kind]}" and "{word}"', "Keep one of them.")
            one[kind], direction[kind] = value, word
    for style in styles:
        moods += [style["mood"]] if style.get("mood") and not moods else []
        one.setdefault("palette", style.get("palette"))
        featured += [(name,) for name in style.get("featured", ())]
    if tonic and not key:
        key = parse_key(f"{tonic} {one.get('mode') or 'major'}")
    if key and one.get("mode") not in (None, key.mode):
        raise BriefError(f'The brief asks for {key} and for "{one["mode"]}"', "Keep one of them.")
    if bpm is not None and one.get("tempo") is not None:
        _agree(bpm, one["tempo"])
    return Wishes(
        moods=tuple(moods),
        palette=one.get("palette"),
        key=key,
        mode=one.get("mode"),
        tempo_bpm=bpm,
        tempo_share=one.get("tempo"),
        metre=one.get("metre"),
        coverage=one.get("coverage"),
        intensity_shift=max(-0.4, min(0.4, shift)),
        intensity_ceiling=ceiling,
        featured=tuple(featured),
        without=tuple(dict.fromkeys(without)),
    )


def _phrase(tokens: list[str], at: int, size: int) -> str:
    return "-".join(tokens[at : at + size]) if at + size <= len(tokens) else ""


def _left_out(word: str, kind: str, value: Any, negation: str) -> list[str]:
    groups = read("words.toml")["groups"]
    if word in groups:
        return list(groups[word])
    if kind == "instruments":
        return list(value)
    raise BriefError(f'"{negation} {word}" is not understood', "Only instruments can be left out, as in: no drums.")


def _agree(bpm: float, share: float) -> None:
    """A number outweighs a word, unless the two are plain opposites."""
    if (share < 0.3 and bpm > 130) or (share > 0.7 and bpm < 70):
        speed = "slow" if share < 0.3 else "fast"
        raise BriefError(f"The brief asks for {bpm:g} bpm and for {speed} music", "Keep one of them.")


def wishes_of(brief: Brief, own_palette: Palette | None = None) -> Wishes:
    """The whole brief: options first, then its words. ``own_palette`` is what the file holds that it names, if any.

    Raises:
        BriefError: a mood, palette, key or word is not known, or option and words contradict each other.
    """
    said = read_words(brief.words)
    moods = said.moods
    if brief.mood is not None:
        asked = mood_called(brief.mood)
        moods = (asked, *(m for m in moods if m != asked))
    palette, palettes = said.palette, list(read("palettes.toml"))
    if own_palette is not None:
        palette = own_palette.name
    elif brief.palette is not None:
        if brief.palette not in palettes:
            raise BriefError(f'There is no palette "{brief.palette}"', suggest(brief.palette, palettes, "Palettes"))
        palette = brief.palette
    key = said.key
    if brief.key is not None:
        try:
            key = _one("keys", key, parse_key(brief.key))
        except ValueError as error:
            raise BriefError(str(error), 'A key is written like "D minor".') from None
        if said.mode is not None and key.mode != said.mode:
            raise BriefError(f'--key asks for {key} and the brief for "{said.mode}"', "Keep one of them.")
    bpm = said.tempo_bpm
    if brief.tempo_bpm is not None:
        bpm = _one("tempi (bpm)", bpm, brief.tempo_bpm, "The brief with --tempo")
    coverage = brief.coverage if brief.coverage is not None else said.coverage
    return Wishes(
        moods=moods,
        palette=palette,
        key=key,
        mode=key.mode if key else said.mode,
        tempo_bpm=bpm,
        tempo_share=None if bpm is not None else said.tempo_share,
        metre=said.metre,
        coverage=coverage,
        intensity_shift=said.intensity_shift,
        intensity_ceiling=said.intensity_ceiling,
        featured=said.featured,
        without=said.without,
    )
