"""Metrics over 100,000 items, beside the reference library doing the same alone.

    python benchmarks/metrics.py [--rows 100000] [--runs 3] [--only NAME…]

Each line of `LINES` is a pair of functions that make the same values from the same answers: ours (`items` and `total` of the
metric, as `score` calls them; with `score` where the line says so) and the library's. They are run in turn, ours, theirs, ours …,
in processor seconds of this process and all of its threads and in seconds by the clock; of each the least counts. Values are
compared first: a line whose values differ is an error. `--only` replaces the lines of these names in the results. Writes
results/metrics.json and results/metrics.md.
"""

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import measure
import numpy as np
import polars as pl

from bloomery.metrics.calibration import Calibration
from bloomery.metrics.classification import Classification
from bloomery.metrics.exact_match import ExactMatch
from bloomery.metrics.score import score

Values = Mapping[str, float | None]
COLUMNS = ("what", "ours s", "theirs s", "times", "ours cpu s", "theirs cpu s")


class Line(NamedTuple):
    """Two ways to the same values; `answers` is made once."""

    answers: Callable[[int], pl.DataFrame]
    ours: Callable[[pl.DataFrame], Values]
    theirs: Callable[[pl.DataFrame], Values]


def frame(predictions: list[str], references: list[list[str]], **columns: object) -> pl.DataFrame:
    """Answers, all of state answered."""
    items = pl.Series(range(len(predictions))).cast(pl.String)
    given = {"item": items, "prediction": predictions, "references": references, "state": ["answered"] * len(items)}
    return pl.DataFrame(given | columns)


def intents(rows: int, labels: int, parsed: float = 1.0) -> pl.DataFrame:
    """Answers of a classifier that is right four times in five; of 1 − `parsed` the label stands in a verdict line."""
    random = np.random.default_rng(0)
    names = np.array([f"intent_{number}" for number in range(labels)])
    right = random.integers(0, labels, rows)
    said = np.where(random.random(rows) < 0.8, right, random.integers(0, labels, rows))
    texts = names[said].tolist()
    wordy = random.random(rows) >= parsed
    texts = [f"Let me think about it.\nAnswer: {one}." if long else one for one, long in zip(texts, wordy, strict=True)]
    lang = random.choice(["de", "en", "fr"], rows)
    return frame(texts, [[one] for one in names[right].tolist()], lang=lang, said=said, right=right)


def probabilities(rows: int) -> pl.DataFrame:
    random = np.random.default_rng(0)
    p = random.dirichlet(np.ones(10), rows)
    right = random.integers(0, 10, rows).astype(str)
    return frame(
        ["x"] * rows, [[one] for one in right.tolist()], probabilities=(p / p.sum(axis=1, keepdims=True)).tolist()
    )


def sentences(rows: int) -> pl.DataFrame:
    random = np.random.default_rng(0)
    words = np.array([f"word{number}" for number in range(2000)])
    wanted = [" ".join(words[line]) for line in random.integers(0, 2000, (rows, 8))]
    said = [one if right else one.title() + "." for one, right in zip(wanted, random.random(rows) < 0.5, strict=True)]
    return frame(said, [[one, one.upper()] for one in wanted])


def made(metric: object) -> Callable[[pl.DataFrame], Values]:
    """`items` and `total` of a metric."""

    def run(answers: pl.DataFrame) -> Values:
        ready = metric.prepared(answers)
        return ready.total(ready.items(answers))

    return run


def scored(answers: pl.DataFrame) -> Values:
    """All that `score` does: with and without the unanswered, by three slices, the table of scores."""
    found = score(answers, [Classification()], slices=["lang"])
    whole = found.values.filter(pl.col("slice").is_null())
    return dict(zip(whole["metric"].str.strip_prefix("task."), whole["value"], strict=True))


def scikit_learn(answers: pl.DataFrame) -> Values:
    """What a reader of scikit-learn's documentation would call: accuracy, the report by class, MCC."""
    said, wanted = answers["prediction"].to_list(), answers["references"].list.first().to_list()
    said = [one.rpartition("Answer: ")[2].removesuffix(".") for one in said]
    return reported(said, wanted, "intent_0")


def scikit_learn_of_numbers(answers: pl.DataFrame) -> Values:
    """The same where labels have been read and made into numbers before the clock runs, which is quicker than texts."""
    return reported(answers["said"].to_numpy(), answers["right"].to_numpy(), "0")


