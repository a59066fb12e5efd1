"""The tables of contamination, memorisation and robustness in the report (`bloomery.evaluate.verdict_report` shows them)."""

from collections.abc import Mapping, Sequence
from typing import Any

Table = dict[str, Any]
Told = Mapping[str, Any]

#: the ends of an interval and the items with a score
_AROUND = ("value", "low", "high", "n", "unscored")
_HEAD = ["", "95 % from", "to", "items", "unscored"]
_APART = ["difference", "95 % from", "to"]


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]], note: str = "") -> list[Table]:
    """One table, or none without rows."""
    return [{"title": title, "head": list(head), "rows": [list(row) for row in rows], "note": note}] if rows else []


def of_contamination(told: Told) -> list[Table]:
    """With and without, the items themselves, and what the base knows."""
    sides = ("all", "clean", "contaminated")
    values = [
        [
            one["name"],
            *(one.get(side, {}).get("value") for side in sides),
            *(one.get(side, {}).get("n") for side in sides[1:]),
        ]
        for one in told["values"]
    ]
    items = [[one["test"], one["tier"], one["train"], one["overlap"], one["excerpt"]] for one in told["items"]]
    words = {
        "completes": "completed from the first half",
        "control": "controls completed",
        "canonical": "right with options in the order of the test",
        "shuffled": "right with options in another order",
    }
    probes = [
        _around(words[name], probe[name])
        for probe in (told["probe"].get("completing", {}), told["probe"].get("order", {}))
        for name in words
        if name in probe
    ]
    return [
        *table(
            "With and without contaminated items",
            ["value", "all items", "clean", "contaminated", "clean items", "contaminated items"],
            values,
        ),
        *table(
            "Contaminated items",
            ["item", "found as", "training row", "overlap", "words"],
            items,
            f"{len(items):,} of {told['contaminated']:,}; all are in parts/contamination/check/contaminated.jsonl",
        ),
        *table("Does the base know the test?", ["the base", *_HEAD], probes),
    ]


def of_memorisation(told: Told) -> list[Table]:
    """Continuations, copies, and the nearest training rows of failed items."""
    words = {
        "seen": "training rows",
        "unseen": "rows that it has not seen",
        "base": "training rows, by the base",
    }
    found = told["continuation"]
    rates = [_around(words[name], found[name]) for name in words if name in found]
    apart = [
        [words[name], *(found[f"excess_over_{name}"][end] for end in ("value", "low", "high"))]
        for name in ("unseen", "base")
        if name in found
    ]
    copies = [[one["item"], one["similarity"], one["train"], one["answer"], one["text"]] for one in told["copies"]]
    nearest = [
        [one["item"], row["similarity"], row["train"], row["text"]] for one in told["nearest"] for row in one["rows"]
    ]
    return [
        *table("Continued near-verbatim from half of the answer", ["rows", *_HEAD], rates),
        *table("How much more of the training rows", ["than of", *_APART], apart),
        *table(
            "Answers that nearly equal a training answer",
            ["item", "similarity", "training row", "answer", "there"],
            copies,
        ),
        *table(
            "The nearest training rows of failed items",
            ["item", "similarity", "training row", "what it asks"],
            nearest,
            f"{len(told['nearest']):,} of {told['failed']:,} failed items; all are in parts/memorisation/nearest.parquet",
        ),
    ]


def of_robustness(told: Told) -> list[Table]:
    """Other items, and the same ones said differently."""
    sets = [
        [
            one["set"].replace("_", " "),
            row["name"],
            row["test"]["value"],
            row["set"]["value"],
            *_ends(row["difference"]),
            one["items"],
        ]
        for one in told["sets"]
        for row in one["values"]
    ]
    done = [one for one in told["changes"] if one["items"]]
    rates = [_around(one["kind"], one["consistency"]) for one in done]
    values = [
        [one["kind"], row["name"], row["before"]["value"], row["after"]["value"], *_ends(row["difference"])]
        for one in done
        for row in one["values"]
    ]
    changed = [
        [one["kind"], item["item"], item["asked"], item["before"], item["after"]]
        for one in done
        for item in one["changed"]
    ]
    return [
        *table("Other items beside the test", ["set", "value", "test", "set's", *_APART, "items"], sets),
        *table("Answered as before when said differently", ["change", *_HEAD], rates),
        *table("The values then", ["change", "value", "before", "after", *_APART], values),
        *table("Answered otherwise", ["change", "item", "asked", "before", "after"], changed),
    ]


def _around(name: str, told: Told) -> list[Any]:
    return [name, *(told[key] for key in _AROUND)]


def _ends(told: Told) -> list[Any]:
    return [told[end] for end in ("value", "low", "high")]
