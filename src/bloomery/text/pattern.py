"""Patterns of many words, made fast.

The engine's Unicode ``\\b``, ``\\w`` and ``\\d`` make it give up its automaton as soon as a text holds one letter that is not
ASCII, and fall back to one that is forty times slower. The words we look for are ASCII or are written without spaces
(Chinese), so their ASCII forms are what is wanted: "HTML的" holds the word HTML.

Polars keeps only 32 compiled patterns, fewer than the signals have, so a pattern is not even looked at when there is no
text to match.
"""

import re

import polars as pl

_ASCII = {"b": r"(?-u:\b)", "w": "[[:word:]]", "W": "[^[:word:]]", "d": "[0-9]"}


def pattern(*alternatives: str, any_case: bool = False) -> str:
    r"""One pattern (polars, Rust syntax) that matches where any of `alternatives` does, with ``\b \w \W \d`` in ASCII.

    >>> pattern(r"\bcode\b", r"\d+", any_case=True)
    '(?i)(?:(?-u:\\b)code(?-u:\\b)|[0-9]+)'
    """
    joined = re.sub(r"\\(.)", lambda found: _ASCII.get(found[1], found[0]), "|".join(alternatives))
    return f"(?i)(?:{joined})" if any_case else f"(?:{joined})"


def having(frame: pl.DataFrame, found: str, *, column: str = "text") -> pl.DataFrame:
    """The lines of `frame` whose `column` matches the pattern `found`."""
    return frame if frame.is_empty() else only(frame, frame[column].str.contains(found))


def lacking(frame: pl.DataFrame, found: str, *, column: str = "text") -> pl.DataFrame:
    """The lines of `frame` whose `column` does not match the pattern `found`."""
    return frame if frame.is_empty() else only(frame, ~frame[column].str.contains(found))


def only(frame: pl.DataFrame, mask: pl.Series) -> pl.DataFrame:
    """The lines of `frame` where `mask` is true; quicker than a filter where that is all of them or none."""
    many = mask.sum()
    if many == len(frame):
        return frame
    return frame.filter(mask) if many else frame.clear()
