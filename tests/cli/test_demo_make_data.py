"""The benchmark data generator keeps its shares."""

import importlib.util
import json
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "make_data.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_data", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_same_seed_same_bytes(script: ModuleType, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert script.write(tmp_path / name, 300, 1) == (tmp_path / name).stat().st_size
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_size_and_shares_are_as_documented(script: ModuleType, tmp_path: Path) -> None:
    """Of 10,000 rows 300 are exact copies and 25 share a placeholder: 4 standard deviations of 300 are 68."""
    size = script.write(tmp_path / "data.jsonl", 10_000, 0)
    rows = [json.loads(line) for line in (tmp_path / "data.jsonl").read_text("utf-8").splitlines()]
    assert 450 <= size / len(rows) <= 550
    repeated = len(rows) - len(Counter((row["prompt"], row["completion"]) for row in rows))
    assert abs(repeated - 300) <= 100
    assert 0.1 <= sum(not (row["prompt"] + row["completion"]).isascii() for row in rows) / len(rows) <= 0.4
    assert any(row["completion"] == "N/A" for row in rows)
    assert any("@" in row["prompt"] for row in rows)
