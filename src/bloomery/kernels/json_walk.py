"""The walk over a JSON row: compiled functions behind `bloomery.kernels.json_rows`, all in one file.

(What is compiled into a kernel from another file goes stale on disk when only that file changes.)

A position is an index into the bytes of all rows; a function that walks gives the position behind what it walked over, -1
if that is invalid or unsure. Whoever reads a byte has checked that it lies before `end`, the end of the row.

Arguments that recur: `data`, the bytes of all rows; `words` and `bounds`, names one after the other, name i being
``words[bounds[i]:bounds[i + 1]]``; `out`, where unescaped texts go, as long as `data`, of which what lies behind the last
text (`to`) is scratch; `work`, ints: for each open object where its keys begin, -1 for an open list (``[:DEEPEST]``), and
behind that marks of the keys of all open objects.
"""

from typing import Any

import numpy as np

from bloomery.kernels.jit import helper, kernel

#: What a wanted column holds: nothing, null, a string, ``[]``, a whole number of up to 18 digits or true or false (its
#: text is the literal), any other value (without text).
ABSENT, NULL, TEXT, EMPTY_LIST, SCALAR, OTHER = range(6)
_ESCAPED = 6  # within the walk: a string with escapes
DEEPEST = 64
MOST_KEYS = 1_024  # keys looked after at a time in one row
MOST_STRINGS = 16_384  # in one row, where they are put on tape
_LONGEST, _WHOLE = 64, 18

_QUOTE, _BACKSLASH, _COMMA, _COLON, _OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = b'"\\,:{}[]'
_MINUS, _PLUS, _POINT, _ZERO, _NINE, _E, _U, _N, _T, _F = b"-+.09euntf"

_PLAIN = np.ones(256, dtype=np.bool_)  # bytes that stand for themselves in a string
_PLAIN[[*range(32), _QUOTE, _BACKSLASH, *range(128, 256)]] = False
_HEX = np.full(256, -1, dtype=np.int64)
_HEX[list(b"0123456789abcdef")] = range(16)
_HEX[list(b"ABCDEF")] = range(10, 16)
_SHORT = np.zeros(256, dtype=np.int64)  # what a one-letter escape stands for
_SHORT[list(b'"\\/bfnrt')] = list(b'"\\/\b\f\n\r\t')
#: by first byte of a character: how many bytes follow (0: none may begin so), and the bounds of the second
_MORE, _LOW, _HIGH = (np.full(256, value, dtype=np.int64) for value in (0, 0x80, 0xBF))
_MORE[0xC2:0xE0], _MORE[0xE0:0xF0], _MORE[0xF0:0xF5] = 1, 2, 3
_LOW[[0xE0, 0xF0]] = 0xA0, 0x90
_HIGH[[0xED, 0xF4]] = 0x9F, 0x8F
_LITERALS = np.frombuffer(b"nulltruefalse", dtype=np.uint8)


@kernel
def walk_fields(
    data: Any, offsets: Any, words: Any, bounds: Any, low: int, every: bool, work: Any, tape: Any, found: Any,
    out: Any, ok: Any, kinds: Any, ends: Any
) -> None:  # fmt: skip
    """See `bloomery.kernels.json_rows.fields`."""
    width = len(bounds) - 1 - low
    for row in range(len(ok)):
        to = ends[row * width]
        ok[row] = _record(data, offsets[row], offsets[row + 1], words, bounds, low, every, work, tape, found, out, to)
        for column in range(width):
            kind = found[4 * column] if ok[row] else ABSENT
            if kind in (TEXT, SCALAR, _ESCAPED):
                to = _copy(data, found[4 * column + 1], found[4 * column + 2], kind == _ESCAPED, out, to)
            kinds[row, column] = TEXT if kind == _ESCAPED else kind
            ends[row * width + column + 1] = to


