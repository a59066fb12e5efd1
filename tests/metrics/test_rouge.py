"""ROUGE against rouge_score, and where rouge_score is wrong."""

import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from bloomery.errors import DataError
from bloomery.kernels import lcs
from bloomery.metrics.rouge import KINDS, Rouge, tokenised
from tests.metrics.generated import answers, ragged

Scores = list[dict[str, float]]


def by_rouge_score(frame: pl.DataFrame, *, stemmer: bool = False) -> Scores:
    scorer = RougeScorer(list(KINDS), use_stemmer=stemmer)
    found = []
    for said, known in frame.select("prediction", "references").iter_rows():
        told = scorer.score_multi(known, said)
        row = {}
        for kind in KINDS:
            row |= {
                kind: told[kind].fmeasure,
                f"{kind}.precision": told[kind].precision,
                f"{kind}.recall": told[kind].recall,
            }
        found.append(row)
    return found


def same(frame: pl.DataFrame, metric: Rouge | None = None) -> None:
    metric = metric or Rouge(sentences="lines")
    ours, theirs = metric.items(frame), by_rouge_score(frame, stemmer=metric.stemmer)
    for row, expected in zip(ours.drop("score").iter_rows(named=True), theirs, strict=True):
        assert row == pytest.approx(expected, abs=1e-12)
    means = {name: float(np.mean([row[name] for row in theirs])) for name in theirs[0]}
    assert metric.total(ours) == pytest.approx(means, abs=1e-12)
    assert ours["score"].to_list() == ours["rougeL"].to_list()


_WORD = st.sampled_from(["a", "b", "c", "Dog", "x1", "don't", "1,000.5", "e.g."])
_LINE = st.lists(_WORD, min_size=1, max_size=9).map(" ".join)
_TEXT = st.lists(_LINE, min_size=1, max_size=3).map("\n".join)


@settings(max_examples=40)
@given(st.lists(st.tuples(_TEXT, st.lists(_TEXT, min_size=1, max_size=2)), min_size=1, max_size=3))
def test_on_ascii_text_it_is_rouge_score(rows: list[tuple[str, list[str]]]) -> None:
    same(answers([said for said, _ in rows], [known for _, known in rows]))


def test_longer_texts_are_compared_as_rouge_score_does() -> None:
    """More than 64 tokens, so several machine words of bits with a carry between them."""
    rng = random.Random(5)
    texts = [
        "".join(rng.choice(["a ", "b ", "c ", "d. ", "\n"]) for _ in range(rng.randint(60, 400))) + "a"
        for _ in range(24)
    ]
    same(answers(texts[:12], [[a, b] for a, b in zip(texts[12:], texts[:12][::-1], strict=True)]))


def test_with_stems_it_is_rouge_score_with_stems() -> None:
    frame = answers(
        ["Dogs were running happily", "easily"], [["the dog runs", "a happy runner's dogs"], ["the easy way"]]
    )
    same(frame, Rouge(sentences="lines", stemmer=True))
    assert Rouge(stemmer=True).items(frame)["rouge1"][0] > Rouge().items(frame)["rouge1"][0]


def test_sentences_by_punctuation_are_lines_to_rouge_score() -> None:
    said, known = "One two three. Four five! Is it six? yes.", "Four five! One two. It is six?"
    lines = answers(
        ["One two three.\nFour five!\nIs it six? yes."], [["Four five!\nOne two.\nIt is six?"]]
    )  # no sentence begins with a small letter
    assert Rouge().items(answers([said], [[known]])).equals(Rouge(sentences="lines").items(lines))
    same(lines)


def test_rougelsum_without_newlines() -> None:
    """The same two sentences in another order: .5 for rouge_score without lines, and 1.0 by sentences."""
    frame = answers(["The cat sat down. A dog ran off."], [["A dog ran off. The cat sat down."]])
    assert by_rouge_score(frame)[0]["rougeLsum"] == 0.5
    assert Rouge().items(frame)["rougeLsum"][0] == 1.0
    assert Rouge().items(frame)["rougeL"][0] == 0.5


