"""Similarity by a model that is made here: words that mean the same have the same vector."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from bloomery.errors import RecipeError
from bloomery.metrics import embedding_similarity
from bloomery.metrics.embedding_similarity import EmbeddingSimilarity
from bloomery.text.embedding import Embedder
from tests import models
from tests.metrics.generated import answers

MEANINGS = {"buy": [1.0, 0.0], "purchase": [1.0, 0.0], "lamp": [0.0, 1.0], "sell": [-1.0, 0.0]}


class Words:
    """A model that averages the vectors of the words it knows."""

    dimensions = 2

    def vectors(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        known = [[MEANINGS[word] for word in text.split() if word in MEANINGS] or [[0.0, 0.0]] for text in texts]
        return np.array([np.mean(some, axis=0) for some in known], dtype=np.float32)


@pytest.fixture(params=["stand-in", "static"])
def model(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A stand-in, so that the arithmetic is tested without the extra; and a folder of model2vec where that is installed."""
    if request.param == "static":
        return str(models.static(tmp_path / "words", MEANINGS))
    monkeypatch.setattr(embedding_similarity, "load", lambda name: Embedder(name, "static", "0" * 64, Words()))
    return "words"


def test_the_cosine_to_the_nearest_reference(model: str) -> None:
    """(1, 0) and (0, 1) averaged are (.5, .5): the cosine with (1, 0) is √½."""
    metric = EmbeddingSimilarity(model=model)
    frame = answers(["buy", "buy lamp", "buy", "lamp"], [["lamp", "purchase"], ["purchase"], ["sell"], ["buy"]])
    items = metric.items(frame)
    assert items["score"].to_list() == pytest.approx([1, 0.5**0.5, -1, 0], abs=1e-6)
    assert metric.total(items) == {
        "embedding_similarity": pytest.approx(0.5**0.5 / 4, abs=1e-6),
        "embedding_similarity.unread": 0,
    }


def test_what_cannot_be_read_has_no_score_and_is_counted(model: str) -> None:
    metric = EmbeddingSimilarity(model=model)
    items = metric.items(answers(["", None, "buy", "buy"], [["buy"], ["buy"], [""], ["", "purchase"]]))
    assert items["score"].to_list() == [None, None, None, pytest.approx(1, abs=1e-6)]
    assert metric.total(items)["embedding_similarity.unread"] == 3 / 4
    assert metric.total(items[:2])["embedding_similarity"] is None


def test_the_model_is_told_by_its_digest(model: str) -> None:
    assert re.search(r"sha256:[0-9a-f]{64}$", EmbeddingSimilarity(model=model).version())


def test_a_model_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no model"):
        EmbeddingSimilarity(model=str(tmp_path / "none")).items(answers(["a"], [["a"]]))
