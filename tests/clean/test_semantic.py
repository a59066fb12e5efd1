"""Semantic duplicates, with a model made here: words that mean the same have the same vector."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bloomery as bl
from bloomery.clean import run as cleaning
from bloomery.clean.ops import DEFAULT, build
from bloomery.clean.semantic import Semantic
from bloomery.errors import MissingExtraError, RecipeError
from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.store import Scratch
from tests import models
from tests.clean.duplicates import batch, chat, found
from tests.clean.test_run import everything

SYNONYMS = [
    *("buy purchase acquire", "lamp light", "how what", "return send", "shop store", "money refund", "day date"),
    *("begin start", "car automobile", "quick fast", "cheap inexpensive", "town city", "answer reply", "big large"),
]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A direction for each line of synonyms; numbers and "not" are tokens that mean next to nothing, as in real models."""
    meanings: dict[str, list[float]] = {}
    for place, words in enumerate(SYNONYMS):
        for word in words.split():
            meanings[word] = np.eye(len(SYNONYMS))[place].tolist()
    meanings |= {word: [0.01] * len(SYNONYMS) for word in ("not", "5", "7", "a", "the", "yes", "no")}
    return str(models.static(tmp_path_factory.mktemp("models") / "words", meanings))


def dropped(
    rows: list[Any], model: str, *, sizes: tuple[int, ...] = (), **options: Any
) -> dict[int, tuple[int, float]]:
    return found(Semantic(model=model, **options), rows, sizes=sizes).dropped


PARAPHRASE = [
    chat("how buy the lamp in a shop", "begin in the big store of the town and return the money on the day"),
    chat("what purchase the light in a store", "start in the large shop of the city and send the refund on the date"),
]


def test_a_paraphrase_is_dropped_for_the_better_row_and_near_does_not_see_it(model: str) -> None:
    lost = dropped(PARAPHRASE, model)
    assert lost == {0: (1, pytest.approx(1.0, abs=1e-4))}  # the longer one stays
    assert dropped(PARAPHRASE, model, keep=("shortest",)).keys() == {1}


def test_both_what_is_asked_and_what_is_answered_must_mean_the_same(model: str) -> None:
    asked, answer = PARAPHRASE[0][0][1], PARAPHRASE[0][1][1]
    other = chat(asked, "quick cheap car answer quick cheap car answer quick cheap")
    another = chat("quick cheap car answer", answer)
    rows = [chat(asked, answer), other, another]
    assert dropped(rows, model) == {}
    assert dropped(rows, model, fields="prompt").keys() == {1} or dropped(rows, model, fields="prompt").keys() == {0}
    assert len(dropped(rows, model, fields="completion")) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("buy 5 of the lamp in the shop", "purchase 7 of the light in the store"),
        ("do buy the lamp in the shop", "do not purchase the light in the store"),
    ],
)
def test_twins_are_reported_and_stay(one: str, other: str, model: str) -> None:
    rows = [[("text", one)], [("text", other)]]
    result = found(Semantic(model=model, keep=()), rows)
    assert (result.dropped, set(result.twins)) == ({}, {1})
    assert found(Semantic(model=model, keep=(), twins=False), rows).dropped.keys() == {1}


def test_labels_systems_and_short_answers_must_be_equal(model: str) -> None:
    asked = "how buy the lamp in a shop"
    assert dropped([chat(asked, "yes"), chat("what acquire the lamp in a store", "no")], model) == {}
    assert dropped([chat(asked, "yes"), chat("what acquire the lamp in a store", "Yes!")], model).keys() == {0}
    systems = [[("system", name), *PARAPHRASE[k]] for k, name in enumerate(("you buy", "you acquire"))]
    assert dropped(systems, model) == {}
    labels = [[("text", "buy a lamp"), ("label", label)] for label in ("a", "b")]
    assert dropped(labels, model) == {}


def test_what_the_model_cannot_read_is_compared_with_nothing(model: str) -> None:
    rows = [[("text", "zzz qqq")], [("text", "xxx vvv www")], [("text", "")], [("text", "zzz qqq")]]
    assert dropped(rows, model) == {}


def test_one_of_each_group_stays_and_no_kept_rows_are_alike(model: str) -> None:
    rng = np.random.default_rng(3)
    rows = []
    for _ in range(200):
        places = rng.integers(0, len(SYNONYMS), 4)
        rows.append([("text", " ".join(rng.choice(SYNONYMS[place].split()) for place in places))])
    op = Semantic(model=model, threshold=0.9)
    result = found(op, rows)
    assert result.dropped
    assert not {against for against, _ in result.dropped.values()} & result.dropped.keys()
    kept = [row for k, row in enumerate(rows) if k not in result.dropped]
    assert found(op, kept).dropped == {}


