"""Lines of a block, pieces of blocks, and texts one a line."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from bloomery.kernels.cuts import cut_lines, lines_of, together

BLOCKS = st.text(alphabet="ab\r\n", max_size=60).map(str.encode)


def lines(block: bytes, *, strip_cr: bool) -> list[bytes]:
    found = block.split(b"\n")[:-1]
    return [line.rstrip(b"\r") for line in found] if strip_cr else found


def texts(flat) -> list[bytes]:
    return [flat.at(i) for i in range(flat.height)]


@given(st.lists(BLOCKS, max_size=4), st.booleans())
def test_lines_of_many_blocks(blocks, strip_cr):
    whole = [block + b"\n" for block in blocks]
    cuts = [cut_lines(block, b"\n", strip_cr=strip_cr) for block in whole]
    assert texts(together(cuts)) == [line for block in whole for line in lines(block, strip_cr=strip_cr)]


def test_a_bare_cr_can_end_lines():
    cuts = cut_lines(b"a\rb\r", b"\r", strip_cr=False)
    assert texts(together([cuts])) == [b"a", b"b"]


@given(BLOCKS, st.data())
def test_chosen_texts_one_a_line(block, data):
    lines = (block + b"\n").split(b"\n")
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines))), dtype=bool)
    wanted = b"".join(line + b"\n" for line, take in zip(lines, chosen, strict=True) if take)
    assert lines_of(pl.Series(lines, dtype=pl.Binary), chosen).tobytes() == wanted
