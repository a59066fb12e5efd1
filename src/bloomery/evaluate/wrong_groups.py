"""Wrong items that are wrong alike, so that a reader sees ten kinds of failure and not a thousand items.

labels     what was expected and what came: "billing → account", refused, unparsed
texts      items that got the same wrong answer (letters' case and spaces apart), then those of nearly the same prompt (half of
           their pairs of neighbouring words are the same; groups hang together by such pairs)

Nothing is understood here and nothing is guessed: a group says only what its items have in common. Of more than `LOOKED` wrong
items, some from all over the test are looked at, which is said.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from bloomery.text.similar import components, sets_of
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
    """Rows whose prompts hang together by pairs that are alike."""
    if len(prompts) < LEAST:
        return
    from bloomery.text.linked import linked
    from bloomery.text.shingles import shingles
    from bloomery.text.tokens import tokens

    sets = sets_of(shingles(tokens(prompts.str.slice(0, 20_000)), 2))
    root = components(linked(sets, _ALIKE), len(prompts))
    order = np.argsort(root, kind="stable")
    starts = np.flatnonzero(np.diff(root[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        if len(rows) >= LEAST:
            yield rows.tolist()


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
