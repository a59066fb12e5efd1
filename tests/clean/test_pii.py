"""pii: what is replaced, what only looks like it, and that nothing else changes."""

import json
import re
from pathlib import Path

import phonenumbers
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bloomery.clean.pii import Pii, candidates, find, mask, scrub
from bloomery.schema import apply
from tests.clean.batches import batch, edited, prompts

DATA = Path(__file__).parents[3] / "shared" / "data"

FOUND = [
    # e-mail
    ("Write to joe@acme.com", "Write to [EMAIL]"),
    ("Write to joe@acme.com.", "Write to [EMAIL]."),
    ("JOE@ACME.ORG!", "[EMAIL]!"),
    ("邮箱wang@acme.cn谢谢", "邮箱[EMAIL]谢谢"),
    ("メールはsato@acme.jpまで", "メールは[EMAIL]まで"),
    ("a|b@acme.com|c", "a|[EMAIL]|c"),
    ("a@b.com,c@d.com;<e@f.com>", "[EMAIL],[EMAIL];<[EMAIL]>"),
    ("first.last+tag@mail.acme.co.uk", "[EMAIL]"),
    ("josé@bücher.de", "[EMAIL]"),
    ("mailto:joe@acme.com?subject=x", "mailto:[EMAIL]?subject=x"),
    ("https://x.com/?mail=joe@acme.com", "https://x.com/?mail=[EMAIL]"),
    ("Mail joe@acme.com.Thanks", "Mail [EMAIL].Thanks"),
    (r"'\njoe@acme.com'", r"'\n[EMAIL]'"),
    ("ｊoe＠acme.com", "[EMAIL]"),
    # phone
    ("+44 (0)20 7946 1234", "[PHONE]"),
    ("ring 020 7946 1234 now", "ring [PHONE] now"),
    ("0171 1234567", "[PHONE]"),
    ("Tel.: 030/1234567", "Tel.: [PHONE]"),
    ("06 12 34 56 78", "[PHONE]"),
    ("(415) 555-2671 or 415.555.2672", "[PHONE] or [PHONE]"),
    ("1-415-555-2671", "[PHONE]"),
    ("**415-555-2671**", "**[PHONE]**"),
    ("+1 415 555 2671 ext. 42", "[PHONE]"),
    ("电话13812345678。", "电话[PHONE]。"),
    ("138-1234-5678", "[PHONE]"),
    ("０３－１２３４－５６７８", "[PHONE]"),
    ("(11) 91234-5678", "[PHONE]"),
    ("phone 4155552671", "phone [PHONE]"),
    ("Phone:\n60-56-85-91", "Phone:\n[PHONE]"),
    # social security numbers
    ("My SSN is 536-22-1234.", "My SSN is [SSN]."),
    ("SSN 536 22 1234, or 536221234", "SSN [SSN], or [SSN]"),
    # cards
    ("4539 1488 0343 6467", "[CREDIT_CARD]"),
    ("4111111111111111", "[CREDIT_CARD]"),
    ("2223-0031-2200-3222", "[CREDIT_CARD]"),
    ("2720990000000007", "[CREDIT_CARD]"),
    ("3782 822463 10005", "[CREDIT_CARD]"),
    ("3056 9309 0259 04", "[CREDIT_CARD]"),
    ("card 4222222222222", "card [CREDIT_CARD]"),
]

LEFT = [
    "joe@example.com ann@mail.example.org bob@corp.test x@y.invalid",
    "icon@2x.png react@18.2.0 git@github.com:a/b.git @joe@mastodon.social user@host x@y.z",
    "https://user:secret@host.com/",
    "@app.route('/submit') @Override",
    "(212) 555-0142 and +1 415-555-0119",
    "(555) 123-4567",
    "order 4155552671, id: 020 7946 1234, ISBN 0-306-40615-2",
    "4155552671 123456789 12345678901",
    "https://acme.com/p/415-555-2671?t=020 7946",
    "version 10.4.2.118, section 3.14.159.2653, 192.168.100.200, 2001:0db8:85a3:0000",
    "2024-03-14T09:26:53Z 2024-03-14 09:26:53 UTC 14/03/2024 18:02 1710408413 1710408413000",
    "the call at 1710408413 failed",
    "20240314092653 2021-2022 01.02.2023",
    "01 02 03 04 05 06 07",
    "1 000 000 000 + 12 345 678 901 = $1 234 567 890",
    "3.14159265358979 0.4111111111111111 1e4111111111111111",
    "A415-555-2671 415-555-2671b X_4111111111111111",
    "000-12-3456 666-12-3456 912-34-5678 123-00-4567 123-45-0000 078-05-1120",
    "536 22 1234 and 536221234 are just numbers",
    "4539 1488 0343 6468 1234567890123456",
    "card 9780747542155",  # a book: the ISBN has a right Luhn digit too
    "8841-2207-193 77-204-118-A 1Z 999 AA1 01 2345 6784",
    '{"" called"": -0.8925948}, call 2.1636064, 1-800-662-HELP',
    "phones cost $3000 / 200 = $15",
    "= 3600000000000 + 62426244000",
]


