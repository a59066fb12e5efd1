import json
from dataclasses import replace

import pytest

from bloomery.profile.report import render
from bloomery.profile.result import Column, Labels, SourceProfile
from tests.clean.hostile import HOSTILE
from tests.clean.test_report import Page
from tests.profile.sample_profile import sample


def test_the_page_says_how_many_rows_and_why_the_format():
    html = render(sample())
    assert "<h1>12,216 rows, format completion</h1>" in html
    assert "strings in 200 of 200 rows" in html


def test_two_renderings_are_the_same_bytes():
    assert render(sample()) == render(sample())


def test_the_page_is_well_formed_and_every_link_has_its_place():
    page = Page(render(sample()))
    assert page.open == [] and page.tags.count("h1") == 1
    assert set(page.values("href")) <= {f"#{name}" for name in page.values("id")}
    assert page.tags.count("table") == page.tags.count("caption") > 0


def test_a_sample_is_called_a_sample():
    html = render(sample())
    assert "7.1 % of 10,000 sampled rows" in html  # 711 / 10,000
    assert "a sample spread over the input" in html


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text):
    profile = replace(
        sample(),
        why=[text],
        columns=[Column(text, {"string": 1.0}, 0.0)],
        labels=Labels({text: 2, "b": 1}, 2, 3),
        quarantine={text: 3},
        quarantined=[text],
        faults={text: 1},
        sources=[SourceProfile(text[:200], "completion", 1, 1, 0, {})],
    )
    html = render(profile)
    page = Page(html)
    assert page.open == [] and not {"script", "img"} & set(page.tags)
    assert "\x00" not in html and "\u202e" not in html
    html.encode("utf-8")


def test_an_empty_profile_has_a_page():
    profile = replace(sample(), rows=0, lengths=[], labels=None, scripts={}, roles={}, columns=[], pii={}, signals={})
    assert "<h1>0 rows, format completion</h1>" in render(profile)


def test_the_plain_data_goes_to_json_and_back():
    plain = sample().to_dict()
    assert json.loads(json.dumps(plain))["near"] == {"rows": 711, "looked_at": 10_000, "whole": False, "threshold": 0.8}


def test_a_notebook_shows_it_in_a_frame_of_its_own():
    shown = sample()._repr_html_()
    assert shown.startswith("<iframe srcdoc=") and "sandbox" in shown and "<html" not in shown
