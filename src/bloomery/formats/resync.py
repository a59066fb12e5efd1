"""Where the next element of a JSON array begins, in text in which a bracket or a quote is missing.

The elements of a file begin alike, with the same first key: ``{"instruction":``. In broken text such a beginning is taken
for the next element where JSON would not allow an object: inside what the scan takes for a string (a quote is missing
before it; in a sound string the quotes would be escaped), or in an object where a key is due (a bracket is missing). At
any other place it is a nested object that begins like its parent, and stays part of it.
"""

import re

from bloomery.formats.structure import Structure

_FIRST_KEY = re.compile(rb'\{\s*("(?:[^"\\]|\\.){0,200}+")\s*:')
_LOOK_BACK = 200


def beginning(element: bytes) -> re.Pattern[bytes] | None:
    """The pattern that elements beginning like this one match; None for an element without a first key.

    >>> beginning(b'{ "a": 1}').match(b'{"a":2}') is not None
    True
    """
    match = _FIRST_KEY.match(element)
    return re.compile(rb"\{\s*" + re.escape(match[1]) + rb"\s*:") if match else None


def next_element(piece: bytes, pattern: re.Pattern[bytes]) -> int | None:
    """The offset in `piece` (which starts at an element) where another element begins, None if none does.

    >>> next_element(b'{"a": "x}, {"a": "y"}', beginning(b'{"a":1}'))
    11
    >>> next_element(b'{"a": [{"a": NaN}]}', beginning(b'{"a":1}')) is None
    True
    """
    found = {match.start() for match in pattern.finditer(piece, 1)}
    if not found:
        return None
    marks = Structure().scan(piece)
    allowed = set()
    parents: list[int] = []
    for at, char in zip(marks.at.tolist(), marks.char.tolist(), strict=True):
        if char in b"[{":
            due_key = parents[-1:] == [0x7B] and not piece[max(0, at - _LOOK_BACK) : at].rstrip().endswith(b":")
            if not due_key:
                allowed.add(at)
            parents.append(char)
        elif char in b"]}" and parents:
            parents.pop()
    return min(found - allowed, default=None)
