"""JSON files: arrays, concatenated values, wrappers; broken pieces cost themselves, and tokens stay as written."""

import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.formats import json_array
from bloomery.formats.structure import Structure


class Blocks:
    """A text in blocks of a given size."""

    damage = None

    def __init__(self, data: bytes, size: int) -> None:
        self._blocks = [data[at : at + size] for at in range(0, len(data), size)]

    def head(self, size: int) -> bytes:
        joined = b"".join(self._blocks)
        self._blocks = [joined[:size], *self._cut(joined[size:])] if joined else []
        return joined[:size]

    def _cut(self, rest: bytes) -> list[bytes]:
        return [rest[at : at + 7] for at in range(0, len(rest), 7)]

    def __iter__(self):
        return iter(self._blocks)


def raws_of(data: bytes, size: int = 1 << 20) -> list[bytes]:
    return [raw for chunk in json_array.read(Blocks(data, size), lambda note: None) for raw in chunk.raws]


def row(number: int, text: str = "t") -> dict:
    return {"prompt": f"p{number}", "completion": text}


@pytest.mark.parametrize("indent", [None, 0, 2, "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_array_pretty_printed_or_not(read_bytes: Callable, indent: int | str | None, end: str) -> None:
    rows = [row(1), row(2, 'with "quotes", [brackets] and \\ and ,'), row(3, "é\n\t")]
    found = read_bytes(json.dumps(rows, indent=indent).replace("\n", end).encode(), "rows.json")
    assert [json.loads(raw) for raw in found.raws] == rows
    assert found.numbers == ["1", "2", "3"]
    assert found.quarantined == []
    assert found.reader.notes == []


def test_numbers_and_escapes_stay_as_written(read_bytes: Callable) -> None:
    data = b'[\n  {"prompt": "\\u00e9\\/\\n", "completion": "b", "x": [1.50, 1E5, -0, 12345678901234567890123]}\n]'
    assert read_bytes(data, "rows.json").raws == [
        b'{"prompt":"\\u00e9\\/\\n","completion":"b","x":[1.50,1E5,-0,12345678901234567890123]}'
    ]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"prompt": "a", "completion": NaN}', "NaN is not JSON"),
        (b'{"prompt": "a", "completion": "\\q"}', "no valid JSON"),
        (b'{"prompt": "a" "completion": "b"}', "no valid JSON"),
        (b'{"prompt": "a", "completion": "caf\xe9"}', "byte 0xe9"),
        (b'{"prompt": "a", "completion": "\\ud800"}', "surrogate"),
        (b'{"prompt": "a", "completion": "b\x00"}', "control character 0x00"),
        (b'{"prompt": "a", "prompt": "b", "completion": "c"}', "duplicate key 'prompt'"),
        (b'{"prompt": "a", "x": ' + b"[" * 300 + b"]" * 300 + b"}", "nested deeper"),
        (b'{"prompt": "a", "completion": "raw\nline end"}', "control character 0x0a"),
        (b"12", "a number"),
        (b'"a string"', "a string"),
        (b"nonsense", "no valid JSON"),
        (b"[1, 2]", "an array"),
    ],
)
def test_a_bad_element_costs_itself(read_bytes: Callable, bad: bytes, reason: str) -> None:
    data = b"[\n" + json.dumps(row(1)).encode() + b",\n" + bad + b",\n" + json.dumps(row(3)).encode() + b"\n]\n"
    found = read_bytes(data, "rows.json")
    assert found.numbers == ["1", "3"]
    ((line, said),) = found.reasons
    assert line == 3
    assert reason in said


@pytest.mark.parametrize("between", [b",", b",\n"], ids=["one line", "a line each"])
@pytest.mark.parametrize(
    "bad",
    [
        b'{"prompt":"p2","completion":"no closing quote}',
        b'{"prompt":"p2","completion":no opening quote"}',
        b'{"prompt":"p2","completion":"no closing bracket"',
        b'{"prompt":"p2","tags":["a","b"}',
        b'{"prompt":"p2","tags":["a","b"',
        b'{"prompt":"p2","completion":',
    ],
)
def test_a_missing_quote_or_bracket_costs_its_element(read_bytes: Callable, bad: bytes, between: bytes) -> None:
    rows = [json.dumps(row(number), separators=(",", ":")).encode() for number in range(1, 8)]
    data = b"[" + between.join([*rows[:3], bad, *rows[3:]]) + b"]"
    found = read_bytes(data, "rows.json")
    if bad.endswith(b'"b"'):  # an object may stand in a list: what follows counts as its elements, up to the end
        assert found.raws == rows[:3]
    else:
        assert found.raws == rows
    assert len(found.quarantined) == 1


