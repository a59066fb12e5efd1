"""Keys and hashes made in one walk, against `key` and against each other."""

import random
import subprocess
import sys
import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bloomery.kernels.keys import TABLE, hashed
from bloomery.kernels.views import views
from bloomery.text.folding import folding
from bloomery.text.normalise import key
from tests.clean.hostile import HOSTILE

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")  # as Python, where kernels are not compiled

KNOWN = [chr(code) for code in np.flatnonzero(folding()).tolist()]
TRICKY = (
    "aAzZ \t\n\x0b\r\xa0\u2003\u3000\u200b\xad\ufe0fßẞΣσςİıſKÅÅ²½…ﬁＡ１가ㄱ字あ é\u0301Éé\u0345ᾳ™㎡\x00\x1c\x85\u2028"
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(TRICKY, max_size=30),
    st.lists(st.sampled_from(KNOWN), max_size=30).map("".join),
    st.sampled_from([text for text in HOSTILE if "\ud800" not in text]),
)


def check(texts: list[str]) -> None:
    series = pl.Series(texts, dtype=pl.String)
    made = hashed(views(series), folding())
    expected = hashed(views(key(series)))
    known = made.size >= 0
    for mine, theirs in zip(made, expected, strict=True):
        assert (mine == theirs)[known].all()
    assert all(known[i] for i, text in enumerate(texts) if text.isascii())


@given(st.lists(TEXTS, max_size=8))
@example([*TRICKY, TRICKY, " ".join(TRICKY), TRICKY[::-1]])
def test_the_hash_of_a_key_is_made_without_the_key(texts: list[str]) -> None:
    check(texts)


def test_every_character_of_the_table_alone_doubled_and_among_others() -> None:
    check([text for one in KNOWN for text in (one, one + one, f"x {one} Y")])
    shuffled = random.Random(7).sample(KNOWN, len(KNOWN))
    check(["".join(shuffled[start : start + 40]) for start in range(0, len(shuffled), 40)])


def test_no_character_of_the_table_joins_what_stands_before_it() -> None:
    pairs = [unicodedata.decomposition(chr(code)).split() for code in range(0x110000)]
    seconds = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and pair[0][0] != "<"}
    for one, becomes in zip(KNOWN, key(pl.Series(KNOWN)).to_list(), strict=True):
        assert not set(becomes) & seconds, hex(ord(one))
        assert not any(map(unicodedata.combining, becomes)), hex(ord(one))


def test_most_of_what_people_write_is_in_the_table() -> None:
    written = "Ünïcode “quoted” — it’s 5 €, ½… Привет, мир! Γειά σου 日本語のテキスト 한국어 ภาษาไทย مرحبا שלום 👩\u200d🚒 ❤\ufe0f"
    alone = [one for one in written if folding()[min(ord(one), TABLE - 1)] == 0]
    assert all(unicodedata.category(one)[0] == "M" for one in alone)


def test_sizes_are_those_of_the_keys() -> None:
    assert hashed(views(pl.Series(["  A  b ", "", " \n", "Straße"])), folding()).size.tolist() == [3, 0, 0, 7]


def test_a_million_texts_alike_have_numbers_of_their_own() -> None:
    texts = pl.Series(
        [f"Your order {i} will be with you on day {i % 7}, or the day after that." for i in range(1_000_000)]
    )
    found = hashed(views(texts))
    # of a million random 64-bit numbers two meet with a chance of 3 in 10⁸
    assert len(np.unique(found.high)) == len(np.unique(found.low)) == len(texts)


def test_one_bit_changes_half_of_the_bits() -> None:
    text = np.frombuffer(b"The parcel was left at the door of the neighbour, who is in.", dtype=np.uint8)
    flipped = []
    for bit in range(8 * len(text)):
        other = text.copy()
        other[bit // 8] ^= 1 << bit % 8
        flipped.append(other.tobytes())
    found = hashed(views(pl.Series([text.tobytes(), *flipped], dtype=pl.Binary)))
    for half in (found.high, found.low):
        changed = np.bitwise_count(half[1:] ^ half[0])
        # 480 counts of 64 fair bits: a mean of 32 ± 0.55 (3 standard errors), each between 10 and 54 (5.5 deviations)
        assert abs(changed.mean() - 32) < 0.55 and changed.min() >= 10 and changed.max() <= 54
    both = np.bitwise_count(found.high ^ found.low)
    assert abs(both.mean() - 32) < 0.55


def test_zeros_at_the_end_and_order_count() -> None:
    texts = [b"", b"\0", b"\0\0", b"a", b"a\0", b"a" + bytes(8), b"12345678abcdefgh", b"abcdefgh12345678"]
    found = hashed(views(pl.Series(texts, dtype=pl.Binary)))
    assert len(set(found.high.tolist())) == len(set(found.low.tolist())) == len(texts)


def test_the_numbers_are_the_same_in_every_process() -> None:
    found = hashed(views(pl.Series(["The same everywhere"])))
    code = (
        "import polars as pl; from bloomery.kernels.keys import hashed; from bloomery.kernels.views import views; "
        "f = hashed(views(pl.Series(['The same everywhere']))); print(f.high[0], f.low[0])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.split() == [str(found.high[0]), str(found.low[0])]
