"""Does the base know the test already? Two probes of it, each beside a control.

completes   the base is shown the first half of an item and asked how it goes on, word for word
            (`bloomery.evaluate.parts.continuing`). The control is the same for items that it cannot know: those of the file
            `controls`, or else the same items with the words of the first half shuffled, which tells as much about the rest, but
            brings no remembered text back
canonical   of items with lettered options: is it right more often in the order in which the options stand in the test than in
            another one? Who knows the test remembers "B"; who knows the matter does not care

A difference is a reason to look, no proof; no difference proves nothing either. Nothing here decides a gate by default.
"""

import hashlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from bloomery.errors import UsageError
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.asking import drawn
from bloomery.evaluate.parts.asking import replies as answers_to
from bloomery.evaluate.parts.base import Case, requests_of
from bloomery.evaluate.parts.beside import paired, shown, unpaired
from bloomery.evaluate.parts.choices import Choices, choices, chosen, reordered, right_option
from bloomery.evaluate.parts.continuing import Cut, cut, near, prompt, said, telling
from bloomery.evaluate.parts.perturb import perturbed
from bloomery.evaluate.parts.rates import rate_of
from bloomery.evaluate.testset import testset
from bloomery.evaluate.turns import last_said, with_last_said
from bloomery.formats.source import Source
from bloomery.llm.base import Message, Model, Request

_NAME = "whether the base already knows the test"
COMPLETES, UNSEEN = "contamination.base_completes", "contamination.base_completes_control"
CANONICAL, SHUFFLED = "contamination.base_canonical", "contamination.base_shuffled"


class Probed(NamedTuple):
    """What probing the base gave."""

    measures: tuple[Measure, ...] = ()
    told: dict[str, Any] = {}  # noqa: RUF012 - never changed
    notes: tuple[str, ...] = ()
    not_measured: tuple[str, ...] = ()


def known(case: Case) -> Probed:
    """Both probes; what cannot be probed is said."""
    if not case.options.probe:
        return Probed(not_measured=(f"{_NAME}: probe is off",))
    if case.base is None:
        return Probed(not_measured=(f"{_NAME}: no base is named",))
    found = [
        _tried(probe, case, case.base, what) for probe, what in ((_completes, "completing"), (_canonical, "order"))
    ]
    return Probed(
        tuple(one for each in found for one in each.measures),
        {name: value for each in found for name, value in each.told.items()},
        tuple(one for each in found for one in each.notes),
        tuple(one for each in found for one in each.not_measured),
    )


def _tried(probe: Callable[[Case, Model], Probed], case: Case, base: Model, what: str) -> Probed:
    try:
        return probe(case, base)
    except UsageError as error:
        return Probed(not_measured=(f"{_NAME} ({what}): {str(error).rstrip('.')}",))


class Text(NamedTuple):
    """A text that the base is asked to complete."""

    item: str
    cut: Cut


def _completes(case: Case, base: Model) -> Probed:
    seen = _texts(case.tests.frame, case)
    if not seen:
        return Probed(not_measured=(f"{_NAME} (completing): its items are too short to be completed word for word",))
    given = case.options.controls
    unseen = _texts(testset(Source(path=given)).frame, case) if given else [_shuffled(one, case) for one in seen]
    if not unseen:
        return Probed(not_measured=(f"{_NAME} (completing): the items of {given} are too short to be completed",))
    rates = [
        _rate(name, case, base, texts, before)
        for name, texts, before in ((COMPLETES, seen, "seen"), (UNSEEN, unseen, "control"))
    ]
    apart = unpaired(*rates) if given else paired(*rates)
    told = {
        "completes": shown(rates[0], case.options.seed),
        "control": shown(rates[1], case.options.seed),
        "difference": apart,
        "control_is": f"items of {given}" if given else "the same items, the words of their first half shuffled",
        "calls": len(seen) + len(unseen),
    }
    return Probed(tuple(rates), {"completing": told | {"said": _said(told)}}, (_said(told),))


def _said(told: dict[str, Any]) -> str:
    one, other, apart = told["completes"], told["control"], told["difference"]
    shares = (
        f"the base completes {_share(one)} items near-verbatim from their first half, and {_share(other)} controls "
        f"({told['control_is']})"
    )
    if apart["low"] is None:
        return f"{shares}; whether that is more cannot be told: {apart['why']}"
    if apart["low"] > 0:
        return f"{shares}: it may have seen this test before"
    return f"{shares}: no sign that it has seen this test, which is no proof that it has not"


