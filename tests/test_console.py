"""What a run, a receipt and a summary look like on the terminal."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autoscore import console, pipeline, receipt_reports, reports
from autoscore.model.audio import Delivery
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.model.receipt import Check
from autoscore.stages.deliver.tolerance import PROMISES


def test_events_become_lines_or_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe only warnings are shown; --quiet shows not even those."""
    event = console.Event(stage="mix", kind="warning", text="The mix is thin.")
    for quiet, wanted in ((False, "note: The mix is thin.\n"), (True, "")):
        with console.Reporter(quiet=quiet).showing() as reporter:
            reporter.on_event(console.Event(stage="mix", kind="start", text="Mixing"))
            reporter.on_event(console.Event(stage="mix", kind="progress", fraction=0.5))
            reporter.on_event(event)
        out, err = capsys.readouterr()
        assert (out, err) == ("", wanted)


def test_bars_are_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal every stage gets a bar on stderr, and words from a file cannot be taken for markup."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with console.Reporter().showing() as reporter:
        for kind in ("start", "progress", "done"):
            reporter.on_event(console.Event(stage="render", kind=kind, fraction=0.5, text="[/red] of 3"))  # type: ignore[arg-type]
        reporter.on_event(console.Event(stage="render", kind="warning", text="[bold]odd[/nonsense]"))
    out, err = capsys.readouterr()
    assert out == ""
    assert "render" in err and "[bold]odd[/nonsense]" in err


def test_the_receipt_reads_as_limits(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` says in words what is allowed, what was not measured, why a hit is marked otherwise, and the verdict."""
    checks = (
        Check(name="picture_shift_ms", value=0.5, low=None, high=1.0, ok=True, text=""),
        Check(name="loudness_error_lu", value=-0.1, low=-0.5, high=0.5, ok=True, text=""),
        Check(name="speech_margin_p5_lu", value=None, low=10.0, high=None, ok=True, text="nothing to measure"),
    )
    heard = {"cue": "1M1", "id": "1M1-02", "frame": 1500, "time_s": 62.5, "device": "tutti_accent", "error_ms": -1.25}
    why = "drum_fill was planned: its players are left out here (without)"
    hits = (SimpleNamespace(klass="hard", note=why, **heard), SimpleNamespace(klass="soft", note="hushed", **heard))
    receipt = SimpleNamespace(checks=checks, hits=hits, quality="final", av_windows=8)
    found = SimpleNamespace(receipt=receipt, problems=(), finished=Path("f.mp4"))
    monkeypatch.setattr(pipeline, "verify", lambda *_a: found)
    monkeypatch.setattr(receipt_reports, "receipt_facts", lambda _receipt: {})
    lines = [re.split(r"  +", line.strip()) for line in run("verify", "f.mp4").out.splitlines()]
    assert lines[1] == ["ok", "pictures moved (ms)", "0.5", "at most 1"]
    assert lines[2] == ["ok", "loudness off its target (LU)", "-0.1", "-0.5 .. 0.5"]
    assert lines[3] == ["not measured", "speech above music (LU), 95 % of the time", "at least 10"]
    assert lines[5] == ["1M1", "1M1-02", "1500", "1:02.500", "tutti_accent", "-1.2 ms"]
    assert lines[6:] == [[f"1M1-02: {why}"], ["Everything is within tolerance."]]
    receipt.quality, receipt.av_windows = "draft", 0
    drafted = run("verify", "f.mp4").out
    assert "as mixed" in drafted and "measured  wanted" not in drafted and "not heard again" in drafted
    assert set(receipt_reports.PLAIN_NAMES) == set(PROMISES)


def test_the_summary_names_preview_and_advice(tmp_path: Path) -> None:
    """Preview and advice are among the result's facts, in text and JSON; what is done already is not advised."""
    advice = ("Use --no-original to leave its own sound out.", "Be brief.")
    delivery = Delivery(output="o.mp4", receipt="receipts.json", files=("preview.mp4",), in_tolerance=True)
    plan = CuePlan(
        film="f", rate=Fraction(25), duration_s=9.0, seed=1, home_mood="tense", home_key="C minor",
        palette="orchestral", cues=(), advice=advice,
    )  # fmt: skip
    result = pipeline.Result(film=Path("f.mp4"), workspace=tmp_path, delivery=delivery, plan=plan)
    assert reports.delivery_facts(result)["preview"] == reports.run_document(result)["preview"]
    assert reports.delivery_facts(result)["preview"] == str(tmp_path / "preview.mp4")
    assert reports.delivery_facts(result)["advice"] == " ".join(advice)
    result.warnings.append(advice[0])
    assert reports.delivery_facts(result)["advice"] == "Be brief."  # a note has said the other already
    result.brief = Brief(original=False)
    assert reports.run_document(result)["advice"] == ["Be brief."]


def test_muted_cues_are_said_to_be(tmp_path: Path) -> None:
    """A cue that is muted is not told as one that plays; a film without any other has no music."""
    cue = SimpleNamespace(id="1M1", mood="noir", muted=True)
    other = SimpleNamespace(id="1M2", mood="wonder", muted=False)
    result = SimpleNamespace(mix=None, delivery=None, workspace=tmp_path, brief=Brief(), outcomes={}, warnings=[])
    result.plan = SimpleNamespace(cues=(cue, other), advice=())
    told = reports.delivery_facts(result)  # type: ignore[arg-type]
    assert told["cues"] == "1M1 (muted), 1M2 wonder" and "music" not in told
    result.plan.cues = (cue,)
    assert "every cue is muted" in str(reports.delivery_facts(result)["music"])  # type: ignore[arg-type]
