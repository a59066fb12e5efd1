"""Contamination: is the test in the training data?

Both sides are always named; nothing is guessed from a path. The test is read into memory and turned into an index; the
training data streams past it once. An item is contaminated when its whole text or its question is in one training row, if
it is short only when a whole field is equal to it, and when a row nearly holds it (`bloomery.contamination.near`). A short
item inside of a longer text, an answer that is found alone and a template without its content are told apart and do not
count. What cannot be looked for is counted as unchecked, never as clean. A rephrasing, a translation or options in another
order are not found by words: the notes say so.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bloomery.contamination.drop import Dropping
from bloomery.contamination.index import EQUAL
from bloomery.contamination.items import (
    FORMAT,
    FRAME,
    NEAR,
    SHORT,
    SHORT_NEAR,
    TIERS,
    TWIN,
    Item,
)
from bloomery.contamination.matrix import benchmarks
from bloomery.contamination.options import Contamination
from bloomery.contamination.report import render
from bloomery.contamination.result import ContaminationResult
from bloomery.contamination.search import Best, Search
from bloomery.contamination.shared import indexes_in, read_shared, write_shared
from bloomery.contamination.sought import Side, Sought, sought, sought_items
from bloomery.contamination.summary import Outcome, json_bytes, note_paraphrases, summarise
from bloomery.engine import Progress, silent
from bloomery.errors import RecipeError
from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.schema import checked_options
from bloomery.store import building

Paths = str | Path | Source | Sequence[str | Path | Source]


class Checked(NamedTuple):
    """What came of looking for items."""

    result: ContaminationResult
    unchecked: list[str]  #: ids


def check(
    train: Paths,
    test: Paths,
    *,
    out: str | Path,
    train_format: str | None = None,
    test_format: str | None = None,
    train_columns: Mapping[str, str] | None = None,
    test_columns: Mapping[str, str] | None = None,
    options: Contamination | None = None,
    progress: Progress = silent,
    **changes: Any,
) -> ContaminationResult:
    """Look for the items of `test` in the rows of `train`.

    Args:
        train: training data: a file, glob or folder, a `Source`, or several.
        test: test data, likewise; or indexes that `write_index` made, or a folder of them.
        out: the new folder, with ``contamination.json``, ``contaminated.jsonl`` and ``report.html``.
        train_format: format of the training rows; detected when left out.
        test_format: format of the test rows; detected when left out.
        train_columns: standard column to the column in the training data.
        test_columns: the same for the test data.
        options: as in the recipe; `changes` are options by name on top (``fail_over=0.01``).
        progress: told how far reading is.

    Returns:
        The finished folder; ``result.failed`` says whether the limit was passed.

    Raises:
        UsageError: what was given cannot be used.
    """
    asked = _options(options, changes)
    training = _readers(train, train_format, train_columns)
    files, indexes = _files_and_indexes(test)
    _agree(asked, indexes)
    shared = [read_shared(path, asked.n) for path in indexes]
    testing = _readers(files, test_format, test_columns)
    with building(Path(out)) as folder:
        wanted, test_side = sought(testing, shared, asked, progress)
        _search(folder, wanted, test_side, training, asked, progress)
    return ContaminationResult(out)


def check_items(
    train: Paths,
    items: Sequence[tuple[str, Sequence[tuple[str, str]]]],
    *,
    out: str | Path,
    name: str,
    format: str,  # noqa: A002 - of the rows that the items are from
    files: Sequence[Mapping[str, Any]] = (),
    options: Contamination | None = None,
    progress: Progress = silent,
) -> Checked:
    """Look for items that were read already, as `check` does for those of files.

    Args:
        train: training data: a file, glob or folder, a `Source`, or several.
        items: the id of each and its texts in reading order, each with its role (`bloomery.schema.ROLES`).
        out: the new folder; its evidence calls items by these ids.
        name: what they are called together.
        format: what their rows are, for the record.
        files: what they come from, for the record (``path``, ``sha256``).
        options: as in the recipe.
        progress: told how far reading is.

    Returns:
        The finished folder, and the ids of the items that could not be looked for.

    Raises:
        UsageError: what was given cannot be used.
    """
    asked = options or Contamination()
    training = _readers(train, None, None)
    with building(Path(out)) as folder:
        side = Side(len(items), 0, [format], [dict(one) for one in files], [])
        outcomes = _search(folder, sought_items(name, items, asked), side, training, asked, progress)
    return Checked(ContaminationResult(out), [one.id for one in outcomes if not one.looked_for])


def _search(
    folder: Path,
    wanted: Sought,
    test_side: Side,
    training: Sequence[Reader],
    asked: Contamination,
    progress: Progress,
) -> list[Outcome]:
    """Stream the training rows past what is wanted, and write all that was found; what became of each item."""
    search = Search(wanted, asked, len(training))
    with Dropping(folder, wanted) if asked.drop_from else nullcontext() as dropping:
        train_side = search.through(training, progress, dropping)
    outcomes = _outcomes(wanted.items, search)
    told = [line for line in map(_evidence, outcomes) if line is not None]
    (folder / "contaminated.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in told))
    summary = summarise(outcomes, wanted, train_side, test_side, asked)
    if search.paraphrases is not None:
        note_paraphrases(summary, search.paraphrases)
    summary["sources"] = [reader.sources[0].path for reader in training]
    summary["benchmarks"] = benchmarks(wanted, outcomes, search.in_source)
    if dropping is not None:
        summary["train_rows_dropped"], summary["train_rows_kept"] = dropping.dropped, dropping.kept
    (folder / "report.html").write_text(render(summary, told), encoding="utf-8")
    (folder / "contamination.json").write_bytes(json_bytes(summary))
    return outcomes


def _agree(asked: Contamination, indexes: Sequence[Path]) -> None:
    """RecipeError if the method is not one for what else was given."""
    if indexes and asked.method != "ngram":
        raise RecipeError(
            f"{indexes[0]} is an index, which has no characters",
            expected="method: ngram",
            found=f"method: {asked.method}",
        )
    if asked.embedding and asked.method != "ngram":
        raise RecipeError(
            "Paraphrases are not looked for by this method", expected="method: ngram", found=f"method: {asked.method}"
        )


def write_index(
    test: Paths,
    *,
    out: str | Path,
    name: str,
    licence: str,
    version: str,
    n: int = Contamination().n,
    test_format: str | None = None,
    test_columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Path:
    """Write a shareable index of the items of `test`, without text (`bloomery.contamination.shared`), into the new folder `out`.

    Raises:
        UsageError: what was given cannot be used.
    """
    options = _options(None, {"n": n})
    readers = _readers(test, test_format, test_columns)
    with building(Path(out)) as folder:
        wanted, side = sought(readers, [], options, progress)
        told = {"name": name, "licence": licence, "version": version, "n": n, "unreadable": side.unreadable}
        write_shared(folder, wanted.files, **told)
    return Path(out)


def _files_and_indexes(test: Paths) -> tuple[list[str | Path | Source], list[Path]]:
    """What of the test side is files, and the indexes."""
    files: list[str | Path | Source] = []
    indexes: list[Path] = []
    for one in [test] if isinstance(test, str | Path | Source) else test:
        found = indexes_in(Path(one.path if isinstance(one, Source) else one))
        indexes += found
        files += [] if found else [one]
    return files, indexes


def _outcomes(items: Sequence[Item], search: Search) -> list[Outcome]:
    """What became of each item. What decides is verified, until it stands."""
    while True:
        decided = [_decided(item, search) for item in items]
        if search.settle([target for _, target in filter(None, decided)]):
            break
    outcomes = []
    for item, found in zip(items, decided, strict=True):
        tier, target = found or (None, -1)
        best = search.best.get(target)
        said = (best.found, best.row, int(search.rows_found[target])) if best else (None, None, 0)
        outcomes.append(Outcome(item.id, tuple(item.targets), tier, *said))
    return outcomes


def _decided(item: Item, search: Search) -> tuple[str, int] | None:
    """The tier, first in the order of TIERS, in which the item was found, and the target."""
    found: dict[str, int] = {}
    for way, target in item.targets.items():
        if target in search.best:
            found.setdefault(_tier(way, short=search.targets[target].short, best=search.best[target]), target)
    return next(((tier, found[tier]) for tier in TIERS if tier in found), None)


def _tier(way: str, *, short: bool, best: Best) -> str:
    """The tier of what was found when this was looked for."""
    if way in {FRAME, TWIN}:
        return FORMAT
    if not short or way == "answer_only" or best.overlap >= EQUAL:
        return way
    return SHORT_NEAR if way == NEAR else SHORT


def _evidence(outcome: Outcome) -> dict[str, Any] | None:
    """A line of contaminated.jsonl."""
    if outcome.found is None:
        return None
    return {
        "test": outcome.id,
        "contaminated": outcome.contaminated,
        "tier": outcome.tier,
        "rule": outcome.found.rule,
        "overlap": outcome.found.overlap,
        "train": outcome.train,
        "field": outcome.found.field,
        "train_rows": outcome.train_rows,
        **outcome.found.detail,
    }


def _readers(path: Paths, form: str | None, columns: Mapping[str, str] | None) -> list[Reader]:
    """A reader for each source: their formats need not agree."""
    paths = [path] if isinstance(path, str | Path | Source) else list(path)
    bound = dict(columns or {})
    sources = [p if isinstance(p, Source) else Source(path=str(p), columns=bound, format=form) for p in paths]
    return [Reader([source]) for source in sources]


def _options(options: Contamination | None, changes: Mapping[str, Any]) -> Contamination:
    given = options.model_dump(exclude_unset=True) if options else {}
    return checked_options(Contamination, {**given, **changes})
