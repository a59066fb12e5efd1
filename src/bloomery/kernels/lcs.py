"""Longest common subsequences of lists of tokens (numbers), 64 tokens at a time (Hyyrö 2004).

Of the table t of ROUGE, t[i, j] is the length for the first i tokens of the reference and the first j of the answer. Down a
column neighbours differ by 0 or 1, so a column is a row of bits; a bit of ``column`` is 0 where t grows. The next column follows
from the last by one addition over all of its bits. Following the path back needs no more than these bits: where no
two tokens meet, rouge_score goes to j - 1 if t[i, j - 1] > t[i - 1, j], which is so just if t[i, j] > t[i - 1, j].
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel

Ints = npt.NDArray[np.int64]

_FULL = np.uint64(0xFFFFFFFFFFFFFFFF)


def lengths(values: Ints, offsets: Ints, first: Ints, second: Ints) -> Ints:
    """Length of the longest common subsequence of the lists ``first[k]`` and ``second[k]``. Shape: (pairs,).

    List i is ``values[offsets[i]:offsets[i + 1]]``.
    """
    found: Ints = _lengths(values, offsets, first, second)
    return found


def shared(values: Ints, offsets: Ints, first: Ints, second: Ints) -> Ints:
    """How many members two multisets share; lists as in `lengths`, but sorted. Shape: (pairs,)."""
    found: Ints = _shared(values, offsets, first, second)
    return found


def unions(values: Ints, sentences: Ints, offsets: Ints, first: Ints, second: Ints) -> Ints:
    """Hits of the summary-level ROUGE-L of answers ``second[k]`` against references ``first[k]``. Shape: (pairs,).

    Text i has the sentences ``offsets[i]:offsets[i + 1]``, and sentence s the tokens ``values[sentences[s]:sentences[s + 1]]``.
    For each sentence of the reference, the tokens on a longest common subsequence with any sentence of the answer are united;
    a token hits no more often than it occurs in the answer.
    """
    found: Ints = _unions(values, sentences, offsets, first, second)
    return found


@kernel
def _shared(values: Any, offsets: Any, first: Any, second: Any) -> Any:
    found = np.zeros(len(first), dtype=np.int64)
    for k in range(len(first)):
        i, j = offsets[first[k]], offsets[second[k]]
        while i < offsets[first[k] + 1] and j < offsets[second[k] + 1]:
            if values[i] == values[j]:
                found[k] += 1
                i += 1
                j += 1
            elif values[i] < values[j]:
                i += 1
            else:
                j += 1
    return found


@helper
def _step(token: Any, keys: Any, order: Any, column: Any, after: Any, match: Any) -> None:
    """The column `after` that follows `column`, for one more token of the answer; `match` is zeros, and again at the end."""
    at = np.searchsorted(keys, token)
    end = at
    while end < len(keys) and keys[end] == token:
        match[order[end] >> 6] |= np.uint64(1) << np.uint64(order[end] & 63)
        end += 1
    carry = np.uint64(0)
    for w in range(len(column)):
        old = column[w]
        met = old & match[w]
        total = old + met
        over = total < old
        total += carry
        over |= total < carry
        after[w] = total | (old & ~match[w])
        carry = np.uint64(1) if over else np.uint64(0)
    for place in range(at, end):
        match[order[place] >> 6] = np.uint64(0)


@helper
def _zeros(column: Any, size: Any) -> Any:
    """How many of the first `size` bits are 0."""
    found = 0
    for i in range(size):
        if not (column[i >> 6] >> np.uint64(i & 63)) & np.uint64(1):
            found += 1
    return found


@kernel
def _lengths(values: Any, offsets: Any, first: Any, second: Any) -> Any:
    found = np.zeros(len(first), dtype=np.int64)
    for k in range(len(first)):
        a = values[offsets[first[k]] : offsets[first[k] + 1]]
        b = values[offsets[second[k]] : offsets[second[k] + 1]]
        if len(a) == 0 or len(b) == 0:
            continue
        order = np.argsort(a, kind="mergesort")
        keys = a[order]
        words = (len(a) + 63) >> 6
        column, match = np.full(words, _FULL, dtype=np.uint64), np.zeros(words, dtype=np.uint64)
        for token in b:
            _step(token, keys, order, column, column, match)
        found[k] = _zeros(column, len(a))
    return found


@helper
def _trace(a: Any, b: Any, hit: Any) -> None:
    """Mark the places of `a` that are on the longest common subsequence with `b` that rouge_score finds."""
    order = np.argsort(a, kind="mergesort")
    keys = a[order]
    words = (len(a) + 63) >> 6
    table = np.full((len(b) + 1, words), _FULL, dtype=np.uint64)
    match = np.zeros(words, dtype=np.uint64)
    for j in range(len(b)):
        _step(b[j], keys, order, table[j], table[j + 1], match)
    i, j = len(a), len(b)
    while i > 0 and j > 0:
        if a[i - 1] == b[j - 1]:
            hit[i - 1] = True
            i -= 1
            j -= 1
        elif (table[j, (i - 1) >> 6] >> np.uint64((i - 1) & 63)) & np.uint64(1):
            i -= 1
        else:
            j -= 1


@helper
def _take(token: Any, keys: Any, left: Any) -> bool:
    """Whether one of the tokens `keys` (sorted) equal to `token` is still free; it is taken. ``left`` counts at the first."""
    at = np.searchsorted(keys, token)
    if at == len(keys) or keys[at] != token or left[at] == 0:
        return False
    left[at] -= 1
    return True


@helper
def _counted(keys: Any) -> Any:
    """At the first of equal keys (sorted), how many they are."""
    left = np.zeros(len(keys), dtype=np.int64)
    first = 0
    for place in range(len(keys)):
        if keys[place] != keys[first]:
            first = place
        left[first] += 1
    return left


@kernel
def _unions(values: Any, sentences: Any, offsets: Any, first: Any, second: Any) -> Any:
    found = np.zeros(len(first), dtype=np.int64)
    for k in range(len(first)):
        begin, end = offsets[second[k]], offsets[second[k] + 1]
        whole = np.sort(values[sentences[begin] : sentences[end]])
        left = _counted(whole)
        for s in range(offsets[first[k]], offsets[first[k] + 1]):
            a = values[sentences[s] : sentences[s + 1]]
            hit = np.zeros(len(a), dtype=np.bool_)
            for t in range(begin, end):
                b = values[sentences[t] : sentences[t + 1]]
                if len(a) > 0 and len(b) > 0:
                    _trace(a, b, hit)
            for i in range(len(a)):
                if hit[i] and _take(a[i], whole, left):
                    found[k] += 1
    return found
