"""The report of a verdict: what a manager reads first, what an engineer needs, and nothing that a hostile text can do."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bloomery.evaluate import report
from bloomery.evaluate.gates_picture import pictures
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.verdict_report import Told, cell, render
from bloomery.evaluate.wrong_groups import grouped, reasons
from tests.evaluate import showcase
from tests.evaluate.runs import run_of


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    return showcase.build(tmp_path_factory.mktemp("made"), "no_deploy", right=0.84, reasoning=0.6)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    folder = tmp_path_factory.mktemp("hostile")
    return showcase.build(folder, "hostile", right=0.84, reasoning=0.84, hostile=True, waive=["safety"])


def page(run: Evaluated) -> str:
    return (run.folder / "report.html").read_text(encoding="utf-8")


def parts(run: Evaluated) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run.folder / "parts.json").read_text())
    return found


def replies(run: Evaluated, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.folder / "replies" / f"{name}.jsonl").read_text().splitlines()]


def again(run: Evaluated, **changes: Any) -> str:
    """The page made again with other contents of its files."""
    verdict = json.loads((run.folder / "verdict.json").read_text()) | changes.get("verdict", {})
    told = Told(run.manifest, verdict, changes.get("parts", parts(run)), {}, run.values, run.scores, run.answers)
    return render(told)


class _Text(HTMLParser):
    """What is read, in order, and the elements."""

    def __init__(self) -> None:
        super().__init__()
        self.said, self.tags, self.open = [], [], []  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and data.strip():
            self.said.append(" ".join(data.split()))


def read(text: str) -> _Text:
    found = _Text()
    found.feed(text)
    return found


def test_the_word_and_the_reasons_come_first(made: Evaluated) -> None:
    said = read(page(made)).said
    assert made.verdict is not None and made.verdict["verdict"] == "no_deploy"
    assert "Do not deploy" in said[:12]  # title, skip link, name, kicker, word
    first = next(one for one in made.verdict["reasons"])
    assert said.index("Do not deploy") < said.index(first) < said.index("Gates")


def test_waived_parts_and_changed_gates_stand_in_the_first_lines(hostile: Evaluated) -> None:
    changed = [{"what": "task.accuracy", "was": ">= 0.9", "now": ">= 0.8"}]
    hero = again(hostile, verdict={"changed": changed, "looks": 7}).partition("</header>")[0]
    assert "Waived by the recipe, so not looked at: safety" in hero
    assert "Changed after results existed: task.accuracy was &gt;= 0.9, is &gt;= 0.8" in hero
    assert "looked at 7 times" in hero


def test_the_report_is_made_again_from_the_files_alone(made: Evaluated) -> None:
    before = page(made)
    assert report.of_folder(made.folder) == before


def test_every_section_has_its_link_and_its_heading(made: Evaluated) -> None:
    found = read(page(made))
    links = [attrs["href"] for tag, attrs in found.tags if tag == "a"]
    ids = [attrs["id"] for tag, attrs in found.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert all(link.removeprefix("#") in ids for link in links)
    sections = {attrs["id"] for tag, attrs in found.tags if tag == "section"}
    told = {"why", "gates", "values", "capability", "slices", "flips", "groups", "wrong", "unscored", "cost", "notes"}
    assert told | {f"part-{one}" for one in ("contamination", "robustness", "memorisation", "less")} <= sections


def test_averaged_in_gates_are_all_there_with_state_and_bounds(made: Evaluated) -> None:
    assert made.verdict is not None
    rows = re.findall(
        r"<tr><th scope=\"row\" class=\"wide\">(.*?)</th><td>(pass|fail|undecided|missing)</td>", page(made)
    )
    told = {name.partition("<br>")[0]: state for name, state in rows}
    assert told == {one["name"]: one["state"] for one in made.verdict["gates"]}


def test_before_and_after_is_what_the_gates_decided_on(made: Evaluated) -> None:
    assert made.verdict is not None
    pairs = {one["name"]: one for one in parts(made)["pairs"]}
    gates = [one for one in made.verdict["gates"] if one["other"] is not None]
    assert len(gates) == 4  # a category of the suite each
    for gate in gates:
        pair = pairs[gate["name"]]
        assert (pair["difference"], pair["low"], pair["high"]) == (gate["value"], gate["low"], gate["high"])


def test_flips_are_the_items_that_changed(made: Evaluated) -> None:
    (flips,) = (one for one in parts(made)["flips"] if one["name"] == "regression.reasoning")
    said = {name: {row["item"]: row.get("text") for row in replies(made, name)} for name in ("tuned", "base")}
    items = showcase.suite_items().filter(pl.col("category") == "reasoning")
    right = {
        name: {
            item: replies[f"regression/{item}"] == good[0]
            for item, good in items.select("item", "references").iter_rows()
        }
        for name, replies in said.items()
    }
    lost = {item for item, was in right["base"].items() if was and not right["tuned"][item]}
    gained = {item for item, was in right["base"].items() if not was and right["tuned"][item]}
    assert (set(flips["lost"]), set(flips["gained"])) == (lost, gained) and flips["same"] == 120 - len(lost | gained)
    shown = flips["items"][0]
    assert shown["before"] != shown["after"] and shown["way"] == "lost"
    assert f"<b>{len(lost)}</b> lost, <b>{len(gained)}</b> gained" in page(made)


def test_a_part_is_told_by_notes_and_tables_and_nothing_else(made: Evaluated) -> None:
    text = page(made)
    assert "Test items in training data" in text and "train.jsonl:1207" in text
    assert "never shown" not in text  # told, but no table
    assert "Left open: generalisation: the test is a random split" in text


@pytest.mark.parametrize(
    "told",
    [[], "x", {"tables": "x"}, {"tables": [1, {"title": "t"}, {"head": ["a"], "rows": [[1, 2], 3]}]}, {"tables": None}],
)
def test_what_is_no_table_is_not_shown(made: Evaluated, told: Any) -> None:
    odd = {"part": "odd", "missing": "", "notes": ["a note"], "not_measured": [], "told": told}
    assert "a note" in again(made, parts=parts(made) | {"parts": [odd]})


def test_a_table_of_thousands_of_rows_is_cut_and_says_so(made: Evaluated) -> None:
    table = {"title": "t", "head": ["a"], "rows": [[k] for k in range(1_234)], "note": ""}
    odd = {"part": "odd", "missing": "", "notes": [], "not_measured": [], "told": {"tables": [table]}}
    text = again(made, parts=parts(made) | {"parts": [odd]})
    assert "1,184 more rows stand in parts.json" in text and ">49<" in text and ">50<" not in text


def test_a_part_that_could_not_be_measured_says_so(made: Evaluated) -> None:
    odd = {"part": "safety", "missing": "no suite is named", "notes": [], "not_measured": [], "told": {}}
    assert "Not measured: no suite is named" in again(made, parts=parts(made) | {"parts": [odd]})


def test_hostile_texts_are_texts(hostile: Evaluated) -> None:
    text = page(hostile)
    found = read(text)
    assert not {"script", "img", "iframe", "object", "link"} & {tag for tag, _ in found.tags}
    assert text.count("</style>") == 1 and not any(name.startswith("on") for _, attrs in found.tags for name in attrs)
    assert "\u202e" not in text and "⟨U+202E⟩" in text
    assert "&lt;script&gt;alert(1)" in text
    assert len(text.encode()) < 500_000  # the answer alone has a million characters
    assert len((hostile.folder / "parts.json").read_bytes()) < 1_000_000


def test_hostile_texts_of_parts_gates_and_reasons_are_texts(made: Evaluated) -> None:
    bad = showcase.HOSTILE
    verdict = json.loads((made.folder / "verdict.json").read_text())
    gates = [one | {"name": bad, "reason": bad, "threshold": ">= " + bad} for one in verdict["gates"]]
    table = {"title": bad, "head": [bad], "rows": [[bad]], "note": bad}
    part = {"part": bad, "missing": bad, "notes": [bad], "not_measured": [bad], "told": {"tables": [table]}}
    told = parts(made)
    told |= {"parts": [part], "pairs": [one | {"name": bad, "why": bad} for one in told["pairs"]]}
    told["flips"] = [
        one
        | {
            "name": bad,
            "items": [dict.fromkeys(item, bad) | {"references": [bad], "way": "lost"} for item in one["items"]],
        }
        for one in told["flips"]
    ]
    many = {
        "gates": gates,
        "reasons": [bad] * 6,
        "changed": [{"what": bad, "was": bad, "now": "x"}],
        "waived": [bad],
        "not_measured": [bad],
    }
    text = again(made, parts=told, verdict=many)
    tags = {tag for tag, _ in read(text).tags}
    assert not {"script", "img"} & tags and text.count("</style>") == 1 and "\u202e" not in text


def test_without_gates_the_page_has_no_verdict(tmp_path: Path) -> None:
    run = run_of(tmp_path, "plain", [True, False, True])
    assert ">Evaluation<" in page(run) and "Deploy" not in page(run)
    assert not (run.folder / "parts.json").exists() and not (run.folder / "verdict.json").exists()
    assert report.of_folder(run.folder) == page(run)


def gate(name: str, value: float | None, limit: float | None, **more: Any) -> dict[str, Any]:
    told = {"name": name, "level": "must", "state": "pass", "value": value, "limit": limit, "low": value, "high": value}
    return told | {"other": None, "threshold": ">= x", "reason": "", "n": 9} | more


def test_gates_of_one_scale_stand_in_one_picture() -> None:
    gates = [
        gate("task.accuracy", 0.9, 0.85),
        gate("contamination.ratio", 0.001, 0.01, threshold="<= 0.01"),
        gate("regression.code", -0.02, -0.05, other=0.7),
        gate("latency.p95", 3.2, 2.0, threshold="<= 2"),
        gate("money.total", 12.0, 20.0, threshold="<= 20"),
        gate("safety.overall", None, None, state="missing"),
    ]
    found = pictures(gates)
    assert [one.title for one in found] == [
        "Shares, from 0 to 1",
        "Rates that must be small",
        "Differences from another model, on the same items",
        "latency.p95",
        "money.total",
    ]
    assert "safety.overall" not in "".join(one.chart for one in found)


WRONG = {
    "item": pl.String,
    "prompt": pl.String,
    "prediction": pl.String,
    "references": pl.List(pl.String),
    "state": pl.String,
}


def wrong(*rows: tuple[str, str | None, str]) -> pl.DataFrame:
    told = [(f"i{k}", prompt, said, [good], "answered") for k, (prompt, said, good) in enumerate(rows)]
    return pl.DataFrame(told, schema=WRONG, orient="row")


def test_labels_that_are_confused_are_a_group() -> None:
    frame = wrong(*[("p", "refund", "billing")] * 4, *[("p", "account", "billing")] * 2)
    found = grouped(frame, labels=True)
    assert [(one.label, one.size) for one in found.groups] == [("billing → refund", 4)] and found.alone == 2


def test_the_same_answer_and_nearly_the_same_prompt_are_groups() -> None:
    same = [(f"something else about {word}", " I do not  know", "x") for word in ("cats", "law", "tea")]
    alike = [(f"How many eggs do {k} hens lay in one week of spring?", f"{k} eggs", "x") for k in range(5)]
    alone = [("Name the capital of France", "Lyon", "Paris")]
    found = grouped(wrong(*same, *alike, *alone), labels=False)
    assert [(one.kind, one.size) for one in found.groups] == [("prompt", 5), ("answer", 3)]
    assert (found.wrong, found.looked, found.alone) == (9, 9, 1)


def test_of_many_wrong_items_some_are_looked_at_and_it_is_said() -> None:
    frame = wrong(*[(f"prompt {k} of its own words {k * 7919}", f"answer {k}", "x") for k in range(5_000)])
    found = grouped(frame, labels=False)
    assert (found.wrong, found.groups) == (5_000, []) and found.looked <= 2_000


def test_unscored_items_are_counted_by_their_reasons(made: Evaluated) -> None:
    lost = sum("error" in row for row in replies(made, "tuned"))
    told = {(name, why): count for name, why, count, _ in reasons(made.scores, made.answers)}
    assert lost and told == {(name, "no answer: timeout"): lost for name in ("task.accuracy", "task.exact_match")}
    assert "no answer: timeout" in page(made)


def test_cells() -> None:
    assert [cell(one) for one in (None, True, 3, 0.25, "a")] == ["–", "yes", "3", "0.250", "a"]
