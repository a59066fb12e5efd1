"""Answers and metrics in, scores out: an item each, over all of them, and by slice.

Of each value there are two: over every row that has an answer (empty, refused and unparsed ones are answers, mostly wrong ones)
and over those of state ``answered`` alone, so that a reader sees what refusals cost. Answers that are missing are in neither;
``low`` and ``high`` say what a value would be if all missing answers had been the worst or the best, where this can be said
(`Metric.between`). A gate should look at ``low``, and at the shares of the states, which are values themselves.

Everything is computed from the answers alone, in any order of rows, and nothing is appended to: the same answers give the
same tables. `together` puts new scores in the place of old ones.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.errors import BloomeryError, RecipeError
from bloomery.metrics.base import STATES, Metric
from bloomery.metrics.shares import SHARES
from bloomery.metrics.slices import Slice, Wanted, slices_of
from bloomery.metrics.states import answers_of

#: what every metric, judge and person writes: one row an item × metric; ``error`` says why there is no value
SCORES_SCHEMA = pl.Schema(
    {
        "run": pl.String(),
        "item": pl.String(),
        "metric": pl.String(),
        "value": pl.Float64(),
        "error": pl.String(),
        "rater": pl.String(),
        "version": pl.String(),
    }
)
#: what makes a score the same one when it is made again
SCORE_KEY = ("run", "item", "metric", "rater")

#: one row a value × slice. ``slice`` and ``of`` are null for the whole test set; ``n`` counts its rows, and the states add up
#: to it; ``value`` is over all rows with an answer, ``answered_value`` over the answered ones alone
VALUES_SCHEMA = pl.Schema(
    {
        "metric": pl.String(),
        "slice": pl.String(),
        "of": pl.String(),
        "n": pl.UInt32(),
        **{state: pl.UInt32() for state in STATES},
        "value": pl.Float64(),
        "answered_value": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "error": pl.String(),
    }
)


class Scored(NamedTuple):
    """What scoring gives."""

    scores: pl.DataFrame  #: SCORES_SCHEMA
    values: pl.DataFrame  #: VALUES_SCHEMA, the whole test set first, then the worst slice first
    remarks: tuple[str, ...]  #: what a reader must know, such as where labels came from
    sheets: tuple["Sheet", ...]  #: what each metric made of the answers


def score(
    answers: pl.DataFrame,
    metrics: Sequence[Metric],
    *,
    slices: Wanted = (),
    run: str = "",
    group: str = "task",
    rater: str = "bloomery",
    prompt: str | None = None,
) -> Scored:
    """Score `answers` (`bloomery.metrics.base`; states are told where there are none) with each of `metrics`.

    `slices` are columns, or for each column the values that must be there. `group` is what stands before the names
    (``task.accuracy``); `prompt` names the column of prompts, which tell asked-for apologies from refusals.

    Raises DataError for a test set or slice without rows and for items that stand twice, RecipeError where two metrics make
    a value of the same name.
    """
    answers = answers_of(answers, prompt=prompt)
    parts = slices_of(answers, slices)
    scores: list[pl.DataFrame] = []
    remarks: list[str] = []
    sheets: list[Sheet] = []
    values = list(_shares(answers["state"], parts))
    rises = dict.fromkeys(SHARES, False)
    for metric in metrics:
        metric.check(answers, run)
        remarks += metric.remarks(answers)
        ready = metric.prepared(answers)
        sheet = sheet_of(answers, ready)
        sheets.append(sheet)
        scores.append(_scores(answers["item"], sheet, ready))
        made = [line for part in parts for line in _values(answers, sheet, part, ready)]
        names = dict.fromkeys(str(line["metric"]) for line in made)
        _check_names(names, rises, metric)
        rises |= {name: metric.higher_is_better != (name in metric.contrary) for name in names}
        values += made
    named = pl.lit(f"{group}." if group else "") + pl.col("metric")
    return Scored(
        pl.concat([SCORES_SCHEMA.to_frame(), *scores])
        .with_columns(metric=named, run=pl.lit(run), rater=pl.lit(rater))
        .select(*SCORES_SCHEMA),
        _worst_first(pl.DataFrame(values, schema=VALUES_SCHEMA), rises).with_columns(metric=named),
        tuple(dict.fromkeys(remarks)),
        tuple(sheets),
    )


def values_over(
    scored: Scored, answers: pl.DataFrame, rows: npt.NDArray[np.int64], group: str = "task"
) -> pl.DataFrame:
    """The values of scored `answers` over some of their rows, one at least, as if these were the test (VALUES_SCHEMA)."""
    some = Slice(None, None, rows)
    values = list(_shares(answers["state"], [some]))
    values += [line for sheet in scored.sheets for line in _values(answers, sheet, some, sheet.metric)]
    named = pl.lit(f"{group}." if group else "") + pl.col("metric")
    return pl.DataFrame(values, schema=VALUES_SCHEMA).with_columns(metric=named)


def together(before: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Scores of two runs of the same thing: `new` rows, after those of `before` that they do not replace (`SCORE_KEY`)."""
    kept = before.join(new, on=SCORE_KEY, how="anti", nulls_equal=True, maintain_order="left")
    return pl.concat([kept, new])


class Sheet(NamedTuple):
    """What a metric made of the answers."""

    metric: Metric  #: prepared
    items: pl.DataFrame  #: of the rows with an answer
    place: npt.NDArray[np.int64]  #: for each row of the answers its place in `items`; −1 for missing ones
    state: npt.NDArray[np.int64]  #: for each row of the answers its state, as an index into STATES


