"""Perplexity and its kin, from log-probabilities of tokens that are given.

With the natural log-probability of each token t, over all tokens of all texts,

- NLL = − Σ log p(t) / tokens, in nats a token; perplexity = exp(NLL): 2.0 is 7.389;
- bits per byte = − Σ log p(t) / (ln 2 · bytes), and the perplexity a word = exp(− Σ log p(t) / words), which do not depend on
  the tokenizer and so compare models that have different ones (Gao et al. 2020, section 3.1; Mielke 2019).

Sums are divided once, at the end. The mean of the documents' perplexities, and exp of the mean of their NLL, weigh a token of a
short document more than one of a long one, and are other numbers: of documents with 10 tokens at 2.0 and 190 at 0.5 they are 4.52
and 3.49, and perplexity is 1.78.

**First token.** A model that is not given a begin-of-text token cannot predict the first one, and interfaces then report null
for it. ``first`` says what holds, for all rows alike: ``counted`` (something stands before it: a prompt, a begin-of-text
token) wants a number for each token; ``left_out`` drops the first of each row, be it null or not. Bytes and words are those
of the whole text in both cases.
"""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import polars as pl

from bloomery.errors import DataError, did_you_mean
from bloomery.metrics.base import Additive, Corpus, Floats, Made, Metric, numbers, over

_WORD = r"\S+"
_SLACK = 1e-3  # a log-probability may be so much above 0, from rounding of a half-precision number


class Perplexity(Metric):
    """Token-weighted perplexity; the score of an item is its NLL a token, in nats."""

    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, None)
    higher_is_better: ClassVar[bool] = False
    names: ClassVar[dict[str, str]] = {
        "nll": "negative log-likelihood in nats a token, over all tokens; less is better",
        "perplexity": "exp(nll); less is better",
        "bits_per_byte": "negative log-likelihood in bits a byte of the texts (UTF-8); independent of the tokenizer",
        "perplexity.word": "exp of the negative log-likelihood a word (run of non-blanks); independent of the tokenizer",
    }
    made: ClassVar[Mapping[str, Made]] = dict.fromkeys(names, Corpus("a missing answer may have any number of tokens"))

    column: str = "logprobs"
    """The column with the natural log-probabilities of the tokens of an item: a list of numbers."""
    first: Literal["counted", "left_out"] = "counted"
    """Whether the first token of an item counts; 'left_out' where nothing stood before it."""
    text: str | None = None
    """The column with the text that these tokens are; without it there are no figures a byte and a word."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` (NLL a token; null without tokens), ``nll`` (its sum), ``tokens``, ``bytes``, ``words``.

        Raises DataError if a column is missing, a token has no log-probability, or one is above 0 or no number.
        """
        given = _column(answers, self.column)
        if not isinstance(given.dtype, pl.List) or not (given.dtype.inner.is_numeric() or given.dtype.inner == pl.Null):
            raise DataError(
                f"The column '{self.column}' has no log-probabilities",
                expected="lists of numbers",
                found=str(given.dtype),
            )
        found = given.cast(pl.List(pl.Float64)).fill_null([])
        found = found.list.slice(1) if self.first == "left_out" else found
        self._check(answers, found)
        numbers = pl.DataFrame({"nll": -found.list.sum(), "tokens": found.list.len().cast(pl.Int64)})
        score = pl.when(pl.col("tokens") > 0).then(pl.col("nll") / pl.col("tokens"))
        return numbers.select(score.alias("score"), "nll", "tokens", *self._sizes(answers))

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``nll`` and ``perplexity`` (null without a token), ``bits_per_byte`` and ``perplexity.word`` (null without `text`).

        What is too large for a number (a token of probability 0, a perplexity beyond 10³⁰⁸) is null.
        """
        nll, tokens = float(items["nll"].sum()), int(items["tokens"].sum())
        sizes = {name: int(items[name].sum()) if self.text is not None else 0 for name in ("bytes", "words")}
        return {
            "nll": _ratio(nll, tokens),
            "perplexity": _exp(_ratio(nll, tokens)),
            "bits_per_byte": _ratio(nll / math.log(2), sizes["bytes"]),
            "perplexity.word": _exp(_ratio(nll, sizes["words"])),
        }

    def additive(self, items: pl.DataFrame) -> Additive | None:
        """The sums of NLL, tokens, bytes and words; None where a token has the probability 0."""
        if not items["nll"].is_finite().all():
            return None
        columns = ["nll", "tokens", *(("bytes", "words") if self.text is not None else ())]

        def values(sums: Floats) -> dict[str, Floats]:
            sizes = dict(zip(columns, sums.T, strict=True))
            nll = over(sums[:, 0], sums[:, 1])
            found = {"nll": nll, "perplexity": _exps(nll)}
            if self.text is not None:
                found["bits_per_byte"] = over(sums[:, 0] / math.log(2), sizes["bytes"])
                found["perplexity.word"] = _exps(over(sums[:, 0], sizes["words"]))
            return found

        return Additive(numbers(items, columns), values)

    def _sizes(self, answers: pl.DataFrame) -> list[pl.Series]:
        if self.text is None:
            return []
        text = _column(answers, self.text)
        if text.dtype != pl.String:
            raise DataError(f"The column '{self.text}' has no text", expected="one text a row", found=str(text.dtype))
        text = text.fill_null("")
        sizes = {"bytes": text.str.len_bytes(), "words": text.str.count_matches(_WORD)}
        return [size.cast(pl.Int64).alias(name) for name, size in sizes.items()]

    def _check(self, answers: pl.DataFrame, found: pl.Series) -> None:
        """DataError for what is no log-probability."""
        first = "" if self.first == "left_out" else "If the first token of a text has none, set first: left_out"
        wrongs = (
            (pl.element().is_null() | pl.element().is_nan(), "has no log-probability", first),
            (pl.element() > _SLACK, "has one above 0, which no logarithm of a probability is", "Was the sign turned?"),
        )
        for wrong, said, way_out in wrongs:
            rows = found.list.eval(wrong.any()).list.first()
            if rows.any():
                row = int(rows.fill_null(value=False).arg_max() or 0)
                named = answers["item"][row] if "item" in answers.columns else row
                raise DataError(f"A token of the item {named} {said}", found=f"{rows.sum():,} such items", next=way_out)


def _column(answers: pl.DataFrame, name: str) -> pl.Series:
    if name not in answers.columns:
        raise DataError(f"There is no column '{name}'", next=did_you_mean(name, answers.columns))
    return answers[name]


def _ratio(total: float, count: int) -> float | None:
    return total / count if count and math.isfinite(total) else None


def _exp(nll: float | None) -> float | None:
    return math.exp(nll) if nll is not None and nll < 709 else None


def _exps(nll: Floats) -> Floats:
    """exp of each; nan where it is too large."""
    found: Floats = np.exp(np.where(nll < 709, nll, np.nan))
    return found
