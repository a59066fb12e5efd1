"""Planning by width: how many items make an interval as narrow as wanted, and what zero failures show."""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from bloomery.errors import NotComputableError
from bloomery.stats.checked import normal_quantile
from bloomery.stats.fleiss import fleiss_of
from bloomery.stats.power import MOST


def wilson_half_width(share: float, n: float, *, level: float = 0.95) -> float:
    """Half the width of Wilson's interval where `share` of `n` items has the property.

    z/(1 + z²/n) √(p(1 - p)/n + z²/(4n²)) (Wilson 1927), which is not 0 at a share of 0 or 1.

    >>> round(wilson_half_width(0.85, 300), 4)
    0.0404
    """
    z = normal_quantile(level)
    if not 0 <= share <= 1 or n <= 0:
        raise ValueError(f"a share of 0 to 1 of more than 0 items, not {share} of {n}")
    return z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))


def items_for_half_width(share: float, half_width: float, *, level: float = 0.95) -> int:
    """The least number of items at which Wilson's interval of such a share is no wider than ± `half_width`.

    >>> items_for_half_width(0.5, 0.05)
    381
    """
    if not 0 < half_width < 1:
        raise ValueError(f"a half width is between 0 and 1, not {half_width}")
    return _least(lambda n: wilson_half_width(share, n, level=level) <= half_width)


def share_for_half_width(n: float, half_width: float, *, level: float = 0.95) -> float:
    """How common a failure can be (0 to 1/2) for `n` items to bound it within ± `half_width`.

    From Wilson's formula, p(1 - p) = n (h (1 + z²/n)/z)² - z²/(4n). If every share can be, it is 1/2;
    if none, `NotComputableError`.

    >>> round(share_for_half_width(300, wilson_half_width(0.15, 300)), 6)
    0.15
    """
    z = normal_quantile(level)
    product = n * (half_width * (1 + z**2 / n) / z) ** 2 - z**2 / (4 * n)
    if product < 0:
        raise NotComputableError(f"{n:g} items are too few for ± {half_width:g}, whatever the share")
    return 0.5 - math.sqrt(max(0.25 - product, 0.0))


def items_for_zero_failures(rate: float, *, level: float = 0.95) -> int:
    """How many items without one failure show, at this level (one-sided), that fewer than `rate` fail.

    The least n with (1 - rate)^n <= 1 - level, exactly; about 3/rate for 95 % (the rule of three, Hanley and Lippman-Hand 1983).

    >>> items_for_zero_failures(0.01)
    299
    """
    _check_rate(rate, level)
    return math.ceil(math.log1p(-level) / math.log1p(-rate) * (1 - 1e-14))


def rate_shown_by_zero_failures(n: int, *, level: float = 0.95) -> float:
    """The rate below which failures are, at this level (one-sided), where `n` items had none: 1 - (1 - level)^(1/n).

    >>> round(rate_shown_by_zero_failures(300), 5)
    0.00994
    """
    if n < 1:
        raise NotComputableError("Zero failures of no items show nothing")
    _check_rate(0.5, level)
    return -math.expm1(math.log1p(-level) / n)


def chance_of_zero_failures(n: int, rate: float) -> float:
    """The power of such a plan: the chance (1 - rate)^n that none of `n` items fails where in truth `rate` do.

    >>> round(chance_of_zero_failures(299, 0.001), 2)  # a tenth of the 1 % to be shown, and still a quarter of all plans fail
    0.74
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"a rate is between 0 and 1, not {rate}")
    return (1 - rate) ** n


def agreement_half_width(
    n: float, *, agreement: float, shares: Sequence[float], raters: int = 2, level: float = 0.95
) -> float:
    """About half the width of the interval of kappa (Cohen's, Fleiss') or nominal alpha with `n` items.

    z σ/√n with the asymptotic standard deviation σ of one item's contribution. It is approximate: it supposes that with
    probability `agreement` all raters give the same label and else each rates on their own with the same `shares` of
    labels, the sum over whose patterns is exact, and it takes the symmetric interval of large samples.

    >>> round(agreement_half_width(200, agreement=0.7, shares=[0.5, 0.5]), 3)
    0.099
    """
    return normal_quantile(level) * _agreement_spread(agreement, shares, raters) / math.sqrt(n)


def items_for_agreement(
    half_width: float, *, agreement: float, shares: Sequence[float], raters: int = 2, level: float = 0.95
) -> int:
    """About how many items make the interval of kappa or nominal alpha ± `half_width` (see `agreement_half_width`).

    >>> items_for_agreement(0.1, agreement=0.7, shares=[0.5, 0.5]), items_for_agreement(0.1, agreement=0.7, shares=[0.9, 0.1])
    (196, 569)
    """
    if half_width <= 0:
        raise ValueError(f"a half width is more than 0, not {half_width}")
    return max(2, math.ceil((normal_quantile(level) * _agreement_spread(agreement, shares, raters) / half_width) ** 2))


def agreement_for_half_width(
    n: float, half_width: float, *, shares: Sequence[float], raters: int = 2, level: float = 0.95
) -> float:
    """The least agreement from which on `n` items make the interval no wider than ± `half_width`, to 0.001.

    If no agreement below 0.999 does, `NotComputableError`.

    >>> agreement_for_half_width(200, 0.1, shares=[0.5, 0.5])
    0.693
    """
    fits = [
        agreement_half_width(n, agreement=k / 1000, shares=shares, raters=raters, level=level) <= half_width
        for k in range(1000)
    ]
    from_on = len(fits) - len(list(itertools.takewhile(bool, reversed(fits))))
    if from_on == len(fits):
        raise NotComputableError(f"{n:g} items are too few for ± {half_width:g}, whatever the agreement")
    return from_on / 1000


def _agreement_spread(agreement: float, shares: Sequence[float], raters: int) -> float:
    """Standard deviation of an item's contribution to Fleiss' kappa, over all patterns of labels that the model allows."""
    own = np.array(shares, dtype=np.float64)
    if not 0 <= agreement < 1 or raters < 2 or len(own) < 2 or (own <= 0).any() or abs(own.sum() - 1) > 1e-9:
        raise ValueError(
            "agreement is from 0 to less than 1, with two raters or more and two shares or more, above 0, that sum to 1: "
            f"not {agreement}, {raters} and {list(shares)}"
        )
    patterns = list(itertools.combinations_with_replacement(range(len(own)), raters))
    counts = np.stack([np.bincount(pattern, minlength=len(own)) for pattern in patterns]).astype(np.float64)
    ways = np.array([math.factorial(raters) / math.prod(math.factorial(int(one)) for one in row) for row in counts])
    chances = (1 - agreement) * ways * np.prod(own**counts, axis=1) + agreement * ((counts == raters) @ own)
    many = 1e9
    return fleiss_of(counts, chances * many).se * math.sqrt(many)


def _check_rate(rate: float, level: float) -> None:
    if not 0 < rate < 1 or not 0 < level < 1:
        raise ValueError(f"rate and level are between 0 and 1, not {rate} and {level}")


def _least(enough: Callable[[int], bool]) -> int:
    high = 1
    while not enough(high):
        high *= 2
        if high > MOST:
            raise NotComputableError("More than 10^12 items would be needed")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
