"""The report of an evaluation that decides: verdict and reasons first, then everything that they rest on.

It is made from the files of the folder alone (`of_folder`). A part of the evaluation is told by its notes, which are sentences,
and by tables: where its `Found.told` holds

    {"tables": [{"title": "Categories", "head": ["category", "passed"], "rows": [["privacy", 0.97], …], "note": "…"}]}

each of them is shown, with numbers as numbers, texts cut and escaped, ``None`` as a dash. Anything else in `told` stands in
parts.json and is not shown.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import polars as pl
from markupsafe import Markup

from bloomery.evaluate import report
from bloomery.evaluate.figures import figure, signed
from bloomery.evaluate.gates_picture import pictures
from bloomery.evaluate.told import FILE
from bloomery.evaluate.verdict.verdict import changed_said
from bloomery.evaluate.wrong_groups import Grouped, grouped, reasons
from bloomery.web.diff import diff, shorten
from bloomery.web.page import Link, environment, page
from bloomery.web.visible import shown

ROWS = 50  # of a table of a part
#: verdict → what a manager reads
WORDS = {"deploy": "Deploy", "no_deploy": "Do not deploy", "inconclusive": "Inconclusive"}
#: part → the heading of its section
TITLES = {
    "regression": "Regression: what it could do before",
    "safety": "Safety",
    "contamination": "Contamination of the test",
    "robustness": "Robustness",
    "memorisation": "Memorisation",
    "perplexity": "Perplexity",
    "less": "Would less have done?",
    "explained": "What explains it",
    "trust": "Trust in the judge",
    "cost": "Time, tokens and money",
}


class Told(NamedTuple):
    """Everything that the page is made of, as the folder's files hold it."""

    manifest: Mapping[str, Any]
    verdict: Mapping[str, Any]
    parts: Mapping[str, Any]
    spent: Mapping[str, Any]
    values: pl.DataFrame
    scores: pl.DataFrame
    answers: pl.DataFrame


def of_folder(folder: Path, manifest: Mapping[str, Any] | None = None) -> str:
    """The page of an evaluation with a verdict; see `bloomery.evaluate.report.of_folder`."""
    tables = (pl.read_parquet(folder / f"{name}.parquet") for name in ("values", "scores", "answers"))
    manifest = manifest or _json(folder / "manifest.json")
    spent = _json(folder / "timings.json").get("asked", {})
    return render(Told(manifest, _json(folder / "verdict.json"), _json(folder / FILE), spent, *tables))


def _json(path: Path) -> Any:
    return msgspec.json.decode(path.read_bytes()) if path.is_file() else {}


def render(told: Told) -> str:
    """The page as a self-contained HTML document."""
    view = report.view_of(told.manifest, told.values, told.scores, told.answers)
    sections = [one for one in map(_section, told.parts.get("parts", ())) if one]
    flipped = [one | {"items": [_flip(item) for item in one["items"]]} for one in told.parts.get("flips", ())]
    view |= {
        "verdict": told.verdict,
        "word": WORDS[told.verdict["verdict"]],
        "tally": _tally(told.verdict["gates"]),
        "waived": told.verdict["waived"],
        "changed": changed_said(told.verdict["changed"]),
        "why": [one for one in told.verdict["reasons"] if not one.startswith(("waived by", "changed after"))],
        "pictures": pictures(_in_order(told.verdict["gates"])),
        "gates": _in_order(told.verdict["gates"]),
        "pairs": told.parts.get("pairs", ()),
        "level": _level(told.verdict["certainty"]),
        "flips": flipped,
        "groups": _groups(told),
        "lost": reasons(told.scores, told.answers),
        "unscored": [m for m in told.parts.get("measures", ()) if m["unscored"] and m["part"] not in ("task", *_COSTS)],
        "sections": sections,
        "spent": told.spent,
        "costs": [m for m in told.parts.get("measures", ()) if m["part"] in _COSTS and m["value"] is not None],
        "figure": figure,
        "signed": signed,
        "cell": cell,
    }
    templates = environment("bloomery.evaluate")
    return page(
        f"{view['word']}: {told.manifest['model']}",
        Markup(templates.get_template("verdict.html").render(view)),  # noqa: S704 (autoescaped template)
        hero=Markup(templates.get_template("verdict_hero.html").render(view)),  # noqa: S704 (autoescaped template)
        kicker="Verdict",
        contents=_contents(view),
        footer=f"Made by bloomery {told.manifest['bloomery']}. This file is complete: it loads nothing from anywhere.",
    )


