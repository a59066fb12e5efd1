"""Log-probabilities of texts: told once, kept, recorded, read again."""

from pathlib import Path

import polars as pl
import pytest

from bloomery.errors import DataError
from bloomery.llm.base import Logprobs, Message, Passage, can_score
from bloomery.llm.cache import Cache
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.logprobs import RECORDED, record_logprobs, token_logprobs
from bloomery.llm.options import ModelOptions
from bloomery.llm.replay import Replay
from tests.evaluate.scorers import Known, flat

ASKED = (Message("user", "Where?"),)
PASSAGES = [
    Passage("1", (), "a b c"),
    Passage("2", ASKED, "here it is"),
    Passage("3", (), "a b c"),
    Passage("4", (), ""),
]


def test_equal_passages_are_told_once_and_each_item_gets_its_own() -> None:
    model = Known("m", tell=flat(0.5, answers=2.0))
    told = token_logprobs(model, PASSAGES)
    assert told == [
        Logprobs("1", (-0.5, -0.5, -0.5)),
        Logprobs("2", (-2.0, -2.0, -2.0)),
        Logprobs("3", (-0.5, -0.5, -0.5)),
        Logprobs("4", ()),
    ]
    assert [one.item for one in model.told] == ["1", "2", "4"]


def test_what_was_told_is_kept_and_failures_are_tried_again(tmp_path: Path) -> None:
    def tell(passage: Passage) -> list[float] | str:
        return "too_long" if passage.messages else [-1 / 3] * 3

    with Cache(tmp_path / "answers.sqlite") as cache:
        first = token_logprobs(Known("m", tell=tell), PASSAGES[:2], cache=cache)
        again = Known("m", tell=tell)
        assert token_logprobs(again, PASSAGES[:2], cache=cache) == first
        assert [one.item for one in again.told] == ["2"]
        other = Known("other", tell=tell)
        token_logprobs(other, PASSAGES[:1], cache=cache)
        assert len(other.told) == 1  # what another model told is not its own
    assert first == [Logprobs("1", (-0.333333,) * 3), Logprobs("2", None, "too_long")]


def test_passages_after_other_messages_are_other_passages(tmp_path: Path) -> None:
    model = Known("m", tell=flat(1.0))
    texts = [Passage("1", (), "x"), Passage("2", ASKED, "x"), Passage("3", (*ASKED, Message("assistant", "?")), "x")]
    with Cache(tmp_path / "answers.sqlite") as cache:
        token_logprobs(model, texts, cache=cache)
    assert len(model.told) == 3


def test_half_a_surrogate_pair_costs_no_other_passage() -> None:
    model = Known("m", tell=flat(1.0))
    told = token_logprobs(model, [Passage("1", (), "\ud800"), Passage("2", (), "fine")])
    assert [one.error for one in told] == ["failed", None]


def test_recorded_ones_stand_in_for_the_model(tmp_path: Path) -> None:
    told = token_logprobs(Known("m", tell=flat(0.25)), PASSAGES)
    (tmp_path / "m.jsonl").write_text("")
    record_logprobs(tmp_path / f"m{RECORDED}", PASSAGES, [*told[:3], Logprobs("4", None, "too_long")])
    replay = Replay.read("m", tmp_path / "m.jsonl")
    assert can_score(replay)
    assert token_logprobs(replay, PASSAGES) == [*told[:3], Logprobs("4", None, "too_long")]
    wrong = token_logprobs(replay, [PASSAGES[0]._replace(text="another text"), Passage("9", (), "a b c")])
    assert [one.error for one in wrong] == ["other_prompt", "not_recorded"]


def test_models_that_tell_none_say_so(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"item": "1", "text": "yes"}\n')
    replay = Replay.read("m", tmp_path / "m.jsonl")
    endpoint = Endpoint("m", ModelOptions(url="http://localhost:1/v1", model="m"))
    assert not can_score(replay) and not can_score(endpoint) and not can_score(None)
    assert [one.error for one in replay.token_logprobs(PASSAGES[:1])] == ["not_recorded"]


@pytest.mark.parametrize("content", [b"no table", None])
def test_a_file_that_holds_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    (tmp_path / "m.jsonl").write_text("")
    path = tmp_path / f"m{RECORDED}"
    if content is None:
        pl.DataFrame({"item": ["1"]}).write_parquet(path)
    else:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"logprobs\.parquet"):
        Replay.read("m", tmp_path / "m.jsonl")