def _share(told: dict[str, Any]) -> str:
    return "none" if told["value"] is None else f"{round(told['value'] * told['n']):,} of {told['n']:,}"


def _texts(frame: pl.DataFrame, case: Case) -> list[Text]:
    """Some of the items that can be completed, drawn by the seed."""
    rows = [(item, cut(text)) for item, text in zip(frame["item"], last_said(frame), strict=True)]
    telling_ = telling([one for _, one in rows]) if rows else np.zeros(0, dtype=np.bool_)
    able = [Text(*row) for row, enough in zip(rows, telling_, strict=True) if enough]
    return drawn(able, case.options.probe_items, case.options.seed)


def _shuffled(one: Text, case: Case) -> Text:
    """The same text with the words of its first half in another order."""
    digest = hashlib.sha256(f"{case.options.seed}\0{one.item}".encode("utf-8", "replace")).digest()
    random = Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 (no secret)
    words = one.cut.shown.split() if len(one.cut.shown.split()) > 3 else list(one.cut.shown)
    space = " " if len(one.cut.shown.split()) > 3 else ""
    mixed = space.join(words[place] for place in sorted(range(len(words)), key=lambda _: random.random()))
    return Text(one.item, Cut(mixed, one.cut.rest))


def _rate(name: str, case: Case, base: Model, texts: Sequence[Text], before: str) -> Measure:
    requests = [
        Request(f"contamination/{before}/{one.item}", (Message("user", prompt("continue", beginning=one.cut.shown)),))
        for one in texts
    ]
    replies = [answer.text for answer in answers_to(case, base, requests)]
    flags = near(said([one.cut for one in texts], replies))
    return rate_of(name, [one.item for one in texts], flags, rises=False)


class Item(NamedTuple):
    """An item with options."""

    item: str
    row: int
    choices: Choices
    right: int
    order: tuple[int, ...]
    text: str


def _canonical(case: Case, base: Model) -> Probed:
    items = _with_options(case)
    if not items:
        return Probed()
    frame = case.tests.frame[[one.row for one in items]]
    turned = with_last_said(frame, [reordered(one.text, one.choices, one.order) for one in items])
    rates = []
    for name, rows, before in ((CANONICAL, frame, "canonical"), (SHUFFLED, turned, "shuffled")):
        replies = answers_to(case, base, requests_of(rows, case.options, before=f"contamination/{before}/"))
        places = chosen([one.text for one in replies], [_as_asked(one, before) for one in items])
        right = [one.right if before == "canonical" else one.order.index(one.right) for one in items]
        flags = [
            None if reply.text is None else place == wanted
            for reply, place, wanted in zip(replies, places, right, strict=True)
        ]
        rates.append(rate_of(name, [one.item for one in items], flags, rises=True))
    apart = paired(*rates)
    told = {
        "canonical": shown(rates[0], case.options.seed),
        "shuffled": shown(rates[1], case.options.seed),
        "difference": apart,
        "calls": 2 * len(items),
    }
    return Probed(tuple(rates), {"order": told | {"said": _order_said(told)}}, (_order_said(told),))


def _order_said(told: dict[str, Any]) -> str:
    one, other, apart = told["canonical"], told["shuffled"], told["difference"]
    shares = (
        f"with options in the order of the test the base is right on {_share(one)} items, in another on {_share(other)}"
    )
    if apart["low"] is None:
        return f"{shares}; whether that is more cannot be told: {apart['why']}"
    if apart["low"] > 0:
        return f"{shares}: it prefers the order of the test, as who has seen it does"
    return f"{shares}: no sign that it knows their order"


def _as_asked(one: Item, before: str) -> Choices:
    """The options in the order in which they were asked."""
    if before == "canonical":
        return one.choices
    return one.choices._replace(texts=tuple(one.choices.texts[place] for place in one.order))


def _with_options(case: Case) -> list[Item]:
    """Some of the items with lettered options of which one is right, drawn by the seed."""
    found = []
    frame = case.tests.frame
    for row, (item, references, text) in enumerate(
        zip(frame["item"], frame["references"], last_said(frame), strict=True)
    ):
        options = choices(text)
        right = None if options is None else right_option(list(references), options)
        changed = None if right is None else perturbed("options", text, item=item, seed=case.options.seed)
        if options is not None and right is not None and changed is not None and changed.order is not None:
            found.append(Item(item, row, options, right, changed.order, text))
    return drawn(found, case.options.probe_items, case.options.seed)
