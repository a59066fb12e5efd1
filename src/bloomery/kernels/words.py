"""Texts to tokens: the rules of `bloomery.text.tokens`, as one walk over the bytes.

A token is a 64-bit number: FNV-1a (Fowler, Noll, Vo) over the UTF-8 of its canonical form, through the finaliser of
splitmix64, with the lowest bit saying whether it is variable. The same in every thread, run, version and machine.

`table` says what each code point is (`bloomery.text.characters`); a text with a character that is `ODD` there is not
tokenised but reported, so that the caller can bring it into a form without.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.points import PRIME, START, add, add_point, lowered_point, mixed, plain
from bloomery.kernels.views import Views, bytes_at

U64 = npt.NDArray[np.uint64]

_OTHER, _LETTER, _NUMERAL, _MARK, _DIGIT, _UNSPACED, _SYMBOL, _UNSPACED_NUMERAL, _OPERATOR = range(9)
_ODD = 0x80

_MINUS, _APOSTROPHE, _STAR, _HASH, _UNDERSCORE, _EQUALS, _BANG, _PLUS, _DOT, _COMMA = (ord(c) for c in "-'*#_=!+.,")
_A, _C, _F, _I = (ord(c) for c in "acfi")
_N_T = ord("n") << 16 | ord("'") << 8 | ord("t")
#: words that `known_words` puts before its table
_SPECIAL = ("cannot", "not", "ca", "wo", "sha", "can", "will", "shall")
_CANNOT, _NOT, _CA, _CAN = 0, 1, 2, 5
_BEYOND = 0x80
#: of each byte: the lower case of an ASCII letter, else 0; whether it can begin nothing
_LOWER = np.array([ord(chr(b).lower()) if b < _BEYOND and chr(b).isalpha() else 0 for b in range(256)], dtype=np.uint8)
_SKIPPED = np.array([b < _BEYOND and chr(b) in "\t\n\v\f\r \"'(),.:;?@[]_`{}" for b in range(256)], dtype=np.bool_)
_ENDS = np.array([b < _BEYOND and not chr(b).isalnum() and chr(b) not in "'_" for b in range(256)], dtype=np.bool_)
_LONG_MINUS, _LONG_APOSTROPHE = 0x2212, 0x2019


class Words(NamedTuple):
    """The tokens of each text."""

    values: U64
    offsets: npt.NDArray[np.int64]  # one more than there are texts
    odd: npt.NDArray[np.bool_]  # texts that were not tokenised; they have no tokens here


def words(
    texts: Views, table: npt.NDArray[np.uint8], known: U64, *, keyed: bool = False, buffer: U64 | None = None
) -> Words:
    """The tokens of each text (UTF-8).

    `known` says which words are variable (`known_words`). With `keyed` the texts are already keys, so no character is odd.
    A text has at most one token a byte; a `buffer` of that length is written to instead of new memory.
    """
    offsets, odd = np.zeros(texts.height + 1, dtype=np.int64), np.zeros(texts.height, dtype=np.bool_)
    out = np.empty(int(texts.size.sum()), dtype=np.uint64) if buffer is None else buffer
    count = _fill(texts.address, texts.size, table, known, keyed, out, offsets, odd)
    return Words(out[:count], offsets, odd)


def merged(most: Words, rest: Words) -> tuple[U64, npt.NDArray[np.int64]]:
    """Values and offsets of all texts: `rest` holds the tokens of those that are odd in `most`, in order."""
    counts = np.diff(most.offsets)
    counts[most.odd] = np.diff(rest.offsets)
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    values = np.empty(int(offsets[-1]), dtype=np.uint64)
    _merge(most.values, most.offsets, most.odd, rest.values, rest.offsets, values, offsets)
    return values, offsets


def number(word: str) -> int:
    """The number of one canonical token, without the bit for variable ones."""
    data = np.frombuffer(word.encode(), dtype=np.uint8)
    return int(_number(data, 0, len(data)))


def known_words(listed: Iterable[str]) -> U64:
    """What the kernel knows of words: the numbers of `_SPECIAL`, then those of `listed`, the words that are variable.

    The latter in a table with open addressing, of 2**k slots; 0 is free.
    """
    numbers = sorted({number(word) for word in listed})
    slots = np.zeros(1 << max(4, (4 * len(numbers)).bit_length()), dtype=np.uint64)
    mask = len(slots) - 1
    for value in numbers:
        at = value >> 1 & mask
        while slots[at]:
            at = (at + 1) & mask
        slots[at] = value
    special = [number(word) for word in _SPECIAL]
    special[_NOT] |= 1
    return np.concatenate([np.array(special, dtype=np.uint64), slots])


@kernel
def _number(data: Any, at: int, end: int) -> Any:
    h = np.uint64(START)
    for k in range(at, end):
        h = add(h, data[k])
    return mixed(h)


@helper
def listed(value: Any, known: Any) -> bool:
    """Whether a number, its lowest bit 0, is that of a listed word (`known_words`)."""
    mask = len(known) - 9
    slot = np.int64(value >> np.uint64(1)) & mask
    while known[8 + slot] != 0:
        if known[8 + slot] == value:
            return True
        slot = (slot + 1) & mask
    return False


@helper
def _variable(value: Any, known: Any) -> Any:
    """`value` with the bit set if it is listed."""
    return value | np.uint64(1) if listed(value, known) else value


@kernel
def _fill(address: Any, size: Any, table: Any, known: Any, keyed: bool, out: Any, offsets: Any, odd: Any) -> Any:
    """Tokenise all texts into `out`; how many tokens there are. ``offsets[i + 1]`` becomes the end of text i."""
    begin: Any = np.int64(0)  # not a literal: for that, all would be compiled once more
    total = begin
    for i in range(len(size)):
        end: Any = size[i]
        until = _text(bytes_at(address[i], end), begin, end, table, known, keyed, out, total)
        odd[i] = until < 0
        total = total if until < 0 else until
        offsets[i + 1] = total
    return total


@helper
def _text(data: Any, at: int, end: int, table: Any, known: Any, keyed: bool, out: Any, to: int) -> int:
    """The tokens of ``data[at:end]`` into ``out[to:]``; behind the last one, or -1 for an odd text."""
    begin, first, ascii_only = at, to, True
    while at < end:
        stop, h, low = at, np.uint64(START), _LOWER[data[at]]
        while low:  # the common case: a word of ASCII letters
            h = (h ^ np.uint64(low)) * np.uint64(PRIME)
            stop += 1
            low = _LOWER[data[stop]] if stop < end else np.uint8(0)
        if stop > at + 1 and (stop == end or _ENDS[data[stop]]):
            h = mixed(h)
            if h != known[_CANNOT]:
                out[to] = _variable(h, known)
                at, to = stop, to + 1
                continue
        elif _SKIPPED[data[at]]:
            at += 1
            continue
        point, after = lowered_point(data, at, end)
        entry = table[point]
        ascii_only = ascii_only and point < 0x80
        if entry & _ODD and not keyed:
            return -1
        kind = entry & 0xF
        if kind == _LETTER or kind == _NUMERAL:
            at, to = _word(data, at, end, table, known, keyed, out, to)
            if at < 0:
                return -1
        elif kind == _DIGIT or (plain(point) == _MINUS and _is(data, after, end, table, _DIGIT)):
            at, out[to] = _numeral(data, at, end, table)
            to += 1
        elif kind == _OPERATOR or (point == _BANG and lowered_point(data, after, end)[0] == _EQUALS):
            at, to = _operator(data, at, end, table, out, to)
        elif kind == _UNSPACED:
            out[to] = _variable(mixed(add_point(np.uint64(START), point)), known)
            at, to = after, to + 1
        elif kind == _SYMBOL or kind == _UNSPACED_NUMERAL:
            out[to] = mixed(add_point(np.uint64(START), plain(point))) | np.uint64(1)
            at, to = after, to + 1
        else:
            at = after
    if to > first:
        return to
    return _characters(data, begin, end, table, known, out, to) if ascii_only or keyed else -1


@helper
def _is(data: Any, at: int, end: int, table: Any, kind: int) -> bool:
    return at < end and table[lowered_point(data, at, end)[0]] & 0xF == kind


@helper
def _word(data: Any, at: int, end: int, table: Any, known: Any, keyed: bool, out: Any, to: int) -> tuple[int, int]:
    """The word at `at`, contractions taken apart; behind it (-1 if it is odd), and behind its tokens."""
    h = np.uint64(START)
    if at + 1 < end and (data[at + 1] == _PLUS or data[at + 1] == _HASH):
        point = lowered_point(data, at, end)[0]
        third = data[at + 2] if at + 2 < end else 0
        if point == _C and data[at + 1] == _PLUS and third == _PLUS:
            out[to] = mixed(add(add(add(h, _C), _PLUS), _PLUS)) | np.uint64(1)
            return at + 3, to + 1
        if (point == _C or point == _F) and data[at + 1] == _HASH and third != _HASH:
            out[to] = mixed(add(add(h, point), _HASH)) | np.uint64(1)
            return at + 2, to + 1
    h1, h2, h3 = h, h, h  # as it was before the last one, two, three characters
    last, size, odd_kind, inner = 0, 0, False, True  # the last four characters, a byte each; 0 beyond ASCII
    while at < end:
        point, after = lowered_point(data, at, end)
        entry = table[point]
        if entry & _ODD and not keyed:
            return -1, to
        if not _goes_on(data, point, entry & 0xF, after, end, table, inner):
            break
        if point == _APOSTROPHE or point == _LONG_APOSTROPHE:
            point, inner = _APOSTROPHE, False
        elif point == _UNDERSCORE or entry & 0xF == _NUMERAL or entry & 0xF == _DIGIT:
            odd_kind = True
        h3, h2, h1, h = h2, h1, h, add_point(h, point)
        last = (last << 8 | (point if point < 0x80 else 0)) & 0xFFFFFFFF
        size, at = size + 1, after
    if last & 0xFFFFFF == _N_T and size > 3 and last >> 24 != _APOSTROPHE:
        out[to] = _finished(_whole(mixed(h3), known), last >> 24, size - 3, odd_kind, known)
        out[to + 1] = known[_NOT]
        return at, to + 2
    value = mixed(h)
    if value == known[_CANNOT]:
        out[to], out[to + 1] = known[_CAN], known[_NOT]
        return at, to + 2
    out[to] = _finished(value, last, size, odd_kind, known)
    return at, to + 1


@helper
def _goes_on(data: Any, point: int, kind: int, after: int, end: int, table: Any, inner: bool) -> bool:
    """Whether a word goes on with `point`; behind an apostrophe (not `inner`) it has letters and apostrophes only."""
    if kind == _LETTER or kind == _NUMERAL:
        return True
    if kind == _MARK or kind == _DIGIT:
        return inner
    if point == _APOSTROPHE or point == _LONG_APOSTROPHE:
        return _is(data, after, end, table, _LETTER) or _is(data, after, end, table, _NUMERAL)
    if point != _UNDERSCORE or not inner:
        return False
    while after < end and data[after] == _UNDERSCORE:
        after += 1
    if after >= end:
        return False
    kind = table[lowered_point(data, after, end)[0]] & 0xF
    return kind == _LETTER or kind == _NUMERAL or kind == _MARK or kind == _DIGIT


@helper
def _whole(stem: Any, known: Any) -> Any:
    """The word that ``n't`` was taken off: ca is can, wo is will, sha is shall."""
    for k in range(_CA, _CAN):
        if stem == known[k]:
            return known[k + _CAN - _CA]
    return stem


