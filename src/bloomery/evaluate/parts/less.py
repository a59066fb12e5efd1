"""The part ``less``: would less have done? The base, untrained, on items of the test, in up to three ways.

    zero_shot   asked as the tuned model is: the answers that gates beside `base` are about
    few_shot    with examples from the training files before the item, the same for all items
    retrieved   with the passages of documents, or the training rows, that share most words with the item (`bloomery.text.bm25`)

Each is scored with the metrics of the task, on the same items and from the same rendered prompt as the tuned model, and compared
with it item by item: a way is *not worse* where the interval of the difference, at the recipe's certainty, holds no drop of five
points (of the metric's range). Then a sentence says so: training may not have been worth it. No training row that asks what a
test item asks is shown. With a `teacher`, the share of its value that the tuned model has is told (retention).

What is measured is called ``less.few_shot.accuracy``.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl

from bloomery.errors import NotComputableError, UsageError
from bloomery.evaluate.clusters import clusters_of
from bloomery.evaluate.gates.difference import difference
from bloomery.evaluate.gates.measure import Measure, measures_of
from bloomery.evaluate.options import Compare
from bloomery.evaluate.parts.base import Case, Found, requests_of
from bloomery.evaluate.parts.likelihood import measured
from bloomery.evaluate.parts.retention import Retention
from bloomery.evaluate.parts.sample import said_of, some
from bloomery.evaluate.parts.training import Example, Examples, examples
from bloomery.evaluate.parts.ways import chosen, cut, passages, version, with_examples, with_passages
from bloomery.llm.base import Answer, Model, Request
from bloomery.metrics.base import Metric
from bloomery.metrics.score import Scored, score
from bloomery.metrics.states import answers_of
from bloomery.text.bm25 import Index
from bloomery.text.counted import counted

PART = "less"
#: training rows and passages that are searched, at most
SEARCHED = 20_000
#: passages that are shown
SHOWN = 3
#: the smallest drop that matters, as a part of the metric's range
DROP = float(Compare.model_fields["drop"].default)


class Way(NamedTuple):
    """One way of asking, and what came of it."""

    name: str
    said: str  #: in a sentence: "the base with 5 examples"
    calls: int  #: that were made for this
    measures: tuple[Measure, ...]  #: as of the task: ``task.accuracy``, slices too
    failed: str = ""  #: why there is nothing


def less(case: Case) -> Found:
    """``less.zero_shot.…``, ``less.few_shot.…``, ``less.retrieved.…``, ``less.retention``."""
    options = case.options
    if case.base is None:
        return Found(PART, missing="no base is named: evaluate: {base: NAME}")
    ways, drawn = [_zero_shot(case)], None
    frame = some(case.tests.frame, options.less_items, options.seed)
    if frame.height:
        requests = requests_of(frame, options)
        drawn = _examples(case)
        ways += [
            _asked(case, frame, name, said, case.base, made) for name, said, made in _ways(case, frame, requests, drawn)
        ]
        if teacher := case.models.get(options.teacher or ""):
            ways.append(_asked(case, frame, "teacher", f"the teacher '{teacher.name}'", teacher, lambda: requests))
    if all(way.failed for way in ways):
        return Found(PART, missing=ways[0].failed)
    return _found(case, frame, ways, drawn)


def _zero_shot(case: Case) -> Way:
    """The base's answers to the whole test, which were asked for already."""
    said = "the base as it is"
    if case.base_scored is None or case.base_answers is None:
        return Way("zero_shot", said, 0, (), "it gave no answers that can be scored")
    clusters = clusters_of(case.base_answers, case.options.cluster)
    return Way("zero_shot", said, 0, tuple(measures_of(case.base_scored, case.base_answers, clusters=clusters)))


def _examples(case: Case) -> Examples | None:
    if not case.options.train or not case.options.few_shot:
        return None
    asked = case.tests.frame["prompt"].fill_null("")
    return examples(case.options.train, most=SEARCHED, seed=case.options.seed, without=asked)


def _ways(
    case: Case, frame: pl.DataFrame, requests: Sequence[Request], drawn: Examples | None
) -> list[tuple[str, str, Callable[[], Sequence[Request]]]]:
    """The ways that more is shown in: name, in words, and what makes the requests."""
    options = case.options
    ways: list[tuple[str, str, Callable[[], Sequence[Request]]]] = []
    rows = drawn.rows if drawn else []
    if rows:
        by_label = case.tests.format in ("classification", "pair")
        shown = chosen(rows, options.few_shot, options.seed, by_label=by_label)
        said = f"the base with {counted(len(shown), 'example')}"
        ways.append(("few_shot", said, lambda: [with_examples(one, shown, options) for one in requests]))
    if options.documents:
        ways.append(("retrieved", "the base with passages of documents", lambda: _with_passages(case, frame, requests)))
    elif rows:
        said = f"the base with the {min(len(rows), options.few_shot)} nearest training rows"
        ways.append(("retrieved", said, lambda: _with_nearest(case, frame, requests, rows)))
    return ways


