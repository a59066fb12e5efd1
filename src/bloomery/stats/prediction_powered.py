"""Prediction-powered inference: a few human labels and many of a judge make one estimate that is right even if the judge is not.

With labels y of n rows, the judge's f of the same rows, and its f̃ of N more rows of the same kind,

    θ̂ = λ · mean(f̃) + mean(y − λ f),    variance = λ² var(f̃)/N + var(y − λ f)/n,

and θ̂ ± z · √variance. λ = 1 is prediction-powered inference (Angelopoulos, Bates, Fannjiang, Jordan, Zrnic, Science 2023), λ = 0
the human labels alone. The power-tuned λ of PPI++ (Angelopoulos, Duchi, Zrnic 2023) is the one with the smallest variance,

    λ̂ = cov(y, f) / ((1 + n/N) var(f, f̃)),    cut to [0, 1] as in the authors' own package,

so that a useless judge costs nothing (for large n). The mean of y is estimated, whatever the bias of the judge, *if the n rows
are a random sample of all n + N*: rows that a person chose to look at are not.
The interval is for large n (50 labels or more); with fewer it is too narrow.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from bloomery.errors import NotComputableError
from bloomery.stats.interval import Interval
from bloomery.stats.streams import Floats, probability, streams


class PredictionPowered(NamedTuple):
    """A mean from human labels and a judge's."""

    estimate: float
    interval: Interval
    standard_error: float
    #: how much the judge was listened to: 0 not at all, 1 fully
    weight: float
    #: of how many human labels alone the interval would be as narrow
    effective_labels: float


def ppi_mean(
    labels: ArrayLike, judged: ArrayLike, unlabelled: ArrayLike, *, weight: float | None = None, alpha: float = 0.05
) -> PredictionPowered:
    """Shapes: `labels` y and `judged` f (n,), n ≥ 2; `unlabelled` f̃ (N,), N ≥ 2. `weight` is λ; None: the power-tuned one.

    A judge that always says the same gets the weight 0. Labels without variance after the judge's part is taken away have no
    such interval (3 of 3 right is not certainty): use Wilson's or a confidence sequence for those.

    >>> y, f = np.array([1, 1, 0, 1, 0, 0, 1, 1]), np.array([1, 1, 0, 1, 0, 1, 1, 0])
    >>> found = ppi_mean(y, f, np.tile([1, 1, 0], 100))
    >>> round(found.estimate, 4), round(found.weight, 4), round(found.effective_labels, 1)
    (0.6477, 0.5452, 10.1)
    """
    y, f, rest = streams(labels, name="labels"), streams(judged, name="judged"), streams(unlabelled, name="unlabelled")
    if y.ndim != 1 or y.shape != f.shape or rest.ndim != 1:
        raise ValueError(
            f"labels and judged must be as many, in a row each; found {y.shape}, {f.shape} and {rest.shape}"
        )
    if min(len(y), len(rest)) < 2:
        raise NotComputableError(f"two rows with labels and two without are needed; found {len(y)} and {len(rest)}")
    used = _tuned(y, f, rest) if weight is None else float(weight)
    corrected = y - used * f
    variance = used**2 * rest.var(ddof=1) / len(rest) + corrected.var(ddof=1) / len(y)
    if not variance > 0:
        raise NotComputableError("the labels do not vary: there is no standard error")
    estimate, error = float(used * rest.mean() + corrected.mean()), float(np.sqrt(variance))
    half = float(ndtri(1 - probability(alpha) / 2)) * error
    interval = Interval(estimate - half, estimate + half)
    return PredictionPowered(estimate, interval, error, used, float(y.var(ddof=1) / variance))


def _tuned(y: Floats, f: Floats, rest: Floats) -> float:
    """λ̂."""
    spread = float(np.concatenate([f, rest]).var(ddof=1))
    if spread == 0:
        return 0.0
    together = float(((y - y.mean()) * (f - f.mean())).sum() / (len(y) - 1))
    return min(1.0, max(0.0, together / ((1 + len(y) / len(rest)) * spread)))
