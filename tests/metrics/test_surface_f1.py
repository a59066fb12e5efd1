"""Surface F1 with its arithmetic and on the submissions of WNUT 2017."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bloomery.errors import DataError
from bloomery.metrics.surface_f1 import SurfaceF1
from tests.metrics.answers import answers

WNUT = Path(__file__).parents[3] / "shared" / "data" / "wnut17"


def frame(tokens: list[str], predictions: list[str], references: list[str]) -> pl.DataFrame:
    return answers(predictions, references).with_columns(pl.Series("tokens", tokens))


def values(*told: list[str], **options: Any) -> dict[str, float | None]:
    metric = SurfaceF1(**options)
    return metric.total(metric.items(frame(*told)))


def test_each_name_counts_once() -> None:
    tokens = ["Paris and Paris", "Paris Hilton", "in paris"]
    expected = ["B-LOC O B-LOC", "B-PER I-PER", "O B-LOC"]
    predicted = ["B-LOC O B-LOC", "B-LOC O", "O O"]
    # expected: LOC Paris, PER Paris Hilton, LOC paris; predicted: LOC Paris
    found = values(tokens, predicted, expected)
    assert found == {"surface_precision": 1.0, "surface_recall": 1 / 3, "surface_f1": 0.5}
    assert values(tokens, predicted, expected, ignore_case=True)["surface_recall"] == 1 / 2


def test_the_type_is_part_of_the_name() -> None:
    assert values(["Paris"], ["B-PER"], ["B-LOC"])["surface_f1"] == 0.0


def test_no_names_at_all() -> None:
    metric = SurfaceF1()
    items = metric.items(frame(["a b", "c"], ["O O", "B-X"], ["O O", "O"]))
    assert items["score"].to_list() == [1.0, 0.0]
    assert metric.total(items[:1])["surface_f1"] is None
    assert metric.total(items) == {"surface_precision": 0.0, "surface_recall": None, "surface_f1": 0.0}


def test_tokens_must_fit_the_reference() -> None:
    with pytest.raises(DataError, match="tokens of test:1"):
        values(["a b c"], ["O O"], ["O O"])


def read(path: Path) -> list[list[list[str]]]:
    """Sentences of [token, tag], from lines parted by a blank or a tab and ended by LF or CRLF."""
    text = path.read_bytes().decode().replace("\r\n", "\n")
    blocks = [[line.rsplit(maxsplit=1) for line in block.split("\n") if line.strip()] for block in text.split("\n\n")]
    return [block for block in blocks if block]


@pytest.mark.skipif(not WNUT.exists(), reason="shared data is not here")
@pytest.mark.parametrize(("name", "f1"), [("arcada", 38.37), ("drexel_cci", 25.26), ("sjtu_adapt.txt", 37.75)])
def test_wnut17_submissions(name: str, f1: float) -> None:
    gold, said = read(WNUT / "emerging.test.annotated"), read(WNUT / "submissions" / name)
    told = [[[pair[place] for pair in one] for one in side] for side, place in ((gold, 0), (said, 1), (gold, 1))]
    rows = answers([""] * len(gold), [""] * len(gold)).with_columns(
        pl.Series("tokens", told[0]), pl.Series("said", told[1]), pl.Series("meant", told[2])
    )
    metric = SurfaceF1(prediction="said", references="meant")
    found = metric.total(metric.items(rows))
    assert round(100 * (found["surface_f1"] or 0), 2) == f1
    sets = []
    for side in (said, gold):
        names, open_ = set(), None
        for sentence, words in zip(side, gold, strict=True):
            for (_, tag), (token, _) in zip([*sentence, ["", "O"]], [*words, ["", ""]], strict=True):
                if open_ and tag != f"I-{open_[0]}":
                    names.add(open_)
                    open_ = None
                if tag[0] == "B":
                    open_ = (tag[2:], token)
                elif open_:
                    open_ = (*open_, token)
        sets.append(names)
    both = len(sets[0] & sets[1])
    assert (found["surface_precision"], found["surface_recall"]) == (both / len(sets[0]), both / len(sets[1]))
