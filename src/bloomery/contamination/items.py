"""The test side: what is looked for.

Each test item is looked for in several ways, its *tiers*:

    verbatim      the whole text: prompt and completion, in reading order
    question      what the user says; turns that an answer separates are separate segments
    answer_only   the answer, from 8 tokens on (a shorter one is found everywhere and proves nothing); does not count
    frame         the template that it shares with other items, if any; does not count

and the question (the whole text where there is none) also for being nearly there (`bloomery.contamination.near`): *near*, or
*twin* where only the values differ.

A tier is a list of segments, runs of tokens. A segment of `n` tokens or more is looked for by its distinct n-grams, a shorter
one whole, as one gram of its own length; a segment counts by its length.

A target of fewer than `n` tokens is *short*. "exchange rate" stands in many longer questions that are not about the same, so
a short text is contaminated only where a whole field of a training row is equal to it: a part, a turn, all prompts, the whole
row. Where a longer row merely holds it, that is the tier `short_contained`, which does not count. A text of 1 to 3 tokens
("Hello") is found in any long text, so it is not looked for inside of others, and must be equal to a prompt.

Boilerplate is not evidence: what stands in many distinct items (see `template_of`) is a template, and the tokens that its
grams cover are cut out of every segment before grams are taken. If nothing is left, the item *is* the boilerplate and is
kept whole. Equality of a whole field is always evidence, template or not.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.schema import Batch
from bloomery.text.shingles import ngrams, shingles
from bloomery.text.tokens import Ragged, tokens

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
SHORT, SHORT_NEAR, FORMAT, PARAPHRASE = "short_contained", "short_near", "format_match", "suspected_paraphrase"
#: an item's tier is the first that holds
TIERS = ("verbatim", "question", "near", SHORT, SHORT_NEAR, "answer_only", FORMAT, PARAPHRASE)
SOUGHT = ("verbatim", "question", "answer_only")
FRAME, NEAR, TWIN = "frame", "near", "twin"  # what else is looked for; `frame` and `twin` are format matches
TINY = 3  # tokens; so short a text must be equal to a whole field
ANSWER = 8  # tokens from which an answer is looked for
ROLES = {"verbatim": ("prompt", "completion", "text"), "question": ("prompt",), "answer_only": ("completion",)}
ROLES[FRAME] = ROLES["verbatim"]


class Part(NamedTuple):
    """A piece of text of a row."""

    role: str
    text: str
    tokens: U64


class Segment(NamedTuple):
    """A run of tokens of a tier; `start` is its place among the tier's tokens."""

    start: int
    tokens: U64


class Target(NamedTuple):
    """Something to look for, shared by all items that say the same."""

    tier: str
    texts: tuple[str, ...]  # the parts it is made of
    whole: U64  # all tokens, boilerplate too
    bare: tuple[Segment, ...]  # what is left without boilerplate
    segments: tuple[Segment, ...]  # of that, what is looked for inside of other texts
    short: bool  # together fewer than n tokens

    @property
    def forms(self) -> list[list[Segment]]:
        """What a whole field may be equal to: all of it; or what is left, if that is not tiny."""
        left = sum(len(segment.tokens) for segment in self.bare)
        return [[Segment(0, self.whole)], *([list(self.bare)] if TINY < left < len(self.whole) else [])]


class Item(NamedTuple):
    """A test row: its id and the numbers of its targets, by tier."""

    id: str
    targets: dict[str, int]


class Template(NamedTuple):
    """What many items have in common."""

    grams: U64  # sorted
    pieces: list[list[Segment]]  # what is left of segments without them
    fragments: frozenset[bytes]  # short runs of tokens that remain between them and are as common


class Items(NamedTuple):
    """All that is looked for."""

    items: list[Item]
    targets: list[Target]  # first those that grams are looked for, then `near` ones, then as many that may be twins
    near: int  # how many of these
    boilerplate: int  # n-grams that were taken for a template
    unasked_answers: int  # answers too short to look for


