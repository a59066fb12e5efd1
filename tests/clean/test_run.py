"""A clean run as users see it: files, fates that add up, the same bytes every time, stories, restored rows."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bloomery as bl
from bloomery import api
from bloomery.clean import pipeline, remembered
from bloomery.clean import run as cleaning
from bloomery.clean.ops import build
from bloomery.clean.result import CleanResult
from bloomery.engine import in_files
from bloomery.errors import DataError, ImbalanceError, OutputError, UsageError
from bloomery.formats.read import Reader
from bloomery.formats.source import Source

TOPICS = [
    "invoice",
    "parcel",
    "router",
    "password",
    "refund",
    "camera",
    "printer",
    "account",
    "booking",
    "battery",
    "headset",
    "monitor",
]


def answer(k: int) -> str:
    a, b, c = TOPICS[k % 12], TOPICS[(k * 7 + 3) % 12], TOPICS[(k * 5 + 1) % 12]
    return f"For the {a} number {k} open the page about {b}, choose step {k * 3}, and then confirm the {c} by letter."


ROWS: list[dict[str, Any]] = [
    {"prompt": f"How do I handle case {k} with my {TOPICS[k % 12]}?", "completion": answer(k), "ticket": k}
    for k in range(60)
]


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """60 good rows and planted faults; the numbers are line numbers."""
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps(row) for row in ROWS]
    lines.append(json.dumps(ROWS[4]))  # 61: exact copy of line 5
    lines.append(json.dumps(ROWS[5] | {"completion": answer(5) + " Good luck!"}))  # 62: near copy of line 6
    lines.append(
        '{"prompt": "How do I reach Ann about this?", "completion": "Write to ann.lee@pelmont.io or wait here."}'
    )
    lines.append('{"prompt": "Is this line broken or not?", "completion": ')  # 64: unreadable
    lines.append(
        '{"prompt": "What does it cost in all, please?", "completion": "Nothing.", "ticket": 1.50}'
    )  # 65: short
    lines.append('{"prompt": "What a day,\\r\\nis it not?",   "completion": "Yes, it is a fine day for a long walk."}')
    lines.append('{"prompt": "An empty one, what now?", "completion": ""}')  # 67: structure
    path = tmp_path / "raw.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def fates(run: CleanResult) -> dict[str, tuple[str, str]]:
    lines = [json.loads(line) for line in (run.folder / "dropped.jsonl").read_text().splitlines()]
    return {line["id"]: (line["op"], line["reason"]) for line in lines}


def everything(folder: Path) -> dict[str, bytes]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "timings.json")
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_each_planted_fault_has_its_fate_and_the_totals_balance(raw: Path) -> None:
    run = bl.clean("raw.jsonl", out="clean")
    assert fates(run) == {
        "raw.jsonl:61": ("exact", "exact_duplicate"),
        "raw.jsonl:6": ("near", "near_duplicate"),  # the longer of the two stays
        "raw.jsonl:65": ("length", "completion_too_short"),
        "raw.jsonl:67": ("structure", "empty_completion"),
    }
    assert run.counts == {"read": 67, "kept": 62, "edited": 2, "dropped": 4, "quarantined": 1}
    quarantined = [json.loads(line) for line in Path("clean/quarantine.jsonl").read_text().splitlines()]
    assert [(q["id"], q["file"], q["line"]) for q in quarantined] == [("raw.jsonl:64", "raw.jsonl", 64)]
    assert run.rows["fate"].value_counts().sort("fate").rows() == [("dropped", 4), ("kept", 62), ("quarantined", 1)]


def test_untouched_rows_come_out_byte_for_byte_and_edits_touch_one_text(raw: Path) -> None:
    bl.clean("raw.jsonl", out="clean")
    came, went = raw.read_bytes().splitlines(), Path("clean/data.jsonl").read_bytes().splitlines()
    assert went[:5] == came[:5]
    assert b'{"prompt":"How do I reach Ann about this?","completion":"Write to [EMAIL] or wait here."}' in went
    assert set(came) - set(went) == {came[k - 1] for k in (6, 63, 64, 65, 66, 67)}  # line 61 equals line 5


def test_a_dropped_row_is_the_full_row_with_its_reason(raw: Path) -> None:
    run = bl.clean("raw.jsonl", out="clean")
    lines = {d["id"]: d for d in map(json.loads, Path("clean/dropped.jsonl").read_text().splitlines())}
    assert lines["raw.jsonl:61"]["row"] == ROWS[4]
    assert lines["raw.jsonl:61"]["against"] == "raw.jsonl:5"
    assert lines["raw.jsonl:6"]["against"] == "raw.jsonl:62"
    assert lines["raw.jsonl:6"]["score"] >= 0.8
    assert '"ticket": 1.50' in Path("clean/dropped.jsonl").read_text()  # numbers keep their literals
    assert run.dropped.filter(pl.col("id") == "raw.jsonl:65")["score"][0] == len("Nothing.")


def test_two_runs_give_the_same_bytes_also_at_other_batch_sizes(raw: Path) -> None:
    bl.clean("raw.jsonl", out="a")
    for name, batch_rows in (("b", 20_000), ("c", 1), ("d", 7)):
        ops = build(["normalize", "pii", "exact", "near", "length", "signals"])
        reader = Reader([Source(path="raw.jsonl")], batch_rows=batch_rows)
        cleaning.run(reader, ops, out=Path(name), recipe=cleaning.resolved(reader, ops, seed=0))
        assert everything(Path("a")) == everything(Path(name)), name


def test_what_does_not_fit_in_memory_gives_the_same_bytes(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bl.clean("raw.jsonl", out="a")
    everywhere = partial(in_files, least=1)
    for module, small in ((pipeline, "_MANY"), (remembered, "_TOGETHER")):
        monkeypatch.setattr(module, small, 1)
        monkeypatch.setattr(module, "in_files", lambda folder, least=1: everywhere(folder))
    bl.clean("raw.jsonl", out="b")
    reader = Reader([Source(path="raw.jsonl")], batch_rows=7)
    ops = build(["normalize", "pii", "exact", "near", "length", "signals"])
    cleaning.run(reader, ops, out=Path("c"), recipe=cleaning.resolved(reader, ops, seed=0))
    assert everything(Path("a")) == everything(Path("b")) == everything(Path("c"))


def test_originals_stand_only_in_private_and_the_mode_protects_them(raw: Path) -> None:
    bl.clean("raw.jsonl", out="clean")
    public = {name: text for name, text in everything(Path("clean")).items() if not name.startswith("private")}
    assert not [name for name, text in public.items() if b"ann.lee@" in text]
    assert b"ann.lee@pelmont.io" in Path("clean/private/originals.jsonl").read_bytes()
    assert stat.S_IMODE(Path("clean/private").stat().st_mode) == 0o700
    unreadable = json.loads(Path("clean/private/unreadable.jsonl").read_text())
    assert unreadable["id"] == "raw.jsonl:64"


def test_without_private_no_original_is_kept_anywhere(raw: Path) -> None:
    bl.clean("raw.jsonl", out="clean", keep_private=False)
    assert not Path("clean/private").exists()
    assert not [name for name, text in everything(Path("clean")).items() if b"ann.lee@" in text]


def test_scrubbing_last_as_the_article_does_still_scrubs_what_is_kept_and_restored(raw: Path) -> None:
    two = '{"prompt": "Whom do I ask?", "completion": "Ask bo.ek@pelmont.io about it."}\n' * 2
    raw.write_text(two)
    run = bl.clean("raw.jsonl", out="clean", ops=["exact", "pii"])
    assert b"bo.ek" not in run.data.read_bytes()
    run = bl.restore("clean", "raw.jsonl:2", by="Mo")
    assert run.data.read_text().count("[EMAIL]") == 2
    assert run.counts["edited"] == run.rows["edited"].sum() == 2
    assert "bo.ek" not in run.data.read_text()


def test_why_tells_the_story_and_masks_personal_data(raw: Path) -> None:
    run = bl.clean("raw.jsonl", out="clean")
    assert "lost" not in run.why("raw.jsonl:1")
    assert "No op touched it" in run.why("raw.jsonl:1")
    near = run.why("raw.jsonl:6")
    assert "near dropped it (near_duplicate, 0." in near
    assert "[- Good luck!-]" in near
    scrubbed = run.why("raw.jsonl:63")
    assert "[EMAIL]" in scrubbed
    assert "ann.lee" not in scrubbed
    assert "normalize edited it" in run.why("raw.jsonl:66")
    assert "could not be read" in run.why("raw.jsonl:64")
    with pytest.raises(DataError, match="no row 'raw.jsonl:999'"):
        run.why("raw.jsonl:999")


def test_why_speaks_of_bytes_only_where_the_row_is_the_line_that_came_in(raw: Path) -> None:
    row = ROWS[0]
    tree = {"instruction": "Name a topic of the desk, please.", "instances": [{"input": "", "output": answer(1)}]}
    Path("a.json").write_text(json.dumps([row], indent=2))
    Path("a.csv").write_text(f'prompt,completion\n{row["prompt"]},"{row["completion"]}"\n')
    Path("wide.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-16")
    Path("tree.jsonl").write_text(json.dumps(tree) + "\n")
    said = {"raw.jsonl:1": "it is the line it came in, byte for byte", "a.json:1": "values are as they came in (json)"}
    said |= {"a.csv:1": "values are as they came in (csv)", "wide.jsonl:1": "values are as they came in (jsonl)"}
    said |= {"tree.jsonl:1#1": "one of the rows that record 1 holds"}
    for row_id, words in said.items():
        path = row_id.partition(":")[0]
        assert words in bl.clean(path, out=f"clean-{path}").why(row_id), row_id
    recipe = raw.with_name("r.yaml")
    recipe.write_text("data: [{path: raw.jsonl}, {path: tree.jsonl}]\nformat: completion\n")
    assert "it was converted to completion" in bl.clean(recipe=recipe, out="both").why("tree.jsonl:1#1")


def test_restore_puts_the_row_back_in_its_place_and_everything_still_adds_up(raw: Path) -> None:
    bl.clean("raw.jsonl", out="clean")
    run = bl.restore("clean", "raw.jsonl:65", reason="short but right", by="Mo")
    assert run.counts == {"read": 67, "kept": 63, "edited": 2, "dropped": 3, "quarantined": 1}
    assert run.kept["id"].to_list().index("raw.jsonl:65") == run.kept["id"].to_list().index("raw.jsonl:66") - 1
    assert '"ticket": 1.50' in run.data.read_text()
    assert "raw.jsonl:65" not in Path("clean/dropped.jsonl").read_text()
    decision = run.ledger.filter(pl.col("by").is_not_null()).row(0, named=True)
    assert (decision["id"], decision["action"], decision["by"]) == ("raw.jsonl:65", "keep", "Mo")
    assert "keep by Mo on 20" in run.why("raw.jsonl:65")
    with pytest.raises(DataError, match="cannot be restored"):
        bl.restore("clean", "raw.jsonl:65")


def test_a_later_run_respects_a_restored_row_also_when_lines_have_moved(raw: Path) -> None:
    bl.clean("raw.jsonl", out="clean")
    bl.restore("clean", "raw.jsonl:65", "raw.jsonl:6", by="Mo")
    again = bl.clean("raw.jsonl", out="clean", replace=True)
    assert again.counts["kept"] == 64
    assert Path("clean/decisions.jsonl").read_text().count("\n") == 2
    raw.write_text(
        '{"prompt": "A new first line?", "completion": "Yes, and all others move down by one."}\n' + raw.read_text()
    )
    moved = bl.clean("raw.jsonl", out="moved", decisions="clean/decisions.jsonl")
    assert "raw.jsonl:66" in moved.kept["id"].to_list()
    assert "raw.jsonl:7" in moved.kept["id"].to_list()


def test_a_row_that_a_person_brought_back_says_so_and_ids_are_guessed(raw: Path) -> None:
    run = bl.clean("raw.jsonl", out="clean")
    assert "raw.jsonl:65 was dropped\n" in run.why("raw.jsonl:65")
    run = bl.restore("clean", "raw.jsonl:65", by="Mo")
    assert "raw.jsonl:65 was kept, by a decision of Mo\n" in run.why("raw.jsonl:65")
    again = bl.clean("raw.jsonl", out="again", decisions="clean/decisions.jsonl")
    assert "raw.jsonl:65 was kept, by a decision of Mo\n" in again.why("raw.jsonl:65")
    with pytest.raises(DataError, match="Did you mean 'raw.jsonl:65'?"):
        run.why("65")
    deep = bl.clean(str(raw), out="deep")
    with pytest.raises(DataError, match=f"Did you mean '{raw}:65'?"):
        bl.restore("deep", "raw.jsonl:65")
    with pytest.raises(DataError, match="Ids stand in"):
        deep.why("none.jsonl:65")
    with pytest.raises(DataError, match="Found a file"):
        CleanResult("raw.jsonl")


def test_what_is_told_of_a_run_follows_what_is_restored(raw: Path) -> None:
    """A new run that respects the decisions is the oracle: the same copies, lengths and counts."""
    rows = ["raw.jsonl:6", "raw.jsonl:61", "raw.jsonl:65"]
    for to in ("csv", "parquet"):
        bl.clean("raw.jsonl", out=to, ops=["normalize", "exact", "near", "length", "pii"], to=to)
        bl.restore(to, rows[0], by="Mo")
        run = bl.restore(to, *rows[1:], by="Mo")
        decided = {"decisions": run.folder / "decisions.jsonl", "to": to}
        new = bl.clean("raw.jsonl", out=f"new-{to}", ops=["normalize", "exact", "near", "length", "pii"], **decided)
        assert (run.folder / f"data.{to}").read_bytes() == (new.folder / f"data.{to}").read_bytes()
        old_summary, new_summary = (json.loads((one.folder / "summary.json").read_text()) for one in (run, new))
        for told in ("counts", "lengths", "sources"):
            assert old_summary[told] == new_summary[told], told
        assert run.rows.equals(new.rows)


def test_a_copy_that_a_restored_row_does_not_fit_is_gone_and_the_rest_in_order(raw: Path) -> None:
    raw.write_text(raw.read_text() + json.dumps(ROWS[7] | {"ticket": "text"}) + "\n")
    bl.clean("raw.jsonl", out="clean", ops=["exact"], to="csv")
    with pytest.raises(UsageError, match="'ticket' cannot be a column"):
        bl.restore("clean", "raw.jsonl:68", by="Mo")
    assert not Path("clean/data.csv").exists()
    run = CleanResult("clean")
    assert (
        run.counts["kept"]
        == len(run.data.read_bytes().splitlines())
        == run.rows.filter(pl.col("fate") == "kept").height
    )


@pytest.mark.parametrize("text", [b"[1]\n", b"{}\n", b'{"id": "\xff"}\n', b"[" * 10_000, b"\n"])
def test_a_file_that_holds_no_decisions_is_one_sentence(raw: Path, text: bytes) -> None:
    raw.with_name("no.jsonl").write_bytes(text)
    with pytest.raises(DataError, match=r"Line 1 of no.jsonl is no decision. Expected lines as in the decisions"):
        bl.clean("raw.jsonl", out="x", decisions="no.jsonl")
    with pytest.raises(DataError, match=r"is no decision.*Found Is a directory"):
        bl.clean("raw.jsonl", out="x", decisions=raw.parent)
    assert not Path("x").exists()


def test_a_decision_that_finds_no_row_is_said(raw: Path) -> None:
    bl.clean("raw.jsonl", out="clean")
    bl.restore("clean", "raw.jsonl:65", by="Mo")
    raw.write_text("\n".join(raw.read_text().splitlines()[:20]) + "\n")
    run = bl.clean("raw.jsonl", out="less", decisions="clean/decisions.jsonl")
    assert "1 decision found no such row" in (run.folder / "summary.json").read_text()


def test_what_if_says_what_each_op_alone_would_have_dropped_and_only_it(raw: Path) -> None:
    ops = bl.clean("raw.jsonl", out="clean").manifest["ops"]
    assert (ops["exact"]["alone"], ops["exact"]["only"]) == (1, 0)  # near would have dropped it too
    assert (ops["near"]["alone"], ops["near"]["only"]) == (2, 1)
    assert (ops["length"]["alone"], ops["length"]["only"]) == (1, 1)
    assert (ops["structure"]["alone"], ops["structure"]["only"]) == (1, 1)


def test_copies_in_parquet_and_csv_keep_strings(raw: Path) -> None:
    raw.write_text(
        '{"prompt": "Which code is it, please?", "completion": "The code is this: 00123, as text.", "code": "00123"}\n'
    )
    bl.clean("raw.jsonl", out="a", to="parquet")
    assert pl.read_parquet("a/data.parquet")["code"].to_list() == ["00123"]
    bl.clean("raw.jsonl", out="b", to="csv")
    assert pl.read_csv("b/data.csv", infer_schema=False)["code"].to_list() == ["00123"]
    with pytest.raises(UsageError, match="Cannot write 'xlsx'"):
        bl.clean("raw.jsonl", out="c", to="xlsx")


def test_the_result_shows_itself(raw: Path) -> None:
    run = bl.clean("raw.jsonl", out="clean")
    assert "read 67 = kept 62" in repr(run)
    assert "<table>" in run._repr_html_()
    assert run.kept.columns == ["id", "prompt", "completion", "ticket"]
    assert run.report.read_text().startswith("<!doctype html>")
    assert CleanResult("clean").counts == run.counts


def test_wrong_outputs_and_inputs_are_one_sentence_and_change_nothing(raw: Path) -> None:
    bl.clean("raw.jsonl", out="clean")
    before = everything(Path("clean"))
    with pytest.raises(OutputError, match="exists"):
        bl.clean("raw.jsonl", out="clean")
    with pytest.raises(DataError, match="nothing to read"):
        bl.clean(out="x")
    with pytest.raises(DataError):
        bl.clean("missing.jsonl", out="x")
    with pytest.raises(DataError):
        CleanResult("nowhere")
    assert everything(Path("clean")) == before
    assert not Path("x").exists()


def test_fates_that_do_not_add_up_fail_loudly(raw: Path) -> None:
    summary = json.loads((bl.clean("raw.jsonl", out="clean").folder / "summary.json").read_text())
    summary["counts"]["kept"] -= 1
    with pytest.raises(ImbalanceError, match="do not add up"):
        cleaning.check_balance(summary)


def test_two_sources_the_higher_priority_survives(raw: Path) -> None:
    copy = raw.with_name("expert.jsonl")
    copy.write_text(json.dumps(ROWS[0]) + "\n")
    recipe = raw.with_name("r.yaml")
    recipe.write_text("data: [{path: raw.jsonl}, {path: expert.jsonl, priority: 2}]\nclean: [exact]\n")
    run = bl.clean(recipe=recipe, out="clean")
    assert run.ledger.filter(pl.col("against") == "expert.jsonl:1")["id"].to_list() == ["raw.jsonl:1"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_or_killed_leaves_nothing_under_the_final_name(raw: Path, how: signal.Signals) -> None:
    raw.write_text("".join(json.dumps(row | {"ticket": k}) + "\n" for k in range(400) for row in ROWS))
    command = [sys.executable, "-m", "bloomery", "clean", "raw.jsonl", "--out", "clean"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=raw.parent)
    deadline = time.monotonic() + 30
    while not Path("clean.partial").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, how)
    errors = process.communicate()[1].decode()
    assert not Path("clean").exists()
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert "Traceback" not in errors
        assert not Path("clean.partial").exists()
    raw.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    assert api.clean("raw.jsonl", out="clean").counts["read"] == 60
    assert not Path("clean.partial").exists()


def test_a_faulty_row_is_scrubbed_before_it_is_dropped(raw: Path) -> None:
    raw.write_text('{"prompt": "Write to ann.lee@pelmont.io, please", "completion": ""}\n' + raw.read_text())
    bl.clean("raw.jsonl", out="clean")
    first = Path("clean/dropped.jsonl").read_text().splitlines()[0]
    assert "empty_completion" in first
    assert "[EMAIL]" in first
    assert "ann.lee" not in first
