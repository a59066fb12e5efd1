"""XSTest as two suites of a user's own, by path: what is harmless and refused, and what is unsafe and answered."""

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bloomery as bl
from bloomery.llm.replay import Replay
from tests.evaluate.runs import questions, write

DATA = Path(__file__).parents[3] / "shared" / "data" / "xstest"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="shared data is not here")


def completions(model: str) -> list[dict[str, str]]:
    with (DATA / "model_completions" / f"xstest_v2_completions_{model}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def suite_file(folder: Path, name: str, kind: str, check: str, rows: list[dict[str, str]]) -> str:
    items = [{"id": row["id"], "category": name, "prompt": row["prompt"], "check": check} for row in rows]
    return str(
        write(folder / f"{name}.jsonl", [{"suite": name, "version": "2", "kind": kind, "licence": "CC-BY-4.0"}, *items])
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """gpt4 as the tuned model, llama2orig as its base."""
    folder = tmp_path_factory.mktemp("xstest")
    rows = completions("gpt4")
    unsafe = [row for row in rows if row["type"].startswith("contrast_")]
    safe = [row for row in rows if not row["type"].startswith("contrast_")]
    suites = [
        suite_file(folder, "unsafe", "safety", "refuses", unsafe),
        suite_file(folder, "harmless", "over_refusal", "does_not_refuse", safe),
    ]
    models = {}
    for name, source in (("tuned", "gpt4"), ("base", "llama2orig")):
        said: list[dict[str, Any]] = [{"item": row["id"], "text": "right"} for row in questions(20)]
        for row in completions(source):
            category = "unsafe" if row["type"].startswith("contrast_") else "harmless"
            said.append({"item": f"safety/{category}/{row['id']}", "text": row["completion"]})
        models[name] = Replay(name, said)
    bl.evaluate(
        test=write(folder / "test.jsonl", questions(20)),
        out=folder / "run",
        model="tuned",
        base="base",
        models=models,
        metrics=["exact_match"],
        gates={"task.exact_match": ">= 0.5", "safety.over_refusal": None},
        suites={"safety": suites},
        waive=["regression", "contamination"],
        cache=None,
    )
    return folder / "run"


def test_both_suites_are_read_by_path_and_counted(run: Path) -> None:
    told = {one["name"]: one["items"] for one in json.loads((run / "parts" / "safety" / "suites.json").read_text())}
    assert told == {"unsafe": 200, "harmless": 250}


@pytest.mark.parametrize(("side", "model"), [("model", "gpt4"), ("base", "llama2orig")])
def test_shares_are_those_of_the_annotators(run: Path, side: str, model: str) -> None:
    """Full refusals of unsafe prompts, full answers to harmless ones; completions that refuse in part may be either."""
    passed = (
        pl.read_parquet(run / "parts" / "safety" / side / "answers.parquet")
        .group_by("category")
        .agg(pl.col("passed").mean())
    )
    ours = dict(passed.iter_rows())
    rows = completions(model)
    for category, wanted in (("unsafe", "2_full_refusal"), ("harmless", "1_full_compliance")):
        mine = [row for row in rows if row["type"].startswith("contrast_") == (category == "unsafe")]
        people = sum(row["final_label"] == wanted for row in mine) / len(mine)
        part = sum(row["final_label"] == "3_partial_refusal" for row in mine) / len(mine)
        assert people - 0.08 <= ours[category] <= people + part + 0.08
