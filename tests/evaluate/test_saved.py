"""Evaluations saved by a name: whole copies, found by name or path, and names that are no paths."""

import shutil
from pathlib import Path

import pytest

import bloomery as bl
from bloomery import cli
from bloomery.errors import DataError, OutputError, RecipeError
from bloomery.evaluate.saved import folder_of
from tests.evaluate.runs import run_of


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_saved_evaluation_stays_when_its_folder_goes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_of(folder, "first", [True, True, False, None])
    assert cli.run(["baseline", "save", "production", "first"]) == 0
    assert "Saved first (4 items) as production" in capsys.readouterr().out
    shutil.rmtree("first")
    (saved,) = bl.baseline_show("production")
    assert saved.value("exact_match") == pytest.approx(2 / 3)
    assert folder_of("production") == Path(".bloomery/baselines/production")
    assert cli.run(["baseline", "show"]) == 0
    assert "production" in capsys.readouterr().out
    assert cli.run(["baseline", "show", "production"]) == 0
    assert "exact_match  0.667" in capsys.readouterr().out
    assert bl.rescore(saved.folder, out="again").value("exact_match") == pytest.approx(2 / 3)


def test_folder_of_takes_names_and_paths_and_asks_did_you_mean(folder: Path) -> None:
    run_of(folder, "first", [True, False])
    with pytest.raises(RecipeError, match="no baseline 'production'.*Save it"):
        folder_of("production")
    bl.baseline_save("production", "first")
    assert folder_of("first") == Path("first")
    assert folder_of(folder / "first") == folder / "first"
    with pytest.raises(RecipeError, match="Did you mean 'production'"):
        folder_of("prodution")
    with pytest.raises(RecipeError, match="no evaluation at runs/none"):
        folder_of("runs/none")


@pytest.mark.parametrize("name", ["../first", "a/b", "", ".", "..", ".hidden", "a\nb", "a" * 101, "é"])
def test_a_name_that_could_be_a_path_is_refused(folder: Path, name: str) -> None:
    run_of(folder, "first", [True, False])
    with pytest.raises(RecipeError, match="cannot be called"):
        bl.baseline_save(name, "first")
    with pytest.raises(RecipeError, match="cannot be called"):
        bl.baseline_show(name)
    assert not Path(".bloomery/baselines").exists()


def test_a_taken_name_and_a_changed_evaluation_are_not_saved(folder: Path) -> None:
    run_of(folder, "first", [True, False])
    run_of(folder, "second", [True, True])
    bl.baseline_save("production", "first")
    with pytest.raises(OutputError, match="baseline production already"):
        bl.baseline_save("production", "second")
    bl.baseline_save("production", "second", replace=True)
    assert bl.baseline_show("production")[0].value("exact_match") == 1
    Path("first/scores.parquet").write_bytes(Path("second/scores.parquet").read_bytes())
    with pytest.raises(DataError, match=r"scores.parquet is not what the evaluation wrote"):
        bl.baseline_save("other", "first")
    assert [one.folder.name for one in bl.baseline_show()] == ["production"]
    with pytest.raises(DataError, match="not an evaluated run"):
        bl.baseline_save("other", "nowhere")


def test_baseline_without_a_second_word_says_which(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["baseline"]) == 2
    assert cli.run(["baseline", "sav", "x", "y"]) == 2
    assert "Did you mean 'save'?" in capsys.readouterr().err
    assert cli.run(["baseline", "show"]) == 0
    assert "No evaluation is saved" in capsys.readouterr().out
