"""A judge beside people: numbers against their arithmetic and other libraries."""

import csv
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import polars as pl
import pytest
import statsmodels.stats.inter_rater as sm
from sklearn.metrics import cohen_kappa_score

import bloomery as bl
from bloomery.errors import DataError
from bloomery.judge.calibrate import drift, report
from bloomery.judge.cases import Case, Judgements
from bloomery.judge.labels import labels
from bloomery.judge.measured import Number
from bloomery.judge.position import direction
from bloomery.judge.trust import UNCALIBRATED, trust
from bloomery.stats.interval import Interval
from bloomery.stats.proportion import wilson
from tests.evaluate.runs import run_of
from tests.judge.recorded import Judge

DATA = Path(__file__).parents[3] / "shared" / "data"


def judgements(**more: Any) -> Judgements:
    options = {
        "rater": "j",
        "version": "1",
        "frame": pl.DataFrame(),
        "pairwise": False,
        "canary_won": False,
        "worth": {},
    }
    return Judgements(**(options | more))


def case(k: int, judge: str | None, people: Sequence[str], **more: Any) -> Case:
    told = {f"p{n}": label for n, label in enumerate(people)}
    value = None if judge is None else float(judge == "yes")
    human = sum(label == "yes" for label in people) / len(people) if people else None
    return Case(f"q{k}", judge, value, told, human, None if judge else "no_object", **more)


def test_agreement_beside_the_ceiling_on_the_same_items() -> None:
    """10 items of two people who agree on 8; the judge is right on 7 of these and half right on the others: (7 + 2 · ½)/10."""
    found = [case(k, "yes", ["yes", "yes"]) for k in range(7)] + [case(7, "no", ["yes", "yes"])]
    found += [case(k, "yes", ["yes", "no"]) for k in (8, 9)] + [case(k, "yes", ["yes"]) for k in range(10, 20)]
    told = report(found, judgements())
    assert told.same_items.value == pytest.approx(0.8) and told.same_items.items == 10
    assert told.ceiling.value == pytest.approx(0.8) and told.ceiling.interval == wilson(8, 10)
    assert told.agreement.value == pytest.approx((8 + 10) / 20)
    assert told.same_items.interval is not None
    assert told.trust.value == pytest.approx(told.same_items.interval.low / 0.8)
    assert told.no_majority == 2 and told.twice == 10


def test_one_person_only_asks_for_all() -> None:
    told = report([case(k, "yes", ["yes" if k else "no"]) for k in range(20)], judgements())
    assert told.ceiling.value is None and "no item" in (told.ceiling.why or "")
    assert told.trust.value == pytest.approx(wilson(19, 20).low)


def test_trust_is_unknown_where_nobody_looked_and_satisfies_no_gate() -> None:
    assert UNCALIBRATED.value is None and not UNCALIBRATED.satisfies(0.0)
    assert report([case(k, "yes", ["yes"]) for k in range(9)], judgements(canary_won=None)).trust.value is None
    assert report([case(k, "yes", []) for k in range(9)], judgements()).trust.value is None
    won = trust(Interval(0.9, 1.0), 0.9, canary_won=True)
    assert (won.value, won.satisfies(0.1), won.satisfies(0.0)) == (0.0, False, True)


def test_kappa_of_constant_raters_is_undefined() -> None:
    told = report([case(k, "yes", ["yes", "yes"]) for k in range(30)], judgements())
    assert told.kappa.value is None and "Raw agreement is 100.0%" in (told.kappa.why or "")
    assert told.alpha_people.value is None
    assert told.agreement.value == 1.0 and told.agreement.interval == wilson(30, 30)


def test_majority_of_a_three_way_split_is_none() -> None:
    found = [case(0, "yes", ["yes", "no", "maybe"])] + [
        case(k, "yes" if k % 2 else "no", ["yes", "no", "yes"]) for k in range(1, 20)
    ]
    told = report(found, judgements())
    assert told.no_majority == 1 and told.kappa.items == 0 and told.kappa.why
    assert told.confusion == {"no": {"yes": 9}, "yes": {"no majority": 1, "yes": 10}}


def test_kappa_and_alpha_against_other_libraries() -> None:
    rng = np.random.default_rng(4)
    truth = rng.choice(["yes", "no", "partly"], 150)

    def noisy(share: float) -> list[str]:
        return [str(t) if rng.random() < share else str(rng.choice(["yes", "no", "partly"])) for t in truth]

    judge, one = noisy(0.6), noisy(0.8)
    told = report([case(k, judge[k], [one[k]]) for k in range(150)], judgements())
    assert told.kappa.value == pytest.approx(cohen_kappa_score(judge, one), abs=1e-9)
    table = np.zeros((3, 3))
    codes = {"yes": 0, "no": 1, "partly": 2}
    for a, b in zip(judge, one, strict=True):
        table[codes[a], codes[b]] += 1
    assert told.kappa.value == pytest.approx(sm.cohens_kappa(table).kappa, abs=1e-9)
    both = [[codes[label] for label in rater] for rater in (judge, one)]
    alpha = krippendorff.alpha(reliability_data=both, level_of_measurement="nominal")
    assert told.alpha_with_judge.value == pytest.approx(alpha, abs=1e-9)


