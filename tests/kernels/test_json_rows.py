"""JSON rows taken apart by compiled code: never a row that the careful way would refuse or read differently."""

import json
import random
import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.formats.alpaca import Alpaca
from bloomery.formats.chat import Chat
from bloomery.formats.classification import Classification
from bloomery.formats.completion import Completion
from bloomery.formats.decode import Decoder
from bloomery.formats.pair import Pair
from bloomery.formats.sharegpt import Sharegpt
from bloomery.formats.text import Text
from bloomery.formats.verdict import Read, judge
from bloomery.kernels.flat import flat_of
from bloomery.kernels.json_rows import ABSENT, EMPTY_LIST, NULL, OTHER, SCALAR, TEXT, conversations, fields
from bloomery.kernels.json_walk import DEEPEST, MOST_KEYS, MOST_STRINGS

ODD = Completion({"prompt": "a\\n", "completion": "ключ", "system": ""})
FORMS = [Completion(), Alpaca(), Classification(), Pair(), Text(), ODD, Chat(), Sharegpt()]
FORMS += [Chat({"messages": "m", "role": "who", "content": "user"})]
NUMBERS = [
    "0",
    "-0",
    "7",
    "-12",
    "1.50",
    "-0.0",
    "1E5",
    "2e-07",
    "3e+99",
    "1e100",
    "1e999",
    "1e-400",
    "9" * 18,
    "9" * 19,
]
NUMBERS += ["1" * 30, "8" * 64, "8" * 65, "0." + "3" * 62, "0." + "3" * 99, "9" * 400, "9" * 5_000, "0e0", "0E-0"]
NO_NUMBERS = [
    "01",
    "-",
    "1.",
    ".5",
    "+1",
    "1e",
    "1e+",
    "--1",
    "NaN",
    "Infinity",
    "-Infinity",
    "0x1",
    "nul",
    "True",
    "1_0",
]
TEXTS = [
    "a",
    "é",
    "漢字",
    "😀",
    "\x7f",
    "\u2028",
    "\ufeff",
    "\x00",
    '"',
    "\\",
    "/",
    "x" * 40,
    "the words ",
    "\n",
    "naïve ",
    "think",
]
ODD_TEXTS = ["", "", "<think>x</think>y", "think>"]
SPEAKERS = ["user", "assistant", "human", "gpt", "system", "tool"]
ODD_SPEAKERS = ["tool_call", "Assistant", "narrator", "", "user "]


