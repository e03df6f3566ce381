"""Reading the cue sheet: strict, each fault with its line, its field, what is wrong and what to do."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn, get_args

from autoscore.adapters.cuesheet_lines import Lines
from autoscore.errors import CueSheetError
from autoscore.model.cues import Cue, CueHit, CuePlan, DynamicPoint, InType, OutType, ThemeTreatment, ThemeUse
from autoscore.model.score import GROUPS
from autoscore.model.spotting import HitClass
from autoscore.model.time import Span, parse_timecode, seconds_to_frame, timecode
from autoscore.tables import FOLDER, mood, mood_names, read
from autoscore.tables.keys import parse_key

FILE = "cues.toml"
_TOP = ("film", "cue", "not_marked")
_CUE_FIELDS = (
    "id", "title", "in", "out", "in_type", "out_type", "mood", "key", "tempo_bpm", "metre", "palette", "theme",
    "treatment", "seed", "featured", "without", "muted", "dynamics", "sections", "hits", "why",
)  # fmt: skip
_HIT_FIELDS = ("id", "at", "class", "device", "weight", "reason")
_FACTS = {
    "name": "the film is what it is",
    "duration": "the film is as long as it is",
    "rate": "the film's rate is what it is",
    "target": "use --target instead",
    "seed": "use --seed instead",
    "themes": "the plan decides how many themes there are",
    "advice": "advice is for reading",
}
_CHOICES = ("home_mood", "home_key", "palette")
_METRE = re.compile(r"^([1-9]|1[0-6])/(2|4|8|16)$")
_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")
_TEMPO = (30.0, 260.0)
_LEAST_S = 0.5


def device_names() -> tuple[str, ...]:
    """Every device a hit may name."""
    names = {"auto", "none"}
    if FOLDER.joinpath("transitions.toml").is_file():
        names |= {name for name, row in read("transitions.toml").items() if isinstance(row, dict)}
    for name in mood_names():
        liked = mood(name).devices
        names |= {*liked.hard, *liked.section, *liked.soft}
    return tuple(sorted(names))


def load(text: str, base: CuePlan) -> CuePlan:
    """The plan that the sheet ``text`` describes; ``base`` is the plan it was written from and fills what it leaves out.

    Raises:
        CueSheetError: the sheet cannot be read or contradicts itself; the message names line and field.
    """
    try:
        sheet = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(error) from None
    lines = Lines(text)
    for name in sheet:
        if name not in _TOP:
            where = lines.field(0, name)
            _fail(where, name, "is not a part of a cue sheet", _meant(name, _TOP))
    film = sheet.get("film", {})
    if not isinstance(film, dict):
        _fail(1, "film", "must be a table", "write [film] on a line of its own")
    tables = sheet.get("cue", [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        _fail(lines.table("cue"), "cue", "must be a list of tables", "write [[cue]] with two brackets")
    plan = _film(film, base, lines)
    cues = [_Reader(table, n, lines, plan, base).cue() for n, table in enumerate(tables)]
    _check_together(cues, lines)
    marked = {hit.id for cue in cues for hit in cue.hits}
    left = tuple(hit for hit in base.ignored_hits if hit.id not in marked)
    return replace(plan, cues=tuple(sorted(cues, key=lambda cue: cue.start_s)), ignored_hits=left)


def _fail(line: int, field: str, wrong: str, hint: str) -> NoReturn:
    raise CueSheetError(f"{FILE}, line {line}, {field}: {wrong}", hint)


def _syntax(error: tomllib.TOMLDecodeError) -> CueSheetError:
    match = re.search(r"^(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
    what = match.group(1) if match else str(error)
    where = f"line {match.group(2)}, column {match.group(3)}" if match and match.group(2) else "at its end"
    return CueSheetError(f"{FILE}, {where}: not valid TOML: {what}", "mend that line, or delete the file to plan anew")


def _meant(word: object, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(str(word).lower(), known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"one of: {', '.join(known)}"


def _film(film: dict[str, Any], base: CuePlan, lines: Lines) -> CuePlan:
    start = lines.table("film")
    facts = {
        "name": base.film,
        "duration": timecode(base.duration_s, base.rate),
        "rate": str(base.rate),
        "target": base.target,
        "seed": base.seed,
        "themes": list(base.themes),
        "advice": list(base.advice),
    }
    for key, value in film.items():
        line = lines.field(start, key)
        if key not in (*_FACTS, *_CHOICES):
            _fail(line, f"film.{key}", "is not known", _meant(key, (*_FACTS, *_CHOICES)))
        if key in facts and key != "advice" and value != facts[key]:
            _fail(line, f"film.{key}", f"cannot be changed here (it is {facts[key]!r})", _FACTS[key])
    home_mood = film.get("home_mood", base.home_mood)
    if home_mood not in mood_names():
        _fail(
            lines.field(start, "home_mood"), "film.home_mood", f"no mood {home_mood!r}", _meant(home_mood, mood_names())
        )
    palette = film.get("palette", base.palette)
    if palette not in read("palettes.toml"):
        known = tuple(read("palettes.toml"))
        _fail(lines.field(start, "palette"), "film.palette", f"no palette {palette!r}", _meant(palette, known))
    home_key = film.get("home_key", base.home_key)
    try:
        home_key = home_key if home_key == base.home_key else str(parse_key(str(home_key)))
    except ValueError as error:
        _fail(lines.field(start, "home_key"), "film.home_key", str(error), 'a key is written like "D minor"')
    return replace(base, home_mood=home_mood, home_key=home_key, palette=palette)


def _check_together(cues: list[Cue], lines: Lines) -> None:
    seen: dict[str, int] = {}
    for number, cue in enumerate(cues):
        if cue.id in seen:
            where = lines.field(lines.cue(number), "id")
            _fail(where, "cue.id", f"{cue.id!r} is there twice", "give each cue its own id, like 1M7")
        seen[cue.id] = number
    order = sorted(cues, key=lambda cue: (cue.start_s, cue.end_s))
    for before, after in zip(order, order[1:], strict=False):
        if after.start_s < before.end_s - 1e-6:
            where = lines.field(lines.cue(seen[after.id]), "in")
            text = f"{after.id} starts before {before.id} has ended"
            _fail(where, "cue.in", text, f"let {before.id} end earlier or {after.id} start later")
    hits: dict[str, str] = {}
    for cue in cues:
        for number, hit in enumerate(cue.hits):
            if hit.id in hits:
                where = lines.row(lines.cue(seen[cue.id]), "hits", number)
                _fail(
                    where, "hits.id", f"{hit.id!r} is there twice ({hits[hit.id]} has it)", "give each hit its own id"
                )
            hits[hit.id] = cue.id


@dataclass(slots=True)
class _Reader:
    """Reads one [[cue]] table; ``plan`` carries the film's values, ``base`` what was planned."""

    table: dict[str, Any]
    index: int
    lines: Lines
    plan: CuePlan
    base: CuePlan

    def cue(self) -> Cue:
        for key in self.table:
            if key not in _CUE_FIELDS:
                self.fail(key, "is not known", _meant(key, _CUE_FIELDS))
        name = self.text("id", None)
        if not _ID.match(name):
            self.fail("id", f"{name!r} cannot be an id", "use letters, digits, - and _, like 1M7")
        was = next((cue for cue in self.base.cues if cue.id == name), None)
        start_s = self.time("in", self.table.get("in"), was.start_s if was else None)
        end_s = self.time("out", self.table.get("out"), was.end_s if was else None)
        if end_s - start_s < _LEAST_S:
            wrong = "is before in" if end_s < start_s else f"leaves less than {_LEAST_S} s of music"
            self.fail("out", wrong, "out must come after in")
        mood_name = self.one_of("mood", was.mood if was else self.plan.home_mood, mood_names(), "mood")
        row = mood(mood_name)
        default = was or self.planned(name, start_s, end_s, mood_name)
        return replace(
            default,
            start_s=start_s,
            end_s=end_s,
            title=self.text("title", default.title),
            in_type=self.one_of("in_type", default.in_type, get_args(InType), "in_type"),  # type: ignore[arg-type]
            out_type=self.one_of("out_type", default.out_type, get_args(OutType), "out_type"),  # type: ignore[arg-type]
            mood=row.name,
            key=self.key(default.key),
            tempo_bpm=self.number("tempo_bpm", default.tempo_bpm, *_TEMPO),
            metre=self.metre(default.metre),
            palette=self.one_of("palette", default.palette, tuple(read("palettes.toml")), "palette"),
            theme=self.theme(default.theme),
            seed=int(self.number("seed", default.seed, 0, 2**63 - 1, whole=True)),
            featured=self.names("featured", default.featured, tuple(read("instruments.toml"))),
            without=self.names("without", default.without, (*GROUPS, *read("instruments.toml"))),
            muted=self.flag("muted", default.muted),
            dynamics=self.dynamics(default),
            sections_s=self.sections(default, start_s, end_s),
            hits=self.hits(default, start_s, end_s),
            reasons=self.reasons(default.reasons),
        )

    def planned(self, name: str, start_s: float, end_s: float, mood_name: str) -> Cue:
        """What a cue that a person added is like where they do not say."""
        row, span = mood(mood_name), Span(start_s=start_s, end_s=end_s)
        digest = hashlib.sha256(f"{self.plan.seed}:{name}".encode()).digest()
        speech = tuple(
            Span(start_s=max(s.start_s, start_s), end_s=min(s.end_s, end_s))
            for s in self.base.speech
            if s.overlap_s(span) > 0
        )
        return Cue(
            start_s=start_s,
            end_s=end_s,
            id=name,
            title=row.title,
            in_type="sneak",
            out_type="ring",
            mood=mood_name,
            valence=row.valence,
            arousal=row.arousal,
            key=self.plan.home_key,
            tempo_bpm=row.tempo.prefer_bpm,
            metre=row.tempo.metres[0],
            palette=self.plan.palette,
            theme=ThemeUse(),
            dynamics=(DynamicPoint(time_s=start_s, intensity=round(0.25 + 0.5 * row.arousal, 2)),),
            speech=speech,
            seed=int.from_bytes(digest[:4], "big") >> 1,
            reasons={"in": "you added this cue"},
        )

    def fail(self, field: str, wrong: str, hint: str, row: int | None = None) -> NoReturn:
        start = self.lines.cue(self.index)
        line = self.lines.field(start, field) if row is None else self.lines.row(start, field, row)
        name = self.table.get("id")
        _fail(line, f"{field} of cue {name}" if isinstance(name, str) else field, wrong, hint)

    def text(self, field: str, default: str | None) -> str:
        value = self.table.get(field, default)
        if value is None:
            self.fail(field, "is missing", f'add {field} = "..."')
        if not isinstance(value, str):
            self.fail(field, f"must be text, not {value!r}", "put it in quotation marks")
        return value

    def one_of(self, field: str, default: str, known: Sequence[str], what: str) -> str:
        value = self.text(field, default)
        if value not in known:
            self.fail(field, f"there is no {what} {value!r}", _meant(value, known))
        return value

    def number(self, field: str, default: float, low: float, high: float, *, whole: bool = False) -> float:
        value = self.table.get(field, default)
        return self.checked(field, value, low, high, whole=whole)

    def checked(
        self, field: str, value: Any, low: float, high: float, row: int | None = None, *, whole: bool = False
    ) -> float:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            kind = "a whole number" if whole else "a number"
            self.fail(field, f"must be {kind}, not {value!r}", f"between {low:g} and {high:g}, without quotes", row)
        if not low <= value <= high:
            self.fail(field, f"{value:g} is out of range", f"between {low:g} and {high:g}", row)
        return value if whole else float(value)

    def flag(self, field: str, default: bool) -> bool:
        value = self.table.get(field, default)
        if not isinstance(value, bool):
            self.fail(field, f"must be true or false, not {value!r}", "write true or false without quotes")
        return value

    def time(self, field: str, value: Any, planned_s: float | None, row: int | None = None) -> float:
        """A timecode as film time; the planned time itself where the timecode still says that."""
        if value is None and planned_s is not None:
            return planned_s
        if not isinstance(value, str):
            wrong = "is missing" if value is None else f"must be a timecode in quotes, not {value!r}"
            self.fail(field, wrong, 'write it like "00:01:23:12"', row)
        if planned_s is not None and value == timecode(planned_s, self.base.rate):
            return planned_s
        try:
            time_s = parse_timecode(value, self.base.rate)
        except ValueError as error:
            self.fail(field, str(error), 'write hours:minutes:seconds:frames, like "00:01:23:12"', row)
        if time_s > self.base.duration_s + 1e-6:
            film_end = timecode(self.base.duration_s, self.base.rate)
            self.fail(field, f"{value} is after the end of the film", f"the film ends at {film_end}", row)
        return time_s

    def key(self, default: str) -> str:
        value = self.text("key", default)
        if value == default:
            return value
        try:
            return str(parse_key(value))
        except ValueError as error:
            self.fail("key", str(error), 'a key is written like "D minor"')

    def metre(self, default: str) -> str:
        value = self.text("metre", default)
        if not _METRE.match(value):
            self.fail("metre", f"{value!r} is not a metre", 'like "4/4", "3/4" or "6/8"')
        return value

    def theme(self, default: ThemeUse) -> ThemeUse:
        treatment = self.one_of("treatment", default.treatment, get_args(ThemeTreatment), "treatment")
        known = tuple(dict.fromkeys((*self.base.themes, default.theme)))
        return ThemeUse(theme=self.one_of("theme", default.theme, known, "theme"), treatment=treatment)  # type: ignore[arg-type]

    def names(self, field: str, default: tuple[str, ...], known: Sequence[str]) -> tuple[str, ...]:
        if field not in self.table and default and self.base_has(field):
            return ()
        found = self.rows(field, default)
        for number, name in enumerate(found):
            if name not in known:
                self.fail(field, f"there is no instrument {name!r}", _meant(name, known), number)
        return tuple(found)

    def base_has(self, field: str) -> bool:
        """Whether the field was written because it was not empty, so that its line is gone on purpose."""
        return any(cue.id == self.table.get("id") and getattr(cue, field) for cue in self.base.cues)

    def rows(self, field: str, default: Sequence[Any]) -> list[Any]:
        value = self.table.get(field, list(default))
        if not isinstance(value, list):
            self.fail(field, f"must be a list, not {value!r}", "put it in brackets: [ ... ]")
        return value

    def dynamics(self, default: Cue) -> tuple[DynamicPoint, ...]:
        if "dynamics" not in self.table:
            return default.dynamics
        known = {timecode(p.time_s, self.base.rate): p.time_s for p in default.dynamics}
        points: list[DynamicPoint] = []
        for number, item in enumerate(self.rows("dynamics", ())):
            if not isinstance(item, list) or len(item) != 2:
                self.fail("dynamics", f"{item!r} is not a point", 'write ["00:00:04:00", 0.5]', number)
            time_s = self.time("dynamics", item[0], known.get(item[0]) if isinstance(item[0], str) else None, number)
            value = self.checked("dynamics", item[1], 0.0, 1.0, number)
            if points and time_s <= points[-1].time_s:
                self.fail("dynamics", "points must go forward in time", "sort them by time", number)
            points.append(DynamicPoint(time_s=time_s, intensity=value))
        return tuple(points)

    def sections(self, default: Cue, start_s: float, end_s: float) -> tuple[float, ...]:
        if "sections" not in self.table:
            return default.sections_s
        known = {timecode(t, self.base.rate): t for t in default.sections_s}
        times: list[float] = []
        for number, item in enumerate(self.rows("sections", ())):
            time_s = self.time("sections", item, known.get(item) if isinstance(item, str) else None, number)
            planned = time_s in default.sections_s
            if not start_s <= time_s <= end_s and not planned:
                self.fail("sections", f"{item} is outside the cue", "move it between in and out, or delete it", number)
            times.append(time_s)
        return tuple(sorted(set(times)))

    def hits(self, default: Cue, start_s: float, end_s: float) -> tuple[CueHit, ...]:
        if "hits" not in self.table:
            return default.hits
        known = {hit.id: hit for cue in self.base.cues for hit in cue.hits}
        known |= {hit.id: hit for hit in self.base.ignored_hits if hit.id not in known}
        found: list[CueHit] = []
        for number, item in enumerate(self.rows("hits", ())):
            hit = self.hit(item, number, known)
            if hit.klass != "ignored" and not start_s - 1e-6 <= hit.time_s <= end_s + 1e-6:
                at = timecode(hit.time_s, self.base.rate)
                self.fail("hits", f"{hit.id} at {at} is outside the cue", 'delete it, or set class = "ignored"', number)
            found.append(hit)
        return tuple(sorted(found, key=lambda hit: (hit.time_s, hit.id)))

    def hit(self, item: Any, number: int, known: dict[str, CueHit]) -> CueHit:
        if not isinstance(item, dict):
            self.fail("hits", f"{item!r} is not a hit", 'write { at = "00:00:04:00", class = "hard" }', number)
        for key in item:
            if key not in _HIT_FIELDS:
                self.fail("hits", f"{key!r} is not known in a hit", _meant(key, _HIT_FIELDS), number)
        name = item.get("id", f"{self.table.get('id')}-u{number + 1:02d}")
        was = known.get(name) if isinstance(name, str) else None
        time_s = self.time("hits", item.get("at"), was.time_s if was else None, number)
        exact = was is not None and time_s == was.time_s
        texts = {
            "id": name,
            "class": item.get("class", was.klass if was else "hard"),
            "device": item.get("device", was.device if was else "auto"),
            "reason": item.get("reason", was.reason if was else "you added it"),
        }
        for key, value in texts.items():
            if not isinstance(value, str):
                self.fail("hits", f"{key} must be text, not {value!r}", "put it in quotation marks", number)
        for key, names in (("class", get_args(HitClass)), ("device", device_names())):
            if texts[key] not in names:
                self.fail("hits", f"there is no {key} {texts[key]!r}", _meant(texts[key], names), number)
        device = texts["device"]
        if was is not None and was.klass == "ignored" and texts["class"] != "ignored" and device == "none":
            device = "auto"
        weight = self.checked("hits", item.get("weight", was.weight if was else 0.8), 0.0, 1.0, number)
        return CueHit(
            id=name,
            frame=was.frame if was is not None and exact else seconds_to_frame(time_s, self.base.rate),
            time_s=time_s,
            klass=texts["class"],  # type: ignore[arg-type]
            weight=weight,
            device=device,
            reason=texts["reason"],
        )

    def reasons(self, default: dict[str, str]) -> dict[str, str]:
        value = self.table.get("why", default)
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            self.fail("why", "must be a table of texts", 'write lines like mood = "..." under [cue.why]')
        return dict(value)
