"""The stages of a run, in their order: what goes into each, what it does, and what it can say afterwards.

A stage calls the function of its verb, into a folder of its own. One that has nothing to do says why (`skip`); nothing follows
one whose limit was passed (`stop`). `Train` is where training will be: until then a model is trained elsewhere, on what
`Way.train` names, and ``evaluate: {model: NAME}`` or predictions bring it back.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import msgspec

from bloomery import __version__
from bloomery.clean.ops import build, entries_of, with_judge
from bloomery.clean.people import decisions_in
from bloomery.clean.result import CleanResult
from bloomery.contamination.result import ContaminationResult
from bloomery.engine import Progress
from bloomery.errors import RecipeError
from bloomery.evaluate.as_json import json_bytes
from bloomery.evaluate.entries import build as metrics_of
from bloomery.evaluate.identity import digest_of
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.verdict.reach import ruled
from bloomery.formats.source import Source
from bloomery.run import verbs
from bloomery.run.keys import inputs, named_files, own_ops, with_version
from bloomery.run.way import Way
from bloomery.split.result import SplitResult
from bloomery.store import building, dump, kept_aside

__all__ = ["STEPS", "Step", "check"]

#: what asking models is told: ``tick`` after each answer
Heard = Mapping[str, Any]


class Step(Protocol):
    """A stage."""

    name: str

    def skip(self, way: Way) -> str:
        """Why there is nothing to do; "" where there is."""

    def goes_in(self, way: Way) -> dict[str, Any]:
        """All that decides about what comes out, as plain JSON; asked when the stages before are done."""

    def do(self, way: Way, progress: Progress, heard: Heard) -> None:
        """Do it, in the place of what an earlier run may have left."""

    def counts(self, place: Path) -> dict[str, Any]:
        """Rows and results in its folder, for the ledger."""

    def stop(self, way: Way) -> str:
        """Why nothing may follow; "" where it may."""


class _Step:
    """What most stages do not need."""

    def skip(self, way: Way) -> str:
        """There is always something to do."""
        del way
        return ""

    def stop(self, way: Way) -> str:
        """The next stage may follow."""
        del way
        return ""


class Profile(_Step):
    """Looks at the raw data."""

    name = "profile"

    def goes_in(self, way: Way) -> dict[str, Any]:
        """The files and how they are read."""
        plan = way.plan
        return with_version(_read(way) | {"options": plan.profile.model_dump(mode="json")})

    def do(self, way: Way, progress: Progress, heard: Heard) -> None:
        """``profile.json`` and ``report.html``."""
        del heard
        from bloomery.profile.run import profile

        plan, place = way.plan, way.place(self.name)
        with kept_aside(place), building(place) as folder:
            found = profile(list(plan.data), format=plan.format, progress=progress, **plan.profile.model_dump())
            (folder / "profile.json").write_bytes(json_bytes(found.to_dict()))
            (folder / "report.html").write_text(found.html(), encoding="utf-8")
            (folder / "manifest.json").write_bytes(json_bytes({"bloomery": __version__, "verb": self.name}))

    def counts(self, place: Path) -> dict[str, Any]:
        """Rows, and those that cannot be read."""
        told = msgspec.json.decode((place / "profile.json").read_bytes())
        return {"rows": told["rows"], "quarantined": sum(told["quarantine"].values())}


class Clean(_Step):
    """Cleans."""

    name = "clean"

    def goes_in(self, way: Way) -> dict[str, Any]:
        """The files, the ops with all options, and what people decided."""
        plan, place = way.plan, way.place(self.name)
        ops = build(with_judge(plan.clean, plan.models))
        entries = entries_of(ops)
        decided = dump(decisions_in((plan.decisions,), place if place.is_dir() else None))
        return with_version(
            _read(way)
            | {"ops": entries, "own ops": own_ops(ops), "files": named_files(entries, way.folder)}
            | {"seed": plan.seed, "merge": dict(plan.merge), "decisions": sha256(decided).hexdigest()}
        )

    def do(self, way: Way, progress: Progress, heard: Heard) -> None:
        """As ``bloomery clean``; decisions of people in an earlier result are respected."""
        del heard
        place = way.place(self.name)
        verbs.cleaned(way.plan, place, replace=place.is_dir(), progress=progress)

    def counts(self, place: Path) -> dict[str, Any]:
        """The fates."""
        return CleanResult(place).counts


class Split(_Step):
    """Splits what cleaning kept."""

    name = "split"

    def goes_in(self, way: Way) -> dict[str, Any]:
        """The cleaned rows."""
        options = way.plan.split_options.model_dump(mode="json")
        return with_version({"rows": _told(way, "clean"), "options": options})

    def do(self, way: Way, progress: Progress, heard: Heard) -> None:
        """As ``bloomery split DIR/clean``."""
        del heard
        place = way.place(self.name)
        with kept_aside(place):
            verbs.split_up(way.plan, [way.clean_rows], place, progress=progress)

    def counts(self, place: Path) -> dict[str, Any]:
        """Rows of each part."""
        return SplitResult(place).sizes


class Contamination(_Step):
    """Looks for the test in the training rows."""

    name = "contamination"

    def goes_in(self, way: Way) -> dict[str, Any]:
        """Both sides."""
        options = way.plan.contamination_options.model_dump(mode="json")
        test = _test(way)
        files = named_files(options, way.folder)
        return with_version({"train": _told(way, "split", "train"), "test": test, "options": options, "files": files})

    def do(self, way: Way, progress: Progress, heard: Heard) -> None:
        """As ``bloomery contamination --train DIR/split/train.jsonl --test …``."""
        del heard
        place = way.place(self.name)
        with kept_aside(place):
            verbs.looked_through(way.plan, [way.part("train")], [way.test], place, progress=progress)

    def counts(self, place: Path) -> dict[str, Any]:
        """Items, and those that are contaminated or could not be checked."""
        found = ContaminationResult(place)
        return {"items": found.test_rows, "contaminated": found.contaminated, "unchecked": found.unchecked}

    def stop(self, way: Way) -> str:
        """Where ``fail_over`` was passed."""
        found = ContaminationResult(way.place(self.name))
        if not found.failed:
            return ""
        return (
            f"{found.contaminated:,} of {found.test_rows:,} test items are contaminated, or nothing could be checked: "
            f"more than contamination: {{fail_over: {way.plan.contamination.fail_over}}} allows"
        )


class Train(_Step):
    """Nothing yet."""

    name = "train"

    def skip(self, way: Way) -> str:
        """Always."""
        return f"models are trained elsewhere, on {way.train[0].path}"

    def goes_in(self, way: Way) -> dict[str, Any]:
        """Nothing."""
        del way
        return {}

    def do(self, way: Way, progress: Progress, heard: Heard) -> None:
        """Nothing."""
        del way, progress, heard

    def counts(self, place: Path) -> dict[str, Any]:
        """None."""
        del place
        return {}


class Evaluate(_Step):
    """Evaluates, and where there are gates decides."""

    name = "evaluate"

    def skip(self, way: Way) -> str:
        """Where there is no model."""
        if way.evaluates:
            return ""
        return (
            "the recipe has no model to evaluate; answer "
            f"{way.test.path} and name the answers with --predictions, or write evaluate: {{model: NAME}}"
        )

    def goes_in(self, way: Way) -> dict[str, Any]:
        """The test, the training files, the models or predictions, and every option but cache and history."""
        section = way.section
        options = section.model_dump(mode="json", exclude={"cache", "history", "test", "train", "predictions"})
        models = {name: model.identity() for name, model in way.models.items()}
        own = way.plan.evaluate.train
        train = _told(way, *_trained(way)) if not own else [one["sha256"] for one in inputs(_sources(own))]
        answers = [one["sha256"] for one in inputs(_sources([section.predictions]))] if section.predictions else []
        return with_version(
            {"test": _test(way), "train": train, "predictions": answers, "name": way.name, "models": models}
            | {"options": options, "files": named_files(options, way.folder)}
            | {"contamination": way.plan.contamination_options.model_dump(mode="json")}
        )

    def do(self, way: Way, progress: Progress, heard: Heard) -> None:
        """As ``bloomery evaluate``."""
        del progress
        place = way.place(self.name)
        plan = way.plan.model_copy(update={"evaluate": way.section})
        test = way.test.model_dump(exclude_defaults=True, exclude={"path"})
        with kept_aside(place):
            verbs.evaluated(plan, place, model=way.name, ready=way.models, read_as=test, heard=heard)

    def counts(self, place: Path) -> dict[str, Any]:
        """Items, those of each state that there are, and the verdict."""
        found = Evaluated(place)
        there = {name: n for name, n in found.counts.items() if n or name == "items"}
        return there | ({"verdict": found.verdict["verdict"]} if found.verdict else {})


STEPS: tuple[Step, ...] = (Profile(), Clean(), Split(), Contamination(), Train(), Evaluate())


def check(way: Way) -> None:
    """RecipeError (and its kin) for what cannot work, before anything is done; models are opened, none is asked."""
    plan = way.plan
    if not plan.data:
        raise verbs.nothing()
    if plan.index is not None:
        raise RecipeError(
            "A run cannot add its rows to an index: done again, it would find them there",
            expected="a recipe without index:",
            next=f"Use bloomery clean, or read the index only: near: {{against: {plan.index}}}",
        )
    if plan.split.hold_out:
        raise RecipeError(
            "A run cannot hold sources out: what it splits are the cleaned rows, which are one file",
            expected="split: without hold_out",
            next="Clean the held out source by itself, and name it in evaluate: {test: …}",
        )
    if "test" not in plan.split.shares and plan.evaluate.test is None:
        raise RecipeError(
            "There will be no test: the split leaves none",
            expected="split: {ratio: 70/10/20}, or evaluate: {test: FILE}",
            found=plan.split.ratio,
        )
    metrics_of(plan.evaluate.metrics)
    ruled(plan.evaluate)
    if way.evaluates:
        assert way.models is not None  # opened here, so that what cannot be asked is known now
    if plan.evaluate.predictions is not None:
        inputs(_sources([plan.evaluate.predictions]))


def _read(way: Way) -> dict[str, Any]:
    """The files of the recipe's data, and how they are read."""
    plan = way.plan
    data = [source.model_dump(mode="json", exclude_defaults=True) for source in plan.data]
    return {"inputs": way.data_files, "data": data, "format": plan.format}


def _sources(paths: Sequence[str]) -> list[Source]:
    return [Source(path=path) for path in paths]


def _told(way: Way, stage: str, name: str = "data") -> dict[str, Any]:
    """A file of an earlier stage: what it is, its content, how it is read."""
    source = way.clean_rows if stage == "clean" else way.part(name)
    path = way.place(stage) / f"{name}.jsonl"
    read_as = source.model_dump(mode="json", exclude_defaults=True, exclude={"path"})
    return {"file": f"{stage}/{name}.jsonl", "sha256": digest_of(path), "read as": read_as}


def _trained(way: Way) -> tuple[str, str]:
    """Stage and name of the file that a model is trained on."""
    path = Path(way.train[0].path)
    return path.parent.name, path.stem


def _test(way: Way) -> Any:
    """The test: of the split, or the recipe's own."""
    if way.plan.evaluate.test is None:
        return _told(way, "split", "test")
    return inputs([way.test])
