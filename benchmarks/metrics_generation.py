"""Metrics over generated text, and the libraries alone over the same rows.

    python benchmarks/metrics_generation.py [--items 100000] [--only bleu chrf ter rouge]

Rows are made here: references of 8 to 24 words of a vocabulary of 5,000, and predictions with some words exchanged, left out or
doubled. Ours is `items` and `total`; theirs is ``corpus_score`` of sacrebleu, or ``score_multi`` of rouge_score row by row.
sacrebleu keeps the n-grams of all references in memory for chrF, 6 GB for 100,000. Seconds of the processor, all threads
together, and by the clock; a machine that others use changes the second more than the first.

Writes results/metrics_generation.json and results/metrics_generation.md.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import measure
import polars as pl
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF, TER

from bloomery.metrics.base import ANSWERS_SCHEMA, Metric
from bloomery.metrics.bleu import Bleu
from bloomery.metrics.chrf import Chrf
from bloomery.metrics.rouge import KINDS, Rouge
from bloomery.metrics.ter import Ter

METRICS: dict[str, Metric] = {"bleu": Bleu(), "chrf": Chrf(), "ter": Ter(), "rouge": Rouge(sentences="lines")}


class Time(NamedTuple):
    cpu: float
    clock: float
    value: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--items", type=int, default=100_000)
    arguments.add_argument("--only", nargs="+", choices=METRICS, default=list(METRICS))
    given = arguments.parse_args()
    frame = answers(given.items)
    Rouge().items(frame[:10])  # compiles its kernels
    path = measure.RESULTS / "metrics_generation.json"
    found = {line["metric"]: line for line in (json.loads(path.read_text())["results"] if path.exists() else [])}
    for name in given.only:
        found[name] = measured(name, frame)
        sys.stderr.write(f"{found[name]}\n")
        lines = [found[one] for one in METRICS if one in found]
        machine = measure.machine("polars", "numba", "sacrebleu", "rouge-score")
        measure.save("metrics_generation", {"machine": machine, "results": lines})
        (measure.RESULTS / "metrics_generation.md").write_text(markdown(lines))


def measured(name: str, frame: pl.DataFrame) -> dict:
    ours, theirs = timed(lambda: by_us(name, frame)), timed(lambda: by_library(name, frame))
    if abs(ours.value - theirs.value) > 1e-9:
        raise SystemExit(f"{name}: {ours.value} and {theirs.value}")
    return {
        "metric": name,
        "items": frame.height,
        "value": round(ours.value, 6),
        "ours_cpu_s": round(ours.cpu, 2),
        "library_cpu_s": round(theirs.cpu, 2),
        "ours_s": round(ours.clock, 2),
        "library_s": round(theirs.clock, 2),
    }


def timed(function: Callable[[], float]) -> Time:
    cpu, clock = time.process_time(), time.perf_counter()
    value = function()
    return Time(time.process_time() - cpu, time.perf_counter() - clock, value)


def by_us(name: str, frame: pl.DataFrame) -> float:
    metric = METRICS[name]
    return metric.total(metric.items(frame))["rougeLsum" if name == "rouge" else name] or 0.0


def by_library(name: str, frame: pl.DataFrame) -> float:
    said, known = frame["prediction"].to_list(), frame["references"].to_list()
    if name == "rouge":
        scorer = RougeScorer(list(KINDS))
        scores = [scorer.score_multi(some, one)["rougeLsum"].fmeasure for one, some in zip(said, known, strict=True)]
        return sum(scores) / len(scores)
    metric = {"bleu": BLEU(force=True), "chrf": CHRF(word_order=2), "ter": TER()}[name]
    return metric.corpus_score(said, [[some[0] for some in known]]).score


def answers(rows: int) -> pl.DataFrame:
    rng = random.Random(0)
    letters = "etaoinshrdlucmfwypvbgk"
    vocabulary = ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(5_000)]
    weights = [1 / (place + 3) for place in range(len(vocabulary))]
    cumulated = [sum(weights[:1])]
    for weight in weights[1:]:
        cumulated.append(cumulated[-1] + weight)
    references = [rng.choices(vocabulary, cum_weights=cumulated, k=rng.randint(8, 24)) for _ in range(rows)]
    columns = {
        "item": [f"r{row}" for row in range(rows)],
        "prediction": [" ".join(edited(words, vocabulary, rng)) + "." for words in references],
        "references": [[" ".join(words) + "."] for words in references],
        "state": ["answered"] * rows,
    }
    return pl.DataFrame(columns, schema=ANSWERS_SCHEMA)


def edited(words: list[str], vocabulary: list[str], rng: random.Random) -> list[str]:
    found = []
    for word in words:
        draw = rng.random()
        found += (
            [] if draw < 0.1 else [word, word] if draw < 0.15 else [rng.choice(vocabulary)] if draw < 0.35 else [word]
        )
    return found


def markdown(lines: list[dict]) -> str:
    table = [
        ["metric", "items", "ours, s of the processor", "library alone", "ratio", "ours, s by the clock", "library"]
    ]
    table.append(["---"] * len(table[0]))
    for line in lines:
        ratio = line["ours_cpu_s"] / line["library_cpu_s"]
        seconds = (f"{line[key]:.1f}" for key in ("ours_cpu_s", "library_cpu_s", "ours_s", "library_s"))
        ours, theirs, clock, their_clock = seconds
        table.append([line["metric"], f"{line['items']:,}", ours, theirs, f"{ratio:.2f}", clock, their_clock])
    return "".join(f"| {' | '.join(line)} |\n" for line in table)


if __name__ == "__main__":
    main()
