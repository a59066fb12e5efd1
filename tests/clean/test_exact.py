import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.clean.exact import Exact
from bloomery.text.normalise import key
from tests.clean.duplicates import Row, batch, chat, found

ROWS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["prompt", "completion", "label", "system"]),
            st.text(st.sampled_from("aAb :1ßéE\u0301\u200b\n"), max_size=3),
        ),
        max_size=3,
    ),
    max_size=12,
)


def dropped(*rows: Row, op: Exact | None = None, **options) -> dict[int, int]:
    lost = found(op or Exact(), rows, **options).dropped
    assert all(score == 1.0 for _, score in lost.values())
    return {n: against for n, (against, _) in lost.items()}


def test_case_space_width_and_invisible_characters_do_not_count() -> None:
    rows = [
        chat(text, "yes") for text in ("Hello World", "hello  world ", "ＨＥＬＬＯ world", "hel\u200blo\u00a0world")
    ]
    assert set(dropped(*rows).values() | dropped(*rows).keys()) == {0, 1, 2, 3}


def test_character_for_character_as_the_article() -> None:
    rows = [chat("Hello", "yes"), chat("hello", "yes"), chat("Hello ", "yes"), chat("Hello", "yes")]
    assert dropped(*rows, op=Exact(normalize="none")) == {3: 0}


def test_superscripts_are_not_digits() -> None:
    assert dropped(chat("What is 2²?", "4"), chat("What is 22?", "4")) == {}


@pytest.mark.parametrize("normalize", ["text", "none"])
@pytest.mark.parametrize(
    "other",
    [
        [("prompt", "ab"), ("completion", "c")],
        [("prompt", "abc"), ("completion", "")],
        [("prompt", "a"), ("prompt", "b"), ("completion", "c")],
        [("prompt", "a"), ("rejected", "bc")],
        [("completion", "a"), ("prompt", "bc")],
        [("prompt", "a"), ("completion", "bc"), ("label", "x")],
        [("prompt", "ac2:bc")],
        [("prompt", "a b2:bc")],
    ],
)
def test_boundaries_cannot_be_forged(normalize: str, other: Row) -> None:
    assert dropped([("prompt", "a"), ("completion", "bc")], other, op=Exact(normalize=normalize)) == {}


def test_other_label_is_not_a_duplicate() -> None:
    rows = [[("prompt", "good film"), ("label", label)] for label in ("positive", "negative", "positive")]
    assert dropped(*rows) == {2: 0}


def test_fields() -> None:
    rows = [chat("one", "answer"), chat("two", "answer"), chat("one", "other")]
    assert dropped(*rows) == {}
    assert dropped(*rows, op=Exact(fields="prompt")) == {2: 0}
    assert dropped(*rows, op=Exact(fields="completion")) == {1: 0}


def test_rows_without_text_to_compare_are_left_alone() -> None:
    rows = [[("prompt", "one")], [("prompt", "two")], chat("three", " "), chat("four", "\u200b")]
    assert dropped(*rows, op=Exact(fields="completion")) == {}
    assert dropped([], [], [("prompt", "")], [("prompt", "")]) == {}


def test_survivor_by_priority_then_length_then_number() -> None:
    rows = [
        chat("a", "b"),
        chat("a\u200b", "b"),
        chat("a\u200b\u200b", "b"),
        chat("a\u200b\u200b", "b"),
        chat("a", "b"),
    ]
    assert dropped(*rows) == {0: 2, 1: 2, 3: 2, 4: 2}
    assert dropped(*rows, priority=[0, 0, 0, 0, 1]) == {0: 4, 1: 4, 2: 4, 3: 4}
    assert dropped(*rows, op=Exact(keep=("shortest",)), priority=[0, 0, 0, 0, 1]) == {1: 0, 2: 0, 3: 0, 4: 0}
    assert dropped(*rows, op=Exact(keep=())) == {1: 0, 2: 0, 3: 0, 4: 0}


def test_the_dead_neither_win_nor_are_dropped_again() -> None:
    rows = [chat("a", "b")] * 3
    assert dropped(*rows, dead=[0]) == {2: 1}


def test_no_batches_and_empty_batches() -> None:
    op = Exact()
    nothing = np.zeros(0, dtype=bool)
    assert op.decide(op.merge([]), nothing).is_empty()
    assert op.decide(op.merge([op.observe(batch([]))]), nothing).is_empty()


@settings(deadline=None)
@given(ROWS, st.lists(st.integers(0, 4), max_size=4), st.booleans())
def test_as_the_reference_whatever_the_batches(rows: list[Row], sizes: list[int], backwards: bool) -> None:
    def text(row: Row) -> tuple[tuple[str, str], ...]:
        import polars as pl

        return tuple((role, key(pl.Series([text]))[0]) for role, text in row)

    keyed = [text(row) for row in rows]
    length = [sum(len(text) for _, text in row) for row in rows]
    groups: dict[object, list[int]] = {}
    for n, parts in enumerate(keyed):
        if any(text for _, text in parts):
            groups.setdefault(parts, []).append(n)
    expected = {}
    for group in groups.values():
        best = min(group, key=lambda n: (-length[n], n))
        expected |= {n: best for n in group if n != best}
    assert dropped(*rows, sizes=sizes, backwards=backwards) == expected


@settings(deadline=None)
@given(ROWS)
def test_twice_is_once(rows: list[Row]) -> None:
    lost = dropped(*rows)
    assert dropped(*rows, dead=list(lost)) == {}
