"""Every format reads and writes back: ``replace(r, texts of parse(r)) == r``, and an edit shows up where it was made."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.formats import FAULTS, FORMATS
from bloomery.formats.alpaca import Alpaca
from bloomery.formats.base import Format
from bloomery.formats.chat import Chat
from bloomery.formats.classification import Classification
from bloomery.formats.completion import Completion
from bloomery.formats.kto import Kto
from bloomery.formats.lossless import dumps, loads
from bloomery.formats.pair import Pair
from bloomery.formats.preference import Preference
from bloomery.formats.sharegpt import Sharegpt
from bloomery.formats.slots import SlotFormat
from bloomery.formats.text import Text
from bloomery.formats.token_labels import TokenLabels
from bloomery.schema import ROLES

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=6)
numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
extra = st.dictionaries(words.map(lambda name: "x_" + name), values, max_size=2)

text_part = st.fixed_dictionaries({"type": st.just("text")}, optional={"text": texts, "value": texts})
other_part = st.fixed_dictionaries({"type": st.sampled_from(["image_url", "audio", "video"]), "url": texts})
reasoning_part = st.fixed_dictionaries({"type": st.just("reasoning"), "value": texts})
call_part = st.fixed_dictionaries({"type": st.just("tool_call"), "value": values})
parts = st.lists(text_part | other_part | reasoning_part | call_part | texts, max_size=3)
thought = st.tuples(texts, texts, texts).map(lambda t: f"{t[0]}<think>{t[1]}</think>{t[2]}")
call = st.fixed_dictionaries({"function": st.fixed_dictionaries({"name": words, "arguments": texts | values})})
message = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "user", "assistant", "tool", "narrator"]),
        "content": texts | thought | parts | st.none(),
    },
    optional={"tool_calls": st.lists(call, max_size=2), "reasoning_content": texts, "weight": st.integers(0, 1)},
)
turn = st.fixed_dictionaries(
    {"from": st.sampled_from(["human", "gpt", "system", "function_call", "observation"]), "value": texts | thought}
)
tags = st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"])
tagged = st.lists(st.tuples(words, tags), max_size=8).map(
    lambda pairs: {"tokens": [w for w, _ in pairs], "tags": [t for _, t in pairs]}
)
answers = texts | st.lists(message, max_size=3) | turn
label = texts | numbers | st.booleans() | st.lists(words | st.integers(), max_size=3)


def rows(required, optional=None):
    return st.builds(lambda row, more: {**row, **more}, st.fixed_dictionaries(required, optional=optional or {}), extra)


CASES = {
    Completion: rows({"prompt": texts | st.none(), "completion": texts}, {"system": texts}),
    Alpaca: rows(
        {"instruction": texts, "input": texts, "output": texts},
        {"history": st.lists(st.lists(texts, min_size=2, max_size=2), max_size=2)},
    ),
    Chat: rows(
        {"messages": st.lists(message, max_size=4)}, {"tools": texts | st.lists(values, max_size=2), "system": texts}
    ),
    Sharegpt: rows({"conversations": st.lists(turn, max_size=4)}, {"tools": texts}),
    Preference: rows({"chosen": answers, "rejected": answers}, {"prompt": answers}),
    Kto: rows({"prompt": texts, "completion": texts, "label": st.booleans()})
    | rows({"messages": st.lists(message, max_size=3), "label": label}),
    Classification: rows({"text": texts, "label": label}),
    Pair: rows({"first": texts, "second": texts, "label": label}),
    Text: rows({"text": texts}),
    TokenLabels: rows({"tokens": st.lists(texts, max_size=4), "tags": st.lists(tags | st.integers(), max_size=4)})
    | tagged,
}
records = st.sampled_from(list(CASES)).flatmap(lambda form: st.tuples(st.just(form()), CASES[form]))
every = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


def shown(form: Format, record):
    return [part.text for part in form.parse(record).parts]


@given(records)
def test_a_record_with_its_own_texts_put_back_is_the_record(case):
    form, record = case
    assert form.replace(record, shown(form, record)) == record


@given(records)
def test_a_losslessly_decoded_record_shows_the_same_texts_and_comes_back_byte_for_byte(case):
    form, record = case
    raw = msgspec.json.encode(record)
    lossless = loads(raw)
    assert form.parse(lossless) == form.parse(msgspec.json.decode(raw))
    assert dumps(form.replace(lossless, shown(form, record))) == raw


@given(records, st.data())
def test_an_edit_shows_up_at_its_place_and_nowhere_else(case, data):
    form, record = case
    before = form.parse(record)
    if isinstance(form, TokenLabels) or not before.parts:
        return  # editing tokens moves tags: tests of their own
    at = data.draw(st.integers(0, len(before.parts) - 1))
    new = [*shown(form, record)]
    new[at] = data.draw(words)
    edited = form.replace(record, new)
    assert shown(form, edited) == new
    assert {key: edited[key] for key in record if key.startswith("x_")} == {
        key: record[key] for key in record if key.startswith("x_")
    }
    if form.slots(record).slots[at].kind == "text":  # a number that became a word stays a string
        assert form.replace(edited, shown(form, record)) == record


@given(records)
def test_parse_leaves_the_record_alone_and_speaks_of_known_roles_and_faults(case):
    form, record = case
    copy = msgspec.json.decode(msgspec.json.encode(record))
    parsed = form.parse(record)
    assert msgspec.json.decode(msgspec.json.encode(record)) == copy
    assert {part.role for part in parsed.parts} <= set(ROLES)
    assert all(part.text for part in parsed.parts)
    assert parsed.fault is None or parsed.fault in FAULTS


@every
@given(data=st.data())
def test_no_record_however_odd_makes_a_format_raise(form, data):
    keys = st.sampled_from(
        [*form.standard, "tool_calls", "reasoning", "rank", "parent_id", "message_id", "text", "replies"]
    )
    nested = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=8
    )
    record = data.draw(st.dictionaries(keys, nested, max_size=5))
    form.claim([record, record])
    for _, row in form().expand([(1, record)]):
        parsed = form().parse(row)
        assert form().replace(row, [part.text for part in parsed.parts]) == row
        assert parsed.fault is None or parsed.fault in FAULTS


plain_messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant", "tool", "Assistant"]), "content": texts | thought}
    ),
    max_size=4,
)
QUICK = {
    Chat: rows({"messages": plain_messages}, {"tools": texts}),
    Sharegpt: rows({"conversations": st.lists(turn, max_size=4)}),
    Kto: rows({"messages": plain_messages | st.lists(turn, max_size=3), "label": st.booleans()})
    | rows({"prompt": texts, "completion": texts, "label": st.booleans()}, {"system": texts}),
    Preference: rows({"prompt": texts, "chosen": texts, "rejected": texts}, {"system": texts}),
}


@given(st.sampled_from(list(QUICK)).flatmap(lambda form: st.tuples(st.just(form()), QUICK[form])))
def test_the_quick_way_gives_what_the_walk_gives(case):
    form, record = case
    assert form.parse(record) == SlotFormat.parse(form, record)


def test_an_edit_copies_only_what_it_changes():
    record = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "meta": {"k": 1}}
    edited = Chat().replace(record, ["a", "c"])
    assert record["messages"][1]["content"] == "b"
    assert edited["messages"][0] is record["messages"][0]
    assert edited["meta"] is record["meta"]


def test_too_few_texts_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        Completion().replace({"prompt": "a", "completion": "b"}, ["a"])
