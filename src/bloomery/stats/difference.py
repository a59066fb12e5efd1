"""The noun for a difference of two means that a t statistic has tested."""

from typing import NamedTuple

from scipy.special import stdtr

from bloomery.stats.checked import student_quantile
from bloomery.stats.interval import Interval


class Difference(NamedTuple):
    """a − b: the value, its standard error and degrees of freedom, its interval, and the two-sided p of "no difference"."""

    value: float
    error: float
    df: float
    interval: Interval
    p: float


def t_difference(value: float, error: float, df: float, level: float) -> Difference:
    """A difference by Student's t: value ± t(level, df) · error, p = 2 · P(T ≤ −|value|/error)."""
    half = student_quantile(level, df) * error
    p = 2 * float(stdtr(df, -abs(value) / error))
    return Difference(value, error, df, Interval(value - half, value + half), p)


def t_tail(value: float, error: float, df: float, bound: float) -> float:
    """One-sided p of "the true value is `bound` or less": P(T ≥ (value − bound)/error)."""
    return float(stdtr(df, (bound - value) / error))
