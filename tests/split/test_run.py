import json
import random
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bloomery.contamination.run import check
from bloomery.errors import DataError, OutputError, RecipeError
from bloomery.formats.read import Reader
from bloomery.split import run
from bloomery.split.result import SplitResult
from bloomery.split.run import split

VERBS = ["open", "close", "change", "cancel", "move", "print", "sign", "send", "track", "return"]
THINGS = ["order", "invoice", "parcel", "contract", "password", "address", "booking", "ticket", "refund", "licence"]


def ticket(number: int, **more: Any) -> dict[str, Any]:
    """A record unlike all others: three verbs, three things and a number."""
    draw = random.Random(number)
    text = " ".join(f"{draw.choice(VERBS)} the {draw.choice(THINGS)} {number * 7 + k}" for k in range(3))
    return {"text": text, "label": "abc"[number % 3], **more}


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_rows_come_out_byte_for_byte_each_once(tmp_path: Path) -> None:
    raw = [
        b'{"text": "first   row", "label":"a",  "n": 1.50}',
        b'{"label":"b","text":"\\u00e4 escaped"}',
        '{"text":"nicht escaped: ä","label":"a","extra":[1, 2]}'.encode(),
        b'{"text":"00123","label":"b"}',
    ] + [json.dumps(ticket(n)).encode() for n in range(20)]
    (tmp_path / "raw.jsonl").write_bytes(b"\n".join(raw))
    result = split(tmp_path / "raw.jsonl", out=tmp_path / "out")
    written = [line for path in result.files.values() for line in lines(path)]
    assert sorted(written) == sorted(raw)
    for path in result.files.values():
        assert lines(path) == [line for line in raw if line in set(lines(path))]  # in input order


def test_the_table_of_rows_leads_to_every_line(tmp_path: Path, write: Any) -> None:
    records = [ticket(n) for n in range(30)]
    result = split(write("raw.jsonl", records), out=tmp_path / "out")
    for row_id, name, line, _ in result.rows.iter_rows():
        assert json.loads(lines(result.files[name])[line - 1]) == records[int(row_id.rpartition(":")[2]) - 1]


def test_unreadable_lines_are_counted_and_listed(tmp_path: Path) -> None:
    rows = [json.dumps(ticket(n)) for n in range(12)]
    (tmp_path / "raw.jsonl").write_text("\n".join([*rows[:5], '{"text": "cut o', *rows[5:]]), encoding="utf-8")
    result = split(tmp_path / "raw.jsonl", out=tmp_path / "out")
    assert result.counts == {"read": 13, "written": 12, "unused": 0, "quarantined": 1}
    listed = json.loads((tmp_path / "out" / "quarantine.jsonl").read_bytes())
    assert listed["line"] == 6 and listed["reason"]
    assert any("1 record could not be read" in note for note in result.notes)


def test_copies_and_near_copies_stay_together(tmp_path: Path, write: Any) -> None:
    records = [ticket(n) for n in range(60)]
    copies = [ticket(n) for n in range(0, 60, 6)]
    shouted = [{**ticket(n), "text": ticket(n)["text"].upper() + " !!"} for n in range(0, 60, 5)]
    relabelled = [{**ticket(n), "label": "other"} for n in range(0, 60, 4)]
    result = split(write("raw.jsonl", [*records, *copies, *shouted, *relabelled]), out=tmp_path / "out")
    homes: dict[str, set[str]] = {}
    for name, path in result.files.items():
        for line in lines(path):
            homes.setdefault(json.loads(line)["text"].lower().rstrip(" !"), set()).add(name)
    assert len(homes) == 60 and all(len(names) == 1 for names in homes.values())
    assert result.manifest["proof"]["pairs_across_splits"] == 0
    assert result.manifest["clusters"]["duplicate_clusters"] == len(
        {n for n in range(60) if n % 6 == 0 or n % 5 == 0 or n % 4 == 0}
    )


