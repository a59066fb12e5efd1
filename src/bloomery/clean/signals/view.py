"""What a signal looks at: the answers of a batch one by one, and the prompts they answer.

`View` is built once a batch and shared by all signals. A row of most formats has one answer; a chat has one a turn, and
each is looked at by itself. An answer counts for its row by one of three rules:

- any: one such answer spoils the row (a placeholder, leftover markup);
- half: at least half of the row's answers must be so (one refused turn of a long chat may be just right);
- last: only the last answer is looked at (an earlier one may be cut off because the user then says "go on").

The labels that a model must learn to give are not answers: rows of classification, pair and token-label data have none,
and running text (format ``text``) stands in the place of the answer for the few signals that make sense there. KTO rows
labelled false have no answers either: there the bad answer is the point.

Signals look at the marks of the batch first, and closer only at what these leave over, so they hand back frames
with a line for each row that fires: ``row`` (UInt32, index into ``batch.rows``) and ``score`` (Float64 or null).
"""

from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.kernels.marks import MARKUP
from bloomery.kernels.views import Views
from bloomery.schema import ROLES, Batch
from bloomery.text.marks import Bools, Ints, marks

LINES_SCHEMA = pl.Schema({"row": pl.UInt32, "index": pl.UInt32, "text": pl.String})
FOUND_SCHEMA = pl.Schema({"row": pl.UInt32, "score": pl.Float64})
Rule = Literal["any", "half"]

#: formats whose rows teach labels, not answers
LABELLED = ("classification", "pair", "token_labels")


_NO_LINES, _NONE_FOUND = LINES_SCHEMA.to_frame(), FOUND_SCHEMA.to_frame()


class View:
    """The texts of a batch as signals need them; frames are made when first asked for, and kept."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.known = marks(batch)
        self._roles = batch.parts["role"].to_physical().to_numpy()
        self._rows = batch.row_of_part().astype(np.uint32)
        self._places: dict[tuple[str, ...], Ints] = {}

    def places(self, *roles: str) -> Ints:
        """Where in ``batch.parts`` the parts with these roles stand, in order."""
        if roles not in self._places:
            wanted = np.zeros(len(ROLES), dtype=bool)
            wanted[[ROLES.index(role) for role in roles]] = True
            self._places[roles] = np.flatnonzero(wanted[self._roles])
        return self._places[roles]

    def rows(self, places: Ints) -> npt.NDArray[np.uint32]:
        """The row of the parts at these places, as an index into ``batch.rows``."""
        return self._rows[places]

    def lines(self, places: Ints) -> pl.DataFrame:
        """``row, index, text`` of the parts at these places; ``index`` is the place in ``batch.parts``."""
        if not len(places):
            return _NO_LINES
        text = self.batch.parts["text"]
        text = text if len(places) == len(text) else text.gather(places)
        return pl.DataFrame({"row": self._rows[places], "index": places.astype(np.uint32), "text": text})

    def heads(self, places: Ints, characters: int) -> Views:
        """The beginnings of the parts at these places: that many characters or, for some texts, a few more."""
        texts = self.known.views.take(places)
        most = np.where(texts.size == self.known.characters[places], characters, 4 * characters)
        return texts._replace(size=np.minimum(texts.size, most))

    @cached_property
    def answered(self) -> Ints:
        """Where in ``batch.parts`` the answers stand, in reading order."""
        if self.batch.format in LABELLED:
            return np.empty(0, dtype=np.int64)
        found = self.places("text" if self.batch.format == "text" else "completion")
        if self.batch.format != "kto":
            return found
        labels = self.lines(self.places("label")).filter(pl.col("text").str.strip_chars().str.to_lowercase() == "false")
        return found[~np.isin(self._rows[found], labels["row"].to_numpy())]

    @cached_property
    def answers(self) -> pl.DataFrame:
        """One line an answer, in reading order: ``row, index, text``."""
        return self.lines(self.answered)

    def answers_with(self, facts: int) -> pl.DataFrame:
        """The answers that have one of these facts (of `bloomery.kernels.marks`)."""
        return self.lines(self.answered[self.known.has(facts)[self.answered]])

    @cached_property
    def marked(self) -> pl.DataFrame:
        """The answers that may hold markup, escape sequences, template fields or code fences."""
        return self.answers_with(MARKUP)

    @cached_property
    def turns(self) -> Ints:
        """For each part of a prompt (``places("prompt")``) where its turn of the user begins.

        Parts that follow each other (an instruction and its input) are one turn.
        """
        index = self.places("prompt")
        starts = (np.diff(index, prepend=-2) > 1) | (np.diff(self._rows[index].astype(np.int64), prepend=-1) != 0)
        turn: Ints = index[np.flatnonzero(starts)][np.cumsum(starts) - 1]
        return turn

    @cached_property
    def _tools(self) -> Bools:
        """For each row whether the model has tools in it."""
        tools = np.zeros(len(self.batch), dtype=bool)
        tools[self._rows[self.places("tools", "tool_call", "tool")]] = True
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
        places = self.places(*roles)
        parts = self.lines(places[wanted[self._rows[places]]])
        if parts["row"].equals(rows):
            return parts["text"]
        texts = parts.group_by("row", maintain_order=True).agg(pl.col("text").str.join("\n"))
        aligned = rows.to_frame("row").join(texts, on="row", how="left", maintain_order="left")
        return aligned["text"].fill_null("")

    def with_prompt(self, answers: pl.DataFrame) -> pl.DataFrame:
        """`answers` with the row's whole ``prompt`` (system message included) beside each; for a few answers only."""
        return answers.with_columns(prompt=self.joined(answers["row"], "system", "prompt"))

    @cached_property
    def last(self) -> Ints:
        """Where in ``batch.parts`` the last answer of each row stands."""
        row = self._rows[self.answered]
        last: Ints = self.answered[np.append(row[1:] != row[:-1], True)[: len(row)]]
        return last

    def settle(self, fired: pl.DataFrame, rule: Rule = "any") -> pl.DataFrame:
        """Rows that fire, from answers that do (``row`` and perhaps ``score``, of which the highest is kept)."""
        if fired.is_empty():
            return _NONE_FOUND
        if "score" not in fired.columns:
            fired = fired.with_columns(score=pl.lit(None, dtype=pl.Float64))
        rows = fired.group_by("row", maintain_order=True).agg(pl.col("score").max(), fired=pl.len())
        if rule == "half":
            answers = np.bincount(self._rows[self.answered], minlength=len(self.batch))
            rows = rows.filter(2 * rows["fired"] >= pl.Series(answers[rows["row"].to_numpy()]))
        return rows.select(pl.col(name).cast(dtype) for name, dtype in FOUND_SCHEMA.items())
