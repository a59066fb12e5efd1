"""What a verdict says, and how it is told: reasons, changes, JUnit, Markdown, terminal."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from bloomery.evaluate.gates.decide import Decided
from bloomery.evaluate.verdict.changed import changes
from bloomery.evaluate.verdict.junit import junit
from bloomery.evaluate.verdict.markdown import escaped, markdown
from bloomery.evaluate.verdict.terminal import first, last, rows
from bloomery.evaluate.verdict.verdict import Verdict, reasons_of, word_of

RULES: dict[str, Any] = {"gates": {"task.f1": ">= 0.8 (must)"}, "waive": [], "certainty": 0.95}


def gate(name: str, state: Any, margin: float = 0.0, level: str = "must", **more: Any) -> Decided:
    return Decided(name, ">= 0.8", level, state, f"{name} says {state}", margin=margin, limit=0.8, **more)


def verdict(*gates: Decided, missing: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    lost = missing or {}
    return Verdict(
        word_of(gates, lost),
        reasons_of(gates, lost, more.get("waived", ())),
        gates,
        missing=lost,
        model="tuned",
        **more,
    ).told()


@pytest.mark.parametrize(
    ("states", "missing", "word"),
    [
        (["pass", "pass"], {}, "deploy"),
        (["pass", "fail", "undecided"], {"safety": "no suite"}, "no_deploy"),
        (["pass", "undecided"], {}, "inconclusive"),
        (["pass", "missing"], {}, "inconclusive"),
        (["pass"], {"safety": "no suite"}, "inconclusive"),
    ],
)
def test_the_word(states: list[str], missing: dict[str, str], word: str) -> None:
    assert word_of([gate(f"g.{k}", state) for k, state in enumerate(states)], missing) == word


def test_advice_never_decides() -> None:
    assert word_of([gate("a.b", "pass"), gate("a.c", "fail", level="advise")], {}) == "deploy"


def test_reasons_begin_with_what_was_waived_and_then_the_weightiest() -> None:
    gates = [
        gate("u.a", "undecided"), gate("f.a", "fail", -0.02), gate("m.a", "missing"), gate("f.b", "fail", -0.2),
        gate("p.a", "pass"), gate("x.a", "fail", level="advise"), gate("safety.overall", "missing"),
    ]  # fmt: skip
    found = reasons_of(
        gates,
        {"safety": "no suite"},
        ["regression"],
        left_out=["unscored.rate <= 0.02 (must)"],
        changed=[{"what": "task.f1", "was": "a", "now": "b"}],
    )
    assert found == (
        "waived by the recipe: regression",
        "left out by the recipe: the default gate unscored.rate <= 0.02 (must)",
        "changed after results existed: task.f1 was a, is b",
        "f.b says fail",
        "f.a says fail",
        "safety is required and was not measured: no suite",
        "m.a says missing",
        "u.a says undecided",
        "advice: x.a says fail",
    )
    assert reasons_of([gate("p.a", "pass")], {}, []) == ("1 gate that must hold does",)


def test_a_second_change_does_not_hide_the_first() -> None:
    looser = RULES | {"gates": {"task.f1": ">= 0.7 (must)"}}
    loosest = RULES | {"gates": {"task.f1": ">= 0.6 (must)"}}
    one = changes({"rules": RULES, "changed": []}, looser, {})
    assert one == ({"what": "task.f1", "was": ">= 0.8 (must)", "now": ">= 0.7 (must)"},)
    two = changes({"rules": looser, "changed": list(one)}, loosest, {})
    assert [change["now"] for change in two] == [">= 0.7 (must)", ">= 0.6 (must)"]
    back = changes({"rules": loosest, "changed": list(two)}, RULES, {})
    assert [change["now"] for change in back] == [">= 0.7 (must)", ">= 0.6 (must)", ">= 0.8 (must)"]
    assert changes({"rules": RULES, "changed": list(back)}, RULES, {}) == back
    assert changes({}, RULES, {}) == ()


def test_gates_of_other_folders_and_changed_suites_are_changes() -> None:
    other = RULES | {"certainty": 0.8, "waive": ["safety"]}
    assert changes({}, RULES, {}, [other]) == (
        {"what": "waived parts", "was": "safety", "now": "none"},
        {"what": "certainty", "was": "0.8", "now": "0.95"},
    )
    before = {"rules": RULES, "hashes": {"suite safety": "a" * 64, "test": "t" * 64, "recipe": "r"}}
    assert changes(before, RULES, {"suite safety": "b" * 64, "test": "t" * 64}) == (
        {"what": "suite safety", "was": "a" * 12, "now": "b" * 12},
    )
    assert changes(before, RULES, {"test": "u" * 64})[1] == {"what": "the test", "was": "t" * 12, "now": "u" * 12}
    assert changes({"unreadable": True}, RULES, {})[0]["what"] == "the verdict"


HOSTILE = "x\x00\x1b[31m]]>&<b>\u202e\ud800\ufffe\"'|`*@you[a](http://b) www.c.d #1"


@pytest.fixture
def hostile() -> dict[str, Any]:
    told = verdict(
        gate("task.f1", "pass", value=0.9, low=0.85, high=0.95, n=100),
        gate("task.a", "fail", value=0.5, low=0.4, high=0.6, n=10, unscored=2),
        gate("task.b", "undecided", needed=138),
        gate("task.c", "missing"),
        gate("task.d", "fail", level="advise"),
        missing={"safety": f"why {HOSTILE}"},
        waived=("regression",),
        not_measured=(HOSTILE,),
        looks=3,
    )
    for one in told["gates"][1:]:
        one["name"] += HOSTILE
        one["reason"] += HOSTILE
    return told


def test_junit_is_valid_whatever_is_in_it(hostile: dict[str, Any]) -> None:
    text = junit(hostile)
    (suite,) = ET.fromstring(text.encode("utf-8"))
    assert dict(suite.attrib) | {"name": ""} == {
        "name": "",
        "tests": "7",
        "failures": "2",
        "errors": "2",
        "skipped": "2",
    }
    kinds = [
        (case.get("name", "")[:6], [(part.tag, part.get("type")) for part in case]) for case in suite.iter("testcase")
    ]
    assert kinds == [
        ("regres", [("skipped", "waived")]),
        ("safety", [("error", "missing")]),
        ("task.f", []),
        ("task.a", [("failure", "fail")]),
        ("task.b", [("failure", "undecided")]),
        ("task.c", [("error", "missing")]),
        ("task.d", [("skipped", "fail")]),
    ]
    assert "]]>" in (suite.findtext("system-out") or "")
    assert junit(hostile) == text


def test_markdown_holds_no_link_no_html_and_no_mention(hostile: dict[str, Any]) -> None:
    text = markdown(hostile)
    for mark in ("<b>", "](http", "@you", "http://", "www.c", "\x1b", "\u202e"):
        assert mark not in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 2 + 5
    assert {line.replace("\\|", "").count("|") for line in table} == {9}
    assert text.startswith("## ❌ do not deploy: tuned")
    assert escaped("- a") == "&#8203;- a"


def test_the_terminal_has_the_verdict_first(hostile: dict[str, Any]) -> None:
    lines = first(hostile)
    assert lines[0] == "verdict  do not deploy: tuned, decided at 95 % certainty"
    assert lines[1] == "reason   waived by the recipe: regression"
    head, found = rows(hostile)
    assert head == ["gate", "", "is", "bounds", "wanted", "items", "would decide"]
    assert found[0] == ["task.f1", "pass", "0.900", "0.850 to 0.950", ">= 0.8", "100", ""]
    assert found[1][5] == "10 + 2 unscored"
    assert found[4][1] == "FAIL (advice)"
    assert (
        "note     this test has been looked at 3 times, with different answers: the more often, the less a pass says"
        in last(hostile)
    )
    text = "".join([*lines, *last(hostile), *(cell for row in found for cell in row)])
    assert not set(text) & {"\x00", "\x1b", "\u202e", "\ud800", "\n"}
