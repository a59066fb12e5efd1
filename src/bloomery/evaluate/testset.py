"""The test side: rows of any format as items with a prompt and references.

    references   a list of texts in the column ``references``: the accepted answers, any of them
    otherwise    the answer of the row in its format: the label, the completion, the last answer of a conversation (what comes
                 before it is the prompt), the chosen answer of a preference; several labels of one row are one reference, a line
                 each, as `set_f1` reads them

The prompt is one text. Where what stands before the answer is more than one turn of the user, the item has its turns in
``messages`` as well (`bloomery.evaluate.turns`), and it is these that a model is asked.

An item's id is its ``id``, or the number of its row. A row that has no answer is no item: it is counted, and said.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from bloomery.errors import DataError
from bloomery.evaluate.columns import column, further
from bloomery.evaluate.records import records
from bloomery.evaluate.turns import TURNS, Turn, note, turns_before
from bloomery.evaluate.unread import good_and_broken
from bloomery.formats.base import Format, Part, Record
from bloomery.formats.detect import detect
from bloomery.formats.faults import FAULTS
from bloomery.formats.ids import ids
from bloomery.formats.source import Source
from bloomery.text.counted import counted

_SAMPLE = 200
_PROMPTS = ("prompt", "question", "instruction", "input", "text", "query")
#: columns that are made here
MADE = ("item", "prompt", "messages", "prediction", "references", "state")
#: those of them that a test may use for something else; its column is kept with `BEFORE` before the name
TAKEN = ("item", "messages", "prediction", "state")
BEFORE = "test_"
GIVEN = "references"
#: why a row is no item, beside `FAULTS`
_WHY = {
    **FAULTS,
    "no_answer": "there is no answer to compare with",
    "no_references": "its references are missing or an empty list",
    "references_not_text": "its references are no list of texts",
    "unreadable": "it cannot be read",
}


class Tests(NamedTuple):
    """A test set."""

    frame: pl.DataFrame  #: ``item, prompt, references``, perhaps ``messages``, and the further columns of the rows
    format: str  #: of the rows, ``references`` where they had that column
    several: bool  #: whether a row has several labels
    files: list[dict[str, Any]]
    unusable: dict[str, int]  #: reason → rows that are no item
    notes: list[str]


class Told(NamedTuple):
    """What a row asks, and its answers."""

    prompt: str | None
    references: list[str]
    several: bool
    messages: list[Turn] | None = None  #: the turns before the answer, where they are not just the prompt


def testset(source: Source) -> Tests:
    """The items of `source`; DataError where there is none."""
    found = records(source)
    if not found.good:
        raise DataError(
            f"The test {source.path} has no row that can be read",
            expected="one row at least",
            found=good_and_broken(found),
            next="Write each row as one JSON object on a line of its own" if found.broken else "",
        )
    if _has_references([record for _, record in found.good[:_SAMPLE]]):
        form, rows, name = None, found.good, GIVEN
    else:
        sample = [record for _, record in found.good[:_SAMPLE]]
        form = detect(sample, where=source.path, format=source.format, columns=source.columns).format
        name = form.name
        rows = form.expand([(int(n.rpartition(":")[2]), r) for n, r in found.good]) if form.expands else found.good
    items = [_given(record) if form is None else told(form, record) for _, record in rows]
    unusable = Counter(why for why in items if isinstance(why, str))
    unusable.update("unreadable" for _ in found.broken)
    good = [(row, item) for row, item in zip(rows, items, strict=True) if not isinstance(item, str)]
    if not good:
        raise DataError(
            f"No row of the test {source.path} has an answer to compare with",
            expected="a label, a completion, an answer, or a list of references in each row",
            found=_said(unusable),
        )
    frame = _frame([row for row, _ in good], [item for _, item in good], ids([row for row, _ in good], source.path))
    notes = found.notes + [f"test: {good_and_broken(found)}"] * bool(found.broken) + _renamed(frame) + note(frame)
    return Tests(frame, name, any(item.several for _, item in good), found.files, dict(unusable), notes)


def remark(tests: Tests) -> list[str]:
    """What must be said about rows that are no items."""
    lost = sum(tests.unusable.values())
    return [f"{counted(lost, 'test row is no item', 'test rows are no items')}: {_said(tests.unusable)}"] * bool(lost)


def _said(unusable: dict[str, int]) -> str:
    """The reasons in words, with the name that the manifest has for each."""
    return "; ".join(f"{rows:,} because {_WHY.get(why, why)} ({why})" for why, rows in sorted(unusable.items()))


def _renamed(frame: pl.DataFrame) -> list[str]:
    """What must be said about columns that could not keep their names."""
    names = [name for name in TAKEN if f"{BEFORE}{name}" in frame.columns]
    return [
        f"the column {name} of the test is called {BEFORE}{name} here, for slices and clusters: {name} is a name of our own"
        for name in names
    ]


def _frame(rows: Sequence[tuple[str, Record]], items: Sequence[Told], item: Sequence[str]) -> pl.DataFrame:
    made = pl.DataFrame(
        {
            "item": pl.Series(item, dtype=pl.String),
            "prompt": pl.Series([one.prompt for one in items], dtype=pl.String),
            "references": _lists([one.references for one in items]),
        }
    )
    if any(one.messages for one in items):
        made = made.with_columns(pl.Series("messages", [one.messages for one in items], dtype=TURNS))
    records_ = [record for _, record in rows]
    taken = [name for name in TAKEN if any(_used(name, record) for record in records_)]
    kept = [column(f"{BEFORE}{name}", [record.get(name) for record in records_]) for name in taken]
    return made.with_columns(*further(records_, ("id", *MADE, *(one.name for one in kept))), *kept)


def _used(name: str, record: Record) -> bool:
    """Whether a record has something of its own by this name; a list of messages is what the turns were read from."""
    return name in record and not (name == "messages" and isinstance(record[name], list))


def _lists(texts: Sequence[list[str]]) -> pl.Series:
    """Lists of one text or more as a series; far sooner than Polars takes lists of Python's."""
    row = np.repeat(np.arange(len(texts)), [len(one) for one in texts])
    flat = pl.DataFrame({"row": row, "text": pl.Series([one for each in texts for one in each], dtype=pl.String)})
    return flat.group_by("row", maintain_order=True).agg("text")["text"]


