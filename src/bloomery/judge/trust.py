"""``judge.trust``: one number that says how far a judge may stand in for people, or that nobody knows.

    trust = min(1, L / C)

L is the lower end of the 95 % interval of the judge's agreement with people, C how often people agree with each other on the same
items (the ceiling). Where no item was labelled by two people the ceiling is unknown and taken as 1, which is the strictest it
can be. Trust is 0 where a canary won. It is *unknown*, and satisfies no gate, where the judge was never put beside people or
no canary was judged.
"""

from typing import NamedTuple

from bloomery.stats.interval import Interval


class Trust(NamedTuple):
    """How far a judge may be trusted."""

    value: float | None  #: in 0..1; None: unknown
    why: str

    def satisfies(self, least: float) -> bool:
        """Whether a gate that demands `least` is satisfied; never by an unknown trust."""
        return self.value is not None and self.value >= least


def trust(agreement: Interval | None, ceiling: float | None, canary_won: bool | None, canaries: str = "") -> Trust:
    """The trust in a judge, and why it is that; `canaries` says which of them won or are unknown.

    >>> trust(Interval(0.72, 0.85), 0.9, False)
    Trust(value=0.8, why='at least 72.0 % agreement with people, who agree with each other at 90.0 %')
    >>> trust(Interval(0.95, 0.99), 0.9, True).value, trust(None, None, False).value, trust(Interval(0.9, 1), 1, None).value
    (0.0, None, None)
    """
    if canary_won:
        return Trust(0.0, f"a canary won: {canaries or 'the judge can be had for nothing'}")
    if agreement is None:
        return Trust(None, "unknown: no item has a label of the judge and of people")
    if canary_won is None:
        return Trust(None, f"unknown: {canaries or 'no canary was judged'}")
    if ceiling is not None and ceiling <= 0:
        return Trust(None, "unknown: people never agree with each other on these items")
    value = min(1.0, max(0.0, agreement.low) / (1.0 if ceiling is None else ceiling))
    people = (
        "nobody knows how far people agree, so 100 % is asked for"
        if ceiling is None
        else (f"who agree with each other at {100 * ceiling:.1f} %")
    )
    return Trust(round(value, 12), f"at least {100 * agreement.low:.1f} % agreement with people, {people}")


#: of a judge that was never calibrated
UNCALIBRATED = trust(None, None, False)
