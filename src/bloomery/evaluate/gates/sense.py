"""Gates that make no sense, told before a model is asked: on the wrong side, never missed, never met, or beside nothing."""

from bloomery.errors import RecipeError
from bloomery.evaluate.gates.expression import Wanted
from bloomery.metrics.base import Corpus, Ends
from bloomery.metrics.names import maker

#: of values of the parts whether more is better; all of them are shares
_RISES = {
    "regression.*": True,
    "regression.min": True,
    "safety.*": True,
    "safety.overall": True,
    "contamination.ratio": False,
    "unscored.rate": False,
    "memorisation.rate": False,
}
#: metrics whose values have no good side of their own, and values likewise
_EITHER = frozenset({"health", "diversity"})
_EITHER_VALUES = ("refused", "support.", "accuracy.majority", "accuracy.prior", "f1.macro.majority")


def check(name: str, wanted: Wanted, level: str) -> None:
    """RecipeError for a gate on the wrong side, one that every value passes (if it is a must), and one that none does."""
    rises, ends = known(name)
    if rises is not None and (wanted.op == ">=") is not rises:
        better = "more" if rises else "less"
        raise RecipeError(
            f"The gate {name} is on the wrong side: of {name.partition('[')[0]} {better} is better",
            expected=f"a threshold such as '{'>=' if rises else '<='} {str(wanted)[3:]}'",
            found=f"'{wanted}', which the worst model would pass",
        )
    worst = name.partition("[")[0]
    if wanted.of is not None and worst.endswith((".min", ".overall")):
        raise RecipeError(
            f"The gate {name} cannot be held against the {wanted.of}: the worst of one model is not the worst of the other",
            expected="a gate for each of them",
            next=f"Write {worst.rpartition('.')[0]}.*: '{wanted}'",
        )
    if wanted.of is None:
        _check_ends(name, wanted, level, ends)


def _check_ends(name: str, wanted: Wanted, level: str, ends: Ends) -> None:
    low, high = ends
    near, far = (low, high) if wanted.op == ">=" else (high, low)
    sign = 1 if wanted.op == ">=" else -1
    percent = f"Write '{wanted.op} {wanted.number:g} %' for {wanted.number / 100:g}" if wanted.number >= 1 else ""
    if near is not None and sign * wanted.number <= sign * near and level == "must":
        raise RecipeError(
            f"The gate {name} can never fail: its value is {_range(ends)}",
            expected="a threshold that a model can miss",
            found=f"'{wanted}'",
            next=percent,
        )
    if far is not None and sign * wanted.number > sign * far:
        raise RecipeError(
            f"The gate {name} can never pass: its value is {_range(ends)}",
            expected="a threshold that a model can reach",
            found=f"'{wanted}'",
            next=percent,
        )


def _range(ends: Ends) -> str:
    low, high = ends
    if low is None or high is None:
        return f"{low:g} at least" if low is not None else f"{high:g} at most"
    return f"between {low:g} and {high:g}"


def known(name: str) -> tuple[bool | None, Ends]:
    """Whether more is better of the value that a gate is about, and its range, as far as the name tells.

    >>> known("task.recall.min"), known("task.unparsed"), known("task.length.words"), known("task.mine")
    ((True, (0.0, 1.0)), (False, (0.0, 1.0)), (None, (None, None)), (None, (None, None)))
    """
    if name in _RISES:
        return _RISES[name], (0.0, 1.0)
    part, _, rest = name.partition(".")
    bare = rest.partition("[")[0]
    metric = maker(bare) if part == "task" else None
    if metric is None or metric.name() in _EITHER or bare.startswith(_EITHER_VALUES):
        return None, (None, None)
    made = metric.how(bare)
    rises = metric.higher_is_better != (bare in metric.contrary)
    return rises, (None, None) if isinstance(made, Corpus) else made.bounds
