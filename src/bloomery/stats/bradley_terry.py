"""Bradley-Terry: strengths of models, or other players, from who beat whom.

P(i beats j) = 1 / (1 + exp(θ_j - θ_i)) (Bradley and Terry 1952); the strengths θ are log-odds that sum to 0. A tie counts as
half a win for each side, as in chess: the formula is then one for the mean score of a comparison. The intervals from
Fisher information are on the wide side where there are ties, since a tie spreads less than a win or a loss; the bootstrap takes
ties as they are.

The maximum exists if and only if the players cannot be parted into two groups of which one never beat (or tied) the other
(Ford 1957): else some strengths are infinite, and that is `NotComputableError` that names them. A `prior` of that many
virtual ties between each two players makes all strengths finite; it pulls them together and its games count in the intervals.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from bloomery.errors import NotComputableError
from bloomery.stats.checked import normal_quantile
from bloomery.stats.interval import Interval
from bloomery.stats.ratings import Floats

#: Elo points of a factor of e in the odds: ten times the odds are 400 points
ELO_PER_LOGIT = 400 / math.log(10)


class BradleyTerry(NamedTuple):
    """Fitted strengths."""

    names: list[str]
    #: log-odds that sum to 0, shape (players,)
    strengths: Floats
    #: of each strength (not of differences: see `difference`)
    intervals: list[Interval]
    #: covariance of the strengths under the constraint, singular, shape (players, players)
    covariance: Floats
    level: float

    def difference(self, first: str, second: str) -> tuple[float, Interval]:
        """How much stronger `first` is than `second`, in log-odds, with its interval.

        Two players whose own intervals overlap can still differ clearly: compare them here.
        """
        i, j = self.names.index(first), self.names.index(second)
        value = float(self.strengths[i] - self.strengths[j])
        variance = self.covariance[i, i] + self.covariance[j, j] - 2 * self.covariance[i, j]
        reach = normal_quantile(self.level) * math.sqrt(max(variance, 0.0))
        return value, Interval(value - reach, value + reach)

    def chance(self, first: str, second: str) -> tuple[float, Interval]:
        """The chance that `first` beats `second` (a tie as half), with its interval."""
        value, (low, high) = self.difference(first, second)
        return float(expit(value)), Interval(float(expit(low)), float(expit(high)))

    def elo(self, *, mean: float = 1000.0) -> dict[str, tuple[float, Interval]]:
        """Strengths and intervals on Elo's scale: 400 points are ten times the odds, and the players' mean is `mean`."""
        ends = [Interval(*(mean + ELO_PER_LOGIT * end for end in interval)) for interval in self.intervals]
        values = (mean + ELO_PER_LOGIT * self.strengths).tolist()
        return dict(zip(self.names, zip(values, ends, strict=True), strict=True))


def bradley_terry(
    wins: ArrayLike,
    *,
    ties: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    prior: float = 0.0,
    level: float = 0.95,
) -> BradleyTerry:
    """Strengths by maximum likelihood (Newton's method), with intervals from Fisher information.

    `wins[i, j]` is how often i beat j, `ties[i, j]` = `ties[j, i]` how often they tied; both have shape (players, players).
    With the half ties added, log L = Σ_ij w_ij log P(i beats j), the information is the Laplacian of the weights n_ij p_ij p_ji,
    and its pseudo-inverse is the covariance of strengths that sum to 0. Interval: θ ± z √variance.

    Players without a finite strength: `NotComputableError` (see the module). Comparisons are taken as
    independent: several on the same item are not quite so, and then the intervals are too narrow.

    >>> fit = bradley_terry([[0, 30], [10, 0]], names=["a", "b"])  # odds of 3: log 3 = 1.0986
    >>> round(fit.difference("a", "b")[0], 4), round(fit.chance("a", "b")[0], 4)
    (1.0986, 0.75)
    """
    table, called = _checked(wins, ties, names, prior)
    _check_finite(table, called)
    strengths = _fitted(table)
    covariance = _covariance(table, strengths)
    reach = normal_quantile(level) * np.sqrt(np.diag(covariance))
    ends = zip((strengths - reach).tolist(), (strengths + reach).tolist(), strict=True)
    return BradleyTerry(called, strengths, [Interval(*both) for both in ends], covariance, level)


def bootstrap_strengths(
    wins: ArrayLike,
    *,
    ties: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    prior: float = 0.0,
    level: float = 0.95,
    replicates: int = 1_000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Percentile intervals of the strengths: the comparisons of each two players are drawn again, with replacement.

    How often two players met stays as it was. Replicates in which strengths are infinite are left out; if they are so many that
    the ends of the intervals would be theirs, `NotComputableError`.

    >>> found = bootstrap_strengths([[0, 30], [10, 0]], names=["a", "b"], seed=1)
    >>> found["a"].low < 0.5493 < found["a"].high
    True
    """
    table, called = _checked(wins, ties, names, prior)
    _check_finite(table, called)
    won, tied = np.array(wins, dtype=np.float64), _ties(ties, len(called))
    if (won != np.round(won)).any() or (tied != np.round(tied)).any():
        raise ValueError("a bootstrap needs whole numbers of wins and ties")
    rng = np.random.default_rng(seed)
    drawn = _redrawn(won, tied, prior, rng, replicates)
    drawn = drawn[_are_finite(drawn)]
    undefined = 1 - len(drawn) / replicates
    if undefined > (1 - level) / 2:
        raise NotComputableError(
            f"The strengths have no bootstrap intervals: in {undefined:.0%} of the replicates some are infinite. "
            "Collect more comparisons, or pass prior=1"
        )
    low, high = np.quantile(_fitted(drawn), [(1 - level) / 2, (1 + level) / 2], axis=0)
    ends = zip(low.tolist(), high.tolist(), strict=True)
    return dict(zip(called, (Interval(*both) for both in ends), strict=True))


def _checked(
    wins: ArrayLike, ties: ArrayLike | None, names: Sequence[str] | None, prior: float
) -> tuple[Floats, list[str]]:
    won = np.array(wins, dtype=np.float64)
    if won.ndim != 2 or won.shape[0] != won.shape[1] or len(won) < 2:
        raise ValueError(f"wins is a square table of two players or more, not of shape {won.shape}")
    tied = _ties(ties, len(won))
    for table in (won, tied):
        if not np.isfinite(table).all() or (table < 0).any() or np.diag(table).any():
            raise ValueError("counts of wins and ties are finite, not negative, and 0 on the diagonal")
    called = [str(number) for number in range(len(won))] if names is None else list(names)
    if len(set(called)) != len(won):
        raise ValueError(f"{len(won)} players need as many different names, not {called}")
    if prior < 0:
        raise ValueError(f"prior is a number of virtual ties, not {prior}")
    return _with_halves(won, tied, prior), called


def _ties(ties: ArrayLike | None, players: int) -> Floats:
    tied = np.zeros((players, players)) if ties is None else np.array(ties, dtype=np.float64)
    if tied.shape != (players, players) or (tied != tied.T).any():
        raise ValueError("ties is a symmetric table of the same shape as wins")
    return tied


def _with_halves(won: Floats, tied: Floats, prior: float) -> Floats:
    table: Floats = won + (tied + prior * (1 - np.eye(len(tied)))) / 2
    return table


def _are_finite(tables: Floats) -> NDArray[np.bool_]:
    """Whether everyone beat everyone, directly or through others, in each of a stack of tables."""
    players = tables.shape[-1]
    reached = (tables > 0) | np.eye(players, dtype=bool)
    for _ in range(players.bit_length()):
        reached = (reached.astype(np.float32) @ reached.astype(np.float32)) > 0
    return np.asarray(reached.all(axis=(-1, -2)))


def _check_finite(table: Floats, names: list[str]) -> None:
    """Say who has no finite strength, and why."""
    if _are_finite(table):
        return
    groups, group = connected_components(csr_array(table > 0), connection="weak")
    if groups > 1:
        parts = "; ".join(_listed(names, group == one) for one in range(groups))
        why = f"these were never compared with each other: {parts}"
    else:
        count, strong = connected_components(csr_array(table > 0), connection="strong")
        beaten = [one for one in range(count) if table[np.ix_(strong != one, strong == one)].any()]
        top = next(one for one in range(count) if one not in beaten)
        why = f"{_listed(names, strong == top)} never lost or tied against any other, and so would be infinitely strong"
        bottom = next(one for one in range(count) if not table[np.ix_(strong == one, strong != one)].any())
        why += f"; {_listed(names, strong == bottom)} never won or tied against any other"
    raise NotComputableError(
        f"Bradley-Terry strengths do not exist: {why}. Collect more comparisons, or pass prior=1 (a virtual tie each)"
    )


def _listed(names: list[str], which: np.ndarray) -> str:
    return ", ".join(name for name, there in zip(names, which, strict=True) if there)


def _fitted(tables: Floats) -> Floats:
    """Strengths of a stack of tables, shape (..., players, players), by Newton's method with halved steps.

    It ends where no step is larger than 1e-8 standard errors.
    """
    theta = np.zeros(tables.shape[:-1])
    players = tables.shape[-1]
    games = tables + np.swapaxes(tables, -1, -2)
    won = tables.sum(axis=-1)
    for _ in range(100):
        gradient = won - (games * expit(theta[..., :, None] - theta[..., None, :])).sum(axis=-1)
        step = np.linalg.solve(_information(tables, theta) + 1 / players, gradient[..., None])[..., 0]
        theta = theta + _size(tables, theta, step)[..., None] * step
        theta = theta - theta.mean(axis=-1, keepdims=True)
        if ((gradient * step).sum(axis=-1) <= 1e-16).all():
            break
    return theta


def _size(tables: Floats, theta: Floats, step: Floats) -> Floats:
    """1, or the first half of it that does not make the likelihood smaller."""
    before = _log_likelihood(tables, theta)
    size = np.ones(before.shape)
    for _ in range(30):
        worse = _log_likelihood(tables, theta + size[..., None] * step) < before - 1e-9 * np.abs(before)
        if not worse.any():
            break
        size = np.where(worse, size / 2, size)
    return size


def _log_likelihood(tables: Floats, theta: Floats) -> Floats:
    total: Floats = -(tables * np.logaddexp(0, theta[..., None, :] - theta[..., :, None])).sum(axis=(-1, -2))
    return total


def _information(tables: Floats, theta: Floats) -> Floats:
    chance = expit(theta[..., :, None] - theta[..., None, :])
    weights = (tables + np.swapaxes(tables, -1, -2)) * chance * (1 - chance)
    laplacian: Floats = weights.sum(axis=-1)[..., None] * np.eye(tables.shape[-1]) - weights
    return laplacian


def _covariance(table: Floats, theta: Floats) -> Floats:
    """The pseudo-inverse of the information: inv(L + 11ᵀ/k) - 11ᵀ/k."""
    k = len(table)
    return np.asarray(np.linalg.inv(_information(table, theta) + 1 / k) - 1 / k, dtype=np.float64)


def _redrawn(won: Floats, tied: Floats, prior: float, rng: np.random.Generator, size: int) -> Floats:
    """Tables with half ties, shape (size, players, players)."""
    first, second = np.triu_indices(len(won), 1)
    outcomes = np.stack([won[first, second], won[second, first], tied[first, second]], axis=1)
    games = outcomes.sum(axis=1)
    shares = outcomes / np.maximum(games, 1)[:, None] + (games == 0)[:, None] / 3
    drawn = rng.multinomial(games.astype(np.int64), shares, size=(size, len(games)))
    tables = np.zeros((size, *won.shape))
    tables[:, first, second] = drawn[..., 0] + drawn[..., 2] / 2
    tables[:, second, first] = drawn[..., 1] + drawn[..., 2] / 2
    return _with_halves(tables, np.zeros_like(won), prior)
