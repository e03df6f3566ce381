"""Title cards are found on their frames, however they come; what is no card is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from lettering import HEIGHT, NOTHING, WIDTH, Frame, card, fade, grainy, half
from scenes import texture

from autoscore.adapters import vision
from autoscore.stages.analyze.blends import tiny
from autoscore.stages.analyze.cards import Cards, Showing, crispness
from autoscore.stages.analyze.skim import skim
from autoscore.stages.analyze.watch import watch
from autoscore.stages.probe import probe

BLACK = [NOTHING]
KITE = card("THE KITE", scale=2.6, thick=6)
FILM = card("A FILM BY", "JANE EXAMPLE")
MUSIC = card("WITH MUSIC BY", "JOHN SAMPLE")
ANNA, PAUL = card("ANNA SMITH", scale=0.9), card("PAUL MEIER", scale=0.9)
LETTERINGS = {
    "title": KITE, "two lines": FILM, "small": card("presents", scale=0.7, thick=1),
    "huge": card("HUGE", scale=7, thick=26),
}  # fmt: skip


def shot(seed: int, frames: int, *, level: float = 110.0, contrast: float = 45.0, speed: float = 1.0) -> list[Frame]:
    """A camera panning over a texture."""
    ground = level + contrast * texture(np.random.default_rng(seed), 900, 600)
    moves = [np.array([[1, 0, -100 - speed * n], [0, 1, -80 - 0.6 * speed * n]], np.float32) for n in range(frames)]
    size = (WIDTH, HEIGHT)
    shown = (cv2.warpAffine(ground, move, size, borderMode=cv2.BORDER_REFLECT) for move in moves)
    return [np.clip(one, 0, 255) for one in shown]


def cards(frames: list[Frame], *, rate_hz: float = 24.0, every: int = 1, grain: float = 1.5) -> list[Showing]:
    """What is found where only each ``every``-th frame is seen."""
    meter = Cards(rate_hz)
    for number, frame in enumerate(grainy(frames, grain)):
        if number % every:
            meter.push(None, 0.0)
            continue
        luma = vision.shrink(frame, 256, 144)
        small = vision.halve(luma)
        meter.push(small, crispness(luma, tiny(small)))
    return meter.finish()


def halves(found: list[Showing]) -> list[int]:
    return [one.half for one in found]


@pytest.mark.parametrize("lettering", LETTERINGS)
def test_a_card_that_cuts_in_and_out_has_exact_frames(lettering: str) -> None:
    """All of it is there from its first frame on, and none of it from the frame at which it goes."""
    (found,) = cards(BLACK * 17 + [LETTERINGS[lettering]] * 40 + BLACK * 30)
    assert found == Showing(first=17, half=17, full=17, stop=57)


@pytest.mark.parametrize(
    ("lettering", "length", "rate_hz"),
    [
        *((lettering, length, 24.0) for lettering in ("two lines", "small", "huge") for length in (4, 8, 12, 24)),
        ("title", 5, 25.0), ("title", 20, 25.0), ("title", 6, 30.0), ("two lines", 24, 30.0),
    ],
)  # fmt: skip
def test_a_card_that_fades_in_is_marked_at_half(lettering: str, length: int, rate_hz: float) -> None:
    """Within a frame, for fades of 4 to 24 frames; its first and last tenth are found as well."""
    drawn = [LETTERINGS[lettering]]
    frames = BLACK * 20 + fade(BLACK, drawn * length) + drawn * 40 + fade(drawn, BLACK * length) + BLACK * 20
    (found,) = cards(frames, rate_hz=rate_hz)
    assert abs(found.half - half(20, length)) <= 1
    assert 20 <= found.first <= found.half <= found.full <= 20 + length
    assert found.full - found.first >= 0.5 * length - 1
    assert abs(found.stop - half(60 + length, length)) <= 2


def test_cards_that_replace_each_other_are_all_found() -> None:
    """On the frame of each, also two names of one length set at one place."""
    frames = BLACK * 20 + [FILM] * 30 + [MUSIC] * 30 + [ANNA] * 24 + [PAUL] * 24 + BLACK * 30
    found = cards(frames)
    assert halves(found) == [20, 50, 80, 104]
    assert [one.stop for one in found] == [50, 80, 104, 128]


@pytest.mark.parametrize("length", [8, 16, 24])
def test_cards_that_dissolve_into_each_other_are_marked_at_half(length: int) -> None:
    """Within a frame: what there is of the one before does not count."""
    frames, wanted = BLACK * 20 + [FILM] * 30, [20]
    for before, after in ((FILM, MUSIC), (MUSIC, ANNA), (ANNA, PAUL)):
        wanted.append(half(len(frames), length))
        frames += fade([before], [after] * length) + [after] * 30
    found = halves(cards(frames + BLACK * 30))
    assert len(found) == len(wanted)
    assert all(abs(a - b) <= 1 for a, b in zip(found, wanted, strict=True))


def test_a_card_that_comes_out_of_a_picture_is_marked_at_half() -> None:
    """By a cut on its frame, by a dissolve within two frames, after a fade to black by its own fade."""
    before = shot(1, 90)
    assert halves(cards(before[:60] + [FILM] * 40 + before[60:])) == [60]
    (found,) = cards(before[:60] + fade(before[60:84], [KITE]) + [KITE] * 50)
    assert abs(found.half - half(60, 24)) <= 2
    faded = before[:60] + fade(before[60:72], BLACK) + fade(BLACK, [FILM] * 12) + [FILM] * 40
    (found,) = cards(faded)
    assert abs(found.half - half(72, 12)) <= 1


def test_a_card_that_grows_slowly_is_one_and_a_line_more_is_another() -> None:
    """A slow zoom is still the same card; what is written below later is marked when it appears."""
    turns = [cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 0, 1 + 0.0015 * n) for n in range(80)]
    assert halves(cards(BLACK * 20 + [cv2.warpAffine(KITE, turn, (WIDTH, HEIGHT)) for turn in turns])) == [20]
    one = card("A FILM BY", base=150)
    both = np.maximum(one, card("JANE EXAMPLE", base=220))
    assert halves(cards(BLACK * 20 + [one] * 24 + [both] * 40 + BLACK * 20)) == [20, 44]


@pytest.mark.parametrize("longest", [90, 100, 110, 130])
def test_a_card_in_a_long_stretch_is_told_once(longest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the stretch is longer than what is looked at together as well; a card is there until it goes."""
    monkeypatch.setattr("autoscore.stages.analyze.cards._LONGEST", longest)
    found = cards(BLACK * 20 + [FILM] * 170 + [KITE] * 150 + BLACK * 30)
    assert found == [Showing(first=20, half=20, full=20, stop=190), Showing(first=190, half=190, full=190, stop=340)]


