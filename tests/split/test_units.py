"""Units against the slow, obvious version: compare every pair, then walk the graph."""

from itertools import combinations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.split.units import Sets, duplicates, joined, units
from bloomery.text.shingles import shingles
from bloomery.text.tokens import tokens, words

WORDS = st.lists(st.sampled_from("abcd"), max_size=6).map(" ".join)


def sets_of(texts: list[str], width: int = 2) -> Sets:
    sets = Sets(width)
    sets.add(pl.Series(texts, dtype=pl.String))
    return sets


def shingle_set(text: str, width: int) -> frozenset[tuple[str, ...]]:
    said = words(text) if text else []
    width = min(width, len(said))
    return frozenset(tuple(said[k : k + width]) for k in range(len(said) - width + 1)) if said else frozenset()


def slow_components(texts: list[str], groups: list[int], threshold: float, width: int) -> list[set[int]]:
    sets = [shingle_set(text, width) for text in texts]
    linked: dict[int, set[int]] = {row: {row} for row in range(len(texts))}
    for a, b in combinations(range(len(texts)), 2):
        both = sets[a] | sets[b]
        alike = bool(sets[a] and sets[b]) and len(sets[a] & sets[b]) / len(both) >= threshold
        if alike or (groups[a] >= 0 and groups[a] == groups[b]):
            merged = linked[a] | linked[b]
            linked.update(dict.fromkeys(merged, merged))
    return [linked[row] for row in range(len(texts))]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(WORDS, st.integers(-1, 3)), min_size=1, max_size=14), st.sampled_from([0.5, 0.6, 0.8, 1.0]))
def test_units_are_the_components_of_similarity_and_groups(rows: list[tuple[str, int]], threshold: float) -> None:
    texts, groups = [text for text, _ in rows], [group for _, group in rows]
    found = units([sets_of(texts).all()], [np.array(groups, dtype=np.int64)], threshold, len(rows))
    expected = slow_components(texts, groups, threshold, width=2)
    assert [set(np.flatnonzero(found.of_row == unit)) for unit in found.of_row] == expected


def test_a_chain_of_neighbours_is_one_unit() -> None:
    # 10 words have 9 pairs; one word more shares 9 of 10 pairs: neighbours at 0.9, the ends at 9 / 11 = 0.82 < 0.85
    chain = [" ".join(map(str, range(end))) for end in (10, 11, 12)]
    assert set(units([sets_of(chain).all()], [], 0.85, 3).of_row) == {0}
    assert set(units([sets_of([chain[0], chain[2]]).all()], [], 0.85, 2).of_row) == {0, 1}


def test_rows_without_words_are_duplicates_of_nothing() -> None:
    found = units([sets_of(["", "", "a b", "a b"]).all()], [], 0.8, 4)
    assert [len(set(found.of_row)), found.clusters, found.in_clusters, found.largest.tolist()] == [3, 1, 2, [2, 3]]


def test_many_copies_meet_without_comparing_every_pair() -> None:
    a, b = duplicates(sets_of(["same words here"] * 500).all(), 0.8)
    assert len(a) == 499 and set(a) == {0} and sorted(b) == list(range(1, 500))


def test_same_question_with_another_answer_is_one_unit() -> None:
    questions = sets_of(["what is the capital of france", "what is the capital of france"])
    texts = sets_of(
        ["what is the capital of france paris of course", "what is the capital of france it used to be versailles"]
    )
    assert len(set(units([texts.all()], [], 0.8, 2).of_row)) == 2
    assert len(set(units([texts.all(), questions.all()], [], 0.8, 2).of_row)) == 1


def test_pieces_are_joined_in_order() -> None:
    whole = shingles(tokens(pl.Series(["a b c", "", "d e f g"])), 2)
    pieces = [shingles(tokens(pl.Series([text])), 2) for text in ("a b c", "", "d e f g")]
    assert joined(pieces).offsets.tolist() == whole.offsets.tolist()
    assert joined(pieces).values.tolist() == whole.values.tolist()
