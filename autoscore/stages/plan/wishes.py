"""What the user wishes, read from the brief's words and options."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from autoscore.errors import BriefError
from autoscore.model.brief import Brief
from autoscore.model.palette import Palette
from autoscore.stages.plan.lexicon import left_out, lexicon, mood_called, phrases, suggest
from autoscore.tables import read
from autoscore.tables.keys import Key, mode_names, parse_key

_BPM = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?:bpm|beats per minute)\b", re.IGNORECASE)
_BPM_SPAN = re.compile(r"(?<![\w.])(\d+)\s*(?:-|–|to)\s*(\d+)\s*bpm\b", re.IGNORECASE)
_TEMPO = re.compile(r"\btempo\s*(?:of|is|:|=)?\s*(\d+(?:\.\d+)?)(?![\w/.])", re.IGNORECASE)
_KEY_OF = re.compile(r"\bkey\s*(?:of|is|:|=)?\s*([A-G](?:#|♯|♭|b| sharp| flat)?)(?![\w'#])")
_KEY = re.compile(r"(?<![\w'])([A-Ga-g])( ?(?:#|♯|♭)| (?:sharp|flat)|b)?[ -]+([A-Za-z]+(?:[ _]minor)?)\b(?!\s*#)")
_WORD = re.compile(r"\d+/\d+|\d+-bit\b|\d+s\b|[^\W_][\w'#-]*|[^\s,;.!?&+]+")
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
    absent: tuple[tuple[str, str], ...] = ()
    """Words for instruments that are not here, and who plays instead, both as people say it."""


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
    known = lexicon()
    tokens = [token.lower().strip("-'\"") for token in _WORD.findall(rest)]
    tokens = [token for token in tokens if token and any(c.isalnum() for c in token)]
    moods: list[str] = []
    featured: list[tuple[str, ...]] = []
    without: list[str] = []
    absent: list[tuple[str, str]] = []
    one: dict[str, Any] = {}
    styles: list[dict[str, Any]] = []
    shift, ceiling = 0.0, 1.0
    direction: dict[str, str] = {}
    stand_ins = read("words.toml")["stand_ins"]
    for negated, word, kind, value in phrases(tokens, known):
        if negated:
            without += left_out(word, value)
            continue
        if kind == "mood" and value not in moods:
            moods.append(value)
        elif kind == "style":
            styles.append(value)
        elif kind == "instruments":
            featured.append(tuple(value))
            absent += [(word, stand_ins[word])] if word in stand_ins else []
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
        absent=tuple(dict.fromkeys(absent)),
    )


def _agree(bpm: float, share: float) -> None:
    """A number outweighs a word, unless the two are plain opposites."""
    if (share < 0.3 and bpm > 130) or (share > 0.7 and bpm < 70):
        speed = "slow" if share < 0.3 else "fast"
        raise BriefError(f"The brief asks for {bpm:g} bpm and for {speed} music", "Keep one of them.")


def _check_names(brief: Brief, own_palette: Palette | None) -> None:
    """Raises BriefError with every mood, palette, key and word of ``brief`` that nobody knows."""
    faults: list[BriefError] = []
    checks: list[Callable[[], object]] = [partial(read_words, brief.words)]
    if brief.mood is not None:
        checks.append(partial(mood_called, brief.mood))
    if brief.palette is not None and own_palette is None:
        checks.append(partial(_palette_called, brief.palette))
    if brief.key is not None:
        checks.append(partial(_key_called, brief.key))
    for check in checks:
        try:
            check()
        except BriefError as fault:
            faults.append(fault)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise BriefError(" ".join(fault.message for fault in faults), " ".join(fault.hint for fault in faults))


def _palette_called(name: str) -> str:
    palettes = list(read("palettes.toml"))
    if name not in palettes:
        raise BriefError(f'There is no palette "{name}"', suggest(name, palettes, "Palettes"))
    return name


def _key_called(name: str) -> Key:
    try:
        return parse_key(name)
    except ValueError as error:
        raise BriefError(str(error), 'A key is written like "D minor".') from None


def wishes_of(brief: Brief, own_palette: Palette | None = None) -> Wishes:
    """The whole brief: options first, then its words. ``own_palette`` is what the file holds that it names, if any.

    Raises:
        BriefError: a mood, palette, key or word is not known, or option and words contradict each other.
    """
    _check_names(brief, own_palette)
    said = read_words(brief.words)
    moods = said.moods
    if brief.mood is not None:
        asked = mood_called(brief.mood)
        moods = (asked, *(m for m in moods if m != asked))
    palette = said.palette if brief.palette is None else brief.palette
    if own_palette is not None:
        palette = own_palette.name
    key = said.key
    if brief.key is not None:
        key = _one("keys", key, _key_called(brief.key))
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
        absent=said.absent,
    )
