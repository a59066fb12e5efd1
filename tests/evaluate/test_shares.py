"""Whatever is a share of items is compared by McNemar's test, as statsmodels has it, and has Tango's and Wilson's intervals."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

import bloomery as bl
from bloomery.metrics.base import Share
from bloomery.metrics.names import METRICS
from bloomery.metrics.shares import SHARES, States
from tests.evaluate.runs import write

N = 80


def said(kind: str, rng: np.random.Generator) -> Any:
    """An answer, or a reference, of a kind."""
    return {
        "numeric_answer": lambda: f"It is {rng.integers(1, 4)}" if rng.random() < 0.8 else "no number",
        "set_f1": lambda: "\n".join(rng.permutation(list("abc"))[: rng.integers(1, 3)]),
        "json_fields": lambda: rng.choice(['{"a": 1}', 'Here: {"a": 1}', '{"a": 2}', "nothing"]),
        "classification": lambda: rng.choice(["a", "b", "c", "none of these"]),
        "health": lambda: rng.choice(["good day to you", "один два три", "!?", "so so so so so so so so so"]),
        "bleu": lambda: rng.choice(["the cat sat on the mat today", "a dog", "猫坐在垫子上面"], p=[0.6, 0.3, 0.1]),
        "ter": lambda: rng.choice(["the cat sat", "a dog ran far away today", "猫坐在垫子上面"], p=[0.6, 0.3, 0.1]),
    }.get(kind, lambda: rng.choice(["the cat", "cat", "a dog", "dog ran"]))()


def reference(kind: str, rng: np.random.Generator) -> str:
    return {
        "numeric_answer": lambda: str(rng.integers(1, 4)),
        "json_fields": lambda: '{"a": 1}',
        "classification": lambda: str(rng.choice(["a", "b", "c"])),
        "health": lambda: "good day to you all",
        "bleu": lambda: rng.choice(["the cat sat on the mat", "猫坐在垫子上面"], p=[0.7, 0.3]),
        "ter": lambda: rng.choice(["the cat sat", "猫坐在垫子上面"], p=[0.7, 0.3]),
    }.get(kind, lambda: said(kind, rng))()


def two_runs(folder: Path, kind: str, options: dict[str, Any], gone: float = 0.0) -> list[Any]:
    rng = np.random.default_rng(len(kind))
    rows = [{"id": str(k), "prompt": f"{k}?", "references": [str(reference(kind, rng))]} for k in range(N)]
    test = write(folder / "test.jsonl", rows)
    runs, before = [], [str(said(kind, rng)) for _ in rows]
    for name, change in (("a", 0.0), ("b", 0.2)):
        answers = [str(said(kind, rng)) if rng.random() < change else one for one in before]
        told = [{"id": str(k), "prediction": None if rng.random() < gone else one} for k, one in enumerate(answers)]
        predictions = write(folder / f"{name}.jsonl", told)
        runs.append(bl.evaluate(predictions, test=test, out=folder / name, metrics=[{kind: options}]))
    return runs


def shares(kind: str) -> list[str]:
    found = [name for name, made in METRICS[kind].made.items() if isinstance(made, Share)]
    return [name.replace("<label>", "a") for name in found]


OPTIONS: dict[str, dict[str, Any]] = {"bleu": {"tokenizer": "13a"}, "ter": {"normalized": "no", "longest": 5}}
#: the model of an embedding cannot be had here, and a judge's scores stand in a file: their shares are tried in tests/metrics
KINDS = [kind for kind in METRICS if shares(kind) and kind not in ("embedding_similarity", "judged")]


def p_of(b: int, c: int) -> float:
    """statsmodels' exact p; from 25 discordant items on with half of the probability of what was seen (mid-p)."""
    exact = float(mcnemar([[0, b], [c, 0]], exact=True).pvalue)
    return exact if b + c < 25 or b == c else exact - float(binom.pmf(min(b, c), b + c, 0.5))


@pytest.mark.parametrize("kind", KINDS)
def test_every_share_of_every_metric_by_mcnemar(tmp_path: Path, kind: str) -> None:
    runs = two_runs(tmp_path, kind, OPTIONS.get(kind, {}), gone=0.05)
    metric = METRICS[kind](**OPTIONS.get(kind, {}))
    answers = runs[0].answers
    ready = metric.prepared(answers)
    sides = []
    for run in runs:
        there = run.answers.filter(pl.col("state") != "missing")
        items = ready.items(there)
        each = {name: items.select(ready.each(items, name)).to_series() for name in shares(kind)}
        sides.append({name: dict(zip(there["item"], one, strict=True)) for name, one in each.items()})
    for row in bl.compare(runs[0].folder, runs[1].folder, metric=shares(kind)).told["comparisons"]:
        a, b = (side[row["metric"]] for side in sides)
        both = [(a[item], b[item]) for item in answers["item"] if a.get(item) is not None and b.get(item) is not None]
        lost, gained = both.count((1.0, 0.0)), both.count((0.0, 1.0))
        assert (row["n"], row["only_reference"], row["only_other"]) == (len(both), lost, gained)
        assert row["p"] == pytest.approx(p_of(lost, gained), abs=1e-12)
        assert row["method"].startswith("McNemar")
        assert row["difference"] == pytest.approx((gained - lost) / len(both))


