"""The slow, obvious version of what the package computes fast. Tests compare the two; nothing here is imported by it."""

import re
import unicodedata
from collections.abc import Callable, Sequence

Set = frozenset[int]


def jaccard(a: Set, b: Set) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def pairs(sets: Sequence[Set], threshold: float) -> dict[tuple[int, int], float]:
    """Every pair, counted out."""
    return {
        (i, j): jaccard(sets[i], sets[j])
        for i in range(len(sets))
        for j in range(i + 1, len(sets))
        if jaccard(sets[i], sets[j]) >= threshold
    }


def edits(a: Sequence[str], b: Sequence[str]) -> int:
    """Levenshtein's distance, the whole table."""
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j - 1] + (x != y), above[j] + 1, row[-1] + 1))
        above = row
    return above[-1]


def edit_pairs(said: Sequence[Sequence[str]], least: float) -> dict[tuple[int, int], float]:
    """Every pair of texts that have words, of which at least that share of the longer one's words needs no change."""
    found = {}
    for j, b in enumerate(said):
        for i, a in enumerate(said[:j]):
            longer = max(len(a), len(b))
            if a and b and edits(a, b) <= (1 - least) * longer + 1e-9:
                found[i, j] = 1 - edits(a, b) / longer
    return found


def stars(
    similar: dict[tuple[int, int], float], rank: Sequence[int], alive: Sequence[bool]
) -> dict[int, tuple[int, float]]:
    """Dropped row -> (kept row, similarity), best rank first."""
    both_ways = similar | {(j, i): s for (i, j), s in similar.items()}
    kept: list[int] = []
    dropped: dict[int, tuple[int, float]] = {}
    for row in sorted((r for r in range(len(rank)) if alive[r]), key=lambda r: rank[r]):
        near = [(-both_ways[row, k], rank[k], k) for k in kept if (row, k) in both_ways]
        if near:
            dropped[row] = (min(near)[2], -min(near)[0])
        else:
            kept.append(row)
    return dropped


def components(edges: Sequence[tuple[int, int]], n: int) -> list[int]:
    """The lowest row that each row can reach."""
    label = list(range(n))
    for _ in range(n):
        for a, b in edges:
            label[a] = label[b] = min(label[a], label[b])
    return label


def shingles(tokens: Sequence[str], width: int) -> set[tuple[str, ...]]:
    if 0 < len(tokens) < width:
        return {tuple(tokens)}
    return {tuple(tokens[i : i + width]) for i in range(len(tokens) - width + 1)}


def blanks(text: str) -> int:
    """Characters that are white space in Unicode; Python counts four separators (U+001C to U+001F) among them."""
    return sum(character.isspace() and not "\x1c" <= character <= "\x1f" for character in text)


def key(text: str) -> str:
    """Character by character, with Python's own tables."""

    def compose(text: str) -> str:
        return "".join(
            piece if _apart(piece[:1]) else unicodedata.normalize("NFKC", piece) for piece in _pieces(text, _apart)
        )

    visible = "".join(
        c
        for c in text
        if not re.match("[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]", c)
    )
    return " ".join(compose(compose(visible).casefold().lower()).split())


def _apart(character: str) -> bool:
    return bool(character) and unicodedata.decomposition(character).startswith(("<super>", "<sub>", "<fraction>"))


def _pieces(text: str, alone: Callable[[str], bool]) -> list[str]:
    pieces = [""]
    for character in text:
        if alone(character) or alone(pieces[-1][:1]):
            pieces.append(character)
        else:
            pieces[-1] += character
    return pieces
