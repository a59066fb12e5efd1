"""JSON lines: what the field gets wrong. Each bad line is quarantined with its line and reason, and costs only itself."""

import codecs
import threading
from collections.abc import Callable

import pytest

from bloomery.errors import DataError
from bloomery.formats.verdict import MAX_DEPTH

GOOD = b'{"prompt":"one","completion":"two"}'
LAST = b'{"prompt":"three","completion":"four"}'


def between(bad: bytes) -> bytes:
    return GOOD + b"\n" + bad + b"\n" + LAST + b"\n"


def only_the_second_line_is_lost(found, reason: str) -> None:
    assert found.texts == ["one", "two", "three", "four"]
    assert found.numbers == ["1", "3"]
    assert found.rows["n"].to_list() == [0, 1]
    assert found.raws == [GOOD, LAST]
    ((line, said),) = found.reasons
    assert line == 2
    assert reason in said


EXTRA = b'{"prompt":"a","completion":"b","x":%s}'


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param(
            EXTRA % b'"caf\xe9"', "byte 0xe9 at position 39 is not UTF-8", id="bad byte in a column that is not used"
        ),
        pytest.param(b'{"prompt":"caf\xe9","completion":"b"}', "encoding: latin-1", id="bad byte in the prompt"),
        pytest.param(b'{"prompt":"\\ud800","completion":"b"}', "half of a surrogate pair", id="lone surrogate"),
        pytest.param(EXTRA % b'"\\udc00 and more text behind it"', "surrogate", id="lone surrogate, unused column"),
        pytest.param(b'{"prompt":"a\x00","completion":"b"}', "control character 0x00", id="NUL"),
        pytest.param(EXTRA % b"NaN", "NaN is not JSON: write null", id="NaN"),
        pytest.param(EXTRA % b"-Infinity", "-Infinity is not JSON", id="Infinity"),
        pytest.param(GOOD + GOOD, "several JSON values on one line", id="concatenated objects"),
        pytest.param(GOOD + b" and more", "text after the end of the JSON object, at byte 36", id="trailing text"),
        pytest.param(GOOD[:20], "cut off", id="cut off"),
        pytest.param(b"not JSON at all", "no valid JSON", id="no JSON"),
        pytest.param(b"[1,2]", "an array, not a JSON object", id="array"),
        pytest.param(b'"text"', "a string, not a JSON object", id="string"),
        pytest.param(b"12", "a number, not a JSON object", id="number"),
        pytest.param(b"null", "null, not a JSON object", id="null"),
        pytest.param(b'{"prompt":"a","prompt":"c","completion":"b"}', "duplicate key 'prompt'", id="duplicate key"),
        pytest.param(
            b'{"prompt":"a","completion":"b","prompt" : null}', "duplicate key 'prompt'", id="duplicate, null"
        ),
        pytest.param(EXTRA % (b"[" * 100_000 + b"]" * 100_000), "nested deeper than 200", id="100,000 nested arrays"),
        pytest.param(EXTRA % (b"[" * 100_000), "nested deeper than 200", id="100,000 opened arrays"),
        pytest.param(EXTRA % (b'{"a":' * 250 + b"1" + b"}" * 250), "nested deeper than 200", id="250 nested objects"),
    ],
)
def test_a_bad_line_costs_itself(read_bytes: Callable, bad: bytes, reason: str) -> None:
    found = read_bytes(between(bad))
    only_the_second_line_is_lost(found, reason)
    assert found.quarantined[0].raw == bad


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH])
def test_nesting_up_to_the_limit_is_read_whatever_the_stack(read_bytes: Callable, depth: int) -> None:
    # the record itself is one level, so depth - 1 arrays inside it
    raw = EXTRA % (b"[" * (depth - 1) + b"]" * (depth - 1))
    assert read_bytes(between(raw)).numbers == ["1", "2", "3"]


def test_nested_arrays_in_a_thread(read_bytes: Callable) -> None:
    found = []
    data = between(EXTRA % (b"[" * 100_000 + b"]" * 100_000))
    thread = threading.Thread(target=lambda: found.append(read_bytes(data)))
    thread.start()
    thread.join()
    only_the_second_line_is_lost(found[0], "nested deeper")


