"""The index against the slow, obvious version of the rule, on words and with loops."""

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.contamination.items import ANSWER, TINY
from bloomery.contamination.run import check
from tests.contamination.test_near import expected

N = 5
Pair = tuple[list[str], list[str]]  # prompt, completion
TEXT = st.lists(st.sampled_from("abc"), max_size=16)
ROW = st.tuples(TEXT, TEXT)


def grams(words: list[str], width: int) -> set[tuple[str, ...]]:
    return {tuple(words[k : k + width]) for k in range(len(words) - width + 1)}


def inside(item: list[str], row: list[str], threshold: float) -> bool:
    """Whether more than `threshold` of an item's grams (the item itself, if it is short) are in a row."""
    if len(item) <= TINY:
        return False
    width = min(N, len(item))
    mine = grams(item, width)
    return round(len(mine & grams(row, width)) / len(mine), 9) > threshold


def equal(item: list[str], row: Pair, *, whole: bool) -> bool:
    """Whether an item is a prompt, an answer (unless it is tiny) or, if `whole`, the row."""
    prompt, completion = row
    return item == prompt or (len(item) > TINY and item == completion) or (whole and item == prompt + completion)


def held(item: list[str], train: list[Pair], threshold: float, *, whole: bool) -> str | None:
    """How one training row holds an item: it ``counts``, it is ``short_contained``, or not at all."""
    if any(equal(item, row, whole=whole) for row in train):
        return "counts"
    contained = any(inside(item, p + c, threshold) for p, c in train)
    return None if not contained else "counts" if len(item) >= N else "short_contained"


def asked(item: Pair) -> list[str]:
    prompt, completion = item
    return prompt if prompt and completion else prompt + completion


def tier(test: list[Pair], item: Pair, train: list[Pair], threshold: float) -> str | None:
    """The first tier in which the item is in one training row."""
    prompt, completion = item
    whole = held(prompt + completion, train, threshold, whole=True) if prompt + completion else None
    question = held(prompt, train, threshold, whole=False) if prompt and completion else None
    if whole == "counts":
        return "verbatim"
    if question == "counts":
        return "question"
    long = len(asked(item)) >= N
    bases = [asked(other) for other in test if len(asked(other)) > TINY]
    nearly = expected(bases, asked(item), [p + c for p, c in train], 0.8, least=N) if long else None
    if nearly == "near":
        return "near"
    if "short_contained" in (whole, question):
        return "short_contained"
    if prompt and len(completion) >= ANSWER and any(inside(completion, p + c, threshold) for p, c in train):
        return "answer_only"
    return nearly


def write(path: Path, rows: list[Pair]) -> Path:
    records = [{"prompt": " ".join(p), "completion": " ".join(c)} for p, c in rows]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@settings(deadline=None, max_examples=150)
@given(
    st.lists(ROW, min_size=1, max_size=4), st.lists(ROW, min_size=1, max_size=2), st.sampled_from([0.0, 0.5, 0.8, 0.9])
)
def test_tiers_are_those_of_the_rule(train: list[Pair], test: list[Pair], threshold: float) -> None:
    # at most two items, so that nothing is a template
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sides = [write(folder / "train.jsonl", train), write(folder / "test.jsonl", test)]
        result = check(
            *sides, out=folder / "out", n=N, threshold=threshold, train_format="completion", test_format="completion"
        )
        found = dict(result.evidence.select("test", "tier").iter_rows())
    expected = {
        f"{sides[1]}:{k}": told for k, item in enumerate(test, 1) if (told := tier(test, item, train, threshold))
    }
    assert found == expected
    assert result.unchecked == sum(not p and not c for p, c in test)
