"""Scoring by a rubric: each answer of each item, by each judge, as often as asked; then the scores table.

An item's value is the mean over its answers (turns) of the mean over repeats. It is unscored, with the first error, where one
of its answers has no reading at all: a conversation of which a turn is unknown has no mean. With `judges` more than one, the
panel's scores stand beside theirs (`bloomery.judge.panel`). A score is the same one when it is made again: item, metric and
rater.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from bloomery.judge import canaries
from bloomery.judge.criteria import of_item
from bloomery.judge.fence import fenced, mark_of
from bloomery.judge.items import Item
from bloomery.judge.panel import with_panel
from bloomery.judge.prompts import filled
from bloomery.judge.reading import Reading, read_scores
from bloomery.judge.replies import Ask, Key, Question, Reply, ask_all, unasked, version_of
from bloomery.judge.rubric import OVERALL, Rubric
from bloomery.llm.base import Model
from bloomery.metrics.score import SCORES_SCHEMA


class Judged(NamedTuple):
    """What scoring gives."""

    scores: pl.DataFrame  #: SCORES_SCHEMA, a row an item × metric × rater
    replies: list[Reply]  #: of the items
    canaries: list[canaries.Fallen]  #: of each judge and kind of canary
    canary_replies: list[Reply]


def score(
    items: Sequence[Item],
    rubric: Rubric,
    models: Sequence[Model],
    ask: Ask,
    *,
    run: str = "",
    repeats: int = 1,
    seed: int = 0,
    with_canaries: int = 3,
) -> Judged:
    """Judge every answer of `items` by `rubric` with each of `models`.

    `repeats` asks the same again, to measure noise; `with_canaries` is how many prompts each kind of canary answers (0: none).
    """
    replies: list[Reply] = []
    fallen: list[canaries.Fallen] = []
    baits = canaries.items(items, rubric, with_canaries, seed) if with_canaries else []
    bait_replies: list[Reply] = []
    for model in models:
        version = version_of(rubric.name, rubric.version, rubric.digest, model)
        asked = [one for item in items for one in questions(item, rubric, repeats=repeats, seed=seed)]
        none = [unasked(Key("item", item.item), model.name, version) for item in items if not item.answers]
        tried = [one for kind, bait in baits for one in questions(bait, rubric, kind=kind, seed=seed)]
        both = ask_all(model, [*asked, *tried], ask, version=version)
        mine, caught = both[: len(asked)] + none, both[len(asked) :]
        fallen += canaries.fallen(caught, mine, rubric, model.name)
        replies += mine
        bait_replies += caught
    scores = scores_of(replies, rubric, run=run, order=[item.item for item in items])
    return Judged(with_panel(scores) if len(models) > 1 else scores, replies, fallen, bait_replies)


def questions(
    item: Item, rubric: Rubric, *, kind: str = "item", repeats: int = 1, seed: int = 0, last_only: bool = False
) -> list[Question]:
    """What a judge is asked about an item: each of its answers by itself, with all that stands before it."""
    asked = of_item(rubric, item)
    schema = asked.schema_of_reply()

    def read(text: str) -> Reading:
        return read_scores(text, asked)

    places = item.answers[-1:] if last_only else item.answers
    return [
        Question(Key(kind, item.item, turn, "", repeat), prompt(item, place, asked, seed), read, schema)
        for turn, place in enumerate(places, start=1)
        for repeat in range(repeats)
    ]


def prompt(item: Item, place: int, rubric: Rubric, seed: int = 0) -> str:
    """The whole prompt about the answer at `place` of the dialogue."""
    turns = item.turns[: place + 1]
    before = [turn._replace(speaker="earlier answer") if turn.speaker == "answer" else turn for turn in turns[:-1]]
    mark = mark_of([turn.text for turn in turns] + [item.reference or "", *item.criteria], seed)
    dialogue = "\n\n".join(fenced(turn.speaker, turn.text, mark) for turn in (*before, turns[-1]))
    reference = "" if item.reference is None else "\n" + fenced("reference answer", item.reference, mark) + "\n"
    told = "\n".join(one.told() for one in rubric.criteria)
    parts = {"dialogue": dialogue, "answer": turns[-1].text, "reference": reference, "criteria": told}
    return filled(rubric.prompt, parts | {"form": rubric.form(), "mark": mark})


def scores_of(replies: Sequence[Reply], rubric: Rubric, *, run: str = "", order: Sequence[str] = ()) -> pl.DataFrame:
    """The scores table of replies: a row an item × metric × rater, items in `order`."""
    grouped: dict[tuple[str, str], list[Reply]] = {}
    for one in replies:
        grouped.setdefault((one.rater, one.key.item), []).append(one)
    place = {item: k for k, item in enumerate(order)}
    raters = {rater: k for k, rater in enumerate(dict.fromkeys(rater for rater, _ in grouped))}
    names = [OVERALL] if "criteria" in rubric.needs else [OVERALL, *(one.name for one in rubric.criteria)]
    rows = []
    for (rater, item), mine in sorted(grouped.items(), key=lambda one: (raters[one[0][0]], place.get(one[0][1], 0))):
        values, error = item_values(mine, names)
        for name in names:
            value = None if values is None else values[name]
            rows.append((run, item, f"{rubric.name}.{name}", value, error, rater, mine[0].version))
    return pl.DataFrame(rows, schema=SCORES_SCHEMA, orient="row")


def item_values(replies: Sequence[Reply], names: Sequence[str]) -> tuple[Mapping[str, float] | None, str | None]:
    """The values of an item by one judge, or why there are none."""
    turns: dict[int, list[Reply]] = {}
    for one in {one.key: one for one in replies}.values():
        turns.setdefault(one.key.turn, []).append(one)
    means = []
    for _, mine in sorted(turns.items()):
        read = [one.reading.values for one in mine if one.reading.values is not None]
        if not read:
            return None, mine[0].reading.error
        means.append({name: sum(values[name] for values in read) / len(read) for name in names})
    return {name: sum(mean[name] for mean in means) / len(means) for name in names}, None
