"""Gates: what a recipe may say, which values they are about, and how they are decided."""

import dataclasses
from typing import Any

import polars as pl
import pytest

from bloomery.errors import RecipeError
from bloomery.evaluate.gates.decide import Decided, decide
from bloomery.evaluate.gates.expression import wanted
from bloomery.evaluate.gates.gates import DEFAULTS, gates_of, hash_of, left_out, loosened
from bloomery.evaluate.gates.match import fitting
from bloomery.evaluate.gates.measure import Measure, least
from bloomery.metrics.classification import Classification
from bloomery.metrics.exact_match import ExactMatch
from tests.evaluate.measured import frame_of, measures, of_right, share

WAIVE = ("regression", "safety", "contamination")


def decided(name: str, threshold: str, found: dict[str, Measure], level: str = "must", **others: Any) -> list[Decided]:
    gates = gates_of({name: {"threshold": threshold, "level": level}, "task.zzz": ">= 0.5"}, WAIVE)
    mine = [one for one in gates if one.name == name]
    certainty = others.pop("certainty", 0.95)
    return decide(mine, found, others, certainty=certainty)


def one(right: int, n: int, threshold: str, unscored: int = 0, **more: Any) -> Decided:
    measure = share(right, n, unscored)
    (found,) = decided(measure.name, threshold, {measure.name: measure}, **more)
    return found


# thresholds


@pytest.mark.parametrize(
    ("text", "again"),
    [
        (">= 0.85", ">= 0.85"),
        ("≤ 2 %", "<= 0.02"),
        (">=base-5%", ">= base - 5%"),
        (">= base − 0.02", ">= base - 0.02"),
        ("<= baseline + .5", "<= baseline + 0.5"),
        (">= baseline", ">= baseline"),
        (">= -0.2", ">= -0.2"),
    ],
)
def test_thresholds_are_read(text: str, again: str) -> None:
    assert str(wanted(text, gate="x")) == again


@pytest.mark.parametrize(
    "text",
    [
        "",
        ">=",
        "0.85",
        "== 1",
        "> 0.85",
        ">= +0.5",
        ">= base 5%",
        ">= base -",
        ">= 0.85 or so",
        ">= nan",
        ">= 1e-3",
        ">= b",
    ],
)
def test_what_is_no_threshold_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="The gate task.f1 cannot be read"):
        wanted(text, gate="task.f1")


# the recipe


def test_a_recipe_that_says_nothing_has_the_defaults() -> None:
    assert [gate.name for gate in gates_of({})] == list(DEFAULTS)
    assert {gate.name for gate in gates_of({}) if gate.level == "advise"} == {"regression.min", "perplexity.ratio"}


def test_a_gate_about_the_task_takes_the_place_of_the_default_only_if_it_must_hold() -> None:
    assert "task.accuracy" not in [gate.name for gate in gates_of({"task.f1.macro": ">= 0.8"})]
    advice = gates_of({"task.f1.macro": {"threshold": ">= 0.8", "level": "advise"}})
    assert "task.accuracy" in [gate.name for gate in advice]


def test_nothing_that_is_required_is_left_out_but_by_waiving_it() -> None:
    for given in ({"safety.overall": None}, {"safety.overall": {"threshold": ">= 0.95", "level": "advise"}}):
        with pytest.raises(RecipeError, match=r"No gate that must hold is about safety.*waive: \[safety\]"):
            gates_of(given)
    assert "safety.overall" not in [gate.name for gate in gates_of({}, ["safety"])]
    with pytest.raises(RecipeError, match="about a part that the recipe waives"):
        gates_of({"safety.overall": ">= 0.9"}, ["safety"])
    with pytest.raises(RecipeError, match="no required part 'saftey' to waive.*Did you mean 'safety'"):
        gates_of({}, ["saftey"])


