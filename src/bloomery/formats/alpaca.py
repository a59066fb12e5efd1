"""alpaca: ``{"instruction": "...", "input": "...", "output": "..."}``, where input may be empty or absent.

Optional: ``system``, and ``history``, a list of earlier ``[question, answer]`` exchanges. `SelfInstruct` is the seed form
``{"name", "instruction", "instances": [{"input", "output"}, ...]}``: one alpaca row for each instance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from bloomery.formats.base import Claim, Record
from bloomery.formats.flat import FlatFormat
from bloomery.formats.names import columns_of, find, quoted, rename, weigh
from bloomery.formats.slots import Slot, SlotFormat, Slots, first, value_slot

_INPUTS = ("input", "context")
_OUTPUTS = ("output", "response", "completion", "answer")


@dataclass(frozen=True)
class Alpaca(FlatFormat):
    """An instruction, perhaps with an input, and the output."""

    name: ClassVar[str] = "alpaca"
    flat: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"system": "system", "instruction": "prompt", "input": "prompt", "output": "completion"}
    )
    standard: ClassVar[tuple[str, ...]] = ("instruction", "output", "input", "system", "history")
    required: ClassVar[tuple[str, ...]] = ("instruction", "output")

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        found = columns_of(sample)
        instruction, output = find(found, ("instruction",)), find(found, _OUTPUTS)
        given = find(found, _INPUTS)
        if instruction is None or output is None or (given is None and output != "output"):
            return None
        system = find(found, ("system", "system_prompt"))
        columns = {"instruction": instruction, "input": given, "output": output, "system": system}
        what = f"{quoted(filter(None, (instruction, given, output)))} are text"
        return weigh(cls(rename(columns)), sample, lambda row: _texts(row, instruction, given, output), 0.85, what)

    def slots(self, record: Record) -> Slots:
        """See `SlotFormat.slots`; earlier exchanges come before the instruction."""
        slots, fault = super().slots(record)
        told = _history(record.get(self.column("history")), self.column("history"))
        front = sum(slot.role == "system" for slot in slots[:1])
        return Slots([*slots[:front], *told.slots, *slots[front:]], fault or told.fault)


@dataclass(frozen=True)
class SelfInstruct(SlotFormat):
    """Seed tasks: one instruction with several instances, each read as an alpaca row."""

    name: ClassVar[str] = "self_instruct"
    standard: ClassVar[tuple[str, ...]] = ("instruction", "instances")
    expands: ClassVar[bool] = True

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        return weigh(cls(), sample, _is_seed, 1.0, "'instances' is a list of input and output")

    def expand(self, records: Sequence[tuple[int, Record]]) -> list[tuple[str, Record]]:
        """One alpaca row for each instance, with the other keys of the task; a task without instances stays as it is."""
        rows = []
        for number, record in records:
            instances = record.get(self.column("instances"))
            if not isinstance(instances, list) or not all(isinstance(one, dict) for one in instances) or not instances:
                rows.append((str(number), record))
                continue
            task = {key: value for key, value in record.items() if key != self.column("instances")}
            rows += [(f"{number}#{at}", {**task, **instance}) for at, instance in enumerate(instances, 1)]
        return rows

    def slots(self, record: Record) -> Slots:
        """See `SlotFormat.slots`; `record` is a row of `expand`."""
        return Alpaca({"instruction": self.column("instruction")}).slots(record)


def _texts(row: Record, instruction: str, given: str | None, output: str) -> bool:
    there = isinstance(row.get(instruction), str) and isinstance(row.get(output), str)
    return there and (given is None or isinstance(row.get(given), str | None))


def _is_seed(row: Record) -> bool:
    instances = row.get("instances")
    return isinstance(row.get("instruction"), str) and isinstance(instances, list) and _instance(instances[:1])


def _instance(instances: list[Any]) -> bool:
    return all(isinstance(one, dict) and "output" in one for one in instances)


def _history(value: Any, column: str) -> Slots:
    if value is None or value in ("", []):
        return Slots([])
    if not isinstance(value, list):
        return Slots([value_slot("text", value, (column,))], "wrong_type")
    read = [_exchange(pair, (column, at)) for at, pair in enumerate(value)]
    return Slots([slot for exchange in read for slot in exchange.slots], first(exchange.fault for exchange in read))


def _exchange(pair: Any, path: tuple[str | int, ...]) -> Slots:
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
        return Slots([value_slot("text", pair, path)], "wrong_type")
    slots = [
        Slot(role, text, (*path, at))
        for at, (role, text) in enumerate(zip(("prompt", "completion"), pair, strict=True))
    ]
    return Slots(
        [slot for slot in slots if slot.text], None if all(pair) else "empty_completion" if pair[0] else "empty_prompt"
    )
