"""TRL's own trainers take the rows that clean, split and convert write: none refused, none lost, and learn their texts.

The model is a random Llama of one layer and the tokenizer a BPE over bytes, both made on the spot. A trainer that starts at
its own reference knows its loss before the first step: ln 2 for DPO, 1 - sigmoid(0) = 1/2 for KTO.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import bloomery as bl
from bloomery.clean.result import CleanResult
from tests.train import rows

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*is_gradient_checkpointing. is deprecated:FutureWarning:transformers.modeling_utils",
)

Load = Callable[..., Any]

BATCH = 5
VOCABULARY = 320
# what the assistant says is what is learnt; a call is part of it
TEMPLATE = (
    "{% if tools %}<|tools|>{{ tools | tojson }}{% endif %}"
    "{% for message in messages %}<|{{ message.role }}|>"
    "{% set content = message.content if message.content is string else (message.content or []) | map(attribute='text') | join %}"
    "{% if message.role == 'assistant' %}"
    "{% generation %}{{ content }}{% if message.tool_calls %}{{ message.tool_calls | tojson }}{% endif %}{{ eos_token }}"
    "{% endgeneration %}"
    "{% else %}{{ content }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


class Base(NamedTuple):
    """A model made on the spot."""

    folder: str
    tokenizer: Any


class Trained(NamedTuple):
    """What a trainer made of its rows, after one epoch."""

    rows: Any  # the trainer's own dataset
    steps: int
    loss: float


@pytest.fixture(scope="module")
def trl(datasets: Any) -> Any:
    pytest.importorskip("torch")
    return pytest.importorskip("trl")


@pytest.fixture(scope="module")
def base(trl: Any, tmp_path_factory: pytest.TempPathFactory) -> Base:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    words = Tokenizer(models.BPE())
    words.pre_tokenizer, words.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<eos>", "<pad>"]
    learner = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    words.train_from_iterator(map(rows.answer, range(50)), learner)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<eos>", pad_token="<pad>")
    tokenizer.chat_template = TEMPLATE
    set_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=len(tokenizer), eos_token_id=0, pad_token_id=1, bos_token_id=None, **sizes)
    folder = str(tmp_path_factory.mktemp("model"))
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return Base(folder, tokenizer)


@pytest.fixture
def train(trl: Any, base: Base, tmp_path: Path) -> Callable[..., Trained]:
    def one_epoch(method: str, data: Any, *, evaluate: Any = None, **options: Any) -> Trained:
        settings = getattr(trl, f"{method}Config")(
            output_dir=str(tmp_path / "run"),
            num_train_epochs=1,
            per_device_train_batch_size=BATCH,
            use_cpu=True,
            bf16=False,
            activation_checkpointing=False,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            **options,
        )
        trainer = getattr(trl, f"{method}Trainer")(
            model=base.folder,
            args=settings,
            train_dataset=data,
            eval_dataset=evaluate,
            processing_class=base.tokenizer,
        )
        done = trainer.train()
        if evaluate is not None:
            assert math.isfinite(trainer.evaluate()["eval_loss"])
        return Trained(trainer.train_dataset, done.global_step, done.training_loss)

    return one_epoch


def cleaned(tmp_path: Path, shape: str, to: str = "jsonl") -> CleanResult:
    return bl.clean(rows.raw(tmp_path / "raw.jsonl", shape), out=tmp_path / "clean", to=to)


def learnt(trained: Trained, base: Base) -> list[str]:
    """The text of each row that the loss is taken over."""
    return [base.tokenizer.decode([one for one in row["labels"] if one != -100]) for row in trained.rows]


def shown(trained: Trained, base: Base) -> list[str]:
    """The whole text of each row."""
    return [base.tokenizer.decode(row["input_ids"]) for row in trained.rows]


def texts(message: rows.Row) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content or ())


@pytest.mark.parametrize("container", ["json", "parquet"])
def test_sft_learns_every_completion(
    container: str, tmp_path: Path, load: Load, train: Callable[..., Trained], base: Base
) -> None:
    run = cleaned(tmp_path, "completion", to="parquet")
    path = run.data if container == "json" else run.folder / "data.parquet"
    trained = train("SFT", load(container, path))
    kept = rows.read(run.data)
    assert (len(kept), trained.steps) == (rows.KEPT, rows.KEPT // BATCH)
    assert learnt(trained, base) == [row["completion"] + "<eos>" for row in kept]
    assert shown(trained, base) == [row["prompt"] + row["completion"] + "<eos>" for row in kept]
    # a random model of V tokens is about as good as a guess: ln V
    assert trained.loss == pytest.approx(math.log(len(base.tokenizer)), rel=0.05)


@pytest.mark.parametrize("shape", ["dialogue", "parts", "mixed", "tools"])
def test_sft_learns_what_the_assistant_says(
    shape: str, tmp_path: Path, load: Load, train: Callable[..., Trained], base: Base
) -> None:
    run = cleaned(tmp_path, shape)
    trained = train("SFT", load("json", run.data), assistant_only_loss=True)
    kept = rows.read(run.data)
    assert (len(trained.rows), trained.steps) == (rows.KEPT, rows.KEPT // BATCH)
    for row, said, whole in zip(kept, learnt(trained, base), shown(trained, base), strict=True):
        answers = [texts(message) for message in row["messages"] if message["role"] == "assistant"]
        assert said.endswith(f"{answers[-1]}<eos>") and all(answer in said for answer in answers)
        assert not any(texts(message) in said for message in row["messages"] if message["role"] != "assistant")
        assert all(texts(message) in whole for message in row["messages"])


def test_sft_is_shown_the_tools_and_the_calls_as_they_were(
    tmp_path: Path, load: Load, train: Callable[..., Trained], base: Base
) -> None:
    run = cleaned(tmp_path, "tools")
    trained = train("SFT", load("json", run.data))
    for row, whole in zip(rows.read(run.data), shown(trained, base), strict=True):
        wanted = base.tokenizer.apply_chat_template(row["messages"], tools=row["tools"], tokenize=False)
        assert whole == wanted and '"arguments"' in whole and "null" not in whole


@pytest.mark.parametrize(
    ("shape", "to"),
    [("alpaca", "chat"), ("alpaca", "alpaca_prompt"), ("sharegpt", "chat"), ("classification", "completion")],
)
def test_sft_takes_what_convert_writes(
    shape: str, to: str, tmp_path: Path, load: Load, train: Callable[..., Trained], base: Base
) -> None:
    out = tmp_path / "out.jsonl"
    run = cleaned(tmp_path, shape)
    assert bl.convert(run.data, out, to=to).rows == rows.KEPT
    trained = train("SFT", load("json", out), assistant_only_loss=to == "chat")
    last = {"alpaca": "output", "classification": "label"}
    answers = [row[last[shape]] if shape in last else row["conversations"][-1]["value"] for row in rows.read(run.data)]
    assert learnt(trained, base) == [answer + "<eos>" for answer in answers]
    assert trained.steps == rows.KEPT // BATCH


def test_sft_learns_answers_that_are_dates_from_parquet(
    tmp_path: Path, load: Load, train: Callable[..., Trained], base: Base
) -> None:
    # datasets takes a column of nothing but dates for timestamps in JSON lines, and the trainer then fails
    made = [{"prompt": rows.ask(n), "completion": f"2025-01-{n + 1:02}"} for n in range(rows.GOOD)]
    run = bl.clean(rows.write(tmp_path / "raw.jsonl", made), out=tmp_path / "clean", to="parquet")
    trained = train("SFT", load("parquet", run.folder / "data.parquet"))
    assert learnt(trained, base) == [row["completion"] + "<eos>" for row in made]


def test_sft_takes_running_text(tmp_path: Path, load: Load, train: Callable[..., Trained], base: Base) -> None:
    run = cleaned(tmp_path, "text")
    trained = train("SFT", load("json", run.data))
    assert learnt(trained, base) == [row["text"] + "<eos>" for row in rows.read(run.data)]


def test_sft_trains_on_one_split_and_is_evaluated_on_another(
    tmp_path: Path, load: Load, train: Callable[..., Trained]
) -> None:
    raw = rows.write(tmp_path / "raw.jsonl", [rows.completion(n) for n in range(20)])
    parts = load("json", bl.split(raw, out=tmp_path / "splits").files)
    trained = train("SFT", parts["train"], evaluate=parts["validation"])
    assert (len(trained.rows), trained.steps) == (14, 3)  # ⌈14 / 5⌉


@pytest.mark.parametrize("shape", ["preference", "preference_chat"])
def test_dpo_compares_every_pair(
    shape: str, tmp_path: Path, load: Load, train: Callable[..., Trained], base: Base
) -> None:
    run = cleaned(tmp_path, shape)
    trained = train("DPO", load("json", run.data), learning_rate=0.0)
    kept = rows.read(run.data)
    for row, seen in zip(kept, trained.rows, strict=True):
        for name in ("prompt", "chosen", "rejected"):
            text = row[name] if isinstance(row[name], str) else row[name][0]["content"]
            assert text in base.tokenizer.decode(seen[f"{name}_ids"])
    assert trained.steps == rows.KEPT // BATCH
    assert trained.loss == pytest.approx(math.log(2), rel=1e-4)


def test_kto_weighs_every_answer(tmp_path: Path, load: Load, train: Callable[..., Trained], base: Base) -> None:
    run = cleaned(tmp_path, "kto")
    trained = train("KTO", load("json", run.data), learning_rate=0.0)
    kept = rows.read(run.data)
    assert [seen["label"] for seen in trained.rows] == [row["label"] for row in kept]
    for row, seen in zip(kept, trained.rows, strict=True):
        assert row["completion"] in base.tokenizer.decode(seen["completion_ids"])
    assert trained.steps == rows.KEPT // BATCH
    assert trained.loss == pytest.approx(0.5, rel=1e-4)


def test_kto_takes_preferences_that_were_converted(tmp_path: Path, load: Load, train: Callable[..., Trained]) -> None:
    run = cleaned(tmp_path, "preference")
    bl.convert(run.data, tmp_path / "kto.jsonl", to="kto")
    trained = train("KTO", load("json", tmp_path / "kto.jsonl"))
    assert len(trained.rows) == trained.steps * BATCH == 2 * rows.KEPT
    assert sum(seen["label"] for seen in trained.rows) == rows.KEPT
