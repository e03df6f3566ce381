"""Everything that reads what a stranger may have written: seeds that are whole, how to spoil them, how to read them.

A reader is read the way the program reads it, with the sentence that a user would see.
"""

from __future__ import annotations

import functools
import io
import os
import random
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import bad_readers
import mutations

sys.path.insert(0, str(Path(__file__).parents[1]))
from small_fonts import small_font

Seeds = Callable[[Path], list[bytes]]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """``seeds`` makes whole inputs in a folder, ``spoil`` spoils one, ``read`` reads the file; ``suffix`` is its
    name's ending. ``limit_s``: one input may take so long; ``cost``: against others."""

    name: str
    suffix: str
    seeds: Seeds
    read: Callable[[Path], object]
    spoil: Callable[[bytes, random.Random], bytes] = mutations.spoil_text
    limit_s: float = 10.0
    cost: int = 1


# Films

_FILMS: dict[str, tuple[str, ...]] = {
    "mp4": ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"),
    "mkv": ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "flac"),
    "mov": ("-c:v", "mpeg4", "-c:a", "pcm_s16le"),
    "avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
    "webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"),
    "ts": ("-c:v", "mpeg2video", "-c:a", "mp2"),
}


def _films(kind: str, folder: Path) -> list[bytes]:
    film = folder / f"seed.{kind}"
    subprocess.run(
        ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", "-threads", "1",
         "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=10:duration=1.4",
         "-f", "lavfi", "-i", "sine=frequency=330:duration=1.4:sample_rate=16000",
         "-pix_fmt", "yuv420p", *_FILMS[kind], str(film)],
        check=True, timeout=60,
    )  # fmt: skip
    return [film.read_bytes()]


def _spoil_film(kind: str, data: bytes, chance: random.Random) -> bytes:
    areas = [(0, 64), (0, 1200), (0, 1200)]
    if kind in ("mp4", "mov"):
        moov = max(0, data.find(b"moov") - 4)
        areas = [(0, 40), (moov, len(data)), (moov, len(data)), (moov, len(data))]
    elif kind != "ts":
        areas.append((max(0, len(data) - 600), len(data)))  # cues and indices
    return mutations.spoil_bytes(data, chance, areas)


def read_film(path: Path) -> object:
    """What a run does with a film before it writes anything: headers, packets, the first pictures and sound."""
    from itertools import islice

    from autoscore.adapters.copied import picture_content_sha256, read_packets
    from autoscore.adapters.frames import Decoder, picture_at
    from autoscore.adapters.sound import read_blocks
    from autoscore.adapters.tags import comment_of
    from autoscore.stages.probe import probe

    media = probe(path)
    comment_of(path)
    pictures = [picture.time_s for picture in islice(Decoder(path, media.video), 40)]
    for block in islice(read_blocks(path, media, block_s=1.0, end_s=min(3.0, media.duration_s)), 8):
        assert len(block.samples) <= 48_000
    picture_at(path, media.video, 0.5)
    picture_content_sha256(path, media.video.index)
    read_packets(path, video_index=media.video.index)
    return media.duration_s, len(pictures)


# Cue sheets and the files of a workspace


