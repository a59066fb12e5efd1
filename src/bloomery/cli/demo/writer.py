"""A support desk's writing: one question and its answer, from the content files.

An answer takes one alternative for each of its three sentences, often with an opener, an aside and a closer, and comes
to 40-130 words; a question is written out, with details before or after it, or is just a few words (one in four).
"""

import re
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from bloomery.cli.demo.grammar import Issue, Template, expand, load_issues
from bloomery.cli.demo.slots import Slots

SHORT_SHARE = 0.25
_GAP = re.compile(r" (?=[ .,:;?!])")


class Exchange(NamedTuple):
    """A question, its answer, and what they are about."""

    prompt: str
    completion: str
    topic: str
    issue: str


class Writer:
    """Writes exchanges; the same seed writes the same ones."""

    def __init__(self, rng: Random) -> None:
        content = load_issues()
        self.rng = rng
        self.common = {issue.name: issue.parts["1"] for issue in content.pop("common")}
        self.issues = [issue for issues in content.values() for issue in issues]

    def exchange(self, *, short: bool | None = None, issue: Issue | None = None) -> Exchange:
        """One question with its answer; `short` forces a question of a few words, or a long one."""
        rng = self.rng
        issue = issue or rng.choice(self.issues)
        slots = Slots(rng)
        if short is None:
            short = rng.random() < SHORT_SHARE
        prompt = self._sentence(issue.shorts, slots) if short else self._question(issue, slots)
        return Exchange(prompt, self._answer(issue, slots), issue.topic, issue.name)

    def _question(self, issue: Issue, slots: Slots) -> str:
        """A question with one or two details around it."""
        rng = self.rng
        sentences = [self._sentence(issue.asks, slots), self.phrase("context", slots)]
        if rng.random() < 0.5:
            sentences.insert(0, self.phrase("context", slots))
        return " ".join(dict.fromkeys(sentences))

    def _answer(self, issue: Issue, slots: Slots) -> str:
        """Opener, three sentences, aside, closer; in one of ten cases a sentence a line."""
        rng = self.rng
        sentences = [self._sentence(issue.parts[part], slots) for part in "123"]
        if rng.random() < 0.4:
            sentences.insert(2, self.phrase("aside", slots))
        if rng.random() < 0.6:
            sentences.insert(0, self.phrase("opener", slots))
        if rng.random() < 0.7:
            sentences.append(self.phrase("closer", slots))
        return ("\n" if rng.random() < 0.1 else " ").join(sentences)

    def phrase(self, name: str, slots: Slots) -> str:
        """One of the common phrases: opener, closer, aside or context."""
        return self._sentence(self.common[name], slots)

    def _sentence(self, templates: Sequence[Template], slots: Slots) -> str:
        """One of `templates` as text; an empty choice between two spaces leaves one space, before a stop none."""
        text = expand(templates[int(self.rng.random() * len(templates))], self.rng, slots)
        return _GAP.sub("", text)
