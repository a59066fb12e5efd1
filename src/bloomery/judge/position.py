"""What the order of two answers does to a judge's verdict."""

from collections.abc import Sequence

from bloomery.errors import NotComputableError
from bloomery.judge.measured import Number, share_with_interval
from bloomery.stats.proportion import wilson

#: the verdicts of the orders AB and BA, both about the pair's own first answer
Orders = Sequence[tuple[str | None, str | None]]


def consistent(orders: Orders) -> Number:
    """The share of what was compared in both orders that had one verdict, with Wilson's interval."""
    some = [(one, other) for one, other in orders if one is not None and other is not None]
    if not some:
        raise NotComputableError("nothing was compared in both orders")
    same = sum(one == other for one, other in some)
    return Number(same / len(some), wilson(same, len(some)), len(some))


def first_shown(orders: Orders) -> Number:
    """Of what was compared in both orders: how often the answer shown first won, ties as half; 0.5 for a judge without a bias.

    Whichever answer is better was shown first once and second once, so its quality cancels.

    >>> first_shown([("first", "second")] * 3 + [("first", "first")]).value
    0.875
    """
    shares = [
        ({"first": 1.0, "tie": 0.5, "second": 0.0}[one] + {"first": 0.0, "tie": 0.5, "second": 1.0}[other]) / 2
        for one, other in orders
        if one is not None and other is not None
    ]
    if not shares:
        raise NotComputableError("nothing was compared in both orders")
    return share_with_interval(shares)


def direction(shown: Number | None) -> str:
    """What the share of wins of the answer shown first says.

    >>> from bloomery.stats.interval import Interval
    >>> direction(Number(0.7, Interval(0.6, 0.8), 50)), direction(Number(0.55, Interval(0.45, 0.65), 50))
    ('prefers what is shown first', 'no direction can be told')
    """
    if shown is None or shown.interval is None:
        return "unknown"
    low, high = shown.interval
    if low > 0.5:
        return "prefers what is shown first"
    return "prefers what is shown second" if high < 0.5 else "no direction can be told"
