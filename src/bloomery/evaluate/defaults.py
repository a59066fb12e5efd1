"""The metrics that a test gets where nobody names any."""

from collections.abc import Sequence
from importlib.util import find_spec

from bloomery.evaluate.testset import Tests
from bloomery.metrics.base import Metric
from bloomery.metrics.names import METRICS

#: format of the rows → metrics, those that are there and installed of them
BY_FORMAT: dict[str, tuple[str, ...]] = {
    "classification": ("classification", "exact_match"),
    "pair": ("classification", "exact_match"),
    "token_labels": ("entities", "exact_match"),
}
FREE: tuple[str, ...] = ("exact_match", "token_f1", "rouge")
SEVERAL: tuple[str, ...] = ("set_f1", "exact_match")
#: metric → what it needs installed
NEEDS = {"rouge": "rouge_score"}


def default_metrics(tests: Tests) -> list[Metric]:
    """The metrics for a test of this format, with their defaults."""
    return [METRICS[name]() for name in available(SEVERAL if tests.several else BY_FORMAT.get(tests.format, FREE))]


def available(names: Sequence[str]) -> list[str]:
    """Those of `names` that are metrics whose libraries are installed."""
    return [name for name in names if name in METRICS and (name not in NEEDS or find_spec(NEEDS[name]) is not None)]
