"""The part ``robustness``: other items, and the same ones said a little differently."""

from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from bloomery.errors import RecipeError
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.base import Found
from bloomery.evaluate.parts.generalisation import generalisation, ood_beside
from bloomery.evaluate.parts.robustness import robustness
from bloomery.llm.base import Request
from bloomery.run.again import rescored
from bloomery.stats.score import farrington_manning
from tests.evaluate.cases import case_of
from tests.evaluate.runs import write
from tests.judge.recorded import Judge

KINDS = ("delivery", "billing", "account")
ROWS = [
    {
        "text": f"My question number {k} is about {KINDS[k % 3]} matters, could somebody please answer quickly?",
        "label": KINDS[k % 3],
    }
    for k in range(30)
]


def reads(request: Request) -> str:
    """The label that stands in the text, in any case."""
    text = request.messages[-1].content.lower()
    return next((kind for kind in KINDS if kind in text), "account")


def value(found: Found, name: str) -> Measure:
    return next(one for one in found.measures if one.name == name)


def found_of(folder: Path, says: Any, rows: Any = ROWS, said: Any = None, **robust: Any) -> Found:
    labels = [row.get("label") for row in rows] if said is None else said
    model = None if says is None else Judge(says, "tuned")
    return robustness(case_of(folder, rows, labels, model=model, robustness={"perturb": []} | robust))


def test_each_set_is_scored_as_the_task_is(tmp_path: Path) -> None:
    edge = write(tmp_path / "edge.jsonl", ROWS[:4])
    hard = write(tmp_path / "hard.jsonl", [{"text": "Nothing of that", "label": "billing"}] * 3 + ROWS[:1])
    found = found_of(tmp_path, reads, edge=str(edge), adversarial=str(hard))
    assert (value(found, "robustness.edge.accuracy").value, value(found, "robustness.edge.accuracy").n) == (1.0, 4)
    assert value(found, "robustness.adversarial.accuracy").value == 1 / 4
    assert value(found, "robustness.adversarial.accuracy").bare == "accuracy"
    assert found.told["calls"] == 8


def test_in_distribution_and_elsewhere_stand_side_by_side(tmp_path: Path) -> None:
    elsewhere = write(
        tmp_path / "elsewhere.jsonl", [{"text": f"Nothing {k}", "label": KINDS[k % 3]} for k in range(30)]
    )
    found = found_of(tmp_path, reads, out_of_distribution=str(elsewhere))
    (told,) = found.told["sets"]
    one = next(row for row in told["values"] if row["name"] == "accuracy")
    assert (one["test"]["value"], one["set"]["value"]) == (1.0, 1 / 3)
    low, high = farrington_manning(10, 30, 30, 30)
    assert (one["difference"]["low"], one["difference"]["high"]) == (pytest.approx(low), pytest.approx(high))
    assert "accuracy is 1.000 on the test and 0.333 on the out of distribution items" in found.notes[0]
    assert not [said for said in found.not_measured if said.startswith("generalisation")]


def test_a_model_that_minds_capitals_is_inconsistent(tmp_path: Path) -> None:
    rows = [
        {"text": f"Ask about {('parcels', 'bills', 'logins')[k % 3]} please", "label": KINDS[k % 3]} for k in range(30)
    ]
    labels = {"parcels": "delivery", "bills": "billing", "logins": "account"}

    def knows(request: Request) -> str:
        text = request.messages[-1].content
        return "billing" if text.isupper() else next(label for word, label in labels.items() if word in text.lower())

    found = found_of(tmp_path, knows, rows, perturb=["case", "format"])
    case, layout = value(found, "robustness.consistency.case"), value(found, "robustness.consistency.format")
    assert layout.value == 1.0
    assert case.value is not None
    assert 0.4 < case.value < 0.95
    assert value(found, "robustness.case.accuracy").value == case.value  # all answers were right before
    told = next(one for one in found.told["changes"] if one["kind"] == "case")
    assert told["consistency"]["low"] < case.value < told["consistency"]["high"]
    assert told["values"][0]["difference"]["value"] == pytest.approx(case.value - 1)
    assert told["changed"][0]["before"] != told["changed"][0]["after"] == "billing"
    assert found.told["calls"] == 60


def test_two_wrong_answers_that_differ_are_not_the_same_answer(tmp_path: Path) -> None:
    found = found_of(tmp_path, lambda _: "account", ROWS, ["billing"] * 30, perturb=["format"])
    assert value(found, "robustness.consistency.format").value == 0.0


