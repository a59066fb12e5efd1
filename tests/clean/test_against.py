"""Rows that another dataset, an earlier run or an index has: one answer, however it is given, and no index is ever half written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import bloomery as bl
from bloomery.clean import against as module
from bloomery.clean import reference_index
from bloomery.clean import run as cleaning
from bloomery.clean.near import Near
from bloomery.clean.ops import build
from bloomery.clean.reference_index import Index
from bloomery.clean.result import CleanResult
from bloomery.errors import DataError, OutputError, RecipeError, UsageError
from bloomery.formats.read import Reader
from bloomery.formats.source import Source

WORDS = [a + b for a in ("bal", "cor", "dun", "fer", "gol", "hin") for b in ("ka", "le", "mo", "nu", "pi", "ra", "se")]


def row(k: int, *, last: str = "") -> dict[str, str]:
    """Rows of different numbers have nothing in common; `last` is one more word."""
    said = " ".join(WORDS[(k * 11 + j * (k % 5 + 1)) % 42] + "xyzuvw"[k % 6] + WORDS[k % 42] for j in range(30))
    return {"prompt": f"Please explain {said}?", "completion": f"{said[::-1]} it is {last}".strip()}


def write(path: str, rows: list[dict[str, Any]]) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text("".join(json.dumps(one) + "\n" for one in rows))
    return path


OLD = [row(k) for k in range(20)]
#: equal to 0 to 4, near 5 to 9, and five new rows of which the last two are near each other
NEW = [row(k) for k in range(5)] + [row(k, last="well") for k in range(5, 10)]
NEW += [row(k) for k in range(20, 24)] + [row(23, last="again")]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("old.jsonl", OLD)
    write("new.jsonl", NEW)


def lost(run: CleanResult) -> dict[int, tuple[str, str, float]]:
    """New row -> the op, the number of the other row, the score; other rows of the same run are negative."""
    lines = [json.loads(line) for line in (run.folder / "dropped.jsonl").read_text().splitlines()]
    assert all(line["against"] for line in lines)
    return {
        int(line["id"].split(":")[1]): (line["op"], line["against"].rpartition(":")[2], line["score"]) for line in lines
    }


def contents(folder: str | Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(Path(folder).rglob("*")) if one.is_file()}


WAYS: dict[str, Callable[[], dict[str, Any]]] = {
    "file": lambda: {"against": "old.jsonl"},
    "two files": lambda: {"against": [write("a/1.jsonl", OLD[:7]), write("a/2.jsonl", OLD[7:])]},
    "glob": lambda: {"against": (write("b/1.jsonl", OLD[:7]), write("b/2.jsonl", OLD[7:])) and "b/*.jsonl"},
    "earlier run": lambda: {"against": bl.clean("old.jsonl", out="v1").folder},
    "index": lambda: {"against": bl.clean("old.jsonl", out="v1", index="known").folder and "known"},
    "index that grows": lambda: {"index": bl.clean("old.jsonl", out="v1", index="known").folder and "known"},
    "index in two steps": lambda: {
        "index": [
            bl.clean(write("c.jsonl", OLD[:7]), out="v1", index="known"),
            bl.clean(write("d.jsonl", OLD[7:]), out="v2", index="known"),
        ]
        and "known"
    },
    "options": lambda: {"set": ["clean.near.against=old.jsonl", "clean.exact.against=[old.jsonl]"]},
    "recipe": lambda: {
        "recipe": Path("r.yaml").write_text(
            "clean: [normalize, {exact: {against: [{path: old.jsonl}]}}, {near: {against: old.jsonl}}]"
        )
        and "r.yaml"
    },
    "chats": lambda: {
        "against": write(
            "chat.jsonl",
            [
                {
                    "messages": [
                        {"role": "user", "content": one["prompt"]},
                        {"role": "assistant", "content": one["completion"]},
                    ]
                }
                for one in OLD
            ],
        )
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_one_answer_however_it_is_given(way: str) -> None:
    before = contents(".")
    run = bl.clean("new.jsonl", out="out", **WAYS[way]())
    found = lost(run)
    assert {n: op for n, (op, _, _) in found.items()} == dict.fromkeys(range(1, 6), "exact") | dict.fromkeys(
        [*range(6, 11), 14], "near"
    )
    numbers = [int(found[n][1]) for n in range(1, 11)]
    assert numbers == list(range(1, 11)) or numbers in ([*range(1, 8), 1, 2, 3],)
    assert found[14][1] == "15"
    assert run.counts == {"read": 15, "kept": 4, "edited": 0, "dropped": 11, "quarantined": 0}
    assert [json.loads(line) for line in run.data.read_text().splitlines()] == [*NEW[10:13], NEW[14]]
    assert {name: data for name, data in contents(".").items() if name in before} == before
    told = run.manifest["against"]
    assert {op: sum(one["dropped"].get(op, 0) for one in told) for op in ("exact", "near")} == {"exact": 5, "near": 5}
    assert sum(one["rows"] for one in told) == 20
    assert told[0]["dataset"] in run.report.read_text()


@pytest.mark.parametrize("batch_rows", [1, 4, 1000])
@pytest.mark.parametrize("limit", [1, 300, 1 << 25])
def test_the_same_bytes_at_any_batch_size_and_in_any_segments(
    batch_rows: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = contents(bl.clean("new.jsonl", out="as/out", against="old.jsonl").folder)
    monkeypatch.setattr(module, "LIMIT", limit)
    monkeypatch.setattr("bloomery.formats.read.BATCH_ROWS", batch_rows)
    monkeypatch.setattr(Reader.__init__, "__kwdefaults__", {"format": None, "batch_rows": batch_rows})
    found = contents(bl.clean("new.jsonl", out="out", against="old.jsonl").folder)
    for one in (expected, found):
        one.pop("timings.json")
    assert found == expected


@pytest.mark.parametrize("limit", [1, 300])
def test_an_index_of_many_segments_answers_alike(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = lost(bl.clean("new.jsonl", out="as", against="old.jsonl"))
    monkeypatch.setattr(reference_index, "LIMIT", limit)
    monkeypatch.setattr(reference_index, "_FEW", limit)
    monkeypatch.setattr(reference_index, "_TIMES", 0)
    bl.clean("old.jsonl", out="v1", index="known")
    named = json.loads(Path("known/manifest.json").read_text())["ops"]["near"]["segments"]
    assert len(named) > 2
    assert {one.name for one in Path("known").glob("near-*")} == set(named)
    assert lost(bl.clean("new.jsonl", out="v2", index="known")) == expected
    third = bl.clean("new.jsonl", out="v3", index="known")
    assert third.counts["kept"] == 0
    assert Index("known").rows == 24


def test_scrubbed_rows_meet_scrubbed_rows() -> None:
    write("old.jsonl", [row(1, last="write to ann@pelmont.io please")])
    write("new.jsonl", [row(1, last="write to bob@pelmont.io please"), row(2)])
    assert set(lost(bl.clean("new.jsonl", out="out", against="old.jsonl"))) == {1}
    assert set(lost(bl.clean("new.jsonl", out="again", ops=["exact"], against="old.jsonl"))) == set()


def test_the_rows_of_the_other_dataset_outrank_all() -> None:
    """The new row is longer and of a source with priority: it goes all the same. Nothing of the other dataset is dropped."""
    write("old.jsonl", [row(1), row(1), row(1, last="well")])
    write("new.jsonl", [row(1, last="well done"), row(2)])
    Path("r.yaml").write_text("data: [{path: new.jsonl, priority: 9}]\nclean: [{near: {against: [old.jsonl]}}]\n")
    run = bl.clean(recipe="r.yaml", out="out")
    assert lost(run)[1][:2] == ("near", "3")


def test_why_shows_the_other_row_as_long_as_it_can_be_read() -> None:
    run = bl.clean("new.jsonl", out="out", against="old.jsonl")
    assert "{+ well+}" in run.why("new.jsonl:6")
    write("old.jsonl", OLD[:2])
    assert "old.jsonl:6 is no longer in old.jsonl" in run.why("new.jsonl:6")
    Path("old.jsonl").unlink()
    assert "old.jsonl:6 cannot be read again" in run.why("new.jsonl:6")
    bl.clean(write("old.jsonl", OLD), out="v1", index="known")
    assert "known is an index and holds no text" in bl.clean("new.jsonl", out="b", against="known").why("new.jsonl:6")


def test_ids_of_an_index_are_not_taken_for_rows_of_the_run() -> None:
    """A weekly file has the same name every week."""
    write("week.jsonl", OLD)
    bl.clean("week.jsonl", out="v1", index="known")
    write("week.jsonl", [row(30), row(0)])
    run = bl.clean("week.jsonl", out="v2", index="known")
    assert run.dropped["against"].to_list() == ["known/week.jsonl:1"]
    assert run.clusters.rows() == [("known/week.jsonl:1", "week.jsonl:2", "exact", 1.0)]


def test_tightened_rows_no_longer_count_for_the_other_dataset() -> None:
    run = bl.clean("new.jsonl", out="out", against="old.jsonl")
    tight = bl.rethreshold(run.folder, 0.999)
    assert tight.counts["kept"] == 10
    assert tight.manifest["against"][0]["dropped"] == {"exact": 5, "near": 0}


def test_restored_rows_no_longer_count_for_the_other_dataset() -> None:
    run = bl.clean("new.jsonl", out="out", against="old.jsonl")
    before = run.manifest["against"][0]["dropped"]
    lost = run.ledger.filter((pl.col("action") == "drop") & (pl.col("op") == "exact"))["id"][0]
    after = bl.restore(run.folder, lost, by="Mo").manifest["against"][0]["dropped"]
    assert after == before | {"exact": before["exact"] - 1}


def test_a_row_that_a_person_brought_back_is_not_doubled_in_the_index() -> None:
    first = bl.clean("new.jsonl", out="v0", index="known")
    assert Index("known").rows == first.counts["kept"]
    second = bl.clean("new.jsonl", out="v1", index="known")
    bl.restore(second.folder, "new.jsonl:1", by="Mo")
    before = Index("known").rows
    third = bl.clean("new.jsonl", out="v2", index="known", decisions="v1/decisions.jsonl")
    assert third.counts["kept"] == 1
    assert Index("known").rows == before


def test_a_killed_run_leaves_the_index_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    bl.clean("old.jsonl", out="v1", index="known")
    before = contents("known")

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cleaning, "write_documents", killed)
        with pytest.raises(KeyboardInterrupt):
            bl.clean("new.jsonl", out="v2", index="known")
    assert before.items() <= contents("known").items()
    assert not Path("v2").exists()
    bl.clean("new.jsonl", out="v2", index="known")
    named = {
        name
        for made in json.loads(Path("known/manifest.json").read_text())["ops"].values()
        for name in made["segments"]
    }
    assert {one.name for one in Path("known").iterdir()} == named | {"manifest.json", "lock"}


def test_a_run_that_fails_makes_no_index() -> None:
    with pytest.raises(UsageError):
        bl.clean("new.jsonl", out="out", index="known", against="nowhere.jsonl")
    assert not Path("known").exists()


def test_two_runs_at_once_do_not_lose_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    bl.clean("old.jsonl", out="v1", index="known")
    original = cleaning.write_documents

    def meanwhile(*given: Any, **named: Any) -> None:
        monkeypatch.setattr(cleaning, "write_documents", original)
        with pytest.raises(OutputError, match="extended by another run"):
            bl.clean(write("other.jsonl", [row(40)]), out="v3", index="known")
        original(*given, **named)

    monkeypatch.setattr(cleaning, "write_documents", meanwhile)
    bl.clean("new.jsonl", out="v2", index="known")
    assert Index("known").rows == 24
    late = Index("known")
    bl.clean(write("other.jsonl", [row(40)]), out="v3", index="known")
    with pytest.raises(OutputError, match="extended by another run"), late.extending("open"):
        pass
    assert Index("known").rows == 25


def test_the_same_index_from_the_same_bytes() -> None:
    for name in ("one", "two"):
        bl.clean("old.jsonl", out=f"{name}/v1", index=f"{name}/known")
        bl.clean("new.jsonl", out=f"{name}/v2", index=f"{name}/known")
    assert contents("one/known") == contents("two/known")


@pytest.mark.parametrize(
    ("option", "fits"),
    [
        ("near.threshold=0.9", True),
        ("near.short=0.95", True),
        ("near.short=null", True),
        ("near.answer=0.2", True),
        ("near.twins=false", True),
        ("near.threshold=0.7", False),
        ("near.short=0.9", False),
        ("near.width=2", False),
        ("near.fields=prompt", False),
        ("exact.normalize=none", False),
    ],
)
def test_an_index_fits_what_it_was_made_for(option: str, fits: bool) -> None:
    bl.clean("old.jsonl", out="v1", index="known")
    if fits:
        assert len(lost(bl.clean("new.jsonl", out="v2", index="known", set=[f"clean.{option}"]))) >= 10
    else:
        with pytest.raises(DataError, match=f"other options of {option.partition('.')[0]}"):
            bl.clean("new.jsonl", out="v2", index="known", set=[f"clean.{option}"])


def damage(name: str, change: Callable[[bytes], bytes]) -> None:
    [path] = Path("known").glob(name)
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("manifest.json", lambda data: data.replace(b'"bloomery_index": 1', b'"bloomery_index": 9')),
        ("manifest.json", lambda data: data.replace(b'"check": "', b'"check": "0')),
        ("manifest.json", lambda data: data.replace(b"near-000002", b"..")),
        ("manifest.json", lambda data: data[:-20]),
        ("near-*/values.npy", lambda data: data[:500]),
        ("near-*/values.npy", lambda data: data[: len(data) // 2 // 8 * 8]),
        ("near-*/long_top.npy", lambda data: data[:-8] + b"\xff\xff\xff\xff\0\0\0\0"),
        ("near-*/long_order.npy", lambda data: data[:-8] + b"\xff\xff\xff\xff\0\0\0\0"),
        ("near-*/starts.npy", lambda data: data[:128] + b"\xff\xff\xff\xff\0\0\0\0" * ((len(data) - 128) // 8)),
        ("near-*/words.npy", lambda data: b"\x80\x04" + data),
        ("near-*/ids.arrow", lambda data: data[:20]),
    ],
)
def test_a_damaged_index_is_an_error(name: str, change: Callable[[bytes], bytes]) -> None:
    bl.clean("old.jsonl", out="v1", index="known")
    damage(name, change)
    with pytest.raises(DataError):
        bl.clean("new.jsonl", out="v2", index="known")
    assert not Path("v2").exists()


def test_ranks_beyond_the_stored_rows_are_passed_over() -> None:
    bl.clean("old.jsonl", out="v1", index="known")
    [path] = Path("known").glob("near-*/long_entries.npy")
    np.save(path, np.load(path) | np.uint64(0xFFFFFFFF))
    run = bl.clean("new.jsonl", out="v2", ops=[{"near": {"against": "known"}}])
    whole = bl.clean("new.jsonl", out="v3", ops=[{"near": {"against": "v1"}}])
    assert run.counts["read"] == whole.counts["read"] == run.counts["kept"] + run.counts["dropped"]
    assert set(whole.rows.filter(pl.col("fate") == "kept")["id"]) <= set(
        run.rows.filter(pl.col("fate") == "kept")["id"]
    )


def test_what_cannot_be_done_says_so() -> None:
    with pytest.raises(DataError, match="read as input"):
        bl.clean("new.jsonl", out="out", against="new.jsonl")
    with pytest.raises(DataError, match="does not exist"):
        bl.clean("new.jsonl", out="out", against="nowhere.jsonl")
    with pytest.raises(RecipeError, match="No op compares"):
        bl.clean("new.jsonl", out="out", ops=["length"], against="old.jsonl")
    with pytest.raises(RecipeError, match="An index needs"):
        bl.clean("new.jsonl", out="out", ops=["length"], index="known")
    with pytest.raises(DataError, match="is no index"):
        bl.clean("new.jsonl", out="out", index="old.jsonl")
    bl.clean("old.jsonl", out="v1", ops=["near"], index="known")
    with pytest.raises(DataError, match="holds nothing for exact"):
        bl.clean("new.jsonl", out="out", index="known")
    with pytest.raises(UsageError, match="cannot be run again"):
        bl.clean("old.jsonl", out="v1", ops=["near"], index="known", replace=True)
    assert not Path("out").exists()


def test_the_task_of_an_index_holds_for_what_is_checked_against_it() -> None:
    """Forty short answers of two kinds are labels, three of a kind are not many enough to tell."""
    labels = [{"prompt": f"{row(k)['prompt']}", "completion": "good" if k % 2 else "bad"} for k in range(40)]
    bl.clean(write("labels.jsonl", labels), out="v1", ops=["near"], index="known")
    task = Index("known").task
    long = [{"prompt": row(k)["prompt"], "completion": row(k)["completion"] * 3} for k in (50, 51)]
    run = bl.clean(write("few.jsonl", [labels[0], *long]), out="v2", ops=["near"], index="known")
    assert (task, set(lost(run))) == ("label", {1})


def test_other_ops_before_are_told_in_the_report() -> None:
    bl.clean("old.jsonl", out="v1", ops=["normalize", "exact", "near"], index="known")
    run = bl.clean("new.jsonl", out="v2", ops=["exact", "near"], against="known")
    assert "Rows came to known after normalize, and here they come to near after nothing" in run.report.read_text()
    same = bl.clean("new.jsonl", out="v3", ops=["normalize", "structure", "exact", "length", "near"], against="known")
    assert "Rows came to known" not in same.report.read_text()


def test_a_subclass_compares_too() -> None:
    reader = Reader([Source(path="new.jsonl")])
    ops = build([{"tests.clean.test_against.MyNear": {"against": ["old.jsonl"]}}])
    run = cleaning.run(reader, ops, out=Path("out"), recipe=cleaning.resolved(reader, ops, seed=0))
    assert len(lost(run)) == 11
    bl.clean("old.jsonl", out="v1", ops=["tests.clean.test_against.MyNear"], index="known")
    assert len(lost(bl.clean("new.jsonl", out="v2", ops=["tests.clean.test_against.MyNear"], index="known"))) == 11


class MyNear(Near):
    """A user's own."""
