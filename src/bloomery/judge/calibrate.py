"""A judge beside people: the numbers of a trust report.

Everything is computed for all items and, alike, for each slice. What cannot be computed is a reason in the number's place,
never 0.

- *Agreement*: for an item, the share of its people who say what the judge says; over items the mean, with its interval. Beside it
  how far people agree with each other on the same items, which no judge can be asked to exceed. Of comparisons also without ties.
- *κ* is between the judge and the majority of people (items without one are left out and counted); *α* is Krippendorff's, of
  people alone and of people with the judge among them.
- *Position*: the share of comparisons with the same verdict in both orders, and how often what was shown first won, over both
  orders.
- *Length*: by how much the judge exceeds people for each doubling of the answer's length (for comparisons: of the ratio of
  lengths). An honest liking for length that people share is no bias.
- *Corrected*: what people would say of all items, from a few hundred labels and the judge's values of all
  (`bloomery.judge.corrected`).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bloomery.errors import NotComputableError
from bloomery.judge.cases import TIE, Case, Judgements
from bloomery.judge.corrected import corrected
from bloomery.judge.measured import Number, measured, share_with_interval
from bloomery.judge.position import consistent, first_shown
from bloomery.judge.trust import Trust, trust
from bloomery.judge.win_rate import slope
from bloomery.stats.agreement import beside_kappa
from bloomery.stats.kappa import cohen_kappa
from bloomery.stats.krippendorff import krippendorff_alpha
from bloomery.stats.mean import mean
from bloomery.stats.paired import paired_t
from bloomery.stats.proportion import wilson

#: fewer labels than these make the corrected estimate's interval too narrow
FEW_LABELS = 50


class Report(NamedTuple):
    """What is known of a judge over some items."""

    items: int
    labelled: int  #: with a label of a person
    twice: int  #: with labels of two people or more
    unscored: Number  #: share of items that the judge had no readable label for; unanswered ones aside
    errors: dict[str, int]
    agreement: Number  #: over all labelled items
    same_items: Number  #: over those that two people labelled
    ceiling: Number  #: of people with each other, on these
    without_ties: Number | None
    ceiling_without_ties: Number | None
    kappa: Number
    no_majority: int
    alpha_people: Number
    alpha_with_judge: Number
    prevalence: dict[str, float]
    confusion: dict[str, dict[str, int]]  #: judge's label → people's majority → items
    consistent: Number | None
    first_shown: Number | None
    length: Number
    judge_mean: Number
    human_mean: Number
    corrected: Number
    labels_saved: float | None  #: of how many human labels alone the corrected interval would be as narrow
    trust: Trust


def report(found: Sequence[Case], judged: Judgements, *, seed: int = 0) -> Report:
    """Everything about these cases; NotComputable parts say why."""
    people = [case for case in found if case.people]
    both = [case for case in people if case.judge is not None]
    twice = [case for case in both if len(case.people) > 1]
    agreement, same, ceiling = _agreement(both), _agreement(twice), _ceiling(twice)
    mean_of_all, saved = _corrected(found, judged.ends)
    orders = [(case.forward, case.backward) for case in found]
    # people may be more than two, and agree on other items than those the judge has: the ceiling is of the same items
    used = same if same.interval is not None else agreement
    return Report(
        items=len(found),
        labelled=len(people),
        twice=len(twice),
        unscored=_unscored(found),
        errors=_errors(found),
        agreement=agreement,
        same_items=same,
        ceiling=ceiling,
        without_ties=_agreement(both, ties=False) if judged.pairwise else None,
        ceiling_without_ties=_ceiling(twice, ties=False) if judged.pairwise else None,
        kappa=measured(lambda: _kappa(both)),
        no_majority=sum(case.majority is None for case in both),
        alpha_people=measured(lambda: _alpha(twice, seed, judge=False)),
        alpha_with_judge=measured(lambda: _alpha(both, seed, judge=True)),
        prevalence=_prevalence(both),
        confusion=_confusion(people),
        consistent=measured(lambda: consistent(orders)) if judged.pairwise else None,
        first_shown=measured(lambda: first_shown(orders)) if judged.pairwise else None,
        length=measured(lambda: _length(both)),
        judge_mean=measured(lambda: _mean([case.value for case in found if case.value is not None])),
        human_mean=measured(lambda: _mean([case.human for case in people if case.human is not None])),
        corrected=mean_of_all,
        labels_saved=saved,
        trust=trust(used.interval, ceiling.value, judged.canary_won, judged.canaries),
    )


def _agreement(both: Sequence[Case], *, ties: bool = True) -> Number:
    shares = []
    for case in both:
        labels = [label for label in case.people.values() if ties or label != TIE]
        if labels and (ties or case.judge != TIE):
            shares.append(sum(label == case.judge for label in labels) / len(labels))
    return share_with_interval(shares)


def _ceiling(twice: Sequence[Case], *, ties: bool = True) -> Number:
    """How far people agree with each other: of each item the share of pairs of people with one label."""
    shares = []
    for case in twice:
        labels = [label for label in case.people.values() if ties or label != TIE]
        if len(labels) > 1:
            same = sum(labels.count(label) - 1 for label in labels)
            shares.append(same / (len(labels) * (len(labels) - 1)))
    return share_with_interval(shares)


def _unscored(found: Sequence[Case]) -> Number:
    asked = [case for case in found if case.error != "no_answer"]
    if not asked:
        return Number(None, None, 0, "nothing was asked")
    lost = sum(case.judge is None for case in asked)
    return Number(lost / len(asked), wilson(lost, len(asked)), len(asked))


def _errors(found: Sequence[Case]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for case in found:
        if case.judge is None:
            name = case.error or "unscored"
            counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _kappa(both: Sequence[Case]) -> Number:
    some = [case for case in both if case.majority is not None]
    found = cohen_kappa([case.judge for case in some], [case.majority for case in some])
    return Number(found.value, found.interval, found.items)


def _alpha(some: Sequence[Case], seed: int, *, judge: bool) -> Number:
    raters = sorted({who for case in some for who in case.people})
    rows = [[case.people.get(who) for who in raters] + ([case.judge] if judge else []) for case in some]
    if not rows:
        raise NotComputableError(
            "Krippendorff's alpha: no item was labelled by two people" if not judge else "no label"
        )
    found = krippendorff_alpha(rows, seed=seed)
    return Number(found.value, found.interval, found.items)


def _prevalence(both: Sequence[Case]) -> dict[str, float]:
    """The share of each label among people's majorities and the judge's labels together."""
    some = [(case.judge, case.majority) for case in both if case.majority is not None]
    if not some:
        return {}
    told = beside_kappa([one for one, _ in some], [other for _, other in some])
    return {str(label): share for label, share in told.prevalence.items()}


def _confusion(people: Sequence[Case]) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for case in people:
        row = table.setdefault(case.judge or "unscored", {})
        column = case.majority or "no majority"
        row[column] = row.get(column, 0) + 1
    return {judge: dict(sorted(row.items())) for judge, row in sorted(table.items())}


def _length(both: Sequence[Case]) -> Number:
    some = [
        (case.length, case.value - case.human)
        for case in both
        if case.length is not None and case.value is not None and case.human is not None
    ]
    found = slope([x for x, _ in some], [y for _, y in some])
    return Number(found.value, found.interval, found.items)


def _mean(values: Sequence[float]) -> Number:
    if not values:
        raise NotComputableError("there is no value")
    if len(values) > 1 and np.ptp(values) > 0:
        told = mean(values)
        return Number(told.value, told.interval, len(values))
    return Number(float(np.mean(values)), None, len(values), "the values do not vary, or there is one only")


def _corrected(found: Sequence[Case], ends: tuple[float, float] | None) -> tuple[Number, float | None]:
    """The mean of what people would say of all items."""
    known = [(case.human, case.value) for case in found if case.human is not None and case.value is not None]
    rest = [case.value for case in found if not case.people and case.value is not None]
    try:
        told = corrected([y for y, _ in known], [f for _, f in known], rest, ends)
    except NotComputableError as error:
        return Number(None, None, len(known), str(error)), None
    return Number(told.value, told.interval, len(known)), told.effective_labels


class Drift(NamedTuple):
    """What changed from one version of a judge to another, on the items that both scored."""

    before: str
    after: str
    items: int
    changed: Number  #: share of items whose label is another
    shift: Number  #: mean of the second's values minus the first's


def drift(first: Sequence[Case], second: Sequence[Case], names: tuple[str, str]) -> Drift:
    """The drift between two versions."""
    others = {case.item: case for case in second}
    pairs = [(case, others[case.item]) for case in first if case.judge is not None and case.item in others]
    both = [(one, other) for one, other in pairs if other.judge is not None]
    changed = share_with_interval([float(one.judge != other.judge) for one, other in both])
    values = [(one.value, other.value) for one, other in both if one.value is not None and other.value is not None]

    def shift() -> Number:
        if not values:
            raise NotComputableError("no item was scored by both")
        if len({after - before for before, after in values}) == 1:
            return Number(values[0][1] - values[0][0], None, len(values), "the difference does not vary")
        told = paired_t([after for _, after in values], [before for before, _ in values])
        return Number(told.value, told.interval, len(values))

    return Drift(*names, len(both), changed, measured(shift))
