"""What a judged run comes to: each value over all items, what was not scored, and what it could have been."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from bloomery.errors import NotComputableError
from bloomery.judge.canaries import Fallen, any_won, sentence
from bloomery.judge.measured import measured
from bloomery.judge.noise import Noise, noise
from bloomery.judge.pairwise import Duel
from bloomery.judge.panel import Together
from bloomery.judge.position import consistent, direction, first_shown
from bloomery.judge.replies import Reply, errors
from bloomery.judge.rubric import Rubric
from bloomery.judge.win_rate import length_bias, strengths, win_rate
from bloomery.stats.mean import mean


def values_of(scores: pl.DataFrame, rubric: Rubric) -> list[dict[str, Any]]:
    """Each metric by each rater: mean, interval, and bounds had the unscored items been the worst or the best."""
    ends = {f"{rubric.name}.{one.name}": one.ends for one in rubric.criteria} | {rubric.metrics[0]: rubric.ends}
    told = []
    for (rater, metric), mine in scores.group_by("rater", "metric", maintain_order=True):
        values = mine["value"].drop_nulls().to_numpy()
        low, high = ends[str(metric)]
        lost, n = mine["value"].null_count(), len(mine)
        total = float(values.sum())
        overall = metric == rubric.metrics[0]
        told.append(
            {
                "metric": metric,
                "rater": rater,
                "items": n,
                "unscored": lost,
                "value": float(values.mean()) if len(values) else None,
                "interval": _interval(values),
                "why": _no_interval(values),
                "bounds": [(total + lost * low) / n, (total + lost * high) / n],
                "passed": int((values >= rubric.threshold).sum()) if overall and rubric.threshold is not None else None,
            }
        )
    return told


def _no_interval(values: np.ndarray[Any, Any]) -> str | None:
    """Why there is no interval."""
    if _interval(values) is not None:
        return None
    return "all alike" if len(values) > 1 else "one value" if len(values) else "nothing scored"


def _interval(values: np.ndarray[Any, Any]) -> list[float] | None:
    try:
        return list(mean(values).interval)
    except NotComputableError:
        return None


def canaries_of(fallen: Sequence[Fallen]) -> dict[str, Any]:
    """What the canaries showed, with a sentence each."""
    won = {rater: any_won([one for one in fallen if one.rater == rater]) for rater in {one.rater for one in fallen}}
    return {"won": dict(sorted(won.items())), "each": [one._asdict() | {"sentence": sentence(one)} for one in fallen]}


def noise_of(replies: Sequence[Reply], name: str, threshold: float | None) -> list[dict[str, Any]]:
    """The noise of each judge; none where nothing was asked twice."""
    try:
        found: list[Noise] = noise(replies, name, threshold=threshold)
    except NotComputableError:
        return []
    return [one._asdict() for one in found]


def panel_of(found: Sequence[Together]) -> list[dict[str, Any]]:
    """How far a panel agrees."""
    return [
        {
            "metric": one.metric,
            "judges": one.judges,
            "alpha": None if one.alpha is None else one.alpha.value,
            "interval": None if one.alpha is None else list(one.alpha.interval),
            "why": one.why,
        }
        for one in found
    ]


def duel_of(duel: Duel, clusters: Mapping[str, object] | None = None) -> dict[str, Any]:
    """A comparison of two models by one judge. Several repeats of an item are a cluster."""
    worth = [one.worth for one in duel.compared]
    items = [one.pair.item for one in duel.compared]
    groups = (
        [str(clusters.get(item)) for item in items] if clusters else items if len(set(items)) < len(items) else None
    )
    found: dict[str, Any] = {"first": duel.first, "second": duel.second, "rater": duel.rater, "version": duel.version}
    try:
        told = win_rate(worth, clusters=groups)
        found |= {"rate": told.rate, "error": told.error, "interval": list(told.interval), "bounds": list(told.bounds)}
        found |= {"wins": told.wins, "losses": told.losses, "ties": told.ties, "unscored": told.unscored, "why": None}
    except NotComputableError as error:
        found |= dict.fromkeys(("rate", "error", "interval", "bounds")) | {"why": str(error)}
        found |= {"wins": 0, "losses": 0, "ties": 0, "unscored": len(worth)}
    orders = [(one.forward, one.backward) for one in duel.compared]
    shown = measured(lambda: first_shown(orders))
    found["inconsistent"] = sum(one.inconsistent for one in duel.compared)
    found["consistent"] = measured(lambda: consistent(orders)).told()
    found["first_shown"] = shown.told() | {"says": direction(shown)}
    found["errors"] = errors(duel.replies)
    found["length"] = _length(duel, worth)
    return found


def _length(duel: Duel, worth: Sequence[float | None]) -> dict[str, Any]:
    sizes = [[len(text or "") for text in (one.pair.first, one.pair.second)] for one in duel.compared]
    try:
        told = length_bias(worth, [one for one, _ in sizes], [other for _, other in sizes])
    except NotComputableError as error:
        return {"why": str(error)}
    return {"why": None} | {name: list(v) if isinstance(v, tuple) else v for name, v in told._asdict().items()}


def strengths_of(duels: Sequence[Duel]) -> list[dict[str, Any]]:
    """Bradley–Terry strengths by each judge, strongest first; none for two models only."""
    found: list[dict[str, Any]] = []
    for rater in dict.fromkeys(one.rater for one in duels):
        mine = [one for one in duels if one.rater == rater]
        if len(mine) < 2:
            continue
        try:
            fit = strengths([(one.first, one.second, [c.worth for c in one.compared]) for one in mine])
        except NotComputableError as error:
            found.append({"rater": rater, "why": str(error), "models": []})
            continue
        rows: list[dict[str, Any]] = [
            {
                "model": name,
                "strength": float(fit.strengths[k]),
                "interval": list(fit.intervals[k]),
                "elo": fit.elo()[name][0],
            }
            for k, name in enumerate(fit.names)
        ]
        found.append(
            {"rater": rater, "why": None, "models": sorted(rows, key=lambda row: -float(str(row["strength"])))}
        )
    return found
