"""What an embedding model finds alike is a suspicion: told, never counted."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bloomery.contamination import run
from bloomery.contamination.run import check, write_index
from bloomery.errors import RecipeError
from bloomery.formats.read import Reader
from tests import models
from tests.contamination.test_check import NOISE, chat, prose, row, tiers

WORDS = {"buy": [1.0, 0, 0], "purchase": [1.0, 0, 0], "sell": [0, 1.0, 0], "lamp": [0, 0, 1.0], "light": [0, 0.1, 1.0]}
ASKED = "Buy a lamp"
TRAIN = [*NOISE, chat("Sell it", prose(1), "Purchase this light", prose(2)), row("sell the lamp", prose(3))]


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(models.static(tmp_path / "model", WORDS))


def test_a_prompt_of_the_same_meaning_is_a_suspicion_and_does_not_count(tmp_path: Path, write: Any, model: str) -> None:
    sides = write("train.jsonl", TRAIN[20:21]), write("test.jsonl", [row(ASKED, "x"), row("Sell", "y")])
    result = check(*sides, out=tmp_path / "out", embedding=model, paraphrase=0.95, fail_over=0)
    assert tiers(result) == {"suspected_paraphrase": 2} and not result.failed and result.contaminated == 0
    line = result.evidence.row(0, named=True)
    # buy + lamp and purchase + light: (1, 0, 1) and (1, 0.1, 1), cosine 2 / √(2 · 2.01)
    assert (line["rule"], line["overlap"], line["contaminated"]) == ("embedding", 0.997509, False)
    assert line["field"] == "prompt 1 to prompt 2" and "purchase this light" in line["excerpt"]
    assert result.summary["embedding"]["kind"] == "static" and len(result.summary["embedding"]["digest"]) == 64


def test_what_the_model_cannot_read_is_counted_and_said(tmp_path: Path, write: Any, model: str) -> None:
    sides = write("train.jsonl", NOISE), write("test.jsonl", [row(ASKED, "x"), row(prose(5_000), "y")])
    result = check(*sides, out=tmp_path / "out", embedding=model)
    told = result.summary["embedding"]
    assert (told["questions_not_embedded"], told["train_texts_not_embedded"], tiers(result)) == (1, 20, {})
    assert any("1 question and 20 training texts could not be read" in note for note in result.notes)


def test_a_tier_that_counts_comes_first_and_an_index_has_no_questions(tmp_path: Path, write: Any, model: str) -> None:
    train, test = write("train.jsonl", [row(ASKED)]), write("test.jsonl", [row("buy a LAMP", "x")])
    index = write_index(test, out=tmp_path / "index", name="a", licence="b", version="c")
    result = check(train, [test, index], out=tmp_path / "out", embedding=model)
    assert tiers(result) == {"question": 2} and result.summary["looked_for"]["suspected_paraphrase"] == 1


def test_the_method_of_substrings_has_no_such_tier(tmp_path: Path, write: Any) -> None:
    test = write("test.jsonl", [row(ASKED)])
    with pytest.raises(RecipeError, match="not looked for by this method"):
        check(test, test, out=tmp_path / "out", embedding="model", method="chars50")


def test_batch_size_changes_nothing(tmp_path: Path, write: Any, model: str, monkeypatch: Any) -> None:
    sides = (
        write("train.jsonl", [row("sell"), row("purchase light"), row("purchase lamp")]),
        write("t.jsonl", [row(ASKED, "x")]),
    )
    options = {"embedding": model, "paraphrase": 0.9, "drop_from": "train"}
    whole = check(*sides, out=tmp_path / "whole", **options)
    monkeypatch.setattr(run, "Reader", partial(Reader, batch_rows=1))
    some = check(*sides, out=tmp_path / "some", **options)
    assert whole.evidence["train"].str.slice(-1).to_list() == ["3"] and whole.summary["train_rows_dropped"] == 0
    for name in ("contaminated.jsonl", "contamination.json", "report.html"):
        assert (some.folder / name).read_bytes() == (whole.folder / name).read_bytes()