_COSTS = ("latency", "tokens", "money")


def _contents(view: Mapping[str, Any]) -> list[Link]:
    wanted = [
        ("why", "Reasons", True),
        ("gates", "Gates", True),
        ("values", "Values", True),
        ("capability", "Before and after", bool(view["pairs"])),
        ("slices", "Slices", bool(view["slices"])),
        ("flips", "What flipped", bool(view["flips"])),
        ("groups", "Failures", bool(view["groups"].groups)),
        ("wrong", "Wrong items", bool(view["wrong"])),
        ("unscored", "Unscored", bool(view["lost"] or view["unscored"])),
        *((f"part-{one['part']}", one["title"].partition(":")[0], True) for one in view["sections"]),
        ("cost", "Cost", True),
        ("notes", "How it was made", True),
    ]
    return [Link(anchor, label) for anchor, label, there in wanted if there]


def _tally(gates: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """How many gates that must hold are in each state, those of none left out but for pass."""
    must = [gate["state"] for gate in gates if gate["level"] == "must"]
    states = ["pass", "fail", "undecided", "missing"]
    return [(state, must.count(state)) for state in states if state == "pass" or state in must]


def _in_order(gates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that must hold first, and of these the ones that do not."""
    order = {"fail": 0, "missing": 1, "undecided": 2, "pass": 3}
    return sorted(gates, key=lambda gate: (gate["level"] != "must", order[gate["state"]]))


def _level(certainty: float | None) -> str:
    return f"{100 * (0.95 if certainty is None else certainty):g} %"


def _groups(told: Told) -> Grouped:
    labels = told.manifest["test"]["format"] == "classification"
    return grouped(report.wrong_items(told.scores, told.answers), labels=labels)


def _flip(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item with both texts marked where they differ."""
    pieces = shorten(diff(shown(item["before"] or "", 4_100), shown(item["after"] or "", 4_100)), limit=2_000)
    return dict(item) | {
        "left": [one for one in pieces if one.kind != "added"],
        "right": [one for one in pieces if one.kind != "removed"],
    }


def _section(part: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is told of a part; None of one that says nothing."""
    tables = _tables(part["told"])
    if not (tables or part["notes"] or part["missing"] or part["not_measured"]):
        return None
    name = "".join(one if one.isalnum() else "-" for one in part["part"])
    title = shown(TITLES.get(part["part"], part["part"].replace("_", " ").capitalize()), 80)
    return dict(part) | {"part": name, "title": title, "tables": tables}


def _tables(told: Any) -> list[dict[str, Any]]:
    """The tables of a part; what is not one as it should be is left out."""
    wanted = told.get("tables", ()) if isinstance(told, dict) else ()
    found = []
    for one in wanted if isinstance(wanted, list) else ():
        if not isinstance(one, dict) or not isinstance(one.get("head"), list) or not isinstance(one.get("rows"), list):
            continue
        rows = [row for row in one["rows"] if isinstance(row, list) and len(row) == len(one["head"])]
        numeric = [all(isinstance(row[k], int | float | None) for row in rows) for k in range(len(one["head"]))]
        found.append(
            {
                "title": str(one.get("title", "")),
                "head": [str(name) for name in one["head"]],
                "rows": rows[:ROWS],
                "more": max(len(rows) - ROWS, 0),
                "numeric": numeric,
                "note": str(one.get("note") or ""),
            }
        )
    return found


def cell(value: Any) -> str:
    """A cell of a part's table.

    >>> cell(None), cell(True), cell(1234), cell(0.97314), cell("a")
    ('–', 'yes', '1,234', '0.973', 'a')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return figure(value) if isinstance(value, float) else shown(str(value), 400)
