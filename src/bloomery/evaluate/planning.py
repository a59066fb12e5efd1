"""How many items a comparison needs, before anything is trained.

Three ways to compare a new model with the one that one has, at the same drop δ:

    paired           both answer the same items; ψ, the share on which they differ, decides (McNemar's test, Connor 1987)
    unpaired         each answers items of its own (two proportions, Fleiss, Levin and Paik 2003)
    non-inferiority  to show that the new one is *not* worse by δ or more, where it is as good (Blackwelder 1982)

The formulas are those of `bloomery.stats.designs`. They are for shares of items (accuracy, exact match). A mean of scores
between 0 and 1 varies at most as much as a share with that mean (its variance is at most p(1 − p)), so the sizes hold for it too,
on the safe side. For a value of the whole test, such as macro F1, there is no formula: compare two runs, and read what
`bloomery compare` says about the items needed.
"""

from typing import Any

from bloomery.errors import NotComputableError, RecipeError
from bloomery.evaluate.lines import plain, three, whole_names
from bloomery.evaluate.near import did_you_mean_one
from bloomery.evaluate.options import Plan
from bloomery.evaluate.planned import Design, Planned
from bloomery.metrics.names import METRICS, metric_of
from bloomery.schema import checked_options
from bloomery.stats import designs
from bloomery.stats.power import detectable_effect, sample_size

WAYS = {
    "paired": "both answer the same items",
    "unpaired": "each answers items of its own, so many each",
    "non-inferiority": "paired, to show that there is no such drop",
}


def plan(**options: Any) -> Planned:
    """Sizes for each way, and with ``n`` the smallest drop that so many items show.

    `options` are those of `bloomery.evaluate.options.Plan`. Raises RecipeError for what does not fit together: a drop below 0, a
    discordance smaller than the drop, a metric that cannot be planned for.
    """
    _check_shares(options)
    asked = checked_options(Plan, options)
    remarks = _checked(asked)
    discordance = asked.discordance or max(
        designs.independent_discordance(asked.baseline, asked.baseline - asked.drop), asked.drop
    )
    ways = _designs(asked, discordance)
    return Planned(asked, discordance, tuple(_design(name, way, asked) for name, way in ways.items()), tuple(remarks))


def _designs(asked: Plan, discordance: float) -> dict[str, designs.Design]:
    pairs = designs.PairedProportions(discordance)
    return {
        "paired": pairs,
        "unpaired": designs.TwoProportions(asked.baseline),
        "non-inferiority": designs.NonInferiority(pairs),
    }


def _design(name: str, way: designs.Design, asked: Plan) -> Design:
    size = _size(way, asked)
    return Design(name, WAYS[name], size, None if asked.n is None else _smallest(way, asked))


def _alpha(way: designs.Design, asked: Plan) -> float:
    """Non-inferiority is one-sided: with half of alpha it is what `bloomery compare` reads off its two-sided interval."""
    return asked.alpha / 2 if isinstance(way, designs.NonInferiority) else asked.alpha


def _size(way: designs.Design, asked: Plan) -> int | None:
    try:
        return sample_size(way, -asked.drop, power=asked.power, alpha=_alpha(way, asked))
    except NotComputableError:
        return None


def _smallest(way: designs.Design, asked: Plan) -> float | None:
    try:
        return abs(detectable_effect(way, asked.n or 1, power=asked.power, alpha=_alpha(way, asked), direction=-1))
    except NotComputableError:
        return None


def _check_shares(options: dict[str, Any]) -> None:
    """RecipeError for a share that was given in per cent."""
    for name in ("baseline", "drop", "discordance"):
        value = options.get(name)
        if isinstance(value, int | float) and 1 < value <= 100:
            raise RecipeError(
                f"{name} is a share",
                expected="a number between 0 and 1",
                found=f"{value:g}",
                next=f"If {value:g} % is meant, say --{name} {value / 100:g}",
            )


def _checked(asked: Plan) -> list[str]:
    """What must be said; RecipeError for what cannot be planned."""
    if asked.drop > asked.baseline:
        raise RecipeError(
            f"A drop by {three(asked.drop)} from {three(asked.baseline)} would be below 0",
            expected="a drop of at most the baseline",
            next="--drop is in points: 0.05 is from 0.85 to 0.80",
        )
    if asked.discordance is not None and asked.discordance < asked.drop:
        raise RecipeError(
            f"Models that differ on {three(asked.discordance)} of the items cannot differ by {three(asked.drop)}",
            expected="a discordance of at least the drop",
        )
    if asked.power <= asked.alpha:
        raise RecipeError("The power must be more than alpha", found=f"{asked.power} and {asked.alpha}")
    return _of_metric(plain(asked.metric)) + (
        []
        if asked.discordance is not None
        else [
            "how often the two models differ is not known; they are taken to err independently, which asks for more items"
        ]
    )


def _of_metric(name: str) -> list[str]:
    """What must be said about a metric; RecipeError for one without a formula."""
    made_by = name if name in METRICS else metric_of(f"task.{name}")
    if not made_by:
        raise RecipeError(
            f"No metric makes a value called {name}",
            expected="a share, or a mean of scores between 0 and 1: " + ", ".join(_planned()),
            next=did_you_mean_one(name, [*sorted(whole_names()), *METRICS], "See docs/metrics.md for all names"),
        )
    metric = METRICS[made_by]
    value = next(iter(metric.names)) if name in METRICS else name
    if value not in metric.means or metric.bounds != (0.0, 1.0):
        raise RecipeError(
            f"The size for {value} has no formula",
            expected="a share, or a mean of scores between 0 and 1: " + ", ".join(_planned()),
            next="Compare two runs with bloomery compare: it says from their differences how many items would be needed",
        )
    if value in SHARES_OF_ITEMS:
        return []
    return [f"{value} is taken for a share of items; scores between 0 and 1 vary less, so fewer items may do"]


def _planned() -> list[str]:
    return sorted(one for other in METRICS.values() if other.bounds == (0.0, 1.0) for one in other.means)


#: means whose scores are 0 or 1
SHARES_OF_ITEMS = frozenset({"accuracy", "exact_match", "numeric_exact_match", "set_exact_match"})
