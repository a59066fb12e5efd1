"""classification: ``{"text": "...", "label": "positive"}``; the label may be an integer, true or false, or a list of labels.

The text has the role ``prompt``. A label column is told by its name and by holding short values; a long one is an answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from bloomery.formats.base import Claim, Record
from bloomery.formats.flat import FlatFormat
from bloomery.formats.names import columns_of, find, quoted, rename, weigh
from bloomery.formats.slots import is_scalar

_TEXTS = (
    *("text", "sentence", "review", "utterance", "tweet", "comment", "content", "document", "message", "headline"),
    *("body", "post", "query", "question", "input", "prompt"),
)
_LABELS = (
    *("label", "labels", "category", "sentiment", "intent", "class", "topic", "emotion", "stance", "target"),
    *("label_text", "coarse_label", "class_label", "rating", "stars", "toxicity", "is_toxic", "spam", "is_spam"),
)
_LONGEST = 100  # characters of a label


@dataclass(frozen=True)
class Classification(FlatFormat):
    """A text and its class."""

    name: ClassVar[str] = "classification"
    flat: ClassVar[Mapping[str, str]] = MappingProxyType({"text": "prompt", "label": "label"})
    standard: ClassVar[tuple[str, ...]] = ("text", "label")
    required: ClassVar[tuple[str, ...]] = ("text", "label")

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        found = columns_of(sample)
        text = find(found, _TEXTS)
        label = find(found, _LABELS)
        if text is None or label is None:
            return None
        form = cls(rename({"text": text, "label": label}))
        what = f"{quoted((text, label))} are a text and a short label"
        return weigh(form, sample, lambda row: isinstance(row.get(text), str) and is_label(row.get(label)), 0.7, what)


def is_label(value: Any) -> bool:
    """Whether `value` can be a class: a short scalar or a list of such."""
    if isinstance(value, list):
        return bool(value) and all(is_label(item) for item in value)
    return is_scalar(value) and 0 < len(str(value)) <= _LONGEST