def _with_nearest(
    case: Case, frame: pl.DataFrame, requests: Sequence[Request], rows: Sequence[Example]
) -> list[Request]:
    """The nearest row stands last, right before the item."""
    found = Index(pl.Series([one.prompt for one in rows])).nearest(frame["prompt"], case.options.few_shot)
    shown = [[rows[place] for place in places[::-1] if place >= 0] for places in found.rows.tolist()]
    return [with_examples(one, near, case.options) for one, near in zip(requests, shown, strict=True)]


def _with_passages(case: Case, frame: pl.DataFrame, requests: Sequence[Request]) -> list[Request]:
    texts = passages(case.options.documents, SEARCHED)
    found = Index(pl.Series(texts, dtype=pl.String)).nearest(frame["prompt"], SHOWN)
    shown = [[texts[place] for place in places if place >= 0] for places in found.rows.tolist()]
    return [with_passages(one, near) for one, near in zip(requests, shown, strict=True)]


def _asked(
    case: Case, frame: pl.DataFrame, name: str, said: str, model: Model, made: Callable[[], Sequence[Request]]
) -> Way:
    try:
        requests = [one._replace(item=f"{PART}/{name}/{one.item}") for one in made()]
        answers = case.ask(model, requests)
        measures = _scored(case, _answered(frame, answers))
    except UsageError as error:
        return Way(name, said, 0, (), str(error))
    return Way(name, said, len(requests), measures)


def _answered(frame: pl.DataFrame, answers: Sequence[Answer]) -> pl.DataFrame:
    """The items with what was said, as the task's are; no answer where a call failed."""
    made = frame.with_columns(
        pl.Series("prediction", [cut(one.text) for one in answers], dtype=pl.String),
        pl.Series("call_error", [one.error for one in answers], dtype=pl.String),
        pl.Series("seconds", [one.seconds for one in answers], dtype=pl.Float64),
        pl.Series("prompt_tokens", [one.prompt_tokens for one in answers], dtype=pl.Int64),
        pl.Series("completion_tokens", [one.completion_tokens for one in answers], dtype=pl.Int64),
    )
    return answers_of(made, prompt="prompt")


def _scored(case: Case, frame: pl.DataFrame) -> tuple[Measure, ...]:
    """The task's measures of these answers, by every metric that can score them."""
    found: dict[str, Measure] = {}
    clusters = clusters_of(frame, case.options.cluster)
    for sheet in case.scored.sheets:
        try:
            scored: Scored = score(frame, [sheet.metric], slices=case.options.slices)
        except UsageError:  # it is of the tuned model's answers alone, such as judgements or timings
            continue
        found |= {one.name: one for one in measures_of(scored, frame, clusters=clusters)}
    return tuple(found.values())


def _found(case: Case, frame: pl.DataFrame, ways: Sequence[Way], drawn: Examples | None) -> Found:
    task = {one.name: one for one in measures_of(case.scored, case.answers, clusters=_clusters(case))}
    mains = [f"task.{name}" for sheet in case.scored.sheets for name in mains_of(sheet.metric)]
    measures = [
        replace(one, name=f"{PART}.{way.name}.{one.bare}", called=one.bare)
        for way in ways
        for one in way.measures
        if one.name in mains
    ]
    beside = [line for way in ways for line in _beside(case, way, task, mains)]
    notes = [said for way in ways if way.name != "teacher" and (said := _sentence(way, beside, mains))]
    if kept := _retention(ways, task, mains):
        measures.append(kept)
        notes.append(_kept(kept, case.options.teacher or "", mains[0]))
    sampled = said_of(frame.height, case.tests.frame.height) if len(ways) > 1 else ""
    notes += [f"whether less would have done is told of {sampled}"] if sampled else []
    notes += [f"{way.said} could not be asked: {way.failed}" for way in ways if way.failed]
    told = {
        "items": frame.height,
        "calls": {way.name: way.calls for way in ways},
        "prompts": version(),
        "examples": drawn._replace(rows=[])._asdict() | {"searched": len(drawn.rows)} if drawn else None,
        "table": beside,
    }
    alone = len(ways) == 1 and case.options.less_items > 0
    open_ = ("the base with examples or passages: no training files and no documents are named",) if alone else ()
    return Found(PART, tuple(measures), notes=tuple(notes), told=told, not_measured=open_)


