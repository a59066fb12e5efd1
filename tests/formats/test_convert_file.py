"""``bloomery convert`` on files: what is written, what is listed, and that nothing is half-written."""

import csv
import json

import polars as pl
import pytest

from bloomery.errors import DataError, OutputError, RecipeError, UsageError
from bloomery.formats.convert import TARGETS, convert_rows, targets_of
from bloomery.formats.convert_file import convert
from bloomery.formats.detect import detect
from bloomery.formats.dialogue import Loss


def write(path, *lines):
    path.write_text(
        "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), encoding="utf-8"
    )
    return str(path)


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def alpaca(at):
    return {"instruction": f"Ask {at}", "input": "", "output": f"A full answer, number {at}."}


def chat(*said):
    return {
        "messages": [
            {"role": role, "content": text} for role, text in zip(("user", "assistant") * 9, said, strict=False)
        ]
    }


def test_rows_are_converted_and_numbers_keep_their_literals(tmp_path):
    source = write(tmp_path / "in.jsonl", '{"instruction":"a","input":"","output":"b","score":1.50,"id":"00123"}')
    done = convert(source, tmp_path / "out.jsonl", to="chat")
    assert (done.rows, done.skipped, done.quarantined, done.problems, done.lost) == (1, 0, 0, None, {})
    assert (tmp_path / "out.jsonl").read_bytes() == (
        b'{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"score":1.50,"id":"00123"}\n'
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_unreadable_and_faulty_rows_are_listed_by_id_and_reason_only(tmp_path):
    source = write(tmp_path / "in.jsonl", alpaca(1), '{"instruction": "secret', {**alpaca(3), "output": ""}, alpaca(4))
    done = convert(source, tmp_path / "out.jsonl", to="chat")
    assert (done.rows, done.skipped, done.quarantined) == (2, 1, 1)
    listed = read(tmp_path / "out.jsonl.problems.jsonl")
    assert {row["id"].rsplit(":", 1)[1] for row in listed} == {"2", "3"}
    assert ["empty_completion"] in [row["reasons"] for row in listed]
    assert "secret" not in (tmp_path / "out.jsonl.problems.jsonl").read_text()


def test_a_loss_is_an_error_that_names_the_row_and_writes_nothing(tmp_path):
    source = write(tmp_path / "in.jsonl", chat("a", "b"), chat("a", "b", "c", "d"))
    with pytest.raises(DataError, match=r"in\.jsonl:2 cannot be converted.*the turns before the last question"):
        convert(source, tmp_path / "out.jsonl", to="completion")
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_an_allowed_loss_is_counted_and_listed(tmp_path):
    source = write(tmp_path / "in.jsonl", chat("a", "b"), chat("a", "b", "c", "d"))
    done = convert(source, tmp_path / "out.jsonl", to="completion", lossy=True)
    assert read(tmp_path / "out.jsonl") == [{"prompt": "a", "completion": "b"}, {"prompt": "c", "completion": "d"}]
    assert done.lost == {"the turns before the last question": 1}
    assert read(done.problems)[0]["reasons"] == ["lost the turns before the last question"]


def test_what_cannot_be_converted_at_all_is_skipped_and_listed_where_losing_is_allowed(tmp_path):
    wrong = {
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "user", "content": "b"},
            {"role": "assistant", "content": "c"},
        ]
    }
    source = write(tmp_path / "in.jsonl", chat("a", "b"), wrong)
    done = convert(source, tmp_path / "out.jsonl", to="alpaca", lossy=True)
    assert (done.rows, done.skipped) == (1, 1)


