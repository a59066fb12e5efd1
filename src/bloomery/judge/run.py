"""Judged runs: answers and judges in, a folder with every reply, score and verdict out.

scores.parquet     the scores table
replies.parquet    every reply with its text, readable or not, of canaries too
items.parquet      the items with the lengths of their answers and their columns, for slices
verdicts.parquet   of a comparison: each pair with the verdict of each order
manifest.json, report.html
spent.json         what each judge was asked and cost: the one file that another run of the same may write otherwise
"""

import math
import platform
from collections.abc import Sequence
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from bloomery import __version__
from bloomery.errors import DataError, RecipeError
from bloomery.judge import report
from bloomery.judge.asking import Asking, Before
from bloomery.judge.family import self_preference
from bloomery.judge.items import Judgeable, judgeable
from bloomery.judge.named import SHOWN, named
from bloomery.judge.options import Judge
from bloomery.judge.pairwise import Duel, Pair, duel, opponents, pairs, rows
from bloomery.judge.panel import agreement, with_panel
from bloomery.judge.replies import Reply, errors, explained, table
from bloomery.judge.result import JudgedRun
from bloomery.judge.rubric import OVERALL, Rubric, rubric
from bloomery.judge.score import score
from bloomery.judge.summary import canaries_of, duel_of, noise_of, panel_of, strengths_of, values_of
from bloomery.judge.verdicts import protocol
from bloomery.llm.about import about
from bloomery.llm.ask import Tick
from bloomery.llm.ask import silent as unheard
from bloomery.llm.base import Model
from bloomery.llm.cache import Cache
from bloomery.metrics.score import SCORES_SCHEMA
from bloomery.store import building
from bloomery.text.counted import counted


def score_run(
    path: str | Path,
    models: Sequence[Model],
    *,
    out: str | Path,
    options: Judge | None = None,
    format: str | None = None,  # noqa: A002
    tick: Tick = unheard,
    before: Before | None = None,
    replace: bool = False,
) -> JudgedRun:
    """Score what stands at `path` (an evaluated run, or data of any format) by a rubric into the new folder `out`.

    `replace` puts it in the place of a finished run.
    """
    asked = options or Judge()
    _some(models)
    found, looked = judgeable(path, format=format), rubric(asked.rubric)
    with building(Path(out), replace=replace) as folder, _cache(asked) as cache:
        asker = Asking(asked, cache, tick, before)
        judged = score(
            found.items,
            looked,
            models,
            asker,
            run=found.model or "",
            repeats=asked.repeats,
            seed=asked.seed,
            with_canaries=asked.canaries,
        )
        told = _head("judge score", asked, models, [found], judged.replies, judged.canary_replies) | {
            "judged": found.model or str(path),
            "rubric": _rubric(looked),
            "values": values_of(judged.scores, looked),
            "canaries": canaries_of(judged.canaries),
            "noise": noise_of(judged.replies, OVERALL, looked.threshold),
            "panel": panel_of(agreement(judged.scores, seed=asked.seed)) if len(models) > 1 else [],
        }
        told["notes"] += [
            note for model in models for note in self_preference(model.name, {found.model or "": None}, model.family)
        ]
        lengths = {item.item: math.log2(1 + item.length) for item in found.items}
        _write(folder, judged.scores, [*judged.replies, *judged.canary_replies], _items(found, lengths), told)
        _write_spent(folder, asker, models)
    return JudgedRun(out)


