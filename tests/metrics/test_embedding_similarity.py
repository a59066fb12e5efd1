"""Similarity by a model that is made here: words that mean the same have the same vector."""

from pathlib import Path

import pytest

from bloomery.errors import RecipeError
from bloomery.metrics.embedding_similarity import EmbeddingSimilarity
from tests import models
from tests.metrics.generated import answers


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    meanings = {"buy": [1.0, 0.0], "purchase": [1.0, 0.0], "lamp": [0.0, 1.0], "sell": [-1.0, 0.0]}
    return str(models.static(tmp_path_factory.mktemp("models") / "words", meanings))


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
    made = EmbeddingSimilarity(model=model).made_with(answers(["a"], [["a"]]))
    assert (made["model"], made["kind"], len(made["sha256"])) == (model, "static", 64)


def test_a_model_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no model"):
        EmbeddingSimilarity(model=str(tmp_path / "none")).items(answers(["a"], [["a"]]))
