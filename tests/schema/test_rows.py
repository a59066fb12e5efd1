"""Rows and decisions: views, proposals, and the one function that changes a batch."""

import polars as pl
import pytest

from bloomery.schema import PARTS_SCHEMA, ROWS_SCHEMA, Batch, apply, proposals


def batch(*rows: list[tuple[str, str]]) -> Batch:
    head = [(n, f"a.jsonl:{n + 1}", 0, 0, b"{}", None, True, False) for n in range(len(rows))]
    parts = [(n, k, role, text) for n, row in enumerate(rows) for k, (role, text) in enumerate(row)]
    return Batch(
        pl.DataFrame(head, schema=ROWS_SCHEMA, orient="row"), pl.DataFrame(parts, schema=PARTS_SCHEMA, orient="row")
    )


CHAT = batch(
    [("system", "be kind"), ("prompt", "hi"), ("completion", "hello"), ("prompt", "bye"), ("completion", "ciao")],
    [("prompt", "one"), ("completion", "two")],
    [("completion", "alone")],
)


def test_text_joins_the_parts_of_a_role_in_order_and_fills_what_is_missing() -> None:
    assert CHAT.text("prompt").to_list() == ["hi\nbye", "one", ""]
    assert CHAT.text("completion", sep="|").to_list() == ["hello|ciao", "two", "alone"]
    assert CHAT.text().to_list()[1] == "one\ntwo"


def test_a_drop_is_a_proposal_and_removes_nothing() -> None:
    proposed = CHAT.drop(CHAT.text("prompt") == "", "no_prompt", score=pl.Series([0.0, 1.0, 2.0]))
    assert proposed.select("n", "action", "reason", "score").row(0) == (2, "drop", "no_prompt", 2.0)
    assert len(CHAT) == 3
    after = apply(CHAT, proposed)
    assert after.rows["alive"].to_list() == [True, True, False]
    assert after.parts.equals(CHAT.parts)


def test_a_null_in_the_mask_drops_nothing() -> None:
    assert CHAT.drop(pl.Series([None, None, None], dtype=pl.Boolean), "x").is_empty()


def test_edits_change_only_the_named_part_and_mark_the_row() -> None:
    proposed = CHAT.edit(pl.DataFrame({"n": [0, 1], "part": [3, 0], "text": ["BYE", "one"]}), "shout")
    assert proposed.select("n", "part", "text").rows() == [(0, 3, "BYE")]  # "one" stands already
    after = apply(CHAT, proposed)
    assert after.text("prompt").to_list() == ["hi\nBYE", "one", ""]
    assert after.rows["edited"].to_list() == [True, False, False]
    assert after.parts["n"].to_list() == CHAT.parts["n"].to_list()


def test_a_dropped_row_keeps_the_text_it_was_dropped_with() -> None:
    gone = apply(CHAT, CHAT.drop(pl.Series([False, True, False]), "out"))
    after = apply(gone, gone.edit(gone.parts.with_columns(text=pl.lit("x")), "all"))
    assert after.text("prompt").to_list() == ["x\nx", "one", ""]
    assert after.rows["edited"].to_list() == [True, False, True]


def test_proposals_fill_missing_columns_and_refuse_unknown_actions() -> None:
    assert proposals().columns == proposals(pl.DataFrame({"n": [1]}), action="keep").columns
    with pytest.raises(pl.exceptions.PolarsError):
        proposals(pl.DataFrame({"n": [1]}), action="explode")
