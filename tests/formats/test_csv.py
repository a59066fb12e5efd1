"""CSV and TSV: strings stay strings, newlines in quotes stay, ragged rows and wrong quotes cost themselves."""

import codecs
import csv as python_csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.errors import DataError
from bloomery.formats import csv
from bloomery.formats.compress import Stream
from bloomery.formats.encoding import Text


def records(data: bytes, **options: bool) -> list[dict]:
    chunks = csv.read(Text(Stream(io.BytesIO(data))), where="rows.csv", **options)
    return [json.loads(raw) for chunk in chunks for raw in chunk.raws]


def broken(data: bytes, **options: bool) -> list[tuple[int, int, str]]:
    chunks = csv.read(Text(Stream(io.BytesIO(data))), where="rows.csv", **options)
    return [(one.number, one.line, one.reason) for chunk in chunks for one in chunk.broken]


SPECTRUM = (
    *("comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "quotes_and_newlines"),
    *("simple", "simple_crlf", "utf8"),
)


@pytest.mark.parametrize("name", SPECTRUM)
def test_csv_spectrum_is_read_as_its_answers_say(shared: Path, name: str) -> None:
    folder = shared / "csv_spectrum"
    answer = json.loads((folder / "json" / f"{name}.json").read_bytes())
    assert records((folder / "csvs" / f"{name}.csv").read_bytes()) == answer


def test_csv_spectrum_crlf_files_once_their_line_ends_are_crlf_again(shared: Path) -> None:
    # the snapshot of the set holds them with LF; the answer to newlines_crlf has the CRLF inside the quotes
    folder = shared / "csv_spectrum"
    for name in ("newlines_crlf", "empty_crlf", "simple_crlf"):
        data = (folder / "csvs" / f"{name}.csv").read_bytes()
        assert b"\r" not in data
        assert records(data.replace(b"\n", b"\r\n")) == json.loads((folder / "json" / f"{name}.json").read_bytes())


def test_csv_spectrum_location_coordinates_differs_upstream_in_the_phone_number(shared: Path) -> None:
    folder = shared / "csv_spectrum"
    answer = json.loads((folder / "json" / "location_coordinates.json").read_bytes())
    (found,) = records((folder / "csvs" / "location_coordinates.csv").read_bytes())
    assert found.pop("Contact Phone Number") == "2095257564"
    assert answer.pop("Contact Phone Number") == "1234567890"
    assert found == answer


def test_every_value_stays_a_string() -> None:
    data = b"a,b,c,d,e\n00123,1,NaN,null,no\n1700000000,1e5,NA,,2024-01-01\n"
    assert [list(record.values()) for record in records(data)] == [
        ["00123", "1", "NaN", "null", "no"],
        ["1700000000", "1e5", "NA", "", "2024-01-01"],
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r\n", b"\r"], ids=["LF", "CRLF", "CRCRLF", "CR"])
def test_line_ends(end: bytes) -> None:
    data = end.join([b"prompt,completion", b"a,b", b"", b'"c, d","e ""f"""', b""])
    assert records(data) == [{"prompt": "a", "completion": "b"}, {"prompt": "c, d", "completion": 'e "f"'}]


def test_line_ends_inside_quotes_stay_as_they_are() -> None:
    assert records(b'a,b\r\n"x\r\ny","p\nq\r"\r\n') == [{"a": "x\r\ny", "b": "p\nq\r"}]


def test_ids_count_records_and_quarantine_names_lines(read_bytes: Callable) -> None:
    data = b'prompt,completion\n"a\nb",c\nonly one\nd,e,f\ng,h'
    found = read_bytes(data, "rows.csv")
    assert found.numbers == ["1", "4"]
    assert found.texts == ["a\nb", "c", "g", "h"]
    assert found.reasons == [(4, "1 field where the header has 2"), (5, "3 fields where the header has 2")]
    assert [one.raw for one in found.quarantined] == [b"only one", b"d,e,f"]
    assert found.raws[0] == b'{"prompt":"a\\nb","completion":"c"}'


@pytest.mark.parametrize(
    "bad",
    [b'x,"never closed', b'x,"closed" and then some', b'"x"y,z', b'x,"next line in it\nand then"some'],
)
def test_a_wrong_quote_costs_its_line(bad: bytes) -> None:
    data = b"a,b\n1,2\n" + bad + b'\n3,"4"\n5,6\n'
    found = [record for record in records(data) if record["a"] in "135"]
    assert [record["b"] for record in found] == ["2", "4", "6"]
    number, line, reason = broken(data)[0]
    assert (number, line) == (2, 3)
    assert "quote" in reason


def test_a_quote_that_is_never_closed_does_not_take_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "MAX_RECORD", 2_000)
    rest = b"".join(b"%d,x\n" % number for number in range(2_000))
    assert len(records(b'a,b\n1,"open\n' + rest)) == 2_000
    assert broken(b'a,b\n1,"open\n' + rest) == [
        (1, 2, "a quote is opened and not closed, or text follows a closing quote")
    ]


def test_quotes_that_are_no_quotes_in_tsv() -> None:
    data = b'a\tb\n"hello" she said\tx\n"open\ty\n"quoted\ttab"\tz\n'
    assert [record["a"] for record in records(data, tabs=True)] == ['"hello" she said', '"open', "quoted\ttab"]


def test_bytes_that_are_no_utf_8_cost_their_record(read_bytes: Callable) -> None:
    data = b"prompt,completion\na,b\ncaf\xe9,d\ne,f\n"
    found = read_bytes(data, "rows.csv")
    assert found.numbers == ["1", "3"]
    assert "byte 0xe9 at position 3" in found.reasons[0][1]
    assert found.quarantined[0].raw == b"caf\xe9,d"
    assert read_bytes(data, "rows.csv", encoding="cp1252").numbers == ["1", "2", "3"]


def test_byte_order_mark_and_utf_16() -> None:
    assert records(codecs.BOM_UTF8 + b"a,b\n1,2\n") == [{"a": "1", "b": "2"}]
    assert records("a,b\né,2\n".encode("utf-16")) == [{"a": "é", "b": "2"}]


def test_nul_and_other_control_characters_stay() -> None:
    assert records(b"a,b\nx\x00y,\x0b\n") == [{"a": "x\x00y", "b": "\x0b"}]


def test_a_field_of_250_kb() -> None:
    assert records(b'a,b\n"%s",2\n' % (b"x\n" * 125_000)) == [{"a": "x\n" * 125_000, "b": "2"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    data = f"a{delimiter}b\n1,5{delimiter}2\n" if delimiter != "," else "a,b\n1;5,2\n"
    assert [list(record) for record in records(data.encode())] == [["a", "b"]]


def test_one_column_has_no_delimiter() -> None:
    assert records(b"text\none\ntwo\n") == [{"text": "one"}, {"text": "two"}]


def test_a_column_named_twice_is_an_error() -> None:
    with pytest.raises(DataError, match="column 'a' twice"):
        records(b"a,b,a\n1,2,3\n")


def test_columns_without_a_name_get_their_place() -> None:
    assert records(b",a,\n1,2,3\n") == [{"column_1": "1", "a": "2", "column_3": "3"}]


@pytest.mark.parametrize("header", [b'"a,b\n1,2\n', b"a,caf\xe9\n1,2\n"])
def test_a_header_that_cannot_be_read_is_an_error(header: bytes) -> None:
    with pytest.raises(DataError, match="header of rows.csv"):
        records(header)


def test_only_a_header_is_an_empty_file(read_bytes: Callable) -> None:
    with pytest.raises(DataError, match="is empty"):
        read_bytes(b"prompt,completion\n", "rows.csv")


fields = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)


@given(st.lists(st.tuples(fields, fields), min_size=1, max_size=5), st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_wrote_is_read(rows: list[tuple[str, str]], end: str) -> None:
    target = io.StringIO()
    writer = python_csv.writer(target, lineterminator=end)
    writer.writerows([("a", "b"), *rows])
    assert [tuple(record.values()) for record in records(target.getvalue().encode())] == rows
