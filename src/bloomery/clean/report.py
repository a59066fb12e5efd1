"""The report of a clean run: one HTML file that a manager reads in a minute and an engineer digs into.

Order follows the questions people ask: what came out, what should I look at, where did the rows go and why (with rows
to judge by), did the data change shape, which source is worth its place, which step is worth having, and what exactly
was run. Sections without content are left out. The figures are those of the `Summary`; nothing is computed here but
shares, diffs and the order of things. Texts are cut, made visible and escaped: they come from the data.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import yaml
from markupsafe import Markup

from bloomery.clean.next_steps import next_steps
from bloomery.clean.summary import EditExample, Example, Summary, Texts, Twin
from bloomery.text.counted import counted
from bloomery.web import charts
from bloomery.web.diff import Piece, diff, shorten
from bloomery.web.numbers import number, share, words
from bloomery.web.page import Link, environment, page
from bloomery.web.visible import cut, visible

TEXT_LIMIT = 700  # characters of a text
PARTS_LIMIT = 8  # texts of a row
_SAME = "unchanged"

_TAGS = {
    "same": Markup("{}"),
    "removed": Markup('<del><span class="unseen">[only here: </span>{}<span class="unseen">]</span></del>'),
    "added": Markup('<ins><span class="unseen">[only there: </span>{}<span class="unseen">]</span></ins>'),
}


class Part(NamedTuple):
    """One text of an example, ready for the page."""

    role: str
    html: Markup


class Shown(NamedTuple):
    """An example, ready for the page."""

    id: str
    facts: list[str]
    parts: list[Part]
    left_out: int


class Reason(NamedTuple):
    """A reason rows were dropped for."""

    op: str
    name: str
    rows: int
    meter: Markup
    examples: list[Shown]


def render(summary: Summary) -> str:
    """The report as a self-contained HTML document; the same summary gives the same bytes."""
    counts = summary["counts"]
    view = _view(summary)
    templates = environment("bloomery.clean")
    body = Markup(templates.get_template("report.html").render(view))  # noqa: S704 (autoescaped template)
    hero = Markup(templates.get_template("hero.html").render(view))  # noqa: S704 (autoescaped template)
    return page(
        f"{number(counts['kept'])} of {counted(counts['read'], 'row')} kept",
        body,
        hero=hero,
        kicker="Cleaning report",
        contents=_contents(view),
        footer=f"Made by bloomery {summary['version']}. This file is complete: it loads nothing from anywhere.",
    )


def _view(summary: Summary) -> dict[str, Any]:
    counts = summary["counts"]
    return {
        **summary,
        "told": _told(summary),
        "fates": charts.split_bar(
            counts["kept"], counts["dropped"], counts["quarantined"], title="What became of the rows"
        ),
        "advice": summary["next"] or next_steps(summary),
        "funnel": _funnel(summary),
        "reasons": _reasons(summary),
        "lengths": _lengths(summary),
        "sources_chart": charts.stacks(
            [charts.Stack(s["path"], s["kept"], s["dropped"], s["quarantined"]) for s in summary["sources"]],
            title="What each source contributed",
        ),
        "changes": _changes(summary),
        "twins": [_twin(twin) for twin in summary["twins"]],
        "pii_chart": charts.bars(_sorted(summary["pii"]), title="Personal data replaced", kind="mark"),
        "quarantine_reasons": _sorted(summary["quarantine_reasons"]),
        "recipe": _recipe(summary),
    }


def _contents(view: Mapping[str, Any]) -> list[Link]:
    sections = [
        ("next", "What to look at next", view["advice"]),
        ("funnel", "From raw to kept", view["ops"]),
        ("reasons", "Why rows were dropped", view["reasons"]),
        ("quarantine", "Unreadable records", view["quarantine_reasons"]),
        ("edits", "What was edited", view["changes"]),
        ("pii", "Personal data", view["pii"]),
        ("lengths", "Lengths", view["lengths"]),
        ("sources", "Sources", view["sources"]),
        ("what-if", "What if", view["ops"]),
        ("twins", "Look-alikes kept", view["twins"]),
        ("again", "Run it again", True),
    ]
    return [Link(anchor, label) for anchor, label, content in sections if content]


def _told(summary: Summary) -> str:
    """The sentence under the headline: the format, and where most rows went."""
    losses = [(count, op["op"], reason) for op in summary["ops"] for reason, count in op["reasons"].items()]
    if not losses:
        return "No row was dropped."
    count, op, reason = max(losses, key=lambda loss: loss[0])
    rows = summary["counts"]["read"]
    return (
        f"Every row that is gone has its reason below. The most frequent one is “{words(reason)}”: {op} dropped "
        f"{counted(count, 'row')} for it, {share(count, rows)} of what came in."
    )


def _funnel(summary: Summary) -> Markup:
    counts = summary["counts"]
    stages = [charts.Stage("raw", counts["read"])]
    if counts["quarantined"]:
        stages.append(charts.Stage("readable", counts["read"] - counts["quarantined"]))
    stages += [charts.Stage(op["op"], op["remaining"], _edited(op["edited"])) for op in summary["ops"]]
    return charts.funnel([*stages, charts.Stage("kept", counts["kept"])], title="From raw to kept")


def _edited(count: int) -> str:
    return f"{number(count)} edited" if count else ""


def _reasons(summary: Summary) -> list[Reason]:
    """The most frequent reason first."""
    most = max((count for op in summary["ops"] for count in op["reasons"].values()), default=0)
    reasons = [
        Reason(
            op["op"],
            reason,
            count,
            charts.meter(count, most, title="Against the most frequent reason"),
            [_example(e) for e in summary["examples"] if (e["op"], e["reason"]) == (op["op"], reason)],
        )
        for op in summary["ops"]
        for reason, count in _sorted(op["reasons"])
        if count
    ]
    return sorted(reasons, key=lambda reason: -reason.rows)


def _changes(summary: Summary) -> list[Reason]:
    most = max((count for op in summary["ops"] for count in op["edits"].values()), default=0)
    return [
        Reason(
            op["op"],
            reason,
            count,
            charts.meter(count, most, title="Against the most frequent edit", kind="kept"),
            [_edit(e) for e in summary["edits"] if (e["op"], e["reason"]) == (op["op"], reason)],
        )
        for op in summary["ops"]
        for reason, count in _sorted(op["edits"])
        if count
    ]


def _lengths(summary: Summary) -> list[tuple[str, str, Markup]]:
    return [
        (
            role,
            lengths["unit"],
            charts.histogram(
                lengths["edges"], lengths["before"], lengths["after"], title=f"Length of {role}", unit=lengths["unit"]
            ),
        )
        for role, lengths in summary["lengths"].items()
    ]


def _example(example: Example) -> Shown:
    facts = [] if example["score"] is None else [f"score {number(example['score'])}"]
    if example["detail"]:
        facts.append(cut(_compact(example["detail"]), 300))
    other = example["against_row"]
    if example["against"]:
        facts.append(f"lost to {example['against']}")
    if other is None:
        return _shown(example["id"], facts, [(role, _plain(text), True) for role, text in example["row"]])
    return _shown(example["id"], facts, _compared(other, example["row"]))


def _edit(edit: EditExample) -> Shown:
    return _shown(edit["id"], [], _compared(edit["before"], edit["after"]))


def _twin(twin: Twin) -> Shown:
    facts = [f"looks like {twin['against']}"]
    if twin["score"] is not None:
        facts.insert(0, f"similarity {number(twin['score'])}")
    return _shown(twin["id"], facts, _compared(twin["against_row"], twin["row"]))


def _shown(row_id: str, facts: list[str], texts: list[tuple[str, Markup, bool]]) -> Shown:
    """The texts that matter first in their order; what is left out is counted."""
    matter = [text for text in texts if text[2]] or texts
    kept = texts if len(texts) <= PARTS_LIMIT else matter[:PARTS_LIMIT]
    return Shown(row_id, facts, [Part(role, html) for role, html, _ in kept], len(texts) - len(kept))


def _compared(before: Texts, after: Texts) -> list[tuple[str, Markup, bool]]:
    """Texts of two rows side by side: the first prompt against the first prompt and so on; True where they differ."""
    old, new = _numbered(before), _numbered(after)
    pairs = [(key[0], old.get(key, ""), new.get(key, "")) for key in dict.fromkeys([*old, *new])]
    return [(role, _marked(diff(a, b)), a != b) for role, a, b in pairs]


def _numbered(texts: Texts) -> dict[tuple[str, int], str]:
    seen: dict[str, int] = {}
    numbered = {}
    for role, text in texts:
        seen[role] = seen.get(role, 0) + 1
        numbered[role, seen[role]] = text
    return numbered


def _marked(pieces: list[Piece]) -> Markup:
    shown = shorten(pieces, limit=TEXT_LIMIT)
    return Markup().join(_TAGS[piece.kind].format(visible(piece.text)) for piece in shown)


def _plain(text: str) -> Markup:
    return Markup("{}").format(visible(cut(text, TEXT_LIMIT)))


def _compact(detail: object) -> str:
    """What an op noted (plain data, or the same as JSON text), in words where it is flat."""
    if isinstance(detail, str):
        try:
            detail = msgspec.json.decode(detail)
        except msgspec.DecodeError:
            return str(detail)
    if isinstance(detail, dict):
        return ", ".join(f"{words(str(name))} {_value(value)}" for name, value in detail.items())
    return _value(detail)


def _value(value: object) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " and ".join(words(item) for item in value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _sorted(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _recipe(summary: Summary) -> str:
    """The recipe that gives this run again, as YAML."""
    data = [{"path": path, "priority": priority} for path, priority in _inputs(summary)]
    ops = [{op["op"]: op["options"]} if op["options"] else op["op"] for op in summary["ops"]]
    return yaml.safe_dump(
        {**summary["sections"], "data": data, "clean": ops},
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
    )


def _inputs(summary: Summary) -> Iterable[tuple[str, int]]:
    return dict.fromkeys((entry["path"], entry["priority"]) for entry in summary["inputs"])
