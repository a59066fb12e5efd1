"""`datasets.load_dataset` opens what clean, split and convert write: the same rows, columns and types."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from tests.train import rows

Load = Callable[..., Any]

FLAT = ("completion", "alpaca", "preference", "kto", "classification", "text")
TABLES = tuple(shape for shape in rows.MAKERS if shape != "mixed")


def same(found: Any, wanted: list[rows.Row]) -> None:
    """`found`, a dataset, has the rows of `wanted` in order, values and types, and their columns."""
    assert rows.told(list(found)) == rows.told(wanted)
    assert set(found.column_names) == {name for row in wanted for name in row}


@pytest.mark.parametrize("shape", rows.MAKERS)
def test_clean_rows_open_as_they_are(shape: str, tmp_path: Path, load: Load) -> None:
    run = bl.clean(rows.raw(tmp_path / "raw.jsonl", shape), out=tmp_path / "clean")
    assert run.manifest["format"]["name"] == rows.MAKERS[shape][0]
    assert {name: run.counts[name] for name in ("kept", "edited", "dropped")} == {
        "kept": rows.KEPT, "edited": 1, "dropped": 1,
    }  # fmt: skip
    found = load("json", run.data)
    assert len(found) == rows.KEPT
    same(found, rows.read(run.data))
    assert rows.MAIL not in str(list(found))


@pytest.mark.parametrize("shape", rows.MAKERS)
def test_splits_open_under_their_names(shape: str, tmp_path: Path, load: Load) -> None:
    raw = rows.write(tmp_path / "raw.jsonl", [rows.MAKERS[shape][1](n) for n in range(20)])
    done = bl.split(raw, out=tmp_path / "splits")
    assert done.sizes == {"train": 14, "validation": 2, "test": 4}  # 70/10/20 of 20
    found = load("json", done.files)
    assert {name: len(part) for name, part in found.items()} == done.sizes
    for name, path in done.files.items():
        same(found[name], rows.read(path))


def test_a_folder_of_splits_opens_as_it_is(tmp_path: Path, datasets: Any) -> None:
    raw = rows.write(tmp_path / "raw.jsonl", [rows.completion(n) for n in range(20)])
    done = bl.split(raw, out=tmp_path / "splits")
    found = datasets.load_dataset(str(done.folder), cache_dir=str(tmp_path / "cache"))
    assert set(found) == set(done.files)
    for name, path in done.files.items():
        same(found[name], rows.read(path))


@pytest.mark.parametrize("shape", TABLES)
def test_a_parquet_copy_opens_with_the_same_rows(shape: str, tmp_path: Path, load: Load) -> None:
    run = bl.clean(rows.raw(tmp_path / "raw.jsonl", shape), out=tmp_path / "clean", to="parquet")
    same(load("parquet", run.folder / "data.parquet"), rows.read(run.data))


@pytest.mark.parametrize("shape", FLAT)
def test_a_csv_copy_opens_with_the_same_rows_where_the_reader_is_told_the_types(
    shape: str, tmp_path: Path, load: Load, datasets: Any
) -> None:
    run = bl.clean(rows.raw(tmp_path / "raw.jsonl", shape), out=tmp_path / "clean", to="csv")
    kept = rows.read(run.data)
    # a CSV file has no types: a reader that is not told them takes "00012" for 12 and "NA" for nothing
    kinds = {name: datasets.Value("bool" if value is True else "string") for name, value in kept[0].items()}
    same(load("csv", run.folder / "data.csv", features=datasets.Features(kinds), keep_default_na=False), kept)


def test_texts_that_look_like_something_else_stay_texts(tmp_path: Path, load: Load) -> None:
    looks = ["00123", "1e5", "NaN", "NA", "null", "true", "no", "1700000000", "0x1F", "+49", "", " "]
    made = [rows.completion(n) | {"look": looks[n % len(looks)]} for n in range(rows.GOOD)]
    run = bl.clean(rows.write(tmp_path / "raw.jsonl", made), out=tmp_path / "clean", to="parquet")
    for kind, path in (("json", run.data), ("parquet", run.folder / "data.parquet")):
        assert load(kind, path)["look"][:] == [looks[n % len(looks)] for n in range(rows.GOOD)]


@pytest.mark.parametrize("look", ["2025-01-{:02}", "2025-01-{:02}T10:00:00Z"])
def test_a_column_of_nothing_but_dates_stays_text_in_parquet(look: str, tmp_path: Path, load: Load) -> None:
    # datasets reads such a column of a JSON-lines file as timestamps, whatever features it is told
    made = [rows.completion(n) | {"day": look.format(n + 1)} for n in range(rows.GOOD)]
    run = bl.clean(rows.write(tmp_path / "raw.jsonl", made), out=tmp_path / "clean", to="parquet")
    assert rows.read(run.data) == made
    same(load("parquet", run.folder / "data.parquet"), made)


@pytest.mark.parametrize(
    ("shape", "to", "columns"),
    [
        ("completion", "chat", {"messages", "ticket", "note"}),
        ("alpaca", "chat", {"messages"}),
        ("alpaca", "alpaca_prompt", {"prompt", "completion"}),
        ("sharegpt", "chat", {"messages", "id"}),
        ("dialogue", "sharegpt", {"conversations"}),
        ("dialogue", "alpaca", {"instruction", "input", "output", "system", "history"}),
        ("tools", "chat", {"messages", "tools"}),
        ("preference", "kto", {"prompt", "completion", "label"}),
        ("classification", "completion", {"prompt", "completion"}),
    ],
)
@pytest.mark.parametrize("ending", ["jsonl", "json", "parquet"])
def test_converted_rows_open_in_every_container(
    shape: str, to: str, columns: set[str], ending: str, tmp_path: Path, load: Load
) -> None:
    raw = rows.write(tmp_path / "raw.jsonl", [rows.MAKERS[shape][1](n) for n in range(6)])
    plain = bl.convert(raw, tmp_path / "plain.jsonl", to=to)
    done = bl.convert(raw, tmp_path / f"out.{ending}", to=to)
    assert done.rows == plain.rows == (12 if to == "kto" else 6)
    found = load("parquet" if ending == "parquet" else "json", tmp_path / f"out.{ending}")
    assert set(found.column_names) == columns
    same(found, rows.read(tmp_path / "plain.jsonl"))
