"""Names that a mistyped metric or value was probably meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches

from bloomery.evaluate.lines import whole_names
from bloomery.metrics.names import METRICS, metric_of

_MOST = 4


def near(name: str, known: Iterable[str]) -> list[str]:
    """Those of `known` that begin with `name` and a dot, have it as a part, or are spelt nearly so; the best ones first.

    >>> near("f1", ["f1.macro", "f1.micro", "set_f1.mean", "mcc"]), near("acuracy", ["accuracy", "mcc"]), near("zzz", ["mcc"])
    (['f1.macro', 'f1.micro', 'set_f1.mean'], ['accuracy'], [])
    """
    folded = {one.casefold(): one for one in known}
    low = name.casefold()
    begin = [one for one in folded if one.startswith(f"{low}.")]
    part = [one for one in folded if low in one.replace("_", ".").split(".")]
    found = dict.fromkeys([*begin, *part, *get_close_matches(low, folded, n=_MOST, cutoff=0.7)])
    return [folded[one] for one in list(found)[:_MOST]]


def did_you_mean_one(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A question with the near names; `otherwise` where there are none.

    >>> did_you_mean_one("f1", ["f1.macro", "f1.micro", "mcc"])
    "Did you mean 'f1.macro' or 'f1.micro'?"
    """
    found = [f"'{one}'" for one in near(name, known)]
    named = " or ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
    return f"Did you mean {named}?" if found else otherwise


def metric_meant(name: str) -> str:
    """What to do about a `name` that is no metric: it is a value, or nearly the name of a metric or a value.

    >>> metric_meant("f1.macro")
    "'f1.macro' is a value; the metric that makes it is 'classification'"
    >>> metric_meant("acuracy")
    "Did you mean the value 'accuracy'? The metric that makes it is 'classification'"
    """
    values = {value: made_by for value in sorted(whole_names()) if (made_by := metric_of(f"task.{value}"))}
    if name in values:
        return f"'{name}' is a value; the metric that makes it is '{values[name]}'"
    close = near(name, METRICS), near(name, values)
    if close[0] or not close[1]:
        return did_you_mean_one(name, METRICS)
    makers = list(dict.fromkeys(f"'{values[one]}'" for one in close[1]))
    made = (
        f"metric that makes it is {makers[0]}"
        if len(makers) == 1
        else f"metrics that make them are {', '.join(makers)}"
    )
    return (
        did_you_mean_one(name, values).replace("mean '", f"mean the value{'s' * (len(close[1]) > 1)} '", 1)
        + f" The {made}"
    )
