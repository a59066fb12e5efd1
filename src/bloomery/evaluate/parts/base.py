"""What the parts of an evaluation have in common: the case that they are given, and what they hand back.

A part is a function from a `Case` to a `Found`. It asks models only through ``case.ask``, which keeps every reply in the run's
folder, so that the same evaluation can be made again without a call. What a part cannot measure it says (`Found.missing`); a
required part that is missing never passes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from bloomery.contamination.options import Contamination
from bloomery.evaluate.asked import Asked
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.testset import Tests
from bloomery.evaluate.turns import Turn, turns_of
from bloomery.llm.base import Message, Model, Request
from bloomery.metrics.score import Scored

__all__ = ["Case", "Found", "Part", "asked", "rendered", "requests_of", "texts"]


@dataclass(frozen=True)
class Case:
    """What a part is given."""

    options: Evaluate
    tests: Tests
    answers: pl.DataFrame  #: the model's answers to the test, one row an item, with states (`bloomery.metrics.base`)
    scored: Scored  #: of the test
    name: str  #: of the model that is evaluated
    model: Model | None  #: the model, where it (or a file of its predictions) can be asked
    base: Model | None  #: its base
    ask: Asked
    folder: Path  #: the run's folder; a part writes below ``parts/NAME``
    models: Mapping[str, Model] = field(default_factory=dict)  #: further models, such as judges, by name
    test_file: str = ""
    base_answers: pl.DataFrame | None = None  #: the base's answers to the test, where there is a base that answered
    base_scored: Scored | None = None  #: of these
    contamination: Contamination = field(default_factory=Contamination)  #: how leaked test items are looked for
    before: Path | None = (
        None  #: the finished evaluation that is scored again; what no reply holds can be taken from there
    )

    def place(self, part: str) -> Path:
        """The folder of a part, made if it is not there."""
        folder = self.folder / "parts" / part
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True)
class Found:
    """What a part hands back."""

    part: str
    measures: tuple[Measure, ...] = ()  #: of the model
    base: tuple[Measure, ...] = ()  #: the same of its base, by the same names
    notes: tuple[str, ...] = ()  #: sentences that a reader must know
    told: dict[str, Any] = field(default_factory=dict)  #: for the report, as plain JSON
    missing: str = ""  #: why it could not be measured
    not_measured: tuple[
        str, ...
    ] = ()  #: what of it was left open, such as "generalisation: the test is a random split"


Part = Callable[[Case], Found]


def requests_of(frame: pl.DataFrame, options: Evaluate, *, before: str = "") -> list[Request]:
    """A request for each row of `frame` (``item``, ``prompt``, perhaps ``messages``), as the recipe renders prompts.

    `before` stands before the ids, so that items of different parts have different ones.
    """
    return [
        Request(f"{before}{item}", asked(prompt, some, options))
        for (item, prompt), some in zip(frame.select("item", "prompt").iter_rows(), turns_of(frame), strict=True)
    ]


def asked(prompt: str | None, turns: Sequence[Turn] | None, options: Evaluate) -> tuple[Message, ...]:
    """What a model is asked: the turns of an item, or its prompt where it has none, as the recipe renders them.

    The template is for what the user says last; earlier turns stay as they are. The system of the recipe stands before all of
    it, unless the item has one of its own.
    """
    turns = turns or [Turn(role="user", content=prompt or "")]
    last = max((place for place, one in enumerate(turns) if one["role"] == "user"), default=-1)
    system = [] if options.system is None or turns[0]["role"] == "system" else [Message("system", options.system)]
    told = [
        Message(one["role"], rendered(one["content"], options.template if place == last else None))
        for place, one in enumerate(turns)
    ]
    return (*system, *told)


def rendered(prompt: str, template: str | None) -> str:
    """The prompt in the template.

    >>> rendered("Where is it?", "Answer briefly: {prompt}"), rendered("Where is it?", None)
    ('Answer briefly: Where is it?', 'Where is it?')
    """
    return prompt if template is None else template.replace("{prompt}", prompt)


def texts(answers: Sequence[Any]) -> pl.Series:
    """The texts of answers as predictions; null where a call failed."""
    return pl.Series("prediction", [one.text for one in answers], dtype=pl.String)
