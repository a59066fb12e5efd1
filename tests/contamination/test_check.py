"""What the field gets wrong about contamination, a test a line; then the files, the counts and the errors."""

import json
import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bloomery.contamination import run
from bloomery.contamination.result import ContaminationResult
from bloomery.contamination.run import check
from bloomery.errors import DataError, OutputError, RecipeError
from bloomery.formats.read import Reader

STARTS, ENDS = ["ba", "de", "fi", "go", "lu", "me", "ni", "po"], ["lan", "mir", "tov", "zek", "dup", "har"]
LEXICON = [start + end for start in STARTS for end in ENDS]
QUESTION = (
    "A farmer sells 48 melons in April and half as many in May, and a neighbour then buys a third of what is left; how many "
    "melons did the farmer sell in both months together?"
)
ANSWER = "In May the farmer sold 48 / 2 = 24 melons, so in both months together 48 + 24 = 72 melons were sold."


def prose(seed: int, words: int = 40) -> str:
    draw = random.Random(seed)
    return " ".join(draw.choice(LEXICON) for _ in range(words))


def row(prompt: str, completion: str = "an answer that nobody else gives") -> dict[str, str]:
    return {"prompt": prompt, "completion": completion}


def chat(*turns: str) -> dict[str, Any]:
    roles = ["user", "assistant"] * len(turns)
    return {"messages": [{"role": role, "content": text} for role, text in zip(roles, turns, strict=False)]}


NOISE = [row(prose(n), prose(1_000 + n)) for n in range(20)]


@pytest.fixture
def found(tmp_path: Path, write: Any) -> Any:
    """Check test records against training records."""

    def run_check(train: list[Any], test: list[Any], **options: Any) -> ContaminationResult:
        return check(write("train.jsonl", train), write("test.jsonl", test), out=tmp_path / "out", **options)

    return run_check


def only(result: ContaminationResult) -> dict[str, Any]:
    assert result.evidence.height == 1
    return result.evidence.row(0, named=True)


def tiers(result: ContaminationResult) -> dict[str, int]:
    return {tier: items for tier, items in result.tiers.items() if items}


def numbers(result: ContaminationResult, tier: str) -> list[str]:
    return result.evidence.filter(result.evidence["tier"] == tier)["test"].str.extract(r":(\d+)$").to_list()


SHORT = "Which element is most abundant in the crust of Earth?"  # 10 tokens


def test_a_verbatim_item_is_found_with_its_evidence(found: Any) -> None:
    result = found([*NOISE, row(QUESTION, ANSWER)], [row(QUESTION, ANSWER), row(prose(7_777))])
    assert (result.test_rows, result.contaminated, result.ratio, result.unchecked) == (2, 1, 0.5, 0)
    assert tiers(result) == {"verbatim": 1}
    line = only(result)
    assert line["test"].endswith("test.jsonl:1") and line["train"].endswith("train.jsonl:21")
    assert line["overlap"] == 1 and line["train_rows"] == 1 and line["field"] == "whole row"
    assert line["excerpt"].startswith("a farmer sells 48 melons in april")


def test_a_leaked_question_counts_whatever_its_answer(found: Any) -> None:
    line = only(found([*NOISE, row(QUESTION, prose(1))], [row(QUESTION, ANSWER)]))
    assert (line["tier"], line["contaminated"], line["field"]) == ("question", True, "prompt")


def test_a_question_inside_a_document_is_found(found: Any) -> None:
    line = only(found([{"text": f"{prose(1)} {QUESTION} {prose(2)}"}], [row(QUESTION, ANSWER)]))
    assert (line["tier"], line["rule"], line["field"]) == ("question", "13-gram overlap", "text")
    assert line["train_words"][0] == 40 and line["item_words"][0] == 0


def test_a_leaked_answer_is_told_apart_and_does_not_count(found: Any) -> None:
    result = found([*NOISE, row(prose(1), ANSWER)], [row("How many melons were sold?", ANSWER)], fail_over=0)
    assert tiers(result) == {"answer_only": 1}
    assert (result.contaminated, result.ratio, result.failed) == (0, 0.0, False)
    assert only(result)["contaminated"] is False


