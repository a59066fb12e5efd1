"""A finished evaluation, scored again without a call: its replies stand in for the models, its answers for the predictions.

The folder has all that it takes: ``recipe.yaml`` (what was asked for, every option written out), ``replies/`` (what models said),
``predictions.jsonl`` (what was given), ``answers.parquet`` and ``manifest.json``. The test is read anew and must be the one that
was evaluated. Scoring again with the same recipe writes the same bytes; ``timings.json`` keeps what the calls took when they
were made.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from bloomery.contamination.options import Contamination
from bloomery.errors import DataError
from bloomery.evaluate.asked import file_of
from bloomery.evaluate.history import NOT_KNOWN, Seen
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.predictions import NO_ITEM, NO_PREDICTION, UNMATCHED, Answers, unmatched_in
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.testset import Tests
from bloomery.formats.source import Source
from bloomery.llm.about import about
from bloomery.llm.base import Model
from bloomery.llm.options import ModelOptions
from bloomery.llm.replay import Replay
from bloomery.metrics.base import Metric

__all__ = ["PREDICTIONS", "Before", "Kept", "as_lines", "models_told", "recipe_of"]

RECIPE = "recipe.yaml"
PREDICTIONS = "predictions.jsonl"
TIMINGS = "timings.json"


class Kept(Replay):
    """The replies of a finished evaluation in place of the model that gave them; its identity is that model's."""

    kept_identity: str = ""

    def identity(self) -> str:
        """That of the model which was asked."""
        return self.kept_identity


class Before:
    """What a finished evaluation has to be scored again."""

    def __init__(self, folder: str | Path, *, as_it_was: bool = False) -> None:
        """With `as_it_was` what the history said then holds, and it hears of nothing.

        Raises DataError where `folder` is no finished evaluation, or one that says too little of itself.
        """
        self.run = Evaluated(folder)
        self.folder = self.run.folder
        self.known = _known(self.run.verdict or {}) if as_it_was else None
        if not (self.folder / RECIPE).is_file() or "models" not in self.run.manifest:
            raise DataError(
                f"{folder} cannot be scored again",
                expected=f"an evaluation with {RECIPE} in its folder",
                found="one of an earlier version",
                next="Evaluate again",
            )

    @property
    def by_predictions(self) -> bool:
        """Whether predictions were given; or the model was asked."""
        return bool(self.run.manifest["predictions"]["files"])

    @property
    def test(self) -> Source:
        """The test, and how it was read."""
        return Source(**self.run.manifest["test"]["source"])

    def models(self) -> dict[str, Model]:
        """Every model that was asked, by name. DataError where its replies cannot be read."""
        told = yaml.safe_load((self.folder / RECIPE).read_bytes()).get("models") or {}
        return {name: self._kept(name, one, told.get(name)) for name, one in self.run.manifest["models"].items()}

    def _kept(self, name: str, told: Mapping[str, Any], options: Any) -> Kept:
        given_as = self.by_predictions and name == self.run.model
        path = self.folder / (PREDICTIONS if given_as else file_of(name))
        given = ModelOptions(**options) if options is not None else None
        model = (
            Kept.read(name, path, family=told["family"], options=given)
            if path.is_file()
            else Kept(name, (), family=told["family"], options=given)
        )
        model.kept_identity = told["identity"]
        return model

    def check(self, tests: Tests) -> None:
        """DataError unless the test is the one that was evaluated."""
        before = [file["sha256"] for file in self.run.manifest["test"]["files"]]
        now = [file["sha256"] for file in tests.files]
        if before != now:
            raise DataError(
                f"The test has changed since {self.folder} was evaluated",
                expected=f"files with the SHA-256 {_short(before)}",
                found=f"{_short(now)} in {', '.join(str(file['path']) for file in tests.files)}",
                next="Put the file back as it was, or evaluate the model anew on this one",
            )

    def answers(self, tests: Tests) -> Answers:
        """The answers to the test as they were read from the predictions."""
        stored = self.run.answers
        given = [name for name in stored.columns if name not in tests.frame.columns and name != "state"]
        frame = tests.frame.join(stored.select("item", *given), on="item", how="left", maintain_order="left")
        path = self.folder / UNMATCHED
        left = unmatched_in(path.read_bytes() if path.is_file() else b"")
        told = self.run.manifest["predictions"]
        known = {*tests.frame["item"], *left[NO_ITEM]}
        rows = map(msgspec.json.decode, self.predictions.splitlines())
        of_parts = tuple(row["item"] for row in rows if row["item"] not in known)
        return Answers(frame, left[NO_ITEM], left[NO_PREDICTION], told["files"], told["notes"], of_parts)

    @property
    def predictions(self) -> bytes:
        """All the predictions that were given, as `as_lines` wrote them."""
        return (self.folder / PREDICTIONS).read_bytes()

    def timings(self) -> dict[str, Any]:
        """What the calls took when they were made."""
        path = self.folder / TIMINGS
        found: dict[str, Any] = msgspec.json.decode(path.read_bytes()) if path.is_file() else {}
        return found


def as_lines(model: Replay) -> bytes:
    """All answers of a file of predictions, in their order, as `bloomery.llm.replay` reads them."""
    return b"".join(msgspec.json.encode(row) + b"\n" for row in model.rows)


def models_told(models: Mapping[str, Model]) -> dict[str, Any]:
    """What a manifest says of models: what they are, and all that decides about their answers. No key is in it."""
    return {
        name: about(model) | {"family": model.family, "identity": model.identity()} for name, model in models.items()
    }


def recipe_of(
    options: Evaluate, metrics: list[Metric], models: Mapping[str, Model], contamination: Contamination
) -> bytes:
    """The recipe that repeats an evaluation, every option written out, as YAML."""
    told = options.model_dump(mode="json", exclude={"metrics", "cache", "budget", "history"})
    told["metrics"] = [{one.name(): one.model_dump(mode="json", exclude_defaults=True)} for one in metrics]
    given = {name: getattr(model, "options", None) for name, model in models.items()}
    named = {
        name: one.model_dump(mode="json", exclude_defaults=True)
        for name, one in given.items()
        if isinstance(one, ModelOptions)
    }
    how = contamination.model_dump(mode="json")
    plain = {"contamination": how, "models": named, "evaluate": told}
    plain = {name: section for name, section in plain.items() if section}
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=10**9).encode()


def _short(digests: list[str]) -> str:
    return ", ".join(one[:12] + "…" for one in digests)


def _known(verdict: Mapping[str, Any]) -> Seen:
    """What the history had said when a verdict was reached."""
    why = next((one.removeprefix(NOT_KNOWN) for one in verdict.get("notes", ()) if one.startswith(NOT_KNOWN)), "")
    return Seen(verdict.get("looks"), why=why)