def test_brackets_inside_a_text_are_no_nesting(read_bytes: Callable) -> None:
    found = read_bytes(b'{"prompt":"%s","completion":"b"}\n' % (b"[{" * 500))
    assert found.texts == ["[{" * 500, "b"]
    assert found.quarantined == []


def test_duplicate_key_outside_of_the_roles_passes_byte_for_byte(read_bytes: Callable) -> None:
    raw = b'{"prompt":"a","completion":"b","x":1,"x":2}'
    assert read_bytes(raw + b"\n").raws == [raw]


def test_the_name_of_a_column_inside_a_text_is_no_duplicate(read_bytes: Callable) -> None:
    raw = b'{"prompt":"say {\\"prompt\\": 1}","completion":"\\"completion\\":","meta":{"prompt":"inner"}}'
    found = read_bytes(raw + b"\n")
    assert found.raws == [raw]
    assert found.texts == ['say {"prompt": 1}', '"completion":']


def test_duplicate_key_in_a_turn_of_a_chat(read_bytes: Callable) -> None:
    good = b'{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}'
    bad = b'{"messages":[{"role":"user","content":"a","content":"c"},{"role":"assistant","content":"b"}]}'
    found = read_bytes(good + b"\n" + bad + b"\n")
    assert found.numbers == ["1"]
    assert found.reasons == [(2, "duplicate key 'content'")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r\n", b"\r"], ids=["LF", "CRLF", "CRCRLF", "CR"])
def test_line_ends(read_bytes: Callable, end: bytes) -> None:
    found = read_bytes(GOOD + end + b"broken" + end + end + LAST + end)
    assert found.raws == [GOOD, LAST]
    assert found.numbers == ["1", "4"]  # the blank third line counts
    assert [line for line, _ in found.reasons] == [2]


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n \t\n"], ids=["none", "one", "blank lines"])
def test_the_end_of_the_file(read_bytes: Callable, end: bytes) -> None:
    found = read_bytes(GOOD + b"\n" + LAST + end)
    assert found.raws == [GOOD, LAST]
    assert found.quarantined == []


def test_a_last_line_that_is_cut_off(read_bytes: Callable) -> None:
    found = read_bytes(GOOD + b"\n" + LAST[:-3])
    assert found.raws == [GOOD]
    assert found.reasons == [(2, "the JSON ends in the middle: the record was cut off")]


def test_line_separators_inside_a_text_end_no_line(read_bytes: Callable) -> None:
    text = "a\u2028b\u2029c\x85d\x0be"
    raw = '{"prompt":"a\u2028b\u2029c\x85d\\u000be","completion":"two"}'.encode()
    found = read_bytes(raw + b"\n" + LAST + b"\n")
    assert found.texts == [text, "two", "three", "four"]
    assert found.numbers == ["1", "2"]


def test_byte_order_mark(read_bytes: Callable) -> None:
    found = read_bytes(codecs.BOM_UTF8 + GOOD + b"\n" + codecs.BOM_UTF8 + LAST + b"\n")
    assert found.raws == [GOOD, LAST]  # also where files with marks were joined


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_with_a_byte_order_mark(read_bytes: Callable, encoding: str) -> None:
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    text = '{"prompt":"né 😀","completion":"b"}\n' * 2
    found = read_bytes(marks.get(encoding, b"") + text.encode(encoding))
    assert found.texts == ["né 😀", "b"] * 2
    assert found.raws[0] == text.encode().split(b"\n")[0]


def test_a_half_character_in_utf_16_costs_its_line(read_bytes: Callable) -> None:
    lines = [line.decode().encode("utf-16-le") for line in (GOOD, b"\n", LAST, b"\n")]
    bad = '{"prompt":"'.encode("utf-16-le") + b"\x00\xd8" + '","completion":"b"}\n'.encode("utf-16-le")
    found = read_bytes(codecs.BOM_UTF16_LE + lines[0] + lines[1] + bad + lines[2] + lines[3])
    assert found.raws == [GOOD, LAST]
    assert [line for line, _ in found.reasons] == [2]


def test_latin_1_as_the_message_suggests(read_bytes: Callable) -> None:
    data = '{"prompt":"café","completion":"b"}\n'.encode("latin-1")
    assert read_bytes(data, encoding="latin-1").texts == ["café", "b"]


def test_an_unknown_encoding_is_an_error(read_bytes: Callable) -> None:
    with pytest.raises(DataError, match="encoding 'lattin' is unknown"):
        read_bytes(GOOD, encoding="lattin")


def test_an_encoding_that_is_no_text_encoding_is_an_error(read_bytes: Callable) -> None:
    with pytest.raises(DataError, match="encoding 'zlib' is unknown"):
        read_bytes(GOOD, encoding="zlib")


def test_a_line_of_250_kb(read_bytes: Callable) -> None:
    found = read_bytes(GOOD + b"\n" + b'{"prompt":"%s","completion":"b"}\n' % (b"word " * 50_000) + LAST)
    assert found.texts[2] == "word " * 50_000
    assert found.numbers == ["1", "2", "3"]


def test_a_line_over_several_blocks(read_bytes: Callable) -> None:
    found = read_bytes(b'{"prompt":"%s","completion":"b"}\r\n' % (b"x" * 3_000_000) + LAST + b"\r\n")
    assert [len(text) for text in found.texts] == [3_000_000, 1, 5, 4]


def test_a_carriage_return_at_the_end_of_a_block(read_bytes: Callable) -> None:
    # the first block is 1 MiB = 1,048,576 bytes; `fill` makes the CR its last byte
    line = b'{"prompt":"%s","completion":"b"}'
    fill = (1 << 20) - 1 - len(line) + 2
    data = line % (b"x" * fill) + b"\r\n" + LAST + b"\r\n"
    assert data[(1 << 20) - 1 : (1 << 20) + 1] == b"\r\n"
    assert read_bytes(data).raws[0] == line % (b"x" * fill)


def test_strings_and_numbers_stay_what_they_are(read_bytes: Callable) -> None:
    raw = (
        b'{"prompt":"00123","completion":"NaN","n":123456789012345678901234567890,"x":1.50,"d":"2024-01-01","no":"no"}'
    )
    found = read_bytes(raw + b"\n")
    assert found.texts == ["00123", "NaN"]
    assert found.raws == [raw]


@pytest.mark.parametrize("number", [b"9" * 5_000, b"1e999"], ids=["5,000 digits", "1e999"])
def test_numbers_too_large_for_python(read_bytes: Callable, number: bytes) -> None:
    chat = b'{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"n":%s}'
    for raw in (EXTRA % number, chat % number):
        found = read_bytes(raw + b"\n")
        assert found.texts == ["a", "b"]
        assert found.raws == [raw]


def test_a_column_that_is_a_list_in_one_row_and_a_string_in_the_next(read_bytes: Callable) -> None:
    odd = b'{"prompt":["a","b"],"completion":"c"}'
    found = read_bytes(between(odd))
    assert found.raws == [GOOD, odd, LAST]
    assert found.rows["fault"].to_list() == [None, "wrong_type", None]


def test_white_space_around_a_record_is_kept(read_bytes: Callable) -> None:
    raw = b'  {"prompt": "a", "completion": "b"}\t'
    assert read_bytes(raw + b"\n").raws == [raw]


def test_a_file_of_strings_is_one_of_texts(read_bytes: Callable) -> None:
    found = read_bytes(b'"one"\n"t\\"wo"\n"cut\n')
    assert found.reader.format == "text"
    assert found.texts == ["one", 't"wo']
    assert [line for line, _ in found.reasons] == [3]


def test_several_records_parted_by_bare_cr_among_lf_lines(read_bytes: Callable) -> None:
    only_the_second_line_is_lost(read_bytes(between(GOOD + b"\r" + LAST)), "several JSON values on one line")
