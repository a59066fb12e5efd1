"""Bounds for missing answers, against all answers there could have been."""

from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.metrics.classification import Classification
from tests.metrics.rows import answers

LABELS = ("a", "b", "c")
SAID = st.sampled_from([*LABELS, None])
METRIC = Classification(labels=LABELS)


def items(rows: list[tuple[str | None, str]]) -> pl.DataFrame:
    names = pl.Enum(LABELS)
    said, wanted = [one for one, _ in rows], [one for _, one in rows]
    frame = pl.DataFrame({"expected": pl.Series(wanted, dtype=names), "predicted": pl.Series(said, dtype=names)})
    return frame.with_columns(score=(pl.col("expected") == pl.col("predicted")).fill_null(False).cast(pl.Float64))


@settings(max_examples=40)
@given(
    st.lists(st.tuples(SAID, st.sampled_from(LABELS)), max_size=5),
    st.lists(st.sampled_from(LABELS), min_size=1, max_size=2),
)
def test_no_answer_there_could_have_been_gives_a_value_outside_the_bounds(
    known: list[tuple[str | None, str]], wanted: list[str]
) -> None:
    missing = answers([None] * len(wanted), wanted)
    ends = METRIC.between(items(known), missing)
    imagined = [
        METRIC.total(items(known + list(zip(said, wanted, strict=True))))
        for said in product([*LABELS, None], repeat=len(wanted))
    ]
    for name, (low, high) in ends.items():
        values = [one[name] for one in imagined if one[name] is not None]
        if not values:
            assert (low, high) == (None, None), name
            continue
        assert low is not None and high is not None
        assert low <= min(values) + 1e-12 and max(values) <= high + 1e-12, name  # type: ignore[type-var, operator]
        assert high == pytest.approx(max(values), abs=1e-12), name  # type: ignore[type-var]
        if name.startswith(("accuracy", "balanced", "recall", "unparsed", "f1.micro")) or name[-2:] in (
            ".a",
            ".b",
            ".c",
        ):
            assert low == pytest.approx(min(values), abs=1e-12), name  # type: ignore[type-var]
