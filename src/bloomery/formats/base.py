"""What a format is: which columns play which role, how to list a record's texts, and how to put changed texts back.

A format never renames, drops or adds a field: `Format.parse` reads a record, `Format.replace` changes texts in place.
The two agree (a lens): ``replace(r, [p.text for p in parse(r).parts]) == r``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

Record = dict[str, Any]


class Part(NamedTuple):
    """One piece of text of a record; `role` is one of `bloomery.schema.ROLES`."""

    role: str
    text: str


class Parsed(NamedTuple):
    """A record as its texts, and the structural fault that makes it unusable, if any."""

    parts: list[Part]
    fault: str | None = None


@dataclass(frozen=True)
class Format(ABC):
    """A format bound to the columns of one source.

    `columns` maps this format's standard column names to the names found in the data (``{"prompt": "question"}``);
    names not in it stand for themselves.
    """

    columns: Mapping[str, str] = field(default_factory=dict)

    name: ClassVar[str]
    #: standard column -> role, where each role is one top-level string: such formats are read without per-row Python.
    flat: ClassVar[Mapping[str, str] | None] = None

    def column(self, standard: str) -> str:
        """The name in the data of a standard column."""
        return self.columns.get(standard, standard)

    #: one record of the file holds several rows (a tree of replies): see `expand`.
    expands: ClassVar[bool] = False
    #: rows can only be told once all records of the file are there (flat messages with parent ids): see `expand`.
    whole_file: ClassVar[bool] = False

    def expand(self, records: Sequence[tuple[int, Record]]) -> "list[tuple[str, Record]]":
        """Rows of numbered records, for formats that set `expands`: (``"12#1"`` number and path, row record).

        Called with one record, or with all of the file where `whole_file` is set.
        """
        return [(str(number), record) for number, record in records]

    @classmethod
    @abstractmethod
    def claim(cls, sample: Sequence[Record]) -> "Claim | None":
        """Whether these records (the first ones of a source) look like this format, how sure, and why."""

    @abstractmethod
    def parse(self, record: Record) -> Parsed:
        """The texts of a record in reading order. Never raises on odd data: that is a fault."""

    @abstractmethod
    def replace(self, record: Record, texts: Sequence[str]) -> Record:
        """`record` with the texts of its parts replaced, in the order of `parse`; everything else untouched."""


class Claim(NamedTuple):
    """A format's word that it fits."""

    format: Format
    score: float  # 0..1; the highest wins, ties by order of `bloomery.formats.FORMATS`
    why: str  # "columns 'instruction', 'output' are strings in 200 of 200 rows"
