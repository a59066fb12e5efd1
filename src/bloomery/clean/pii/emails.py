"""E-mail addresses.

Each "@" is looked at once, to its left at most 64 characters (the longest local part, RFC 5321), so hostile text costs
linear time. Letters of alphabets that touch Latin text (accents, Greek, Cyrillic) may belong to an address; Chinese,
Japanese, Korean or Thai letters next to it do not: "邮箱wang@acme.cn谢谢".

Not taken: ``@user@host`` handles, ``user:password@host`` in a URL, ``git@host:path`` remotes, file names such as
``icon@2x.png``, package versions such as ``react@18.2.0``.
"""

import re
from collections.abc import Iterator

from bloomery.clean.pii.span import Hit

_LETTER = "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u052f"
#: beside letters; of what RFC 5322 allows, only what is used in practice and does not also stand around addresses
_LOCAL = frozenset("._%+-'~")
_LOCAL_LETTER = re.compile(f"[{_LETTER}]")
_DOMAIN = re.compile(
    rf"(?:[{_LETTER}](?:[{_LETTER}-]{{0,61}}[{_LETTER}])?\.){{1,8}}"
    r"(?:xn--[A-Za-z0-9-]{2,59}|[A-Za-z\u0430-\u044f]{2,24})(?![A-Za-z0-9_])"
)
_FILE = re.compile(r"png|jpg|jpeg|gif|svg|webp|ico|css|js|mjs|ts|jsx|tsx|json|html|htm|xml|yml|yaml|py|md|txt")
_RESERVED_DOMAIN = re.compile(r"(?:^|\.)(?:example\.(?:com|net|org)|example|invalid|test|localhost)$", re.IGNORECASE)
_LONGEST_LOCAL = 64


def emails(text: str) -> Iterator[Hit]:
    """Addresses in `text`, left to right, without overlaps.

    >>> [text[h.start : h.end] for text in ["a@b.com's Bob@ACME.ORG."] for h in emails(text)]
    ['a@b.com', 'Bob@ACME.ORG']
    """
    free, at = 0, text.find("@")
    while at >= 0:
        hit = _around(text, at, free)
        if hit:
            yield hit
            free = hit.end
        at = text.find("@", at + 1)


def _around(text: str, at: int, free: int) -> Hit | None:
    domain = _DOMAIN.match(text, at + 1)
    start = _local(text, at, free)
    if domain is None or start == at:
        return None
    end = at + 1 + len(_without_next_sentence(domain.group()))
    name = text[at + 1 : end]
    if _FILE.fullmatch(name.rpartition(".")[2].lower()) or _not_mail(text, start, at):
        return None
    return Hit(start, end, "EMAIL", reserved=_RESERVED_DOMAIN.search(name) is not None)


def _local(text: str, at: int, free: int) -> int:
    """Where the local part before `at` starts; `at` if there is none."""
    start, stop = at, max(free, at - _LONGEST_LOCAL)
    while start > stop and (text[start - 1] in _LOCAL or _LOCAL_LETTER.match(text[start - 1])):
        start -= 1
    if start > free and text[start - 1] == "\\" and text[start] in "nrt":
        start += 1  # the letter of an escaped line end, in code
    while start < at and text[start] in ".-'%":
        start += 1
    return at if text[at - 1] == "." else start


def _without_next_sentence(domain: str) -> str:
    """``acme.com.Thanks`` without the sentence that lost its space."""
    head, _, last = domain.rpartition(".")
    return head if "." in head and last.istitle() and head.islower() and len(last) > 1 else domain


def _not_mail(text: str, start: int, at: int) -> bool:
    before = text[max(0, start - 80) : start]
    return before.endswith("@") or text[start:at] == "git" or re.search(r"://[^\s/]*$", before) is not None
