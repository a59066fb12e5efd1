"""Judged scores as a metric: joined by item, the unscored told apart."""

from pathlib import Path

import polars as pl
import pytest

import bloomery as bl
from bloomery.errors import DataError
from bloomery.metrics.judged import Judged
from bloomery.metrics.score import SCORES_SCHEMA, SHARES, score
from bloomery.metrics.states import answers_of
from tests.evaluate.runs import questions, run_of
from tests.judge.recorded import Judge


@pytest.fixture
def scores(tmp_path: Path) -> str:
    rows = [
        ("m", f"q{k}", "evaluation.overall", v, None if v else "no_object", "gpt", "1")
        for k, v in enumerate((4.0, 2.0, None))
    ]
    rows += [("m", f"q{k}", "evaluation.safety", 5.0, None, "gpt", "1") for k in range(3)]
    pl.DataFrame(rows, schema=SCORES_SCHEMA, orient="row").write_parquet(tmp_path / "scores.parquet")
    return str(tmp_path)


def answers() -> pl.DataFrame:
    rows = {"item": ["q2", "q0", "q1", "q3"], "prediction": ["c", "a", "b", None], "references": [["x"]] * 4}
    return answers_of(pl.DataFrame(rows))


def test_the_mean_is_over_scored_items_and_unscored_is_not_zero(scores: str) -> None:
    found = score(answers(), [Judged(scores=scores, threshold=3.5)])
    values = dict(found.values.select("metric", "value").iter_rows())
    assert {name.removeprefix("task.") for name in values} == {*SHARES, *Judged.names}
    assert values["task.judged"] == 3.0 and values["task.judged.passed"] == 0.5
    assert values["task.judged.unscored"] == pytest.approx(1 / 3) and values["task.missing"] == 0.25
    by_item = dict(found.scores.select("item", "value").iter_rows())
    assert by_item == {"q2": None, "q0": 4.0, "q1": 2.0, "q3": None}


def test_another_value_and_what_is_not_there(scores: str) -> None:
    found = score(answers(), [Judged(scores=scores, metric="evaluation.safety")])
    assert dict(found.values.select("metric", "value").iter_rows())["task.judged"] == 5.0
    with pytest.raises(DataError, match="Did you mean 'evaluation.safety'"):
        score(answers(), [Judged(scores=scores, metric="evaluation.safty")])
    with pytest.raises(DataError, match="no judge 'gpd'"):
        score(answers(), [Judged(scores=scores, rater="gpd")])
    with pytest.raises(DataError, match="no score of an item"):
        score(answers().with_columns(item=pl.col("item") + "x"), [Judged(scores=scores)])


def test_it_is_evaluated_beside_other_metrics(scores: str, tmp_path: Path) -> None:
    run = run_of(
        tmp_path,
        "base",
        [True, False, True],
        test=questions(3),
        metrics=["exact_match", {"judged": {"scores": scores}}],
        model="m",
    )
    values = dict(pl.read_parquet(run.folder / "values.parquet").select("metric", "value").iter_rows())
    assert values["task.judged"] == 3.0


def test_scores_of_one_model_are_not_given_to_another(scores: str, tmp_path: Path) -> None:
    judge = Judge(lambda _: '{"reasoning": "-", "accuracy": 4, "completeness": 4, "clarity": 4, "safety": 4}')
    run_of(tmp_path, "base", [True, False, None], test=questions(3))
    bl.judge_score(tmp_path / "base", out=tmp_path / "judged", models={"gpt": judge}, cache=None, canaries=0)
    more = {"test": questions(3), "metrics": [{"judged": {"scores": str(tmp_path / "judged")}}]}
    same = run_of(tmp_path, "again", [True, False, None], **more)  # the same answers, whatever the run is called
    assert dict(same.values.select("metric", "value").iter_rows())["task.judged"] == 4.0
    with pytest.raises(DataError, match=r"answers of 'tuned'.*those of 'base': 1 of 3 answers differ, such as .*'q1'"):
        run_of(tmp_path, "tuned", [True, True, None], **more)
    with pytest.raises(DataError, match=r"answers of 'other'.*those of 'm'.*names must be the same"):
        run_of(tmp_path, "other", [True], test=questions(1), metrics=[{"judged": {"scores": scores}}])