@functools.cache
def small_plan() -> Any:
    """A plan with two cues, hits, sections, reasons and what a person may bring."""
    from autoscore.model.cues import Cue, CueHit, CuePlan, DynamicPoint, OwnTheme, ThemeUse
    from autoscore.model.score import ThemeNote
    from autoscore.model.time import Span, frame_to_seconds

    rate = Fraction(25)

    def at(frame: int) -> float:
        return frame_to_seconds(frame, rate)

    def cue(name: str, first: int, last: int) -> Cue:
        hits = tuple(
            CueHit(id=f"{name}-{n:02d}", frame=first + 30 * n, time_s=at(first + 30 * n), klass="hard", weight=0.8)
            for n in (1, 2, 3)
        )
        return Cue(
            start_s=at(first), end_s=at(last), id=name, title="Opening: tense", in_type="sneak", out_type="ring",
            mood="tense", valence=-0.3, arousal=0.5, key="D minor", tempo_bpm=92.0, metre="4/4", palette="orchestral",
            theme=ThemeUse(theme="main", treatment="partial"),
            dynamics=(DynamicPoint(time_s=at(first), intensity=0.2), DynamicPoint(time_s=at(last), intensity=0.7)),
            hits=hits, sections_s=(at(first + 120),), speech=(Span(start_s=at(first) + 1.0, end_s=at(first) + 2.0),),
            seed=7, featured=("flute",), without=("choir",), reasons={"mood": "dark pictures", "in": "a cut"},
        )  # fmt: skip

    tune = tuple(ThemeNote(start_beats=Fraction(n), length_beats=Fraction(1), pitch=60 + n) for n in range(4))
    return CuePlan(
        film="kite.mp4", rate=rate, duration_s=60.0, seed=1, home_mood="tense", home_key="D minor",
        palette="orchestral", cues=(cue("1M1", 50, 400), cue("1M2", 500, 1200)), themes=("main", "contrast"),
        ignored_hits=(CueHit(id="x1", frame=10, time_s=at(10), klass="ignored", weight=0.3, device="none"),),
        advice=("Say more.",), identity="kite",
        own_theme=OwnTheme(title="tune", metre="4/4", key="C major", notes=tune, source="tune.mid", sha256="0" * 64),
    )  # fmt: skip


def _sheets(_folder: Path) -> list[bytes]:
    from autoscore.adapters.cuesheet import dump

    return [dump(small_plan(), None).encode()]


def read_sheet(path: Path) -> object:
    """Read as an edited sheet is, and written anew over what stands there, as after ``takes --pick``."""
    from autoscore.adapters.cuesheet import dump, load
    from autoscore.workspace import Workspace

    text = Workspace(path.parent, "kite.mp4").read_text(path.name)
    plan = load(text, small_plan())
    return dump(plan, text)


@functools.cache
def _made() -> dict[str, bytes]:
    """A workspace as a run leaves it, by file name: the values of a small film, made by the stages themselves."""
    import tempfile

    from autoscore import artifacts, pipeline, verbs
    from autoscore.model.audio import Delivery, GainPoint, Mix, SpeechMargin, Stem, Stems
    from autoscore.model.brief import Brief
    from autoscore.model.score import Score
    from autoscore.model.tempo import TempoMap
    from autoscore.stages.compose import compose_cue, theme_book
    from autoscore.stages.tempo import tempo_cue

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = folder / "film.mp4"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=12:duration=6", "-f", "lavfi",
             "-i", "sine=frequency=220:duration=6", "-pix_fmt", "yuv420p", str(film)],
            check=True, timeout=60,
        )  # fmt: skip
        plan = pipeline.run(film, Brief(), until=verbs.PLAN.name).plan
        found = {path.name: path.read_bytes() for path in (folder / "film.autoscore").glob("*.json")}
    assert plan is not None
    tempo = TempoMap(cues=tuple(tempo_cue(cue) for cue in plan.cues))
    book = theme_book(plan)
    cues = tuple(compose_cue(cue, tempo.of(cue.id), book) for cue in plan.cues)
    stem = Stem(
        cue_id="1M1", group="strings", path="07-stems/1M1_strings.flac", start_s=0.0, frames=480, peak_dbfs=-9.0,
        sha256="0" * 64,
    )  # fmt: skip
    mix = Mix(
        path="08-mix.flac", music_path="08-music.flac", start_s=0.0, frames=480, loudness_lufs=-14.0, target_lufs=-14.0,
        wanted_lufs=-14.0, true_peak_dbtp=-1.0, true_peak_limit_dbtp=-1.0, master_gain_db=0.0, original_gain_db=0.0,
        speech_margin=SpeechMargin(p5_lu=8.0, median_lu=12.0, windows=3),
        ducking=(GainPoint(time_s=0.0, gain_db=-3.0),),
    )  # fmt: skip
    made = {
        "05-tempo.json": tempo,
        "06-score.json": Score(seed=plan.seed, themes=book, cues=cues),
        "1M1.json": Stems(stems=(stem,), soundfonts={"a.sf2": "0" * 64}, presets={"flute": "a 0:73"}),
        "08-mix.json": mix,
        "09-delivery.json": Delivery(output="film.scored.mp4", receipt="receipts.json", files=("cues.csv",)),
    }
    return found | {name: artifacts.dump(value).encode() for name, value in made.items()}


