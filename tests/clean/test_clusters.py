import json
from pathlib import Path

import pytest

import bloomery as bl
from bloomery.clean.result import CleanResult

LONG = "the lamp on the shelf by the door is the one that we sent back to the maker in spring for the second time this year"


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rows 1 to 4 are the same, one with a word changed; 5 and 6 are alike and short, 7 is alone."""
    monkeypatch.chdir(tmp_path)
    answers = [
        LONG,
        LONG,
        LONG.replace("spring", "summer"),
        LONG.upper(),
        "We close at five.",
        "We close at five!",
        "No.",
    ]
    rows = [{"prompt": "What happened to it?" if k < 4 else "When?", "completion": a} for k, a in enumerate(answers)]
    path = tmp_path / "raw.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def members(run: CleanResult) -> list[tuple[str, str, str]]:
    return [tuple(id_.removeprefix("raw.jsonl:") for id_ in row[:3]) for row in run.clusters.iter_rows()]


def test_each_duplicate_stands_beside_the_row_it_was_dropped_for(raw: Path) -> None:
    run = bl.clean("raw.jsonl", out="clean", ops=["exact", "near"])
    assert members(run) == [("1", "2", "exact"), ("1", "3", "near"), ("1", "4", "exact"), ("5", "6", "near")]
    assert run.clusters["similarity"].to_list()[::2] == [1.0, 1.0]
    assert set(run.clusters["member"]) == set(run.dropped["id"])


def test_no_duplicates_no_file(raw: Path) -> None:
    run = bl.clean("raw.jsonl", out="clean", ops=["length"])
    assert run.clusters.is_empty()
    assert not (run.folder / "clusters.parquet").exists()


def test_a_row_that_a_person_brings_back_leaves_its_cluster(raw: Path) -> None:
    bl.clean("raw.jsonl", out="clean", ops=["exact", "near"])
    run = bl.restore("clean", "raw.jsonl:2", "raw.jsonl:6", by="Mo")
    assert members(run) == [("1", "3", "near"), ("1", "4", "exact")]
    run = bl.restore("clean", "raw.jsonl:3", "raw.jsonl:4", by="Mo")
    assert not (run.folder / "clusters.parquet").exists()