def test_groups_never_straddle(tmp_path: Path, write: Any) -> None:
    records = [ticket(n, meta={"user": f"u{n % 17}"}) for n in range(120)]
    result = split(write("raw.jsonl", records), out=tmp_path / "out", group="meta.user")
    users = {name: {json.loads(line)["meta"]["user"] for line in lines(path)} for name, path in result.files.items()}
    assert sum(map(len, users.values())) == 17
    achieved = result.manifest["ratio"]["achieved"]
    # a user is 7 or 8 of 120 rows, 6.7 %
    assert all(
        abs(achieved[name] - asked) <= 6.7 for name, asked in {"train": 70, "validation": 10, "test": 20}.items()
    )


def test_a_row_without_a_group_is_a_group_of_its_own(tmp_path: Path, write: Any) -> None:
    records = [ticket(n, user=None if n % 2 else "one") for n in range(40)]
    result = split(write("raw.jsonl", records), out=tmp_path / "out", group="user", ratio="50/50")
    assert result.sizes == {"train": 20, "test": 20}
    assert result.manifest["clusters"]["units"] == 21


def test_paths_of_one_conversation_tree_stay_together(tmp_path: Path, write: Any) -> None:
    def tree(number: int) -> dict[str, Any]:
        replies = [{"role": "assistant", "text": ticket(1_000 * number + k)["text"], "replies": []} for k in (1, 2)]
        prompt = {"role": "prompter", "text": ticket(number)["text"], "replies": replies}
        return {"message_tree_id": str(number), "prompt": prompt}

    result = split(write("trees.jsonl", [tree(n) for n in range(30)]), out=tmp_path / "out", match="text")
    assert result.counts["read"] == 60
    trees = result.rows.select(result.rows["id"].str.extract(r":(\d+)#"), "split").unique()
    assert trees.height == 30


def test_entities_of_token_labels_are_stratified(tmp_path: Path, write: Any) -> None:
    def sentence(number: int) -> dict[str, Any]:
        words = ticket(number)["text"].split()
        tags = ["O"] * len(words)
        tags[0:2] = ["B-DRUG", "I-DRUG"] if number % 20 == 0 else tags[0:2]
        tags[4] = "B-GENE" if number % 2 else "O"
        return {"tokens": words, "tags": tags}

    result = split(write("tags.jsonl", [sentence(n) for n in range(100)]), out=tmp_path / "out")
    labels = {name: found["labels"] for name, found in result.manifest["splits"].items()}
    assert {name: found["DRUG"] for name, found in labels.items()} == {"train": 3, "validation": 1, "test": 1}
    assert {name: found["GENE"] for name, found in labels.items()} == {"train": 35, "validation": 5, "test": 10}


def test_labels_of_the_format_are_stratified_unasked(tmp_path: Path, write: Any) -> None:
    records = [{**ticket(n), "label": "rare" if n % 25 == 0 else "common"} for n in range(100)]
    result = split(write("raw.jsonl", records), out=tmp_path / "out")
    labels = {name: split["labels"] for name, split in result.manifest["splits"].items()}
    assert {name: found["rare"] for name, found in labels.items()} == {"train": 2, "validation": 1, "test": 1}
    assert sum(sum(found.values()) for found in labels.values()) == 100


def test_a_label_too_rare_for_every_split_is_said(tmp_path: Path, write: Any) -> None:
    records = [ticket(n, kind="usual") for n in range(50)] + [ticket(50, kind="odd"), ticket(51, kind="odd")]
    result = split(write("raw.jsonl", records), out=tmp_path / "out", stratify="kind")
    assert any("1 label is not in every split" in note and "'odd'" in note for note in result.notes)
    assert "odd" in result.manifest["splits"]["train"]["labels"]


def test_the_latest_rows_are_the_test(tmp_path: Path, write: Any) -> None:
    records = [ticket(n, at=f"2025-{1 + n // 10:02}-{1 + n % 10:02}") for n in range(100)]
    random.Random(3).shuffle(records)
    result = split(write("raw.jsonl", records), out=tmp_path / "out", time="at")
    times = {name: [json.loads(line)["at"] for line in lines(path)] for name, path in result.files.items()}
    assert result.sizes == {"train": 70, "validation": 10, "test": 20}
    assert max(times["train"]) < min(times["validation"]) and max(times["validation"]) < min(times["test"])
    assert any("test holds the latest rows, from 2025-09-01" in note for note in result.notes)


