"""Surface F1: which names were found at least once, each counted once, however often it occurs.

The second measure of WNUT 2017 (Derczynski et al. 2017, section 5.2): the set of pairs (type, text of the entity) of all
references against that of all predictions, P = |both| / |predicted|, R = |both| / |expected|. A tagger that knows one frequent
name gains nothing by its frequency. The entities are those of the tags, strictly by their scheme (`bloomery.metrics.tags`);
their text is the tokens with a blank between. The case counts unless `ignore_case`.

The set is over the whole corpus, so the value over some rows is made from the names in these rows, and is no sum.
"""

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from bloomery.errors import DataError
from bloomery.metrics.base import Corpus, Made, Metric
from bloomery.metrics.tagged import tagged, told
from bloomery.metrics.tags import Scheme, sequences
from bloomery.metrics.tally import Tally, item_f1

_COMMON = pl.col("said").list.set_intersection("meant").list.len()


class SurfaceF1(Metric):
    """F1 over the set of different entity names (type and text) in the corpus, as for WNUT 2017."""

    names: ClassVar[dict[str, str]] = {
        "surface_f1": "Harmonic mean of precision and recall; each name counts once, whatever its frequency.",
        "surface_precision": "Share of the different names predicted anywhere that are expected somewhere.",
        "surface_recall": "Share of the different names expected anywhere that are predicted somewhere.",
    }
    made: ClassVar[Mapping[str, Made]] = dict.fromkeys(
        names,
        Corpus(
            "a missing answer could name anything that other items are about",
            "a resample has fewer different names than the test",
        ),
    )

    tokens: str = "tokens"
    """The column of the tokens: a list, or text parted by white space."""
    scheme: Scheme = "IOB2"
    """The scheme of the tags; ``IOB2`` is also known as BIO."""
    prediction_scheme: Scheme | None = None
    """The scheme of the predicted tags, where it is another one."""
    prediction: str = "prediction"
    """The column of the predicted tags."""
    references: str = "references"
    """The column of the expected tags; of several references the first counts."""
    ignore_case: bool = False
    """Whether ``Paris`` is ``PARIS``."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``said`` and ``meant``, the different names of each item (List of String); ``score``, their F1; ``unparsed``."""
        both = told(answers, self.prediction, self.references).unique("row", keep="first", maintain_order=True)
        both = both.with_columns(pair=pl.int_range(pl.len(), dtype=pl.UInt32))
        predicted, expected, readable = tagged(both, self.scheme, self.prediction_scheme)
        tokens = sequences(answers[self.tokens])
        self._require(both, tokens)
        if self.ignore_case:
            tokens = tokens.list.eval(pl.element().str.to_lowercase())
        words = tokens.to_list()
        frame = pl.DataFrame(
            {"said": _names(predicted, words), "meant": _names(expected, words), "unparsed": ~readable}
        )
        sizes = {"predicted": pl.col("said").list.len(), "expected": pl.col("meant").list.len()}
        return frame.with_columns(right=_COMMON, found=_COMMON, **sizes).select(
            "said", "meant", "unparsed", score=pl.when("unparsed").then(0.0).otherwise(item_f1())
        )

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """The three values over the set of names of these rows; null where there is nothing to divide by."""
        said, meant = (
            set(items[side].explode(empty_as_null=False).drop_nulls().to_list()) for side in ("said", "meant")
        )
        both = len(said & meant)
        tally = Tally(both, both, len(said), len(meant))
        return {"surface_precision": tally.precision, "surface_recall": tally.recall, "surface_f1": tally.f1}

    def _require(self, both: pl.DataFrame, tokens: pl.Series) -> None:
        odd = tokens.list.len() != sequences(both["reference"]).list.len()
        if odd.fill_null(True).any():
            item = both["item"].filter(odd.fill_null(True))[0]
            raise DataError(f"the tokens of {item} do not fit its reference", expected="one tag a token")


def _names(spans: pl.DataFrame, words: list[list[str]]) -> pl.Series:
    """The different names in each row: the type, a tab, the tokens."""
    names = [f"{type_}\t{' '.join(words[row][start:end])}" for row, start, end, type_ in spans.iter_rows()]
    long = pl.DataFrame({"row": spans["row"], "name": pl.Series(names, dtype=pl.String)}).unique(maintain_order=True)
    rows = pl.DataFrame({"row": pl.int_range(len(words), dtype=pl.UInt32, eager=True)})
    lists = rows.join(long.group_by("row").agg("name"), on="row", how="left", maintain_order="left")
    return lists["name"].fill_null([])
