"""Which container a file is: told from its name, and from its first bytes where names are vague or lie.

Parquet and Arrow are told from their first bytes whatever the name. A .json whose lines are objects is JSON lines; a
.jsonl that holds one array, or pretty-printed records, is JSON. A .tsv or .txt in CoNLL columns is CoNLL. Without a
telling name, the content decides: JSON, CoNLL, else plain text.
"""

import re
from collections.abc import Sequence

import msgspec

from bloomery.formats import conll
from bloomery.formats.compress import SUFFIXES

CONTAINERS = ("jsonl", "json", "csv", "tsv", "txt", "parquet", "arrow", "conll")
#: file name ending -> container
ENDINGS = {
    **{".jsonl": "jsonl", ".ndjson": "jsonl", ".jsonlines": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv"},
    **{".txt": "txt", ".text": "txt", ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "arrow"},
    **{".ipc": "arrow", ".conll": "conll", ".iob": "conll", ".bio": "conll", ".iob2": "conll"},
}
#: how an array or an object can begin; "[![logo](a.png)](b)" is text
_OPENS_JSON = re.compile(rb"\s*(?:\[\s*[\[\]{\"\d-]|\{\s*[\"}])")
_BINARY = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\xff\xff\xff\xff": "arrow"}


def ending(name: str) -> str | None:
    """The container that a file name promises, compression left aside.

    >>> ending("raw/tickets.JSONL.gz"), ending("README")
    ('jsonl', None)
    """
    name = name.lower()
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return next((container for end, container in ENDINGS.items() if name.endswith(end)), None)


def binary(first: bytes) -> str | None:
    """``parquet`` or ``arrow`` if a file begins with `first` like one, else None."""
    return next((container for magic, container in _BINARY.items() if first.startswith(magic)), None)


def container(name: str, head: bytes) -> str:
    """The container of a text file that begins with `head` (UTF-8)."""
    named = ending(name)
    if named in (None, "txt", "tsv") and conll.looks_like(head):
        return "conll"
    if named in ("jsonl", "json"):
        return _json(head, alone="json" if named == "json" else "jsonl")
    if named in (None, "txt") and _is_object(_lines(head)[:1]):
        return "jsonl"
    if named is None and _OPENS_JSON.match(head) and b'"' in head:
        return _json(head, alone="json")
    return named or "txt"


def _json(head: bytes, *, alone: str) -> str:
    """JSON lines or JSON; `alone` is for a single line that holds an object."""
    lines = _lines(head)
    if not lines:
        return alone
    if lines[0].lstrip().startswith(b"["):
        return "json"
    if _is_object(lines[:1]):
        return alone if len(lines) == 1 else "jsonl"
    if not lines[0].lstrip().startswith(b"{") and (alone == "jsonl" or lines[0].startswith(b'"')):
        return "jsonl"
    return "jsonl" if alone == "jsonl" and (len(lines) == 1 or _is_object(lines[1:])) else "json"


def _lines(head: bytes) -> list[bytes]:
    """The lines of `head` that are not blank."""
    return [line for line in head.replace(b"\r", b"\n").split(b"\n") if line.strip()]


def _is_object(lines: Sequence[bytes]) -> bool:
    """Whether one of the first of these lines is a whole JSON object that starts at the left edge."""
    return any(line.startswith(b"{") and _whole(line) for line in lines[:50])


def _whole(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True