def test_free_text_is_consistent_where_its_score_is(tmp_path: Path) -> None:
    rows = [{"prompt": f"Say something nice about thing {k}", "completion": "right"} for k in range(10)]
    found = found_of(tmp_path, lambda _: "right", rows, ["right"] * 5 + ["wrong"] * 5, perturb=["typos"])
    assert value(found, "robustness.consistency.typos").value == 0.5
    assert value(found, "robustness.typos.exact_match").value == 1.0


OPTIONS = [
    {"prompt": f"Which came first in town {k}?\nA) bridge {k}\nB) mill {k}\nC) tower {k}", "completion": "ABC"[k % 3]}
    for k in range(30)
]


def test_options_in_another_order_are_other_letters_for_the_same_answer(tmp_path: Path) -> None:
    def knows(request: Request) -> str:
        lines = request.messages[-1].content.splitlines()
        k = int(lines[0].split("town ")[1].rstrip("?"))
        return next(line[0] for line in lines[1:] if line[3:].startswith(("bridge", "mill", "tower")[k % 3]))

    right = [row["completion"] for row in OPTIONS]
    found = found_of(tmp_path, knows, OPTIONS, right, perturb=["options"])
    assert value(found, "robustness.consistency.options").value == 1.0
    assert value(found, "robustness.options.exact_match").value == 1.0
    stubborn = found_of(tmp_path / "b", lambda _: "B", OPTIONS, ["B"] * 30, perturb=["options"])
    assert value(stubborn, "robustness.consistency.options").value is not None
    assert value(stubborn, "robustness.consistency.options").value < 0.6


def test_a_change_that_no_item_can_have_is_told_and_costs_nothing(tmp_path: Path) -> None:
    found = found_of(tmp_path, reads, perturb=["options", "format"])
    assert found.told["changes"][0] == {"kind": "options", "items": 0, "why": "no item of the test can be changed so"}
    assert found.told["calls"] == 30


def test_no_more_calls_than_it_may_and_the_same_by_the_seed(tmp_path: Path) -> None:
    asked: list[list[str]] = []
    for name in ("a", "b"):
        mine: list[str] = []

        def says(request: Request, mine: list[str] = mine) -> str:
            mine.append(f"{request.item} {request.messages[-1].content}")
            return reads(request)

        found_of(tmp_path / name, says, perturb=["case", "typos", "format"], n=7)
        asked.append(mine)
    assert len(asked[0]) <= 21
    assert asked[0] == asked[1]


def test_calls_that_failed_are_unscored_and_no_inconsistency(tmp_path: Path) -> None:
    def half(request: Request) -> str | None:
        return None if int(request.item.rpartition("/")[2]) % 2 else reads(request)

    found = found_of(tmp_path, half, perturb=["format"])
    rate = value(found, "robustness.consistency.format")
    assert (rate.value, rate.n, rate.unscored) == (1.0, 15, 15)
    dead = found_of(tmp_path / "dead", lambda _: None, perturb=["format"])
    assert not dead.measures
    assert dead.missing == "no set and no changed item could be asked"
    assert any("robustness, format: " in one for one in dead.not_measured)


def test_a_set_that_is_not_there_costs_no_other_one(tmp_path: Path) -> None:
    edge = write(tmp_path / "edge.jsonl", ROWS[:4])
    found = found_of(tmp_path, reads, edge=str(edge), adversarial=str(tmp_path / "nothing.jsonl"))
    assert value(found, "robustness.edge.accuracy").value == 1.0
    assert any("adversarial items" in one and "does not exist" in one for one in found.not_measured)


def test_without_a_model_it_is_missing_and_generalisation_is_still_told(tmp_path: Path) -> None:
    found = found_of(tmp_path, None)
    assert found.missing == "the model cannot be asked"
    assert found.not_measured[0].startswith("generalisation: how the test was drawn is not known")


# how the test was drawn


def split_of(folder: Path, **options: Any) -> Path:
    sources = []
    for name in ("shop", "forum"):
        rows = [
            {"prompt": f"{name} {k} {k * k}", "completion": f"answer {k}", "day": k, "user": f"{name} {k // 2}"}
            for k in range(60)
        ]
        sources.append(str(write(folder / f"{name}.jsonl", rows)))
    bl.split(sources, out=folder / "split", ratio="80/20", **options)
    return folder / "split" / "test.jsonl"


def test_a_random_split_says_nothing_about_other_data(tmp_path: Path) -> None:
    said = generalisation(str(split_of(tmp_path)), given=False).not_measured
    assert said[0].startswith(
        "generalisation: the test is a random split of the data that the model was trained on; name a set"
    )


