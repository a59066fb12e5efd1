"""pii: hostile text costs linear time, counted in calls and, for what a pattern does inside one call, as growth of CPU time."""

import json
import sys
import time
from collections.abc import Callable

import pytest

from bloomery.clean.pii import find, mask, scrub

#: nothing in them is bounded by the size of a window: each unit may set the next one free
SHAPES: dict[str, Callable[[int], str]] = {
    "phones glued by a plus": lambda n: "+44 20 7946 0958" * n,
    "phones without a separator": lambda n: "+442079460958" * n,
    "phones glued by parentheses": lambda n: "(415) 555-2671" * n,
    "phones between odd separators": lambda n: "415-555-2671-. " * n,
    "phones and hyphens": lambda n: "-(415) 555-2671" * n,
    "phones with extensions": lambda n: "(415) 555-2671x9" * n,
    "reserved phones": lambda n: "(555) 123-4567" * n,
    "labelled phones": lambda n: "call 4155552671, " * n,
    "phones and cards": lambda n: "(415) 555-2671 4111 1111 1111 1111/" * n,
    "cards and phones": lambda n: " 4111 1111 1111 1111(415) 555-2671" * n,
    "cards glued": lambda n: "4111111111111111" * n,
    "cards in a row": lambda n: "4111 1111 1111 1111 " * n,
    "cards that one vouches for": lambda n: "4111111111111111 " + "4222222222222 " * n,
    "cards that the last one vouches for": lambda n: "4222222222222 " * n + "4111111111111111",
    "numbers that one vouches for": lambda n: "SSN " + "536221234 " * n,
    "numbers with addresses between": lambda n: "SSN " + f"536221234 {'joe@acme.com ' * 4}" * n,
    "addresses glued": lambda n: "joe@acme.com" * n,
    "a.a@a.a": lambda n: "a.a@a.a" * n,
    "at signs": lambda n: "@" * n,
    "a@": lambda n: "a@" * n,
    "1-2-3-": lambda n: "1-2-3-" * n,
    "digits": lambda n: "1234567890" * n,
    "URLs with digits": lambda n: "https://a.b/4155552671?x=415-555-2671 " * n,
    "one URL": lambda n: "https://a.b/" + "4155552671joe@acme.com&" * n,
    "JSON strings": lambda n: json.dumps(["+44 20 7946 0958"] * n),
    "JSON keys": lambda n: json.dumps({f"u{k}@acme.com": 4155552671 for k in range(n)}),
    "JSON in JSON": lambda n: json.dumps([json.dumps({"phone": "+44 20 7946 0958" * 2})] * n),
    "glued phones in JSON": lambda n: json.dumps({"phone": "+44 20 7946 0958" * n}),
    "JSON numbers in prose": lambda n: 'x "phone": 4155552671, ' * n,
}


def calls(text: str, *, reserved: bool) -> int:
    """How many calls, of Python or of C, a scrub makes."""
    made = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        scrub(text, reserved=reserved)
    finally:
        sys.setprofile(before)
    return made


@pytest.mark.parametrize("reserved", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_text_is_twice_the_work(shape: str, reserved: bool) -> None:
    once, twice = SHAPES[shape](60), SHAPES[shape](120)
    scrub(twice, reserved=reserved)  # what is remembered of numbers is remembered for both
    assert calls(twice, reserved=reserved) <= 2.2 * calls(once, reserved=reserved) + 50


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_left_holds_nothing_to_find(shape: str) -> None:
    text = SHAPES[shape](60)
    assert find(scrub(text).text) == []
    assert mask(mask(text)) == mask(text)


def test_glued_numbers_all_go() -> None:
    assert scrub("+44 20 7946 0958" * 800).text == "[PHONE]" * 800
    assert scrub("(415) 555-2671" * 800).text == "[PHONE]" * 800
    assert scrub("SSN " + "536221234 " * 800).text == "SSN " + "[SSN] " * 800


def test_a_text_made_to_take_forever_loses_all_its_numbers() -> None:
    # a card lies across "2671 4111 ..." until the phone before it is gone, and the next phone is glued to the card
    done = scrub("(415) 555-2671 4111 1111 1111 1111/" * 50)
    assert not set("0123456789") & set(done.text)
    some = scrub("(415) 555-2671 4111 1111 1111 1111/" * 50, types=["EMAIL"])
    assert some.spans == []


def test_positions_lead_back_where_all_numbers_go() -> None:
    text = "(415) 555-2671 4111 1111 1111 1111/" * 50
    done = scrub(text)
    assert all(done.text[span.new_start :].startswith(f"[{span.type}]") for span in done.spans)
    assert all(one.end <= two.start for one, two in zip(done.spans, done.spans[1:], strict=False))


def seconds(text: str) -> float:
    """CPU time of one scrub, the least of three."""
    found = []
    for _ in range(3):
        start = time.process_time()
        scrub(text)
        found.append(time.process_time() - start)
    return min(found)


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "@", "a@", "a@b.", "a@" + "b-" * 40, "1-2-3-", "(1", "1)", "a" * 40 + "@b", "://a@b.co", "12 "]
)
def test_patterns_do_not_go_back_and_forth(unit: str) -> None:
    short, long = unit * (12_000 // len(unit)), unit * (96_000 // len(unit))
    assert seconds(long) < 24 * seconds(short) + 0.02  # 8 where linear, 64 where quadratic
