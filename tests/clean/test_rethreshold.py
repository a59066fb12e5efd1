import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bloomery as bl
from bloomery.clean.result import CleanResult
from bloomery.errors import DataError

WORDS = [a + b for a in ("bal", "cor", "dun", "fer", "gol", "hin") for b in ("ka", "le", "mo", "nu", "pi", "ra", "se")]
LONG = " ".join([*WORDS, *(word + "x" for word in WORDS)][:70])


def changed(*places: int) -> str:
    return " ".join("other" if k in places else word for k, word in enumerate(LONG.split()))


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of 70 words, one changed is 65 / 71 = 0.92 by 3-grams, two 62 / 74 = 0.84 (3 runs of 68 each); the address is four words: 0.87."""
    monkeypatch.chdir(tmp_path)
    answers = [
        LONG,
        changed(20),
        changed(20, 40),
        "It stands alone: bo@pelmont.io.",
        changed(30) + " ann.lee@pelmont.io",
        LONG,
    ]
    path = tmp_path / "raw.jsonl"
    path.write_text("".join(json.dumps({"text": a, "k": k}) + "\n" for k, a in enumerate(answers)))
    return path


def fates(run: CleanResult) -> list[str]:
    return run.rows["fate"].to_list()


def adds_up(run: CleanResult) -> None:
    """Counts, files, ledger and summary say the same."""
    counts, summary = run.counts, json.loads((run.folder / "summary.json").read_text())
    assert counts == summary["counts"]
    assert counts["kept"] == fates(run).count("kept") == run.data.read_text().count("\n")
    assert counts["dropped"] == fates(run).count("dropped") == run.dropped.height
    assert counts["edited"] == run.rows.filter((pl.col("fate") == "kept") & pl.col("edited")).height
    drops = dict(run.ledger.filter(pl.col("action") == "drop")["op"].value_counts().iter_rows())
    assert {op["op"]: op["dropped"] for op in summary["ops"] if op["dropped"]} == drops
    assert summary["ops"][-1]["remaining"] == counts["kept"]
    for op in summary["ops"]:
        assert sum(op["reasons"].values()) == op["dropped"]
    [lengths] = [role for name, role in summary["lengths"].items() if name == "text"]
    assert sum(lengths["after"]) == counts["kept"]
    assert [json.loads(line)["k"] for line in run.data.read_text().splitlines()] == [
        k for k, fate in enumerate(fates(run)) if fate == "kept"
    ]


def cleaned(*ops: Any, **options: Any) -> CleanResult:
    return bl.clean("raw.jsonl", out="clean", ops=ops, **options)


def test_what_is_below_comes_back_to_its_place(raw: Path) -> None:
    run = cleaned("exact", {"near": {"keep": []}})
    assert fates(run) == ["kept", "dropped", "dropped", "kept", "dropped", "dropped"]
    run = bl.rethreshold("clean", 0.9)
    assert fates(run) == ["kept", "dropped", "kept", "kept", "kept", "dropped"]
    adds_up(run)
    assert run.clusters["member"].to_list() == ["raw.jsonl:2", "raw.jsonl:6"]
    line = run.ledger.filter(id="raw.jsonl:3").row(0, named=True)
    assert (line["op"], line["action"], line["reason"]) == ("near", "keep", "below_threshold")
    assert (line["against"], line["score"]) == ("raw.jsonl:1", 62 / 74)
    assert json.loads(line["detail"]) == {"threshold": 0.9}
    assert "near looked at it and kept it (below_threshold, 0.838), compared with raw.jsonl:1" in run.why("raw.jsonl:3")
    assert run.manifest["recipe"]["clean"][-1]["near"]["threshold"] == 0.9
    assert "near tightened from 0.8 to 0.9 afterwards: 2 rows came back" in run.report.read_text()


def test_later_ops_decide_on_what_comes_back(raw: Path) -> None:
    """All rows are scrubbed; row 5, of 71 words, is too long in its turn."""
    run = cleaned({"near": {"keep": []}}, "pii", {"length": {"unit": "words", "text": [1, 70]}}, to="csv")
    assert fates(run) == ["kept", "dropped", "dropped", "kept", "dropped", "dropped"]
    first = Path("clean/data.csv").read_text()
    run = bl.rethreshold("clean", 0.9)
    adds_up(run)
    assert fates(run) == ["kept", "dropped", "kept", "kept", "dropped", "dropped"]
    assert run.ledger.filter(id="raw.jsonl:5")["op"].to_list() == ["near", "pii", "length"]
    assert run.dropped.filter(id="raw.jsonl:5").select("op", "reason", "against").row(0) == (
        "length",
        "text_too_long",
        None,
    )
    assert "[EMAIL]" in Path("clean/dropped.jsonl").read_text()
    assert Path("clean/data.csv").read_text() != first


def test_rows_that_are_kept_are_scrubbed(raw: Path) -> None:
    cleaned({"near": {"keep": []}}, "pii")
    run = bl.rethreshold("clean", 0.9)
    adds_up(run)
    assert fates(run)[4] == "kept"
    assert "ann.lee" not in run.data.read_text()
    assert run.counts["edited"] == 2
    assert json.loads(Path("clean/summary.json").read_text())["pii"] == {"EMAIL": 2}
    assert "ann.lee" in Path("clean/private/originals.jsonl").read_text()
    assert "[-ann.lee@pelmont.io-]" not in run.why("raw.jsonl:5")
    assert "pii edited it" in run.why("raw.jsonl:5")


def test_twice_is_once_and_in_steps_is_at_once(raw: Path) -> None:
    cleaned("exact", {"near": {"keep": []}})
    bl.rethreshold("clean", 0.85)
    run = bl.rethreshold("clean", 0.95)
    adds_up(run)
    assert fates(run) == ["kept"] * 5 + ["dropped"]
    with pytest.raises(DataError, match="cannot be tightened to 0.95. Expected a threshold above 0.95"):
        bl.rethreshold("clean", 0.95)


def test_a_person_may_still_restore(raw: Path) -> None:
    cleaned("exact", {"near": {"keep": []}})
    bl.rethreshold("clean", 0.9)
    run = bl.restore("clean", "raw.jsonl:2", by="Mo")
    assert fates(run).count("dropped") == 1


def test_runs_that_cannot_be_tightened(raw: Path) -> None:
    cleaned("exact")
    with pytest.raises(DataError, match="has no near duplicates"):
        bl.rethreshold("clean", 0.9)
    bl.clean("raw.jsonl", out="other", ops=["near", "exact"])
    with pytest.raises(DataError, match="only ops after near that decide on each row by itself. Found exact"):
        bl.rethreshold("other", 0.9)
    for threshold in (0.7, 1.1):
        bl.clean("raw.jsonl", out="third", ops=["near"], replace=True) if threshold < 1 else None
        with pytest.raises(DataError, match="cannot be tightened to"):
            bl.rethreshold("third", threshold)
