"""What is nearly in the training data: counted where only words differ, told apart where a value does."""

import json
import math
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.contamination.result import ContaminationResult
from bloomery.contamination.run import check
from bloomery.text.kinds import is_variable
from tests.contamination.test_check import ANSWER, LEXICON, NOISE, QUESTION, prose, row, tiers

ITEM = prose(2_011, 45).split()


@pytest.fixture
def found(tmp_path: Path, write: Any) -> Any:
    def run_check(train: list[Any], test: list[Any], **options: Any) -> ContaminationResult:
        return check(write("train.jsonl", train), write("test.jsonl", test), out=tmp_path / "out", **options)

    return run_check


def every(step: int, words: list[str]) -> str:
    """Every so manieth word is another."""
    return " ".join("quaint" + word if k % step == step // 2 else word for k, word in enumerate(words))


def test_a_changed_word_every_fifteen_is_near_and_counts(found: Any) -> None:
    # 45 words have 43 runs of three, all as rare as the others; three changed words spoil 9: 34 / 43 = 0.79
    result = found([*NOISE, row(f"Hello. {every(15, ITEM)} Thanks")], [row(" ".join(ITEM), ANSWER)], near=0.75)
    line = result.evidence.row(0, named=True)
    assert tiers(result) == {"near": 1} and result.contaminated == 1
    assert (line["rule"], line["overlap"], line["field"]) == ("word 3-grams", round(34 / 43, 6), "prompt")
    assert line["item_words"] == [8, 22] and line["train_words"] == [9, 23]


def test_below_the_threshold_nothing_is_near(found: Any) -> None:
    assert found([row(every(15, ITEM))], [row(" ".join(ITEM), ANSWER)]).evidence.is_empty()


def test_another_number_is_a_format_match_and_does_not_count(found: Any) -> None:
    twin = QUESTION.replace("48", "96").replace("third", "half")
    result = found([*NOISE, row(twin)], [row(QUESTION, ANSWER)], fail_over=0)
    line = result.evidence.row(0, named=True)
    assert tiers(result) == {"format_match": 1} and not result.failed
    assert (line["contaminated"], line["rule"], line["overlap"]) == (False, "other values", 1.0)


def test_a_negation_that_is_missing_is_another_text(found: Any) -> None:
    asked = f"{prose(5, 20)} not {prose(6, 20)}"
    assert tiers(found([row(asked.replace(" not", ""))], [row(asked)])) == {"format_match": 1}


def test_a_near_row_is_better_evidence_than_a_nearer_twin(found: Any) -> None:
    asked = f"{prose(5, 30)} 17 {prose(6, 30)}"
    near = asked.replace(prose(6, 30).split()[10], "quaint", 1)
    result = found([row(asked.replace("17", "18")), row(near)], [row(asked)], threshold=0.95)
    assert tiers(result) == {"near": 1} and result.evidence["train"].item().endswith(":2")


def test_what_all_items_share_says_little(found: Any) -> None:
    # 11 of 12 words before the content are the same in all items, in a row that has another content
    frame = prose(70, 12)
    test = [row(f"{frame} {prose(100 + n, 9)}") for n in range(12)]
    near = found(
        [row(f"{frame} {' '.join(prose(103, 9).split()[:6])} quaint"), row(f"{frame} {prose(900, 9)}")], test, near=0.5
    )
    assert near.evidence["test"].str.extract(r":(\d+)$").to_list() == ["4"]


def test_characters_are_compared_in_short_texts_and_do_not_count(found: Any) -> None:
    train = [
        row("Wich element is most abundant in the crust of Earth"),
        row("Which metal is most abundant in the Moon?"),
    ]
    result = found(
        [*NOISE, *train], [row("Which element is most abundant in the crust of Earth?", "Oxygen")], fail_over=0
    )
    line = result.evidence.row(0, named=True)
    assert tiers(result) == {"short_near": 1} and not result.failed
    # 52 characters have 48 runs of five; "whic" and what follows are two of them
    assert (line["rule"], line["overlap"], line["train"][-3:]) == ("characters", round(46 / 48, 6), ":21")
    assert line["train_words"] == [0, 10]


@pytest.mark.parametrize(
    "train",
    [
        "Which element is not most abundant in the crust of Earth?",
        "Which 2 elements are most abundant in the crust of Earth?",
        "In the crust of Earth which is the most abundant of elements",
    ],
)
def test_a_short_text_with_another_number_negation_or_order_is_another(found: Any, train: str) -> None:
    assert tiers(found([row(train)], [row("Which element is most abundant in the crust of Earth?", "Oxygen")])) == {}


def test_texts_without_spaces_are_compared_by_characters(found: Any) -> None:
    question = "农夫在春天卖了许多甜瓜夏天又卖了剩下的甜瓜请问他今年总共卖掉的甜瓜占全部收成的多少比例并说明理由"
    train = question.replace("甜瓜占", "西瓜占")
    assert tiers(found([row(f"请回答：{train}？谢谢")], [row(question, prose(3))])) == {"near": 1}


VOCABULARY = [*LEXICON[:12], "not", "7", "8", "first"]
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=14, max_size=40)
CHANGES = st.lists(st.tuples(st.integers(0, 39), st.sampled_from(VOCABULARY)), max_size=5)


