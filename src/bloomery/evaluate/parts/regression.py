"""The part ``regression``: what could the base do that the tuned model cannot any more?

The frozen suites of capability are asked of both, and each category is compared on the same items. A category is *flagged* where
it fell by more than 5 % of the base's value and by more than 2 points. Whether that is more than chance says the paired
difference at the recipe's certainty, held against that margin (non-inferiority): ``not worse``, ``worse``, or ``cannot tell``.
The smallest drop is the one that so many items show with a power of 80 %: what is below it, this suite could not have seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from bloomery.errors import NotComputableError
from bloomery.evaluate.gates.bounds import Bounds
from bloomery.evaluate.gates.difference import difference
from bloomery.evaluate.gates.measure import Measure, least
from bloomery.evaluate.parts.base import Case, Found
from bloomery.evaluate.parts.explained import explained
from bloomery.evaluate.parts.suite import Side, notes_of, shown, sides, suites_of, table, told_of
from bloomery.stats.designs import PairedProportions
from bloomery.stats.power import detectable_effect

PART = "regression"
#: a fall counts where it is more than this part of the base's value, and than so many points
RELATIVE, POINTS = 0.05, 0.02
POWER = 0.8
FLIPS = 20  # that are told of a category
_CERTAINTY = 0.95  # where the gates look at values alone


def regression(case: Case) -> Found:
    """``regression.CATEGORY`` of the model and of its base, and ``regression.min``, the worst of them."""
    suites = suites_of(case.options.suites.regression)
    both = sides(case, PART, suites)
    tuned, before = both.tuned, both.base
    if tuned is None:
        return Found(PART, missing=both.why)
    lines = [_compared(case, name, mine, before) for name, mine in tuned.measures.items()]
    told = told_of(suites) | {"categories": lines, "flips": [] if before is None else _flips(tuned, before)}
    why = explained(case)
    fell = any(line["flagged"] for line in lines)
    told |= {"explained": why, "tables": [_table(lines), *(_remedies(why) if fell else ())]}
    return Found(
        PART,
        measures=_with_least(tuned),
        base=() if before is None else _with_least(before),
        notes=(*notes_of(case, PART, suites, both), *_sentences(lines)),
        told=told,
    )


def _with_least(side: Side) -> tuple[Measure, ...]:
    measures = list(side.measures.values())
    return (*measures, least(f"{PART}.min", measures))


def _compared(case: Case, category: str, mine: Measure, base: Side | None) -> dict[str, Any]:
    """A category of both, as plain data."""
    line: dict[str, Any] = {"category": category, "n": mine.n, "unscored": mine.unscored, "tuned": mine.value}
    other = None if base is None else base.measures[category]
    line |= {"base": None if other is None else other.value}
    line |= dict.fromkeys(("difference", "low", "high", "margin", "flagged", "state", "smallest_drop"))
    if other is None or other.value is None or mine.value is None:
        return line
    certainty = _CERTAINTY if case.options.certainty == "none" else float(case.options.certainty)
    margin = max(RELATIVE * other.value, POINTS)
    try:
        found = difference(mine, other, certainty, case.options.seed)
    except NotComputableError as error:
        return line | {"state": str(error)}
    return line | {
        "difference": found.value,
        "low": found.low,
        "high": found.high,
        "margin": margin,
        "flagged": -found.value > margin,
        "state": _state(found, margin),
        "smallest_drop": _smallest_drop(mine, other, found.n, certainty),
    }


def _state(found: Bounds, margin: float) -> str:
    if found.low is not None and found.low >= -margin:
        return "not worse"
    return "worse" if found.high is not None and found.high < -margin else "cannot tell"


@dataclass(frozen=True)
class Drops:
    """The design of a drop of which at least so many items take part: the discordance that was seen, or the drop itself."""

    discordance: float

    def power(self, n: float, effect: float, alpha: float) -> float:
        """See `bloomery.stats.designs.Design.power`."""
        return PairedProportions(min(1.0, max(self.discordance, abs(effect), 1 / n))).power(n, effect, alpha)

    def widest(self, direction: int) -> float:  # the same in both
        """Every item is lost."""
        return 1.0


def _smallest_drop(mine: Measure, other: Measure, n: int, certainty: float) -> float | None:
    """The smallest drop that `n` items show with `POWER`, one-sided at `certainty`; None where not even the widest."""
    both = _each(mine).join(_each(other), on="item", suffix="_other").drop_nulls()
    apart = float((both["each"] != both["each_other"]).mean() or 0.0)  # type: ignore[arg-type]  # a mean of Booleans
    try:
        return -detectable_effect(Drops(apart), n, power=POWER, alpha=2 * (1 - certainty), direction=-1)
    except NotComputableError:
        return None


def _each(measure: Measure) -> pl.DataFrame:
    """``item, each``: 1, 0, or null."""
    rows = measure.rows
    assert rows is not None
    place = rows.sheet.place[rows.at]
    there = place >= 0
    each = rows.sheet.items[place[there]]["counted"]
    return pl.DataFrame({"item": rows.item[rows.at[there]], "each": each})


def _flips(tuned: Side, base: Side) -> list[dict[str, Any]]:
    """Items that came out differently, those that were lost first, at most `FLIPS` of a category; texts are cut."""
    before = base.answers.select("item", was="passed", base="prediction")
    both = tuned.answers.join(before, on="item", how="inner", maintain_order="left").filter(
        pl.col("passed") != pl.col("was")
    )
    some = both.sort("passed", maintain_order=True).group_by("category", maintain_order=True).head(FLIPS)
    return [
        {
            "category": row["category"],
            "item": row["item"],
            "way": "gained" if row["passed"] else "lost",
            "prompt": shown(row["prompt"]),
            "base": shown(row["base"]),
            "tuned": shown(row["prediction"]),
            "references": row["references"],
        }
        for row in some.iter_rows(named=True)
    ]


def _remedies(why: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What may have caused it and what may help, as tables."""
    names = ("rows", "epochs", "learning_rate", "steps")
    known = [[name.replace("_", " "), why.get(name)] for name in names]
    note = (
        ""
        if any(one for _, one in known)
        else "Nothing is known of the training: say it under `evaluate: {trained: …}`."
    )
    return [
        table("The training, as far as it is known", ["figure", "value"], known, note),
        table("What may help", ["remedy"], [[one] for one in why.get("remedies", ())]),
    ]