def parts_of(batch: Batch) -> list[list[Part]]:
    """The parts of each row, in reading order."""
    split = tokens(batch.parts["text"])
    rows: dict[int, list[Part]] = {n: [] for n in batch.rows["n"]}
    columns = batch.parts.select("n", pl.col("role").cast(pl.String), "text").iter_rows()
    for k, (n, role, text) in enumerate(columns):
        rows[n].append(Part(role, text, split.values[split.offsets[k] : split.offsets[k + 1]]))
    return list(rows.values())


def build(rows: Iterable[tuple[str, list[Part]]], n: int) -> Items:
    """The items of test rows (id and parts), and their targets, each distinct one once."""
    known = list(rows)
    segments = [_segments(tier, parts) for _, parts in known for tier in SOUGHT]
    common, pieces, fragments = template_of([parts for _, parts in known], segments, n)
    found: dict[tuple[str, bytes], int] = {}
    targets: list[Target] = []
    items, short = [], 0

    def number(target: Target) -> int:
        whole = b"" if target.tier == FRAME else target.whole.tobytes()
        key = (target.tier, b"|".join(s.tokens.tobytes() for s in target.segments) + whole)
        if key not in found:
            found[key] = len(targets)
            targets.append(target)
        return found[key]

    for place, (row_id, parts) in enumerate(known):
        mine: dict[str, int] = {}
        for at, tier in enumerate(SOUGHT, place * len(SOUGHT)):
            left = (
                [piece for piece in pieces[at] if piece.tokens.tobytes() not in fragments] if fragments else pieces[at]
            )
            target = _target(tier, parts, tuple(left or segments[at]), n)
            if target is None or (tier != "verbatim" and _same(target, mine, targets)):
                continue
            if tier == "answer_only" and len(target.whole) < ANSWER:
                short += 1
                continue
            mine[tier] = number(target)
        if "verbatim" in mine and pieces[place * len(SOUGHT)] and len(common):
            frame = _frame(targets[mine["verbatim"]], pieces[place * len(SOUGHT)], n)
            mine |= {FRAME: number(frame)} if frame else {}
        items.append(Item(row_id, mine))
    near = _nearly(items, targets)
    return Items(items, targets, near, len(common), short)


def _frame(whole: Target, left: Sequence[Segment], n: int) -> Target | None:
    """What was cut out of a text, in runs of `n` tokens and more: the template without its content."""
    if sum(len(segment.tokens) for segment in left) > len(whole.whole) - n:
        return None
    edges = [0, *(edge for s in left for edge in (s.start, s.start + len(s.tokens))), len(whole.whole)]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    cut = tuple(Segment(low, whole.whole[low:high]) for low, high in gaps if high - low >= n)
    return Target(FRAME, whole.texts, np.concatenate([s.tokens for s in cut]), cut, cut, False) if cut else None


def _nearly(items: Sequence[Item], targets: list[Target]) -> int:
    """Add what may be nearly there, each distinct question (or text, where there is no question) once; how many."""
    asked = [item.targets.get("question", item.targets.get("verbatim", -1)) for item in items]
    bases = list(dict.fromkeys(base for base in asked if base >= 0 and len(targets[base].whole) > TINY))
    numbers = {base: len(targets) + place for place, base in enumerate(bases)}
    targets += [targets[base]._replace(tier=tier) for tier in (NEAR, TWIN) for base in bases]
    for item, base in zip(items, asked, strict=True):
        if base in numbers:
            item.targets[NEAR] = numbers[base]
            if not targets[base].short:
                item.targets[TWIN] = numbers[base] + len(bases)
    return len(bases)


