"""A whole workspace: whatever of it was spoilt, a run goes on or says what is wrong."""

from __future__ import annotations

import functools
import subprocess
from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st
from reader import Reader
from spoiling import Spoilt, json_of, toml_of


@functools.cache
def _planned() -> Path:
    """A film that was planned: copied for each input."""
    import atexit
    import shutil
    import tempfile

    from autoscore import artifacts, pipeline, taking, verbs
    from autoscore.model.brief import Brief
    from autoscore.model.takes import Take, Takes

    folder = Path(tempfile.mkdtemp(prefix="autoscore-planned-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    film = folder / "film.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=12:duration=4", "-pix_fmt", "yuv420p",
         str(film)],
        check=True, timeout=60,
    )  # fmt: skip
    plan = pipeline.run(film, Brief(), until=verbs.PLAN.name).plan
    assert plan is not None
    marks = {"worth": 0.5, "hits": 1.0, "clean": 0.9, "form": 0.8, "critic": 0.7, "distance": 0.6, "nearest": 1}
    takes = tuple(Take(number=n, rank=n, faults=("x",), theme=(60, 62), **marks) for n in (1, 2))
    ranked = Takes(film=film.name, home_key=plan.home_key, cues=tuple(cue.id for cue in plan.cues), takes=takes)
    listed = film.with_suffix(".autoscore") / taking.LIST
    listed.parent.mkdir()
    listed.write_text(artifacts.dump(replace(ranked, made_from=taking._made_from(plan))), encoding="utf-8")
    return folder


_PARTS = ("01-media.json", "02-analysis.json", "03-spotting.json", "04-plan.json", "cues.toml", "manifest.json",
          "takes/takes.json")  # fmt: skip


def _parts(_folder: Path) -> list[bytes]:
    return [name.encode() + b"\n" + (_planned() / "film.autoscore" / name).read_bytes() for name in _PARTS]


@st.composite
def _spoil_part(draw: st.DrawFn, data: bytes) -> Spoilt:
    name, _, content = data.partition(b"\n")
    spoilt: Spoilt = draw((json_of if name.endswith(b".json") else toml_of)(content))
    return Spoilt(data=name + b"\n" + spoilt.data, faults=(f"in {name.decode()}", *spoilt.faults))


def _run_on(path: Path) -> object:
    """The spoilt file in its workspace; what would be done is asked, then the film is planned and composed; takes are
    shown and picked."""
    import shutil

    from autoscore import pipeline, taking, verbs
    from autoscore.errors import AutoscoreError
    from autoscore.model.brief import Brief
    from autoscore.stages.compose import compose_cue, theme_book
    from autoscore.stages.tempo import tempo_cue

    name, _, content = path.read_bytes().partition(b"\n")
    shutil.copytree(_planned(), path.parent, dirs_exist_ok=True, copy_function=shutil.copy2)
    film = path.parent / "film.mp4"
    (path.parent / "film.autoscore" / name.decode()).write_bytes(content)
    if name.decode() == taking.LIST:
        shown = taking.show(film)
        said = [taking.theme_text(take, shown.takes.home_key) for take in shown.takes.takes]
        return shown.command(), said, taking.show(film, picks=("2", "best"))
    failures = []
    try:
        pipeline.status(film)
    except AutoscoreError as error:
        failures.append(error)
    plan = pipeline.run(film, Brief(), until=verbs.PLAN.name).plan
    assert plan is not None
    for cue in plan.cues[:2]:
        if cue.end_s - cue.start_s < 60:
            compose_cue(cue, tempo_cue(cue), theme_book(plan))
    if failures:
        raise failures[0]
    return len(plan.cues)


READERS = (
    Reader(name="workspace: a run on it", suffix=".part", seeds=_parts, read=_run_on, spoil=_spoil_part, limit_s=60.0,
           cost=4),
)  # fmt: skip
