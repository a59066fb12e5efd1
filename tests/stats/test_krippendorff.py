import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bloomery.errors import NotComputableError
from bloomery.stats import krippendorff as module
from bloomery.stats.krippendorff import alpha_value, krippendorff_alpha

#: Krippendorff's example: 3 coders of 15 units, * for no rating (Computing Krippendorff's alpha-reliability)
CODERS = """
* * * * * 3 4 1 2 1 1 3 3 * 3
1 * 2 1 3 3 4 3 * * * * * * *
* * 2 1 3 4 4 * 2 1 1 3 3 * 4
"""
TABLE = [[None if one == "*" else int(one) for one in row.split()] for row in CODERS.strip().splitlines()]
UNITS = list(zip(*TABLE, strict=True))
MEASURES = ["nominal", "ordinal", "interval", "ratio"]

TABLES = st.integers(2, 5).flatmap(
    lambda r: st.lists(
        st.lists(st.one_of(st.just(float("nan")), st.sampled_from([0.0, 1.0, 2.0, 5.0, 0.25])), min_size=r, max_size=r),
        min_size=2,
        max_size=30,
    )
)


def pairable(table) -> set[float]:
    rows = [[one for one in row if one == one] for row in table]
    return {one for row in rows if len(row) > 1 for one in row}


@pytest.mark.parametrize(("measure", "alpha"), [("nominal", 0.691), ("interval", 0.811)])
def test_published_example(measure, alpha: float) -> None:
    assert alpha_value(UNITS, measure=measure) == pytest.approx(alpha, abs=5e-4)
    found = krippendorff_alpha(UNITS, measure=measure)
    assert (found.value, found.items, found.ratings) == (alpha_value(UNITS, measure=measure), 12, 26)
    assert found.interval.low < found.value < found.interval.high


@given(table=TABLES, measure=st.sampled_from(MEASURES))
@settings(max_examples=100, deadline=None)
def test_value_is_that_of_the_package_krippendorff(table, measure) -> None:
    assume(len(pairable(table)) > 1)
    with np.errstate(all="ignore"):
        expected = krippendorff.alpha(np.array(table).T, level_of_measurement=measure)
    if measure == "ratio" and not np.isfinite(expected):
        return
    assert alpha_value(table, measure=measure) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_replicate_is_alpha_of_the_items_drawn(measure) -> None:
    """Three replicates of 20 items, each computed once more from the drawn rows themselves."""
    rng = np.random.default_rng(5)
    table = np.where(rng.random((20, 4)) < 0.2, np.nan, rng.integers(0, 5, size=(20, 4)).astype(float))
    table = table[(~np.isnan(table)).sum(axis=1) >= 2]
    parts = module._parts(module.coded(table), measure, declared=False)
    drawn = next(module._draws(len(table), 3, seed=1))
    assert (drawn.sum(axis=1) == len(table)).all()
    values = module._alphas(*module._DISAGREEMENT[measure](parts, drawn))
    for value, times in zip(values, drawn, strict=True):
        rows = table[np.repeat(np.arange(len(table)), times.astype(int))]
        assert value == pytest.approx(krippendorff.alpha(rows.T, level_of_measurement=measure), abs=1e-9)


def test_the_seed_makes_the_interval() -> None:
    assert krippendorff_alpha(UNITS, seed=4) == krippendorff_alpha(UNITS, seed=4)
    assert krippendorff_alpha(UNITS, seed=4).interval != krippendorff_alpha(UNITS, seed=5).interval


def test_blocks_of_replicates_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = krippendorff_alpha(UNITS, measure="ordinal")
    monkeypatch.setattr(module, "BLOCK", 100)
    assert np.allclose(krippendorff_alpha(UNITS, measure="ordinal").interval, whole.interval, atol=1e-12)


def test_the_standard_error_is_the_spread_of_the_replicates_not_divided_by_their_number() -> None:
    """Ten times as many replicates leave it where it was (to 3 Monte Carlo errors: 3/√(2·500) = 9 %)."""
    few, many = (krippendorff_alpha(UNITS * 10, replicates=b).se for b in (500, 5_000))
    assert few == pytest.approx(many, rel=0.1)


def test_constant_raters() -> None:
    with pytest.raises(NotComputableError, match="all ratings that have a pair are 'a'.*Raw agreement is 100.0% of 4"):
        krippendorff_alpha([["a", "a"]] * 4 + [["b", None]])


def test_no_pair() -> None:
    with pytest.raises(NotComputableError, match="no item has two ratings"):
        krippendorff_alpha([["a", None], [None, "b"]])


def test_a_rare_second_label_gives_no_interval_but_a_value() -> None:
    """The one item with b is missed by (1 - 1/30)^30 = 36 % of the replicates."""
    table = [["a", "a"]] * 29 + [["a", "b"]]
    with pytest.raises(NotComputableError, match=r"3\d% of the bootstrap replicates have one label only"):
        krippendorff_alpha(table)
    assert alpha_value(table) == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("measure", MEASURES)
def test_full_agreement_has_an_interval_with_width(measure) -> None:
    found = krippendorff_alpha([[1, 1, 1], [2, 2, 2], [4, 4, 4]] * 20, measure=measure)
    assert (found.value, found.interval.high, found.observed) == (1, 1, 0)
    assert 0.5 < found.interval.low < 0.95


def test_the_lower_end_of_full_agreement() -> None:
    """60 items, half of them b: D_e = 2·60·60/(120·119), and 1 - .025^(1/60) of the items could disagree unseen."""
    found = krippendorff_alpha([["a", "a"], ["b", "b"]] * 30)
    assert found.interval.low == pytest.approx(1 - (1 - 0.025 ** (1 / 60)) / (2 * 60 * 60 / (120 * 119)))


def test_labels_in_order_make_strings_ordinal() -> None:
    names = {1: "poor", 2: "fair", 3: "good", 4: "best"}
    words = [[None if one is None else names[one] for one in row] for row in UNITS]
    assert alpha_value(words, measure="ordinal", labels=list(names.values())) == pytest.approx(
        alpha_value(UNITS, measure="ordinal")
    )
    with pytest.raises(NotComputableError, match="lowest first"):
        alpha_value(words, measure="ordinal")


def test_many_distinct_values() -> None:
    rng = np.random.default_rng(2)
    table = rng.normal(size=(2_000, 1)) + 0.5 * rng.normal(size=(2_000, 3))
    found = krippendorff_alpha(table, measure="interval", replicates=200)
    assert found.value == pytest.approx(0.8, abs=0.03)
    with pytest.raises(NotComputableError, match="no negative value"):
        alpha_value(table, measure="ratio")
    with pytest.raises(NotComputableError, match="round them"):
        alpha_value(np.abs(table), measure="ratio")


def test_infinite_ratings() -> None:
    table = [[1.0, float("inf")], [1.0, 2.0], [2.0, 2.0]]
    for measure in ("interval", "ratio"):
        with pytest.raises(NotComputableError, match="infinite"):
            alpha_value(table, measure=measure)
    huge = np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [4.0, 3.0]])
    assert alpha_value(huge * 1e300, measure="interval") == pytest.approx(
        alpha_value(huge, measure="interval"), abs=1e-9
    )


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="measure is one of"):
        alpha_value(UNITS, measure="metric")
    with pytest.raises(ValueError, match="at least 100"):
        krippendorff_alpha(UNITS, replicates=10)
