"""The final number of a solution in words, as for GSM8K: is it the number of the reference, exactly?

The number is the one right after the last *marker* (``#### 18`` in GSM8K's answers; Cobbe et al. 2021); a text without a marker
is read to its last number (unless `fallback` is off). After a marker only white space, a colon or equals sign, Markdown's
stars and a currency sign may come first: ``#### about 18`` has no final number.

A number is digits, in groups of three with commas or without (``1,234``; ``1,23`` is two numbers), with decimals, an exponent,
and a minus sign, hyphen or ``−``, that does not follow a letter, a digit or a closing bracket: ``-5``, ``-$5`` and ``$-5`` are
negative, ``10-5`` ends with 5. ``3/4`` is a fraction. Units, currency and per-cent signs are not looked at: ``50%`` is 50 and
not .5. Numbers are compared as decimals, never as floats: 18 = 18.0 = 018, and 0.1 is not 0.1000000000000000055.

A text without a final number is marked as unparsed, and wrong.
"""

import re
from collections.abc import Mapping
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from typing import ClassVar

import polars as pl
from pydantic import Field

from bloomery.errors import DataError
from bloomery.metrics.base import Made, Metric, Share
from bloomery.metrics.pairs import best, pairs

_DIGITS = r"[0-9]+(?:,[0-9]+)*"
_NUMBER = rf"(?:{_DIGITS}(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?(?:/[0-9]+)?"
_SIGNED = rf"(?:^|[^\p{{L}}\p{{N}}_)\]}}])[-−]\p{{Sc}}?{_NUMBER}|{_NUMBER}"
_AFTER = rf"\A[\s:=*]*((?:[-−] ?\p{{Sc}}?|\p{{Sc}} ?[-−]?)? ?{_NUMBER})"
#: commas in a number part groups of three
_GROUPED = r"\A[^0-9]*[0-9]{1,3}(?:,[0-9]{3})+(?:[^0-9,]|\z)"
#: longer numbers are none that a task asks for
_LONGEST = 300
_EXACT = Context(prec=1000, Emax=10**6, Emin=-(10**6))


class NumericAnswer(Metric):
    """Share of answers whose final number is exactly the final number of a reference."""

    names: ClassVar[dict[str, str]] = {
        "numeric_exact_match": "Share of items whose final number equals that of a reference; without a number it is wrong.",
    }
    made: ClassVar[Mapping[str, Made]] = {"numeric_exact_match": Share()}

    markers: list[str] = Field(default_factory=lambda: ["####"])
    """What the final number follows; the last marker in the text counts."""
    fallback: bool = True
    """Whether a text without a marker is read to its last number."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` is 1 or 0, ``number`` the number that was read (String, canonical), ``unparsed`` if there is none."""
        told = pairs(answers)
        number = self._numbers(told["prediction"])
        meant = self._numbers(told["reference"])
        if meant.null_count():
            item, wrong = told.filter(meant.is_null()).select("item", "reference").row(0)
            raise DataError(
                f"the reference of {item} cannot be read", expected="a final number", found=repr(wrong[-80:])
            )
        equal = (number == meant).fill_null(False).cast(pl.Float64)
        scored = told.select("row", score=equal, number=number, unparsed=number.is_null())
        return best(scored).drop("row")

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """The mean score."""
        return items.select(numeric_exact_match=pl.mean("score")).row(0, named=True)

    def _numbers(self, texts: pl.Series) -> pl.Series:
        """The final number of each text in its canonical form; null where there is none."""
        written = final_numbers(texts, self.markers, fallback=self.fallback).alias("written")
        once = written.drop_nulls().unique()
        known = pl.DataFrame({"written": once, "number": [canonical(one) for one in once]}, schema_overrides=_STRINGS)
        return written.to_frame().join(known, on="written", how="left", maintain_order="left")["number"]


_STRINGS = {"written": pl.String(), "number": pl.String()}


def final_numbers(texts: pl.Series, markers: list[str], *, fallback: bool) -> pl.Series:
    """The final number of each text as it is written, with its sign; null where there is none.

    >>> told = pl.Series(["So 2 + 3.\\n#### 1,234 eggs", "He pays -$5.", "10-5", "#### about 5", "none"])
    >>> final_numbers(told, ["####"], fallback=True).to_list()
    ['1,234', '-$5', '5', None, None]
    """
    marker = "|".join(map(re.escape, markers)) or r"[^\s\S]"
    after = texts.str.replace(rf"(?s)\A.*(?:{marker})", "").str.extract(_AFTER)
    marked = texts.str.contains(marker)
    last = _last(texts) if fallback else pl.Series([None], dtype=pl.String).new_from_index(0, len(texts))
    return after.zip_with(marked, last)


def _last(texts: pl.Series) -> pl.Series:
    """The last number with its sign; of a list without blanks (``1,2,3``) the last entry."""
    found = texts.str.extract_all(_SIGNED).list.last().str.extract(r"([-−]?\p{Sc}?(?:[0-9]|\.[0-9]).*)\z")
    listed = found.str.contains(",") & ~found.str.contains(_GROUPED)
    return found.str.extract(r"([^,]*)\z").zip_with(listed.fill_null(False), found)


def canonical(written: str) -> str | None:
    """One spelling for each number; None for one that is too long.

    >>> [canonical(one) for one in ("1,234.50", "-$05", "−5", "1e3", "6/8", "3/7", "1/0", "1,23", "-0.0")]
    ['1234.5', '-5', '-5', '1000', '0.75', '3/7', None, None, '0']
    """
    if len(written) > _LONGEST or ("," in written and not re.search(_GROUPED.replace(r"\z", r"\Z"), written)):
        return None
    number, _, divisor = re.sub(r"[^-0-9.eE/+]", "", written.replace("−", "-")).partition("/")
    try:
        value = _EXACT.create_decimal(number)
        return _fraction(Fraction(value) / int(divisor)) if divisor else f"{_EXACT.normalize(value) + 0:f}"
    except (InvalidOperation, ZeroDivisionError):
        return None


def _fraction(ratio: Fraction) -> str:
    """A decimal where it ends, else ``3/7``."""
    rest = ratio.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1:
        return f"{ratio.numerator}/{ratio.denominator}"
    return f"{_EXACT.normalize(_EXACT.divide(Decimal(ratio.numerator), Decimal(ratio.denominator))):f}"
