"""The whole way in one go: what is done, what is left as it is, how it ends."""

import json
from pathlib import Path

import pytest

import bloomery as bl
from bloomery import cli
from bloomery.errors import DataError, OutputError, RecipeError
from bloomery.store import locked
from tests.run.way import ALONE, RECIPE, contents, prepare, ran, rows, write

STAGES = ["profile", "clean", "split", "contamination", "evaluate"]


def test_from_raw_files_to_a_verdict_in_one_go() -> None:
    prepare()
    found, states = ran()
    assert found.stages == STAGES
    assert states == dict.fromkeys(STAGES, "done") | {"train": "skipped"}
    assert found.clean.counts["dropped"] == 1
    assert sum(found.split.sizes.values()) == 59
    assert found.contamination.test_rows == found.split.sizes["test"]
    evaluated = found.evaluated
    assert evaluated is not None
    assert evaluated.model == "tuned"
    assert evaluated.counts["items"] == found.split.sizes["test"]
    assert evaluated.counts["missing"] == 0
    assert found.verdict == evaluated.verdict["verdict"]  # type: ignore[index]
    assert found.exit_code == {"deploy": 0, "no_deploy": 100, "inconclusive": 101}[found.verdict or ""]
    gates = {gate["name"]: gate for gate in evaluated.verdict["gates"]}  # type: ignore[index]
    assert gates["contamination.ratio"]["value"] == found.contamination.ratio  # of the split's own training rows


def test_again_nothing_is_done_and_not_a_byte_changes() -> None:
    prepare()
    ran()
    before = contents("runs/a")
    times = Path("runs/a/timings.json").read_bytes()
    _, states = ran()
    assert states == dict.fromkeys(STAGES, "cached") | {"train": "skipped"}
    assert contents("runs/a") == before
    assert Path("runs/a/timings.json").read_bytes() == times


@pytest.mark.parametrize(
    ("change", "done"),
    [
        ("evaluate: {metrics: [exact_match, token_f1]}", ["evaluate"]),
        ("contamination: {n: 8}", ["contamination", "evaluate"]),  # the part of the verdict looks so, too
        ("split: {ratio: 50/10/40}", ["split", "contamination", "evaluate"]),
        ("clean: [normalize, exact, near, signals]", ["clean"]),  # the same rows are kept: what follows is still right
        ("profile: {sample: 1000}", ["profile"]),
    ],
)
def test_only_what_changed_is_done_again(change: str, done: list[str]) -> None:
    prepare()
    ran()
    key, _, value = change.partition(": ")
    _, states = ran(set=[f"{key}={value}"] if key != "evaluate" else ["evaluate.metrics=[exact_match, token_f1]"])
    assert [stage for stage in STAGES if states[stage] == "done"] == done


def test_a_raw_file_that_changed_is_read_again_and_predictions_too() -> None:
    prepare()
    ran()
    write(
        "raw.jsonl", [*rows(), {"id": "new", "prompt": "Who waters the ferns at noon?", "completion": "Nobody does."}]
    )
    assert ran()[1] == dict.fromkeys(STAGES, "done") | {"train": "skipped"}
    Path("right.jsonl").write_text(Path("right.jsonl").read_text().replace("I do not know.", "No idea."))
    assert [stage for stage, state in ran()[1].items() if state == "done"] == ["evaluate"]


def test_a_result_that_was_changed_by_hand_is_made_again() -> None:
    prepare()
    ran()
    before = contents("runs/a")
    path = Path("runs/a/split/test.jsonl")
    path.write_bytes(path.read_bytes().replace(b"Beside", b"Behind", 1))
    _, states = ran()
    assert [stage for stage in STAGES if states[stage] == "done"] == ["split"]
    assert contents("runs/a") == before


def test_from_a_stage_on_everything_is_done_again() -> None:
    prepare()
    ran()
    before = contents("runs/a")
    _, states = ran(since="contamination")
    assert [stage for stage in STAGES if states[stage] == "done"] == ["contamination", "evaluate"]
    assert contents("runs/a") == before
    with pytest.raises(RecipeError, match="no stage 'splitt'.*Did you mean 'split'"):
        ran(since="splitt")


