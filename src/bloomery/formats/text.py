"""text: running text with no roles, one document a row; plain lines are read as such."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from bloomery.formats.base import Claim, Record
from bloomery.formats.flat import FlatFormat
from bloomery.formats.names import columns_of, find, rename, weigh


@dataclass(frozen=True)
class Text(FlatFormat):
    """One text."""

    name: ClassVar[str] = "text"
    flat: ClassVar[Mapping[str, str]] = MappingProxyType({"text": "text"})
    standard: ClassVar[tuple[str, ...]] = ("text",)
    required: ClassVar[tuple[str, ...]] = ("text",)

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        column = find(columns_of(sample), ("text", "content", "document", "raw_content"))
        if column is None:
            return None
        form = cls(rename({"text": column}))
        return weigh(
            form,
            sample,
            lambda row: isinstance(row.get(column), str),
            0.5,
            f"{column!r} is text and nothing else plays a role",
        )
