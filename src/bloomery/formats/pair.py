"""pair: two texts and a label, e.g. ``premise`` and ``hypothesis``; both texts have the role ``prompt``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from bloomery.formats.base import Claim, Record
from bloomery.formats.classification import is_label
from bloomery.formats.flat import FlatFormat
from bloomery.formats.names import columns_of, find, quoted, rename, weigh
from bloomery.formats.slots import Slot

_PAIRS = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("sentence_a", "sentence_b"),
    ("text_a", "text_b"),
    ("text1", "text2"),
    ("question1", "question2"),
    ("question", "sentence"),
    ("first", "second"),
    ("query", "passage"),
    ("query", "document"),
)
_LABELS = (
    "label",
    "gold_label",
    "labels",
    "is_duplicate",
    "duplicate",
    "relation",
    "similarity",
    "score",
    "relevance",
    "class",
)


@dataclass(frozen=True)
class Pair(FlatFormat):
    """Two texts and how they relate."""

    name: ClassVar[str] = "pair"
    flat: ClassVar[Mapping[str, str]] = MappingProxyType({"first": "prompt", "second": "prompt", "label": "label"})
    standard: ClassVar[tuple[str, ...]] = ("first", "second", "label")
    required: ClassVar[tuple[str, ...]] = ("first", "second", "label")

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        found = columns_of(sample)
        label = find(found, _LABELS)
        both = ((find(found, one[:1]), find(found, one[1:])) for one in _PAIRS)
        first, second = next(((one, two) for one, two in both if one is not None and two is not None), (None, None))
        if first is None or second is None or label is None:
            return None
        form = cls(rename({"first": first, "second": second, "label": label}))
        what = f"{quoted((first, second))} are texts beside the label {label!r}"
        return weigh(form, sample, lambda row: _fits(row, first, second, label), 0.9, what)

    def _empty(self, slots: Sequence[Slot]) -> str | None:
        texts = [slot for slot in slots if slot.role == "prompt"]
        return "empty_prompt" if len(texts) < 2 else super()._empty(slots)


def _fits(row: Record, first: str, second: str, label: str) -> bool:
    return isinstance(row.get(first), str) and isinstance(row.get(second), str) and is_label(row.get(label))
