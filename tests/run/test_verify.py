"""The chain from raw files to a verdict: a byte changed anywhere is found, and named; what cannot be told is not called fine."""

import json
import shutil
from pathlib import Path

import pytest

import bloomery as bl
from bloomery import cli
from bloomery.errors import DataError
from bloomery.evaluate.as_json import json_bytes
from bloomery.evaluate.identity import digest_of
from bloomery.run.verify import Verified
from tests.run.way import RECIPE, contents, prepare, ran, rows, write


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run whose base is an imported model, so that there are replies."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        prepare(RECIPE + "models: {tuned: {kind: import, path: right.jsonl}}\n")
        ran(predictions=None, model="tuned")
    return folder


@pytest.fixture
def whole(made: Path, folder: Path) -> Path:
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return folder


def tamper(path: str) -> None:
    """Change one byte in the middle of a file."""
    data = bytearray(Path(path).read_bytes())
    data[len(data) // 2] ^= 1
    Path(path).write_bytes(data)


def first(found: Verified) -> str:
    return found.differs[0].name


def test_an_untouched_run_and_its_evaluation_have_no_link_that_differs(
    whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = bl.verify("runs/a")
    assert {link.state for link in found.links} == {"same"}
    names = [link.name for link in found.links]
    wanted = ["raw files", "clean", "clean → split", "split → contamination", "split → evaluate", "test", "replies"]
    wanted += ["answers", "scores", "values", "gates and verdict", "report", "manifest", "ledger"]
    assert [name for name in wanted if name not in names] == []
    assert names.index("replies") < names.index("answers") < names.index("scores") < names.index("gates and verdict")
    assert {link.state for link in bl.verify("runs/a/evaluate").links} == {"same"}
    assert cli.run(["verify", "runs/a"]) == 0
    assert "nothing differs" in capsys.readouterr().out


TAMPERED = {
    "raw.jsonl": "raw files",
    "runs/a/recipe.yaml": "recipe",
    "runs/a/profile/profile.json": "profile",
    "runs/a/clean/manifest.json": "clean",
    "runs/a/clean/dropped.jsonl": "clean",
    "runs/a/clean/data.jsonl": "clean",
    "runs/a/split/manifest.json": "split",
    "runs/a/split/train.jsonl": "split",
    "runs/a/split/test.jsonl": "split",
    "runs/a/contamination/contamination.json": "contamination",
    "runs/a/evaluate/recipe.yaml": "evaluate",
    "runs/a/evaluate/replies/tuned.jsonl": "evaluate",
    "runs/a/evaluate/answers.parquet": "evaluate",
    "runs/a/evaluate/scores.parquet": "evaluate",
    "runs/a/evaluate/verdict.json": "evaluate",
    "runs/a/evaluate/manifest.json": "evaluate",
}


@pytest.mark.parametrize("path", TAMPERED)
def test_one_changed_byte_in_any_file_of_a_run_is_found_and_its_link_named(whole: Path, path: str) -> None:
    tamper(path)
    found = bl.verify("runs/a")
    assert first(found) == TAMPERED[path]
    assert Path(path).name in found.differs[0].said
    assert found.exit_code == 1


ALONE = {
    "runs/a/split/test.jsonl": "test",
    "right.jsonl": "model tuned",
    "runs/a/split/train.jsonl": "training files",
    "runs/a/evaluate/recipe.yaml": "recipe",
    "runs/a/evaluate/replies/tuned.jsonl": "replies",
    "runs/a/evaluate/answers.parquet": "answers",
    "runs/a/evaluate/scores.parquet": "scores",
    "runs/a/evaluate/values.parquet": "values",
    "runs/a/evaluate/parts/contamination/check/contamination.json": "parts",
    "runs/a/evaluate/verdict.json": "gates and verdict",
    "runs/a/evaluate/report.html": "report",
    "runs/a/evaluate/manifest.json": "manifest",
}


@pytest.mark.parametrize("path", ALONE)
def test_one_changed_byte_in_any_file_of_an_evaluation_is_found_and_its_link_named(whole: Path, path: str) -> None:
    tamper(path)
    found = bl.verify("runs/a/evaluate")
    assert ALONE[path] in [link.name for link in found.differs]
    assert first(found) in (ALONE[path], "items")  # answers that cannot be read have no items
    assert found.exit_code == 1


@pytest.mark.parametrize(("name", "link"), [("scores.parquet", "scores"), ("verdict.json", "gates and verdict")])
def test_a_file_that_was_changed_together_with_its_digest_is_found_by_computing_it_again(
    whole: Path, name: str, link: str
) -> None:
    path = Path("runs/a/evaluate", name)
    if name == "verdict.json":
        told = json.loads(path.read_text())
        path.write_bytes(json_bytes(told | {"verdict": "deploy", "reasons": []}))
    else:
        shutil.copy("runs/a/evaluate/values.parquet", path)
    manifest = Path("runs/a/evaluate/manifest.json")
    told = json.loads(manifest.read_text())
    told["kept"][name] = told.get("files", {})[name] = digest_of(path)
    manifest.write_bytes(json_bytes(told))
    found = bl.verify("runs/a/evaluate")
    assert first(found) == link
    assert "computing it again" in found.differs[0].said


def test_a_digest_that_was_changed_is_not_taken_for_a_changed_file(whole: Path) -> None:
    manifest = Path("runs/a/evaluate/manifest.json")
    told = json.loads(manifest.read_text())
    told["kept"]["scores.parquet"] = "0" * 64
    manifest.write_bytes(json_bytes(told))
    assert [link.name for link in bl.verify("runs/a/evaluate").differs] == ["manifest"]


@pytest.mark.parametrize(
    ("change", "link"),
    [
        ({"verdict": "no_deploy", "exit_code": 100}, "ledger"),
        ({"recipe_sha256": "0" * 64}, "recipe"),
        ({"stages": {"split": {"counts": {"train": 1}}}}, "ledger"),
        ({"stages": {"split": {"key": "0" * 64}}}, "what goes into split"),
    ],
)
def test_a_ledger_that_says_something_else_is_found(whole: Path, change: dict[str, object], link: str) -> None:
    path = Path("runs/a/run.json")
    told = json.loads(path.read_text())
    for name, value in change.items():
        if name == "stages":
            told["stages"]["split"] |= value["split"]  # type: ignore[index]
        else:
            told[name] = value
    path.write_bytes(json_bytes(told))
    assert first(bl.verify("runs/a")) == link


def test_a_ledger_that_cannot_be_read_is_a_link_that_differs(whole: Path) -> None:
    Path("runs/a/run.json").write_text("{")
    assert first(bl.verify("runs/a")) == "ledger"


def test_what_is_gone_cannot_be_checked_and_is_neither_fine_nor_a_failure(
    whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("raw.jsonl").unlink()
    Path("right.jsonl").unlink()
    found = bl.verify("runs/a")
    left = {link.name: link.said for link in found.links if link.state == "unchecked"}
    assert left["raw files"] == "raw.jsonl is not there any more"
    assert "model tuned" in left
    assert cli.run(["verify", "runs/a"]) == 0
    assert "2 links could not be checked" in capsys.readouterr().out


def test_without_the_test_nothing_can_be_computed_again_and_that_is_said(whole: Path) -> None:
    shutil.copytree("runs/a/evaluate", "alone")
    shutil.rmtree("runs")
    found = bl.verify("alone")
    said = {link.name: link for link in found.links}
    assert (said["test"].state, said["scores"].state) == ("unchecked", "unchecked")
    assert "does not exist" in said["scores"].said
    assert found.exit_code == 0
    tamper("alone/scores.parquet")
    assert first(bl.verify("alone")) == "scores"


def test_files_that_are_gone_or_that_nobody_wrote_are_found(whole: Path) -> None:
    Path("runs/a/evaluate/extra.txt").write_text("hello")
    assert "extra.txt is none that run.json knows" in bl.verify("runs/a").differs[0].said
    Path("runs/a/evaluate/extra.txt").unlink()
    Path("runs/a/clean/dropped.jsonl").unlink()
    assert "dropped.jsonl is gone" in bl.verify("runs/a").differs[0].said


def test_a_moved_run_is_checked_where_it_is_but_not_computed_again_from_where_it_was(whole: Path) -> None:
    Path("runs/a").rename("elsewhere")
    found = bl.verify("elsewhere")
    states = {link.name: link for link in found.links}
    assert found.differs == []
    assert [states[name].state for name in ("clean", "split → evaluate", "test", "items")] == ["same"] * 4
    assert "runs/a/split/test.jsonl does not exist" in states["scores"].said
    shutil.copytree("elsewhere", "runs/a")
    assert {link.state for link in bl.verify("elsewhere").links} == {"same"}
    tamper("runs/a/split/train.jsonl")  # of the other run
    found = bl.verify("elsewhere")
    assert found.differs == []
    assert [link.said for link in found.links if "train.jsonl is another file now" in link.said]


def test_an_unfinished_run_is_said_to_be_one_and_other_folders_are_refused(whole: Path) -> None:
    told = json.loads(Path("runs/a/run.json").read_text())
    for name in ("ended", "verdict", "exit_code"):
        del told[name]
    Path("runs/a/run.json").write_bytes(json_bytes(told))
    assert bl.verify("runs/a").links[-1] == ("ledger", "unchecked", "the run has not ended; run it again to finish it")
    with pytest.raises(DataError, match="neither a run nor an evaluation"):
        bl.verify("runs/a/clean")


def test_verifying_writes_nothing(whole: Path) -> None:
    before = contents(".", apart=())
    bl.verify("runs/a")
    assert contents(".", apart=()) == before


def test_an_evaluation_by_predictions_is_computed_again_from_its_answers() -> None:
    write("test.jsonl", rows(20))
    write("p.jsonl", [{"id": row["id"], "prediction": row["completion"]} for row in rows(20)])
    bl.evaluate("p.jsonl", test="test.jsonl", out="a", metrics=["exact_match"])
    assert {link.state for link in bl.verify("a").links} == {"same"}
    tamper("p.jsonl")
    assert first(bl.verify("a")) == "predictions"


def test_what_is_evaluated_later_on_the_same_test_changes_no_earlier_verdict(whole: Path) -> None:
    """The history goes on; what it said when a verdict was reached stands in the verdict."""
    Path("other.jsonl").write_text(Path("right.jsonl").read_text().replace("Beside", "Behind"))
    bl.run("recipe.yaml", out="runs/b", predictions="other.jsonl", model="other")
    assert {link.state for link in bl.verify("runs/a").links} <= {"same", "unchecked"}
    assert not any(link.state == "differs" for link in bl.verify("runs/a/evaluate").links)
