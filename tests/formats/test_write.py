"""Writing: unedited rows byte for byte, edited rows with everything around the edit as it was; Parquet and CSV."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from bloomery.errors import UsageError
from bloomery.formats.write import encode, export
from bloomery.schema import apply

ODD = b' {"n": 1.50, "prompt": "caf\\u00e9", "completion": "two", "big": 123456789012345678901, "x": {"b":1, "a":[1E5]}}\t'


def edited(found, text: str, new: str) -> list[bytes]:
    (batch,) = found.batches
    change = batch.parts.filter(pl.col("text") == text).with_columns(text=pl.lit(new))
    return encode(apply(batch, batch.edit(change)), found.reader.formats)


def test_a_row_that_is_not_edited_is_its_bytes(read_bytes: Callable) -> None:
    found = read_bytes(ODD + b"\n" + b'{"prompt":"a","completion":"b"}\n')
    assert encode(found.batches[0], found.reader.formats) == [ODD, b'{"prompt":"a","completion":"b"}']
    assert edited(found, "b", "B") == [ODD, b'{"prompt":"a","completion":"B"}']


def test_an_edit_leaves_everything_around_it(read_bytes: Callable) -> None:
    found = read_bytes(ODD + b"\n")
    assert edited(found, "two", "TWO") == [
        '{"n":1.50,"prompt":"café","completion":"TWO","big":123456789012345678901,"x":{"b":1,"a":[1E5]}}'.encode()
    ]


def test_an_edit_beside_a_key_that_stands_twice(read_bytes: Callable) -> None:
    raw = b'{"x":1,"prompt":"a","completion":"b","x":{"y":2,"y":3}}'
    found = read_bytes(raw + b"\n")
    assert edited(found, "a", "A") == [raw.replace(b'"a"', b'"A"')]


def test_edits_of_a_chat_land_in_their_turns(read_bytes: Callable) -> None:
    turns = [{"role": role, "content": f"{role}{at}"} for at in range(2) for role in ("user", "assistant")]
    found = read_bytes(json.dumps({"messages": turns, "id": "00123"}).encode() + b"\n")
    (line,) = edited(found, "user1", "changed")
    turns[2]["content"] = "changed"
    assert json.loads(line) == {"messages": turns, "id": "00123"}


def test_every_real_row_survives_encoding(shared: Path, read: Callable) -> None:
    for name in ("kto_en_demo.json", "dpo_zh_demo.json", "glaive_toolcall_zh_demo.json", "v1_multimodal_demo.jsonl"):
        found = read(shared / "llamafactory_demo/data" / name)
        for batch in found.batches:
            touched = batch.with_(rows=batch.rows.with_columns(edited=True))
            lines = encode(touched, found.reader.formats)
            assert [json.loads(line) for line in lines] == [json.loads(raw) for raw in batch.rows["raw"]]


@pytest.fixture
def exported(tmp_path: Path) -> Callable[..., pl.DataFrame | str]:
    def run(to: str, *records: dict) -> pl.DataFrame | str:
        (tmp_path / "data.jsonl").write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in records))
        out = tmp_path / f"data.{to}"
        try:
            export(tmp_path / "data.jsonl", out, to)
        except UsageError:
            assert sorted(path.name for path in tmp_path.iterdir()) == ["data.jsonl"]
            raise
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["data.jsonl", out.name])
        return out.read_text(encoding="utf-8") if to == "csv" else pl.read_parquet(out)

    return run


def test_strings_stay_strings_in_parquet(exported: Callable) -> None:
    rows = [{"a": "00123", "b": "2024-01-01", "c": "NaN"}, {"a": "no", "b": "1", "c": None}]
    frame = exported("parquet", *rows)
    assert set(frame.dtypes) == {pl.String}
    assert frame.to_dicts() == rows


def test_types_in_parquet(exported: Callable) -> None:
    messages = [{"role": "user", "content": "a"}]
    rows = [
        {"n": 1, "x": 1, "yes": True, "messages": messages, "none": None, "tags": [], "o": {}},
        {"n": -(1 << 63), "x": 1.5, "yes": None, "messages": [], "none": None, "tags": ["t"], "late": "z"},
    ]
    frame = exported("parquet", *rows)
    assert frame.schema == {
        "n": pl.Int64, "x": pl.Float64, "yes": pl.Boolean,
        "messages": pl.List(pl.Struct({"role": pl.String, "content": pl.String})),
        "none": pl.String, "tags": pl.List(pl.String), "o": pl.Struct({"_": pl.String}), "late": pl.String,
    }  # fmt: skip
    assert frame["messages"].to_list() == [messages, []]
    assert frame["late"].to_list() == [None, "z"]
    assert frame["x"].to_list() == [1.0, 1.5]


def test_many_rows_in_order(exported: Callable) -> None:
    rows = [{"n": number, "t": f"text {number}"} for number in range(12_345)]
    assert exported("parquet", *rows).to_dicts() == rows


def test_csv(exported: Callable) -> None:
    rows = [
        {"a": "00123", "n": 1, "yes": True},
        {"a": 'x, "y"\nz', "n": 2, "yes": None},
        {"a": "", "n": 3, "yes": False},
    ]
    assert exported("csv", *rows) == 'a,n,yes\n00123,1,true\n"x, ""y""\nz",2,\n"",3,false\n'


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"a": 1}, {"a": "1"}], "'a'.*text and whole numbers"),
        ([{"a": {"b": [1]}}, {"a": {"b": ["x"]}}], r"'a\.b\[\]'.*text and whole numbers"),
        ([{"a": True}, {"a": 0}], "true or false and whole numbers"),
        ([{"a": ["x"]}, {"a": "x"}], "lists and text"),
        ([{"a": 1 << 63}], "too large for a table"),
        ([{"a": (1 << 53) + 1}, {"a": 0.5}], "numbers and whole numbers"),
    ],
)
def test_a_column_that_mixes_types_is_an_error(exported: Callable, rows: list[dict], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        exported("parquet", *rows)


def test_lists_are_no_csv(exported: Callable) -> None:
    with pytest.raises(UsageError, match="'tags' cannot be written as CSV"):
        exported("csv", {"tags": ["a"]})


def test_an_unknown_target_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exported as 'xlsx'"):
        export(tmp_path / "data.jsonl", tmp_path / "data.xlsx", "xlsx")