@helper
def _finished(value: Any, last: int, size: int, odd_kind: bool, known: Any) -> Any:
    """`value` with the bit of variable words: of one ASCII letter but a and i, with a digit or underscore, or listed."""
    if odd_kind or (size == 1 and last & 0xFF != 0 and last & 0xFF != _A and last & 0xFF != _I):
        return value | np.uint64(1)
    return _variable(value, known)


@helper
def _numeral(data: Any, at: int, end: int, table: Any) -> tuple[int, Any]:
    """Behind the number at `at`, and its token; commas between thousands do not count."""
    thousands = _has_thousands(data, at, end, table)
    h = np.uint64(START)
    while at < end:
        point, after = lowered_point(data, at, end)
        point = plain(point)
        if (
            table[point] & 0xF != _DIGIT
            and h != np.uint64(START)
            and not ((point == _DOT or point == _COMMA) and _is(data, after, end, table, _DIGIT))
        ):
            break
        if point != _COMMA or not thousands:
            h = add_point(h, point)
        at = after
    return at, mixed(h) | np.uint64(1)


@helper
def _has_thousands(data: Any, at: int, end: int, table: Any) -> bool:
    """Whether the number at `at` is ASCII digits in groups of three parted by commas, and perhaps decimals."""
    point, after = lowered_point(data, at, end)
    if plain(point) == _MINUS:
        at = after
    run, commas, dots = 0, 0, 0
    while at < end:
        point, after = lowered_point(data, at, end)
        if 0x30 <= point <= 0x39:
            run += 1
        elif (point == _COMMA or point == _DOT) and _is(data, after, end, table, _DIGIT):
            if dots or (run != 3 if commas else not 1 <= run <= 3) or (point == _DOT and not commas):
                return False
            commas, dots, run = commas + (point == _COMMA), dots + (point == _DOT), 0
        elif table[point] & 0xF == _DIGIT:
            return False
        else:
            break
        at = after
    return commas > 0 and (dots > 0 or run == 3)


