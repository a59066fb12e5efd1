"""Slices of two runs side by side: order, correction, size, and where the whole and its parts disagree."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bloomery as bl
from bloomery.stats.mcnemar import mcnemar
from bloomery.stats.multiple import holm
from bloomery.stats.score import tango
from tests.evaluate.runs import questions, run_of, write


def sliced(folder: Path, lang: list[str], a: list[bool], b: list[bool], **options: Any) -> dict[str, Any]:
    test = questions(len(a), lang=lang)
    runs = [run_of(folder, name, right, test=test, slices=["lang"]) for name, right in (("a", a), ("b", b))]
    told: dict[str, Any] = bl.compare(*(run.folder for run in runs), **options).told
    return told


def test_each_slice_by_its_own_test_corrected_over_slices_worst_first(tmp_path: Path) -> None:
    lang = ["de"] * 40 + ["en"] * 40 + ["fr"] * 40
    rng = np.random.default_rng(1)
    a = (rng.random(120) < 0.8).tolist()
    b = [False] * 25 + (rng.random(95) < 0.8).tolist()
    told = sliced(tmp_path, lang, a, b)
    rows = told["slices"]
    assert rows[0]["of"] == "de" and rows[0]["says"] == "worse"
    assert [row["difference"] for row in rows] == sorted(row["difference"] for row in rows)
    by = {row["of"]: row for row in rows}
    for at, of in enumerate(("de", "en", "fr")):
        first, second = np.array(a[40 * at : 40 * at + 40]), np.array(b[40 * at : 40 * at + 40])
        lost, gained = int((first & ~second).sum()), int((~first & second).sum())
        assert by[of]["p"] == mcnemar(gained, lost).p
        assert tuple(by[of]["interval"]) == tango(gained, lost, 40)
        assert tuple(by[of]["simultaneous"]) == tango(gained, lost, 40, 1 - 0.05 / 3)
    assert [row["p_holm"] for row in rows] == pytest.approx(holm([row["p"] for row in rows]).tolist())
    (whole,) = told["comparisons"]
    assert whole["p_holm"] == whole["p"]  # slices are a family of their own


def test_a_small_slice_is_undecided_with_the_n_that_it_needs(tmp_path: Path) -> None:
    lang = ["de"] * 6 + ["en"] * 60
    a, b = [True] * 66, [False, False, True] * 2 + [True] * 60
    told = sliced(tmp_path, lang, a, b, out=tmp_path / "out")
    small = next(row for row in told["slices"] if row["of"] == "de")
    assert (small["n"], small["says"]) == (6, "undecided")
    assert small["needed"]["n"] > 6
    assert f"you would need n = {small['needed']['n']:,} items" in small["sentence"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Slices, worst difference first" in page
    written = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert len(written["slices"]) == 2


def test_a_slice_of_one_item_is_not_computable_and_last(tmp_path: Path) -> None:
    told = sliced(tmp_path, ["de"] + ["en"] * 9, [True] * 10, [False] * 5 + [True] * 5)
    assert [row["of"] for row in told["slices"]] == ["en", "de"]
    assert "At least 2 scored items" in told["slices"][1]["error"]


def test_simpson_overall_up_every_slice_down(tmp_path: Path) -> None:
    """Right of x, wrong of x; wrong of y, right of y. en: a 2 0 5 4, b 0 2 2 7. de: a 3 3 0 1, b 5 1 1 0.

    Macro F1 falls by .141 in en and by .117 in de; over all 18 items, 5 3 5 5 and 5 3 3 7, it rises by .107.
    """
    parts = {"en": ((2, 0, 5, 4), (0, 2, 2, 7)), "de": ((3, 3, 0, 1), (5, 1, 1, 0))}
    rows: list[dict[str, Any]] = []
    said: dict[str, str] = {"a": "", "b": ""}
    for lang, tables in parts.items():
        for name, (xx, xy, yx, yy) in zip("ab", tables, strict=True):
            said[name] += "x" * xx + "y" * xy + "x" * yx + "y" * yy
        labels = "x" * sum(tables[0][:2]) + "y" * sum(tables[0][2:])
        rows += [{"id": len(rows) + k, "text": f"t{k}", "label": one, "lang": lang} for k, one in enumerate(labels)]
    test = write(tmp_path / "test.jsonl", rows)
    for name, answers in said.items():
        predictions = write(tmp_path / f"{name}.jsonl", [{"id": k, "prediction": one} for k, one in enumerate(answers)])
        bl.evaluate(predictions, test=test, out=tmp_path / name, metrics=["classification"], slices=["lang"])
    found = bl.compare(tmp_path / "a", tmp_path / "b", metric=["f1.macro"])
    (whole,) = found.told["comparisons"]
    assert whole["difference"] == pytest.approx(0.107, abs=1e-3)
    assert [row["difference"] for row in found.told["slices"]] == pytest.approx([-0.141, -0.117], abs=1e-3)
    (line,) = found.told["surprises"]
    assert line.startswith(
        "f1.macro: b is up by 0.107 overall, yet down in every slice of lang: the value is made of all items"
    )


def test_a_mean_is_carried_by_one_large_slice_and_says_so(tmp_path: Path) -> None:
    lang = ["de"] * 60 + ["en"] * 10 + ["fr"] * 10
    a = [True] * 30 + [False] * 30 + [True] * 20
    b = [True] * 50 + [False] * 10 + ([True] * 8 + [False] * 2) * 2
    (line,) = sliced(tmp_path, lang, a, b)["surprises"]
    assert line == (
        "exact_match: b is up by 0.200 overall, yet down in 2 of 3 slices of lang: lang = de, 60 of 80 items, carries the whole"
    )


def test_slices_that_only_one_run_has_or_that_differ_are_not_compared(tmp_path: Path) -> None:
    test = questions(6, lang=["de", "en"] * 3)
    other = [{**row, "lang": "de"} for row in test]
    a = run_of(tmp_path, "a", [True] * 6, test=test, slices=["lang"])
    b = run_of(tmp_path, "b", [True] * 5 + [False], test=test)
    c = run_of(tmp_path, "c", [True] * 5 + [False], test=other, slices=["lang"])
    assert bl.compare(a.folder, b.folder).told["slices"] == []
    found = bl.compare(a.folder, c.folder)
    assert found.told["slices"] == []
    assert any("lang is not the same for all items of a and c" in note for note in found.notes)
    assert found.slices.is_empty()


def test_the_slices_of_a_comparison_as_a_frame(tmp_path: Path) -> None:
    test = questions(8, lang=["de", "en"] * 4)
    runs = [
        run_of(tmp_path, name, right, test=test, slices=["lang"])
        for name, right in (("a", [True] * 8), ("b", [False] * 8))
    ]
    found = bl.compare(*(run.folder for run in runs))
    assert found.slices.select("slice", "of", "n").rows() == [("lang", "de", 4), ("lang", "en", 4)]
