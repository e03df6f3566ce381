"""libfluidsynth with its prototypes set, loaded once.

It is reached through pyfluidsynth's own handle on the library, with prototypes for what that module does not wrap:
``fluid_synth_write_float`` (its ``get_samples`` is 16-bit) and the log callback.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
from typing import Any

from autoscore.errors import ToolMissingError

INSTALL_HINT = "Install it: sudo apt-get install libfluidsynth3 (Debian, Ubuntu) or brew install fluid-synth (macOS)."

_LOG_LEVELS = 5
_LONG = frozenset(
    {
        "new_fluid_synth", "delete_fluid_synth", "fluid_synth_sfload", "fluid_synth_sfunload",
        "fluid_synth_program_select", "fluid_synth_unset_program", "fluid_synth_write_float",
    }
)  # fmt: skip
"""Calls beside which other threads run. The others take a microsecond: to wait for one's turn again takes longer; so do
calls of ``fluid_synth_write_float`` for a few frames, which therefore has a second name, ``fluid_synth_write_few``."""
_library: Any = None


def library() -> Any:
    """The functions of libfluidsynth that are used here.

    Raises:
        ToolMissingError: the library or its binding is not installed.
    """
    global _library
    if _library is not None:
        return _library
    try:
        # With CI set in the environment the binding prints where it found the library, into our JSON.
        with contextlib.redirect_stdout(io.StringIO()):
            import fluidsynth  # type: ignore[import-untyped, unused-ignore]
    except (ImportError, OSError, AttributeError) as error:
        raise ToolMissingError(f"FluidSynth cannot be loaded ({error}).", INSTALL_HINT) from error
    lib = fluidsynth._fl
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    prototypes: dict[str, tuple[Any, list[Any]]] = {
        "new_fluid_settings": (pointer, []),
        "delete_fluid_settings": (None, [pointer]),
        "fluid_settings_setint": (number, [pointer, text, number]),
        "fluid_settings_setnum": (number, [pointer, text, ctypes.c_double]),
        "new_fluid_synth": (pointer, [pointer]),
        "delete_fluid_synth": (None, [pointer]),
        "fluid_synth_sfload": (number, [pointer, text, number]),
        "fluid_synth_sfunload": (number, [pointer, number, number]),
        "fluid_synth_program_select": (number, [pointer, number, number, number, number]),
        "fluid_synth_unset_program": (number, [pointer, number]),
        "fluid_synth_noteon": (number, [pointer, number, number, number]),
        "fluid_synth_noteoff": (number, [pointer, number, number]),
        "fluid_synth_cc": (number, [pointer, number, number, number]),
        "fluid_synth_pitch_bend": (number, [pointer, number, number]),
        "fluid_synth_pitch_wheel_sens": (number, [pointer, number, number]),
        "fluid_synth_all_sounds_off": (number, [pointer, number]),
        "fluid_synth_set_gen": (number, [pointer, number, number, ctypes.c_float]),
        "fluid_synth_set_interp_method": (number, [pointer, number, number]),
        "fluid_synth_set_polyphony": (number, [pointer, number]),
        "fluid_synth_set_gain": (None, [pointer, ctypes.c_float]),
        "fluid_synth_get_active_voice_count": (number, [pointer]),
        "fluid_synth_get_voicelist": (None, [pointer, ctypes.POINTER(pointer), number, number]),
        "fluid_voice_gen_get": (ctypes.c_float, [pointer, number]),
        "fluid_voice_gen_set": (None, [pointer, number, ctypes.c_float]),
        "fluid_voice_update_param": (None, [pointer, number]),
        "fluid_synth_write_float": (number, [pointer, number, pointer, number, number, pointer, number, number]),
        "fluid_set_log_function": (pointer, [number, pointer, pointer]),
        "fluid_version_str": (text, []),
    }
    bound: dict[str, Any] = {}
    try:
        for name, (result, arguments) in prototypes.items():
            # A fresh function object each: pyfluidsynth keeps its own prototypes.
            kind = ctypes.CFUNCTYPE if name in _LONG else ctypes.PYFUNCTYPE
            bound[name] = kind(result, *arguments)((name, lib))
        result, arguments = prototypes["fluid_synth_write_float"]
        bound["fluid_synth_write_few"] = ctypes.PYFUNCTYPE(result, *arguments)(("fluid_synth_write_float", lib))
    except AttributeError as error:
        raise ToolMissingError(f"FluidSynth is too old ({error}).", INSTALL_HINT) from error
    # The library prints to stderr unless told otherwise; what matters comes back as return codes. It is given no
    # function of Python: a Ctrl-C that came while a font was being loaded would be raised in it, and lost.
    for level in range(_LOG_LEVELS):
        bound["fluid_set_log_function"](level, None, None)
    _library = type("FluidSynth", (), {name: staticmethod(call) for name, call in bound.items()})
    return _library


def version() -> str:
    """Version of libfluidsynth, like "2.3.1".

    Raises:
        ToolMissingError: it is not installed.
    """
    return str(library().fluid_version_str().decode("ascii", "replace"))