@kernel
def walk_conversations(
    data: Any, offsets: Any, words: Any, bounds: Any, low: int, every: bool, work: Any, tape: Any, found: Any,
    out: Any, ok: Any, answers: Any, tag: Any, counts: Any, speakers: Any, ends: Any
) -> int:  # fmt: skip
    """See `bloomery.kernels.json_rows.conversations`; how many turns there are.

    The words are the two keys, the speakers, the column of the turns, the columns beside it.
    """
    total = offsets[0]  # 0
    for row in range(len(ok)):
        to = ends[total]
        good = _record(data, offsets[row], offsets[row + 1], words, bounds, low, every, work, tape, found, out, to)
        good = good and found[0] == OTHER and data[found[1]] == _OPEN_LIST
        for at in range(4, len(found), 4):
            text = found[at] == TEXT or found[at] == _ESCAPED
            empty = found[at] == ABSENT or found[at] == NULL or found[at] == EMPTY_LIST
            good = good and (empty or (text and found[at + 1] == found[at + 2]))
        count = 0
        if good:
            count = _turns(
                data, found[1], found[2], words, bounds, tape, found[3], low, out, answers, tag, speakers, ends, total
            )
        ok[row] = count > 0
        counts[row] = count
        total += count
    return int(total)


@helper
def _turns(
    data: Any, at: int, end: int, words: Any, bounds: Any, tape: Any, said: int, low: int, out: Any, answers: Any,
    tag: Any, speakers: Any, ends: Any, total: int
) -> int:  # fmt: skip
    """How many turns the list ``data[at:end]``, valid JSON and not empty, holds; 0 if it is no plain conversation.

    Its first string is `said` of `tape`. Speakers and contents are written behind the `total` turns before.
    """
    before, answered, first = total, False, low - len(answers)  # the first speaker
    while True:
        at = _blank(data, at + 1, end)  # behind the bracket or a comma
        if data[at] != _OPEN:
            return 0
        to, start, stop = ends[total], at, at
        speaker, escaped = -1, at < 0
        for place in range(2):
            at = _blank(data, at + 1, end)
            if data[at] != _QUOTE:
                return 0
            key = _which(data, at + 1, tape[said] - 1, words, bounds, bounds[0], first)
            if key < 0:  # also where it has escapes
                return 0
            at = _blank(data, _blank(data, tape[said], end) + 1, end)
            if data[at] != _QUOTE:
                return 0
            text, at, odd = at + 1, abs(tape[said + 1]), tape[said + 1] < 0
            said += 2
            if key:
                start, stop, escaped = text, at - 1, odd
            elif not odd:
                speaker = _which(data, text, at - 1, words, bounds, first, low) - first
            at = _blank(data, at, end)
            if data[at] != (_CLOSE if place else _COMMA):
                return 0
        if speaker < 0 or start == stop:
            return 0
        to = _copy(data, start, stop, escaped, out, to)
        if answers[speaker] and _holds(out, ends[total], to, tag):
            return 0
        answered |= answers[speaker]
        speakers[total], ends[total + 1] = speaker, to
        total += 1
        at = _blank(data, at + 1, end)
        if data[at] == _CLOSE_LIST:
            return total - before if answered else 0


