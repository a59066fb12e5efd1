"""Fenced blocks of a documentation page, run as a reader would.

    ```jsonl file=raw.jsonl     a file to put in the folder
    ```yaml file=recipe.yaml
    ```console                  lines "$ command", each followed by what it prints; "…" stands for anything on a line,
                                and a line of only "…" for any lines
    ```python                   run in the same folder

Blocks of a page run in order, in one folder. Other blocks are prose.
"""

import re
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^```(\S+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    kind: str
    file: str | None
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [Block(m[1], m[2], m[3], text[: m.start()].count("\n") + 1) for m in FENCE.finditer(text)]


class Command(NamedTuple):
    line: str
    expected: str


def commands(block: Block) -> list[Command]:
    """``$ command`` lines (continued by a trailing backslash) and what follows each."""
    found: list[Command] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:], ""))
        elif found and found[-1].line.endswith("\\") and not found[-1].expected:
            found[-1] = Command(found[-1].line[:-1] + line.strip(), "")
        elif found:
            found[-1] = Command(found[-1].line, found[-1].expected + line + "\n")
    return found


def matches(expected: str, printed: str) -> bool:
    """Whether what was printed is what the page says."""
    pattern = ""
    for line in expected.strip("\n").split("\n"):
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(piece) for piece in line.rstrip().split("…")) + r"[ ]*\n"
    return re.fullmatch(pattern, printed.strip("\n") + "\n") is not None