@pytest.mark.parametrize(("before", "after"), FOUND)
def test_replaced(before: str, after: str) -> None:
    assert edited(Pii(), before) == [after]


@pytest.mark.parametrize("text", LEFT)
def test_left_alone(text: str) -> None:
    assert edited(Pii(), text) == [text]


@pytest.mark.parametrize("before", [before for before, _ in FOUND])
def test_scrubbing_again_finds_nothing(before: str) -> None:
    assert find(scrub(before).text) == []


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("joe@example.com", "[EMAIL]"),
        ("(212) 555-0142", "[PHONE]"),
        ("(555) 123-4567", "[PHONE]"),
        ("078-05-1120", "[SSN]"),
    ],
)
def test_reserved_examples_go_on_wish(text: str, after: str) -> None:
    assert edited(Pii(), text) == [text]
    assert edited(Pii(reserved=True), text) == [after]
    assert mask(text) == after


def test_only_the_types_asked_for_are_replaced() -> None:
    text = "joe@acme.com, 4111 1111 1111 1111, 536-22-1234, +44 20 7946 1234"
    assert edited(Pii(types=["ssn", "email"]), text) == ["[EMAIL], 4111 1111 1111 1111, [SSN], +44 20 7946 1234"]


def test_a_card_is_not_taken_for_a_phone_when_cards_are_left() -> None:
    assert edited(Pii(types=["phone"]), "phone 4111 1111 1111 1111") == ["phone 4111 1111 1111 1111"]


def test_regions_say_which_national_formats_are_known() -> None:
    assert edited(Pii(regions=["GB"]), "020 7946 1234, 415-555-2671") == ["[PHONE], 415-555-2671"]
    assert edited(Pii(regions=["US"]), "020 7946 1234, 415-555-2671") == ["020 7946 1234, [PHONE]"]


@pytest.mark.parametrize(
    "options", [{"regions": ["UK"]}, {"regions": []}, {"types": []}, {"types": ["name"]}, {"replace": "x"}]
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Pii(**options)  # type: ignore[arg-type]


def test_the_proposal_has_counts_and_positions_but_never_the_text() -> None:
    text = "Mail joe@acme.com or call 020 7946 1234."
    found = Pii().decide(batch([("prompt", "hello"), ("completion", text)], first=4))
    assert found.select("n", "part", "action", "reason", "score").rows() == [(4, 1, "edit", "email+phone", 2.0)]
    said = json.loads(found["detail"][0])
    # "joe@acme.com" (12) became "[EMAIL]" (7): everything behind it moves 5 to the left
    assert said == {"counts": {"EMAIL": 1, "PHONE": 1}, "spans": [[5, 17, "EMAIL", 5], [26, 39, "PHONE", 21]]}
    assert "joe" not in found["reason"][0] + found["detail"][0]


def test_labels_are_not_touched_and_all_other_roles_are() -> None:
    roles = ["system", "prompt", "completion", "rejected", "reasoning", "tool", "text", "label"]
    rows = batch([(role, "joe@acme.com") for role in roles])
    assert Pii().decide(rows)["part"].to_list() == list(range(7))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"to": "joe@acme.com", "n": 1.50}', '{"to": "[EMAIL]", "n": 1.50}'),
        (r'{"body": "Hi\njoe@acme.com\n"}', r'{"body": "Hi\n[EMAIL]\n"}'),
        (r'{"to": "joe\u0040acme.com"}', r'{"to": "[EMAIL]"}'),
        ('{"phone": 4155552671, "id": 4155552671}', '{"phone": "[PHONE]", "id": 4155552671}'),
        ('{"phone_number": "4155552671"}', '{"phone_number": "[PHONE]"}'),
        ('{"phone": -320000000}', '{"phone": -320000000}'),
        ('["card", 4111111111111111]', '["card", "[CREDIT_CARD]"]'),
        ('{"a@b.com": 1, "c@d.com": 2}', '{"[EMAIL]": 1, "[EMAIL_2]": 2}'),
        ('{"q": "{\\"to\\": \\"joe@acme.com\\"}"}', '{"q": "{\\"to\\": \\"[EMAIL]\\"}"}'),
    ],
)
def test_json_stays_json(before: str, after: str) -> None:
    assert edited(Pii(), before, role="tool_call") == [after]
    assert len(json.loads(after)) == len(json.loads(before))


def test_a_bare_number_in_json_inside_prose_is_quoted() -> None:
    assert edited(Pii(), 'Send\n```json\n{"phone": 4155552671}\n```') == ['Send\n```json\n{"phone": "[PHONE]"}\n```']


def test_positions_in_json_are_those_of_the_raw_text() -> None:
    text = r'{"b": "\n\njoe@acme.com", "phone": 4155552671}'
    done = scrub(text)
    for span in done.spans:
        assert done.text[span.new_start :].startswith(f"[{span.type}]")
    assert [text[s.start : s.end] for s in done.spans] == ["joe@acme.com", "4155552671"]


