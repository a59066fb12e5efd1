"""What a signal looks at: the answers of a batch one by one, and the prompts they answer.

`View` is built once a batch and shared by all signals. A row of most formats has one answer; a chat has one a turn, and
each is looked at by itself. An answer counts for its row by one of three rules:

- any: one such answer spoils the row (a placeholder, leftover markup);
- half: at least half of the row's answers must be so (one refused turn of a long chat may be just right);
- last: only the last answer is looked at (an earlier one may be cut off because the user then says "go on").

The labels that a model must learn to give are not answers: rows of classification, pair and token-label data have none,
and running text (format ``text``) stands in the place of the answer for the few signals that make sense there. KTO rows
labelled false have no answers either: there the bad answer is the point.

Signals scan all answers with something cheap first and look closer only at those left over, so they hand back frames
with a line for each row that fires: ``row`` (UInt32, index into ``batch.rows``) and ``score`` (Float64 or null).
"""

from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.signals.pattern import having
from bloomery.schema import ROLES, Batch

FOUND_SCHEMA = pl.Schema({"row": pl.UInt32, "score": pl.Float64})
Rule = Literal["any", "half"]

#: characters that an answer opens in: where a refusal stands
HEAD = 240

_MARKS = r"[<&\\\[#{`]"

#: formats whose rows teach labels, not answers
LABELLED = ("classification", "pair", "token_labels")


class View:
    """The texts of a batch as signals need them; frames are made when first asked for, and kept."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._roles = batch.parts["role"].to_physical().to_numpy()
        self._rows = np.searchsorted(batch.rows["n"].to_numpy(), batch.parts["n"].to_numpy()).astype(np.uint32)

        self._known: dict[tuple[str, ...], npt.NDArray[np.int64]] = {}

    def _places(self, *roles: str) -> npt.NDArray[np.int64]:
        """Where in ``batch.parts`` the parts with these roles stand, in order."""
        if roles not in self._known:
            self._known[roles] = self._look_up(roles)
        return self._known[roles]

    def _look_up(self, roles: tuple[str, ...]) -> npt.NDArray[np.int64]:
        wanted = np.zeros(len(ROLES), dtype=bool)
        wanted[[ROLES.index(role) for role in roles]] = True
        return np.flatnonzero(wanted[self._roles])

    def _at(self, places: npt.NDArray[np.int64]) -> pl.DataFrame:
        """``row, index, text`` of the parts at these places; ``index`` is the place in ``batch.parts``."""
        text = self.batch.parts["text"]
        text = text if len(places) == len(text) else text.gather(places)
        return pl.DataFrame({"row": self._rows[places], "index": places.astype(np.uint32), "text": text})

    @cached_property
    def answers(self) -> pl.DataFrame:
        """One line an answer, in reading order: ``row, index, text``."""
        if self.batch.format in LABELLED:
            return self._at(np.empty(0, dtype=np.int64))
        found = self._at(self._places("text" if self.batch.format == "text" else "completion"))
        if self.batch.format != "kto":
            return found
        labels = self._at(self._places("label")).filter(pl.col("text").str.strip_chars().str.to_lowercase() == "false")
        return found.join(labels.select("row"), on="row", how="anti", maintain_order="left")

    @cached_property
    def heads(self) -> pl.DataFrame:
        """The answers with a further column ``head``: their first `HEAD` characters."""
        return self.answers.with_columns(head=pl.col("text").str.head(HEAD))

    @cached_property
    def marked(self) -> pl.DataFrame:
        """The answers that may hold markup, escape sequences, template fields or code fences: one scan for all of these."""
        return having(self.answers, _MARKS)

    @cached_property
    def prompts(self) -> pl.DataFrame:
        """One line a part of a prompt, in reading order: ``row, index, text, turn``.

        Parts that follow each other (an instruction and its input) are one turn of the user; ``turn`` is the index of
        its first part.
        """
        index = self._places("prompt")
        starts = (np.diff(index, prepend=-2) > 1) | (np.diff(self._rows[index].astype(np.int64), prepend=-1) != 0)
        turn = index[np.flatnonzero(starts)][np.cumsum(starts) - 1]
        return self._at(index).with_columns(turn=pl.Series(turn, dtype=pl.UInt32))

    @cached_property
    def _tools(self) -> npt.NDArray[np.bool_]:
        """For each row whether the model has tools in it."""
        tools = np.zeros(len(self.batch), dtype=bool)
        tools[self._rows[self._places("tools", "tool_call", "tool")]] = True
        return tools

    def without_tools(self, found: pl.DataFrame) -> pl.DataFrame:
        """The lines of `found` whose ``row`` is one in which the model has no tools."""
        return found.filter(pl.Series(~self._tools[found["row"].to_numpy()]))

    def joined(self, rows: pl.Series, *roles: str) -> pl.Series:
        """The texts of the given roles for the given rows (UInt32), joined by newlines; "" where there is none."""
        if rows.is_empty():
            return pl.Series("text", [], dtype=pl.String)
        wanted = np.zeros(len(self.batch), dtype=bool)
        wanted[rows.to_numpy()] = True
        places = self._places(*roles)
        parts = self._at(places[wanted[self._rows[places]]])
        if parts["row"].equals(rows):
            return parts["text"]
        texts = parts.group_by("row", maintain_order=True).agg(pl.col("text").str.join("\n"))
        aligned = rows.to_frame("row").join(texts, on="row", how="left", maintain_order="left")
        return aligned["text"].fill_null("")

    def with_prompt(self, answers: pl.DataFrame) -> pl.DataFrame:
        """`answers` with the row's whole ``prompt`` (system message included) beside each; for a few answers only."""
        return answers.with_columns(prompt=self.joined(answers["row"], "system", "prompt"))

    def last(self) -> pl.DataFrame:
        """The last answer of each row."""
        row = self.answers["row"].to_numpy()
        return self.answers.filter(pl.Series(np.append(row[1:] != row[:-1], True)[: len(row)], dtype=pl.Boolean))

    def settle(self, fired: pl.DataFrame, rule: Rule = "any") -> pl.DataFrame:
        """Rows that fire, from answers that do (``row`` and perhaps ``score``, of which the highest is kept)."""
        if fired.is_empty():
            return FOUND_SCHEMA.to_frame()
        if "score" not in fired.columns:
            fired = fired.with_columns(score=pl.lit(None, dtype=pl.Float64))
        rows = fired.group_by("row", maintain_order=True).agg(pl.col("score").max(), fired=pl.len())
        if rule == "half":
            answers = np.bincount(self.answers["row"].to_numpy(), minlength=len(self.batch))
            rows = rows.filter(2 * rows["fired"] >= pl.Series(answers[rows["row"].to_numpy()]))
        return rows.select(pl.col(name).cast(dtype) for name, dtype in FOUND_SCHEMA.items())
