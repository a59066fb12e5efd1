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
from bloomery.evaluate.planned import Design, Planned, at_independence
from bloomery.evaluate.share_of import check_shares
from bloomery.metrics.base import Corpus, Metric, Share
from bloomery.metrics.names import METRICS, maker
from bloomery.schema import checked_options
from bloomery.stats import designs
from bloomery.stats.power import detectable_effect, sample_size

WAYS = {
    "paired": "both answer the same items",
    "unpaired": "each answers items of its own, so many each",
    "non-inferiority": "paired, to show that there is no such {}",
}


def plan(**options: Any) -> Planned:
    """Sizes for each way, and with ``n`` the smallest drop that so many items show.

    Where less is better (``missing``, ``refused``), the drop is a rise. `options` are those of `bloomery.evaluate.options.Plan`.
    Raises RecipeError for what does not fit together: a drop below 0 or a rise above 1, a discordance that the two values do not
    allow, a metric that cannot be planned for.
    """
    check_shares(options, ("baseline", "drop", "discordance"))
    asked = checked_options(Plan, options)
    metric, value = _metric(plain(asked.metric))
    rises = metric.higher_is_better == (value in metric.contrary)
    to = asked.baseline + (asked.drop if rises else -asked.drop)
    _check(asked, to, rises)
    discordance = asked.discordance or max(designs.independent_discordance(asked.baseline, to), asked.drop)
    ways = _designs(asked, discordance)
    planned = tuple(_design(name, way, asked, rises) for name, way in ways.items())
    remarks = _remarks(metric, value, asked, rises)
    if asked.discordance is None:
        remarks += at_independence(discordance, planned)
    return Planned(asked, discordance, planned, tuple(remarks), to)


def _designs(asked: Plan, discordance: float) -> dict[str, designs.Design]:
    pairs = designs.PairedProportions(discordance)
    return {
        "paired": pairs,
        "unpaired": designs.TwoProportions(asked.baseline),
        "non-inferiority": designs.NonInferiority(pairs),
    }


def _design(name: str, way: designs.Design, asked: Plan, rises: bool) -> Design:
    direction = 1 if rises else -1
    smallest = None if asked.n is None else _smallest(way, asked, direction)
    return Design(name, WAYS[name].format(_change(rises)), _size(way, asked, direction), smallest)


def _change(rises: bool) -> str:
    """What would be worse."""
    return "rise" if rises else "drop"


def _alpha(way: designs.Design, asked: Plan) -> float:
    """Non-inferiority is one-sided: with half of alpha it is what `bloomery compare` reads off its two-sided interval."""
    return asked.alpha / 2 if isinstance(way, designs.NonInferiority) else asked.alpha


def _size(way: designs.Design, asked: Plan, direction: int) -> int | None:
    try:
        return sample_size(way, direction * asked.drop, power=asked.power, alpha=_alpha(way, asked))
    except NotComputableError:
        return None


def _smallest(way: designs.Design, asked: Plan, direction: int) -> float | None:
    """None where it would be wider than the value can change from the baseline."""
    try:
        found = detectable_effect(way, asked.n or 1, power=asked.power, alpha=_alpha(way, asked), direction=direction)
    except NotComputableError:
        return None
    return abs(found) if 0 <= asked.baseline + direction * abs(found) <= 1 else None


def _check(asked: Plan, to: float, rises: bool) -> None:
    """RecipeError for what does not fit together; `to` is where the value would go."""
    if not 0 <= to <= 1:
        end, most = ("above 1", "1 minus the baseline") if rises else ("below 0", "the baseline")
        raise RecipeError(
            f"A {_change(rises)} by {three(asked.drop)} from {three(asked.baseline)} would be {end}",
            expected=f"a {_change(rises)} of at most {most}",
            next="--drop is in points: 0.05 is from 0.85 to 0.80",
        )
    if asked.discordance is not None and asked.discordance < asked.drop:
        raise RecipeError(
            f"Models that differ on {three(asked.discordance)} of the items cannot differ by {three(asked.drop)}",
            expected="a discordance of at least the drop",
        )
    most_apart = min(asked.baseline + to, 2 - asked.baseline - to)
    if asked.discordance is not None and asked.discordance > most_apart + 1e-9:
        raise RecipeError(
            f"Models with {three(asked.baseline)} and {three(to)} cannot differ on {three(asked.discordance)} of the items",
            expected=f"a discordance of at most {three(most_apart)}, where no item is right (or wrong) in both",
        )
    if asked.power <= asked.alpha:
        raise RecipeError("The power must be more than alpha", found=f"{asked.power} and {asked.alpha}")


def _metric(name: str) -> tuple[type[Metric], str]:
    """The metric and its value of this name; RecipeError for one without a formula."""
    metric = METRICS.get(name) or maker(name)
    if not metric:
        raise RecipeError(
            f"No metric makes a value called {name}",
            expected="a share, or a mean of scores between 0 and 1: " + ", ".join(_planned()),
            next=did_you_mean_one(name, [*sorted(whole_names()), *METRICS], "See docs/metrics.md for all names"),
        )
    value = next(iter(metric.names)) if name in METRICS else name
    made = metric.how(value)
    if isinstance(made, Corpus) or made.bounds != (0.0, 1.0):
        raise RecipeError(
            f"The size for {value} has no formula",
            expected="a share, or a mean of scores between 0 and 1: " + ", ".join(_planned()),
            next="Compare two runs with bloomery compare: it says from their differences how many items would be needed",
        )
    return metric, value


def _remarks(metric: type[Metric], value: str, asked: Plan, rises: bool) -> list[str]:
    """What must be said."""
    said = [f"less of {value} is better, so --drop is taken for a rise"] * rises
    if not isinstance(metric.how(value), Share):
        said.append(f"{value} is taken for a share of items; scores between 0 and 1 vary less, so fewer items may do")
    if asked.discordance is None:
        said.append(
            "how often the two models differ is not known; they are taken to err independently, which asks for more items"
        )
    return said


def _planned() -> list[str]:
    return sorted(
        one
        for metric in METRICS.values()
        for one, how in metric.made.items()
        if not isinstance(how, Corpus) and how.bounds == (0.0, 1.0) and "<" not in one
    )