@helper
def _record(  # noqa: PLR0915  # one state machine
    data: Any, at: int, end: int, words: Any, bounds: Any, low: int, every: bool, work: Any, tape: Any, found: Any,
    out: Any, to: int
) -> bool:  # fmt: skip
    """Whether ``data[at:end]`` is one object; `found` gets kind, start, end and first string of each column.

    The columns are the words from `low` on. None may stand twice in an object at any depth; if `every`, no key at all, and
    `tape` gets for each string, keys too, the position behind it, negative if it has escapes.
    """
    for place in range(0, len(found), 4):
        found[place] = ABSENT
    at = _blank(data, at, end)
    if at >= end or data[at] != _OPEN:
        return False
    depth, top, column, start, said, first_said, keyed = 0, 0, -1, at, 0, 0, False
    while True:  # a value begins at `at`, or if `keyed` a key
        if at >= end or (keyed and data[at] != _QUOTE):
            return False
        first, begin = data[at], at
        if depth == 1 and not keyed:
            start, first_said = at, said
        if first == _QUOTE:
            at, escaped = _string(data, at + 1, end)
            if at < 0 or said == len(tape):
                return False
            if every:
                tape[said], said = -at if escaped else at, said + 1
            kind = _ESCAPED if escaped else TEXT
            if keyed:
                stop = _copy(data, begin + 1, at - 1, escaped, out, to)
                mark = _which(out, to, stop, words, bounds, low, len(bounds) - 1)
                if depth == 1:
                    column = 4 * (mark - low) if mark >= 0 else -1
                if every:
                    mark = _hash(out, to, stop)
                if mark >= 0:
                    for one in range(DEEPEST + work[depth - 1], DEEPEST + top):
                        if work[one] == mark:
                            return False
                    if DEEPEST + top == len(work):
                        return False
                    work[DEEPEST + top], top = mark, top + 1
                at = _blank(data, at, end)
                if at >= end or data[at] != _COLON:
                    return False
                at, keyed = _blank(data, at + 1, end), False
                continue
        elif first in (_OPEN, _OPEN_LIST):
            at = _blank(data, at + 1, end)
            if depth == DEEPEST or at >= end:
                return False
            if data[at] != first + 2:  # in ASCII the closing one stands two behind
                work[depth] = top if first == _OPEN else -1
                depth += 1
                keyed = first == _OPEN
                continue
            at += 1
            kind = EMPTY_LIST if first == _OPEN_LIST else OTHER
        else:
            at, kind = _literal(data, at, end)
            if at < 0:
                return False
        while True:  # behind a value
            behind, at = at, _blank(data, at, end)
            if depth == 0 or at >= end:
                return depth == 0 and at == end
            if depth == 1 and column >= 0:
                quote = 1 if kind in (TEXT, _ESCAPED) else 0
                found[column], found[column + 1], found[column + 2] = kind, start + quote, behind - quote
                found[column + 3] = first_said
            base = work[depth - 1]
            if data[at] == _COMMA:
                at, keyed = _blank(data, at + 1, end), base >= 0
                break
            if data[at] != (_CLOSE_LIST if base < 0 else _CLOSE):
                return False
            top = base if base >= 0 else top
            depth, at, kind = depth - 1, at + 1, OTHER


@helper
def _blank(data: Any, at: int, end: int) -> int:
    """Behind the white space at `at`."""
    while at < end and (data[at] == 32 or data[at] == 10 or data[at] == 13 or data[at] == 9):
        at += 1
    return at


@helper
def _string(data: Any, at: int, end: int) -> tuple[int, bool]:
    """Behind the closing quote of the string whose first character is at `at`; whether it has escapes."""
    escaped = False
    while True:
        while at + 32 <= end:  # compiled to vector instructions
            block = data[at : at + 32]
            special = False
            for k in range(32):
                byte = block[k]
                special |= (byte < 32) | (byte == _QUOTE) | (byte == _BACKSLASH) | (byte > 127)
            if special:
                break
            at += 32
        while at < end and _PLAIN[data[at]]:
            at += 1
        while at < end and data[at] > 127:
            first = data[at]  # the shortest form, no surrogate, up to U+10FFFF
            more = _MORE[first]
            if more == 0 or at + more >= end or data[at + 1] < _LOW[first] or data[at + 1] > _HIGH[first]:
                return -1, escaped
            for k in range(2, more + 1):
                if data[at + k] & 0xC0 != 0x80:
                    return -1, escaped
            at += more + 1
        if at >= end:
            return -1, escaped
        if data[at] == _QUOTE:
            return at + 1, escaped
        if data[at] == _BACKSLASH:
            escaped = True
            at, _ = _escape(data, at, end)
            if at < 0:
                return -1, escaped
        elif data[at] < 32:
            return -1, escaped


@helper
def _escape(data: Any, at: int, end: int) -> tuple[int, int]:
    """Behind the escape whose backslash is at `at`, both halves of a pair taken together; its code point."""
    if at + 1 >= end:
        return -1, 0
    if data[at + 1] != _U:
        code = _SHORT[data[at + 1]]
        return (at + 2 if code else -1), code
    code = _four(data, at + 2, end)
    at += 6
    if code < 0xD800 or code > 0xDFFF:
        return (at if code >= 0 else -1), code
    if code > 0xDBFF or at + 1 >= end or data[at] != _BACKSLASH or data[at + 1] != _U:
        return -1, 0
    low = _four(data, at + 2, end)
    if low < 0xDC00 or low > 0xDFFF:
        return -1, 0
    return at + 6, 0x10000 + ((code - 0xD800) << 10) + low - 0xDC00


