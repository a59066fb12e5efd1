"""What changed between two texts, word by word, for reports and for the terminal.

Myers' greedy algorithm (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986) over words,
punctuation marks, runs of white space, and single characters of scripts without word spaces. Two habits keep it
readable: a lone blank between two changes joins them, and of two texts that share little the differing middle is shown
as one removal and one addition instead of confetti.

The work is bounded whatever the texts: at most `MAX_TOKENS` tokens of the differing middle are compared and at most
`MAX_CHANGES` of them may change; beyond that the middle is replaced as a whole. Joined, the kept and removed pieces
always give the first text and the kept and added pieces the second.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from bloomery.text.counted import counted

MAX_TOKENS = 4_000
MAX_CHANGES = 300

#: Han, kana, Thai, Lao, Khmer and Myanmar characters stand for themselves; other words stay whole.
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_SPACELESS}]|[^\W{_SPACELESS}]+|\s+|[^\w\s]")

Kind = Literal["same", "removed", "added"]


class Piece(NamedTuple):
    """A run of text that is in both texts, only in the first, or only in the second."""

    kind: Kind
    text: str


def diff(before: str, after: str) -> list[Piece]:
    """The pieces that turn `before` into `after`; neighbours differ in kind, and none is empty.

    >>> [tuple(piece) for piece in diff("pay 30 days", "pay 60 days")]
    [('same', 'pay '), ('removed', '30'), ('added', '60'), ('same', ' days')]
    """
    a, b = _TOKEN.findall(before), _TOKEN.findall(after)
    head = _common(a, b)
    tail = _common(a[head:][::-1], b[head:][::-1])
    end_a, end_b = len(a) - tail, len(b) - tail
    middle = _middle(a[head:end_a], b[head:end_b])
    return _tidy([*_all("same", a[:head]), *middle, *_all("same", a[end_a:])])


def shorten(pieces: Sequence[Piece], *, limit: int = 600, context: int = 80) -> list[Piece]:
    """The same pieces with long runs cut, so that changes stay in sight.

    An unchanged run keeps `context` characters next to a change; any piece keeps at most `limit` characters. What was
    left out is said in place: ``… (1,234 more characters) …``.
    """
    last = len(pieces) - 1
    return [
        Piece(p.kind, _cut(p, first=i == 0, final=i == last, limit=limit, context=context))
        for i, p in enumerate(pieces)
    ]


def _cut(piece: Piece, *, first: bool, final: bool, limit: int, context: int) -> str:
    text = piece.text
    if piece.kind != "same" or (first and final):
        return text if len(text) <= limit else f"{text[:limit]}… ({counted(len(text) - limit, 'more character')})"
    head, tail = (0 if first else context), (0 if final else context)
    left_out = len(text) - head - tail
    if left_out <= context:
        return text
    return f"{text[:head]}… ({counted(left_out, 'more character')}) …{text[len(text) - tail :] if tail else ''}"


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the common beginning."""
    same = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        same += 1
    return same


def _middle(a: list[str], b: list[str]) -> list[Piece]:
    trace = _trace(a, b) if a and b and max(len(a), len(b)) <= MAX_TOKENS else None
    if trace is None:
        return [*_all("removed", a), *_all("added", b)]
    pieces = _walk(a, b, trace)
    shared = sum(len(piece.text) for piece in pieces if piece.kind == "same" and not piece.text.isspace())
    if shared * 5 < max(len("".join(a)), len("".join(b))):
        return [*_all("removed", a), *_all("added", b)]
    return pieces


def _trace(a: list[str], b: list[str]) -> list[dict[int, int]] | None:
    """The furthest point on each diagonal after 0, 1, 2 … changes; None when it would take too many."""
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for changes in range(min(len(a) + len(b), MAX_CHANGES) + 1):
        trace.append(dict(furthest))
        for k in range(-changes, changes + 1, 2):
            down = k == -changes or (k != changes and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            while x < len(a) and x - k < len(b) and a[x] == b[x - k]:
                x += 1
            furthest[k] = x
            if x >= len(a) and x - k >= len(b):
                return trace
    return None


def _walk(a: list[str], b: list[str], trace: list[dict[int, int]]) -> list[Piece]:
    """From the end of both texts back to their beginning."""
    x, y = len(a), len(b)
    pieces: list[Piece] = []
    for changes in range(len(trace) - 1, -1, -1):
        furthest, k = trace[changes], x - y
        down = k == -changes or (k != changes and furthest[k - 1] < furthest[k + 1])
        start = furthest[k + 1 if down else k - 1]
        start_y = start - (k + 1 if down else k - 1)
        while x > max(start, 0) and y > max(start_y, 0):
            x, y = x - 1, y - 1
            pieces.append(Piece("same", a[x]))
        if changes:
            pieces.append(Piece("added", b[start_y]) if down else Piece("removed", a[start]))
        x, y = start, start_y
    return pieces[::-1]


def _all(kind: Kind, tokens: Sequence[str]) -> list[Piece]:
    return [Piece(kind, token) for token in tokens]


def _tidy(pieces: list[Piece]) -> list[Piece]:
    """Blanks between two changes join them; each changed stretch is one removal, then one addition."""
    last = len(pieces) - 1
    changed = [
        piece.kind != "same"
        or (piece.text.isspace() and 0 < i < last and pieces[i - 1].kind != "same" and pieces[i + 1].kind != "same")
        for i, piece in enumerate(pieces)
    ]
    tidy: list[Piece] = []
    for is_changed, group in groupby(zip(changed, pieces, strict=True), key=lambda pair: pair[0]):
        run = [piece for _, piece in group]
        if is_changed:
            gone = "".join(piece.text for piece in run if piece.kind != "added")
            new = "".join(piece.text for piece in run if piece.kind != "removed")
            tidy += [piece for piece in (Piece("removed", gone), Piece("added", new)) if piece.text]
        else:
            tidy.append(Piece("same", "".join(piece.text for piece in run)))
    return tidy
