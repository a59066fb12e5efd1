"""How long the extraction metrics take for 100,000 items, beside the reference library or the published script's arithmetic.

    python benchmarks/metrics_extraction.py [--items 100000] [--runs 3]

Everything is timed from the frame of answers (from Python lists for the others) to the values, in one process, in turn: the
median of the runs, in seconds on the clock and in seconds of processor time over all threads (which other work on the machine
changes less). seqeval is the reference for entities (strict mode); for token F1 it is what SQuAD's script does, an item at
a time; for JSON, ``json.loads`` of both sides alone, without any comparison; for final numbers one ``re.findall`` an item.
"""

import argparse
import json
import re
import statistics
import string
import time
import warnings
from collections import Counter
from collections.abc import Callable

import measure
import numpy as np
import polars as pl
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from bloomery.metrics.base import Metric
from bloomery.metrics.entities import Entities
from bloomery.metrics.json_fields import JsonFields
from bloomery.metrics.numeric_answer import NumericAnswer
from bloomery.metrics.set_f1 import SetF1
from bloomery.metrics.surface_f1 import SurfaceF1
from bloomery.metrics.token_f1 import TokenF1

WORDS = np.array([f"word{number}" for number in range(2_000)] + ["the", "a", "Paris,", "(Rome)"])
Texts = list[str]


def frame(predictions: Texts, references: Texts) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "item": [f"test:{number}" for number in range(len(predictions))],
            "prediction": predictions,
            "references": [[one] for one in references],
            "state": ["answered"] * len(predictions),
        }
    )


def tags(rng: np.random.Generator, items: int) -> tuple[list[Texts], list[Texts]]:
    """Sentences of 5 to 35 tags with about 2 entities, and predictions that differ at one place in fifty."""
    kinds = np.array(["PER", "LOC", "ORG", "MISC"])
    expected, predicted = [], []
    for size in rng.integers(5, 36, size=items):
        tags = ["O"] * size
        for start in rng.integers(0, size, size=2):
            kind, length = rng.choice(kinds), int(rng.integers(1, 4))
            for place in range(start, min(start + length, size)):
                tags[place] = f"{'B' if place == start else 'I'}-{kind}"
        expected.append(tags)
        noise = rng.random(size) < 0.02
        predicted.append(
            [str(rng.choice(["O", "B-PER", "I-LOC"])) if odd else tag for tag, odd in zip(tags, noise, strict=True)]
        )
    return predicted, expected


def texts(rng: np.random.Generator, items: int, longest: int = 12) -> Texts:
    return [" ".join(rng.choice(WORDS, size=size)) for size in rng.integers(1, longest, size=items)]


def objects(rng: np.random.Generator, items: int) -> Texts:
    numbers = rng.integers(0, 4, size=(items, 5))
    return [
        json.dumps({"name": f"n{a}", "age": int(b), "to": {"city": f"c{c}", "tags": [int(d), int(e)]}})
        for a, b, c, d, e in numbers
    ]


def squad(predictions: Texts, references: Texts) -> float:
    def normal(text: str) -> Counter[str]:
        kept = "".join(c for c in text.lower() if c not in punctuation)
        return Counter(re.sub(r"\b(a|an|the)\b", " ", kept).split())

    punctuation, total = set(string.punctuation), 0.0
    for prediction, reference in zip(predictions, references, strict=True):
        said, meant = normal(prediction), normal(reference)
        same = (said & meant).total()
        total += 2 * same / (said.total() + meant.total()) if same else 0
    return total / len(predictions)


def ours(metric: Metric, answers: pl.DataFrame) -> Callable[[], object]:
    return lambda: metric.total(metric.items(answers))


def contestants(items: int) -> dict[str, dict[str, Callable[[], object]]]:
    """For each metric what is timed, by who does it."""
    rng = np.random.default_rng(0)
    predicted, expected = tags(rng, items)
    tagged = frame([" ".join(one) for one in predicted], [" ".join(one) for one in expected]).with_columns(
        tokens=pl.Series(expected)
    )
    said, meant = texts(rng, items), texts(rng, items)
    made, wanted = objects(rng, items), objects(rng, items)
    spoken = [f"Sure! Here it is: {one} Anything else?" for one in made]
    solutions = [f"{text} so 3 + {n} = {n + 3}\n#### {n + 3:,}" for n, text in enumerate(said)]
    lists = [(text.replace(" ", "\n"), other.replace(" ", "\n")) for text, other in zip(said, meant, strict=True)]
    return {
        "entities": {
            "bloomery": ours(Entities(), tagged),
            "seqeval strict": lambda: f1_score(expected, predicted, mode="strict", scheme=IOB2),
            "seqeval default": lambda: f1_score(expected, predicted, average="micro", zero_division=0),
        },
        "surface F1": {"bloomery": ours(SurfaceF1(), tagged)},
        "token F1": {"bloomery": ours(TokenF1(), frame(said, meant)), "item by item": lambda: squad(said, meant)},
        "set F1": {
            "bloomery": ours(SetF1(), frame(*map(list, zip(*lists, strict=True)))),
            "item by item": lambda: [len(set(a.split("\n")) & set(b.split("\n"))) for a, b in lists],
        },
        "JSON fields": {
            "bloomery": ours(JsonFields(), frame(made, wanted)),
            "bloomery, prose around": ours(JsonFields(), frame(spoken, wanted)),
            "json.loads alone": lambda: [json.loads(text) for text in made + wanted],
        },
        "numeric answer": {
            "bloomery": ours(NumericAnswer(), frame(solutions, solutions)),
            "re.findall alone": lambda: [re.findall(r"#### (-?[0-9.,]+)", text) for text in solutions + solutions],
        },
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--items", type=int, default=100_000)
    arguments.add_argument("--runs", type=int, default=3)
    given = arguments.parse_args()
    warnings.simplefilter("ignore")
    result: dict[str, object] = {}
    for name, who in contestants(given.items).items():
        seconds: dict[str, list[tuple[float, float]]] = {one: [] for one in who}
        for run in range(given.runs):
            for one, work in who.items():
                if one.startswith("seqeval") and run:  # a minute each: once is enough
                    continue
                started, used = time.perf_counter(), time.process_time()
                work()
                seconds[one].append((time.perf_counter() - started, time.process_time() - used))
        result[name] = {
            one: dict(
                zip(
                    ("clock", "processor"),
                    (round(statistics.median(column), 2) for column in zip(*runs, strict=True)),
                    strict=True,
                )
            )
            for one, runs in seconds.items()
        }
    machine = measure.machine("polars", "numpy", "seqeval")
    measure.save(
        "metrics_extraction", {"machine": machine, "items": given.items, "runs": given.runs, "seconds": result}
    )


if __name__ == "__main__":
    main()
