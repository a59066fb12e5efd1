"""Metrics of generated text, code and probabilities: counts of n-grams small enough to be made by hand."""

import json
import tempfile
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np

from bloomery.cli.selfcheck.answers import answers, metric_check, values
from bloomery.cli.selfcheck.check import Check, digits
from bloomery.cli.selfcheck.needs import MODELS, folder_of

# letters for words: abcde for abcdf has 4/5, 3/4, 2/3, 1/2 of its n-grams, product .2; abcd for abcdxy all, and is 2 short of 6
_LETTERS = answers(["a b c d e", "a b c d"], ["a b c d f", "a b c d x y"])
_BLEU = 100 * exp(1 - 11 / 9) * (8 / 9 * 6 / 7 * 4 / 5 * 2 / 3) ** 0.25
_SENTENCES = [100 * 0.2**0.25, 100 * exp(1 - 6 / 4)]


def _chrf(precisions: list[float], recalls: list[float]) -> float:
    """The mean over orders of both, then F with β = 2: 5PR/(4P + R)."""
    p, r = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return 100 * 5 * p * r / (4 * p + r)


_SPLIT = answers(["abc", "abc"], ["abc", "abcd"])
_SECOND = _chrf([1, 1, 1, 0], [3 / 4, 2 / 3, 1 / 2, 0])
_CHINESE = answers(["我们今天去北京"], ["我们今天去北京"])
_GUNMAN = answers(
    ["police kill the gunman", "the gunman kill police", "a"],
    ["police killed the gunman", "police killed the gunman", "a b"],
)
_KNOWN = [-2.0] * 10, [-0.5] * 190

#: a model of two words: cat is (1, 0), dog is (.6, .8)
_TOKENIZER = {
    "version": "1.0",
    "added_tokens": [],
    "normalizer": {"type": "Lowercase"},
    "pre_tokenizer": {"type": "Whitespace"},
    "model": {"type": "WordLevel", "vocab": {"[PAD]": 0, "[UNK]": 1, "cat": 2, "dog": 3}, "unk_token": "[UNK]"},
}
_VECTORS = np.array([[0, 0], [0, 0], [1, 0], [0.6, 0.8]], dtype=np.float32)


def _two_words() -> dict[str, Any]:
    """The metric with that model, written to a folder that goes away."""
    shape = {"dtype": "F32", "shape": list(_VECTORS.shape), "data_offsets": [0, _VECTORS.nbytes]}
    head = json.dumps({"embeddings": shape}).encode()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.json").write_text(json.dumps({"model_type": "model2vec", "normalize": False}))
        (folder / "tokenizer.json").write_text(json.dumps(_TOKENIZER))
        (folder / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + _VECTORS.tobytes())
        return values("embedding_similarity", _CATS, list(_CATS_EXPECTED), model=name)


_CATS = answers(["cat", "cat", "zzz"], ["cat", ["dog", "zzz"], "cat"])
_CATS_EXPECTED = {
    "embedding_similarity": 0.8,
    "embedding_similarity.unread": 1 / 3,
    "score": [1.0, 0.6, None],
}

_WEATHER = answers(
    ["The weather is lovely today.", "The weather is lovely today.", "It's so sunny outside!"],
    ["It's so sunny outside!", "He drove to the stadium.", "He drove to the stadium."],
)


def _mini_lm() -> dict[str, Any]:
    """The metric with a model that is in use: its weights are those of a package."""
    model = folder_of(MODELS["model: MiniLM"][0])
    return values("embedding_similarity", _WEATHER, ["score", "embedding_similarity.unread"], model=model)