def _values() -> dict[str, Any]:
    from autoscore.manifest import Manifest
    from autoscore.model.analysis import Analysis
    from autoscore.model.audio import Delivery, Mix, Stems
    from autoscore.model.cues import CuePlan
    from autoscore.model.media import Media
    from autoscore.model.score import Score
    from autoscore.model.spotting import Spotting
    from autoscore.model.tempo import TempoMap

    return {
        "01-media.json": Media, "02-analysis.json": Analysis, "03-spotting.json": Spotting, "04-plan.json": CuePlan,
        "05-tempo.json": TempoMap, "06-score.json": Score, "1M1.json": Stems, "08-mix.json": Mix,
        "09-delivery.json": Delivery, "manifest.json": Manifest,
    }  # fmt: skip


def _read_value(name: str, path: Path) -> object:
    from autoscore import artifacts
    from autoscore.workspace import Workspace

    text = Workspace(path.parent, "film.mp4").read_text(path.name)
    value = artifacts.load(_values()[name], text, str(path))
    return artifacts.dump(value)


def _read_manifest(path: Path) -> object:
    """A spoilt manifest is no error: it is said, and everything is made again. A run then looks at every piece."""
    from autoscore.manifest import file_digest
    from autoscore.workspace import MANIFEST, Workspace

    path = path.rename(path.with_name(MANIFEST))
    workspace = Workspace(path.parent, "film.mp4")
    for stage in workspace.manifest.stages:
        for piece in workspace.pieces(stage).values():
            try:
                file_digest(workspace.folder, piece)
            except OSError:
                continue
    return workspace.warnings


def _receipts(_folder: Path) -> list[bytes]:
    return [_receipt_text().encode()]


def _receipt_text() -> str:
    import json

    from autoscore import artifacts
    from autoscore.model import receipt as model

    def example(kind: Any, depth: int = 0) -> Any:
        import dataclasses
        import types
        import typing

        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if dataclasses.is_dataclass(kind):
            hints = typing.get_type_hints(kind)
            return {field.name: example(hints[field.name], depth + 1) for field in dataclasses.fields(kind)}
        if origin in (tuple, list):
            return [example(arguments[0], depth + 1)]
        if origin is dict:
            return {"a": example(arguments[1], depth + 1)}
        if origin in (typing.Union, types.UnionType):
            return example(arguments[0], depth + 1)
        if origin is typing.Literal:
            return arguments[0]
        return {str: "text", int: 1, float: 0.5, bool: True, Fraction: "25/1"}.get(kind)

    fields = example(model.Receipt)
    for hit in fields["hits"]:
        hit["class"] = hit.pop("klass")
    return json.dumps({"schema": artifacts.tag_of(model.Receipt), **fields}, indent=1)


def _read_receipt(path: Path) -> object:
    from autoscore.stages.deliver import receipts

    found = receipts.read(path)
    return receipts.text_of(found)


# What a user brings


def _midi(_folder: Path) -> list[bytes]:
    import mido

    file = mido.MidiFile(ticks_per_beat=96)
    track = mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.MetaMessage("track_name", name="Melody", time=0))
    track.append(mido.MetaMessage("time_signature", numerator=4, denominator=4, time=0))
    track.append(mido.MetaMessage("key_signature", key="C", time=0))
    track.append(mido.MetaMessage("set_tempo", tempo=500000, time=0))
    for pitch in (60, 62, 64, 65, 67, 65, 64, 60):
        track.append(mido.Message("note_on", note=pitch, velocity=90, time=0))
        track.append(mido.Message("note_off", note=pitch, velocity=0, time=96))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return [buffer.getvalue()]


