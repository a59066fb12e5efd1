"""The part ``contamination``: is the test in the training data, what are the scores without it, does the base know it already?

The training files are named; nothing is guessed from a path. What is looked for is exactly what was evaluated: the items, by
their own ids, with the prompt (its turns, where it has any) and the first reference. A row of the test that is no item is not
looked for.

``contamination.ratio`` is a census of the items that could be looked for. ``clean.accuracy`` and so on are the values of the
task over the items that were looked for and not found. The probes of the base are in `bloomery.evaluate.parts.known`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import polars as pl

from bloomery.contamination.run import Checked, check_items
from bloomery.evaluate.clusters import clusters_of
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.base import Case, Found
from bloomery.evaluate.parts.beside import shown
from bloomery.evaluate.parts.known import known
from bloomery.evaluate.parts.rates import main_names, measures_over
from bloomery.evaluate.parts.tables import of_contamination
from bloomery.evaluate.testset import Tests
from bloomery.evaluate.training import training_files
from bloomery.evaluate.turns import Turn, turns_of
from bloomery.text.counted import counted

#: items that are named in the report; all of them are in ``parts/contamination/check/contaminated.jsonl``
MOST = 50
#: formats whose reference is a label, which says nothing about where a text is from
LABELLED = ("classification", "pair", "token_labels")
_ROLES = {"user": "prompt", "assistant": "completion"}


def contamination(case: Case) -> Found:
    """``contamination.ratio`` and ``clean.*`` of the test; what the base shows of knowing it."""
    if not case.options.train:
        return Found("contamination", missing="no training files are named: evaluate: {train: [FILE]}")
    checked = check_items(
        training_files(case.options.train),
        items_of(case.tests),
        out=case.place("contamination") / "check",
        name=case.test_file or "test",
        format=case.tests.format,
        files=case.tests.files,
        options=case.contamination.model_copy(update={"drop_from": None}),
    )
    sides = _sides(case, checked)
    ratio = _ratio(checked)
    clean = _values(case, sides.clean, "clean", "no item is known to be clean")
    held = _values(case, sides.held, "contaminated", "no item is contaminated")
    probed = known(case)
    values = _side_by_side(case, clean, held)
    told = {
        "check": checked.result.summary,
        "items": _named(checked),
        "contaminated": len(sides.held),
        "clean": len(sides.clean),
        "unchecked": checked.unchecked[:MOST],
        "values": values,
        "probe": probed.told,
    }
    return Found(
        "contamination",
        (ratio, *clean, *probed.measures),
        notes=(*checked.result.notes, *_notes(checked, values), *probed.notes),
        told=told | {"tables": of_contamination(told)},
        not_measured=probed.not_measured,
    )


def items_of(tests: Tests) -> list[tuple[str, list[tuple[str, str]]]]:
    """The id of each item, and its texts with their roles: what is asked, turn by turn, and the first accepted answer."""
    answer = "label" if tests.format in LABELLED else "completion"
    rows = zip(tests.frame.select("item", "prompt", "references").iter_rows(), turns_of(tests.frame), strict=True)
    return [(item, [*_asked(prompt, some), (answer, references[0])]) for (item, prompt, references), some in rows]


def _asked(prompt: str | None, turns: Sequence[Turn] | None) -> list[tuple[str, str]]:
    if turns:
        return [(_ROLES.get(one["role"], one["role"]), one["content"]) for one in turns if one["content"]]
    return [("prompt", prompt)] if prompt else []


class _Sides(NamedTuple):
    """The rows of the answers whose items were found, and of those that were looked for and not found."""

    held: np.ndarray[Any, np.dtype[np.int64]]
    clean: np.ndarray[Any, np.dtype[np.int64]]


def _sides(case: Case, checked: Checked) -> _Sides:
    evidence = checked.result.evidence
    found = set(evidence.filter(pl.col("contaminated"))["test"])
    unknown = set(checked.unchecked)
    items = case.answers["item"].to_list()
    return _Sides(
        np.array([row for row, item in enumerate(items) if item in found], dtype=np.int64),
        np.array([row for row, item in enumerate(items) if item not in found and item not in unknown], dtype=np.int64),
    )


def _ratio(checked: Checked) -> Measure:
    result = checked.result
    low, high = result.summary["bounds"]
    return Measure(
        "contamination.ratio",
        result.ratio,
        n=result.test_rows - result.unchecked,
        unscored=result.unchecked,
        how="census",
        rises=False,
        ends=(low, high),
        why="" if result.ratio is not None else "nothing could be looked for",
    )


def _values(case: Case, rows: np.ndarray[Any, np.dtype[np.int64]], group: str, why: str) -> list[Measure]:
    """The values of the task over some items."""
    if not len(rows):
        return [
            Measure(f"{group}.{name}", None, how="sampled", why=why, called=name) for name in main_names(case.scored)
        ]
    clusters = clusters_of(case.answers, case.options.cluster)
    return measures_over(case.scored, case.answers, rows, clusters, group)


def _named(checked: Checked) -> list[dict[str, Any]]:
    """The contaminated items with their evidence, the first of them."""
    lines = checked.result.evidence.filter(pl.col("contaminated")).head(MOST)
    return [
        {name: row[name] for name in ("test", "tier", "rule", "overlap", "train", "field", "train_rows", "excerpt")}
        for row in lines.iter_rows(named=True)
    ]


def _side_by_side(case: Case, clean: Sequence[Measure], held: Sequence[Measure]) -> list[dict[str, Any]]:
    """Each main value over all items, over those that are clean, and over those that are contaminated."""
    rows = np.arange(case.answers.height)
    every = _values(case, rows, "task", "there are no items")
    sides = {"all": every, "clean": clean, "contaminated": held}
    of = {side: {one.bare: one for one in measures} for side, measures in sides.items()}
    return [
        {"name": name} | {side: shown(found[name], case.options.seed) for side, found in of.items() if name in found}
        for name in main_names(case.scored)
    ]


def _notes(checked: Checked, values: Sequence[dict[str, Any]]) -> list[str]:
    """What a reader must know beside what the check says."""
    notes = []
    if checked.unchecked:
        names = ", ".join(f"'{one[:40]}'" for one in checked.unchecked[:5]) + ", …" * (len(checked.unchecked) > 5)
        said = counted(len(checked.unchecked), "item has", "items have")
        notes.append(f"contamination: {said} no words to look for, so they are neither clean nor contaminated: {names}")
    if checked.result.contaminated:
        notes += [
            f"{one['name']} is {one['all']['value']:.3f} with and {one['clean']['value']:.3f} without the contaminated items"
            for one in values
            if one["all"]["value"] is not None and one["clean"]["value"] is not None
        ]
    return notes


def evidence_of(case: Case) -> set[str]:
    """The items that the check of this run found in the training data; none where it did not run."""
    path = case.folder / "parts" / "contamination" / "check" / "contaminated.jsonl"
    lines = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()] if path.is_file() else []
    return {line["test"] for line in lines if line["contaminated"]}
