"""How values are made from items: sums are enough where a metric says so, and bounds hold whatever the missing answers are."""

import random
from itertools import product

import numpy as np
import polars as pl
import pytest

from bloomery.metrics.base import Corpus, Metric, Share
from bloomery.metrics.bleu import Bleu
from bloomery.metrics.chrf import Chrf
from bloomery.metrics.classification import Classification
from bloomery.metrics.code import Code
from bloomery.metrics.cost import Cost
from bloomery.metrics.entities import Entities
from bloomery.metrics.health import Health
from bloomery.metrics.json_fields import JsonFields
from bloomery.metrics.names import METRICS, maker
from bloomery.metrics.perplexity import Perplexity
from bloomery.metrics.set_f1 import SetF1
from bloomery.metrics.ter import Ter
from tests.metrics.generated import ragged
from tests.metrics.rows import answers
from tests.metrics.test_names import metrics_and_answers


def made_up(metric: Metric, rows: int = 40, seed: int = 1) -> pl.DataFrame:
    """Answers for the metric, some of them right."""
    rng = random.Random(seed)
    name = metric.name()
    if name in ("bleu", "chrf", "ter", "health"):
        return ragged(rng, rows).with_columns(item=pl.int_range(rows).cast(pl.String))
    said, meant = [], []
    for _ in range(rows):
        for side in (said, meant):
            side.append(
                {
                    "classification": lambda: rng.choice("abc") if rng.random() < 0.8 else "none of them",
                    "set_f1": lambda: "\n".join(rng.sample("abcdef", rng.randint(1, 4))),
                    "json_fields": lambda: f'{{"x": {rng.randint(1, 2)}, "y": {{"z": {rng.randint(1, 3)}}}}}',
                    "entities": lambda: " ".join(rng.choice(["O", "B-drug", "I-drug", "B-dose"]) for _ in range(6)),
                }.get(name, lambda: "text")()
            )
    if name == "classification":
        meant = [one if len(one) == 1 else "a" for one in meant]
    told = answers(said, meant)
    logprobs = [[-rng.random() for _ in range(rng.randint(1, 5))] for _ in range(rows)]
    money = [rng.random() for _ in range(rows)]
    return told.with_columns(
        logprobs=pl.Series(logprobs),
        money=pl.Series(money),
        latency=pl.Series(money),
        passed=pl.Series([[True, False]] * rows),
    )


ADDITIVE: list[Metric] = [
    Classification(), SetF1(), JsonFields(), Entities(), Entities(match="overlap"), Bleu(), Chrf(), Ter(), Perplexity(),
    Perplexity(text="prediction"), Health(),
]  # fmt: skip


@pytest.mark.parametrize("metric", ADDITIVE, ids=lambda metric: metric.name())
def test_values_of_sums_are_those_of_the_rows(metric: Metric) -> None:
    told = made_up(metric)
    ready = metric.prepared(told)
    items = ready.items(told)
    additive = ready.additive(items)
    assert additive is not None
    rng = np.random.default_rng(3)
    draws = [np.arange(len(items)), *(rng.integers(0, len(items), size=size) for size in (40, 40, 7, 3))]
    weights = np.array([np.bincount(rows, minlength=len(items)) for rows in draws], dtype=np.float64)
    values = additive.values(np.asarray((additive.numbers.T @ weights.T).T))
    for at, rows in enumerate(draws):
        total = ready.total(items[rows])
        corpus = {name for name in total if isinstance(ready.how(name), Corpus) and "support" not in name}
        assert {name for name in corpus if total[name] is not None} <= set(values)
        for name in corpus & set(values):
            told_ = float("nan") if total[name] is None else total[name]
            assert values[name][at] == pytest.approx(told_, abs=1e-9, nan_ok=True), name
        for name in set(values) - set(total):  # a field, a type, a script that these rows do not have
            assert np.isnan(values[name][at]) or values[name][at] == 0 or "unparsed" in name


@pytest.mark.parametrize("kind", METRICS.values(), ids=METRICS)
def test_a_corpus_value_without_an_interval_or_bounds_says_why(kind: type[Metric]) -> None:
    for name in kind.names:
        made = kind.how(name)
        assert not isinstance(made, Corpus) or made.no_bounds


@pytest.mark.parametrize(("metric", "told"), metrics_and_answers())
def test_bounds_hold_the_value_that_the_answers_would_have_given(metric: Metric, told: pl.DataFrame) -> None:
    """Take any one answer away: what it would have made of each value lies between the bounds."""
    ready = metric.prepared(told)
    truth = ready.total(ready.items(told))
    for gone in range(len(told)):
        out = pl.Series(np.arange(len(told)) == gone)
        missing = told.filter(out).with_columns(prediction=pl.lit(None, pl.String), state=pl.lit("missing"))
        for name, (low, high) in ready.between(ready.items(told.filter(~out)), missing).items():
            value = truth.get(name)
            if value is not None:
                assert low is None or low <= value + 1e-9, name
                assert high is None or value <= high + 1e-9, name