def test_frames_that_were_passed_over_make_a_fade_no_worse() -> None:
    """With every third frame seen a fade is marked within two frames of its half."""
    (found,) = cards(BLACK * 20 + fade(BLACK, [FILM] * 16) + [FILM] * 40, every=3)
    assert abs(found.half - half(20, 16)) <= 2


def no_cards() -> dict[str, list[Frame]]:
    face = cv2.GaussianBlur(
        cv2.ellipse(np.zeros((HEIGHT, WIDTH), np.float32), (320, 180), (60, 90), 0, 0, 360, 120, -1), (0, 0), 12
    )
    day, night = shot(2, 100), shot(3, 90, level=14, contrast=9)
    still = shot(4, 1, level=10, contrast=22)
    below = card("and then he said no", scale=0.8, base=330)
    tall = np.vstack([NOTHING, FILM, MUSIC, NOTHING])
    return {
        "fade to a dark picture": BLACK * 20 + fade(BLACK, night[:12]) + night[12:] + BLACK * 20,
        "fade to a dark still": BLACK * 20 + fade(BLACK, still * 12) + still * 60,
        "face in the dark": BLACK * 20 + fade(BLACK, [face] * 12) + [face] * 60,
        "flicker": day[:40] + (BLACK * 3 + [FILM] * 3) * 12 + day[40:],
        "subtitle": day[:30] + [np.maximum(one, below) for one in day[30:80]] + day[80:],
        "subtitle in the dark": night[:30] + [np.maximum(one, below) for one in night[30:80]] + night[80:],
        "subtitle on black": day[:30] + BLACK * 20 + [below] * 40 + BLACK * 20 + day[30:],
        "title over a picture": day[:30] + [np.maximum(one, KITE) for one in day[30:80]] + day[80:],
        "rolling credits": [tall[3 * n : 3 * n + HEIGHT] for n in range(240)],
        "white flash": day[:30] + [NOTHING + 255] * 2 + BLACK * 20 + day[30:],
    }  # fmt: skip


