"""p-values of several tests, adjusted for there being several.

Both return adjusted p-values in the order given: reject where they are at most α. Equal p-values get equal adjusted
ones. A test that was not computable has no p-value: leave it out (a NaN is refused). No tests, no values: an empty
array.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bloomery.errors import NotComputableError
from bloomery.stats.checked import Numbers


def holm(p_values: ArrayLike) -> Numbers:
    """Adjusted so that P(any false rejection) ≤ α, whatever the dependence: for sorted p, max_{j≤i} min(1, (m − j + 1)·p_j).

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65–70.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p, order = _sorted(p_values)
    stepped = np.maximum.accumulate(p * np.arange(p.size, 0, -1))
    return _back(stepped, order)


def benjamini_hochberg(p_values: ArrayLike) -> Numbers:
    """Adjusted so that the expected share of false ones among the rejected is ≤ α: for sorted p, min_{j≥i} min(1, m·p_j/j).

    For independent or positively dependent tests. Source: Benjamini and Hochberg (1995), JRSS B 57, 289–300.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.04, 0.04]
    """
    p, order = _sorted(p_values)
    stepped = np.minimum.accumulate((p * (p.size / np.arange(1, p.size + 1)))[::-1])[::-1]
    return _back(stepped, order)


def _sorted(p_values: ArrayLike) -> tuple[Numbers, NDArray[np.intp]]:
    """The p-values from small to large, and where each came from (`argsort` is that order, and not the ranks)."""
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or (p < 0).any() or (p > 1).any():
        raise ValueError("expected one dimension of p-values between 0 and 1")
    if np.isnan(p).any():
        raise NotComputableError("A p-value is missing; leave out tests that could not be computed.")
    order = np.argsort(p, kind="stable")
    return p[order], order


def _back(adjusted: Numbers, order: NDArray[np.intp]) -> Numbers:
    """Adjusted values in the order in which the p-values were given, at most 1."""
    found = np.empty_like(adjusted)
    found[order] = np.minimum(adjusted, 1.0)
    return found