def test_bad_elements_next_to_each_other(read_bytes: Callable) -> None:
    good = [json.dumps(row(number)).encode() for number in range(4)]
    bad = b'{"prompt": "x}'
    found = read_bytes(b"[" + b", ".join([good[0], bad, bad, good[1], bad, good[2], good[3]]) + b"]", "rows.json")
    assert [json.loads(raw)["prompt"] for raw in found.raws] == ["p0", "p1", "p2", "p3"]
    assert len(found.quarantined) == 3
    assert found.numbers == ["1", "4", "6", "7"]


def test_nested_objects_that_begin_like_their_parents_are_no_rows() -> None:
    tree = b'{"id":1,"children":[{"id":2,"children":[]},{"id":3,"x":NaN}]}'
    assert raws_of(b"[" + b'{"id":0},' + tree + b',{"id":9}]') == [b'{"id":0}', tree, b'{"id":9}']


@pytest.mark.parametrize("cut", [30, 60])
def test_a_file_that_ends_in_the_middle(read_bytes: Callable, cut: int) -> None:
    data = json.dumps([row(1), row(2)]).encode()  # 36 + 2 + 36 characters and brackets
    found = read_bytes(data[:cut] if cut > 36 else data + b"\n[" + data[1:cut], "rows.json")
    assert found.numbers[0] == "1"
    assert [reason for _, reason in found.reasons] == ["the file ends in the middle of a record"]


def test_a_nested_tree_that_is_cut_off_is_one_broken_record() -> None:
    seen = list(json_array.read(Blocks(b'[{"id":0},{"id":1,"replies":[{"id":2},{"id":3', 1 << 20), lambda note: None))
    assert [raw for chunk in seen for raw in chunk.raws] == [b'{"id":0}']
    assert [one.number for chunk in seen for one in chunk.broken] == [2]


def test_an_array_that_is_never_closed_is_noted(read_bytes: Callable) -> None:
    found = read_bytes(json.dumps([row(1)]).encode()[:-1], "rows.json")
    assert found.numbers == ["1"]
    assert "never closed" in found.reader.notes[0]


@pytest.mark.parametrize("data", [b"{%s}\n{%s}", b"{%s}{%s}", b"{%s}\n\n\n{%s}", b"[{%s}][{%s}]", b"{%s},{%s},"])
def test_values_one_after_the_other(read_bytes: Callable, data: bytes) -> None:
    inner = b'\n "prompt": "a",\n "completion": "b"\n'
    found = read_bytes(data % (inner, inner), "rows.json")
    assert found.raws == [b'{"prompt":"a","completion":"b"}'] * 2
    assert found.quarantined == []


def test_pretty_printed_records_in_a_jsonl(read_bytes: Callable) -> None:
    found = read_bytes(json.dumps(row(1), indent=1).encode() * 2, "rows.jsonl")
    assert found.numbers == ["1", "2"]


def test_json_lines_in_a_json(read_bytes: Callable) -> None:
    found = read_bytes(b'{"prompt":"a","completion":"b"}\n\nbroken\n{"prompt":"c","completion":"d"}\n', "rows.json")
    assert found.numbers == ["1", "4"]  # lines, as in JSON lines
    assert [line for line, _ in found.reasons] == [3]


def test_one_object_is_one_row(read_bytes: Callable) -> None:
    messages = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    assert read_bytes(json.dumps(messages).encode(), "rows.json").numbers == ["1"]
    assert read_bytes(json.dumps(messages, indent=2).encode(), "rows.json").numbers == ["1"]


