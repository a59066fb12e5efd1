"""Where a record's texts stand: one walk that reading and writing share.

A format lists the *slots* of a record: for each text its role and the place it was found. `parse` shows the texts,
`replace` writes changed texts back to those places, so the two cannot disagree (the lens law of `bloomery.formats.base`).
A slot is

- ``text``    a string, or with `span` a piece of one (an answer beside its ``<think>`` block);
- ``json``    any JSON value shown as JSON text (arguments of a tool call that are an object);
- ``scalar``  a number, true or false shown as text (an integer class label).

`also` names further places that hold the same text (the turns that both branches of a preference share); they change
together. An empty string or null has no slot: there is no text in it. Values of a wrong type do have one, so that what a
faulty row carries is seen by the PII step before the row lands in ``dropped.jsonl``.
"""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from bloomery.formats.base import Format, Parsed, Part, Record
from bloomery.formats.lossless import Number, canonical, loads_value, merge

Path = tuple[str | int, ...]


class Slot(NamedTuple):
    """One text of a record and its place."""

    role: str
    text: str
    path: Path
    kind: Literal["text", "json", "scalar"] = "text"
    span: tuple[int, int] | None = None  # characters of the string at `path`
    also: tuple[Path, ...] = ()


class Slots(NamedTuple):
    """All texts of a record in reading order, and its structural fault (`bloomery.formats.faults`)."""

    slots: list[Slot]
    fault: str | None = None


@dataclass(frozen=True)
class SlotFormat(Format):
    """A format told by the slots of its records."""

    #: the standard columns a user may map (``columns: {prompt: title}``), required ones first
    standard: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def slots(self, record: Record) -> Slots:
        """The texts of `record` and where they stand. Never raises on odd data."""

    def parse(self, record: Record) -> Parsed:
        """See `Format.parse`."""
        slots, fault = self.slots(record)
        return Parsed([Part(slot.role, slot.text) for slot in slots], fault)

    def replace(self, record: Record, texts: Sequence[str]) -> Record:
        """See `Format.replace`. `texts` must be as many as the parts; the same record comes back if none changed."""
        return put(record, self.slots(record).slots, texts)


def put(record: Record, slots: Sequence[Slot], texts: Sequence[str]) -> Record:
    """`record` with the text of each slot replaced; `record` itself stays as it is."""
    changed = [(slot, text) for slot, text in zip(slots, texts, strict=True) if text != slot.text]
    for slot, text in reversed(changed):  # from the end, so that spans of one string stay true
        for path in (slot.path, *slot.also):
            record = _set(record, path, lambda old, slot=slot, text=text: _new(slot, old, text))  # type: ignore[misc]
    return record


def value_slot(role: str, value: Any, path: Path) -> Slot:
    """The slot of a value that is not a string: a scalar as its text, anything else as JSON."""
    if isinstance(value, (bool, int, float, Number)):
        return Slot(role, canonical(value), path, "scalar")
    return Slot(role, canonical(value), path, "json")


def is_scalar(value: Any) -> bool:
    """Whether `value` is a string, a number, true or false."""
    return isinstance(value, (str, bool, int, float, Number))


def first(faults: Iterable[str | None]) -> str | None:
    """The first fault that is one."""
    return next((fault for fault in faults if fault), None)


def scalar(old: Any, text: str) -> Any:
    """`text` as a value of the type of `old` where it reads as one, else as a string.

    >>> scalar(3, "4"), scalar(True, "false"), scalar(3, "four"), scalar(Number("1.50"), "1.5")
    (4, False, 'four', Number(1.50))
    """
    if canonical(old) == text:
        return old
    if isinstance(old, bool):
        return {"true": True, "false": False}.get(text, text)
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", text, re.ASCII):
        return text
    if isinstance(old, Number):
        return Number(text)
    plain = Number(text).plain()
    return text if plain is None else plain


def _new(slot: Slot, old: Any, text: str) -> Any:
    if slot.kind == "scalar":
        return scalar(old, text)
    if slot.kind == "json":
        return _json(old, text)
    if slot.span is None:
        return text
    start, end = slot.span
    return old[:start] + text + old[end:]


def _json(old: Any, text: str) -> Any:
    """The edited JSON text as the object or list it was; a string if it is none any more."""
    try:
        new = loads_value(text)
    except ValueError:
        return text
    return merge(old, new) if type(new) is type(old) else text


def _set(container: Any, path: Path, new: Callable[[Any], Any]) -> Any:
    """A copy of `container` with the value at `path` replaced; only the containers along the path are copied."""
    if not path:
        return new(container)
    copy = container.copy()
    copy[path[0]] = _set(container[path[0]], path[1:], new)
    return copy
