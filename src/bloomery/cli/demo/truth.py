"""What was planted in the demo's raw data, and what ought to become of it: the file ``truth.json``.

A row is named as a run names it: its path relative to the demo folder and its number from 1, ``raw/tickets.jsonl:12``
(the physical line of a ``.jsonl``, the record of a ``.csv`` without the header). A row that is not listed is an ordinary
one and has to stay as it is.

    dropped      has to go, by one of the ops named in `by`
    quarantined  cannot be read, or has the wrong shape
    edited       has to stay, mended or scrubbed by one of the ops in `by`
    kept         looks bad but is good: has to stay, and the ops in `by` must not edit it
    either       a true duplicate below the default threshold: shown, but neither a hit nor a miss

Leaks are about the test items of ``raw/benchmark.jsonl``: which of them stand in the training data.
"""

from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

Expected = Literal["dropped", "quarantined", "edited", "kept", "either"]
LeakExpected = Literal["contaminated", "answer_only"]


class Kind(NamedTuple):
    """A kind of planted row: what to call it, and what ought to become of it."""

    title: str
    expected: Expected
    by: tuple[str, ...] = ()


class LeakKind(NamedTuple):
    """A kind of leaked test item: what to call it, and what a check ought to say of it."""

    title: str
    expected: LeakExpected


_TWIN = ("exact", "near")
_LENGTH = ("length", "signals", "structure")
_SIGNAL = ("signals", "length", "structure")

#: In the order in which they are shown.
KINDS: dict[str, Kind] = {
    "copy_exact": Kind("exact copies", "dropped", _TWIN),
    "copy_disguised": Kind("copies in other case, spacing or characters", "dropped", _TWIN),
    "copy_but_pii": Kind("copies with another e-mail or phone", "dropped", _TWIN),
    "near_word": Kind("near copies: one word changed", "dropped", _TWIN),
    "near_words": Kind("near copies: 3–5 % of words changed", "dropped", _TWIN),
    "near_reordered": Kind("near copies: sentences reordered", "dropped", _TWIN),
    "near_greeting": Kind("near copies: greeting added", "dropped", _TWIN),
    "near_hard": Kind("edited copies below the threshold of 0.8", "either", _TWIN),
    "short_completion": Kind("answers too short", "dropped", _LENGTH),
    "short_prompt": Kind("questions too short", "dropped", _LENGTH),
    "long_prompt": Kind("questions far too long", "dropped", _LENGTH),
    "long_completion": Kind("answers far too long", "dropped", _LENGTH),
    "empty_completion": Kind("empty answers", "dropped", _LENGTH),
    "placeholder": Kind("placeholders for an answer", "dropped", _SIGNAL),
    "refusal": Kind("refusals", "dropped", _SIGNAL),
    "cut_off": Kind("answers cut off", "dropped", _SIGNAL),
    "repeated": Kind("answers that repeat themselves", "dropped", _SIGNAL),
    "markup": Kind("leftover markup", "dropped", _SIGNAL),
    "echo": Kind("answer equals question", "dropped", _SIGNAL),
    "invalid_json": Kind("broken lines: not JSON", "quarantined"),
    "truncated": Kind("broken lines: cut short", "quarantined"),
    "bad_utf8": Kind("broken lines: not UTF-8", "quarantined"),
    "nul_byte": Kind("broken lines: NUL byte", "quarantined"),
    "ragged": Kind("table rows with too many or too few cells", "quarantined", _LENGTH),
    "email": Kind("e-mail addresses", "edited", ("pii",)),
    "phone": Kind("phone numbers", "edited", ("pii",)),
    "ssn": Kind("social security numbers", "edited", ("pii",)),
    "card": Kind("payment cards", "edited", ("pii",)),
    "mixed_pii": Kind("several of these", "edited", ("pii",)),
    "mojibake": Kind("mis-decoded characters", "edited", ("normalize",)),
    "crlf": Kind("Windows line ends", "edited", ("normalize",)),
    "original": Kind("the originals of copies (best source wins)", "kept"),
    "twin_number": Kind("same words, other number", "kept"),
    "twin_date": Kind("same words, other date", "kept"),
    "twin_amount": Kind("same words, other amount", "kept"),
    "twin_negation": Kind("“is covered” and “is not covered”", "kept"),
    "twin_product": Kind("same words, other product", "kept"),
    "twin_code": Kind("same code, other identifier", "kept"),
    "pii_lookalike": Kind("numbers that only look personal", "kept", ("pii",)),
    "fault_lookalike": Kind("good answers that mention faults", "kept"),
}

#: Kinds of leaks, in the order in which they are shown.
LEAKS: dict[str, LeakKind] = {
    "leak_verbatim": LeakKind("question and answer, word for word", "contaminated"),
    "leak_question": LeakKind("the question only", "contaminated"),
    "leak_rewrapped": LeakKind("other line breaks and punctuation", "contaminated"),
    "leak_short": LeakKind("items of fewer than 13 words", "contaminated"),
    "leak_answer": LeakKind("the answer only", "answer_only"),
}


class Planted(msgspec.Struct, frozen=True, omit_defaults=True):
    """One planted row."""

    id: str
    kind: str
    expected: Expected
    by: tuple[str, ...] = ()
    cluster: str | None = None
    against: str | None = None
    """The row it was made from."""
    similarity: float | None = None
    """True word 3-gram Jaccard with that row, over question and answer, 0..1."""
    note: str | None = None


class Cluster(msgspec.Struct, frozen=True):
    """Rows that say the same: one of them has to stay."""

    id: str
    members: tuple[str, ...]
    survivor: str | None
    """The member that has to stay, or null where any one may (same source, so no rule of the demo decides)."""


class Leak(msgspec.Struct, frozen=True):
    """A test item that stands in the training data."""

    id: str
    kind: str
    expected: LeakExpected
    train: str


class Truth(msgspec.Struct, frozen=True):
    """The whole of ``truth.json``."""

    seed: int
    rows: dict[str, int]
    """Records in each file, broken ones included."""
    counts: dict[str, int]
    """Planted rows and leaks of each kind."""
    planted: tuple[Planted, ...]
    clusters: tuple[Cluster, ...]
    leaks: tuple[Leak, ...]

    def save(self, path: Path) -> None:
        """Write as indented JSON."""
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n")

    @classmethod
    def load(cls, path: Path) -> "Truth":
        """Read what `save` wrote."""
        return msgspec.json.decode(path.read_bytes(), type=cls)
