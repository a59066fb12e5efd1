"""What is judged: dialogues, each with an answer at least, by the id of their item.

They come from an evaluated run (``answers.parquet``: a prompt and the model's answer) or from data of any format, where every
answer of a conversation is judged by itself, with all that stands before it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from bloomery.errors import DataError
from bloomery.formats.ids import ids
from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.formats.verdict import decode
from bloomery.metrics.judged import digest
from bloomery.schema import Batch

#: roles of parts, by who speaks in a dialogue
SPEAKERS = {
    "system": "system",
    "prompt": "user",
    "completion": "answer",
    "reasoning": "thoughts",
    "tool_call": "tool call",
    "tool": "tool",
    "tools": "tools",
    "label": "label",
    "text": "answer",
}
#: columns of answers that are no slices
_OWN = ("item", "prompt", "prediction", "references", "state", "criteria")


class Turn(NamedTuple):
    """A piece of a dialogue."""

    speaker: str  #: user, answer, system, …
    text: str


class Item(NamedTuple):
    """A dialogue that is judged."""

    item: str
    turns: tuple[Turn, ...]  #: as they were said; empty where there is no answer
    reference: str | None = None
    criteria: tuple[str, ...] = ()

    @property
    def answers(self) -> list[int]:
        """Places of the answers in `turns`."""
        return [place for place, turn in enumerate(self.turns) if turn.speaker == "answer"]

    @property
    def digest(self) -> str | None:
        """SHA-256 of the answers (several with a NUL between them); None where there is none."""
        said = [self.turns[place].text for place in self.answers]
        return digest("\0".join(said)) if said else None

    @property
    def length(self) -> int:
        """Characters of all answers."""
        return sum(len(self.turns[place].text) for place in self.answers)


class Judgeable(NamedTuple):
    """What was found to judge."""

    items: list[Item]
    columns: pl.DataFrame  #: ``item`` and further columns, for slices
    model: str | None  #: whose answers these are
    notes: list[str]


def single(item: str, prompt: str | None, answer: str | None, **more: object) -> Item:
    """One question and its answer; None: it was not answered."""
    asked = (Turn("user", prompt),) if prompt else ()
    turns = () if answer is None else (*asked, Turn("answer", answer))
    return Item(item, turns, **more)  # type: ignore[arg-type]


def judgeable(path: str | Path, *, format: str | None = None) -> Judgeable:  # noqa: A002
    """What stands at `path`: the folder of an evaluated run, or a file of data.

    Raises DataError where there is nothing to judge.
    """
    folder = Path(path)
    found = _of_run(folder) if (folder / "answers.parquet").exists() else _of_data(str(path), format)
    if not found.items:
        raise DataError(f"{path} has nothing to judge", expected="rows with an answer of a model", found="none")
    return found


def _of_run(folder: Path) -> Judgeable:
    answers = pl.read_parquet(folder / "answers.parquet")
    criteria = answers["criteria"].to_list() if "criteria" in answers.columns else [None] * len(answers)
    items = [
        single(item, prompt, answer, reference=references[0] if references else None, criteria=criteria_of(wanted))
        for (item, prompt, answer, references), wanted in zip(
            answers.select("item", "prompt", "prediction", "references").iter_rows(), criteria, strict=True
        )
    ]
    manifest = json.loads((folder / "manifest.json").read_text()) if (folder / "manifest.json").exists() else {}
    further = [name for name in answers.columns if name not in _OWN and not answers[name].dtype.is_nested()]
    return Judgeable(items, answers.select("item", *further), manifest.get("model"), [])


def criteria_of(told: object) -> tuple[str, ...]:
    """The criteria of an item: a list of sentences, or one a line.

    >>> criteria_of("Must mention the deadline\\n\\nMust not apologise")
    ('Must mention the deadline', 'Must not apologise')
    """
    lines = told.split("\n") if isinstance(told, str) else told if isinstance(told, Sequence) else ()
    return tuple(line.strip() for line in lines if isinstance(line, str) and line.strip())


def _of_data(path: str, format_: str | None) -> Judgeable:
    reader = Reader([Source(path=path, format=format_)])
    items: list[Item] = []
    records: list[tuple[str, dict[str, Any]]] = []
    quarantined = 0
    for batch in reader:
        quarantined += len(batch.quarantined)
        items += of_batch(batch)
        records += [(name, _record(raw)) for name, raw in batch.rows.select("id", "raw").iter_rows()]
    if len({name for name, _ in records}) == len(
        records
    ):  # else rows are pieces of records, and have names of their own
        items = [one._replace(item=name) for one, name in zip(items, ids(records, path), strict=True)]
    notes = [f"{quarantined:,} rows cannot be read"] * bool(quarantined)
    return Judgeable(items, pl.DataFrame({"item": [one.item for one in items]}), None, notes)


def _record(raw: bytes | None) -> dict[str, Any]:
    told = decode(bytes(raw)) if raw is not None else None
    return told if isinstance(told, dict) else {}


def of_batch(batch: Batch) -> Iterator[Item]:
    """The rows of a batch as dialogues; the answer that a preference rejects is not judged."""
    said: dict[int, list[Turn]] = {}
    for n, role, text in batch.parts.select("n", pl.col("role").cast(pl.String), "text").iter_rows():
        if role in SPEAKERS:
            said.setdefault(n, []).append(Turn(SPEAKERS[role], text))
    for n, item in batch.rows.select("n", "id").iter_rows():
        turns = joined(_answers_once(said.get(n, [])))
        yield Item(item, turns if any(turn.speaker == "answer" for turn in turns) else ())


def _answers_once(turns: list[Turn]) -> list[Turn]:
    """A label is the answer where there is no other (beside one, it says whether people liked that)."""
    if any(turn.speaker == "answer" for turn in turns):
        return [turn for turn in turns if turn.speaker != "label"]
    return [Turn("answer", turn.text) if turn.speaker == "label" else turn for turn in turns]


def joined(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Neighbouring pieces of one speaker as one turn.

    >>> joined([Turn("user", "Add"), Turn("user", "1 + 1"), Turn("answer", "2")])
    (Turn(speaker='user', text='Add\\n\\n1 + 1'), Turn(speaker='answer', text='2'))
    """
    found: list[Turn] = []
    for turn in turns:
        if found and found[-1].speaker == turn.speaker:
            found[-1] = Turn(turn.speaker, f"{found[-1].text}\n\n{turn.text}")
        else:
            found.append(turn)
    return tuple(found)


def lengths(items: Sequence[Item]) -> Mapping[str, int]:
    """Characters of the answers of each item."""
    return {one.item: one.length for one in items}
