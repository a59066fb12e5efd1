"""Detection: the format, the columns, the task, and the sentence that says what was seen."""

from pathlib import Path

import msgspec
import pytest

from bloomery.errors import DataError, RecipeError
from bloomery.formats import detect

TURNS = [
    {"role": "user", "content": "Where is the station?"},
    {"role": "assistant", "content": "Behind the church, five minutes."},
]
TALK = [
    {"from": "human", "value": "Where is the station?"},
    {"from": "gpt", "value": "Behind the church, five minutes."},
]
LONG = "A whole sentence that answers the question."


def seen(record, count=4, **options):
    return detect([record] * count, where="data.jsonl", **options)


@pytest.mark.parametrize(
    ("record", "name", "columns"),
    [
        ({"prompt": "a", "completion": LONG}, "completion", {}),
        ({"question": "a", "answer": LONG}, "completion", {"prompt": "question", "completion": "answer"}),
        ({"Question": "a", "Best Answer": LONG}, "completion", {"prompt": "Question", "completion": "Best Answer"}),
        ({"input": "a", "output": LONG}, "completion", {"prompt": "input", "completion": "output"}),
        ({"instruction": "a", "response": LONG}, "completion", {"prompt": "instruction", "completion": "response"}),
        ({"query": "a", "response": LONG}, "completion", {"prompt": "query", "completion": "response"}),
        (
            {"system_prompt": "s", "question": "a", "response": LONG},
            "completion",
            {"system": "system_prompt", "prompt": "question", "completion": "response"},
        ),
        ({"article": "a", "highlights": LONG}, "completion", {"prompt": "article", "completion": "highlights"}),
        ({"prompt": TURNS[:1], "completion": TURNS[1:]}, "completion", {}),
        ({"instruction": "a", "input": "", "output": LONG}, "alpaca", {}),
        ({"instruction": "a", "output": LONG}, "alpaca", {}),
        ({"instruction": "a", "input": "b", "response": LONG, "output": LONG}, "alpaca", {}),
        (
            {"instruction": "a", "context": "b", "response": LONG, "category": "qa"},
            "alpaca",
            {"input": "context", "output": "response"},
        ),
        ({"messages": TURNS}, "chat", {}),
        ({"messages": TURNS, "text": "a"}, "chat", {}),
        ({"conversations": TURNS}, "chat", {"messages": "conversations"}),
        ({"conversations": TALK, "tools": "[]"}, "sharegpt", {}),
        ({"messages": TALK}, "sharegpt", {"conversations": "messages"}),
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, "preference", {}),
        (
            {"conversations": TALK[:1], "chosen": TALK[1], "rejected": TALK[1]},
            "preference",
            {"prompt": "conversations"},
        ),
        (
            {"chosen_messages": TURNS, "rejected_messages": TURNS},
            "preference",
            {"chosen": "chosen_messages", "rejected": "rejected_messages"},
        ),
        ({"messages": TURNS, "label": True}, "kto", {}),
        ({"prompt": "a", "completion": LONG, "label": False}, "kto", {}),
        ({"prompt": "a", "completion": LONG, "label": "true"}, "kto", {}),
        ({"text": "a", "label": "pos"}, "classification", {}),
        ({"text": "a", "category": "card"}, "classification", {"label": "category"}),
        ({"review": "a", "sentiment": 1}, "classification", {"text": "review", "label": "sentiment"}),
        ({"sentence": "a", "label": 0, "idx": 3}, "classification", {"text": "sentence"}),
        ({"premise": "a", "hypothesis": "b", "label": 2}, "pair", {"first": "premise", "second": "hypothesis"}),
        (
            {"question1": "a", "question2": "b", "is_duplicate": False},
            "pair",
            {"first": "question1", "second": "question2", "label": "is_duplicate"},
        ),
        ({"text_a": "a", "text_b": "b", "label": "x"}, "pair", {"first": "text_a", "second": "text_b"}),
        ({"tokens": ["a"], "ner_tags": [0], "pos_tags": [7]}, "token_labels", {"tags": "ner_tags"}),
        ({"tokens": ["a"], "tags": ["B-X"]}, "token_labels", {}),
        ({"text": LONG}, "text", {}),
        ({"content": LONG, "url": "u"}, "text", {"text": "content"}),
        ({"text": "a", "role": "prompter", "message_id": "1", "parent_id": None}, "oasst_messages", {}),
        ({"text": "a", "role": "prompter", "message_id": "1", "replies": []}, "oasst", {}),
        ({"name": "t", "instruction": "a", "instances": [{"input": "", "output": LONG}]}, "self_instruct", {}),
    ],
)
def test_formats_and_columns(record, name, columns):
    found = seen(record)
    assert (found.format.name, dict(found.format.columns)) == (name, columns)


