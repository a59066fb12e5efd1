"""Wrong items that are wrong alike, so that a reader sees ten kinds of failure and not a thousand items.

labels     what was expected and what came: "billing → account", refused, unparsed
texts      items that got the same wrong answer (letters' case and spaces apart), then those of nearly the same prompt (half of
           their pairs of neighbouring words are the same; groups hang together by such pairs)

Nothing is understood here and nothing is guessed: a group says only what its items have in common. Of more than `LOOKED` wrong
items, some from all over the test are looked at, which is said.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from bloomery.web.visible import cut

LOOKED = 2_000  # wrong items whose texts are compared
GROUPS = 10  # that are told
LEAST = 3  # items of a group
EXAMPLES = 3  # items that are shown of each
_ALIKE = 0.5  # part of the pairs of neighbouring words
_KEY = 400  # characters by which answers are the same


class Group(NamedTuple):
    """Items with something in common."""

    kind: str  #: labels, answer, prompt
    label: str
    size: int
    items: list[dict[str, Any]]


class Grouped(NamedTuple):
    """All groups, and what they are of."""

    groups: list[Group]
    wrong: int
    looked: int
    alone: int  #: of those looked at, items in no group that is told


def grouped(wrong: pl.DataFrame, *, labels: bool) -> Grouped:
    """Groups of `wrong` (``item, prompt, prediction, references, state``), the largest first; by label where `labels` says so.

    Of texts some from all over `wrong` are looked at.
    """
    some = wrong if labels else wrong.gather_every(max(1, -(-wrong.height // LOOKED)))
    found = list(_by_label(some) if labels else _by_text(some))
    found.sort(key=lambda one: -one.size)
    kept = found[:GROUPS]
    return Grouped(kept, wrong.height, some.height, some.height - sum(one.size for one in kept))


def _by_label(wrong: pl.DataFrame) -> Iterator[Group]:
    """Expected → said, by the first reference."""
    said = pl.when(pl.col("state") == "answered").then(pl.col("prediction").str.strip_chars()).otherwise("state")
    pairs = wrong.with_columns(expected=pl.col("references").list.first().fill_null("nothing"), said=said)
    counts = pairs.group_by("expected", "said", maintain_order=True).len().filter(pl.col("len") >= LEAST)
    for expected, what, count in counts.sort("len", descending=True, maintain_order=True).head(GROUPS).iter_rows():
        mine = pairs.filter((pl.col("expected") == expected) & pl.col("said").eq_missing(what))
        yield Group("labels", f"{cut(expected, 80)} → {cut(what or 'nothing', 80)}", count, _examples(mine))


def _by_text(wrong: pl.DataFrame) -> Iterator[Group]:
    key = pl.col("prediction").str.slice(0, _KEY).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    keyed = wrong.with_columns(key=key)
    counts = keyed.group_by("key", maintain_order=True).len().filter(pl.col("len") >= LEAST)
    for one, count in counts.sort("len", descending=True, maintain_order=True).iter_rows():
        mine = keyed.filter(pl.col("key").eq_missing(one))
        yield Group("answer", cut(mine["prediction"][0] or "", 200), count, _examples(mine))
    rest = keyed.join(counts, on="key", how="anti", nulls_equal=True, maintain_order="left")
    for rows in _alike(rest["prompt"].fill_null("")):
        mine = rest[rows]
        yield Group("prompt", cut(mine["prompt"][0] or "", 200), len(rows), _examples(mine))


def _alike(prompts: pl.Series) -> Iterator[list[int]]:
    """Rows whose prompts hang together by pairs that are alike (Jaccard similarity of their pairs of neighbouring words)."""
    if len(prompts) < LEAST:
        return
    from scipy import sparse

    known: dict[tuple[str, ...], int] = {}
    rows = [sorted({known.setdefault(pair, len(known)) for pair in _pairs_of(text)}) for text in prompts]
    size = np.array([len(row) for row in rows])
    ends = np.concatenate([[0], np.cumsum(size)])
    places = np.concatenate([np.array(row, dtype=np.int64) for row in rows])
    table = sparse.csr_matrix((np.ones(len(places)), places, ends), shape=(len(rows), max(len(known), 1)))
    both = (table @ table.T).tocoo()
    near = both.data >= _ALIKE * (size[both.row] + size[both.col] - both.data)
    links = sparse.coo_matrix((np.ones(near.sum()), (both.row[near], both.col[near])), shape=both.shape)
    _, home = sparse.csgraph.connected_components(links, directed=False)
    order = np.argsort(home, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(home[order])) + 1):
        if len(mine) >= LEAST:
            yield mine.tolist()


#: words, and by itself each character of scripts without spaces
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|\w+")
_READ = 20_000  # characters of a prompt


def _pairs_of(text: str) -> Iterator[tuple[str, ...]]:
    """Neighbouring words; of a single word itself."""
    words = _WORD.findall(text[:_READ].casefold())
    return pairwise(words) if len(words) > 1 else iter([(word,) for word in words])


def _examples(mine: pl.DataFrame) -> list[dict[str, Any]]:
    columns = ["item", "prompt", "prediction", "references", "state"]
    return mine.select(columns).head(EXAMPLES).to_dicts()


def reasons(scores: pl.DataFrame, answers: pl.DataFrame) -> list[tuple[str, str, int, Sequence[str]]]:
    """Why items have no score: metric, reason, how many, and the first of them; the call's own error where it is known."""
    lost = scores.filter(pl.col("value").is_null())
    if "call_error" in answers.columns:
        lost = lost.join(answers.select("item", "call_error"), on="item", how="left", maintain_order="left")
        both = pl.concat_str(pl.col("error"), pl.lit(": "), pl.col("call_error"))
        lost = lost.with_columns(error=pl.when(pl.col("call_error").is_null()).then("error").otherwise(both))
    grouped_by = lost.group_by("metric", "error", maintain_order=True).agg(
        count=pl.len(), first=pl.col("item").head(EXAMPLES * 4)
    )
    return list(grouped_by.iter_rows())
