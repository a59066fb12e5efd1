"""How many times as surprised a model is by texts as its base: the quotient of their perplexities.

With the log-probabilities t of the model's tokens and b of the base's, over all texts,

    ratio = exp((Σ b − Σ t) / T),    T the number of the base's tokens

Both sums are of whole texts, so they can be compared whatever the tokenizers are, and both are divided by the same number. Where
the two have the same tokenizer this is the quotient of the two perplexities, token-weighted as everywhere
(`bloomery.metrics.perplexity`).
"""

from typing import ClassVar

import numpy as np
import polars as pl

from bloomery.metrics.base import Additive, Floats, Metric, numbers, over
from bloomery.metrics.perplexity import Perplexity


class PerplexityRatio(Metric):
    """The perplexity of texts as a multiple of the base's; 1 where nothing has changed."""

    names: ClassVar[dict[str, str]] = {"ratio": "perplexity as a multiple of the base's, in units of its tokens"}
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, None)
    higher_is_better: ClassVar[bool] = False

    column: str = "logprobs"
    """The column with the natural log-probabilities of the tokens of an item."""
    base: str = "base_logprobs"
    """The column with those of the base."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` (of one text; null without tokens), ``more`` (nats more than the base's), ``tokens`` (the base's)."""
        mine, theirs = (Perplexity(column=name).items(answers) for name in (self.column, self.base))
        found = pl.DataFrame({"more": mine["nll"] - theirs["nll"], "tokens": theirs["tokens"]})
        score = pl.when(pl.col("tokens") > 0).then((pl.col("more") / pl.col("tokens")).exp())
        return found.select(score.alias("score"), "more", "tokens")

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``ratio``; null where there is no token, or it is too large for a number."""
        (found,) = _ratio(numbers(items, ["more", "tokens"]).sum(axis=0)[None, :])
        return {"ratio": float(found) if np.isfinite(found) else None}

    def additive(self, items: pl.DataFrame) -> Additive | None:
        """The sums of nats and tokens."""
        return Additive(numbers(items, ["more", "tokens"]), lambda sums: {"ratio": _ratio(sums)})


def _ratio(sums: Floats) -> Floats:
    """exp of nats a token, nan beyond what a number holds. Shape: (R, 2) → (R,)."""
    nats = over(sums[:, 0], sums[:, 1])
    found: Floats = np.exp(np.where(nats < 709, nats, np.nan))
    return found
