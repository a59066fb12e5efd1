"""kto: one answer and whether it is wanted: ``{"prompt", "completion", "label": true}`` or ``{"messages", "label"}``.

The label is true or false (in CSV the words); anything else is ``wrong_type``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bloomery.formats.base import Claim, Parsed, Part, Record
from bloomery.formats.chat import is_conversation
from bloomery.formats.completion import Completion
from bloomery.formats.names import columns_of, find, rename, weigh
from bloomery.formats.quick import plain_turns
from bloomery.formats.slots import Slot, SlotFormat, Slots, first, value_slot
from bloomery.formats.turns import Turn, conversation_fault, keys_of, read_turn, side_slots

_SIDES = ("system", "tools")
_LABELS = ("label", "kto_tag", "desirable", "thumbs_up")


@dataclass(frozen=True)
class Kto(SlotFormat):
    """An answer with a thumb up or down."""

    name: ClassVar[str] = "kto"
    standard: ClassVar[tuple[str, ...]] = ("prompt", "completion", "label", "messages", "system", "tools")

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        found = columns_of(sample)
        label = find(found, _LABELS)
        if label is None:
            return None
        turns = find(found, ("messages", "conversations"))
        texts = Completion.claim(sample)
        if turns is not None:
            form, what = cls(rename({"messages": turns, "label": label})), f"{turns!r} is a list of turns"
        elif texts is not None:
            form, what = cls({**texts.format.columns, **rename({"label": label})}), "an answer"
        else:
            return None
        what = f"{what} and {label!r} is true or false"
        return weigh(form, sample, lambda row: _is_wanted(row.get(label)) and _answered(row, turns), 1.0, what)

    def parse(self, record: Record) -> Parsed:
        """See `Format.parse`; plain turns or two strings with true or false are read without the walk."""
        parts = self._plain(record)
        wanted = record.get(self.column("label"))
        if parts is None or type(wanted) is not bool or any(record.get(self.column(name)) for name in _SIDES):
            return super().parse(record)
        return Parsed([*parts, Part("label", "true" if wanted else "false")])

    def _plain(self, record: Record) -> list[Part] | None:
        if self.column("messages") in record:
            turns = record[self.column("messages")]
            return plain_turns(turns, keys_of(turns[0])) if isinstance(turns, list) and turns else None
        texts = [record.get(self.column(name)) for name in ("prompt", "completion")]
        if not all(type(text) is str and text for text in texts):
            return None
        return [Part(role, str(text)) for role, text in zip(("prompt", "completion"), texts, strict=True)]

    def slots(self, record: Record) -> Slots:
        """See `SlotFormat.slots`."""
        side = [
            slot for name in _SIDES for slot in side_slots(record.get(self.column(name)), name, (self.column(name),))
        ]
        said = self._turns(record) if self.column("messages") in record else self._texts(record)
        label = self._label(record)
        return Slots([*side, *said.slots, *label.slots], said.fault or label.fault)

    def _turns(self, record: Record) -> Slots:
        name = self.column("messages")
        value = record[name]
        turns: list[Turn] | None = None
        if isinstance(value, list):
            turns = [read_turn(one, (name, at), keys_of(one)) for at, one in enumerate(value)]
        return Slots([slot for turn in turns or () for slot in turn.slots], conversation_fault(turns))

    def _texts(self, record: Record) -> Slots:
        return Completion({name: self.column(name) for name in ("prompt", "completion")}).slots(
            {**record, "system": None}
        )

    def _label(self, record: Record) -> Slots:
        name = self.column("label")
        value = record.get(name)
        if value is None or value == "":
            return Slots([], "empty_label" if name in record else "missing_column")
        slot = Slot("label", value, (name,)) if isinstance(value, str) else value_slot("label", value, (name,))
        return Slots([slot], first([None if _is_wanted(value) else "wrong_type"]))


def _is_wanted(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.casefold() in ("true", "false"))


def _answered(row: Record, turns: str | None) -> bool:
    return turns is None or any(is_conversation(row.get(turns), keys_of(one)) for one in _head(row.get(turns)))


def _head(value: Any) -> list[Any]:
    return value[:1] if isinstance(value, list) else []
