import msgspec
import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from bloomery.clean.column import values
from bloomery.clean.exact import Exact
from bloomery.clean.near import Near
from bloomery.clean.survivor import rank, stacked_standings, standing
from bloomery.errors import RecipeError
from tests.clean.duplicates import batch, chat

ROW = chat("how do I do this", "like that")


def kept(op: Exact | Near, records: list[dict[str, object]]) -> int:
    """Which of equal rows with these records stays."""
    one = batch([ROW] * len(records))
    raw = pl.Series("raw", [msgspec.json.encode(record) for record in records], dtype=pl.Binary)
    one = one.with_(rows=one.rows.with_columns(raw))
    decided = op.decide(op.merge([op.observe(one)]), np.ones(len(records), dtype=bool))
    [left] = set(range(len(records))) - set(decided["n"].to_list())
    return left


@pytest.mark.parametrize("op", [Exact, Near])
def test_the_highest_number_in_a_column_stays(op: type[Exact | Near]) -> None:
    records = [{"score": 1}, {"score": "2.5"}, {"score": None}, {"score": 2}, {}]
    assert kept(op(keep=({"column": "score"},)), records) == 1


@pytest.mark.parametrize("op", [Exact, Near])
def test_the_latest_time_stays(op: type[Exact | Near]) -> None:
    """22:30 two hours east of Greenwich is 20:30 there."""
    records = [
        {"at": "2024-05-01T22:30:00+02:00"},
        {"at": "2024-05-01T21:00:00Z"},
        {"at": "2024-05-01"},
        {"at": "later"},
    ]
    assert kept(op(keep=({"newest": "at"},)), records) == 1


@pytest.mark.parametrize("op", [Exact, Near])
def test_white_space_makes_no_text_longer(op: type[Exact | Near]) -> None:
    rows = [chat("how do I do this", "like that"), chat("how  do I\n\ndo \u3000 this", "like   that")]
    for order in (rows, rows[::-1]):
        one = batch(order)
        assert standing(one, ()).length.tolist() == [20, 20]
        [lost] = op().decide(op().merge([op().observe(one)]), np.ones(2, dtype=bool))["n"].to_list()
        assert lost == 1


def test_wishes_have_weight_in_their_order() -> None:
    records = [{"score": 1, "at": 5}, {"score": 2, "at": 3}, {"score": 2, "at": 4}, {"score": 2, "at": 4}]
    assert kept(Exact(keep=({"column": "score"}, {"newest": "at"}, "longest")), records) == 2
    assert kept(Exact(keep=({"newest": "at"}, {"column": "score"})), records) == 0


def test_a_column_that_nobody_has_is_an_error() -> None:
    with pytest.raises(RecipeError, match="keep names the column 'scor'. Expected a number in it"):
        kept(Exact(keep=({"column": "scor"},)), [{"score": 1}, {"score": 2}])


def test_a_wish_names_one_column() -> None:
    with pytest.raises(ValidationError):
        Exact(keep=({"column": "a", "newest": "b"},))
    with pytest.raises(ValidationError):
        Exact(keep=({"oldest": "a"},))


def test_batches_without_rows() -> None:
    keep = ({"column": "score"},)
    assert rank(stacked_standings([]), keep).tolist() == []
    assert rank(stacked_standings([standing(batch([]), keep)]), keep).tolist() == []


def test_what_is_no_record_has_no_column() -> None:
    assert np.isnan(values(pl.Series([b"[1]", b'"x"', b"{}"]), "score", "column")).all()
