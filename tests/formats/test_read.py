"""The reader: order, ids, batches, several sources and formats, conversion while reading."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.errors import DataError
from bloomery.formats.alpaca import Alpaca
from bloomery.formats.base import Format
from bloomery.formats.classification import Classification
from bloomery.formats.completion import Completion
from bloomery.formats.decode import Decoder
from bloomery.formats.pair import Pair
from bloomery.formats.source import Source
from bloomery.formats.text import Text
from bloomery.kernels.flat import flat_of
from bloomery.schema import PARTS_SCHEMA, ROWS_SCHEMA

CHAT = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello there"}]}


def lines(*records: dict) -> bytes:
    return b"".join(msgspec.json.encode(record) + b"\n" for record in records)


def completion(number: int) -> dict:
    return {"prompt": f"p{number}", "completion": f"c{number}"}


def test_rows_and_parts_have_their_schemas(read_bytes: Callable) -> None:
    found = read_bytes(lines(completion(1)) + b"\n" + lines({"prompt": "", "completion": "c"}), priority=3)
    (batch,) = found.batches
    assert batch.rows.schema == ROWS_SCHEMA
    assert batch.parts.schema == PARTS_SCHEMA
    assert (batch.format, batch.task) == ("completion", "label")
    assert [row[0:1] + row[2:4] + row[5:] for row in batch.rows.iter_rows()] == [
        (0, 0, 3, None, True, False),
        (1, 0, 3, "empty_prompt", True, False),
    ]
    assert batch.parts.rows() == [(0, 0, "prompt", "p1"), (0, 1, "completion", "c1"), (1, 0, "completion", "c")]


@pytest.mark.parametrize("batch_rows", [1, 2, 7, 1000])
def test_the_size_of_batches_changes_nothing(read_bytes: Callable, batch_rows: int) -> None:
    records = [lines(completion(number)) if number % 3 else b"broken\n" for number in range(50)]
    data = b"".join(records) + b"\n\n" + lines({"prompt": 1, "completion": "x"})
    found, whole = read_bytes(data, batch_rows=batch_rows), read_bytes(data)
    assert found.rows.equals(whole.rows)
    assert found.parts.equals(whole.parts)
    assert found.quarantined == whole.quarantined
    assert found.reader.files == whole.reader.files
    assert max(len(batch) + len(batch.quarantined) for batch in found.batches) <= batch_rows


@pytest.mark.parametrize("name", ["rows.json", "rows.csv", "rows.txt"])
@pytest.mark.parametrize("batch_rows", [1, 3])
def test_quarantined_records_come_in_input_order_whatever_the_batch(
    read_bytes: Callable, name: str, batch_rows: int
) -> None:
    data = {
        "rows.json": b'[{"text":"a"},NaN,{"text":"\xff"},{"text":"b"},{"text":"c"},{"x":"d},{"text":"e"},12]',
        "rows.csv": b'text,x\na,b\nc\nd,\xff\n"e"f,g\nh,i\nj,k,l\nm,n\n',
        "rows.txt": b"a\n\xff\nb\n\xfe\n\xfd\nc\n",
    }[name]
    found = read_bytes(data, name, batch_rows=batch_rows)
    order = [int(one.id.rsplit(":", 1)[1]) for one in found.quarantined]
    assert len(order) >= 3
    assert order == sorted(set(order))
    assert found.quarantined == read_bytes(data, name).quarantined
    assert set(order).isdisjoint(map(int, found.numbers))


@pytest.mark.parametrize(("size", "batches"), [(3_000_000, [9, 4]), (100_000, [252, 78])])
def test_large_rows_end_a_batch_early(read_bytes: Callable, size: int, batches: list[int]) -> None:
    # a row has 31 bytes more; a batch ends with the row that reaches 24 MiB = 25,165,824 bytes: the 9th of 3,000,031
    # and the 252nd of 100,031
    data = lines(*({"prompt": "x" * size, "completion": "c"} for _ in range(sum(batches))))
    assert [len(batch) for batch in read_bytes(data).batches] == batches


def test_files_are_counted_and_hashed(tmp_path: Path, read: Callable) -> None:
    first, second = lines(completion(1)) + b"broken\n", lines(completion(2), completion(3))
    (tmp_path / "a.jsonl").write_bytes(first)
    (tmp_path / "b.jsonl").write_bytes(second)
    found = read(f"{tmp_path}/*.jsonl")
    assert [(file.rows, file.quarantined, file.bytes) for file in found.reader.files] == [
        (1, 1, len(first)),
        (2, 0, len(second)),
    ]
    assert [file.sha256 for file in found.reader.files] == [
        hashlib.sha256(data).hexdigest() for data in (first, second)
    ]
    assert found.reader.total_bytes == found.reader.bytes_read == len(first) + len(second)


def test_a_reader_reads_again(read_bytes: Callable) -> None:
    found = read_bytes(lines(completion(1), completion(2)) + b"broken\n")
    files = list(found.reader.files)
    again = pl.concat([batch.rows for batch in found.reader])
    assert again.equals(found.rows)
    assert found.reader.files == files


def test_several_sources_keep_their_order_and_priority(tmp_path: Path, read: Callable) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.jsonl").write_bytes(lines(completion(1), completion(2)))
    found = read([Source(path=f"{tmp_path}/b.jsonl", priority=-1), Source(path=f"{tmp_path}/a.jsonl", priority=5)])
    assert found.rows["n"].to_list() == [0, 1, 2, 3]
    assert found.rows["source"].to_list() == [0, 0, 1, 1]
    assert found.rows["priority"].to_list() == [-1, -1, 5, 5]
    assert [Path(row).name for row in found.rows["id"]] == ["b.jsonl:1", "b.jsonl:2", "a.jsonl:1", "a.jsonl:2"]


def test_an_empty_file_beside_others_is_a_note(tmp_path: Path, read: Callable) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    (tmp_path / "b.jsonl").write_bytes(lines(completion(1)))
    found = read([Source(path=f"{tmp_path}/a.jsonl"), Source(path=f"{tmp_path}/b.jsonl")])
    assert found.rows.height == 1
    assert found.reader.notes == [f"{tmp_path}/a.jsonl: it is empty"]
    assert [form.name for form in found.reader.formats] == ["completion", "completion"]
    assert read(str(tmp_path)).rows.height == 1


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.csv", "rows.tsv", "rows.txt", "rows.conll"])
def test_an_empty_file_alone_is_an_error(read_bytes: Callable, data: bytes, name: str) -> None:
    with pytest.raises(DataError, match="is empty"):
        read_bytes(data, name)


@pytest.mark.parametrize("name", ["rows.parquet", "rows.arrow"])
def test_a_file_of_no_bytes_is_empty_whatever_its_name(read_bytes: Callable, name: str) -> None:
    with pytest.raises(DataError, match="is empty"):
        read_bytes(b"", name)


def test_a_file_without_a_readable_row_is_an_error_that_names_the_first_reason(read_bytes: Callable) -> None:
    with pytest.raises(DataError, match="No row of .* can be read.*on line 1: byte 0xff at position 0"):
        read_bytes(b"\xff\xfe\xff\xff broken\nbroken\n"[2:])


def test_sources_of_different_formats_need_a_name_for_the_result(tmp_path: Path, read: Callable) -> None:
    (tmp_path / "chat.jsonl").write_bytes(lines(CHAT))
    (tmp_path / "plain.jsonl").write_bytes(lines(completion(1), {"prompt": "p", "completion": ""}))
    sources = [Source(path=f"{tmp_path}/plain.jsonl"), Source(path=f"{tmp_path}/chat.jsonl")]
    with pytest.raises(
        DataError, match=r"not of one format.*plain\.jsonl is completion.*chat\.jsonl is chat.*`format: completion`"
    ):
        read(sources)
    found = read(sources, format="chat")
    assert found.reader.format == "chat"
    assert found.reader.why[0].endswith("converted to chat")
    assert [list(json.loads(raw)) for raw in found.raws] == [["messages"], ["prompt", "completion"], ["messages"]]
    assert found.rows["fault"].to_list() == [None, "empty_completion", None]
    assert found.texts == ["p1", "c1", "hi", "hello there"]  # a row that is not converted has no parts


def test_a_row_that_cannot_be_converted_without_loss_has_a_fault(tmp_path: Path, read: Callable) -> None:
    two_turns = {"messages": CHAT["messages"] * 2}
    (tmp_path / "chat.jsonl").write_bytes(lines(CHAT, two_turns))
    (tmp_path / "plain.jsonl").write_bytes(lines(completion(1)))
    sources = [Source(path=f"{tmp_path}/plain.jsonl"), Source(path=f"{tmp_path}/chat.jsonl")]
    found = read(sources, format="completion")
    assert found.rows["fault"].to_list() == [None, None, "not_convertible"]
    assert json.loads(found.raws[2]) == two_turns


def test_columns_of_different_names_are_made_alike(tmp_path: Path, read: Callable) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines({"question": "q", "answer": "a", "n": 1}))
    (tmp_path / "b.jsonl").write_bytes(lines({**completion(1), "x": 1.50}))
    sources = [Source(path=f"{tmp_path}/a.jsonl"), Source(path=f"{tmp_path}/b.jsonl")]
    with pytest.raises(DataError, match="same columns"):
        read(sources)
    found = read(sources, format="completion")
    assert found.texts == ["q", "a", "p1", "c1"]
    assert {"prompt", "completion"} <= set(json.loads(found.raws[0]))


def test_conversion_of_everything_that_loses_everything_is_an_error(tmp_path: Path, read: Callable) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(CHAT))
    (tmp_path / "b.jsonl").write_bytes(lines(completion(1)))
    with pytest.raises(DataError, match="cannot be written as preference"):
        read([Source(path=f"{tmp_path}/a.jsonl"), Source(path=f"{tmp_path}/b.jsonl")], format="preference")


def test_a_format_that_fits_overrules_what_was_detected(read_bytes: Callable, tmp_path: Path, read: Callable) -> None:
    (tmp_path / "rows.jsonl").write_bytes(lines({"text": "some text", "label": "good"}))
    assert read(tmp_path / "rows.jsonl").reader.format == "classification"
    assert read(tmp_path / "rows.jsonl", format="text").reader.format == "text"
    assert read([Source(path=str(tmp_path / "rows.jsonl"), format="text")]).reader.format == "text"


def test_files_of_one_source_must_agree(tmp_path: Path, read: Callable) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(completion(1)))
    (tmp_path / "b.jsonl").write_bytes(lines(CHAT))
    with pytest.raises(DataError, match=r"files of .* not of one format.*b\.jsonl"):
        read(str(tmp_path))


def test_trees_give_a_row_a_path(read_bytes: Callable) -> None:
    tree = {
        "message_id": "1", "text": "q", "role": "prompter",
        "replies": [
            {"message_id": "2", "text": "a", "role": "assistant", "replies": []},
            {"message_id": "3", "text": "b", "role": "assistant", "replies": []},
        ],
    }  # fmt: skip
    found = read_bytes(lines(tree) + b"broken\n" + lines(tree))
    assert found.numbers == ["1#1", "1#2", "3#1", "3#2"]
    assert found.texts == ["q", "a", "q", "b"] * 2
    assert [line for line, _ in found.reasons] == [2]
    assert found.reader.files[0].rows == 4


def test_real_trees_are_the_same_nested_or_in_a_file_of_messages(shared: Path, read: Callable) -> None:
    folder = shared / "oasst_sample/model/model_eval/manual/data"
    found = read(folder / "en_100_tree.jsonl")
    assert found.reader.format == "oasst"
    assert len(set(found.rows["id"])) == found.rows.height > 100


def test_every_shape_of_real_data_is_read_without_loss(shared: Path, read: Callable) -> None:
    expected = {"alpaca_en_demo.json": "alpaca", "dpo_en_demo.json": "preference", "kto_en_demo.json": "kto"}
    expected |= {"glaive_toolcall_en_demo.json": "sharegpt", "v1_sft_demo.jsonl": "chat", "c4_demo.jsonl": "text"}
    for name, form in expected.items():
        path = shared / "llamafactory_demo/data" / name
        found = read(path)
        data = path.read_bytes()
        there = json.loads(data) if name.endswith(".json") else [json.loads(line) for line in data.splitlines()]
        assert found.reader.format == form
        assert [json.loads(raw) for raw in found.raws] == there


FLAT = [Completion(), Alpaca(), Classification(), Pair(), Text(), Completion({"prompt": "Frage?", "completion": 'a"b'})]
texts = st.sampled_from(["", "a", " ", "é", "<think>x</think>y", '{"prompt":1}', "0"]) | st.text(max_size=4)
cells = texts | st.none() | st.integers() | st.booleans() | st.lists(texts, max_size=2) | st.just({"prompt": "x"})


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(FLAT), st.booleans())
def test_the_quick_way_gives_what_the_careful_way_gives(data: st.DataObject, form: Format, ascii_only: bool) -> None:
    names = st.sampled_from([*(form.column(name) for name in form.standard), "extra"])
    records = data.draw(st.lists(st.dictionaries(names, cells, max_size=5), max_size=6))
    raws = [json.dumps(record, ensure_ascii=ascii_only).encode("utf-8", "replace") for record in records]
    quick, careful = Decoder(form), Decoder(form)
    careful._quick = None
    found, wanted = quick.decode(flat_of(raws), {}), careful.decode(flat_of(raws), {})
    assert found.bad == wanted.bad
    assert found.faults == wanted.faults
    assert found.parts.row.tolist() == wanted.parts.row.tolist()
    assert found.parts.role.to_list() == wanted.parts.role.to_list()
    assert found.parts.text.to_list() == wanted.parts.text.to_list()
