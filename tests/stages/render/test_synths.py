from __future__ import annotations

import numpy as np
import pytest

from autoscore.adapters.synth import Synth
from autoscore.stages.render import find_fonts
from autoscore.stages.render.fonts import Choice, choose
from autoscore.stages.render.manner import manner_of
from autoscore.stages.render.samples import source
from autoscore.stages.render.synths import Synths

MANNER = manner_of("plucked", draft=False)
NOTES = [(0, pitch, 100) for pitch in (40, 47, 52, 59)]


@pytest.fixture(scope="module")
def harp() -> Choice:
    return choose("harp", find_fonts(None))


def played(synth: Synth, choice: Choice, *, evened: bool = True) -> np.ndarray:
    """A tenth of a second of four notes, hard on one side."""
    synth.select(0, synth.load(source(choice)), choice.bank, choice.program)
    synth.control(0, 7, 127)
    synth.control(0, 10, 20)
    if evened:
        synth.even_out(NOTES)
    for note in NOTES:
        synth.note_on(*note)
    return synth.render(4800)


@pytest.mark.parametrize("evened", [True, False])
def test_a_synthesiser_that_was_lent_before_plays_as_a_new_one(harp: Choice, evened: bool) -> None:
    """Its samples are the same to the last bit, since its voices are evened out; without that they are not."""
    synths = Synths()
    with synths.lent(MANNER, 0.5, 16) as synth:
        new, first = played(synth, harp), synth
    with synths.lent(MANNER, 4.0, 16) as synth:  # in between: another gain, and on the other side
        played(synth, harp)
        synth.control(0, 10, 110)
        synth.render(4800)
    with synths.lent(MANNER, 0.5, 16) as synth:
        assert synth is first
        assert np.array_equal(played(synth, harp, evened=evened), new) == evened
    synths.close()


def test_who_plays_at_once_has_each_his_own() -> None:
    """A synthesiser that is lent is lent to nobody else; one that had an accident is not lent again."""
    synths = Synths()
    with synths.lent(MANNER, 1.0, 16) as one, synths.lent(MANNER, 1.0, 16) as other:
        assert one is not other
    with pytest.raises(RuntimeError), synths.lent(MANNER, 1.0, 16) as broken:
        raise RuntimeError
    with synths.lent(MANNER, 1.0, 16) as one, synths.lent(MANNER, 1.0, 16) as other:
        assert broken not in (one, other)
    synths.close()


def test_one_whose_voices_ran_out_is_not_lent_again(harp: Choice) -> None:
    """With a draft's few voices every stem has a new synthesiser."""
    synths, draft = Synths(), manner_of("plucked", draft=True)
    with synths.lent(draft, 1.0, 16) as first:
        played(first, harp)
    with synths.lent(draft, 1.0, 16) as second:
        assert second is not first
    synths.close()


def test_no_voice_is_left_when_all_were_evened_out(harp: Choice) -> None:
    """All voices begin at once there, and all of them end: none is lost in FluidSynth's queue and counted for ever."""
    with Synths().lent(MANNER, 1.0, 16) as synth:
        synth.select(0, synth.load(source(harp)), harp.bank, harp.program)
        synth.even_out(NOTES)
        synth.render(64)
        assert synth.sounding == 0