def test_a_short_common_answer_is_not_looked_for_and_that_is_said(found: Any) -> None:
    result = found([*NOISE, row(prose(1), "The answer is 72.")], [row(QUESTION, "The answer is 72.")])
    assert result.tiers["answer_only"] == 0
    assert any("1 answer of fewer than 8 tokens" in note for note in result.notes)


@pytest.mark.parametrize(
    ("train", "field"),
    [
        (row(SHORT.upper().rstrip("?"), prose(1)), "prompt"),
        (row(prose(1), SHORT), "completion"),
        (chat(prose(1), prose(2), SHORT, prose(3)), "prompt 2"),
        (
            {"instruction": "Which element is most", "input": "abundant in the crust of Earth?", "output": "x"},
            "all prompts",
        ),
        ({"prompt": prose(1), "chosen": prose(2), "rejected": SHORT}, "rejected"),
        ({"text": SHORT}, "text"),
    ],
)
def test_an_item_shorter_than_13_tokens_counts_where_a_whole_field_is_equal_to_it(
    found: Any, train: dict[str, Any], field: str
) -> None:
    line = only(found([train], [row(SHORT, "Oxygen")]))
    assert (line["tier"], line["rule"], line["overlap"]) == ("question", "equal field", 1.0)
    assert line["field"] == field


def test_a_short_item_without_an_answer_counts_where_a_prompt_is_equal_to_it(found: Any) -> None:
    line = only(found([*NOISE, row(SHORT, prose(1))], [{"text": SHORT}]))
    assert (line["tier"], line["field"], line["contaminated"]) == ("verbatim", "prompt", True)


def test_a_short_item_inside_of_a_longer_text_is_told_apart_and_does_not_count(found: Any) -> None:
    result = found([*NOISE, row(f"Hello! {SHORT} Thanks", prose(1))], [row(SHORT, "Oxygen")], fail_over=0)
    assert tiers(result) == {"short_contained": 1}
    assert (result.contaminated, result.ratio, result.failed, result.summary["rules"]) == (0, 0.0, False, {})
    line = only(result)
    assert (line["tier"], line["contaminated"], line["rule"]) == ("short_contained", False, "whole sequence")
    assert line["train"].endswith(":21") and line["field"] == "prompt" and line["train_words"] == [1, 11]
    assert any("1 item of fewer than 13 tokens stands inside of longer" in note for note in result.notes)


def test_an_equal_field_later_on_is_better_evidence_than_a_text_that_holds_it(found: Any) -> None:
    line = only(found([row(f"Hello! {SHORT} Thanks"), row(SHORT), row(SHORT)], [row(SHORT, "Oxygen")]))
    assert (line["tier"], line["train_rows"]) == ("question", 3) and line["train"].endswith(":2")


def test_a_short_item_and_a_label_that_says_the_same_are_not_a_leak(found: Any) -> None:
    train = [{"text": prose(n), "label": f"what is the rate {n}"} for n in range(3)]
    assert found(train, [row("What is the rate 1?", "Oxygen")]).contaminated == 0


def test_the_words_of_a_short_item_in_another_order_are_not_it(found: Any) -> None:
    train = [*NOISE, row("is Earth of the crust the most abundant in which element", "no")]
    assert found(train, [row("Which element is most abundant in the crust of Earth?", "Oxygen")]).contaminated == 0


def test_12_and_13_tokens_meet_without_a_gap(found: Any) -> None:
    twelve, thirteen = prose(5, 12), prose(6, 13)
    result = found([row(f"{prose(1)} {twelve} {prose(2)} {thirteen} {prose(3)}")], [row(twelve), row(thirteen)])
    assert result.contaminated == 1
    assert result.evidence["rule"].to_list() == ["whole sequence", "13-gram overlap"]
    assert result.evidence["tier"].to_list() == ["short_contained", "question"]