def template_of(rows: Sequence[Sequence[Part]], segments: Sequence[list[Segment]], n: int) -> Template:
    """What stands in so many distinct texts that it is a template; `segments` are those of each row and tier, row by row.

    Many is more than 10 texts and 1 % of them; where there are few texts, more than half of them, and at least 3.
    """
    texts = {_joined(parts, ROLES["verbatim"]).tobytes(): number for number, parts in enumerate(rows)}
    many = max(2.0, min(len(texts) / 2, max(10.0, len(texts) / 100)))
    sets = shingles(ragged([_joined(rows[number], ROLES["verbatim"]) for number in texts.values()]), n)
    found, count = np.unique(sets.values, return_counts=True)
    common = found[count > many]
    pieces = _pieces(segments, common, n)
    short: Counter[bytes] = Counter()
    for number in texts.values() if len(common) else ():
        mine = (piece for tier in range(len(SOUGHT)) for piece in pieces[number * len(SOUGHT) + tier])
        short.update({piece.tokens.tobytes() for piece in mine if len(piece.tokens) < n})
    return Template(common, pieces, frozenset(run for run, times in short.items() if times > many))


def ragged(runs: Sequence[U64]) -> Ragged:
    """Runs of tokens, one a row."""
    values = np.concatenate([np.zeros(0, dtype=np.uint64), *runs])
    return Ragged(values, np.cumsum([0, *map(len, runs)], dtype=np.int64))


def _joined(parts: Sequence[Part], roles: Sequence[str]) -> U64:
    return _chained([part.tokens for part in parts if part.role in roles])


def _chained(runs: Sequence[U64]) -> U64:
    return runs[0] if len(runs) == 1 else np.concatenate([np.zeros(0, dtype=np.uint64), *runs])


def _target(tier: str, parts: Sequence[Part], bare: tuple[Segment, ...], n: int) -> Target | None:
    """A tier of a row; None if it has no tokens."""
    mine = [part for part in parts if part.role in ROLES[tier]]
    whole = _joined(mine, ROLES[tier])
    if not len(whole):
        return None
    found = tuple(piece for piece in bare if len(piece.tokens) > TINY)
    short = sum(len(piece.tokens) for piece in found) < n
    return Target(tier, tuple(part.text for part in mine), whole, bare, found, short)


def _same(target: Target, mine: dict[str, int], targets: Sequence[Target]) -> bool:
    """Whether the whole text is nothing but this."""
    return "verbatim" in mine and np.array_equal(targets[mine["verbatim"]].whole, target.whole)


def _segments(tier: str, parts: Sequence[Part]) -> list[Segment]:
    """Tokens of neighbouring parts of a tier together; a part of another role that speaks separates them."""
    runs: list[list[U64]] = [[]]
    for part in parts:
        if part.role in ROLES[tier]:
            runs[-1].append(part.tokens)
        elif part.role in ("prompt", "completion", "tool") and tier != "verbatim":
            runs.append([])
    joined = [_chained(run) for run in runs if run]
    starts = accumulate(map(len, joined), initial=0)
    return [Segment(start, run) for start, run in zip(starts, joined, strict=False) if len(run)]


def _pieces(segments: Sequence[list[Segment]], common: U64, n: int) -> list[list[Segment]]:
    """What is left of the segments when the tokens that template grams cover are cut out."""
    if not len(common):
        return list(segments)
    runs = ngrams(ragged([segment.tokens for some in segments for segment in some]), n)
    hits = np.flatnonzero(common[np.minimum(common.searchsorted(runs.values), len(common) - 1)] == runs.values)
    hit = np.searchsorted(hits, runs.offsets).tolist()
    pieces, at = [], 0
    for some in segments:
        left: list[Segment] = []
        for segment in some:
            first, last = hit[at], hit[at + 1]
            left += _without(segment, hits[first:last] - runs.offsets[at], n) if first < last else [segment]
            at += 1
        pieces.append(left)
    return pieces


def _without(segment: Segment, hits: Ints, n: int) -> list[Segment]:
    """What is left of a segment without the runs of `n` tokens that begin at `hits`."""
    covered = np.zeros(len(segment.tokens) + 1, dtype=np.int64)
    np.add.at(covered, hits, 1)
    np.add.at(covered, hits + n, -1)
    free = np.cumsum(covered[:-1]) == 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int8)))
    return [
        Segment(segment.start + int(low), segment.tokens[low:high])
        for low, high in zip(edges[::2], edges[1::2], strict=True)
    ]
