"""Latency, tokens and money."""

from typing import Any

import pytest

from bloomery.errors import DataError
from bloomery.metrics.cost import Cost
from bloomery.metrics.score import score
from tests.metrics.rows import answers


def values(metric: Cost, **columns: Any) -> dict[str, float | None]:
    n = len(next(iter(columns.values())))
    return metric.total(metric.items(answers(["x"] * n, ["x"] * n, **columns)))


def test_money_from_tokens_and_prices() -> None:
    """(1000 · 2 + 500 · 6) / 10⁶ = 0.005 and (3000 · 2 + 0 · 6) / 10⁶ = 0.006."""
    got = values(Cost(prices={"input": 2, "output": 6}), tokens_input=[1000, 3000], tokens_output=[500, 0])  # type: ignore[arg-type]
    assert got == pytest.approx({"money": 0.0055, "money.total": 0.011, "tokens.input": 2000.0, "tokens.output": 250.0})


def test_given_money_wins_over_prices() -> None:
    got = values(Cost(prices={"input": 2, "output": 6}), money=[0.5, 0.25], tokens_input=[1, 1], tokens_output=[1, 1])  # type: ignore[arg-type]
    assert (got["money"], got["money.total"]) == (0.375, 0.75)


def test_percentiles_are_interpolated() -> None:
    """p50 of 1 … 4 lies half way from 2 to 3; p95 at rank 0.95 · 3 = 2.85."""
    got = values(Cost(), latency=[4.0, 1.0, 3.0, 2.0, None])
    assert got == pytest.approx({"latency.mean": 2.5, "latency.p50": 2.5, "latency.p95": 3.85})


def test_an_unknown_number_is_not_zero() -> None:
    metric = Cost(prices={"input": 2, "output": 6})  # type: ignore[arg-type]
    items = metric.items(answers(["x", "x"], ["x", "x"], tokens_input=[5, 5], tokens_output=[None, 5]))
    assert items["score"].to_list() == [None, pytest.approx(4e-5)]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"other": [1]}, "nothing to tell the cost from"),
        ({"latency": [-1.0]}, "1 rows of 'latency' are no cost.*Found -1.0 in item '0'"),
        ({"latency": [float("nan")]}, "no cost"),
        ({"latency": ["fast"]}, "holds no numbers"),
    ],
)
def test_what_is_no_cost(columns: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=says):
        values(Cost(), **columns)


def test_slow_slices_come_first() -> None:
    rows = answers(["x"] * 3, ["x"] * 3, latency=[1.0, 9.0, 2.0], kind=["a", "b", "c"])
    found = score(rows, [Cost()], slices=["kind"]).values
    lines = [line for line in found.iter_rows(named=True) if line["metric"] == "task.latency.mean"]
    assert [line["of"] for line in lines] == [None, "b", "c", "a"]
