"""Files elsewhere: listed, fetched whole, stored whole, and one sentence for what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscore.adapters import remote
from autoscore.errors import StorageError, ToolMissingError, UsageError

fsspec = pytest.importorskip("fsspec", reason="the extra `cluster` is not installed")


@pytest.fixture(params=["file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty folder on a disk, and one in an object store (in memory)."""
    if request.param == "file":
        yield f"file://{tmp_path}/there"
    else:
        yield "memory://bucket/there"
        fsspec.filesystem("memory").store.clear()


def _file(tmp_path: Path, text: str = "x") -> Path:
    path = tmp_path / "here.txt"
    path.write_text(text)
    return path


def test_what_is_stored_is_found_and_fetched_as_it_was(place: str, tmp_path: Path) -> None:
    """There and back: the same bytes, and the listing has names below the folder."""
    stored = remote.store(_file(tmp_path, "a film"), f"{place}/sub/film one.MP4")
    assert remote.look(f"{place}/sub/film one.MP4") == stored
    assert list(remote.listing(place, ("*.mp4",))) == ["sub/film one.MP4"]
    assert remote.listing(place, ("*.mov",)) == {}
    back = tmp_path / "deep" / "back"
    assert remote.fetch(remote.listing(place)["sub/film one.MP4"], back).version == stored.version
    assert back.read_text() == "a film"


def test_another_content_is_another_version(place: str, tmp_path: Path) -> None:
    """A file that is replaced does not look as before."""
    before = remote.store(_file(tmp_path, "one"), f"{place}/f")
    assert remote.store(_file(tmp_path, "two"), f"{place}/f").version != before.version


def test_a_store_that_breaks_off_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file stays, no unfinished one stays beside it, and the sentence names the place."""
    url = f"file://{tmp_path}/there/f"
    remote.store(_file(tmp_path, "old"), url)

    def breaks(self: object, source: str, target: str, **how: object) -> None:
        Path(target).write_text("ha")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fsspec.implementations.local.LocalFileSystem, "put_file", breaks)
    with pytest.raises(StorageError, match=r"there/f cannot be written: .*No space left"):
        remote.store(_file(tmp_path, "new"), url)
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["f"]
    assert remote.read_text(url) == "old"


def test_strays_of_one_file_are_swept_and_no_others(place: str, tmp_path: Path) -> None:
    """What a killed process left of `a.mp4` goes; `a.mp4` itself and another film's unfinished copy stay."""
    for name in ("a.mp4", ".a.mp4.0123.part", ".b.mp4.0123.part"):
        remote.store(_file(tmp_path), f"{place}/{name}")
    remote.sweep(f"{place}/a.mp4")
    assert sorted(remote.listing(place)) == [".b.mp4.0123.part", "a.mp4"]


def test_what_is_not_there_is_one_sentence(place: str, tmp_path: Path) -> None:
    """Nothing to look at is None; nothing to fetch or list is a sentence with the address."""
    assert remote.look(f"{place}/none.mp4") is None
    assert remote.read_text(f"{place}/none.json") is None
    with pytest.raises(StorageError, match=r"none\.mp4 is not there"):
        remote.fetch(f"{place}/none.mp4", tmp_path / "x")
    with pytest.raises(StorageError, match="is not there"):
        remote.listing(f"{place}/nowhere")


@pytest.mark.parametrize("url", ["http://x/y.mp4", "zip://a::file:///b.zip", "simplecache::s3://b/k", "lol://x"])
def test_other_protocols_are_refused(url: str) -> None:
    """A list of films from a stranger opens neither the web nor archives."""
    with pytest.raises(UsageError, match="is not supported"):
        remote.look(url)


def test_a_film_that_grows_while_it_is_fetched_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an upload is not scored."""
    film = tmp_path / "film.mp4"
    film.write_text("half")
    whole = fsspec.implementations.local.LocalFileSystem.get_file

    def grows(self: object, source: str, target: str, **how: object) -> None:
        whole(self, source, target, **how)
        film.write_text("half and more")

    monkeypatch.setattr(fsspec.implementations.local.LocalFileSystem, "get_file", grows)
    with pytest.raises(StorageError, match="changed while it was read"):
        remote.fetch(f"file://{film}", tmp_path / "x")


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address as it was given, and what to install."""

    def missing(_url: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec.core, "url_to_fs", missing)
    with pytest.raises(ToolMissingError, match="s3://bucket/out needs") as caught:
        remote.reach("s3://bucket/out")
    assert caught.value.hint == "Install it with: pip install s3fs."
