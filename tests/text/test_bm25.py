"""BM25 against the formula, a text and a query at a time."""

import math
import random

import polars as pl
import pytest

from bloomery.text import bm25
from bloomery.text.bm25 import Index
from bloomery.text.tokens import words

TEXTS = [
    "Where is my parcel?",
    "My parcel is late, late, late.",
    "Close my account",
    "",
    "Invoice 2024-03 was paid twice",
    "東京 の 天気",
]


def slow(texts: list[str], query: str) -> list[float]:
    """Σ idf · f (k + 1) / (f + k (1 − b + b |d| / mean |d|))."""
    docs = [words(text) for text in texts]
    mean = max(1.0, sum(map(len, docs)) / len(docs))
    scores = []
    for doc in docs:
        score = 0.0
        for token in set(words(query)):
            having = sum(token in one for one in docs)
            idf = math.log(1 + (len(docs) - having + 0.5) / (having + 0.5))
            f = doc.count(token)
            score += idf * f * 2.2 / (f + 1.2 * (0.25 + 0.75 * len(doc) / mean)) if f else 0.0
        scores.append(score)
    return scores


@pytest.mark.parametrize("cells", [1, 1 << 22])
def test_scores_are_those_of_the_formula(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    monkeypatch.setattr(bm25, "_CELLS", cells)
    rng = random.Random(0)
    vocabulary = ["ab", "bc", "cd", "de", "ef", "fg", "gh", "hi", "ij", "jk"]
    texts = [*TEXTS, *(" ".join(rng.choices(vocabulary, k=rng.randint(1, 30))) for _ in range(40))]
    queries = ["late parcel parcel", "ab ab cd unknown", "天気", "nothing known here", "", "paid 2024"]
    found = Index(pl.Series(texts)).nearest(pl.Series(queries), 4)
    for query, rows, scores in zip(queries, found.rows.tolist(), found.scores.tolist(), strict=True):
        expected = slow(texts, query)
        order = [k for k in sorted(range(len(texts)), key=lambda k: -expected[k]) if expected[k] > 0][:4]
        assert [row for row in rows if row >= 0] == order
        assert [score for score in scores if score] == pytest.approx([expected[k] for k in order])


def test_fewer_texts_than_asked_for() -> None:
    found = Index(pl.Series(["a cat"])).nearest(pl.Series(["cat", None]), 3)
    assert found.rows.tolist() == [[0, -1, -1], [-1, -1, -1]]
    assert Index(pl.Series([], dtype=pl.String)).nearest(pl.Series(["cat"]), 2).rows.tolist() == [[-1, -1]]
