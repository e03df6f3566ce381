"""Which films are found, and where their results go."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from autoscore.batch import films, naming
from autoscore.errors import UsageError
from autoscore.model.brief import Brief


def lay(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"film")


def names_in(*places: Path | str, out: Path | None = None) -> list[str]:
    return [one.name for one in films.find([str(place) for place in places], out=out)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "films"
    lay(root, "b.mp4", "A.MOV", "talks/1.mkv", "talks/deep/2.webm", "talks/notes.txt", "talks/x.mp4.part")
    lay(
        root, ".hidden/no.mp4", ".no.mp4", "b.scored.mp4", "b.autoscore/preview.mp4", "b.export/stem.mp4", "c.score.wav"
    )
    return root


def test_a_folder_is_searched_through_and_through(folder: Path) -> None:
    """Films by their suffix in any case, sorted; not what is hidden, not our own results, workspaces and exports."""
    assert names_in(folder) == ["A.MOV", "b.mp4", "talks/1.mkv", "talks/deep/2.webm"]


def test_a_film_in_a_folder_that_may_only_be_listed_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named among the failures instead of ending the run."""
    plain = Path.is_file

    def closed(path: Path) -> bool:
        if path.name == "b.mp4":
            raise PermissionError(errno.EACCES, "Permission denied")
        return plain(path)

    monkeypatch.setattr(Path, "is_file", closed)
    assert "b.mp4" in names_in(folder)


def test_results_inside_the_folder_are_not_searched(folder: Path) -> None:
    """--out may lie in the folder itself."""
    lay(folder, "out/copy.mp4")
    assert "out/copy.mp4" not in names_in(folder, out=folder / "out")
    assert "out/copy.mp4" in names_in(folder)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("*.mp4", ["b.mp4"]),
        ("**/*.webm", ["talks/deep/2.webm"]),
        ("**/*", ["A.MOV", "b.mp4", "talks/1.mkv", "talks/deep/2.webm"]),
        ("talks/*.mk[uv]", ["1.mkv"]),
        ("t*/**/?.webm", ["talks/deep/2.webm"]),
    ],
)
def test_patterns_are_understood_without_a_shell(folder: Path, pattern: str, wanted: list[str]) -> None:
    """``**`` is any number of folders, * ? [] stay within a name; names count from the first folder without them."""
    assert names_in(folder / pattern) == wanted


def test_a_name_with_brackets_is_a_name_first(tmp_path: Path) -> None:
    """A film that is called like a pattern is meant itself."""
    lay(tmp_path, "a[1].mp4", "a1.mp4")
    assert names_in(tmp_path / "a[1].mp4") == ["a[1].mp4"]


def test_what_is_not_there_is_said(folder: Path) -> None:
    """A missing place and a pattern that fits nothing are told apart."""
    with pytest.raises(UsageError, match="no file or folder"):
        names_in(folder / "none")
    with pytest.raises(UsageError, match="No film fits"):
        names_in(folder / "*.avi")


def test_every_film_is_found_once(folder: Path) -> None:
    """A film that is named twice, or by its folder too, is one film."""
    assert len(names_in(folder, folder / "b.mp4", folder / "*.mp4", folder)) == 4


def test_films_of_one_name_stay_apart(tmp_path: Path) -> None:
    """Two folders of one name with films of one name: names and results differ, and say where they come from."""
    lay(tmp_path, "one/films/a.mp4", "two/films/a.mp4")
    found = films.find([str(tmp_path / "one/films/a.mp4"), str(tmp_path / "two/films/a.mp4")])
    assert len({one.name for one in found}) == 2
    assert all(one.name.endswith(("one/films/a.mp4", "two/films/a.mp4")) for one in found)


def test_several_folders_keep_their_names(tmp_path: Path) -> None:
    """What comes from s1 goes to s1."""
    lay(tmp_path, "s1/e.mp4", "s2/e.mp4")
    assert names_in(tmp_path / "s1", tmp_path / "s2") == ["s1/e.mp4", "s2/e.mp4"]


