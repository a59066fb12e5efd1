"""Log-probabilities of texts under weights on this machine, against what transformers' own scores give by hand."""

from pathlib import Path
from typing import Any

import pytest

from bloomery.llm import local_logprobs
from bloomery.llm.base import Message, Passage
from bloomery.llm.cache import Cache
from bloomery.llm.local import Local
from bloomery.llm.logprobs import token_logprobs
from bloomery.llm.options import ModelOptions
from tests.train.tiny import WINDOW, make

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*is_gradient_checkpointing. is deprecated:FutureWarning:transformers.modeling_utils",
)


@pytest.fixture(scope="module")
def tiny(offline: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return make(tmp_path_factory.mktemp("tiny"))


def local(folder: Path, **options: Any) -> Local:
    return Local("tiny", ModelOptions(kind="local", path=str(folder), **{"max_tokens": 12, **options}))


class ByHand:
    """One text at a time: log-softmax of every score, in double precision, picked one by one."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.tokenizer, self.model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)

    def tokens(self, text: str, **options: Any) -> list[int]:
        return list(self.tokenizer(text, **options)["input_ids"])

    def all_of(self, tokens: list[int]) -> list[float]:
        """Of each token but the first."""
        import torch

        with torch.no_grad():
            scores = self.model(torch.tensor([tokens])).logits[0].double()
        logs = torch.log_softmax(scores, -1)
        return [float(logs[k - 1, tokens[k]]) for k in range(1, len(tokens))]


def close(values: list[float]) -> Any:
    return pytest.approx(values, abs=2e-5)


MESSAGES = (Message("system", "Say."), Message("user", "Item 3 is here."))
ANSWERS = ["It is.", "Item 4 is what is asked about here, and not item 3.", "x", "€ naïve 東京"]


def test_answers_after_a_template_are_those_by_hand(tiny: Path) -> None:
    hand = ByHand(tiny)
    prompt = hand.tokenizer.apply_chat_template(
        [one._asdict() for one in MESSAGES], add_generation_prompt=True, tokenize=False
    )
    before = hand.tokens(prompt, add_special_tokens=False)
    told = local(tiny, batch=3).token_logprobs([Passage(text, MESSAGES, text) for text in ANSWERS])
    for text, found in zip(ANSWERS, told, strict=True):
        answer = hand.tokens(text, add_special_tokens=False)
        assert found.error is None and found.item == text and found.values is not None
        assert list(found.values) == close(hand.all_of(before + answer)[len(before) - 1 :])
        assert len(found.values) == len(answer)


def test_a_text_by_itself_stands_after_the_end_of_another(tiny: Path) -> None:
    """The tokenizer has no begin-of-text token, so its end-of-text token (0) stands before: the first token is counted."""
    hand = ByHand(tiny)
    text = "Item 5 is what is asked about here."
    (found,) = local(tiny).token_logprobs([Passage("1", (), text)])
    assert found.values is not None and len(found.values) == len(hand.tokens(text))
    assert list(found.values) == close(hand.all_of([0, *hand.tokens(text)]))


def test_the_first_token_is_left_out_where_nothing_can_stand_before_it(tiny: Path) -> None:
    model, hand = local(tiny), ByHand(tiny)
    model._open().tokenizer.eos_token = None
    (found,) = model.token_logprobs([Passage("1", (), "Item 5 is here.")])
    assert found.values is not None and list(found.values) == close(hand.all_of(hand.tokens("Item 5 is here.")))


def test_a_long_text_is_read_in_windows_that_move_on_by_half(tiny: Path) -> None:
    hand = ByHand(tiny)
    text = " ".join(f"Item {k} is what is asked about here." for k in range(60))
    tokens = [0, *hand.tokens(text)]
    assert len(tokens) > 2 * WINDOW
    (found,) = local(tiny).token_logprobs([Passage("1", (), text)])
    assert found.values is not None and len(found.values) == len(tokens) - 1
    expected = hand.all_of(tokens[:WINDOW])
    for told in range(WINDOW, len(tokens), WINDOW // 2):
        end = min(told + WINDOW // 2, len(tokens))
        expected += hand.all_of(tokens[end - WINDOW : end])[-(end - told) :]
    assert list(found.values) == close(expected)


def test_an_answer_that_does_not_fit_is_too_long_and_costs_no_other(tiny: Path) -> None:
    passages = [
        Passage("1", MESSAGES, "It is."),
        Passage("2", (Message("user", "here " * WINDOW),), "It is."),
        Passage("3", (Message("tool", "no"),), "It is."),
        Passage("4", MESSAGES, ""),
    ]
    told = local(tiny).token_logprobs(passages)
    assert [one.error for one in told] == [None, "too_long", "failed", None]
    assert told[1].detail is not None and f"in a window of {WINDOW}" in told[1].detail
    assert told[2].detail is not None and "no tools here" in told[2].detail
    assert told[3].values == ()


@pytest.mark.parametrize("keeps", [True, False])
def test_batches_and_memory_do_not_change_what_is_told(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, keeps: bool
) -> None:
    passages = [Passage(str(k), MESSAGES if k % 2 else (), "Item is here. " * (1 + k % 5)) for k in range(9)]
    alone = [local(tiny, batch=1).token_logprobs([one])[0] for one in passages]
    monkeypatch.setattr(local_logprobs, "CELLS", 40_000)
    model = local(tiny, batch=8)
    reader = model._open()._reader
    assert reader._keeps  # the model can leave out the scores of other places
    reader._keeps = keeps
    forward, sizes = reader._forward, []

    def small(pieces: Any) -> Any:
        sizes.append(len(pieces))
        if len(pieces) > 2:
            raise RuntimeError("out of memory")
        return forward(pieces)

    monkeypatch.setattr(reader, "_forward", small)
    for one, found in zip(alone, model.token_logprobs(passages), strict=True):
        assert found.values is not None and one.values is not None and list(found.values) == close(list(one.values))
    assert max(sizes) > 2 and min(sizes) <= 2  # some were halved


def test_a_folder_without_a_template_reads_prompt_and_answer_together(tiny: Path, tmp_path: Path) -> None:
    folder = make(tmp_path / "base", template=None)
    hand = ByHand(folder)
    prompt, answer = "Item 3 is", " what is asked about here"
    (found, two) = local(folder).token_logprobs(
        [Passage("1", (Message("user", prompt),), answer), Passage("2", MESSAGES, answer)]
    )
    before = hand.tokens(prompt)
    assert found.values is not None and list(found.values) == close(
        hand.all_of(hand.tokens(prompt + answer))[len(before) - 1 :]
    )
    assert two.error == "failed" and "one message only" in str(two.detail)


def test_a_token_over_the_border_is_made_of_each_side_by_itself(tiny: Path, tmp_path: Path) -> None:
    folder = make(tmp_path / "base", template=None)
    hand = ByHand(folder)
    prompt, answer = "Item 3 is what is ask", "ed about here"
    before = hand.tokens(prompt)
    assert hand.tokens(prompt + answer)[: len(before)] != before  # "asked" is one token
    (found,) = local(folder).token_logprobs([Passage("1", (Message("user", prompt),), answer)])
    assert found.values is not None and list(found.values) == close(
        hand.all_of(before + hand.tokens(answer))[len(before) - 1 :]
    )


def test_kept_ones_need_no_weights(tiny: Path, tmp_path: Path) -> None:
    passages = [Passage("1", MESSAGES, "It is."), Passage("2", (), "It is.")]
    with Cache(tmp_path / "answers.sqlite") as cache:
        first = token_logprobs(local(tiny), passages, cache=cache)
        again = local(tiny)
        assert token_logprobs(again, passages, cache=cache) == first
        assert again._opened is None
        other = local(make(tmp_path / "other", seed=1))
        assert token_logprobs(other, passages, cache=cache) != first
