"""Each stage as a step of a run: what its product is made from, and the call that makes it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from autoscore import cuewise
from autoscore.adapters.heap import give_back
from autoscore.brought import Brought
from autoscore.manifest import digest
from autoscore.model.analysis import Analysis, Curves
from autoscore.model.audio import Delivery, Mix, Stems
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan, in_take
from autoscore.model.events import Progress
from autoscore.model.media import Media
from autoscore.model.score import CueScore, Score
from autoscore.model.spotting import Spotting
from autoscore.model.tempo import CueTempo, TempoMap
from autoscore.placing import check_unchanged, place
from autoscore.product import ByCue, Product
from autoscore.runner import Runner
from autoscore.sums import cue_sum, tables_digest
from autoscore.verbs import ANALYZE, COMPOSE, DELIVER, MIX, PROBE, RENDER, SPOT, TEMPO, take_stage

if TYPE_CHECKING:
    from autoscore.stages.deliver import Ahead
    from autoscore.stages.render import FontSet, Room


_TOGETHER = {False: 4, True: 16}
"""Cues that are played together, of a final and of a draft, whose cues are one stem and whose samples are light: more
of them read less, and hold more."""


def probe(runner: Runner, film: Path) -> Product[Media]:
    from autoscore.stages.probe import probe
    from autoscore.stages.probe.digest import digest as film_digest

    before = film_digest(film)

    def make(_progress: Progress) -> Media:
        found = probe(film)
        check_unchanged(film, before)
        return found

    return runner.whole(PROBE, Media, runner.key(PROBE, {}, [digest(asdict(before))]), make)


def analyze(runner: Runner, film: Path, media: Product[Media], brief: Brief) -> Product[Analysis]:
    def make(progress: Progress) -> Analysis:
        from autoscore.stages.analyze import analyze

        found = analyze(film, media.value, progress, quality=brief.quality)
        check_unchanged(film, media.value.digest)
        return found

    return runner.whole(ANALYZE, Analysis, runner.key(ANALYZE, asdict(brief), [media.digest]), make)


def spot(runner: Runner, media: Product[Media], analysis: Product[Analysis], brief: Brief) -> Product[Spotting]:
    def make(_progress: Progress) -> Spotting:
        from autoscore.stages.spot import spot

        return spot(media.value, analysis.value, brief)

    key = runner.key(SPOT, asdict(brief), [media.digest, analysis.digest, tables_digest()])
    return runner.whole(SPOT, Spotting, key, make)


def tempo(runner: Runner, plan: Product[CuePlan]) -> ByCue[TempoMap, CueTempo]:
    from autoscore.stages.tempo import tempo_cue

    cues = {cue.id: cue for cue in plan.value.cues}
    about = [tables_digest()]
    totals = {cue.id: cue_sum(replace(cue, take=None)) for cue in plan.value.cues}  # another take has the same bars
    return cuewise.joined(
        runner,
        TEMPO,
        TempoMap,
        CueTempo,
        {name: runner.key(TEMPO, {}, [total, *about]) for name, total in totals.items()},
        rest=lambda: TempoMap(cues=()),
        make=lambda name: tempo_cue(cues[name]),
    )


def compose(
    runner: Runner,
    plan: Product[CuePlan],
    tempo: ByCue[TempoMap, CueTempo],
    *,
    take: int | None = None,
    known: dict[str, CueScore] | None = None,
) -> ByCue[Score, CueScore]:
    """The score as the plan wants it, or all of it in one ``take``, which lies in a file of its own.

    Args:
        known: cues that were composed in this run, by what they were made from; grows.
    """
    from autoscore.stages.compose import compose_cue, theme_book

    film = plan.value
    numbers = {cue.id: take or film.take_of(cue) for cue in film.cues}
    cues = {cue.id: in_take(cue, numbers[cue.id]) for cue in film.cues}
    book = cache(lambda number: theme_book(film, take=number))
    # A theme book is made from these alone, so its own digest need not wait for it to be written.
    own = [digest(asdict(one)) for one in (film.own_theme, film.own_palette) if one]
    about = [str(film.seed), film.identity, film.home_mood, film.home_key, film.palette, *film.themes, *own]
    keys = {
        name: runner.key(COMPOSE, {}, [cue_sum(cue), str(numbers[name]), tempo.sums[name], *about, tables_digest()])
        for name, cue in cues.items()
    }

    def make(name: str) -> CueScore:
        if known is not None and keys[name] in known:
            return known[keys[name]]
        return compose_cue(cues[name], tempo.part(name), book(numbers[name]))

    product = cuewise.joined(
        runner,
        COMPOSE if take is None else take_stage(take),
        Score,
        CueScore,
        keys,
        rest=lambda: Score(seed=film.seed, themes=book(take or film.take or 1), cues=()),
        make=make,
    )
    if known is not None:
        known |= {keys[part.cue_id]: part for part in product.value.cues}
    return product


def render(
    runner: Runner, score: ByCue[Score, CueScore], tempo: ByCue[TempoMap, CueTempo], brief: Brief
) -> Product[Stems]:
    fonts = find_fonts(brief.soundfont)
    runner.warn(RENDER.name, fonts.warnings)
    folder = runner.workspace.path(RENDER.file)

    about = [*(font.sha256 for font in fonts.fonts), tables_digest()]
    keys = {
        name: runner.key(RENDER, asdict(brief), [score.sums[name], tempo.sums[name], *about]) for name in score.sums
    }
    lengths = {cue.cue_id: max(0.1, cue.end_s - cue.start_s) for cue in tempo.value.cues}
    rooms: list[Room] = []
    draft = brief.quality == "draft"
    with ExitStack() as opened:

        def begin(names: Sequence[str]) -> None:
            from autoscore.stages.render import Room, release

            if not rooms:
                folder.mkdir(exist_ok=True)
                opened.callback(release)
                scratch = opened.enter_context(runner.workspace.scratch(RENDER.name))
                rooms.append(opened.enter_context(Room(fonts, scratch, draft=draft)))
            rooms[0].begin([(score.part(name), tempo.part(name)) for name in names])

        def make(name: str, progress: Progress) -> Stems:
            stems = rooms[0].finish(name, progress)
            placed = []
            for stem in stems.stems:
                file = Path(stem.path).name
                (rooms[0].folder / file).replace(folder / file)
                placed.append(replace(stem, path=f"{RENDER.file}/{file}"))
            return replace(stems, stems=tuple(placed))

        products = cuewise.separate(
            runner, RENDER, Stems, keys, weights=lengths, together=_TOGETHER[draft], begin=begin, make=make,
            files=lambda made: (s.path for s in made.stems),
        )  # fmt: skip
    values = [products[name].value for name in keys]
    whole = Stems(
        stems=tuple(stem for value in values for stem in value.stems),
        soundfonts={name: sha for value in values for name, sha in value.soundfonts.items()},
        presets={name: preset for value in values for name, preset in value.presets.items()},
        warnings=tuple(dict.fromkeys(text for value in values for text in value.warnings)),
    )
    return Product(value=whole, digest=digest([products[name].digest for name in keys]))


def ahead(runner: Runner, media: Product[Media], brief: Brief, *, output: Path) -> Ahead:
    """What delivering may begin while the mix is being written; ends with its context."""
    from autoscore.stages.deliver import Ahead

    return Ahead(media.value, brief, output, runner.workspace.folder)


def mix(
    runner: Runner,
    film: Path,
    media: Product[Media],
    analysis: Product[Analysis],
    plan: Product[CuePlan],
    stems: Product[Stems],
    brief: Brief,
    ahead: Ahead,
) -> Product[Mix]:
    """``ahead`` begins with the finished film's sound as soon as the mix is being written."""
    folder = runner.workspace.folder

    def make(progress: Progress) -> Mix:
        from autoscore.stages.mix import mix

        heard = _in_short(analysis)
        made = mix(film, media.value, heard, plan.value, stems.value, folder, brief, folder, progress, ahead.begin)
        check_unchanged(film, media.value.digest)
        ahead.whole()
        return made

    inputs = [media.digest, analysis.digest, plan.digest, stems.digest, tables_digest()]
    key = runner.key(MIX, asdict(brief), inputs)
    return runner.whole(MIX, Mix, key, make, files=lambda value: (value.path, value.music_path))


