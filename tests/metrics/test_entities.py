"""Entity F1 against seqeval, against the worked numbers of SemEval 2013's definition, and on published submissions."""

import json
import warnings
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval import metrics as seqeval
from seqeval.scheme import IOB2

from bloomery.errors import DataError
from bloomery.metrics.entities import Entities
from tests.metrics.answers import answers

DATA = Path(__file__).parents[3] / "shared" / "data"
WNUT = DATA / "wnut17"
NCBI = DATA / "bc5cdr_ncbi" / "data"
TAGS = st.sampled_from(["O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"])


def values(predictions: list[str], references: list[str], **options: Any) -> dict[str, float | None]:
    metric = Entities(**options)
    return metric.total(metric.items(answers(predictions, references)))


def listed(*spans: tuple[int, int, str]) -> str:
    return json.dumps(spans)


def test_seqeval_lenient_default() -> None:
    # expected: PER (0, 2), LOC (3, 4); predicted: I-PER I-PER is no entity under IOB2, so P = 1/1, R = 1/2, F1 = 2/3
    expected, predicted = ["B-PER", "I-PER", "O", "B-LOC"], ["I-PER", "I-PER", "O", "B-LOC"]
    assert seqeval.f1_score([expected], [predicted]) == 1.0
    found = values([" ".join(predicted)], [" ".join(expected)])
    assert found["entity_f1.micro"] == pytest.approx(2 / 3, abs=1e-12)
    assert (found["entity_precision.micro"], found["entity_recall.micro"]) == (1.0, 0.5)


@settings(max_examples=50)
@given(st.lists(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=8), min_size=1, max_size=6))
def test_equals_seqeval_strict(sentences: list[list[tuple[str, str]]]) -> None:
    expected = [[tag for tag, _ in one] for one in sentences]
    predicted = [[tag for _, tag in one] for one in sentences]
    found = values([" ".join(one) for one in predicted], [" ".join(one) for one in expected])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = seqeval.classification_report(expected, predicted, mode="strict", scheme=IOB2, output_dict=True)
    for name, theirs in report.items():
        kind = name.removesuffix(" avg")
        if kind in ("PER", "LOC", "ORG", "micro") and theirs["support"]:
            assert (found[f"entity_precision.{kind}"] or 0.0) == pytest.approx(theirs["precision"], abs=1e-12)
            assert found[f"entity_recall.{kind}"] == pytest.approx(theirs["recall"], abs=1e-12)
            assert found[f"entity_f1.{kind}"] == pytest.approx(theirs["f1-score"], abs=1e-12)
            assert kind == "micro" or found[f"entity_support.{kind}"] == theirs["support"]
    own = [report[kind]["f1-score"] for kind in ("PER", "LOC", "ORG") if kind in report and report[kind]["support"]]
    assert found["entity_f1.macro"] == (pytest.approx(sum(own) / len(own), abs=1e-12) if own else None)
    assert found["semeval_f1.strict"] == found["entity_f1.micro"]


def test_nothing_expected_and_nothing_predicted() -> None:
    metric = Entities()
    items = metric.items(answers(["O O", "B-X O", "O O"], ["O O", "O O", "B-X O"]))
    assert items["score"].to_list() == [1.0, 0.0, 0.0]
    assert items["unparsed"].to_list() == [False] * 3
    nothing = metric.total(items[:1])  # no entity at all: nothing to divide by
    assert nothing["entity_f1.micro"] is nothing["entity_f1.macro"] is nothing["semeval_f1.type"] is None
    only_spurious = metric.total(items[1:2])
    assert only_spurious["entity_precision.micro"] == only_spurious["entity_f1.micro"] == 0.0
    assert only_spurious["entity_recall.micro"] is None
    only_missing = metric.total(items[2:])
    assert only_missing["entity_recall.X"] == only_missing["entity_f1.X"] == only_missing["entity_f1.macro"] == 0.0
    assert only_missing["entity_precision.X"] is None


def test_metformin_500mg_against_metformin() -> None:
    told = (
        ["O B-DRUG I-DRUG"],
        ["O B-DRUG O"],
    )  # "metformin 500mg": one token of two is right, and all of one is found
    assert values(*told)["entity_f1.micro"] == 0.0
    assert values(*told, match="partial")["entity_f1.micro"] == 0.5
    assert values(*told, match="type")["entity_f1.micro"] == 1.0
    overlap = values(*told, match="overlap")
    assert (overlap["entity_precision.DRUG"], overlap["entity_recall.DRUG"]) == (0.5, 1.0)
    assert overlap["entity_f1.DRUG"] == pytest.approx(2 / 3, abs=1e-12)
    # by characters: 9 of 15 are right
    text = values([listed((0, 15, "DRUG"))], [listed((0, 9, "DRUG"))], read="spans", match="overlap")
    assert text["entity_f1.micro"] == pytest.approx(2 * 0.6 / 1.6, abs=1e-12)


