"""Spotting of a real trailer, judged as a composer would."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoscore.model.brief import Brief
from autoscore.stages.analyze import analyze
from autoscore.stages.probe import probe
from autoscore.stages.spot import spot

FILM = Path(__file__).resolve().parents[3] / ".." / "shared" / "clips" / "sintel_trailer_720p.mp4"


@pytest.mark.slow
@pytest.mark.skipif(not FILM.is_file(), reason="the shared folder with real films is not here")
def test_a_trailer_is_spotted_as_its_story_goes() -> None:
    """The fight and the dragon are its peaks, titles and dunes are calm, the first blow and the logo are hard hits."""
    media = probe(FILM)
    analysis = analyze(FILM, media)
    result = spot(media, analysis, Brief())

    def mean(start_s: float, end_s: float) -> float:
        part = result.intensity[int(start_s * 2) : int(end_s * 2)]
        return sum(part) / len(part)

    assert min(mean(16.5, 18), mean(23, 31)) > 0.5 > 0.35 > max(mean(0, 4), mean(34, 40), mean(43, 51))
    hard = {hit.frame for hit in result.hits if hit.klass == "hard"}
    assert 396 in hard
    assert any(960 <= frame <= 1016 for frame in hard)
    assert {cut.frame for cut in analysis.cuts} <= {hit.frame for hit in result.hits}
    assert result.own_music_share > 0.7
    assert "--no-original" in result.advice[0]
