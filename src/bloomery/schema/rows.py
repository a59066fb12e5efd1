"""Rows: the one noun that flows.

A `Batch` is a slice of the input, in input order. It has two Polars frames and a list:

``rows``, one line a row
    n         UInt64   position over the whole input, from 0, counting rows (not quarantined records)
    id        String   path as given + ":" + number from 1, e.g. ``raw/tickets.jsonl:1234``
    source    UInt16   index into the run's list of sources
    priority  Int32    of that source; higher wins when duplicates meet
    raw       Binary   the row as JSON text, UTF-8, one line: the source of truth. A row that no op edits is written
                       back from these bytes
    fault     String   structural fault found while reading (``no_assistant_turn``), else null
    alive     Boolean  false once an op has dropped it; it stays in the batch so that later ops can say what they
                       would have done (what-if)
    edited    Boolean  true once an op has changed one of its parts

``parts``, one line for each piece of text in a row, in reading order
    n         UInt64   the row
    part      UInt16   position within the row, from 0
    role      Enum     one of ROLES
    text      String   the text

``quarantined``, what could not be read at all.

Every format (chat, alpaca, preference, ...) is seen through its parts, so an op is written once. A format knows how to
list the parts of a record and how to put changed texts back (`bloomery.formats`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, Self

import polars as pl

ROLES = (
    "system",  # the system message
    "prompt",  # what the user says; the text of a classification, pair or token-label row
    "completion",  # what the model should say; the chosen answer of a preference
    "rejected",  # the rejected answer of a preference
    "reasoning",  # reasoning fields and <think> blocks
    "tool_call",  # arguments of a tool call, as JSON text
    "tool",  # what a tool answered
    "tools",  # descriptions of tools
    "label",  # class, tags, or KTO's true/false
    "text",  # running text with no roles
)

#: ``label``: the completion (or label) is one of few short values, so it needs no minimum length and must match exactly
#: before two rows count as duplicates. ``open``: free text.
Task = Literal["open", "label"]

ROWS_SCHEMA = pl.Schema(
    {
        "n": pl.UInt64,
        "id": pl.String,
        "source": pl.UInt16,
        "priority": pl.Int32,
        "raw": pl.Binary,
        "fault": pl.String,
        "alive": pl.Boolean,
        "edited": pl.Boolean,
    }
)
PARTS_SCHEMA = pl.Schema(
    {"n": pl.UInt64, "part": pl.UInt16, "role": pl.Enum(ROLES), "text": pl.String}  # type: ignore[arg-type]
)


class Quarantined(NamedTuple):
    """A record that could not be read."""

    id: str
    file: str
    line: int  # physical line where it starts, from 1 (record number where a container has no lines)
    reason: str  # one sentence
    raw: bytes  # as found; may be personal data, so it is written only to ``private/``


@dataclass(frozen=True, slots=True)
class Batch:
    """A slice of the input; see the module docstring for the columns."""

    rows: pl.DataFrame
    parts: pl.DataFrame
    format: str = "text"
    task: Task = "open"
    quarantined: Sequence[Quarantined] = field(default_factory=tuple)

    def __len__(self) -> int:
        return self.rows.height

    def with_(self, **changes: object) -> Self:
        """A copy with some fields replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def text(self, *roles: str, sep: str = "\n") -> pl.Series:
        """The texts of the given roles (all roles if none is given), one String per row, joined by `sep`.

        A row without such a part gets "". Aligned with ``rows``.
        """
        parts = self.parts
        if roles:
            parts = parts.filter(pl.col("role").is_in(list(roles)))
        if parts.height == self.rows.height and parts["n"].equals(self.rows["n"]):
            return parts["text"].alias("text")
        joined = parts.group_by("n", maintain_order=True).agg(pl.col("text").str.join(sep))
        return self.rows.select("n").join(joined, on="n", how="left", maintain_order="left")["text"].fill_null("")

    def drop(
        self,
        mask: pl.Series,
        reason: str | pl.Series,
        *,
        score: pl.Series | None = None,
        detail: pl.Series | None = None,
    ) -> pl.DataFrame:
        """Propose to drop the rows where `mask` (Boolean, aligned with ``rows``) is true.

        `reason`, `score` (Float64) and `detail` (String, JSON) are aligned with ``rows`` too. Returns proposals
        (`bloomery.schema.decisions`); nothing is removed here.
        """
        from bloomery.schema.decisions import proposals

        n = self.rows.height
        reasons = pl.Series([reason], dtype=pl.String).new_from_index(0, n) if isinstance(reason, str) else reason
        frame = pl.DataFrame(
            {
                "n": self.rows["n"],
                "reason": reasons,
                "score": pl.Series([None], dtype=pl.Float64).new_from_index(0, n) if score is None else score,
                "detail": pl.Series([None], dtype=pl.String).new_from_index(0, n) if detail is None else detail,
            }
        )
        return proposals(frame.filter(mask.fill_null(False)), action="drop")

    def edit(self, changed: pl.DataFrame, reason: str | None = None) -> pl.DataFrame:
        """Propose new texts. `changed` has ``n, part, text`` and may have ``reason, score, detail``.

        Lines whose text equals what stands in ``parts`` are left out, so an op may pass everything it looked at.
        """
        from bloomery.schema.decisions import proposals

        if reason is not None:
            changed = changed.with_columns(reason=pl.lit(reason, dtype=pl.String))
        old = self.parts.select("n", "part", old="text")
        changed = changed.with_columns(pl.col("n").cast(pl.UInt64), pl.col("part").cast(pl.UInt16))
        changed = changed.join(old, on=["n", "part"], how="inner", maintain_order="left")
        return proposals(changed.filter(pl.col("text") != pl.col("old")).drop("old"), action="edit")
