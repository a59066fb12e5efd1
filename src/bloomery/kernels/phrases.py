"""Quick looks at texts for what a slower search is to find: short phrases, openings, lines and endings said before.

All of these are necessary conditions and nothing more: what they let pass is looked at again.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import kernel
from bloomery.kernels.views import Views, bytes_at

Bools = npt.NDArray[np.bool_]
U64 = npt.NDArray[np.uint64]

#: bytes that `end_again` looks for
PROBE = 24
_LONGEST = 4
_FIRSTS, _PAIRS = np.uint64(0x1111111111111111), np.uint64(0x3333333333333333)
_SLOTS = 0x3FF
_SPACE = np.array([chr(byte) in " \t\n\v\f\r" for byte in range(256)])


def phrases(*wanted: str | tuple[str, ...]) -> U64:
    """A table for `holds`: at most 16 phrases of one to four ASCII characters, or of that many classes of characters.

    Bit ``4 i + j`` of an entry says that the byte may stand at place j of phrase i; the last place of a phrase shorter
    than four is repeated as places that any byte may take.
    """
    assert len(wanted) <= 16
    table = np.zeros(256, dtype=np.uint64)
    for i, phrase in enumerate(wanted):
        assert 1 <= len(phrase) <= _LONGEST
        for j, some in enumerate(phrase):
            for character in some:
                table[ord(character)] |= np.uint64(1 << (4 * i + j + _LONGEST - len(phrase)))
        for j in range(_LONGEST - len(phrase)):
            table |= np.uint64(1 << (4 * i + j))
    return table


def holds(texts: Views, table: U64) -> Bools:
    """Which texts hold one of the phrases of a table made by `phrases`."""
    found = np.zeros(texts.height, dtype=np.bool_)
    _holds(texts.address, texts.size, table, found)
    return found


def openings(texts: Views, skipped: Bools) -> npt.NDArray[np.uint16]:
    """The first two bytes of each text after those that are `skipped` (for each byte): 256 · first + second; 0 for none."""
    found = np.zeros(texts.height, dtype=np.uint16)
    _openings(texts.address, texts.size, skipped, found)
    return found


def end_again(texts: Views) -> Bools:
    """Which texts hold their last `PROBE` bytes a second time, not overlapping."""
    found = np.zeros(texts.height, dtype=np.bool_)
    _end_again(texts.address, texts.size, found)
    return found


def lines_again(texts: Views, least: int, times: int) -> Bools:
    """Which texts may have `times` equal lines of at least `least` bytes (8 or more), ASCII white space around not counted.

    Of each line only the length and a few bytes are looked at, and lines are counted in a small table.
    """
    found = np.zeros(texts.height, dtype=np.bool_)
    _lines_again(texts.address, texts.size, least, times, found)
    return found


@kernel
def _holds(address: Any, size: Any, table: Any, found: Any) -> None:
    free = table[0]  # NUL stands in no phrase: what is left are the places that any byte may take
    for i in range(len(size)):
        text = bytes_at(address[i], size[i])
        seen, before, pair, last_pair = np.uint64(0), free, free, free
        for k in range(len(text)):
            here = table[text[k]]
            new = here & (before << np.uint64(1) | _FIRSTS)
            seen |= new & (last_pair << np.uint64(2) | _PAIRS)
            before, last_pair, pair = here, pair, new
        found[i] = seen & ~np.uint64(0x7777777777777777) != 0


@kernel
def _openings(address: Any, size: Any, skipped: Any, found: Any) -> None:
    for i in range(len(size)):
        text = bytes_at(address[i], size[i])
        k = 0
        while k < len(text) and skipped[text[k]]:
            k += 1
        if k < len(text):
            found[i] = np.int64(text[k]) << 8 | (np.int64(text[k + 1]) if k + 1 < len(text) else 0)


@kernel
def _end_again(address: Any, size: Any, found: Any) -> None:
    for i in range(len(size)):
        text = bytes_at(address[i], size[i])
        end = len(text) - PROBE
        if end < PROBE:
            continue
        a, b, c, d = text[end], text[end + 7], text[end + 13], text[end + 23]
        some = False
        for k in range(end - PROBE + 1):  # without a branch, four bytes of it
            some |= (text[k] == a) & (text[k + 7] == b) & (text[k + 13] == c) & (text[k + 23] == d)
        for k in range(end - PROBE + 1 if some else 0):
            same = 0
            while same < PROBE and text[k + same] == text[end + same]:
                same += 1
            found[i] |= same == PROBE


@kernel
def _lines_again(address: Any, size: Any, least: Any, times: Any, found: Any) -> None:
    counts = np.zeros(_SLOTS + 1, dtype=np.uint8)
    for i in range(len(size)):
        text = bytes_at(address[i], size[i])
        for slot in range(len(counts)):
            counts[slot] = 0
        low, high = 0, 0  # the line's first byte, and behind its last one, that are no white space
        for k in range(len(text) + 1):
            byte = text[k] if k < len(text) else np.uint8(10)
            if byte == 10:
                if high - low >= least:
                    sign = text[low + 3] + text[(low + high) >> 1] * 257 + text[high - 3] * 65537 + (high - low)
                    slot = sign * 0x9E3779B1 >> 20 & _SLOTS
                    counts[slot] += 1
                    found[i] |= counts[slot] >= times
                low = k + 1
                high = low
            elif not _SPACE[byte]:
                high = k + 1
            elif low == k:
                low = k + 1
                high = low
