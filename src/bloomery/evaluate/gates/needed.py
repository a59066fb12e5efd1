"""How many items would decide a gate, if the values stay what they are.

A share without clusters: the smallest n at which Wilson's bound is on the right side, which has a closed form, since the bound is
where a score test just does not reject: n > z² t(1 − t) / (p − t)² for the share p and the threshold t; for a share of 0 or 1 the
exact bound, n ≥ ln(1 − c) / ln(1 − |p − t|). Other bounds come nearer with the root of n: n ((p − bound) / (p − t))².
"""

from math import ceil, floor, log

from bloomery.evaluate.gates.bounds import Bounds, two_sided
from bloomery.stats.checked import normal_quantile


def needed(found: Bounds, limit: float, certainty: float, *, rises: bool) -> int | None:
    """Items with a score that would decide; None where no number does (the value is the threshold) or none can be told.

    Of the worst of several, the items in the category that needs most.
    """
    gap = abs(found.value - limit)
    if not gap:
        return None
    if found.members:
        good = found.value >= limit if rises else found.value <= limit
        members = found.members if good else [one for one in found.members if one.value == found.value]
        of = [
            needed(one, limit, certainty if good else 1 - (1 - certainty) / len(found.members), rises=rises)
            for one in members
        ]
        return max(one for one in of if one is not None) if any(one is not None for one in of) else None
    if found.share:
        return of_share(found.value, limit, certainty)
    bound = found.alone[0] if found.value > limit else found.alone[1]
    if bound is None or not found.n:
        return None
    return ceil(found.n * ((found.value - bound) / gap) ** 2)


def of_share(share: float, limit: float, certainty: float) -> int | None:
    """Items at which a share's one-sided bound reaches the limit; None where they are the same.

    >>> of_share(0.9, 0.85, 0.95)  # 1.645² · .85 · .15 / .05²
    138
    >>> of_share(0.0, 0.01, 0.95), of_share(1.0, 0.95, 0.95), of_share(0.5, 0.5, 0.95)  # ln .05 / ln .99, ln .05 / ln .95
    (299, 59, None)
    """
    gap = abs(share - limit)
    if not gap or not 0 < limit < 1:
        return None
    if share in (0.0, 1.0):
        return ceil(log(1 - certainty) / log(1 - gap) - 1e-9) if gap < 1 else 1
    z = normal_quantile(two_sided(certainty))
    return floor(z * z * limit * (1 - limit) / gap**2) + 1
