"""A finished evaluation, scored again: no call, the same bytes, and errors that say what changed."""

import json
from pathlib import Path

import pytest

import bloomery as bl
from bloomery import cli
from bloomery.errors import DataError, RecipeError, UsageError
from bloomery.evaluate.result import Evaluated
from bloomery.llm.fake import Fake, reply
from tests.run.way import contents, write

TEST = [
    {"id": f"q{k}", "prompt": f"Question {k}?", "completion": "right", "lang": "en" if k % 2 else "de"}
    for k in range(20)
]


def predicted(out: str = "a", **options: object) -> Evaluated:
    write("test.jsonl", TEST)
    answers = [{"id": f"q{k}", "prediction": "right" if k < 15 else "wrong", "latency": str(k)} for k in range(19)]
    write("p.jsonl", [*answers, {"id": "zz", "prediction": "b"}])
    given = {"metrics": ["exact_match"], "gates": {"task.exact_match": ">= 0.5"}, "model": "tuned"} | options
    return bl.evaluate("p.jsonl", test="test.jsonl", out=out, **given)


def test_the_same_recipe_gives_the_same_bytes_elsewhere_and_in_place() -> None:
    predicted()
    before = contents("a", apart=())
    bl.rescore("a", out="b")
    assert contents("b", apart=()) == before
    bl.rescore("a", replace=True)
    assert contents("a", apart=()) == before


@pytest.mark.enable_socket
def test_a_model_that_was_asked_is_not_asked_again_and_its_identity_stays() -> None:
    write("test.jsonl", TEST)
    with Fake(lambda asked: reply("right")) as server:
        models = {"tuned": {"url": server.url, "model": "m"}, "base": {"url": server.url, "model": "n"}}
        run = bl.evaluate(
            test="test.jsonl",
            model="tuned",
            models=models,
            base="base",
            out="a",
            cache=None,
            gates={},
            metrics=["exact_match"],
        )
        asked = len(server.asked)
    assert asked >= 20
    before = contents("a", apart=())
    again = bl.rescore("a", out="b")  # the server is gone
    assert contents("b", apart=()) == before
    assert again.manifest["models"]["tuned"]["identity"] == run.manifest["models"]["tuned"]["identity"]
    assert "127.0.0.1" in again.manifest["models"]["tuned"]["identity"]
    assert json.loads(Path("b/timings.json").read_text())["asked"]["tuned"]["done"] >= 20


def test_new_metrics_slices_and_gates_come_from_flags_or_a_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    predicted()
    Path("new.yaml").write_text("evaluate: {gates: {task.exact_match: '>= 0.99'}, metrics: [token_f1]}\n")
    assert (
        cli.run(["evaluate", "a", "--out", "b", "--recipe", "new.yaml", "--metric", "exact_match", "--slice", "lang"])
        == 100
    )
    found = Evaluated("b")
    assert [one["name"] for one in found.manifest["metrics"]] == ["exact_match"]  # a flag goes before the recipe
    assert found.manifest["slices"] == ["lang"]
    (gate,) = [one for one in found.verdict["gates"] if one["name"] == "task.exact_match"]  # type: ignore[index]
    assert gate["threshold"] == ">= 0.99"
    assert cli.run(["evaluate", "b", "--replace", "--set", "evaluate.gates={task.exact_match: '>= 0.1'}"]) == 100
    capsys.readouterr()


def test_a_changed_test_is_an_error_that_says_so() -> None:
    predicted()
    write("test.jsonl", [*TEST[:-1], TEST[-1] | {"completion": "other"}])
    with pytest.raises(DataError, match=r"The test has changed since a was evaluated.*test.jsonl"):
        bl.rescore("a", out="b")
    assert not Path("b").exists()
    Path("test.jsonl").unlink()
    with pytest.raises(DataError, match="does not exist"):
        bl.rescore("a", replace=True)
    assert Evaluated("a").counts["items"] == 20  # what there was is still there


def test_the_predictions_file_is_not_needed_any_more() -> None:
    predicted()
    Path("p.jsonl").unlink()
    assert bl.rescore("a", out="b").value("exact_match") == pytest.approx(15 / 19)
    assert bl.rescore("a", out="c").remarks == Evaluated("a").remarks


def test_what_only_a_first_evaluation_can_be_told_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    predicted()
    with pytest.raises(UsageError, match="no place for the scores"):
        bl.rescore("a")
    with pytest.raises(RecipeError, match="The model 'base' was not asked in a"):
        bl.rescore("a", out="b", base="base")
    for flag, value in (
        ("--predictions", "p.jsonl"),
        ("--test", "test.jsonl"),
        ("--model", "x"),
        ("--test-format", "chat"),
    ):
        assert cli.run(["evaluate", "a", "--out", "b", flag, value]) == 2
        assert f"{flag} cannot be given" in capsys.readouterr().err
    with pytest.raises(DataError, match="not an evaluated run"):
        bl.rescore("nowhere", out="b")
    assert cli.run(["evaluate", "--predictions", "p.jsonl", "--test", "test.jsonl"]) == 2
    assert "There is no --out" in capsys.readouterr().err


def test_an_evaluation_of_an_earlier_version_says_evaluate_again() -> None:
    predicted()
    Path("a/recipe.yaml").unlink()
    with pytest.raises(DataError, match="one of an earlier version"):
        bl.rescore("a", out="b")


def test_no_key_is_in_the_stored_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "sk-hush")
    write("test.jsonl", TEST)
    write("p.jsonl", [{"id": row["id"], "prediction": "right"} for row in TEST])
    models = {"base": {"url": "http://127.0.0.1:9/v1", "model": "m", "api_key_env": "SECRET_KEY"}}
    bl.evaluate("p.jsonl", test="test.jsonl", models=models, base="base", out="a", metrics=["exact_match"])
    assert b"api_key_env: SECRET_KEY" in Path("a/recipe.yaml").read_bytes()
    assert not [name for name, data in contents("a", apart=()).items() if b"sk-hush" in data]