def test_rows_that_somebody_brought_back_stay_and_what_follows_is_done_again() -> None:
    prepare()
    found, _ = ran()
    found.clean.rows  # noqa: B018
    bl.restore("runs/a/clean", "raw.jsonl:60", reason="needed", by="Mo")
    found, states = ran()
    assert found.clean.counts["kept"] == 60
    assert states["split"] == "done"
    assert set(ran()[1].values()) == {"cached", "skipped"}


def test_without_a_model_it_ends_after_contamination_and_says_what_is_next(capsys: pytest.CaptureFixture[str]) -> None:
    prepare("data: [{path: raw.jsonl}]\nclean: [normalize, exact]\n")
    assert cli.run(["run", "recipe.yaml"]) == 0
    out = capsys.readouterr().out
    assert "next     no model was evaluated: answer runs/recipe/split/test.jsonl" in out
    assert json.loads(Path("runs/recipe/run.json").read_text())["ended"] == "contamination"


def test_more_contamination_than_allowed_ends_it_with_100_before_a_model_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    prepare(RECIPE + "contamination: {fail_over: 0.01}\n")
    write("leaked.jsonl", rows()[:20])
    arguments = ["run", "recipe.yaml", "--out", "runs/a", "--set", "evaluate.test=leaked.jsonl"]
    assert cli.run([*arguments, "--predictions", "right.jsonl"]) == 100
    assert "stopped" in capsys.readouterr().out
    assert not Path("runs/a/evaluate").exists()


def test_dry_run_says_what_would_be_done_and_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    prepare()
    arguments = ["run", "recipe.yaml", "--out", "runs/a", "--predictions", "right.jsonl"]
    assert cli.run([*arguments, "--dry-run"]) == 0
    assert "it has not been done" in capsys.readouterr().out
    assert not Path("runs").exists()
    assert cli.run(arguments) in (0, 100, 101)
    before = contents("runs/a", apart=())
    capsys.readouterr()
    assert cli.run([*arguments, "--dry-run", "--set", "split.seed=9"]) == 0
    states = {one.stage: one.state for one in bl.run_plan("recipe.yaml", out="runs/a", set=["split.seed=9"])}
    assert states == {
        "profile": "cached",
        "clean": "cached",
        "split": "to do",
        "contamination": "perhaps",
        "train": "skipped",
        "evaluate": "skipped",  # no predictions are named here
    }
    assert contents("runs/a", apart=()) == before


def test_dry_run_tells_the_calls_that_a_model_would_get_and_what_they_cost() -> None:
    prepare(RECIPE + "models: {tuned: {url: 'http://127.0.0.1:9/v1', model: m, prices: {input: 10, output: 20}}}\n")
    ran()
    plan = bl.run_plan("recipe.yaml", out="runs/a", model="tuned", set=ALONE)
    (evaluate,) = [one for one in plan if one.stage == "evaluate"]
    assert evaluate.state == "to do"
    assert evaluate.calls is not None
    items = len(Path("runs/a/split/test.jsonl").read_text().splitlines())
    told = evaluate.calls.asked["tuned"]
    assert (evaluate.calls.items, told.calls) == (items, items)
    assert told.money is not None
    assert told.money > 0


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        (["index=ids"], "cannot add its rows to an index"),
        (["split.hold_out=[raw.jsonl]"], "cannot hold sources out"),
        (["split.ratio=90/10/0"], "There will be no test"),
        (["evaluate.metrics=[exactmatch]"], "no metric 'exactmatch'"),
        (["evaluate.waive=[safty]"], "no required part 'safty'"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_done(sets: list[str], said: str) -> None:
    prepare()
    with pytest.raises(RecipeError, match=said):
        ran(set=sets)
    assert not Path("runs").exists()


def test_predictions_and_models_that_are_not_there_are_said_before_anything_is_done() -> None:
    prepare()
    with pytest.raises(DataError, match=r"rigth.jsonl does not exist.*Did you mean right.jsonl"):
        ran(predictions="rigth.jsonl")
    with pytest.raises(RecipeError, match="no model 'tuned' in the recipe"):
        ran(predictions=None)
    with pytest.raises(DataError, match="cannot read standard input"):
        ran(set=["data=[{path: '-'}]"])
    assert not Path("runs/a/clean").exists()


def test_a_folder_of_somebody_else_is_left_alone_and_two_runs_do_not_meet() -> None:
    prepare()
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="not the folder of a run"):
        ran("mine")
    ran()
    with locked(Path("runs/a/.lock")) as alone, pytest.raises(OutputError, match="Another run is at work"):
        assert alone
        ran()


