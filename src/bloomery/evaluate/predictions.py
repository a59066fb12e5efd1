"""The answers' side: rows with ``id`` and ``prediction`` beside the items of a test."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
import polars as pl

from bloomery.errors import DataError
from bloomery.evaluate.columns import further, text
from bloomery.evaluate.records import Records, records
from bloomery.evaluate.tag_rows import with_tags
from bloomery.evaluate.unread import good_and_broken
from bloomery.formats.base import Record
from bloomery.formats.ids import ids
from bloomery.formats.source import Source
from bloomery.llm.replay import Replay
from bloomery.text.counted import counted

_SHOWN = 5  # ids in a sentence
UNMATCHED = "unmatched.jsonl"
NO_ITEM, NO_PREDICTION, NOT_ASKED = "the test has no such item", "there is no prediction", "no part asked for it"


class Answers(NamedTuple):
    """Answers beside the items that they answer."""

    frame: pl.DataFrame  #: the test's columns, ``prediction`` and further columns of the predictions
    unknown: list[str]  #: ids that the test does not have
    unanswered: list[str]  #: items that the predictions do not have
    files: list[dict[str, Any]]
    notes: list[str]
    of_parts: tuple[str, ...] = ()  #: ids that belong to a part, such as ``regression/reasoning/3``
    model: Replay | None = None  #: all the predictions, to be asked like a model
    unasked: tuple[str, ...] = ()  #: what must be said of those `of_parts` that no part asked for


def joined(
    source: Source,
    test: pl.DataFrame,
    unusable: int = 0,
    *,
    parts: Collection[str] = (),
    name: str = "predictions",
) -> Answers:
    """`test` with the predictions of `source` by id: an item without one is missing, and ids of no item are told.

    A prediction that is no text (a number, an object) is its JSON text; null is a missing answer. Where no row has one, tags
    beside tokens are it, parted by blanks (a CoNLL file). Columns that the test has as well stay the test's. Raises DataError
    where there is neither, an id stands twice, or no id is one of the test's. `unusable` rows of the test are no items. Ids
    that begin with one of `parts` and a slash are for that part to ask; `name` is the model's.
    """
    found = with_tags(records(source))
    rows = [record for _, record in found.good]
    _check(source, test, found, rows)
    taken = [*test.columns, "id", "prediction", "state"]
    told = pl.DataFrame(
        [
            pl.Series("item", ids(found.good, source.path), dtype=pl.String),
            pl.Series("prediction", [text(row.get("prediction")) for row in rows], dtype=pl.String),
            *further(rows, taken),
        ]
    )
    others = told.join(test, on="item", how="anti", maintain_order="left")["item"].to_list()
    of_parts = tuple(one for one in others if "/" in one and one.partition("/")[0] in parts)
    asked = frozenset(of_parts)
    unknown = [one for one in others if one not in asked]
    unanswered = test.join(told, on="item", how="anti", maintain_order="left")["item"].to_list()
    if len(others) == len(told):
        raise DataError(
            f"No prediction of {source.path} is of an item of the test",
            expected=f"ids such as {_quoted(test['item'])}",
            found=_quoted(told["item"]),
            next="An id is what stands in the test's column id, else the number of the row, from 1",
        )
    notes = found.notes + _by_number(rows, len(test) + unusable) + _notes(found, unknown, unanswered)
    frame = test.join(told, on="item", how="left", maintain_order="left")
    return Answers(frame, unknown, unanswered, found.files, notes, of_parts, _as_model(name, told, found))


def _check(source: Source, test: pl.DataFrame, found: Records, rows: Sequence[Record]) -> None:
    """DataError unless there are predictions, and ids where the items of the test have some."""
    if not rows:
        raise DataError(
            f"{source.path} has no prediction that can be read",
            expected='rows such as {"id": "7", "prediction": "Paris"}',
            found=good_and_broken(found),
            next="Write each row as one JSON object on a line of its own",
        )
    if not any("prediction" in row for row in rows):
        if all(file["container"] == "txt" for file in found.files):
            raise _no_table(source.path, rows)
        raise DataError(
            f"{source.path} has no predictions",
            expected='rows such as {"id": "7", "prediction": "Paris"}',
            found="the columns " + ", ".join(dict.fromkeys(k for row in rows[:200] for k in row)),
            next="Call the column of answers prediction, or tags for a list of tags beside tokens",
        )
    if all(row.get("id") is None for row in rows) and not _numbered(test["item"]):
        raise DataError(
            f"The predictions of {source.path} have no column id, and the items of the test have ids of their own",
            expected=f"ids such as {_quoted(test['item'])} in a column id",
            found="none",
            next="Give each prediction the id of its item",
        )


def _as_model(name: str, told: pl.DataFrame, found: Records) -> Replay:
    """All predictions as a model; its digest is that of the file (of several, of their digests)."""
    digests = [str(file["sha256"]) for file in found.files]
    digest = digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()
    rows = [{"item": item, "text": text} for item, text in told.select("item", "prediction").iter_rows()]
    return Replay(name, rows, digest=digest)


def with_unasked(answers: Answers, items: Collection[str]) -> Answers:
    """`answers` whose ``of_parts`` are those that no part asked for, and what is to be said of them; `items` were asked for."""
    left = tuple(one for one in answers.of_parts if one not in items)
    said = f"{counted(len(left), 'prediction is', 'predictions are')} for parts that did not ask: {_quoted(left)}"
    return answers._replace(of_parts=left, unasked=(said,) * bool(left))


def unmatched(answers: Answers) -> bytes:
    """The lines of ``unmatched.jsonl``: every id that only one side has, and why."""
    told = {NO_ITEM: answers.unknown, NO_PREDICTION: answers.unanswered, NOT_ASKED: answers.of_parts}
    return b"".join(msgspec.json.encode({"id": one, "why": why}) + b"\n" for why, ids_ in told.items() for one in ids_)


def unmatched_in(written: bytes) -> dict[str, list[str]]:
    """What `unmatched` wrote, by why."""
    told: dict[str, list[str]] = {NO_ITEM: [], NO_PREDICTION: [], NOT_ASKED: []}
    for line in written.splitlines():
        row = msgspec.json.decode(line)
        told[row["why"]].append(row["id"])
    return told


def _numbered(items: pl.Series) -> bool:
    """Whether items are called by the numbers of their rows, from 1 on."""
    numbers = items.cast(pl.Int64, strict=False)
    if numbers.null_count() or len(numbers) == 0:
        return False
    return bool(
        numbers[0] >= 1 and (numbers.diff().drop_nulls() > 0).all() and (numbers.cast(pl.String) == items).all()
    )


def _no_table(path: str, rows: Sequence[Record]) -> DataError:
    """For a file of plain text, or of what is not even that."""
    first = "".join(value for row in rows[:20] for value in row.values() if isinstance(value, str))
    text_ = all(one.isprintable() or one in "\n\r\t\f" for one in first) and "\ufffd" not in first
    return DataError(
        f"{path} is no table",
        expected="rows with id and prediction in JSON lines, CSV, Parquet or another container with columns",
        found="plain text, which has no columns" if text_ else "bytes that are no text",
        next="If it is one of these under another name, say so in its name, such as answers.csv",
    )


def _by_number(rows: Sequence[Record], wanted: int) -> list[str]:
    """What must be said where rows were matched by their numbers."""
    if any(row.get("id") is not None for row in rows):
        return []
    said = "no ids in the predictions: row numbers were taken, so row 1 is the answer to row 1 of the test, and so on"
    if len(rows) == wanted:
        return [said]
    return [
        f"{said}; yet there are {len(rows):,} predictions and {wanted:,} rows of the test: if a row was left out, all after it "
        "are of other items, so give both sides ids"
    ]


def _notes(found: Records, unknown: Sequence[str], unanswered: Sequence[str]) -> list[str]:
    said = []
    if found.broken:
        said.append(f"predictions: {good_and_broken(found)}; the items of broken lines count as missing")
    if unknown:
        said.append(f"{counted(len(unknown), 'prediction is', 'predictions are')} of no item: {_quoted(unknown)}")
    if unanswered:
        said.append(f"{counted(len(unanswered), 'item has', 'items have')} no prediction: {_quoted(unanswered)}")
    return said


def _quoted(names: Sequence[str] | pl.Series) -> str:
    shown = ", ".join(f"'{name[:40]}'" for name in list(names[:_SHOWN]))
    return shown + (", …" if len(names) > _SHOWN else "")