def test_unscored_is_its_own_row_and_never_a_label() -> None:
    found = [case(k, None if k < 3 else "yes", ["yes"]) for k in range(10)]
    found.append(case(10, None, [])._replace(error="no_answer"))
    told = report(found, judgements())
    assert told.unscored.value == pytest.approx(0.3) and told.unscored.interval == wilson(3, 10)
    assert told.agreement.items == 7 and told.confusion["unscored"] == {"yes": 3}
    assert told.errors == {"no_object": 3, "no_answer": 1}


def test_ties_in_and_out() -> None:
    rows = [("first", "first")] * 6 + [("tie", "first")] * 2 + [("tie", "tie")] + [("first", "second")]
    found = [Case(f"q{k}", j, None, {"p": h}, None) for k, (j, h) in enumerate(rows)]
    told = report(found, judgements(pairwise=True))
    assert told.agreement.value == pytest.approx(0.7)
    assert told.without_ties is not None and told.without_ties.value == pytest.approx(6 / 7)


def test_position_bias_and_its_direction() -> None:
    """40 of 100 flip, all to what is shown first: consistent .6, first shown wins (60 · ½ + 40)/100 = .7."""
    orders = [("first", "first")] * 30 + [("second", "second")] * 30 + [("first", "second")] * 40
    found = [Case(f"q{k}", "tie", 0.5, {}, None, None, f, b) for k, (f, b) in enumerate(orders)]
    told = report(found, judgements(pairwise=True))
    assert told.consistent == Number(0.6, wilson(60, 100), 100)
    assert told.first_shown is not None and told.first_shown.value == pytest.approx(0.7)
    assert direction(told.first_shown) == "prefers what is shown first"


def test_slope_on_length_is_what_the_judge_adds() -> None:
    """The judge gives 0.1 more than people for each doubling; what people themselves give longer answers is no bias."""
    rng = np.random.default_rng(1)
    length = rng.uniform(5, 12, 200)
    human = np.clip(0.05 * length + rng.normal(0, 0.05, 200), 0, 2)
    found = [
        Case(
            f"q{k}",
            "x",
            float(human[k] + 0.1 * length[k] + rng.normal(0, 0.02)),
            {"p": "x"},
            float(human[k]),
            length=float(length[k]),
        )
        for k in range(200)
    ]
    told = report(found, judgements()).length
    assert told.interval is not None and told.interval.low < 0.1 < told.interval.high
    assert told.value == pytest.approx(0.1, abs=4 * 0.02 / (200**0.5 * 2.02))


def test_drift_between_versions() -> None:
    first = [case(k, "yes" if k < 10 else "no", []) for k in range(20)]
    second = [case(k, "yes" if k < 14 else "no", []) for k in range(20)] + [case(20, None, [])]
    told = drift(first, second, ("1", "2"))
    assert (told.items, told.changed.value, told.shift.value) == (20, 0.2, 0.2)
    assert told.shift.interval is not None and told.shift.interval.low > 0


def test_corrected_by_people_is_right_where_the_judge_is_not() -> None:
    """The judge says yes to all that is yes (60 %) and to half of the rest: 80 %. 300 labels of 3,000 put it right."""
    rng = np.random.default_rng(2)
    truth = rng.random(3000) < 0.6
    judge = truth | (rng.random(3000) < 0.5)
    found = [
        case(k, "yes" if judge[k] else "no", ["yes" if truth[k] else "no"] if k < 300 else []) for k in range(3000)
    ]
    told = report(found, judgements())
    assert told.judge_mean.value == pytest.approx(0.8, abs=0.03)
    assert told.corrected.interval is not None and told.human_mean.interval is not None
    assert told.corrected.interval.low < truth.mean() < told.corrected.interval.high
    width, alone = (end.high - end.low for end in (told.corrected.interval, told.human_mean.interval))
    assert width < alone and told.labels_saved is not None and told.labels_saved > 300


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_labels_of_both_shapes_are_one(tmp_path: Path) -> None:
    long = write(
        tmp_path / "long.jsonl",
        [{"item": "1", "rater": who, "label": label} for who, label in (("a", 4), ("b", "5"))]
        + [{"id": 2, "item": "2", "rater": "a", "label": 3.0}],
    )
    wide = write(tmp_path / "wide.jsonl", [{"id": 1, "a": 4, "b": 5}, {"id": 2, "a": 3, "b": None}])
    assert labels(long).sort("item", "rater").equals(labels(wide, ["a", "b"]).sort("item", "rater"))
    with pytest.raises(DataError, match="no column 'c'"):
        labels(wide, ["a", "c"])
    with pytest.raises(DataError, match="no column for a label"):
        labels(wide)


