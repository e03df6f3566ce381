"""Who plays: seats, layers by intensity, coupling, doublings and parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from autoscore.model.score import CueScore
from autoscore.stages.compose import compose_cue
from autoscore.stages.compose.form.phrases import shape
from autoscore.stages.compose.orchestra.breath import breathed
from autoscore.stages.compose.orchestra.chairs import Chairs, chair
from autoscore.stages.compose.orchestra.coupling import struck
from autoscore.stages.compose.orchestra.doublings import apart, deepened, doubled
from autoscore.stages.compose.orchestra.layers import Cast, cast_cue, layer_rows, seated
from autoscore.stages.compose.orchestra.players import choose, player
from autoscore.stages.compose.orchestra.seats import seat
from autoscore.stages.compose.setting import read_setting
from autoscore.stages.compose.values import Line, Phrase, Tone
from autoscore.tables import mood, mood_names, read
from autoscore.tables.bands import Band, named_palette
from autoscore.tables.palettes import palette_names, parse_palette

OWN = parse_palette(
    'lead = ["oboe", "solo_cello"]\nharmony = ["piano"]\nbass = ["cellos"]\nmotion = ["piano", "harp"]', "mine"
)


def _casts(case: object) -> tuple[tuple[Phrase, ...], tuple[Cast, ...]]:
    setting = read_setting(case.cue, case.tempo)  # type: ignore[attr-defined]
    phrases = shape(setting)
    return phrases, cast_cue(setting, phrases, "")


def _tone(start: float, length: float, pitch: int) -> Tone:
    return Tone(start_beats=Fraction(start), length_beats=Fraction(length), pitch=pitch)


@pytest.mark.parametrize("name", mood_names())
def test_nobody_has_two_chairs(name: str, case: Callable[..., object]) -> None:
    """In every mood a single player has one role in a cue; only keyboards and harps, with two hands, have two."""
    setting = read_setting(case(name).cue, case(name).tempo)  # type: ignore[attr-defined]
    seats = seat(setting, "")
    full = read("layers.toml")["sections"]
    roles = [*seats.leads, seats.counter, *seats.bass, *seats.motion, *seats.second, seats.colour, seats.tutti]
    taken = [chair(k) for k in (*roles, seats.harmony) if k and k not in full]
    for key in set(taken):
        assert taken.count(key) <= (2 if key in read("layers.toml")["two_handed"] else 1), key


def test_sections_share_chairs_with_their_other_ways_of_playing() -> None:
    """Plucked violas are the violas; the full strings play on while two of their sections are free."""
    chairs = Chairs()
    chairs.take("violas_pizz", "violins1")
    assert not chairs.free("violas_slow")
    assert chairs.free("strings")
    chairs.take("cellos")
    assert not chairs.free("strings_slow")


@pytest.mark.parametrize("name", mood_names())
def test_layers_come_with_intensity(name: str, case: Callable[..., object]) -> None:
    """More layers sound in the loudest phrase than in the first and last; they begin and end with phrases."""
    phrases, casts = _casts(case(name, 90.0))
    loudest = max(range(len(phrases)), key=lambda i: phrases[i].intensity)
    assert len(casts[loudest].layers) > len(casts[0].layers)
    assert len(casts[loudest].layers) > len(casts[-1].layers)
    assert set(casts[loudest].layers) <= set(layer_rows())


@pytest.mark.parametrize("name", ["heroic", "romance", "lofi", "documentary"])
def test_openings_are_thin(name: str, case: Callable[..., object]) -> None:
    """An introduction has at most three players."""
    phrases, casts = _casts(case(name, 90.0))
    assert phrases[0].function == "intro"
    score: CueScore = case(name, 90.0).score()  # type: ignore[attr-defined]
    end = phrases[0].end_beats
    players = {p.instrument for p in score.parts if p.role != "hit" and any(n.start_beats < end for n in p.notes)}
    assert len(players) <= read("layers.toml")["few"]
    assert len(casts[0].layers) <= 3


def test_what_sounds_stays_a_little_longer_than_it_took_to_enter(case: Callable[..., object]) -> None:
    """Layers have hysteresis: around a threshold they do not flicker."""
    from autoscore.stages.compose.orchestra.layers import _active

    start = layer_rows()["counter"]["from"]
    rows = _active([start + 0.01, start - 0.03, start - 0.08, start - 0.03])
    assert ["counter" in row for row in rows] == [True, True, False, False]


def test_under_speech_the_chords_stay_and_the_drums_go(case: Callable[..., object]) -> None:
    """A phrase that is spoken over has chords and bass, no drums, figures or counter-melody."""
    phrases, casts = _casts(case("documentary", 90.0, speech=((0.0, 1.0),)))
    for phrase, cast in zip(phrases, casts, strict=True):
        assert phrase.spoken > 0.9
        assert cast.has("pad") or cast.has("harmony")
        assert not {"percussion", "motion", "counter", "doubling"} & set(cast.layers)


def test_the_climax_has_what_nothing_before_it_had(case: Callable[..., object]) -> None:
    """The second octave of the tune, and the chords of a second family, wait for the highest intensity."""
    phrases, casts = _casts(case("heroic", 120.0, intensities=(0.2, 0.4, 0.55, 0.6, 0.95, 0.95, 0.4, 0.2)))
    late = {n for p, c in zip(phrases, casts, strict=True) if p.function == "climax" for n in c.layers}
    before = {n for p, c in zip(phrases, casts, strict=True) if p.function in ("intro", "A") for n in c.layers}
    assert "octave" in late - before


def test_the_theme_keeps_its_voice(case: Callable[..., object]) -> None:
    """Where the band has it, the theme's own instrument leads at home, even one that the mood does not name."""
    made = case("heroic", 60.0)
    setting = read_setting(made.cue, made.tempo)  # type: ignore[attr-defined]
    assert "clarinet" not in mood("heroic").texture.lead
    assert seat(setting, "clarinet").leads[0] == "clarinet"
    assert seat(setting, "saw_lead").leads[0] != "saw_lead"