def _has_references(sample: Sequence[Record]) -> bool:
    lists = sum(isinstance(record.get(GIVEN), list) for record in sample)
    return 2 * lists > len(sample)


def _given(record: Record) -> Told | str:
    """An item of a row with a list of references, or why it is none."""
    accepted = record.get(GIVEN)
    if not isinstance(accepted, list) or not accepted:
        return "no_references"
    if not all(isinstance(one, str) for one in accepted):
        return "references_not_text"
    prompt = next((record[name] for name in _PROMPTS if isinstance(record.get(name), str)), None)
    return Told(prompt, accepted, False)


def told(form: Format, record: Record) -> Told | str:
    """What a row in a format asks and its answer, or why it is no item; the one function that reads test and training rows."""
    parts, fault = form.parse(record)
    if fault:
        return fault
    labels = [part.text for part in parts if part.role == "label"]
    if labels and not any(part.role == "completion" for part in parts):
        return Told(_joined(parts), ["\n".join(labels)], len(labels) > 1)
    answers = [place for place, part in enumerate(parts) if part.role == "completion"]
    if not answers:
        return "no_answer"
    answer = parts[answers[-1]].text
    prompt = _joined(parts[: answers[-1]])
    alone = [part.role for part in parts[: answers[-1]]] == ["prompt"]
    return Told(prompt, [answer], False, None if alone else turns_before(answer, prompt, record, form))


def _joined(parts: Sequence[Part]) -> str:
    """What is asked, from all that stands before the answer."""
    return "\n\n".join(part.text for part in parts if part.role in ("system", "prompt", "completion", "tool", "text"))
