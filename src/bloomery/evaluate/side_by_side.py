"""What changed from the base (or the baseline) to the model: values with their paired differences, and the items that flipped.

Made from the measures of both, as the gates are, and at the same certainty, so that the report's table and its gates never
disagree.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from bloomery.errors import NotComputableError
from bloomery.evaluate.gates.difference import difference
from bloomery.evaluate.gates.measure import Measure, Rows
from bloomery.metrics.base import Corpus
from bloomery.web.visible import cut

#: items that are shown, each way
SHOWN = 5
#: characters of a text that is shown
LONGEST = 4_000
#: the certainty of intervals where the gates look at values alone
CERTAINTY = 0.95

Others = Mapping[str, Mapping[str, Measure]]


def pairs(measures: Sequence[Measure], others: Others, certainty: float | None, seed: int) -> list[dict[str, Any]]:
    """A row for each value that the base or the baseline has as well."""
    rows = []
    for of, known in others.items():
        for mine in measures:
            beside = known.get(mine.name)
            if beside is None or mine.value is None or beside.value is None:
                continue
            rows.append(_pair(mine, beside, of, CERTAINTY if certainty is None else certainty, seed))
    return rows


def _pair(mine: Measure, beside: Measure, of: str, certainty: float, seed: int) -> dict[str, Any]:
    row: dict[str, Any] = {"name": mine.name, "of": of, "value": mine.value, "other": beside.value, "rises": mine.rises}
    row |= {"difference": _minus(mine, beside), "low": None, "high": None, "n": min(mine.n, beside.n), "why": ""}
    if mine.how != "sampled" or beside.how != "sampled":
        return row | {"why": "no interval: the value is not of items that can be paired"}
    try:
        found = difference(mine, beside, certainty, seed)
    except NotComputableError as error:
        return row | {"why": str(error)}
    return row | {"difference": found.value, "low": found.low, "high": found.high, "n": found.n}


def _minus(mine: Measure, beside: Measure) -> float:
    assert mine.value is not None
    assert beside.value is not None
    return mine.value - beside.value


def flips(measures: Sequence[Measure], others: Others) -> list[dict[str, Any]]:
    """Of each value that is a share or a mean of items: the ids that were lost and gained, and some of them with their texts.

    Within a part an item is told once: by the first of its values that it changed in.
    """
    found: list[dict[str, Any]] = []
    told: dict[str, set[str]] = {}
    for of, known in others.items():
        for mine in measures:
            beside = known.get(mine.name)
            if beside is None or mine.rows is None or beside.rows is None:
                continue
            if isinstance(mine.made, Corpus):
                continue
            seen = told.setdefault(f"{of} {mine.part}", set())
            one = _flipped(mine, mine.rows, beside.rows, seen)
            if one["lost"] or one["gained"]:
                found.append({"name": mine.name, "of": of} | one)
    return found


def _flipped(mine: Measure, rows: Rows, other: Rows, seen: set[str]) -> dict[str, Any]:
    both = _each(rows, mine.bare).join(
        _each(other, mine.bare), on="item", how="inner", suffix="_other", maintain_order="left"
    )
    both = both.filter(pl.col("each").is_not_null() & pl.col("each_other").is_not_null())
    change = (both["each"] - both["each_other"]).to_numpy() * (1 if mine.rises else -1)
    order = np.argsort(-np.abs(change), kind="stable")
    names = both["item"].to_list()
    lost = [names[at] for at in order if change[at] < 0 and names[at] not in seen]
    gained = [names[at] for at in order if change[at] > 0 and names[at] not in seen]
    seen.update(lost, gained)
    some = [("lost", one) for one in lost[:SHOWN]] + [("gained", one) for one in gained[:SHOWN]]
    same = int(np.count_nonzero(change == 0))
    return {"lost": lost, "gained": gained, "same": same, "items": _texts(some, rows.answers, other.answers)}


def _each(rows: Rows, name: str) -> pl.DataFrame:
    """Item and its number, of the rows that the value is of and that have an answer."""
    place = rows.sheet.place[rows.at]
    there = place >= 0
    items = rows.sheet.items[place[there]]
    each = rows.metric.each(items, name)
    assert each is not None
    return pl.DataFrame({"item": rows.item[rows.at[there]], "each": each})


def _texts(some: Sequence[tuple[str, str]], mine: pl.DataFrame, other: pl.DataFrame) -> list[dict[str, Any]]:
    """The question, the references, and what both said; cut."""
    wanted = [item for _, item in some]
    rows = {row["item"]: row for row in mine.filter(pl.col("item").is_in(wanted)).iter_rows(named=True)}
    before = dict(other.filter(pl.col("item").is_in(wanted)).select("item", "prediction").iter_rows())
    return [
        {
            "way": way,
            "item": item,
            "prompt": _cut(rows[item].get("prompt")),
            "references": [_cut(one) for one in (rows[item].get("references") or [])[:5]],
            "before": _cut(before[item]),
            "after": _cut(rows[item]["prediction"]),
        }
        for way, item in some
    ]


def _cut(text: Any) -> str | None:
    return None if text is None else cut(str(text), LONGEST)
