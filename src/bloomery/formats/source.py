"""Where rows come from: one entry of ``data:`` in the recipe."""

from pydantic import Field

from bloomery.schema import Options


class Source(Options):
    """One file, folder or glob and how to read it."""

    path: str
    """File, glob, Arrow folder, or ``-`` for standard input."""
    format: str | None = None
    """Format of the rows; detected when left out."""
    container: str | None = None
    """jsonl, json, csv, tsv, txt, parquet, arrow or conll; told from the file's name and first bytes when left out."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Standard column to the column in the data, e.g. ``{prompt: question, completion: answer}``."""
    priority: int = 0
    """When duplicates meet, the row of the source with the higher priority is kept."""
    encoding: str = "utf-8"
    """Text encoding; a byte order mark overrules it."""