@pytest.mark.parametrize("question", ["Hello", "Why?", "Yes, please", "你好"])
def test_a_tiny_question_is_no_leak_because_its_words_occur(found: Any, question: str) -> None:
    result = found([row(f"{prose(1)} {question} {prose(2)}"), row(prose(3), question)], [row(question)])
    assert result.contaminated == 0
    assert any("compared with whole fields only" in note for note in result.notes)


def test_a_tiny_question_that_is_a_whole_prompt_is_a_leak(found: Any) -> None:
    line = only(found([*NOISE, row("hello !", prose(3))], [row("Hello")]))
    assert (line["tier"], line["rule"], line["field"]) == ("question", "equal field", "prompt")


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: text.replace(" ", "\n  "),
        lambda text: text.replace(",", " ,").replace(";", " —").replace("?", " ?!"),
        lambda text: text.upper(),
        lambda text: text.replace("a", "ａ").replace(" ", "\u00a0"),
        lambda text: text.replace("me", "m\u200be"),
        lambda text: f"“{text}”…",
    ],
    ids=["wrapped lines", "punctuation", "capitals", "full width", "zero width", "quotes"],
)
def test_disguised_copies_are_found(found: Any, disguise: Any) -> None:
    assert found([*NOISE, row(disguise(QUESTION))], [row(QUESTION, ANSWER)]).tiers["question"] == 1


def test_a_text_without_spaces_is_found(found: Any) -> None:
    question = "农夫在四月卖了四十八个瓜五月卖了一半两个月一共卖了多少个瓜"
    train = [
        row(f"请回答：{question}？谢谢", prose(1)),
        row("农夫在四月买了一头牛和三只羊，五月又卖了两只羊给邻居", prose(2)),
    ]
    line = only(found(train, [row(question, prose(3))]))
    assert line["train"].endswith(":1") and line["tier"] == "question"


def test_a_changed_number_is_another_item(found: Any) -> None:
    question = "Solve for x where 2x + 5 = 15"
    assert found([row("Solve for x where 3x + 4 = 19")], [row(question, "5")]).contaminated == 0


@pytest.mark.parametrize(("length", "overlap"), [(20, None), (21, 0.9)])
def test_overlap_must_be_above_the_threshold_not_at_it(found: Any, length: int, overlap: float | None) -> None:
    # 22 tokens have 10 grams; the first 20 hold 8 of them, which is 0.8, the first 21 hold 9
    words = prose(9, 22).split()
    result = found([row(" ".join(words[:length]))], [row(" ".join(words), prose(8))], near=1)
    assert result.evidence["overlap"].to_list() == ([] if overlap is None else [overlap])


def test_halves_in_two_rows_are_not_a_leak(found: Any) -> None:
    words = prose(9, 60).split()
    train = [row(" ".join(words[:35])), row(" ".join(words[25:]))]
    assert found(train, [row(" ".join(words), "x")]).contaminated == 0


def test_a_template_shared_by_all_prompts_is_no_leak(found: Any) -> None:
    template = f"Below is an instruction that describes a task. {prose(77, 60)} Question: "
    test = [row(template + prose(n, 9)) for n in range(100, 112)]
    result = found([row(template + prose(n, 9)) for n in range(200, 220)], test)
    assert result.contaminated == 0
    assert any("taken for a template" in note for note in result.notes)


def test_a_leak_inside_a_template_is_found(found: Any) -> None:
    template = f"Below is an instruction that describes a task. {prose(77, 60)} Question: "
    test = [row(template + prose(n, 9)) for n in range(100, 112)]
    result = found([*NOISE, row("Tell me: " + prose(104, 9)), row(template + prose(106, 9))], test)
    assert result.evidence.filter("contaminated")["test"].str.extract(r":(\d+)$").to_list() == ["5", "7"]
    assert len(numbers(result, "format_match")) == 10


