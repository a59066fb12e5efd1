"""The part ``contamination``: exactly the evaluated items, by their own ids; scores with and without; what the base knows."""

import json
from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.base import Found
from bloomery.evaluate.parts.contamination import contamination
from bloomery.evaluate.parts.known import CANONICAL, COMPLETES, SHUFFLED, UNSEEN
from bloomery.llm.base import Request
from tests.evaluate.cases import case_of
from tests.evaluate.runs import write
from tests.judge.recorded import Judge

THINGS = ("gardener", "baker", "sailor", "teacher", "painter", "miller", "tailor", "farmer", "potter", "weaver")


def question(k: int) -> str:
    """Long enough for runs of 13 words, and unlike any other."""
    one, two = THINGS[k % 10], THINGS[(k * 3 + 1) % 10]
    return f"When the {one} of village {k} met a {two} at mill {k + 7}, what did they say about the harvest of year {1900 + k} there?"


ROWS = [{"prompt": question(k), "completion": f"They said {k} things."} for k in range(6)]
LEAKED = {"prompt": question(2), "completion": "Nobody knows."}
OTHER = {"prompt": "Tell me something about tulips.", "completion": "Tulips flower in spring."}


def value(found: Found, name: str) -> Measure:
    return next(one for one in found.measures if one.name == name)


def right(*wrong: int) -> list[str]:
    return ["wrong" if k in wrong else f"They said {k} things." for k in range(6)]


def checked(
    folder: Path, rows: list[dict[str, Any]], train: list[dict[str, Any]], said: Any = None, **options: Any
) -> Found:
    file = write(folder / "train.jsonl", train)
    return contamination(
        case_of(folder, rows, right() if said is None else said, train=[str(file)], probe=False, **options)
    )


def test_contaminated_unparsed_or_refused_items_averaged_in(tmp_path: Path) -> None:
    """Every score stands with and without the contaminated items: right on 2 (leaked) and 3 of 5 others."""
    found = checked(tmp_path, ROWS, [LEAKED, OTHER], right(0, 1), metrics=["exact_match"])
    ratio, clean = value(found, "contamination.ratio"), value(found, "clean.exact_match")
    assert (ratio.value, ratio.n, ratio.unscored, ratio.how) == (1 / 6, 6, 0, "census")
    assert (clean.value, clean.n, clean.bare, clean.part) == (3 / 5, 5, "exact_match", "clean")
    (row,) = found.told["values"]
    assert [row[side]["value"] for side in ("all", "clean", "contaminated")] == [4 / 6, 3 / 5, 1.0]
    assert row["clean"]["low"] < 3 / 5 < row["clean"]["high"]
    assert "exact_match is 0.667 with and 0.600 without the contaminated items" in found.notes
    assert [(one["test"], one["tier"], one["train"]) for one in found.told["items"]] == [
        ("3", "question", f"{tmp_path}/train.jsonl:1")
    ]


def test_gates_can_be_about_clean_values(tmp_path: Path) -> None:
    train = write(tmp_path / "train.jsonl", [LEAKED, OTHER])
    said = write(tmp_path / "said.jsonl", [{"id": k + 1, "prediction": one} for k, one in enumerate(right(0, 1))])
    run = bl.evaluate(
        said,
        test=write(tmp_path / "test.jsonl", ROWS),
        out=tmp_path / "run",
        train=[str(train)],
        metrics=["exact_match"],
        certainty="none",
        gates={"clean.exact_match": ">= 0.65", "task.exact_match": ">= 0.65"},
        waive=["safety", "regression"],
        set=["evaluate.history=null"],
    )
    assert run.verdict is not None
    states = {gate["name"]: gate["state"] for gate in run.verdict["gates"]}
    assert states["task.exact_match"] == "pass"
    assert states["clean.exact_match"] == "fail"
    assert states["contamination.ratio"] == "fail"


