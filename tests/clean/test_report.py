import re
from copy import deepcopy
from html.parser import HTMLParser

import pytest

from bloomery.clean.report import PARTS_LIMIT, render
from bloomery.clean.summary import LENGTH_EDGES
from tests.clean.hostile import HOSTILE
from tests.clean.sample_summary import sample


class Page(HTMLParser):
    """Tags, attributes, ids and text of a page; void and self-closing tags count as closed."""

    VOID = frozenset({"meta", "br", "img", "link", "input"})

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def values(self, name):
        return [value for _, attribute, value in self.attributes if attribute == name]


def bare():
    """A run in which nothing happened."""
    summary = sample()
    for name in ("ops", "sources", "examples", "edits", "twins", "quarantine", "notes", "next", "inputs", "against"):
        summary[name] = []
    for name in ("lengths", "pii", "quarantine_reasons"):
        summary[name] = {}
    summary["counts"] = dict.fromkeys(summary["counts"], 0)
    return summary


def poisoned(text):
    """Every string of the sample that could come from the data is `text`."""
    summary = sample()
    for example in summary["examples"]:
        example["row"] = [["prompt", text], ["completion", text + "a"]]
        example["against_row"] = [["prompt", "a" + text], ["completion", text]]
        example |= {"id": text, "against": text, "detail": {text: text}}
    for edit in summary["edits"]:
        edit |= {"id": text, "before": [["text", text]], "after": [["text", text + text[:9]]]}
    for twin in summary["twins"]:
        twin |= {"id": text, "against": text, "row": [["prompt", text]], "against_row": [["prompt", text[::-1]]]}
    for entry in [*summary["inputs"], *summary["sources"]]:
        entry["path"] = text
    summary["quarantine"] = [{"id": text, "reason": text}]
    summary["quarantine_reasons"] = {text: 129}
    summary["notes"] = summary["next"] = [text]
    summary["format"]["why"] = [text]
    return summary


def test_the_headline_says_rows_in_and_rows_kept():
    assert "<h1>12,345 rows in, 9,876 kept</h1>" in render(sample())


def test_shares_in_the_hero_are_of_all_rows_read():
    html = render(sample())
    assert "80.0 % of all rows" in html  # 9,876 / 12,345
    assert "19.0 % of all rows" in html  # 2,340 / 12,345
    assert "1.0 % could not be read" in html  # 129 / 12,345


def test_two_renderings_are_the_same_bytes():
    assert render(sample()) == render(deepcopy(sample()))


def test_every_reason_stands_with_its_count():
    html = render(sample())
    for op in sample()["ops"]:
        for reason, count in (op["reasons"] | op["edits"]).items():
            pattern = rf">{reason.replace('_', ' ')} <small>{op['op']}</small></span>.*?<b>{count:,}</b>"
            assert re.search(pattern, html)


def test_a_twin_is_shown_as_a_word_diff_marked_not_by_colour_alone():
    html = render(sample())
    assert '<del><span class="unseen">[only here: </span>do<span' in html
    assert '<ins><span class="unseen">[only there: </span>can<span' in html


def test_an_invisible_character_that_an_edit_removed_is_spelled_out():
    assert "⟨U+200B⟩" in render(sample())


def test_the_page_is_well_formed_has_landmarks_and_one_heading_of_first_rank():
    page = Page(render(sample()))
    assert page.open == []
    assert page.tags.count("h1") == page.tags.count("main") == page.tags.count("nav") == 1
    assert len(page.values("id")) == len(set(page.values("id")))
    assert set(page.values("href")) <= {f"#{name}" for name in page.values("id")}


def test_every_table_has_a_caption_and_every_chart_a_label():
    page = Page(render(sample()))
    assert page.tags.count("table") == page.tags.count("caption") > 0
    charts = [value for tag, name, value in page.attributes if (tag, name, value) == ("svg", "role", "img")]
    labels = [value for tag, name, value in page.attributes if tag == "svg" and name == "aria-label"]
    assert len(charts) == len(labels) > 5 and all(labels)


def test_the_page_loads_nothing_and_runs_nothing():
    page = Page(render(sample()))
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert not page.values("src")
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page.values("content")
    assert all(value.startswith("#") for value in page.values("href"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text):
    html = render(poisoned(text))
    page, clean = Page(html), Page(render(poisoned("harmless")))
    assert set(page.tags) <= set(clean.tags)
    assert {name for _, name, _ in page.attributes} <= {name for _, name, _ in clean.attributes}
    assert page.open == []
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)
    html.encode("utf-8")
    assert len(html) < 400_000


def test_markup_in_a_text_is_shown_as_it_stands():
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in render(poisoned("<script>alert(1)</script>"))


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ('{"bound":20,"unit":"characters"}', "bound 20, unit characters"),
        ({"signals": ["cut_off_ending", "refusal"]}, "signals cut off ending and refusal"),
        ("not JSON {", "not JSON {"),
        ([1, 2], "[1,2]"),
    ],
)
def test_what_an_op_noted_is_told_in_words(detail, told):
    summary = sample()
    summary["examples"][2]["detail"] = detail
    assert f"<span>{told}</span>" in render(summary)


def test_a_long_text_is_cut_and_says_by_how_much():
    summary = sample()
    summary["examples"][2]["row"] = [["prompt", "x" * 1_700]]
    assert f"{'x' * 700}… (1,000 more characters)" in render(summary)


def test_a_row_of_many_texts_shows_those_that_differ_and_counts_the_rest():
    summary = sample()
    same = [["prompt", f"turn {i}"] for i in range(40)]
    summary["examples"] = [summary["examples"][0]]
    summary["examples"][0] |= {"row": [*same, ["completion", "new"]], "against_row": [*same, ["completion", "old"]]}
    html = render(summary)
    assert ">old<span" in html and ">new<span" in html
    assert "40 more texts of this row are left out." in html
    assert PARTS_LIMIT < 41


def test_a_run_in_which_nothing_happened_still_has_a_report():
    html = render(bare())
    assert "<h1>0 rows in, 0 kept</h1>" in html
    assert "No row was dropped." in html
    assert 'id="reasons"' not in html and 'href="#reasons"' not in html


def test_the_recipe_and_the_hashes_stand_in_the_report():
    html = render(sample())
    assert "3" * 64 in html and "threshold: 0.8" in html


def test_edges_of_length_bins_rise_and_cover_any_text():
    assert list(LENGTH_EDGES) == sorted(set(LENGTH_EDGES))
    assert LENGTH_EDGES[0] == 0 and LENGTH_EDGES[-1] == 1e9
