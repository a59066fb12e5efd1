"""``clusters.parquet``: which row each duplicate was dropped for.

    survivor     id of the row it was compared with, as the ledger's `against`
    member       id of the row that was dropped
    op           exact, near or semantic
    similarity   as the ledger's `score`, 0 to 1

In input order, by survivor, then by member. Clusters are stars: each member is that similar to its survivor. A survivor of
`exact` may be a member of `near` or `semantic`, and a survivor may have been dropped by an op that came later; nothing is
joined up here that was not compared. The file is there only if there is something in it.
"""

from pathlib import Path

import polars as pl

from bloomery.clean.moving import write_parquet

OPS = ("exact", "near", "semantic")


def write_clusters(folder: Path) -> None:
    """Write the clusters of the run in `folder`, as its ledger and fates say; remove them where there are none."""
    path, mine = folder / "clusters.parquet", pl.col("op").is_in(OPS) & (pl.col("action") == "drop")
    drops = pl.scan_parquet(folder / "ledger.parquet").filter(mine & pl.col("against").is_not_null())
    told = drops.select(survivor="against", member="id", op="op", similarity="score").collect()
    if told.height:
        rows = pl.read_parquet(folder / "rows.parquet", columns=["id", "fate"]).with_row_index("place")
        told = told.join(rows.filter(pl.col("fate") == "dropped"), left_on="member", right_on="id")
        told = told.join(rows.select("id", first="place"), left_on="survivor", right_on="id", how="left")
        told = told.sort("first", "survivor", "place", "op").select("survivor", "member", "op", "similarity")
    if told.height:
        write_parquet(path, told)
    else:
        path.unlink(missing_ok=True)
