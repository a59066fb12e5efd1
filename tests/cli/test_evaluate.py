"""evaluate, compare and plan on the command line: what they print, and how they end."""

from pathlib import Path

import pytest

from bloomery import cli
from tests.evaluate.runs import questions, write


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(list(arguments))
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "test.jsonl", questions(20, language=["en", "de"] * 10))
    for name, right in (("base", 14), ("tuned", 9)):
        rows = [{"id": f"q{k}", "prediction": "right" if k < right else "wrong"} for k in range(20)]
        write(tmp_path / f"{name}.jsonl", [*rows[:-1], {"id": "q19", "prediction": None}])
    return tmp_path


def evaluated(capsys: pytest.CaptureFixture[str], name: str) -> tuple[int, str, str]:
    return run(
        capsys, "evaluate", "--test", "test.jsonl", "--predictions", f"{name}.jsonl", "--out", f"runs/{name}",
        "--metric", "exact_match", "--slice", "language",
    )  # fmt: skip


def test_evaluate_and_compare_in_a_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = evaluated(capsys, "base")
    assert code == 0
    assert "exact_match  0.737  0.512 to 0.882  0.700 to 0.750" in out  # 14 of 19; with the missing one 14 or 15 of 20
    assert "items   20: 19 answered, 0 empty, 0 refused, 1 missing" in out
    assert evaluated(capsys, "tuned")[0] == 0
    code, out, _ = run(capsys, "compare", "runs/base", "runs/tuned", "--out", "runs/both")
    assert code == 0
    assert "exact_match  base 0.737  tuned 0.474  -0.263" in out
    assert "tuned lost 5 items and gained 0; McNemar, exact (5 lost, 0 gained)" in out
    assert "1 item left out" in out
    assert (folder / "runs" / "both" / "report.html").exists()


def test_errors_say_what_to_do_and_end_with_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (["evaluate", "--predictions", "base.jsonl", "--out", "x"], "There is no test to evaluate on"),
        (["evaluate", "--test", "tset.jsonl", "--predictions", "base.jsonl", "--out", "x"], "Did you mean test.jsonl?"),
        (["evaluate", "--test", "test.jsonl", "--predictions", "test.jsonl", "--out", "x"], "has no predictions"),
        (
            ["evaluate", "--test", "test.jsonl", "--predictions", "base.jsonl", "--out", "x", "--slice", "lang"],
            "Did you mean 'language'?",
        ),
        (["evaluate", "--test", "zzzz.jsonl", "--predictions", "base.jsonl", "--out", "x"], "Check the path"),
        (
            ["evaluate", "--test", "test.jsonl", "--predictions", "base.jsonl", "--out", "x", "--slice", "typo"],
            "Expected one of item, prompt, references, completion, language, prediction, state.",
        ),
        (["compare", "runs/a", "runs/b"], "not an evaluated run"),
        (["plan", "--metric", "f1.macro"], "no formula"),
    ):
        code, _, err = run(capsys, *arguments)
        assert (code, said in err) == (2, True), err
        assert not (folder / "x").exists()


def test_plan_prints_a_table_and_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "plan", "--metric", "accuracy", "--baseline", "0.85", "--discordance", "0.15", "--n", "300"
    )
    assert code == 0
    assert "paired           469    0.062" in out
    assert "To see accuracy fall from 0.850 to 0.800 in 80 % of all cases" in out