def _clusters(case: Case) -> Any:
    return clusters_of(case.answers, case.options.cluster)


def mains_of(metric: Metric) -> list[str]:
    """The values that a metric is about: what its item scores are called after, and ``f1.macro``."""
    return [name for name in dict.fromkeys([next(iter(metric.names)), "f1.macro"]) if name in metric.names]


def _beside(case: Case, way: Way, task: dict[str, Measure], mains: Sequence[str]) -> list[dict[str, Any]]:
    """A row a main value: this way, the tuned model, their difference and what it says."""
    rows = []
    for one in way.measures:
        if one.name not in mains or one.name not in task:
            continue
        row = {"way": way.name, "said": way.said, "value": one.bare, "is": one.value, "tuned": task[one.name].value}
        row |= {
            "rises": one.rises,
            "n": one.n,
            "unscored": one.unscored,
            "difference": None,
            "low": None,
            "high": None,
            "margin": None,
        }
        rows.append(row | _judged(case, one, task[one.name]))
    return rows


def _judged(case: Case, one: Measure, tuned: Measure) -> dict[str, Any]:
    """The difference to the tuned model on the same items, and whether that is not worse, worse or undecided."""
    if one.value is None or tuned.value is None:
        return {"says": "not computable", "why": one.why or tuned.why}
    certainty = None if case.options.certainty == "none" else float(case.options.certainty)
    margin = _margin(one)
    try:
        found = difference(one, tuned, certainty, case.options.seed)
    except NotComputableError as error:
        return {"says": "not computable", "why": str(error)}
    row = {"difference": found.value, "low": found.low, "high": found.high, "margin": margin, "method": found.method}
    low, high = (found.low, found.high) if one.rises else (_turned(found.high), _turned(found.low))
    if margin is not None and low is not None and low >= -margin:
        return row | {"says": "not worse"}
    return row | {"says": "worse" if high is not None and high < 0 else "undecided"}


def _turned(value: float | None) -> float | None:
    return None if value is None else -value


def _margin(one: Measure) -> float | None:
    """The smallest drop that matters, in units of the value; None where its range has no end."""
    assert one.rows is not None
    low, high = one.made.bounds or one.rows.metric.bounds
    return None if low is None or high is None else DROP * (high - low)


def _sentence(way: Way, beside: Sequence[dict[str, Any]], mains: Sequence[str]) -> str:
    """What must be said of a way, by the first value of the task."""
    row = next((one for one in beside if one["way"] == way.name and f"task.{one['value']}" == mains[0]), None)
    if row is None or row["says"] not in ("not worse", "undecided"):
        return ""
    values = f"{row['value']} {row['is']:.3g}, tuned {row['tuned']:.3g}"
    if row["says"] == "not worse":
        bound = f"at least {row['low']:+.3g}" if row["rises"] else f"at most {row['high']:+.3g}"
        return f"{way.said} is not worse: {values}; difference {row['difference']:+.3g}, {bound}"
    return f"whether {way.said} is worse cannot be told from {row['n']:,} items: {values}"


def _retention(ways: Sequence[Way], task: dict[str, Measure], mains: Sequence[str]) -> Measure | None:
    """The first value of the task as a part of the teacher's."""
    of = next((one for way in ways if way.name == "teacher" for one in way.measures if one.name == mains[0]), None)
    mine = task.get(mains[0])
    if of is None or mine is None:
        return None
    both = _each(mine).join(_each(of), on="item", suffix="_theirs").drop_nulls()
    frame = both.select(
        "item",
        pl.lit("").alias("prediction"),
        pl.lit("answered").alias("state"),
        pl.col("each").alias("mine"),
        pl.col("each_theirs").alias("theirs"),
    )
    if not both.height:
        value = mine.value / of.value if mine.value is not None and of.value else None
        return Measure(f"{PART}.retention", value, n=of.n, why="" if value is not None else "the teacher has no value")
    return replace(measured(f"{PART}.retention", frame, Retention(), "retention"), rises=mine.rises)


def _each(one: Measure) -> pl.DataFrame:
    """The number of each item, where the value is a mean of such."""
    assert one.rows is not None
    sheet = one.rows.sheet
    found = sheet.metric.each(sheet.items, one.bare) if sheet.items.height else None
    if found is None:
        return pl.DataFrame(schema={"item": pl.String(), "each": pl.Float64()})
    return pl.DataFrame({"item": one.rows.item.filter(pl.Series(sheet.place >= 0)), "each": found})


def _kept(kept: Measure, teacher: str, main: str) -> str:
    value = "unknown" if kept.value is None else f"{100 * kept.value:.0f} %"
    return f"of the {main.removeprefix('task.')} of its teacher '{teacher}' the tuned model has {value}"
