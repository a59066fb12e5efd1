"""Quality: judged last, on what is left; what cannot be scored is kept and counted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bloomery as bl
from bloomery.errors import RecipeError
from bloomery.llm.fake import Asked, Fake, Reply, reply

pytestmark = pytest.mark.enable_socket

ROWS = [
    ("What is the capital of France, please?", "The capital of France is the city of Paris."),
    ("What is the capital of France, please?", "The capital of France is the city of Paris."),
    ("What is the capital of Italy, please?", "It might be Milan, or Turin, who can tell really."),
    ("What is the capital of Spain, please?", "Please ask somebody else, this is UNREADABLE."),
    ("What is the capital of Norway, please?", "Oslo is the capital of the kingdom of Norway."),
]


def says(asked: Asked) -> Reply:
    value = 2 if "Milan" in asked.last or "checked by experts" in asked.last or "several angles" in asked.last else 5
    if "I do not know." in asked.last:
        value = 1
    if "UNREADABLE" in str(asked.body):
        return reply("I give it 5/5")
    return reply(json.dumps(dict.fromkeys(("correctness", "completeness", "clarity", "relevance"), value)))


def cleaned(folder: Path, script: Callable[[Asked], Reply] = says, **options: Any) -> tuple[Any, list[str]]:
    raw = folder / "raw.jsonl"
    raw.write_text("".join(json.dumps({"prompt": p, "completion": c}) + "\n" for p, c in ROWS))
    recipe = folder / "recipe.yaml"
    with Fake(script) as server:
        quality = {"cache": None} | options.pop("quality", {})
        recipe.write_text(
            json.dumps(
                {"models": {"gpt": {"url": server.url, "model": "tiny"}}, "clean": ["exact", {"quality": quality}]}
            )
        )
        run = bl.clean(raw, out=folder / "out", recipe=recipe, **options)
        return run, [asked.last for asked in server.asked]


def test_it_asks_about_the_rows_that_others_left_and_drops_the_bad_ones(tmp_path: Path) -> None:
    run, asked = cleaned(tmp_path, quality={"canaries": 0})
    assert sum("Paris" in said for said in asked) == 1  # the copy was dropped before
    assert len(asked) == 5  # one of the four a second time
    rows = dict(run.rows.select("id", "fate").iter_rows())
    assert [rows[f"{tmp_path}/raw.jsonl:{k}"] for k in range(1, 6)] == ["kept", "dropped", "dropped", "kept", "kept"]
    line = run.ledger.filter(pl.col("op") == "quality", pl.col("action") == "drop").row(0, named=True)
    assert (line["reason"], line["score"]) == ("low_quality", 2.0)
    assert json.loads(line["detail"]) == dict.fromkeys(("correctness", "completeness", "clarity", "relevance"), 2.0)
    assert run.manifest["ops"]["quality"]["dropped"] == 1


def test_rows_that_cannot_be_scored_are_kept_and_counted_never_dropped(tmp_path: Path) -> None:
    run, _ = cleaned(tmp_path)
    told = run.ledger.filter(pl.col("reason") == "unscored")
    assert told["id"].to_list() == [f"{tmp_path}/raw.jsonl:4"] and told["score"].to_list() == [None]
    assert json.loads(told["detail"][0]) == {"error": "no_object"}
    notes = "\n".join(run.manifest["remarks"])
    assert "1 row could not be scored and was kept (no_object 1)" in notes and "no canary won" in notes


def test_judge_failure_is_none_for_a_whole_batch(tmp_path: Path) -> None:
    run, _ = cleaned(tmp_path, lambda asked: Reply(raw="{"), quality={"canaries": 0})
    assert run.counts["dropped"] == 1  # the copy
    assert run.ledger.filter(pl.col("reason") == "unscored").height == 4


def test_with_scores_carries_the_scores_of_kept_rows(tmp_path: Path) -> None:
    run, _ = cleaned(tmp_path, with_scores=True)
    kept = run.ledger.filter(pl.col("reason") == "scored")
    assert kept["score"].to_list() == [5.0, 5.0] and set(kept["action"]) == {"keep"}
    assert "correctness" in kept["detail"][0]


def test_a_canary_that_wins_is_said(tmp_path: Path) -> None:
    run, _ = cleaned(tmp_path, lambda asked: reply(GOOD))
    assert sum("fell for" in note for note in run.manifest["remarks"]) == 3


GOOD = json.dumps(dict.fromkeys(("correctness", "completeness", "clarity", "relevance"), 5))


def test_it_must_be_the_last_op(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="not the last one"):
        bl.clean("raw.jsonl", out=tmp_path / "out", ops=["quality", "exact"])


def test_without_a_model_it_says_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "raw.jsonl").write_text('{"prompt": "Why is it so late?", "completion": "Because it is night."}\n')
    with pytest.raises(RecipeError, match="has no judge"):
        bl.clean(tmp_path / "raw.jsonl", out=tmp_path / "out", ops=["quality"])
    with pytest.raises(RecipeError, match="No op scores rows"):
        bl.clean(tmp_path / "raw.jsonl", out=tmp_path / "out", ops=["exact"], with_scores=True)


def test_the_saved_recipe_repeats_the_run(tmp_path: Path) -> None:
    run, _ = cleaned(tmp_path, quality={"canaries": 0})
    entry = run.manifest["recipe"]["clean"][-1]["quality"]
    assert entry["model"] == "gpt" and entry["endpoint"]["model"] == "tiny"
    assert set(run.manifest["made_with"]["quality"]) == {"model", "identity_sha256", "rubric", "rubric_sha256"}