class Source:
    """JSON text in every spelling; `odd` is how often something is wrong with it."""

    def __init__(self, seed: int, form, odd: float) -> None:
        self.rnd, self.odd = random.Random(seed), odd
        self.names = [form.column(name) for name in form.standard]
        self.form = form

    def one_in(self, n: float) -> bool:
        return self.rnd.random() < 1 / n

    def is_odd(self) -> bool:
        return self.rnd.random() < self.odd

    def blank(self) -> str:
        return self.rnd.choice(["", "", "", " ", "\t", "\r\n", "  "])

    def string(self, text: str) -> str:
        return '"' + "".join(map(self.char, text)) + '"'

    def name(self, text: str) -> str:
        return self.string(text) if self.is_odd() or text.startswith("x") else json.dumps(text, ensure_ascii=False)

    def char(self, char: str) -> str:
        short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "/": "\\/"}
        if self.is_odd():
            return self.rnd.choice(
                ["\x00", "\n", "\\x", "\\u12", "\\ud800", "\\udc00\\ud800", "\\ud83d\\n", "\\", '"', "\\U0041"]
            )
        if char in short and (char != "/" or self.one_in(2)):
            return short[char]
        if ord(char) < 32 or self.one_in(6):
            codes = char.encode("utf-16-be").hex()
            return "".join(
                f"\\u{codes[at : at + 4]}" if self.one_in(2) else f"\\u{codes[at : at + 4].upper()}"
                for at in range(0, len(codes), 4)
            )
        return char

    def text(self) -> str:
        if self.is_odd():
            return self.rnd.choice(ODD_TEXTS)
        return "".join(self.rnd.choices(TEXTS, k=self.rnd.choice([1, 1, 2, 5])))

    def value(self, depth: int = 0) -> str:
        kind = self.rnd.randrange(9 if depth < 3 else 6)
        if kind < 3:
            return self.string(self.text())
        if kind == 3:
            return self.rnd.choice(NO_NUMBERS if self.is_odd() else NUMBERS)
        if kind < 6:
            return self.rnd.choice(["null", "true", "false", "[]", "{}", "[ ]"])
        if kind == 6:
            return self.array([self.value(depth + 1) for _ in range(self.rnd.randrange(4))])
        return self.object([(self.key(), self.value(depth + 1)) for _ in range(self.rnd.randrange(4))])

    def key(self) -> str:
        return self.rnd.choice([*self.names, "x", "y", "z", "w", "v", "é", "ключ", "a\n", "a\\n"])

    def array(self, items: list[str]) -> str:
        end = "," if self.is_odd() else ""
        return "[" + self.blank() + f"{self.blank()},{self.blank()}".join(items) + end + self.blank() + "]"

    def object(self, pairs: list[tuple[str, str]]) -> str:
        if not self.is_odd():
            pairs = list(dict(pairs).items())
        items = [f"{self.name(key)}{self.blank()}:{self.blank()}{value}" for key, value in pairs]
        end = "," if self.is_odd() else ""
        return "{" + self.blank() + f"{self.blank()},{self.blank()}".join(items) + end + self.blank() + "}"

    def turn(self, speakers: list[str]) -> str:
        speaker = self.rnd.choice(ODD_SPEAKERS if self.is_odd() else speakers)
        pairs = [(self.form.column(self.form.speaker), self.name(speaker))]
        pairs.append((self.form.column(self.form.content), self.string(self.text())))
        if self.is_odd():
            pairs.append((self.key(), self.value()))
        if self.one_in(4):
            pairs.reverse()
        return self.object(pairs)

    def turns(self) -> str:
        told = [self.turn(SPEAKERS) for _ in range(self.rnd.randrange(4))]
        return self.array([*told, self.turn(["gpt"])])

    def row(self) -> bytes:
        if isinstance(self.form, Chat):
            beside = [(self.form.column(name), self.rnd.choice(["null", '""', "[]"])) for name in ("system", "tools")]
            pairs = [(self.form.column(self.form.turns), self.turns()), *self.rnd.sample(beside, k=1)]
        else:
            names = [name for name in self.names if name != "history" and not self.one_in(8)]
            pairs = [(name, self.string(self.text()) if not self.is_odd() else self.value()) for name in names]
        if self.one_in(3):
            others = [f"x{at}" for at in range(3)]
            pairs += [(self.key() if self.is_odd() else self.rnd.choice(others), self.value()) for _ in range(2)]
        self.rnd.shuffle(pairs)
        raw = (self.blank() + self.object(pairs) + self.blank()).encode("utf-8", "surrogatepass")
        return self.mutated(raw) if self.odd and self.one_in(3) else raw

    def mutated(self, raw: bytes) -> bytes:
        for _ in range(self.rnd.choice([1, 1, 2, 4])):
            at = self.rnd.randrange(len(raw) + 1)
            some = self.rnd.choice(
                [
                    bytes([self.rnd.randrange(256)]),
                    b'"',
                    b"\\",
                    b"{",
                    b"]",
                    b",",
                    b":",
                    b"\xed\xa0\x80",
                    b"\xc0\x80",
                    b"",
                ]
            )
            raw = raw[:at] + some + raw[at + self.rnd.randrange(3) :]
        return raw


def check(raws: list[bytes], form) -> int:
    """How many rows the quick way takes; each must be read so by the careful way too."""
    quick = Decoder(form)._quick
    assert quick is not None
    ok, parts = quick.read(flat_of(raws), {})
    rows, roles, texts = parts.row.tolist(), parts.role.to_list(), parts.text.to_list()
    found: list[list[tuple[str, str]]] = [[] for _ in raws]
    for row, role, text in zip(rows, roles, texts, strict=True):
        found[row].append((role, text))
    for row, raw in enumerate(raws):
        if not ok[row]:
            assert found[row] == []
            continue
        read = judge(raw, form)
        assert isinstance(read, Read), (raw, read)
        assert (read.raw, read.parsed.fault) == (raw, None), raw
        assert [tuple(part) for part in read.parsed.parts] == found[row], raw
    return int(ok.sum())