def test_an_old_copy_of_a_late_row_moves_into_the_test_and_is_said(tmp_path: Path, write: Any) -> None:
    records = [ticket(n, at=n) for n in range(50)]
    records[0] = {**records[49], "at": 0}
    result = split(write("raw.jsonl", records), out=tmp_path / "out", time="at", ratio="80/20")
    test = [json.loads(line)["at"] for line in lines(result.files["test"])]
    assert 0 in test and max(json.loads(line)["at"] for line in lines(result.files["train"])) < sorted(test)[1]
    assert any("1 older row: duplicates" in note for note in result.notes)


def test_time_with_stratify_takes_the_latest_and_stratifies_the_rest(tmp_path: Path, write: Any) -> None:
    records = [ticket(n, at=n) for n in range(100)]
    result = split(write("raw.jsonl", records), out=tmp_path / "out", time="at", stratify="label")
    assert sorted(json.loads(line)["at"] for line in lines(result.files["test"])) == list(range(80, 100))
    assert sorted(result.manifest["splits"]["validation"]["labels"].values()) == [3, 3, 4]


def test_a_held_out_source_is_a_test_of_its_own(tmp_path: Path, write: Any) -> None:
    inside = write("inside.jsonl", [ticket(n) for n in range(40)])
    outside = write("outside.jsonl", [ticket(n) for n in range(36, 60)])  # 36..39 are in both
    result = split([inside, outside], out=tmp_path / "out", hold_out=["*outside*"])
    assert result.sizes["ood"] == 24
    assert result.counts == {"read": 64, "written": 60, "unused": 4, "quarantined": 0}
    unused = [json.loads(line) for line in lines(tmp_path / "out" / "unused.jsonl")]
    assert [u["row"] for u in unused] == [ticket(n) for n in range(36, 40)]
    assert {u["reason"] for u in unused} == {"duplicates_held_out_source"}
    assert unused[0]["id"] == f"{inside}:37"
    assert any("4 rows of other sources" in note for note in result.notes)


def test_undersampling_balances_training_only(tmp_path: Path, write: Any) -> None:
    records = [{**ticket(n), "label": "rare" if n % 10 == 0 else "common"} for n in range(200)]
    result = split(write("raw.jsonl", records), out=tmp_path / "out", balance="undersample")
    splits = result.manifest["splits"]
    assert splits["train"]["labels"] == {"common": 14, "rare": 14}
    assert splits["test"]["labels"] == {"common": 36, "rare": 4}
    assert result.manifest["unused"] == {"undersampled": 112} and result.counts["unused"] == 112
    assert result.manifest["ratio"]["achieved"]["train"] == 70


def test_a_template_that_swallows_the_data_is_said(tmp_path: Path, write: Any) -> None:
    records = [{"prompt": "write a short poem about the sea", "completion": ticket(n)["text"] * 2} for n in range(30)]
    records += [{"prompt": ticket(n)["text"], "completion": "done as you asked"} for n in range(100, 110)]
    path = write("raw.jsonl", records)
    result = split(path, out=tmp_path / "out")
    assert any("One duplicate cluster holds 30 of 40 rows" in note and "--match text" in note for note in result.notes)
    assert split(path, out=tmp_path / "text", match="text").sizes == {"train": 28, "validation": 4, "test": 8}


def test_what_was_split_is_not_contaminated(tmp_path: Path, write: Any) -> None:
    records = [{"prompt": ticket(n % 70)["text"], "completion": ticket(n + 500)["text"]} for n in range(100)]
    result = split(write("raw.jsonl", records), out=tmp_path / "out")
    checked = check(result.files["train"], result.files["test"], out=tmp_path / "check", fail_over=0)
    assert (checked.contaminated, checked.failed) == (0, False)