def deliver(
    runner: Runner,
    film: Path,
    media: Product[Media],
    analysis: Product[Analysis],
    plan: Product[CuePlan],
    tempo: Product[TempoMap],
    score: ByCue[Score, CueScore],
    stems: Product[Stems],
    mix: Product[Mix],
    brief: Brief,
    ahead: Ahead,
    *,
    output: Path,
) -> Product[Delivery]:
    where = str(output.absolute())

    def ready(draft: Path) -> None:
        check_unchanged(film, media.value.digest)
        place(runner.workspace, draft, output)

    def make(progress: Progress) -> Delivery:
        from autoscore.stages.deliver import deliver

        found = _in_short(analysis)
        return deliver(
            film=film,
            media=media.value,
            analysis=found,
            plan=plan.value,
            tempo=tempo.value,
            score=score.outline(lambda cue: replace(cue, parts=(), chords=())),
            music=score.part,
            stems=stems.value,
            mix=mix.value,
            brief=brief,
            workspace=runner.workspace.folder,
            output=output,
            on_progress=progress,
            on_ready=ready,
            ahead=ahead,
        )

    products: tuple[Product[object], ...] = (media, analysis, plan, tempo, score, stems, mix)  # type: ignore[assignment]
    key = runner.key(DELIVER, asdict(brief), [*(product.digest for product in products), where, tables_digest()])
    return runner.whole(
        DELIVER, Delivery, key, make, files=lambda value: dict.fromkeys((where, value.receipt, *value.files))
    )


def _in_short(analysis: Product[Analysis]) -> Analysis:
    """Without what is not looked at any more: an hour's curves and shots are 16 MB, and reading them takes 45."""
    found = replace(analysis.value, curves=Curves(), shots=())
    analysis.let_go()
    give_back()
    return found


def check_brief(brief: Brief, brought: Brought) -> None:
    """Raises BriefError for a wish that is not understood, with the nearest ones that are."""
    from autoscore.stages.plan.wishes import wishes_of

    wishes_of(brief, brought.palette)


def find_fonts(wanted: str | None) -> FontSet:
    """The SoundFonts that will be used. Raises ToolMissingError or UsageError when there is none or it is broken."""
    from autoscore.stages.render import find_fonts

    return find_fonts(wanted)
