"""BLEU, chrF and TER against sacrebleu over the same rows."""

import random
import sys
from typing import Any

import polars as pl
import pytest
import sacrebleu

from bloomery.errors import DataError, MissingExtraError
from bloomery.metrics.base import Metric
from bloomery.metrics.bleu import Bleu
from bloomery.metrics.chrf import Chrf
from bloomery.metrics.ter import Ter
from tests.metrics.generated import answers, ragged, streams


def signature(metric: Metric, frame: pl.DataFrame) -> str:
    return metric.prepared(frame).version().removeprefix(metric.version()).rpartition(" ")[2]


EXACT = {
    "rel": 1e-12,
    "abs": 1e-9,
}  # the same counts through the same formula; BLEU of equal texts is 100 + 4e-14 there


def by_sacrebleu(metric: Metric, frame: pl.DataFrame) -> float:
    said, known = frame["prediction"].to_list(), streams(frame)
    if isinstance(metric, Bleu):
        tokenizer = "13a" if metric.tokenizer == "auto" else metric.tokenizer
        return sacrebleu.corpus_bleu(said, known, tokenize=tokenizer, lowercase=metric.lowercase, force=True).score
    if isinstance(metric, Chrf):
        return sacrebleu.corpus_chrf(said, known, word_order=metric.words).score
    assert isinstance(metric, Ter)
    yes = metric.normalized == "yes"
    return sacrebleu.corpus_ter(
        said, known, normalized=yes, asian_support=yes, case_sensitive=metric.case_sensitive
    ).score


@pytest.mark.parametrize(
    "metric",
    [
        *(Bleu(), Bleu(tokenizer="intl", lowercase=True), Bleu(tokenizer="char"), Bleu(tokenizer="zh")),
        *(Chrf(), Chrf(words=0), Ter(), Ter(case_sensitive=True), Ter(normalized="yes")),
    ],
    ids=repr,
)
def test_total_over_any_rows_is_the_corpus_score_of_sacrebleu(metric: Metric) -> None:
    rng = random.Random(7)
    frame = ragged(rng, 60)
    items = metric.items(frame)
    name = next(iter(metric.names))
    for size in (60, 1, 2, 10, 30):
        rows = rng.sample(range(60), size)
        assert metric.total(items[rows])[name] == pytest.approx(by_sacrebleu(metric, frame[rows]), **EXACT)
    repeated = rng.choices(range(60), k=60)  # as a bootstrap draws them
    assert metric.total(items[repeated])[name] == pytest.approx(by_sacrebleu(metric, frame[repeated]), **EXACT)


def test_the_score_of_an_item_is_the_sentence_score_of_sacrebleu() -> None:
    frame = ragged(random.Random(3), 40)
    ours = {type(metric): metric.items(frame)["score"].to_list() for metric in (Bleu(), Chrf(), Ter())}
    for row, (said, known) in enumerate(frame.select("prediction", "references").iter_rows()):
        bleu = sacrebleu.sentence_bleu(said, known, use_effective_order=True).score
        assert ours[Bleu][row] == pytest.approx(bleu, **EXACT)
        assert ours[Chrf][row] == pytest.approx(sacrebleu.sentence_chrf(said, known, word_order=2).score, **EXACT)
        assert ours[Ter][row] == pytest.approx(sacrebleu.sentence_ter(said, known).score, **EXACT)


def test_references_transposed_for_sacrebleu() -> None:
    """One list of references an item, given as it is, is taken for streams: only the first item is scored, perfectly."""
    said = ["the cat sat on the mat", "a dog runs in the park", "it rains in the old town today"]
    known = [[said[0]], ["some dog ran in a park"], ["there was rain in town this day"]]
    frame = answers(said, known)
    assert sacrebleu.corpus_chrf(said, known).score == pytest.approx(100)
    assert sacrebleu.corpus_ter(said, known).score == 0
    items = Chrf().items(frame)
    assert items.height == 3
    assert Chrf().total(items)["chrf"] == pytest.approx(by_sacrebleu(Chrf(), frame), **EXACT)
    assert Chrf().total(items)["chrf"] < 80
    assert Ter().total(Ter().items(frame))["ter"] == pytest.approx(by_sacrebleu(Ter(), frame), **EXACT)
    counted = sum(len(text.split()) for text in said)
    assert Bleu().items(frame)["answer_length"].sum() == counted  # all answers


def test_ragged_multi_references_cut_by_zip() -> None:
    """The second item has one reference; the second reference of the first still counts."""
    frame = answers(["a big dog ran", "the cat"], [["no match at all here", "a big dog ran"], ["the cat"]])
    assert Bleu().total(Bleu().items(frame))["bleu"] == pytest.approx(100)
    assert Chrf().total(Chrf().items(frame))["chrf"] == pytest.approx(100)
    assert Ter().total(Ter().items(frame))["ter"] == 0
    padded = answers(["a big dog ran", "the cat"], [["no match at all here", "a big dog ran"], ["the cat", None]])
    assert Bleu().items(padded).equals(Bleu().items(frame))


def test_brevity_penalty_inverted_and_clipping_per_reference_total() -> None:
    """Papineni's example: "the" seven times has 2 matches of 7; a short answer is made less of, never more."""
    frame = answers(["the the the the the the the"], [["The cat is on the mat", "There is a cat on the mat"]])
    items = Bleu(lowercase=True).items(frame)
    assert (items["matches_1"][0], items["ngrams_1"][0]) == (2, 7)
    short = Bleu().items(answers(["the cat sat on"], [["the cat sat on the mat now"]]))
    assert Bleu().total(short)["bleu"] == pytest.approx(100 * 2.718281828459045 ** (1 - 7 / 4))  # all n-grams match


