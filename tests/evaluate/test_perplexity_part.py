"""Perplexity and calibration before and after: by hand, from models made on the spot."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from bloomery.errors import RecipeError
from bloomery.evaluate.asked import REPLIES
from bloomery.evaluate.gates.bounds import bounds
from bloomery.evaluate.parts.likelihood import documents, measured, neutral
from bloomery.evaluate.parts.ratio import PerplexityRatio
from bloomery.llm.base import Logprobs, Passage
from bloomery.llm.replay import Replay
from bloomery.metrics.perplexity import Perplexity
from tests.evaluate.runs import questions, write
from tests.evaluate.scorers import Known, flat

LABELS = [{"id": k, "text": f"Text {k} of it", "label": "good" if k % 2 else "bad"} for k in range(12)]


def uneven(mean: float, answers: float) -> Any:
    """Sentences that differ: `mean` nats a word, and up to a tenth more or less."""

    def tell(passage: Passage) -> list[float]:
        each = answers if passage.messages else mean
        return [-each * (1 + ((7 * len(passage.text)) % 21 - 10) / 100)] * len(passage.text.split())

    return tell


def decided(
    folder: Path, tuned: Any, base: Any = None, *, test: list[dict[str, Any]] | None = None, **options: Any
) -> Any:
    test_file = write(folder / "test.jsonl", questions(10) if test is None else test)
    out = folder / options.pop("out", "run")
    models = {one.name: one for one in (tuned, base) if one is not None}
    named = {"base": base.name} if base else {}
    gates = {"perplexity.ratio": {"threshold": "<= 1.5", "level": "advise"}, **options.pop("gates", {})}
    waive = ["regression", "safety", "contamination"]
    return bl.evaluate(
        test=test_file,
        out=out,
        model=tuned.name,
        models=models,
        gates=gates,
        waive=waive,
        cache=f"{out}.sqlite",
        **named,
        **options,
    )


def gate(folder: Path, name: str) -> dict[str, Any]:
    told = json.loads((folder / "verdict.json").read_text())
    (found,) = [one for one in told["gates"] if one["name"] == name]
    return dict(found)


def test_the_ratio_is_that_of_the_neutral_text_and_only_advice(tmp_path: Path) -> None:
    tuned, base = Known("tuned", tell=uneven(2.6, 0.5)), Known("base", tell=uneven(2.0, 3.0))
    test = [{"id": k, "prompt": f"Question {k}?", "completion": "right " * (k + 1) + "x" * (k % 5)} for k in range(30)]
    decided(tmp_path, tuned, base, test=test, gates={"perplexity.test": {"threshold": "<= base", "level": "advise"}})
    ratio = gate(tmp_path / "run", "perplexity.ratio")
    words = [len(text.split()) for text in neutral()]
    weights = [1 + ((7 * len(text)) % 21 - 10) / 100 for text in neutral()]
    mean = sum(w * n for w, n in zip(weights, words, strict=True)) / sum(words)  # of tokens, not of sentences
    assert ratio["value"] == pytest.approx(math.exp(0.6 * mean), rel=1e-5)
    assert ratio["low"] < ratio["value"] < ratio["high"] and ratio["low"] > 1.5
    assert (ratio["state"], ratio["level"], ratio["n"]) == ("fail", "advise", len(neutral()))
    answers = gate(tmp_path / "run", "perplexity.test")
    assert answers["value"] < 0 and answers["high"] < 0 and answers["state"] == "pass"


def test_perplexity_cannot_be_a_must(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be a must"):
        decided(tmp_path, Known("tuned", tell=flat(1.0)), gates={"perplexity.ratio": "<= 1.5"})
    with pytest.raises(RecipeError, match="cannot be a must"):
        decided(tmp_path, Known("tuned", tell=flat(1.0)), gates={"calibration.ece": "<= 0.1"})


def test_perplexity_as_mean_of_documents_is_another_number() -> None:
    passages = [Passage("1", (), "a " * 10), Passage("2", (), "b " * 190)]
    told = [Logprobs("1", (-2.0,) * 10), Logprobs("2", (-0.5,) * 190)]
    value = measured("perplexity.test", documents(passages, told), Perplexity(), "perplexity").value
    assert value == pytest.approx(math.exp((20 + 95) / 200)) == pytest.approx(1.78, abs=0.005)


def test_the_ratio_of_different_tokenizers_is_in_units_of_the_bases_tokens() -> None:
    passages = [Passage(str(k), (), "some words") for k in range(3)]
    mine = [Logprobs(one.item, (-1.0,) * 4) for one in passages]
    theirs = [Logprobs(one.item, (-1.5,) * 2) for one in passages]
    found = measured("perplexity.ratio", documents(passages, mine, theirs), PerplexityRatio(), "ratio")
    assert found.value == pytest.approx(math.exp((4 - 3) / 2))


def test_the_interval_of_the_ratio_is_paired_over_documents() -> None:
    """Documents differ by 1 to 4 nats a token, the two models by about 0.1 on each: the ratio is known far better."""
    passages = [Passage(str(k), (), "w " * 20) for k in range(120)]
    theirs = [Logprobs(str(k), (-1.0 - k / 40,) * 20) for k in range(120)]
    mine = [Logprobs(str(k), (-1.1 - k / 40 - (k % 3) / 1000,) * 20) for k in range(120)]
    found = measured("perplexity.ratio", documents(passages, mine, theirs), PerplexityRatio(), "ratio")
    near = bounds(found, 0.95, 0)
    assert found.value == pytest.approx(math.exp(0.101))
    assert near.low is not None and near.high is not None and 1 < near.high / near.low < 1.001
    alone = bounds(measured("perplexity.neutral", documents(passages, mine), Perplexity(), "perplexity"), 0.95, 0)
    assert alone.low is not None and alone.high is not None and alone.high / alone.low > 1.2


def test_a_text_that_one_of_them_could_not_read_is_of_neither(tmp_path: Path) -> None:
    def tell(passage: Passage) -> list[float] | str:
        return "too_long" if passage.item == "perplexity/test/q3" else flat(1.0)(passage)

    run = decided(tmp_path, Known("tuned", tell=tell), Known("base", tell=flat(1.0)), out="run",
                  gates={"perplexity.test": {"threshold": "<= base", "level": "advise"}})  # fmt: skip
    test = gate(run.folder, "perplexity.test")
    assert (test["n"], test["unscored"]) == (9, 1)


def test_models_that_tell_no_log_probabilities_leave_the_part_out(tmp_path: Path) -> None:
    decided(tmp_path, Known("tuned"), Known("base"))
    ratio = gate(tmp_path / "run", "perplexity.ratio")
    assert ratio["state"] == "missing" and "tells no log-probabilities" in ratio["reason"]


def test_a_finished_run_is_scored_again_from_what_was_recorded(tmp_path: Path) -> None:
    tuned, base = Known("tuned", tell=flat(2.2, answers=0.5)), Known("base", tell=flat(2.0, answers=3.0))
    first = decided(tmp_path, tuned, base, out="first")
    rescored = bl.rescore(first.folder, out=tmp_path / "rescored")
    assert gate(rescored.folder, "perplexity.ratio") == gate(first.folder, "perplexity.ratio")
    recorded = [Replay.read(name, first.folder / REPLIES / f"{name}.jsonl") for name in ("tuned", "base")]
    again = decided(tmp_path, *recorded, out="again")
    assert gate(first.folder, "perplexity.ratio")["value"] == pytest.approx(math.exp(0.2), abs=1e-5)
    assert gate(again.folder, "perplexity.ratio") == gate(first.folder, "perplexity.ratio")
    assert (again.folder / REPLIES / "tuned.logprobs.parquet").is_file()


def test_calibration_of_a_model_that_is_too_sure(tmp_path: Path) -> None:
    """It gives 'good' 0.9 of all items, of which half are: ECE 0.4, entropy −0.9 ln 0.9 − 0.1 ln 0.1."""

    def sure(passage: Passage) -> list[float]:
        if not passage.messages:
            return [-1.0]
        return [math.log(0.9 if passage.text == "good" else 0.1) - 3.0]  # what both have in common falls away

    def unsure(passage: Passage) -> list[float]:
        return [-2.0]

    tuned = Known("tuned", lambda _: "good", tell=sure)
    wanted = {
        "calibration.ece": {"threshold": "<= base", "level": "advise"},
        "calibration.entropy": {"threshold": "<= base", "level": "advise"},
    }
    run = decided(
        tmp_path, tuned, Known("base", lambda _: "good", tell=unsure), test=LABELS, gates=wanted, certainty="none"
    )
    entropy = -0.9 * math.log(0.9) - 0.1 * math.log(0.1)

    assert gate(run.folder, "calibration.ece")["value"] == pytest.approx(0.4 - 0.0, abs=1e-5)
    assert gate(run.folder, "calibration.entropy")["value"] == pytest.approx(entropy - math.log(2), abs=1e-5)
