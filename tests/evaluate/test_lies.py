"""Every way a verdict could lie, and that it does not.

A model that is good at everything deploys; then one thing at a time is made a lie, and the verdict is another, or the lie stands in
its first lines.
"""

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bloomery as bl
from bloomery.errors import BloomeryError, DataError, UsageError
from bloomery.evaluate.gates.measure import Measure, least
from bloomery.evaluate.parts.base import Case, Found
from bloomery.evaluate.parts.contamination import contamination
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.verdict import reach
from bloomery.evaluate.verdict.terminal import first
from bloomery.llm.base import Answer, Draw, Take
from bloomery.metrics.exact_match import ExactMatch
from tests.evaluate.measured import frame_of, measures
from tests.evaluate.runs import questions, write

N = 400
TASK = {"task.exact_match": ">= 0.85"}


class Says:
    """A live model that says the same to everything, and counts its calls."""

    family, prices, live, max_tokens = None, None, True, None

    def __init__(self, name: str, text: str | None = "right") -> None:
        self.name, self.text, self.calls = name, text, 0

    def identity(self) -> str:
        return f"says {self.text}"

    def run(self, draw: Draw, take: Take) -> None:
        while drawn := draw():
            self.calls += 1
            error = None if self.text is not None else "unreachable"
            take(drawn[0], Answer(drawn[1].item, drawn[1].repeat, self.text, error))


def suite(
    part: str, mine: dict[str, Sequence[bool | None]], theirs: dict[str, Sequence[bool | None]], end: str
) -> Found:
    """A part with a category each, and the worst of them."""
    sides = []
    for side in (mine, theirs):
        found = [
            dataclasses.replace(measures(frame_of(right), group=part)[f"{part}.exact_match"], name=f"{part}.{name}")
            for name, right in side.items()
        ]
        sides.append((*found, least(f"{part}.{end}", found)))
    return Found(part, sides[0], sides[1], told={"sha256": "5" * 64})


GOOD: list[bool | None] = [True] * 297 + [False] * 3


def regression(case: Case) -> Found:
    return suite("regression", {"maths": GOOD, "code": GOOD}, {"maths": GOOD, "code": GOOD}, "min")


def safety(case: Case) -> Found:
    return suite("safety", {"harm": GOOD, "privacy": GOOD}, {"harm": GOOD, "privacy": GOOD}, "overall")


def clean(case: Case) -> Found:
    """Nothing of the test is in the training files; the real part is in the tests about contamination."""
    if not case.options.train:
        return contamination(case)
    return Found(
        "contamination", (Measure("contamination.ratio", 0.0, n=case.answers.height, how="census", rises=False),)
    )


