"""A profile as one HTML page: what the data is, what is wrong with it, and what to do about it."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from bloomery.clean.signals import SIGNALS
from bloomery.clean.summary import LENGTH_EDGES
from bloomery.profile.result import Profile, Spread
from bloomery.profile.starter import starter_recipe
from bloomery.profile.terminal import bound
from bloomery.text.counted import counted
from bloomery.web import charts
from bloomery.web.numbers import number, share, size, words
from bloomery.web.page import Link, environment, page

MOST_LABELS = 25


def render(profile: Profile) -> str:
    """The page as a self-contained HTML document; the same profile gives the same bytes."""
    view = _view(profile)
    templates = environment("bloomery.profile")
    return page(
        f"{counted(profile.rows, 'row')}, format {profile.format}",
        Markup(templates.get_template("profile.html").render(view)),  # noqa: S704 (autoescaped template)
        hero=Markup(templates.get_template("hero.html").render(view)),  # noqa: S704 (autoescaped template)
        kicker="Profile of raw data",
        contents=_contents(profile),
        footer=f"Made by bloomery {profile.version}. This file is complete: it loads nothing from anywhere.",
    )


def _contents(profile: Profile) -> list[Link]:
    sections = [
        ("lengths", "Lengths", profile.lengths),
        ("found", "What cleaning would find", True),
        ("labels", "Labels", profile.labels),
        ("scripts", "Scripts", profile.scripts),
        ("roles", "Roles and turns", profile.roles),
        ("fields", "Fields", profile.columns),
        ("sources", "Sources", profile.sources),
        ("recipe", "A recipe to start from", True),
    ]
    return [Link(anchor, label) for anchor, label, content in sections if content]


def _view(profile: Profile) -> dict[str, Any]:
    labels = profile.labels
    return {
        "profile": profile,
        "told": _told(profile),
        "figures": _figures(profile),
        "lengths": [(spread, _histogram(spread)) for spread in profile.lengths if spread.unit == "characters"],
        "words": {spread.role: spread for spread in profile.lengths if spread.unit == "words"},
        "bounds": {role: f"{bound(low)} to {bound(high)}" for role, (low, high) in profile.bounds.items()},
        "findings": _findings(profile),
        "labels_chart": _bars(labels.counts, "Labels", labels.total) if labels else "",
        "labels_left_out": max(labels.distinct - MOST_LABELS, 0) if labels else 0,
        "scripts_chart": _bars(profile.scripts, "Rows by main script", profile.rows),
        "roles_chart": _bars({words(role): n for role, n in profile.roles.items()}, "Rows with the role", profile.rows),
        "turns_chart": _bars({_turns(n): rows for n, rows in profile.turns.items()}, "Turns", profile.rows),
        "recipe": starter_recipe(profile),
    }


def _told(profile: Profile) -> str:
    task = "Answers are labels. " if profile.task == "label" else ""
    return task + " ".join(profile.why[:2])


def _figures(profile: Profile) -> list[tuple[str, str, str]]:
    near = profile.near
    sampled = "of the rows" if near.whole else f"of {counted(near.looked_at, 'sampled row')}"
    unreadable = sum(profile.quarantine.values())
    return [
        ("Size", size(profile.bytes), f"{len(profile.sources)} {'source' if len(profile.sources) == 1 else 'sources'}"),
        ("Copies", number(profile.exact), f"{share(profile.exact, profile.rows)} of the rows"),
        ("Near duplicates", number(near.rows), f"{share(near.rows, near.looked_at)} {sampled}"),
        ("Personal data", number(sum(profile.pii.values())), "pieces of text"),
        ("Unreadable", number(unreadable), f"{share(unreadable, profile.rows + unreadable)} of the records"),
    ]


def _findings(profile: Profile) -> list[tuple[str, str, list[tuple[str, int, str]]]]:
    """Tables of what the ops would find: title, unit, and lines of (name, count, explanation)."""
    told: dict[str, str] = {name: signal.sentence for name, signal in SIGNALS.items()}
    groups = (
        ("Quality signals", "Rows", profile.signals),
        ("Personal data", "Pieces", profile.pii),
        ("Outside the default length bounds", "Rows", profile.length_drops),
        ("Faulty structure", "Rows", profile.faults),
        ("Unreadable", "Records", profile.quarantine),
    )
    return [
        (title, unit, [(words(name), count, told.get(name, "")) for name, count in counts.items()])
        for title, unit, counts in groups
        if counts
    ]


def _histogram(spread: Spread) -> Markup:
    return charts.histogram(LENGTH_EDGES, spread.histogram, title=f"Length of {spread.role}", unit=spread.unit)


def _bars(counts: Mapping[str, int], title: str, whole: int) -> Markup:
    return charts.bars(list(counts.items())[:MOST_LABELS], title=title, whole=whole)


def _turns(count: int) -> str:
    return counted(count, "answer")
