"""Each value of an evaluation has an interval or says why not, and what missing and unparsed answers could have made of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest

import bloomery as bl
from bloomery.errors import DataError
from bloomery.evaluate.lines import UNKNOWN, lines
from bloomery.evaluate.resampled import REPLICATES, row_by_row, sums, whole
from bloomery.evaluate.result import Evaluated
from bloomery.metrics.base import Metric
from bloomery.metrics.classification import Classification
from bloomery.stats.bootstrap import percentile
from bloomery.stats.mean import mean
from tests.evaluate.runs import write


def labelled(folder: Path, n: int = 120, gone: int = 0, unread: int = 0, **options: Any) -> Evaluated:
    rng = np.random.default_rng(5)
    rows = [{"id": str(k), "text": f"t{k}", "label": "abc"[k % 3], "doc": k // 4} for k in range(n)]
    said: list[str | None] = [row["label"] if rng.random() < 0.7 else "abc"[rng.integers(3)] for row in rows]
    said[:gone] = [None] * gone
    said[gone : gone + unread] = ["none of these"] * unread
    predictions = write(folder / "p.jsonl", [{"id": str(k), "prediction": one} for k, one in enumerate(said)])
    options = {"metrics": ["classification"]} | options
    return bl.evaluate(predictions, test=write(folder / "t.jsonl", rows), out=folder / "run", **options)


def around(run: Evaluated, name: str) -> dict[str, Any]:
    found: dict[str, Any] = run.manifest["intervals"][f"task.{name}"]
    return found


def test_a_corpus_value_has_a_bootstrap_interval_that_rows_give_as_well(tmp_path: Path) -> None:
    run = labelled(tmp_path)
    metric = Classification(labels=("a", "b", "c"))
    items = metric.items(run.answers)
    found = row_by_row(whole(metric, items), 120, seed=0, clusters=None, replicates=REPLICATES)
    for name in ("f1.macro", "mcc", "f1.weighted", "balanced_accuracy"):
        told = around(run, name)
        assert (told["low"], told["high"]) == pytest.approx(percentile(found[name]), abs=1e-9)
        assert told["method"] == "bootstrap percentile (1,000)"
    baselines = ("accuracy.majority", "accuracy.prior", "f1.macro.majority")
    assert {line.name for line in run.lines if line.range == UNKNOWN or not line.by} == set(baselines)
    assert any(
        f"no interval around {', '.join(baselines)}: it is made of the label shares" in one for one in run.unknown
    )


def test_clusters_are_drawn_whole_where_they_are_asked_for(tmp_path: Path) -> None:
    run = labelled(tmp_path, cluster="doc")
    metric = Classification(labels=("a", "b", "c"))
    items = metric.items(run.answers)
    docs = np.unique([str(k // 4) for k in range(120)], return_inverse=True)[1]
    found = row_by_row(whole(metric, items), 120, seed=0, clusters=docs, replicates=REPLICATES)
    told = around(run, "f1.macro")
    assert (told["low"], told["high"]) == pytest.approx(percentile(found["f1.macro"]), abs=1e-9)
    assert told["method"] == "clustered bootstrap percentile (1,000, too short for 30 clusters)"
    score = run.scores["value"].to_numpy()
    accuracy = around(run, "accuracy")
    assert (accuracy["low"], accuracy["high"]) == pytest.approx(mean(score, clusters=docs).interval)
    assert accuracy["method"] == "clustered t"
    with pytest.raises(DataError, match="no column 'dok' to cluster by.*Did you mean 'doc'"):
        labelled(tmp_path / "again", cluster="dok") if (tmp_path / "again").mkdir() is None else None


def test_sums_with_weights_are_sums_over_the_rows_that_were_drawn() -> None:
    numbers = np.random.default_rng(1).random((30, 3))
    clusters = np.arange(30) // 7
    for code in (None, clusters):
        (drawn,) = sums([numbers], 30, seed=4, clusters=code, replicates=50)
        rows = row_by_row(
            lambda some: {str(k): float(numbers[some, k].sum()) for k in range(3)},
            30, seed=4, clusters=code, replicates=50,
        )  # fmt: skip
        assert drawn == pytest.approx(np.stack([rows[str(k)] for k in range(3)], axis=1))


def test_missing_and_unparsed_answers_leave_bounds_or_a_reason(tmp_path: Path) -> None:
    run = labelled(tmp_path, gone=6, unread=9)
    by = {line.name: line for line in run.lines}
    right = round(run.value("accuracy") * 114)  # type: ignore[operator]
    row = run.values.filter(metric="task.accuracy").row(0, named=True)
    assert (row["low"], row["high"]) == pytest.approx((right / 120, (right + 6) / 120))
    read = run.manifest["bounds_read"]["task.accuracy"]
    assert read == pytest.approx(
        [right / 120, (right + 15) / 120]
    )  # unparsed ones were wrong, and could have been right
    assert by["mcc"].missing == by["mcc"].read == UNKNOWN
    assert "no bounds for mcc: which answers would be the worst for it is not known" in run.unknown
    assert all(line.missing for line in run.lines)
    assert (by["missing"].missing, by["refused"].missing) == (
        "–",
        "0.000 to 0.050",
    )  # 6 of 120 could have been refusals
    page = (run.folder / "report.html").read_text()
    assert "no bounds for mcc" in page and "Unparsed, if read" in page


def test_values_without_an_interval_say_why(tmp_path: Path) -> None:
    rows = [{"id": str(k), "text": f"t{k}", "label": "ab"[k % 2]} for k in range(6)]
    said = [{"id": str(k), "prediction": "a", "probabilities": {"a": 0.7, "b": 0.3}} for k in range(6)]
    run = bl.evaluate(
        write(tmp_path / "p.jsonl", said), test=write(tmp_path / "t.jsonl", rows), out=tmp_path / "run",
        metrics=["calibration", "diversity"],
    )  # fmt: skip
    assert around(run, "ece.width")["why"] == "it is biased upwards, in a resample more than in the test"
    assert (
        "no interval around ece.width, ece.mass: it is biased upwards, in a resample more than in the test"
        in run.unknown
    )
    assert around(run, "log_loss")["method"] == "t"
    assert around(run, "distinct.own")["why"].startswith("the 6 values do not vary")
    told = lines(run.values, run.manifest)
    assert all((line.range == UNKNOWN) == (line.by == "") for line in told)


def test_two_items_are_needed_and_one_says_so(tmp_path: Path) -> None:
    run = labelled(tmp_path, n=1)
    assert around(run, "f1.macro")["why"] == "2 items at least are needed, there is 1"
    nothing = labelled(tmp_path / "none", n=2, gone=2) if (tmp_path / "none").mkdir() is None else run
    assert {line.range for line in nothing.lines if line.name == "accuracy"} == {UNKNOWN}
    assert any("no answer has a value" in one for one in nothing.unknown)


class Longest(Metric):
    names: ClassVar[dict[str, str]] = {"longest": "words of the longest answer"}

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame({"score": answers["prediction"].str.split(" ").list.len().cast(pl.Float64)})

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        return {"longest": items["score"].max()}  # type: ignore[dict-item]


def test_a_metric_of_ones_own_that_is_no_sum_is_resampled_by_rows(tmp_path: Path) -> None:
    rows: Sequence[dict[str, Any]] = [{"id": str(k), "prompt": "?", "references": ["x"]} for k in range(30)]
    said = [{"id": str(k), "prediction": "w " * (k + 1)} for k in range(30)]
    run = bl.evaluate(
        write(tmp_path / "p.jsonl", said),
        test=write(tmp_path / "t.jsonl", rows),
        out=tmp_path / "run",
        metrics=[Longest()],
    )
    told = around(run, "longest")
    assert told["low"] < told["high"] == run.value("longest")
    assert told["method"] == "bootstrap percentile (1,000, too short for 30 items)"


def test_json_fields_and_bleu_have_intervals_and_bounds(tmp_path: Path) -> None:
    pytest.importorskip("sacrebleu")
    rows = [
        {"id": str(k), "prompt": "?", "references": [f'{{"a": {k % 3}, "b": "the cat sat on mat {k % 5}"}}']}
        for k in range(40)
    ]
    said = [
        {"id": str(k), "prediction": None if k == 0 else f'{{"a": {k % 2}, "b": "the cat sat on mat {k % 4}"}}'}
        for k in range(40)
    ]
    run = bl.evaluate(
        write(tmp_path / "p.jsonl", said), test=write(tmp_path / "t.jsonl", rows), out=tmp_path / "run",
        metrics=["json_fields", "bleu", "chrf", "ter"],
    )  # fmt: skip
    for name in ("field_f1.micro", "field_f1.macro", "field_f1.a", "bleu", "chrf", "ter"):
        told, value = around(run, name), run.value(name)
        assert told["low"] <= value <= told["high"]
    assert around(run, "json_valid")["method"] == "Wilson"
    by = {line.name: line for line in run.lines}
    assert (
        by["bleu"].missing == UNKNOWN
        and by["ter"].missing.endswith("to any")
        and by["chrf"].missing.startswith("0.000")
    )
    row = run.values.filter(metric="task.field_recall.micro").row(0, named=True)
    assert row["low"] < row["value"] * 78 / 80 + 1e-9 and row["high"] == pytest.approx((row["value"] * 78 + 2) / 80)
