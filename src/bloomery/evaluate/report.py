"""The report of an evaluation: one HTML file, in the order of the questions people ask.

How good, how sure, where worst, what wrong answers look like, and what to know before trusting it. Nothing is computed
here; texts come from the data and the model, so they are cut and escaped.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import polars as pl
from markupsafe import Markup

from bloomery.evaluate.lines import Line, lines, plain, three, unknown, whole_names
from bloomery.metrics.base import STATES
from bloomery.metrics.names import METRICS, metric_of
from bloomery.metrics.shares import SHARES
from bloomery.text.counted import counted
from bloomery.web import charts
from bloomery.web.page import Link, environment, page

EXAMPLES = 12  # wrong items
SLICES = 12  # of each value


class _Slices(NamedTuple):
    name: str
    rows: Sequence[Mapping[str, Any]]


def of_folder(folder: Path, manifest: Mapping[str, Any] | None = None) -> str:
    """The page of an evaluation, made of nothing but the files in its folder; with its verdict, where there is one.

    `manifest` is what manifest.json will hold, where it is not written yet.
    """
    if (folder / "verdict.json").is_file():
        from bloomery.evaluate import verdict_report

        return verdict_report.of_folder(folder, manifest)
    manifest = manifest or msgspec.json.decode((folder / "manifest.json").read_bytes())
    values, scores, answers = (pl.read_parquet(folder / f"{name}.parquet") for name in ("values", "scores", "answers"))
    return render(manifest, values, scores, answers)


def view_of(
    manifest: Mapping[str, Any], values: pl.DataFrame, scores: pl.DataFrame, answers: pl.DataFrame
) -> dict[str, Any]:
    """What the templates of values, slices and wrong items need."""
    told = lines(values, manifest)
    return {
        "manifest": manifest,
        "states": [(state, manifest["counts"].get(state, 0)) for state in STATES if state != "unparsed"],
        "first": first(scores, told),
        "lines": told,
        "picture": charts.meter(manifest["counts"]["answered"], manifest["counts"]["items"], title="answered"),
        "slices": _slices(values, main_names(scores, told)),
        "wrong": examples(scores, answers),
        "metric": plain(scores["metric"][0]) if len(scores) else "",
        "three": three,
        "unknown": unknown(values, manifest),
        "read": any(line.read for line in told),
    }


def render(manifest: Mapping[str, Any], values: pl.DataFrame, scores: pl.DataFrame, answers: pl.DataFrame) -> str:
    """The page as a self-contained HTML document; the same evaluation gives the same bytes."""
    view = view_of(manifest, values, scores, answers)
    contents = [Link("values", "Values")]
    contents += [Link("slices", "Slices")] * bool(view["slices"])
    contents += [Link("wrong", "Wrong items")] * bool(view["wrong"])
    contents += [Link("notes", "What to know")]
    templates = environment("bloomery.evaluate")
    return page(
        f"{manifest['model']} on {counted(manifest['counts']['items'], 'item')}",
        Markup(templates.get_template("report.html").render(view)),  # noqa: S704 (autoescaped template)
        hero=Markup(templates.get_template("hero.html").render(view)),  # noqa: S704 (autoescaped template)
        kicker="Evaluation",
        contents=contents,
        footer=f"Made by bloomery {manifest['bloomery']}. This file is complete: it loads nothing from anywhere.",
    )


def main_names(scores: pl.DataFrame, told: Sequence[Line]) -> list[str]:
    """The values that stand for their metrics: those that the item scores are called after, and ``f1.macro``."""
    named = [plain(name) for name in scores["metric"].unique(maintain_order=True)]
    known = [line.name for line in told]
    return [name for name in (*named, "f1.macro") if name in known]


def first(scores: pl.DataFrame, told: Sequence[Line]) -> Line | None:
    """The value that heads the page."""
    names = main_names(scores, told)
    return next((line for line in told if names and line.name == names[0]), None)


def _slices(values: pl.DataFrame, names: Sequence[str]) -> list[_Slices]:
    """Of each main value its slices, worst first, as the table has them."""
    parts = values.filter(pl.col("slice").is_not_null())
    known = whole_names() - set(SHARES)
    found = []
    for name in names:
        rows = parts.filter(pl.col("metric") == f"task.{name}")
        if name in known and len(rows):
            found.append(_Slices(name, rows.head(SLICES).to_dicts()))
    return found


def examples(scores: pl.DataFrame, answers: pl.DataFrame) -> list[dict[str, Any]]:
    """Items of the worst scores of the first metric, spread over all of them; none where all are as good as can be."""
    if scores.is_empty():
        return []
    worst = _worst(scores)
    chosen = worst.gather_every(max(1, len(worst) // EXAMPLES)).head(EXAMPLES)
    return chosen.join(answers.select(_COLUMNS), on="item", maintain_order="left").to_dicts()


def wrong_items(scores: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """All items of the worst scores of the first metric: ``item, value, prompt, prediction, references, state``."""
    if scores.is_empty():
        return answers.select(_COLUMNS).with_columns(value=pl.lit(None, pl.Float64)).head(0)
    return _worst(scores).join(answers.select(_COLUMNS), on="item", maintain_order="left")


_COLUMNS = ["item", "prompt", "prediction", "references", "state"]


def _worst(scores: pl.DataFrame) -> pl.DataFrame:
    """``item, value`` of the worst scores of the first metric; none where all are as good as can be."""
    mine = scores.filter((pl.col("metric") == scores["metric"][0]) & pl.col("value").is_not_null())
    rises, best = _best(plain(scores["metric"][0]))
    wrong = mine.filter((pl.col("value") != best) if best is not None else pl.lit(True))
    worst = wrong.filter(pl.col("value") == (pl.col("value").min() if rises else pl.col("value").max()))
    return worst.select("item", "value")


def _best(name: str) -> tuple[bool, float | None]:
    """Whether more of a value is better, and the best score that an item can have, if there is one."""
    metric = METRICS.get(metric_of(f"task.{name}") or "")
    if metric is None:  # of the user's own
        return True, None
    rises = metric.higher_is_better != (name in metric.contrary)
    return rises, metric.bounds[1 if rises else 0]
