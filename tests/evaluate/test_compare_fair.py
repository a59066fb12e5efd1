"""What a comparison says must be what it can know: enough resamples, no test twice, the clusters of the runs, true hints."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bloomery as bl
from bloomery.cli.compare import told as printed
from bloomery.errors import OutputError, RecipeError
from bloomery.evaluate.resampled import enough
from bloomery.stats.proportion import wilson
from bloomery.stats.score import tango
from tests.evaluate.runs import questions, run_of, write


def labelled(folder: Path, name: str, said: list[str], rows: list[dict[str, Any]], **options: Any) -> Any:
    answers = [{"id": row["id"], "prediction": one} for row, one in zip(rows, said, strict=True)]
    test = write(folder / "test.jsonl", rows)
    options = {"metrics": ["classification"]} | options
    return bl.evaluate(write(folder / f"{name}.jsonl", answers), test=test, out=folder / name, **options)


def grouped_rows(groups: int, size: int) -> list[dict[str, Any]]:
    return [
        {"id": k, "text": f"t{k}", "label": "ab"[k % 2], "group": f"g{k // size:02}", "doc": k // 4}
        for k in range(groups * size)
    ]


def mostly_wrong(rows: list[dict[str, Any]], size: int) -> list[str]:
    """All but two wrong in the first group, one wrong in each other."""
    right = [row["label"] for row in rows]
    return ["ba"[k % 2] if k < size - 2 or k % size == 3 else one for k, one in enumerate(right)]


def test_many_slices_of_a_corpus_value_get_resamples_enough_to_be_significant(tmp_path: Path) -> None:
    """60 slices: with 1,000 resamples p after Holm would be 60/1,001 = .0599 at least, whatever was seen."""
    rows = grouped_rows(60, 20)
    said = {"a": [row["label"] for row in rows], "b": mostly_wrong(rows, 20)}
    a, b = (labelled(tmp_path, name, one, rows, slices=["group"]) for name, one in said.items())
    worst = bl.compare(a.folder, b.folder, metric=["f1.macro"]).told["slices"][0]
    assert (worst["of"], worst["says"]) == ("g00", "worse")
    assert worst["p"] == pytest.approx(1 / 12_001) and worst["p_holm"] == pytest.approx(60 / 12_001)
    assert "paired bootstrap (12,000)" in worst["method"]


def test_the_smallest_p_of_enough_resamples_survives_the_correction() -> None:
    for tests in (1, 7, 60, 100):
        assert tests / (enough(tests, 0.05) + 1) < 0.05 / 9


def test_a_p_at_its_floor_says_so_and_names_no_number_of_items(tmp_path: Path) -> None:
    """There are 20,000 resamples at most: p is 1/20,001, and .005 after Holm, where alpha is .001."""
    rows = grouped_rows(100, 10)
    said = {"a": [row["label"] for row in rows], "b": mostly_wrong(rows, 10)}
    a, b = (labelled(tmp_path, name, one, rows, slices=["group"]) for name, one in said.items())
    row = bl.compare(a.folder, b.folder, metric=["f1.macro"], alpha=0.001).told["slices"][0]
    assert row["says"] == "undecided" and row["needed"]["n"] is None
    assert row["sentence"].endswith("p cannot get lower with 20,000 resamples, and it is corrected for 100 tests.")


def test_baselines_have_no_interval_and_no_value_is_outside_of_its_own(tmp_path: Path) -> None:
    rows = [{"id": k, "text": f"t{k}", "label": f"label {k}"} for k in range(12)]
    run = labelled(tmp_path, "a", [row["label"] for row in rows], rows)
    told = run.manifest["intervals"]
    for name in ("accuracy.majority", "accuracy.prior", "f1.macro.majority"):
        assert told[f"task.{name}"]["low"] is None and "biased upwards" in told[f"task.{name}"]["why"]
    for name, one in told.items():
        value = run.value(name)
        assert one["low"] is None or one["low"] - 1e-9 <= value <= one["high"] + 1e-9, name


def test_the_clusters_of_the_runs_are_those_of_the_comparison(tmp_path: Path) -> None:
    rows = questions(60, doc=[k // 3 for k in range(60)])
    rng = np.random.default_rng(3)
    a, b = (
        run_of(tmp_path, name, (rng.random(60) < 0.6).tolist(), test=rows, cluster="doc", metrics=["exact_match"])
        for name in "ab"
    )
    taken, named = bl.compare(a.folder, b.folder), bl.compare(a.folder, b.folder, cluster="doc")
    (row,) = taken.told["comparisons"]
    assert row == named.told["comparisons"][0] and "clustered" in row["method"]
    assert taken.told["options"]["cluster"] == "doc"
    assert any(note.startswith("clustered by doc, as the runs were evaluated") for note in taken.notes)
    assert not any("as the runs were evaluated" in note for note in named.notes)
    (alone,) = bl.compare(a.folder, b.folder, cluster="").told["comparisons"]
    assert "McNemar" in alone["method"]
    c = run_of(tmp_path, "c", [True] * 60, test=rows)
    apart = bl.compare(a.folder, c.folder)
    assert "McNemar" in apart.told["comparisons"][0]["method"]
    assert any("not clustered, since the runs were not evaluated alike" in note for note in apart.notes)


def test_a_value_that_is_the_same_item_by_item_is_no_test_of_its_own(tmp_path: Path) -> None:
    rows = grouped_rows(3, 10)
    right = [row["label"] for row in rows]
    options: dict[str, Any] = {"metrics": ["classification", "exact_match"]}
    a = labelled(tmp_path, "a", right, rows, **options)
    b = labelled(tmp_path, "b", ["a"] * 30, rows, **options)
    found = bl.compare(a.folder, b.folder)
    assert [row["metric"] for row in found.told["comparisons"]] == ["accuracy", "f1.macro"]
    assert any(note.startswith("exact_match is the same as accuracy for every item") for note in found.notes)
    asked = bl.compare(a.folder, b.folder, metric=["accuracy", "exact_match"]).told["comparisons"]
    assert len(asked) == 2
    c = labelled(tmp_path, "c", [f"Label: {one}" for one in right], rows, **options)  # read as a label, no exact match
    assert len(bl.compare(a.folder, c.folder).told["comparisons"]) == 3


def test_the_worst_slices_are_the_worst_of_all_values_and_models(tmp_path: Path) -> None:
    rows = questions(60, lang=[f"l{k // 10}" for k in range(60)])
    a = run_of(tmp_path, "a", [True] * 60, test=rows, slices=["lang"])
    b = run_of(tmp_path, "b", [k % 10 >= k // 10 for k in range(60)], test=rows, slices=["lang"])  # 0 to 5 lost
    c = run_of(tmp_path, "c", [k != 0 for k in range(60)], test=rows, slices=["lang"])
    found = bl.compare(a.folder, b.folder, c.folder)
    rows_ = found.told["slices"]
    assert [row["difference"] for row in rows_] == sorted(row["difference"] for row in rows_)
    shown = [line for line in printed(found).splitlines() if line.startswith("lang = ")]
    assert [line.split()[2] for line in shown] == ["l5", "l4", "l3", "l2", "l1"]
    assert "slices  the 5 worst of 12; all are in the report" in printed(found)


def test_no_slice_that_can_be_compared_says_why_and_shows_no_empty_table(tmp_path: Path) -> None:
    rows = questions(3, lang=["de", "en", "fr"])
    a, b = (
        run_of(tmp_path, name, [True, ok, True], test=rows, slices=["lang"]) for name, ok in (("a", True), ("b", False))
    )
    said = printed(bl.compare(a.folder, b.folder))
    assert "slices  none: 3 of 3 cannot be compared: At least 2 scored items are needed, there is 1." in said
    assert "worst" not in said and "slice  " not in said.replace("slices  ", "")


def test_what_would_decide_is_told_at_the_level_of_all_comparisons(tmp_path: Path) -> None:
    """Of 4 slices each needs the n of alpha/4; one with items enough says that its interval does not exclude the drop."""
    size = 400
    rows = questions(4 * size, lang=[f"l{k // size}" for k in range(4 * size)])
    a = run_of(tmp_path, "a", [k % 20 >= 2 for k in range(4 * size)], test=rows, slices=["lang"])
    # 18 lost and 10 gained in the first slice, none differs elsewhere but two
    lost, gained = set(range(3, 3 + 20 * 15, 20)), {0, 20, 40, 60, 80, 100, 120}
    b = run_of(
        tmp_path, "b", [(k % 20 >= 2 or k in gained) and k not in lost and k % size != 399 for k in range(4 * size)],
        test=rows, slices=["lang"],
    )  # fmt: skip
    row = next(one for one in bl.compare(a.folder, b.folder).told["slices"] if one["of"] == "l0")
    assert row["tests"] == 4 and row["says"] == "undecided" and row["drop_excluded"] is False
    one_alone = bl.plan(baseline=0.9, drop=0.05, discordance=row["discordance"], alpha=0.05 / 4).sizes["paired"]
    assert row["needed"]["n"] == one_alone <= size
    assert "the interval for all 4 comparisons at once neither excludes it nor leaves out 0" in row["sentence"]
    assert "you would need" not in row["sentence"]


def test_surface_f1_has_no_interval_in_evaluate_and_none_in_compare(tmp_path: Path) -> None:
    rows = [{"id": k, "tokens": [f"N{k % 7}", "is"], "tags": ["B-PER", "O"]} for k in range(20)]
    runs = []
    for name, every in (("a", 3), ("b", 2)):
        said = [{"id": k, "prediction": "B-PER O" if k % every else "O O"} for k in range(20)]
        test = write(tmp_path / "test.jsonl", rows)
        predictions = write(tmp_path / f"{name}.jsonl", said)
        runs.append(bl.evaluate(predictions, test=test, out=tmp_path / name, metrics=["surface_f1"]))
    why = "a resample has fewer different names than the test"
    assert runs[0].manifest["intervals"]["task.surface_f1"]["why"] == why
    (row,) = bl.compare(*(run.folder for run in runs)).told["comparisons"]
    assert (row["p"], row["interval"], row["says"]) == (None, None, "not computable")
    assert why in row["error"] and row["difference"] == runs[1].value("surface_f1") - runs[0].value("surface_f1")


def test_all_zero_values_are_treated_alike_with_and_without_clusters_and_compared(tmp_path: Path) -> None:
    rows = questions(30, doc=[k // 2 for k in range(30)])
    options: dict[str, Any] = {"test": rows, "metrics": ["exact_match", "token_f1"]}
    a, b = (run_of(tmp_path, name, [False] * 30, **options) for name in "ab")
    c, d = (run_of(tmp_path, name, [False] * 30, cluster="doc", **options) for name in "cd")
    share = "task.exact_match"
    assert (a.manifest["intervals"][share]["low"], a.manifest["intervals"][share]["high"]) == tuple(wilson(0, 30))
    assert (c.manifest["intervals"][share]["low"], c.manifest["intervals"][share]["high"]) == tuple(wilson(0, 15))
    assert c.manifest["intervals"][share]["method"] == "Wilson over clusters"
    for run in (a, c):
        assert "do not vary" in run.manifest["intervals"]["task.token_f1"]["why"]
    for pair, units in (((a, b), 30), ((c, d), 15)):
        rows_ = bl.compare(*(run.folder for run in pair), metric=["exact_match", "token_f1"]).told["comparisons"]
        assert [row["p"] for row in rows_] == [1.0, 1.0]
        assert tuple(rows_[0]["interval"]) == tango(0, 0, units)
        assert rows_[1]["interval"] is None


def test_a_comparison_is_made_again_in_its_place_where_that_is_asked_for(tmp_path: Path) -> None:
    a, b = run_of(tmp_path, "a", [True] * 4), run_of(tmp_path, "b", [True, False] * 2)
    bl.compare(a.folder, b.folder, out=tmp_path / "out")
    with pytest.raises(OutputError, match="--replace"):
        bl.compare(a.folder, b.folder, out=tmp_path / "out")
    assert bl.compare(b.folder, a.folder, out=tmp_path / "out", replace=True).told["reference"] == "b"


@pytest.mark.parametrize(("drop", "said"), [(5, "say --drop 0.05"), (-0.05, "Say --drop 0.05")])
def test_a_drop_in_per_cent_or_with_a_sign_says_what_to_write(tmp_path: Path, drop: float, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        bl.compare(tmp_path, tmp_path, drop=drop)


def test_a_difference_of_nothing_has_no_sign(tmp_path: Path) -> None:
    a, b = run_of(tmp_path, "a", [True, False] * 5), run_of(tmp_path, "b", [False, True] * 5)
    said = printed(bl.compare(a.folder, b.folder))
    assert "  0.000 " in said and "-0.000 " not in said and "+0.000" not in said
