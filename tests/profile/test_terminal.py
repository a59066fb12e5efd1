import io
from dataclasses import replace

import pytest
from rich.console import Console

from bloomery.profile.result import Column, Labels
from bloomery.profile.terminal import show
from tests.clean.hostile import HOSTILE
from tests.profile.sample_profile import sample


def shown(profile, width=80):
    out = io.StringIO()
    show(profile, Console(file=out, width=width, highlight=False, color_system=None))
    return out.getvalue()


def test_it_fits_one_screen():
    assert len(shown(sample()).splitlines()) <= 60


def test_the_figures_are_there():
    text = shown(sample())
    for figure in (
        "12,216 rows",
        "completion",
        "9,120",
        "902",
        "7.4 %",
        "EMAIL 433",
        "in a sample of 10,000",
        "20 to 5,200",
    ):
        assert figure in text


@pytest.mark.parametrize("text", [*HOSTILE, "[red]x[/red]", "[/]"], ids=range(len(HOSTILE) + 2))
def test_hostile_names_are_printed_as_plain_text(text):
    profile = replace(
        sample(),
        why=[text],
        columns=[Column(text, {"string": 1.0}, 0.0)],
        labels=Labels({text: 2, "b": 1}, 2, 3),
        quarantine={text: 3},
    )
    out = shown(profile)
    assert not set(out) & {chr(code) for code in (*range(10), *range(11, 32), 127, 0x9B, 0x202E)}
    assert len(out.splitlines()) <= 60


def test_markup_in_a_label_is_shown():
    assert "[red]x[/red]" in shown(replace(sample(), labels=Labels({"[red]x[/red]": 1}, 1, 1)))


def test_a_narrow_terminal_is_not_an_error():
    assert "12,216 rows" in shown(sample(), width=50)
