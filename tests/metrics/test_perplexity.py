"""Perplexity over given log-probabilities."""

import math

import polars as pl
import pytest

from bloomery.errors import DataError
from bloomery.metrics.perplexity import Perplexity
from tests.metrics.generated import answers


def frame(logprobs: list[list[float | None]], texts: list[str] | None = None) -> pl.DataFrame:
    texts = texts or [""] * len(logprobs)
    column = pl.Series("logprobs", logprobs, dtype=pl.List(pl.Float64))
    return answers(texts, [[""]] * len(texts)).with_columns(column)


def test_nll_of_two_is_a_perplexity_of_7_389() -> None:
    found = Perplexity().total(Perplexity().items(frame([[-2.0, -1.0], [-3.0]])))
    assert found == {
        "nll": 2.0,
        "perplexity": pytest.approx(7.389, abs=1e-3),
        "bits_per_byte": None,
        "perplexity.word": None,
    }


def test_perplexity_as_mean_of_documents() -> None:
    """10 tokens at 2.0 and 190 at 0.5: NLL (20 + 95) / 200 = 0.575. Means of documents say 4.52 and 3.49."""
    items = Perplexity().items(frame([[-2.0] * 10, [-0.5] * 190]))
    assert list(Perplexity().total(items).values())[:2] == pytest.approx([0.575, 1.7771], abs=1e-4)
    assert items["score"].exp().mean() == pytest.approx(4.52, abs=5e-3)
    assert math.exp(items["score"].mean() or 0) == pytest.approx(3.49, abs=5e-3)


def test_bits_per_byte_and_perplexity_of_words() -> None:
    """8 bytes in 4 tokens of ln 2 each: half a bit a byte; 2 words of 2 bits: perplexity 4 a word."""
    metric = Perplexity(text="prediction")
    items = metric.items(frame([[-math.log(2)] * 4], ["ab  cdef"]))
    assert metric.total(items) == pytest.approx(
        {"nll": math.log(2), "perplexity": 2, "bits_per_byte": 0.5, "perplexity.word": 4}
    )
    items = metric.items(frame([[-math.log(2)] * 4], ["über"]))  # 5 bytes
    assert metric.total(items)["bits_per_byte"] == pytest.approx(4 / 5)


def test_bits_per_byte_do_not_depend_on_the_tokenizer() -> None:
    """The same probability of the same text in 2 or in 4 tokens: other perplexities a token, the same bits."""
    metric = Perplexity(text="prediction")
    few, many = (metric.total(metric.items(frame([one], ["ab cd"]))) for one in ([-1.0, -2.0], [-0.75] * 4))
    assert few["perplexity"] != many["perplexity"]
    assert (few["bits_per_byte"], few["perplexity.word"]) == (many["bits_per_byte"], many["perplexity.word"])


def test_the_first_counts_or_not_for_all_rows_alike() -> None:
    counted, left_out = Perplexity(), Perplexity(first="left_out")
    assert counted.total(counted.items(frame([[-9.0, -1.0]])))["nll"] == 5
    assert left_out.total(left_out.items(frame([[-9.0, -1.0], [None, -3.0]])))["nll"] == 2
    with pytest.raises(DataError, match="item r1 has no log-probability.*set first: left_out"):
        counted.items(frame([[-1.0], [None, -3.0]]))


@pytest.mark.parametrize("wrong", [None, math.nan])
def test_a_gap_later_on_is_an_error(wrong: float | None) -> None:
    with pytest.raises(DataError, match="item r0 has no log-probability"):
        Perplexity(first="left_out").items(frame([[None, -1.0, wrong]]))


def test_losses_given_for_log_probabilities_are_an_error() -> None:
    with pytest.raises(DataError, match="above 0.*Was the sign turned"):
        Perplexity().items(frame([[2.0, 1.0]]))
    assert Perplexity().items(frame([[1e-4]]))["tokens"][0] == 1  # rounding


def test_no_tokens_have_no_perplexity() -> None:
    items = Perplexity(first="left_out").items(frame([[], [None], [None, -1.0]]))
    assert items["score"].to_list() == [None, None, 1.0]
    assert set(Perplexity().total(items[:2]).values()) == {None}
    assert Perplexity().total(items)["nll"] == 1


def test_what_is_too_large_for_a_number_is_null() -> None:
    assert set(Perplexity().total(Perplexity().items(frame([[-math.inf]]))).values()) == {None}
    found = Perplexity().total(Perplexity().items(frame([[-800.0]])))
    assert (found["nll"], found["perplexity"]) == (800, None)


def test_a_missing_or_wrong_column_is_an_error() -> None:
    with pytest.raises(DataError, match="Did you mean 'logprobs'"):
        Perplexity(column="logprob").items(frame([[-1.0]]))
    with pytest.raises(DataError, match="has no log-probabilities"):
        Perplexity(column="prediction").items(frame([[-1.0]]))
    with pytest.raises(DataError, match="has no text"):
        Perplexity(text="references").items(frame([[-1.0]]))
