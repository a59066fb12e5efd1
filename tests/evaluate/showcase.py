"""An evaluation in which every part has something to tell, on invented tickets: for the report's tests, and to look at.

python -m tests.evaluate.showcase DIR      writes DIR/deploy, DIR/no_deploy and DIR/hostile, each with a report.html
"""

import json
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

import bloomery as bl
from bloomery.evaluate.gates.measure import Measure, least, measures_of
from bloomery.evaluate.parts import every
from bloomery.evaluate.parts.base import Case, Found, requests_of, texts
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.verdict import reach
from bloomery.metrics.exact_match import ExactMatch
from bloomery.metrics.score import score
from bloomery.metrics.states import answers_of

LABELS = ("billing", "delivery", "refund", "account", "cancellation")
ASKED = {
    "billing": ("Why was I charged twice in {m}?", "The invoice of {m} has the wrong address, please correct it."),
    "delivery": ("My parcel with number {n} never came.", "Where is order {n}? It should have been here in {m}."),
    "refund": ("I sent the shoes of order {n} back in {m} and still have no money.", "Please refund order {n}."),
    "account": ("I cannot log in since {m}.", "Change the mail address of my account {n}."),
    "cancellation": ("I want to end my contract in {m}.", "Cancel order {n} before it ships."),
}
MONTHS = ("January", "March", "May", "August", "October")
SUITES = {"reasoning": 120, "facts": 150, "code": 60, "instructions": 100}
HOSTILE = "<script>alert(1)</script></style><img src=x onerror=alert(2)>\u202eevil\u202c \u0645\u0631\u062d\u0628\u0627"


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def tickets(count: int, drawn: random.Random) -> list[dict[str, Any]]:
    rows = []
    for k in range(count):
        label = drawn.choice(LABELS)
        text = drawn.choice(ASKED[label]).format(m=drawn.choice(MONTHS), n=drawn.randint(10_000, 99_999))
        rows.append(
            {"id": f"ticket-{k:04d}", "text": text, "label": label, "channel": drawn.choice(("mail", "chat", "app"))}
        )
    return rows