class World:
    """A test, a model's answers, and parts that are all well."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, monkeypatch
        self.rows = questions(N, lang=["de", "en"] * (N // 2))
        self.right: list[bool | None] = [k % 20 > 0 for k in range(N)]  # 95 %
        self.parts: dict[str, Callable[[Case], Found]] = {
            "regression": regression, "safety": safety, "contamination": clean,
        }  # fmt: skip
        self.train = write(
            folder / "train.jsonl", [{"prompt": f"What else is {k} good for?", "completion": "much"} for k in range(50)]
        )

    def evaluate(self, out: str = "run", **options: Any) -> Evaluated:
        self._patch.setattr(reach, "PARTS", self.parts)
        said = [
            {"id": row["id"], "prediction": None if ok is None else "right" if ok else "wrong"}
            for row, ok in zip(self.rows, self.right, strict=True)
        ]
        options = {
            "metrics": ["exact_match"], "gates": TASK, "train": [str(self.train)],
            "history": str(self.folder / "history.sqlite"), "cache": str(self.folder / "cache.sqlite"),
        } | options  # fmt: skip
        models = options.pop("models", {"small": Says("small", "right")})
        return bl.evaluate(
            write(self.folder / "predictions.jsonl", said),
            test=write(self.folder / "test.jsonl", self.rows),
            out=self.folder / out,
            base=options.pop("base", "small"),
            models=models,
            **options,
        )

    def verdict(self, **options: Any) -> dict[str, Any]:
        found = self.evaluate(**options).verdict
        assert found is not None
        return found


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def state(told: dict[str, Any], name: str) -> str:
    (found,) = [gate["state"] for gate in told["gates"] if gate["name"] == name]
    return str(found)


def test_a_good_model_deploys(world: World) -> None:
    run = world.evaluate()
    told = run.verdict
    assert told is not None
    assert (told["verdict"], run.exit_code) == ("deploy", 0), told["reasons"]
    assert told["reasons"] == ["6 gates that must hold do"]
    assert {gate["name"]: gate["state"] for gate in told["gates"]} == {
        "regression.maths": "pass", "regression.code": "pass", "regression.min": "pass", "safety.overall": "pass",
        "contamination.ratio": "pass", "unscored.rate": "pass", "perplexity.ratio": "missing", "task.exact_match": "pass",
    }  # fmt: skip
    assert {
        "recipe",
        "gates",
        "test",
        "answers.parquet",
        "replies/small.jsonl",
        "suite safety",
        "suite regression",
    } == set(told["hashes"])
    assert (run.folder / "junit.xml").exists()
    assert (run.folder / "summary.md").exists()
    assert pl.read_parquet(run.folder / "parts/task/base/values.parquet").height > 0


# what is missing


@pytest.mark.parametrize("part", ["regression", "safety", "contamination"])
def test_a_part_that_did_not_run(world: World, part: str) -> None:
    del world.parts[part]
    told = world.verdict()
    assert told["verdict"] == "inconclusive"
    assert f"{part} is required and was not measured: no such part ran" in told["reasons"]


@pytest.mark.parametrize("part", ["regression", "safety"])
def test_a_part_that_failed(world: World, part: str) -> None:
    def failing(case: Case) -> Found:
        raise UsageError("The suite cannot be read")

    world.parts[part] = failing
    told = world.verdict()
    assert told["verdict"] == "inconclusive"
    assert any("The suite cannot be read" in reason for reason in told["reasons"])


def test_a_part_that_measured_nothing(world: World) -> None:
    world.parts["safety"] = lambda case: Found("safety")
    told = world.verdict()
    assert (told["verdict"], state(told, "safety.overall")) == ("inconclusive", "missing")


def test_a_failed_gate_is_not_hidden_by_a_missing_part(world: World) -> None:
    del world.parts["safety"]
    world.right = [k % 2 > 0 for k in range(N)]
    assert world.verdict()["verdict"] == "no_deploy"


def test_an_empty_category(world: World) -> None:
    def empty(case: Case) -> Found:
        found = safety(case)
        none = Measure("safety.bias", None, how="sampled", why="the category is empty")
        return dataclasses.replace(
            found, measures=(*found.measures[:-1], none, least("safety.overall", [*found.measures[:-1], none]))
        )

    world.parts["safety"] = empty
    told = world.verdict()
    assert (told["verdict"], state(told, "safety.overall")) == ("inconclusive", "missing")
    assert any("safety.bias has no value: the category is empty" in reason for reason in told["reasons"])


def test_an_empty_test(world: World) -> None:
    world.rows, world.right = [], []
    with pytest.raises(DataError):
        world.evaluate()
    assert not (world.folder / "run").exists()


def test_a_gate_about_a_value_that_is_not_there(world: World) -> None:
    told = world.verdict(gates=TASK | {"task.exact_mach": ">= 0.8"})
    assert (told["verdict"], state(told, "task.exact_mach")) == ("inconclusive", "missing")
    assert any("did you mean task.exact_match?" in reason for reason in told["reasons"])


def test_the_default_about_accuracy_where_the_test_has_none(world: World) -> None:
    told = world.verdict(gates={})
    assert (told["verdict"], state(told, "task.accuracy")) == ("inconclusive", "missing")
    assert any(
        "task.accuracy was not measured" in reason and "task.exact_match" in reason for reason in told["reasons"]
    )


def test_a_wildcard_that_fits_nothing(world: World) -> None:
    told = world.verdict(gates=TASK | {"robustness.*": ">= 0.8"})
    assert (told["verdict"], state(told, "robustness.*")) == ("inconclusive", "missing")


def test_a_base_that_gave_no_answers(world: World) -> None:
    told = world.verdict(models={"small": Says("small", None)}, gates={"task.exact_match": ">= base"})
    assert (told["verdict"], state(told, "task.exact_match")) == ("inconclusive", "missing")
    assert any("the base gave no answers" in reason for reason in told["reasons"])


def test_no_base_at_all(world: World) -> None:
    world.parts["regression"] = lambda case: dataclasses.replace(regression(case), base=())
    told = world.verdict(base=None, models={})
    assert (told["verdict"], state(told, "regression.maths")) == ("inconclusive", "missing")
    assert any("no base is named" in reason for reason in told["reasons"])


# what is unscored


def test_unscored_items_are_no_right_ones_and_can_block(world: World) -> None:
    world.right = [True] * 380 + [None] * 20  # 100 % of those with an answer
    told = world.verdict()
    assert (told["verdict"], state(told, "unscored.rate")) == ("no_deploy", "fail")
    assert any("20 of 400 items of task" in reason for reason in told["reasons"])


def test_a_value_that_only_the_unscored_could_spoil_is_undecided(world: World) -> None:
    world.right = [True] * 352 + [False] * 40 + [None] * 8
    told = world.verdict(gates={"task.exact_match": ">= 0.865"})
    assert state(told, "task.exact_match") == "undecided"
    assert any("undecided because 8 items are unscored" in reason for reason in told["reasons"]), told["reasons"]


def test_all_predictions_null(world: World) -> None:
    world.right = [None] * N
    told = world.verdict()
    assert told["verdict"] == "no_deploy"
    assert (state(told, "task.exact_match"), state(told, "unscored.rate")) == ("missing", "fail")


def test_a_suite_whose_judge_failed(world: World) -> None:
    lost: list[bool | None] = [True] * 280 + [None] * 20
    world.parts["safety"] = lambda case: suite("safety", {"harm": lost}, {"harm": GOOD}, "overall")
    told = world.verdict()
    assert told["verdict"] == "no_deploy"
    assert any("20 of 300 items of safety" in reason for reason in told["reasons"])
    assert state(told, "safety.overall") == "undecided"


def test_a_score_that_is_no_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExactMatch, "total", lambda self, items: {"exact_match": float("nan")})
    with pytest.raises(BloomeryError, match="gave nan"):
        world.evaluate()
    assert not (world.folder / "run").exists()


# what is changed


def test_a_gate_that_was_changed_in_the_same_folder(world: World) -> None:
    strict, looser = {"task.exact_match": ">= 0.99"}, {"task.exact_match": ">= 0.9"}
    assert world.verdict(gates=strict)["verdict"] == "no_deploy"
    told = world.verdict(gates=looser, replace=True)
    assert told["changed"] == [{"what": "task.exact_match", "was": ">= 0.99 (must)", "now": ">= 0.9 (must)"}]
    assert (
        first(told)[1]
        == "reason   changed after results existed: task.exact_match was >= 0.99 (must), is >= 0.9 (must)"
    )
    again = world.verdict(gates=looser, replace=True)
    assert again["changed"] == told["changed"]
    loosest = world.verdict(gates={"task.exact_match": ">= 0.5"}, replace=True)
    assert [one["was"] for one in loosest["changed"]] == [">= 0.99 (must)", ">= 0.9 (must)"]


def test_a_gate_that_was_changed_for_the_same_answers_in_another_folder(world: World) -> None:
    world.evaluate(gates={"task.exact_match": ">= 0.99"})
    told = world.verdict(out="second")
    assert told["changed"] == [{"what": "task.exact_match", "was": ">= 0.99 (must)", "now": ">= 0.85 (must)"}]


def test_a_part_that_was_waived_later(world: World) -> None:
    world.evaluate()
    told = world.verdict(waive=["safety"], out="second")
    assert {"what": "waived parts", "was": "none", "now": "safety"} in told["changed"]


def test_a_changed_suite(world: World) -> None:
    world.evaluate()
    world.parts["safety"] = lambda case: dataclasses.replace(safety(case), told={"sha256": "6" * 64})
    told = world.verdict(replace=True)
    assert told["changed"] == [{"what": "suite safety", "was": "5" * 12, "now": "6" * 12}]
    assert told["reasons"][0].startswith("changed after results existed: suite safety")


def test_a_changed_test(world: World) -> None:
    world.evaluate()
    world.rows[0]["prompt"] = "Another question?"
    told = world.verdict(replace=True)
    assert [one["what"] for one in told["changed"]] == ["the test"]


def test_a_waived_part_stands_in_the_first_lines(world: World) -> None:
    told = world.verdict(waive=["safety"])
    assert told["verdict"] == "deploy"
    assert first(told)[1] == "reason   waived by the recipe: safety"
    assert "waived by the recipe: safety" in (world.folder / "run/summary.md").read_text().splitlines()[2]
    assert 'type="waived"' in (world.folder / "run/junit.xml").read_text()


def test_a_default_that_was_taken_away_stands_in_the_first_lines(world: World) -> None:
    world.right = [True] * 380 + [None] * 20
    told = world.verdict(gates=TASK | {"unscored.rate": None})
    assert told["left_out"] == ["unscored.rate <= 0.02 (must)"]
    assert first(told)[1] == "reason   left out by the recipe: the default gate unscored.rate <= 0.02 (must)"


def test_a_default_that_wants_less_is_told(world: World) -> None:
    told = world.verdict(gates=TASK | {"safety.overall": ">= 0.5"})
    assert told["loosened"] == ["safety.overall: >= 0.5 (must) in the place of >= 0.95 (must)"]


def test_a_test_that_is_looked_at_again_and_again(world: World) -> None:
    assert world.verdict()["looks"] == 1
    assert world.verdict(replace=True)["looks"] == 1  # the same answers
    world.right[1] = False
    assert world.verdict(replace=True)["looks"] == 2
    world.right[2] = False
    world.evaluate(out="third", gates=None)  # a look is a look, whether or not something is decided
    world.right[3] = False
    assert world.verdict(out="fourth")["looks"] == 4


# what is stale, or of something else


def test_a_stale_cache_answers_no_other_question(world: World) -> None:
    small = Says("small")
    world.evaluate(models={"small": small})
    assert small.calls == N
    world.evaluate(models={"small": small}, replace=True)
    assert small.calls == N  # the same questions, out of the cache
    world.evaluate(models={"small": small}, replace=True, system="Be brief.")
    assert small.calls == 2 * N
    other = Says("small", "wrong")
    told = world.verdict(models={"small": other}, replace=True, gates={"task.exact_match": ">= base"})
    assert other.calls == N  # another model of the same name
    (gate,) = [one for one in told["gates"] if one["name"] == "task.exact_match"]
    assert (gate["other"], gate["state"]) == (0.0, "pass")


def test_a_baseline_on_another_test(world: World) -> None:
    world.evaluate(out="old", gates=None)
    world.rows[0]["completion"] = "another"
    told = world.verdict(baseline=str(world.folder / "old"), gates={"task.exact_match": ">= baseline"})
    assert (told["verdict"], state(told, "task.exact_match")) == ("inconclusive", "missing")
    assert any("the baseline was measured on another test" in reason for reason in told["reasons"])


def test_a_baseline_that_was_tampered_with(world: World) -> None:
    world.evaluate(out="old", gates=None)
    answers = world.folder / "old" / "answers.parquet"
    pl.read_parquet(answers).with_columns(prediction=pl.lit("wrong")).write_parquet(answers)
    told = world.verdict(baseline=str(answers.parent), gates={"task.exact_match": ">= baseline"})
    assert (told["verdict"], state(told, "task.exact_match")) == ("inconclusive", "missing")
    assert any("is not the file that bloomery evaluate wrote" in reason for reason in told["reasons"])


def test_a_baseline_is_scored_again_and_paired(world: World) -> None:
    world.evaluate(out="old", gates=None)
    world.right = [ok and k % 10 != 3 for k, ok in enumerate(world.right)]  # 40 of 380 lost
    told = world.verdict(baseline=str(world.folder / "old"), gates={"task.exact_match": ">= baseline - 5%"})
    (gate,) = [one for one in told["gates"] if one["name"] == "task.exact_match"]
    assert (gate["value"], gate["other"], gate["state"]) == (pytest.approx(-0.1), 0.95, "fail")
    assert gate["method"] == "Tango (0 gained, 40 lost)"


def test_contaminated_items(world: World) -> None:
    rows = [{"prompt": row["prompt"], "completion": row["completion"]} for row in world.rows[:20]]
    world.train = write(world.folder / "leaked.jsonl", rows)
    world.parts["contamination"] = contamination
    told = world.verdict()
    assert (told["verdict"], state(told, "contamination.ratio")) == ("no_deploy", "fail")


def test_training_files_that_nobody_named(world: World) -> None:
    told = world.verdict(train=[])
    assert told["verdict"] == "inconclusive"
    assert any("no training files are named" in reason for reason in told["reasons"])


# what is too little


def test_a_value_that_looks_good_on_a_few_items(world: World) -> None:
    world.rows, world.right = world.rows[:20], [True] * 19 + [False]
    told = world.verdict()
    assert (told["verdict"], state(told, "task.exact_match")) == ("inconclusive", "undecided")
    (gate,) = [one for one in told["gates"] if one["name"] == "task.exact_match"]
    assert gate["value"] == 0.95
    assert gate["needed"] == 35  # 1.64485² · .85 · .15 / .1² = 34.5


def test_a_mean_does_not_hide_the_worst_category(world: World) -> None:
    bad: list[bool | None] = [True] * 240 + [False] * 60
    world.parts["safety"] = lambda case: suite(
        "safety", {"harm": GOOD, "privacy": GOOD, "bias": bad}, {"harm": GOOD, "privacy": GOOD, "bias": bad}, "overall"
    )
    told = world.verdict()
    assert (told["verdict"], state(told, "safety.overall")) == ("no_deploy", "fail")
    assert any("safety.overall is 0.800 (safety.bias)" in reason for reason in told["reasons"])


def test_a_slice_does_not_hide_behind_the_whole(world: World) -> None:
    world.right = [k % 2 > 0 or k % 10 < 7 for k in range(N)]  # English all right, German at 70 %... of its items
    told = world.verdict(gates=TASK | {"task.exact_match[lang=*]": ">= 0.85"})
    assert state(told, "task.exact_match[lang=en]") == "pass"
    assert state(told, "task.exact_match[lang=de]") == "fail"
    assert told["verdict"] == "no_deploy"
    with pytest.raises(DataError, match="no column 'language' to slice by"):
        world.evaluate(out="other", gates=TASK | {"task.exact_match[language=de]": ">= 0.85"})


def test_the_files_tell_the_same_as_the_verdict(world: World) -> None:
    world.right = [k % 2 > 0 for k in range(N)]
    run = world.evaluate()
    assert run.exit_code == 100
    assert json.loads((run.folder / "verdict.json").read_text())["verdict"] == "no_deploy"
    assert 'failures="1"' in (run.folder / "junit.xml").read_text()
    assert (run.folder / "summary.md").read_text().startswith("## ❌ do not deploy")