@helper
def _four(data: Any, at: int, end: int) -> int:
    """The number of four hexadecimal digits at `at`, -1 if they are not there."""
    if at + 4 > end:
        return -1
    one, two, three, four = _HEX[data[at]], _HEX[data[at + 1]], _HEX[data[at + 2]], _HEX[data[at + 3]]
    return -1 if (one | two | three | four) < 0 else (one << 12) | (two << 8) | (three << 4) | four


@helper
def _literal(data: Any, at: int, end: int) -> tuple[int, int]:
    """Behind the null, true, false or number at `at`, and its kind; any decoder can hold an exponent of two digits."""
    start, kind = at, SCALAR
    word, size = (0, 4) if data[at] == _N else (4, 4) if data[at] == _T else (8, 5) if data[at] == _F else (0, 0)
    if size:
        for k in range(size):
            if at + k >= end or data[at + k] != _LITERALS[word + k]:
                return -1, OTHER
        return at + size, NULL if size == 4 and word == 0 else SCALAR
    minus = data[at] == _MINUS
    at += minus
    for stage in range(3):  # whole, fraction, exponent
        if stage:
            if at >= end or (data[at] != _POINT if stage == 1 else (data[at] | 32) != _E):
                continue
            kind, at = OTHER, at + 1
            if stage == 2 and at < end and (data[at] == _PLUS or data[at] == _MINUS):
                at += 1
        first = at
        while at < end and data[at] >= _ZERO and data[at] <= _NINE:
            at += 1
        if at == first or (stage == 0 and data[first] == _ZERO and at > first + 1) or (stage == 2 and at > first + 2):
            return -1, OTHER
        if stage == 0 and (at - first > _WHOLE or (minus and data[first] == _ZERO)):  # -0 is no whole number
            kind = OTHER
    return (at if at - start <= _LONGEST else -1), kind


@helper
def _copy(data: Any, start: int, stop: int, escaped: bool, out: Any, to: int) -> int:
    """Write the valid text ``data[start:stop]``, unescaped, at `to` of `out`; behind it there."""
    if not escaped:
        source, target = data[start:stop], out[to : to + stop - start]
        for k in range(stop - start):
            target[k] = source[k]
        return to + stop - start
    while True:
        while start + 32 <= stop:  # `out` has room: no text is longer than it was with its escapes
            source, target, special = data[start : start + 32], out[to : to + 32], False
            for k in range(32):
                byte = source[k]
                target[k] = byte
                special |= byte == _BACKSLASH
            if special:
                break
            start, to = start + 32, to + 32
        while start < stop and data[start] != _BACKSLASH:
            out[to] = data[start]
            start, to = start + 1, to + 1
        if start == stop:
            return to
        start, code = _escape(data, start, stop)
        if code < 0x80:
            out[to] = code
            to += 1
            continue
        more = 1 if code < 0x800 else 2 if code < 0x10000 else 3
        out[to] = (0xFF00 >> (more + 1)) & 0xFF | code >> (6 * more)
        for k in range(1, more + 1):
            out[to + k] = 0x80 | (code >> (6 * (more - k))) & 0x3F
        to += more + 1


@helper
def _hash(text: Any, start: int, stop: int) -> int:
    """43 bits that tell keys apart."""
    mark = 7
    for at in range(start, stop):
        mark = (mark * 1_000_003 + int(text[at]) + 1) & 0x7FFFFFFFFFF
    return mark


@helper
def _which(text: Any, start: int, stop: int, words: Any, bounds: Any, low: int, high: int) -> int:
    """Which of the words ``low <= i < high`` is ``text[start:stop]``, -1 if none is."""
    for word in range(low, high):
        begin = bounds[word]
        if bounds[word + 1] - begin == stop - start:
            same = True
            for k in range(stop - start):
                same = same and words[begin + k] == text[start + k]
            if same:
                return word
    return -1


@helper
def _holds(text: Any, start: int, stop: int, tag: Any) -> bool:
    """Whether `tag`, not empty, stands in ``text[start:stop]``."""
    size = len(tag)
    block, last, likely = text[start:stop], tag[size - 1], False
    for k in range(stop - start):
        likely |= block[k] == last
    if likely:
        for at in range(start, stop - size + 1):
            same = text[at + size - 1] == last
            for k in range(size - 1):
                same = same and text[at + k] == tag[k]
            if same:
                return True
    return False
