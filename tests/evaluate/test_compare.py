"""Pairs of runs, item by item: the tests, what is left out, what is never compared in silence."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import bloomery as bl
from bloomery.errors import DataError, RecipeError
from bloomery.evaluate.identity import CHECKED, digests
from bloomery.metrics.classification import Classification
from bloomery.stats.mcnemar import mcnemar
from bloomery.stats.mean import clustered_error
from bloomery.stats.multiple import holm
from bloomery.stats.paired import paired_t, sign_flip
from bloomery.stats.paired_bootstrap import paired_bootstrap
from bloomery.stats.score import tango
from bloomery.stats.unpaired import two_proportions
from tests.evaluate.runs import questions, run_of, write


def folders(*runs) -> list[Path]:
    return [run.folder for run in runs]


def pattern(both: int, lost: int, gained: int, neither: int) -> tuple[list[bool], list[bool]]:
    """What reference and other got right."""
    a = [True] * (both + lost) + [False] * (gained + neither)
    b = [True] * both + [False] * lost + [True] * gained + [False] * neither
    return a, b


def only(result) -> dict:
    (row,) = result.told["comparisons"]
    return row


def test_unpaired_z_on_paired_items(tmp_path: Path) -> None:
    """3 lost and 12 gained of 43: p is .052 if the pairing is ignored, and .035 by McNemar's test, which is the question."""
    a, b = pattern(both=15, lost=3, gained=12, neither=13)
    assert two_proportions(sum(a), 43, sum(b), 43) == pytest.approx(0.052, abs=5e-4)
    row = only(bl.compare(*folders(run_of(tmp_path, "a", a), run_of(tmp_path, "b", b))))
    assert row["p"] == mcnemar(12, 3).p == pytest.approx(0.0352, abs=5e-5)
    assert (row["difference"], tuple(row["interval"])) == (pytest.approx(9 / 43), tango(12, 3, 43))
    assert row["says"] == "better"
    assert "McNemar, exact (b = 3, c = 12: discordance 0.349)" in row["method"]
    assert (row["only_reference"], row["only_other"], row["discordance"]) == (3, 12, pytest.approx(15 / 43))


def test_b_and_c_are_0_gives_p_1_and_an_interval_with_a_width(tmp_path: Path) -> None:
    a, b = pattern(both=10, lost=0, gained=0, neither=10)
    row = only(bl.compare(*folders(run_of(tmp_path, "a", a), run_of(tmp_path, "b", b))))
    assert (row["p"], row["difference"], row["says"]) == (1.0, 0.0, "undecided")
    assert row["interval"][0] < 0 < row["interval"][1]
    assert row["needed"]["n"] is None
    assert "No item came out differently" in row["sentence"]


def test_n_below_2_is_not_computable(tmp_path: Path) -> None:
    runs = run_of(tmp_path, "a", [True, None]), run_of(tmp_path, "b", [False, True])
    row = only(bl.compare(*folders(*runs)))
    assert (row["p"], row["interval"], row["difference"], row["says"]) == (None, None, None, "not computable")
    assert "At least 2 scored items are needed, there is 1" in row["error"]
    nothing = only(
        bl.compare(*folders(run_of(tmp_path, "c", [None]), run_of(tmp_path, "d", [None])), metric=["exact_match"])
    )
    assert "there are 0" in nothing["error"]


def test_rerun_appends_duplicates(tmp_path: Path) -> None:
    """Two runs of one model without a seed that tells them apart are never averaged, and one folder is no second run."""
    a, b = pattern(both=5, lost=3, gained=1, neither=3)
    first, again, other = (
        run_of(tmp_path, name, right, model=model)
        for name, right, model in (("one", a, "m"), ("two", a, "m"), ("three", b, "n"))
    )
    told = bl.compare(*folders(first, again, other)).told
    assert [run["model"] for run in told["runs"]] == [f"m ({first.folder})", f"m ({again.folder})", "n"]
    assert any("without seeds that tell them apart" in note for note in told["notes"])
    with pytest.raises(DataError, match="given twice"):
        bl.compare(first.folder, first.folder)