PIECES = st.sampled_from(
    ["joe@acme.com", "@", ".", "4111 1111 1111 1111", "415-555-2671", "020 7946 1234", "+44", "536-22-1234", " ", "\n", "phone ",
     "card ", "call", "-", "/", "(", ")", "x9", "1", "0", "55", "a", "[EMAIL]", "[PHONE]", ",", ":", '"', "\\n", "电话", "SSN "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join))
def test_twice_is_once_and_positions_lead_back(text: str) -> None:
    done = scrub(text)
    assert find(done.text) == []
    rebuilt, at = "", 0
    for span in done.spans:
        assert at <= span.start < span.end
        rebuilt += text[at : span.start]
        assert done.text[span.new_start :].startswith(f"[{span.type}")
        rebuilt = rebuilt if rebuilt == done.text[: len(rebuilt)] else "differs"
        quoted = span.new_start - len(rebuilt)
        rebuilt += '"' * quoted + f"[{span.type}]" + '"' * quoted
        at = span.end
    assert rebuilt + text[at:] == done.text


@given(
    st.dictionaries(st.text(max_size=5) | PIECES, st.lists(PIECES, max_size=8).map("".join) | st.integers(), max_size=4)
)
def test_any_json_object_keeps_its_shape(value: dict[str, object]) -> None:
    for raw in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        (after,) = edited(Pii(), raw, role="tool_call")
        assert len(json.loads(after)) == len(value)


@given(st.lists(st.lists(PIECES, max_size=10).map("".join), max_size=5))
def test_the_fast_search_rules_out_nothing_that_is_found(texts: list[str]) -> None:
    possible = candidates(pl.Series(texts, dtype=pl.String)).to_list()
    assert all(maybe or not find(text) for text, maybe in zip(texts, possible, strict=True))


@pytest.mark.parametrize(
    "text", ["1" * 60_000, "1 " * 40_000, "a@" * 40_000, "a@" + "a." * 40_000, "(" * 60_000, "415-" * 30_000]
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    assert scrub(text).text == text


def test_many_matches_are_all_replaced() -> None:
    keys = json.dumps({f"user{k}@acme.com": k for k in range(500)})
    assert len(json.loads(scrub(keys).text)) == 500
    assert scrub("joe@acme.com " * 500).text == "[EMAIL] " * 500


def test_applying_the_edits_is_scrubbing() -> None:
    rows = prompts(*[before for before, _ in FOUND])
    assert apply(rows, Pii().decide(rows)).parts["text"].to_list() == [after for _, after in FOUND]


KINDS = {"EMAIL_ADDRESS": "EMAIL", "PHONE_NUMBER": "PHONE", "US_SSN": "SSN", "CREDIT_CARD": "CREDIT_CARD"}


@pytest.mark.skipif(not DATA.exists(), reason="shared data is not here")
@pytest.mark.parametrize(
    ("kind", "recall"), [("EMAIL_ADDRESS", 49 / 49), ("PHONE_NUMBER", 85 / 92), ("US_SSN", 1), ("CREDIT_CARD", 1)]
)
def test_recall_and_precision_on_synthetic_texts(kind: str, recall: float) -> None:
    texts = json.loads((DATA / "presidio_research" / "data" / "synth_dataset_v2.json").read_text("utf-8"))
    hits = misses = false = 0
    for one in texts:
        gold = [(s["start_position"], s["end_position"]) for s in one["spans"] if s["entity_type"] == kind]
        spans = [s for s in scrub(one["full_text"], reserved=True).spans if s.type == KINDS[kind]]
        met = [any(s.start < end and start < s.end for s in spans) for start, end in gold]
        hits, misses = hits + sum(met), misses + len(met) - sum(met)
        false += sum(not any(s.start < end and start < s.end for start, end in gold) for s in spans)
    assert hits / (hits + misses) >= recall
    assert false == 0


@pytest.mark.skipif(not DATA.exists(), reason="shared data is not here")
def test_sums_and_code_give_no_numbers_away() -> None:
    lines = (DATA / "gsm8k" / "grade_school_math" / "data" / "train.jsonl").read_text("utf-8").splitlines()
    assert [line for line in lines if find(line)] == []
    code = json.loads((DATA / "codealpaca" / "data" / "new_codealpaca.json").read_text("utf-8"))
    numbers = [
        re.sub(r"\s", "", r["output"][s.start : s.end]) for r in code for s in find(r["output"]) if s.type != "EMAIL"
    ]
    assert numbers == []


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_numbers_of_every_region_are_known_with_and_without_what_is_dialled_before(region: str) -> None:
    number = phonenumbers.example_number(region)
    national = phonenumbers.national_significant_number(number)
    trunk = phonenumbers.PhoneMetadata.metadata_for_region(region).national_prefix or ""
    for dialled in {national, trunk + national, f"{number.country_code}{national}"}:
        if len(dialled) >= 7 and phonenumbers.is_valid_number(phonenumbers.parse(dialled, region)):
            text = f"phone: {dialled[:2]} {dialled[2:]}"
            assert scrub(text, regions=[region], reserved=True).text == "phone: [PHONE]", dialled
