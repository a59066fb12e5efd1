"""The part ``memorisation``: training rows that come back word for word, beside what can be guessed."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.base import Found
from bloomery.evaluate.parts.continued import RATE, UNSEEN
from bloomery.evaluate.parts.continuing import LEAST, Cut, cut, prompt, said, telling
from bloomery.evaluate.parts.memorisation import COPIED, memorisation
from bloomery.evaluate.parts.nearest import Nearest
from bloomery.evaluate.parts.prefixes import Prefix, Sample, matched
from bloomery.evaluate.parts.rates import rate_of
from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.llm.base import Request
from tests.evaluate.cases import case_of
from tests.evaluate.runs import write
from tests.judge.recorded import Judge

TELLING = (
    "river mountain lantern harvest window carpet engine silver garden thunder pepper blanket mirror candle anchor feather "
    "copper walnut saddle ribbon castle meadow hammer button violin orchard pillow cellar barrel needle"
)
WORDS = TELLING.split()


def answer(k: int, length: int = 40) -> str:
    random = np.random.default_rng(k)
    return " ".join(WORDS[place] for place in random.integers(0, len(WORDS), length))


TRAIN = [{"prompt": f"Tell story {k}", "completion": answer(k)} for k in range(40)]
TEST = [{"prompt": f"Tell tale {k}", "completion": answer(1000 + k)} for k in range(30)]


def continues(known: list[dict[str, Any]]) -> Any:
    """A model that goes on with the answers that it knows."""

    def says(request: Request) -> str:
        begun = request.messages[-1].content.rpartition("\n\n")[2]
        whole = next((row["completion"] for row in known if row["completion"].startswith(begun)), None)
        return "That is a long story, which I do not know." if whole is None else whole

    return says


def value(found: Found, name: str) -> Measure:
    return next(one for one in found.measures if one.name == name)


def found_of(folder: Path, model: Judge | None, base: Judge | None = None, said: Any = None, **options: Any) -> Found:
    folder.mkdir(exist_ok=True)
    train = write(folder / "train.jsonl", options.pop("train", TRAIN))
    rows = options.pop("rows", TEST)
    texts = ["No idea."] * len(rows) if said is None else said
    return memorisation(case_of(folder, rows, texts, model=model, base=base, train=[str(train)], **options))


def test_a_model_that_knows_its_training_rows_is_told_from_its_base_and_from_unseen_rows(tmp_path: Path) -> None:
    model, base = Judge(continues(TRAIN[:30]), "tuned"), Judge(continues(TRAIN[:2]), "base")
    found = found_of(tmp_path, model, base)
    assert (value(found, RATE).value, value(found, RATE).n) == (30 / 40, 40)
    assert (value(found, UNSEEN).value, value(found, UNSEEN).n) == (0.0, 30)
    (of_base,) = found.base
    assert (of_base.name, of_base.value) == (RATE, 2 / 40)
    told = found.told["continuation"]
    assert told["excess_over_unseen"]["method"] == "Farrington and Manning"
    assert told["excess_over_unseen"]["low"] > 0.4
    assert told["excess_over_base"]["method"] == "Tango"
    assert told["excess_over_base"]["value"] == pytest.approx(28 / 40)
    assert told["calls"] == model.asked + base.asked == 40 + 30 + 40


def test_the_sample_is_capped_and_drawn_by_the_seed(tmp_path: Path) -> None:
    def asked_of(folder: str, seed: int) -> list[str]:
        items: list[str] = []

        def says(request: Request) -> str:
            items.append(request.item)
            return "no"

        found_of(tmp_path / folder, Judge(says, "tuned"), probe_items=7, seed=seed)
        return [one.replace(f"{folder}/", "") for one in items if one.startswith("memorisation/seen/")]

    one, two, other = asked_of("a", 0), asked_of("b", 0), asked_of("c", 1)
    assert len(one) == 7
    assert one == two
    assert one != other


def test_batches_of_any_size_give_the_same_sample(tmp_path: Path) -> None:
    file = write(tmp_path / "train.jsonl", TRAIN)
    drawn = []
    for rows in (1, 7, 1000):
        reader, sample = Reader([Source(path=str(file))], batch_rows=rows), Sample(10, 0)
        sample.begin(reader)
        for batch in reader:
            sample.take(batch)
        drawn.append([one.item for one in sample.prefixes()])
    assert len(drawn[0]) == 10
    assert drawn[0] == drawn[1] == drawn[2]


def test_a_test_row_that_is_in_the_training_data_is_not_unseen(tmp_path: Path) -> None:
    rows = [{"prompt": f"Other words {k}", "completion": TRAIN[k]["completion"]} for k in range(10)] + TEST[:5]
    model = Judge(continues(TRAIN), "tuned")
    found = found_of(tmp_path, model, rows=rows)
    assert (value(found, UNSEEN).value, value(found, UNSEEN).n) == (0.0, 5)


def test_short_answers_cannot_be_memorised_word_for_word(tmp_path: Path) -> None:
    labels = [{"prompt": f"Where is parcel {k}?", "completion": "delivery"} for k in range(20)]
    found = found_of(tmp_path, Judge(lambda _: "delivery", "tuned"), train=labels, rows=labels, said=["delivery"] * 20)
    assert [one.name for one in found.measures] == [COPIED]
    assert value(found, COPIED).value is None
    assert "so none can be called a copy" in value(found, COPIED).why
    assert any("answers that are long enough" in one for one in found.not_measured)


def test_a_training_answer_in_the_place_of_the_right_one_is_a_copy(tmp_path: Path) -> None:
    """A right answer that stands in the training data as well is none; nor is a short one."""
    leaked = {"prompt": "x", "completion": TEST[1]["completion"]}
    said = [TRAIN[5]["completion"] + " indeed", TEST[1]["completion"], answer(77), "No idea."]
    found = found_of(tmp_path, None, train=[*TRAIN, leaked], rows=TEST[:4], said=said)
    copied = value(found, COPIED)
    assert (copied.value, copied.n) == (1 / 3, 3)
    (one,) = found.told["copies"]
    assert one["item"] == "1"
    assert one["train"].endswith("train.jsonl:6")
    assert one["similarity"] > 0.9


def test_the_nearest_training_rows_of_failed_items(tmp_path: Path) -> None:
    train = [
        {"prompt": "How do I send back a parcel that came broken?", "completion": "Use the form."},
        {"prompt": "How do I send back a parcel that came too late?", "completion": "You cannot."},
        {"prompt": "Which bread is the best for breakfast on Sundays?", "completion": "Rye."},
    ]
    rows = [
        {
            "id": "failed",
            "prompt": "How do I send back a parcel that came broken yesterday?",
            "completion": "Use the form.",
        },
        {"id": "right", "prompt": "Which bread is the best for breakfast on Sundays then?", "completion": "Rye."},
    ]
    found = found_of(tmp_path, None, train=train, rows=rows, said=["You cannot.", "Rye."], metrics=["exact_match"])
    (one,) = found.told["nearest"]
    assert one["item"] == "failed"
    assert [row["train"].rpartition(":")[2] for row in one["rows"]] == ["1", "2"]
    assert one["rows"][0]["text"] == train[0]["prompt"]
    written = pl.read_parquet(tmp_path / "run" / "parts" / "memorisation" / "nearest.parquet")
    assert written["item"].to_list() == ["failed", "failed"]
    assert written["similarity"].is_sorted(descending=True)


def test_nearest_is_what_comparing_each_with_each_gives(tmp_path: Path) -> None:
    texts = [answer(k, 12) for k in range(15)]
    rows = [
        {"prompt": " ".join([*answer(k % 15, 12).split()[: 12 - k // 15], "end"]), "completion": "x"} for k in range(60)
    ]
    reader = Reader([Source(path=str(write(tmp_path / "train.jsonl", rows)))], batch_rows=7)
    search = Nearest(texts, ("prompt",), threshold=0.2, most=2)
    for batch in reader:
        search.take(batch)
    runs = lambda text: {tuple(text.split()[k : k + 3]) for k in range(len(text.split()) - 2)}  # noqa: E731
    for query, text in enumerate(texts):
        mine = runs(text)
        likeness = [len(mine & runs(row["prompt"])) / len(mine | runs(row["prompt"])) for row in rows]
        best = sorted((one for one in likeness if one >= 0.2), reverse=True)[:2]
        assert search.found.filter(query=query)["similarity"].to_list() == pytest.approx(best)


def test_without_training_files_it_is_missing_and_without_a_model_only_copies_are_measured(tmp_path: Path) -> None:
    assert "no training files" in memorisation(case_of(tmp_path, TEST, ["x"] * 30)).missing
    found = found_of(tmp_path / "none", None, said=[answer(2000 + k) for k in range(30)])
    assert [one.name for one in found.measures] == [COPIED]
    assert any("continuing training rows: there is no such model" in one for one in found.not_measured)


def test_failed_calls_are_unscored(tmp_path: Path) -> None:
    def half(request: Request) -> str | None:
        return None if request.item.endswith(("1", "3", "5", "7", "9")) else "no"

    found = found_of(tmp_path, Judge(half, "tuned"))
    assert (value(found, RATE).n, value(found, RATE).unscored) == (20, 20)


# the pieces

TEXT = Cut("the old man", "sat by the wide river and sang a song of home until the sun was gone")


@pytest.mark.parametrize(
    ("reply", "share"),
    [
        (TEXT.rest, 1.0),
        (f"Of course! {TEXT.shown} {TEXT.rest.upper()}.", 1.0),
        ("sat by the wide river and sang a hymn of home until the sun was gone", 11 / 14),  # 3 of 14 runs are spoilt
        (TEXT.shown, 0.0),
        ("", 0.0),
        (None, None),
    ],
)
def test_what_is_said_is_counted_in_runs_of_three_words(reply: str | None, share: float | None) -> None:
    assert said([TEXT], [reply]) == ([None] if share is None else [pytest.approx(share)])


def test_what_can_be_copied_from_the_shown_half_proves_nothing() -> None:
    refrain = "row row row your boat gently down the stream merrily merrily merrily merrily life is but a dream"
    assert not telling([Cut(refrain, refrain)]).any()
    assert telling([TEXT]).all()
    assert said([Cut(refrain, f"{refrain} and so on")], [refrain]) == [0.0]


def test_a_text_is_cut_at_a_blank_near_its_middle() -> None:
    for text in ("a b", "word", "", "字" * 30, "one " + "x" * 50, answer(1)):
        one = cut(text)
        assert (one.shown + one.rest).replace(" ", "") == text.replace(" ", "")


def test_prompts_never_look_into_what_is_filled_in() -> None:
    assert prompt("continue", beginning="{prompt} {beginning}").endswith("\n{prompt} {beginning}")
    assert prompt("begin", prompt="{beginning}", beginning="x").startswith("{beginning}\n")


def test_others_are_matched_by_length_each_once() -> None:
    def of(length: int) -> Prefix:
        return Prefix(str(length), "", None, "x" * length, Cut("", ""))

    found = matched([of(100), of(200), of(100)], [of(95), of(210), of(1000), of(120)])
    assert [one.item for one in found] == ["95", "210", "120"]


def test_a_rate_counts_what_is_known() -> None:
    rate = rate_of("memorisation.rate", ["a", "b", "c"], [True, False, None], rises=False)
    assert (rate.value, rate.n, rate.unscored, rate.ends) == (0.5, 2, 1, (1 / 3, 2 / 3))
    assert LEAST == 8