def test_scores_of_people_are_labels_of_one_metric(tmp_path: Path) -> None:
    """The review stage writes the scores table: as many metrics as it asked for, one of which the judge is put beside."""
    rows = [
        {
            "run": "m",
            "item": "1",
            "metric": f"quality.{name}",
            "value": value,
            "error": None,
            "rater": "ann",
            "version": "1",
        }
        for name, value in (("overall", 4.0), ("clarity", 2.0))
    ]
    path = tmp_path / "scores.parquet"
    pl.DataFrame(rows).write_parquet(path)
    assert labels(path, metric="clarity").rows() == [("1", "ann", "2")]
    assert labels(path, metric="quality.overall").rows() == [("1", "ann", "4")]
    with pytest.raises(DataError, match="several metrics"):
        labels(path)


VALUES = ("accuracy", "completeness", "clarity", "safety")


def says(request: Any) -> str:
    said = request.messages[0].content
    good = 5 if re.search(r"<<answer \w+>>\nright\n", said) else 2
    return json.dumps({"reasoning": "-"} | dict.fromkeys(VALUES, good))


def test_from_a_run_to_a_trust_report(tmp_path: Path) -> None:
    """A judge that is right on all of 60 items, beside two people who differ on 6."""
    right = [k % 3 > 0 for k in range(60)]
    test = [
        {"id": f"q{k}", "prompt": f"Question {k}?", "completion": "right", "domain": "law" if k % 2 else "code"}
        for k in range(60)
    ]
    run_of(tmp_path, "base", right, test=test)
    run = bl.judge_score(
        tmp_path / "base", out=tmp_path / "judged", models={"gpt": Judge(says)}, set=["judge.cache=null"]
    )
    assert run.told["canaries"]["won"] == {"judge": False}
    people = [
        {
            "item": f"q{k}",
            "rater": who,
            "label": (5 if right[k] else 1) if who == "ann" or k >= 6 else (1 if right[k] else 5),
        }
        for k in range(60)
        for who in ("ann", "bob")
    ]
    told = bl.judge_calibrate(
        run.folder, people=write(tmp_path / "people.jsonl", people), out=tmp_path / "trust", slices=["domain"]
    )
    (one,) = told.told["judges"]
    assert one["threshold"] == 3.5 and one["ceiling"]["value"] == pytest.approx(0.9)
    assert one["agreement"]["value"] == pytest.approx((54 + 6 * 0.5) / 60)
    assert one["trust"]["value"] == pytest.approx(min(1.0, one["agreement"]["interval"][0] / 0.9))
    assert {(part["slice"], part["of"]) for part in one["slices"]} >= {("domain", "law"), ("domain", "code")}
    values = pl.read_parquet(tmp_path / "trust" / "values.parquet")
    assert values.filter(pl.col("metric") == "judge.trust")["value"][0] == pytest.approx(one["trust"]["value"])
    page = told.report.read_text()
    assert page.count("<svg") >= 2 and "None" not in page and "nan" not in page


@pytest.mark.skipif(not (DATA / "xstest").exists(), reason="shared data is not here")
@pytest.mark.parametrize(
    ("model", "judge", "one", "other", "ceiling"),
    [
        ("gpt4", "gpt4", 423, 421, 443),
        ("gpt4", "strmatch", 418, 411, 443),
        ("llama2orig", "gpt4", 346, 346, 434),
        ("llama2orig", "strmatch", 360, 361, 434),
    ],
)
def test_xstest_judges_and_string_match_beside_two_annotators(
    tmp_path: Path, model: str, judge: str, one: int, other: int, ceiling: int
) -> None:
    """Agreement with each of two people, of 450, and of these with each other (`agreement` in the files)."""
    kind = "gpteval" if judge == "gpt4" else "streval"
    path = DATA / f"xstest/evaluation/automated_evaluation_labels/xstest_v2_completions_{model}_{kind}.csv"
    told = bl.judge_calibrate(
        path, people=path, out=tmp_path / "trust", label=["annotation_1", "annotation_2"], judged_label=f"{judge}_label"
    )
    (found,) = told.told["judges"]
    assert found["agreement"]["value"] == pytest.approx((one + other) / 900)
    assert found["same_items"]["items"] == 450 and found["ceiling"]["value"] == pytest.approx(ceiling / 450)
    assert found["trust"]["value"] is None  # no canary was judged
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["annotation_1"] == row["annotation_2"]]
    kappa = cohen_kappa_score([row[f"{judge}_label"] for row in rows], [row["annotation_1"] for row in rows])
    assert found["kappa"]["value"] == pytest.approx(kappa, abs=1e-9) and math.isfinite(kappa)
    assert found["no_majority"] == 450 - ceiling
