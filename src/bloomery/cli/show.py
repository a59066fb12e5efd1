"""What commands print: a progress bar that is quiet when nobody looks, tables, and a row's story in colour."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bloomery.engine import Progress, silent


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on standard error with rows, share and time left; silent when that is not a terminal."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    from bloomery.kernels import ahead
    from bloomery.kernels.jit import compiled_before

    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rows]:>12,} rows"),
        TextColumn("{task.fields[size]:>10}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    if not compiled_before():
        sys.stderr.write("First run on this machine: compiling kernels, which takes about ten seconds, once.\n")
        ahead.start()
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tell(stage: str, *, rows: int, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=None, rows=0, size="")
            size = f"{done / 1e6:,.0f} MB" if stage == "reading" else ""
            bars.update(tasks[stage], completed=done, total=total or None, rows=rows, size=size)

        yield tell


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns aligned with spaces; numbers to the right, with thousands separated.

    >>> print(table(["op", "rows"], [["near", 1234]]))
    op     rows
    near  1,234
    """
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(len(line[k]) for line in [list(head), *cells]) for k in range(len(head))]
    right = [bool(rows) and isinstance(rows[0][k], int) for k in range(len(head))]
    lines = [
        "  ".join(
            cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in [list(head), *cells]
    ]
    return "\n".join(lines)


STYLES = {"same": "", "removed": "red strike", "added": "green underline", "note": "dim"}


def story(chapters: Sequence[Any]) -> None:
    """Print the chapters of a row's story, diffs in colour (and with marks, where there is no colour)."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    marks = {"removed": ("[-", "-]"), "added": ("{+", "+}")} if not console.is_terminal or console.no_color else {}
    for number, chapter in enumerate(chapters):
        console.print(("\n" if number else "") + _plain(chapter.title), style="bold", markup=False)
        body = Text()
        for kind, text in chapter.body:
            before, after = marks.get(kind, ("", ""))
            line = f"  {text}\n" if kind == "note" else before + text + after
            body.append(_plain(line), style=STYLES[kind])
        if body:
            body.rstrip()
            console.print(body)


def _plain(text: str) -> str:
    """Text without control characters: data may not steer the terminal."""
    return "".join(c if c in "\n\t" or (c.isprintable()) else "\ufffd" for c in text)
