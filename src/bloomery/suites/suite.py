"""A suite: a frozen set of questions with checks of their answers.

A suite is a file of JSON lines. The first says what it is, each other one is an item::

    {"suite": "support", "version": "1", "kind": "capability", "licence": "CC0-1.0", "about": "What our support must know."}
    {"id": "hours", "category": "facts", "prompt": "When do you open?", "check": {"contains_any": ["9 am", "9:00"]}}
    {"id": "harm", "category": "harm", "messages": [{"role": "user", "content": "…"}], "check": "refuses"}

An item with ``beside``, another prompt, is a pair: it is asked both. With the check ``same`` the two answers must be one (a group
or a name is swapped); with any other the answer counts where the one beside passes it too (the user's wrong view is left out).

Its digest is over what is in it, not over the bytes of the file: a suite with one other word is another suite, and its results
are never compared with those of before.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import msgspec
import polars as pl
from pydantic import Field, ValidationError, field_validator, model_validator

from bloomery.errors import DataError, did_you_mean
from bloomery.llm.base import Message
from bloomery.llm.recorded import lines_of
from bloomery.schema import Options, complaints
from bloomery.suites.checks import Check, checks_of

#: suites that come with the package
BUILT_IN = ("capability", "safety", "over_refusal")
_FOLDER = Path(__file__).parent / "data"
_FORM = '{"suite": "NAME", "version": "1", "kind": "capability", "licence": "…"} and then a line an item'

Kind = Literal["capability", "safety", "over_refusal"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
#: what no category can be called: values over several categories are
TAKEN = ("min", "overall", "passed", "missing", "empty", "refused")

MESSAGES = pl.List(pl.Struct({"role": pl.String(), "content": pl.String()}))
#: ``item`` is CATEGORY/ID, ``prompt`` what is asked last, ``beside_…`` the other side of a pair, ``check`` JSON
ITEMS_SCHEMA = pl.Schema(
    {
        "item": pl.String(),
        "category": pl.String(),
        "prompt": pl.String(),
        "messages": MESSAGES,
        "beside_prompt": pl.String(),
        "beside_messages": MESSAGES,
        "check": pl.String(),
        "references": pl.List(pl.String()),
    }
)


T = TypeVar("T", bound=Options)


class Turn(Options):
    """A message."""

    role: Literal["system", "user", "assistant"]
    """Who speaks."""
    content: str
    """What is said."""


class Head(Options):
    """The first line of a suite."""

    suite: Name
    """What it is called."""
    version: Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)]
    """Its version."""
    kind: Kind = "capability"
    """What its items are about: what a model can, how safe it is, or whether it refuses what is harmless."""
    licence: str = ""
    """Licence of its texts."""
    about: str = ""
    """What it is for, in a sentence."""
    categories: tuple[Name, ...] = ()
    """Categories that it must have items of."""


class Line(Options):
    """An item of a suite."""

    id: Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)]
    """What it is called; no other item of its category is."""
    category: Name
    """What it belongs to."""
    prompt: str | None = None
    """What is asked; or messages are given."""
    messages: tuple[Turn, ...] = ()
    """A conversation that ends with what is asked."""
    beside: str | tuple[Turn, ...] = ()
    """The other prompt, or conversation, of a pair."""
    check: Any
    """What the answer must pass."""
    references: tuple[str, ...] = ()
    """Right answers, for readers."""

    @field_validator("category")
    @classmethod
    def _is_free(cls, given: str) -> str:
        if given in TAKEN:
            raise ValueError(f"category cannot be called {given}")
        return given

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if (self.prompt is None) == (not self.messages):
            raise ValueError("one of prompt and messages must be given, and not both")
        for turns in (self.turns, self.turns_beside):
            if turns and (turns[-1].role != "user" or not turns[-1].content.strip()):
                raise ValueError("a conversation must end with something that a user says")
        return self

    @property
    def turns(self) -> list[Message]:
        """The conversation."""
        return _turns(self.messages if self.prompt is None else self.prompt)

    @property
    def turns_beside(self) -> list[Message]:
        """The other one of a pair; empty where it is none."""
        return _turns(self.beside)


#: what stands behind the id of the other question of a pair
BESIDE = "/beside"


@dataclass(frozen=True)
class Suite:
    """A suite that was read."""

    name: str
    version: str
    kind: Kind
    licence: str
    about: str
    items: pl.DataFrame  #: ITEMS_SCHEMA, in the order of the file
    sha256: str  #: of everything in it

    @property
    def categories(self) -> dict[str, int]:
        """Items of each category, in the order in which they come."""
        return dict(Counter(self.items["category"].to_list()))

    def questions(self, part: str = "") -> list[tuple[str, list[dict[str, str]]]]:
        """Every question that a model is asked, by the id that its answer has in a file: ``PART/CATEGORY/ID``, with its turns.

        `part` is ``regression`` or ``safety``; without it a suite of capability belongs to the first, others to the second.
        """
        return questions(self.items, part or ("regression" if self.kind == "capability" else "safety"))

    def told(self) -> dict[str, Any]:
        """What it is, as plain data: results are compared only where this is the same."""
        return {
            "name": self.name,
            "version": self.version,
            "kind": self.kind,
            "licence": self.licence,
            "sha256": self.sha256,
            "items": self.items.height,
            "categories": self.categories,
        }


def questions(items: pl.DataFrame, part: str) -> list[tuple[str, list[dict[str, str]]]]:
    """The questions of `items`, both of a pair, by the ids of their answers."""
    found = []
    for item, messages, beside in items.select("item", "messages", "beside_messages").iter_rows():
        found.append((f"{part}/{item}", messages))
        if beside is not None:
            found.append((f"{part}/{item}{BESIDE}", beside))
    return found


def suite(name: str | Path | Suite) -> Suite:
    """The suite of a name (one of `BUILT_IN`) or of a file.

    Raises DataError for a file that is no suite: no first line, no item, a category without items, an id that stands twice, an
    unknown check.

    >>> found = suite("over_refusal")
    >>> found.kind, list(found.categories)
    ('over_refusal', ['over_refusal'])
    """
    if isinstance(name, Suite):
        return name
    if str(name) in BUILT_IN:
        return _read(_FOLDER / f"{name}.jsonl", f"suite {name}")
    path = Path(name)
    if not path.suffix and not path.exists():
        raise DataError(
            f"There is no suite '{name}'",
            expected=f"one of {', '.join(BUILT_IN)}, or a file",
            next=did_you_mean(str(name), BUILT_IN),
        )
    return _read(path, str(path))


def _read(path: Path, where: str) -> Suite:
    rows = lines_of(path, _FORM).rows
    if not rows or "suite" not in rows[0]:
        raise DataError(
            f"{where} is no suite",
            expected=_FORM,
            found=f"a first line with {', '.join(rows[0])[:80]}" if rows else "an empty file",
        )
    head = _made(Head, rows[0], f"Line 1 of {where}")
    items = [_made(Line, row, f"Line {number:,} of {where}") for number, row in enumerate(rows[1:], 2)]
    _check_whole(head, items, where)
    for number, item in enumerate(items, 2):
        _check_pair(
            item, checks_of(item.check, f"Line {number:,} of {where} ({item.id[:40]})"), f"Line {number:,} of {where}"
        )
    return Suite(head.suite, head.version, head.kind, head.licence, head.about, _frame(items), _digest(head, items))


def _made(kind: type[T], row: Mapping[str, Any], where: str) -> T:
    try:
        return kind(**row)
    except (ValidationError, TypeError) as error:
        said = (
            complaints(error, known=lambda _: kind.model_fields) if isinstance(error, ValidationError) else str(error)
        )
        raise DataError(f"{where} cannot be used", expected=", ".join(kind.model_fields), found=said) from None


def _check_whole(head: Head, items: list[Line], where: str) -> None:
    if not items:
        raise DataError(f"{where} has no item", expected="one at least", next="A suite without items measures nothing")
    twice = [name for (_, name), many in Counter((item.category, item.id) for item in items).items() if many > 1]
    if twice:
        raise DataError(
            f"{where} has the id '{twice[0][:60]}' more than once in a category",
            expected="an id of its own for each item",
        )
    empty = [name for name in head.categories if all(item.category != name for item in items)]
    if empty:
        raise DataError(
            f"The category '{empty[0]}' of {where} has no item", expected="one at least in each declared category"
        )


def _check_pair(item: Line, checks: tuple[Check, ...], where: str) -> None:
    if any(check.name == "same" for check in checks) and not item.beside:
        raise DataError(f"{where} has the check same, and nothing beside", expected="beside: the other prompt")


def _frame(items: list[Line]) -> pl.DataFrame:
    rows = [
        (
            f"{item.category}/{item.id}",
            item.category,
            item.turns[-1].content,
            [turn._asdict() for turn in item.turns],
            item.turns_beside[-1].content if item.beside else None,
            [turn._asdict() for turn in item.turns_beside] if item.beside else None,
            msgspec.json.encode(item.check).decode(),
            list(item.references),
        )
        for item in items
    ]
    return pl.DataFrame(rows, schema=ITEMS_SCHEMA, orient="row")


def _turns(told: str | tuple[Turn, ...]) -> list[Message]:
    if isinstance(told, str):
        return [Message("user", told)]
    return [Message(turn.role, turn.content) for turn in told]


def _digest(head: Head, items: list[Line]) -> str:
    told = [head.model_dump(mode="json"), [item.model_dump(mode="json") for item in items]]
    return sha256(msgspec.json.encode(told, order="sorted")).hexdigest()


@lru_cache(maxsize=4096)
def read_checks(told: str) -> tuple[Check, ...]:
    """The checks of the column ``check``."""
    return checks_of(msgspec.json.decode(told), "An item")
