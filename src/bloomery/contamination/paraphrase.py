"""Suspected paraphrases: training prompts that mean nearly the same as a test question, as far as an embedding model can tell.

The vector of each question (of the text, where there is no question) is compared with those of every prompt of a training row,
and of all its prompts together; a cosine of `paraphrase` and more is a suspicion. An embedding model hardly sees a number or a
"not", and two questions about one thing are close whatever they ask: so this never counts, and is for people to look at.

What decides is a cosine in whole numbers (`bloomery.text.cosine`), so it does not depend on batches and threads. The vectors of
the test side stay in memory, those of the training rows do not.
"""

from collections.abc import Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.contamination.evidence import EXCERPT, Found, Speech, name_of
from bloomery.contamination.index import Hits
from bloomery.schema import Batch
from bloomery.text.cosine import Side, cosine, quantised
from bloomery.text.embedding import load

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
RULE = "embedding"
_TOGETHER = 512  # training texts compared at a time
_ASKING = ("prompt", "text")


class Paraphrases:
    """The vectors of all questions."""

    def __init__(self, questions: Sequence[str], model: str, threshold: float) -> None:
        self.embedder, self.threshold = load(model), threshold
        self.vectors = self.embedder(list(questions))
        self.whole = quantised(self.vectors)
        self.slack = (self.vectors.shape[1] + 8) * 2.0**-23
        self.unread = int((~self.vectors.any(axis=1)).sum())
        self.unread_train = 0
        self._lock = Lock()

    def find(self, batch: Batch) -> Hits:
        """Questions that a row of `batch` may be a paraphrase of; the best prompt of each row."""
        rows, texts = _prompts(batch)
        some = [self._close(rows[k : k + _TOGETHER], texts[k : k + _TOGETHER]) for k in range(0, len(rows), _TOGETHER)]
        target, row = (np.concatenate([np.zeros(0, np.int64), *(one[k] for one in some)]) for k in (0, 1))
        score = np.concatenate([np.zeros(0), *(one[2] for one in some)])
        order = np.lexsort((-score, row, target))
        target, row, score = target[order], row[order], score[order]
        first = np.append(True, (target[1:] != target[:-1]) | (row[1:] != row[:-1]))[: len(target)]
        return Hits(target[first], row[first], score[first])

    def _close(self, rows: Ints, texts: list[str]) -> tuple[Ints, Ints, Floats]:
        vectors = self.embedder(texts)
        with self._lock:
            self.unread_train += int((~vectors.any(axis=1)).sum())
        text, target = np.nonzero(vectors @ self.vectors.T >= self.threshold - self.slack)
        both = np.concatenate([quantised(vectors)[text], self.whole[target]])
        side = Side(both.__getitem__, np.ones(len(both), dtype=np.bool_))
        score = cosine([side], np.arange(len(text)), np.arange(len(text)) + len(text))
        good = np.flatnonzero(score >= self.threshold)
        return target[good], rows[text[good]], score[good]


def suspected(row: Sequence[Speech], score: float) -> Found:
    """What is shown of a suspicion: the beginning of what the row asks."""
    asking = [k for k, speech in enumerate(row) if speech.role in _ASKING]
    names = [name_of(row, k) for k in asking]
    words = [word for k in asking for word in row[k].words]
    field = " to ".join(dict.fromkeys([names[0], names[-1]]))
    detail = {"item_words": None, "train_words": None, "excerpt": " ".join(words[:EXCERPT])}
    return Found(RULE, round(score, 6), field, detail)


def _prompts(batch: Batch) -> tuple[Ints, list[str]]:
    """Each prompt of each row, and all prompts of a row together where it has several; whose they are."""
    asking = batch.parts["role"].cast(pl.String).is_in(_ASKING).to_numpy()
    rows = batch.row_of_part()[asking]
    texts = batch.parts["text"].filter(pl.Series(asking)).to_list()
    several = np.flatnonzero(np.bincount(rows, minlength=len(batch)) > 1)
    joined = batch.text(*_ASKING).gather(several).to_list()
    return np.concatenate([rows, several]).astype(np.int64), texts + joined
