"""Would less have done? A base that knows the answer only once it has seen examples, or passages."""

import json
from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import Found
from bloomery.evaluate.parts.every import PARTS
from bloomery.evaluate.parts.training import Example, examples
from bloomery.evaluate.parts.ways import chosen, passages, with_examples, with_passages
from bloomery.llm.base import Message, Request
from tests.evaluate.runs import write
from tests.evaluate.scorers import Known

N = 60
TEST = [{"id": f"q{k}", "prompt": f"Ticket {k} about topic{k % 6}", "completion": "ab"[k % 2]} for k in range(N)]
TRAIN = [{"prompt": f"Letter {k} about topic{k % 6}", "completion": "ab"[k % 2]} for k in range(40)]
GATES: dict[str, Any] = {"task.exact_match": ">= 0.5"}


def right(request: Request) -> str:
    """The answer to the last ticket in the message."""
    return "ab"[int(request.messages[-1].content.rpartition("Ticket ")[2].split()[0]) % 2]


def evaluated(
    folder: Path, base: Known, *, tuned: Known | None = None, test: Any = TEST, train: Any = TRAIN, **options: Any
) -> Any:
    """The run, and what the part found."""
    found: list[Any] = []
    part = PARTS["less"]

    def heard(case: Any) -> Any:
        found.append(part(case))
        return found[-1]

    own = tuned or Known("tuned", right)
    more = options.pop("more", {})
    with pytest.MonkeyPatch.context() as patch:
        for name in PARTS:
            patch.setitem(PARTS, name, heard if name == "less" else lambda _: Found("none"))
        run = bl.evaluate(
            test=write(folder / "test.jsonl", test),
            out=folder / "run",
            model=own.name,
            base=base.name,
            models={own.name: own, base.name: base, **more},
            train=[str(write(folder / "train.jsonl", train))] if train else None,
            gates=options.pop("gates", GATES),
            metrics=["exact_match"],
            waive=["regression", "safety", "contamination"],
            cache=str(folder / "answers.sqlite"),
            **options,
        )
    return run, found[0]


def says(found: Any) -> dict[str, str]:
    return {row["way"]: row["says"] for row in found.told["table"]}


def test_a_base_that_examples_are_enough_for_is_named(tmp_path: Path) -> None:
    base = Known("base", lambda asked: right(asked) if "Letter" in asked.messages[-1].content else "neither")
    _, found = evaluated(tmp_path, base)
    assert says(found) == {"zero_shot": "worse", "few_shot": "not worse", "retrieved": "not worse"}
    values = {one.name: one.value for one in found.measures}
    assert values["less.zero_shot.exact_match"] == 0.0 and values["less.few_shot.exact_match"] == 1.0
    assert any(note.startswith("the base with 5 examples is not worse: exact_match 1, tuned 1") for note in found.notes)
    assert found.told["calls"] == {"zero_shot": 0, "few_shot": N, "retrieved": N}  # zero-shot was asked for the task
    assert len(base.asked) == 3 * N


def test_a_base_that_differs_a_little_on_few_items_is_undecided(tmp_path: Path) -> None:
    base = Known("base", lambda asked: "neither" if "Ticket 7 " in asked.messages[-1].content else right(asked))
    _, found = evaluated(tmp_path, base, test=TEST[:20], train=None)
    assert says(found) == {"zero_shot": "undecided"}  # 1 of 20 lost: the interval holds a drop of five points
    assert any("cannot be told from 20 items" in note for note in found.notes)
    assert found.not_measured == ("the base with examples or passages: no training files and no documents are named",)


def test_the_zero_shot_base_is_the_base_of_gates_of_the_task(tmp_path: Path) -> None:
    base = Known("base", lambda _: "a")
    run, _ = evaluated(tmp_path, base, gates={"task.exact_match": ">= base + 0.2"})
    told = json.loads((run.folder / "verdict.json").read_text())
    (gate,) = [one for one in told["gates"] if one["name"] == "task.exact_match"]
    assert (gate["other"], gate["value"], gate["state"]) == (0.5, 0.5, "pass")


