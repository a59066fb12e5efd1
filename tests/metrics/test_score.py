"""Scores: states, bounds, slices, and the same tables for the same answers."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.errors import BloomeryError, DataError, RecipeError
from bloomery.metrics.base import STATES, Metric
from bloomery.metrics.classification import Classification
from bloomery.metrics.exact_match import ExactMatch
from bloomery.metrics.names import TASK
from bloomery.metrics.score import SCORES_SCHEMA, VALUES_SCHEMA, Scored, score, together
from tests.metrics.rows import answers

REFUSAL = "I'm sorry, but I can't help with that."


def line(found: Scored, metric: str, part: str | None = None, of: str | None = None) -> dict[str, Any]:
    lines = [
        one
        for one in found.values.iter_rows(named=True)
        if (one["metric"], one["slice"], one["of"]) == (f"{TASK}.{metric}", part, of)
    ]
    assert len(lines) == 1
    return lines[0]


def test_contaminated_unparsed_or_refused_items_are_shown_with_and_without() -> None:
    """CASES: averaged in. Ten rows: 4 right, 1 wrong, 1 empty, 1 refused, 1 unparsed, 2 missing."""
    said = ["a", "a", "b", "b", "a", " ", REFUSAL, "perhaps", None, None]
    rows = answers(said, ["a", "a", "b", "b", "b", "a", "a", "a", "a", "b"])
    found = score(rows, [Classification(labels=("a", "b")), ExactMatch()])
    told = line(found, "accuracy")
    assert {state: told[state] for state in STATES} == {
        "answered": 5,
        "empty": 1,
        "refused": 1,
        "unparsed": 1,
        "missing": 2,
    }
    assert told["n"] == 10
    assert told["value"] == pytest.approx(4 / 8) and told["answered_value"] == pytest.approx(4 / 5)
    assert (told["low"], told["high"]) == (pytest.approx(4 / 10), pytest.approx(6 / 10))
    assert (line(found, "missing")["value"], line(found, "refused")["value"]) == (
        pytest.approx(0.2),
        pytest.approx(0.1),
    )
    exact = line(found, "exact_match")
    assert (exact["answered"], exact["unparsed"], exact["answered_value"]) == (6, 0, pytest.approx(4 / 6))
    # of a: 2 TP / (P + S + m) = 4 / (3 + 5 + 2) and 2 · 3 / 10; of b: 4 / (2 + 3 + 2) and 2 · 3 / 7
    macro = line(found, "f1.macro")
    assert (macro["low"], macro["high"]) == (pytest.approx((0.4 + 4 / 7) / 2), pytest.approx((0.6 + 6 / 7) / 2))
    assert (line(found, "mcc")["low"], line(found, "mcc")["high"]) == (None, None)


def test_parse_failure_is_not_dropped_and_a_failed_call_is_unscored() -> None:
    """CASES: parse failure = 0, minimum, FAIL or dropped. Of a label it is wrong; without an answer there is no value."""
    found = score(answers(["a", "perhaps", None], ["a", "a", "a"]), [Classification(labels=("a", "b"))], run="r1")
    assert found.scores.schema == SCORES_SCHEMA
    assert found.scores.select("run", "item", "metric", "value", "error", "rater").rows() == [
        ("r1", "0", "task.accuracy", 1.0, None, "bloomery"),
        ("r1", "1", "task.accuracy", 0.0, None, "bloomery"),
        ("r1", "2", "task.accuracy", None, "no answer", "bloomery"),
    ]
    assert found.scores["version"].unique().to_list() == ['0.1.0 {"labels":["a","b"]}']


def test_no_answer_at_all_is_no_value_and_not_zero() -> None:
    found = score(answers([None, None], ["a", "b"]), [ExactMatch(), Classification()])
    told = line(found, "exact_match")
    assert (told["value"], told["low"], told["high"], told["error"]) == (None, 0.0, 1.0, "no answer")
    assert line(found, "accuracy")["value"] is None
    assert found.scores["value"].null_count() == 4


def test_an_empty_test_set_or_slice_is_an_error_never_0_over_0() -> None:
    rows = answers(["a"], ["a"], lang=["de"])
    with pytest.raises(DataError, match="The test set is empty"):
        score(rows.clear(), [ExactMatch()])
    with pytest.raises(DataError, match="The slice lang = 'fr' is empty"):
        score(rows, [ExactMatch()], slices={"lang": ["de", "fr"]})
    with pytest.raises(DataError, match="no column 'langs'.*Did you mean 'lang'"):
        score(rows, [ExactMatch()], slices=["langs"])


def test_rerun_appends_duplicates_then_averages_them() -> None:
    """CASES: idempotent by (item, model, judge). An item that stands twice is an error, a second run replaces the first."""
    rows = answers(["a", "b"], ["a", "a"])
    with pytest.raises(DataError, match="2 items stand more than once"):
        score(pl.concat([rows, rows]), [ExactMatch()])
    first = score(rows, [ExactMatch()], run="r")
    again = score(rows, [ExactMatch()], run="r")
    assert together(first.scores, again.scores).equals(first.scores) and first.values.equals(again.values)
    other = score(answers(["a", "a"], ["a", "a"]), [ExactMatch()], run="r")
    assert together(first.scores, other.scores)["value"].to_list() == [1.0, 1.0]
    assert len(together(first.scores, score(rows, [ExactMatch()], run="s").scores)) == 4


def test_worst_slice_first_each_with_its_n() -> None:
    rows = answers(
        ["a", "a", "b", "b", "a", None],
        ["a", "a", "a", "b", "b", "a"],
        lang=["de", "de", "fr", "fr", "it", None],
        long=[True, False, True, True, False, False],
    )
    found = score(rows, [ExactMatch()], slices=["lang", "long"]).values
    lines = [
        (one["slice"], one["of"], one["n"], one["value"])
        for one in found.iter_rows(named=True)
        if one["metric"] == "task.exact_match"
    ]
    assert lines == [
        (None, None, 6, pytest.approx(3 / 5)),
        ("lang", "it", 1, 0.0),
        ("lang", "fr", 2, 0.5),
        ("long", "false", 3, 0.5),
        ("long", "true", 3, pytest.approx(2 / 3)),
        ("lang", "de", 2, 1.0),
        ("lang", None, 1, None),
    ]
    refused = score(rows, [], slices={"lang": ["de"]}).values
    assert refused.filter(slice="lang")["of"].unique().to_list() == ["de"]


@pytest.mark.parametrize(
    ("column", "says"),
    [([[1]] * 1001, "a list in a row"), (list(range(1001)), "Expected at most 1,000 values. Found 1,001")],
)
def test_columns_that_are_no_slices(column: list[Any], says: str) -> None:
    with pytest.raises(DataError, match=says):
        score(answers(["a"] * 1001, ["a"] * 1001, x=column), [ExactMatch()], slices=["x"])


TEXTS = st.sampled_from(["a", "b", "c", "perhaps", "", REFUSAL, None])
ROWS = st.lists(st.tuples(TEXTS, st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=25)


@settings(max_examples=20)
@given(ROWS)
def test_a_slice_has_the_values_of_its_rows_alone_and_the_states_add_up(
    rows: list[tuple[str | None, str, str]],
) -> None:
    said, wanted, kind = (list(column) for column in zip(*rows, strict=True))
    metrics = [Classification(labels=("a", "b", "c")), ExactMatch()]
    table = answers(said, wanted, kind=kind)
    found = score(table, metrics, slices=["kind"])
    assert found.values.schema == VALUES_SCHEMA
    assert (found.values.select(pl.sum_horizontal(STATES))[:, 0] == found.values["n"]).all()
    for one in set(kind):
        alone = score(table.filter(kind=one), metrics).values
        part = found.values.filter(slice="kind", of=one)
        numbers = ["metric", "n", *STATES, "value", "answered_value", "low", "high", "error"]
        assert part.select(numbers).sort("metric").equals(alone.select(numbers).sort("metric"))


@settings(max_examples=20)
@given(ROWS, st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[tuple[str | None, str, str]], random: Any) -> None:
    said, wanted, kind = (list(column) for column in zip(*rows, strict=True))
    table = answers(said, wanted, kind=kind)
    mixed = table[random.sample(range(len(rows)), len(rows))]
    metrics = [Classification(labels=("a", "b", "c")), ExactMatch()]
    one, other = score(table, metrics, slices=["kind"]), score(mixed, metrics, slices=["kind"])
    assert one.values.equals(other.values)
    assert one.scores.sort("metric", "item").equals(other.scores.sort("metric", "item"))


@settings(max_examples=20)
@given(ROWS)
def test_the_bounds_are_what_right_and_wrong_answers_would_give(rows: list[tuple[str | None, str, str]]) -> None:
    said, wanted, _ = (list(column) for column in zip(*rows, strict=True))
    told = line(score(answers(said, wanted), [ExactMatch()]), "exact_match")
    for end, imagined in (("low", ["no"] * len(said)), ("high", wanted)):
        filled = [other if one is None else one for one, other in zip(said, imagined, strict=True)]
        assert told[end] == pytest.approx(
            line(score(answers(filled, wanted), [ExactMatch()]), "exact_match")["value"], abs=1e-12
        )


def test_two_metrics_of_one_name() -> None:
    with pytest.raises(RecipeError, match="makes values that another one makes as well: exact_match"):
        score(answers(["a"], ["a"]), [ExactMatch(), ExactMatch()])


class Broken(Metric):
    """Gives whatever it is told."""

    given: tuple[float, ...]
    whole: float

    names = {"broken": "a test"}  # noqa: RUF012

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        del answers
        return pl.DataFrame({"score": self.given}, schema={"score": pl.Float64})

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        del items
        return {"broken": self.whole}


@pytest.mark.parametrize(
    ("metric", "says"),
    [
        (Broken(given=(np.nan,), whole=1.0), "nan as the score of an item"),
        (Broken(given=(1.0,), whole=np.nan), "nan for broken"),
        (Broken(given=(1.0, 1.0), whole=1.0), "2 rows for 1 answers"),
    ],
)
def test_a_metric_that_gives_no_number_is_a_fault(metric: Metric, says: str) -> None:
    with pytest.raises(BloomeryError, match=says):
        score(answers(["a"], ["a"]), [metric])


def test_the_group_stands_before_the_names() -> None:
    found = score(answers(["a"], ["a"]), [ExactMatch()], group="general")
    assert found.scores["metric"].to_list() == ["general.exact_match"]
    assert found.values["metric"].to_list() == [
        "general.missing",
        "general.empty",
        "general.refused",
        "general.exact_match",
    ]
