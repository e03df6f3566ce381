"""The stages by name: the file each makes, its version, and the wishes that change what it makes."""

from __future__ import annotations

from autoscore.runner import Stage

# ``reads`` must name every field of the Brief that the stage looks at; tests/test_architecture.py compares.
PROBE = Stage(name="probe", file="01-media.json", version=2, title="Reading the film's header")
ANALYZE = Stage(name="analyze", file="02-analysis.json", version=8, reads=("quality",), title="Watching and listening")
SPOT = Stage(
    name="spot",
    file="03-spotting.json",
    reads=("original", "music_only"),
    title="Finding scenes and hit points",
    version=5,
)
PLAN = Stage(
    name="plan",
    file="04-plan.json",
    reads=("words", "mood", "coverage", "seed", "identity", "theme", "key", "tempo_bpm", "palette"),
    title="Planning the cues",
    version=6,
)
TEMPO = Stage(name="tempo", file="05-tempo.json", version=3, title="Fitting tempo to picture")
COMPOSE = Stage(name="compose", file="06-score.json", version=7, title="Composing")
RENDER = Stage(name="render", file="07-stems", version=10, reads=("quality",), title="Playing")
MIX = Stage(
    name="mix",
    file="08-mix.json",
    version=7,
    reads=("target", "original", "music_only", "quality"),
    title="Mixing",
)
DELIVER = Stage(
    name="deliver",
    file="09-delivery.json",
    version=10,
    reads=("target", "original", "music_only", "quality", "keep_original_track", "preview"),
    title="Writing the film",
)


STAGES = (PROBE, ANALYZE, SPOT, PLAN, TEMPO, COMPOSE, RENDER, MIX, DELIVER)
"""In the order in which they run."""
TAKES = "takes"
"""The folder of the takes that were composed beside the film's own score."""


def take_stage(take: int) -> Stage:
    """The stage that composes one take beside the film's own score."""
    return Stage(name=f"take-{take}", file=f"{TAKES}/take-{take}/score.json", title=f"Composing take {take}")
