"""The way of one recipe through one folder: where each stage finds what it takes.

    data of the recipe → profile
    data of the recipe → clean/data.jsonl → split/train.jsonl, test.jsonl → contamination → evaluate

What a later stage takes is what an earlier one made; ``evaluate: {test: …, train: …}`` in the recipe overrides that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from bloomery.evaluate.options import Evaluate
from bloomery.formats.source import Source
from bloomery.recipe import Recipe
from bloomery.run.keys import inputs
from bloomery.run.verbs import opened, wanted


@dataclass(frozen=True)
class Way:
    """A recipe and the folder of its run."""

    plan: Recipe
    folder: Path
    model: str | None = None  #: what the evaluated model is called, where predictions are given
    ready: Mapping[str, Any] = field(default_factory=dict)  #: models that can be asked as they are

    def place(self, stage: str) -> Path:
        """The folder of a stage."""
        return self.folder / stage

    @cached_property
    def data_files(self) -> list[dict[str, Any]]:
        """Path and SHA-256 of every raw file."""
        return inputs(self.plan.data)

    @property
    def clean_rows(self) -> Source:
        """The rows that cleaning kept."""
        return Source(path=str(self.place("clean") / "data.jsonl"), **_read_as(self.place("clean")))

    def part(self, name: str) -> Source:
        """The rows of a split."""
        return Source(path=str(self.place("split") / f"{name}.jsonl"), **_read_as(self.place("split")))

    @property
    def train(self) -> list[Source]:
        """What a model is trained on: the training rows, without those that hold a test item where that was asked for."""
        without = self.place("contamination") / "train.jsonl"
        if self.plan.contamination.drop_from == "train" and without.is_file():
            return [self.part("train").model_copy(update={"path": str(without)})]
        return [self.part("train")]

    @property
    def test(self) -> Source:
        """What the model is evaluated on."""
        own = self.plan.evaluate.test
        return self.part("test") if own is None else Source(path=own)

    @property
    def evaluates(self) -> bool:
        """Whether there is something to evaluate."""
        return self.plan.evaluate.model is not None or self.plan.evaluate.predictions is not None

    @property
    def section(self) -> Evaluate:
        """The section ``evaluate:``, with what earlier stages define filled in."""
        own = self.plan.evaluate
        train = own.train or tuple(source.path for source in self.train)
        return own.model_copy(update={"test": self.test.path, "train": train})

    @property
    def name(self) -> str:
        """What the evaluated model is called."""
        return self.model or self.plan.evaluate.model or self.folder.resolve().name

    @cached_property
    def models(self) -> dict[str, Any]:
        """The models that are asked, opened."""
        return opened(wanted(self.plan.evaluate), self.plan, self.ready)


def _read_as(stage: Path) -> dict[str, Any]:
    """How the rows that a stage wrote are read: the format and, where raw rows stayed as they were, their columns."""
    path = stage / "manifest.json"
    if not path.is_file():
        return {}
    told = msgspec.json.decode(path.read_bytes())["format"]
    bound = [columns for columns in told["columns"] if columns]
    return {"format": told["name"]} | ({"columns": bound[0]} if bound else {})
