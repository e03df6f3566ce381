"""FluidSynth's library as it is loaded."""

from __future__ import annotations

import ctypes

import pytest

from autoscore.adapters.libfluidsynth import library


def test_it_says_nothing_by_itself(capfd: pytest.CaptureFixture[str]) -> None:
    """A SoundFont that is not there: a return code, and no word on stderr."""
    lib = library()
    settings = lib.new_fluid_settings()
    synth = lib.new_fluid_synth(settings)
    try:
        assert lib.fluid_synth_sfload(synth, b"/nowhere/none.sf2", 0) == -1
        lib.fluid_synth_program_select(synth, 99, 1, 0, 0)
    finally:
        lib.delete_fluid_synth(synth)
        lib.delete_fluid_settings(settings)
    assert "fluidsynth" not in capfd.readouterr().err


def test_nothing_of_python_s_is_called_back() -> None:
    """No function of Python's is told of messages: a Ctrl-C that came meanwhile would be raised in it, and lost."""
    lib = library()
    for level in range(5):
        assert lib.fluid_set_log_function(level, None, ctypes.c_void_p()) is None
