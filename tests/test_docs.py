"""What the documents say is what the program does."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from autoscore.editing import SET_ASIDE
from autoscore.model.cues import InType, OutType

ROOT = Path(__file__).resolve().parents[1]


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["brief.md", "cli.md", "moods.md", "palettes.md", "soundfonts.md"])
def test_generated_pages_are_up_to_date(page: str) -> None:
    """`make docs` would change nothing."""
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    assert text == _generator().PAGES[page]()


def test_every_word_of_a_brief_is_listed() -> None:
    """The page of words has each word of words.toml but the ones that carry no wish."""
    text = (ROOT / "docs" / "reference" / "brief.md").read_text(encoding="utf-8")
    words = tomllib.loads((ROOT / "autoscore" / "tables" / "words.toml").read_text(encoding="utf-8"))
    words.pop("ignored")
    listed = set(re.split(r"[,:\n] ?", text))
    asked = {word for row in words.pop("moods").values() for word in row} | {
        word for rows in words.values() for word in rows
    }
    assert asked <= listed


def test_links_between_documents_lead_somewhere() -> None:
    """Every relative link in a Markdown file names a file that is there."""
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_readme_names_only_folders_and_targets_that_exist() -> None:
    """Folders in the README's table are there, and each `make` word is a target."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for folder in re.findall(r"`([a-z_]+(?:/[a-z_]+)*/)`", readme):
        assert (ROOT / folder).is_dir(), folder
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", readme):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_locked_versions_have_hashes_and_no_addresses() -> None:
    """Every pinned package carries a SHA-256; no file names an index, a host or a folder."""
    for name in (".setup/requirements.txt", ".setup/requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert not re.search(r"^(-|--)[a-z]", text, re.MULTILINE)
        for block in re.split(r"\n(?=[a-z])", text.split("\n", 1)[1]):
            assert "==" in block.split("\n")[0]
            assert "--hash=sha256:" in block


def test_every_dependency_is_locked() -> None:
    """What pyproject.toml asks for is in the lock files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(wanted: list[str]) -> set[str]:
        return {re.split(r"[<>=!~\[; ]", item)[0].lower() for item in wanted}

    def locked(file: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE))

    assert names(project["dependencies"]) <= locked(".setup/requirements.txt")
    assert names([*project["dependencies"], *project["optional-dependencies"]["dev"]]) <= locked(
        ".setup/requirements-dev.txt"
    )


def test_catalogue_is_one_file_under_two_names() -> None:
    """soundfonts/catalog.toml is the table that the package ships; sums are whole, names are unique."""
    catalogue = ROOT / "soundfonts" / "catalog.toml"
    table = ROOT / "autoscore" / "tables" / "soundfonts.toml"
    assert catalogue.read_bytes() == table.read_bytes()
    fonts = tomllib.loads(table.read_text(encoding="utf-8"))["font"]
    assert len({font["name"] for font in fonts}) == len(fonts)
    for font in fonts:
        assert font["licence"]
        assert font["origin"].startswith("http")
        assert re.fullmatch(r"[0-9a-f]{64}", font.get("sha256", "0" * 64))
        assert not font.get("download") or font.get("sha256"), "a download has to be checked"


def test_the_how_to_explains_every_choice_of_a_cue() -> None:
    """Each way in and out of a cue that is not a plain word is in the glossary; the README leads to every how-to."""
    text = (ROOT / "docs" / "how-to" / "edit-the-cue-sheet.md").read_text(encoding="utf-8")
    plain = {"hard", "fade", "stop"}
    for word in {*get_args(InType), *get_args(OutType), "device", "LUFS, LU", "dBTP"} - plain:
        assert f"| {word} |" in text, word
    assert SET_ASIDE in text
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs" / "how-to").glob("*.md"):
        assert f"docs/how-to/{page.name}" in readme, page.name