@pytest.mark.parametrize("name", palette_names())
def test_every_palette_plays(name: str, case: Callable[..., object]) -> None:
    """A cue can be scored with each palette; only its instruments and those of hits sound."""
    made = case("melancholic", 45.0)
    score = compose_cue(replace(made.cue, palette=name), made.tempo, made.themes)  # type: ignore[attr-defined]
    band = Band(palette=named_palette(name))
    for part in score.parts:
        assert part.role == "hit" or band.allows(part.instrument), part.id
    assert {"melody", "bass"} <= {p.role for p in score.parts}


def test_a_palette_of_ones_own_plays_alone(case: Callable[..., object]) -> None:
    """With a user's palette nobody else plays, in any mood, but what a hit needs."""
    for name in ("heroic", "lofi", "horror"):
        made = case(name, 45.0)
        cue = replace(made.cue, palette="mine", own_palette=OWN)  # type: ignore[attr-defined]
        score = compose_cue(cue, made.tempo, made.themes)  # type: ignore[attr-defined]
        assert {p.instrument for p in score.parts if p.role != "hit"} <= set(OWN.instruments)


def test_a_mood_without_drums_has_none() -> None:
    """Where the mood names no drums a palette does not bring its own."""
    assert not mood("romance").texture.percussion
    assert choose("percussion", mood("romance"), Band(palette=named_palette("orchestral"))) == ()


def test_who_sits_there_is_asked_first() -> None:
    """A mark goes to the first player of the cue, not to the first of the palette."""
    band = Band(palette=named_palette("orchestral"))
    assert band.first(("glockenspiel", "celesta")) == "glockenspiel"
    assert band.first(("glockenspiel", "celesta"), frozenset({"celesta"})) == "celesta"


