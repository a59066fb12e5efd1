"""Passed: the share of a category's items whose answers pass their checks."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import polars as pl

from bloomery.metrics.base import Made, Metric, Share
from bloomery.suites.checks import Check
from bloomery.suites.said import Said, said
from bloomery.suites.suite import read_checks


class Passed(Metric):
    """Share of the items whose answers pass all of their checks.

    Answers have the columns ``prompt`` and ``check`` (as `bloomery.suites.suite` has them), those of pairs ``beside`` and
    ``beside_prompt``, the answer to the other prompt. The value of a category is called by its name. A pair counts where its
    answer beside passes, as only there something can be lost: an answer that was wrong anyway is no flip. Items that only a
    judge can read (``mentions``) have no score here, unless the column ``judged`` has the judge's.
    """

    names: ClassVar[dict[str, str]] = {
        "passed": "share of items whose answers pass their checks",
        "<category>": "the same of one category",
    }
    made: ClassVar[Mapping[str, Made]] = {"passed": Share("counted"), "<category>": Share(lambda _: pl.col("counted"))}

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` is 1 or 0, null where a judge is missing (``unjudged``); ``counted`` is null as well where no pair counts."""
        for name, dtype in (("beside", pl.String), ("beside_prompt", pl.String), ("judged", pl.Float64)):
            if name not in answers.columns:
                answers = answers.with_columns(pl.lit(None, dtype).alias(name))
        spoken = said(answers["prediction"], answers["prompt"].fill_null(""))
        others = said(answers["beside"].fill_null(""), answers["beside_prompt"].fill_null(""))
        paired = answers["beside"].is_not_null()
        rows = zip(answers["check"], spoken, others, paired, answers["judged"], strict=True)
        found = [
            _one(read_checks(told), one, other if pair else None, judged) for told, one, other, pair, judged in rows
        ]
        return pl.DataFrame(found, schema=_ITEMS, orient="row")

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``passed``: the share of those that count."""
        return {"passed": items["counted"].mean()}  # type: ignore[dict-item]  # a mean of numbers is a number


_ITEMS = {"score": pl.Float64, "counted": pl.Float64, "unparsed": pl.Boolean, "unjudged": pl.Boolean}


def _one(
    checks: Sequence[Check], one: Said, other: Said | None, judged: float | None
) -> tuple[float | None, float | None, bool, bool]:
    """A row of `_ITEMS`."""
    plain = [check for check in checks if check.name != "mentions"]
    told = passes(plain, one._replace(beside=other))
    score: float | None = float(bool(told))
    if told and len(plain) < len(checks):
        score = None if judged is None else float(judged >= 1)
    flips = other is not None and all(check.name != "same" for check in checks)
    counts = not (other is not None and flips) or passes(plain, other)
    return score, score if counts else None, told is None, score is None


def passes(checks: Sequence[Check], said: Said) -> bool | None:
    """Whether an answer passes all checks; None where one cannot read it and none fails. An empty one, or an echo, never does."""
    if not said.key:
        return False
    told = [check.passes(said) for check in checks]
    return False if False in told else None if None in told else True
