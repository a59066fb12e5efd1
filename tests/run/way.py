"""A small dataset and recipe for whole runs; everything lies in the current folder."""

import json
from pathlib import Path

import bloomery as bl
from bloomery.run.result import Ran

THINGS = ["river", "stone", "window", "garden", "letter", "market", "engine", "harbour", "candle", "forest"]
#: a model is asked about the items of the test alone
ALONE = ["evaluate.robustness={perturb: []}", "evaluate.probe=false"]
RECIPE = """\
data: [{path: raw.jsonl}]
clean: [normalize, exact, near]
split: {ratio: 60/10/30}
evaluate: {metrics: [exact_match], gates: {task.exact_match: ">= 0.5"}, waive: [regression, safety]}
"""


def rows(n: int = 60) -> list[dict[str, str]]:
    """Rows that differ; the last is a copy of the first."""
    made = [
        {
            "id": f"r{k}",
            "prompt": f"Where is the {THINGS[k % 10]} that the {THINGS[(k * 7 + k // 10) % 10]} keeper of hall {k} lost?",
            "completion": f"Beside the {THINGS[(k * 3) % 10]} of row {k}, under the {THINGS[(k // 10) % 10]}.",
        }
        for k in range(n - 1)
    ]
    return [*made, made[0] | {"id": f"r{n - 1}"}]


def prepare(recipe: str = RECIPE) -> None:
    """``raw.jsonl``, ``recipe.yaml`` and, for any split of it, ``right.jsonl``: the right answer to three of four."""
    write("raw.jsonl", rows())
    Path("recipe.yaml").write_text(recipe, encoding="utf-8")
    write(
        "right.jsonl",
        [
            {"id": row["id"], "prediction": row["completion"] if k % 4 else "I do not know."}
            for k, row in enumerate(rows())
        ],
    )


def write(path: str, made: list[dict[str, str]]) -> None:
    Path(path).write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")


def ran(out: str = "runs/a", **options: object) -> tuple[Ran, dict[str, str]]:
    """A run, and the state that each stage had."""
    states: dict[str, str] = {}
    options = {"predictions": "right.jsonl", "model": "tuned"} | options
    found = bl.run("recipe.yaml", out=out, say=lambda one: states.update({one.stage: one.state}), **options)
    return found, states


def contents(folder: str, apart: tuple[str, ...] = ("timings.json", ".lock")) -> dict[str, bytes]:
    """Every file of a folder, without times."""
    root = Path(folder)
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in apart
    }
