"""Characters in UTF-8, and hashes of them: what several kernels share.

The hash of a run of characters is FNV-1a (Fowler, Noll, Vo) over their UTF-8, begun with `START`, through the finaliser of
splitmix64 (Steele, Lea, Flood 2014), the lowest bit cleared.
"""

from typing import Any

import numpy as np

from bloomery.kernels.jit import helper

START, PRIME = 0xCBF29CE484222325, 0x100000001B3
_MINUS, _APOSTROPHE = ord("-"), ord("'")
_LONG_MINUS, _LONG_APOSTROPHE = 0x2212, 0x2019


@helper
def mixed(h: Any) -> Any:
    """The finaliser of splitmix64; the lowest bit is cleared."""
    z = h + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) & ~np.uint64(1)


@helper
def add(h: Any, byte: Any) -> Any:
    """A byte more."""
    return (h ^ np.uint64(byte)) * np.uint64(PRIME)


@helper
def add_point(h: Any, point: int) -> Any:
    """A code point as UTF-8."""
    if point < 0x80:
        return add(h, point)
    if point < 0x800:
        h = add(h, 0xC0 | point >> 6)
    else:
        if point < 0x10000:
            h = add(h, 0xE0 | point >> 12)
        else:
            h = add(add(h, 0xF0 | point >> 18), 0x80 | point >> 12 & 0x3F)
        h = add(h, 0x80 | point >> 6 & 0x3F)
    return add(h, 0x80 | point & 0x3F)


@helper
def lowered_point(data: Any, at: int, end: int) -> tuple[int, int]:
    """The code point at `at`, lowered (`bloomery.text.characters.lowered`), and where the next one begins; 0 at the end."""
    if at >= end:
        return 0, at
    byte = int(data[at])
    if byte < 0x80:
        return byte + (0x20 if 0x41 <= byte <= 0x5A else 0), at + 1
    if byte < 0xE0:
        point, size = (byte & 0x1F) << 6 | int(data[at + 1]) & 0x3F, 2
    elif byte < 0xF0:
        point, size = (byte & 0xF) << 12 | (int(data[at + 1]) & 0x3F) << 6 | int(data[at + 2]) & 0x3F, 3
    else:
        high = (byte & 7) << 18 | (int(data[at + 1]) & 0x3F) << 12
        point, size = high | (int(data[at + 2]) & 0x3F) << 6 | int(data[at + 3]) & 0x3F, 4
    if 0xFF01 <= point <= 0xFF5E:
        point -= 0xFEE0
        point += 0x20 if 0x41 <= point <= 0x5A else 0
    elif point in (0xA0, 0x3000):
        point = 0x20
    elif (0xC0 <= point <= 0xDE and point != 0xD7) or 0x410 <= point <= 0x42F:
        point += 0x20
    elif 0x400 <= point <= 0x40F:
        point += 0x50
    return point, at + size


@helper
def plain(point: int) -> int:
    """The ASCII form of the typographic minus and apostrophe."""
    if point == _LONG_MINUS:
        return _MINUS
    return _APOSTROPHE if point == _LONG_APOSTROPHE else point
