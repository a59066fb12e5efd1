"""Verifying a run or an evaluation: every link from raw files to the verdict, computed again.

    raw files → clean → split → contamination → test → replies → answers → scores → values → gates and verdict

The links of the data stages are digests: of the raw files, of what each stage wrote, and of what the next one read. Those of an
evaluation are computed again from its replies (`bloomery.run.evaluation_links`).
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bloomery.errors import DataError
from bloomery.evaluate.identity import digest_of
from bloomery.run.evaluation_links import evaluation_links, looks_like_one
from bloomery.run.keys import key_of
from bloomery.run.ledger import LEDGER, files_of, read
from bloomery.run.links import Link, found_files, wrote
from bloomery.run.run import RECIPE, evaluation_told
from bloomery.run.steps import STEPS

__all__ = ["Verified", "verify"]


class Verified(NamedTuple):
    """What came of it."""

    folder: Path
    links: list[Link]

    @property
    def differs(self) -> list[Link]:
        """The links that are not what they were."""
        return [link for link in self.links if link.state == "differs"]

    @property
    def exit_code(self) -> int:
        """0 where nothing differs, else 1; what cannot be checked is neither."""
        return 1 if self.differs else 0


def verify(folder: Path) -> Verified:
    """Every link of the run or evaluation in `folder`. DataError where it is neither."""
    if (folder / LEDGER).is_file():
        return Verified(folder, list(_run_links(folder)))
    if looks_like_one(folder):
        return Verified(folder, evaluation_links(folder))
    raise DataError(
        f"{folder} is neither a run nor an evaluation",
        expected="a folder written by bloomery run or bloomery evaluate",
        found="something else" if folder.exists() else "no such folder",
    )


def _run_links(folder: Path) -> Iterator[Link]:
    try:
        told = read(folder)
        stages = told["stages"]
        yield _recipe(folder, told)
        for stage, one in stages.items():
            yield from _stage(folder, stage, one)
            if stage == "evaluate":
                yield from evaluation_links(folder / stage, folder)
        yield _ledger(folder, told)
    except (DataError, KeyError, TypeError, AttributeError, OSError, msgspec.MsgspecError) as error:
        yield Link("ledger", "differs", f"{folder / LEDGER} cannot be used: {error}")


def _recipe(folder: Path, told: Mapping[str, Any]) -> Link:
    path = folder / RECIPE
    same = path.is_file() and sha256(path.read_bytes()).hexdigest() == told["recipe_sha256"]
    return Link("recipe", "same" if same else "differs", f"{RECIPE} is {'' if same else 'not '}the one that was run")


def _stage(folder: Path, stage: str, one: Mapping[str, Any]) -> Iterator[Link]:
    """What a stage read, and what it wrote."""
    goes_in = one["goes_in"]
    if key_of(goes_in) != one["key"]:
        yield Link(f"what goes into {stage}", "differs", f"{LEDGER} says another hash than what it lists")
    if stage == "clean":
        yield found_files("raw files", goes_in["inputs"])
    for before in _taken(goes_in):
        yield _between(folder, stage, before)
    if not (folder / stage).is_dir():
        yield Link(stage, "differs", "its folder is gone")
        return
    yield wrote(stage, one["files"], files_of(folder / stage), LEDGER)
    if stage == "split":
        yield _parts(folder / stage)


def _taken(goes_in: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files of earlier stages that a stage took."""
    return [one for one in goes_in.values() if isinstance(one, dict) and {"file", "sha256"} <= one.keys()]


def _between(folder: Path, stage: str, taken: Mapping[str, Any]) -> Link:
    name, path = str(taken["file"]), folder / str(taken["file"])
    link = f"{name.partition('/')[0]} → {stage}"
    if not path.is_file():
        return Link(link, "differs", f"{name} is gone")
    same = digest_of(path) == taken["sha256"]
    return Link(link, "same" if same else "differs", f"{name} is {'' if same else 'not '}what {stage} read")


def _parts(split: Path) -> Link:
    """The files of a split held against its own manifest."""
    told = msgspec.json.decode((split / "manifest.json").read_bytes())["splits"]
    files = [{"path": str(split / one["file"]), "sha256": one["sha256"]} for one in told.values()]
    return found_files("split files", files)


def _ledger(folder: Path, told: Mapping[str, Any]) -> Link:
    """What the ledger says of the results held against what stands in the folders."""
    if "ended" not in told:
        return Link("ledger", "unchecked", "the run has not ended; run it again to finish it")
    for step in STEPS:
        known = told["stages"].get(step.name)
        if known is not None and step.counts(folder / step.name) != known["counts"]:
            return Link("ledger", "differs", f"its counts of {step.name} are not those of the folder")
    if "evaluate" in told["stages"]:
        now = evaluation_told(folder / "evaluate")
        other = [name for name, value in now.items() if told.get(name) != value]
        if other:
            return Link("ledger", "differs", f"its {other[0]} is not that of the evaluation")
    return Link("ledger", "same", "counts and verdict are those of the stages")
