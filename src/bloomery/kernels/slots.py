"""A hash table of 64-bit keys without a lowest bit, and a filter in front of it that stays in the processor's cache.

Open addressing with linear probing; a place is free where the slot is 0, a key is stored with its lowest bit set, and its place
is its number. The filter has a bit a key in as many bytes as there are slots, so it rules out nearly all that is not there.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel

U64 = npt.NDArray[np.uint64]


def stored(keys: U64) -> tuple[U64, npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """A table of distinct keys: slots, filter, and the place of each key."""
    slots = np.zeros(1 << max(8, int(2 * len(keys)).bit_length()), dtype=np.uint64)
    bits, place = np.zeros(len(slots), dtype=np.uint8), np.empty(len(keys), dtype=np.int32)
    _store(keys, slots, bits, place)
    return slots, bits, place


@helper
def start(key: Any, mask: int) -> Any:
    """Where the search for a key begins."""
    return np.int64(key >> np.uint64(20)) & mask


@helper
def bit(key: Any, mask: int) -> tuple[Any, Any]:
    """Where in the filter a key's bit is: byte, bit."""
    return np.int64(key >> np.uint64(12)) & mask, np.uint8(1) << np.uint8(key >> np.uint64(60) & np.uint64(7))


@helper
def place_of(key: Any, slots: Any, bits: Any) -> Any:
    """The place of a key, or -1."""
    mask = len(slots) - 1
    byte, one = bit(key, mask)
    if not bits[byte] & one:
        return -1
    slot, stored = start(key, mask), key | np.uint64(1)
    while slots[slot] != stored:
        if slots[slot] == 0:
            return -1
        slot = (slot + 1) & mask
    return slot


@helper
def hold(key: Any, row: Any, mask: Any, keys: Any, owner: Any) -> None:
    """The key into a table for one row at a time: a slot is free where `owner` is not `row`."""
    slot = start(key, mask)
    while owner[slot] == row and keys[slot] != key:
        slot = (slot + 1) & mask
    owner[slot], keys[slot] = row, key


@helper
def holds(key: Any, row: Any, mask: Any, keys: Any, owner: Any) -> Any:
    """Whether that table has the key."""
    slot = start(key, mask)
    while owner[slot] == row and keys[slot] != key:
        slot = (slot + 1) & mask
    return owner[slot] == row


@kernel
def _store(keys: Any, slots: Any, bits: Any, place: Any) -> None:
    mask = len(slots) - 1
    for i in range(len(keys)):
        slot = start(keys[i], mask)
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot], place[i] = keys[i] | np.uint64(1), slot
        byte, one = bit(keys[i], mask)
        bits[byte] |= one
