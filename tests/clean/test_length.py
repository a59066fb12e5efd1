"""length: bounds on both sides of a row, following task and script."""

import csv
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bloomery.clean.length import Length
from bloomery.clean.measure import measure
from bloomery.errors import MissingExtraError, RecipeError
from bloomery.schema import Batch
from tests.clean.batches import batch, reasons

DATA = Path(__file__).parents[3] / "shared" / "data"
OK = "x" * 100


def row(prompt: str, completion: str) -> list[tuple[str, str]]:
    return [("prompt", prompt), ("completion", completion)]


@pytest.mark.parametrize(
    ("prompt", "completion", "reason"),
    [
        (9, 20, "prompt_too_short"),
        (10, 20, None),
        (2048, 4096, None),
        (2049, 20, "prompt_too_long"),
        (10, 19, "completion_too_short"),
        (10, 4097, "completion_too_long"),
        (9, 19, "prompt_too_short"),
    ],
)
def test_the_bounds_of_the_article_are_allowed_lengths(prompt: int, completion: int, reason: str | None) -> None:
    found = Length().decide(batch(row("p" * prompt, "c" * completion), first=3))
    assert reasons(found) == ({3: reason} if reason else {})


def test_score_is_the_length_and_detail_the_bound() -> None:
    found = Length().decide(batch(row(OK, "  yes  ")))
    assert found.select("score", "detail").row(0) == (3.0, '{"bound":20,"unit":"characters"}')


def test_null_bounds_are_no_bounds() -> None:
    rows = batch(row("", ""), row("p" * 9999, "c" * 9999))
    assert Length(prompt=None, completion=None).decide(rows).is_empty()
    assert reasons(Length(prompt=(None, 50), completion=(1, None)).decide(rows)) == {
        0: "completion_too_short",
        1: "prompt_too_long",
    }


@pytest.mark.parametrize("answer", ["mixed_positive", "metformin, lisinopril", "positive", "1"])
def test_labels_survive(answer: str) -> None:
    rows = batch(row("wheres my pin", answer), row("Fog .", answer), row(" ", answer))
    label = Batch(rows.rows, rows.parts, task="label")
    assert reasons(Length().decide(label)) == {2: "prompt_too_short"}
    assert reasons(Length(follow_task=False).decide(label))[1] == "prompt_too_short"


@pytest.mark.parametrize("name", ["classification", "pair", "token_labels"])
def test_label_formats_have_no_completion_minimum(name: str) -> None:
    rows = batch([("prompt", "lost card"), ("label", "7")], [("prompt", "ok"), ("completion", "7")], format=name)
    assert Length().decide(rows).is_empty()


def test_a_label_row_can_still_be_too_long() -> None:
    rows = batch(row("p" * 2049, "spam"), row("p", "c" * 4097), task="label")
    assert reasons(Length().decide(rows)) == {0: "prompt_too_long", 1: "completion_too_long"}


def test_a_chat_is_long_enough_together_and_too_long_in_one_turn() -> None:
    turns = [("prompt", "Hi!"), ("completion", "Hello, what can I do?"), ("prompt", "Order 7"), ("completion", "OK")]
    one_long = [*turns, ("prompt", OK), ("completion", "c" * 4097)]
    many = [("prompt", OK), ("completion", "c" * 3000)] * 3
    assert reasons(Length().decide(batch(turns, one_long, many, format="chat"))) == {1: "completion_too_long"}


def test_parts_of_one_turn_count_together() -> None:
    rows = batch([("prompt", "p" * 2000), ("prompt", "p" * 49), ("completion", OK)])
    assert Length().decide(rows)["score"].to_list() == [2049.0]


def test_reasoning_and_tool_calls_are_what_the_model_produced() -> None:
    thought = [("prompt", OK), ("reasoning", "Seven times six is forty-two."), ("completion", "42")]
    called = [("prompt", OK), ("tool_call", '{"city": "Oslo", "days": 3}')]
    assert Length().decide(batch(thought, called)).is_empty()


def test_a_rejected_answer_may_be_short_but_not_endless() -> None:
    rows = batch([*row(OK, OK), ("rejected", "no")], [*row(OK, OK), ("rejected", "r" * 4097)])
    assert reasons(Length().decide(rows)) == {1: "rejected_too_long"}


def test_an_unwanted_answer_may_be_short_but_not_endless() -> None:
    short, long, fine = row(OK, "no"), row(OK, "r" * 4097), row(OK, OK)
    labelled = [[*one, ("label", label)] for label in ("true", "false", "False") for one in (short, long, fine)]
    found = Length().decide(batch(*labelled, format="kto"))
    assert reasons(found) == {
        0: "completion_too_short",
        1: "completion_too_long",
        4: "completion_too_long",
        7: "completion_too_long",
    }
    assert reasons(Length().decide(batch(*labelled, format="completion")))[3] == "completion_too_short"