def test_missing_answers_are_left_out_counted_and_bounded(tmp_path: Path) -> None:
    a, b = pattern(both=6, lost=3, gained=1, neither=2)
    a[0], b[1], a[11] = None, None, None  # 9 items with both: 4 both right, 3 lost, 1 gained, 1 neither
    row = only(bl.compare(*folders(run_of(tmp_path, "a", a), run_of(tmp_path, "b", b))))
    assert (row["n"], row["unscored"]) == (9, 3)
    assert row["difference"] == pytest.approx(-2 / 9)
    # worst for b: a missing → right (+1, +1), b missing → wrong: (1 − 3 + (1 − 1) + (0 − 1) + (0 − 1)) / 12
    assert row["bounds"] == (pytest.approx(-4 / 12), pytest.approx(-1 / 12))


def test_other_questions_under_the_same_id_are_refused(tmp_path: Path) -> None:
    rows = questions(4)
    other = [{**row, "prompt": row["prompt"].upper()} if row["id"] == "q2" else row for row in rows]
    runs = run_of(tmp_path, "a", [True] * 4, test=rows), run_of(tmp_path, "b", [True] * 4, test=other)
    with pytest.raises(DataError, match="not of the same test.*another in 1 items, first in item 'q2'"):
        bl.compare(*folders(*runs))
    nothing = run_of(tmp_path, "c", [True], test=[{**rows[0], "id": "z"}])
    with pytest.raises(DataError, match="no test item in common"):
        bl.compare(runs[0].folder, nothing.folder)


def test_items_of_one_run_only_are_counted_and_said(tmp_path: Path) -> None:
    rows = questions(10)
    a = run_of(tmp_path, "a", [True] * 8, test=rows[:8])
    b = run_of(tmp_path, "b", [True, False] * 4, test=rows[2:])
    result = bl.compare(a.folder, b.folder)
    assert only(result)["n"] == 6
    assert any("2 items are in a but not" in note for note in result.notes)
    assert any("2 items are in b but not" in note for note in result.notes)


def test_labels_learnt_from_other_items_do_not_decide(tmp_path: Path) -> None:
    """The label set of a run with fewer items lacks a label that the other knows; both are read with one set."""
    rows = [{"id": k, "text": f"t{k}", "label": "ab"[k % 2]} for k in range(6)]
    said = [{"id": k, "prediction": "it is a, not c"} for k in range(6)]
    predictions = write(tmp_path / "p.jsonl", said)
    more = [*rows, {"id": 9, "text": "t9", "label": "c"}]
    a, b = (
        bl.evaluate(predictions, test=write(tmp_path / f"{name}.t.jsonl", test), out=tmp_path / name, metrics=["classification"])
        for name, test in (("a", rows), ("b", more))
    )  # fmt: skip
    for row in bl.compare(a.folder, b.folder).told["comparisons"]:
        assert row["difference"] in (0.0, None)


def test_the_order_of_the_rows_is_no_matter(tmp_path: Path) -> None:
    a, b = pattern(both=6, lost=4, gained=1, neither=2)
    rows = questions(len(a))
    runs = run_of(tmp_path, "a", a, test=rows), run_of(tmp_path, "b", b, test=rows)
    turned = run_of(tmp_path, "turned", b[::-1], test=rows[::-1], model="b")
    first, second = (only(bl.compare(runs[0].folder, run.folder)) for run in (runs[1], turned))
    assert first == second


def test_other_options_or_versions_are_never_compared(tmp_path: Path) -> None:
    labels = [{"classification": {"labels": ["right", "wrong"]}}]
    more = [{"classification": {"labels": ["right", "wrong", "other"]}}]
    a = run_of(tmp_path, "a", [True, False], metrics=labels)
    b = run_of(tmp_path, "b", [True, True], metrics=more)
    with pytest.raises(DataError, match="options of the metric classification differ in labels"):
        bl.compare(a.folder, b.folder)
    c = run_of(tmp_path, "c", [True, True], metrics=labels)
    manifest = json.loads((c.folder / "manifest.json").read_text())
    manifest["metrics"][0]["version"] = "0.0.9"
    (c.folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match="scored with other versions of the metric"):
        bl.compare(a.folder, c.folder)


