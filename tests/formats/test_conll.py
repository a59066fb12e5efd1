"""CoNLL columns, told from their content, and plain text."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bloomery.formats.conll import looks_like
from bloomery.formats.sniff import container

TWO = b"EU B-ORG\nrejects O\n\nGerman B-MISC\ncall O\n"


def sentences(found) -> list[dict]:
    return [json.loads(raw) for raw in found.raws]


@pytest.mark.parametrize("name", ["rows.conll", "rows.txt", "rows.tsv", "rows.iob", "rows"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("between", [b" ", b"\t"])
def test_tokens_and_tags(read_bytes: Callable, name: str, end: bytes, between: bytes) -> None:
    found = read_bytes(TWO.replace(b" ", between).replace(b"\n", end), name)
    assert sentences(found) == [
        {"tokens": ["EU", "rejects"], "tags": ["B-ORG", "O"]},
        {"tokens": ["German", "call"], "tags": ["B-MISC", "O"]},
    ]
    assert found.numbers == ["1", "2"]


def test_more_columns_documents_and_comments(read_bytes: Callable) -> None:
    data = b"-DOCSTART- -X- -X- O\n\n# id = 1\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\n-DOCSTART- -X- -X- O\n\nNo DT B-NP O"
    found = read_bytes(data, "rows.conll")
    assert sentences(found) == [
        {"tokens": ["EU", "rejects"], "tags": ["B-ORG", "O"], "column_2": ["NNP", "VBZ"], "column_3": ["B-NP", "B-VP"]},
        {"tokens": ["No"], "tags": ["O"], "column_2": ["DT"], "column_3": ["B-NP"]},
    ]


def test_a_line_with_a_missing_tag_costs_its_sentence(read_bytes: Callable) -> None:
    found = read_bytes(TWO + b"\nthird O\nsentence\n\nfourth O\n", "rows.conll")
    assert found.numbers == ["1", "2", "4"]
    assert found.reasons == [(7, "line 8 has 1 column where the others have 2")]


def test_bytes_that_are_no_utf_8_cost_their_sentence(read_bytes: Callable) -> None:
    found = read_bytes(TWO + b"\ncaf\xe9 O\n\nfourth O\n", "rows.conll")
    assert found.numbers == ["1", "2", "4"]
    assert found.reasons[0][0] == 7


def test_odd_blanks_in_tokens_stay(read_bytes: Callable) -> None:
    token = "a\u00a0b\u2028c\x85"
    found = read_bytes(f"{token}\tO\n# \tO\n\nx y\tB-A\n".encode(), "rows.conll")
    assert [sentence["tokens"] for sentence in sentences(found)] == [[token, "# "], ["x y"]]


def test_a_table_is_no_conll() -> None:
    assert not looks_like(b"label\ttext\nO\tsome text\nB-x\tother text\n")
    assert container("rows.tsv", b"text\tlabel\na b\tO\n") == "tsv"
    assert not looks_like(b"")


@pytest.mark.parametrize(
    ("path", "sentences", "tokens"),
    [
        # as many as blank-line separated blocks, and as lines that are not blank: counted with awk
        ("bc5cdr_ncbi/data/NCBI-disease-IOB/devel.tsv", 923, 23_969),
        ("wnut17/emerging.dev.conll", 1_009, 15_733),
        ("wnut17/wnut17train.conll", 3_394, 62_730),
    ],
)
def test_real_files(shared: Path, read: Callable, path: str, sentences: int, tokens: int) -> None:
    found = read(shared / path)
    assert found.reader.format == "token_labels"
    assert found.rows.height == sentences
    assert sum(len(json.loads(raw)["tokens"]) for raw in found.raws) == tokens
    assert found.quarantined == []


def test_plain_text_is_a_row_a_line(read_bytes: Callable) -> None:
    found = read_bytes(
        "one\r\n\r\n  two\u2028and \x85half \r\ncaf\u00e9\r\n".encode() + b"bad \xff\r\nlast", "rows.txt"
    )
    assert found.texts == ["one", "  two\u2028and \x85half ", "café", "last"]
    assert found.numbers == ["1", "3", "4", "6"]
    assert [line for line, _ in found.reasons] == [5]


def test_bare_carriage_returns_inside_lines_stay(read_bytes: Callable) -> None:
    assert read_bytes(b"one\rhalf\ntwo\n", "rows.txt").texts == ["one\rhalf", "two"]


def test_json_lines_named_txt(read_bytes: Callable) -> None:
    found = read_bytes(b'{"prompt":"a","completion":"b"}\n{"prompt":"c","completion":"d"}\n', "rows.txt")
    assert found.reader.format == "completion"


def test_the_container_can_be_named(read_bytes: Callable) -> None:
    assert read_bytes(b'{"prompt":"a"}\n', "rows.jsonl", container="txt").texts == ['{"prompt":"a"}']
