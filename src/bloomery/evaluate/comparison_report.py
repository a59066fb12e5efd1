"""The report of a comparison: one HTML file. What it comes to, the differences as intervals, all runs, what flipped, notes.

Nothing is computed here; texts come from the data and the models, so they are cut and escaped.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl
from markupsafe import Markup

from bloomery.evaluate.compared import cells_of, left_out
from bloomery.evaluate.flips import Flips
from bloomery.evaluate.lines import amount, ranging
from bloomery.evaluate.pairing import Pair
from bloomery.text.counted import counted
from bloomery.web import charts
from bloomery.web.page import Link, environment, page

SHOWN = 10  # items that flipped, each way


class _Flipped(NamedTuple):
    metric: str
    reference: str
    other: str
    flips: Mapping[str, Any]
    lost: list[dict[str, Any]]
    gained: list[dict[str, Any]]


def render(told: Mapping[str, Any], pairs: Sequence[Pair], flipped: Sequence[Flips | None]) -> str:
    """The page as a self-contained HTML document; the same comparison gives the same bytes."""
    rows = told["comparisons"]
    view = {
        "told": told,
        "rows": [(row, cells_of(row)) for row in rows],
        "names": list(dict.fromkeys(row["metric"] for row in rows)),
        "pictures": _pictures(rows),
        "flipped": _flipped(told, pairs, flipped),
        "models": [(model, run) for model in told["runs"] for run in model["runs"]],
        "slices": [(row, cells_of(row)) for row in told["slices"]],
        "amount": amount,
        "able": sum(not row["error"] for row in told["slices"]),
        "left_out": left_out,
        "level": f"{100 * (1 - told['options']['alpha']):g} %",
    }
    contents = [Link("differences", "Differences"), *[Link("slices", "Slices")] * bool(told["slices"])]
    contents += [Link("runs", "All runs"), Link("flips", "What flipped")]
    templates = environment("bloomery.evaluate")
    others = counted(len(told["runs"]) - 1, "model")
    return page(
        f"{others} beside {told['reference']}",
        Markup(templates.get_template("compare.html").render(view)),  # noqa: S704 (autoescaped template)
        hero=Markup(templates.get_template("compare_hero.html").render(view)),  # noqa: S704 (autoescaped template)
        kicker="Comparison",
        contents=[*contents, Link("notes", "What to know")],
        footer=f"Made by bloomery {told['bloomery']}. This file is complete: it loads nothing from anywhere.",
    )


def _pictures(rows: Sequence[dict[str, Any]]) -> list[tuple[str, Markup]]:
    """A picture a value, since values have different scales."""
    found = []
    for name in dict.fromkeys(row["metric"] for row in rows):
        mine = [row for row in rows if row["metric"] == name and not row["error"]]
        spans = [
            charts.Span(row["other"], row["difference"], row["interval"], row["simultaneous"], _line(row))
            for row in mine
        ]
        if spans:
            drop = mine[0]["drop"]
            limit = -drop if drop and mine[0]["higher_is_better"] else drop
            found.append((name, charts.intervals(spans, title=f"{name}: difference from the reference", limit=limit)))
    return found


def _line(row: dict[str, Any]) -> str:
    interval = f" ({ranging(row['metric'], *row['interval'])})" if row["interval"] else ""
    return f"{cells_of(row)[3]}{interval}, {row['says']}"


def _flipped(told: Mapping[str, Any], pairs: Sequence[Pair], flipped: Sequence[Flips | None]) -> list[_Flipped]:
    by_name = {pair.other.name: pair for pair in pairs}
    return [
        _Flipped(
            row["metric"],
            row["reference"],
            row["other"],
            row["flips"],
            _texts(by_name[row["other"]], one.lost),
            _texts(by_name[row["other"]], one.gained),
        )
        for row, one in zip(told["comparisons"], flipped, strict=True)
        if one is not None
    ]


def _texts(pair: Pair, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The question, the references, and what the first run of each side said."""
    chosen = pl.DataFrame({"item": pl.Series(ids[:SHOWN], dtype=pl.String)})
    asked = pair.of_reference[0].select("item", "prompt", "references", before="prediction")
    said = pair.of_other[0].select("item", after="prediction")
    return (
        chosen.join(asked, on="item", how="left", maintain_order="left")
        .join(said, on="item", how="left", maintain_order="left")
        .to_dicts()
    )