@pytest.mark.parametrize("sizes", [(1,) * 50, (13, 1, 40), ()])
def test_batches_order_and_earlier_drops_do_not_matter(sizes: tuple[int, ...], model: str) -> None:
    rng = np.random.default_rng(5)
    rows = [[("text", " ".join(" ".join(SYNONYMS).split()[k] for k in rng.integers(0, 20, 3)))] for _ in range(60)]
    op, dead = Semantic(model=model, threshold=0.8), (3, 17, 30)
    wanted = found(op, rows, dead=dead)
    assert found(op, rows, sizes=sizes, backwards=True, dead=dead) == wanted
    assert not wanted.dropped.keys() & set(dead)
    assert not {against for against, _ in wanted.dropped.values()} & set(dead)


def test_vectors_set_aside_are_the_same(model: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    rows = [[("text", " ".join(" ".join(SYNONYMS).split()[k] for k in rng.integers(0, 20, 3)))] for _ in range(40)]
    op = Semantic(model=model, threshold=0.8)
    states = [op.observe(batch(rows[k : k + 10], start=k)) for k in range(0, 40, 10)]
    alive = np.ones(40, dtype=bool)
    wanted = op.decide(op.merge(states), alive)
    with Scratch(tmp_path) as scratch:
        aside = [op.set_aside(state, scratch) for state in states]
        assert all(len(side.values) == 0 for state in aside for side in state.sides)
        assert op.decide(op.merge(aside[::-1]), alive).equals(wanted)
    assert wanted.height


def test_no_rows(model: str) -> None:
    op = Semantic(model=model)
    assert op.decide(op.merge([]), np.ones(0, dtype=bool)).height == 0


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(8)
    lines = [dict(row) for row in PARAPHRASE]
    for _ in range(150):
        said = [" ".join(" ".join(SYNONYMS).split()[k] for k in rng.integers(0, 29, 4)) for _ in range(2)]
        lines.append({"prompt": said[0], "completion": said[1] + " a the a the a the"})
    lines.append(lines[7])
    (tmp_path / "raw.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path / "raw.jsonl"


def test_a_run_tells_why_which_model_and_which_rows_belong_together(raw: Path, model: str) -> None:
    run = bl.clean("raw.jsonl", out="out", ops=["exact", {"semantic": {"model": model}}])
    assert "semantic dropped it (semantic_duplicate, 1.000), compared with raw.jsonl:2" in run.why("raw.jsonl:1")
    clusters = run.clusters.filter(run.clusters["op"] == "semantic")
    assert ("raw.jsonl:2", "raw.jsonl:1") in clusters.select("survivor", "member").rows()
    made = run.manifest["made_with"]["semantic"]
    assert (made["model"], made["kind"], len(made["sha256"])) == (model, "static", 64)
    assert run.manifest["ops"]["semantic"]["alone"] >= run.manifest["ops"]["semantic"]["dropped"]
    assert "semantic" in (run.folder / "report.html").read_text()


def test_the_same_bytes_at_any_batch_size_and_thread_count(
    raw: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ops = ["exact", {"semantic": {"model": model, "threshold": 0.8}}, "length"]
    first = bl.clean("raw.jsonl", out="one", ops=ops)
    assert first.manifest["ops"]["semantic"]["dropped"]
    for name, batch_rows, cores in (("two", 7, 1), ("three", 50, 3)):
        monkeypatch.setattr("bloomery.engine.local.cores", lambda cores=cores: cores)
        reader = Reader([Source(path="raw.jsonl")], batch_rows=batch_rows)
        cleaning.run(reader, build(ops), out=Path(name), recipe=first.manifest["recipe"])
        assert everything(Path(name)) == everything(Path("one"))


def test_it_is_not_in_the_default_recipe_and_needs_a_model() -> None:
    assert "semantic" not in DEFAULT
    with pytest.raises(RecipeError, match="model is missing"):
        bl.clean("raw.jsonl", out="out", ops=["semantic"])


def test_a_model_that_is_not_there_leaves_no_output(raw: Path) -> None:
    with pytest.raises((RecipeError, MissingExtraError), match="There is no model"):
        bl.clean("raw.jsonl", out="out", ops=[{"semantic": {"model": "./nothing"}}])
    assert not Path("out").exists()
