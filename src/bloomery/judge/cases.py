"""A judge's labels beside people's: one case an item."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from bloomery.errors import DataError
from bloomery.stats.agreement import majority_vote

TIE = "tie"


class Case(NamedTuple):
    """An item with everything that was said about it."""

    item: str
    judge: str | None  #: the judge's label; None: unscored
    value: float | None  #: the number that it stands for
    people: dict[str, str]  #: labels by person
    human: float | None  #: mean of the numbers that people's labels stand for
    error: str | None = None  #: why the judge has no label
    forward: str | None = None  #: of a comparison: the verdict of the order AB, about the pair's own first answer
    backward: str | None = None
    length: float | None = None  #: log2 of the answer's characters, or of the ratio of two answers'
    slices: Mapping[str, str | None] = {}

    @property
    def majority(self) -> str | None:
        """The label of most people; None where there is none."""
        label: str | None = majority_vote([list(self.people.values())])[0].label if self.people else None
        return label


class Judgements(NamedTuple):
    """What one version of a judge said, item by item."""

    rater: str
    version: str
    frame: (
        pl.DataFrame
    )  #: ``item, label, value, error`` and where there are some ``forward, backward, length`` and slices
    pairwise: bool
    canary_won: bool | None
    worth: Mapping[
        str, float
    ]  #: the number of each label, where they are not numbers themselves; empty where they have none
    ends: tuple[float, float] | None = None  #: the worst and the best value
    threshold: float | None = None
    aliases: Mapping[str, str] = {}  #: what people may call a label, in lower case
    spelled: str = ""  #: of a comparison: what stands for what
    run: str = ""  #: where it was read
    canaries: str = ""  #: which canaries won, or why they are unknown
    notes: tuple[str, ...] = ()  #: what a reader must know


#: columns of judgements that are no slices
OWN = ("item", "label", "value", "error", "forward", "backward", "length", "answer_sha256")


def cases(judged: Judgements, people: pl.DataFrame, *, slices: Sequence[str] = ()) -> list[Case]:
    """The judge's items with the labels of `people` (`bloomery.judge.labels`); most items may have none.

    With a threshold, numbers become ``pass`` and ``fail``, of the judge and of people alike. Raises DataError where no label
    is of an item of the judge's, or a label stands for no number.
    """
    by_item: dict[str, dict[str, str]] = {}
    places = people["place"] if "place" in people.columns else [f"item '{item}'" for item in people["item"]]
    known = set(judged.frame["item"].to_list())
    for (item, rater, label), place in zip(people.select("item", "rater", "label").iter_rows(), places, strict=True):
        meant = judged.aliases.get(label.lower(), label)
        if item in known:
            _check(meant, label, judged, place)
        by_item.setdefault(item, {})[rater] = meant
    if not known & set(by_item):
        raise DataError(
            "No label is of an item that was judged",
            expected=f"ids such as '{next(iter(known), '')}'",
            found=f"'{next(iter(by_item), '')}'",
        )
    found = []
    for row in judged.frame.iter_rows(named=True):
        labels = by_item.get(row["item"], {})
        values = [number(label, judged.worth) for label in labels.values()]
        known_values = [value for value in values if value is not None]
        if judged.threshold is not None:
            if len(known_values) < len(values):
                raise DataError(
                    f"Item '{row['item']}' has a label that is no number",
                    expected="numbers, since there is a threshold",
                )
            labels = {who: passes(value, judged.threshold) for who, value in zip(labels, known_values, strict=True)}
        found.append(
            Case(
                row["item"],
                row["label"]
                if judged.threshold is None or row["value"] is None
                else passes(row["value"], judged.threshold),
                row["value"],
                labels,
                sum(known_values) / len(values) if values and len(known_values) == len(values) else None,
                row["error"],
                row.get("forward"),
                row.get("backward"),
                row.get("length"),
                {name: None if row[name] is None else str(row[name]) for name in slices},
            )
        )
    return found


def _check(meant: str, label: str, judged: Judgements, place: str) -> None:
    """DataError for a label that is none of a comparison's, or lies off the scale."""
    if judged.pairwise:
        if meant not in judged.worth:
            raise DataError(
                f"The label '{label:.60}' ({place}) stands for no verdict", expected=judged.spelled, next=_RENAME
            )
        return
    if judged.ends is None:
        return
    low, high = judged.ends
    scale = f"a number from {low:g} to {high:g}, the scale of what was judged"
    value = number(meant, judged.worth)
    if value is None:
        raise DataError(f"The label '{label:.60}' ({place}) is a label that is no number", expected=scale)
    if not low <= value <= high:
        raise DataError(f"The label '{label:.60}' ({place}) is off the scale", expected=scale)


_RENAME = "Spell each label so; numbers stand for nothing here, since nobody can tell a side from a score"


def passes(value: float, threshold: float) -> str:
    """Which side of the threshold a value is on."""
    return "pass" if value >= threshold else "fail"


def number(label: str, worth: Mapping[str, float]) -> float | None:
    """The number that a label stands for; None where labels are no numbers at all.

    DataError for a label that is none of those with a number: it is one that the judge spells otherwise.

    >>> number("4", {}), number("no", {"yes": 1, "no": 0}), number("polite", {})
    (4.0, 0.0, None)
    """
    if label in worth:
        return float(worth[label])
    try:
        return float(label)
    except ValueError:
        if not worth:
            return None
        known = ", ".join(f"'{name}'" for name in worth)
        raise DataError(
            f"The label '{label:.60}' stands for no number", expected=known, next="Spell it as the judge does"
        ) from None