def _table(lines: list[dict[str, Any]]) -> dict[str, Any]:
    head = [
        "category",
        "items",
        "base",
        "tuned",
        "difference",
        "low",
        "high",
        "flagged",
        "margin",
        "beside the margin",
        "smallest drop",
    ]
    keys = (
        "category",
        "n",
        "base",
        "tuned",
        "difference",
        "low",
        "high",
        "flagged",
        "margin",
        "state",
        "smallest_drop",
    )
    note = (
        f"Flagged: fallen by more than {RELATIVE:.0%} of the base's value and more than {100 * POINTS:g} points. "
        f"Smallest drop: what so many items show with a chance of {POWER:.0%}."
    )
    return table("Categories", head, [[line[key] for key in keys] for line in lines], note)


def _sentences(lines: list[dict[str, Any]]) -> list[str]:
    fell = [line for line in lines if line["flagged"]]
    said = [
        f"regression: {line['category']} fell from {line['base']:.3f} to {line['tuned']:.3f} on {line['n']:,} items"
        + ("" if line["state"] == "worse" else ", which may be chance")
        for line in fell
    ]
    blind = [line for line in lines if line["smallest_drop"] is not None and line["smallest_drop"] > line["margin"]]
    if blind:
        worst = max(blind, key=lambda line: line["smallest_drop"])
        said.append(
            f"regression: in {len(blind)} of {len(lines)} categories a drop as large as the margin could well be missed; "
            f"in {worst['category']} the smallest that {worst['n']:,} items show is {worst['smallest_drop']:.3f}"
        )
    return said