def test_a_short_text_in_a_template_counts_where_it_is_a_whole_field_with_the_template_or_without(found: Any) -> None:
    template = f"Below is an instruction that describes a task. {prose(77, 60)} Question: "
    test = [row(template + prose(n, 9), prose(500 + n)) for n in range(100, 112)]
    train = [row(prose(104, 9)), row(template + prose(106, 9)), row("Tell me: " + prose(108, 9))]
    result = found([*NOISE, *train], test)
    assert (numbers(result, "question"), numbers(result, "short_contained")) == (["5", "7"], ["9"])


def test_a_tiny_text_in_a_template_is_found_as_a_whole_prompt(found: Any) -> None:
    template = f"Classify the sentiment of this review. {prose(77, 30)} "
    test = [row(template + word, "ok") for word in LEXICON[:12]]
    result = found([*NOISE, row(template + LEXICON[3], prose(1)), row(template + "other", "ok")], test)
    assert numbers(result, "question") == ["4"] and result.contaminated == 1


def test_an_ellipsis_is_unlike_every_other_row(found: Any) -> None:
    assert (
        found(
            [*NOISE, row("...", prose(1)), row("… well …")], [row(QUESTION, "..."), row(prose(4_000), "…")]
        ).contaminated
        == 0
    )


@pytest.mark.parametrize("turn", [0, 2, 4])
def test_a_question_in_any_turn_of_a_training_chat_is_found(found: Any, turn: int) -> None:
    turns = [prose(n, 15) for n in range(6)]
    turns[turn] = QUESTION
    line = only(found([chat(*[prose(50 + n, 15) for n in range(6)]), chat(*turns)], [row(QUESTION, ANSWER)]))
    assert line["train"].endswith(":2") and line["field"] == f"prompt {turn // 2 + 1}"


def test_a_chat_of_short_turns_is_found_when_all_its_turns_are(found: Any) -> None:
    turns = [prose(n, 8) for n in range(6)]
    other = [turns[0], prose(91, 8), prose(92, 8), prose(93, 8), prose(94, 8), prose(95, 8)]
    result = found([chat(*other), chat(*turns[:5], prose(99, 8))], [chat(*turns)])
    assert only(result)["tier"] == "question" and only(result)["train"].endswith(":2")


def test_a_question_in_other_fields_of_other_formats_is_found(found: Any) -> None:
    train = [{"instruction": "Work it out.", "input": QUESTION, "output": prose(n)} for n in range(2)]
    line = only(found(train, [row(QUESTION, ANSWER)]))
    assert (line["train_rows"], line["field"]) == (2, "prompt 2") and line["train"].endswith(":1")


def test_rejected_answers_and_system_messages_are_searched_too(found: Any) -> None:
    train = [{"messages": [{"role": "system", "content": QUESTION}, *chat(prose(1), prose(2))["messages"]]}]
    assert found(train, [row(QUESTION, ANSWER)]).tiers["question"] == 1


def test_what_cannot_be_checked_is_counted_not_clean(tmp_path: Path, write: Any) -> None:
    (tmp_path / "test.jsonl").write_text(
        "\n".join(
            [json.dumps(row(QUESTION, ANSWER)), '{"prompt": "cut o', json.dumps(row("", "")), json.dumps(row(prose(2)))]
        ),
        encoding="utf-8",
    )
    result = check(write("train.jsonl", [row(QUESTION)]), tmp_path / "test.jsonl", out=tmp_path / "out")
    assert (result.test_rows, result.contaminated, result.unchecked) == (4, 1, 2)
    assert result.summary["unchecked_reasons"] == {"no text": 1, "unreadable": 1}
    assert result.ratio == 1 / 2 and result.summary["bounds"] == [1 / 4, 3 / 4]


def test_unreadable_training_records_are_said(tmp_path: Path, write: Any) -> None:
    (tmp_path / "train.jsonl").write_text(json.dumps(row(QUESTION)) + '\n{"prompt', encoding="utf-8")
    result = check(tmp_path / "train.jsonl", write("test.jsonl", [row(QUESTION)]), out=tmp_path / "out")
    assert any("1 training record could not be read" in note for note in result.notes)


