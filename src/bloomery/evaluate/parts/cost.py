"""The part ``cost``: how long answers took, how many tokens they were, and what they cost, as numbers that gates can be about.

``latency.p50``, ``latency.p95``, ``latency.mean`` (seconds), ``tokens.input``, ``tokens.output``, ``money``, ``money.total``. Of
a model that is asked, the seconds and tokens of each answer are known, and the prices are those of the recipe's ``models:``; an
answer that comes from the cache counts with what it took when it was made. Of a predictions file they are the columns that
`bloomery.metrics.cost` reads (``latency, tokens_input, tokens_output, money``). What is not known has no value.
"""

import polars as pl

from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.base import Case, Found
from bloomery.llm.base import Model
from bloomery.llm.options import ModelOptions, Prices
from bloomery.metrics.cost import Cost

#: the columns that `bloomery.evaluate.generated` writes
_GENERATED = {"latency": "seconds", "tokens_input": "prompt_tokens", "tokens_output": "completion_tokens"}
#: value → the column of `Cost.items` that it is of, and why there may be none
_OF = {
    "latency.p50": ("latency", "no seconds are known of the answers"),
    "latency.p95": ("latency", "no seconds are known of the answers"),
    "latency.mean": ("latency", "no seconds are known of the answers"),
    "tokens.input": ("tokens_input", "no tokens are known of the prompts"),
    "tokens.output": ("tokens_output", "no tokens are known of the answers"),
    "money": ("score", "the model has no prices: models: {NAME: {prices: {input: …, output: …}}}"),
    "money.total": ("score", "the model has no prices: models: {NAME: {prices: {input: …, output: …}}}"),
}


def cost(case: Case) -> Found:
    """All values of `bloomery.metrics.cost` that the answers tell."""
    metric = _metric(case)
    if not any(name in case.answers.columns for name in (metric.latency, metric.tokens_output, metric.money)):
        return Found("cost", tuple(Measure(name, None, rises=False, why=why) for name, (_, why) in _OF.items()))
    given = case.answers.filter(pl.col("prediction").is_not_null())
    items = metric.items(given)
    total = metric.total(items)
    measures = []
    for name, (column, why) in _OF.items():
        known, value = items[column].count(), total.get(name)
        lost = "" if value is not None else why
        measures.append(Measure(name, value, n=known, unscored=case.answers.height - known, rises=False, why=lost))
    return Found("cost", tuple(measures))


def _metric(case: Case) -> Cost:
    """Where the columns are called as a predictions file has them, these; else those of an answer that was asked for."""
    columns = {own: made for own, made in _GENERATED.items() if own not in case.answers.columns}
    return Cost(**columns, prices=_prices(case.model))


def _prices(model: Model | None) -> Prices | None:
    """Those of the recipe, of recorded answers too, which cost nothing now."""
    options = getattr(model, "options", None)
    return options.prices if isinstance(options, ModelOptions) else model.prices if model else None
