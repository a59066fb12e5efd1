import numpy as np
import polars as pl

from bloomery.contamination.items import Items, Part, build
from bloomery.text.tokens import tokens


def part(role: str, text: str) -> Part:
    found = tokens(pl.Series([text]))
    return Part(role, text, found.values)


def items(*rows: list[tuple[str, str]], n: int = 13) -> Items:
    return build([(f"t:{k}", [part(*p) for p in parts]) for k, parts in enumerate(rows, 1)], n)


def numbered(first: int, count: int) -> str:
    return " ".join(f"word{k}" for k in range(first, first + count))


def lengths(found: Items, tier: str, item: int = 0) -> list[int]:
    return [len(segment.tokens) for segment in found.targets[found.items[item].targets[tier]].segments]


def test_turns_are_segments_of_the_question_and_one_run_of_the_whole() -> None:
    found = items([("prompt", numbered(0, 6)), ("completion", numbered(10, 9)), ("prompt", numbered(20, 5))])
    assert lengths(found, "question") == [6, 5]
    assert lengths(found, "verbatim") == [20]
    assert lengths(found, "answer_only") == [9]


def test_neighbouring_prompts_are_one_segment() -> None:
    assert lengths(
        items([("prompt", numbered(0, 6)), ("prompt", numbered(20, 5)), ("completion", "x")]), "question"
    ) == [11]


def test_a_system_message_is_not_looked_for() -> None:
    assert lengths(items([("system", numbered(50, 30)), ("prompt", numbered(0, 6))]), "verbatim") == [6]


def test_a_row_that_is_all_question_is_looked_for_once() -> None:
    assert list(items([("prompt", numbered(0, 6))]).items[0].targets) == ["verbatim", "near"]


def test_items_that_say_the_same_share_their_targets() -> None:
    found = items([("prompt", numbered(0, 6))], [("prompt", numbered(0, 6).upper())])
    assert [t.tier for t in found.targets] == ["verbatim", "near", "twin"]
    assert [item.targets for item in found.items] == [{"verbatim": 0, "near": 1}] * 2


def test_a_row_without_text_has_nothing_to_look_for() -> None:
    assert [item.targets for item in items([], [("prompt", "")]).items] == [{}, {}]


def test_a_template_is_cut_out_with_its_fragments() -> None:
    # 4 items: what is in 3 of them or more is a template; "answer now" follows each text and is too short to be a gram
    rows = [[("prompt", f"{numbered(100, 20)} {numbered(20 * k, 7)}")] for k in range(4)]
    found = items(*rows)
    assert lengths(found, "verbatim", 2) == [7]
    third = found.targets[found.items[2].targets["verbatim"]]
    assert np.array_equal(third.segments[0].tokens, part("prompt", numbered(40, 7)).tokens)
    assert third.segments[0].start == 20
    assert {item.targets["frame"] for item in found.items} == {found.items[0].targets["frame"]}
    assert lengths(found, "frame") == [20]
    assert found.boilerplate == 8  # 20 tokens hold 8 13-grams
    assert lengths(
        items(*[[("prompt", f"{r[0][1]} {numbered(300 + k, 4)} {numbered(400, 14)}")] for k, r in enumerate(rows)]),
        "verbatim",
    ) == [11]


def test_equal_items_do_not_make_a_template() -> None:
    found = items(*[[("prompt", numbered(0, 20))]] * 30, [("prompt", numbered(50, 20))])
    assert found.boilerplate == 0 and lengths(found, "verbatim") == [20]


def test_an_item_that_is_nothing_but_template_is_kept_whole() -> None:
    shared = numbered(0, 20)
    found = items([("prompt", shared)], *[[("prompt", f"{shared} {numbered(100 * k, 5)}")] for k in range(1, 5)])
    assert found.boilerplate == 8 and lengths(found, "verbatim") == [20]