def answers(rows: list[dict[str, Any]], right: float, drawn: random.Random) -> list[dict[str, Any]]:
    """Replies of a model that is right so often; now and then it refuses, or its call fails."""
    said = []
    for row in rows:
        wrong = "refund" if row["label"] == "cancellation" else drawn.choice(LABELS)
        text = row["label"] if drawn.random() < right else wrong
        one = {"item": row["id"], "text": text, "seconds": round(drawn.lognormvariate(-0.5, 0.4), 3)}
        if drawn.random() < 0.01:
            one = {"item": row["id"], "error": "timeout"}
        elif drawn.random() < 0.01:
            one["text"] = "I'm sorry, but I can't help with that."
        said.append(one | {"prompt_tokens": 20 + len(row["text"]) // 4, "completion_tokens": 2})
    return said


def suite_items() -> pl.DataFrame:
    names = [(name, k) for name, count in SUITES.items() for k in range(count)]
    return pl.DataFrame(
        {
            "item": [f"{name}/{k}" for name, k in names],
            "prompt": [f"A question about {name}, number {k}: what is {k} and {k + 3} together?" for name, k in names],
            "references": [[str(2 * k + 3)] for _, k in names],
            "category": [name for name, _ in names],
        }
    )


def suite_answers(right: dict[str, float], drawn: random.Random) -> list[dict[str, Any]]:
    said = []
    for item, references, category in suite_items().select("item", "references", "category").iter_rows():
        good = drawn.random() < right[category]
        said.append(
            {"item": f"regression/{item}", "text": references[0] if good else "I think it is 12, since 5 and 7 are 12."}
        )
    return said


def regression(case: Case) -> Found:
    """The suite, asked of both; a value a category."""
    found: list[list[Measure]] = []
    for model in (case.model, case.base):
        assert model is not None
        items = suite_items()
        told = case.ask(model, requests_of(items, case.options, before="regression/"))
        frame = answers_of(items.with_columns(texts(told)))
        scored = score(frame, [ExactMatch()], slices=["category"], group="regression")
        found.append([one for one in measures_of(scored, frame, group="regression") if "exact_match" in one.name])
    mine, base = (by_category(one) for one in found)
    note = "a drop of 4 points or more would have been seen in reasoning with a chance of 80 %"
    return Found("regression", (*mine, least("regression.min", list(mine))), base, notes=(note,))


def by_category(found: list[Measure]) -> tuple[Measure, ...]:
    return tuple(
        replace(one, name="regression." + one.name.partition("category=")[2].rstrip("]"))
        for one in found
        if "[" in one.name
    )


def told(part: str, notes: tuple[str, ...], *tables: dict[str, Any], **more: Any) -> Any:
    return lambda case: Found(part, notes=notes, told={"tables": list(tables)}, **more)


def table(title: str, head: list[str], *rows: list[Any], note: str = "") -> dict[str, Any]:
    return {"title": title, "head": head, "rows": list(rows), "note": note}


def contamination(case: Case) -> Found:
    measure = Measure("contamination.ratio", 0.004, n=480, how="census", rises=False)
    return Found(
        "contamination",
        (measure,),
        notes=("2 of 480 test items stand in the training files; without them accuracy is the same",),
        told={
            "tables": [
                table(
                    "Test items in training data",
                    ["item", "training row", "how"],
                    ["ticket-0003", "train.jsonl:88", "whole"],
                    ["ticket-0101", "train.jsonl:1207", "near, 0.86"],
                )
            ],
            "summary": {"never shown": [1, 2]},
        },
    )


def safety(case: Case) -> Found:
    measures = (
        Measure("safety.overall", 0.96, n=300, how="number"),
        Measure("safety.privacy", 0.96, n=50, how="number"),
    )
    rows = ["harmful requests", 0.99, 1.0, 100], ["privacy", 1.0, 0.96, 50], ["over-refusal", 0.94, 0.97, 150]
    return Found(
        "safety",
        measures,
        told={
            "tables": [
                table(
                    "Passed, by category",
                    ["category", "base", "tuned", "items"],
                    *rows,
                    note="The worst category is what counts, not the mean.",
                )
            ]
        },
    )


PARTS: dict[str, Any] = {
    "contamination": contamination,
    "regression": regression,
    "safety": safety,
    "robustness": told(
        "robustness",
        ("of 480 items, 451 have the same answer when typos and case are changed",),
        table("Perturbations", ["what", "consistent", "items"], ["typos", 0.94, 480], ["case", 0.99, 480], ["order of options", None, 0]),
        not_measured=("generalisation: the test is a random split",),
    ),
    "memorisation": told(
        "memorisation",
        ("training prefixes are continued word for word in 3 of 200, unseen ones in 2 of 200",),
        table("Nearest training rows of failed items", ["item", "training row", "similarity"], ["ticket-0017", "train.jsonl:301", 0.62]),
    ),
    "less": told(
        "less",
        ("the base model with five examples from the training split is not worse in safety, and worse in accuracy",),
        table("The same items", ["way", "accuracy", "difference", "p"], ["tuned", 0.87, None, None], ["base, zero-shot", 0.63, -0.24, 0.0001], ["base, five examples", 0.79, -0.08, 0.0004]),
    ),
    "perplexity": told("perplexity", ("on a neutral text it rose from 11.2 to 11.9",)),
    "trust": every.PARTS["trust"],
    "cost": every.PARTS["cost"],
}  # fmt: skip
GATES = {
    "task.accuracy": ">= 0.8",
    "task.recall.refund": {"threshold": ">= 0.9", "level": "advise"},
    "regression.*": ">= base - 5%",
    "latency.p95": "<= 2",
}


def build(
    folder: Path, name: str, *, right: float, reasoning: float, hostile: bool = False, **options: Any
) -> Evaluated:
    """An evaluation of a tuned model whose base is right in 63 of 100; `PARTS` stand in for the real ones."""
    drawn = random.Random(5)
    folder.mkdir(parents=True, exist_ok=True)
    rows = tickets(480, drawn)
    said = answers(rows, right, drawn)
    if hostile:
        rows[0] |= {"id": HOSTILE, "text": HOSTILE, "channel": HOSTILE}
        said[0] = {"item": HOSTILE, "text": HOSTILE + "x" * 1_000_000, "seconds": 0.4}
    suites = {"reasoning": reasoning, "facts": 0.93, "code": 0.7, "instructions": 0.9}
    base_suites = {"reasoning": 0.88, "facts": 0.92, "code": 0.72, "instructions": 0.88}
    for model, mine in (("tuned", [*said, *suite_answers(suites, drawn)]), ("base", suite_answers(base_suites, drawn))):
        write(folder / f"{name}.{model}.jsonl", mine)
    models = {one: {"kind": "replay", "path": str(folder / f"{name}.{one}.jsonl")} for one in ("tuned", "base")}
    before, reach.PARTS = reach.PARTS, PARTS
    try:
        return bl.evaluate(
            test=write(folder / f"{name}.test.jsonl", rows),
            out=folder / name,
            model="tuned",
            base="base",
            models=models,
            slices=["channel"],
            cache=None,
            **({"gates": GATES} | options),
        )
    finally:
        reach.PARTS = before


def main(folder: Path) -> None:
    easy = {"task.accuracy": ">= 0.9", "regression.*": ">= base - 0.25", "unscored.rate": None, "latency.p95": "<= 2"}
    build(folder, "deploy", right=0.97, reasoning=0.9, gates=easy)
    build(folder, "no_deploy", right=0.84, reasoning=0.6)
    build(folder, "hostile", right=0.84, reasoning=0.84, hostile=True, waive=["safety"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
