"""Translation edit rate of the whole set, as sacrebleu computes it (Snover et al. 2006).

The least number of edits (insert, delete or replace a word, or move a run of words) that make an answer into the nearest of its
references, over all answers, divided by the sum of the references' mean lengths, in per cent. Less is better, and it can
exceed 100.

The search for moves takes a second for two different texts of 100 words, and far longer for what a model can write when it does
not stop. So texts are compared up to ``longest`` words; each word beyond is one more edit, for the longer of the two.
Such pairs are counted in ``ter.long``; without any, ``ter`` is sacrebleu's corpus score.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import polars as pl
from pydantic import Field

from bloomery.errors import DataError
from bloomery.metrics import sacre
from bloomery.metrics.base import Additive, Ends, Floats, Made, Share, over

STATISTICS = ("edits", "reference_length")


class Ter(sacre.Corpus):
    """Corpus TER by sacrebleu, in per cent; less is better."""

    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, None)
    higher_is_better: ClassVar[bool] = False
    names: ClassVar[dict[str, str]] = {
        "ter": "translation edit rate in per cent: edits of all answers over the length of all references; less is better",
        "ter.long": "share of the items with a text of more than `longest` words, in which words beyond are an edit each",
        "ter.uncut": "share of the items in a script without spaces whose words are not told apart",
    }
    made: ClassVar[Mapping[str, Made]] = {"ter.long": Share("long"), "ter.uncut": Share("uncut")}

    case_sensitive: bool = False
    """Whether words in another case are other words."""
    normalized: Literal["auto", "yes", "no"] = "auto"
    """Whether punctuation and Han characters are set apart first; 'auto' does for scripts without spaces."""
    longest: Annotated[int, Field(ge=1)] = 200
    """Up to how many words texts are compared."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` (the item's own TER), ``edits``, ``reference_length`` (mean over references), ``long`` and ``uncut``.

        Raises DataError if words cannot be told apart in more than half of the items, or one has no reference;
        MissingExtraError without sacrebleu.
        """
        metric = self.settled(answers).library()
        uncut = self._uncut(answers)
        sacre.check_cut(uncut, "TER", "Use chrF, which needs no words, or score the languages apart")
        found, long, read = [], [], 0
        for prediction, references in sacre.pairs(answers):
            numbers, beyond = self._edits(metric, prediction, references)
            found.append(numbers)
            long.append(beyond)
            read += len(prediction) + sum(map(len, references))
            if read > 1 << 24:
                read = sacre.forget(metric)
        sacre.forget(metric)
        scores = [float(metric._compute_score_from_stats(numbers).score) for numbers in found]
        return sacre.frame(scores, found, STATISTICS).with_columns(
            pl.Series("long", long, dtype=pl.Boolean), uncut=uncut
        )

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``ter`` (null where more than half of the rows are uncut), ``ter.long`` and ``ter.uncut``."""
        score = sacre.library().TER()._compute_score_from_stats(sacre.summed(items, STATISTICS)).score
        long, uncut = (float(items[column].sum()) / items.height for column in ("long", "uncut"))
        return {"ter": None if uncut > 0.5 else float(score), "ter.long": long, "ter.uncut": uncut}

    def additive(self, items: pl.DataFrame) -> Additive:
        """Edits, lengths, the items, and how many of them are uncut."""

        def values(sums: Floats) -> dict[str, Floats]:
            rate = 100 * over(sums[:, 0], sums[:, 1])
            none = np.where(sums[:, 0] > 0, 100.0, 0.0)  # as sacrebleu has it for references without words
            return {"ter": np.where(2 * sums[:, 3] > sums[:, 2], np.nan, np.where(sums[:, 1] > 0, rate, none))}

        return Additive(sacre.with_items(items, STATISTICS, "uncut"), values)

    def between(self, items: pl.DataFrame, missing: pl.DataFrame) -> dict[str, Ends]:
        """Of ``ter`` with no edits for the missing answers; it has no end above, since an answer may be of any length."""
        found = super().between(items, missing)
        try:
            lengths = float(self.items(missing.with_columns(prediction=pl.lit("")))["reference_length"].sum())
        except DataError:  # not cut
            return found
        edits, known = (float(items[column].sum()) if items.height else 0.0 for column in STATISTICS)
        return found | {"ter": (100 * edits / (known + lengths), None)} if known + lengths else found

    def settled(self, answers: pl.DataFrame) -> Self:
        """With it decided whether these texts are normalised."""
        return self.model_copy(update={"normalized": "yes" if self._normalised(sacre.unspaced(answers)[0]) else "no"})

    def library(self) -> Any:
        """sacrebleu's TER; 'auto', where it is not settled, is 'no'."""
        apart = self.normalized == "yes"
        return sacre.library().TER(case_sensitive=self.case_sensitive, normalized=apart, asian_support=apart)

    def _edits(self, metric: Any, prediction: str, references: list[str]) -> tuple[list[float], bool]:
        """Edits to the nearest reference and the mean length of the references; whether a text was too long."""
        said, *known = (metric._preprocess_segment(text).split() for text in (prediction, *references))
        edits, long = [], False
        for one in known:
            beyond = max(len(said), len(one)) - self.longest
            long |= beyond > 0
            told = {"ref_words": [one[: self.longest]]}
            [some, _] = metric._compute_segment_statistics(" ".join(said[: self.longest]), told)
            edits.append(some + max(0, beyond))
        return [min(edits), sum(map(len, known)) / len(known)], long

    def _normalised(self, unspaced: pl.Series) -> bool:
        if self.normalized == "auto":
            return bool(100 * unspaced.sum() >= max(1, len(unspaced)))
        return self.normalized == "yes"

    def _uncut(self, answers: pl.DataFrame) -> pl.Series:
        unspaced, other = sacre.unspaced(answers)
        return unspaced & other if self._normalised(unspaced) else unspaced
