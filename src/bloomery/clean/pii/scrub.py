"""Find personal data in one text and replace it, until nothing is left to find.

The edits are always kept in positions of the original text; each round applies all of them and searches the result. That
makes ``scrub(scrub(text).text)`` find nothing, and keeps the ledger's positions true.

A round takes linear time, and there are few: what a placeholder sets free behind it (a number glued to another, a row of
bare numbers after one that is certain) is found in the same round. Ordinary text needs one or two, the worst that is not
made on purpose five. A text that is still not done after `ROUNDS` was made to take forever; in it every run of seven digits
or more outside of URLs is replaced, personal data or not.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, count
from typing import NamedTuple

import polars as pl

from bloomery.clean.json_text import KEY, OUTSIDE, JsonView, json_view
from bloomery.clean.pii.emails import emails
from bloomery.clean.pii.numbers import cards, ssns
from bloomery.clean.pii.phones import REGIONS, phones
from bloomery.clean.pii.span import Hit, Run, digit_runs

TYPES = ("EMAIL", "PHONE", "SSN", "CREDIT_CARD")
ROUNDS = 8

#: characters that mean the same as an ASCII one in addresses and numbers: full-width forms, dashes, odd spaces. One for
#: one, so that positions stay.
_PLAIN = str.maketrans(
    {0xFF01 + i: 0x21 + i for i in range(94)}
    | dict.fromkeys(range(0x2010, 0x2016), "-")
    | dict.fromkeys([0x2212, 0xFE63], "-")
    | dict.fromkeys([0xA0, 0x2007, 0x2009, 0x202F, 0x3000], " ")
)
_URL = re.compile(r"(?:https?|ftp)://[!-~]+|www\.[!-~]+")
_IN_URL, _TAKEN = b"\1", b"\2"
_AT = r"[^\s@][@＠]\S"
#: escapes in JSON text that may hide an "@", a digit or a full-width form
_ESCAPED = r"\\u(?:0040|002[bB]|003[0-9]|[fF]{2})"
_ODD_SPACE = r"\x{a0}\x{2007}\x{2009}\x{202f}\x{3000}\x{2010}-\x{2015}\x{2212}（）－．"
#: what the texts that hold no plain seven digits must hold
_HIDDEN = r"[@＠]|\\u|[０-９]"
_BETWEEN = rf"[ ()./\t\-{_ODD_SPACE}]{{0,3}}"
_SEVEN = rf"(?:[0-9]{_BETWEEN}){{6}}[0-9]"
_SEVEN_WIDE = rf"(?:[0-9０-９]{_BETWEEN}){{6}}[0-9０-９]"
_KEY_BEFORE = re.compile(r"[\"']\s*:\s*$")
_VALUE_END = re.compile(r"\s*[,}\]\n]")


class Span(NamedTuple):
    """Characters ``start:end`` of the text before the edit; the placeholder starts at `new_start` after it."""

    start: int
    end: int
    type: str
    new_start: int


class Scrubbed(NamedTuple):
    """A text with placeholders, and what they replaced, left to right."""

    text: str
    spans: list[Span]


class _Edit(NamedTuple):
    """Characters ``start:end`` become `text`, in which the placeholder starts at `lead`."""

    start: int
    end: int
    type: str
    text: str
    lead: int = 0

    @property
    def growth(self) -> int:
        return len(self.text) - (self.end - self.start)


def find(text: str) -> list[Span]:
    """Personal data of all types in `text`, left to right; reserved examples are left out.

    >>> find("Mail joe@acme.com or call 020 7946 1234")
    [Span(start=5, end=17, type='EMAIL', new_start=5), Span(start=26, end=39, type='PHONE', new_start=21)]
    """
    return scrub(text).spans


def mask(text: str) -> str:
    """`text` with placeholders for personal data of all types, reserved examples included: for showing it to people.

    >>> mask("Bob: bob@example.com")
    'Bob: [EMAIL]'
    """
    return scrub(text, reserved=True).text


def scrub(
    text: str,
    *,
    types: Sequence[str] = TYPES,
    regions: Sequence[str] = REGIONS,
    reserved: bool = False,
) -> Scrubbed:
    """`text` with placeholders for `types` (of TYPES), and where they are; national phone formats of `regions`."""
    edits: list[_Edit] = []
    for turn in count():
        out = _applied(text, edits)
        new = _edits(out, types, regions, reserved=reserved, all_runs=turn >= ROUNDS)
        if not new:
            break
        edits = sorted([*edits, *_in_original(new, edits)])
    return Scrubbed(out, list(_spans(edits)))


def _edits(out: str, types: Sequence[str], regions: Sequence[str], *, reserved: bool, all_runs: bool) -> list[_Edit]:
    """One round: the edits of `out`, left to right."""
    view = json_view(out)
    hits = _hits(view.text if view else out, types, regions, reserved=reserved, all_runs=all_runs)
    names = _Names(out)
    wanted = [hit for hit in hits if hit.type in types and (reserved or not hit.reserved)]
    return [_edit(out, hit, view, names) for hit in wanted if view is None or _is_whole(view, hit)]


def _is_whole(view: JsonView, hit: Hit) -> bool:
    """Whether a match outside of strings is all of a JSON number: ``-415`` and ``415e9`` cannot be replaced in part."""
    around = view.text[max(0, hit.start - 1) : hit.start] + view.text[hit.end : hit.end + 1]
    return view.place[hit.start] != OUTSIDE or not set(around) & set("+-.eE")


def candidates(texts: pl.Series) -> pl.Series:
    """Which texts may hold personal data at all (Boolean): an "@" in a word, or seven digits with separators."""
    found = texts.str.contains(_SEVEN)
    rows = (texts.str.contains(_HIDDEN) & ~found).arg_true()
    some = texts.gather(rows)
    there = some.str.contains(_AT) | some.str.contains(_SEVEN_WIDE) | some.str.contains(_ESCAPED)
    return found.scatter(rows, there).fill_null(False)


def _hits(text: str, types: Sequence[str], regions: Sequence[str], *, reserved: bool, all_runs: bool) -> list[Hit]:
    """Matches left to right without overlaps; where two detectors match, e-mail, card, SSN, phone in this order."""
    if not text.isascii():
        text = text.translate(_PLAIN)
    runs = digit_runs(text)
    if not runs and "@" not in text:
        return []
    taken, found = bytearray(len(text)), []
    for url in _URL.finditer(text) if runs else ():
        taken[url.start() : url.end()] = _IN_URL * (url.end() - url.start())
    wholes = _whole(runs, types) if all_runs else ()
    calls = phones(text, runs, regions, reserved=reserved) if "PHONE" in types else ()
    for hit in chain(emails(text), wholes, cards(text, runs), ssns(text, runs), calls):
        there = taken[hit.start : hit.end]
        if any(there) and (hit.type != "EMAIL" or there.strip(_IN_URL)):
            continue
        taken[hit.start : hit.end] = _TAKEN * (hit.end - hit.start)
        found.append(hit)
    return sorted(found)


def _whole(runs: Sequence[Run], types: Sequence[str]) -> list[Hit]:
    """All runs, as the most likely of the wanted types."""
    kind = next((kind for kind in ("PHONE", "CREDIT_CARD", "SSN") if kind in types), None)
    return [Hit(start, end, kind) for start, end in runs] if kind else []


class _Names:
    """Placeholders for keys of a JSON object, numbered from the second: two keys must not become one."""

    def __init__(self, out: str) -> None:
        self._out = out
        self._last: dict[str, int] = {}

    def key(self, kind: str) -> str:
        self._last[kind] = last = self._last.get(kind, self._highest(kind)) + 1
        return f"[{kind}]" if last == 1 else f"[{kind}_{last}]"

    def _highest(self, kind: str) -> int:
        return max(map(_number_of, re.findall(rf"\[{kind}(?:_(\d{{1,9}}))?\]", self._out)), default=0)


def _number_of(suffix: str) -> int:
    return int(suffix or 1)


def _edit(out: str, hit: Hit, view: JsonView | None, names: _Names) -> _Edit:
    """The edit of `out` for a match in its view."""
    if view is None:
        bare = _KEY_BEFORE.search(out, max(0, hit.start - 8), hit.start) and _VALUE_END.match(out, hit.end)
        return _quoted(hit) if bare else _Edit(hit.start, hit.end, hit.type, f"[{hit.type}]")
    start, end = view.raw[hit.start], view.raw[hit.end]
    place = view.place[hit.start]
    if place == OUTSIDE:
        return _quoted(hit._replace(start=start, end=end))
    return _Edit(start, end, hit.type, names.key(hit.type) if place == KEY else f"[{hit.type}]")


def _quoted(hit: Hit) -> _Edit:
    """A bare JSON number becomes a JSON string."""
    return _Edit(hit.start, hit.end, hit.type, f'"[{hit.type}]"', lead=1)


def _applied(text: str, edits: Sequence[_Edit]) -> str:
    pieces, at = [], 0
    for edit in edits:
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, text[at:]])


def _in_original(new: Sequence[_Edit], edits: Sequence[_Edit]) -> Iterator[_Edit]:
    """Edits of the text that `edits` made, in positions of the text before; both are left to right."""
    shift, done = 0, 0
    for edit in new:
        while done < len(edits) and edits[done].start + shift < edit.start:
            shift += edits[done].growth
            done += 1
        yield edit._replace(start=edit.start - shift, end=edit.end - shift)


def _spans(edits: Sequence[_Edit]) -> Iterator[Span]:
    shift = 0
    for edit in edits:
        yield Span(edit.start, edit.end, edit.type, edit.start + shift + edit.lead)
        shift += edit.growth
