"""Reading one [[cue]] of the sheet, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, get_args

from autoscore.adapters.cuesheet_added import added
from autoscore.adapters.cuesheet_hit import as_set, device_names, outside
from autoscore.adapters.cuesheet_lines import Lines, fail, meant
from autoscore.model.brief import MOST_TAKES
from autoscore.model.cues import (
    REASON,
    WHY,
    Cue,
    CueHit,
    CuePlan,
    DynamicPoint,
    InType,
    OutType,
    ThemeTreatment,
    ThemeUse,
)  # fmt: skip
from autoscore.model.names import CUE_ID
from autoscore.model.score import GROUPS
from autoscore.model.spotting import HitClass
from autoscore.model.tempo import is_metre
from autoscore.model.time import parse_timecode, seconds_to_frame, timecode
from autoscore.tables import mood, mood_names, read
from autoscore.tables.keys import parse_key
from autoscore.tables.palettes import palette_names

_CUE_FIELDS = (
    "id", "title", "in", "out", "in_type", "out_type", "mood", "key", "tempo_bpm", "metre", "palette", "theme",
    "treatment", "seed", "take", "featured", "without", "muted", "dynamics", "sections", "hits", "why",
)  # fmt: skip
_HIT_FIELDS = ("id", "at", "class", "device", "weight", "reason")
_TEMPO = (40.0, 220.0)
_LEAST_S = 0.2


@dataclass(slots=True)
class CueReader:
    """Reads one [[cue]] table; ``plan`` carries the film's values, ``base`` what was planned."""

    table: dict[str, Any]
    index: int
    lines: Lines
    plan: CuePlan
    base: CuePlan
    own: frozenset[str] = frozenset()  # ids of the hits that the cue had
    said: set[str] = field(default_factory=set)  # where the person gave reasons in words of their own
    passed: list[CueHit] = field(default_factory=list)  # planned hits that lie outside since in or out was moved

    def cue(self) -> Cue:
        for key in self.table:
            if key not in _CUE_FIELDS:
                self.fail(key, "is not known", meant(key, _CUE_FIELDS))
        name = self.text("id", None)
        if not CUE_ID.fullmatch(name):
            self.fail("id", f"{name!r} cannot be an id", "use letters, digits, - and _, like 1M7")
        was = next((cue for cue in self.base.cues if cue.id == name), None)
        start_s = self.time("in", self.table.get("in"), was.start_s if was else None)
        end_s = self.time("out", self.table.get("out"), was.end_s if was else None)
        if end_s - start_s < _LEAST_S:
            wrong = "is before in" if end_s < start_s else f"leaves less than {_LEAST_S} s of music"
            self.fail("out", wrong, "out must come after in")
        mood_name = self.one_of("mood", was.mood if was else self.plan.home_mood, mood_names(), "mood")
        row = mood(mood_name)
        own = self.base.own_palette
        known = (*((own.name,) if own is not None else ()), *palette_names())
        default = was or added(name, start_s, end_s, mood_name, self.plan, tuple(self.table))
        palette = self.one_of("palette", default.palette, known, "palette")
        self.said = {name for name in default.chosen if name.startswith((WHY, REASON))}
        hits, reasons = self.hits(default, start_s, end_s), self.reasons(default.reasons)
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
            palette=palette,
            own_palette=own if own is not None and own.name == palette else None,
            theme=self.theme(default.theme),
            seed=int(self.number("seed", default.seed, 0, 2**63 - 1, whole=True)),
            take=self.take(),
            featured=self.names("featured", tuple(read("instruments.toml"))),
            without=self.names("without", (*GROUPS, *read("instruments.toml"))),
            muted=self.flag("muted"),
            dynamics=self.dynamics(default),
            sections_s=self.sections(default, start_s, end_s),
            hits=hits,
            reasons=reasons,
            chosen=tuple(sorted({*default.chosen, *self.said})),
        )

    def fail(self, field: str, wrong: str, hint: str, row: int | None = None) -> NoReturn:
        start = self.lines.cue(self.index)
        line = self.lines.field(start, field) if row is None else self.lines.row(start, field, row)
        name = self.table.get("id")
        fail(line, f"{field} of cue {name}" if isinstance(name, str) else field, wrong, hint)

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
            self.fail(field, f"there is no {what} {value!r}", meant(value, known))
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
            large = isinstance(value, int) and abs(value) > 1e15  # of hundreds of digits, it may be no float
            said = f"{str(value)[:15]}..." if large else f"{value:g}"
            self.fail(field, f"{said} is out of range", f"between {low:g} and {high:g}", row)
        return value if whole else float(value)

    def take(self) -> int | None:
        # Written only where one was chosen, like the instruments: without the line it is the film's.
        return int(self.number("take", 1, 1, MOST_TAKES, whole=True)) if "take" in self.table else None

    def flag(self, field: str) -> bool:
        value = self.table.get(field, False)
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
        if not is_metre(value):
            self.fail("metre", f"{value!r} is not a metre", 'like "4/4", "3/4" or "6/8"')
        return value

    def theme(self, default: ThemeUse) -> ThemeUse:
        treatment = self.one_of("treatment", default.treatment, get_args(ThemeTreatment), "treatment")
        known = tuple(dict.fromkeys((*self.base.themes, default.theme)))
        return ThemeUse(theme=self.one_of("theme", default.theme, known, "theme"), treatment=treatment)  # type: ignore[arg-type]

    def names(self, field: str, known: Sequence[str]) -> tuple[str, ...]:
        # These are written only where they are not empty: without the line there is nothing.
        found = self.rows(field, ())
        for number, name in enumerate(found):
            if name not in known:
                self.fail(field, f"there is no instrument {name!r}", meant(name, known), number)
        return tuple(found)

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
        planned = {hit.id: hit for hit in default.hits}
        self.own = frozenset(planned)
        known = {hit.id: hit for cue in self.base.cues for hit in cue.hits}
        known |= {hit.id: hit for hit in self.base.ignored_hits if hit.id not in known}
        found: list[CueHit] = []
        rows = self.rows("hits", ()) if "hits" in self.table else default.hits
        for number, item in enumerate(rows):
            hit = item if isinstance(item, CueHit) else self.hit(item, number, known)
            if hit.klass != "ignored" and not start_s - 1e-6 <= hit.time_s <= end_s + 1e-6:
                if hit.id in planned and hit.time_s == planned[hit.id].time_s:
                    self.passed.append(outside(hit))
                    continue
                at = timecode(hit.time_s, self.base.rate)
                self.fail("hits", f"{hit.id} at {at} is outside the cue", 'delete it, or set class = "ignored"', number)
            found.append(hit)
        return tuple(sorted(found, key=lambda hit: (hit.time_s, hit.id)))

    def hit(self, item: Any, number: int, known: dict[str, CueHit]) -> CueHit:
        if not isinstance(item, dict):
            self.fail("hits", f"{item!r} is not a hit", 'write { at = "00:00:04:00", class = "hard" }', number)
        for key in item:
            if key not in _HIT_FIELDS:
                self.fail("hits", f"{key!r} is not known in a hit", meant(key, _HIT_FIELDS), number)
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
                self.fail("hits", f"there is no {key} {texts[key]!r}", meant(texts[key], names), number)
        device = texts["device"]
        copied = was is not None and was.klass == "ignored" and name not in self.own
        if copied and texts["class"] == "ignored":
            texts["class"] = "hard"  # its line was copied here, as it stood, to have it marked
        if copied and device == "none":
            device = "auto"
        weight = self.checked("hits", item.get("weight", was.weight if was else 0.8), 0.0, 1.0, number)
        frame = was.frame if was is not None and exact else seconds_to_frame(time_s, self.base.rate)
        hit = CueHit(id=name, frame=frame, time_s=time_s, klass=texts["class"], weight=weight, device=device,
                     reason=texts["reason"])  # fmt: skip
        mark = f"{REASON} {name}"
        if "reason" in item and item["reason"] != (was.reason if was else ""):
            self.said.add(mark)
        return as_set(hit, was, said=mark in self.said)

    def reasons(self, default: dict[str, str]) -> dict[str, str]:
        value = self.table.get("why", default)
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            self.fail("why", "must be a table of texts", 'write lines like mood = "..." under [cue.why]')
        self.said |= {f"{WHY} {name}" for name, text in value.items() if text != default.get(name)}
        return dict(value)
