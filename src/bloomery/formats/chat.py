"""chat: ``{"messages": [{"role": "user", "content": "..."}, ...]}``.

Several turns, tools, content as a string or a list of parts, reasoning fields and ``<think>`` blocks: see
`bloomery.formats.turns`. Beside the turns, ``system`` (a string) and ``tools`` or ``functions`` are read as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bloomery.formats.base import Claim, Parsed, Record
from bloomery.formats.names import rename, weigh
from bloomery.formats.quick import plain_turns
from bloomery.formats.slots import SlotFormat, Slots
from bloomery.formats.turns import Keys, conversation_fault, oddities, read_turns, side_slots

#: columns beside the turns, and their roles
SIDES = {"system": "system", "tools": "tools", "functions": "tools"}


@dataclass(frozen=True)
class Chat(SlotFormat):
    """A conversation in role and content."""

    name: ClassVar[str] = "chat"
    standard: ClassVar[tuple[str, ...]] = ("messages", "tools", "functions", "system", "role", "content")
    #: standard column of the list of turns, and of the keys of one turn
    turns: ClassVar[str] = "messages"
    speaker: ClassVar[str] = "role"
    content: ClassVar[str] = "content"
    _pairs: ClassVar[tuple[tuple[str, str], ...]] = (
        ("role", "content"),
        ("role", "value"),
        ("role", "text"),
        ("from", "content"),
    )

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        for speaker, content in cls._pairs:
            column = _turns_column(sample, cls.turns, Keys(speaker, content))
            if column is not None:
                break
        else:
            return None
        keys = Keys(speaker, content)
        form = cls(rename({cls.turns: column, cls.speaker: speaker, cls.content: content}))
        what = f"{column!r} is a list of {speaker}/{content} turns"
        return weigh(form, sample, lambda row: is_conversation(row.get(column), keys), 0.95, what)

    @property
    def keys(self) -> Keys:
        """The keys of one turn in this source."""
        return Keys(self.column(self.speaker), self.column(self.content))

    def parse(self, record: Record) -> Parsed:
        """See `Format.parse`."""
        if not any(record.get(self.column(name)) for name in SIDES):
            parts = plain_turns(record.get(self.column(self.turns)), self.keys)
            if parts is not None:
                return Parsed(parts)
        return super().parse(record)

    def slots(self, record: Record) -> Slots:
        """See `SlotFormat.slots`."""
        column = self.column(self.turns)
        side = [
            slot
            for name, role in SIDES.items()
            for slot in side_slots(record.get(self.column(name)), role, (self.column(name),))
        ]
        turns = read_turns(record.get(column), (column,), self.keys)
        fault = conversation_fault(turns) if column in record else "missing_column"
        return Slots(side + [slot for turn in turns or () for slot in turn.slots], fault)

    def oddities(self, record: Record) -> list[str]:
        """What is odd about a usable conversation: see `bloomery.formats.turns.oddities`."""
        return oddities(record.get(self.column(self.turns)), self.keys)


def is_conversation(value: Any, keys: Keys) -> bool:
    """Whether `value` is a list of turns with these keys (the content may be missing beside a tool call)."""
    if not isinstance(value, list) or not value:
        return False
    return all(
        isinstance(one, dict) and keys.speaker in one and (keys.content in one or "tool_calls" in one) for one in value
    )


def _turns_column(sample: Sequence[Record], preferred: str, keys: Keys) -> str | None:
    hits: dict[str, int] = {}
    for record in sample:
        for name, value in record.items():
            if is_conversation(value, keys):
                hits[name] = hits.get(name, 0) + 1
    return max(hits, key=lambda name: (hits[name], name == preferred), default=None)
