"""Flat formats: every text is one top-level column.

Such rows are read without per-row Python (`Format.flat`); this is the rule that the fast reading has to agree with:

- a non-empty string gives one part, in the order of `flat`; null and "" give none;
- a column of `required` that is absent is ``missing_column``; any value of `flat` that is neither a string nor null is
  ``wrong_type`` (a label may also be a number, true or false, or a list of labels), and still shown as JSON text;
- a role whose required columns are all null or "" is ``empty_<role>``.

The first fault in that order is the row's fault.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bloomery.formats.base import Claim, Record
from bloomery.formats.slots import Slot, SlotFormat, Slots, first, is_scalar, value_slot


@dataclass(frozen=True)
class FlatFormat(SlotFormat):
    """A format whose texts are top-level strings."""

    flat: ClassVar[Mapping[str, str]]
    #: columns that must be there
    required: ClassVar[tuple[str, ...]]

    @classmethod
    @abstractmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""

    def slots(self, record: Record) -> Slots:
        """See `SlotFormat.slots`."""
        slots: list[Slot] = []
        wrong = None
        for standard, role in self.flat.items():
            found = cell(role, record.get(self.column(standard)), self.column(standard))
            slots += found.slots
            wrong = wrong or found.fault
        return Slots(slots, self._missing(record) or wrong or self._empty(slots))

    def _missing(self, record: Record) -> str | None:
        return first(None if self.column(name) in record else "missing_column" for name in self.required)

    def _empty(self, slots: Sequence[Slot]) -> str | None:
        there = {slot.role for slot in slots}
        needed = (self.flat[name] for name in self.required)
        return first(None if role in there else EMPTY[role] for role in needed)


EMPTY = {"prompt": "empty_prompt", "completion": "empty_completion", "label": "empty_label", "text": "empty_prompt"}


def cell(role: str, value: Any, column: str) -> Slots:
    """The slots of one top-level value that should be text, or for the role ``label`` a scalar or a list of scalars."""
    if value is None or value in ("", []):
        return Slots([])
    if isinstance(value, str):
        return Slots([Slot(role, value, (column,))])
    if role != "label":
        return Slots([value_slot("text", value, (column,))], "wrong_type")
    if is_scalar(value):
        return Slots([value_slot(role, value, (column,))])
    if isinstance(value, list) and all(map(is_scalar, value)):
        return Slots([_item(item, (column, at)) for at, item in enumerate(value)])
    return Slots([value_slot(role, value, (column,))], "wrong_type")


def _item(value: Any, path: tuple[str | int, ...]) -> Slot:
    return Slot("label", value, path) if isinstance(value, str) else value_slot("label", value, path)