CHECKS = (
    metric_check(
        "bleu",
        "corpus BLEU of two short texts, one too short",
        _LETTERS,
        {"bleu": _BLEU, "bleu.uncut": 0.0, "score": _SENTENCES},
        "Papineni 2002: e^(1 − 11/9) (8/9 · 6/7 · 4/5 · 2/3)^¼",
        needs=("metrics",),
    ),
    metric_check(
        "bleu",
        "the second reference counts, also where others have one",
        answers(["a b c d", "a b c d"], [["x y z w", "a b c d"], "a b c d"]),
        {"bleu": 100.0},
        "equal to a reference: 100",
        needs=("metrics",),
    ),
    metric_check(
        "bleu",
        "two equal Chinese texts: 100, not 0",
        _CHINESE,
        {"bleu": 100.0},
        "equal: 100",
        needs=("metrics",),
    ),
    metric_check(
        "bleu",
        "a sentence of three words equal to its reference: 100, not 0",
        answers(["a b c"], ["a b c"]),
        {"score": [100.0]},
        "no run of four words to count: effective order",
        needs=("metrics",),
    ),
    metric_check(
        "chrf",
        "chrF++ of abc for abc and abc for abcd",
        _SPLIT,
        {
            "chrf": _chrf([1, 1, 1, 1 / 2], [6 / 7, 4 / 5, 2 / 3, 1 / 2]),
            "score": [100.0, _SECOND],
        },
        "Popović 2017: P = (1 + 1 + 1 + ½)/4, R = (6/7 + 4/5 + 2/3 + ½)/4, β = 2",
        needs=("metrics",),
    ),
    metric_check(
        "ter",
        "one word replaced of four, one moved of two",
        answers(["a b c x", "b a"], ["a b c d", "a b"]),
        {"ter": 200 / 6, "ter.long": 0.0, "ter.uncut": 0.0, "score": [25.0, 50.0]},
        "Snover 2006: 2 edits of 6 words",
        needs=("metrics",),
    ),
    metric_check(
        "rouge",
        "police kill the gunman, the gunman kill police; a for ab",
        _GUNMAN,
        {
            "rougeL": (3 / 4 + 2 / 4 + 2 / 3) / 3,
            "rougeL.precision": (3 / 4 + 2 / 4 + 1) / 3,
            "rougeL.recall": (3 / 4 + 2 / 4 + 1 / 2) / 3,
            "rougeLsum": (3 / 4 + 2 / 4 + 2 / 3) / 3,
            "rougeLsum.precision": (3 / 4 + 2 / 4 + 1) / 3,
            "rougeLsum.recall": (3 / 4 + 2 / 4 + 1 / 2) / 3,
            "rouge1": (3 / 4 + 3 / 4 + 2 / 3) / 3,
            "rouge1.precision": (3 / 4 + 3 / 4 + 1) / 3,
            "rouge1.recall": (3 / 4 + 3 / 4 + 1 / 2) / 3,
            "rouge2": (1 / 3 + 1 / 3) / 3,
            "rouge2.precision": (1 / 3 + 1 / 3) / 3,
            "rouge2.recall": (1 / 3 + 1 / 3) / 3,
            "score": [3 / 4, 2 / 4, 2 / 3],
        },
        "Lin 2004, 3.1: ROUGE-L 3/4 and 2/4",
        needs=("compiled: rouge",),
    ),
    metric_check(
        "rouge",
        "two sentences in another order; two equal Chinese texts",
        answers(["He ate. She slept.", "我们今天去北京"], ["She slept. He ate.", "我们今天去北京"]),
        {"rougeLsum": 1.0, "rouge1": 1.0, "score": [1 / 2, 1.0]},
        "sentence by sentence: 1, not .5; any script: 1, not 0",
        needs=("compiled: rouge",),
    ),
    Check(
        "metrics.embedding_similarity",
        "cat for cat, cat for dog, an unknown word",
        _two_words,
        _CATS_EXPECTED,
        "cosines 1 and .6 of (1, 0) and (.6, .8)",
        1e-6,
        ("embed",),
    ),
    Check(
        "metrics.embedding_similarity",
        "three sentences by all-MiniLM-L6-v2",
        _mini_lm,
        {"score": [0.6660, 0.1046, 0.1411], "embedding_similarity.unread": 0.0},
        "Sentence Transformers, quickstart of the documentation",
        digits(4),
        ("model: MiniLM",),
    ),
    metric_check(
        "code",
        "2 of 4 samples pass, 4 of 4 pass",
        answers(["", ""], ["x", "x"], passed=[[True, True, False, False], [True] * 4]),
        {
            "pass_rate": (1 / 2 + 1) / 2,
            "pass@2": (5 / 6 + 1) / 2,
            "pass^2": (1 / 6 + 1) / 2,
            "pass@1": (1 / 2 + 1) / 2,
            "score": [1 / 2, 1.0],
        },
        "Chen 2021, eq. 1: 1 − C(2, 2)/C(4, 2); Yao 2024: C(2, 2)/C(4, 2)",
        k=(1, 2),
    ),
    metric_check(
        "perplexity",
        "10 tokens at 2.0, 190 at .5",
        answers(["", ""], ["é b", "a"], logprobs=list(_KNOWN), text=["é b", "a"]),
        {
            "nll": 0.575,
            "perplexity": exp(0.575),
            "bits_per_byte": 115 / log(2) / 5,
            "perplexity.word": exp(115 / 3),
            "score": [2.0, 0.5],
        },
        "(10 · 2 + 190 · ½)/200: 1.78, not 4.52 or 3.49",
        text="text",
    ),
    metric_check(
        "perplexity",
        "NLL 2.0",
        answers(["x"], ["x"], logprobs=[[-2.0, -2.0]]),
        {"perplexity": 7.38905609893065},
        "e² = 7.389",
    ),
    metric_check(
        "health",
        "ababab, xy, and Cyrillic for Latin",
        answers(["a b a b a b", "x y", "Привет"], ["a", "a", "a"]),
        {
            "repetition": 3 / 6,
            "repetition.looping": 1 / 3,
            "length.words": 3.0,
            "length.characters": 20 / 3,
            "blank": 0.0,
            "script.latin": 8 / 14,
            "script.cyrillic": 6 / 14,
            "script.switched": 1 / 3,
            "score": [3 / 5, 0.0, None],
        },
        "Welleck 2020, rep-2: ab, ba, ab, ba, ab has 2 different of 5",
        n=2,
        needs=("compiled: words",),
    ),
    metric_check(
        "diversity",
        "abcd and abca",
        answers(["a b c d", "a b c a"], ["x", "x"]),
        {
            "distinct.own": (1 + 3 / 4) / 2,
            "distinct.1": 4 / 8,
            "distinct.2": 4 / 6,
            "distinct.3": 3 / 4,
            "distinct.4": 1.0,
            "self_bleu": 100 * (3 / 4 * 2 / 3 * 1 / 2 * 1 / 2) ** 0.25,
            "score": [1.0, 3 / 4],
        },
        "Li 2016; Zhu 2018: each has 3/4, 2/3, 1/2 of the other's n-grams, and none of 1 smoothed to ½",
        needs=("metrics", "compiled: words"),
    ),
)