_NOTE = (
    "<note><pitch><step>{}</step><octave>4</octave></pitch><duration>1</duration><voice>1</voice>"
    "<type>quarter</type></note>"
)
_XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="4.0">
<part-list><score-part id="P1"><part-name>Melody</part-name></score-part></part-list>
<part id="P1">
<measure number="1"><attributes><divisions>1</divisions><key><fifths>0</fifths></key>
<time><beats>4</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>
{}</measure>
<measure number="2">
{}</measure>
</part></score-partwise>
"""


def musicxml() -> bytes:
    """Two bars of a tune."""
    bars = ["\n".join(_NOTE.format(step) for step in steps) for steps in ("CDEF", "GFED")]
    return _XML.format(*bars).encode()


def mxl() -> bytes:
    """The same tune, packed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml",
            '<?xml version="1.0"?><container><rootfiles><rootfile full-path="tune.musicxml"/></rootfiles></container>',
        )
        archive.writestr("tune.musicxml", musicxml())
    return buffer.getvalue()


def _read_theme(path: Path) -> object:
    from autoscore.adapters.theory_tune import read_tune

    return read_tune(path)


_PALETTE = b"""title = "Two of us"
lead = ["flute", "oboe"]
harmony = ["piano", "strings"]
bass = ["cello", "double_bass"]
motion = ["piano", "harp"]
colour = ["celesta"]
percussion = ["timpani"]
without = ["trumpet"]
words = ["ours", "duo"]
strict = true
"""


def _palettes(_folder: Path) -> list[bytes]:
    """Palettes whose players are there, whatever they are called."""
    from autoscore import tables
    from autoscore.tables.palettes import palette, palette_names

    rows = tables.read("palettes.toml")
    import json

    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in rows[palette_names()[0]].items())
    assert palette(palette_names()[0])
    return [text.encode(), f"[mine]\n{text}".encode()]


def _read_palette(path: Path) -> object:
    from autoscore.brought import bring
    from autoscore.model.brief import Brief
    from autoscore.workspace import Workspace

    return bring(Brief(palette=str(path)), Workspace(path.parent, "film.mp4"), "04-plan.json").palette


_WORDS = (
    b"tense, orchestral, 120 bpm, minor key", b"calm piano in D minor, no drums, sparse",
    b"heroic; brass without choir", b"slow and dark, 60-70 bpm, strings only, F lydian",
    b"like a waltz, 3/4, hopeful, little music",
)  # fmt: skip


def _read_words(path: Path) -> object:
    from autoscore.errors import BriefError
    from autoscore.model.brief import Brief
    from autoscore.stages.plan.wishes import wishes_of

    text = path.read_bytes().decode("utf-8", "surrogateescape")
    try:
        brief = Brief(words=text)
    except ValueError as error:
        raise BriefError(str(error)) from None
    return wishes_of(brief)


# Batches


def _ledgers(_folder: Path) -> list[bytes]:
    from autoscore.batch.job import FilmRecord

    first = FilmRecord(film="a/b.mp4", status="done", seconds=3.2, tries=1, output="b.scored.mp4", loudness_lufs=-14.0)
    second = FilmRecord(film="c.mp4", status="failed", reason="It is empty.", fault="film", exit_code=1)
    return ["\n".join(record.to_json() for record in (first, second, first)).encode() + b"\n"]


def _read_ledger(path: Path) -> object:
    """As a run that goes on does: what is known is read, a line is added, and read back."""
    from autoscore.batch.job import FilmRecord
    from autoscore.batch.ledger import NAME, Ledger

    ledger = Ledger(path.rename(path.with_name(NAME)).parent)
    found = ledger.last()
    new = FilmRecord(film="new.mp4", status="done")
    ledger.append(new)
    assert Ledger(ledger.path.parent).last()["new.mp4"] == new
    return len(found)