@pytest.mark.parametrize("kind", KINDS)
def test_every_share_has_wilsons_interval(tmp_path: Path, kind: str) -> None:
    run = two_runs(tmp_path, kind, OPTIONS.get(kind, {}))[1]
    metric = METRICS[kind](**OPTIONS.get(kind, {})).prepared(run.answers)
    items = metric.items(run.answers)
    for name in shares(kind):
        each = metric.each(items, name)
        assert each is not None
        around = run.manifest["intervals"][f"task.{name}"]
        ends = proportion_confint(each.sum(), len(each.drop_nulls()), method="wilson")
        assert (around["low"], around["high"]) == pytest.approx(ends, abs=1e-9)
        assert around["method"] == "Wilson"


def test_shares_of_states_are_compared_over_all_rows(tmp_path: Path) -> None:
    rows = [{"id": str(k), "prompt": f"{k}?", "references": ["yes"]} for k in range(20)]
    test = write(tmp_path / "test.jsonl", rows)
    kinds = {
        "a": [None] * 2 + ["", "I'm sorry, but I can't help with that."] + ["yes"] * 16,
        "b": [None] * 9 + ["yes"] * 11,
    }
    for name, answers in kinds.items():
        told = [{"id": str(k), "prediction": one} for k, one in enumerate(answers)]
        bl.evaluate(write(tmp_path / f"{name}.jsonl", told), test=test, out=tmp_path / name, metrics=["exact_match"])
    found = bl.compare(tmp_path / "a", tmp_path / "b", metric=list(SHARES)).told["comparisons"]
    counts = {row["metric"]: (row["n"], row["only_reference"], row["only_other"], row["unscored"]) for row in found}
    assert counts == {"missing": (20, 0, 7, 0), "empty": (20, 1, 0, 0), "refused": (20, 1, 0, 0)}
    missing = found[0]
    assert missing["p"] == pytest.approx(p_of(0, 7)) and missing["says"] == "worse" and not missing["higher_is_better"]
    assert set(States.names) == set(SHARES)


def test_json_exact_match_was_compared_by_bootstrap(tmp_path: Path) -> None:
    """5 items gained and none lost: p = 2/2⁵ = .0625 and not .007, which resamples gave."""
    rows = [{"id": str(k), "prompt": f"{k}?", "references": ['{"a": 1}']} for k in range(40)]
    test = write(tmp_path / "test.jsonl", rows)
    for name, wrong in (("a", 15), ("b", 10)):
        told = [{"id": str(k), "prediction": json.dumps({"a": 2 if k < wrong else 1})} for k in range(40)]
        bl.evaluate(write(tmp_path / f"{name}.jsonl", told), test=test, out=tmp_path / name, metrics=["json_fields"])
    (row,) = bl.compare(tmp_path / "a", tmp_path / "b", metric=["json_exact_match"]).told["comparisons"]
    assert row["p"] == 0.0625
    assert row["says"] == "not worse"  # the interval holds no drop by 0.05
    assert row["hint"] == "the interval leaves out 0, but p is the more careful"
    assert bl.plan(metric="json_exact_match", baseline=0.8, discordance=row["discordance"]).remarks == ()


def test_recall_of_one_label_is_about_its_items_alone(tmp_path: Path) -> None:
    rows = [{"id": str(k), "text": f"t{k}", "label": "ab"[k % 2]} for k in range(20)]
    test = write(tmp_path / "test.jsonl", rows)
    for name, right in (("a", 20), ("b", 12)):
        told = [{"id": str(k), "prediction": row["label"] if k < right else "b"} for k, row in enumerate(rows)]
        bl.evaluate(write(tmp_path / f"{name}.jsonl", told), test=test, out=tmp_path / name, metrics=["classification"])
    (row,) = bl.compare(tmp_path / "a", tmp_path / "b", metric=["recall.a"]).told["comparisons"]
    assert (row["n"], row["unscored"], row["only_reference"], row["only_other"]) == (10, 0, 4, 0)
