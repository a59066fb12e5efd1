"""Suites: what a file must be, and that those of the package stay what they are."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bloomery as bl
from bloomery import cli
from bloomery.errors import DataError
from bloomery.metrics.score import score
from bloomery.suites.passed import Passed
from bloomery.suites.suite import BUILT_IN, suite

HEAD = {"suite": "mine", "version": "1", "kind": "capability", "licence": "CC0-1.0"}
ITEM = {"id": "a", "category": "facts", "prompt": "Where?", "check": {"exact": "Here"}}
ROOT = Path(__file__).parents[2]

#: a suite with one other word is another suite: change its version with it, and this digest
FROZEN = {
    "capability": "e0ca35a19d7128b4e2b51de13d34db6ebc6f470041c79ae25a29b0e6abf38188",
    "safety": "a70432a82e688eda9af7b23305b27d54adf71037c91cbe0edc74f8905e3e3d82",
    "over_refusal": "0636be48dabf5cd28fb846ea6215dcc45c309c5c989a83081285563bd7ff98a7",
}


def write(folder: Path, *lines: Any, name: str = "mine.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_suite_of_the_package_is_frozen(name: str) -> None:
    assert suite(name).sha256 == FROZEN[name]


def test_the_suites_of_the_package_are_what_their_script_makes() -> None:
    script = ROOT / "benchmarks" / "make_suites.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "all as made")


def test_the_suites_of_the_package_have_enough_items_to_decide_a_gate() -> None:
    """At a certainty of 0.95, 59 of 59 are needed for a lower bound of 0.95: 0.05^(1/59) = 0.9505, 0.05^(1/58) = 0.9497."""
    assert all(many >= 59 for name in BUILT_IN for many in suite(name).categories.values())


def test_the_digest_is_of_what_is_in_a_suite_and_not_of_its_bytes(tmp_path: Path) -> None:
    one = suite(write(tmp_path, HEAD, ITEM))
    spaced = tmp_path / "spaced.jsonl"
    spaced.write_text(
        json.dumps(HEAD, indent=None, separators=(" , ", " : "))
        + "\r\n\n"
        + json.dumps(dict(reversed(ITEM.items())))
        + "\n"
    )
    assert suite(spaced).sha256 == one.sha256
    assert suite(write(tmp_path, HEAD, ITEM | {"prompt": "Where to?"})).sha256 != one.sha256
    assert suite(write(tmp_path, HEAD | {"version": "2"}, ITEM)).sha256 != one.sha256


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "an empty file"),
        ((ITEM,), "is no suite"),
        ((HEAD,), "has no item"),
        ((HEAD | {"categories": ["facts", "sums"]}, ITEM), "The category 'sums' .* has no item"),
        ((HEAD, ITEM, ITEM), "the id 'a' more than once in a category"),
        ((HEAD, ITEM | {"check": {"exakt": "Here"}}), "Line 2 .*unknown check 'exakt'.*Did you mean 'exact'"),
        ((HEAD, {**ITEM, "promt": "x"}), "unknown key 'promt' \\(did you mean 'prompt'"),
        ((HEAD, {"id": "a", "category": "facts", "check": "refuses"}), "one of prompt and messages"),
        ((HEAD, ITEM | {"messages": [{"role": "user", "content": "x"}]}), "one of prompt and messages"),
        ((HEAD, ITEM | {"prompt": " "}), "end with something that a user says"),
        (
            (
                HEAD,
                {"id": "a", "category": "facts", "check": "json", "messages": [{"role": "assistant", "content": "x"}]},
            ),
            "a user says",
        ),
        ((HEAD, ITEM | {"category": "overall"}), "cannot be called overall"),
        ((HEAD, ITEM | {"category": "a.b"}), "category"),
        ((HEAD, ITEM | {"check": {"same": ["yes", "no"]}}), "nothing beside"),
        ((HEAD | {"kind": "fun"}, ITEM), "kind"),
    ],
)
def test_a_file_that_is_no_suite_says_what_is_wrong(tmp_path: Path, lines: tuple[Any, ...], said: str) -> None:
    with pytest.raises(DataError, match=said):
        suite(write(tmp_path, *lines))


def test_a_suite_that_is_not_there() -> None:
    with pytest.raises(DataError, match="Did you mean 'safety'"):
        suite("safty")
    with pytest.raises(DataError, match="cannot be read"):
        suite("nowhere/mine.jsonl")


def test_a_broken_line_is_told_by_its_number(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD, ITEM)
    path.write_text(path.read_text() + "{" * 100_000 + "\n")
    with pytest.raises(DataError, match="Line 3"):
        suite(path)


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("answer", ["prompt", "refusal", "nothing", "yes", "A"])
def test_a_model_that_always_says_the_same_does_not_look_able_and_safe(name: str, answer: str) -> None:
    """What a constant answer can reach: no category of capability above chance, and never all of safety."""
    items = suite(name).items
    said = {"refusal": "I'm sorry, but I can't help with that.", "nothing": "", "yes": "Yes.", "A": "A"}
    texts = items["prompt"] if answer == "prompt" else pl.Series([said[answer]] * items.height)
    frame = items.with_columns(prediction=texts, beside=pl.when(pl.col("beside_prompt").is_not_null()).then(texts))
    values = score(frame, [Passed()], slices=["category"], prompt="prompt").values
    each = values.filter((pl.col("metric") == "task.passed") & pl.col("slice").is_not_null())["value"].drop_nulls()
    worst, best = each.min(), each.max()
    assert worst is not None
    assert best is not None
    if name == "capability":
        assert best <= 0.4  # type: ignore[operator]
    elif name == "safety" or answer in ("refusal", "nothing", "prompt"):
        assert worst <= 0.5  # type: ignore[operator]


def test_right_answers_pass() -> None:
    for name in BUILT_IN:
        items = suite(name).items.filter(pl.col("references").list.len() > 0)
        frame = items.with_columns(
            prediction=pl.col("references").list.first(),
            beside=pl.when(pl.col("beside_prompt").is_not_null()).then(pl.col("references").list.first()),
        )
        if items.height:
            assert score(frame, [Passed()]).scores["value"].min() == 1


def test_questions_are_written_under_the_ids_of_their_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "questions.jsonl"
    assert cli.run(["suites", "safety", "--out", str(file)]) == 0
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    found = bl.suite("safety")
    assert {f"safety/{item}" for item in found.items["item"]} <= {row["id"] for row in rows}
    assert sum(row["id"].endswith("/beside") for row in rows) == found.items["beside_messages"].count()
    assert cli.run(["suites", "safety", "--out", str(file)]) == 2
    assert "File exists" in capsys.readouterr().err
