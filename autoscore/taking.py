"""Several scores for one plan: composed beside the film's own, ranked, shown, and chosen from."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autoscore import artifacts, editing, preflight, steps, tables, verbs
from autoscore.adapters.files import write_text
from autoscore.errors import StorageError, UsageError
from autoscore.hints import brief_of, replacing, score_command
from autoscore.manifest import digest
from autoscore.model.brief import MOST_TAKES, Brief
from autoscore.model.cues import CuePlan
from autoscore.model.media import Media
from autoscore.model.score import CueScore
from autoscore.model.takes import Take, Takes
from autoscore.model.tempo import CueTempo, TempoMap
from autoscore.product import ByCue, Product
from autoscore.runner import Runner
from autoscore.sums import cue_sum
from autoscore.tables.keys import parse_key, third_of
from autoscore.workspace import Workspace, locate

LIST = f"{verbs.TAKES}/takes.json"
HEADERS = ("take", "rank", "worth", "hits", "taste", "form", "critic", "apart", "theme", "used", "faults")
BEST, FILM = "best", "film"
_PICK = re.compile(r"^(?:([^=]+)=)?([^=]+)$")


def compose_takes(
    runner: Runner,
    media: Product[Media],
    plan: Product[CuePlan],
    tempo: ByCue[TempoMap, CueTempo],
    count: int,
    known: dict[str, CueScore],
) -> Takes:
    """``count`` takes of all cues, each with its MIDI in a folder of its own, and their ranking.

    Args:
        known: see ``steps.compose``; the film's own score is then taken from there.
    """
    from autoscore.stages.compose.takes import rank_takes
    from autoscore.stages.deliver import write_score_midi

    scores, changed = {}, False
    for number in range(1, count + 1):
        score = steps.compose(runner, plan, tempo, take=number, known=known)
        scores[number] = score.value
        stage = verbs.take_stage(number)
        folder = runner.workspace.path(stage.file).parent
        changed = changed or bool(runner.outcomes[stage.name].made)
        if not runner.dry and (runner.outcomes[stage.name].made or not (folder / "score.mid").exists()):
            write_score_midi(plan.value, tempo.value, score.value, media.value.duration_s, folder)
    before = _listed(runner.workspace)
    if before is not None and not changed and {take.number for take in before.takes} == scores.keys():
        return before
    ranked = replace(rank_takes(plan.value, tempo.value, scores), made_from=_made_from(plan.value))
    if not runner.dry:
        write_text(runner.workspace.path(LIST), artifacts.dump(ranked))
    return ranked


def _listed(workspace: Workspace) -> Takes | None:
    """The ranking that lies in the workspace."""
    path = workspace.path(LIST)
    if not path.exists():
        return None
    takes = artifacts.load(Takes, workspace.read_text(LIST), str(path))
    try:
        parse_key(takes.home_key)
    except ValueError as error:
        raise StorageError(f"{path}: {error}", "Delete the file to have the takes composed anew.") from None
    return takes


def settle(runner: Runner, plan: Product[CuePlan], takes: Takes) -> Product[CuePlan]:
    """``plan`` with the best take where none was chosen yet; a choice that stands is kept, and a better take named."""
    if runner.dry:
        return plan
    if plan.value.take is None:
        from autoscore.adapters import cuesheet

        return editing.choose_take(runner, verbs.PLAN, plan, takes.best, cuesheet.dump)
    if plan.value.take != takes.best:
        runner.warn(
            verbs.COMPOSE.name,
            [f"Take {takes.best} ranks first; the cue sheet has take {plan.value.take}, which stays until you pick."],
        )
    return plan


def _made_from(plan: CuePlan) -> str:
    film: list[object] = [plan.seed, plan.identity, plan.home_mood, plan.home_key, plan.palette]
    film += [artifacts.dump(own) for own in (plan.own_theme, plan.own_palette) if own is not None]
    return digest(film, [cue_sum(replace(cue, take=None)) for cue in plan.cues if not cue.muted])


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The takes of a film beside what its cue sheet has chosen. ``picked`` are sentences about what was just chosen;
    ``behind``: the sheet has changed since they were composed. ``output`` is the finished film, where there is one.
    """

    film: Path
    workspace: Path
    takes: Takes
    take: int | None
    cue_takes: dict[str, int]
    picked: tuple[str, ...] = ()
    behind: bool = False
    output: str = ""
    brief: Brief = field(default_factory=Brief)
    """The wishes of the last run."""

    def rows(self) -> list[tuple[object, ...]]:
        """One row a take, best first, as ``HEADERS`` names them."""
        return [
            (
                take.number,
                take.rank,
                f"{take.worth:.2f}",
                f"{take.hits:.0%}",
                f"{take.clean:.0%}",
                f"{take.form:.0%}",
                f"{take.critic:.2f}",
                f"{take.distance:.2f} ({take.nearest})" if take.nearest else "",
                theme_text(take, self.takes.home_key),
                self.used(take),
                len(take.faults),
            )
            for take in self.takes.takes
        ]

    def faults(self) -> list[str]:
        """What is wrong with each take that has faults, in plain words, most frequent first; a line a take."""
        return [
            f"Faults of take {take.number}: {'; '.join(map(fault_text, take.faults))}."
            for take in self.takes.takes
            if take.faults
        ]

    def document(self) -> dict[str, Any]:
        """All of it for another program."""
        told = artifacts.plain(self.takes)
        del told["schema"]
        for row, take in zip(told["takes"], self.takes.takes, strict=True):
            row["theme_notes"] = theme_text(take, self.takes.home_key).split()
            row["used_in"] = self.used(take)
            row["faults_in_words"] = [fault_text(name) for name in take.faults]
            row["folder"] = str(self.workspace / verbs.take_stage(take.number).file).removesuffix("/score.json")
        chosen = {"take": self.take, "cue_takes": dict(self.cue_takes)}
        chosen["sheet_changed_since"] = self.behind
        places = {"film": str(self.film), "workspace": str(self.workspace)}
        return {**places, **chosen, **{k: v for k, v in told.items() if k != "film"}, "picked": list(self.picked)}

    def command(self) -> str:
        """What to type next."""
        if self.picked or self.behind:
            anew = () if self.picked else ("--takes", str(len(self.takes.takes)))
            return score_command(self.film, self.brief, self.workspace, *anew, *replacing(self.output))
        others = (take.number for take in self.takes.takes if not self.used(take))
        words = ["autoscore", "takes", str(self.film), "--pick", str(next(others, self.takes.best))]
        if self.workspace != locate(self.film).workspace:
            words += ["--workspace", str(self.workspace)]
        return shlex.join(words)

    def used(self, take: Take) -> str:
        """Where a take is heard: "film", the cues that have it, or nothing; one of another sheet is heard nowhere."""
        if self.behind:
            return ""
        own = [cue for cue, number in self.cue_takes.items() if number == take.number]
        return ", ".join([*(["film"] if (self.take or 1) == take.number else []), *own])


