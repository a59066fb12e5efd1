"""Lines of a file that cannot be read: where they are and what is wrong with them, in a sentence."""

from bloomery.evaluate.records import Records
from bloomery.formats.sniff import ending
from bloomery.text.counted import counted

_SHOWN = 3  # broken lines in a sentence


def unread(found: Records) -> str:
    """``p.jsonl, line 51: the JSON ends in the middle``, of the first few broken lines; "" where there are none."""
    said = [f"{_where(found, number)}: {reason}" for number, reason in found.broken[:_SHOWN]]
    more = len(found.broken) - _SHOWN
    return "; ".join(said) + (f"; and {counted(more, 'more', 'more')}" if more > 0 else "")


def good_and_broken(found: Records) -> str:
    """How many lines were good and how many were not, and which.

    >>> good_and_broken(Records([("1", {})], [("2", "cut off")], [{"path": "p.jsonl", "container": "jsonl"}], []))
    '1 line that can be read and 1 that cannot (p.jsonl, line 2: cut off)'
    """
    word = "line" if all(file["container"] == "jsonl" for file in found.files) else "row"
    good = counted(len(found.good), f"{word} that can be read", f"{word}s that can be read")
    return f"{good} and {len(found.broken):,} that cannot ({unread(found)}){_as_one(found)}" if found.broken else good


def _as_one(found: Records) -> str:
    """What to know about a file of lines that begins with broken ones."""
    taken = [f["path"] for f in found.files if f["container"] == "json" and ending(str(f["path"])) == "jsonl"]
    if not taken or found.good:
        return ""
    return f"; the first lines of {taken[0]} are no JSON objects, so it was read as one JSON value over several lines"


def _where(found: Records, number: str) -> str:
    """A number as `records` gives it, ``2:51`` for line 51 of the second of several files, in words."""
    file, _, line = number.rpartition(":")
    told = found.files[int(file or 1) - 1]
    return f"{told['path']}, {'line' if told['container'] == 'jsonl' else 'row'} {line}"