def test_held_chords_are_struck_again_where_asked() -> None:
    """A held tone is attacked at the beats inside it, ends where it ended, and nowhere overlaps itself."""
    found = struck([_tone(0, 8, 60)], [Fraction(0), Fraction(2), Fraction(5), Fraction(9)])
    assert [t.start_beats for t in found] == [0, 2, 5]
    assert found[-1].end_beats == 8
    assert all(a.end_beats <= b.start_beats for a, b in pairwise(found))


def test_a_doubling_stays_in_its_players_range() -> None:
    """Octaves are chosen for the sweet spot; a line that fits nowhere is not doubled."""
    line = Line(role="melody", name="lead", tones=(_tone(0, 1, 86), _tone(1, 1, 89)), instrument="violins1")
    below = doubled(line, "horn", apart(line, "doubling"), role="melody", name="doubling")
    assert below is not None
    assert all(player("horn").sweet_low <= t.pitch <= player("horn").sweet_high for t in below.tones)
    assert doubled(line, "tuba", (12, 0), role="melody", name="doubling") is None


def test_a_tutti_has_its_tune_on_both_sides() -> None:
    """The two doublers of a tune take different sides of it."""
    low = Line(role="melody", name="lead", tones=(_tone(0, 1, 62),), instrument="horn")
    high = Line(role="melody", name="lead", tones=(_tone(0, 1, 84),), instrument="violins1")
    for line in (low, high):
        assert apart(line, "doubling")[0] * apart(line, "octave")[0] < 0


@pytest.mark.parametrize("name", ["heroic", "romance", "electronic", "comedy"])
def test_one_player_has_one_part_for_a_staff(name: str, case: Callable[..., object]) -> None:
    """Nobody appears under three names; no part but a hit's is foreign to the cast."""
    made = case(name, 90.0)
    score: CueScore = made.score()  # type: ignore[attr-defined]
    played = [p.instrument for p in score.parts if p.role != "hit"]
    assert all(played.count(key) <= 2 for key in played)
    _, casts = _casts(made)
    assert len(set(played) - seated(casts)) <= 4


def test_who_blows_takes_breath(case: Callable[..., object]) -> None:
    """A tuba with quarter notes for a minute lets go at least every eight seconds; a bass that is plucked need not."""
    made = case("heroic", 60.0)
    setting = read_setting(made.cue, made.tempo)  # type: ignore[attr-defined]
    tones = tuple(_tone(i, 1, 40) for i in range(100))
    blown = breathed(setting, player("tuba"), tones)
    since = last = 0.0
    for tone in blown:
        start, end = setting.tempo.seconds_at(tone.start_beats), setting.tempo.seconds_at(tone.end_beats)
        since = start if start - last > 0.12 else since
        assert end - since <= 8.0
        last = end
    assert breathed(setting, player("basses_pizz"), tones) == tones


def test_a_doubled_bass_stays_low() -> None:
    """The second bass plays an octave higher only where it stays under the chords, and in its own range."""
    line = Line(role="bass", name="bass", tones=(_tone(0, 1, 33), _tone(1, 1, 48)), instrument="basses")
    double = deepened(line, "cellos")
    assert double is not None
    assert [t.pitch for t in double.tones] == [45, 48]


def test_a_small_band_stays_small(case: Callable[..., object]) -> None:
    """A mood's own limit of players holds at the climax."""
    made = case("comedy", 90.0)
    score: CueScore = made.score()  # type: ignore[attr-defined]
    phrases, _ = _casts(made)
    for phrase in phrases:
        playing = {
            p.instrument
            for p in score.parts
            if p.role not in ("hit", "percussion")
            and any(phrase.start_beats <= n.start_beats < phrase.end_beats for n in p.notes)
        }
        assert len(playing) <= mood("comedy").texture.most_players


@pytest.mark.parametrize("name", mood_names())
def test_no_phrase_is_a_tune_and_a_bass_alone(name: str, case: Callable[..., object]) -> None:
    """In the softest phrase as well somebody has the chords or a figure."""
    for cast in _casts(case(name, 90.0, intensities=(0.05, 0.2, 0.3, 0.6, 0.9, 0.3, 0.1)))[1]:
        assert {"pad", "harmony", "motion"} & set(cast.layers)
