import pytest

from bloomery.profile.scripts import NONE, OTHER, scripts
from tests.profile.batches import prompts


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("How are you?", "Latin"),
        ("naïve café", "Latin"),
        ("今天天气很好", "Han"),
        ("今日は天気がいい", "Japanese"),
        ("東京都知事選挙結果の", "Japanese"),
        ("오늘 날씨", "Hangul"),
        ("Привет, hello", "Cyrillic"),
        ("สวัสดี", "Thai"),
        ("مرحبا", "Arabic"),
        ("12 + 34 = 46", NONE),
        ("😀 → 12", NONE),
        ("", NONE),
        ("ᚠᚢᚦᚨᚱᚲ runes", OTHER),
    ],
)
def test_the_main_script_of_a_row(text, script):
    assert scripts(prompts(text)) == {script: 1}


def test_every_row_counts_once():
    assert scripts(prompts("a", "b", "天", "1")) == {"Latin": 2, "Han": 1, NONE: 1}
