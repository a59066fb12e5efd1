"""Runs as models: those that differ in nothing but the training seed are one model, trained several times."""

from collections.abc import Sequence
from typing import NamedTuple

from bloomery.errors import DataError, RecipeError
from bloomery.evaluate.differing import differing
from bloomery.evaluate.lines import plain, whole_names
from bloomery.evaluate.near import did_you_mean_one
from bloomery.evaluate.result import Evaluated
from bloomery.metrics.base import Metric
from bloomery.metrics.names import METRICS, metric_of


class Group(NamedTuple):
    """A model and its runs, one for each training seed."""

    name: str
    runs: tuple[Evaluated, ...]


class Value(NamedTuple):
    """A value to compare, without group, and the metric that makes it."""

    name: str
    metric: Metric

    @property
    def rises(self) -> bool:
        """Whether more is better."""
        return self.metric.higher_is_better != (self.name in self.metric.contrary)

    @property
    def is_mean(self) -> bool:
        """Whether it is the mean of the item scores."""
        return self.name in self.metric.means


def grouped(runs: Sequence[Evaluated]) -> tuple[list[Group], list[str]]:
    """The models in the order given, and what must be said. Two runs of one model and seed are never put together.

    Raises DataError for fewer than two runs, a folder given twice, and where only one model is there.
    """
    if len(runs) < 2:
        raise DataError(
            "There is nothing to compare with", expected="two evaluated runs at least", found=str(len(runs))
        )
    folders = [run.folder.resolve() for run in runs]
    twice = next((run.folder for run, one in zip(runs, folders, strict=True) if folders.count(one) > 1), None)
    if twice is not None:
        raise DataError(f"{twice} is given twice", expected="each run once", next="Leave one of the two out")
    keys = [(run.model, run.training_seed) for run in runs]
    members: dict[str, list[Evaluated]] = {}
    notes = []
    for run, key in zip(runs, keys, strict=True):
        alone = keys.count(key) > 1
        if alone:
            notes.append(
                f"several runs are called {run.model} without seeds that tell them apart; {run.folder} is compared as a model "
                "of its own"
            )
        members.setdefault(f"{run.model} ({run.folder})" if alone else run.model, []).append(run)
    if len(members) < 2:
        raise DataError(
            "All runs are of one model",
            expected="two models at least",
            found=f"{runs[0].model} with several training seeds",
            next="Name the models apart with bloomery evaluate --model",
        )
    return [Group(name, tuple(found)) for name, found in members.items()], list(dict.fromkeys(notes))


def comparable(runs: Sequence[Evaluated], wanted: Sequence[str]) -> tuple[list[Value], list[str]]:
    """The values to compare, and what must be said about metrics that not all runs have.

    Raises DataError where a metric has other options or another version in one of the runs, and RecipeError for a wanted value
    that no metric makes or not all runs have.
    """
    of_run = [{one["name"]: one for one in run.manifest["metrics"]} for run in runs]
    common = [name for name in of_run[0] if all(name in known for known in of_run)]
    partly = dict.fromkeys(name for known in of_run for name in known if name not in common)
    for name in common:
        _check_same(name, [known[name] for known in of_run], runs)
    metrics = {name: METRICS[name](**of_run[0][name]["options"]) for name in common if name in METRICS}
    notes = [f"{', '.join(partly)}: not in all runs, so not compared"] if partly else []
    own = [name for name in common if name not in METRICS]
    notes += [f"{', '.join(own)}: no metric of this package, so not compared"] * bool(own)
    if not metrics:
        raise DataError("The runs have no metric in common", next="Evaluate them with the same metrics")
    if wanted:
        return [value for name in wanted for value in _asked(plain(name), metrics)], notes
    return [value for metric in metrics.values() for value in _main(metric)], notes


def _check_same(name: str, told: Sequence[dict[str, object]], runs: Sequence[Evaluated]) -> None:
    for one, run in zip(told, runs, strict=True):
        if one["version"] != told[0]["version"]:
            raise differing(name, (told[0], one), (runs[0].folder, run.folder))


def _main(metric: Metric) -> list[Value]:
    """The value that the item scores are called after, and ``f1.macro``."""
    first = next(iter(metric.names))
    return [Value(name, metric) for name in dict.fromkeys([first, "f1.macro"]) if name in metric.names]


def _asked(name: str, metrics: dict[str, Metric]) -> list[Value]:
    if name in metrics:
        return _main(metrics[name])
    made_by = metric_of(f"task.{name}")
    if made_by in metrics:
        return [Value(name, metrics[str(made_by)])]
    known = sorted(whole_names() & {one for metric in metrics.values() for one in metric.names})
    raise RecipeError(
        f"The value {name} cannot be compared",
        expected="a value of a metric that all runs have: " + ", ".join(known),
        found=f"it is made by {made_by}, which not all runs have" if made_by else "no metric that makes it",
        next=did_you_mean_one(name, [*known, *metrics]),
    )