@pytest.mark.parametrize(("limit", "failed"), [(None, False), (0.4, True), (0.5, False), (0.0, True)])
def test_more_than_the_limit_fails(found: Any, limit: float | None, failed: bool) -> None:
    result = found([row(QUESTION)], [row(QUESTION), row(prose(4_000))], fail_over=limit)
    assert result.ratio == 0.5 and result.failed is failed


def test_nothing_is_guessed_from_a_path(tmp_path: Path, write: Any) -> None:
    write("train.jsonl", [row(QUESTION)])
    result = check(write("other.jsonl", NOISE), write("test.jsonl", [row(QUESTION)]), out=tmp_path / "out")
    assert result.contaminated == 0
    with pytest.raises(TypeError):
        check(test=tmp_path / "test.jsonl", out=tmp_path / "again")  # type: ignore[call-arg]


def test_the_same_file_on_both_sides_is_wholly_contaminated_and_said(tmp_path: Path, write: Any) -> None:
    path = write("data.jsonl", [*NOISE, row("short", "one"), row("Hello", "Hi")])
    result = check(path, path, out=tmp_path / "out")
    assert result.contaminated == result.test_rows == 22
    assert any("The same file is training and test" in note for note in result.notes)


def test_several_training_files_are_searched(tmp_path: Path, write: Any) -> None:
    train = [write("one.jsonl", NOISE), write("two.jsonl", [{"text": QUESTION}])]
    result = check(train, write("test.jsonl", [row(QUESTION)]), out=tmp_path / "out")
    assert only(result)["train"] == f"{train[1]}:1"
    assert [file["path"] for file in result.summary["train"]["files"]] == train
    assert all(len(file["sha256"]) == 64 for file in result.summary["train"]["files"])


@pytest.mark.parametrize("batch_rows", [1, 3])
def test_batch_size_changes_nothing(tmp_path: Path, write: Any, monkeypatch: Any, batch_rows: int) -> None:
    words = QUESTION.split()
    train = write("train.jsonl", [row(" ".join(words[:-3])), row(QUESTION), *NOISE, row(QUESTION, ANSWER)])
    test = write("test.jsonl", [row(QUESTION, ANSWER), NOISE[3], row(QUESTION), row("Hello")])
    check(train, test, out=tmp_path / "whole")
    monkeypatch.setattr(run, "Reader", partial(Reader, batch_rows=batch_rows))
    check(train, test, out=tmp_path / "pieces")
    for name in ("contamination.json", "contaminated.jsonl"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "pieces" / name).read_bytes()


def test_the_row_with_most_overlap_is_the_evidence_and_the_first_of_equals(found: Any) -> None:
    part = " ".join(QUESTION.split()[:-2])
    line = only(found([row(part), row(QUESTION + " Show your work."), row(QUESTION)], [row(QUESTION, ANSWER)]))
    assert line["train"].endswith(":2") and line["overlap"] == 1 and line["train_rows"] == 3


@pytest.mark.parametrize(
    ("options", "message"), [({"threshold": 2}, "threshold"), ({"fail_over": -1}, "fail_over"), ({"gram": 8}, "gram")]
)
def test_options_that_cannot_be_used_are_said(found: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        found(NOISE, NOISE, **options)


def test_a_missing_file_and_an_existing_output_are_said(tmp_path: Path, write: Any) -> None:
    path = write("test.jsonl", NOISE)
    with pytest.raises(DataError):
        check(tmp_path / "nowhere.jsonl", path, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    check(path, path, out=tmp_path / "out")
    with pytest.raises(OutputError):
        check(path, path, out=tmp_path / "out")


def test_a_result_can_be_opened_and_shows_itself(tmp_path: Path, found: Any) -> None:
    found([row(QUESTION)], [row(QUESTION), row("<script>alert(1)</script>")])
    result = ContaminationResult(tmp_path / "out")
    assert "1 of 2 contaminated, 50.00 %" in repr(result) and "<script>" not in result._repr_html_()
    with pytest.raises(DataError, match="not a finished check"):
        ContaminationResult(tmp_path)
