"""Some of the items, drawn by the seed: where a part asks for more than all of them are worth."""

import numpy as np
import polars as pl


def some(frame: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    """At most so many rows, in their order.

    >>> some(pl.DataFrame({"item": list("abcdef")}), 3, seed=1)["item"].to_list() == list("abcdef")
    False
    >>> some(pl.DataFrame({"item": list("abc")}), 3, seed=1)["item"].to_list()
    ['a', 'b', 'c']
    """
    if frame.height <= most:
        return frame
    rows = np.random.default_rng(seed).choice(frame.height, size=most, replace=False)
    return frame[np.sort(rows)]


def said_of(taken: int, of: int) -> str:
    """That not all were taken, or "".

    >>> said_of(500, 2000), said_of(3, 3)
    ('500 of 2,000 test items, drawn by the seed', '')
    """
    return "" if taken == of else f"{taken:,} of {of:,} test items, drawn by the seed"