def test_a_relative_file_keeps_its_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell hands them over: a/1.mp4 b/1.mp4."""
    monkeypatch.chdir(tmp_path)
    lay(tmp_path, "a/1.mp4", "b/1.mp4")
    assert names_in("a/1.mp4", "./b/1.mp4") == ["a/1.mp4", "b/1.mp4"]


def test_typescript_is_no_transport_stream(tmp_path: Path) -> None:
    """Of .ts files only those that begin like MPEG-TS are films."""
    (tmp_path / "code.ts").write_text("export const x = 1;\n" * 50)
    (tmp_path / "film.ts").write_bytes((b"\x47" + bytes(187)) * 3)
    assert names_in(tmp_path) == ["film.ts"]


def test_links_to_folders_are_not_followed(folder: Path) -> None:
    """A link that leads in a circle is no trap."""
    (folder / "circle").symlink_to(folder)
    assert len(names_in(folder)) == 4


def test_a_list_may_have_remarks_or_zero_bytes(tmp_path: Path) -> None:
    """Lines with # are remarks; with zero bytes (find -print0) a name may hold a line break and begin with #."""
    assert films.listed(["a.mp4\r\n", "# no\n", "\n", "b c.mp4\n"], "x") == ["a.mp4", "b c.mp4"]
    assert films.listed(["#a\nb.mp4\0c.mp4\0"], "x") == ["#a\nb.mp4", "c.mp4"]
    with pytest.raises(UsageError, match="names no film"):
        films.listed(["# nothing\n"], "x")
    (tmp_path / "list").write_text("\ufeffa.mp4\n", encoding="utf-8")
    assert films.read_list(tmp_path / "list") == ["a.mp4"]
    with pytest.raises(UsageError, match="no list"):
        films.read_list(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "brief", "wanted"),
    [
        ("sub/a.mp4", Brief(), "sub/a.scored.mp4"),
        ("a.MOV", Brief(), "a.scored.MOV"),
        ("a.rm", Brief(), "a.rm.scored.mkv"),
        ("a.mp4", Brief(music_only=True), "a.mp4.score.wav"),
    ],
)
def test_results_are_named_after_their_film(name: str, brief: Brief, wanted: str) -> None:
    """The same container where it can be written, else Matroska with the old suffix kept."""
    assert naming.finished_name(name, brief) == wanted


def test_no_two_results_at_one_place(tmp_path: Path) -> None:
    """a.mp4, a.mov, a.rm, a.rmvb, and names that differ in case only or are as long as names can be."""
    given = ["a.mp4", "a.mov", "a.rm", "a.rmvb", "B.mp4", "b.mp4", "a.rm.mkv", "ü" * 120 + "1.mp4", "ü" * 120 + "2.mp4"]
    found = [films.Found(path=f"/films/{name}", name=name) for name in given]
    jobs = naming.jobs(found, str(tmp_path), Brief())
    for places in ([job.output for job in jobs], [job.workspace for job in jobs]):
        assert len({place.casefold() for place in places}) == len(given)
        assert all(len(Path(place).name.encode()) <= 230 for place in places)
    assert naming.jobs(found, str(tmp_path), Brief()) == jobs


@pytest.mark.parametrize("written", ["../scored", "./../scored/", "../films/../scored", "{root}/films/../scored"])
def test_results_have_one_place_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    """Another way to write the folder of the results is no other work."""
    (tmp_path / "films").mkdir()
    monkeypatch.chdir(tmp_path / "films")
    film = films.Found(path="../films/a.mp4", name="a.mp4")
    job = naming.jobs([film], written.format(root=tmp_path), Brief())[0]
    assert job == naming.jobs([films.Found(path=str(tmp_path / "films/a.mp4"), name="a.mp4")],
                              str(tmp_path / "scored"), Brief())[0]  # fmt: skip


def test_a_link_in_the_way_is_not_walked_back(tmp_path: Path) -> None:
    """What lies above a linked folder is above where the link leads."""
    (tmp_path / "far/deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far/deep")
    assert naming.straight(tmp_path / "link/../out").resolve() == tmp_path / "far/out"
