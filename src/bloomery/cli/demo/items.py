"""The draft of the demo's data: items on a desk, before they are given their places in files.

Planting functions (`copies`, `lookalikes`, `personal`, `faults`, `broken`, `leaks`) put items on the `Desk`; `generate`
shuffles them into the three sources, numbers them and writes files and truth.
"""

import re
from dataclasses import dataclass, field
from random import Random
from typing import Literal, NamedTuple

from bloomery.cli.demo.writer import Exchange, Writer

SourceName = Literal["tickets", "forum", "synthetic"]

#: File and priority of each source: answers by experts outrank the forum, which outranks generated text.
SOURCES: dict[SourceName, tuple[str, int]] = {
    "tickets": ("raw/tickets.jsonl", 3),
    "forum": ("raw/forum.csv", 2),
    "synthetic": ("raw/synthetic.jsonl.gz", 1),
}
BENCHMARK = "raw/benchmark.jsonl"

Grams = set[tuple[str, ...]]
#: Largest share of word 3-grams (Jaccard) that two freshly written rows may have in common.
ALIKE = 0.4


@dataclass(eq=False)
class Item:
    """One row to be. `raw` overrules the texts where the row is to be broken."""

    source: SourceName
    prompt: str
    completion: str
    topic: str
    kind: str | None = None
    note: str | None = None
    raw: bytes | None = None
    against: "Item | None" = None
    similarity: float | None = None
    id: str = ""

    def copy(
        self, source: SourceName, kind: str, *, prompt: str | None = None, completion: str | None = None
    ) -> "Item":
        """A copy that is measured against this item."""
        other = Item(source, prompt or self.prompt, completion or self.completion, self.topic, kind, against=self)
        other.similarity = round(similarity(self, other), 4)
        return other


class Group(NamedTuple):
    """Items that say the same, the original first; `fixed` if the original has to be the one that stays."""

    items: list[Item]
    fixed: bool


class TestItem(NamedTuple):
    """A row of the benchmark, and the training item in which it leaked."""

    prompt: str
    completion: str
    kind: str | None = None
    train: Item | None = None


@dataclass
class Desk:
    """Everything that is going to be written."""

    rng: Random
    writer: Writer
    items: list[Item] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    tests: list[TestItem] = field(default_factory=list)
    seen: dict[str, list[Grams]] = field(default_factory=dict)
    """Word 3-grams of what was drawn, by issue: answers to different issues have little in common anyway."""

    def add(self, item: Item) -> Item:
        """Put an item on the desk."""
        self.items.append(item)
        return item

    def write(
        self,
        source: SourceName | None = None,
        kind: str | None = None,
        *,
        short: bool | None = None,
        note: str | None = None,
    ) -> Item:
        """Add a freshly written item; the source is drawn where none is given."""
        prompt, completion, topic, _ = self.exchange(short=short)
        return self.add(Item(source or self.source(), prompt, completion, topic, kind, note))

    def source(self) -> SourceName:
        """A source, drawn."""
        return self.rng.choices(("tickets", "forum", "synthetic"), (25, 40, 35))[0]

    def exchange(self, *, short: bool | None = None) -> Exchange:
        """A question and its answer, unlike any drawn before: at most `ALIKE` of word 3-grams in common with another."""
        while True:
            drawn = self.writer.exchange(short=short)
            grams = trigrams(drawn.prompt, drawn.completion)
            others = self.seen.setdefault(drawn.issue, [])
            if all(len(grams & other) <= ALIKE * len(grams | other) for other in others):
                others.append(grams)
                return drawn


def words(text: str) -> list[str]:
    """Lower-case words, for the truth's own measure (independent of the tokeniser under test).

    >>> words("It's £4.50, OK?")
    ['it', 's', '4', '50', 'ok']
    """
    return re.findall(r"\w+", text.lower())


def trigrams(prompt: str, completion: str) -> Grams:
    """Distinct word 3-grams of question and answer."""
    tokens = words(f"{prompt}\n{completion}")
    return {tuple(tokens[i : i + 3]) for i in range(len(tokens) - 2)}


def similarity(a: Item, b: Item) -> float:
    """Jaccard of word 3-grams, 0..1: shared over all."""
    left, right = trigrams(a.prompt, a.completion), trigrams(b.prompt, b.completion)
    return len(left & right) / max(1, len(left | right))