def test_why_says_what_was_seen():
    assert seen({"messages": TURNS}).why == "chat: 'messages' is a list of role/content turns in 4 of 4 rows"


ARTICLE = [
    {
        "prompt": "Classify the following customer review as positive, negative, or neutral.",
        "completion": "mixed_positive",
    },
    {"prompt": "Extract all medication names from this clinical note:", "completion": "metformin, lisinopril"},
]


@pytest.mark.parametrize("records", [ARTICLE, ARTICLE[:1], ARTICLE[1:] * 2 + ARTICLE[:1] * 3])
def test_short_answers_are_labels_even_in_a_tiny_sample(records):
    # 14 and 21 characters: one of the two, or three of the five, are under 20; of two of the second kind, none would be
    found = detect(records, where="x")
    assert found.task == "label"
    assert "answers are short" in found.why


def answered(*answers):
    return detect([{"prompt": "What is it, please?", "completion": answer} for answer in answers], where="x").task


def test_few_repeated_answers_are_labels_though_they_are_long():
    assert answered(*["a rather long name of a class", "another quite long class name"] * 10) == "label"
    assert (
        answered(*["a rather long name of a class", "another quite long class name"] * 2) == "open"
    )  # too few to tell


def test_answers_that_differ_are_open():
    assert answered(*[f"Answer number {at} is a whole sentence." for at in range(40)]) == "open"


def test_a_few_short_answers_among_long_ones_do_not_make_labels():
    assert answered("yes", "no", *[f"Answer number {at} is a whole sentence." for at in range(10)]) == "open"


def test_chinese_sentences_of_ten_characters_are_not_short():
    assert answered(*["车站在教堂后面五分钟" + chr(0x4E00 + at) for at in range(12)]) == "open"
    assert answered(*["正面", "负面"] * 3) == "label"


def test_labels_in_chats_count_too():
    found = seen({"messages": [{"role": "user", "content": "Good film"}, {"role": "assistant", "content": "positive"}]})
    assert (found.format.name, found.task) == ("chat", "label")


def test_the_majority_decides_and_the_others_get_a_fault():
    found = detect([{"messages": TURNS}] * 3 + [{"prompt": "a", "completion": LONG}] * 2, where="x")
    assert found.format.name == "chat"
    assert found.format.parse({"prompt": "a", "completion": LONG}).fault == "missing_column"


def test_no_majority_is_an_error():
    mixed = [{"messages": TURNS}, {"prompt": "a", "completion": LONG}, {"text": LONG}]
    with pytest.raises(DataError, match="fit no format in at least half of the first 3 rows"):
        detect(mixed, where="x")


def test_columns_that_fit_nothing_say_what_was_expected_found_and_to_do():
    with pytest.raises(DataError) as raised:
        seen({"mr": "name[x]", "ref": "x is a pub", "n": 3})
    message = str(raised.value)
    assert "data.jsonl" in message
    assert "completion (prompt, completion, system)" in message
    assert "mr (text), ref (text), n (number)" in message
    assert "columns: {prompt:" in message


def test_a_named_format_overrules():
    assert seen({"text": "a", "label": "b"}, format="text").format.name == "text"


