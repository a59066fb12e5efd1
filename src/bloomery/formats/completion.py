"""completion: ``{"prompt": "...", "completion": "..."}``, under whatever names: question and answer, input and output.

An optional ``system`` column is the system message. Both texts may also be lists of messages (the conversational form of
some trainers); any other list is ``wrong_type``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from bloomery.formats.base import Claim, Record
from bloomery.formats.flat import EMPTY, FlatFormat, cell
from bloomery.formats.names import columns_of, find, quoted, rename, weigh
from bloomery.formats.slots import Slots, first
from bloomery.formats.turns import is_turn, read_side

_PROMPTS = ("prompt", "instruction", "question", "input", "query", "problem", "request", "human", "user", "source")
_COMPLETIONS = (
    *("completion", "response", "answer", "output", "target", "reply", "solution", "canonical_solution"),
    *("assistant", "ground_truth", "reference", "best_answer", "answers"),
)
_PAIRS = (
    ("prompt", "completion"),
    ("question", "answer"),
    ("input", "output"),
    ("instruction", "response"),
    ("query", "response"),
    ("text", "summary"),
    ("document", "summary"),
    ("dialogue", "summary"),
    ("article", "highlights"),
    ("article", "summary"),
    ("text", "target"),
)
_SYSTEMS = ("system", "system_prompt", "system_message")


@dataclass(frozen=True)
class Completion(FlatFormat):
    """A prompt and what should follow it."""

    name: ClassVar[str] = "completion"
    flat: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"system": "system", "prompt": "prompt", "completion": "completion"}
    )
    standard: ClassVar[tuple[str, ...]] = ("prompt", "completion", "system")
    required: ClassVar[tuple[str, ...]] = ("prompt", "completion")

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        found = columns_of(sample)
        prompt, completion = _pair(found)
        if prompt is None or completion is None:
            return None
        system = find(found, _SYSTEMS, taken=(prompt, completion))
        form = cls(rename({"prompt": prompt, "completion": completion, "system": system}))
        weight = 0.97 if any(_is_turns(row.get(completion)) for row in sample) else 0.8  # above a chat in one column
        what = f"{quoted((prompt, completion))} are text"
        return weigh(form, sample, lambda row: _texts(row, prompt, completion), weight, what)

    def slots(self, record: Record) -> Slots:
        """See `SlotFormat.slots`; texts that are lists of messages are read as turns."""
        names = {role: self.column(role) for role in ("prompt", "completion")}
        if not any(_is_turns(record.get(name)) for name in names.values()):
            return super().slots(record)
        sides = {role: read_side(record.get(name), role, (name,)).turns for role, name in names.items()}
        turns = [turn for side in sides.values() for turn in side]
        system = cell("system", record.get(self.column("system")), self.column("system"))
        slots = [*system.slots, *(slot for turn in turns for slot in turn.slots)]
        empty = (EMPTY[role] if not side else None for role, side in sides.items())
        return Slots(slots, first((self._missing(record), *(turn.fault for turn in turns), *empty)))


def _is_turns(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_turn, value))


def _pair(found: Mapping[str, str]) -> tuple[str | None, str | None]:
    for pair in _PAIRS:
        prompt, completion = find(found, pair[:1]), find(found, pair[1:])
        if prompt is not None and completion is not None:
            return prompt, completion
    prompt = find(found, _PROMPTS)
    return prompt, find(found, _COMPLETIONS, taken=() if prompt is None else (prompt,))


def _texts(row: Record, prompt: str, completion: str) -> bool:
    return all(isinstance(row.get(name), str) or _is_turns(row.get(name)) for name in (prompt, completion))