@settings(max_examples=300)
@given(st.integers(0), st.sampled_from(FORMS), st.sampled_from([0.0, 0.01, 0.05, 0.2]))
def test_what_is_taken_is_read_the_same_by_the_careful_way(seed, form, odd):
    source = Source(seed, form, odd)
    check([source.row() for _ in range(8)], form)


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=30), max_size=5), st.sampled_from(FORMS))
def test_any_bytes(raws, form):
    names = [json.dumps(form.column(name), ensure_ascii=False).encode() for name in form.standard]
    check([b"{" + b",".join(name + b':"' + raw + b'"' for name in names) + b"}" for raw in raws] + raws, form)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
scalars = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | texts
meta = st.fixed_dictionaries({}, optional={"meta": st.dictionaries(texts, scalars | st.lists(scalars)), "id": scalars})
turn = {Chat: ("role", "content"), Sharegpt: ("from", "value")}


def ordinary(form):
    """Rows with nothing odd about them."""
    if isinstance(form, Chat):
        speaker, content = (form.column(name) for name in turn[type(form)])
        said = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=">"), min_size=1)
        turns = st.lists(st.tuples(st.sampled_from(["system", "user", "human", "tool"]), said), max_size=3)
        made = turns.map(lambda told: [{speaker: who, content: what} for who, what in [*told, ("gpt", "Yes.")]])
        row = st.fixed_dictionaries(
            {form.column(form.turns): made}, optional={form.column("tools"): st.sampled_from([None, "", []])}
        )
    else:
        wanted = {form.column(name): texts for name in form.required}
        if "label" in form.standard:
            wanted["label"] = texts | st.booleans() | st.integers(-(10**17), 10**17)
        others = [form.column(name) for name in form.standard if name not in form.required]
        row = st.fixed_dictionaries(wanted, optional=dict.fromkeys(others, st.none() | st.just("") | st.just([])))
    return st.builds(lambda row, more: {**more, **row}, row, meta)


@settings(max_examples=200)
@given(st.data(), st.sampled_from(FORMS))
def test_every_ordinary_row_is_taken(data, form):
    rows = data.draw(st.lists(ordinary(form), max_size=5))
    for raws in (
        [msgspec.json.encode(row) for row in rows],
        [json.dumps(row).encode() for row in rows],
        [json.dumps(row, ensure_ascii=False, indent=1).encode() for row in rows],
    ):
        assert check(raws, form) == len(rows)


GOOD = b'{"prompt":"one","completion":"two"}'
EXTRA = b'{"prompt":"a","completion":"b","x":%s}'
CHAT = b'{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"x":%s}'
HOSTILE = [
    *(b"", b" ", b"{", b"}", b"{}", b"[]", b"12", b"null", b'"text"', b"[1,2]", b"not JSON", GOOD[:20], GOOD[:-1]),
    *(GOOD + GOOD, GOOD + b"," + GOOD, GOOD + b" x", GOOD + b"\x00", b"\xef\xbb\xbf" + GOOD, b"," + GOOD),
    *(b'{"prompt":"a","prompt":"c","completion":"b"}', b'{"prompt":"a","completion":"b","prompt" : null}'),
    *(b'{"pr\\u006fmpt":"a","prompt":"c","completion":"b"}', b'{"prompt":"a""completion":"b"}'),
    *(b'{"prompt":"a",,"completion":"b"}', b'{"prompt" "a","completion":"b"}', b"{'prompt':'a','completion':'b'}"),
    b'{"prompt":"a","completion":"b","m":{"prompt":1,"prompt":2}}',
]
VALUES = [
    *(b'"caf\xe9"', b'"\xff"', b'"\xc0\xaf"', b'"\xe0\x80\xaf"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xf8\x88\x80\x80\x80"'),
    *(b'"\xe6\xbc"', b'"\xf0\x9f\x98"', b'"\x80"', b'"\\ud800"', b'"\\udc00"', b'"\\ud83d\\ud83d"', b'"\\ud83d x"', b'"\\ud83d'),
    *(b'"a\x00"', b'"a\nb"', b'"\x1f"', b'"\\x41"', b'"\\u12g4"', b'"\\u"', b'"\\"', b'"', b"'a'", b"nul", b"nulll", b"True"),
    *(b"NaN", b"-Infinity", b"01", b"-", b"1.", b".5", b"+1", b"1e", b"1e+", b"0x10", b"1 2", b"[1,]", b"[,1]", b"[1 2]"),
    *(b"{,}", b'{"a"}', b'{"a":}', b'{"a":1,}', b"{1:2}", b"[}", b"{]", b"[1", b"]", b"", b"[" * 100_000, b"/* */ 1"),
    *(b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 250 + b"1" + b"}" * 250, b"\xc2\xa01", b"\x0b1", b'[1]]'),
]  # fmt: skip


