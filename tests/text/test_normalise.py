import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.text import normalise
from bloomery.text.normalise import key
from tests.reference import key as slow_key

TEXTS = st.text(
    st.sampled_from("aAbzßSς Σσİiéé\u0301ǰ²½㎡ªＡ１\u200b\u00ad\ufe0f\u00a0\t\n-ﬁ日가각ᆨ\u0345ά"), max_size=12
)


def keyed(*texts: str) -> list[str]:
    return key(pl.Series(list(texts), dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello World", "hELLO wORLD"),
        ("ﬁne", "fine"),
        ("zero\u200bwidth", "zerowidth"),
        ("soft\u00adhyphen", "softhyphen"),
        ("ＡＢＣ １２３", "abc 123"),
        ("trailing space \n", "trailing space"),
        ("two  spaces\tand\r\nlines", "two spaces and lines"),
        ("no\u00a0break", "no break"),
        ("e\u0301", "é"),
        ("STRASSE", "straße"),
        ("ΟΔΟΣ", "οδος"),
        ("ｶﾞ", "ガ"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_equal_to_a_reader(one: str, other: str) -> None:
    assert len(set(keyed(one, other))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("2²", "22"), ("x₂", "x2"), ("2½", "21/2"), ("2½", "21⁄2"), ("㎡", "m2"), ("a.b", "ab"), ("résumé", "resume")],
)
def test_not_equal_to_a_reader(one: str, other: str) -> None:
    assert len(set(keyed(one, other))) == 2


def test_square_metre_is_metre_squared() -> None:
    assert keyed("㎡") == keyed("m²")


def test_null_and_empty() -> None:
    assert key(pl.Series([None, "", " \u200b "], dtype=pl.String)).to_list() == ["", "", ""]
    assert key(pl.Series([], dtype=pl.String)).to_list() == []


@settings(deadline=None)
@given(TEXTS)
def test_as_the_reference(text: str) -> None:
    if "㎡" not in text and not text.isascii():
        assert keyed(text) == [slow_key(text)]


@settings(deadline=None)
@given(st.lists(st.one_of(TEXTS, st.text()), max_size=6))
def test_twice_is_once_and_neighbours_do_not_matter(texts: list[str]) -> None:
    together = keyed(*texts)
    assert keyed(*together) == together
    assert [keyed(text)[0] for text in texts] == together


def test_the_blocks_looked_at_hold_every_character_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = normalise._apart(), normalise._unfolded()
    monkeypatch.setattr(normalise, "_BLOCKS", ((0x80, 0xD800), (0xE000, 0x110000)))
    assert quick == (normalise._apart.__wrapped__(), normalise._unfolded.__wrapped__())
