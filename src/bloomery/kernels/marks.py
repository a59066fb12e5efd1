"""One scan over texts that notes what many searches ask for.

For each text its characters, those of them that are white space, its first and last byte, and *facts*, one bit each. A fact
is a necessary condition for what a slower search looks for, so the search need only look where the fact holds:

``BEYOND``     a character that is not ASCII
``FAR``        a byte of E3 or more: a character from U+3000 on, which full-width forms, Chinese, Japanese, Korean and most
               emoji are
``CONTROL``    an ASCII control character other than tab and line feed
``AT``         an ``@``
``SEVEN``      seven ASCII digits, of which any two neighbours have at most three characters between, each of them one of
               ``SEPARATORS`` or not ASCII
``ESCAPE``     ``\\u``
``MARKUP``     one of ``< & \\ [ # { ```
``LINES``      two line feeds or more
``IPSUM``      ``psum``, for dummy Latin
``ODD``        a character that the caller's table calls odd (1)
``SPACE``      a character that it calls white space (2)
``NEIGHBOURS`` two characters side by side that are neither ASCII nor from U+2E80 on: traces of a wrong encoding are

Most loops here have no branch, one comparison and one sum, because such loops become vector instructions; that is why a
text is walked several times.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.views import Views, bytes_at

BEYOND, FAR, CONTROL, AT, SEVEN, ESCAPE = 1, 2, 4, 8, 16, 32
MARKUP, LINES, IPSUM, ODD, SPACE, NEIGHBOURS = 64, 128, 256, 512, 1024, 2048

SEPARATORS = " ()./\t-"
#: characters below this one are looked up in the table, those above are odd
TABLE = 0x20000
_EAST = 0x2E80
_BLOCK = 32
#: by byte; `_bytes` names the same ones
_RARE = np.array(
    [
        CONTROL * ((byte < 32 and byte not in {9, 10}) or byte == 127)
        | AT * (byte == 64)
        | MARKUP * (byte in b"<&\\[#{`")
        for byte in range(256)
    ]
)
_JOINING = np.array([chr(byte) in SEPARATORS or byte >= 0x80 for byte in range(256)])


class Marked(NamedTuple):
    """One number a text in each array."""

    characters: npt.NDArray[np.int64]
    blanks: npt.NDArray[np.int64]  # characters that are white space
    facts: npt.NDArray[np.uint32]
    first: npt.NDArray[np.uint8]  # 0 for an empty text
    last: npt.NDArray[np.uint8]


def mark(texts: Views, table: npt.NDArray[np.uint8]) -> Marked:
    """Scan `texts` (UTF-8); `table` says of each code point below `TABLE` whether it is odd (1), white space (2)."""
    assert len(table) == TABLE
    found = Marked(
        np.zeros(texts.height, dtype=np.int64),
        np.zeros(texts.height, dtype=np.int64),
        np.zeros(texts.height, dtype=np.uint32),
        np.zeros(texts.height, dtype=np.uint8),
        np.zeros(texts.height, dtype=np.uint8),
    )
    _mark(texts.address, texts.size, table, *found)
    return found


@kernel
def _mark(address: Any, size: Any, table: Any, characters: Any, blanks: Any, facts: Any, first: Any, last: Any) -> None:
    for i in range(len(size)):
        if size[i] == 0:
            continue
        text = bytes_at(address[i], size[i])
        first[i], last[i] = text[0], text[-1]
        found, digits, blanks[i], rare = _bytes(text)
        if rare:
            found |= _rare(text)
        characters[i] = len(text)
        if found & BEYOND:
            characters[i], more = _beyond(text, table)
            found |= more
        if found & (CONTROL | SPACE):
            blanks[i] = _blanks(text, table)
        if digits >= 7 and (found & BEYOND or _crowded(text)) and _seven(text):
            found |= SEVEN
        facts[i] = found


@helper
def _bytes(text: Any) -> Any:
    """Facts of most texts, the number of digits and of bytes up to a blank, and whether there is any of the bytes of `_RARE`."""
    size, lines, digits, blanks = len(text), 0, 0, 0
    beyond, far, rare, ipsum = False, False, False, False
    for k in range(size):
        byte = text[k]
        beyond |= byte >= 0x80
        far |= byte >= 0xE3
        rare |= (byte < 32) & (byte != 9) & (byte != 10) | (byte == 127) | (byte == 64) | (byte == 60) | (byte == 38)
        rare |= (byte == 92) | (byte == 91) | (byte == 35) | (byte == 123) | (byte == 96)
    for k in range(size):
        byte = text[k]
        lines += byte == 10
        digits += (byte >= 48) & (byte < 58)
        blanks += byte <= 32
    for k in range(size - 3):
        ipsum |= (text[k] == 112) & (text[k + 1] == 115) & (text[k + 2] == 117) & (text[k + 3] == 109)
    return BEYOND * beyond | FAR * far | LINES * (lines >= 2) | IPSUM * ipsum, digits, blanks, rare


@helper
def _rare(text: Any) -> Any:
    """The facts that only these bytes tell."""
    found, before = 0, np.uint8(0)
    for k in range(len(text)):
        found |= _RARE[text[k]]
        if text[k] == 117 and before == 92:
            found |= ESCAPE
        before = text[k]
    return found


@helper
def _beyond(text: Any, table: Any) -> Any:
    """How many characters, and the facts that only characters beyond ASCII tell."""
    characters, facts, before, k = 0, np.int64(0), 0, 0
    while k < len(text):
        characters += 1
        if text[k] < 0x80:
            before = 0
            k += 1
            continue
        code, width = decoded(text, k)
        facts |= np.int64(table[code]) * ODD if code < TABLE else ODD
        if code < _EAST:
            if before:
                facts |= NEIGHBOURS
            before = 1
        else:
            before = 0
        k += width
    return characters, facts


@helper
def _blanks(text: Any, table: Any) -> Any:
    """How many characters are white space: the slow way, for texts with controls or with white space beyond ASCII."""
    blanks, k = 0, 0
    while k < len(text):
        width = 1
        if text[k] < 0x80:
            blanks += (text[k] == 32) | ((text[k] >= 9) & (text[k] <= 13))
        else:
            code, width = decoded(text, k)
            blanks += code < TABLE and table[code] > 1
        k += width
    return blanks


@helper
def decoded(text: Any, at: Any) -> Any:
    """The code point beyond ASCII that starts at this byte, and its bytes; for use in kernels."""
    lead, second = np.int64(text[at]), np.int64(text[at + 1]) & 0x3F
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | second, 2
    third = np.int64(text[at + 2]) & 0x3F
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | second << 6 | third, 3
    return (lead & 0x07) << 18 | second << 12 | third << 6 | (np.int64(text[at + 3]) & 0x3F), 4


@helper
def _digits(text: Any) -> Any:
    many = 0
    for k in range(len(text)):
        many += (text[k] >= 48) & (text[k] < 58)
    return many


@helper
def _crowded(text: Any) -> Any:
    """Whether seven digits stand in two neighbouring blocks, as those of a number (25 bytes at most) do."""
    before = 0
    for start in range(0, len(text), _BLOCK):
        many = _digits(text[start : start + _BLOCK])
        if many + before >= 7:
            return True
        before = many
    return False


@helper
def _seven(text: Any) -> Any:
    many, last = 0, -100
    for k in range(len(text)):
        if not 48 <= text[k] < 58:
            continue
        gap, joined = 0, many > 0 and k - last <= 13
        for at in range(last + 1, k if joined else last + 1):
            byte = text[at]
            joined &= _JOINING[byte]
            gap += byte & 0xC0 != 0x80
        many = many + 1 if joined and gap <= 3 else 1
        if many >= 7:
            return True
        last = k
    return False