def test_what_is_no_card_is_none() -> None:
    """Dark pictures, flicker, subtitles, rolling letters and titles over a picture are no cards on black."""
    found = {what: cards(frames) for what, frames in no_cards().items()}
    assert not {what: halves(some) for what, some in found.items() if some}


CODECS = {
    "x264": (24, 1.5, ("-c:v", "libx264", "-preset", "veryfast")),
    "x264, B pictures blindly placed": (
        25, 3.0, ("-c:v", "libx264", "-preset", "fast", "-crf", "28", "-b_strategy", "0", "-sc_threshold", "0"),
    ),
    "mpeg4": (30, 0.0, ("-c:v", "mpeg4", "-q:v", "4")),
}  # fmt: skip


def encode(path: Path, frames: list[Frame], rate: int, grain: float, options: tuple[str, ...]) -> None:
    subprocess.run(
        ["ffmpeg", "-v", "error", "-threads", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}",
         "-r", str(rate), "-i", "-", "-pix_fmt", "yuv420p", *options, str(path)],
        input=b"".join(frame.tobytes() for frame in grainy(frames, grain)), check=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("codec", CODECS)
def test_an_encoded_film_shows_the_same_cards(tmp_path: Path, codec: str) -> None:
    """Through grain, an encoder and frames that are passed over; the same whether every frame is decoded or not."""
    rate, grain, options = CODECS[codec]
    day = shot(5, 60)
    frames = day[:50] + BLACK * 5 + [card("COMING SOON", scale=0.7)] * 23 + [FILM] * 40
    frames += BLACK * 12 + fade(BLACK, [KITE] * 12) + [KITE] * 40 + fade([KITE], [MUSIC] * 12) + [MUSIC] * 30 + day
    path = tmp_path / "film.mp4"
    encode(path, frames, rate, grain, options)
    media = probe(path)
    sparing, whole = (watch(path, media, pick=pick).cards for pick in ("sparing", "all"))
    for found in (sparing, whole):
        assert [one.frame for one in found[:2]] == [55, 78]
        assert [one.end_frame for one in found[:2]] == [78, 118]
        assert [one.time_s for one in found] == pytest.approx([one.frame / rate for one in found])
        assert len(found) == 4
        assert abs(found[2].frame - half(130, 12)) <= 1
        assert abs(found[3].frame - half(182, 12)) <= 1


def test_a_draft_shows_cards_at_key_frames(tmp_path: Path) -> None:
    """From the first key frame on that shows one, until the first that shows it no more."""
    frames = shot(6, 24) + [FILM] * 48 + [KITE] * 24 + BLACK * 24
    path = tmp_path / "film.mp4"
    encode(path, frames, 24, 1.0, ("-c:v", "libx264", "-preset", "veryfast", "-g", "12", "-sc_threshold", "0"))
    found = skim(path, probe(path)).cards
    assert [(one.frame, one.end_frame) for one in found] == [(24, 72), (72, 96)]
