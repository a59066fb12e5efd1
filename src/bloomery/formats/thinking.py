"""``<think>`` blocks: reasoning written into the answer.

An assistant text is cut into pieces: the inside of each block is reasoning, the rest is answer. The tags and the white
space around the pieces belong to none of them, so they stay as they are when a piece is edited. A block that is never
closed reaches to the end (a cut-off answer). A ``</think>`` that was never opened closes a block that began at the start
(some chat templates write the opening tag into the prompt), unless nothing follows it: then it is a stray tag in an answer.
The scan is linear in the text, whatever it holds.
"""

from typing import NamedTuple

OPEN, CLOSE = "<think>", "</think>"


class Piece(NamedTuple):
    """A stretch of an assistant text, without surrounding white space and never empty."""

    role: str  # completion or reasoning
    start: int
    end: int


def pieces(text: str) -> list[Piece]:
    """The pieces of `text`; the whole text, white space included, where it has no think tag.

    >>> [(p.role, "<think> a </think>\\n b"[p.start:p.end]) for p in pieces("<think> a </think>\\n b")]
    [('reasoning', 'a'), ('completion', 'b')]
    """
    if OPEN not in text and CLOSE not in text:
        return [Piece("completion", 0, len(text))] if text else []
    found: list[Piece] = []
    at = 0
    thinking = _closes_first(text)
    while at <= len(text):
        end = text.find(CLOSE if thinking else OPEN, at)
        end = len(text) if end < 0 else end
        found += _trimmed(text, "reasoning" if thinking else "completion", at, end)
        at = end + len(CLOSE if thinking else OPEN)
        thinking = not thinking
    return found


def _closes_first(text: str) -> bool:
    opened, closed = text.find(OPEN), text.find(CLOSE)
    return closed >= 0 and (opened < 0 or closed < opened) and bool(text[closed + len(CLOSE) :].strip())


def _trimmed(text: str, role: str, start: int, end: int) -> list[Piece]:
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    end -= len(inner) - len(inner.rstrip())
    return [Piece(role, start, end)] if start < end else []
