"""Several judges: what they say together, and how far they agree.

The panel's value is the mean of its judges' where more than half of them have one, else it is unscored: a panel of which most
cannot say is none. Its version is that of all of them.
"""

from typing import NamedTuple

import polars as pl

from bloomery.errors import NotComputableError
from bloomery.metrics.score import SCORES_SCHEMA
from bloomery.stats.krippendorff import Alpha, krippendorff_alpha

PANEL = "panel"


def with_panel(scores: pl.DataFrame) -> pl.DataFrame:
    """`scores` of several raters with the panel's below them.

    >>> rows = [("", "q1", "r.overall", 4.0, None, "a", "1"), ("", "q1", "r.overall", 2.0, None, "b", "1")]
    >>> with_panel(pl.DataFrame(rows, schema=SCORES_SCHEMA, orient="row"))["value"].to_list()
    [4.0, 2.0, 3.0]
    """
    judges = scores["rater"].n_unique()
    enough = pl.col("value").count() * 2 > judges
    together = scores.group_by("run", "item", "metric", maintain_order=True).agg(
        pl.when(enough).then(pl.col("value").mean()).alias("value"),
        pl.when(~enough).then(pl.lit("no_majority_of_judges")).alias("error"),
        pl.lit(PANEL).alias("rater"),
        pl.col("version").unique(maintain_order=True).str.join(" + ").alias("version"),
    )
    return pl.concat([scores, together.select(*SCORES_SCHEMA).cast(SCORES_SCHEMA)])


class Together(NamedTuple):
    """How far the judges of a panel agree on a metric."""

    metric: str
    judges: int
    alpha: Alpha | None
    why: str | None  #: why there is no alpha


def agreement(scores: pl.DataFrame, *, seed: int = 0) -> list[Together]:
    """Krippendorff's alpha (interval) among the judges for each metric; the panel's own rows are left out."""
    rows = scores.filter(pl.col("rater") != PANEL)
    judges = rows["rater"].n_unique()
    found = []
    for (metric,), mine in rows.group_by("metric", maintain_order=True):
        wide = mine.pivot("rater", index="item", values="value", maintain_order=True).drop("item")
        try:
            alpha, why = krippendorff_alpha(wide.rows(), measure="interval", seed=seed), None
        except NotComputableError as error:
            alpha, why = None, str(error)
        found.append(Together(str(metric), judges, alpha, why))
    return found
