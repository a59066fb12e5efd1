"""How a judged run ends: servers that are not there, budgets, what is left out, what it cost; through the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from bloomery.cli import run as command
from bloomery.errors import DataError, UsageError
from bloomery.judge.items import judgeable
from bloomery.llm.fake import Asked, Fake, Reply, refuse, reply
from tests.clean.test_quality import cleaned
from tests.evaluate.runs import questions, run_of, write
from tests.judge.recorded import Judge

pytestmark = pytest.mark.enable_socket

GOOD = '{"reasoning": "-", "accuracy": 4, "completeness": 4, "clarity": 4, "safety": 5}'


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Waits that the server does not ask for are short; files lie where the test runs."""
    monkeypatch.setattr("bloomery.llm.retry._FIRST", 0.01)
    monkeypatch.chdir(tmp_path)


def recipe(server: Fake | str, **judge: Any) -> str:
    url = server if isinstance(server, str) else server.url
    gpt = {"url": url, "model": "tiny", "retries": 1, "concurrency": 1, "prices": {"input": 0, "output": 1000}}
    told = {"models": {"gpt": gpt | judge.pop("options", {})}, "judge": {"model": ["gpt"], **judge}}
    Path("recipe.yaml").write_text(json.dumps(told))
    return "recipe.yaml"


def scored(*more: str) -> int:
    return command(["judge", "score", "base", "--recipe", "recipe.yaml", "--out", "judged", *more])


def test_a_server_that_is_not_there_ends_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    with Fake() as server:
        url = server.url
    run_of(Path(), "base", [True] * 9)
    recipe(url)
    assert scored() == 2
    said = capsys.readouterr().err
    assert f"'gpt' at {url} cannot be asked: 5 calls and no answer" in said and "unreachable" in said
    assert not Path("judged").exists()


def test_clean_ends_as_well_where_its_judge_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="http_401: who are you"):
        cleaned(tmp_path, lambda _: refuse(401, message="who are you"))
    assert not (tmp_path / "out").exists()


def test_what_a_server_said_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run_of(Path(), "base", [True] * 3)
    with Fake([refuse(500, message="out of memory")]) as server:
        recipe(server)
        assert scored("--canaries", "0") == 0
    said = capsys.readouterr().out
    assert "call_http_500 3" in said and "said    call_http_500: out of memory" in said
    few: list[int] = []

    def script(_: Asked) -> Reply:
        few.append(1)
        return refuse(400, message="too long for me") if len(few) > 1 else reply("{}")

    run, _ = cleaned(tmp_path, script, quality={"canaries": 0})
    assert any("call_http_400: too long for me" in note for note in run.manifest["remarks"])


def test_what_judged_and_what_it_cost_is_in_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    run_of(Path(), "base", [True, False, True])
    with Fake([reply(GOOD)]) as server:
        recipe(server)
        assert scored() == 0
        told, said = json.loads(Path("judged/manifest.json").read_text()), capsys.readouterr()
        (spent,) = json.loads(Path("judged/spent.json").read_text())
        assert scored() == 2 and "--replace" in capsys.readouterr().err
        assert scored("--replace") == 0
    (judge,) = told["judges"]
    assert (judge["kind"], judge["address"], judge["model"]) == ("endpoint", server.url, "tiny")
    calls = len(server.asked)
    assert (spent["calls"], spent["cached"], spent["failed"]) == (calls, 3 + 9 - calls, 0) and spent["money"] > 0
    assert f"judge   gpt (tiny at {server.url}): {calls} calls, " in said.out
    assert f"asking  gpt: {calls} calls" in said.err and "tokens of prompts and at most" in said.err
    assert json.loads(Path("judged/spent.json").read_text())[0]["calls"] == 0  # all of it was cached
    assert server.url in Path("judged/report.html").read_text()


def test_a_budget_that_runs_out_is_told_and_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    run_of(Path(), "base", [True] * 6, test=questions(6))
    with Fake([reply(GOOD)]) as server:
        recipe(server, options={"max_tokens": 100})
        assert scored("--budget", "0.1", "--repeats", "3") == 1
    told = json.loads(Path("judged/manifest.json").read_text())["budget_ended"]
    assert told["of"] == 6 * 3 + 9 and 0 < told["asked"] < told["of"]
    said = capsys.readouterr().out
    assert f"the budget ran out after {told['asked']} of 27; run again with more to go on" in said
    assert "of the part that was judged" in said


def test_items_of_one_run_only_are_counted_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    run_of(Path(), "tuned", [True] * 4, test=questions(4))
    run_of(Path(), "base", [True] * 3, test=questions(5)[2:])
    tie = json.dumps({"reasoning": "-", "winner": "tie"})
    run = bl.judge_compare("tuned", "base", out="both", models={"gpt": Judge(lambda _: tie)}, cache=None, repeats=2)
    assert run.told["left_out"] == [
        {"in": "tuned", "not_in": "base", "count": 2, "first": ["q0", "q1"]},
        {"in": "base", "not_in": "tuned", "count": 1, "first": ["q4"]},
    ]
    notes = "\n".join(run.told["notes"])
    assert "2 items are in tuned and not in base, and left out: q0, q1" in notes and "asked 2 times" in notes
    assert "left out: q0, q1" in run.report.read_text()
    (duel,) = run.told["duels"]
    assert duel["wins"] + duel["ties"] + duel["losses"] + duel["unscored"] == 2 * 2


def test_recorded_replies_to_other_items_are_refused() -> None:
    run_of(Path(), "base", [True, False])
    write(Path("said.jsonl"), [{"item": "7", "text": GOOD}])
    with pytest.raises(DataError, match="asked for 'q0'; the file has '7'"):
        bl.judge_score("base", out="judged", models={"gpt": {"kind": "replay", "path": "said.jsonl"}}, cache=None)


def test_rows_of_a_data_file_have_their_own_ids() -> None:
    rows = [{"id": name, "prompt": "Why?", "completion": "So."} for name in ("a", "b")]
    assert [item.item for item in judgeable(write(Path("data.jsonl"), rows)).items] == ["a", "b"]
    none = [{"prompt": "Why?", "completion": "So."}]
    assert [item.item for item in judgeable(write(Path("none.jsonl"), none)).items] == ["none.jsonl:1"]
    with pytest.raises(DataError, match="more than once"):
        judgeable(write(Path("twice.jsonl"), [rows[0], rows[0]]))


def test_the_family_is_not_told_from_the_alias() -> None:
    run_of(Path(), "base", [True, False], model="gpt-3.5-turbo")
    write(Path("said.jsonl"), [{"item": f"q{k}", "text": GOOD} for k in range(2)])
    told = {}
    for name, more in (("gpt", {}), ("strict", {"model": "gpt-4"}), ("own", {"family": "gpt"})):
        models = {name: {"kind": "replay", "path": "said.jsonl", **more}}
        found = bl.judge_score("base", out=name, models=models, cache=None, canaries=0).told
        told[name] = (found["judges"][0]["family"], sum("one family" in note for note in found["notes"]))
    assert told == {"gpt": (None, 0), "strict": ("gpt", 1), "own": ("gpt", 1)}