def _jobs(_folder: Path) -> list[bytes]:
    from autoscore.batch.job import FilmJob

    job = FilmJob(
        film="/x/a.mp4", output="/x/b.mp4", workspace="/x/w", name="a.mp4", wishes={"mood": "calm", "seed": 2}
    )
    return [job.to_json().encode()]


def _read_job(path: Path) -> object:
    from autoscore.batch.job import FilmJob

    return FilmJob.from_json(path.read_bytes().decode("utf-8", "replace")).to_json()


def _lists(_folder: Path) -> list[bytes]:
    return [b"# films\nfilms/a.mp4\n/x/b c.mkv\n*.mov\n", b"a.mp4\0b\n.mp4\0"]


def _read_films(path: Path) -> object:
    from autoscore.batch.films import read_list

    return read_list(path)


def _series(_folder: Path) -> list[bytes]:
    return [b'identity = "travels"\nseed = 7\npalette = "strings"\nmood = "calm"\n']


def _read_series(path: Path) -> object:
    from autoscore.batch.series import _read

    return _read(path)


# SoundFonts


def _fonts(_folder: Path) -> list[bytes]:
    from autoscore.adapters import synth

    assert synth.version()  # loading the library asks the system where it is
    return [small_font()]


def _spoil_font(data: bytes, chance: random.Random) -> bytes:
    hydra = data.find(b"pdta")
    return mutations.spoil_bytes(data, chance, [(0, 160), (hydra - 8, len(data)), (hydra - 8, len(data))])


def _read_font(path: Path) -> object:
    from autoscore.adapters.soundfont import read_presets

    return read_presets(path)


def _play_font(path: Path) -> object:
    """As a font from a stranger is taken: its header, a trial in a process of its own, then played here.

    The trial is forked instead of started anew, which would take a second for each input; the rest is the program's.
    """
    from autoscore.adapters import font_trial
    from autoscore.adapters.process import ChildFailedError
    from autoscore.adapters.soundfont import read_presets
    from autoscore.adapters.soundfont_part import OddFontError, families, read_index, write_part
    from autoscore.adapters.synth import Synth

    presets = read_presets(path)
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(10)
            font_trial.play_through(path)
            code = 0
        except BaseException as error:
            os.write(tell, str(error).encode("utf-8", "replace")[:500])
        finally:
            os._exit(code)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        tail = pipe.read().decode("utf-8", "replace")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise font_trial.refusal(path, ChildFailedError("python", tail, code))
    with Synth(rate_hz=48_000, gain=1.0, channels=32) as synth:
        number = synth.load(path)
        for channel, preset in enumerate(presets[:16]):
            synth.select(channel, number, preset.bank, preset.program)
            synth.control(channel, 11, 100)
            for pitch in (0, 50, 127):
                synth.note_on(channel, pitch, 127)
        synth.bend_range(0, 12)
        synth.bend(0, 16_000)
        for _ in range(4):
            synth.render(2048)
    index = read_index(path)
    try:
        for group in families(index, [(preset.bank, preset.program) for preset in presets]):
            write_part(index, group, path.with_name("part.sf2"))
    except OddFontError as error:  # played as a whole then
        return error.message
    return len(presets)


# A whole workspace: whatever of it was spoilt, a run goes on or says what is wrong


@functools.cache
def _planned() -> Path:
    """A film that was planned: copied for each input."""
    import atexit
    import shutil
    import tempfile

    from autoscore import pipeline, verbs
    from autoscore.model.brief import Brief

    folder = Path(tempfile.mkdtemp(prefix="autoscore-planned-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    film = folder / "film.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=12:duration=4", "-pix_fmt", "yuv420p",
         str(film)],
        check=True, timeout=60,
    )  # fmt: skip
    pipeline.run(film, Brief(), until=verbs.PLAN.name)
    return folder


_PARTS = ("01-media.json", "02-analysis.json", "03-spotting.json", "04-plan.json", "cues.toml", "manifest.json")


def _parts(_folder: Path) -> list[bytes]:
    return [name.encode() + b"\n" + (_planned() / "film.autoscore" / name).read_bytes() for name in _PARTS]