def compare_runs(
    paths: Sequence[str | Path],
    models: Sequence[Model],
    *,
    out: str | Path,
    options: Judge | None = None,
    format: str | None = None,  # noqa: A002
    tick: Tick = unheard,
    before: Before | None = None,
    replace: bool = False,
) -> JudgedRun:
    """Compare the answers of two or more runs, each two of them, into the new folder `out`; see `score_run`."""
    asked = options or Judge()
    _some(models)
    _once_each(paths)
    found = [judgeable(path, format=format) for path in paths]
    names = _names(paths, found)
    how = protocol(asked.protocol)
    with building(Path(out), replace=replace) as folder, _cache(asked) as cache:
        asker = Asking(asked, cache, tick, before)
        duels: list[Duel] = []
        for one, other in opponents(names):
            both = pairs(found[names.index(one)].items, found[names.index(other)].items)
            duels += [
                duel(
                    both,
                    (one, other),
                    how,
                    model,
                    asker,
                    orders=asked.orders,
                    repeats=asked.repeats,
                    seed=asked.seed,
                    with_canaries=0 if duels else asked.canaries,
                    one_of_several=len(names) > 2,
                )
                for model in models
            ]
        scores = pl.DataFrame([row for one in duels for row in rows(one, how)], schema=SCORES_SCHEMA, orient="row")
        replies = [reply for one in duels for reply in one.replies]
        caught = [reply for one in duels for reply in one.canary_replies]
        alone = [one for pair in opponents(names) for one in _alone(pair, names, found)]
        told = _head("judge compare", asked, models, found, replies, caught) | {
            "left_out": alone,
            "judged": " against ".join(names),
            "protocol": {"name": how.name, "version": how.version, "digest": how.digest, "reads": how.reads},
            "duels": [duel_of(one, _clusters(found[0], asked.cluster)) for one in duels],
            "strengths": strengths_of(duels),
            "canaries": canaries_of([one for each in duels for one in each.canaries]),
            "noise": noise_of(replies, "win", None),
            "panel": panel_of(agreement(scores, seed=asked.seed)) if len(models) > 1 and len(names) == 2 else [],
        }
        told["notes"] += [*(_said_alone(one) for one in alone), *_said_again(asked.repeats)]
        contestants = dict.fromkeys(names)
        told["notes"] += [note for model in models for note in self_preference(model.name, contestants, model.family)]
        ratios = {pair.item: _ratio(pair) for pair in pairs(found[0].items, found[1].items)}
        every = [*replies, *caught]
        verdicts(duels).write_parquet(folder / "verdicts.parquet")
        _write(folder, with_panel(scores) if len(models) > 1 else scores, every, _items(found[0], ratios), told)
        _write_spent(folder, asker, models)
    return JudgedRun(out)


def verdicts(duels: Sequence[Duel]) -> pl.DataFrame:
    """Each pair with what was said about it in either order."""
    schema: dict[str, Any] = dict.fromkeys(("item", "first", "second", "rater", "version"), pl.String)
    schema |= {"repeat": pl.Int64} | dict.fromkeys(("forward", "backward", "verdict"), pl.String)
    schema |= {"inconsistent": pl.Boolean, "error": pl.String}
    told = [
        (
            *(one.pair.item, each.first, each.second, one.rater, each.version, one.repeat),
            *(one.forward, one.backward, one.verdict, one.inconsistent, one.error),
        )
        for each in duels
        for one in each.compared
    ]
    return pl.DataFrame(told, schema=schema, orient="row")


def _some(models: Sequence[Model]) -> None:
    if not models:
        raise RecipeError(
            "There is no judge",
            expected="the name of a model of the recipe",
            next="Name one with --model, or write judge: {model: [NAME]} and models: {NAME: {url: …, model: …}}",
        )


def _once_each(paths: Sequence[str | Path]) -> None:
    """DataError where a run stands against itself."""
    places = [Path(path).resolve() for path in paths]
    twice = next((path for path, place in zip(paths, places, strict=True) if places.count(place) > 1), None)
    if twice is not None:
        raise DataError(
            f"{twice} cannot be compared with itself", expected="runs that differ", found="the same one twice"
        )


def _alone(pair: tuple[str, str], names: Sequence[str], found: Sequence[Judgeable]) -> list[dict[str, Any]]:
    """Items that only one of two has: how many, and the first."""
    told = []
    for mine, other in (pair, pair[::-1]):
        theirs = {one.item for one in found[names.index(other)].items}
        lost = [one.item for one in found[names.index(mine)].items if one.item not in theirs]
        if lost:
            told.append({"in": mine, "not_in": other, "count": len(lost), "first": lost[:SHOWN]})
    return told


def _said_alone(one: dict[str, Any]) -> str:
    return (
        f"{counted(one['count'], 'item is', 'items are')} in {one['in']} and not in {one['not_in']}, and left out: "
        + named(one["first"], one["count"])
    )


def _said_again(repeats: int) -> list[str]:
    if repeats == 1:
        return []
    return [
        f"each pair was asked {repeats} times: won, tied, lost, inconsistent and unscored count every time, and the interval "
        "allows for it"
    ]