def grams(words: list[str]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(tuple(words[k : k + 3]) for k in range(len(words) - 2)))


def seeds(words: list[str]) -> set[tuple[str, ...]]:
    starts = range(len(words) - 5)
    return {tuple(words[k : k + 6]) for k in starts if k % 3 == 0 or k == starts[-1]}


def share(items: list[list[str]], item: list[str], said: list[str], *, masked: bool, least: int) -> float:
    """The weighted share of an item's 3-grams that a row has."""

    def seen(words: list[str]) -> list[tuple[str, ...]]:
        return grams(["?" if masked and is_variable(word) else word for word in words])

    distinct = {tuple(item) for item in items}
    holds = Counter(gram for other in distinct if len(other) >= least for gram in seen(list(other)))
    weight = {gram: math.log((len(distinct) + 1) / holds[gram]) for gram in seen(item)}
    return sum(weight[gram] for gram in set(weight) & set(seen(said))) / sum(weight.values())


def expected(
    items: list[list[str]], item: list[str], train: list[list[str]], near: float, least: int = 13
) -> str | None:
    """Whether an item is near a row, or has a twin, by the rule; `items` are all of them."""
    best = None
    for said in train:
        if not seeds(item) & {tuple(said[k : k + 6]) for k in range(len(said) - 5)}:
            continue
        guards = {word for word in item if is_variable(word)}
        if share(items, item, said, masked=False, least=least) >= near - 1e-8 and guards <= set(said):
            return "near"
        words = sum(not is_variable(word) for word in item)
        if 8 <= words < len(item) and share(items, item, said, masked=True, least=least) >= near - 1e-8:
            best = "format_match"
    return best


@settings(deadline=None, max_examples=100)
@given(st.lists(WORDS, min_size=1, max_size=2), st.lists(st.tuples(st.integers(0, 1), CHANGES), min_size=1, max_size=4))
def test_near_and_twins_are_those_of_the_rule(items: list[list[str]], edited: list[tuple[int, Any]]) -> None:
    train = []
    for which, changes in edited:
        words = list(items[which % len(items)])
        for place, word in changes:
            words[place % len(words)] = word
        train.append([*LEXICON[20:23], *words])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side, rows in (("train", train), ("test", items)):
            lines = [json.dumps({"prompt": " ".join(words), "completion": ""}) for words in rows]
            (folder / f"{side}.jsonl").write_text("\n".join(lines), encoding="utf-8")
        options = {"threshold": 0.999, "near": 0.7, "train_format": "completion", "test_format": "completion"}
        result = check(folder / "train.jsonl", folder / "test.jsonl", out=folder / "out", **options)
        found = {int(line["test"].rpartition(":")[2]): line["tier"] for line in result.evidence.to_dicts()}
    for number, item in enumerate(items, 1):
        if found.get(number) != "verbatim":
            assert found.get(number) == expected(items, item, train, 0.7)