def reported(said: Sequence[object], wanted: Sequence[object], first: str) -> Values:
    from sklearn import metrics

    report = metrics.classification_report(wanted, said, output_dict=True, zero_division=0.0)
    return {
        "accuracy": metrics.accuracy_score(wanted, said),
        "f1.macro": report["macro avg"]["f1-score"],
        "f1.weighted": report["weighted avg"]["f1-score"],
        "recall.intent_0": report[first]["recall"],
        "balanced_accuracy": metrics.balanced_accuracy_score(wanted, said),
        "mcc": metrics.matthews_corrcoef(wanted, said),
        "confusion": float(metrics.confusion_matrix(wanted, said).sum()),
    }


def scikit_learn_loss(answers: pl.DataFrame) -> Values:
    from sklearn import metrics

    p, right = np.array(answers["probabilities"].to_list()), answers["references"].list.first().to_list()
    return {
        "log_loss": metrics.log_loss(right, p),
        "brier": metrics.brier_score_loss(right, p, labels=sorted(set(right)), scale_by_half=False),
    }


def squad(answers: pl.DataFrame) -> Values:
    """A loop as in the scripts of the field: lower case and white space only, the best over references."""

    def normal(text: str) -> str:
        return " ".join(text.casefold().split())

    rows = zip(answers["prediction"].to_list(), answers["references"].to_list(), strict=True)
    return {
        "exact_match": float(np.mean([max(normal(said) == normal(one) for one in wanted) for said, wanted in rows]))
    }


LINES: dict[str, Line] = {
    "classification, 10 labels: scikit-learn": Line(lambda n: intents(n, 10), made(Classification()), scikit_learn),
    "classification, 10 labels: scikit-learn given numbers": Line(
        lambda n: intents(n, 10), made(Classification()), scikit_learn_of_numbers
    ),
    "classification, 150 labels: scikit-learn": Line(lambda n: intents(n, 150), made(Classification()), scikit_learn),
    "classification, one verdict line in five: scikit-learn": Line(
        lambda n: intents(n, 10, 0.8), made(Classification()), scikit_learn
    ),
    "classification by score, three slices: scikit-learn": Line(lambda n: intents(n, 10), scored, scikit_learn),
    "calibration, 10 labels: scikit-learn": Line(
        probabilities, made(Calibration(labels=tuple(map(str, range(10))))), scikit_learn_loss
    ),
    "exact match, 2 references: a loop": Line(sentences, made(ExactMatch()), squad),
}


def timed(run: Callable[[pl.DataFrame], Values], answers: pl.DataFrame) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    run(answers)
    return time.perf_counter() - clock, time.process_time() - processor


def measured(name: str, line: Line, rows: int, runs: int) -> dict[str, object]:
    answers = line.answers(rows)
    ours, theirs = line.ours(answers), line.theirs(answers)
    differ = [one for one in theirs if one in ours and not np.isclose(ours[one], theirs[one], rtol=0, atol=1e-9)]
    assert not differ, (name, differ)
    took = [(timed(line.ours, answers), timed(line.theirs, answers)) for _ in range(runs)]
    best = [min(pair[side][kind] for pair in took) for side in (0, 1) for kind in (0, 1)]
    return dict(zip(COLUMNS, (name, best[0], best[2], best[0] / best[2], best[1], best[3]), strict=True))


def markdown(lines: list[dict[str, object]]) -> str:
    rows = [[f"{one[column]:.2f}" if column != "what" else str(one[column]) for column in COLUMNS] for one in lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(COLUMNS), ["---"] * len(COLUMNS), *rows]) + "\n"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--only", nargs="+", choices=LINES)
    given = arguments.parse_args()
    warnings.simplefilter("ignore")
    before = measure.RESULTS / "metrics.json"
    kept = json.loads(before.read_text())["results"] if given.only and before.exists() else []
    found = {line["what"]: line for line in kept}
    for name in given.only or LINES:
        found[name] = measured(name, LINES[name], given.rows, given.runs)
        print(markdown([found[name]]).splitlines()[-1])
    lines = [found[name] for name in LINES if name in found]
    machine = measure.machine("polars", "numpy", "scikit-learn")
    measure.save(
        "metrics",
        {"machine": machine, "load": os.getloadavg()[0], "rows": given.rows, "runs": given.runs, "results": lines},
    )
    (measure.RESULTS / "metrics.md").write_text(markdown(lines))


if __name__ == "__main__":
    main()
