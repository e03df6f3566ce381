"""A film of 20 minutes: where its themes are stated, its climax, its last half minute, and its keys."""

from __future__ import annotations

from dataclasses import dataclass

from figures import figure
from music_takes import Asked, Report, Scored, short, table
from studio import Take, compose_spotted, long_film

from autoscore.model.brief import Brief
from autoscore.model.score import CueScore, Note, Part, Theme
from autoscore.stages.compose.themes.similarity import of_theme, similarity, tune

HEARD = 0.6
LAST_S = 30.0
HEAD_NOTES = 6
STRETCHES = (1, 2)
FEWEST, MOST = 0.7, 1.5
"""Notes of a passage, as shares of the theme's."""
STATEMENTS_WANTED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A stretch of melody that is like a theme, or like its head (``whole`` False)."""

    theme: str
    cue: str
    start_s: float
    end_s: float
    likeness: float
    whole: bool
    instrument: str


def _passages(part: Part, theme: Theme, notes: int) -> list[list[Note]]:
    """Stretches of a part as long as the theme's first ``notes`` notes, from every note that follows a rest or stands
    on a beat; with about as many notes, for a passage is no statement of what it leaves out."""
    beats = sum(theme.durations_beats[:notes])
    found = []
    for stretch in STRETCHES:
        for i, note in enumerate(part.notes):
            before = part.notes[i - 1] if i else None
            fresh = before is None or before.start_beats + before.length_beats < note.start_beats
            if not fresh and note.start_beats.denominator != 1:
                continue
            until = note.start_beats + beats * stretch
            inside = [n for n in part.notes[i : i + 2 * notes] if n.start_beats < until]
            if notes * FEWEST <= len(inside) <= notes * MOST:
                found.append(inside)
    return found


def statements(take: Take) -> list[Statement]:
    """The statements of themes in the film in order of time: at each moment the likeliest, whole ones first."""
    found: list[Statement] = []
    for score in take.score.cues:
        candidates = [s for theme in take.score.themes for s in _of(theme, score, take)]
        taken: list[Statement] = []
        for one in sorted(candidates, key=lambda s: (-s.likeness - 0.4 * s.whole, s.start_s, s.theme, s.instrument)):
            if all(one.end_s <= t.start_s + 0.5 or one.start_s >= t.end_s - 0.5 for t in taken):
                taken.append(one)
        found += taken
    return sorted(found, key=lambda s: s.start_s)


def _of(theme: Theme, score: CueScore, take: Take) -> list[Statement]:
    tempo = take.tempo.of(score.cue_id)
    count, head = len(theme.degrees), min(len(theme.degrees), max(theme.motif_notes, HEAD_NOTES))
    found = []
    for part in score.parts:
        if part.role not in ("melody", "counter"):
            continue
        for whole, notes in ((True, count), (False, head)):
            shape = of_theme(theme, notes)
            for passage in _passages(part, theme, notes):
                likeness = similarity(tune(passage), shape)
                if likeness >= HEARD:
                    end = passage[-1].start_beats + passage[-1].length_beats
                    found.append(
                        Statement(
                            theme=theme.id, cue=score.cue_id, start_s=tempo.seconds_at(passage[0].start_beats),
                            end_s=tempo.seconds_at(end), likeness=likeness, whole=whole, instrument=part.instrument,
                        )
                    )  # fmt: skip
    return found


def run(_scored: list[Scored], _asked: Asked) -> Report:
    """Statements by time; climax; last 30 s; key plan."""
    media, spotting = long_film()
    take = compose_spotted(media, spotting, Brief())
    told = statements(take)
    climax = next((c for c in take.plan.cues if c.is_climax), take.plan.cues[-1])
    end_s = max(c.end_s for c in take.plan.cues)
    main = [s for s in told if s.theme == "main"]
    at_climax = [s for s in main if s.cue == climax.id]
    last = [s for s in main if s.end_s > end_s - LAST_S]
    report = Report(title=f"A film of {media.duration_s / 60:.0f} minutes, default settings")
    report.lines += [
        f"Main theme: {len(main)} statements at {HEARD} or more ({sum(s.whole for s in main)} of them the whole theme) "
        f"in {len({s.cue for s in main})} cues; wanted {STATEMENTS_WANTED}.",
        f"Climax {climax.id} ({climax.start_s:.0f}-{climax.end_s:.0f} s, {climax.mood}): {_told(at_climax)}.",
        f"Last {LAST_S:.0f} s of music: {_told(last)}.",
        f"Home {take.plan.home_key}. Composed in {take.composing_s:.1f} s "
        f"({100 * take.composing_s / media.duration_s:.2f} % of the film).",
        "",
    ]
    cues = take.plan.cues
    report.lines += table(
        ["cue", "time s", "mood", "key", "theme", "treatment", "main theme heard (W whole, h head)"],
        [
            [
                c.id,
                f"{c.start_s:.0f}-{c.end_s:.0f}",
                c.mood,
                c.key,
                c.theme.theme,
                c.theme.treatment,
                _heard(main, c.id),
            ]
            for c in cues
        ],
    )
    report.lines += ["", *table(["at s", "cue", "theme", "what", "likeness", "who"], [_row(s) for s in told])]
    report.figures = [
        figure("main theme stated in 20 minutes", len(main), unit="times", aim=f">= {STATEMENTS_WANTED}"),
        figure(
            "likeness of the whole theme at the climax",
            max((s.likeness for s in at_climax if s.whole), default=0.0),
            aim=f">= {HEARD}",
        ),
        figure("likeness in the last half minute", max((s.likeness for s in last), default=0.0), aim=f">= {HEARD}"),
    ]
    report.data = {
        "main_statements": len(main), "main_whole": sum(s.whole for s in main), "main_cues": len({s.cue for s in main}),
        "climax": max((s.likeness for s in at_climax), default=0.0),
        "climax_whole": max((s.likeness for s in at_climax if s.whole), default=0.0),
        "last": max((s.likeness for s in last), default=0.0), "keys": {c.id: c.key for c in take.plan.cues},
    }  # fmt: skip
    return report


def _told(found: list[Statement]) -> str:
    shown = [f"{'whole' if s.whole else 'head'} {s.likeness:.2f} at {s.start_s:.0f} s ({s.instrument})" for s in found]
    return ", ".join(shown) or "the main theme is **not** stated"


def _row(one: Statement) -> list[str]:
    what = "whole" if one.whole else "head"
    return [f"{one.start_s:.0f}", one.cue, one.theme, what, short(one.likeness), one.instrument]


def _heard(main: list[Statement], cue: str) -> str:
    return ", ".join(f"{'W' if s.whole else 'h'} {s.likeness:.2f}" for s in main if s.cue == cue) or "-"
