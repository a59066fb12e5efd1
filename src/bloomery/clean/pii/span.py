"""What a detector gets and returns, and when a number stands alone."""

import re
from typing import NamedTuple


class Hit(NamedTuple):
    """A stretch of text that looks like personal data; `reserved` if it is a known example that belongs to nobody."""

    start: int
    end: int
    type: str
    reserved: bool = False


Run = tuple[int, int]
_RUN = re.compile(r"\d(?:[ ()./\t-]{0,3}\d){6,}")
_DIGIT = re.compile(r"\d")
_LEADS = ("+(", "(+")


def digit_runs(text: str) -> list[Run]:
    """Where seven or more digits follow each other, with the separators of numbers between and a plus before them.

    >>> digit_runs("on 1.2.2024 call +44 20 7946-1234, room 12")
    [(17, 33)]
    """
    return [(match.start() - _lead(text, match.start()), match.end()) for match in _RUN.finditer(text)]


def trimmed(text: str, start: int, end: int) -> Run:
    """``start:end`` from its first digit, with the lead, to its last.

    >>> trimmed("- (415) 200-4417 (", 0, 18)
    (2, 16)
    """
    first = _DIGIT.search(text, start, end)
    while first and not text[end - 1].isdecimal():
        end -= 1
    return (max(start, first.start() - _lead(text, first.start())), end) if first else (end, end)


def _lead(text: str, start: int) -> int:
    """How many characters before the first digit belong to the number: a plus, a parenthesis."""
    if text[max(0, start - 2) : start] in _LEADS:
        return 2
    return int(text[max(0, start - 1) : start] in ("+", "("))


#: ASCII letters and digits glued to a number make it part of an identifier; letters of other scripts do not
#: ("电话13812345678" is a phone number, "A13812345678" is not).
GLUE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
DIGITS = frozenset("0123456789")


def stands_alone(text: str, start: int, end: int, free: int = 0) -> bool:
    """Whether ``text[start:end]`` is a number of its own: not part of an identifier, a decimal, a time or a path.

    What stands before `free` is gone and glues nothing.

    >>> glued = ("A77", "0.77", "77:10", "a/77", "a-77", "77%", "$77")
    >>> [stands_alone(t, t.index("7"), t.rindex("7") + 1) for t in ("is 77.", "Tel:77", "“77”", *glued)]
    [True, True, True, False, False, False, False, False, False, False]
    """
    return not _glued_before(text[max(0, free, start - 2) : start]) and not _glued_after(text[end : end + 3])


def _glued_before(before: str) -> bool:
    last = before[-1:]
    if last in GLUE or last in ("$", "€", "£", "¥", "#", "\\", "^"):
        return bool(last)
    if last in ("-", "/"):
        return before[0] in GLUE
    return last in (".", ",", ":") and before[0] in DIGITS


def _glued_after(after: str) -> bool:
    first, second = after[:1], after[1:2]
    if first in GLUE or first in ("%", "@", "°"):
        return bool(first)
    if first == "-" and len(after) == 3 and after[1:].isalpha() and after[1:].isupper():
        return True  # 1-800-662-HELP
    return first in (".", ",", ":", "-", "/") and second in DIGITS
