"""BLEU of the whole set, as sacrebleu computes it (Papineni et al. 2002; Post 2018).

BLEU is a figure of a corpus: matches of n-grams are counted over all answers before they are divided, so a value over rows is
made from their summed counts, and the mean of sentence scores is another number. Several references count together. It is
a sanity check beside a better metric, and never a gate by itself: a right answer in other words scores low.

The ``score`` of an item is sentence BLEU with effective order, which is rough; for short texts chrF is the better one.

**Tokenizer.** BLEU compares words, so it depends on what a word is, and the signature says which rule was used. ``auto`` looks at
the references: ``13a`` (mteval) for scripts with spaces; ``zh``, which takes Han characters one by one, where at least 1 % of
the items are in a script without spaces; ``char`` where half of the items are and these are not all Han (Japanese, Thai …).
Under the wrong tokenizer a whole Chinese sentence is one word and scores 0, whatever it says: an item in a script that the
tokenizer does not cut is *uncut*. If more than half of the items are, that is an error here; the share is a value of its own; and
over rows of which more than half are uncut the value is null.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
import polars as pl

from bloomery.metrics import sacre
from bloomery.metrics.base import Additive, Corpus, Floats, Made, Share

Tokenizer = Literal["13a", "zh", "char", "intl", "none"]

ORDER = 4
STATISTICS = (
    *("answer_length", "reference_length"),
    *(f"{what}_{n}" for what in ("matches", "ngrams") for n in range(1, ORDER + 1)),
)


class Bleu(sacre.Corpus):
    """Corpus BLEU by sacrebleu, 0 to 100."""

    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, 100.0)
    names: ClassVar[dict[str, str]] = {
        "bleu": "corpus BLEU, 0 to 100, from the n-gram counts of all answers; smoothing and tokenizer are in the signature",
        "bleu.uncut": "share of the items in a script without spaces that the tokenizer takes for single words",
    }
    contrary: ClassVar[frozenset[str]] = frozenset({"bleu.uncut"})
    made: ClassVar[Mapping[str, Made]] = {
        "bleu": Corpus("the length of a missing answer would change the penalty of all others"),
        "bleu.uncut": Share("uncut"),
    }

    tokenizer: Literal["auto", "13a", "zh", "char", "intl", "none"] = "auto"
    """What a word is: sacrebleu's tokenizers, or 'auto' by the script of the references."""
    lowercase: bool = False
    """Compare in lower case."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` (sentence BLEU with effective order, 0 to 100), the ten counts, and ``uncut``.

        Raises DataError if the tokenizer does not cut the script of more than half of the items, or one has no reference;
        MissingExtraError without sacrebleu.
        """
        chosen = self.chosen(answers)
        uncut = _uncut(answers, chosen)
        sacre.check_cut(
            uncut, f"BLEU with the tokenizer '{chosen}'", "Use tokenizer: auto, or score the languages apart"
        )
        metric = self.settled(answers).library()
        found = sacre.statistics(metric, answers)
        scores = [_score(metric, numbers, effective_order=True) for numbers in found]
        return sacre.frame(scores, found, STATISTICS).with_columns(uncut=uncut)

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``bleu`` (null where more than half of the rows are uncut) and ``bleu.uncut``."""
        uncut = float(items["uncut"].sum()) / items.height
        score = _score(sacre.library().BLEU, sacre.summed(items, STATISTICS))
        return {"bleu": None if uncut > 0.5 else score, "bleu.uncut": uncut}

    def additive(self, items: pl.DataFrame) -> Additive:
        """The ten counts, the items, and how many of them are uncut."""
        metric = sacre.library().BLEU

        def values(sums: Floats) -> dict[str, Floats]:
            return {
                "bleu": np.array(
                    [_score(metric, row[:10]) if 2 * row[11] <= row[10] else np.nan for row in sums.tolist()]
                )
            }

        return Additive(sacre.with_items(items, STATISTICS, "uncut"), values)

    def settled(self, answers: pl.DataFrame) -> Self:
        """With the tokenizer for these answers."""
        return self.model_copy(update={"tokenizer": self.chosen(answers)})

    def remarks(self, answers: pl.DataFrame) -> tuple[str, ...]:
        """Says which tokenizer 'auto' chose, if it is not the usual one."""
        chosen = self.chosen(answers)
        if chosen in (self.tokenizer, "13a"):
            return ()
        return (f"bleu: the tokenizer '{chosen}' was chosen, since references are in a script without spaces",)

    def library(self) -> Any:
        """sacrebleu's BLEU; 'auto', where it is not settled, is 13a."""
        tokenizer = "13a" if self.tokenizer == "auto" else self.tokenizer
        return sacre.library().BLEU(tokenize=tokenizer, lowercase=self.lowercase, force=True)

    def chosen(self, answers: pl.DataFrame) -> Tokenizer:
        """The tokenizer for these answers."""
        if self.tokenizer != "auto":
            return self.tokenizer
        unspaced, other = sacre.unspaced(answers)
        if 2 * (unspaced & other).sum() >= max(1, answers.height):
            return "char"
        return "zh" if 100 * unspaced.sum() >= max(1, answers.height) else "13a"


def _score(metric: Any, numbers: list[float], *, effective_order: bool = False) -> float:
    matches, ngrams = numbers[2 : 2 + ORDER], numbers[2 + ORDER :]
    lengths = int(numbers[0]), int(numbers[1])
    found = metric.compute_bleu(
        list(matches), list(ngrams), *lengths, smooth_method="exp", effective_order=effective_order
    )
    return min(float(found.score), 100.0)


def _uncut(answers: pl.DataFrame, tokenizer: Tokenizer) -> pl.Series:
    """Which items are in a script that this tokenizer does not cut."""
    unspaced, other = sacre.unspaced(answers)
    if tokenizer == "char":
        return unspaced & False
    return unspaced & other if tokenizer == "zh" else unspaced
