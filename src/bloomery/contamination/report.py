"""The report of a check: one HTML file, in the order of the questions people ask.

How much, what counts and what does not, which benchmark is in which training source, items to judge by, and what to know before
trusting it. Nothing is computed here but shares; excerpts come from the data, so they are cut and escaped.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from bloomery.contamination.matrix import short_names
from bloomery.contamination.summary import COUNTED
from bloomery.text.counted import counted
from bloomery.web import charts
from bloomery.web.page import Link, environment, page

EXAMPLES = 5  # of each tier
WORDS = {
    "verbatim": "the whole item",
    "question": "the question",
    "near": "the question, with some other words",
    "short_contained": "a short text inside of a longer one",
    "short_near": "a short text with some other letters",
    "answer_only": "the answer alone",
    "suspected_paraphrase": "a prompt that an embedding model finds alike",
    "format_match": "the template, or the question with other values",
}


def render(summary: Mapping[str, Any], evidence: Sequence[Mapping[str, Any]]) -> str:
    """The page as a self-contained HTML document; the same check gives the same bytes."""
    tiers = [
        (tier, WORDS[tier], items, _meter(tier, items, summary["test_rows"]), _examples(tier, evidence))
        for tier, items in summary["tiers"].items()
    ]
    view = {
        "summary": summary,
        "sources": short_names(summary["sources"]),
        "counting": [one for one in tiers if one[0] in COUNTED],
        "apart": [one for one in tiers if one[0] not in COUNTED],
        "matrix": [(one, [_cell(n, one) for n in one["by_source"]]) for one in summary["benchmarks"]],
    }
    templates = environment("bloomery.contamination")
    contents = [Link("tiers", "What was found"), Link("matrix", "Benchmark by source"), Link("notes", "What to know")]
    return page(
        f"{summary['contaminated']:,} of {counted(summary['test_rows'], 'test item')} in the training data",
        Markup(templates.get_template("report.html").render(view)),  # noqa: S704 (autoescaped template)
        hero=Markup(templates.get_template("hero.html").render(view)),  # noqa: S704 (autoescaped template)
        kicker="Contamination",
        contents=contents,
        footer=f"Made by bloomery {summary['bloomery']}. This file is complete: it loads nothing from anywhere.",
    )


def _meter(tier: str, items: int, rows: int) -> Markup:
    return charts.meter(items, rows, title=tier, kind="mark" if tier in COUNTED else "apart")


def _cell(items: int, benchmark: Mapping[str, Any]) -> tuple[int, Markup]:
    return items, charts.meter(items, benchmark["test_rows"], title=str(benchmark["name"]))


def _examples(tier: str, evidence: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Some items of a tier, spread over all of them."""
    mine = [line for line in evidence if line["tier"] == tier]
    return [mine[k * len(mine) // EXAMPLES] for k in range(EXAMPLES)] if len(mine) > EXAMPLES else mine
