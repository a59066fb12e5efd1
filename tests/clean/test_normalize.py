"""normalize: what is repaired, what must stay, and that twice is once."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.clean.mojibake import repaired
from bloomery.clean.normalize import KINDS, Normalize, normalized
from bloomery.schema import apply
from tests.clean.batches import batch, edited, prompts

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\r\nb", "a\nb"),
        ("a\r\r\nb", "a\nb"),
        ("a\rb", "a\nb"),
        ("a\r\rb", "a\n\nb"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("a\x0bb\x0cc\x85d", "a\nb\nc\nd"),
        ("a\x00b\x07c\x7fd\x9fe", "abcde"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("\ufeffhead", "head"),
        ("zero\u200bwidth\u2060join soft\u00adhyphen", "zerowidthjoin softhyphen"),
        ("la\u200dtin non\u200cjoiner", "latin nonjoiner"),
        ("hidden\U000e0041\U000e0042", "hidden"),
        ("\u202eevil\u202c \u2066isolated\u2069", "evil isolated"),
        ("cafe\u0301 \u212b", "café Å"),
        ("donâ€™t, cafÃ©, Â£5", "don’t, café, £5"),
        ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"),
        ("РџСЂРёРІРµС‚", "Привет"),
        ("æ—¥æœ¬èªž ðŸ˜€", "日本語 😀"),
        ("ADMINISTRACIÃ“N", "ADMINISTRACIÓN"),
        ("Ã\u200b©tude", "étude"),
    ],
)
def test_repaired(before: str, after: str) -> None:
    assert edited(Normalize(), before) == [after]


@pytest.mark.parametrize(
    "text",
    [
        "AMANHÃ” disse SÃO PAULO, NÃO «AMANHÃ»",
        "« LIBERTÉ » voilà\u00a0»  “café”—oui l’été…",
        "日本語のテキスト、中文文本。한국어",
        "👩\u200d🚒 👩🏽\u200d🚒 ❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می\u200cخواهم",
        "क्\u200dष क्\u200cष",
        "ខ្ញុំ\u200bចង់",
        "\u05d0\u200f! abc\u200e",
        "x\ufe0f ① ﬁ ½ ²",
        's.replace("Ã©", "é")',
        "UTF-8 read as Latin-1 gives `Ã©`.",
        "```\nprint('â€™'.encode('cp1252'))\n```",
        "Ångström, Œuvre, ÄÖÜ“, 5 °C ± 1 µm²",
    ],
)
def test_left_alone(text: str) -> None:
    assert edited(Normalize(), text) == [text]


def test_every_edit_names_what_was_done_and_counts_it() -> None:
    found = Normalize().decide(prompts("plain", "it\u200bâ€™s\r\n1\r\n"))
    assert found.select("n", "part", "action", "reason", "score").rows() == [
        (1, 0, "edit", "line_ends+mojibake+zero_width", 5.0)
    ]
    # "â€™" is three characters for one: two places
    assert json.loads(found["detail"][0]) == {"counts": {"line_ends": 2, "mojibake": 2, "zero_width": 1}}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("mojibake", "cafÃ©"),
        ("line_ends", "a\r\nb"),
        ("controls", "a\x00b"),
        ("zero_width", "a\u200bb"),
        ("bidi", "\u202ea"),
        ("nfc", "e\u0301"),
    ],
)
def test_each_kind_can_be_turned_off(kind: str, text: str) -> None:
    assert edited(Normalize(), text) != [text]
    assert edited(Normalize(**{kind: False}), text) == [text]
    only = {one: one == kind for one in KINDS}
    assert Normalize(**only).decide(prompts(text))["reason"].to_list() == [kind]


def test_nothing_at_all_can_be_turned_on() -> None:
    assert Normalize(**dict.fromkeys(KINDS, False)).decide(prompts("a\r\nb")).is_empty()


@pytest.mark.parametrize(
    "text",
    [
        '{"q": "one\u2028two\x7f",\r\n "n": [1]}',
        '\ufeff{"q": "one\u2028two"}',
        '{"q": "donâ€™t \u200bgo", "e\u0301": "\\u200b\\n"}',
    ],
)
def test_tool_calls_stay_json(text: str) -> None:
    (after,) = edited(Normalize(), text, role="tool_call")
    assert after != text
    before = json.loads(text.lstrip("\ufeff"))
    assert len(json.loads(after)) == len(before)
    assert "\u2028" not in after


def test_a_separator_in_json_is_escaped() -> None:
    assert edited(Normalize(), '{"q": "a\u2028b"}') == ['{"q": "a\\nb"}']
    assert edited(Normalize(), "{a\u2028b}") == ["{a\nb}"]


def test_labels_are_not_touched() -> None:
    rows = batch([("prompt", "e\u0301"), ("label", "e\u0301")])
    assert Normalize().decide(rows)["part"].to_list() == [0]


def test_the_batch_itself_does_not_change() -> None:
    rows = prompts("a\r\nb", "cafÃ©", "e\u0301\u200b")
    before = rows.parts.clone()
    Normalize().decide(rows)
    assert rows.parts.equals(before)


def test_code_beside_damaged_prose_is_kept() -> None:
    assert repaired("Itâ€™s `â€™`") == "It’s `â€™`"


ODD = st.text(
    st.sampled_from(
        'aé\u0301\r\n\t \u2028\x85\x00\x1b[m\u200b\u200c\u200d\ufeff\u202e\u00adÃ©Ââ€™œ”»Ð¿РџС“👩🚒म्ខ\ufe0f{}"\\'
    ),
    max_size=24,
)


@given(st.lists(ODD | st.text(max_size=20), max_size=4))
def test_twice_is_once(texts: list[str]) -> None:
    rows = prompts(*texts)
    once = apply(rows, Normalize().decide(rows))
    assert Normalize().decide(once).is_empty()


@given(ODD)
def test_any_json_stays_the_same_shape(text: str) -> None:
    raw = json.dumps({"a": [text, {"b": 1.50}]}, ensure_ascii=False)
    (after,) = edited(Normalize(), raw, role="tool_call")
    assert json.loads(after)["a"][1] == {"b": 1.5}


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_ascii_is_never_touched(text: str) -> None:
    assert Normalize().decide(prompts(text)).is_empty()


@pytest.mark.skipif(not DATA.exists(), reason="shared data is not here")
def test_portuguese_french_german_and_chinese_questions_stay() -> None:
    for language in ("de", "zh"):
        path = next((DATA / "xquad").rglob(f"*{language}.json"))
        paragraphs = [p["context"] for d in json.loads(path.read_text("utf-8"))["data"] for p in d["paragraphs"]]
        done = normalized(prompts(*paragraphs).parts["text"], ["mojibake"])
        assert done.texts.to_list() == paragraphs
