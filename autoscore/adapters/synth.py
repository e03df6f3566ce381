"""FluidSynth: the door to the synthesiser. Notes in, float32 stereo blocks out.

Events take effect at the next of FluidSynth's internal blocks of BLOCK samples, so callers place them on multiples of
BLOCK.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.libfluidsynth import library
from autoscore.errors import AutoscoreError, ToolMissingError

BLOCK = 64
"""Samples per internal block of FluidSynth (FLUID_BUFSIZE): the grid on which events take effect."""
DRUM_BANK = 128
_FILTER_CORNER, _PAN, _RELEASE = 8, 17, 38
"""Generators of the SoundFont specification (8.1.3): initialFilterFc, in cents, pan, +-500, and releaseVolEnv, in
timecents."""
_FAR_RIGHT = 5000.0
_ALL_OFF = 121
"""Resets the controllers of a channel (RP-015)."""
_NO_RELEASE_TIMECENTS = -12_000.0
_ROOM = 2
"""A synthesiser is made for so many times its voices: by their number FluidSynth sizes the queue of what is to happen
with the next block. Where all voices begin at once it is too short, and those whose beginning is lost never end."""
_FEW_FRAMES = 4 * BLOCK
"""What is rendered in less time than it takes to wait for Python's lock behind another thread."""
_MOST_VOICES = 64
"""Voices that one note can have."""


