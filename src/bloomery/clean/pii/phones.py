"""Phone numbers.

Ten digits are not a phone number. A run of digits and separators is taken for one only if the numbering plan of a
region knows it (the phonenumbers library) *and* it is written like one:

- with an international prefix (+44, 0044, 011 44), any region;
- in the shape of the North American plan: 415-555-2671, (415) 555-2671, 415.555.2671;
- ten digits or more with separators and a trunk zero or an area code in parentheses: 020 7946 1234, (0755) 8312 3456,
  (11) 91234-5678;
- as a Chinese mobile number in its usual groups: 138-1234-5678;
- in any other way, bare digits included, if a word such as "phone", "call", "WhatsApp" or "电话" labels it.

Not taken: numbers in URLs; parts of identifiers, decimals and times; dates, year ranges, IP addresses, steps such as
01 02 03 04 05; what a word such as "order", "ISBN" or "account" labels.

Reserved, so nobody's: exchange 555-01xx (ATIS-0300115) and area code 555. Numbers that other countries keep for drama
(020 7946 0xxx) are valid numbers by every other measure and are replaced like any.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain, pairwise
from typing import NamedTuple

import phonenumbers

from bloomery.clean.pii.span import DIGITS, Hit, Run, stands_alone, trimmed

#: where national formats are looked for, besides +international ones. ISO 3166: the United Kingdom is GB.
REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "SE", "AU", "IN", "CN", "JP", "KR", "BR", "MX")

#: at home, numbers of these have a trunk zero; bare digits without it are something else (the seconds since 1970)
_WITH_ZERO = frozenset({"GB", "IE", "DE", "FR", "NL", "BE", "CH", "AT", "SE", "FI", "AU", "NZ", "JP", "KR", "ZA"})

_EXTENSION = re.compile(r",? ?(?:x|ext\.?|extension) ?\d{1,6}(?![A-Za-z0-9_])", re.IGNORECASE)
_STRONG_BREAK = re.compile(r"\t+| {2,}| ?/ ?| - |\. |(?<=\d)\) (?=\d\d? ?[-.(])")
_NANP = re.compile(r"(?:1[ .-]?)?(?:\([2-9]\d\d\)[ -]?|[2-9]\d\d([ .-]))\d{3}[ .-]?\d{4}")
_NANP_SHAPE = re.compile(r"(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}([.-]))\d{3}[.-]\d{4}(?![.-]?\d)")
_CHINESE_MOBILE = re.compile(r"1[3-9]\d([ -])\d{4}\1\d{4}")
_MONTH, _DAY = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_NOT_A_NUMBER = re.compile(
    rf"(?:1[89]|20)\d\d[-/.]{_MONTH}[-/.]{_DAY}(?!\d).*|{_MONTH}[-/.]{_DAY}[-/.](?:1[89]|20)\d\d(?!\d).*|"  # dates
    rf"{_DAY}[-/.]{_MONTH}[-/.](?:1[89]|20)\d\d(?!\d).*|"
    r"(?:1[5-9]|20)\d\d ?- ?(?:1[5-9]|20)\d\d|"  # years
    r"\d{1,3}(?:\.\d{1,3}){3}|"  # IP addresses
    r"(?:0|[1-9]\d{0,2})\.\d{4,}|"  # decimals
    r"\d{3}-\d{2}-\d{4}"  # the shape of a social security number, valid or not
)
_LABELS = (
    r"phones?|telephone|tel|mobile|cell(?:phone|ular)?|call(?:ed|ing)?|fax|hotline|helpline|whatsapp|sms|dial|contact|"
    r"reach (?:me|us|him|her|them)|telefon|handy|téléphone|portable|teléfono|telefono|móvil|celular|telefone|mobil|"
    r"cellulare|telefoon|ring"
)
_LABEL = re.compile(
    rf"(?<![\w\[])(?:{_LABELS})(?![a-z\]])|(?:phone|_tel|mobile)(?:[_ -]?(?:no|num|number))?[\"']?\s*[:=]|"
    r"电话|手机|联系|拨打|致电|热线|電話|携帯|ファックス|전화|휴대폰|연락처|телефон|тел\.",
    re.IGNORECASE,
)
#: a label on the line above, or behind: "Phone:\n60 12 34", "60 12 34 (fax)", "60 12 34-Office"
_LABEL_ABOVE = re.compile(rf"(?<![a-z])(?:{_LABELS}|desk|office)(?: (?:no\.?|number))?:\s{{1,4}}$", re.IGNORECASE)
_LABEL_AFTER = re.compile(r"[ -]?\(?(?:phone|fax|cell|mobile|office|desk)(?![a-z])", re.IGNORECASE)
_OTHER_LABEL = re.compile(
    r"(?<![a-z])(?:order|invoice|account|acct|isbn|issn|doi|iban|serial|tracking|ref(?:erence)?|id|sku|version|ip|"
    r"section|ticket|case|model|part|patent|policy|passport|license|zip|vin|imei|isin|uid|date|timestamp|pi|π|"
    r"订单|订单号|编号|账号|身份证)(?:\s*(?:no|nr|num|number|code))?[\"']?\s*[.:#=-]*\s*[\"'(]?$",
    re.IGNORECASE,
)
_NEAR, _LONGEST_LABEL, _LONGEST = 30, 48, 40
_FEWEST, _MOST = 7, 17
_INTERNATIONAL = re.compile(r"\(?(?:\+|00|011[ -])\(?(?=[1-9])")
_TRUNK = re.compile(r"\(?0[1-9]\d{0,3}\)?(?:[ ./-]{1,3}\d{2,8}){1,5}")
_AREA = re.compile(r"\(\d{2,4}\)[ -]?\d{3,5}[ -]?\d{3,4}")

#: E.164 without "+": exchange 555-01xx, and area code 555, which is not in use
_RESERVED = re.compile(r"1(?:\d{3}55501\d\d|555\d{7})")


class _Wish(NamedTuple):
    """The regions whose national formats are known, and whether reserved numbers go too."""

    regions: tuple[str, ...]
    reserved: bool

    def freed(self, hit: Hit, free: int) -> int:
        """Up to where the text is gone, once `hit` is found."""
        return hit.end if self.reserved or not hit.reserved else free


def phones(
    text: str, runs: Sequence[Run], regions: Sequence[str] = REGIONS, *, reserved: bool = False
) -> Iterator[Hit]:
    """Phone numbers in the digit runs of `text`; `regions` are ISO 3166 codes whose national formats are known.

    What is found is as good as gone (reserved examples only if `reserved`): the next number may be glued to it.
    """
    wish, free = _Wish(tuple(regions), reserved), 0
    for start, end in runs:
        for hit in _in_run(text, max(start, free), end, wish, free):
            yield hit
            free = wish.freed(hit, free)


def _in_run(text: str, start: int, end: int, wish: _Wish, free: int) -> Iterator[Hit]:
    """The run as one number; else what stands between its strong breaks, each as one number or as shapes in it."""
    if whole := _phone(text, *trimmed(text, start, end), wish, free):
        yield whole
        return
    breaks = chain(_STRONG_BREAK.finditer(text, start, end), [None])
    for found in breaks:
        stop = found.start() if found else end
        for hit in _in_piece(text, *trimmed(text, max(start, free), stop), wish, free):
            yield hit
            free = wish.freed(hit, free)
        start = found.end() if found else end


def _in_piece(text: str, start: int, end: int, wish: _Wish, free: int) -> Iterator[Hit]:
    """The piece as one number; else North American shapes in it, also right behind another: ``2671(415) 555-2672``."""
    if whole := _phone(text, start, end, wish, free):
        yield whole
        return
    while match := _NANP_SHAPE.search(text, start, end):
        hit = None if _in_number(text, match.start(), free) else _phone(text, *match.span(), wish, free)
        start = hit.end if hit else match.start() + 1
        if hit:
            yield hit
            free = wish.freed(hit, free)


def _in_number(text: str, start: int, free: int) -> bool:
    """Whether the digits before `start` go on there."""
    before = text[max(free, start - 2) : start]
    return before[-1:] in DIGITS or (before[-1:] in (".", "-") and before[0] in DIGITS)


def _phone(text: str, start: int, end: int, wish: _Wish, free: int) -> Hit | None:
    """The number that is all of ``text[start:end]``, with its extension, or None; what ends at `free` is gone."""
    if end - start > _LONGEST:
        return None
    if text.startswith("(", start) and ")" not in text[start:end]:
        start += 1
    extension = _EXTENSION.match(text, end)
    stop = extension.end() if extension else end
    piece = text[start:end]
    digits = _digits(piece)
    if not _FEWEST <= len(digits) <= _MOST or not stands_alone(text, start, stop, free):
        return None
    if _NOT_A_NUMBER.fullmatch(piece) or _is_steps(piece):
        return None
    number = _international(piece)
    if number is None and not _is_something_else(text, start):
        number = _national(piece, digits, wish.regions, partial(_is_labelled, text, start, stop))
    return None if number is None else Hit(start, stop, "PHONE", _RESERVED.fullmatch(number) is not None)


def _is_labelled(text: str, start: int, end: int) -> bool:
    """Whether a word next to the number, with no other number between, says that it is a phone number."""
    near = text[max(0, start - _NEAR) : start]
    if _LABEL_ABOVE.search(near) or _LABEL_AFTER.match(text, end):
        return True
    return _LABEL.search(re.split(r"[\d\n]", near)[-1]) is not None


def _is_something_else(text: str, start: int) -> bool:
    """Whether the word before the number says what it is, and that is not a phone number."""
    return _OTHER_LABEL.search(text, max(0, start - _LONGEST_LABEL), start) is not None


def _international(piece: str) -> str | None:
    """E.164 digits of a valid number written with its country code."""
    prefix = _INTERNATIONAL.match(piece)
    return _valid("+" + _digits(piece[prefix.end() :].replace("(0)", "")), None) if prefix else None


def _national(piece: str, digits: str, regions: tuple[str, ...], is_labelled: Callable[[], bool]) -> str | None:
    """E.164 digits of a valid number written as at home, if it is written like a phone number or labelled as one."""
    if _NANP.fullmatch(piece):
        if digits[-10:-7] == "555":
            return "1" + digits[-10:]
        return _first_valid(digits, _north_american(regions)) or (
            _first_valid(digits, regions) if is_labelled() else None
        )
    shaped = len(digits) >= 10 and any(shape.fullmatch(piece) for shape in (_TRUNK, _AREA, _CHINESE_MOBILE))
    if len(digits) == len(piece) and digits[0] != "0":
        regions = tuple(r for r in regions if r not in _WITH_ZERO)
    return _first_valid(digits, regions) if shaped or ("/" not in piece and is_labelled()) else None


@lru_cache(maxsize=64)
def _north_american(regions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(region for region in regions if phonenumbers.country_code_for_region(region) == 1)


@lru_cache(maxsize=1 << 17)  # what a megabyte holds: a second round asks for the same numbers again
def _first_valid(digits: str, regions: tuple[str, ...]) -> str | None:
    return next((number for region in regions if _may_be(digits, region) and (number := _valid(digits, region))), None)


def _may_be(digits: str, region: str) -> bool:
    """Whether the digits end like a number of the region: rules most out at a tenth of the cost of parsing."""
    ending = _ending(region)
    return digits[0] == "0" or ending is None or ending.search(digits) is not None


@lru_cache(maxsize=512)
def _ending(region: str) -> re.Pattern[str] | None:
    """A number of the region's country code, at the end; None where the plan rewrites or redirects what is dialled."""
    code = phonenumbers.country_code_for_region(region)
    numbers = []
    for sharing in phonenumbers.region_codes_for_country_code(code):
        plan = phonenumbers.PhoneMetadata.metadata_for_region(sharing)
        desc = plan and plan.general_desc
        if not (plan and desc and desc.national_number_pattern) or plan.national_prefix_transform_rule:
            return None
        if not (plan.international_prefix or "").startswith("0"):
            return None
        numbers.append(desc.national_number_pattern)
    return re.compile(rf"(?:{'|'.join(numbers)})\Z")


@lru_cache(maxsize=16_384)
def _valid(digits: str, region: str | None) -> str | None:
    """E.164 digits without "+" if the numbering plan has such a number."""
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number)
    return f"{number.country_code}{phonenumbers.national_significant_number(number)}" if valid else None


def _is_steps(piece: str) -> bool:
    """``01 02 03 04 05``: counting, not calling."""
    groups = [int(group) for group in re.findall(r"\d+", piece)]
    return len(groups) >= 4 and len({two - one for one, two in pairwise(groups)}) == 1


def _digits(text: str) -> str:
    return "".join(c for c in text if c in DIGITS)
