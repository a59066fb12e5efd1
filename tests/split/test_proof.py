import json
from pathlib import Path

import pytest

from bloomery.formats.completion import Completion
from bloomery.split.proof import Written, prove

QUESTION = "how do i change the delivery address of an order that has not been shipped yet"


def written(folder: Path, name: str, split: int, rows: list[tuple[str, str]]) -> Written:
    path = folder / f"{name}.jsonl"
    lines = [json.dumps({"prompt": prompt, "completion": completion}) + "\n" for prompt, completion in rows]
    path.write_text("".join(lines), encoding="utf-8")
    return Written(path, split, [(Completion(), "open")] * len(rows))


@pytest.mark.parametrize(
    "leak",
    [
        (QUESTION, "Open your orders and choose Edit."),
        (QUESTION.upper() + "?!", "Write to us."),
        (QUESTION + " please", "No."),
    ],
    ids=["copy", "same question in capitals", "nearly the same question"],
)
def test_a_planted_leak_is_found(tmp_path: Path, leak: tuple[str, str]) -> None:
    train = written(
        tmp_path, "train", 0, [(QUESTION, "Open your orders and choose Edit."), ("something else", "entirely")]
    )
    test = written(tmp_path, "test", 1, [("a third question about nothing", "fine"), leak])
    proof = prove([train, test], near=0.8, width=3, match="both")
    assert proof.across >= 1 and proof.rows == 4
    assert proof.closest is not None and (proof.closest.a, proof.closest.b) == (0, 3)


def test_copies_within_a_split_are_no_leak(tmp_path: Path) -> None:
    train = written(tmp_path, "train", 0, [(QUESTION, "a"), (QUESTION, "a"), (QUESTION, "b")])
    test = written(tmp_path, "test", 1, [("quite another matter altogether", "yes")])
    proof = prove([train, test], near=0.8, width=3, match="both")
    assert (proof.across, proof.closest, proof.floor) == (0, None, 0.5)


def test_the_highest_similarity_below_the_threshold_is_reported(tmp_path: Path) -> None:
    # 10 words have 8 shingles; the first 7 words of it have 5, all shared: 5 / 8
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    train = written(tmp_path, "train", 0, [(" ".join(words), "")])
    test = written(tmp_path, "test", 1, [(" ".join(words[:7]), "")])
    proof = prove([train, test], near=0.8, width=3, match="question")
    assert proof.across == 0 and proof.closest is not None and proof.closest.similarity == 5 / 8


def test_many_rows_that_look_somewhat_alike_end_the_search(tmp_path: Path) -> None:
    # 13 of 22 shingles are shared by all: 13 / 31 = 0.42; a row and its neighbour share 19 / 25 = 0.76
    shared = " ".join(f"w{k}" for k in range(15))

    def row(k: int) -> tuple[str, str]:
        return f"{shared} {' '.join(f'v{k // 300}x{j}' for j in range(6))} v{k}x6 v{k}x7 v{k}x8", ""

    files = [
        written(tmp_path, name, split, [row(2 * k + split) for k in range(1500)]) for split, name in enumerate("ab")
    ]
    proof = prove(files, near=0.8, width=3, match="question")
    assert (proof.across, proof.closest, proof.floor) == (0, None, 0.8)


def test_lines_that_are_missing_are_noticed(tmp_path: Path) -> None:
    file = written(tmp_path, "train", 0, [("a", "b"), ("c", "d")])
    file.path.write_bytes(file.path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(ValueError, match="longer"):
        prove([file], near=0.8, width=3, match="both")