@pytest.mark.parametrize("own", [True, False])
def test_ids_of_the_evidence_are_those_of_the_test(own: bool, tmp_path: Path) -> None:
    """With a column id, and by row numbers where rows before are no items."""
    rows = [{"prompt": "no answer", "completion": ""}, *ROWS]
    rows = [{"id": f"item {k}", **row} for k, row in enumerate(rows)] if own else rows
    found = checked(tmp_path, rows, [LEAKED])
    assert [one["test"] for one in found.told["items"]] == (["item 3"] if own else ["4"])
    assert value(found, "contamination.ratio").n == 6


def test_ids_of_the_evidence_are_those_of_the_test_of_several_files(tmp_path: Path) -> None:
    for name, rows in (("a", ROWS[:2]), ("b", ROWS[2:])):
        write(tmp_path / f"part-{name}.jsonl", rows)
    train = write(tmp_path / "train.jsonl", [LEAKED])
    case = case_of(tmp_path, [], right(), test=str(tmp_path / "part-*.jsonl"), train=[str(train)], probe=False)
    found = contamination(case)
    (item,) = found.told["items"]
    assert case.tests.frame.filter(item=item["test"])["prompt"].to_list() == [LEAKED["prompt"]]
    assert item["test"] == "2:1"


def test_rows_that_are_no_items_are_not_looked_for(tmp_path: Path) -> None:
    """A leaked row without an answer was not evaluated, so it is not in the ratio."""
    found = checked(
        tmp_path, [{"prompt": question(8), "completion": ""}, *ROWS], [{"prompt": question(8), "completion": "x"}]
    )
    assert value(found, "contamination.ratio").value == 0
    assert found.told["check"]["test_rows"] == 6


def test_unchecked_items_are_neither_clean_nor_contaminated(tmp_path: Path) -> None:
    rows = [{"text": row["prompt"], "label": "yes"} for row in ROWS[:5]] + [{"text": "\u200b", "label": "yes"}]
    found = checked(tmp_path, rows, [LEAKED], ["yes"] * 6)
    ratio = value(found, "contamination.ratio")
    assert (ratio.value, ratio.n, ratio.unscored) == (1 / 5, 5, 1)
    assert ratio.ends == (1 / 6, 2 / 6)
    assert found.told["unchecked"] == ["6"]
    assert value(found, "clean.accuracy").n == 4
    assert any("1 item has no words to look for" in note for note in found.notes)


def test_nothing_clean_is_no_value(tmp_path: Path) -> None:
    found = checked(
        tmp_path, ROWS, [{"prompt": row["prompt"], "completion": "x"} for row in ROWS], metrics=["exact_match"]
    )
    clean = value(found, "clean.exact_match")
    assert (clean.value, clean.why) == (None, "no item is known to be clean")


def test_a_label_says_nothing_about_where_a_text_is_from(tmp_path: Path) -> None:
    rows = [{"text": row["prompt"], "label": "delivery"} for row in ROWS]
    found = checked(tmp_path, rows, [{"text": "Where is it?", "label": "delivery"}], ["delivery"] * 6)
    assert value(found, "contamination.ratio").value == 0


def test_only_the_question_leaks_turn_3_of_a_chat(tmp_path: Path) -> None:
    """The turns of a chat are looked for as turns."""
    chat = [{"role": "user", "content": "Hello there"}, {"role": "assistant", "content": "Hello"}]
    rows = [
        {"messages": [*chat, {"role": "user", "content": question(k)}, {"role": "assistant", "content": "Yes."}]}
        for k in range(3)
    ]
    found = checked(tmp_path, rows, [LEAKED], ["Yes."] * 3)
    assert [one["test"] for one in found.told["items"]] == ["3"]


def test_folders_of_a_split_and_of_a_clean_are_training_files(tmp_path: Path) -> None:
    raw = write(
        tmp_path / "raw.jsonl", [{"prompt": question(k), "completion": f"They said {k} things."} for k in range(40)]
    )
    bl.split(raw, out=tmp_path / "split", ratio="80/20")
    bl.clean(raw, out=tmp_path / "clean")
    rows = [json.loads(line) for line in (tmp_path / "split" / "test.jsonl").read_text().splitlines()]
    said = [row["completion"] for row in rows]
    by_split = contamination(case_of(tmp_path / "a", rows, said, train=[str(tmp_path / "split")], probe=False))
    by_clean = contamination(case_of(tmp_path / "b", rows, said, train=[str(tmp_path / "clean")], probe=False))
    assert value(by_split, "contamination.ratio").value == 0
    kept = {json.loads(line)["prompt"] for line in (tmp_path / "clean" / "data.jsonl").read_text().splitlines()}
    assert kept
    assert value(by_clean, "contamination.ratio").value == sum(row["prompt"] in kept for row in rows) / len(rows)


