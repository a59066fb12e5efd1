"""Comparing answers in pairs: which of two models answers better, in both orders.

Each pair is asked twice, with either answer first, and what was won in one order only is a tie, counted as inconsistent
(`bloomery.judge.verdicts`). A tie is a verdict. A pair with an order without a verdict is unscored. Which order is asked first is
drawn by the seed, so that a run that stops early is not one-sided; with one order only, which one is drawn as well.

The scores table has for each pair of models and item the metric ``pairwise.win``: 1 where the first model won, 0.5 for a tie, 0.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import combinations
from typing import Literal, NamedTuple

from bloomery.errors import DataError
from bloomery.judge import canaries
from bloomery.judge.fence import fenced, mark_of
from bloomery.judge.items import Item, Turn
from bloomery.judge.prompts import filled
from bloomery.judge.reading import Reading
from bloomery.judge.replies import Ask, Key, Question, Reply, ask_all, version_of
from bloomery.judge.verdicts import FORM, SCHEMA, TURNED, WORTH, Protocol, Verdict, read_verdict, settled
from bloomery.llm.base import Model
from bloomery.text.counted import counted

Orders = Literal["both", "one", "given"]


class Pair(NamedTuple):
    """Two answers to the same."""

    item: str
    before: tuple[Turn, ...]  #: what both answer
    first: str | None
    second: str | None
    reference: str | None = None

    @property
    def answered(self) -> bool:
        """Whether there are two answers to compare."""
        return self.first is not None and self.second is not None


class Compared(NamedTuple):
    """A pair with what the judge said about it."""

    pair: Pair
    rater: str
    forward: str | None  #: of the order AB, about the pair's own first answer; None: not asked or no verdict
    backward: str | None  #: of the order BA
    verdict: Verdict | None
    inconsistent: bool
    error: str | None
    repeat: int = 0

    @property
    def worth(self) -> float | None:
        """What the verdict is worth for the first answer."""
        return None if self.verdict is None else WORTH[self.verdict]


class Duel(NamedTuple):
    """Everything about two models and one judge."""

    first: str
    second: str
    rater: str
    version: str
    compared: list[Compared]
    replies: list[Reply]
    canaries: list[canaries.Fallen]
    canary_replies: list[Reply]


def pairs(first: Sequence[Item], second: Sequence[Item]) -> list[Pair]:
    """The items that both have, in the first one's order; DataError where there is none, or what is asked is not the same."""
    others = {item.item: item for item in second}
    found = []
    for one in first:
        other = others.get(one.item)
        if other is None:
            continue
        before, also = _before(one), _before(other)
        if before and also and before != also:
            raise DataError(
                f"Item '{one.item}' is not the same in both", expected="two answers to one prompt", found="two prompts"
            )
        found.append(Pair(one.item, before or also, _answer(one), _answer(other), one.reference or other.reference))
    if not found:
        raise DataError("The two have no item in common", expected="runs on the same test", found=_ids(first, second))
    return found


def _before(item: Item) -> tuple[Turn, ...]:
    return item.turns[: item.answers[-1]] if item.answers else ()


def _answer(item: Item) -> str | None:
    return item.turns[item.answers[-1]].text if item.answers else None


def _ids(first: Sequence[Item], second: Sequence[Item]) -> str:
    return " and ".join(f"'{items[0].item}'" for items in (first, second) if items)


def orders_of(item: str, orders: Orders, seed: int) -> tuple[str, ...]:
    """The orders that an item is asked in.

    >>> orders_of("q1", "given", 0), sorted(orders_of("q1", "both", 0))
    (('AB',), ['AB', 'BA'])
    """
    if orders == "given":
        return ("AB",)
    turned = sha256(f"{seed}\0{item}".encode("utf-8", "surrogatepass")).digest()[0] & 1
    both = ("BA", "AB") if turned else ("AB", "BA")
    return both if orders == "both" else both[:1]


def question(
    pair: Pair, protocol: Protocol, order: str, *, kind: str = "item", repeat: int = 0, seed: int = 0, models: str = ""
) -> Question:
    """What a judge is asked about a pair in an order."""
    first, second = pair.first or "", pair.second or ""
    shown = (first, second) if order == "AB" else (second, first)
    mark = mark_of([*(turn.text for turn in pair.before), first, second, pair.reference or ""], seed)
    reference = "" if pair.reference is None else "\n" + fenced("reference answer", pair.reference, mark) + "\n"
    parts = {
        "dialogue": "\n\n".join(fenced(turn.speaker, turn.text, mark) for turn in pair.before),
        "reference": reference,
        "answer_a": fenced("answer A", shown[0], mark),
        "answer_b": fenced("answer B", shown[1], mark),
        "form": FORM,
        "mark": mark,
    }

    def read(text: str) -> Reading:
        return read_verdict(text, protocol.reads)

    schema = SCHEMA if protocol.reads == "json" else None
    return Question(Key(kind, pair.item, 1, order, repeat, models), filled(protocol.prompt, parts), read, schema)


