"""Models from weights on this machine: a random Llama made on the spot, its answers held against transformers' own."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from bloomery.errors import RecipeError
from bloomery.llm.ask import ask
from bloomery.llm.base import Message, Request
from bloomery.llm.cache import Cache
from bloomery.llm.local import Local
from bloomery.llm.names import open_model
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


def asked(count: int) -> list[Request]:
    return [
        Request(str(k), (Message("system", "Say."), Message("user", f"Item {k} " + "here " * (k % 7))))
        for k in range(count)
    ]


def test_answers_are_those_of_transformers(tiny: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(tiny), AutoModelForCausalLM.from_pretrained(tiny)
    requests = asked(5)
    answers = ask(local(tiny), requests)
    for request, answer in zip(requests, answers, strict=True):
        messages = [one._asdict() for one in request.messages]
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        made = model.generate(**ids, do_sample=False, max_new_tokens=12, repetition_penalty=1.0)
        new = made[0, ids["input_ids"].shape[1] :]
        assert answer.text == tokenizer.decode(new, skip_special_tokens=True)
        assert (answer.prompt_tokens, answer.completion_tokens, answer.estimated) == (
            ids["input_ids"].shape[1],
            len(new),
            False,
        )
        assert answer.finish == ("stop" if new[-1] == 0 else "length")


def test_batches_do_not_change_answers(tiny: Path) -> None:
    texts = [[answer.text for answer in ask(local(tiny, batch=size), asked(20))] for size in (1, 3, 20)]
    assert texts[0] == texts[1] == texts[2]
    assert len(set(texts[0])) > 1 and all(texts[0])


def test_samples_are_the_same_again_whatever_else_is_asked(tiny: Path) -> None:
    options = {"temperature": 1.0, "seed": 3}
    requests = [one._replace(repeat=repeat) for one in asked(4) for repeat in range(2)]
    first = [answer.text for answer in ask(local(tiny, **options), requests)]
    assert [answer.text for answer in ask(local(tiny, **options), requests[::-1])][::-1] == first
    assert first[0] != first[1]  # repeats differ
    assert [answer.text for answer in ask(local(tiny, temperature=1.0, seed=4), requests)] != first


def test_cache_key_without_weights_adapter_tokenizer_or_template(tiny: Path, tmp_path: Path) -> None:
    def changed(name: str, file: str, old: str, new: str) -> Path:
        shutil.copytree(tiny, tmp_path / name)
        path = tmp_path / name / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        return tmp_path / name

    models = [
        local(tiny),
        local(make(tmp_path / "weights", seed=1)),
        local(changed("tokenizer", "tokenizer.json", '"<pad>"', '"<PAD>"')),
        local(changed("template", "chat_template.jinja", "<|end|>", "")),
        local(changed("config", "config.json", '"rms_norm_eps": 1e-06', '"rms_norm_eps": 1e-05')),
        local(tiny, temperature=1.0),
        local(tiny, max_tokens=13),
    ]
    assert len({model.identity() for model in models}) == len(models)
    shutil.copytree(tiny, tmp_path / "moved")
    assert local(tmp_path / "moved").identity() == models[0].identity()


def test_an_adapter_is_another_model_and_answers_as_one(tiny: Path, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    import torch
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(tiny)
    adapted = peft.get_peft_model(
        base, peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    )
    torch.manual_seed(0)
    for name, weights in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=1.0)
    adapted.save_pretrained(tmp_path / "adapter")
    with Cache(tmp_path / "answers.sqlite") as cache:
        plain = [answer.text for answer in ask(local(tiny), asked(5), cache=cache)]
        other = [answer.text for answer in ask(local(tiny, adapter=str(tmp_path / "adapter")), asked(5), cache=cache)]
    assert all(one != two for one, two in zip(plain, other, strict=True))


def test_a_cached_answer_needs_no_weights(tiny: Path, tmp_path: Path) -> None:
    with Cache(tmp_path / "answers.sqlite") as cache:
        ask(local(tiny), asked(3), cache=cache)
        again = local(tiny)
        assert all(answer.cached for answer in ask(again, asked(3), cache=cache))
    assert again._opened is None


def test_one_prompt_that_is_too_long_or_cannot_be_made_costs_no_other(tiny: Path) -> None:
    requests = asked(4)
    requests[1] = Request("1", (Message("user", "here " * WINDOW),))
    requests[2] = Request("2", (Message("tool", "a template that raises"),))
    answers = ask(local(tiny), requests)
    assert [answer.error for answer in answers] == [None, "too_long", "failed", None]
    assert answers[1].detail is not None and f"in a window of {WINDOW}" in answers[1].detail
    assert answers[2].detail is not None and "no tools here" in answers[2].detail


def test_what_does_not_fit_into_memory_is_halved(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = local(tiny, batch=8)
    whole = [answer.text for answer in ask(model, asked(8))]
    assert model._opened is not None
    generate, sizes = model._opened.model.generate, []

    def small(**given: Any) -> Any:
        sizes.append(len(given["input_ids"]))
        if sizes[-1] > 2:
            raise RuntimeError("out of memory")
        return generate(**given)

    monkeypatch.setattr(model._opened.model, "generate", small)
    assert [answer.text for answer in ask(model, asked(8))] == whole
    assert sizes == [8, 4, 2, 2, 4, 2, 2]


def test_a_folder_without_a_template_takes_single_messages(tiny: Path, tmp_path: Path) -> None:
    folder = make(tmp_path / "base", template=None)
    single = Request("1", (Message("user", "Item 1"),))
    answers = ask(local(folder), [single, asked(1)[0]])
    assert [answer.error for answer in answers] == [None, "failed"]
    assert answers[0].text and answers[0].prompt_tokens and answers[0].prompt_tokens < 7


def test_folders_that_hold_no_model(tiny: Path, tmp_path: Path) -> None:
    models = {
        "none": ModelOptions(kind="local", path=str(tmp_path / "nowhere")),
        "pickled": ModelOptions(kind="local", path=str(tmp_path / "pickled")),
        "broken": ModelOptions(kind="local", path=str(tmp_path / "broken")),
        "adapter": ModelOptions(kind="local", path=str(tiny), adapter=str(tmp_path)),
    }
    shutil.copytree(tiny, tmp_path / "pickled")
    (tmp_path / "pickled" / "model.safetensors").rename(tmp_path / "pickled" / "pytorch_model.bin")
    shutil.copytree(tiny, tmp_path / "broken")
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"no weights")
    for name, said in {"none": "no folder", "pickled": "no weights", "adapter": "adapter_model.safetensors"}.items():
        with pytest.raises(RecipeError, match=said):
            open_model(name, models)
    with pytest.raises(RecipeError, match="cannot be read"):
        ask(open_model("broken", models), asked(1))
    assert open_model("tiny", {"tiny": ModelOptions(kind="local", path=str(tiny))}).family == "llama"