def test_a_short_prompt_is_too_short_also_for_an_unwanted_answer() -> None:
    rows = batch([*row("Hi", "no"), ("label", "false")], format="kto")
    assert reasons(Length().decide(rows)) == {0: "prompt_too_short"}


def test_running_text_has_bounds_of_its_own() -> None:
    rows = batch([("text", "short")], [("text", "t" * 9000)])
    assert Length().decide(rows).is_empty()
    assert reasons(Length(text=(10, 5000)).decide(rows)) == {0: "text_too_short", 1: "text_too_long"}


def test_a_side_that_is_not_there_is_not_judged() -> None:
    assert Length().decide(batch([("system", "be kind")], [("prompt", OK)])).is_empty()
    assert Length().decide(batch()).is_empty()


def test_chinese_is_measured_by_what_it_says() -> None:
    rows = batch(row("今天天气", "今天天气很好，适合出门"))  # 4 · 3.7 = 14.8; 10 · 3.7 + 1 = 38
    assert Length().decide(rows).is_empty()
    assert Length(follow_script=False).decide(rows)["score"].to_list() == [4.0]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("消极", 7.4),
        ("消极。", 8.4),
        ("ひらがな", 8.0),
        ("한국어", 6.0),
        ("ภาษาไทย", 7.0),
        ("naïve", 5.0),
        ("👩‍🚒", 3.0),
    ],
)
def test_weights_of_scripts(text: str, length: float) -> None:
    assert measure(pl.Series([text])).to_list() == [pytest.approx(length)]


def test_words_of_scripts_without_spaces() -> None:
    # 7 · 3.7 / 6 = 4.3; 7 Thai signs / 6 = 1.2; two Korean words
    assert measure(pl.Series(["我们今天去北京", "ภาษาไทย", "한국어 공부"]), "words").to_list() == [4.3, 1.2, 2.0]


@pytest.mark.parametrize(
    "options",
    [
        {"prompt": (5, 4)},
        {"prompt": (-1, 4)},
        {"unit": "tokens"},
        {"tokenizer": "t.json"},
        {"unit": "bytes"},
        {"unit": "words"},
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Length(**options)  # type: ignore[arg-type]


def test_options_come_back_from_json() -> None:
    op = Length(prompt=(1, None), completion=None)
    assert Length.model_validate(json.loads(op.model_dump_json())) == op


def test_a_missing_tokenizer_library_or_file_is_said(tmp_path: Path) -> None:
    op = Length(unit="tokens", tokenizer=str(tmp_path / "none.json"), prompt=(1, 9))
    with pytest.raises((MissingExtraError, RecipeError)):
        op.decide(batch(row(OK, OK)))


def test_tokens_of_a_local_tokenizer(tmp_path: Path) -> None:
    library = pytest.importorskip("tokenizers")
    model = library.Tokenizer(library.models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    model.pre_tokenizer = library.pre_tokenizers.Whitespace()
    path = tmp_path / "tokenizer.json"
    model.save(str(path))
    op = Length(unit="tokens", tokenizer=str(path), prompt=(2, 3), completion=None)
    found = op.decide(batch(row("one", ""), row("one two three", ""), row("one, two three", "")))
    assert found.select("reason", "score").rows() == [("prompt_too_short", 1.0), ("prompt_too_long", 4.0)]


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["prompt", "completion", "rejected"]), st.text(max_size=30)), max_size=4)
    )
)
def test_a_batch_decides_as_its_rows_do_alone(rows: list[list[tuple[str, str]]]) -> None:
    op = Length(prompt=(3, 12), completion=(4, 15))
    alone = [op.decide(batch(one, first=n)) for n, one in enumerate(rows)]
    together = op.decide(batch(*rows))
    assert together.rows() == [line for one in alone for line in one.rows()]


@pytest.mark.skipif(not DATA.exists(), reason="shared data is not here")
def test_chinese_alpaca_loses_a_third_of_what_the_plain_rule_drops() -> None:
    records = json.loads((DATA / "alpaca_zh_2000" / "alpaca_zh_10000.json").read_text("utf-8"))
    rows = batch(
        *[[("prompt", r["instruction"] + "\n" + r.get("input", "")), ("completion", r["output"])] for r in records]
    )
    assert Length(follow_script=False).decide(rows).height == 530
    dropped = Length().decide(rows)
    assert dropped["reason"].unique().to_list() == ["completion_too_short"]
    assert dropped.height == 175
    answers = rows.text("completion").gather(dropped["n"])
    assert answers.str.count_matches(r"\p{Han}").max() == 5  # six Han characters are 22.2 and stay


@pytest.mark.skipif(not DATA.exists(), reason="shared data is not here")
def test_no_short_question_of_a_bank_is_dropped() -> None:
    with (DATA / "polyai" / "banking_data" / "train.csv").open(encoding="utf-8", newline="") as file:
        questions = [line["text"] for line in csv.DictReader(file)]
    rows = batch(
        *[[("prompt", question), ("label", "x")] for question in questions], format="classification", task="label"
    )
    assert reasons(Length(prompt=(10, None)).decide(rows)) == {}
