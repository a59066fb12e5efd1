"""What dropped duplicates knew ends in the kept row, and nowhere else."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bloomery as bl
from bloomery.clean.merge import Merging, survivors
from bloomery.clean.result import CleanResult
from bloomery.errors import DataError, RecipeError
from bloomery.formats.lossless import loads_value
from bloomery.formats.read import Reader

LONG = "Bring the lamp and the receipt to any of our shops within thirty days of the day you bought it"
OTHER = "There is a bus from the station to the lake every hour until ten in the evening"


def row(text: str, **more: Any) -> dict[str, Any]:
    return {"prompt": f"Please tell me about {text}?", "completion": text} | more


ROWS = [
    row(OTHER, source="a", votes=1),
    row(LONG, source="forum", votes=3),
    row(LONG, source="mail", votes=1.5),  # exact
    row(LONG + " please", source="mail", votes=2, tags=["x"]),  # near, and the longest
    row("One of a kind is this row and no other is like it at all", source="b", votes=5),
    row(OTHER, source=None),
]
MERGE = {"seen": "count", "from": "ids", "sources": {"values": "source"}, "votes": {"sum": "votes"}}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(ROWS)


def write(rows: list[dict[str, Any]]) -> None:
    Path("raw.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))


def kept(run: CleanResult) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run.data.read_text().splitlines()]


def test_the_last_survivor_gets_what_all_knew() -> None:
    """Row 3 went for row 2 in exact, and row 2 for row 4 in near."""
    run = bl.clean("raw.jsonl", out="out", merge=MERGE)
    first, last, single = kept(run)
    assert first == ROWS[0] | {"seen": 2, "from": ["raw.jsonl:6"], "sources": ["a"]}
    assert last == ROWS[3] | {
        "seen": 3,
        "from": ["raw.jsonl:2", "raw.jsonl:3"],
        "sources": ["mail", "forum"],
        "votes": 6.5,
    }
    assert single == ROWS[4]
    assert run.data.read_bytes().splitlines()[2] == json.dumps(ROWS[4]).encode()
    assert run.counts == {"read": 6, "kept": 3, "edited": 2, "dropped": 3, "quarantined": 0}
    lines = run.ledger.filter(run.ledger["op"] == "merge")
    assert lines.select("id", "action", "reason").rows() == [
        ("raw.jsonl:1", "edit", "merged"),
        ("raw.jsonl:4", "edit", "merged"),
    ]
    assert "merge edited it (merged)" in run.why("raw.jsonl:4")
    assert "3 duplicates knew was merged into 2 kept rows" in run.report.read_text()


@pytest.mark.parametrize("batch_rows", [1, 2])
def test_the_same_bytes_at_any_batch_size(batch_rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = bl.clean("raw.jsonl", out="as", merge=MERGE)
    monkeypatch.setattr(Reader.__init__, "__kwdefaults__", {"format": None, "batch_rows": batch_rows})
    run = bl.clean("raw.jsonl", out="out", merge=MERGE)
    for name in ("data.jsonl", "dropped.jsonl", "ledger.parquet", "rows.parquet", "summary.json"):
        assert (run.folder / name).read_bytes() == (expected.folder / name).read_bytes()


def test_merged_rows_merge_again() -> None:
    one = bl.clean("raw.jsonl", out="one", merge=MERGE)
    write([*kept(one), ROWS[1] | {"source": "web", "votes": 4}])
    again = bl.clean("raw.jsonl", out="two", merge=MERGE)
    assert kept(again)[1] == kept(one)[1] | {
        "seen": 4,
        "from": ["raw.jsonl:2", "raw.jsonl:3", "raw.jsonl:4"],
        "sources": ["mail", "forum", "web"],
        "votes": 10.5,
    }


def test_nothing_goes_into_rows_that_are_dropped_or_come_from_elsewhere() -> None:
    """The survivor of the first two is too short for length; the other dataset's row is not written at all."""
    write([ROWS[0], ROWS[5], ROWS[1]])
    Path("old.jsonl").write_text(json.dumps(ROWS[1]) + "\n")
    run = bl.clean("raw.jsonl", out="out", merge=MERGE, set=["clean.length.completion=[400,4096]"], against="old.jsonl")
    assert kept(run) == []
    assert run.ledger.filter(run.ledger["op"] == "merge").is_empty()


