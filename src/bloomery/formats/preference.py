"""preference: a prompt with a chosen and a rejected answer (DPO).

The context is a string (``prompt``), a list of turns (``prompt``, ``conversations`` or ``messages``) or an object that
holds one (``{"messages": [...]}``). The answers are strings, one turn, or lists of turns. Where both answers repeat the
whole conversation, the turns they share are listed once and edited in both places; an answer's own texts have the roles
``completion`` and ``rejected``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bloomery.formats.base import Claim, Parsed, Part, Record
from bloomery.formats.names import columns_of, find, quoted, rename, weigh
from bloomery.formats.slots import Slot, SlotFormat, Slots, first
from bloomery.formats.turns import Side, Turn, read_side, side_slots

_PROMPTS = ("prompt", "conversations", "messages", "question", "instruction", "input", "query", "context")
_CHOSEN = ("chosen", "chosen_messages", "chosen_response", "response_chosen", "preferred_output", "preferred")
_REJECTED = (
    "rejected",
    "rejected_messages",
    "rejected_response",
    "response_rejected",
    "non_preferred_output",
    "dispreferred",
)
_TEXTS = {"prompt": "prompt", "chosen": "completion", "rejected": "rejected"}
_SIDES = ("system", "tools")


@dataclass(frozen=True)
class Preference(SlotFormat):
    """Two answers, of which one is better."""

    name: ClassVar[str] = "preference"
    standard: ClassVar[tuple[str, ...]] = ("prompt", "chosen", "rejected", "system", "tools")

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        found = columns_of(sample)
        chosen, rejected = find(found, _CHOSEN), find(found, _REJECTED)
        if chosen is None or rejected is None:
            return None
        prompt = find(found, _PROMPTS, taken=(chosen, rejected))
        form = cls(rename({"prompt": prompt, "chosen": chosen, "rejected": rejected}))
        what = f"{quoted((chosen, rejected))} are answers"
        return weigh(form, sample, lambda row: _answers(row.get(chosen), row.get(rejected)), 1.0, what)

    def parse(self, record: Record) -> Parsed:
        """See `Format.parse`; three strings, the usual case, are read without the walk."""
        texts = [record.get(self.column(name)) for name in _TEXTS]
        if all(type(text) is str and text for text in texts) and not any(
            record.get(self.column(name)) for name in _SIDES
        ):
            return Parsed([Part(role, text) for role, text in zip(_TEXTS.values(), texts, strict=True) if text])
        return super().parse(record)

    def slots(self, record: Record) -> Slots:
        """See `SlotFormat.slots`."""
        context = self._side(record, "prompt", "prompt")
        chosen, rejected = self._side(record, "chosen", "completion"), self._side(record, "rejected", "rejected")
        shared = _shared(chosen.raw, rejected.raw)
        told = [slot for turn in context.turns for slot in turn.slots]
        both = _twins(chosen.turns[:shared], rejected.turns[:shared])
        slots = [
            *(slot for name in _SIDES for slot in self._beside(record, name)),
            *_joined(told, both),
            *(slot for turn in chosen.turns[shared:] for slot in turn.slots),
            *(_rejected(slot) for turn in rejected.turns[shared:] for slot in turn.slots),
        ]
        sides = (context.turns, chosen.turns, rejected.turns[shared:])
        faults = (self._missing(record), *(turn.fault for side in sides for turn in side), _absent(slots))
        return Slots(slots, first(faults))

    def _side(self, record: Record, standard: str, role: str) -> Side:
        name = self.column(standard)
        return read_side(record.get(name), role, (name,))

    def _beside(self, record: Record, name: str) -> list[Slot]:
        return side_slots(record.get(self.column(name)), name, (self.column(name),))

    def _missing(self, record: Record) -> str | None:
        return None if self.column("chosen") in record and self.column("rejected") in record else "missing_column"


def _shared(chosen: list[Any], rejected: list[Any]) -> int:
    """How many turns both answers begin with; the last turn of each is always its own."""
    most = max(0, min(len(chosen), len(rejected)) - 1)
    return next((at for at in range(most) if chosen[at] != rejected[at]), most)


def _twins(chosen: Sequence[Turn], rejected: Sequence[Turn]) -> list[Slot]:
    mine = [slot for turn in chosen for slot in turn.slots]
    other = [slot for turn in rejected for slot in turn.slots]
    return [slot._replace(also=(twin.path,)) for slot, twin in zip(mine, other, strict=True)]


def _joined(told: list[Slot], both: list[Slot]) -> list[Slot]:
    """The context and the shared turns; a text that stands in both is listed once."""
    places = {(slot.role, slot.text): slot for slot in both if slot.span is None and slot.kind == "text"}
    own: list[Slot] = []
    for slot in told:
        twin = places.pop((slot.role, slot.text), None)
        if twin is None or slot.kind != "text" or slot.span is not None:
            own.append(slot)
        else:
            at = both.index(twin)
            both[at] = twin._replace(also=(*twin.also, slot.path))
    return own + both


def _rejected(slot: Slot) -> Slot:
    return slot if slot.role in ("tool_call", "tool") else slot._replace(role="rejected")


def _absent(slots: Sequence[Slot]) -> str | None:
    roles = {slot.role for slot in slots}
    if "prompt" not in roles:
        return "empty_prompt"
    if not roles & {"completion", "tool_call"}:
        return "empty_completion"
    return None if roles & {"rejected", "tool_call"} else "empty_rejected"


def _answers(chosen: Any, rejected: Any) -> bool:
    return all(isinstance(one, (str, list, dict)) for one in (chosen, rejected))
