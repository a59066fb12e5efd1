"""Continuations of training rows: by the model, by its base, and beside them rows that the model cannot have seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bloomery.errors import UsageError
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.asking import replies
from bloomery.evaluate.parts.base import Case, asked
from bloomery.evaluate.parts.beside import paired, shown, unpaired
from bloomery.evaluate.parts.continuing import near, prompt, said
from bloomery.evaluate.parts.prefixes import Prefix, matched
from bloomery.evaluate.parts.rates import rate_of
from bloomery.llm.base import Message, Model, Request

RATE, UNSEEN = "memorisation.rate", "memorisation.unseen"


@dataclass
class Continued:
    """What came of asking for continuations."""

    measures: list[Measure] = field(default_factory=list)
    base: list[Measure] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    not_measured: list[str] = field(default_factory=list)


def continued(case: Case, seen: Sequence[Prefix], others: Sequence[Prefix]) -> Continued:
    """`seen` are training rows, `others` those that none of them nearly is."""
    found = Continued()
    rate = _tried(found, RATE, case, case.model, seen, "training rows")
    if rate is None:
        return found
    found.measures.append(rate)
    found.told["seen"] = shown(rate, case.options.seed)
    found.notes.append(f"the model continues {_share(rate)} training rows near-verbatim from half of their answer")
    unseen = _tried(found, UNSEEN, case, case.model, matched(seen, others), "rows that it has not seen")
    if unseen is not None:
        found.measures.append(unseen)
        _beside(found, "unseen", rate, unseen, unpaired(rate, unseen), case)
    base = _tried(found, RATE, case, case.base, seen, "training rows, by the base")
    if base is not None:
        found.base.append(base)
        _beside(found, "base", rate, base, paired(rate, base), case)
    return found


_WORDS = {
    "unseen": "of rows of about the same length that it has not seen",
    "base": "of the same training rows, by its base",
}


def _beside(found: Continued, name: str, rate: Measure, other: Measure, apart: dict[str, Any], case: Case) -> None:
    found.told |= {name: shown(other, case.options.seed), f"excess_over_{name}": apart}
    if apart["low"] is None:
        said_ = f"whether that is fewer cannot be told: {apart['why']}"
    else:
        said_ = f"{apart['value']:+.3f} for the training rows, between {apart['low']:+.3f} and {apart['high']:+.3f}"
    found.notes.append(f"{_WORDS[name]}: {_share(other)}; {said_}")


def _tried(
    found: Continued, name: str, case: Case, model: Model | None, rows: Sequence[Prefix], what: str
) -> Measure | None:
    """The rate, or what was not measured and why."""
    why = (
        "there is no such model"
        if model is None
        else ""
        if rows
        else "there are none with answers that are long enough"
    )
    if not case.options.probe:
        why = "probe is off"
    if model is not None and not why:
        try:
            rate = _rate(name, case, model, rows)
        except UsageError as error:
            why = str(error).rstrip(".")
        else:
            found.told["calls"] = found.told.get("calls", 0) + len(rows)
            return rate
    found.not_measured.append(f"memorisation, continuing {what}: {why}")
    return None


def _rate(name: str, case: Case, model: Model, rows: Sequence[Prefix]) -> Measure:
    before = "memorisation/unseen/" if name == UNSEEN else "memorisation/seen/"
    requests = [Request(f"{before}{one.item}", _begun(one, case)) for one in rows]
    flags = near(said([one.cut for one in rows], [answer.text for answer in replies(case, model, requests)]))
    return rate_of(name, [one.item for one in rows], flags, rises=False)


def _begun(one: Prefix, case: Case) -> tuple[Message, ...]:
    """What the row asks, rendered as always, and how its answer begins."""
    turns = list(asked(one.prompt, one.messages, case.options))
    last = max((place for place, turn in enumerate(turns) if turn.role == "user"), default=len(turns) - 1)
    turns[last] = turns[last]._replace(content=prompt("begin", prompt=turns[last].content, beginning=one.cut.shown))
    return tuple(turns)


def _share(rate: Measure) -> str:
    return "none" if rate.value is None else f"{round(rate.value * rate.n):,} of {rate.n:,}"