def test_a_named_format_still_finds_its_columns():
    assert (
        seen({"Question": "a", "Answer": LONG, "label": "b"}, format="completion").format.column("prompt") == "Question"
    )


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(RecipeError, match=r"no format 'chatml'.*completion"):
        seen({"messages": TURNS}, format="chatml")


def test_a_named_format_that_fits_no_row_is_an_error():
    with pytest.raises(DataError, match="not in the format 'chat'"):
        seen({"instruction": "a", "output": LONG}, format="chat")


def test_a_mapping_overrules_and_picks_the_format():
    found = seen({"title": "a", "body": LONG, "text": "x"}, columns={"prompt": "title", "completion": "body"})
    assert found.format.name == "completion"
    assert [part.text for part in found.format.parse({"title": "a", "body": LONG}).parts] == ["a", LONG]


def test_a_mapping_of_one_column_leaves_the_others_detected():
    found = seen({"Frage": "a", "answer": LONG}, columns={"prompt": "Frage"})
    assert dict(found.format.columns) == {"prompt": "Frage", "completion": "answer"}


def test_a_mapping_to_the_keys_of_a_turn():
    talk = [{"who": "user", "says": "a"}, {"who": "assistant", "says": LONG}]
    found = seen({"talk": talk}, format="chat", columns={"messages": "talk", "role": "who", "content": "says"})
    assert found.format.parse({"talk": talk}).fault is None


def test_a_mapped_column_that_is_not_there_is_an_error():
    with pytest.raises(DataError, match="no column 'titel'"):
        seen({"title": "a", "body": LONG}, columns={"prompt": "titel", "completion": "body"})


def test_a_standard_column_that_no_format_has_is_an_error():
    with pytest.raises(RecipeError, match="No format has the columns title"):
        seen({"title": "a", "body": LONG}, columns={"title": "prompt"})


def test_a_standard_column_that_the_named_format_has_not_is_an_error():
    with pytest.raises(RecipeError, match="The format 'chat' has not the columns prompt"):
        seen({"messages": TURNS}, format="chat", columns={"prompt": "messages"})


def test_no_rows_is_an_error():
    with pytest.raises(DataError, match="no rows"):
        detect([], where="empty.jsonl")


