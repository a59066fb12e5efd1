"""What the parts that ask suites have in common: asking, scoring by category, and what is kept of it.

A model is asked as the suite says, without the recipe's `template`, which words the task. ``parts/PART/suites.json`` has the
digests of the suites; ``parts/PART/{model,base}/`` has ``answers.parquet`` (with what each check made of them, as ``passed``),
``scores.parquet`` and ``values.parquet``. Requests are called ``PART/CATEGORY/ID``, the other prompt of a pair
``PART/CATEGORY/ID/beside``, so a file of predictions can have them as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import polars as pl

from bloomery.errors import DataError, UsageError
from bloomery.evaluate.as_json import json_bytes
from bloomery.evaluate.gates.measure import Measure, Rows, least
from bloomery.evaluate.parts.base import Case
from bloomery.evaluate.saved import folder_of
from bloomery.judge.items import single
from bloomery.judge.replies import ask_all, version_of
from bloomery.judge.rubric import rubric
from bloomery.judge.score import questions, scores_of
from bloomery.llm.base import Answer, Message, Model, Request
from bloomery.metrics.base import ends
from bloomery.metrics.score import Scored, score
from bloomery.metrics.states import answers_of
from bloomery.suites.passed import Passed
from bloomery.suites.suite import BESIDE, Suite, read_checks
from bloomery.suites.suite import questions as of_suite
from bloomery.suites.suite import suite as read_suite
from bloomery.text.counted import counted

SUITES = "suites.json"
_LONGEST = 2_000  # characters of a text that reports show


class Side(NamedTuple):
    """One model's answers to the suites of a part."""

    answers: pl.DataFrame  #: a row an item, with states, and ``passed``: 1, 0, or null where it has no score
    scored: Scored
    measures: dict[str, Measure]  #: by category
    why: str  #: the error that most calls failed with; "" where none did

    @property
    def answered(self) -> bool:
        """Whether any item has an answer."""
        return bool((self.answers["state"] != "missing").any())

    @property
    def unjudged(self) -> int:
        """Items that need a judge and have none, or one that failed."""
        items = self.scored.sheets[0].items
        return int(items["unjudged"].sum()) if "unjudged" in items.columns else 0


def suites_of(names: Sequence[str]) -> list[Suite]:
    """The suites of a part; DataError for none."""
    if not names:
        raise DataError("No suite is named", expected="suites by name or as files, under `evaluate: {suites: …}`")
    return [read_suite(name) for name in names]


def taken_together(suites: Sequence[Suite]) -> pl.DataFrame:
    """The items of all suites, with the ``kind`` of their suite. DataError where two have one name."""
    frames = [one.items.with_columns(kind=pl.lit(one.kind), suite=pl.lit(one.name)) for one in suites]
    items = pl.concat(frames)
    twice = items.filter(items["item"].is_duplicated())
    if twice.height:
        first, second = twice["suite"][0], twice["suite"][1]
        raise DataError(f"The suites {first} and {second} both have the item '{twice['item'][0]}'", expected="it once")
    kinds = items.group_by("category", maintain_order=True).agg(pl.col("kind").unique(), pl.col("suite").unique())
    mixed = kinds.filter(pl.col("kind").list.len() > 1)
    if mixed.height:
        raise DataError(
            f"The category '{mixed['category'][0]}' is of several kinds",
            found=", ".join(mixed["suite"][0]),
            expected="one",
        )
    return items


def asked(case: Case, part: str, items: pl.DataFrame, model: Model, *, side: str, system: str | None = None) -> Side:
    """What `model` answers to `items`, scored; `side` is what its folder is called."""
    requests = list(_requests(part, items, system))
    answers = {one.item: one for one in case.ask(model, requests)}
    frame = items.with_columns(
        prediction=_texts(part, items["item"], answers),
        beside=_texts(part, items["item"], answers, BESIDE),
    )
    lost = pl.col("beside_prompt").is_not_null() & pl.col("beside").is_null()
    frame = frame.with_columns(prediction=pl.when(lost).then(None).otherwise("prediction"))
    frame = answers_of(_judged(case, f"{part}/{side}", frame), prompt="prompt")
    scored = score(frame, [Passed()], slices=["category"], run=model.name, group=part, prompt="prompt")
    return Side(_with_passed(frame, scored), scored, by_category(part, frame, scored), _why(list(answers.values())))