def test_values_that_the_answers_no_longer_give_are_refused(tmp_path: Path) -> None:
    a, b = (
        run_of(tmp_path, name, right, metrics=["classification"])
        for name, right in (("a", [1, 0, 1]), ("b", [1, 1, 0]))
    )
    changed = b.values.with_columns(value=pl.col("value") + 0.1)
    changed.write_parquet(b.folder / "values.parquet")
    with pytest.raises(
        DataError, match="values.parquet of .*b is not the file.*Expected SHA-256.*as in its manifest.*Evaluate again"
    ):
        bl.compare(a.folder, b.folder, metric=["f1.macro"])
    forged(b.folder)
    with pytest.raises(
        DataError, match="f1.macro of .*b is not what its answers give|accuracy of .*b is not what its answers"
    ):
        bl.compare(a.folder, b.folder, metric=["f1.macro"])


def forged(folder: Path) -> None:
    """A manifest that vouches for the files as they are now."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = digests(folder, CHECKED)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_tampered_scores_are_refused_even_where_the_manifest_vouches_for_them(tmp_path: Path) -> None:
    a, b = run_of(tmp_path, "a", [True, False, False, True]), run_of(tmp_path, "b", [True, False, False, False])
    better = b.scores.with_columns(value=pl.lit(1.0))
    better.write_parquet(b.folder / "scores.parquet")
    with pytest.raises(
        DataError, match="scores.parquet of .*b is not the file.*Expected SHA-256.*Found.*Evaluate again"
    ):
        bl.compare(a.folder, b.folder)
    forged(b.folder)
    with pytest.raises(
        DataError, match="3 scores of exact_match in .*b are not.*Expected 0 for item 'q1'.*Found 1 in scores.parquet"
    ):
        bl.compare(a.folder, b.folder)


def test_scores_copied_from_another_run_are_refused(tmp_path: Path) -> None:
    a, b = run_of(tmp_path, "a", [True, True, False, True]), run_of(tmp_path, "b", [True, False, False, False])
    for name in ("scores.parquet", "values.parquet"):
        (b.folder / name).write_bytes((a.folder / name).read_bytes())
    with pytest.raises(DataError, match="scores.parquet of .*b is not the file"):
        bl.compare(a.folder, b.folder)
    (b.folder / "answers.parquet").unlink()
    with pytest.raises(DataError, match="answers.parquet of .*b is gone"):
        bl.compare(a.folder, b.folder)


def test_a_metric_of_one_run_only_is_said_and_cannot_be_asked_for(tmp_path: Path) -> None:
    a = run_of(tmp_path, "a", [True, False, True], metrics=["exact_match", "classification"])
    b = run_of(tmp_path, "b", [True, True, False])
    result = bl.compare(a.folder, b.folder)
    assert only(result)["metric"] == "exact_match"
    assert any(note.startswith("classification: not in all runs") for note in result.notes)
    with pytest.raises(RecipeError, match="made by classification, which not all runs have"):
        bl.compare(a.folder, b.folder, metric=["accuracy"])
    with pytest.raises(RecipeError, match="Did you mean 'exact_match'"):
        bl.compare(a.folder, b.folder, metric=["exact_mach"])


def three_labels(folder: Path, name: str, seed: int, n: int = 60, **options):
    rng = np.random.default_rng(seed)
    rows = [{"id": k, "text": f"t{k}", "label": "abc"[k % 3], "doc": k // 5} for k in range(n)]
    said = [row["label"] if rng.random() < 0.6 else "abc"[rng.integers(3)] for row in rows]
    answers = [{"id": row["id"], "prediction": one} for row, one in zip(rows, said, strict=True)]
    return bl.evaluate(
        write(folder / f"{name}.jsonl", answers), test=write(folder / "test.jsonl", rows), out=folder / name, **options
    )


def test_a_value_of_the_whole_test_by_paired_bootstrap(tmp_path: Path) -> None:
    a, b = three_labels(tmp_path, "a", 1), three_labels(tmp_path, "b", 2)
    row = only(bl.compare(a.folder, b.folder, metric=["f1.macro"], seed=3))
    metric = Classification(labels=("a", "b", "c"))
    first, second = metric.items(a.answers), metric.items(b.answers)
    oracle = paired_bootstrap(
        lambda rows: metric.total(second[rows])["f1.macro"],
        lambda rows: metric.total(first[rows])["f1.macro"],
        60,
        seed=3,
    )
    assert (row["difference"], row["p"]) == (pytest.approx(oracle.value), oracle.p)
    assert tuple(row["interval"]) == pytest.approx(oracle.interval)
    assert row["flips"] is None


def test_graded_scores_by_flips_of_signs_and_t(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    words = [" ".join(rng.choice(list("abcdefgh"), 6)) for _ in range(40)]
    rows = [{"id": k, "prompt": f"{k}?", "completion": text} for k, text in enumerate(words)]
    said = [[" ".join(rng.permutation(text.split())[: rng.integers(1, 7)]) for text in words] for _ in range(2)]
    test = write(tmp_path / "test.jsonl", rows)
    runs = [
        bl.evaluate(
            write(tmp_path / f"{k}.jsonl", [{"id": i, "prediction": one} for i, one in enumerate(texts)]),
            test=test, out=tmp_path / f"run{k}", metrics=["token_f1"],
        )
        for k, texts in enumerate(said)
    ]  # fmt: skip
    row = only(bl.compare(*folders(*runs), seed=5))
    a, b = (run.scores["value"].to_numpy() for run in runs)
    assert row["p"] == sign_flip(b, a, seed=5).p
    assert tuple(row["interval"]) == pytest.approx(paired_t(b, a).interval)
    assert row["needed"]["n"] is not None


def test_clusters_widen_by_the_clustered_error(tmp_path: Path) -> None:
    a, b = three_labels(tmp_path, "a", 1), three_labels(tmp_path, "b", 2)
    row = only(bl.compare(a.folder, b.folder, metric=["exact_match"], cluster="doc"))
    first, second = (run.scores.filter(metric="task.exact_match")["value"].to_numpy() for run in (a, b))
    docs = np.arange(60) // 5
    interval = paired_t(second, first, clusters=docs).interval
    assert tuple(row["interval"]) == pytest.approx(interval)
    half = (interval.high - interval.low) / 2
    assert half == pytest.approx(
        2.201 * np.sqrt(12 / 11) * clustered_error(second - first, docs), rel=1e-3
    )  # t of df 11
    assert "clustered" in row["method"]
    assert only(bl.compare(a.folder, b.folder, metric=["f1.macro"], cluster="doc"))["p"] <= 1
    with pytest.raises(DataError, match="no column 'dok' to cluster by.*Did you mean 'doc'"):
        bl.compare(a.folder, b.folder, cluster="dok")


def test_p_values_are_corrected_over_values_and_models_and_wide_intervals_hold_for_all(tmp_path: Path) -> None:
    runs = [three_labels(tmp_path, name, seed) for name, seed in (("a", 1), ("b", 2), ("c", 3))]
    told = bl.compare(*folders(*runs)).told
    rows = told["comparisons"]
    assert [(row["other"], row["metric"]) for row in rows] == [
        (other, metric) for other in "bc" for metric in ("accuracy", "f1.macro")
    ]
    assert [row["p_holm"] for row in rows] == pytest.approx(holm([row["p"] for row in rows]).tolist())
    for row in rows:
        assert row["simultaneous"][0] <= row["interval"][0] < row["interval"][1] <= row["simultaneous"][1]
    accuracy = rows[0]
    lost, gained = (len(accuracy["flips"][way]) for way in ("lost", "gained"))
    assert tuple(accuracy["simultaneous"]) == tango(gained, lost, 60, 1 - 0.05 / 4)


def test_runs_stand_in_the_order_given_and_none_is_called_the_best(tmp_path: Path) -> None:
    runs = [run_of(tmp_path, name, [True] * k + [False] * (9 - k)) for name, k in (("m2", 4), ("m1", 8), ("m3", 6))]
    result = bl.compare(*folders(*runs), out=tmp_path / "out")
    assert [run["model"] for run in result.told["runs"]] == ["m2", "m1", "m3"]
    assert {row["reference"] for row in result.told["comparisons"]} == {"m2"}
    assert "m1 is best" not in (tmp_path / "out" / "report.html").read_text()


def test_less_is_better_for_a_cost(tmp_path: Path) -> None:
    rows = questions(20)
    test = write(tmp_path / "test.jsonl", rows)

    def run(name: str, price: float):
        answers = [
            {"id": row["id"], "prediction": "right", "money": price + 0.01 * (k % 3)} for k, row in enumerate(rows)
        ]
        return bl.evaluate(write(tmp_path / f"{name}.jsonl", answers), test=test, out=tmp_path / name, metrics=["cost"])

    cheap, dear = run("cheap", 1.0), run("dear", 1.5)
    row = only(bl.compare(cheap.folder, dear.folder))
    assert (row["metric"], row["difference"]) == ("money", pytest.approx(0.5))
    assert (row["says"], row["p"]) == ("worse", pytest.approx(1 / 10_001))
    assert "dear is worse than cheap by 0.500" in row["sentence"]
    assert row["interval"] is None  # every difference is the same: no variance to make an interval of
    assert row["drop"] == pytest.approx(0.05 * cheap.value("money"))  # without an end of the range: of the reference


def test_what_would_be_worse_for_a_cost_is_a_rise(tmp_path: Path) -> None:
    rows, rng = questions(30), np.random.default_rng(7)
    test = write(tmp_path / "test.jsonl", rows)

    def run(name: str):
        answers = [{"id": row["id"], "prediction": "right", "money": float(rng.random())} for row in rows]
        return bl.evaluate(write(tmp_path / f"{name}.jsonl", answers), test=test, out=tmp_path / name, metrics=["cost"])

    row = only(bl.compare(*folders(run("a"), run("b"))))
    assert row["says"] == "undecided"
    assert "30 items show a rise by" in row["sentence"]


def test_flips_name_items_and_show_both_answers(tmp_path: Path) -> None:
    a, b = pattern(both=2, lost=2, gained=1, neither=1)
    runs = run_of(tmp_path, "a", a), run_of(tmp_path, "b", b)
    result = bl.compare(*folders(*runs), out=tmp_path / "out")
    assert result.flips("exact_match") == {"lost": ["q2", "q3"], "gained": ["q4"]}
    told = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert told["comparisons"][0]["flips"] == {"lost": ["q2", "q3"], "gained": ["q4"], "same": 3}
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Question 4?" in page
    assert page.count("<svg") >= 1
    assert "p (Holm)" in result._repr_html_()
    assert result.comparisons["metric"].to_list() == ["exact_match"]
    with pytest.raises(KeyError):
        result.flips("accuracy")


def test_an_undecided_comparison_says_how_many_items_would_decide(tmp_path: Path) -> None:
    a, b = pattern(both=60, lost=8, gained=7, neither=25)
    row = only(bl.compare(*folders(run_of(tmp_path, "a", a), run_of(tmp_path, "b", b))))
    assert row["says"] == "undecided"
    # Connor (1987) with ψ = .15, δ = .05: (1.95996 √.15 + .84162 √(.15 − .0025))² / .0025 = 469
    assert row["needed"]["n"] == 469
    assert "you would need n = 469 items to see one by 0.050" in row["sentence"]


def test_a_drop_that_matters_is_excluded_by_the_interval(tmp_path: Path) -> None:
    a, b = pattern(both=480, lost=3, gained=3, neither=14)
    runs = folders(run_of(tmp_path, "a", a), run_of(tmp_path, "b", b))
    row = only(bl.compare(*runs, drop=0.05))
    assert row["drop_excluded"]
    assert "a drop by 0.050 or more is excluded" in row["sentence"]
    assert not only(bl.compare(*runs, drop=0.001))["drop_excluded"]


def test_hostile_texts_stay_texts_in_the_report(tmp_path: Path) -> None:
    rows = [{"id": f"<i>{k}", "prompt": "<script>p</script>", "completion": "right"} for k in range(4)]
    runs = (
        run_of(tmp_path, "a", [True] * 4, test=rows, model="<b>a"),
        run_of(tmp_path, "b", [False] * 4, test=rows, model="</svg><u>b"),
    )
    bl.compare(*folders(*runs), out=tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    for tag in ("<script", "<i>", "<b>a", "</svg><u>"):
        assert tag not in page
    assert "&lt;script&gt;p" in page


def test_two_runs_at_least_and_options_that_fit(tmp_path: Path) -> None:
    run = run_of(tmp_path, "a", [True, False])
    with pytest.raises(DataError, match="nothing to compare with"):
        bl.compare(run.folder)
    with pytest.raises(RecipeError, match="drop should be greater than 0"):
        bl.compare(run.folder, run.folder, drop=-1)
    with pytest.raises(DataError, match="not an evaluated run"):
        bl.compare(run.folder, tmp_path)


def test_few_clusters_need_more_clusters_and_not_more_items(tmp_path: Path) -> None:
    """49 items of 5 documents are lost: flips of 5 clusters never have a p below 2/32, and no number of items changes that."""
    test = questions(100, doc=[k % 5 for k in range(100)])
    a = run_of(tmp_path, "a", [True] * 100, test=test)
    b = run_of(tmp_path, "b", [k % 2 == 0 or k < 2 for k in range(100)], test=test)
    row = only(bl.compare(a.folder, b.folder, cluster="doc"))
    assert row["p"] == pytest.approx(2 / 32)
    assert row["needed"]["n"] is None and row["needed"]["why"].startswith("5 clusters are few")


def test_a_bootstrap_of_few_items_says_that_it_is_too_sure(tmp_path: Path) -> None:
    a, b = three_labels(tmp_path, "a", 1), three_labels(tmp_path, "b", 2)
    assert "of 60 items it is too sure" in only(bl.compare(a.folder, b.folder, metric=["f1.macro"]))["method"]


def test_options_that_differ_are_named_with_both_values(tmp_path: Path) -> None:
    a = run_of(tmp_path, "a", [True, False], metrics=["classification"])
    b = run_of(tmp_path, "b", [True, False], metrics=[{"classification": {"labels": ["right", "wrong"]}}])
    said = r"differ in labels. Expected labels: \[\], as in .*/a. Found labels: \[\"right\", \"wrong\"\] in .*/b. Evaluate one"
    with pytest.raises(DataError, match=said):
        bl.compare(a.folder, b.folder)


def test_a_column_of_two_values_is_no_good_cluster_and_the_note_says_what_one_is(tmp_path: Path) -> None:
    test = questions(40, region=["north", "south"] * 20, state=["CA", "NY"] * 20, doc=[f"d{k // 2}" for k in range(40)])
    a, b = (run_of(tmp_path, name, [k % 3 > off for k in range(40)], test=test) for name, off in (("a", 0), ("b", 1)))
    notes = bl.compare(a.folder, b.folder, cluster="region").notes
    assert any("region has 2 values, so there are 2 clusters, which are few" in one for one in notes)
    assert any("such as all questions about one document" in one and "--slice region" in one for one in notes)
    assert not any("clusters" in one for one in bl.compare(a.folder, b.folder, cluster="doc").notes)
    with pytest.raises(
        DataError, match="cannot be clustered by.*the one of the test is test_state. Use --cluster test_state"
    ):
        bl.compare(a.folder, b.folder, cluster="state")
    with pytest.raises(DataError, match="prompt cannot be clustered by.*Name another column"):
        bl.compare(a.folder, b.folder, cluster="prompt")


def test_near_names_of_values_are_suggested(tmp_path: Path) -> None:
    a, b = (run_of(tmp_path, name, [True, False], metrics=["classification"]) for name in "ab")
    for wanted, said in (
        ("f1", "Did you mean 'f1.macro', 'f1.macro.majority', 'f1.micro' or 'f1.weighted'"),
        ("clasification", "Did you mean 'classification'"),
        ("acuracy", "a value of a metric that all runs have: accuracy, .*Did you mean 'accuracy'"),
    ):
        with pytest.raises(RecipeError, match=said):
            bl.compare(a.folder, b.folder, metric=[wanted])
