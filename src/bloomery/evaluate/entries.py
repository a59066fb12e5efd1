"""From what a recipe or a flag says to metrics: names, or one-key maps from name to options."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from bloomery.errors import RecipeError
from bloomery.evaluate.near import metric_meant
from bloomery.metrics.base import Metric
from bloomery.metrics.names import METRICS
from bloomery.schema import complaints, without_references

#: a name, a one-key map from name to options, or a metric as it is
Entry = str | dict[str, Any] | Metric


def entries_schema() -> dict[str, Any]:
    """The JSON schema of a list of metrics."""
    one_of: list[dict[str, Any]] = [{"enum": list(METRICS), "description": "a metric with its defaults"}]
    for name, metric in METRICS.items():
        options = without_references(metric.model_json_schema()) | {
            "description": (metric.__doc__ or "").split("\n")[0]
        }
        one_of.append(
            {"type": "object", "properties": {name: options}, "required": [name], "additionalProperties": False}
        )
    return {"type": "array", "items": {"anyOf": one_of}}


def build(entries: Sequence[Entry]) -> list[Metric]:
    """The metrics; RecipeError for a name that is none, for options that do not fit, and for one that stands twice.

    >>> [metric.name() for metric in build(["exact_match", {"classification": {"labels": ["yes", "no"]}}])]
    ['exact_match', 'classification']
    """
    metrics = [entry if isinstance(entry, Metric) else _built(entry) for entry in entries]
    names = [metric.name() for metric in metrics]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise RecipeError(f"The metric {twice} is asked for twice", expected="each once", next="Leave one of them out")
    return metrics


def entries_of(metrics: Sequence[Metric]) -> tuple[Entry, ...]:
    """What `build` makes these metrics of, every name spelled alike; a metric that is none of ours stays as it is.

    >>> entries_of(build(["exact_match"])) == entries_of(build([{"exact_match": None}]))
    True
    """
    return tuple(
        {one.name(): one.model_dump(mode="json", exclude_defaults=True)}
        if METRICS.get(one.name()) is type(one)
        else one
        for one in metrics
    )


def _built(entry: Any) -> Metric:
    if isinstance(entry, dict) and len(entry) == 1:
        ((name, options),) = entry.items()
    else:
        name, options = entry, {}
    if not isinstance(name, str) or not isinstance(options or {}, dict):
        raise RecipeError(
            "A metric cannot be told", expected="a name, or {name: {option: value}}", found=json.dumps(entry)[:80]
        )
    if name not in METRICS:
        raise _unknown(name)
    try:
        return METRICS[name](**(options or {}))
    except ValidationError as error:
        raise RecipeError(
            f"The metric {name} cannot be used so",
            expected=f"options among {', '.join(METRICS[name].model_fields) or 'none'}",
            found=complaints(error, known=lambda _: METRICS[name].model_fields),
        ) from None


def _unknown(name: str) -> RecipeError:
    return RecipeError(
        f"There is no metric '{name}'",
        expected=f"one of {', '.join(METRICS)}",
        next=metric_meant(name),
    )
