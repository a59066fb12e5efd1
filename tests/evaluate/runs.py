"""Small evaluated runs for tests: files written, the real verb called."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bloomery as bl


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def questions(n: int, **columns: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of a test: question k has the answer ``right``."""
    extra = [{name: values[k] for name, values in columns.items()} for k in range(n)]
    return [{"id": f"q{k}", "prompt": f"Question {k}?", "completion": "right", **extra[k]} for k in range(n)]


def run_of(
    folder: Path,
    name: str,
    right: Sequence[bool | None],
    *,
    test: Sequence[dict[str, Any]] | None = None,
    **options: Any,
) -> Any:
    """A run whose item k is right, wrong, or missing (None)."""
    rows = questions(len(right)) if test is None else test
    answers = [
        {"id": row["id"], "prediction": None if ok is None else "right" if ok else "wrong"}
        for row, ok in zip(rows, right, strict=True)
    ]
    options = {"metrics": ["exact_match"]} | options
    file = write(folder / f"{name}.predictions.jsonl", answers)
    return bl.evaluate(file, test=write(folder / f"{name}.test.jsonl", rows), out=folder / name, **options)