DATA = next(
    (
        parent.parent / "shared" / "data"
        for parent in Path(__file__).resolve().parents
        if (parent / "pyproject.toml").exists()
    ),
    Path(),
)
REAL = [
    ("llamafactory_demo/data/alpaca_en_demo.json", "alpaca", "open", 0),
    ("llamafactory_demo/data/alpaca_zh_demo.json", "alpaca", "open", 0),
    ("llamafactory_demo/data/identity.json", "alpaca", "open", 0),
    ("llamafactory_demo/data/c4_demo.jsonl", "text", "open", 0),
    ("llamafactory_demo/data/dpo_en_demo.json", "preference", "open", 0),
    ("llamafactory_demo/data/dpo_zh_demo.json", "preference", "open", 0),
    ("llamafactory_demo/data/v1_dpo_demo.jsonl", "preference", "open", 0),
    ("llamafactory_demo/data/kto_en_demo.json", "kto", "open", 0),
    ("llamafactory_demo/data/glaive_toolcall_en_demo.json", "sharegpt", "open", 0),
    ("llamafactory_demo/data/glaive_toolcall_zh_demo.json", "sharegpt", "open", 0),
    ("llamafactory_demo/data/mllm_demo.json", "chat", "open", 0),
    ("llamafactory_demo/data/mllm_audio_demo.json", "chat", "open", 0),
    ("llamafactory_demo/data/mllm_video_demo.json", "chat", "open", 0),
    ("llamafactory_demo/data/mllm_video_audio_demo.json", "chat", "open", 0),
    ("llamafactory_demo/data/reason_tool_use_demo_50.jsonl", "chat", "open", 0),
    ("llamafactory_demo/data/v1_multimodal_demo.jsonl", "chat", "open", 0),
    ("llamafactory_demo/data/v1_sft_demo.jsonl", "chat", "open", 0),
    ("oasst_sample/model/model_eval/manual/data/en_100_tree.jsonl", "oasst", "open", 0),
    ("oasst_sample/model/model_eval/manual/data/en_100_message.jsonl", "oasst", "open", 0),
    ("oasst_sample/backend/test_data/realistic/realistic_seed_data.json", "oasst_messages", "open", 0),
    ("alpaca_ext_gpteacher/dataset_extensions/gsm_8k/gsm_8k_train.json", "alpaca", "open", 0),
    (
        "alpaca_ext_gpteacher/dataset_extensions/GPTeacher/Roleplay/roleplay-simple-deduped-roleplay-dataset.json",
        "alpaca",
        "open",
        0,
    ),
    (
        "alpaca_ext_gpteacher/dataset_extensions/GPTeacher/Toolformer/toolformer-dedupe-only-dataset.json",
        "alpaca",
        "open",
        0,
    ),
    ("alpaca_seed/seed_tasks.jsonl", "self_instruct", "open", 0),
    ("alpaca_zh_2000/alpaca_zh_10000.json", "alpaca", "open", 1),
    ("alpaca_zh_2000/alpaca_data.json", "alpaca", "open", 0),
    ("codealpaca/data/code_alpaca_2k.json", "alpaca", "open", 2),
    ("codealpaca/data/new_codealpaca.json", "alpaca", "open", 0),
    ("gsm8k/grade_school_math/data/test.jsonl", "completion", "open", 0),
    ("fastchat/data/dummy_conversation.json", "sharegpt", "open", 0),
    ("self_instruct_t0/data/finetuning/t0_train_50k/data_per_template/xsum_DOC_tldr.jsonl", "completion", "open", 0),
    ("self_instruct_t0/data/finetuning/t0_train_50k/data_per_template/glue_qqp_answer.jsonl", "completion", "label", 0),
    (
        "self_instruct_t0/data/finetuning/t0_train_50k/data_per_template/glue_mrpc_equivalent.jsonl",
        "completion",
        "label",
        0,
    ),
]


@pytest.mark.parametrize(("path", "name", "task", "faulty"), REAL, ids=[path.rsplit("/", 1)[1] for path, *_ in REAL])
def test_real_files(path, name, task, faulty):
    if not (DATA / path).is_file():
        pytest.skip("the public data is not beside the repository")
    raw = (DATA / path).read_bytes()
    whole = path.endswith(".json")
    records = (
        msgspec.json.decode(raw) if whole else [msgspec.json.decode(line) for line in raw.splitlines() if line.strip()]
    )
    found = detect(records[:200], where=path)
    assert (found.format.name, found.task) == (name, task)
    rows = [row for _, row in found.format.expand(list(enumerate(records, 1)))]
    parsed = [found.format.parse(row) for row in rows]
    assert sum(one.fault is not None for one in parsed) == faulty
    assert all(
        found.format.replace(row, [part.text for part in one.parts]) == row
        for row, one in zip(rows, parsed, strict=True)
    )


@pytest.mark.parametrize(("path", "scheme"), [("NCBI-disease-IOB", "bio"), ("NCBI-disease-IOBES", "iobes")])
def test_real_conll(path, scheme):
    file = DATA / "bc5cdr_ncbi" / "data" / path / "devel.tsv"
    if not file.is_file():
        pytest.skip("the public data is not beside the repository")
    blocks = [block.splitlines() for block in file.read_text(encoding="utf-8").split("\n\n") if block.strip()]
    pairs = [[line.split("\t") for line in block] for block in blocks]
    records = [{"tokens": [token for token, _ in block], "tags": [tag for _, tag in block]} for block in pairs]
    found = detect(records, where=path)
    assert (found.format.name, found.task, found.format.scheme) == ("token_labels", "label", scheme)
    assert [record for record in records if found.format.parse(record).fault] == []