def fault_text(name: str) -> str:
    """What is wrong where the check ``name`` fails, as tables/taste.toml says it."""
    return str(tables.read("taste.toml")["checks"].get(name, {}).get("title", name.replace("_", " ")))


def theme_text(take: Take, home_key: str) -> str:
    """The first notes of a take's main theme by name, as the home key spells them."""
    from autoscore.adapters.spelling import spelled

    key = parse_key(home_key)
    minor = third_of(key.mode) == "minor"
    major = (key.pitch_class + (3 if minor else 0)) % 12
    fifths = (7 * major + 5) % 12 - 5
    names = (spelled(pitch, fifths, minor) for pitch in take.theme)
    return " ".join(f"{name.replace('-', 'b')}{octave}" for name, octave in names)


def show(film: Path, workspace: Path | None = None, picks: tuple[str, ...] = ()) -> Shown:
    """The takes of ``film``, and with ``picks`` ("3", "best", "1M2=3", "1M2=film") the cue sheet changed to use them.

    Raises:
        UsageError: no takes were composed, they belong to another cue sheet, or a pick names no take or no cue.
        CueSheetError: the cue sheet cannot be read.
    """
    preflight.check_film(film)
    area = Workspace(locate(film, workspace).workspace, film.name)
    takes = _listed(area)
    if takes is None:
        four = score_command(film, brief_of(area.manifest.wishes), area.folder, "--takes", "4")
        raise UsageError(f"No takes of {film} have been composed.", f"`{four}` makes four.")
    base = artifacts.load(CuePlan, area.read_text(verbs.PLAN.file), str(area.path(verbs.PLAN.file)))
    text = area.read_text(editing.SHEET)
    from autoscore.adapters import cuesheet

    by_hand = editing.touched(area, verbs.PLAN) or "" not in area.pieces(verbs.PLAN.name)
    plan = cuesheet.load(text, base) if by_hand else base
    delivered = area.pieces(verbs.DELIVER.name).get("")
    shown = Shown(
        film=film,
        workspace=area.folder,
        takes=takes,
        take=plan.take,
        cue_takes={cue.id: cue.take for cue in plan.cues if cue.take is not None},
        behind=takes.made_from != _made_from(plan),
        output=next((name for name in delivered.files if Path(name).is_absolute()), "") if delivered else "",
        brief=brief_of(area.manifest.wishes),
    )
    if not picks:
        return shown
    if shown.behind and not all(pick.endswith(f"={FILM}") for pick in picks):
        raise UsageError(
            f"The takes of {film} were composed for another cue sheet than the one that is there now.",
            f"`{shown.command()}` composes them anew.",
        )
    said: list[str] = []
    with area.opened():
        for pick in picks:
            plan, sentence = _picked(plan, takes, pick)
            said.append(sentence)
        text = cuesheet.dump(plan, text)
        if by_hand:
            write_text(area.path(editing.SHEET), text)
        else:
            editing.pick(area, verbs.PLAN, plan, text)
    chosen = {cue.id: cue.take for cue in plan.cues if cue.take is not None}
    return replace(shown, take=plan.take, cue_takes=chosen, picked=tuple(said))


def _picked(plan: CuePlan, takes: Takes, pick: str) -> tuple[CuePlan, str]:
    match = _PICK.match(pick.replace(" ", ""))
    if match is None:
        raise UsageError(f"{pick!r} is not a pick", "Write --pick 3, --pick best, or for one cue --pick 1M2=3.")
    cue_id, wanted = match.group(1), match.group(2).lower()
    numbers = sorted(take.number for take in takes.takes)
    number = takes.best if wanted == BEST else int(wanted) if wanted.isdecimal() else 0
    if cue_id is not None and wanted == FILM:
        number = 0
    elif number not in numbers or number > MOST_TAKES:
        there = ", ".join(str(n) for n in numbers)
        raise UsageError(f"There is no take {match.group(2)} of {plan.film}", f"Composed were {there}.")
    if cue_id is None:
        return replace(plan, take=number), f"The film has take {number}."
    if cue_id not in {cue.id for cue in plan.cues}:
        raise UsageError(f"There is no cue {cue_id}", f"Cues: {', '.join(cue.id for cue in plan.cues)}.")
    cues = tuple(replace(cue, take=number or None) if cue.id == cue_id else cue for cue in plan.cues)
    said = f"Cue {cue_id} has take {number}." if number else f"Cue {cue_id} has the film's take."
    return replace(plan, cues=cues), said
