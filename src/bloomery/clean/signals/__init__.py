"""Signals: cheap, deterministic marks of a bad row, each with a name, a sentence and a switch.

A row is dropped with the first signal that fires, in the order of `SIGNALS`; the decision's detail lists all that fired,
and its score is the number it was decided on, where there is one. A signal that would drop good rows is worse than one
that misses: each says in its module what it leaves alone. What the signals look at, and which rows they do not judge
(labels, KTO rows labelled false, rows with tools), is told in `bloomery.clean.signals.view`.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, NamedTuple

import polars as pl
from pydantic import Field

from bloomery.clean.signals.answer import answer_equals_prompt, empty_answer, placeholder_answer, unfilled_template
from bloomery.clean.signals.ending import cut_off_ending
from bloomery.clean.signals.markup import leftover_markup
from bloomery.clean.signals.media import asks_for_media
from bloomery.clean.signals.refusals import ai_self_reference, refusal
from bloomery.clean.signals.repetition import repeated_lines, repeated_ngrams
from bloomery.clean.signals.script import script_mismatch
from bloomery.clean.signals.view import LABELLED, View
from bloomery.schema import Batch, RowOp, proposals

__all__ = ["SIGNALS", "Name", "Signal", "Signals", "count"]

Name = Literal[
    "empty_answer",
    "placeholder_answer",
    "unfilled_template",
    "answer_equals_prompt",
    "refusal",
    "ai_self_reference",
    "script_mismatch",
    "repeated_lines",
    "repeated_ngrams",
    "cut_off_ending",
    "leftover_markup",
    "asks_for_media",
]


class Signal(NamedTuple):
    """One signal: what it says of a row, how it is found, and where it applies."""

    sentence: str
    find: Callable[..., pl.DataFrame]  # View, and the option of the same name if `limit`: rows that fire (see `View`)
    limit: bool = False  # there is an option of the same name
    labels: bool = False  # applies where completions are labels, too
    text: bool = False  # applies to running text, too


#: in the order in which they decide
SIGNALS: Mapping[Name, Signal] = {
    "empty_answer": Signal("The answer has no visible character.", empty_answer, labels=True),
    "placeholder_answer": Signal(
        "The answer is only a marker such as N/A, TODO or [insert answer].", placeholder_answer
    ),
    "unfilled_template": Signal(
        "The answer holds a template field such as {{name}} that nobody filled in.", unfilled_template
    ),
    "answer_equals_prompt": Signal("The answer says the prompt again.", answer_equals_prompt),
    "refusal": Signal("The answer opens with a refusal.", refusal),
    "ai_self_reference": Signal("The answer speaks of itself as an AI model, unasked.", ai_self_reference),
    "script_mismatch": Signal("Prompt and answer are in different scripts, unasked.", script_mismatch),
    "repeated_lines": Signal("The answer repeats its own lines.", repeated_lines, limit=True, text=True),
    "repeated_ngrams": Signal("The answer repeats its own phrases.", repeated_ngrams, limit=True, text=True),
    "cut_off_ending": Signal("The answer stops in the middle.", cut_off_ending),
    "leftover_markup": Signal("The answer holds leftover markup or escape sequences.", leftover_markup, text=True),
    "asks_for_media": Signal("The prompt asks for an image, a link, a file or live data.", asks_for_media),
}

_NONE = pl.DataFrame(schema={"row": pl.UInt32, "score": pl.Float64, "signal": pl.String})
_Share = Annotated[float, Field(ge=0, le=1)]


class Signals(RowOp):
    """Drop rows that show a quality signal; the reason is the signal's name."""

    skip: tuple[Name, ...] = ()
    """Signals that are not to be used."""

    repeated_lines: _Share = 0.3
    """Share of an answer (by bytes) that may stand in lines it has said before."""

    repeated_ngrams: _Share = 0.6
    """Share of an answer (by words) that may stand in runs of six words it has said before."""

    def decide(self, batch: Batch) -> pl.DataFrame:
        """Propose to drop each row with the first signal that fires; ``detail`` is ``{"signals": [all that fired]}``."""
        found = self.found(batch)
        if found.is_empty():
            return proposals()
        rows = found.group_by("row", maintain_order=True).agg(
            pl.col("score").first(), reason=pl.col("signal").first(), fired=pl.col("signal").str.join('", "')
        )
        rows = rows.sort("row").with_columns(detail=pl.lit('{"signals": ["') + pl.col("fired") + pl.lit('"]}'))
        return proposals(rows.with_columns(n=batch.rows["n"].gather(rows["row"])), action="drop")

    def found(self, batch: Batch) -> pl.DataFrame:
        """Every row and signal that fires: ``row`` (index into ``batch.rows``), ``signal``, ``score``, in deciding order."""
        view = View(batch)
        each = [_NONE]
        for name, signal in SIGNALS.items():
            if name not in self.skip and _applies(signal, batch):
                fired = signal.find(view, *([getattr(self, name)] if signal.limit else []))
                each += [fired.with_columns(signal=pl.lit(name))] * (fired.height > 0)
        return pl.concat(each)


def _applies(signal: Signal, batch: Batch) -> bool:
    if batch.format == "text":
        return signal.text
    return signal.labels or not (batch.task == "label" or batch.format in LABELLED)


def count(batch: Batch, signals: Signals | None = None) -> pl.DataFrame:
    """How many rows of `batch` show each signal, without dropping any: ``signal, rows``, in deciding order.

    A row counts once for every signal it shows. Counts of batches add up.
    """
    found = (signals or Signals()).found(batch).group_by("signal").agg(rows=pl.len().cast(pl.UInt64))
    names = pl.DataFrame({"signal": list(SIGNALS)})
    return names.join(found, on="signal", how="left", maintain_order="left").with_columns(pl.col("rows").fill_null(0))
