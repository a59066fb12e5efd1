"""Verdicts and gates on the command line: what they print, and how they end."""

from pathlib import Path

import pytest

import bloomery as bl
from bloomery import cli
from tests.evaluate.runs import questions, write

RECIPE = """
evaluate:
  test: test.jsonl
  metrics: [exact_match]
  gates: {task.exact_match: ">= 0.8", unscored.rate: "<= 5 %"}
  waive: [regression, safety, contamination]
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(list(arguments))
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    write(tmp_path / "test.jsonl", questions(200))
    for name, right in (("good", 190), ("fair", 165), ("bad", 100)):
        rows = [{"id": f"q{k}", "prediction": "right" if k < right else "wrong"} for k in range(200)]
        write(tmp_path / f"{name}.jsonl", rows)
    return tmp_path


def test_the_verdict_comes_first_and_is_the_exit_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, code, word in (("good", 0, "deploy"), ("fair", 101, "inconclusive"), ("bad", 100, "do not deploy")):
        found, out, _ = run(
            capsys, "evaluate", "--recipe", "recipe.yaml", "--predictions", f"{name}.jsonl", "--out", name
        )
        lines = out.splitlines()
        assert found == code
        assert lines[0] == f"verdict  {word}: {name}, decided at 95 % certainty"
        assert lines[1] == "reason   waived by the recipe: regression, safety, contamination"
        assert any(line.startswith("task.exact_match") and ">= 0.8" in line for line in lines)
        assert lines[-1] == f"report  {Path(name) / 'report.html'}"
    assert "looked at 3 times" in out
    assert (folder / ".bloomery" / "history.sqlite").exists()


def test_without_gates_nothing_is_decided(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys,
        "evaluate",
        "--test",
        "test.jsonl",
        "--predictions",
        "bad.jsonl",
        "--metric",
        "exact_match",
        "--out",
        "bad",
    )
    assert code == 0
    assert "verdict" not in out
    assert not (folder / "bad" / "verdict.json").exists()


def test_the_gates_of_a_recipe_before_anything_is_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "gates", "--recipe", "recipe.yaml")
    assert code == 0
    assert out.splitlines()[0].split() == ["gate", "wanted", "level"]
    assert [line.split()[0] for line in out.splitlines()[1:4]] == [
        "unscored.rate",
        "perplexity.ratio",
        "task.exact_match",
    ]
    assert "waived     regression, safety, contamination" in out
    assert "looser     unscored.rate: <= 0.05 (must) in the place of <= 0.02 (must)" in out
    rules = bl.gates(recipe=folder / "recipe.yaml")
    assert f"sha256     {rules.sha256}" in out
    code, out, _ = run(capsys, "gates")
    assert "contamination.ratio  <= 0.01       must" in out


def test_how_gates_came_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = run(capsys, "gates", "history")
    assert (code, "There is no history at" in error) == (2, True)
    for name in ("good", "fair", "bad"):
        run(capsys, "evaluate", "--recipe", "recipe.yaml", "--predictions", f"{name}.jsonl", "--out", name)
    code, out, _ = run(capsys, "gates", "history")
    assert code == 0
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line[:1].islower()}
    assert rows["task.exact_match"][4:] == ["3", "1", "1", "1", "0", "0.025", "-0.300"]
    assert " ".join(rows["unscored.rate"][4:]) == "3 3 0 0 0 0.050 0.050 never fired: of no use so far"
    (first, *_) = bl.gates_history(folder / ".bloomery" / "history.sqlite")
    assert (first.name, first.runs, first.failed) == ("task.exact_match", 3, 1)


def test_errors_about_gates_say_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for given, said in (
        ("{task.exact_match: '<= 0.8'}", "is on the wrong side"),
        ("{task.exact_match: 0.8}", "cannot be used"),
        ("{task.exact_match: '>= baseline'}", "a baseline, and none is named"),
        ("{task.exact_match: '>= 85'}", "Write '>= 85 %' for 0.85"),
    ):
        code, _, error = run(
            capsys, "evaluate", "--recipe", "recipe.yaml", "--predictions", "good.jsonl", "--out", "x", "--set",
            f"evaluate.gates={given}",
        )  # fmt: skip
        assert code == 2, error
        assert said in error
        assert not (folder / "x").exists()
