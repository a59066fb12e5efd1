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

A batch also keeps what was worked out from its parts (`Batch.derived`), so that ops share it.

Every format (chat, alpaca, preference, ...) is seen through its parts, so an op is written once. A format knows how to
list the parts of a record and how to put changed texts back (`bloomery.formats`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, Protocol, Self, TypeVar, cast

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]

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


class Derived(Protocol):
    """Something worked out from the parts of a batch, a value a part, each from its own text alone."""

    def renewed(self, parts: pl.DataFrame, changed: Ints) -> Self:
        """The same for `parts`, of which only the texts at the places `changed` are others than before."""
        ...


D = TypeVar("D", bound=Derived)


@dataclass(frozen=True, slots=True)
class Batch:
    """A slice of the input; see the module docstring for the columns."""

    rows: pl.DataFrame
    parts: pl.DataFrame
    format: str = "text"
    task: Task = "open"
    quarantined: Sequence[Quarantined] = field(default_factory=tuple)
    memo: dict[type[Any], Any] = field(default_factory=dict, repr=False, compare=False)  # see `derived`

    def __len__(self) -> int:
        return self.rows.height

    def with_(self, **changes: object) -> Self:
        """A copy with some fields replaced; other parts than these have nothing derived from them yet."""
        if "parts" in changes and changes["parts"] is not self.parts:
            changes.setdefault("memo", {})
        return replace(self, **changes)  # type: ignore[arg-type]

    def with_texts(self, places: Ints, texts: pl.Series) -> Self:
        """A copy in which the parts at these places (ascending) have these texts; what was derived is renewed."""
        parts = self.parts.with_columns(self.parts["text"].clone().scatter(places, texts))
        return self.with_(parts=parts, memo={kind: one.renewed(parts, places) for kind, one in self.memo.items()})

    def derived(self, kind: type[D], make: Callable[[pl.DataFrame], D]) -> D:
        """``make(parts)``, which is a `kind`: made the first time it is asked for, and kept with the batch."""
        if kind not in self.memo:
            self.memo[kind] = make(self.parts)
        return cast(D, self.memo[kind])

    def row_of_part(self) -> Ints:
        """For each part the index into ``rows`` of its row."""
        n, of = self.rows["n"].to_numpy(), self.parts["n"].to_numpy()
        if len(n) and n[-1] - n[0] == len(n) - 1:  # nothing is missing, as in most batches
            return np.asarray(of - n[0], dtype=np.int64)
        return n.searchsorted(of)

    def places(self, n: pl.Series, part: pl.Series) -> Ints:
        """Where in ``parts`` the given parts of the given rows are; -1 where there is no such part."""
        wanted, there = _keys(n, part), _keys(self.parts["n"], self.parts["part"])
        found = there.searchsorted(wanted)
        here = np.append(there, ~np.uint64(0))[found] == wanted
        return np.where(here & part.is_not_null().to_numpy(), found, -1)

    def text(self, *roles: str, sep: str = "\n") -> pl.Series:
        """The texts of the given roles (all roles if none is given), one String per row, joined by `sep`.

        A row without such a part gets "". Aligned with ``rows``.
        """
        row, texts = self.row_of_part(), self.parts["text"]
        if roles:
            mine = np.flatnonzero(_one_of(roles)[self.parts["role"].to_physical().to_numpy()])
            row, texts = row[mine], texts.gather(mine)
        if len(row) == len(self) and (row == np.arange(len(row))).all():
            return texts.alias("text")
        joined = pl.DataFrame({"row": row, "text": texts})
        if (row[1:] == row[:-1]).any():
            joined = joined.group_by("row", maintain_order=True).agg(pl.col("text").str.join(sep))
        whole = pl.Series("text", [""], dtype=pl.String).new_from_index(0, len(self))
        return whole.scatter(joined["row"], joined["text"].fill_null(""))

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

        chosen = mask.fill_null(False).arg_true()
        columns = {"n": self.rows["n"], "reason": reason, "score": score, "detail": detail}
        frame = pl.DataFrame(
            {name: column.gather(chosen) for name, column in columns.items() if isinstance(column, pl.Series)}
        )
        if isinstance(reason, str):
            frame = frame.with_columns(reason=pl.lit(reason))
        return proposals(frame, action="drop")

    def edit(self, changed: pl.DataFrame, reason: str | None = None) -> pl.DataFrame:
        """Propose new texts. `changed` has ``n, part, text`` and may have ``reason, score, detail``.

        Lines whose text equals what stands in ``parts`` are left out, so an op may pass everything it looked at.
        """
        from bloomery.schema.decisions import proposals

        if reason is not None:
            changed = changed.with_columns(reason=pl.lit(reason, dtype=pl.String))
        changed = changed.with_columns(pl.col("n").cast(pl.UInt64), pl.col("part").cast(pl.UInt16))
        places = self.places(changed["n"], changed["part"])
        old = self.parts["text"].gather(np.maximum(places, 0)) if self.parts.height else changed["text"]
        differ = (changed["text"] != old).fill_null(False) & pl.Series(places >= 0, dtype=pl.Boolean)
        return proposals(changed.filter(differ), action="edit")


def _keys(n: pl.Series, part: pl.Series) -> npt.NDArray[np.uint64]:
    """One number for each part of each row, ascending in reading order."""
    row, within = n.cast(pl.UInt64).to_numpy(), part.cast(pl.UInt64).fill_null(0).to_numpy()
    keys: npt.NDArray[np.uint64] = (row << np.uint64(16)) | within
    return keys


def _one_of(roles: Sequence[str]) -> npt.NDArray[np.bool_]:
    """For each of ROLES whether it is among `roles`."""
    return np.array([role in roles for role in ROLES])