@helper
def _operator(data: Any, at: int, end: int, table: Any, out: Any, to: int) -> tuple[int, int]:
    """The run of operators at `at`: behind it, and behind its token; two or more stars are the marks of Markdown."""
    h = np.uint64(START)
    point, after = lowered_point(data, at, end)
    if point == _BANG:
        h, at = add(h, _BANG), after
        point, after = lowered_point(data, at, end)
        while at < end and point == _EQUALS:
            h, at = add(h, _EQUALS), after
            point, after = lowered_point(data, at, end)
        out[to] = mixed(h) | np.uint64(1)
        return at, to + 1
    while at < end and table[point] & 0xF == _OPERATOR:
        if point == _STAR and lowered_point(data, after, end)[0] == _STAR:
            if h == np.uint64(START):
                while at < end and lowered_point(data, at, end)[0] == _STAR:
                    at = lowered_point(data, at, end)[1]
                return at, to
            break
        h, at = add(h, point), after
        point, after = lowered_point(data, at, end)
    out[to] = mixed(h) | np.uint64(1)
    return at, to + 1


@helper
def _characters(data: Any, at: int, end: int, table: Any, known: Any, out: Any, to: int) -> int:
    """Each visible character a token: for a text that has no other tokens."""
    while at < end:
        point, after = lowered_point(data, at, end)
        if point != 0x20 and not 9 <= point <= 13:
            kind = table[point] & 0xF
            value = mixed(add_point(np.uint64(START), plain(point)))
            out[to] = value if kind == _MARK else value | np.uint64(1)
            to += 1
        at = after
    return to


@kernel
def _merge(values: Any, offsets: Any, odd: Any, more: Any, more_offsets: Any, out: Any, ends: Any) -> None:
    k = 0
    for i in range(len(odd)):
        if odd[i]:
            for j in range(ends[i + 1] - ends[i]):
                out[ends[i] + j] = more[more_offsets[k] + j]
            k += 1
        else:
            for j in range(ends[i + 1] - ends[i]):
                out[ends[i] + j] = values[offsets[i] + j]
