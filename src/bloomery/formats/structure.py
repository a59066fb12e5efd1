"""Where JSON's brackets and commas stand, without parsing: a vectorised, string-aware scan of blocks of bytes.

It works on anything: valid JSON, broken JSON, bytes that are no JSON. Escaped quotes are told by the parity of the
backslashes before them. A raw line end closes an open string: valid JSON has none inside strings, so this changes nothing
there, and where a closing quote is missing the harm ends with the line. Depth never falls below 0.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_QUOTE, _BACKSLASH, _NEWLINE, _COMMA = b'"\\\n,'
_TELLING = np.zeros(256, dtype=np.bool_)
_TELLING[list(b'"\\\n,[]{}')] = True
_STEP = np.zeros(256, dtype=np.int64)
_STEP[list(b"[{")] = 1
_STEP[list(b"]}")] = -1


class Marks(NamedTuple):
    """Brackets and commas outside strings: offset in the block, byte, and depth after it. All of the same length."""

    at: npt.NDArray[np.int64]
    char: npt.NDArray[np.uint8]
    depth: npt.NDArray[np.int64]


class Structure:
    """Scans consecutive blocks; `depth` is that at the end of the last block."""

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self._in_string = False
        self._escaping = False

    def scan(self, block: bytes) -> Marks:
        """The marks of the next block."""
        chars = np.frombuffer(block, dtype=np.uint8)
        at = np.flatnonzero(_TELLING[chars])
        char = chars[at]
        at, char = self._without_escaped(at, char, len(block))
        outside = self._outside_strings(char)
        at, char = at[outside], char[outside]
        depth = self.depth + np.cumsum(_STEP[char])
        depth -= np.minimum.accumulate(np.minimum(depth, 0)) if len(depth) else 0
        self.depth = int(depth[-1]) if len(depth) else self.depth
        return Marks(at, char, depth)

    def _without_escaped(
        self, at: npt.NDArray[np.int64], char: npt.NDArray[np.uint8], size: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
        """Without backslashes and what they escape; remembers whether the block ends on an escaping backslash."""
        slashes = at[char == _BACKSLASH]
        escaped = np.zeros(size + 1, dtype=np.bool_)
        escaped[0] = self._escaping
        if len(slashes):
            index = np.arange(len(slashes))
            begins = np.concatenate([[True], np.diff(slashes) != 1])
            first = np.maximum.accumulate(np.where(begins, index, 0))
            place = index - first + (self._escaping & (slashes[first] == 0))  # within its run, the escaped one is odd
            escaped[slashes[place % 2 == 0] + 1] = True
        self._escaping = bool(escaped[size])
        keep = (char != _BACKSLASH) & ~((char == _QUOTE) & escaped[at])
        return at[keep], char[keep]

    def _outside_strings(self, char: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        """Which of these are brackets or commas outside strings."""
        if not len(char):
            return np.zeros(0, dtype=np.bool_)
        quotes = np.cumsum(char == _QUOTE) + self._in_string
        before_line = np.maximum.accumulate(np.where(char == _NEWLINE, quotes, 0))
        inside = (quotes - before_line) % 2 == 1
        self._in_string = bool(inside[-1])
        outside: npt.NDArray[np.bool_] = ~inside & (char != _QUOTE) & (char != _NEWLINE)
        return outside
