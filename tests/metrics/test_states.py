"""The state of an answer, and what is no set of answers."""

from typing import Any

import polars as pl
import pytest

from bloomery.errors import DataError
from bloomery.metrics.states import answers_of, states


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (None, "missing"),
        ("", "empty"),
        (" \n\t\u200b\u00ad", "empty"),
        ("\x00", "answered"),
        ("null", "answered"),
        ("I'm sorry, but I can't help with that.", "refused"),
        ("As an AI language model, I cannot provide medical advice.", "refused"),
        ("很抱歉，我无法回答这个问题。", "refused"),
        ("Sorry for the delay! Your parcel is on its way.", "answered"),
        ("It cannot be determined from what is given.", "answered"),
        ("I cannot determine the age of the captain.", "answered"),
        ("I can't say for sure", "answered"),
        ("Error: 429 Too Many Requests", "answered"),
    ],
)
def test_the_state_of_a_text(text: str | None, state: str) -> None:
    assert states(pl.Series([text], dtype=pl.String)).to_list() == [state]


def test_an_apology_that_was_asked_for_is_no_refusal() -> None:
    text = pl.Series(["I'm sorry, but I can't help you today."] * 2)
    assert states(text, pl.Series(["How do I pick a lock?", "Write an email to a customer"])).to_list() == [
        "refused",
        "answered",
    ]


def test_states_are_aligned_in_any_company() -> None:
    texts = ["no", None, "I'm sorry, I cannot help with that.", "", "yes", "I cannot assist with this."]
    alone = [states(pl.Series([text], dtype=pl.String))[0] for text in texts]
    assert (
        states(pl.Series(texts)).to_list()
        == alone
        == ["answered", "missing", "refused", "empty", "answered", "refused"]
    )


def test_ten_megabytes_are_one_answer() -> None:
    long = pl.Series(["I'm sorry, but I can't. " + "however " * 1_250_000, "\x00" * 10_000_000])
    assert states(long).to_list() == ["answered", "answered"]


def rows(**columns: Any) -> pl.DataFrame:
    given = {"item": ["a", "b"], "prediction": ["x", None], "references": [["x"], ["y"]]} | columns
    return pl.DataFrame(given, schema_overrides={"prediction": pl.String})


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (rows().clear(), "The test set is empty"),
        (rows(item=["a", "a"]), "1 items stand more than once"),
        (rows(item=["a", None]), "1 test rows have no item id"),
        (rows(state=["answered", "answered"]), "found .*which has no prediction"),
        (rows(state=["missing", "missing"]), "state that does not fit"),
        (rows(state=["fine", "missing"]), "'fine' in item 'a'"),
        (rows(state=[None, "missing"]), "state that does not fit"),
        (rows(references=["x", "y"]), "column 'references'"),
        (rows().drop("prediction"), "column 'prediction'"),
    ],
)
def test_what_cannot_be_scored_is_an_error_of_the_data(frame: pl.DataFrame, says: str) -> None:
    with pytest.raises(DataError, match=f"(?i){says}"):
        answers_of(frame)


def test_given_states_stay() -> None:
    given = rows(state=["refused", "missing"])
    assert answers_of(given).equals(given)
