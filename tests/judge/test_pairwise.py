"""Comparisons: orders, verdicts, win rates, strengths, length, family."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

import bloomery as bl
from bloomery.errors import DataError, NotComputableError, RecipeError
from bloomery.judge.family import self_preference
from bloomery.judge.items import single
from bloomery.judge.pairwise import duel, orders_of, pairs
from bloomery.judge.verdicts import protocol, read_verdict, settled
from bloomery.judge.win_rate import length_bias, slope, strengths, win_rate
from bloomery.stats.mean import mean
from bloomery.stats.proportion import clopper_pearson
from tests.evaluate.runs import run_of
from tests.judge.recorded import Judge, ask


def texts(first: list[str | None], second: list[str | None]) -> list[Any]:
    return pairs(*([single(f"q{k}", "Which?", text) for k, text in enumerate(side)] for side in (first, second)))


def winner(said: str) -> str:
    return json.dumps({"reasoning": "-", "winner": said})


def test_verdicts_are_about_the_answer_whichever_order_it_was_shown_in() -> None:
    judge = Judge(
        {
            "q0/AB": winner("A"),
            "q0/BA": winner("B"),
            "q1/AB": winner("B"),
            "q1/BA": winner("A"),
            "q2/AB": winner("tie"),
            "q2/BA": winner("tie"),
        }
    )
    found = duel(texts(["a"] * 3, ["b"] * 3), ("x", "y"), protocol(), judge, ask, with_canaries=0)
    assert [one.verdict for one in found.compared] == ["first", "second", "tie"]
    assert [one.inconsistent for one in found.compared] == [False] * 3


def test_every_pair_of_orders() -> None:
    sides = ("first", "second", "tie", None)
    for one in sides:
        for other in sides:
            verdict, inconsistent = settled(one, other)
            assert (verdict is None) == (one is None or other is None)
            assert inconsistent == (None not in (one, other) and one != other)
            assert verdict == (one if one == other else None if None in (one, other) else "tie")


def test_an_answer_that_is_missing_is_not_asked_about_and_is_unscored() -> None:
    judge = Judge(lambda request: winner("A"))
    found = duel(texts(["a", None], ["b", "b"]), ("x", "y"), protocol(), judge, ask, with_canaries=0)
    assert judge.asked == 2 and found.compared[1].error == "no_answer" and found.compared[1].worth is None


def test_orders_are_seeded_and_both_come_first_about_as_often() -> None:
    first = [orders_of(f"q{k}", "both", 0)[0] for k in range(1000)]
    assert 450 < first.count("AB") < 550  # 500 ± 3.2 · √250
    assert first == [orders_of(f"q{k}", "both", 0)[0] for k in range(1000)]
    assert first != [orders_of(f"q{k}", "both", 1)[0] for k in range(1000)]


def test_win_rate_by_hand() -> None:
    """6 won, 2 tied, 2 lost of 10, 2 unscored: .7, sd² = (6 · .09 + 2 · .04 + 2 · .49)/9."""
    worth = [1.0] * 6 + [0.5] * 2 + [0.0] * 2 + [None] * 2
    told = win_rate(worth)
    assert told.error == pytest.approx((((6 * 0.09 + 2 * 0.04 + 2 * 0.49) / 9) / 10) ** 0.5)
    assert (told.rate, told.wins, told.ties, told.losses, told.unscored) == (0.7, 6, 2, 2, 2)
    assert told.bounds == pytest.approx((7 / 12, 9 / 12))
    assert win_rate([1.0] * 20).interval == clopper_pearson(20, 20) and win_rate([1.0] * 20).error is None
    low, high = win_rate([0.5] * 20).interval
    assert low < 0.5 < high
    with pytest.raises(NotComputableError, match="no verdict"):
        win_rate([None])


def test_win_rate_of_clusters() -> None:
    worth, groups = [1.0, 1.0, 0.0, 0.5, 1.0, 0.0], ["a", "a", "b", "b", "c", "c"]
    assert win_rate(worth, clusters=groups).error == pytest.approx(mean(worth, clusters=groups).error)


def test_length_bias_against_statsmodels() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.integers(10, 900, 400), rng.integers(10, 900, 400)
    d = (first - second).astype(float)
    x = np.tanh(d / d.std(ddof=1))
    y = rng.choice([0.0, 0.5, 1.0], 400, p=[0.3, 0.2, 0.5]) * (rng.random(400) < 0.5) + (x > 0) * 0.5
    y = np.clip(y, 0, 1)
    told = length_bias(y.tolist(), first.tolist(), second.tolist())
    fit = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial()).fit(cov_type="HC0")
    assert told.slope == pytest.approx(fit.params[1], abs=1e-6)
    half = (told.slope_interval.high - told.slope_interval.low) / 2
    assert half == pytest.approx(1.959964 * fit.bse[1] * (400 / 398) ** 0.5, rel=1e-4)
    assert told.adjusted == pytest.approx(1 / (1 + np.exp(-fit.params[0])), abs=1e-6)
    with pytest.raises(NotComputableError, match="do not vary"):
        length_bias([1.0] * 9, [3] * 9, [2] * 9)
    with pytest.raises(NotComputableError, match="parts the wins"):
        length_bias([1.0, 1.0, 0.0, 0.0], [9, 8, 1, 2], [1, 2, 9, 8])


def test_slope_against_statsmodels() -> None:
    rng = np.random.default_rng(5)
    x = rng.uniform(0, 10, 80)
    y = 0.3 * x + rng.normal(0, 1 + x / 5)
    fit = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC1", use_t=True)
    told = slope(x.tolist(), y.tolist())
    assert told.value == pytest.approx(fit.params[1], abs=1e-9)
    assert tuple(told.interval) == pytest.approx(tuple(fit.conf_int()[1]), abs=1e-6)


def test_strengths_of_several() -> None:
    """Odds of 3 between neighbours: log 3 apart."""
    three_to_one = [1.0] * 30 + [0.0] * 10
    nine_to_one = [1.0] * 36 + [0.0] * 4
    fit = strengths([("a", "b", three_to_one), ("b", "c", three_to_one), ("a", "c", [*nine_to_one, None])])
    assert fit.difference("a", "b")[0] == pytest.approx(np.log(3), abs=1e-6)
    with pytest.raises(NotComputableError, match="never lost"):
        strengths([("a", "b", [1.0] * 5), ("b", "c", three_to_one)])


def test_self_preference_is_warned_of() -> None:
    assert len(self_preference("strict", {"gpt-3.5-turbo": None, "vicuna-13b": None, "ours": None}, "gpt")) == 1
    assert len(self_preference("ours", {"theirs": "qwen"}, "qwen")) == 1
    assert self_preference("gpt-4o", {"gpt-3.5-turbo": None}, None) == []  # a name of the recipe says nothing


def test_brackets_at_the_end_only() -> None:
    assert read_verdict("[[A]] and then more text that goes on.", "brackets").error == "no_verdict"
    assert read_verdict("So: [[C]].", "brackets").labels == {"win": "tie"}


def test_other_prompts_and_no_item_in_common_are_errors() -> None:
    with pytest.raises(DataError, match="not the same in both"):
        pairs([single("1", "One?", "a")], [single("1", "Other?", "b")])
    with pytest.raises(DataError, match="no item in common"):
        pairs([single("1", "One?", "a")], [single("2", "One?", "b")])
    with pytest.raises(RecipeError, match="no protocol 'pairwse'.*Did you mean 'pairwise'"):
        protocol("pairwse")


def test_three_runs_by_two_judges(tmp_path: Path) -> None:
    """Each two models, each judge, a panel, strengths; the same run twice is byte for byte the same."""
    skill = {"one": [True] * 9 + [False] * 3, "two": [True] * 6 + [False] * 6, "three": [True] * 3 + [False] * 9}
    for name, right in skill.items():
        run_of(tmp_path, name, [*right[4:], *right[:4]] if name == "two" else right)

    def says(request: Any) -> str:
        said = request.messages[0].content
        a, b = (said.split(f"<<answer {side} ")[1].split(">>\n")[1].split("\n")[0] for side in "AB")
        return winner("A" if a == "right" != b else "B" if b == "right" != a else "tie")

    options = {"models": {"gpt": Judge(says, name="gpt"), "glm": Judge(says, name="glm")}, "model": ["gpt", "glm"]}
    paths = [tmp_path / name for name in skill]
    found = bl.judge_compare(*paths, out=tmp_path / "a", set=["judge.cache=null"], repeats=2, **options)
    again = bl.judge_compare(*paths, out=tmp_path / "b", set=["judge.cache=null"], repeats=2, **options)
    for name in ("manifest.json", "scores.parquet", "replies.parquet", "verdicts.parquet", "report.html"):
        assert (found.folder / name).read_bytes() == (again.folder / name).read_bytes()
    assert len(found.told["duels"]) == 6 and {one["rater"] for one in found.told["strengths"]} == {"gpt", "glm"}
    assert {one["changed"] for one in found.told["noise"]} == {0.0}
    keys = ["kind", "item", "turn", "order", "repeat", "models", "rater"]
    assert found.replies.select(keys).is_unique().all()
    assert found.scores.select("run", "item", "metric", "rater").is_unique().all()
    assert set(found.scores["rater"]) == {"gpt", "glm", "panel"}
    assert found.told["canaries"]["won"] == {"glm": False, "gpt": False}