def test_small_tests_are_said(tmp_path: Path, write: Any) -> None:
    result = split(write("raw.jsonl", [ticket(n) for n in range(30)]), out=tmp_path / "out")
    assert any("test has 6 rows" in note for note in result.notes)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"stratify": "nowhere"}, DataError, "No row has the column 'nowhere' to stratify by.*text, label"),
        ({"group": "no.such"}, DataError, "No row has the column 'no.such' to group by"),
        ({"time": "text"}, DataError, "has no time in column 'text'"),
        ({"ratio": "70/20/20"}, RecipeError, "sum to 100"),
        ({"ratoi": "70/10/20"}, RecipeError, "ratoi.*"),
        ({"hold_out": ["elsewhere*"]}, DataError, "No row is of a source to hold out"),
        ({"hold_out": ["*"]}, DataError, "Every row is of a source to hold out"),
    ],
)
def test_what_cannot_be_used_is_said(
    tmp_path: Path, write: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    path = write("raw.jsonl", [ticket(n) for n in range(12)])
    with pytest.raises(error, match=message):
        split(path, out=tmp_path / "out", **options)
    assert [p.name for p in tmp_path.iterdir()] == ["raw.jsonl"]


def test_fewer_independent_rows_than_splits_is_an_error(tmp_path: Path, write: Any) -> None:
    with pytest.raises(DataError, match=r"at least 3 rows.*Found 2"):
        split(write("raw.jsonl", [ticket(1), ticket(1), ticket(2)]), out=tmp_path / "out")


def test_balancing_without_labels_is_an_error(tmp_path: Path, write: Any) -> None:
    records = [{"prompt": ticket(n)["text"], "completion": ticket(n + 50)["text"]} for n in range(12)]
    with pytest.raises(DataError, match="no labels to balance"):
        split(write("raw.jsonl", records), out=tmp_path / "out", balance="undersample")


def test_an_output_that_exists_is_not_touched(tmp_path: Path, write: Any) -> None:
    path = write("raw.jsonl", [ticket(n) for n in range(12)])
    split(path, out=tmp_path / "out")
    before = everything(tmp_path / "out")
    with pytest.raises(OutputError):
        split(path, out=tmp_path / "out", seed=1)
    assert everything(tmp_path / "out") == before


@pytest.mark.parametrize("batch_rows", [1, 7])
def test_batch_size_changes_nothing(tmp_path: Path, write: Any, monkeypatch: Any, batch_rows: int) -> None:
    records = [ticket(n % 45, user=n % 20, at=n) for n in range(60)]
    path = write("raw.jsonl", records)
    options = {"group": "user", "stratify": "label", "balance": "undersample"}
    split(path, out=tmp_path / "whole", **options)
    monkeypatch.setattr(run, "Reader", partial(Reader, batch_rows=batch_rows))
    split(path, out=tmp_path / "pieces", **options)
    assert everything(tmp_path / "whole") == everything(tmp_path / "pieces")


def test_a_result_can_be_opened_and_shows_itself(tmp_path: Path, write: Any) -> None:
    split(write("<b>.jsonl", [ticket(n) for n in range(12)]), out=tmp_path / "<out>")
    result = SplitResult(tmp_path / "<out>")
    assert "train 6" in repr(result) and "<td>train</td>" in result._repr_html_()
    assert isinstance(result.rows, pl.DataFrame)
    with pytest.raises(DataError, match="not a finished split"):
        SplitResult(tmp_path)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)), min_size=25, max_size=60),
    st.integers(0, 3),
    st.sampled_from(["70/10/20", "80/20", "1/1/8"]),
)
def test_every_row_is_in_one_split_and_no_group_or_copy_in_two(
    rows: list[tuple[int, int]], seed: int, ratio: str
) -> None:
    records = [ticket(number, user=user) for number, user in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raw.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        try:
            result = split(path, out=Path(folder) / "out", group="user", seed=seed, ratio=ratio)
        except DataError as error:
            assert "cannot be split" in str(error)
            return
        found = [(name, json.loads(line)) for name, file in result.files.items() for line in lines(file)]
    key = lambda record: json.dumps(record, sort_keys=True)  # noqa: E731
    assert Counter(key(record) for _, record in found) == Counter(map(key, records))
    for field in ("user", "text"):
        homes: dict[Any, set[str]] = {}
        for name, record in found:
            homes.setdefault(record[field], set()).add(name)
        assert all(len(names) == 1 for names in homes.values())
