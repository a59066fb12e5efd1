"""A verdict on a model that was fine-tuned here for a few steps, beside the base that it was made from: all through weights."""

import json
from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from bloomery.evaluate.asked import REPLIES
from bloomery.llm.replay import Replay
from tests.train.rows import write
from tests.train.tiny import make

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*is_gradient_checkpointing. is deprecated:FutureWarning:transformers.modeling_utils",
)

LABELS = ("yes", "no")
PLACES = ["in", "on", "at", "by", "under", "over", "near", "beside", "behind", "before", "after", "above"]
ADVICE = {"threshold": "<= base", "level": "advise"}


def row(k: int) -> dict[str, str]:
    """The label follows from the number, and from the words as well: a model this small can learn it."""
    return {"text": f"Item {k} is {PLACES[k % 12]} {'here' if k % 2 else 'there'}?", "label": LABELS[k % 2]}


def tuned(base: Path, folder: Path, rows: list[dict[str, str]], *, steps: int) -> Path:
    """The base after some steps of full fine-tuning on the answers alone, prompts as the evaluation renders them."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(base), AutoModelForCausalLM.from_pretrained(base)
    torch.manual_seed(0)
    torch.set_num_threads(1)  # so small a model waits for its threads more than it computes
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for step in range(steps):
        some = [rows[(16 * step + k) % len(rows)] for k in range(16)]
        prompts = [f"<|user|>{one['text']}<|end|><|assistant|>" for one in some]
        before = [tokenizer(one)["input_ids"] for one in prompts]
        whole = [
            tokenizer(f"{prompt}{one['label']}<|end|>")["input_ids"] for prompt, one in zip(prompts, some, strict=True)
        ]
        longest = max(map(len, whole))
        ids = torch.tensor([one + [1] * (longest - len(one)) for one in whole])
        target = torch.tensor(
            [[-100] * len(b) + w[len(b) :] + [-100] * (longest - len(w)) for b, w in zip(before, whole, strict=True)]
        )
        loss = model(ids, attention_mask=(ids != 1).long(), labels=target).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    state = {"epoch": 16 * steps / len(rows), "global_step": steps, "log_history": [{"learning_rate": 3e-3, "step": 1}]}
    (folder / "trainer_state.json").write_text(json.dumps(state))
    return folder


@pytest.fixture(scope="module")
def trained(offline: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with base, tuned, test.jsonl, train.jsonl."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("trained")
    rows = [row(k) for k in range(100, 400)]
    write(folder / "train.jsonl", rows)
    write(folder / "test.jsonl", [row(k) for k in range(30)])
    make(folder / "base", recommends=False)
    tuned(folder / "base", folder / "tuned", rows, steps=40)
    return folder


def verdict(folder: Path, out: Path, **options: Any) -> Any:
    kinds = {
        name: {"kind": "local", "path": str(folder / name), "max_tokens": 4, "batch": 16} for name in ("tuned", "base")
    }
    gates = {
        "task.accuracy": ">= 0.9",
        "contamination.ratio": "<= 0.01",
        "unscored.rate": None,
        "perplexity.test": ADVICE,
        "calibration.ece": ADVICE,
        "less.zero_shot.accuracy": {"threshold": "<= 0.6", "level": "advise"},
    }
    given: dict[str, Any] = {
        "model": "tuned",
        "models": kinds,
        "base": "base",
        "test": folder / "test.jsonl",
        "train": [str(folder / "train.jsonl")],
        "metrics": ["classification"],
        "waive": ["regression", "safety"],
        "certainty": "none",
        "gates": gates,
    }
    return bl.evaluate(out=out, **(given | options))


def gates_in(folder: Path) -> dict[str, dict[str, Any]]:
    told = json.loads((folder / "verdict.json").read_text())
    return {one["name"]: one for one in told["gates"]}


def test_a_tuned_model_end_to_end(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = str(tmp_path / "answers.sqlite")
    first = verdict(trained, tmp_path / "first", cache=cache)
    told = json.loads((first.folder / "verdict.json").read_text())
    gates = gates_in(first.folder)
    assert (told["verdict"], first.exit_code) == ("deploy", 0), told["reasons"]
    assert gates["task.accuracy"]["state"] == "pass" and gates["contamination.ratio"]["value"] == 0
    # the answers of the task are likelier to it than to its base, and plain prose is not
    assert gates["perplexity.test"]["state"] == "pass" and gates["perplexity.test"]["value"] < 0
    assert gates["perplexity.ratio"]["value"] > 1 and gates["perplexity.ratio"]["n"] > 100
    # a random base knows nothing of it, whatever it is shown
    assert gates["less.zero_shot.accuracy"]["state"] == "pass"
    assert gates["calibration.ece"]["value"] is not None
    # a second run asks nothing: no weights are read
    from bloomery.llm import local

    def never(*given: Any, **options: Any) -> Any:
        raise AssertionError("the weights were read")

    monkeypatch.setattr(local, "_Opened", never)
    again = verdict(trained, tmp_path / "again", cache=cache)
    assert json.loads((again.folder / "verdict.json").read_text())["gates"] == told["gates"]
    rescored = bl.rescore(first.folder, out=tmp_path / "rescored")
    assert json.loads((rescored.folder / "verdict.json").read_text())["gates"] == told["gates"]
    # and the finished folder stands in for both models, without a cache
    recorded = {name: Replay.read(name, first.folder / REPLIES / f"{name}.jsonl") for name in ("tuned", "base")}
    replayed = verdict(trained, tmp_path / "replayed", cache=str(tmp_path / "none.sqlite"), models=recorded)
    assert json.loads((replayed.folder / "verdict.json").read_text())["gates"] == told["gates"]


def test_a_base_in_the_place_of_the_tuned_model_is_not_deployed(trained: Path, tmp_path: Path) -> None:
    given = {"model": "base", "base": "tuned", "less_items": 0, "probe": False}
    run = verdict(trained, tmp_path / "run", cache=str(tmp_path / "answers.sqlite"), **given)
    gates = gates_in(run.folder)
    assert run.exit_code == 100 and gates["task.accuracy"]["state"] == "fail"
    assert gates["perplexity.test"]["state"] == "fail"  # the tuned one, here as base, finds them likelier
