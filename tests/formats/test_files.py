"""From what the user names to files, and what is said where there are none."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bloomery.errors import DataError
from bloomery.formats import sniff
from bloomery.formats.files import expand
from bloomery.formats.source import Source

ROW = b'{"prompt":"a","completion":"b"}\n'


def fill(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(ROW)


def test_a_path_stays_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable) -> None:
    fill(tmp_path / "raw", "b.jsonl", "a.jsonl")
    monkeypatch.chdir(tmp_path)
    assert read("raw/a.jsonl").rows["id"].to_list() == ["raw/a.jsonl:1"]
    assert read("./raw/a.jsonl").rows["id"].to_list() == ["./raw/a.jsonl:1"]
    assert read("raw/*.jsonl").rows["id"].to_list() == ["raw/a.jsonl:1", "raw/b.jsonl:1"]
    assert read("raw").rows["id"].to_list() == ["raw/a.jsonl:1", "raw/b.jsonl:1"]
    assert read("raw/").rows["id"].to_list() == ["raw/a.jsonl:1", "raw/b.jsonl:1"]


def test_globs_reach_into_subfolders(tmp_path: Path) -> None:
    fill(tmp_path / "x", "a.jsonl")
    fill(tmp_path / "x" / "y", "b.jsonl", "c.txt")
    names = [os.path.relpath(name, tmp_path) for name in expand(f"{tmp_path}/**/*.jsonl")]
    assert names == ["x/a.jsonl", "x/y/b.jsonl"]


def test_a_name_with_glob_characters_is_a_file_first(tmp_path: Path) -> None:
    fill(tmp_path / "x", "a[1].jsonl", "a1.jsonl")
    assert expand(f"{tmp_path}/x/a[1].jsonl") == [f"{tmp_path}/x/a[1].jsonl"]


def test_a_folder_gives_its_data_files_and_texts_only_alone(tmp_path: Path) -> None:
    fill(tmp_path / "x", "b.jsonl.gz", "a.csv", "README.md", "notes.txt", ".hidden.jsonl")
    assert [Path(name).name for name in expand(str(tmp_path / "x"))] == ["a.csv", "b.jsonl.gz"]
    fill(tmp_path / "y", "README.md", "notes.txt")
    assert [Path(name).name for name in expand(str(tmp_path / "y"))] == ["notes.txt"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch, read: Callable) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(ROW * 30_000)))
    found = read("-")
    assert found.rows.height == 30_000
    assert found.rows["id"][11] == "-:12"
    assert found.reader.total_bytes == 0
    assert found.reader.files[0].bytes == found.reader.bytes_read == len(ROW) * 30_000


def test_a_missing_file_is_an_error_that_knows_a_near_one(tmp_path: Path, read: Callable) -> None:
    fill(tmp_path / "x", "tickets.jsonl")
    with pytest.raises(DataError, match=r"ticket\.jsonl does not exist.*Did you mean .*tickets\.jsonl"):
        read(tmp_path / "x" / "ticket.jsonl")


@pytest.mark.parametrize("pattern", ["*.csv", "**/*.parquet"])
def test_a_glob_without_files_is_an_error(tmp_path: Path, pattern: str, read: Callable) -> None:
    with pytest.raises(DataError, match="No file matches"):
        read(f"{tmp_path}/{pattern}")


def test_a_folder_without_data_is_an_error(tmp_path: Path, read: Callable) -> None:
    fill(tmp_path / "x", "README.md")
    with pytest.raises(DataError, match="holds no data files"):
        read(tmp_path / "x")


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_without_permission_is_an_error(tmp_path: Path, read: Callable) -> None:
    fill(tmp_path / "x", "a.jsonl")
    (tmp_path / "x" / "a.jsonl").chmod(0)
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "x" / "a.jsonl")


def test_a_file_that_fails_while_it_is_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable
) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise PermissionError(13, "Permission denied")

    fill(tmp_path / "x", "a.jsonl")
    monkeypatch.setattr(Path, "open", lambda *args, **kwargs: Failing())
    with pytest.raises(DataError, match="cannot be read.*Permission denied"):
        read(tmp_path / "x" / "a.jsonl")


def test_a_file_named_twice_is_an_error(tmp_path: Path, read: Callable) -> None:
    fill(tmp_path / "x", "a.jsonl")
    twice = [Source(path=f"{tmp_path}/x/a.jsonl"), Source(path=f"{tmp_path}/x/../x/*.jsonl")]
    with pytest.raises(DataError, match="is named twice"):
        read(twice)


def test_an_unknown_container_is_an_error(tmp_path: Path, read: Callable) -> None:
    fill(tmp_path / "x", "a.jsonl")
    with pytest.raises(DataError, match="no container 'jsnl'"):
        read([Source(path=f"{tmp_path}/x/a.jsonl", container="jsnl")])


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b'[![logo](a.png)](b)\n\nA "tool".\n', "txt"),
        (b'[draft] He said "no".\n', "txt"),
        (b'{name}, she said "yes".\n', "txt"),
        (b'[\n  {"a": 1}\n]\n', "json"),
        (b'["a", "b"]', "json"),
        (b'{\n  "data": []\n}', "json"),
        (b'{"a": 1}\n{"a": 2}\n', "jsonl"),
    ],
)
def test_a_file_without_a_telling_name_is_told_by_how_it_begins(head: bytes, container: str) -> None:
    assert sniff.container("README.md", head) == container


def test_the_folder_of_a_clean_is_its_kept_rows_and_that_of_a_split_must_be_told_apart(tmp_path: Path) -> None:
    for name, files in (("clean", ("data.jsonl", "dropped.jsonl")), ("splits", ("train.jsonl", "test.jsonl"))):
        (tmp_path / name).mkdir()
        for file in (*files, "manifest.json"):
            (tmp_path / name / file).write_text('{"text": "a"}\n')
    assert expand(str(tmp_path / "clean")) == [str(tmp_path / "clean" / "data.jsonl")]
    with pytest.raises(DataError, match=r"folder of a run.*Found train.jsonl, test.jsonl.*Name the one to read"):
        expand(str(tmp_path / "splits"))
