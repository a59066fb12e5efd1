"""What `near` remembers of a row, from the tokens of its parts in one walk (`bloomery.clean.likeness` tells what for).

For each row: a number for the answer if that is short, which with the row's terms is bound into every token; then its
shingles, two fingerprints, and, where the row is short, its words and the sum of its telling ones. A token of a part is its
number xor a salt of the part's role xor what binds the row.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.fingerprint import mix
from bloomery.kernels.jit import kernel
from bloomery.kernels.points import mixed
from bloomery.kernels.shingles import added, mask_for, power_of, rolled
from bloomery.kernels.words import listed

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Spoken(NamedTuple):
    """The tokens of rows: part p has ``values[offsets[p]:offsets[p + 1]]``, row i the parts ``parts[i]:parts[i + 1]``."""

    values: U64
    offsets: Ints
    parts: Ints  # one more than there are rows
    salt: U64  # of each part; the lowest bit is 0
    answering: Bools  # of each part
    terms: U64  # of each row


class Remembered:
    """What is remembered of rows, as far as they have been told.

    Row i has the next ``ends[i + 1] - ends[i]`` of the `shingles`, the lowest bit of which says whether all their tokens are of
    answers, and, if it has at most `longest` tokens, the next ``short_ends[i + 1] - short_ends[i]`` of the words in `short`.
    """

    def __init__(self, rows: int) -> None:
        self.shingles, self.short = [_NOTHING], [_NOTHING]  # in pieces, so that their memory is small and used again
        self.ends, self.short_ends = np.zeros((2, rows + 1), dtype=np.int64)
        self.words = np.zeros(rows, dtype=np.uint64)  # equal for equal tokens
        self.skeleton = np.zeros(rows, dtype=np.uint64)  # equal for equal tokens that are not variable
        self.binding = np.zeros(rows, dtype=np.uint64)  # equal for equal terms and equal short answers
        self.telling = np.zeros(rows, dtype=np.uint64)  # of short rows: equal for equal telling words, in any order

    def tell(self, spoken: Spoken, first: int, width: int, *, answer: int, longest: int, common: U64) -> None:
        """The rows from `first` on; those before it have been told.

        `width` is that of shingles. An answer of fewer than `answer` tokens is bound. Telling words are the variable ones that
        are not in the table `common` (`bloomery.kernels.words.known_words`).
        """
        sizes = np.diff(spoken.offsets[spoken.parts])
        last, most = first + len(sizes), int(sizes.max(initial=1))
        shingles = np.empty(int(np.where(sizes < width, sizes > 0, sizes - (width - 1)).sum()), dtype=np.uint64)
        short = np.empty(int(sizes[sizes <= longest].sum()), dtype=np.uint64)
        slots = np.zeros(1 << max(4, int(2 * most).bit_length()), dtype=np.uint64)
        owner, line = np.zeros(len(slots), dtype=np.int64), np.empty(most, dtype=np.uint64)
        words, skeleton, telling = (one[first:last] for one in (self.words, self.skeleton, self.telling))
        ends, short_ends = np.zeros((2, len(sizes) + 1), dtype=np.int64)
        _bound(*spoken, answer, words)
        self.binding[first:last] = words
        _told(*spoken[:3], words, longest, common, short, short_ends, telling)
        _walk(*spoken[:5], width, words, line, slots, owner, shingles, ends, skeleton)
        self.shingles.append(shingles[: ends[-1]])
        self.short.append(short)
        self.ends[first + 1 : last + 1] = self.ends[first] + ends[1:]
        self.short_ends[first + 1 : last + 1] = self.short_ends[first] + short_ends[1:]


_NOTHING = np.zeros(0, dtype=np.uint64)


@kernel
def _bound(
    values: Any, offsets: Any, parts: Any, salt: Any, answering: Any, terms: Any, answer: int, binding: Any
) -> None:
    """What binds each row: its terms, and its answer if that has fewer than `answer` tokens (or none)."""
    for row in range(len(parts) - 1):
        count = np.int64(0)
        for part in range(parts[row], parts[row + 1]):
            if answering[part]:
                count += offsets[part + 1] - offsets[part]
        total, k = np.uint64(0), np.uint64(0)
        if count < answer:
            for part in range(parts[row], parts[row + 1]):
                if answering[part]:
                    for i in range(offsets[part], offsets[part + 1]):
                        total += mix((values[i] ^ salt[part]) + mix(k))
                        k += np.uint64(1)
            total = mix(total ^ k)
        binding[row] = mix(terms[row] + total) & ~np.uint64(1)


@kernel
def _told(
    values: Any,
    offsets: Any,
    parts: Any,
    binding: Any,
    longest: int,
    common: Any,
    short: Any,
    ends: Any,
    telling: Any,
) -> None:
    """The words of short rows, whoever says them, and the sum of the telling ones."""
    to = ends[0]
    for row in range(len(parts) - 1):
        first, last = offsets[parts[row]], offsets[parts[row + 1]]
        if last - first <= longest:
            total = np.uint64(0)
            for i in range(first, last):
                word = values[i] ^ binding[row]
                short[to] = word
                to += 1
                if values[i] & np.uint64(1) and not listed(values[i] & ~np.uint64(1), common):
                    total += mix(word)
            telling[row] = total
        ends[row + 1] = to


@kernel
def _walk(
    values: Any,
    offsets: Any,
    parts: Any,
    salt: Any,
    answering: Any,
    width: int,
    words: Any,
    line: Any,
    slots: Any,
    owner: Any,
    out: Any,
    ends: Any,
    skeleton: Any,
) -> None:
    """Shingles and fingerprints of each row, whose binding stands in `words` before; `line` is scratch for one row."""
    power, total = power_of(width), ends[0]
    for row in range(len(parts) - 1):
        binding = words[row]
        first, last = offsets[parts[row]], offsets[parts[row + 1]]
        size, mask = min(width, last - first), mask_for(last - first)
        h, run, at = np.uint64(0), 0, 0
        said, frame, k = np.uint64(0), np.uint64(0), np.uint64(0)
        for part in range(parts[row], parts[row + 1]):
            bind, answers = binding ^ salt[part], answering[part]
            for i in range(offsets[part], offsets[part + 1]):
                value = values[i] ^ bind
                line[at] = value
                said += mix(value + mix(np.uint64(at)))
                if not value & np.uint64(1):
                    frame += mix(value + mix(k))
                    k += np.uint64(1)
                run = run + 1 if answers else 0
                h = rolled(h, value, line[at - size] if at >= size else np.uint64(0), power)
                at += 1
                if at >= size:
                    total = added(mixed(h + np.uint64(size)), run >= size, row + 1, mask, slots, owner, out, total)
        words[row], skeleton[row] = mix(said ^ np.uint64(at)), mix(frame ^ k)
        ends[row + 1] = total