def test_examples_are_none_of_the_test_and_the_same_for_all_items(tmp_path: Path) -> None:
    leaked = [{"prompt": f"  ticket {k} ABOUT topic{k % 6}", "completion": "LEAK"} for k in range(N)]
    base = Known("base", right)
    _, found = evaluated(tmp_path, base, train=[*leaked, *TRAIN])
    few = [one.messages[-1].content for one in base.asked if one.item.startswith("less/few_shot/")]
    assert len(few) == N and not any("LEAK" in text for text in few)
    assert len({text.rpartition("### Input")[0] for text in few}) == 1 and few[0].count("### Input") == 6
    assert found.told["examples"]["excluded"] == N and found.told["examples"]["of"] == N + len(TRAIN)
    near = [one.messages[-1].content for one in base.asked if one.item.startswith("less/retrieved/")]
    for k, text in enumerate(near):  # the nearest rows are about the same topic
        assert f"about topic{k % 6}\n" in text.rpartition("### Input")[0] and "LEAK" not in text


def test_every_way_asks_with_the_same_template_and_system(tmp_path: Path) -> None:
    base = Known("base", right)
    evaluated(tmp_path, base, template="Sort: {prompt} !", system="Be brief.", less_items=4)
    for request in base.asked:
        assert request.messages[0] == Message("system", "Be brief.") and len(request.messages) == 2
        shown = request.messages[1].content
        assert shown.count("Sort: Ticket") == 1 and shown.count(" !") == (6 if request.item.startswith("less/") else 1)


def test_calls_are_bounded_and_the_drawn_items_told(tmp_path: Path) -> None:
    base = Known("base", right)
    _, found = evaluated(tmp_path, base, less_items=10)
    assert len([one for one in base.asked if one.item.startswith("less/")]) == 20 and found.told["items"] == 10
    assert any("10 of 60 test items" in note for note in found.notes)
    assert [one.n for one in found.measures] == [N, 10, 10]


def test_less_items_0_asks_nothing_more(tmp_path: Path) -> None:
    base = Known("base", right)
    _, found = evaluated(tmp_path, base, less_items=0)
    assert [one.name for one in found.measures] == ["less.zero_shot.exact_match"] and len(base.asked) == N


def test_failed_calls_are_unscored_and_one_way_that_fails_costs_no_other(tmp_path: Path) -> None:
    def say(request: Request) -> str | None:
        if "few_shot" in request.item or "Ticket 3 " in request.messages[-1].content:
            return None
        return right(request)

    run, found = evaluated(tmp_path, Known("base", say))
    rate = {one["name"]: one for one in run.verdict["gates"]}["unscored.rate"]
    assert (rate["value"], rate["state"]) == (0.0, "pass")  # what the base was shown more of blocks no verdict
    measures = {one.name: one for one in found.measures}
    zero, few = measures["less.zero_shot.exact_match"], measures["less.few_shot.exact_match"]
    assert (zero.value, zero.n, zero.unscored) == (1.0, N - 1, 1)
    assert (few.value, few.n, few.unscored) == (None, 0, N)
    assert says(found)["few_shot"] == "not computable"


def test_an_answer_that_goes_on_with_an_item_of_its_own_is_cut(tmp_path: Path) -> None:
    base = Known("base", lambda asked: f"{right(asked)}\n\n### Input\nTicket 99 about nothing\n### Answer\na")
    _, found = evaluated(tmp_path, base)
    assert [one.value for one in found.measures] == [0.0, 1.0, 1.0]  # as it is, it was shown no pattern to go on with


