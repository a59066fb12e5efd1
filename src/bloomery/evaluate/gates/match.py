"""Which measured values a gate is about.

task.accuracy            that value
task.recall.min          the worst class
task.recall.*            each class, a gate each
task.accuracy[lang=de]   the items whose column lang is de; [no lang]: those without one
task.accuracy[lang=*]    each value of lang, those without one as well
"""

from collections.abc import Mapping

from bloomery.evaluate.gates.measure import MIN, Measure, minimum

#: what the last word of a name says where a ``*`` does not stand for it
_NOT_ONE = frozenset({"min", "overall", "macro", "micro", "weighted"})


def fitting(wanted: str, measures: Mapping[str, Measure]) -> list[Measure]:
    """The measures that a gate's name is about, in their order; none where nothing fits."""
    if "*" not in wanted:
        return [one for one in [_named(wanted, measures)] if one is not None]
    body, bracket, rest = wanted.partition("[")
    if bracket and rest.endswith("=*]") and body.endswith(MIN):
        endings = dict.fromkeys(one.slice for one in measures.values() if one.slice and one.column == rest[:-3])
        found = [_named(body + ending, measures) for ending in endings]
        return [one for one in found if one is not None]
    return [one for one in measures.values() if fits(wanted, one)]


def _named(name: str, measures: Mapping[str, Measure]) -> Measure | None:
    found = measures.get(name)
    if found is None or (name.partition("[")[0].endswith(MIN) and found.is_class and found.rows is not None):
        return minimum(name, measures) or found  # a class that is called min is not the worst of them
    return found


def fits(wanted: str, measure: Measure) -> bool:
    """Whether a measure is one that a name with ``*`` is about.

    >>> fits("regression.*", Measure("regression.reasoning", 0.9)), fits("regression.*", Measure("regression.min", 0.9))
    (True, False)
    >>> fits("task.accuracy[lang=*]", Measure("task.accuracy[lang=de]", 0.9, column="lang", of="de"))
    True
    """
    body, bracket, rest = wanted.partition("[")
    if bracket and rest.endswith("=*]"):
        if not measure.slice or measure.column != rest[:-3]:
            return False
    elif measure.slice != bracket + rest:
        return False
    if "*" not in body:
        return measure.whole == body
    before, _, after = body.partition("*")
    name = measure.whole
    inside = name[len(before) : len(name) - len(after)]
    return name.startswith(before) and name.endswith(after) and bool(inside) and _is_one(measure)


def _is_one(measure: Measure) -> bool:
    """Whether it stands for itself, and is no minimum and no average of others."""
    if measure.how == "least":
        return False
    return measure.is_class or measure.whole.rpartition(".")[2] not in _NOT_ONE


def of_task(measures: Mapping[str, Measure]) -> list[str]:
    """The values of the task that a gate could be about: of the whole test, and of no single class."""
    found = [one for one in measures.values() if one.part == "task" and not one.slice and one.value is not None]
    return [one.name for one in found if not one.is_class and one.bare not in ("missing", "empty", "refused")]
