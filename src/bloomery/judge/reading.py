"""What a judge's reply says: values on the rubric's scales, or why it says none.

A reply counts only as what it was asked for: one JSON object with every criterion, whole numbers within their scale, labels as
they are spelled. Of several that fit, the last one counts, since judges show the form before they fill it in. Nothing is
guessed from what else stands there: "4/5", "between 3 and 4" and 4.5 are no values, and the reply is unscored with its text
kept. Reasons are short and stable, to be counted:

    empty               nothing was said
    refused             the judge would not judge
    no_object           no JSON object
    missing_criterion   an object without one of the criteria
    out_of_range        a number off the scale
    not_whole           a number between two steps of the scale
    not_a_number        something else in the place of a number
    not_a_label         none of the labels
    no_verdict          a comparison without a winner in the form asked for
    cut_off             the reply ended before it was whole
    no_answer           there was nothing to judge
    call_…              the call failed: call_timeout, call_http_500, …
"""

from typing import Any, NamedTuple

import polars as pl

from bloomery.judge.rubric import OVERALL, Criterion, Rubric
from bloomery.llm.structured import found
from bloomery.text.refusals import refused

#: an object, whatever is in it
_ANY: dict[str, Any] = {"type": "object"}


class Reading(NamedTuple):
    """What a reply says: `values` or an `error`, never both."""

    values: dict[str, float] | None  #: by criterion, ``overall`` first
    labels: dict[str, str]  #: by criterion that has labels
    reasoning: str | None
    error: str | None
    detail: str | None  #: more about the error


def unread(error: str, detail: str | None = None) -> Reading:
    """A reply without values."""
    return Reading(None, {}, None, error, detail)


def read_scores(text: str, rubric: Rubric) -> Reading:
    """The values of a reply to `rubric`.

    >>> from bloomery.judge.rubric import rubric
    >>> quality = rubric("quality")
    >>> read_scores('{"correctness": 5, "completeness": 4, "clarity": 5, "relevance": 4}', quality).values["overall"]
    4.5
    >>> read_scores('{"correctness": 5, "completeness": 4.5, "clarity": 5, "relevance": 4}', quality).error
    'not_whole'
    """
    if not text.strip():
        return unread("empty")
    told = found(text, rubric.schema_of_reply()).value
    if not isinstance(told, dict):
        told = found(text, _ANY).value
    if not isinstance(told, dict):
        return unread("refused" if is_refusal(text) else "no_object")
    values: dict[str, float] = {}
    labels: dict[str, str] = {}
    for one in rubric.criteria:
        value = _value(told, one)
        if isinstance(value, Reading):
            return value
        values[one.name] = value
        if one.labels is not None:
            labels[one.name] = told[one.name]
    reasons = told.get("reasoning")
    reasoning = reasons if isinstance(reasons, str) else None
    return Reading({OVERALL: rubric.overall(values)} | values, labels, reasoning, None, None)


def is_refusal(text: str) -> bool:
    """Whether a text opens as a refusal does."""
    return bool(refused(pl.Series([text]))[0])


def _value(told: dict[str, Any], one: Criterion) -> float | Reading:
    """The value of a criterion, or why there is none."""
    if one.name not in told:
        return unread("missing_criterion", one.name)
    value = told[one.name]
    if one.labels is not None:
        known = isinstance(value, str) and value in one.labels
        return one.labels[value] if known else unread("not_a_label", f"{one.name}: {value!r:.80}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return unread("not_a_number", f"{one.name}: {value!r:.80}")
    if not one.scale[0] <= value <= one.scale[1]:
        return unread("out_of_range", f"{one.name}: {value!r:.80}")
    if value != int(value):
        return unread("not_whole", f"{one.name}: {value!r:.80}")
    return float(value)