def test_bounds_of_sets_are_reached_or_a_limit() -> None:
    """Items {a} said and {a, b} meant, and one missing that meant {c}: all answers out of {}, {c}, {d}, {c, d} lie inside."""
    metric = SetF1()
    known, gone = answers(["a"], ["a\nb"]), answers(["c"], ["c"]).with_columns(item=pl.lit("9"))
    missing = gone.with_columns(prediction=pl.lit(None, pl.String))
    ends = metric.between(metric.items(known), missing)
    assert ends["set_recall.micro"] == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert ends["set_precision.micro"] == (0.0, 1.0)
    assert ends["set_f1.micro"] == (0.0, pytest.approx(2 * 2 / (2 + 3)))
    assert ends["set_f1.mean"] == (pytest.approx(1 / 3), pytest.approx(5 / 6))  # (2/3 + 0) / 2, (2/3 + 1) / 2
    for said in ("", "c", "d", "c\nd", "d\ne\nf"):
        both = pl.concat([known, gone.with_columns(prediction=pl.lit(said))])
        for name, value in metric.total(metric.items(both)).items():
            low, high = ends[name]
            assert value is not None and low - 1e-12 <= value <= high + 1e-12


def test_bounds_of_several_references_are_not_known_and_say_so() -> None:
    metric = SetF1()
    known, missing = answers(["a"], ["a"]), answers([None], [["b", "b\nc"]])
    assert "set_f1.micro" not in metric.between(metric.items(known), missing)
    assert metric.how("set_f1.micro") == Corpus(
        "which of several accepted answers a missing one would be near is not known"
    )


def test_baselines_and_support_do_not_depend_on_the_missing_answers() -> None:
    metric = Classification(labels=("a", "b"))
    known, missing = answers(["a", "b"], ["a", "a"]), answers([None], ["b"])
    ends = metric.between(metric.items(known), missing)
    assert ends["accuracy.majority"] == (pytest.approx(2 / 3),) * 2
    assert ends["support.b"] == (1.0, 1.0)


def test_bounds_of_classification_for_all_answers_there_could_be() -> None:
    metric = Classification(labels=("a", "b"))
    known = answers(["a", "b", "b", "?"], ["a", "a", "b", "b"])
    gone = answers(["a", "a"], ["a", "b"]).with_columns(item=pl.Series(["8", "9"]))
    ends = metric.between(metric.items(known), gone.with_columns(prediction=pl.lit(None, pl.String)))
    for said in product(["a", "b", "?"], repeat=2):
        both = pl.concat([known, gone.with_columns(prediction=pl.Series(said))])
        for name, value in metric.total(metric.items(both)).items():
            low, high = ends.get(name, (None, None))
            assert value is None or ((low is None or low <= value + 1e-12) and (high is None or value <= high + 1e-12))


def test_bounds_of_a_percentile_and_of_a_sum() -> None:
    metric = Cost()
    told = answers(["x"] * 3, ["x"] * 3, latency=[1.0, 2.0, 4.0], money=[1.0, 1.0, 2.0])
    ends = metric.between(metric.items(told), answers([None, None], ["x", "x"]))
    assert ends["latency.p50"] == (1.0, 4.0)  # of 0 0 1 2 4, and of 1 2 4 ∞ ∞
    assert ends["latency.p95"] == (pytest.approx(3.6), None)  # at .95 · 4 = 3.8 between 2 and 4
    assert ends["money.total"] == (4.0, None)
    assert ends["latency.mean"] == (pytest.approx(7 / 5), None)


def test_bounds_of_pass_at_k_by_its_name() -> None:
    metric = Code(k=(1, 2))
    told = answers(["x"], ["x"], passed=[[True, False]])
    assert metric.between(metric.items(told), answers([None], ["x"]))["pass@2"] == (0.5, 1.0)


def test_a_name_says_how_it_is_made() -> None:
    assert isinstance(Classification.how("recall.refund"), Share)
    assert isinstance(Classification.how("recall.macro"), Corpus)
    assert maker("refused") is not None and isinstance(maker("refused").how("refused"), Share)  # type: ignore[union-attr]
    told = answers(["a", "b", "a"], ["a", "a", "b"])
    items = Classification(labels=("a", "b")).items(told)
    assert Classification.each(items, "recall.a").to_list() == [1.0, 0.0, None]  # type: ignore[union-attr]
