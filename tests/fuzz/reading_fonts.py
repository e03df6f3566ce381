"""SoundFonts: their header, being played, the catalogue of known ones, and what is remembered of them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis.strategies import SearchStrategy
from reader import Reader, own_tables
from spoiling import Spoilt, bytes_of, json_of, toml_of

sys.path.insert(0, str(Path(__file__).parents[1]))
from small_fonts import small_font


def _fonts(_folder: Path) -> list[bytes]:
    from autoscore.adapters import libfluidsynth

    assert libfluidsynth.version()  # loading the library asks the system where it is
    return [small_font()]


def _spoil_font(data: bytes) -> SearchStrategy[Spoilt]:
    hydra = data.find(b"pdta") - 8
    return bytes_of(data, [(0, 160), (hydra, len(data)), (hydra, len(data))])


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


# What is known of fonts


def _catalogues(_folder: Path) -> list[bytes]:
    from autoscore import tables
    from autoscore.adapters import libfluidsynth

    assert libfluidsynth.version()
    return [(tables.FOLDER / "soundfonts.toml").read_text("utf-8").encode()]


def _read_catalogue(path: Path) -> object:
    """As ``autoscore soundfonts`` and a run do; the fonts of this machine are not gone through."""
    import hashlib

    from autoscore.adapters import cache, libfluidsynth
    from autoscore.stages.render import audition, fonts

    (path.parent / "FluidR3_GM.sf2").write_bytes(small_font())
    key = f"{hashlib.sha256(small_font()).hexdigest()} {libfluidsynth.version()}"
    cache.change("font-trials", lambda table: {key: "plays"})  # it was tried
    path.rename(path.with_name("soundfonts.toml"))
    with own_tables(path.parent), only_folder(path.parent):
        found = audition.list_fonts()
        return fonts.find_fonts(None), found


@contextmanager
def only_folder(folder: Path) -> Iterator[None]:
    """No other folder is searched for SoundFonts, whatever the catalogue says, once it was read."""
    from autoscore.stages.render import fonts

    real = fonts._folders
    fonts._folders = lambda search: (real(search), (folder,))[1]
    try:
        yield
    finally:
        fonts._folders = real


_REMEMBERED = {"fonts": {"a|1|2": "0" * 64}, "font-trials": {"0 2.3.1": "plays"}}


def _tables(_folder: Path) -> list[bytes]:
    import json

    row = {"level_lufs": -20.0, "attack_ms": {"60": [1.0, 2.0, 3.0]}, "peaks_s": {"60": 0.1}}
    return [json.dumps({**_REMEMBERED, "voice": {"flute": row}}, indent=0).encode()]


def _read_tables(path: Path) -> object:
    """What was remembered on this machine is spoilt: fonts are looked at again, and it is written anew."""
    from autoscore.adapters import cache
    from autoscore.stages.render import fonts, measure

    font = path.with_name("own.sf2")
    font.write_bytes(small_font())
    cache.folder().mkdir(exist_ok=True)
    (cache.folder() / "fonts.json").write_bytes(path.read_bytes())
    try:
        read = fonts.open_font(font)
        rows = cache.read("fonts")
        assert rows[next(key for key in rows if key.startswith(str(font)))] == read.sha256
        return [measure._whole(row) for row in rows.values()]
    finally:
        (cache.folder() / "fonts.json").unlink()


READERS = (
    Reader(name="soundfont: played", suffix=".sf2", seeds=_fonts, read=_play_font, spoil=_spoil_font, limit_s=20.0),
    Reader(name="soundfont: header", suffix=".sf2", seeds=lambda _folder: [small_font()], read=_read_font,
           spoil=_spoil_font),
    Reader(name="soundfont: catalogue", suffix=".toml", seeds=_catalogues, read=_read_catalogue, spoil=toml_of),
    Reader(name="soundfont: remembered", suffix=".json", seeds=_tables, read=_read_tables, spoil=json_of),
)  # fmt: skip
