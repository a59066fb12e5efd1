"""ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum (Lin 2004), for text in any script.

Precision is the share of the answer's tokens (n-grams; for L and Lsum tokens on a longest common subsequence) that are in the
reference, recall the share of the reference's that are in the answer, and F their harmonic mean 2PR / (P + R). Of several
references that counts which gives the best F, for each of the four by itself. The value over rows is the **mean of the items'
F**, as everywhere that ROUGE is reported, and not the F of mean precision and recall.

On ASCII text with words in it the figures are those of rouge_score, with two differences that are its traps:

- rouge_score knows no letters but a to z: two equal Chinese texts score 0. Here a word is a run of letters and digits of any
  script, from the key of the text (`bloomery.text.normalise`); scripts written without spaces count by characters; a text without
  any word counts by its characters.
- ROUGE-Lsum compares sentence with sentence, and rouge_score takes for a sentence what stands on a line. A text that was not put
  on lines is one sentence, so that the same two sentences in another order score .5. Here a sentence also ends at ``.``, ``!`` or
  ``?`` before a blank and a character that is not in lower case, and at ``。！？``; ``sentences: lines`` goes by lines alone.

A sentence of more than 10,000 tokens is cut there.
"""

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.errors import MissingExtraError
from bloomery.kernels import lcs
from bloomery.metrics.base import Made, Mean, Metric
from bloomery.metrics.references import told
from bloomery.text.characters import UNSPACED_SCRIPTS
from bloomery.text.normalise import changed, key

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

KINDS = {
    "rougeL": "the longest common subsequence of tokens",
    "rougeLsum": "the longest common subsequences of sentences",
    "rouge1": "single tokens",
    "rouge2": "pairs of tokens",
}
COLUMNS = tuple(f"{kind}{what}" for kind in KINDS for what in ("", ".precision", ".recall"))

_TOKEN = rf"[{UNSPACED_SCRIPTS}]|[[\p{{L}}\p{{M}}\p{{N}}]--[{UNSPACED_SCRIPTS}]]+"
_ENDS = r"""([.!?…]+["'”’)\]]*)\s+([^\s\p{Ll}])|([。！？｡]+[」』”’）]*)"""
_LONGEST = 10_000


class Texts(NamedTuple):
    """Text i has the sentences ``of[i]:of[i + 1]``, sentence s the tokens ``values[sentences[s]:sentences[s + 1]]``."""

    values: Ints  # equal numbers are equal tokens, from 0
    sentences: Ints
    of: Ints

    @property
    def offsets(self) -> Ints:
        """Where the tokens of each text begin, and the end."""
        return self.sentences[self.of]


class Rouge(Metric):
    """ROUGE-1, -2, -L and -Lsum: mean F over the items, 0 to 1; the score of an item is its ROUGE-L."""

    names: ClassVar[dict[str, str]] = {
        f"{kind}{what}": f"mean over the items of the {said} of {by}, against the best reference"
        for kind, by in KINDS.items()
        for what, said in (("", "F-score"), (".precision", "precision"), (".recall", "recall"))
    }
    made: ClassVar[Mapping[str, Made]] = {column: Mean(column) for column in COLUMNS}

    sentences: Literal["auto", "lines"] = "auto"
    """What a sentence is to ROUGE-Lsum: lines and punctuation, or lines alone as in rouge_score."""
    stemmer: bool = False
    """Whether English words are stemmed (Porter) first; needs the extra 'metrics'."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` (F of ROUGE-L), and F, precision and recall of each kind: ``rouge1``, ``rouge1.precision`` …

        Raises DataError if an item has no reference.
        """
        pairs = told(answers)
        said = answers["prediction"].fill_null("").rename("text")
        texts = tokenised(pl.concat([said, pairs["reference"].rename("text")]), self.sentences, stemmer=self.stemmer)
        rows = pairs["row"].cast(pl.Int64).to_numpy()
        known = np.arange(len(rows)) + answers.height
        found = pl.DataFrame(_scores(texts, known, rows)).with_columns(pairs["row"])
        best = [
            pl.col(kind + what).get(pl.col(kind).arg_max()) for kind in KINDS for what in ("", ".precision", ".recall")
        ]
        items = found.group_by("row", maintain_order=True).agg(best)
        return items.select(pl.col("rougeL").alias("score"), *COLUMNS)

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """The means: ``rouge1``, ``rouge1.precision``, ``rouge1.recall``, ``rouge2`` …, ``rougeL`` …, ``rougeLsum`` …"""
        return dict(items.select(pl.col(COLUMNS).mean()).row(0, named=True))


