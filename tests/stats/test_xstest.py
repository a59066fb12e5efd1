"""Agreement of the two annotators of XSTest (Röttger et al. 2024), whose paper reports Fleiss' kappa .93 and .97."""

import csv
from pathlib import Path

import pytest

from bloomery.stats.agreement import beside_kappa
from bloomery.stats.fleiss import fleiss_kappa
from bloomery.stats.kappa import cohen_kappa
from bloomery.stats.krippendorff import krippendorff_alpha

DATA = Path(__file__).parents[3] / "shared" / "data" / "xstest" / "model_completions"


@pytest.mark.skipif(not DATA.exists(), reason="shared data is not here")
@pytest.mark.parametrize(("model", "kappa"), [("llama2orig", 0.93), ("gpt4", 0.97)])
def test_annotators_of_xstest(model: str, kappa: float) -> None:
    with (DATA / f"xstest_v2_completions_{model}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pairs = [(row["annotation_1"], row["annotation_2"]) for row in rows]
    assert len(pairs) == 450
    fleiss, alpha = fleiss_kappa(pairs), krippendorff_alpha(pairs)
    assert round(fleiss.value, 2) == kappa
    assert fleiss.interval.low < kappa < fleiss.interval.high
    assert cohen_kappa(*zip(*pairs, strict=True)).value == pytest.approx(fleiss.value, abs=1e-3)
    # with two raters and nothing missing, alpha is Scott's pi with 1/(2n) of the disagreement taken off
    assert 1 - alpha.value == pytest.approx((1 - fleiss.value) * (1 - 1 / (2 * len(pairs))))
    assert beside_kappa(*zip(*pairs, strict=True)).raw == pytest.approx(fleiss.raw)
