"""Can moods be told apart? Nearest centroid on measured features, one seed left out at a time.

Features are measured on the notes as played and, when there is sound, on the mix; no table of moods is looked at.
They are z-scored with the mean and deviation of the other seeds only; a score is said to be of the mood whose mean is
nearest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Any

import numpy as np
from figures import figure
from music_takes import Asked, Report, Scored, table

from autoscore.model.score import GROUPS
from autoscore.stages.compose.check import form, melody, performance, progress
from autoscore.stages.compose.check.hearing import Hearing, listen

WANTED = 0.75
AUDIBLE = (
    "lufs", "lra", "crest_db", "centroid_hz", "centroid_sd_hz", "stereo_corr", "plr_db", "mud_db", "early_decay_s",
    "climax_lu", "centroid_bar_cv", "band_62", "band_125", "band_250", "band_500", "band_1000", "band_2000",
    "band_4000", "band_8000",
)  # fmt: skip


def _hearing(scored: Scored) -> Hearing:
    take = scored.take
    cue, tempo = max(zip(take.plan.cues, take.tempo.cues, strict=True), key=lambda pair: pair[0].duration_s)
    return listen(cue, tempo, next(s for s in take.score.cues if s.cue_id == cue.id), take.score.themes)


def _pitch_features(hearing: Hearing) -> dict[str, float]:
    """Register, range, mode, dissonance."""
    notes = [n for v in hearing.pitched for n in v.notes]
    weights = np.array([max(1e-3, n.off_s - n.on_s) for n in notes])
    pitches = np.array([n.pitch for n in notes])
    chroma = np.bincount(pitches % 12, weights=weights, minlength=12)
    bass = np.zeros(12)
    for voice in hearing.of("bass"):
        for note in voice.notes:
            bass[note.pitch % 12] += note.end - note.start
    tonic = int((chroma / chroma.sum() + 1.5 * bass / max(1e-9, bass.sum())).argmax())
    degrees = np.roll(chroma, -tonic) / chroma.sum()
    return {
        "register": float(np.average(pitches, weights=weights)),
        "register_sd": float(np.sqrt(np.cov(pitches, aweights=weights))),
        "lowest": float(np.percentile(pitches, 5)), "highest": float(np.percentile(pitches, 95)),
        "lead_height": fmean(n.pitch for n in hearing.lead) if hearing.lead else 0.0,
        "bpm_felt": len({round(n.start * 4) for n in notes}) / hearing.seconds,
        **{f"degree_{i}": float(degrees[i]) for i in range(12)},
    }  # fmt: skip


def _time_features(hearing: Hearing) -> dict[str, float]:
    """Tempo, metre, density, lengths, swing, pulse."""
    played = [n for v in hearing.voices for n in v.notes]
    pitched = [n for v in hearing.pitched for n in v.notes]
    lengths = [n.off_s - n.on_s for n in pitched]
    late = [1000 * (n.on_s - n.written_s) for n in played if 0.4 < n.start % 1 < 0.6]
    onsets = sorted({round(n.on_s, 2) for n in played})
    gaps = np.diff(onsets)
    return {
        "tempo": float(np.log2(hearing.tempo.base_bpm)), "notes_per_s": len(pitched) / hearing.seconds,
        "bar_s": float(np.log2(hearing.seconds / len(hearing.bars))),
        "bar_beats": fmean(b - a for a, b in hearing.bars),
        "length_s": float(np.log(np.median(lengths))), "length_sd": pstdev(lengths),
        "swing_ms": fmean(late) if late else 0.0,
        "gap_s": float(np.log(np.median(gaps))), "gap_cv": float(gaps.std() / gaps.mean()),
        "offbeat": fmean(n.start % 1 > 0.01 for n in pitched),
        "strikes_per_s": sum(len(v.notes) for v in hearing.voices if v.part.role == "percussion") / hearing.seconds,
        "triplets": fmean(abs(n.start * 3 - round(n.start * 3)) < 0.01 and abs(n.start % 1) > 0.1 for n in pitched),
    }  # fmt: skip


def _colour_features(hearing: Hearing) -> dict[str, float]:
    """Who plays: share of sounding time of each group, players, velocity."""
    time: dict[str, float] = defaultdict(float)
    for voice in hearing.voices:
        if voice.part.role != "hit":
            time[voice.part.group] += sum(n.off_s - n.on_s for n in voice.notes)
    whole = sum(time.values()) or 1.0
    counts = form.players(hearing)
    velocities = [n.velocity for v in hearing.voices for n in v.notes]
    return {
        **{f"share_{group}": float(np.sqrt(time[group] / whole)) for group in GROUPS},
        "players": fmean(counts), "players_sd": pstdev(counts), "velocity": fmean(velocities),
        "velocity_sd": pstdev(velocities),
        "expression": fmean(
            [c.value for v in hearing.voices for c in v.part.controls if c.kind == "expression"] or [100.0]
        ),
    }  # fmt: skip


def _line_features(hearing: Hearing) -> dict[str, float]:
    measures = (
        melody.rest_share, melody.turns, melody.wide_leaps, performance.timing_spread, progress.distinct_chords,
        progress.key_clarity_of_notes,
    )  # fmt: skip
    lead = hearing.lead
    moves = [abs(b.pitch - a.pitch) for a, b in pairwise(lead)] or [0]
    found = {f.__name__: f(hearing) or 0.0 for f in measures}
    return {
        **found, "lead_per_s": len(lead) / hearing.seconds, "lead_step": fmean(m in (1, 2) for m in moves),
        "lead_semitone": fmean(m == 1 for m in moves), "lead_repeat": fmean(m == 0 for m in moves),
        "lead_fourth": fmean(m in (5, 7) for m in moves), "chords_per_s": len(hearing.score.chords) / hearing.seconds,
    }  # fmt: skip


def features_of(scored: Scored, asked: Asked) -> dict[str, float]:
    """Every feature of one score by name; audible ones when it is to be rendered."""
    hearing = _hearing(scored)
    found = {
        **_pitch_features(hearing), **_time_features(hearing), **_colour_features(hearing), **_line_features(hearing),
    }  # fmt: skip
    if scored.seed <= asked.audio_seeds:
        from audio_checks import audio_features

        heard = audio_features(scored.take, asked.folder / "audio", scored.name)
        found |= {f"audio_{name}": heard[name] for name in AUDIBLE if name in heard}
    return found


def guesses(rows: list[dict[str, float]], moods: list[str], seeds: list[int]) -> list[str]:
    """The mood said of each row, its seed left out of the training."""
    names = sorted(set.intersection(*(set(row) for row in rows)))
    values = np.array([[row[name] for name in names] for row in rows])
    said = [""] * len(rows)
    for seed in sorted(set(seeds)):
        train = np.array([s != seed for s in seeds])
        mean, sd = values[train].mean(axis=0), values[train].std(axis=0)
        scaled = (values - mean) / np.where(sd > 1e-9, sd, 1.0)
        kinds = sorted(set(moods))
        centres = np.array([scaled[train & np.array([m == kind for m in moods])].mean(axis=0) for kind in kinds])
        for i in np.flatnonzero(~train):
            said[i] = kinds[int(((centres - scaled[i]) ** 2).sum(axis=1).argmin())]
    return said


def run(scored: list[Scored], asked: Asked) -> Report:
    """Share of scores whose mood is named, and what is taken for what."""
    chosen = [s for s in scored if not asked.audio_seeds or s.seed <= asked.audio_seeds]
    moods, seeds = [s.mood for s in chosen], [s.seed for s in chosen]
    report = Report(title=f"Moods told apart: {len(set(moods))} moods, {len(set(seeds))} seeds")
    if len(set(seeds)) < 3:
        report.lines.append("Left out: three seeds at least are needed.")
        return report
    rows = [features_of(s, asked) for s in chosen]
    report.data["with_sound"] = bool(asked.audio_seeds)
    for kind, keep in _kinds(rows).items():
        said = guesses([{k: v for k, v in row.items() if k in keep} for row in rows], moods, seeds)
        right = sum(a == b for a, b in zip(said, moods, strict=True)) / len(said)
        report.data[kind] = right
        report.figures.append(figure(f"moods named right, {kind}", right, aim=f">= {WANTED:.2f}"))
        report.lines.append(
            f"{kind} ({len(keep)} features): {right:.1%} right (wanted {WANTED:.0%}, chance {1 / len(set(moods)):.0%})."
        )
        wrong: Counter[Any] = Counter((m, g) for m, g in zip(moods, said, strict=True) if m != g)
        if kind == "all":
            report.lines += ["", *_confusions(wrong, moods, said)]
            report.data["confusions"] = {f"{m} taken for {g}": n for (m, g), n in wrong.most_common()}
    return report


def _kinds(rows: list[dict[str, float]]) -> dict[str, set[str]]:
    common = set.intersection(*(set(row) for row in rows))
    audible = {name for name in common if name.startswith("audio_")}
    return {"notes": common - audible, **({"sound": audible, "all": common} if audible else {"all": common})}


def _confusions(wrong: Counter[Any], moods: list[str], said: list[str]) -> list[str]:
    rows = []
    for mood in sorted(set(moods)):
        right = sum(m == g == mood for m, g in zip(moods, said, strict=True))
        taken = ", ".join(f"{g} {n}" for (m, g), n in wrong.most_common() if m == mood)
        rows.append([mood, f"{right} of {moods.count(mood)}", taken or "-"])
    return table(["mood", "right", "taken for"], rows)