def sheet_of(answers: pl.DataFrame, metric: Metric) -> Sheet:
    """What `metric`, prepared, makes of `answers`."""
    state = answers["state"].replace_strict(STATES, range(len(STATES)), return_dtype=pl.Int64).to_numpy().copy()
    there = state != STATES.index("missing")
    place = np.where(there, np.cumsum(there) - 1, -1)
    asked = answers if there.all() else answers.filter(pl.Series(there))
    items = metric.items(asked) if len(asked) else pl.DataFrame({"score": pl.Series([], dtype=pl.Float64)})
    if len(items) != len(asked):
        raise BloomeryError(f"The metric {metric.name()} gave {len(items):,} rows for {len(asked):,} answers")
    if items["score"].is_nan().any():
        raise BloomeryError(f"The metric {metric.name()} gave nan as the score of an item; without a value it is null")
    if "unparsed" in items.columns:
        rows = np.flatnonzero(there)[items["unparsed"].fill_null(False).to_numpy()]
        state[rows[state[rows] == STATES.index("answered")]] = STATES.index("unparsed")
    return Sheet(metric, items, place, state)


def _scores(item: pl.Series, sheet: Sheet, metric: Metric) -> pl.DataFrame:
    """The rows of the scores table."""
    there = pl.Series(sheet.place >= 0)
    value = sheet.items["score"].extend_constant(None, 1).gather(np.where(there, sheet.place, len(sheet.items)))
    why = pl.when(~there).then(pl.lit("no answer")).when(value.is_null()).then(pl.lit("no value for this answer"))
    return pl.DataFrame({"item": item, "value": value}).select(
        pl.lit(None, pl.String).alias("run"),
        "item",
        pl.lit(next(iter(metric.names))).alias("metric"),
        "value",
        why.otherwise(None).alias("error"),
        pl.lit(None, pl.String).alias("rater"),
        pl.lit(metric.version()).alias("version"),
    )


def _values(answers: pl.DataFrame, sheet: Sheet, part: Slice, metric: Metric) -> Iterator[dict[str, object]]:
    """The rows of the values table for one slice."""
    state = sheet.state[part.rows]
    counts = np.bincount(state, minlength=len(STATES)).tolist()
    missing = part.rows[state == STATES.index("missing")]
    asked = sheet.place[part.rows[state != STATES.index("missing")]]
    answered = sheet.place[part.rows[state == STATES.index("answered")]]
    known = _total(sheet.items, asked, metric)
    without = known if len(answered) == len(asked) else _total(sheet.items, answered, metric)
    shared = {"slice": part.column, "of": part.value, "n": len(part.rows), **dict(zip(STATES, counts, strict=True))}
    ends = metric.between(sheet.items[asked], answers[missing]) if len(missing) else {}
    for name in dict.fromkeys([*known, *without, *ends]) or (next(iter(metric.names)),):
        value = known.get(name)
        low, high = ends.get(name, (None, None)) if len(missing) else (value, value)
        error = None if value is not None else "no answer" if not len(asked) else "not defined for these answers"
        yield {
            "metric": name,
            **shared,
            "value": value,
            "answered_value": without.get(name),
            "low": low,
            "high": high,
            "error": error,
        }


def _total(items: pl.DataFrame, rows: npt.NDArray[np.int64], metric: Metric) -> dict[str, float | None]:
    if not len(rows):
        return {}
    total = metric.total(items if len(rows) == len(items) else items[rows])
    wrong = [name for name, value in total.items() if value is not None and np.isnan(value)]
    if wrong:
        raise BloomeryError(f"The metric {metric.name()} gave nan for {', '.join(wrong)}; what is undefined is null")
    return total


def _shares(state: pl.Series, parts: Sequence[Slice]) -> Iterator[dict[str, object]]:
    """The shares of states, as values."""
    code = state.replace_strict(STATES, range(len(STATES)), return_dtype=pl.Int64).to_numpy()
    for part in parts:
        n = len(part.rows)
        counts = dict(zip(STATES, np.bincount(code[part.rows], minlength=len(STATES)).tolist(), strict=True))
        for name in SHARES:
            value = counts[name] / n
            yield {
                "metric": name, "slice": part.column, "of": part.value, "n": n, **counts,
                "value": value, "answered_value": None, "low": value, "high": value, "error": None,
            }  # fmt: skip


def _check_names(names: dict[str, None], known: dict[str, bool], metric: Metric) -> None:
    twice = [name for name in names if name in known]
    if twice:
        raise RecipeError(
            f"The metric {metric.name()} makes values that another one makes as well: {', '.join(twice[:5])}",
            expected="each value once",
            next="Leave one of the two out",
        )


def _worst_first(values: pl.DataFrame, rises: dict[str, bool]) -> pl.DataFrame:
    """Names in the order they came; of each the whole test set, then the slices, worst first, those without a value last."""
    order = {name: place for place, name in enumerate(rises)}
    rank = pl.col("metric").replace_strict(order, return_dtype=pl.UInt32)
    sign = pl.col("metric").replace_strict({name: 1.0 if up else -1.0 for name, up in rises.items()})
    keys = [rank, pl.col("slice").is_not_null(), sign * pl.col("value"), pl.col("slice"), pl.col("of")]
    return values.sort(keys, nulls_last=True, maintain_order=True)
