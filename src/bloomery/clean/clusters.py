"""``clusters.parquet``: which row each duplicate was dropped for.

    survivor     id of the row it was compared with, as the ledger's `against`
    member       id of the row that was dropped
    op           exact, near or semantic
    similarity   as the ledger's `score`, 0 to 1

In input order, by survivor, then by member. Clusters are stars: each member is that similar to its survivor. A survivor of
`exact` may be a member of `near` or `semantic`, and a survivor may have been dropped by an op that came later; nothing is
joined up here that was not compared. The file is there only if there is something in it.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from bloomery.clean.output import ROW_GROUP

OPS = ("exact", "near", "semantic")
_ROWS = 4 * ROW_GROUP  # of which the members are put together at a time: all at once would not fit in memory

_COLUMNS = ("survivor", "member", "op", "similarity")


def write_clusters(folder: Path) -> None:
    """Write the clusters of the run in `folder`, as its ledger says; remove them where there are none."""
    path, parts = folder / "clusters.parquet", folder / "clusters.partial"
    parts.mkdir()
    for number, told in enumerate(_told(folder)):
        if told.height:
            told.sort("first", "survivor", "line").select(_COLUMNS).write_ipc(parts / f"{number:06}.arrow")
    pieces = sorted(parts.iterdir())
    path.unlink(missing_ok=True)
    if pieces:
        pl.scan_ipc(pieces).sink_parquet(path, row_group_size=ROW_GROUP, maintain_order=True)
    for piece in pieces:
        piece.unlink()
    parts.rmdir()


def _told(folder: Path) -> Iterator[pl.DataFrame]:
    """The members of survivors in other datasets, then those of some rows of the input at a time."""
    drops, foreign = _drops(folder / "ledger.parquet"), pl.col("foreign")
    yield drops.filter(foreign).with_columns(first=pl.lit(0)).collect()
    rows = pl.scan_parquet(folder / "rows.parquet").select(survivor="id").with_row_index("first")
    for at in range(0, rows.select(pl.len()).collect().item(), _ROWS):
        some = rows.slice(at, _ROWS).collect()
        yield some.lazy().join(drops.filter(~foreign), on="survivor").collect(engine="streaming")


def _drops(ledger: Path) -> pl.LazyFrame:
    """The lines that dropped a row for another one: no later line brought it back."""
    lines = pl.scan_parquet(ledger).with_row_index("line")
    back = lines.filter(pl.col("action") == "keep").select(member="id", kept="line")
    drops = lines.filter(
        pl.col("op").is_in(OPS) & (pl.col("action") == "drop") & pl.col("against").is_not_null()
    ).select("line", "op", survivor="against", member="id", similarity="score", foreign=pl.col("detail").is_not_null())
    later = drops.join(back, on="member").filter(pl.col("kept") > pl.col("line")).select("line").unique()
    return drops.join(later, on="line", how="anti")
