import polars as pl

from bloomery.contamination.evidence import Found, Speech, verify, written
from bloomery.contamination.items import Part, Target, build
from bloomery.text.tokens import tokens, words

ITEM = " ".join(f"w{k}" for k in range(30))


def target(text: str) -> Target:
    return build([("t:1", [Part("prompt", text, tokens(pl.Series([text])).values)])], 13).targets[0]


def evidence(text: str, *row: tuple[str, str]) -> Found | None:
    sought = target(text)
    said = [Speech(role, words(part)) for role, part in row]
    return verify(sought, written([sought])[0], said, n=13, threshold=0.8)


def test_words_that_are_not_there_are_no_hit_whatever_the_hashes_say() -> None:
    assert evidence(ITEM, ("prompt", "something else")) is None


def test_places_and_excerpt_of_the_longest_run() -> None:
    # 28 of the item's 30 words after 5 of the row's own: 16 of its 18 grams
    said = " ".join([*(f"x{k}" for k in range(5)), *ITEM.split()[2:], "the", "end"])
    found = evidence(ITEM, ("system", "be brief"), ("prompt", said))
    assert found is not None and found.overlap == round(16 / 18, 6)
    assert found.detail["item_words"] == [2, 30] and found.detail["train_words"] == [7, 35]
    assert found.detail["excerpt"] == " ".join(ITEM.split()[2:22])
    assert (found.field, found.rule) == ("prompt", "13-gram overlap")


def test_a_run_over_several_parts_names_them() -> None:
    first, second = " ".join(ITEM.split()[:15]), " ".join(ITEM.split()[15:])
    found = evidence(ITEM, ("prompt", "hi"), ("completion", "yes"), ("prompt", first), ("completion", second))
    assert found is not None and found.field == "prompt 2 to completion 2"


def test_a_repeated_word_is_found_in_linear_time() -> None:
    said = " ".join(["again"] * 20_000)
    found = evidence(said, ("text", said + " more"))
    assert found is not None and found.detail["item_words"] == [0, 20_000]