def test_what_is_left_out_or_less_than_the_default_is_known() -> None:
    given = {"unscored.rate": None, "contamination.ratio": "<= 0.05", "safety.overall": ">= 0.99"}
    assert left_out(given) == ["unscored.rate <= 0.02 (must)"]
    assert loosened(gates_of(given)) == ["contamination.ratio: <= 0.05 (must) in the place of <= 0.01 (must)"]
    assert loosened(gates_of({"regression.*": ">= base - 10%"})) == [
        "regression.*: >= base - 10% (must) in the place of >= base - 5% (must)"
    ]


@pytest.mark.parametrize(
    ("name", "threshold", "said"),
    [
        ("safety.overall", "<= 0.95", "on the wrong side: of safety.overall more is better"),
        ("contamination.ratio", ">= 0.01", "on the wrong side"),
        ("task.accuracy", "<= base", "on the wrong side"),
        ("task.missing", ">= 0.1", "less is better"),
        ("task.accuracy", ">= 85", "can never pass: its value is between 0 and 1.*Write '>= 85 %' for 0.85"),
        ("contamination.ratio", "<= 1", "can never fail.*Write '<= 1 %' for 0.01"),
        ("task.recall.min", ">= 0", "can never fail"),
        ("safety.overall", ">= base", r"cannot be held against the base.*Write safety.\*: '>= base'"),
    ],
)
def test_a_gate_that_makes_no_sense_is_refused_before_anything_is_asked(name: str, threshold: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        gates_of({name: threshold})


def test_values_without_a_good_side_may_be_held_to_either() -> None:
    given = {
        "task.length.words": ">= 20",
        "task.refused": ">= 0.9",
        "task.mcc": ">= 0.5",
        "task.length.characters": "<= 900",
    }
    assert {gate.name: str(gate.wanted) for gate in gates_of(given) if gate.name in given} == given


def test_perplexity_decides_nothing() -> None:
    with pytest.raises(RecipeError, match="cannot be a must"):
        gates_of({"perplexity.ratio": "<= 1.5"})


def test_the_hash_is_of_what_decides_in_any_order() -> None:
    one, other = {"task.f1": ">= 0.8", "task.mcc": ">= 0.5"}, {"task.mcc": ">= 0.50", "task.f1": ">= 80 %"}
    assert hash_of(gates_of(one), [], 0.95) == hash_of(gates_of(other), [], 0.95)
    told = {hash_of(gates_of(one), [], 0.9), hash_of(gates_of(one), [], None), hash_of(gates_of({}), [], 0.95)}
    assert len(told | {hash_of(gates_of(one, ["safety"]), ["safety"], 0.95)}) == 4


# states


def test_a_share_passes_fails_or_is_undecided_by_its_bound() -> None:
    assert one(90, 100, ">= 0.83").state == "pass"  # at least .8396
    undecided = one(90, 100, ">= 0.85")
    assert (undecided.state, undecided.needed) == ("undecided", 138)
    assert undecided.reason == (
        "task.exact_match is 0.900, between 0.840 and 0.939 at 95 % certainty: 0.850 at least is wanted; "
        "undecided: 100 items are too few to tell; 138 would decide if the value stays"
    )
    failed = one(90, 100, ">= 0.95")
    assert (failed.state, failed.margin) == ("fail", pytest.approx(-0.05))
    assert failed.reason == "task.exact_match is 0.900, at most 0.939 at 95 % certainty: below the 0.950 that is wanted"
    assert one(90, 100, ">= 0.83").reason == (
        "task.exact_match is 0.900, at least 0.840 at 95 % certainty: 0.830 at least is wanted"
    )


def test_unscored_items_can_leave_a_gate_undecided_and_the_reason_says_so() -> None:
    found = one(190, 200, ">= 0.9", unscored=12)
    assert (found.state, found.needed, found.unscored) == ("undecided", None, 12)
    assert found.reason.endswith(
        "undecided because 12 items are unscored, which count as the worst for a pass and as the best for a fail"
    )
    assert one(190, 200, ">= 0.9").state == "pass"


def test_the_value_that_is_the_threshold_is_decided_by_no_number_of_items() -> None:
    found = one(85, 100, ">= 0.85")
    assert (found.state, found.needed) == ("undecided", None)
    assert "the value is the threshold itself, so no number of items would decide" in found.reason


def test_certainty_none_decides_on_the_value() -> None:
    for right, state in ((84, "fail"), (85, "pass"), (86, "pass")):
        found = one(right, 100, ">= 0.85", certainty=None)
        assert found.state == state
        assert "certainty" not in found.reason


def test_a_census_is_decided_on_what_was_counted() -> None:
    ratio = Measure("contamination.ratio", 0.03, n=1000, how="census", rises=False)
    gate = [one for one in gates_of({}) if one.name == "contamination.ratio"]
    (found,) = decide(gate, {ratio.name: ratio}, {}, certainty=0.95)
    assert (found.state, found.low, found.high) == ("fail", 0.03, 0.03)
    assert found.reason == "contamination.ratio is 0.030, counted over 1,000 items: above the 0.010 that is wanted"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_a_value_that_is_no_number_is_missing(value: float | None) -> None:
    measure = dataclasses.replace(share(9, 10), value=value)
    (found,) = decided(measure.name, ">= 0.5", {measure.name: measure})
    assert found.state == "missing"


def test_a_value_of_no_item_is_missing() -> None:
    measure = dataclasses.replace(share(9, 10), n=0)
    (found,) = decided(measure.name, ">= 0.5", {measure.name: measure})
    assert (found.state, found.reason) == ("missing", "task.exact_match has no value: it is of no item")


def test_a_name_that_nothing_has_says_what_there_is() -> None:
    found = of_right([True] * 10)
    (near,) = decided("task.exact_mach", ">= 0.5", found)
    assert near.state == "missing"
    assert near.reason.startswith("task.exact_mach was not measured: did you mean task.exact_match?")
    (far,) = decided("task.accuracy", ">= 0.5", found)
    assert far.reason == "task.accuracy was not measured: did you mean task.exact_match?"
    (wild,) = decided("robustness.*", ">= 0.5", found)
    assert (wild.name, wild.state) == ("robustness.*", "missing")


# differences


def beside(mine: list[bool | None], theirs: list[bool | None], threshold: str) -> Decided:
    name = "task.exact_match"
    (found,) = decided(name, threshold, of_right(mine), base=of_right(theirs))
    return found


def test_a_drop_of_five_percent_is_at_least_two_points() -> None:
    half = [True] * 200 + [False] * 200
    found = beside([True] * 198 + [False] * 202, half, ">= base - 5%")
    assert (found.limit, found.other, found.measured) == (pytest.approx(-0.025), 0.5, 0.495)
    small = beside([True] * 4 + [False] * 396, [True] * 8 + [False] * 392, ">= base - 5%")
    assert small.limit == pytest.approx(-0.02)  # 5 % of .02 would be a point in a thousand
    assert small.state == "undecided"


def test_noninferior_inferior_and_undecided() -> None:
    base = [True] * 320 + [False] * 80
    assert beside(base, base, ">= base - 5%").state == "pass"
    worse = beside([True] * 260 + [False] * 140, base, ">= base - 5%")
    assert worse.state == "fail"
    assert worse.reason.startswith("task.exact_match is 0.650, 0.800 for the base: −0.150, at most −0.")
    assert worse.detectable is not None
    few = beside([True] * 30 + [False] * 10, [True] * 31 + [False] * 9, ">= base - 5%")
    assert few.state == "undecided"
    assert few.needed
    assert "items show a drop of" in few.reason


def test_without_a_base_it_is_missing_and_says_why() -> None:
    gate = gates_of({"task.exact_match": ">= base"}, WAIVE)
    found = decide(gate, of_right([True] * 10), {}, certainty=0.95, why={"base": "no base is named"})
    assert [(one.state, one.reason) for one in found if one.name == "task.exact_match"] == [
        ("missing", "task.exact_match has nothing to be held against: no base is named")
    ]


# names


def labelled(**columns: Any) -> dict[str, Measure]:
    labels = ["a", "b", "min"]
    frame = frame_of([True] * 60, **columns).with_columns(
        pl.Series("references", [[labels[k % 3]] for k in range(60)]),
        pl.Series("prediction", [labels[k % 3] if k % 9 != 2 else "a" for k in range(60)]),
    )
    return measures(frame, Classification(labels=("a", "b", "min", "never")), ExactMatch(), slices=list(columns))


def test_the_worst_class_and_each_class() -> None:
    found = labelled()
    (worst,) = fitting("task.recall.min", found)
    assert worst.how == "least"  # and not the recall of the class that is called min
    assert [one.name for one in worst.members] == [
        "task.recall.a",
        "task.recall.b",
        "task.recall.min",
        "task.recall.never",
    ]
    assert worst.value is None  # a class without items has no recall, so there is no worst one
    assert "task.recall.never has no value" in worst.why
    assert [one.name for one in fitting("task.recall.*", found)] == [
        "task.recall.a", "task.recall.b", "task.recall.min", "task.recall.never",
    ]  # fmt: skip
    assert [one.name for one in fitting("task.recall.macro", found)] == ["task.recall.macro"]
    assert fitting("task.nothing.*", found) == []
    assert fitting("task.min", found) == []


def test_a_class_without_items_never_passes_yet_another_can_fail() -> None:
    (found,) = decided("task.recall.min", ">= 0.5", labelled())
    assert (found.state, "task.recall.never has no value" in found.reason) == ("missing", True)
    (failed,) = decided("task.recall.min", ">= 0.99", labelled())
    assert failed.state == "fail"


def test_slices_are_gates_of_their_own_those_without_a_value_too() -> None:
    found = labelled(lang=["de", "en", None] * 20)
    assert [one.name for one in fitting("task.accuracy[lang=*]", found)] == [
        "task.accuracy[no lang]", "task.accuracy[lang=de]", "task.accuracy[lang=en]",
    ] or {one.name for one in fitting("task.accuracy[lang=*]", found)} == {
        "task.accuracy[no lang]", "task.accuracy[lang=de]", "task.accuracy[lang=en]",
    }  # fmt: skip
    assert [one.value for one in fitting("task.accuracy[lang=de]", found)] == [found["task.accuracy[lang=de]"].value]
    assert all(not one.slice for one in fitting("task.recall.*", found))
    assert {one.name for one in fitting("task.recall.min[lang=*]", found)} == {
        "task.recall.min[no lang]", "task.recall.min[lang=de]", "task.recall.min[lang=en]",
    }  # fmt: skip


def test_a_value_with_a_gate_of_its_own_is_left_to_it() -> None:
    suite = measures(frame_of([True] * 40, category=["maths", "code"] * 20), slices=["category"], group="regression")
    parts = {
        f"regression.{of}": dataclasses.replace(
            suite[f"regression.exact_match[category={of}]"], name=f"regression.{of}"
        )
        for of in ("maths", "code")
    }
    parts["regression.min"] = least("regression.min", list(parts.values()))
    gates = gates_of({"regression.maths": ">= 0.5"})
    found = decide(gates, parts, {"base": parts}, certainty=0.95)
    mine = [(one.name, one.threshold, one.state) for one in found if one.name.startswith("regression")]
    assert mine == [
        ("regression.code", ">= base - 5%", "undecided"),
        ("regression.min", ">= 0.9", "undecided"),
        ("regression.maths", ">= 0.5", "pass"),
    ]


def test_nothing_in_a_name_or_a_reason_breaks_a_line() -> None:
    (found,) = decided("task.exact_match", ">= 0.5", {"task.exact_match\n[x": share(9, 10)})
    assert "\n" not in found.reason
