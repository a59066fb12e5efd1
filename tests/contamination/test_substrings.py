"""Three substrings of 50 characters, as the GPT-4 report describes it."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bloomery.contamination.result import ContaminationResult
from bloomery.contamination.run import check, write_index
from bloomery.contamination.substrings import processed, sampled
from bloomery.errors import RecipeError
from tests.contamination.test_check import ANSWER, NOISE, QUESTION, chat, prose, row, tiers


@pytest.fixture
def found(tmp_path: Path, write: Any) -> Any:
    def run_check(train: list[Any], test: list[Any], name: str = "out", **options: Any) -> ContaminationResult:
        sides = write("train.jsonl", train), write("test.jsonl", test)
        return check(*sides, out=tmp_path / name, method="chars50", **options)

    return run_check


def plain(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def test_a_question_is_found_whatever_its_spaces_and_symbols(found: Any) -> None:
    result = found([*NOISE, row(f"Say: {QUESTION.replace(' ', ' * ')}")], [row(QUESTION, ANSWER)])
    line = result.evidence.row(0, named=True)
    assert tiers(result) == {"question": 1} and (result.contaminated, line["overlap"]) == (1, 1.0)
    assert (line["rule"], line["field"], line["train"][-3:]) == ("50 characters", "prompt", ":21")
    assert len(line["excerpt"]) == 50 and line["excerpt"] in plain(QUESTION)


def test_one_substring_of_three_is_enough(found: Any) -> None:
    text = plain(QUESTION)
    for part in sampled(text, 0):
        result = found([row(f"xx{part}yy", prose(1))], [row(QUESTION, ANSWER)], name=part)
        held = sum(other in part for other in sampled(text, 0))
        assert result.evidence["overlap"].to_list() == [round(held / 3, 6)]


def test_answers_are_not_looked_for_and_short_questions_whole(found: Any) -> None:
    result = found(
        [row("x", ANSWER), row("Say: How many?")], [row(prose(1), ANSWER), row("How many?", "x"), row("How much?")]
    )
    assert result.evidence["test"].str.slice(-1).to_list() == ["2"]


def test_a_substring_over_two_parts_is_one(found: Any) -> None:
    half = len(QUESTION) // 2
    result = found([chat(QUESTION[:half], QUESTION[half:])], [row(QUESTION, ANSWER)])
    assert result.contaminated == 1


def test_the_seed_decides_and_the_same_seed_decides_the_same() -> None:
    text = plain(prose(4, 60))
    assert sampled(text, 0) == sampled(text, 0) != sampled(text, 1)
    assert all(len(part) == 50 and part in text for part in sampled(text, 7)) and len(sampled(text, 7)) == 3
    assert sampled(text[:49], 0) == [text[:49]] and sampled(text[:51], 0) == [text[:50], text[1:51]]


def test_letters_of_any_script_stay() -> None:
    assert processed(pl.Series(["农夫, 4 ÄÖ_x — ภาษา!"])).to_list() == ["农夫4ÄÖxภาษา"]


def test_an_index_has_no_characters(tmp_path: Path, write: Any) -> None:
    test = write("test.jsonl", [row(QUESTION, ANSWER)])
    index = write_index(test, out=tmp_path / "index", name="a", licence="b", version="c")
    with pytest.raises(RecipeError, match="has no characters"):
        check(test, index, out=tmp_path / "out", method="chars50")


def test_rows_are_dropped_by_this_method_too(found: Any) -> None:
    result = found([*NOISE, row(QUESTION)], [row(QUESTION, ANSWER)], drop_from="train")
    assert (result.summary["train_rows_dropped"], result.summary["train_rows_kept"]) == (1, 20)