def test_a_teacher_is_asked_and_what_is_kept_of_it_told(tmp_path: Path) -> None:
    tuned = Known("tuned", lambda asked: right(asked) if "topic1" not in asked.messages[-1].content else "neither")
    teacher = Known("teacher", right)
    _, found = evaluated(
        tmp_path, Known("base", lambda _: "a"), tuned=tuned, teacher="teacher", more={"teacher": teacher}, train=None
    )
    (kept,) = [one for one in found.measures if one.name == "less.retention"]
    assert kept.value == pytest.approx(5 / 6) and kept.n == N and kept.rows is not None
    assert len(teacher.asked) == N
    assert "of the exact_match of its teacher 'teacher' the tuned model has 83 %" in found.notes


def test_documents_are_shown_where_they_have_the_words(tmp_path: Path) -> None:
    lines = [f"The manual on topic{k} says more than needed. " + f"Filler{k} " * 120 for k in range(6)]
    (tmp_path / "manual.txt").write_text("\n".join(lines))
    base = Known("base", right)
    evaluated(tmp_path, base, documents=[str(tmp_path / "manual.txt")], train=None)
    shown = {one.item: one.messages[-1].content for one in base.asked}
    assert "The manual on topic4 says" in shown["less/retrieved/q4"] and "topic5 says" not in shown["less/retrieved/q4"]


def test_few_shot_of_labels_shows_as_many_labels_as_there_are() -> None:
    rows = [Example(str(k), f"p{k}", "rare" if k == 77 else "common") for k in range(100)]
    for seed in range(5):
        assert {one.answer for one in chosen(rows, 5, seed, by_label=True)} == {"rare", "common"}
    assert (
        chosen(rows, 5, 1, by_label=False) == chosen(rows, 5, 1, by_label=False) != chosen(rows, 5, 2, by_label=False)
    )


def test_rows_are_drawn_by_the_seed_and_not_by_how_many_fit(tmp_path: Path) -> None:
    file = str(write(tmp_path / "train.jsonl", [{"prompt": f"p{k}", "completion": f"c{k}"} for k in range(5_000)]))
    some = examples([file], most=50, seed=3)
    assert (len(some.rows), some.of, some.unusable) == (50, 5_000, 0)
    assert some.rows == examples([file], most=50, seed=3).rows != examples([file], most=50, seed=4).rows
    numbers = [int(one.prompt[1:]) for one in some.rows]
    assert numbers == sorted(numbers) and max(numbers) > 2_500  # of the whole file
    assert examples([file], most=5_000, seed=3).rows[:2] == [
        Example(f"{file}:1", "p0", "c0"),
        Example(f"{file}:2", "p1", "c1"),
    ]


def test_what_stands_in_braces_stays_as_it_is() -> None:
    request = Request("1", (Message("system", "s"), Message("user", "What is {prompt} or {answer}?")))
    made = with_examples(request, [Example("1", "{answer}", "{examples}")], Evaluate())
    assert "### Input\n{answer}\n### Answer\n{examples}\n" in made.messages[1].content
    assert made.messages[1].content.endswith("### Input\nWhat is {prompt} or {answer}?\n### Answer\n")
    assert "{passages} here" in with_passages(request, ["{passages} here"]).messages[1].content


def test_in_a_conversation_examples_stand_in_what_the_user_says_last() -> None:
    turns = (Message("user", "Hello"), Message("assistant", "Yes?"), Message("user", "Where is it?"))
    made = with_examples(Request("1", turns), [Example("1", "Who?", "Me.")], Evaluate())
    assert made.messages[:2] == turns[:2] and made.messages[2].content == (
        "### Input\nWho?\n### Answer\nMe.\n\n### Input\nWhere is it?\n### Answer\n"
    )


def test_long_documents_are_cut_and_short_lines_put_together(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("word " * 1_000 + "\n" + "\n".join(f"line {k}" for k in range(50)))
    found = passages([str(tmp_path / "long.txt")], 100)
    assert max(map(len, found)) <= 1_200 and "line 0\nline 1\n" in found[-1]
    assert len(passages([str(tmp_path / "long.txt")], 2)) == 2