def test_sentence_bleu_of_three_words() -> None:
    """Identical text of three words has no 4-gram: with effective order it scores 100, and chrF does in any case."""
    frame = answers(["the cat sat"], [["the cat sat"]])
    assert sacrebleu.sentence_bleu("the cat sat", ["the cat sat"], use_effective_order=False).score == 0
    assert Bleu().items(frame)["score"][0] == pytest.approx(100)
    assert Chrf().items(frame)["score"][0] == pytest.approx(100)


CHINESE = ["今天天气很好，我们去公园散步吧。", "他昨天在北京买了一本新书。"]
SAID = ["今天天气很好，我们去公园走走吧。", "他昨天在上海买了一本新书。"]
JAPANESE = ["今日はとても天気がいいので公園を散歩しましょう。", "彼は昨日東京で新しい本を買いました。"]


def test_tokenizer_for_chinese() -> None:
    """Under 13a a Chinese sentence is a word or two, and 0 is said of answers that differ in a word."""
    frame = answers(SAID, [[one] for one in CHINESE])
    assert sacrebleu.corpus_bleu(SAID, [CHINESE], tokenize="13a").score == 0
    right = sacrebleu.corpus_bleu(SAID, [CHINESE], tokenize="zh").score
    assert Bleu().total(Bleu().items(frame)) == {"bleu": pytest.approx(right, **EXACT), "bleu.uncut": 0}
    assert right > 60
    assert "tok:zh" in signature(Bleu(), frame)


@pytest.mark.parametrize("tokenizer", ["13a", "intl", "none"])
def test_a_silent_zero_is_refused(tokenizer: Any) -> None:
    frame = answers(SAID, [[one] for one in CHINESE])
    with pytest.raises(DataError, match="2 of 2 items in a script without spaces"):
        Bleu(tokenizer=tokenizer).items(frame)
    with pytest.raises(DataError, match="Use chrF"):
        Ter(normalized="no").items(frame)


def test_japanese_is_cut_into_characters() -> None:
    frame = answers(JAPANESE, [[one] for one in JAPANESE])
    assert "tok:char" in signature(Bleu(), frame)
    assert Bleu().total(Bleu().items(frame))["bleu"] == pytest.approx(100)
    with pytest.raises(DataError, match="does not cut"):
        Bleu(tokenizer="zh").items(frame)


def test_a_few_uncut_items_are_counted_and_a_slice_of_them_has_no_value() -> None:
    plain = ragged(random.Random(1), 6)
    mixed = pl.concat([plain, answers(SAID, [[one] for one in CHINESE])])
    items = Bleu(tokenizer="13a").items(mixed)
    assert Bleu().total(items)["bleu.uncut"] == 2 / 8
    assert Bleu().total(items)["bleu"] is not None
    assert Bleu().total(items[6:]) == {"bleu": None, "bleu.uncut": 1.0}
    assert Bleu().total(Bleu().items(mixed))["bleu.uncut"] == 0  # auto takes zh, which leaves words with spaces alone
    items = Ter(normalized="no").items(mixed)
    assert Ter().total(items[6:])["ter"] is None
    assert Ter().total(Ter().items(mixed))["ter.uncut"] == 0


def test_the_signature_tells_references_tokenizer_and_version() -> None:
    frame = answers(["a", "b"], [["a", "c"], ["b"]])
    version = sacrebleu.__version__
    assert signature(Bleu(), frame) == f"nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp|version:{version}"
    assert signature(Chrf(), frame[1:]) == f"nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:{version}"
    assert signature(Ter(), frame).startswith("nrefs:var|case:lc|tok:tercom|norm:no|punct:yes|asian:no")


def test_texts_that_are_too_long_for_ter_are_compared_up_to_a_length() -> None:
    """ "a b c d" against "a x c" at 2 words: one edit in the first two, and two words beyond."""
    items = Ter(longest=2).items(answers(["a b c d"], [["a x c"]]))
    assert (items["edits"][0], items["reference_length"][0], items["long"][0]) == (3, 3, True)
    assert Ter().total(items)["ter.long"] == 1
    looping = Ter().items(answers(["the cat " * 200_000], [["the cat sat"]]))
    assert looping["edits"][0] >= 400_000 - 3


@pytest.mark.parametrize("metric", [Bleu(), Chrf(), Ter()])
def test_empty_answers_and_odd_characters_are_scored(metric: Metric) -> None:
    frame = answers(["", None, "\0\x1b[0m", "\u2028 \ufeff", "the cat"], [["the cat"]] * 5)
    items = metric.items(frame)
    best = 0.0 if isinstance(metric, Ter) else 100.0
    assert items["score"][-1] == pytest.approx(best)
    assert [score == pytest.approx(best) for score in items["score"][:4]] == [False] * 4
    assert by_sacrebleu(metric, frame.with_columns(pl.col("prediction").fill_null(""))) == pytest.approx(
        metric.total(items)[next(iter(metric.names))], **EXACT
    )


@pytest.mark.parametrize("metric", [Bleu(), Chrf(), Ter()])
def test_an_item_without_a_reference_is_an_error_that_names_it(metric: Metric) -> None:
    with pytest.raises(DataError, match="1 of 2 test rows have no reference.*item 'r1'"):
        metric.items(answers(["a", "b"], [["a"], [None]]))


def test_without_sacrebleu_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bloomery\[metrics\]'"):
        Bleu().items(answers(["a"], [["a"]]))


@pytest.mark.parametrize("metric", [Bleu(), Chrf(), Ter()])
def test_every_value_has_a_name_and_a_sentence(metric: Metric) -> None:
    assert metric.total(metric.items(answers(["a b"], [["a b"]]))).keys() == metric.names.keys()