#: one of each: same; other type; overlap, same type; overlap, other type; missing; spurious
SIX = (
    listed((0, 5, "A"), (10, 15, "B"), (20, 26, "A"), (30, 33, "B"), (60, 65, "A")),
    listed((0, 5, "A"), (10, 15, "A"), (20, 24, "A"), (30, 36, "A"), (40, 45, "A"), (50, 55, "C")),
)


@pytest.mark.parametrize(
    # 5 predicted and 6 expected: F1 = 2 * credit / 11
    ("match", "credit"),
    [("strict", 1), ("exact", 2), ("partial", 1 + 1 + 0.5 + 0.5), ("type", 2)],
)
def test_semeval_2013(match: str, credit: float) -> None:
    found = values([SIX[0]], [SIX[1]], read="spans", match=match)
    assert found[f"semeval_f1.{match}"] == pytest.approx(2 * credit / 11, abs=1e-12)
    assert found["entity_f1.micro"] == found[f"semeval_f1.{match}"]
    assert (found["entity_precision.micro"], found["entity_recall.micro"]) == (credit / 5, credit / 6)
    assert (found["entity_missing"], found["entity_spurious"]) == (2.0, 1.0)


def test_partial_credit_for_overlap_is_by_length_and_type() -> None:
    # A: predicted (0, 5) 1, (20, 26) 4/6, (60, 65) 0; expected 1, 0, 4/4, 0, 0. B has no support, C no prediction
    found = values([SIX[0]], [SIX[1]], read="spans", match="overlap")
    assert found["entity_precision.A"] == pytest.approx((1 + 4 / 6) / 3, abs=1e-12)
    assert found["entity_recall.A"] == pytest.approx(2 / 5, abs=1e-12)
    assert found["entity_recall.C"] == 0.0
    assert found["entity_precision.C"] is None
    assert "entity_f1.B" not in found


def test_a_span_answers_only_one() -> None:
    # one long span over three entities finds one of them, in part
    found = values([listed((0, 30, "A"))], [listed((0, 5, "A"), (10, 15, "A"), (20, 30, "A"))], read="spans")
    assert found["semeval_f1.type"] == 2 * 1 / 4
    assert (found["entity_missing"], found["entity_spurious"]) == (2.0, 0.0)
    # and three in one: only the one of its type counts, though another has more of it
    found = values([listed((0, 4, "A"), (4, 10, "B"))], [listed((0, 10, "A"))], read="spans")
    assert found["semeval_f1.type"] == 2 * 1 / 3
    assert (found["entity_missing"], found["entity_spurious"]) == (0.0, 1.0)


SPANS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4), st.sampled_from("AB")), max_size=6)


@settings(max_examples=50)
@given(st.lists(st.tuples(SPANS, SPANS), min_size=1, max_size=4))
def test_the_counts_balance_for_any_spans(rows: list[Any]) -> None:
    texts = [[listed(*((a, a + n, kind) for a, n, kind in side)) for side in row] for row in rows]
    metric = Entities(read="spans")
    items = metric.items(answers([row[0] for row in texts], [row[1] for row in texts]))
    pairs = items.select(pl.sum_horizontal("same", "other_type", "overlapping", "overlapping_other_type")).to_series()
    assert (pairs <= items["predicted"]).all() and (pairs <= items["expected"]).all()
    for item, row in zip(items.iter_rows(named=True), rows, strict=True):
        predicted, expected = ({(a, a + n, kind) for a, n, kind in side} for side in row)
        assert (item["predicted"], item["expected"]) == (len(predicted), len(expected))
        assert item["right"] == item["found"] == item["same"] == len(predicted & expected)
        touch = {(p, e) for p in predicted for e in expected if p[0] < e[1] and e[0] < p[1]}
        matched = item["same"] + item["other_type"] + item["overlapping"] + item["overlapping_other_type"]
        assert (matched > 0) == bool(touch)
    whole, other = metric.total(items), metric.total(items.reverse())
    assert whole == pytest.approx(other, abs=1e-12, nan_ok=False)