def test_the_training_file_found_by_replacing_test_with_train_in_a_path(tmp_path: Path) -> None:
    """Nothing is guessed: without named files the part is missing, though a train.jsonl stands beside the test."""
    write(tmp_path / "train.jsonl", [LEAKED])
    found = contamination(case_of(tmp_path, ROWS, right()))
    assert "no training files are named" in found.missing
    assert not found.measures


def test_the_same_test_gives_the_same_bytes_in_any_folder(tmp_path: Path) -> None:
    train = write(tmp_path / "train.jsonl", [LEAKED])
    test = write(tmp_path / "test.jsonl", ROWS)
    written = []
    for name in ("one", "two"):
        contamination(case_of(tmp_path / name, [], right(), test=str(test), train=[str(train)], probe=False))
        folder = tmp_path / name / "run" / "parts" / "contamination" / "check"
        written.append(
            [(folder / file).read_bytes() for file in ("contamination.json", "contaminated.jsonl", "report.html")]
        )
    assert written[0] == written[1]


# what the base knows

LONG = [
    f"In the year {1800 + k} a {THINGS[k % 10]} walked slowly along the {THINGS[(k + 3) % 10]} road towards village number {k}, "
    f"carrying a basket of {THINGS[(k * 7) % 10]} bread, while the {THINGS[(k + 5) % 10]} of the old town watched from window {k}. Why?"
    for k in range(12)
]
TEXTS = [{"prompt": text, "completion": "Because."} for text in LONG]


def remembers(known: int) -> Any:
    """A base that goes on with the first `known` texts, and says something else otherwise."""

    def says(request: Request) -> str:
        shown = request.messages[-1].content.rpartition("\n\n")[2]
        text = next((one for one in LONG[:known] if one.startswith(shown)), None)
        return "I would not know, sorry." if text is None else f"Sure: {text[len(shown) :]}"

    return says


def probed(folder: Path, base: Judge, rows: list[dict[str, Any]] = TEXTS, **options: Any) -> Found:
    train = write(folder / "train.jsonl", [OTHER])
    return contamination(case_of(folder, rows, ["Because."] * len(rows), base=base, train=[str(train)], **options))


def test_a_base_that_remembers_the_test_completes_it_and_no_control(tmp_path: Path) -> None:
    found = probed(tmp_path, Judge(remembers(9), "base"))
    assert (value(found, COMPLETES).value, value(found, UNSEEN).value) == (9 / 12, 0.0)
    told = found.told["probe"]["completing"]
    assert told["difference"]["low"] > 0
    assert told["calls"] == 24
    assert "it may have seen this test before" in told["said"]


def test_a_base_that_remembers_nothing_shows_no_sign(tmp_path: Path) -> None:
    found = probed(tmp_path, Judge(remembers(0), "base"))
    assert value(found, COMPLETES).value == 0
    assert (
        "no sign that it has seen this test, which is no proof that it has not"
        in found.told["probe"]["completing"]["said"]
    )


def test_controls_of_a_file_are_put_beside(tmp_path: Path) -> None:
    fresh = [{"prompt": text.replace("walked slowly", "ran quickly"), "completion": "x"} for text in LONG]
    controls = write(tmp_path / "fresh.jsonl", fresh)
    found = probed(tmp_path, Judge(remembers(12), "base"), controls=str(controls))
    told = found.told["probe"]["completing"]
    assert (told["completes"]["value"], told["control"]["value"]) == (1.0, 0.0)
    assert told["difference"]["method"] == "Farrington and Manning"
    assert told["control_is"] == f"items of {controls}"


