"""Set F1: the answer is a set of things (keywords, labels, names), in any order, each once.

Things are compared by their key (`bloomery.text.normalise`: case, width and white space do not matter). With s things said,
m meant and b in both, the precision of an item is b / s, its recall b / m and its F1 2b / (s + m); both sets empty is 1, one
empty is 0. Two ways to one number for a corpus, which differ, and say which they are:

    set_f1.micro   2 Σb / (Σs + Σm): every thing weighs the same, so long lists rule; undefined if all sets are empty
    set_f1.mean    the mean of the items' F1: every item weighs the same

Neither is the F1 of a mean precision and a mean recall, which no item has.
"""

from typing import Any, ClassVar, Literal

import polars as pl

from bloomery.errors import DataError
from bloomery.metrics import tally
from bloomery.metrics.base import Metric
from bloomery.metrics.pairs import best, pairs
from bloomery.text.json_text import NOTHING, canonical, value_in
from bloomery.text.normalise import key

#: what may stand before an entry of a list: "- ", "* ", "• ", "1. ", "2) "
_MARK = r"^(?:[-*•‣◦–]|[0-9]{1,4}[.)])(?:\s+|$)"


class SetF1(Metric):
    """F1 over the set of things that an answer names: over the corpus (micro) and as the mean of items."""

    names: ClassVar[dict[str, str]] = {
        "set_f1.mean": "Mean of the items' F1: every item weighs the same; an item with both sets empty has 1.",
        "set_precision.micro": "Share of all things said that are meant.",
        "set_recall.micro": "Share of all things meant that are said.",
        "set_f1.micro": "F1 from the counts of the whole corpus: every thing weighs the same.",
        "set_exact_match": "Share of items with exactly the right set.",
    }
    means: ClassVar[frozenset[str]] = frozenset({"set_f1.mean"})

    read: Literal["lines", "separated", "json"] = "lines"
    """One thing a line (bullets and numbers before it do not count), parted by `separator`, or a JSON list."""
    separator: str = ","
    """What parts the things, for ``read: separated``."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` is the F1 of the item; the counts; ``unparsed`` for an answer without a JSON list."""
        told = pairs(answers)
        said, meant = self._things(told["prediction"]), self._things(told["reference"])
        if meant.null_count():
            item = told.filter(meant.is_null())["item"][0]
            raise DataError(f"the reference of {item} cannot be read", expected="a JSON list", found="none")
        scored = tally.with_sums(told.select("pair", "row", unparsed=said.is_null()), _common(said, meant))
        return best(scored).select("score", "unparsed", *tally.COUNTS)

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """All values of `names`."""
        micro = tally.micro(items)
        own = items.select(mean=pl.mean("score"), exact=(pl.col("score") == 1).mean()).row(0, named=True)
        return {
            "set_precision.micro": micro.precision,
            "set_recall.micro": micro.recall,
            "set_f1.micro": micro.f1,
            "set_f1.mean": own["mean"],
            "set_exact_match": own["exact"],
        }

    def _things(self, texts: pl.Series) -> pl.Series:
        """The set of keys of each text, List of String; null where there is no JSON list."""
        if self.read == "json":
            lists = pl.Series([_listed(text) for text in texts], dtype=pl.List(pl.String))
        elif self.read == "separated":
            lists = texts.str.split(self.separator)
        else:
            lists = texts.str.split("\n")
        long = lists.alias("thing").to_frame().with_row_index("pair").explode("thing", empty_as_null=False).drop_nulls()
        if self.read == "lines":
            long = long.with_columns(pl.col("thing").str.strip_chars().str.replace(_MARK, ""))
        keyed = long.with_columns(key(long["thing"])).filter(pl.col("thing") != "").unique(maintain_order=True)
        sets = lists.is_not_null().alias("read").to_frame().with_row_index("pair")
        grouped = keyed.group_by("pair", maintain_order=True).agg("thing")
        joined = sets.join(grouped, on="pair", how="left", maintain_order="left")
        return joined.select(pl.when("read").then(pl.col("thing").fill_null([]))).to_series()


def _listed(text: str) -> list[str] | None:
    """The entries of the JSON list in the text, as text; numbers, objects … in one spelling."""
    value = value_in(text, list)
    return None if value is NOTHING else [_spelled(one) for one in value]


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else f"\x01{canonical(value)}"  # so that true is not "true"


def _common(said: pl.Series, meant: pl.Series) -> pl.DataFrame:
    both = pl.DataFrame({"said": said, "meant": meant}).with_row_index("pair")
    same = pl.col("said").list.set_intersection("meant").list.len().fill_null(0)
    size = {"predicted": pl.col("said").list.len().fill_null(0), "expected": pl.col("meant").list.len()}
    return both.select("pair", right=same, found=same, **size)