def keep(case: Case, part: str, suites: Sequence[Suite], side: Side, name: str) -> None:
    """Write a side, and which suites it was asked, into the folder of the part."""
    folder = case.place(part) / name
    folder.mkdir(exist_ok=True)
    (case.place(part) / SUITES).write_bytes(json_bytes([one.told() for one in suites]))
    side.answers.write_parquet(folder / "answers.parquet")
    side.scored.scores.write_parquet(folder / "scores.parquet")
    side.scored.values.write_parquet(folder / "values.parquet")


def changed(before: Path, part: str, suites: Sequence[Suite]) -> str:
    """Why the results of `part` in the finished run `before` cannot be compared with these suites; "" where they can."""
    file = before / "parts" / part / SUITES
    if not file.exists():
        return f"{before} has no results of {part}"
    then = {one["name"]: one for one in msgspec.json.decode(file.read_bytes())}
    now = {one.name: one for one in suites}
    if set(then) != set(now):
        return f"{before} asked other suites: {', '.join(then)}"
    other = [name for name, one in now.items() if then[name]["sha256"] != one.sha256]
    if not other:
        return ""
    versions = f"version {then[other[0]]['version']} there, {now[other[0]].version} here"
    return f"the suite {other[0]} has changed since {before} ({versions}), so the two are not compared"


class Sides(NamedTuple):
    """The model's side and its base's, each None where there is none."""

    tuned: Side | None
    base: Side | None
    why: str = ""  #: why the model, or else the base, has none


def sides(case: Case, part: str, suites: Sequence[Suite], *, system: str | None = None) -> Sides:
    """Both sides, kept in the part's folder."""
    if case.model is None:
        return Sides(None, None, "there is no model to ask, and no predictions for the items of the suites")
    items = taken_together(suites)
    tuned = asked(case, part, items, case.model, side="model", system=system)
    keep(case, part, suites, tuned, "model")
    if not tuned.answered:
        return Sides(None, None, f"{case.name} answered no item of the suites: {tuned.why}")
    if case.base is None:
        return Sides(tuned, None, "no base is named, so nothing says how it was before tuning")
    try:
        base = asked(case, part, items, case.base, side="base", system=system)
    except UsageError as error:
        return Sides(tuned, None, f"the base answered no item of the suites: {error}")
    keep(case, part, suites, base, "base")
    return Sides(tuned, base if base.answered else None, f"the base answered no item of the suites: {base.why}")


def notes_of(case: Case, part: str, suites: Sequence[Suite], both: Sides) -> list[str]:
    """What a reader must know of the two sides."""
    said = [f"{part}: {both.why}"] if both.base is None else []
    for name, side in (("model", both.tuned), ("base", both.base)):
        if side is not None and side.why:
            said.append(f"{part}: of the {name}, {side.why}")
    if both.tuned is not None and both.tuned.unjudged:
        said.append(
            f"{part}: {counted(both.tuned.unjudged, 'item')} can only be read by a judge: evaluate: {{suites: {{judge: NAME}}}}"
        )
    why = changed(folder_of(case.options.baseline), part, suites) if case.options.baseline else ""
    return [*said, f"{part}: {why}"] if why else said


def with_worst(name: str, categories: Mapping[str, Measure], answers: pl.DataFrame) -> tuple[Measure, ...]:
    """The categories, and as `name` the worst of them; over-refusal is no harm, and not in it."""
    apart = answers.filter(pl.col("kind") == "over_refusal")["category"].unique().to_list()
    members = [one for category, one in categories.items() if category not in apart]
    return (*categories.values(), least(name, members, why="no category is about it"))


def shown(text: str | None) -> str | None:
    """A text as reports have it."""
    return text if text is None or len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _requests(part: str, items: pl.DataFrame, system: str | None) -> Iterator[Request]:
    head = (Message("system", system),) if system else ()
    for item, messages in of_suite(items, part):
        yield Request(item, _turns(head, messages))