class Synth:
    """One synthesiser: reverb and chorus off, samples loaded as presets are chosen.

    Samples are shared between the synths of one process as long as one of them keeps the preset selected. A context
    manager; not to be used from two threads at once. Calls that take long release the GIL.

    Args:
        rate_hz: sample rate. gain: linear factor on the output. channels: MIDI channels, rounded up to sixteens.
        polyphony: voices before the oldest are cut. interpolation: points between which a sample is read: 7, 4, 2 or 1.
        whole_fonts: all samples of a font are read when it is loaded.
    """

    def __init__(
        self,
        *,
        rate_hz: int,
        gain: float,
        channels: int = 16,
        polyphony: int = 1024,
        interpolation: int = 7,
        whole_fonts: bool = False,
    ) -> None:
        lib = library()
        self._lib = lib
        self._synth: int | None = None
        self._settings = lib.new_fluid_settings()
        self.channels = min(256, 16 * max(1, -(-channels // 16)))
        whole = {
            "synth.reverb.active": 0,
            "synth.chorus.active": 0,
            "synth.polyphony": _ROOM * polyphony,
            "synth.midi-channels": self.channels,
            "synth.dynamic-sample-loading": int(not whole_fonts),
            "synth.threadsafe-api": 0,
            "synth.lock-memory": 0,
        }
        for key, value in whole.items():
            lib.fluid_settings_setint(self._settings, key.encode(), value)
        lib.fluid_settings_setnum(self._settings, b"synth.gain", gain)
        lib.fluid_settings_setnum(self._settings, b"synth.sample-rate", float(rate_hz))
        self._synth = lib.new_fluid_synth(self._settings)
        if not self._synth:
            raise AutoscoreError("FluidSynth could not start (out of memory?).")
        lib.fluid_synth_set_polyphony(self._synth, polyphony)
        self.interpolate(interpolation)
        self._polyphony, self._gain = polyphony, gain
        self._notes = 0
        self._used = polyphony - _MOST_VOICES
        self._fonts: dict[Path, int] = {}
        self._found = (ctypes.c_void_p * _MOST_VOICES)()

    def __enter__(self) -> Synth:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Frees the C objects; harmless when called twice."""
        if self._synth:
            self._lib.delete_fluid_synth(self._synth)
            self._synth = None
        if self._settings:
            self._lib.delete_fluid_settings(self._settings)
            self._settings = None

    def load(self, path: Path) -> int:
        """Loads a SoundFont (its index; samples follow when presets are selected), once, and gives its id.

        Raises:
            ToolMissingError: FluidSynth refuses the file.
        """
        known = self._fonts.get(path)
        if known is not None:
            return known
        font = int(self._lib.fluid_synth_sfload(self._synth, str(path).encode(), 0))
        if font < 0:
            raise ToolMissingError(
                f"FluidSynth cannot read the SoundFont {path}.", "Give another with --soundfont PATH."
            )
        self._fonts[path] = font
        return font

    def unload(self, path: Path) -> None:
        """Lets go of a SoundFont of which no preset is chosen any more; harmless where it was not loaded."""
        font = self._fonts.pop(path, None)
        if font is not None:
            self._lib.fluid_synth_sfunload(self._synth, font, 0)

    def select(self, channel: int, font: int, bank: int, program: int) -> None:
        """Puts a preset on a channel and loads its samples.

        Raises:
            ToolMissingError: the font does not have it, or its samples cannot be read.
        """
        if self._lib.fluid_synth_program_select(self._synth, channel, font, bank, program) != 0:
            raise ToolMissingError(
                f"The SoundFont's preset {bank}:{program} cannot be loaded.", "Give another with --soundfont PATH."
            )

    def unset(self, channel: int) -> None:
        """Takes the preset off a channel and lets go of its samples."""
        self._lib.fluid_synth_unset_program(self._synth, channel)

    def interpolate(self, points: int, channel: int = -1) -> None:
        """Points between which samples are read from the next note on: 7, 4, 2 or 1; of all channels, or of one."""
        # FluidSynth numbers the straight line 1 and the nearest point 0.
        self._lib.fluid_synth_set_interp_method(self._synth, channel, {2: 1, 1: 0}.get(points, points))

    def set_gain(self, factor: float) -> None:
        """Linear factor on the output."""
        self._gain = factor
        self._lib.fluid_synth_set_gain(self._synth, factor)

    def even_out(self, notes: Iterable[tuple[int, int, int]]) -> None:
        """Brings all voices to one state, so that the same calls give the same samples whatever was played before.

        A voice begins at the level at which it was last mixed. So each plays, far to the right and at next to no level:
        ``notes`` (channel, pitch, velocity; their presets are chosen) of the first channel that sounds, in turn, for a
        note lets go of all others of its pitch.
        """
        channels: dict[int, dict[int, int]] = {}
        for channel, pitch, velocity in notes:
            channels.setdefault(channel, {}).setdefault(pitch, velocity)
        begun, wanted = 0, max(1, self._used)
        self._lib.fluid_synth_set_gain(self._synth, 0.0)
        for channel, own in channels.items():
            self._lib.fluid_synth_set_gen(self._synth, channel, _PAN, _FAR_RIGHT)
            for count, (pitch, velocity) in enumerate(itertools.cycle(own.items())):
                if begun >= wanted or (count >= len(own) and not begun):
                    break
                begun += len(self._voices(self.note_on(channel, pitch, velocity)))
            self.render(BLOCK)
            self.silence()
            self.render(BLOCK)
            self._lib.fluid_synth_set_gen(self._synth, channel, _PAN, 0.0)
            if begun:
                break
        self._lib.fluid_synth_set_gain(self._synth, self._gain)
        self._used = 0

    def forget(self, channels: int) -> bool:
        """Ends what sounds and takes presets and controllers off the first ``channels``; fonts stay.

        Returns:
            False where the voices ran out, or nearly: then ``even_out`` does not reach all that is left of them.
        """
        self.silence()
        self.render(BLOCK)
        for channel in range(channels):
            self.control(channel, _ALL_OFF, 0)
            self.unset(channel)
        return self._used + _MOST_VOICES < self._polyphony

    def note_on(self, channel: int, pitch: int, velocity: int) -> int:
        """Starts a note, ``pitch`` 0..127, ``velocity`` 1..127, and gives its number."""
        self._lib.fluid_synth_noteon(self._synth, channel, pitch, velocity)
        self._notes += 1
        self._used = max(self._used, self.sounding)
        return self._notes - 1  # FluidSynth counts in the same way

    def releases_s(self, note: int) -> set[float]:
        """How long the voices of note number ``note`` that still sound take from let go to silence (-96 dB)."""
        return {_seconds(self._lib.fluid_voice_gen_get(voice, _RELEASE)) for voice in self._voices(note)}

    def cut(self, note: int, release_s: float) -> None:
        """Ends, at once, the voices of note number ``note`` that were let go and whose release is ``release_s``."""
        for voice in self._voices(note):
            if _seconds(self._lib.fluid_voice_gen_get(voice, _RELEASE)) == release_s:
                self._lib.fluid_voice_gen_set(voice, _RELEASE, _NO_RELEASE_TIMECENTS)
                self._lib.fluid_voice_update_param(voice, _RELEASE)
        self._lib.fluid_synth_get_active_voice_count(self._synth)  # a call on the synthesiser hands on what waits

    def _voices(self, note: int) -> list[int]:
        """Voices of a note; their addresses are good until the next call that makes sound."""
        self._lib.fluid_synth_get_voicelist(self._synth, self._found, _MOST_VOICES, note)
        return list(itertools.takewhile(bool, self._found))

    def note_off(self, channel: int, pitch: int) -> None:
        """Lets the note go; it rings out as its preset does."""
        self._lib.fluid_synth_noteoff(self._synth, channel, pitch)

    def control(self, channel: int, number: int, value: int) -> None:
        """Sets controller ``number`` to ``value``, both 0..127."""
        self._lib.fluid_synth_cc(self._synth, channel, number, value)

    def bend_range(self, channel: int, semitones: int) -> None:
        """How far a full bend goes."""
        self._lib.fluid_synth_pitch_wheel_sens(self._synth, channel, semitones)

    def bend(self, channel: int, value: int) -> None:
        """``value`` 0..16383, 8192 = none."""
        self._lib.fluid_synth_pitch_bend(self._synth, channel, value)

    def brightness(self, channel: int, cents: float) -> None:
        """Moves the corner of every voice's low-pass on a channel: 0 as in the font, -1200 an octave darker."""
        self._lib.fluid_synth_set_gen(self._synth, channel, _FILTER_CORNER, cents)

    def silence(self) -> None:
        """Cuts every voice, keeps presets and controllers."""
        self._lib.fluid_synth_all_sounds_off(self._synth, -1)

    @property
    def sounding(self) -> int:
        """Voices that are still sounding."""
        return int(self._lib.fluid_synth_get_active_voice_count(self._synth))

    def render(self, frames: int) -> NDArray[np.float32]:
        """The next ``frames`` samples, shape (frames, 2), float32.

        Raises:
            AutoscoreError: the synthesiser failed.
        """
        out = np.empty((frames, 2), dtype=np.float32)
        self.render_into(out)
        return out

    def render_into(self, out: NDArray[np.float32]) -> None:
        """As ``render``, into ``out``: C-contiguous, shape (frames, 2)."""
        address = out.ctypes.data
        write = self._lib.fluid_synth_write_few if len(out) <= _FEW_FRAMES else self._lib.fluid_synth_write_float
        if len(out) and write(self._synth, len(out), address, 0, 2, address, 1, 2) != 0:
            raise AutoscoreError("FluidSynth failed while rendering.")


def _seconds(timecents: float) -> float:
    return float(2.0 ** (timecents / 1200.0))