def test_rouge_score_drops_non_ascii() -> None:
    """Equal Chinese texts are 0.0 to rouge_score; and "naïve" is "na" and "ve"."""
    texts = ["今天天气很好，我们去公园。", "Всё хорошо", "สวัสดีครับ", "مرحبا بالعالم", "naïve café"]
    frame = answers(texts, [[text] for text in texts])
    assert [row["rouge1"] for row in by_rouge_score(frame)] == [0, 0, 0, 0, 1]
    items = Rouge().items(frame)
    assert items.select(*KINDS).unique().rows() == [(1.0, 1.0, 1.0, 1.0)]
    assert Rouge().items(answers(["naive cafe"], [["naïve café"]]))["rouge1"][0] == 0
    assert Rouge().items(answers(["nave na ve"], [["naïve"]]))["rouge1"][0] == 0


def test_chinese_counts_by_characters_and_sentences() -> None:
    """四 of the five characters 今天天气好 are in 今天气好, three pairs of four are in its three; and 。 ends a sentence."""
    items = Rouge().items(answers(["今天气好"], [["今天天气好"]]))
    assert (items["rouge1.precision"][0], items["rouge1.recall"][0]) == (1.0, 4 / 5)
    assert (items["rouge2.precision"][0], items["rouge2.recall"][0]) == (1.0, 3 / 4)
    assert Rouge().items(answers(["我来了。你走了。"], [["你走了。我来了。"]]))["rougeLsum"][0] == 1.0


def test_the_best_reference_counts_for_each_kind_by_itself() -> None:
    """ "a b c d" has all words of "d c b a" and half the order of "a b x y"."""
    items = Rouge().items(answers(["a b c d"], [["d c b a", "a b x y"]]))
    assert (items["rouge1"][0], items["rougeL"][0], items["rouge2"][0]) == (1.0, 0.5, 1 / 3)


def test_a_text_without_words_counts_by_its_characters() -> None:
    """rouge_score says 0 of two equal rows of emoji."""
    frame = answers(["👍👍", "?!", "", "", "..."], [["👍👍"], ["?!"], ["word"], [""], ["word"]])
    assert Rouge().items(frame)["rouge1"].to_list() == [1, 1, 0, 0, 0]


def test_many_texts_over_bounds_of_pairs_and_items() -> None:
    frame = ragged(random.Random(2), 80)
    parts = pl.concat([Rouge().items(frame[k : k + 7]) for k in range(0, 80, 7)])
    assert parts.equals(Rouge().items(frame))  # an item does not depend on the others


def test_a_looping_answer_and_a_long_sentence_are_no_trouble() -> None:
    frame = answers(["the cat " * 500_000, "x" * 10_000_000], [["the cat sat. A dog ran."], ["x y"]])
    items = Rouge().items(frame)
    assert items["rouge1.recall"][0] == 2 / 6
    assert items["score"][1] == 0
    assert np.diff(tokenised(frame["prediction"]).sentences).max() == 10_000


def naive_length(a: list[int], b: list[int]) -> int:
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


_NUMBERS = st.lists(st.integers(0, 3), max_size=150)


@settings(max_examples=40)
@given(_NUMBERS, _NUMBERS)
def test_the_kernel_finds_the_length_that_the_table_finds(a: list[int], b: list[int]) -> None:
    values, offsets = np.array(a + b, dtype=np.int64), np.array([0, len(a), len(a) + len(b)])
    first, second = np.array([0]), np.array([1])
    assert lcs.lengths(values, offsets, first, second).tolist() == [naive_length(a, b)]
    assert lcs.lengths(values, offsets, second, first).tolist() == [naive_length(a, b)]


def test_an_item_without_a_reference_is_an_error_that_names_it() -> None:
    with pytest.raises(DataError, match="1 of 2 test rows have no reference.*item 'r1'"):
        Rouge().items(answers(["a", "b"], [["a"], [None]]))


def test_every_value_has_a_name_and_a_sentence() -> None:
    assert Rouge().total(Rouge().items(answers(["a b"], [["a b"]]))).keys() == Rouge.names.keys()
