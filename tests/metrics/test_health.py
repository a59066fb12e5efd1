"""Text health of a set of outputs."""

import random

import polars as pl
import pytest

from bloomery.metrics.health import Health
from tests.metrics.generated import answers, ragged


def total(
    predictions: list[str | None], references: list[str] | None = None, **options: int
) -> dict[str, float | None]:
    references = references or [""] * len(predictions)
    return Health(**options).total(Health(**options).items(answers(predictions, [[one] for one in references])))


def test_repetition_is_the_share_of_runs_said_before() -> None:
    """ "a b a b a b" has 5 pairs, of which 2 differ: 3 of 5. "a b c" has 2, none repeated. Together 3 of 7, not .3."""
    items = Health(n=2).items(answers(["a b a b a b", "a b c", "a"], [[""]] * 3))
    assert items["score"].to_list() == [3 / 5, 0, None]
    found = Health(n=2).total(items)
    assert (found["repetition"], found["repetition.looping"]) == (3 / 7, 1 / 3)


def test_repetition_against_sets_of_runs() -> None:
    frame = ragged(random.Random(4), 40)
    texts = [" ".join("abc"[len(word) % 3] for word in (said or "").split()) for said in frame["prediction"]]
    items = Health(n=3).items(frame.with_columns(prediction=pl.Series(texts)))
    for text, (runs, repeats) in zip(texts, items.select("runs", "repeats").iter_rows(), strict=True):
        words = text.split()
        every = [tuple(words[k : k + 3]) for k in range(len(words) - 2)]
        assert (runs, repeats) == (len(every), len(every) - len(set(every)))


def test_a_text_too_short_for_a_run_has_no_repetition() -> None:
    assert total(["yes", "no"])["repetition"] is None


def test_length_and_blank_answers() -> None:
    found = total(["two words", "", None, " ?! ", "東京です"])
    assert found["length.words"] == (2 + 0 + 0 + 2 + 4) / 5  # a text without words counts by its characters
    assert found["length.characters"] == (9 + 0 + 0 + 4 + 4) / 5
    assert found["blank"] == 3 / 5


def test_the_share_of_scripts_counts_letters() -> None:
    """8 Latin letters, 2 Han, 2 kana, 4 Cyrillic; digits and marks are none."""
    found = total(["Tokyo 12!", "東京です", "abc", "Киев"])
    scripts = {name: value for name, value in found.items() if name.startswith("script.") and name != "script.switched"}
    assert scripts == {"script.latin": 8 / 16, "script.han": 2 / 16, "script.kana": 2 / 16, "script.cyrillic": 4 / 16}
    assert total(["ⴰⵣⵓⵍ"])["script.other"] == 1


def test_an_answer_in_another_script_than_its_reference_is_counted() -> None:
    """The first is; Japanese with more kana than its reference is not; texts without letters are not compared."""
    found = total(
        ["Das ist gut", "これは東京です", "OK", "42", "fine"], ["это хорошо", "東京都庁舎", "Okay", "42", "3.5"]
    )
    assert found["script.switched"] == 1 / 3
    assert total(["42"], ["word"])["script.switched"] is None


def test_total_over_rows_is_that_of_these_answers_alone() -> None:
    frame = ragged(random.Random(9), 30)
    rows = [3, 5, 8, 20, 29]
    assert Health().total(Health().items(frame)[rows]) == Health().total(Health().items(frame[rows]))


def test_a_looping_answer_of_ten_megabytes() -> None:
    found = total(["the cat " * 1_250_000])
    assert found["repetition"] == pytest.approx(1, abs=1e-5)
    assert found["repetition.looping"] == 1


def test_every_value_has_a_name_and_a_sentence() -> None:
    named = {name.replace("<script>", "latin") for name in Health.names}
    assert total(["a b c d e"]).keys() == named