def test_held_out_sources_of_a_split_are_from_elsewhere(tmp_path: Path) -> None:
    test = split_of(tmp_path, hold_out=[str(tmp_path / "forum.jsonl")])
    assert ood_beside(str(test)) == str(tmp_path / "split" / "ood.jsonl")
    case = case_of(
        tmp_path / "case",
        [],
        {},
        test=str(test),
        model=Judge(lambda _: "answer 1", "tuned"),
        robustness={"perturb": []},
    )
    found = robustness(case)
    assert value(found, "robustness.out_of_distribution.exact_match").n == 60
    assert not found.not_measured


def test_the_latest_rows_are_of_another_time(tmp_path: Path) -> None:
    found = generalisation(str(split_of(tmp_path, time="day")), given=False)
    assert found.not_measured == ()
    assert "the latest rows by day" in found.notes[0]


def test_other_groups_of_the_same_sources_are_the_same_data(tmp_path: Path) -> None:
    said = generalisation(str(split_of(tmp_path, group="user")), given=False).not_measured
    assert "though of other values of user" in said[0]


def test_a_folder_with_an_ood_file_that_is_no_split_is_not_believed(tmp_path: Path) -> None:
    write(tmp_path / "ood.jsonl", ROWS)
    assert ood_beside(str(tmp_path / "test.jsonl")) is None


def test_an_unknown_key_names_those_that_there_are(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("evaluate: {robustness: {ood: elsewhere.jsonl}}\n")
    with pytest.raises(RecipeError, match="out_of_distribution"):
        bl.evaluate(test="t.jsonl", out=tmp_path / "run", model="m", recipe=recipe)


# the whole way


def whole(folder: Path, **models: Any) -> Any:
    train = write(folder / "train.jsonl", [{"text": "Where are you?", "label": "other"}])
    return bl.evaluate(
        test=write(folder / "test.jsonl", ROWS),
        out=folder / "run",
        train=[str(train)],
        robustness={"perturb": ["case", "format"], "n": 5},
        gates={"robustness.consistency.*": ">= 0.4", "task.accuracy": ">= 0.85"},
        waive=["regression", "safety"],
        set=["evaluate.cache=null", "evaluate.history=null"],
        **models,
    )


def test_a_run_scored_again_says_the_same_without_a_call(tmp_path: Path) -> None:
    model = Judge(reads, "tuned", live=True)
    run = whole(tmp_path, model="tuned", models={"tuned": model})
    calls = model.asked
    before, gates = (tmp_path / "run" / "parts.json").read_bytes(), run.verdict["gates"]
    again = rescored(tmp_path / "run", None, replace=True, changes={})
    assert model.asked == calls == 30 + 5 + 5
    assert (tmp_path / "run" / "parts.json").read_bytes() == before
    assert again.verdict["gates"] == gates
    assert {gate["name"] for gate in run.verdict["gates"]} >= {
        "robustness.consistency.case",
        "robustness.consistency.format",
    }
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Answered as before when said differently" in page


def test_a_file_of_predictions_answers_changed_items_or_says_that_it_does_not(tmp_path: Path) -> None:
    said = [{"id": k + 1, "prediction": row["label"]} for k, row in enumerate(ROWS)]
    plain = whole(tmp_path / "plain", predictions=write(_made(tmp_path / "plain") / "said.jsonl", said))
    left = [one for one in plain.verdict["not_measured"] if one.startswith("robustness")]
    assert "robustness, case, format: No answers of 'run' to them are recorded" in left
    more = [{"id": f"robustness/format/{row['id']}", "prediction": row["prediction"]} for row in said]
    both = whole(tmp_path / "both", predictions=write(_made(tmp_path / "both") / "said.jsonl", [*said, *more]))
    gates = {gate["name"]: gate for gate in both.verdict["gates"]}
    assert gates["robustness.consistency.format"]["value"] == 1.0


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_of_a_chat_only_what_is_said_last_is_changed(tmp_path: Path) -> None:
    turns = [("system", "Be brief."), ("user", "Where is Bern?"), ("assistant", "In Switzerland.")]
    chat = [{"role": role, "content": content} for role, content in turns]
    rows = [
        {"messages": [*chat, {"role": "user", "content": f"And town {k}?"}, {"role": "assistant", "content": "No."}]}
        for k in range(6)
    ]
    asked: list[Request] = []

    def says(request: Request) -> str:
        asked.append(request)
        return "No."

    found = found_of(tmp_path, says, rows, ["No."] * 6, perturb=["case"])
    assert value(found, "robustness.consistency.case").value == 1.0
    assert [[(one.role, one.content) for one in request.messages[:3]] for request in asked] == [turns] * 6
    assert {request.messages[3].content for request in asked} <= {
        text for k in range(6) for text in (f"and town {k}?", f"AND TOWN {k}?")
    }
