"""The pages of judged runs and of calibrations: one HTML file each, in the order of the questions people ask.

Nothing is computed here; names and texts come from data and models, so they are cut and escaped.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from bloomery.web import charts
from bloomery.web.page import Link, environment, page


def judged(told: Mapping[str, Any]) -> str:
    """The page of a scored or compared run."""
    compared = told["verb"] == "judge compare"
    view = {"told": told, "compared": compared, "three": three, "span": span, "picture": _picture(told)}
    view["asked"] = [f"Judge {one['name']}" + (f" ({what(one)})" if what(one) else "") for one in told["judges"]]
    contents = [Link("values", "Win rates" if compared else "Values"), Link("canaries", "Canaries")]
    contents += [Link("order", "Order and length")] * compared + [Link("notes", "What to know")]
    return _page(f"Judged: {told['judged']}", "judged", view, contents, told)


def what(judge: Mapping[str, Any]) -> str:
    """What a judge is, as a manifest tells.

    >>> what({"name": "gpt", "model": "m", "address": "http://h/v1"}), what({"name": "own"})
    ('m at http://h/v1', '')
    """
    return " at ".join(filter(None, [judge.get("model"), judge.get("address") or judge.get("path")]))


def trusted(told: Mapping[str, Any]) -> str:
    """The page of a calibration."""
    judges = [dict(one) | {"picture": trust_picture(one), "sliced": slice_picture(one)} for one in told["judges"]]
    view = {"told": told, "judges": judges, "three": three, "span": span, "tables": [_table(one) for one in judges]}
    contents = [
        Link("trust", "Trust"),
        Link("agreement", "Agreement"),
        Link("confusion", "Confusion"),
        Link("bias", "Bias"),
    ]
    contents += [Link("slices", "Slices")] * any(one["slices"] for one in judges)
    contents += [Link("corrected", "Corrected")] + [Link("drift", "Drift")] * bool(told["drift"])
    return _page("How far the judge can be trusted", "trusted", view, [*contents, Link("notes", "What to know")], told)


def _page(title: str, name: str, view: Mapping[str, Any], contents: Sequence[Link], told: Mapping[str, Any]) -> str:
    templates = environment("bloomery.judge")
    return page(
        title,
        Markup(templates.get_template(f"{name}.html").render(view)),  # noqa: S704 (autoescaped template)
        hero=Markup(templates.get_template(f"{name}_hero.html").render(view)),  # noqa: S704 (autoescaped template)
        kicker="Judge",
        contents=contents,
        footer=f"Made by bloomery {told['bloomery']}. This file is complete: it loads nothing from anywhere.",
    )


def three(value: float | None) -> str:
    """Three decimals, or what stands for nothing.

    >>> three(0.5), three(None)
    ('0.500', 'unknown')
    """
    return "unknown" if value is None else f"{value:.3f}"


def span(ends: Sequence[float] | None) -> str:
    """The ends of an interval.

    >>> span([0.25, 0.5]), span(None)
    ('0.250 to 0.500', '')
    """
    return "" if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"


def number(one: Mapping[str, Any]) -> str:
    """A measured number in words."""
    if one["value"] is None:
        return f"not known: {one['why']}"
    return three(one["value"]) + (f" ({span(one['interval'])})" if one["interval"] else "")


def _span(label: str, one: Mapping[str, Any]) -> charts.Span | None:
    if one["value"] is None:
        return None
    ends = None if one["interval"] is None else (one["interval"][0], one["interval"][1])
    return charts.Span(label, one["value"], ends, None, number(one))


def trust_picture(one: Mapping[str, Any]) -> Markup:
    """Agreement beside the ceiling, with what chance-corrected coefficients say."""
    named = (
        ("Judge with people", "agreement"),
        ("Judge with people, on items of two", "same_items"),
        ("People with each other, on these", "ceiling"),
        ("Judge with people, without ties", "without_ties"),
        ("People with each other, without ties", "ceiling_without_ties"),
        ("Kappa, judge and majority", "kappa"),
        ("Alpha, people alone", "alpha_people"),
        ("Alpha, people and judge", "alpha_with_judge"),
    )
    spans = [_span(label, one[name]) for label, name in named if one[name] is not None]
    there = [one for one in spans if one is not None]
    return charts.intervals(there, title="Agreement") if there else Markup("")


def slice_picture(one: Mapping[str, Any]) -> Markup:
    """The agreement in each slice, worst first."""
    parts = sorted(
        (p for p in one["slices"] if p["agreement"]["value"] is not None), key=lambda p: p["agreement"]["value"]
    )
    spans = [
        _span(
            f"{p['slice']} = {p['of'] if p['of'] is not None else 'nothing'} ({p['agreement']['items']})",
            p["agreement"],
        )
        for p in parts[:12]
    ]
    there = [one for one in spans if one is not None]
    return charts.intervals(there, title="Agreement by slice") if there else Markup("")


def _table(one: Mapping[str, Any]) -> dict[str, Any]:
    """The confusion table as rows and columns."""
    columns = sorted({name for row in one["confusion"].values() for name in row})
    return {
        "columns": columns,
        "rows": [(judge, [row.get(name, 0) for name in columns]) for judge, row in one["confusion"].items()],
    }


def _picture(told: Mapping[str, Any]) -> Markup:
    """The values of a run, each with its interval."""
    if told["verb"] == "judge compare":
        rows = [
            charts.Span(
                f"{one['first']} against {one['second']}",
                one["rate"],
                (one["interval"][0], one["interval"][1]),
                None,
                f"{one['first']} wins {100 * one['rate']:.1f} %, by {one['rater']}",
            )
            for one in told["duels"]
            if one["rate"] is not None
        ]
        return charts.intervals(rows, title="Win rates", limit=0.5) if rows else Markup("")
    rows = [
        charts.Span(
            f"{one['metric']}, {one['rater']}",
            one["value"],
            None if one["interval"] is None else (one["interval"][0], one["interval"][1]),
            None,
            f"{one['value']:.3f} of {one['items'] - one['unscored']:,} items",
        )
        for one in told["values"]
        if one["value"] is not None
    ]
    return charts.intervals(rows, title="Values", limit=told["rubric"]["threshold"]) if rows else Markup("")
