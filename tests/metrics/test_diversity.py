"""distinct-n and self-BLEU."""

import random
import sys

import numpy as np
import polars as pl
import pytest
import sacrebleu

from bloomery.errors import MissingExtraError
from bloomery.metrics.diversity import Diversity
from tests.metrics.generated import answers


def total(texts: list[str], **options: int) -> dict[str, float | None]:
    return Diversity(**options).total(Diversity(**options).items(answers(texts, [[""]] * len(texts))))


def texts(rows: int, seed: int = 0) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices("abcdefg", k=rng.randint(1, 9))) for _ in range(rows)]


def test_distinct_n_over_all_runs() -> None:
    """ "a b a" and "a b": 2 words of 5, pairs ab, ba, ab: 2 of 3; runs of three: aba: 1 of 1; none of four."""
    found = total(["a b a", "a b"])
    assert [found[f"distinct.{n}"] for n in (1, 2, 3, 4)] == [2 / 5, 2 / 3, 1, None]
    assert found["distinct.own"] == (2 / 3 + 1) / 2


def test_self_bleu_is_sentence_bleu_against_all_the_others() -> None:
    for seed in range(5):
        some = texts(12, seed)
        others = [[other for k, other in enumerate(some) if k != mine] for mine in range(len(some))]
        bleu = [
            sacrebleu.sentence_bleu(text, known, tokenize="none", use_effective_order=True).score
            for text, known in zip(some, others, strict=True)
        ]
        assert total(some)["self_bleu"] == pytest.approx(np.mean(bleu), abs=1e-9)


def test_equal_outputs_have_a_self_bleu_of_100_and_unlike_ones_of_0() -> None:
    assert total(["the same words again"] * 5)["self_bleu"] == pytest.approx(100)
    assert total(["one two three four", "five six seven eight"])["self_bleu"] == 0
    assert total(["one two"])["self_bleu"] is None
    assert total(["", ""])["self_bleu"] == 0


def test_the_sample_depends_on_the_seed_alone() -> None:
    some = texts(50)
    first, again, other = (total(some, sample=10, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert total(some, sample=50) == total(some, sample=1_000)


def test_total_over_rows_is_that_of_these_answers_alone() -> None:
    frame = answers(texts(20), [[""]] * 20)
    items = Diversity().items(frame)
    assert Diversity().total(items[[1, 5, 7]]) == Diversity().total(Diversity().items(frame[[1, 5, 7]]))


def test_empty_answers_are_outputs_too() -> None:
    items = Diversity().items(answers(["a b", "", None, "a b"], [[""]] * 4))
    assert items["words"].list.len().to_list() == [2, 0, 0, 2]
    assert items["score"].to_list() == [1, None, None, 1]
    assert items["words"].dtype == pl.List(pl.UInt64)


def test_without_sacrebleu_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bloomery\[metrics\]'"):
        total(["a b", "a b"])