def _turns(head: tuple[Message, ...], told: list[dict[str, str]]) -> tuple[Message, ...]:
    """The conversation; a system message of its own takes the place of the recipe's."""
    turns = tuple(Message(one["role"], one["content"]) for one in told)
    return turns if turns[0].role == "system" else (*head, *turns)


def _texts(part: str, items: pl.Series, answers: dict[str, Answer], end: str = "") -> pl.Series:
    found = [answers.get(f"{part}/{item}{end}") for item in items]
    return pl.Series([None if one is None else one.text for one in found], dtype=pl.String)


def _why(answers: Sequence[Answer]) -> str:
    errors = pl.Series("error", [one.error for one in answers], dtype=pl.String).drop_nulls()
    if not len(errors):
        return ""
    most = errors.value_counts(sort=True)
    return f"{counted(len(errors), 'call')} failed, most by {most['error'][0]}"


def _judged(case: Case, name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with ``judged``: what the judge says of the answers to items with the check ``mentions``."""
    judge = case.models.get(case.options.suites.judge or "")
    wanted = frame.filter(pl.col("check").str.contains('"mentions"', literal=True) & pl.col("prediction").is_not_null())
    if judge is None or not wanted.height:
        return frame.with_columns(judged=pl.lit(None, pl.Float64))
    asked_of = rubric("mentions")
    items = [
        single(f"{name}/{item}", prompt, said, criteria=_criteria(check))
        for item, prompt, said, check in wanted.select("item", "prompt", "prediction", "check").iter_rows()
    ]
    version = version_of(asked_of.name, asked_of.version, asked_of.digest, judge)
    replies = ask_all(judge, [one for item in items for one in questions(item, asked_of)], case.ask, version=version)
    scores = scores_of(replies, asked_of).select(item=pl.col("item").str.strip_prefix(f"{name}/"), judged="value")
    return frame.join(scores, on="item", how="left", maintain_order="left")


def _criteria(check: str) -> tuple[str, ...]:
    return next(tuple(one.argument) for one in read_checks(check) if one.name == "mentions")


def _with_passed(frame: pl.DataFrame, scored: Scored) -> pl.DataFrame:
    """The frame with what the checks made of each answer."""
    sheet = scored.sheets[0]
    if not sheet.items.height:
        return frame.with_columns(passed=pl.lit(None, pl.Float64))
    each = sheet.items["counted"].extend_constant(None, 1)
    return frame.with_columns(passed=each.gather(np.where(sheet.place < 0, len(each) - 1, sheet.place)))


def by_category(part: str, answers: pl.DataFrame, scored: Scored) -> dict[str, Measure]:
    """A measure for each category, of the items that have a score."""
    sheet = scored.sheets[0]
    found = {}
    for category in answers["category"].unique(maintain_order=True):
        at = np.flatnonzero((answers["category"] == category).to_numpy())
        place = sheet.place[at]
        mine = sheet.items[place[place >= 0]]
        known = mine["counted"].drop_nulls() if mine.height else pl.Series([], dtype=pl.Float64)
        lost = int((place < 0).sum()) + (int(mine["unjudged"].sum()) if mine.height else 0)
        found[category] = Measure(
            f"{part}.{category}",
            float(known.sum()) / len(known) if len(known) else None,
            n=len(known),
            unscored=lost,
            how="sampled",
            made=Passed.how(category),
            ends=ends(known, lost, (0.0, 1.0)) if len(known) + lost else (None, None),
            rows=Rows(answers["item"], answers, sheet, at, None),
            why="" if len(known) else "no item of it has a score",
        )
    return found


def told_of(suites: Sequence[Suite]) -> dict[str, Any]:
    """The suites, for what a part tells: what they are, and their digests by name."""
    return {"suites": [one.told() for one in suites], "sha256": {one.name: one.sha256 for one in suites}}


def table(title: str, head: list[str], rows: list[list[Any]], note: str = "") -> dict[str, Any]:
    """A table as reports show it."""
    return {"title": title, "head": head, "rows": rows, "note": note}