def test_no_scrubbed_text_comes_back() -> None:
    """pii runs after near: the loser was dropped before it was scrubbed, and is merged as it was scrubbed."""
    messages = [
        row(LONG + f" or write to {name}@pelmont.io now" + end) for name, end in (("ann", " please"), ("bob", ""))
    ]
    write(messages)
    near = {"threshold": 0.5, "twins": False}
    run = bl.clean("raw.jsonl", out="out", ops=[{"near": near}, "pii"], merge={"texts": {"values": "completion"}})
    assert run.counts["dropped"] == 1
    assert "pelmont" not in run.data.read_text()


def test_rows_kept_by_a_person_keep_what_is_theirs() -> None:
    run = bl.clean("raw.jsonl", out="one", merge=MERGE)
    bl.restore(run.folder, "raw.jsonl:3", by="Mo")
    again = bl.clean("raw.jsonl", out="two", merge=MERGE, decisions="one/decisions.jsonl")
    assert [one.get("seen") for one in kept(again)] == [2, None, 2, None]


def test_what_cannot_be_done_says_so() -> None:
    with pytest.raises(RecipeError, match="a list into source"):
        bl.clean("raw.jsonl", out="out", merge={"source": {"values": "source"}})
    with pytest.raises(RecipeError, match="beside the text of the rows"):
        bl.clean("raw.jsonl", out="out", merge={"prompt": "count"})
    with pytest.raises(RecipeError, match=r"merge\.seen"):
        bl.clean("raw.jsonl", out="out", merge={"seen": "often"})
    bl.clean("raw.jsonl", out="out", merge=MERGE)
    with pytest.raises(DataError, match="cannot be tightened"):
        bl.rethreshold("out", 0.99)


@pytest.mark.parametrize(
    ("how", "rows", "made"),
    [
        ("count", ["{}", "{}", '{"f": 4}', '{"f": "4"}', '{"f": -1}', '{"f": true}'], "9"),
        ("ids", ['{"f": ["z"]}', "{}", '{"f": ["y"]}'], '["z","id1","y","id2"]'),
        ({"values": "c"}, ['{"c": "a"}', '{"c": ["b", "a", 1.50]}', '{"c": null}', "{}"], '["a","b",1.50]'),
        ({"values": "c"}, ["{}", "{}"], None),
        ({"sum": "c"}, ['{"c": 1}', '{"c": "2"}', '{"c": 9007199254740993}'], "9007199254740994"),
        ({"sum": "c"}, ['{"c": 0.1}', '{"c": 0.2}', '{"c": 0.3}'], "0.6"),
        ({"min": "c"}, ['{"c": 2}', '{"c": 1.50}'], "1.50"),
        ({"max": "c"}, ['{"f": 7, "c": 2}', '{"c": 1.50}'], "7"),
        ({"max": "c"}, ['{"c": "x"}', "{}"], None),
    ],
)
def test_each_way(how: Any, rows: list[str], made: str | None) -> None:
    from bloomery.clean.merge import _made
    from bloomery.formats.lossless import dumps

    merging = Merging({"f": how}, [], 1)
    what, column = merging.fields["f"]
    value = _made("f", what, column, [loads_value(one) for one in rows], [f"id{k}" for k in range(1, len(rows))])
    assert (None if value is None else dumps(value).decode()) == made


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=12), st.sets(st.integers(0, 11)))
def test_survivors_are_the_ends_of_chains(pairs: list[tuple[int, int]], gone: set[int]) -> None:
    """A row is dropped once, for one of a higher number here, so there are no rings."""
    first = {a: b for a, b in reversed(pairs) if a < b}
    kept = np.array([n not in first and n not in gone for n in range(12)])
    drops = [(np.array([a]), np.array([b])) for a, b in first.items()]

    def end(n: int) -> int:
        return end(first[n]) if n in first else n

    assert survivors(drops, kept).tolist() == [end(n) if kept[end(n)] else n for n in range(12)]
