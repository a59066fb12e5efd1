"""Classification, against scikit-learn on random and edge inputs, and the traps of the field."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sklearn import metrics as oracle

from bloomery.errors import DataError, RecipeError
from bloomery.metrics.classification import Classification
from bloomery.metrics.score import score
from tests.metrics.rows import answers

LABELS = ("a", "b", "c", "d")
UNPARSED = "I do not know"
ROWS = st.lists(st.tuples(st.sampled_from([*LABELS, UNPARSED]), st.sampled_from(LABELS)), min_size=1, max_size=30)
AVERAGED = ("precision", "recall", "f1")


def values(said: Any, wanted: Any, **options: Any) -> dict[str, float | None]:
    metric = Classification(labels=LABELS, **options)
    return metric.total(metric.items(answers(said, wanted)))


def close(ours: float | None, theirs: float) -> bool:
    return ours == pytest.approx(theirs, abs=1e-9, nan_ok=True) if ours is not None else bool(np.isnan(theirs))


@settings(max_examples=60)
@given(ROWS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_as_scikit_learn(rows: list[tuple[str, str]]) -> None:
    said, wanted = (list(column) for column in zip(*rows, strict=True))
    got = values(said, wanted)
    by_class = oracle.precision_recall_fscore_support(wanted, said, labels=LABELS, zero_division=np.nan)
    for kind, theirs in zip((*AVERAGED, "support"), by_class, strict=True):
        assert all(close(got[f"{kind}.{label}"], value) for label, value in zip(LABELS, theirs, strict=True)), kind
    macro = oracle.precision_recall_fscore_support(wanted, said, labels=LABELS, average="macro", zero_division=np.nan)
    assert all(close(got[f"{kind}.macro"], value) for kind, value in zip(AVERAGED, macro, strict=False))
    assert close(got["f1.micro"], oracle.f1_score(wanted, said, labels=LABELS, average="micro", zero_division=0.0))
    assert close(
        got["f1.weighted"], oracle.f1_score(wanted, said, labels=LABELS, average="weighted", zero_division=np.nan)
    )
    assert close(got["accuracy"], oracle.accuracy_score(wanted, said))
    assert close(got["balanced_accuracy"], oracle.balanced_accuracy_score(wanted, said))


@settings(max_examples=60)
@given(ROWS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_mcc_and_the_confusion_matrix_as_scikit_learn(rows: list[tuple[str, str]]) -> None:
    said, wanted = (list(column) for column in zip(*rows, strict=True))
    mcc = values(said, wanted)["mcc"]
    if mcc is None:
        assert len(set(said)) == 1 or len(set(wanted)) == 1
    else:
        assert mcc == pytest.approx(oracle.matthews_corrcoef(wanted, said), abs=1e-9)
    metric = Classification(labels=LABELS)
    table = metric.confusion(metric.items(answers(said, wanted)))
    theirs = oracle.confusion_matrix(wanted, said, labels=[*LABELS, UNPARSED])
    assert table["expected"].to_list() == list(LABELS) and table.columns == ["expected", *LABELS, "unparsed"]
    assert table.drop("expected").to_numpy().tolist() == theirs[:-1].tolist()


@settings(max_examples=40)
@given(ROWS)
def test_baselines_as_scikit_learns_dummies(rows: list[tuple[str, str]]) -> None:
    from sklearn.dummy import DummyClassifier

    said, wanted = (list(column) for column in zip(*rows, strict=True))
    got, nothing = values(said, wanted), np.zeros((len(wanted), 1))
    most = DummyClassifier(strategy="most_frequent").fit(nothing, wanted).predict(nothing)
    assert close(got["accuracy.majority"], oracle.accuracy_score(wanted, most))
    assert close(got["f1.macro.majority"], oracle.f1_score(wanted, most, average="macro", zero_division=np.nan))
    prior = DummyClassifier(strategy="prior").fit(nothing, wanted).predict_proba(nothing)
    of_right = prior[np.arange(len(wanted)), [sorted(set(wanted)).index(one) for one in wanted]]
    assert close(got["accuracy.prior"], of_right.mean())


@settings(max_examples=25)
@given(ROWS, st.randoms())
def test_order_does_not_matter(rows: list[tuple[str, str]], random: Any) -> None:
    mixed = random.sample(rows, len(rows))
    assert values(*zip(*rows, strict=True)) == values(*zip(*mixed, strict=True))


def test_unparsed_label_as_its_own_class() -> None:
    """CASES: macro .556 / .833. F1 of a 1, of b 2 · 1 / (2 · 1 + 0 + 1) = 2/3, mean 5/6; with a third class of 0: 5/9."""
    said, wanted = ["a", "b", "dunno"], ["a", "b", "b"]
    metric = Classification(labels=("a", "b"))
    got = metric.total(metric.items(answers(said, wanted)))
    assert got["f1.macro"] == pytest.approx(5 / 6, abs=1e-12)
    assert oracle.f1_score(wanted, said, average="macro", zero_division=0.0) == pytest.approx(5 / 9, abs=1e-12)
    assert got["unparsed"] == pytest.approx(1 / 3, abs=1e-12) and got["accuracy"] == pytest.approx(2 / 3, abs=1e-12)
    assert set(got) & {"f1.dunno", "f1.unparsed", "support.unparsed"} == set()


def test_multi_class_f1_as_one_vs_rest_micro_or_binary_by_default() -> None:
    """CASES: .867 for .296. Macro is the mean of the classes in the table; nothing is called f1 alone.

    Nine a, three each of b and c, all answered a: F1 of a 2 · 9 / (2 · 9 + 6) = 3/4, of b and c 0, macro 1/4.
    """
    got = values(["a"] * 15, ["a"] * 9 + ["b"] * 3 + ["c"] * 3)
    assert got["f1.macro"] == pytest.approx(0.25, abs=1e-12) and (got["f1.a"], got["f1.b"], got["f1.c"]) == (
        0.75,
        0.0,
        0.0,
    )
    assert "f1" not in got
    assert got["accuracy"] == got["accuracy.majority"] == 0.6
    assert got["f1.macro.majority"] == pytest.approx(0.25, abs=1e-12)


def test_what_is_undefined_is_null_and_not_zero() -> None:
    got = values(["a", "b"], ["a", "a"])
    assert (got["precision.c"], got["recall.c"], got["f1.c"], got["support.c"]) == (None, None, None, 0.0)
    assert (got["precision.b"], got["recall.b"], got["f1.b"]) == (0.0, None, 0.0)
    assert got["mcc"] is None


def test_labels_of_the_references_are_taken_where_none_are_declared_and_it_is_said() -> None:
    rows = answers(["Refund", "other", "bug", None], ["refund", "bug", "bug", "spam"])
    found = score(rows, [Classification()])
    assert found.remarks == (
        "classification: no labels declared; the 3 of the references were taken: bug, refund, spam",
    )
    shown = dict(found.values.select("metric", "value").iter_rows())
    assert shown["task.support.spam"] == 0.0  # no answer to it, and yet a label
    assert shown["task.accuracy"] == pytest.approx(2 / 3, abs=1e-12)
    assert score(rows, [Classification(labels=("refund", "bug", "spam", "other"))]).remarks == ()


def test_spellings_of_one_label_are_one_label() -> None:
    assert Classification().prepared(answers(["a"] * 3, ["Refund", "refund ", "bug"])).labels == ("Refund", "bug")


def test_a_reference_outside_the_declared_set_is_an_error_of_the_data() -> None:
    with pytest.raises(DataError, match="1 references are not in the label set.*Found 'x'"):
        values(["a", "b"], ["a", "x"])


def test_free_text_is_no_label_set() -> None:
    texts = [f"answer {number}" for number in range(1001)]
    with pytest.raises(DataError, match="1,001 different references are no label set"):
        Classification().prepared(answers(texts, texts))


def test_a_label_cannot_be_called_as_an_average_is() -> None:
    with pytest.raises(ValidationError, match="a label cannot be called macro, since"):
        Classification(labels=("macro", "x"))
    with pytest.raises(DataError, match="a label cannot be called macro"):
        Classification().prepared(answers(["x"], ["macro"]))


def test_labels_that_are_the_same_once_normalised() -> None:
    with pytest.raises(RecipeError, match="'A' cannot be told from others"):
        Classification(labels=("a", "A")).items(answers(["a"], ["a"]))


def test_several_accepted_labels() -> None:
    metric = Classification(labels=LABELS, aliases={"aa": "a"})
    items = metric.items(answers(["b", "c", "d?", "aa"], [["a", "b"], ["a", "b"], ["d"], ["b", "aa"]]))
    assert items["expected"].to_list() == ["b", "a", "d", "a"]
    assert items["score"].to_list() == [1.0, 0.0, 1.0, 1.0]


def test_a_label_called_unparsed() -> None:
    metric = Classification(labels=("unparsed", "expected"))
    table = metric.confusion(metric.items(answers(["unparsed", "?"], ["unparsed", "expected"])))
    assert table.columns == ["expected", "=unparsed", "=expected", "unparsed"]
    assert table.rows() == [("unparsed", 1, 0, 0), ("expected", 0, 0, 1)]


def test_values_of_a_slice_come_from_counts_and_are_no_mean_of_means() -> None:
    """F1 of means, not mean of F1s: {a: (a, a, b), b: (b)} and {a: (), b: (a)} together, by hand."""
    metric = Classification(labels=("a", "b"))
    items = metric.items(answers(["a", "a", "b", "b", "a"], ["a", "a", "a", "b", "b"]))
    whole = metric.total(items)
    assert whole["f1.macro"] == pytest.approx((2 * 2 / (4 + 1 + 1) + 2 * 1 / (2 + 1 + 1)) / 2, abs=1e-12)
    first, second = metric.total(items[:4]), metric.total(items[4:])
    assert first["f1.macro"] == pytest.approx((4 / 5 + 2 / 3) / 2, abs=1e-12) and second["f1.macro"] == 0.0


def test_items_have_the_label_set_so_that_any_rows_of_them_know_it() -> None:
    metric = Classification(labels=LABELS)
    assert metric.items(answers(["a"], ["a"])).schema["expected"] == pl.Enum(LABELS)
