"""The grammar and the content files of the demo."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.cli.demo.grammar import Template, expand, load_issues, parse, read_issues
from bloomery.cli.demo.slots import _DRAW, Slots
from bloomery.cli.demo.writer import Writer


def test_nested_choices_and_slots() -> None:
    template = parse("[a [b|c]|{x}]!")
    seen = {expand(template, Random(seed), {"x": "slot"}) for seed in range(50)}
    assert seen == {"a b!", "a c!", "slot!"}


def test_an_empty_choice_is_a_choice() -> None:
    assert {expand(parse("now[, please|]"), Random(seed), {}) for seed in range(20)} == {"now", "now, please"}


@pytest.mark.parametrize("text", ["[a|b", "a]", "a|b", "[a|[b]"])
def test_unbalanced_brackets_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="bracket"):
        parse(text)


@given(st.text(alphabet=st.characters(exclude_characters="[]{}|")))
def test_plain_text_is_its_own_expansion(text: str) -> None:
    assert expand(parse(text), Random(0), {}) == text


def test_content_lines_are_told_apart_by_their_mark() -> None:
    (issue,) = read_issues("t", "= name\n? ask\n~ few words\n1 one\n1 uno\n2 two")
    assert (len(issue.asks), len(issue.shorts), len(issue.parts["1"]), len(issue.parts["2"])) == (1, 1, 2, 1)


def slots_of(template: Template) -> set[str]:
    found: set[str] = set()
    for node in template:
        if isinstance(node, tuple):
            found.add(node[0])
        elif isinstance(node, list):
            found |= set().union(*map(slots_of, node))
    return found


def test_every_issue_is_complete_and_uses_known_slots() -> None:
    content = load_issues()
    common = content.pop("common")
    for issue in [issue for issues in content.values() for issue in issues]:
        assert len(issue.asks) >= 3
        assert len(issue.shorts) >= 2
        assert [len(issue.parts[part]) for part in "123"] == [3, 3, 3], issue.name
        templates = [*issue.asks, *issue.shorts, *(t for part in issue.parts.values() for t in part)]
        assert set().union(*map(slots_of, templates)) <= set(_DRAW)
    assert {issue.name for issue in common} == {"opener", "closer", "context", "aside"}


def test_expansions_have_no_stray_marks_or_double_spaces() -> None:
    writer = Writer(Random(3))
    for _ in range(3_000):
        prompt, completion, *_ = writer.exchange()
        for text in (prompt, completion):
            assert not re.search(r"[\[\]{}|]|  | [,.;:?!]|\s$|^\s|[,;]{2}|,\.", text), text
        assert re.search(r"[.?!]$", completion), completion


def test_question_and_answer_share_their_slots() -> None:
    slots = Slots(Random(5))
    template = parse("{product} {date}")
    assert expand(template, Random(1), slots) == expand(template, Random(2), slots)
