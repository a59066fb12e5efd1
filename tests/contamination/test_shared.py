"""An index without text finds what the files find, but for what it does not hold; and a matrix of several."""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import bloomery as bl
from bloomery.contamination.run import check, write_index
from bloomery.errors import DataError
from tests.contamination.test_check import ANSWER, NOISE, QUESTION, SHORT, prose, row, tiers

TEMPLATE = f"Below is an instruction that describes a task. {prose(77, 30)} Question: "
TEST = [
    row(QUESTION, ANSWER),
    row(SHORT, "Oxygen"),
    row("Who?", prose(3_000, 30)),
    row("", ""),
    *[row(TEMPLATE + prose(n, 9), prose(500 + n)) for n in range(100, 112)],
]
TRAIN = [
    *NOISE,
    row(f"Say: {QUESTION}"),
    row(SHORT),
    row(prose(1), prose(3_000, 30)),
    row(TEMPLATE + prose(104, 9)),
]
TOLD = {"name": "bench", "licence": "MIT", "version": "1"}


@pytest.fixture
def sides(tmp_path: Path, write: Any) -> tuple[str, str, Path]:
    train, test = write("train.jsonl", TRAIN), write("test.jsonl", TEST)
    return train, test, write_index(test, out=tmp_path / "all" / "bench", **TOLD)


def test_an_index_finds_what_its_files_do(tmp_path: Path, sides: tuple[str, str, Path]) -> None:
    train, test, index = sides
    files, shared = check(train, test, out=tmp_path / "files"), check(train, index, out=tmp_path / "shared")
    assert tiers(files) == tiers(shared) and tiers(files)["verbatim"] >= 1 and tiers(files)["format_match"] >= 1
    assert (files.test_rows, files.unchecked, files.ratio) == (shared.test_rows, shared.unchecked, shared.ratio)
    columns = ["contaminated", "tier", "rule", "overlap", "train", "train_rows"]
    assert files.evidence.select(columns).equals(shared.evidence.select(columns))
    assert shared.evidence["test"].str.starts_with("bench:").all()
    by_field = files.evidence["rule"] == "equal field"
    assert (files.evidence["field"] == shared.evidence["field"]).filter(by_field).all()


def test_the_evidence_is_quoted_from_the_training_row(tmp_path: Path, sides: tuple[str, str, Path]) -> None:
    line = check(sides[0], sides[2], out=tmp_path / "out").evidence.row(0, named=True)
    words = check(sides[0], sides[1], out=tmp_path / "files").evidence.row(0, named=True)
    assert (line["rule"], line["field"], line["item_words"]) == ("13-gram overlap", "prompt", None)
    assert (line["train_words"], line["excerpt"]) == (words["train_words"], words["excerpt"])


def test_an_index_holds_no_text_and_the_same_bytes_each_time(tmp_path: Path, sides: tuple[str, str, Path]) -> None:
    again = write_index(sides[1], out=tmp_path / "again", **TOLD)
    files = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert len(files) == 14
    for file in files:
        data = (again / file).read_bytes()
        assert data == (sides[2] / file).read_bytes()
        assert not any(word.encode() in data for word in ("melons", "farmer", "element", "Oxygen", "instruction"))


def test_what_an_index_cannot_do_is_said(tmp_path: Path, sides: tuple[str, str, Path]) -> None:
    result = check(sides[0], sides[2], out=tmp_path / "out")
    assert "near" not in result.summary["looked_for"]
    assert any("16 items come from an index without text: near and short_near were not" in n for n in result.notes)


def test_a_folder_of_indexes_gives_a_matrix_by_source(tmp_path: Path, sides: tuple[str, str, Path], write: Any) -> None:
    train, _, index = sides
    other = write_index(
        write("other.jsonl", [row(prose(8_000)), row(QUESTION)]), out=index.parent / "also", **TOLD | {"name": "also"}
    )
    more = write("more.jsonl", [row(QUESTION), row(prose(8_000))])
    files = write("own.jsonl", [row(prose(8_000), "x"), {"prompt": prose(9_000), "completion": "y"}])
    result = bl.contamination([train, more], [str(index.parent), files], out=tmp_path / "out")
    lines = {one["name"]: one for one in result.summary["benchmarks"]}
    assert result.summary["sources"] == [train, more] and list(lines) == [files, "also", "bench"]
    assert (lines["also"]["contaminated"], lines["also"]["by_source"]) == (2, [1, 2])
    assert (lines["bench"]["test_rows"], lines["bench"]["unchecked"]) == (16, 1)
    assert lines["bench"]["by_source"][1] == 1 and lines["bench"]["contaminated"] == lines["bench"]["by_source"][0]
    assert (lines[files]["by_source"], lines[files]["ratio"], lines[files]["licence"]) == ([0, 1], 0.5, None)
    assert sum(one["contaminated"] for one in lines.values()) == result.contaminated
    page = (result.folder / "report.html").read_text()
    assert "Benchmark by source" in page and "version 1, MIT" in page and "<script" not in page
    assert other == index.parent / "also"


def test_training_rows_of_an_index_are_dropped_too(tmp_path: Path, sides: tuple[str, str, Path]) -> None:
    results = [check(sides[0], sides[k], out=tmp_path / str(k), drop_from="train") for k in (1, 2)]
    dropped = [[json.loads(line)["id"] for line in r.decisions.read_text().splitlines()] for r in results]
    assert dropped[0] == dropped[1] and len(dropped[0]) == 4


@pytest.mark.parametrize("damage", ["gram_target", "item_targets", "lead_widths", "item_starts", "gram_weight", "tier"])
def test_a_damaged_index_is_refused(tmp_path: Path, sides: tuple[str, str, Path], damage: str) -> None:
    path = sides[2] / "arrays" / f"{damage}.npy"
    array = np.load(path)
    array[-1] = 250
    np.save(path, array)
    with pytest.raises(DataError, match="is damaged"):
        check(sides[0], sides[2], out=tmp_path / "out")


@pytest.mark.parametrize(
    ("field", "value", "said"), [("check", "0", "numbers words in another way"), ("n", 8, "runs of 8 tokens")]
)
def test_an_index_that_does_not_fit_is_refused(
    tmp_path: Path, sides: tuple[str, str, Path], field: str, value: object, said: str
) -> None:
    path = sides[2] / "manifest.json"
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | {field: value}))
    with pytest.raises(DataError, match=said):
        check(sides[0], sides[2], out=tmp_path / "out")
    shutil.rmtree(sides[2] / "arrays")