def test_training_rows_without_the_leaked_ones_are_what_the_model_was_trained_on() -> None:
    prepare(RECIPE + "contamination: {drop_from: train}\n")
    write("leaked.jsonl", rows()[:20])
    found, _ = ran(set=["evaluate.test=leaked.jsonl"])
    assert found.contamination.contaminated > 0
    assert found.evaluated is not None
    (train,) = found.evaluated.manifest["train"]
    assert train["path"] == "runs/a/contamination/train.jsonl"
    gates = {gate["name"]: gate for gate in found.evaluated.verdict["gates"]}  # type: ignore[index]
    assert gates["contamination.ratio"]["value"] == 0
    assert set(ran(set=["evaluate.test=leaked.jsonl"])[1].values()) == {"cached", "skipped"}


def test_a_starter_recipe_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    prepare()
    Path("recipe.yaml").unlink()
    assert cli.run(["init", "raw.jsonl"]) == 0
    assert cli.run(["run", "recipe.yaml"]) == 0
    assert cli.run(["run", "recipe.yaml", "--predictions", "right.jsonl"]) == 101  # suites and the task's gate are open
    capsys.readouterr()


def test_columns_that_the_recipe_names_are_known_to_every_stage() -> None:
    prepare(RECIPE.replace("raw.jsonl", "odd.jsonl, columns: {prompt: q, completion: a}"))
    write("odd.jsonl", [{"id": row["id"], "q": row["prompt"], "a": row["completion"]} for row in rows()])
    found, _ = ran()
    assert found.evaluated is not None
    assert found.evaluated.counts["missing"] == 0
    assert "q" in json.loads(Path("runs/a/split/test.jsonl").read_text().splitlines()[0])


def test_a_moved_run_is_still_known() -> None:
    prepare()
    ran()
    Path("runs/a").rename("runs/b")
    assert set(ran("runs/b")[1].values()) == {"cached", "skipped"}


def test_past_runs_are_listed_from_their_folders(capsys: pytest.CaptureFixture[str]) -> None:
    prepare()
    found, _ = ran()
    bl.evaluate("right.jsonl", test="runs/a/split/test.jsonl", out="runs/alone", metrics=["exact_match"])
    Path("runs/broken").mkdir()
    Path("runs/broken/run.json").write_text("{")
    Path("runs/notes").mkdir()
    past = {one.folder.name: one for one in bl.runs()}
    assert set(past) == {"a", "alone", "broken"}
    assert (past["a"].kind, past["a"].verdict, past["a"].model) == ("run", found.verdict, "tuned")
    assert past["a"].value == past["alone"].value == "exact_match"
    assert past["a"].recipe == found.ledger["recipe_sha256"]
    assert past["a"].when is not None
    assert past["broken"].verdict == "unreadable"
    assert cli.run(["runs"]) == 0
    assert "runs/alone" in capsys.readouterr().out
    with pytest.raises(DataError, match="no folder elsewhere"):
        bl.runs("elsewhere")


def test_what_cannot_be_evaluated_leaves_the_earlier_verdict_where_it_was() -> None:
    prepare()
    ran()
    before = contents("runs/a/evaluate")
    with pytest.raises((DataError, RecipeError), match="nowhere"):
        ran(set=["evaluate.baseline=nowhere"])
    assert contents("runs/a/evaluate") == before
