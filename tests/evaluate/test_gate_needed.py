"""How many items would decide."""

from math import sqrt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.evaluate.gates.bounds import bounds
from bloomery.evaluate.gates.needed import needed, of_share
from bloomery.metrics.token_f1 import TokenF1
from tests.evaluate.measured import frame_of, measures, share

Z = 1.6448536269514722


def low(p: float, n: int) -> float:
    """Wilson's lower bound of a share p of n items, n p need not be whole."""
    return (p * n + Z * Z / 2 - Z * sqrt(n * p * (1 - p) + Z * Z / 4)) / (n + Z * Z)


def high(p: float, n: int) -> float:
    return (p * n + Z * Z / 2 + Z * sqrt(n * p * (1 - p) + Z * Z / 4)) / (n + Z * Z)


@given(st.floats(0.01, 0.99), st.floats(0.02, 0.98))
def test_it_is_the_smallest_number_whose_bound_is_on_the_right_side(p: float, limit: float) -> None:
    if abs(p - limit) < 0.005:
        return
    n = of_share(p, limit, 0.95)
    assert n is not None
    if p > limit:
        assert low(p, n) >= limit - 1e-9
        assert n == 1 or low(p, n - 1) <= limit + 1e-9
    else:
        assert high(p, n) <= limit + 1e-9
        assert n == 1 or high(p, n - 1) >= limit - 1e-9


def test_a_gate_that_gets_as_many_is_decided() -> None:
    found = bounds(share(90, 100), 0.95, 0)
    n = needed(found, 0.85, 0.95, rises=True)
    assert n == 138  # 1.64485² · .85 · .15 / .05² = 137.98
    assert found.low is not None
    assert found.low < 0.85
    assert (bounds(share(126, 140), 0.95, 0).low or 0) >= 0.85


def test_the_value_itself_is_never_decided() -> None:
    assert needed(bounds(share(85, 100), 0.95, 0), 0.85, 0.95, rises=True) is None


def test_others_scale_with_the_root() -> None:
    frame = frame_of([True] * 40).with_columns(prediction=pl.Series(["right answer", "right"] * 20))
    found = bounds(measures(frame, TokenF1())["task.token_f1"], 0.95, 0)
    assert found.low is not None
    n = needed(found, 0.82, 0.95, rises=True)
    assert n == pytest.approx(40 * ((found.value - found.low) / (found.value - 0.82)) ** 2, abs=1)