@pytest.mark.parametrize("ending", ["json", "csv", "parquet"])
def test_the_ending_says_the_container(tmp_path, ending):
    source = write(tmp_path / "in.jsonl", *(chat(f"ask {at}", f"answer, {at}") for at in range(3)))
    out = tmp_path / f"out.{ending}"
    convert(source, out, to="completion")
    if ending == "json":
        rows = json.loads(out.read_text(encoding="utf-8"))
    elif ending == "csv":
        with out.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        rows = pl.read_parquet(out).to_dicts()
    assert rows == [{"prompt": f"ask {at}", "completion": f"answer, {at}"} for at in range(3)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", out.name]


def test_a_chat_has_no_place_in_csv(tmp_path):
    source = write(tmp_path / "in.jsonl", alpaca(1))
    with pytest.raises(UsageError, match="CSV"):
        convert(source, tmp_path / "out.csv", to="chat")
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_trees_become_preferences_from_their_ranks(tmp_path):
    replies = [
        {"message_id": str(at), "text": f"reply {at}", "role": "assistant", "rank": at, "replies": []}
        for at in range(3)
    ]
    tree = {"prompt": {"message_id": "q", "text": "ask", "role": "prompter", "replies": replies}}
    done = convert(write(tmp_path / "in.jsonl", tree), tmp_path / "out.jsonl", to="preference")
    assert done.rows == 2
    assert [row["rejected"][0]["content"] for row in read(tmp_path / "out.jsonl")] == ["reply 1", "reply 2"]


def test_a_preference_becomes_two_rows(tmp_path):
    source = write(tmp_path / "in.jsonl", {"prompt": "a", "chosen": "b", "rejected": "c"})
    assert convert(source, tmp_path / "out.jsonl", to="kto").rows == 2


def test_hosted_files_are_checked(tmp_path):
    source = write(tmp_path / "in.jsonl", *map(alpaca, range(10)))
    convert(source, tmp_path / "out.jsonl", hosted=True)
    assert set(read(tmp_path / "out.jsonl")[0]) == {"messages"}
    few = write(tmp_path / "few.jsonl", *map(alpaca, range(9)))
    with pytest.raises(DataError, match="9 examples, at least 10"):
        convert(few, tmp_path / "few_out.jsonl", hosted=True)
    named = write(tmp_path / "named.jsonl", *({**alpaca(at), "id": at} for at in range(10)))
    with pytest.raises(DataError, match="the column 'id'"):
        convert(named, tmp_path / "named_out.jsonl", hosted=True)
    refused = write(tmp_path / "refused.jsonl", *map(alpaca, range(10)), chat("a", "b", "nobody answers"))
    with pytest.raises(DataError):
        convert(refused, tmp_path / "x.jsonl", hosted=True, format="completion")


def test_a_chat_that_the_service_refuses_is_listed(tmp_path):
    source = write(tmp_path / "in.jsonl", *(chat(f"a{at}", "b") for at in range(10)), chat("a", "b", "c"))
    done = convert(source, tmp_path / "out.jsonl", hosted=True)
    assert (done.rows, done.skipped) == (10, 1)
    assert read(done.problems)[0]["reasons"] == ["the last message is not the assistant's"]


def test_columns_and_format_overrule(tmp_path):
    source = write(tmp_path / "in.jsonl", {"title": "a", "body": "b"})
    convert(source, tmp_path / "out.jsonl", to="chat", columns={"prompt": "title", "completion": "body"})
    assert read(tmp_path / "out.jsonl") == [chat("a", "b")]


def test_wrong_usage_says_what_to_do(tmp_path):
    source = write(tmp_path / "in.jsonl", alpaca(1))
    with pytest.raises(RecipeError, match="no format 'chatml' to convert to") as unknown:
        convert(source, tmp_path / "out.jsonl", to="chatml")
    assert str(unknown.value).endswith(
        "Expected one of " + ", ".join(TARGETS) + ", or that of the input. Did you mean 'chat'?"
    )
    with pytest.raises(
        RecipeError, match=r"is alpaca, which cannot become pair. Expected one of chat, sharegpt, alpaca, "
    ):
        convert(source, tmp_path / "out.jsonl", to="pair", lossy=True)
    assert not (tmp_path / "out.jsonl").exists()
    with pytest.raises(RecipeError, match="chats only"):
        convert(source, tmp_path / "out.jsonl", to="alpaca", hosted=True)
    with pytest.raises(OutputError, match="says no container"):
        convert(source, tmp_path / "out.xml")
    (tmp_path / "there.jsonl").write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        convert(source, tmp_path / "there.jsonl")
    assert (tmp_path / "there.jsonl").read_text() == "mine"


def test_a_format_that_is_refused_beforehand_is_one_that_no_row_can_be_written_in():
    rows = {
        "pair": {"premise": "a", "hypothesis": "b", "label": "c"},
        "text": {"text": "a"},
        "classification": {"text": "a", "label": "b"},
        "preference": {"prompt": "a", "chosen": "b", "rejected": "c"},
        "kto": {"prompt": "a", "completion": "b", "label": True},
        "chat": chat("a", "b"),
    }
    able = {}
    for name, row in rows.items():
        form = detect([row], where="x", format=name).format
        able[name] = set(targets_of(form))
        for to in {*TARGETS, *rows}:
            try:
                written = bool(convert_rows(row, form, to, lossy=True))
            except Loss:
                written = False
            assert written == (to in able[name]), (name, to)
    assert able["text"] == {"text"}


def test_the_folder_of_the_output_is_made(tmp_path):
    source = write(tmp_path / "in.jsonl", alpaca(1))
    convert(source, tmp_path / "new" / "er" / "out.jsonl", to="chat")
    assert [path.name for path in (tmp_path / "new" / "er").iterdir()] == ["out.jsonl"]
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="cannot be made"):
        convert(source, tmp_path / "file" / "out.jsonl", to="chat")


def test_encoding_and_container_overrule(tmp_path):
    (tmp_path / "in.dat").write_bytes("question;answer\nWo ist das Café?;Unten\n".encode("latin-1"))
    done = convert(
        str(tmp_path / "in.dat"), tmp_path / "out.jsonl", to="completion", encoding="latin-1", container="csv"
    )
    assert done.rows == 1
    assert read(tmp_path / "out.jsonl") == [{"prompt": "Wo ist das Café?", "completion": "Unten"}]


def test_nothing_to_write_is_an_error(tmp_path):
    source = write(tmp_path / "in.jsonl", *({"messages": [{"role": "user", "content": "a"}]} for _ in range(3)))
    with pytest.raises(DataError, match="No row"):
        convert(source, tmp_path / "out.jsonl", format="chat")