def duel(
    found: Sequence[Pair],
    names: tuple[str, str],
    protocol: Protocol,
    model: Model,
    ask: Ask,
    *,
    orders: Orders = "both",
    repeats: int = 1,
    seed: int = 0,
    with_canaries: int = 3,
    one_of_several: bool = False,
) -> Duel:
    """Compare all pairs of two models, called `names`, with one judge; `one_of_several` puts the names into keys."""
    models = " against ".join(names) if one_of_several else ""
    version = version_of(protocol.name, protocol.version, protocol.digest, model)
    asked = [
        question(pair, protocol, order, repeat=repeat, seed=seed, models=models)
        for pair in found
        if pair.answered
        for order in orders_of(pair.item, orders, seed)
        for repeat in range(repeats)
    ]
    baits = _baits(found, with_canaries, seed)
    tried = [
        question(bait, protocol, order, kind=kind, seed=seed, models=models)
        for kind, bait in baits
        for order in orders_of(bait.item, "both", seed)
    ]
    both = ask_all(model, [*asked, *tried], ask, version=version)
    replies, caught = both[: len(asked)], both[len(asked) :]
    compared = [one for repeat in range(repeats) for one in settle(found, replies, model.name, orders, repeat)]
    fallen = [_fallen(kind, baits, caught, model.name) for kind in canaries.KINDS if baits]
    return Duel(*names, model.name, version, compared, replies, fallen, caught)


def settle(
    found: Sequence[Pair], replies: Sequence[Reply], rater: str, orders: Orders = "both", repeat: int = 0
) -> list[Compared]:
    """The verdict about each pair, from replies of one judge and repeat."""
    said = {(one.key.item, one.key.order): one for one in replies if one.key.repeat == repeat}
    made = []
    for pair in found:
        forward, backward = said.get((pair.item, "AB")), said.get((pair.item, "BA"))
        one, other = _said(forward), _said(backward)
        about = TURNED[other] if other else None
        errors = [reply.reading.error for reply in (forward, backward) if reply is not None and reply.reading.error]
        if orders == "both":
            verdict, inconsistent = settled(one, about)
        else:
            verdict, inconsistent = one or about, False  # type: ignore[assignment]
        why = None if verdict is not None else (errors or ["no_answer" if not pair.answered else "not_asked"])[0]
        made.append(Compared(pair, rater, one, about, verdict, inconsistent, why, repeat))
    return made


def _said(reply: Reply | None) -> str | None:
    return reply.reading.labels.get("win") if reply is not None else None


def _baits(found: Sequence[Pair], count: int, seed: int) -> list[tuple[str, Pair]]:
    """Canaries against real answers, taken from both models in turn."""
    if not count:
        return []
    some = canaries.chosen([Item(pair.item, (Turn("answer", ""),)) for pair in found if pair.answered], count, seed)
    by_item = {pair.item: pair for pair in found}
    baits = []
    for k, item in enumerate(some):
        pair = by_item[item.item]
        real = pair.first if k % 2 == 0 else pair.second
        baits += [(kind, pair._replace(first=canaries.text_of(kind), second=real)) for kind in canaries.KINDS]
    return baits


def _fallen(kind: str, baits: Sequence[tuple[str, Pair]], caught: Sequence[Reply], rater: str) -> canaries.Fallen:
    mine = [pair for one, pair in baits if one == kind]
    verdicts = settle(mine, [one for one in caught if one.key.kind == kind], rater)
    worth = [one.worth for one in verdicts if one.worth is not None]
    value = sum(worth) / len(worth) if worth else None
    return canaries.Fallen(
        rater, kind, len(mine), len(worth), value, None, None if value is None else value > 0.5, True
    )


def opponents(names: Sequence[str]) -> list[tuple[str, str]]:
    """All pairs of two or more models, in the order given.

    >>> opponents(["a", "b", "c"])
    [('a', 'b'), ('a', 'c'), ('b', 'c')]
    """
    if len(names) < 2:
        raise DataError("One model cannot be compared", expected="two or more", found=counted(len(names), "model"))
    return list(combinations(names, 2))


def rows(one: Duel, protocol: Protocol, run: str = "") -> list[tuple[object, ...]]:
    """The rows of the scores table: the mean over repeats of what the first model won."""
    worth: dict[str, list[float]] = {}
    why: Mapping[str, str | None] = {compared.pair.item: compared.error for compared in one.compared if compared.error}
    for compared in one.compared:
        worth.setdefault(compared.pair.item, [])
        if compared.worth is not None:
            worth[compared.pair.item].append(compared.worth)
    name = f"{protocol.name}.win"
    about = run or f"{one.first} against {one.second}"
    return [
        (about, item, name, sum(v) / len(v) if v else None, None if v else why.get(item), one.rater, one.version)
        for item, v in worth.items()
    ]
