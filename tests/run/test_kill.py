"""A run that is killed with signal 9 at any moment goes on, and ends with the same bytes."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import bloomery as bl
from bloomery.llm.fake import Fake, reply
from tests.run.way import ALONE, RECIPE, contents, prepare, ran

COMMAND = [sys.executable, "-m", "bloomery", "run", "recipe.yaml", "--out", "runs/a"]
PREDICTED = ["--predictions", "right.jsonl", "--model", "tuned"]


def killed(arguments: list[str], folder: Path, when: Callable[[], bool]) -> bool:
    """Run in `folder` and kill it when `when` says so, which is asked from its first word on; False where it ended by itself."""
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("profile")
        while process.poll() is None and not when():
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        return process.wait(60) == -signal.SIGKILL


def after(seconds: float) -> Callable[[], bool]:
    begun = time.monotonic()
    return lambda: time.monotonic() - begun > seconds


def test_killed_at_random_moments_and_run_again_it_ends_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        prepare()
    monkeypatch.chdir(tmp_path / "whole")
    ran()
    drawn = random.Random(6)
    hits = [killed(PREDICTED, tmp_path / "killed", after(drawn.uniform(0, 3))) for _ in range(3)]
    assert any(hits)
    monkeypatch.chdir(tmp_path / "killed")
    ran()
    whole, found = contents(str(tmp_path / "whole" / "runs")), contents(str(tmp_path / "killed" / "runs"))
    assert sorted(found) == sorted(whole)  # nothing half-written, nothing left over
    assert [name for name in whole if found[name] != whole[name]] == []


@pytest.mark.enable_socket
def test_killed_while_it_asks_a_model_no_answer_is_paid_for_twice(tmp_path: Path) -> None:
    with Fake(lambda asked: reply("Beside the river.", latency=0.05)) as server:
        models = f"models: {{tuned: {{url: '{server.url}', model: m, concurrency: 1}}}}\n"
        prepare(RECIPE + models)
        ran(predictions=None, model=None, set=["evaluate.gates=null"])  # the stages before are done; nothing is asked
        items = len(Path("runs/a/split/test.jsonl").read_text().splitlines())
        assert len(server.asked) == 0
        alone = [one for said in ALONE for one in ("--set", said)]
        assert killed(["--model", "tuned", *alone], tmp_path, lambda: len(server.asked) > items / 2)
        before = len(server.asked)
        assert 0 < before < items
        assert not Path("runs/a/evaluate").exists()
        found, states = ran(predictions=None, model="tuned", set=ALONE)
        assert states["contamination"] == "cached"
        assert len(server.asked) <= items + 1  # the one that was under way
        assert found.evaluated is not None
        assert found.evaluated.counts["missing"] == 0


def test_a_stage_that_was_finished_but_not_written_down_is_done_again(tmp_path: Path) -> None:
    prepare()
    ran()
    before = contents("runs/a")
    ledger = bl.run("recipe.yaml", out="runs/a", predictions="right.jsonl", model="tuned").ledger
    del ledger["stages"]["clean"], ledger["stages"]["split"]
    from bloomery.evaluate.as_json import json_bytes

    Path("runs/a/run.json").write_bytes(json_bytes(ledger))
    (tmp_path / "runs/a/split").rename(tmp_path / "runs/a/split.partial")
    (tmp_path / "runs/a/split.partial/.bloomery-partial").touch()
    _, states = ran()
    assert (states["profile"], states["clean"], states["split"]) == ("cached", "done", "done")
    found = contents("runs/a")
    assert {name: found[name] == before[name] for name in before if name != "run.json"} == {
        name: True for name in before if name != "run.json"
    }