@pytest.mark.parametrize(
    "raw", HOSTILE + [template % value for template in (EXTRA, CHAT) for value in VALUES], ids=lambda raw: raw[:60]
)
def test_the_hostile_are_left_to_the_careful_way(raw):
    assert check([GOOD, raw, GOOD], Completion()) == 2
    assert check([CHAT % b"1", raw, CHAT % b"1"], Chat()) == 2


@pytest.mark.parametrize("value", [b"NaN", b"1e999", b"\xff", b"[" * 70 + b"]" * 70])
def test_a_refused_row_leaves_its_neighbours_alone(value):
    raws = [CHAT % b"1", CHAT % value, CHAT % b'"\\u00e9"', CHAT.replace(b'"b"', b'""') % b"1", CHAT % b"2"]
    assert check(raws, Chat()) == 3


@pytest.mark.parametrize(
    "raw",
    [
        b'{"messages":[]}',
        b'{"messages":{}}',
        b'{"messages":null}',
        b'{"messages":[[]]}',
        b'{"messages":[{}]}',
        b'{"messages":["a"]}',
        b'{"messages":[{"role":"assistant"}]}',
        b'{"messages":[{"role":"user","content":"a"}]}',
        b'{"messages":[{"role":"assistant","content":""}]}',
        b'{"messages":[{"role":"assistant","content":null}]}',
        b'{"messages":[{"role":"assistant","content":["a"]}]}',
        b'{"messages":[{"role":"assistant","content":"a","x":1}]}',
        b'{"messages":[{"role":"assistant","role":"assistant"}]}',
        b'{"messages":[{"content":"a","content":"assistant"}]}',
        b'{"messages":[{"role":"assistant","content":"a","content":"b"}]}',
        b'{"messages":[{"role":"Assistant","content":"a"}]}',
        b'{"messages":[{"role":"assist\\u0061nt","content":"a"}]}',
        b'{"messages":[{"role":"assistant","cont\\u0065nt":"a"}]}',
        b'{"messages":[{"role":"assistant","content":"<think>a</think>b"}]}',
        b'{"messages":[{"role":"assistant","content":"\\u003cthi\\u006ek\\u003eb"}]}',
        b'{"messages":[{"role":"assistant","content":"b"}],"system":"a"}',
        b'{"messages":[{"role":"assistant","content":"b"}],"tools":[{}]}',
        b'{"messages":[{"role":"assistant","content":"b"}],"functions":true}',
        b'{"messages":[{"role":"assistant","content":"b"}],"messages":[]}',
        b'{"messages":[{"role":"assistant","content":"b"}],"x":{"a":1,"\\u0061":2}}',
        b'{"messages":[{"role":"assistant","content":"b"}],"x":1,"x":2}',
        b'{"messages":[{"role":"tool_call","content":"b"}]}',
    ],
)
def test_conversations_that_are_not_plain(raw):
    assert check([raw], Chat()) == 0


@pytest.mark.parametrize(
    "raw",
    [
        b'{"messages":[{"content":"think> of a","role":"user"},{"role":"bot","content":"think >"}]}',
        b'{"messages":[{"role":"assistant","content":"b"}],"system":"","tools":[ ],"functions":null,"x":[{"a":1},{"a":2}]}',
        b' { "messages" : [ { "role" : "assistant" , "content" : "\\ud83d\\ude00" } ] , "x\\u00e9" : 1, "x\xc3\xa8": 2 } ',
    ],
)
def test_conversations_that_are_plain(raw):
    assert check([raw], Chat()) == 1


def test_kinds():
    row = b'{"a":null,"b":"","c":"\\u00e9\\n","d":[\n],"e":-12,"f":true,"g":1.5,"h":-0,"i":{},"j":[1],"k":%s}' % (
        b"1" * 19
    )
    found = fields(flat_of([b"{}", row]), list("abcdefghijkz"))
    assert found.ok.tolist() == [True, True]
    assert (found.kinds[0] == ABSENT).all()
    expected = [NULL, TEXT, TEXT, EMPTY_LIST, SCALAR, SCALAR, OTHER, OTHER, OTHER, OTHER, OTHER, ABSENT]
    assert found.kinds[1].tolist() == expected
    cells = [found.texts.at(12 + at).decode() for at in range(12)]
    assert cells == ["", "", "é\n", "", "-12", "true", "", "", "", "", "", ""]


