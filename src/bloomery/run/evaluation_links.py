"""The links of an evaluation: files read, files written, and all of it computed again from the replies.

What it was computed from is held against the digests in its manifest; then the evaluation is scored again into a folder that does
not stay, without a call, and each file is held against that. So a file that was changed is found although its digest was changed
with it, and a digest that was changed is not taken for a changed file.
"""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from bloomery import __version__
from bloomery.errors import BloomeryError, DataError
from bloomery.evaluate.again import PREDICTIONS
from bloomery.evaluate.asked import REPLIES
from bloomery.evaluate.identity import digest_of, fingerprint, kept
from bloomery.evaluate.result import Evaluated
from bloomery.run.again import rescored
from bloomery.run.links import Link, found_files

__all__ = ["evaluation_links"]

MANIFEST = "manifest.json"
#: files in the order in which one follows from another, and what each link is called
_ORDER = {
    "recipe.yaml": "recipe",
    PREDICTIONS: "replies",
    REPLIES: "replies",
    "unmatched.jsonl": "answers",
    "answers.parquet": "answers",
    "scores.parquet": "scores",
    "values.parquet": "values",
    "parts": "parts",
    "verdict.json": "gates and verdict",
}
_LAST = "report"
#: what it is computed again from: these can only be held against the manifest
_FROM = frozenset({"recipe", "replies", "answers"})


def evaluation_links(folder: Path, root: Path | None = None) -> list[Link]:
    """Every link of the evaluation in `folder`; `root` is the folder of the run that it is a stage of."""
    try:
        told = Evaluated(folder).manifest
        links = _read_links(told, root)
    except (DataError, KeyError, TypeError, AttributeError) as error:
        return [Link("manifest", "differs", f"{folder / MANIFEST} cannot be used: {error}")]
    if "kept" not in told:
        return [*links, Link("files", "unchecked", "the evaluation is of an earlier version, which kept no digests")]
    again, why = _again(folder, told)
    return [*links, _items(folder, told), *_written(folder, told, again, why)]


def _read_links(told: Mapping[str, Any], root: Path | None) -> list[Link]:
    """What the evaluation read."""
    links = [found_files("test", told["test"]["files"], root)]
    if told["predictions"]["files"]:
        links.append(found_files("predictions", told["predictions"]["files"], root))
    if told.get("train"):
        links.append(found_files("training files", told["train"], root))
    return links + [_model(name, one) for name, one in told.get("models", {}).items() if one.get("kind")]


def _model(name: str, told: Mapping[str, Any]) -> Link:
    if told["kind"] in ("replay", "import"):
        digest = str(told["identity"]).removeprefix("replay ")
        return found_files(f"model {name}", [{"path": told["path"], "sha256": digest}])
    what = told.get("address") or told.get("path")
    return Link(f"model {name}", "unchecked", f"{what} is not asked again; its replies are what counts")


def _items(folder: Path, told: Mapping[str, Any]) -> Link:
    """The items in the answers are those of the test."""
    try:
        same = fingerprint(pl.read_parquet(folder / "answers.parquet")) == told["test"]["items_sha256"]
    except (OSError, pl.exceptions.PolarsError) as error:
        return Link("items", "differs", f"answers.parquet cannot be read: {str(error).splitlines()[0]}")
    said = "prompts and references of all items are those that were asked"
    return Link("items", "same", said) if same else Link("items", "differs", "the items of answers.parquet are others")


def _again(folder: Path, told: Mapping[str, Any]) -> tuple[dict[str, str] | None, str]:
    """The digests of all files when it is scored again, the manifest's too; None and why where it cannot be."""
    if told["bloomery"] != __version__:
        return None, f"it was made by version {told['bloomery']}, and this is {__version__}"
    for file in (*told["test"]["files"], *told.get("train", ())):
        path = Path(file["path"])
        if not path.is_file() or digest_of(path) != file.get("sha256"):
            return None, f"{path} {'is another file now' if path.is_file() else 'does not exist'}"
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "again"
        try:
            made = rescored(folder, out, changes={}, as_it_was=True)
        except (BloomeryError, OSError, ValueError, TypeError, KeyError, pl.exceptions.PolarsError) as error:
            return None, str(error).splitlines()[0]
        if made.manifest["versions"] != told["versions"]:
            return None, "libraries of other versions are installed, which may write other bytes"
        return kept(out) | {MANIFEST: _plain(out)}, ""


def _written(folder: Path, told: Mapping[str, Any], again: Mapping[str, str] | None, why: str) -> Iterator[Link]:
    """What it wrote, in the order in which one follows from another."""
    said, now, broken = told["kept"], kept(folder), ""
    blamed = False
    groups: dict[str, list[str]] = {}
    for name in sorted({*said, *now}, key=_place):
        groups.setdefault(_link(name), []).append(name)
    for link, names in groups.items():
        other = [name for name in names if said.get(name) != now.get(name)]
        right = {name for name in other if again is not None and link not in _FROM and again.get(name) == now.get(name)}
        changed = [name for name in other if name not in right]
        forged = [
            name for name in names if again is not None and name not in other and again.get(name) != now.get(name)
        ]
        blamed = blamed or bool(right)
        if changed:
            yield Link(link, "differs", f"{changed[0]} is not what the manifest says")
            broken = broken or link
        elif forged and not broken:
            yield Link(link, "differs", f"{forged[0]} is not what computing it again gives")
            broken = link
        elif forged:
            yield Link(link, "unchecked", f"it follows from {broken}, which differs")
        elif again is None:
            yield Link(link, "unchecked", f"as the manifest says, but not computed again: {why}")
        else:
            yield Link(link, "same", "as the manifest says, and computed again the same")
    yield _manifest(folder, again, broken, blamed)


def _manifest(folder: Path, again: Mapping[str, str] | None, broken: str, blamed: bool) -> Link:
    if blamed:
        return Link("manifest", "differs", "it has digests of files that nobody changed")
    if again is None or broken:
        return Link("manifest", "unchecked", "it is not written again" + f", since {broken} differs" * bool(broken))
    same = again[MANIFEST] == _plain(folder)
    return Link(
        "manifest", "same" if same else "differs", "written again the same" if same else "written again it is another"
    )


def _plain(folder: Path) -> str:
    """A manifest to be compared: its bytes as text."""
    return (folder / MANIFEST).read_bytes().decode("utf-8", "replace")


def _link(name: str) -> str:
    return next((link for start, link in _ORDER.items() if name == start or name.startswith(f"{start}/")), _LAST)


def _place(name: str) -> tuple[int, str]:
    order = [*dict.fromkeys(_ORDER.values()), _LAST]
    return order.index(_link(name)), name


def looks_like_one(folder: Path) -> bool:
    """Whether an evaluation stands there, even one whose manifest cannot be read any more."""
    path = folder / MANIFEST
    try:
        verb = msgspec.json.decode(path.read_bytes(), type=dict[str, Any]).get("verb") if path.is_file() else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        verb = None
    return verb == "evaluate" or (path.is_file() and (folder / "answers.parquet").is_file())
