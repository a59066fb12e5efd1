"""chrF++ of the whole set, as sacrebleu computes it (Popović 2015, 2017).

The F-score (recall counts β² = 4 times) of n-grams of 1 to 6 characters and of 1 and 2 words, averaged over the orders. It needs
no tokenizer, works for every script, and makes sense for short texts, where BLEU does not. Of several references that
counts for which an answer scores best. Counts are added up over the answers before they are divided.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import numpy as np
import polars as pl
from pydantic import Field

from bloomery.metrics import sacre
from bloomery.metrics.base import Additive, Corpus, Ends, Floats, Made, numbers
from bloomery.metrics.imagined import perfect

CHARACTERS = 6


class Chrf(sacre.Corpus):
    """Corpus chrF++ by sacrebleu, 0 to 100."""

    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, 100.0)
    names: ClassVar[dict[str, str]] = {
        "chrf": "corpus chrF++ (chrF with words: 0), 0 to 100: F-score of n-grams of characters and words, over all answers"
    }
    made: ClassVar[Mapping[str, Made]] = {
        "chrf": Corpus("which of several references a missing answer would be near is not known")
    }

    words: Annotated[int, Field(ge=0, le=4)] = 2
    """The longest n-gram of words that counts: 2 is chrF++, 0 is chrF."""
    lowercase: bool = False
    """Compare in lower case."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` (sentence chrF, 0 to 100), and for each order the n-grams of answer and reference and the matches.

        Raises DataError if an item has no reference, MissingExtraError without sacrebleu.
        """
        metric = self.library()
        found = sacre.statistics(metric, answers)
        return sacre.frame([metric._compute_f_score(numbers) for numbers in found], found, self._columns())

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``chrf``."""
        return {"chrf": float(self.library()._compute_f_score(sacre.summed(items, self._columns())))}

    def additive(self, items: pl.DataFrame) -> Additive:
        """The n-grams of answers and references, and the matches, of each order."""
        metric = self.library()

        def values(sums: Floats) -> dict[str, Floats]:
            return {"chrf": np.array([float(metric._compute_f_score(row)) for row in sums.tolist()])}

        return Additive(numbers(items, self._columns()), values)

    def between(self, items: pl.DataFrame, missing: pl.DataFrame) -> dict[str, Ends]:
        """From 0, since an answer may say any number of wrong things, to the missing ones as their references."""
        best = perfect(self, items, missing)
        return {} if best is None else {"chrf": (0.0, self.total(best)["chrf"])}

    def library(self) -> Any:
        """sacrebleu's CHRF."""
        return sacre.library().CHRF(word_order=self.words, lowercase=self.lowercase)

    def _columns(self) -> list[str]:
        orders = [*(f"c{n}" for n in range(1, CHARACTERS + 1)), *(f"w{n}" for n in range(1, self.words + 1))]
        return [f"{what}_{order}" for order in orders for what in ("answer", "reference", "matches")]
