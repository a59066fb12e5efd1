"""What a judge said, read back: from the folder of a judged run, or from a file of labels made elsewhere.

Calibration only knows `Judgements`, so a judge that ran elsewhere, or no model at all (a rule, a string match), is put beside
people in the same way.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bloomery.errors import DataError, RecipeError
from bloomery.judge.cases import TIE, Judgements
from bloomery.judge.labels import ITEM, LABEL, records
from bloomery.judge.panel import PANEL
from bloomery.judge.verdicts import WORTH

#: what people call the sides of a comparison
SIDES = {"a": "first", "b": "second", "c": TIE, "both": TIE, "draw": TIE}
_SPELLED = "A (the first is better), B (the second) or tie"


def judgements(
    path: str | Path,
    *,
    metric: str | None = None,
    threshold: float | None = None,
    exact: bool = False,
    label: str | None = None,
) -> list[Judgements]:
    """Of each judge at `path`; DataError where it is neither a judged run nor a file of labels."""
    folder = Path(path)
    if (folder / "manifest.json").exists():
        told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if told.get("verb") == "judge compare":
            _refuse_numbers(folder, metric=metric, threshold=threshold)
            return _of_comparison(folder, told)
        if told.get("verb") == "judge score":
            return _of_scores(folder, told, metric, threshold, exact)
    if folder.is_dir():
        raise DataError(f"{path} is no judged run", expected="a folder that bloomery judge wrote, or a file of labels")
    return [_of_file(folder, label, None if exact else threshold)]


def _refuse_numbers(folder: Path, **given: object) -> None:
    """RecipeError where a comparison is asked for something that only scores have."""
    for name, value in given.items():
        if value is not None:
            raise RecipeError(
                f"--{name} says nothing of a comparison: {folder} has verdicts, which are A, B or tie",
                expected=f"no --{name}",
                found=f"{value}",
            )


def _check_threshold(folder: Path, threshold: float | None, ends: tuple[float, float]) -> None:
    if threshold is not None and not ends[0] <= threshold <= ends[1]:
        raise RecipeError(
            f"The threshold {threshold:g} is off the scale of {folder}",
            expected=f"a number from {ends[0]:g} to {ends[1]:g}",
        )


def _means(mine: pl.DataFrame, rater: object) -> tuple[str, ...]:
    """A note where numbers are compared as they are, and some are means."""
    broken = mine.filter(pl.col("value") != pl.col("value").round())
    if not len(broken):
        return ()
    return (
        f"{rater}: --exact compares numbers as they are, and {len(broken):,} of {len(mine):,} values are means, such as "
        f"{broken['value'][0]:g}, which no whole label equals; leave --exact out, or name one criterion with --metric",
    )


def _numbers_of(worth: Mapping[str, float]) -> dict[str, str]:
    """Numbers that stand for one label alone, in the place of its name."""
    values = list(worth.values())
    return {f"{value:g}": name for name, value in worth.items() if values.count(value) == 1}


def _of_scores(
    folder: Path, told: Mapping[str, Any], metric: str | None, threshold: float | None, exact: bool
) -> list[Judgements]:
    scores, items = pl.read_parquet(folder / "scores.parquet"), pl.read_parquet(folder / "items.parquet")
    rubric = told["rubric"]
    known = scores["metric"].unique(maintain_order=True).to_list()
    wanted = metric or known[0]
    wanted = wanted if wanted in known else f"{rubric['name']}.{wanted}"
    if wanted not in known:
        raise DataError(f"{folder} has no value '{metric}'", expected=", ".join(known))
    overall = wanted == known[0]
    labelled = rubric["criteria"][0] if overall and len(rubric["criteria"]) == 1 else None
    criterion = labelled or next(
        (one for one in rubric["criteria"] if wanted == f"{rubric['name']}.{one['name']}"), None
    )
    worth = (criterion or {}).get("labels") or {}
    limit = threshold if threshold is not None else rubric["threshold"] if overall and not worth else None
    name_of = {value: name for name, value in worth.items()}
    ends: tuple[float, float] = _ends_of(rubric["ends"] if overall else _scale(criterion or {}))
    _check_threshold(folder, threshold, ends)
    found = []
    for (rater,), mine in scores.filter(pl.col("metric") == wanted).group_by("rater", maintain_order=True):
        labels = [_label(value, name_of) for value in mine["value"]]
        frame = mine.select("item", "value", "error", pl.Series("label", labels, dtype=pl.String)).join(
            items, on="item", how="left"
        )
        won = _won(told["canaries"]["won"], str(rater))
        found.append(
            Judgements(
                str(rater),
                mine["version"][0],
                frame,
                False,
                won,
                worth,
                ends,
                None if exact else limit,
                _numbers_of(worth) | {name.lower(): name for name in worth},
                canaries=_canaries(told["canaries"]["each"], str(rater)),
                notes=_means(mine, rater) if exact else (),
            )
        )
    return found


def _ends_of(ends: Sequence[float]) -> tuple[float, float]:
    return float(ends[0]), float(ends[1])


def _scale(criterion: Mapping[str, Any]) -> Sequence[float]:
    """The worst and the best value of a criterion of a manifest."""
    labels = criterion.get("labels")
    return (min(labels.values()), max(labels.values())) if labels else criterion.get("scale") or (1, 5)


def _won(won: Mapping[str, bool | None], rater: str) -> bool | None:
    """Whether a canary won with this judge; a panel is had where one of its judges was."""
    if rater != PANEL:
        return won.get(rater)
    return True if any(won.values()) else None if None in won.values() or not won else False


def _canaries(each: Sequence[Mapping[str, Any]], rater: str) -> str:
    """Which canaries won with this judge, or are unknown; of a panel with any of its judges."""
    mine = [one for one in each if rater in (one["rater"], PANEL)]
    won = [one["sentence"] for one in mine if one["won"]] or [one["sentence"] for one in mine if one["won"] is None]
    return "; ".join(won) if mine else "no canary was judged (canaries: 0, or a rubric without a better end)"


def _label(value: float | None, names: Mapping[float, str]) -> str | None:
    """The label that a number stands for; a mean of repeats may stand for none, and is itself."""
    if value is None:
        return None
    return names.get(value) or (str(int(value)) if value == int(value) else f"{value:g}")


def _of_comparison(folder: Path, told: Mapping[str, Any]) -> list[Judgements]:
    verdicts, items = pl.read_parquet(folder / "verdicts.parquet"), pl.read_parquet(folder / "items.parquet")
    models = verdicts.select("first", "second").unique(maintain_order=True).rows()
    if len(models) > 1:
        raise DataError(
            f"{folder} compares {len(models)} pairs of models",
            expected="one pair, whose first and second answer people judged as well",
            next="Compare two runs by themselves",
        )
    first, second = models[0]
    aliases = SIDES | {first.lower(): "first", second.lower(): "second"} | {name: name for name in WORTH}
    found = []
    for (rater,), mine in verdicts.filter(pl.col("repeat") == 0).group_by("rater", maintain_order=True):
        value = pl.col("verdict").replace_strict(WORTH, default=None, return_dtype=pl.Float64)
        frame = mine.select("item", "error", "forward", "backward", label=pl.col("verdict"), value=value).join(
            items, on="item", how="left"
        )
        won = told["canaries"]["won"].get(str(rater))
        spelled = f"A or '{first}' (it is better), B or '{second}' (it is better), or tie"
        found.append(
            Judgements(
                *(str(rater), mine["version"][0], frame, True, won, WORTH, (0.0, 1.0), None, aliases),
                spelled=spelled,
                canaries=_canaries(told["canaries"]["each"], str(rater)),
            )
        )
    return found


def _of_file(path: Path, label: str | None, threshold: float | None) -> Judgements:
    rows = list(records(path))
    names = list(dict.fromkeys(name for row in rows for name in row))
    item = next((name for name in ITEM if name in names), None)
    column = label or next((name for name in LABEL if name in names), None)
    if item is None or column not in names:
        raise DataError(
            f"{path} has no judge's labels",
            expected=f"a column {' or '.join(ITEM)}, and {label or ' or '.join(LABEL)}",
            found=", ".join(names) or "no row",
        )
    kept = [row for row in rows if row.get(item) is not None]
    said = [None if row.get(column) in (None, "") else str(row[column]).strip() for row in kept]
    pairwise = {one.lower() for one in said if one} <= {*SIDES, *WORTH} and not all(
        _is_number(one) for one in said if one
    )
    aliases = SIDES | {name: name for name in WORTH} if pairwise else {}
    said = [aliases.get(one.lower(), one) if one else None for one in said]
    worth = dict(WORTH) if pairwise else {}
    frame = pl.DataFrame(
        {
            "item": [str(row[item]) for row in kept],
            "label": pl.Series(said, dtype=pl.String),
            "value": pl.Series(
                [None if one is None else worth.get(one, _number(one)) for one in said], dtype=pl.Float64
            ),
            "error": pl.Series([None if one is not None else "unscored" for one in said], dtype=pl.String),
            "length": pl.Series([_length(row) for row in kept], dtype=pl.Float64),
            **{
                name: [None if row.get(name) is None else str(row[name]) for row in kept]
                for name in names
                if _slice(name)
            },
        }
    ).unique("item", keep="last", maintain_order=True)
    name = column or path.stem
    return Judgements(
        *(name, path.name, frame, pairwise, None, worth, None, threshold, aliases),
        spelled=_SPELLED if pairwise else "",
        canaries="what is judged is a file, and a file can have no canaries; judge with bloomery judge for those",
    )


def _slice(name: str) -> bool:
    return name not in (*ITEM, *LABEL, "error", "length", "forward", "backward")


def _length(row: Mapping[str, Any]) -> float | None:
    """log2 of the answer's characters, where the row has it."""
    text = next(
        (row[name] for name in ("prediction", "completion", "answer", "output") if isinstance(row.get(name), str)), None
    )
    return math.log2(1 + len(text)) if text is not None else None


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _number(text: str) -> float | None:
    return float(text) if _is_number(text) else None