@pytest.mark.parametrize("indent", [None, 1])
def test_an_object_around_one_list(read_bytes: Callable, indent: int | None) -> None:
    data = {"version": "1.1", "sizes": [1, 2], "data": [row(1), row(2)], "about": {"by": "us"}}
    found = read_bytes(json.dumps(data, indent=indent).encode(), "rows.json")
    assert [json.loads(raw) for raw in found.raws] == [row(1), row(2)]
    assert found.quarantined == []
    assert "'data'" in found.reader.notes[0]


def test_an_array_of_strings_is_one_of_texts(read_bytes: Callable) -> None:
    found = read_bytes(b'[ "a", "b, \\"c\\" [", \n"\\u00e9" ]', "rows.json")
    assert found.texts == ["a", 'b, "c" [', "é"]
    assert found.raws[2] == b'{"text":"\\u00e9"}'


def test_an_element_of_250_kb_and_lines_of_elements(read_bytes: Callable) -> None:
    rows = [row(1), row(2, "x" * 250_000), row(3)]
    found = read_bytes(json.dumps(rows, indent=1).encode() + b"\n", "rows.json")
    assert [len(json.loads(raw)["completion"]) for raw in found.raws] == [1, 250_000, 1]


def test_an_element_over_the_limit_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_array, "MAX_ELEMENT", 1_000)
    text = Blocks(b"", 1)
    data = json.dumps([row(1), row(2, "x" * 5_000), row(3), row(4)]).encode()
    text._blocks = [data[at : at + 300] for at in range(0, len(data), 300)]
    text.head = lambda size: data[:1]
    seen = list(json_array.read(text, lambda note: None))
    assert [json.loads(raw) for chunk in seen for raw in chunk.raws] == [row(1), row(3), row(4)]
    assert "larger than" in next(one.reason for chunk in seen for one in chunk.broken)


leaves = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
nested = st.lists(leaves, max_size=3) | st.dictionaries(st.text(), leaves, max_size=3)
values = leaves | nested | st.lists(nested, max_size=3) | st.dictionaries(st.text(), nested, max_size=3)


@given(st.lists(st.dictionaries(st.text(), values, max_size=4), max_size=6), st.sampled_from([None, 1]), st.booleans())
def test_any_array_is_read_whatever_the_blocks(records: list, indent: int | None, ascii_only: bool) -> None:
    data = json.dumps(records, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "replace")
    text = Blocks(data, 1 << 20)
    text._blocks = [data[at : at + 3] for at in range(0, len(data), 3)]
    text.head = lambda size: data[:1]
    found = [raw for chunk in json_array.read(text, lambda note: None) for raw in chunk.raws]
    assert [json.loads(raw) for raw in found] == json.loads(data)


@given(st.binary(max_size=200), st.integers(1, 7))
def test_the_scan_does_not_depend_on_the_blocks(data: bytes, size: int) -> None:
    whole = Structure()
    marks = whole.scan(data)
    pieces = Structure()
    found = []
    for at in range(0, len(data), size):
        part = pieces.scan(data[at : at + size])
        found += list(zip((part.at + at).tolist(), part.char.tolist(), part.depth.tolist(), strict=True))
    assert found == list(zip(marks.at.tolist(), marks.char.tolist(), marks.depth.tolist(), strict=True))
    assert pieces.depth == whole.depth


@given(st.text(alphabet='{}[],"\\a:\n', max_size=120))
def test_anything_is_cut_without_an_exception(text: str) -> None:
    seen = list(json_array.read(Blocks(text.encode(), 1 << 20), lambda note: None))
    assert all(raw for chunk in seen for raw in chunk.raws)


def test_hostile_beginnings_do_not_take_quadratic_time() -> None:
    data = b'[{"a":1},' + b'{"a":"x},' * 20_000
    seen = list(json_array.read(Blocks(data, 1 << 20), lambda note: None))
    assert sum(len(chunk.broken) for chunk in seen) > 0


def test_damage_in_a_large_file_stays_small() -> None:
    random.seed(4)
    rows = [json.dumps(row(number, "word " * random.randint(1, 40))).encode() for number in range(3_000)]
    bad = {700: rows[700][:-2] + b"}", 1500: rows[1500][:-1], 2200: rows[2200].replace(b'"completion"', b'completion"')}
    data = b"[" + b", ".join(bad.get(number, raw) for number, raw in enumerate(rows)) + b"]"
    assert len(raws_of(data)) >= 3_000 - 3 - 3
