"""What the adapters have in common: cases in, what is kept out. Standard library only; runs in each tool's environment.

    python by_TOOL.py cases < cases.json     a list of lists of texts; answers which of each list are kept, twice
    python by_TOOL.py once < cases.json      the same, once
    python by_TOOL.py file FILE ANSWER       JSONL of prompt and completion; writes how many of the rows are kept

An adapter is a function from texts to the places of the texts that are kept.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

Kept = Callable[[list[str]], Iterable[int]]


def words(text: str) -> list[str]:
    """The tokens that the READMEs show: split at white space."""
    return text.split()


def runs(text: str) -> list[str]:
    """Word 3-grams in lower case; a shorter text is one run (the article gives it none)."""
    said = text.lower().split()
    return [" ".join(said[i : i + 3]) for i in range(max(1, len(said) - 2))]


def texts_of(path: str) -> list[str]:
    with Path(path).open(encoding="utf-8") as lines:
        return [f"{row['prompt']}\n{row['completion']}" for row in map(json.loads, lines)]


def tried(kept: Kept, texts: list[str]) -> object:
    """The places kept, or what went wrong."""
    try:
        return sorted(map(int, kept(texts)))
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]


def answer(package: str, kept: Kept) -> None:
    mode, *rest = sys.argv[1:]
    told = os.dup(1)
    os.dup2(2, 1)  # some tools print to standard output
    with contextlib.redirect_stdout(sys.stderr):
        if mode == "file":
            texts = texts_of(rest[0])
            found: object = {"rows": len(texts), "kept": len(list(kept(texts)))}
        else:
            cases = json.load(sys.stdin)
            found = [[tried(kept, texts) for texts in cases] for _ in range(2 if mode == "cases" else 1)]
            found = found if mode == "cases" else found[0]
    text = json.dumps({"version": version(package), "found": found})
    if mode == "file":
        Path(rest[1]).write_text(text)
    else:
        os.write(told, text.encode())