def _spoil_part(data: bytes, chance: random.Random) -> bytes:
    name, _, content = data.partition(b"\n")
    spoil = mutations.spoil_json if name.endswith(b".json") else mutations.spoil_text
    return name + b"\n" + spoil(content, chance)


def _run_on(path: Path) -> object:
    """The spoilt file in its workspace; what would be done is asked, then the film is planned, composed and shown."""
    import shutil

    from autoscore import pipeline, verbs
    from autoscore.errors import AutoscoreError
    from autoscore.model.brief import Brief
    from autoscore.stages.compose import compose_cue, theme_book
    from autoscore.stages.tempo import tempo_cue

    name, _, content = path.read_bytes().partition(b"\n")
    shutil.copytree(_planned(), path.parent, dirs_exist_ok=True, copy_function=shutil.copy2)
    film = path.parent / "film.mp4"
    (path.parent / "film.autoscore" / name.decode()).write_bytes(content)
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


def _json(names: Iterator[str]) -> list[Reader]:
    return [
        Reader(
            name=f"workspace: {name}",
            suffix=".json",
            seeds=lambda _folder, name=name: [_made()[name]],
            read=functools.partial(_read_value, name),
            spoil=mutations.spoil_json,
        )
        for name in names
    ]


READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        *(
            Reader(
                name=f"film: {kind}",
                suffix=f".{kind}",
                seeds=functools.partial(_films, kind),
                read=read_film,
                spoil=functools.partial(_spoil_film, kind),
                limit_s=30.0,
            )
            for kind in _FILMS
        ),
        Reader(name="cue sheet", suffix=".toml", seeds=_sheets, read=read_sheet),
        *_json(
            name
            for name in (
                "01-media.json", "02-analysis.json", "03-spotting.json", "04-plan.json", "05-tempo.json",
                "06-score.json", "1M1.json", "08-mix.json", "09-delivery.json",
            )
        ),
        Reader(name="manifest", suffix=".json", seeds=lambda _f: [_made()["manifest.json"]], read=_read_manifest,
               spoil=mutations.spoil_json),
        Reader(name="receipt", suffix=".json", seeds=_receipts, read=_read_receipt, spoil=mutations.spoil_json),
        Reader(name="theme: mid", suffix=".mid", seeds=_midi, read=_read_theme, spoil=mutations.spoil_bytes,
               limit_s=30.0),
        Reader(name="theme: musicxml", suffix=".musicxml", seeds=lambda _f: [musicxml()], read=_read_theme,
               limit_s=30.0),
        Reader(name="theme: mxl", suffix=".mxl", seeds=lambda _f: [mxl()], read=_read_theme,
               spoil=mutations.spoil_bytes, limit_s=30.0),
        Reader(name="palette", suffix=".toml", seeds=_palettes, read=_read_palette),
        Reader(name="brief", suffix=".txt", seeds=lambda _f: list(_WORDS), read=_read_words),
        Reader(name="workspace: a run on it", suffix=".part", seeds=_parts, read=_run_on, spoil=_spoil_part,
               limit_s=60.0, cost=4),
        Reader(name="batch: ledger", suffix=".jsonl", seeds=_ledgers, read=_read_ledger),
        Reader(name="batch: job", suffix=".json", seeds=_jobs, read=_read_job, spoil=mutations.spoil_json),
        Reader(name="batch: list of films", suffix=".txt", seeds=_lists, read=_read_films),
        Reader(name="batch: series", suffix=".toml", seeds=_series, read=_read_series),
        Reader(name="soundfont: played", suffix=".sf2", seeds=_fonts, read=_play_font,
               spoil=_spoil_font, limit_s=20.0),
        Reader(name="soundfont: header", suffix=".sf2", seeds=lambda _f: [small_font()], read=_read_font,
               spoil=_spoil_font),
    )
}  # fmt: skip

BAD_READERS: dict[str, Reader] = {
    f"bad: {name}": Reader(name=f"bad: {name}", suffix=".txt", seeds=lambda _f: [b"x"], read=read)
    for name, read in bad_readers.BAD.items()
}
