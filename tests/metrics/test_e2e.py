"""The systems of the E2E challenge, read by Bloomery, against the references of its development set, by sacrebleu.

The systems answered the test set, whose references are not in the data; its descriptions are none of the development set's. So each
answer is held against the references of the development description that shares most with its own.
"""

import csv
import io
from functools import cache
from pathlib import Path

import polars as pl
import pytest
import sacrebleu

from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.metrics.bleu import Bleu
from bloomery.metrics.chrf import Chrf
from bloomery.metrics.rouge import Rouge
from bloomery.metrics.ter import Ter
from tests.metrics.generated import answers, streams

DATA = Path(__file__).parents[3] / "shared" / "data"
SYSTEMS = sorted((DATA / "e2e_eval" / "system_outputs" / "primary").glob("*.tsv"))
pytestmark = pytest.mark.skipif(not SYSTEMS, reason="shared data is not here")


def pairs(path: Path, asked: str, answer: str) -> list[tuple[str, str]]:
    """The rows of a table as Bloomery reads them."""
    reader = Reader([Source(path=str(path), columns={"prompt": asked, "completion": answer})])
    batches = list(reader)
    assert not any(batch.quarantined for batch in batches)
    parts = pl.concat([batch.parts for batch in batches])
    texts = [parts.filter(pl.col("role") == role)["text"].to_list() for role in ("prompt", "completion")]
    return list(zip(*texts, strict=True))


@cache
def development() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for description, reference in pairs(DATA / "e2e_dataset" / "devset.csv", "mr", "ref"):
        found.setdefault(description, []).append(reference)
    return found


@cache
def nearest(description: str) -> list[str]:
    """The references of the development description with most of the same values."""
    slots = frozenset(description.split(", "))
    return development()[max(development(), key=lambda known: len(slots & frozenset(known.split(", "))))]


def against_development(path: Path) -> pl.DataFrame:
    said = pairs(path, "MR", "output")
    return answers([output for _, output in said], [nearest(description) for description, _ in said])


def test_the_development_set_has_ragged_references() -> None:
    counts = {len(references) for references in development().values()}
    assert (len(development()), sum(map(len, development().values()))) == (547, 4672)
    assert len(counts) > 10


@pytest.mark.parametrize("path", SYSTEMS, ids=lambda path: path.stem)
def test_multi_reference_bleu_is_that_of_sacrebleu(path: Path) -> None:
    frame = against_development(path)
    assert frame.height == 630
    assert (
        not frame["prediction"].str.contains('[\r\ufeff"\t]').any()
    )  # line ends, byte order marks and quotes are gone
    some = frame[::15]
    expected = sacrebleu.corpus_bleu(some["prediction"].to_list(), streams(some), force=True)
    items = Bleu().items(some)
    assert Bleu().total(items)["bleu"] == pytest.approx(expected.score, abs=1e-9)
    assert items["answer_length"].sum() == expected.sys_len
    assert 15 < expected.score < 75


def test_what_the_files_hold_is_what_stands_in_them() -> None:
    """harv ends lines with two carriage returns, sheff1 begins with a byte order mark, zhaw1 quotes; undone by hand here."""
    for name in ("harv", "sheff1", "zhaw1"):
        text = next(path for path in SYSTEMS if path.stem == name).read_bytes().decode("utf-8-sig")
        plain = text.replace("\r\r\n", "\n").replace("\r\n", "\n")
        by_hand = [row["output"] for row in csv.DictReader(io.StringIO(plain), delimiter="\t")]
        assert [output for _, output in pairs(next(p for p in SYSTEMS if p.stem == name), "MR", "output")] == by_hand


def test_chrf_ter_and_rouge_of_one_system_are_those_of_the_libraries() -> None:
    frame = against_development(next(path for path in SYSTEMS if path.stem == "harv"))[::21]
    said, known = frame["prediction"].to_list(), streams(frame)
    chrf = sacrebleu.corpus_chrf(said, known, word_order=2).score
    assert Chrf().total(Chrf().items(frame))["chrf"] == pytest.approx(chrf, abs=1e-9)
    few = frame[::6]
    ter = sacrebleu.corpus_ter(few["prediction"].to_list(), streams(few)).score
    assert Ter().total(Ter().items(few))["ter"] == pytest.approx(ter, abs=1e-9)
    total = Rouge().total(Rouge().items(frame))
    assert all(0.3 < (total[kind] or 0) < 1 for kind in ("rouge1", "rougeL", "rougeLsum"))


def test_people_score_higher_against_each_other_than_a_system_does() -> None:
    """The first reference against the others, and "Yes." against the others."""
    several = [references for references in development().values() if len(references) > 4][:100]
    people = answers([references[0] for references in several], [references[1:] for references in several])
    nothing = people.with_columns(prediction=pl.lit("Yes."))
    for metric in (Bleu(), Chrf(), Rouge()):
        assert metric.items(people)["score"].mean() > 3 * metric.items(nothing)["score"].mean()