def test_an_answer_that_cannot_be_read_finds_nothing_and_is_counted() -> None:
    expected = ["B-X O"] * 5
    predicted = ["B-X O", "B-X", "B-X O O", "S-X O", "I think B-X"]
    items = Entities().items(answers(predicted, expected))
    assert items["unparsed"].to_list() == [False, True, True, True, True]
    assert Entities().total(items)["entity_recall.X"] == 1 / 5
    assert Entities().total(items)["entity_precision.X"] == 1.0
    spans = Entities(read="spans").items(
        answers(["[[0, 1, true]]", "none", "[]", '[[0, 1, "X"]]'], [listed((0, 1, "X"))] * 4)
    )
    assert spans["unparsed"].to_list() == [True, True, False, False]


def test_a_reference_that_cannot_be_read_is_an_error_that_names_the_item() -> None:
    with pytest.raises(DataError, match=r"reference of test:2 .*IOB2.*S-X O"):
        Entities().items(answers(["O O", "O O"], ["O O", "S-X O"]))


def test_tags_in_columns_and_two_schemes() -> None:
    frame = answers(["", ""], ["", ""]).with_columns(
        pl.Series("gold", [["B-X", "I-X", "O"], ["O"]]), pl.Series("said", ["B-X E-X O", '["O"]'])
    )
    metric = Entities(references="gold", prediction="said", prediction_scheme="IOBES")
    items = metric.items(frame)
    assert items["score"].to_list() == [1.0, 1.0]
    assert metric.total(items)["entity_f1.micro"] == 1.0
    lists = frame.with_columns(said=pl.Series([["S-X", "O", "O"], None], dtype=pl.List(pl.String)))
    assert metric.items(lists)["score"].to_list() == [0.0, 0.0]
    assert metric.items(lists)["unparsed"].to_list() == [False, True]
    text = metric.items(frame.with_columns(gold=pl.col("gold").list.join(" ")))
    assert text.equals(items)


def test_the_best_of_several_references_counts() -> None:
    metric = Entities()
    items = metric.items(answers(["B-X O"], [["O B-X", "B-X O", "B-X B-X"]]))
    assert items["score"].to_list() == [1.0]
    assert metric.total(items)["entity_f1.micro"] == 1.0


def test_types_that_only_answers_have_are_wrong_but_have_no_value_of_their_own() -> None:
    found = values(["B-X B-Y"], ["B-X O"])
    assert found["entity_precision.micro"] == 0.5
    assert found["entity_f1.macro"] == found["entity_f1.X"] == 1.0
    assert "entity_f1.Y" not in found


def test_a_type_called_macro_does_not_hide_the_macro_value() -> None:
    found = values(["B-macro O"], ["B-macro B-X"])
    assert (found["entity_f1.macro"], found["entity_f1.<macro>"]) == (0.5, 1.0)


def column(path: Path) -> list[str]:
    """The tags of each sentence, of files of lines ``token tag``, whatever the line ends."""
    sentences: list[list[str]] = [[]]
    for line in path.read_bytes().decode().replace("\r\n", "\n").split("\n"):
        if line.strip():
            sentences[-1].append(line.split()[-1])
        elif sentences[-1]:
            sentences.append([])
    return [" ".join(tags) for tags in sentences if tags]


@pytest.mark.skipif(not WNUT.exists(), reason="shared data is not here")
@pytest.mark.parametrize(("name", "published"), [("arcada", 39.98), ("drexel_cci", 26.30), ("sjtu_adapt.txt", 40.42)])
def test_wnut17_submissions(name: str, published: float) -> None:
    found = values(column(WNUT / "submissions" / name), column(WNUT / "emerging.test.annotated"))
    assert round(100 * (found["entity_f1.micro"] or 0), 2) == published


@pytest.mark.skipif(not NCBI.exists(), reason="shared data is not here")
@pytest.mark.parametrize("part", ["train", "devel", "test"])
def test_ncbi_in_iob_and_iobes_is_the_same(part: str) -> None:
    iob, iobes = (column(NCBI / f"NCBI-disease-{scheme}" / f"{part}.tsv") for scheme in ("IOB", "IOBES"))
    found = values(iobes, iob, prediction_scheme="IOBES")
    assert found["entity_f1.micro"] == found["semeval_f1.strict"] == 1.0
    assert found["entity_support.Disease"] > 700
    assert (found["entity_missing"], found["entity_spurious"]) == (0.0, 0.0)


def test_an_answer_that_cannot_be_read_is_wrong_even_where_nothing_is_expected() -> None:
    items = Entities().items(answers(["who knows", "O"], ["O", "O"]))
    assert items.select("score", "unparsed").rows() == [(0.0, True), (1.0, False)]