@pytest.mark.parametrize("size", range(70))
def test_texts_of_all_lengths_around_the_blocks(size):
    for text in ("x" * size, "x" * size + "é" + "y" * size, "x" * size + '"\n' + "y" * 40, "é" * size, "\n" * size):
        for ascii_only in (True, False):
            raw = json.dumps({"text": text, "n": 1}, ensure_ascii=ascii_only).encode()
            found = fields(flat_of([raw]), ["text"])
            assert found.ok.all()
            assert found.texts.at(0).decode() == text


def test_limits():
    deep = [EXTRA % (b"[" * depth + b"]" * depth) for depth in (DEEPEST - 1, DEEPEST)]
    assert fields(flat_of(deep), ["prompt"]).ok.tolist() == [True, False]
    many = [CHAT % json.dumps(dict.fromkeys(map(str, range(n)))).encode() for n in (MOST_KEYS - 20, MOST_KEYS)]
    long = [CHAT % json.dumps(["a"] * n).encode() for n in (MOST_STRINGS - 20, MOST_STRINGS)]
    assert [check([raw], Chat()) for raw in many + long] == [1, 0, 1, 0]
    assert fields(flat_of(long), ["x"]).ok.all()


def test_no_rows_and_no_columns():
    assert fields(flat_of([]), ["a"]).kinds.shape == (0, 1)
    assert fields(flat_of([b"{}", b"["]), []).ok.tolist() == [True, False]
    assert len(conversations(flat_of([]), "m", [], ("a", "b"), ["u"], [True], "t").counts) == 0


def test_arguments_are_checked():
    rows = flat_of([b"{}"])
    with pytest.raises(ValueError, match="columns must differ: a, a"):
        fields(rows, ["a", "a"])
    with pytest.raises(ValueError, match="columns must differ"):
        conversations(rows, "m", ["m"], ("a", "b"), ["u"], [True], "t")
    with pytest.raises(ValueError, match="keys"):
        conversations(rows, "m", [], ("a", "a"), ["u"], [True], "t")
    with pytest.raises(ValueError, match="1 speakers with 0 answers"):
        conversations(rows, "m", [], ("a", "b"), ["u"], [], "t")


def test_threads_share_a_decoder():
    decoder, raws = Decoder(Chat()), flat_of([CHAT % b"%d" % at for at in range(5_000)])
    found = []
    threads = [threading.Thread(target=lambda: found.append(decoder.decode(raws, {}))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(one.parts.text.equals(found[0].parts.text) for one in found)


@pytest.mark.parametrize(("form", "raw"), [(Completion(), GOOD), (Chat(), CHAT % b"1")])
def test_rows_whose_fault_is_known_get_no_parts(form, raw):
    found = Decoder(form).decode(flat_of([raw, raw, b"broken"]), {0: "not_convertible", 2: "not_convertible"})
    assert np.unique(found.parts.row).tolist() == [1]
    assert (found.bad, found.faults) == ({}, {0: "not_convertible", 2: "not_convertible"})


REAL = [("alpaca_en_demo.json", Alpaca()), ("c4_demo.jsonl", Text()), ("alpaca_en_demo.json", Chat())]


@pytest.mark.parametrize(("name", "form"), REAL, ids=lambda value: value if isinstance(value, str) else value.name)
def test_nearly_all_rows_of_real_data_are_taken(name, form):
    folders = (folder.parent / "shared/data/llamafactory_demo/data" for folder in Path(__file__).resolve().parents)
    data = next((folder for folder in folders if folder.is_dir()), None)
    if data is None:
        pytest.skip("no real data beside the repository")
    text = (data / name).read_text("utf-8")
    rows = json.loads(text) if name.endswith(".json") else [json.loads(line) for line in text.splitlines()]
    if form.name == "chat":
        pairs = [(f"{row['instruction']}\n{row['input']}", row["output"]) for row in rows]
        rows = [{"messages": [{"role": "user", "content": a}, {"role": "assistant", "content": b}]} for a, b in pairs]
    for ascii_only in (True, False):
        raws = [json.dumps(row, ensure_ascii=ascii_only).encode() for row in rows]
        assert check(raws, form) >= 0.99 * len(raws)
