import pytest

from bloomery.errors import NotComputableError
from bloomery.stats.agreement import beside_kappa, majority_vote, raw_agreement


def test_prevalence_and_bias_explain_the_kappa_paradox() -> None:
    """a = 118, b = 5, c = 2, d = 0 of 125: prevalence index (118 - 0)/125, bias index (5 - 2)/125."""
    pairs = [("y", "y")] * 118 + [("y", "n")] * 5 + [("n", "y")] * 2
    found = beside_kappa(*zip(*pairs, strict=True))
    assert found.raw == 118 / 125
    assert found.prevalence["y"] - found.prevalence["n"] == pytest.approx(118 / 125)
    assert found.bias["y"] == pytest.approx(3 / 125) == -found.bias["n"]
    assert found.specific == {"y": pytest.approx(2 * 118 / 243), "n": 0}
    assert found.pabak == pytest.approx(2 * 118 / 125 - 1)


def test_constant_raters_have_raw_agreement() -> None:
    found = beside_kappa("yyy", "yyy", labels=["y", "n"])
    assert (found.raw, found.specific["n"], found.items) == (1, None, 3)


def test_more_labels_have_no_pabak() -> None:
    assert beside_kappa("abc", "abc").pabak is None


def test_no_item_rated_by_both() -> None:
    with pytest.raises(NotComputableError, match="rated by both"):
        beside_kappa(["a", None], [None, "a"])
    with pytest.raises(NotComputableError, match="two ratings"):
        raw_agreement([["a", None]])
    with pytest.raises(ValueError, match="2 and 1"):
        beside_kappa("ab", "a")


def test_majority_of_a_three_way_split() -> None:
    votes = majority_vote([["a", "b", "c"], ["c", "b", "a"], ["a", "a", "b"]])
    assert [(vote.outcome, vote.label, vote.votes, vote.of) for vote in votes] == [
        ("no majority", None, 1, 3),
        ("no majority", None, 1, 3),
        ("majority", "a", 2, 3),
    ]


def test_more_votes_than_any_other_is_not_a_majority() -> None:
    assert majority_vote([["a", "a", "b", "c", "d"]])[0] == ("no majority", None, 2, 5)


def test_a_rating_that_is_missing_is_no_vote() -> None:
    nan = float("nan")
    assert [vote.outcome for vote in majority_vote([[1, None, nan], [None, nan, None], [1, 2, nan]])] == [
        "majority",
        "unrated",
        "no majority",
    ]
