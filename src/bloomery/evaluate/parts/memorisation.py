"""The part ``memorisation``: does the model give training rows back word for word?

continuation   the model is shown the prompt of a training row and the first half of its answer, and asked how the answer goes on
               (`bloomery.evaluate.parts.continuing`); beside it the same with rows of the test, of about the same length, that
               no training row nearly is, and the base with the same training rows: what can be guessed, those complete as well.
               ``memorisation.rate`` is the share of training rows that it continues near-verbatim, ``memorisation.unseen`` that
               of the others
copies         answers to the test that nearly equal an answer of the training data, and are not the reference:
               ``memorisation.copied``
nearest        the training rows whose questions are nearest to those of the items that the model failed, for people to look at:
               ``parts/memorisation/nearest.parquet``

Training rows stream past once; which of them are asked about is drawn by the seed.
"""

from typing import Any

import polars as pl

from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.base import Case, Found
from bloomery.evaluate.parts.beside import shown
from bloomery.evaluate.parts.contamination import evidence_of
from bloomery.evaluate.parts.continued import continued
from bloomery.evaluate.parts.nearest import SHOWN, Nearest, similarity
from bloomery.evaluate.parts.prefixes import Prefix, Sample, of_items
from bloomery.evaluate.parts.rates import rate_of
from bloomery.evaluate.parts.tables import of_memorisation
from bloomery.evaluate.training import readers
from bloomery.evaluate.turns import last_said
from bloomery.schema import Batch
from bloomery.text.counted import counted
from bloomery.text.tokens import tokens

#: items that are told in the report; all of them are in the folder
MOST = 50
#: similarity from which two answers are nearly the same, and from which a training row is shown as near to a failed item
COPY, NEAR = 0.8, 0.08
#: words from which an answer can be a copy; shorter ones are the same by accident
WORDS = 12
COPIED = "memorisation.copied"


def memorisation(case: Case) -> Found:
    """What the model gives back of its training rows."""
    if not case.options.train:
        return Found("memorisation", missing="no training files are named: evaluate: {train: [FILE]}")
    looked = _Looked(case)
    for reader in readers(case.options.train):
        looked.sample.begin(reader)
        for batch in reader:
            looked.take(batch)
    copied, copies = looked.copied()
    nearest = looked.nearest_rows()
    nearest.write_parquet(case.place("memorisation") / "nearest.parquet")
    found = continued(case, looked.sample.prefixes(), looked.unseen())
    told = {
        "continuation": found.told,
        "copied": shown(copied, case.options.seed),
        "copies": copies[:MOST],
        "failed": len(looked.failed),
        "nearest": _listed(nearest),
    }
    said = [
        f"{counted(len(copies), 'answer nearly equals', 'answers nearly equal')} a training answer, and not the reference"
    ]
    return Found(
        "memorisation",
        (*found.measures, copied),
        base=tuple(found.base),
        notes=(*found.notes, *(said if copies else ())),
        told=told | {"tables": of_memorisation(told)},
        not_measured=tuple(found.not_measured),
    )


def _listed(nearest: pl.DataFrame) -> list[dict[str, Any]]:
    """The first items with their rows."""
    items = nearest["item"].unique(maintain_order=True).head(MOST)
    return [
        {"item": item, "rows": rows.select("similarity", "train", "text").to_dicts()}
        for (item,), rows in nearest.filter(pl.col("item").is_in(items.implode())).group_by("item", maintain_order=True)
    ]


class _Looked:
    """What is looked for while the training rows stream past."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.sample = Sample(case.options.probe_items, case.options.seed)
        answers = case.answers
        lengths = tokens(answers["prediction"].fill_null("")).offsets
        self.long = [row for row in range(answers.height) if lengths[row + 1] - lengths[row] >= WORDS]
        self.failed = failed(case)
        self.fresh = of_items(case.tests.frame)
        questions = last_said(answers)
        self._copies = Nearest(answers["prediction"][self.long].to_list(), ("completion", "text"), threshold=COPY)
        self._nearest = Nearest(
            [questions[row] for row in self.failed], ("prompt", "text"), threshold=NEAR, width=2, most=3
        )
        self._known = Nearest([one.answer for one in self.fresh], ("completion", "text"), threshold=COPY)

    def take(self, batch: Batch) -> None:
        """A batch of training rows."""
        self.sample.take(batch)
        for one in (self._copies, self._nearest, self._known):
            one.take(batch)

    def copied(self) -> tuple[Measure, list[dict[str, Any]]]:
        """The share of long answers that are copies, and which."""
        answers = self.case.answers[self.long]
        best = self._copies.best()
        own = [_own(text, references) for text, references in answers.select("prediction", "references").iter_rows()]
        flags = [row in best and own[row] < COPY for row in range(answers.height)]
        why = f"no answer has {WORDS} words, so none can be called a copy"
        told = [
            {
                "item": item,
                "answer": text[:SHOWN],
                "similarity": best[row][0],
                "train": best[row][1],
                "text": best[row][2],
            }
            for row, (item, text) in enumerate(answers.select("item", "prediction").iter_rows())
            if flags[row]
        ]
        return rate_of(COPIED, answers["item"].to_list(), flags, rises=False, why=why), told

    def nearest_rows(self) -> pl.DataFrame:
        """``item, prediction, similarity, train, text``: the nearest training rows of the failed items, best first."""
        found = self._nearest.found
        rows = self.case.answers[self.failed][found["query"].to_list()]
        return pl.DataFrame(
            {
                "item": rows["item"],
                "prediction": rows["prediction"].str.head(SHOWN),
                "similarity": found["similarity"],
                "train": found["row"],
                "text": found["text"],
            }
        )

    def unseen(self) -> list[Prefix]:
        """The rows of the test whose answers no training row nearly has, and that the contamination check did not find."""
        known = {self.fresh[query].item for query in self._known.best()} | evidence_of(self.case)
        return [one for one in self.fresh if one.item not in known]


def _own(text: str, references: list[str]) -> float:
    """How similar an answer is to the reference that it is most like."""
    return max(similarity([text] * len(references), references), default=0.0)


def failed(case: Case) -> list[int]:
    """The rows of the answers in the worse half of the range of the first metric's scores."""
    sheet = next(iter(case.scored.sheets), None)
    if sheet is None or None in sheet.metric.bounds:
        return []
    low, high = (float(end) for end in sheet.metric.bounds if end is not None)
    rises = sheet.metric.higher_is_better != (next(iter(sheet.metric.names)) in sheet.metric.contrary)
    scores = sheet.items["score"].to_list()
    there = [(row, scores[place]) for row, place in enumerate(sheet.place.tolist()) if place >= 0]
    middle = (low + high) / 2
    return [row for row, one in there if one is not None and (one < middle if rises else one > middle)]