def _cache(options: Judge) -> Any:
    return Cache(options.cache) if options.cache else nullcontext()


def _names(paths: Sequence[str | Path], found: Sequence[Judgeable]) -> list[str]:
    """What the contestants are called: their models, or where these are not known or the same, their paths."""
    names = [one.model or str(path) for one, path in zip(found, paths, strict=True)]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _ratio(pair: Pair) -> float | None:
    """log2 of how much longer the first answer is."""
    return (
        math.log2((1 + len(pair.first)) / (1 + len(pair.second)))
        if pair.first is not None and pair.second is not None
        else None
    )


def _clusters(found: Judgeable, column: str | None) -> dict[str, object] | None:
    if column is None:
        return None
    if column not in found.columns.columns:
        known = ", ".join(name for name in found.columns.columns if name != "item") or "none"
        raise RecipeError(f"There is no column '{column}' to cluster by", expected=f"one of: {known}")
    return dict(found.columns.select("item", column).iter_rows())


def _items(found: Judgeable, lengths: dict[str, Any]) -> pl.DataFrame:
    frame = found.columns.rename(
        {
            name: f"{name}_"
            for name in ("length", "label", "value", "error", "answer_sha256")
            if name in found.columns.columns
        }
    )
    digests = {one.item: one.digest for one in found.items}
    return frame.with_columns(
        length=pl.Series([lengths.get(item) for item in frame["item"]], dtype=pl.Float64),
        answer_sha256=pl.Series([digests.get(item) for item in frame["item"]], dtype=pl.String),
    )


def _rubric(one: Rubric) -> dict[str, Any]:
    plain = one.model_dump(mode="json", exclude={"prompt"})
    return plain | {
        "digest": one.digest,
        "prompt_sha256": sha256(one.prompt.encode()).hexdigest(),
        "ends": list(one.ends),
    }


def _head(
    verb: str,
    options: Judge,
    models: Sequence[Model],
    found: Sequence[Judgeable],
    replies: Sequence[Reply],
    canaries: Sequence[Reply],
) -> dict[str, Any]:
    asked = [one for one in replies if one.reading.error != "no_answer"]
    ended = _ended([*asked, *canaries])
    return {
        "bloomery": __version__,
        "verb": verb,
        "judges": [
            {"name": one.name, "family": one.family, "identity_sha256": sha256(one.identity().encode()).hexdigest()}
            | about(one)
            for one in models
        ],
        "counts": {
            "items": len(found[0].items),
            "without_answer": sum(not item.answers for item in found[0].items),
            "replies": len(asked),
            "unread": sum(one.reading.error is not None for one in asked),
            "mended": sum(one.mended for one in asked),
        },
        "errors": errors(asked),
        "said": explained([*asked, *canaries]),
        "budget_ended": ended,
        "notes": [*_said_ended(ended), *(note for one in found for note in one.notes)],
        "options": options.model_dump(mode="json", exclude={"cache", "budget"}),
        "versions": {"python": platform.python_version()},
    }


def _ended(asked: Sequence[Reply]) -> dict[str, int] | None:
    """How far asking came, where the budget ended it."""
    lost = sum(one.reading.error == "call_budget" for one in asked)
    return {"asked": len(asked) - lost, "of": len(asked)} if lost else None


def _said_ended(ended: dict[str, int] | None) -> list[str]:
    if ended is None:
        return []
    return [
        f"the budget ran out after {ended['asked']:,} of {ended['of']:,}; run again with more to go on. Every value is of the "
        "part that was judged"
    ]


def json_bytes(told: Any) -> bytes:
    """A manifest as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


def _write(
    folder: Path, scores: pl.DataFrame, replies: Sequence[Reply], items: pl.DataFrame, told: dict[str, Any]
) -> None:
    scores.write_parquet(folder / "scores.parquet")
    table(replies).write_parquet(folder / "replies.parquet")
    items.write_parquet(folder / "items.parquet")
    (folder / "report.html").write_text(report.judged(told), encoding="utf-8")
    (folder / "manifest.json").write_bytes(json_bytes(told))


def _write_spent(folder: Path, asker: Asking, models: Sequence[Model]) -> None:
    (folder / "spent.json").write_bytes(json_bytes([asker.told(one) for one in models]))
