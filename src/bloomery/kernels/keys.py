"""128-bit hashes of texts, of the texts as they stand or of their keys (`bloomery.text.normalise`), made on the way.

The hash is two sums. A text is padded with zeros to words of eight bytes (little-endian); word j adds ``mix(word ^ k)``
to a sum, where `mix` is the finaliser of splitmix64 (Steele, Lea, Flood 2014), a bijection that lets every bit depend on all,
and k is the j-th step of a Weyl sequence, so equal words in other places add other numbers. The two sums start from, and
step by, constants of their own (digits of pi and odd 64-bit fractions of the golden ratio and of the square root of two).
What is hashed ends with its size. So texts that differ in one word never meet, others do with a chance of 2⁻¹²⁸ a pair. It
depends on nothing but the bytes. It is not cryptographic: whoever wants to can construct two texts that collide.

A key is made from a table: for each code point below `TABLE` what becomes of it, whatever stands beside it: ``(count + 1) <<
32 | bytes``, up to four bytes; 0 where that is not known, and then the text is left to the caller. White space becomes a
blank, of which one stays between words and none at the ends.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.marks import decoded
from bloomery.kernels.views import Views, bytes_at

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

#: code points below this one are in the table
TABLE = 0x20000
_START = (np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344))
_STEP = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0x6A09E667F3BCC909))


class Hashed(NamedTuple):
    """Two halves of a hash for each text, and how many bytes were hashed: -1 where the key is not known."""

    high: U64
    low: U64
    size: Ints

    @classmethod
    def empty(cls, height: int) -> "Hashed":
        """Room for so many."""
        return cls(np.zeros(height, np.uint64), np.zeros(height, np.uint64), np.zeros(height, np.int64))


def hashed(texts: Views, table: U64 | None = None) -> Hashed:
    """The hashes of `texts` (UTF-8), or with a table those of their keys."""
    found = Hashed.empty(texts.height)
    words = np.empty(int(texts.size.max(initial=0)) // 8 + 2, dtype=np.uint64)
    room = words.view(np.uint8)
    keyed = table is not None
    _hash(texts.address, texts.size, keyed, table if keyed else np.zeros(1, np.uint64), room, words, *found)
    return found


def joined(texts: Hashed, roles: npt.NDArray[np.uint8], starts: Ints) -> Hashed:
    """One hash for each run of texts ``starts[i]:starts[i + 1]``, of their hashes, sizes, roles and order."""
    found = Hashed.empty(len(starts) - 1)
    _join(*texts, roles, starts, *found)
    return found


@helper
def _mix(number: Any) -> Any:
    z = number + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def _hash(
    address: Any, sizes: Any, keyed: Any, table: Any, room: Any, words: Any, high: Any, low: Any, hashed: Any
) -> None:
    for i in range(len(sizes)):
        text = bytes_at(address[i], sizes[i])
        if keyed:
            size = _key(text, table, room)
        else:
            size = len(text)
            for k in range(size):
                room[k] = text[k]
        hashed[i] = size
        if size < 0:
            continue
        for k in range(8):
            room[size + k] = 0
        one, two = np.uint64(0), np.uint64(0)
        at_one, at_two = _START
        for j in range((size + 7) // 8):
            one += _mix(words[j] ^ at_one)
            two += _mix(words[j] ^ at_two)
            at_one += _STEP[0]
            at_two += _STEP[1]
        high[i], low[i] = _mix(one ^ np.uint64(size)), _mix(two ^ np.uint64(size))


@helper
def _key(text: Any, table: Any, room: Any) -> Any:
    """Write the key of a text; its size, or -1."""
    size, most, loose = len(text), np.uint8(0), False
    for k in range(size):
        byte = text[k]
        most = max(most, byte)
        lower = byte | (np.uint8(32) if (byte >= 65) & (byte <= 90) else np.uint8(0))
        room[k] = np.uint8(32) if (byte >= 9) & (byte <= 13) else lower
    if most >= 0x80:
        return _key_beyond(text, table, room)
    for k in range(1, size):
        loose |= (room[k - 1] == 32) & (room[k] == 32)
    if not loose and size and room[0] != 32 and room[size - 1] != 32:
        return size
    to, blank = 0, True
    for k in range(size):
        here = room[k] == 32
        room[to] = room[k]
        to += not (here and blank)
        blank = here
    return to - (to > 0 and blank)


@helper
def _key_beyond(text: Any, table: Any, room: Any) -> Any:
    to, k, blank = 0, 0, True
    while k < len(text):
        byte = text[k]
        if byte < 0x80:
            here = byte == 32 or 9 <= byte <= 13
            room[to] = np.uint8(table[byte])
            to += not (here and blank)
            blank = here
            k += 1
            continue
        code, width = decoded(text, k)
        k += width
        entry = table[code] if code < TABLE else np.uint64(0)
        if entry == 0:
            return -1
        for _ in range(np.int64(entry >> np.uint64(32)) - 1):
            byte = np.uint8(entry & np.uint64(0xFF))
            entry >>= np.uint64(8)
            here = byte == 32
            room[to] = byte
            to += not (here and blank)
            blank = here
    return to - (to > 0 and blank)


@kernel
def _join(high: Any, low: Any, size: Any, roles: Any, starts: Any, row_high: Any, row_low: Any, row_size: Any) -> None:
    for row in range(len(starts) - 1):
        one, two = np.uint64(0), np.uint64(0)
        for i in range(starts[row], starts[row + 1]):
            place = _mix(np.uint64(i - starts[row]))
            about = _mix(np.uint64(size[i]) << np.uint64(8) | np.uint64(roles[i]))
            one += _mix((high[i] ^ about) + place)
            two += _mix((low[i] ^ about) + place)
            row_size[row] += size[i]
        many = np.uint64(starts[row + 1] - starts[row])
        row_high[row], row_low[row] = _mix(one ^ many), _mix(two ^ many)