def test_a_probe_makes_no_more_calls_than_it_may(tmp_path: Path) -> None:
    base = Judge(remembers(0), "base")
    found = probed(tmp_path, base, probe_items=5)
    assert base.asked == found.told["probe"]["completing"]["calls"] == 10


def test_an_api_failure_counted_as_not_contaminated(tmp_path: Path) -> None:
    """Calls that failed are unscored; where none was answered the probe was not made, and the census stays."""

    def half(request: Request) -> str | None:
        return None if int(request.item.rpartition("/")[2]) > 6 else "I would not know."

    found = probed(tmp_path, Judge(half, "base"))
    assert (value(found, COMPLETES).n, value(found, COMPLETES).unscored) == (6, 6)
    (tmp_path / "dead").mkdir()
    dead = probed(tmp_path / "dead", Judge(lambda _: None, "base"))
    assert any("whether the base already knows the test" in one for one in dead.not_measured)
    assert value(dead, "contamination.ratio").value == 0


def test_without_a_base_the_verdict_says_what_was_not_probed(tmp_path: Path) -> None:
    train = write(tmp_path / "train.jsonl", [OTHER])
    found = contamination(case_of(tmp_path, TEXTS, ["Because."] * 12, train=[str(train)]))
    assert found.not_measured == ("whether the base already knows the test: no base is named",)


LETTERS = "ABC"
CHOICES = [
    {
        "prompt": f"Which of these did town {k} build first?\nA) bridge {k}\nB) mill {k}\nC) tower {k}",
        "completion": LETTERS[k % 3],
    }
    for k in range(30)
]


def test_options_reordered(tmp_path: Path) -> None:
    """A base that remembers letters is right in the order of the test alone; one that knows the matter does not care."""
    remembered = {row["prompt"]: row["completion"] for row in CHOICES}
    found = probed(tmp_path, Judge(lambda one: remembered.get(one.messages[-1].content, "A"), "base"), CHOICES)
    assert value(found, CANONICAL).value == 1.0
    assert value(found, SHUFFLED).value is not None
    assert value(found, SHUFFLED).value < 0.6
    assert "it prefers the order of the test" in found.told["probe"]["order"]["said"]

    def knows(one: Request) -> str:
        lines = one.messages[-1].content.splitlines()
        k = int(lines[0].split("town ")[1].split()[0])
        return next(line[0] for line in lines[1:] if line[3:].startswith(("bridge", "mill", "tower")[k % 3]))

    (tmp_path / "knows").mkdir()
    found = probed(tmp_path / "knows", Judge(knows, "base"), CHOICES)
    assert (value(found, CANONICAL).value, value(found, SHUFFLED).value) == (1.0, 1.0)
    assert "no sign that it knows their order" in found.told["probe"]["order"]["said"]


def test_a_test_of_references_is_looked_for_too(tmp_path: Path) -> None:
    rows = [{"id": f"r{k}", "prompt": question(k), "references": ["yes", "indeed"]} for k in range(4)]
    found = checked(tmp_path, rows, [LEAKED], ["yes"] * 4)
    assert [one["test"] for one in found.told["items"]] == ["r2"]


GSM8K = Path(__file__).parents[3] / "shared/data/gsm8k/grade_school_math/data"


@pytest.mark.skipif(not GSM8K.exists(), reason="shared data is not here")
def test_ten_leaked_questions_of_gsm8k_are_found_and_no_other(tmp_path: Path) -> None:
    test = [json.loads(line) for line in (GSM8K / "test.jsonl").read_text().splitlines()][:400]
    leaked = write(tmp_path / "leaked.jsonl", [{"question": row["question"], "answer": "?"} for row in test[50:60]])
    case = case_of(
        tmp_path,
        test,
        [row["answer"] if k < 60 else "wrong" for k, row in enumerate(test)],
        train=[str(GSM8K / "train.jsonl"), str(leaked)],
        metrics=["exact_match"],
        probe=False,
    )
    found = contamination(case)
    assert value(found, "contamination.ratio").value == 10 / 400
    assert sorted(int(one["test"]) for one in found.told["items"]) == list(range(51, 61))
    assert value(found, "clean.exact_match").value == 50 / 390