def tokenised(texts: pl.Series, sentences: Literal["auto", "lines"] = "auto", *, stemmer: bool = False) -> Texts:
    """The tokens of each text, by sentences.

    >>> found = tokenised(pl.Series(["Yes. No, yes!", "東京", "?!"]))
    >>> found.values.tolist(), found.sentences.tolist(), found.of.tolist()
    ([3, 2, 3, 5, 4, 1, 0], [0, 1, 3, 5, 7], [0, 2, 3, 4])
    """
    if sentences == "auto":
        texts = changed(
            texts, texts.str.contains(r"[.!?…。！？｡]"), lambda some: some.str.replace_all(_ENDS, "$1$3\n$2")
        )
    parts = texts.str.split("\n")
    counts = parts.list.len().cast(pl.Int64).to_numpy()
    keys = key(parts.explode(empty_as_null=True))
    lists = keys.str.extract_all(_TOKEN)
    of_text = np.repeat(np.arange(len(texts)), counts)
    lengths = lists.list.len().cast(pl.Int64).to_numpy()
    bare = np.bincount(of_text, weights=lengths, minlength=len(texts))[of_text] == 0
    lists = changed(
        lists, pl.Series(bare, dtype=pl.Boolean), lambda _: keys.filter(pl.Series(bare)).str.extract_all(r"\S")
    )
    lengths, counts = _cut(lists.list.len().cast(pl.Int64).to_numpy(), of_text, len(texts))
    return Texts(_numbers(lists.explode(empty_as_null=False), stemmer=stemmer), _offsets(lengths), _offsets(counts))


def _cut(lengths: Ints, of_text: Ints, texts: int) -> tuple[Ints, Ints]:
    """Lengths of the sentences, none longer than `_LONGEST`, and how many each text has."""
    pieces = np.maximum(1, -(-lengths // _LONGEST))
    found = np.full(int(pieces.sum()), _LONGEST, dtype=np.int64)
    found[np.cumsum(pieces) - 1] = lengths - (pieces - 1) * _LONGEST
    return found, np.bincount(of_text, weights=pieces, minlength=texts).astype(np.int64)


def _offsets(lengths: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _numbers(tokens: pl.Series, *, stemmer: bool) -> Ints:
    """A number for each token, the same for the same."""
    if len(tokens) == 0:
        return np.zeros(0, dtype=np.int64)
    if stemmer:
        distinct = tokens.unique()
        stems = pl.Series([_stem(token) for token in distinct.to_list()], dtype=pl.String)
        tokens = tokens.replace_strict(distinct, stems)
    return tokens.cast(pl.Enum(tokens.unique().sort())).to_physical().cast(pl.Int64).to_numpy()


def _stem(token: str) -> str:
    return str(_porter().stem(token)) if len(token) > 3 and token.isascii() else token


def _porter() -> Any:
    try:
        porter: Any = importlib.import_module("nltk.stem.porter")
    except ImportError:
        raise MissingExtraError("ROUGE with stems", "metrics") from None
    return porter.PorterStemmer()


def _scores(texts: Texts, known: Ints, said: Ints) -> dict[str, Floats]:
    """F, precision and recall of each kind for the pairs of a reference ``known[k]`` and an answer ``said[k]``."""
    offsets = texts.offsets
    sizes = np.diff(offsets)
    single = lcs.shared(_sorted(texts.values, offsets), offsets, known, said)
    double, pairs = _bigrams(texts.values, offsets)
    hits = {
        "rouge1": (single, sizes),
        "rouge2": (lcs.shared(_sorted(double, pairs), pairs, known, said), np.diff(pairs)),
        "rougeL": (lcs.lengths(texts.values, offsets, known, said), sizes),
        "rougeLsum": (lcs.unions(texts.values, texts.sentences, texts.of, known, said), sizes),
    }
    found = {}
    for kind, (hit, size) in hits.items():
        precision, recall = hit / np.maximum(size[said], 1), hit / np.maximum(size[known], 1)
        both = precision + recall
        found[kind] = 2 * precision * recall / np.where(both > 0, both, 1)
        found[f"{kind}.precision"], found[f"{kind}.recall"] = precision, recall
    return found


def _sorted(values: Ints, offsets: Ints) -> Ints:
    """The values in order within each text."""
    most = int(values.max(initial=0)) + 1
    text = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)) * most
    found: Ints = np.sort(values + text) - text
    return found


def _bigrams(values: Ints, offsets: Ints) -> tuple[Ints, Ints]:
    """A number for each two tokens that follow each other in a text, and where those of each text begin."""
    last = np.zeros(len(values), dtype=np.bool_)
    last[offsets[1:][np.diff(offsets) > 0] - 1] = True
    first = np.flatnonzero(~last)
    codes = values[first] * (int(values.max(initial=0)) + 1) + values[np.minimum(first + 1, max(0, len(values) - 1))]
    numbers = np.unique(codes, return_inverse=True)[1].astype(np.int64)
    return numbers, _offsets(np.maximum(np.diff(offsets) - 1, 0))
