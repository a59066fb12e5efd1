"""Parquet and Arrow: rows as JSON lines, in slices, without another library."""

import datetime
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from bloomery.errors import DataError

FRAME = pl.DataFrame(
    {
        "prompt": ["00123", "b"],
        "completion": ["x\n\u2028", "NaN"],
        "number": [1 << 62, None],
        "share": [0.1, float("nan")],
        "day": [datetime.date(2024, 1, 31), None],
        "at": [datetime.datetime(2024, 1, 31, 12, 0, 0, 5), None],
        "binary": [b"\x00\xff", None],
        "price": pl.Series([Decimal("1.50"), Decimal("-0.07")], dtype=pl.Decimal(10, 2)),
        "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
        "tags": [["p", "q"], []],
        "nested": [{"a": [1, None], "b": "é"}, {"a": [], "b": None}],
        "fixed": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int8, 2)),
        "yes": [True, False],
    }
)
FIRST = (
    '{"prompt":"00123","completion":"x\\n\u2028","number":4611686018427387904,"share":0.1,"day":"2024-01-31",'
    '"at":"2024-01-31T12:00:00.000005","binary":"AP8=","price":1.50,"kind":"a","tags":["p","q"],'
    '"nested":{"a":[1,null],"b":"é"},"fixed":[1,2],"yes":true}'
)


def written(frame: pl.DataFrame, kind: str) -> bytes:
    target = io.BytesIO()
    {"parquet": frame.write_parquet, "arrow": frame.write_ipc, "stream": frame.write_ipc_stream}[kind](target)
    return target.getvalue()


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream"])
@pytest.mark.parametrize("name", ["rows.parquet", "rows.arrow", "rows"])
def test_values_of_every_type(read_bytes: Callable, kind: str, name: str) -> None:
    found = read_bytes(written(FRAME, kind), name)
    assert found.raws[0].decode() == FIRST
    second = json.loads(found.raws[1])
    assert second["share"] is None  # JSON has no NaN
    assert (second["price"], second["tags"], second["day"]) == (-0.07, [], None)
    assert found.numbers == ["1", "2"]
    assert found.texts == ["00123", "x\n\u2028", "b", "NaN"]


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream"])
def test_many_rows_stay_in_order(read_bytes: Callable, kind: str) -> None:
    frame = pl.select(prompt=pl.int_range(0, 50_000).cast(pl.String), completion=pl.lit("b"))
    found = read_bytes(written(frame, kind), "rows", batch_rows=7_000)
    assert found.rows["n"].to_list() == list(range(50_000))
    assert found.texts[::2] == frame["prompt"].to_list()
    assert {batch.rows.height for batch in found.batches[:-1]} == {7_000}


@pytest.mark.parametrize("magic", [b"", b"ARROW1\x00\x00"], ids=["stream", "file"])
def test_arrow_that_ends_early_keeps_the_batches_before(read_bytes: Callable, magic: bytes) -> None:
    frame = pl.select(prompt=pl.int_range(0, 5_000).cast(pl.String), completion=pl.lit("b"))
    # five streams of one record batch each, with the same schema: 8 bytes, the last 4 of them its size; the end mark has 8
    parts = [written(part, "stream") for part in frame.iter_slices(1_000)]
    schema = 8 + int.from_bytes(parts[0][4:8], "little")
    data = magic + parts[0][:-8] + b"".join(part[schema:-8] for part in parts[1:])
    assert read_bytes(data, "rows.arrow").rows.height == 5_000
    found = read_bytes(data[: len(data) // 2], "rows.arrow")
    assert found.rows.height == 2_000
    assert found.texts[::2] == frame["prompt"].to_list()[: found.rows.height]
    assert "ends early" in found.reasons[0][1]


@pytest.mark.parametrize("name", ["rows.parquet", "rows.arrow"])
@pytest.mark.parametrize(
    "data", [b"PAR1 and no more", b"ARROW1\x00\x00" + b"\xff" * 64, b"ARROW1\x00\x00", b"just text"]
)
def test_what_only_looks_like_it_is_an_error(read_bytes: Callable, data: bytes, name: str) -> None:
    with pytest.raises(DataError, match=r"rows\.(parquet|arrow)"):
        read_bytes(data, name)


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream"])
def test_damaged_bytes_never_crash(read_bytes: Callable, kind: str) -> None:
    data = written(FRAME, kind)
    for at in range(8, len(data), max(1, len(data) // 40)):
        damaged = bytearray(data)
        damaged[at : at + 4] = b"\xff\xff\xff\x7f"
        try:
            read_bytes(bytes(damaged), "rows.bin")
        except DataError as error:
            assert "rows.bin" in str(error)


def test_parquet_on_standard_input_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable) -> None:
    path = tmp_path / "rows.parquet"
    FRAME.write_parquet(path)
    with path.open("rb") as file:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
        with pytest.raises(DataError, match="Save it or unpack it"):
            read("-")


def test_a_folder_written_by_datasets(tmp_path: Path, read: Callable) -> None:
    datasets = pytest.importorskip("datasets")
    rows = [{"prompt": f"p{number}", "completion": "b", "tags": ["x"]} for number in range(2_500)]
    datasets.Dataset.from_list(rows).save_to_disk(tmp_path / "folder", num_shards=2)
    found = read(tmp_path / "folder")
    assert [json.loads(raw) for raw in found.raws] == rows
    assert [Path(file.path).name for file in found.reader.files] == [
        "data-00000-of-00002.arrow",
        "data-00001-of-00002.arrow",
    ]
    assert found.rows["id"][1250].endswith("folder/data-00001-of-00002.arrow:1")


def test_a_dictionary_of_datasets(tmp_path: Path, read: Callable) -> None:
    datasets = pytest.importorskip("datasets")
    split = datasets.Dataset.from_list([{"prompt": "p", "completion": "b"}])
    datasets.DatasetDict({"train": split, "test": split}).save_to_disk(tmp_path / "two")
    with pytest.raises(DataError, match="several splits"):
        read(tmp_path / "two")
    assert read(tmp_path / "two" / "train").texts == ["p", "b"]
    datasets.DatasetDict({"train": split}).save_to_disk(tmp_path / "one")
    assert read(tmp_path / "one").texts == ["p", "b"]


def test_arrow_folders_as_datasets_lays_them_out(tmp_path: Path, read: Callable) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    for number in range(2):
        frame = pl.DataFrame({"prompt": [f"p{number}"], "completion": ["b"]})
        frame.write_ipc_stream(folder / f"data-{number}.arrow")
    listed = {"_data_files": [{"filename": "data-1.arrow"}, {"filename": "data-0.arrow"}]}
    (folder / "state.json").write_text(json.dumps(listed))
    (folder / "dataset_info.json").write_text("{}")
    assert read(folder).texts == ["p1", "b", "p0", "b"]
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "../../secret.arrow"}]}))
    with pytest.raises(DataError, match="outside of itself"):
        read(folder)
