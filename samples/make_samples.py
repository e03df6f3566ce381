"""Draws the sample films, with what is known about them in a JSON file beside each.

    python samples/make_samples.py            both films into samples/
    python samples/make_samples.py orbit /tmp one of them, elsewhere

Everything in them, picture and sound, is made here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import kite
import orbit
from film import Film, encode

FILMS = {"kite": kite.film, "orbit": orbit.film}
CRF = {"kite": 22, "orbit": 22}


def make(name: str, folder: Path) -> Film:
    """Writes ``name``.mp4 and ``name``.json into ``folder``."""
    film = FILMS[name]()
    encode(film, folder / f"{name}.mp4", CRF[name])
    text = json.dumps(film.truth(), indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return film


def main(arguments: list[str]) -> int:
    names = [a for a in arguments if a in FILMS] or list(FILMS)
    others = [a for a in arguments if a not in FILMS]
    folder = Path(others[0]) if others else Path(__file__).parent
    if len(others) > 1 or not folder.is_dir():
        print(f"usage: make_samples.py [{' | '.join(FILMS)}] [FOLDER]", file=sys.stderr)
        return 2
    for name in names:
        film = make(name, folder)
        print(f"{folder / name}.mp4: {film.frames} frames, {(folder / f'{name}.mp4').stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
