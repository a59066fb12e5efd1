from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.schema import PARTS_SCHEMA, ROWS_SCHEMA, Batch, Quarantined


class Found(NamedTuple):
    """All of an input: its rows and parts over all batches."""

    reader: Reader
    batches: list[Batch]

    @property
    def rows(self) -> pl.DataFrame:
        return pl.concat([pl.DataFrame(schema=ROWS_SCHEMA), *(batch.rows for batch in self.batches)])

    @property
    def parts(self) -> pl.DataFrame:
        return pl.concat([pl.DataFrame(schema=PARTS_SCHEMA), *(batch.parts for batch in self.batches)])

    @property
    def raws(self) -> list[bytes]:
        return self.rows["raw"].to_list()

    @property
    def texts(self) -> list[str]:
        return self.parts["text"].to_list()

    @property
    def numbers(self) -> list[str]:
        return [row.rsplit(":", 1)[1] for row in self.rows["id"]]

    @property
    def quarantined(self) -> list[Quarantined]:
        return [one for batch in self.batches for one in batch.quarantined]

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(one.line, one.reason) for one in self.quarantined]


ReadFile = Callable[..., Found]


@pytest.fixture
def read() -> Callable[..., Found]:
    """Read sources to the end."""

    def run(sources: Sequence[Source] | Path | str, *, format: str | None = None, batch_rows: int = 20_000) -> Found:
        if isinstance(sources, (str, Path)):
            sources = [Source(path=str(sources))]
        reader = Reader(sources, format=format, batch_rows=batch_rows)
        return Found(reader, list(reader))

    return run


@pytest.fixture
def read_bytes(tmp_path: Path, read: Callable[..., Found]) -> Callable[..., Found]:
    """Write bytes to a file of that name and read it."""

    def run(data: bytes, name: str = "rows.jsonl", *, batch_rows: int = 20_000, **options: object) -> Found:
        path = tmp_path / name
        path.write_bytes(data)
        return read([Source(path=str(path), **options)], batch_rows=batch_rows)

    return run


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the repository; the test is skipped where there is none."""
    for folder in Path(__file__).resolve().parents:
        data = folder.parent / "shared" / "data"
        if data.is_dir():
            return data
    pytest.skip("no real data beside the repository")
