"""Payment cards and US social security numbers.

A card has a right Luhn digit and stands alone: bare, or in the groups printed on cards. Without a word such as "card"
nearby it also needs the prefix of an issuer (ISO/IEC 7812 ranges as the issuers publish them) and 14 to 16 digits; other
lengths are shared by too many other numbers (EAN-13, 18-digit identity numbers, 19-digit message ids). The test cards
that payment providers publish pass all of this and are replaced too.

A social security number is AAA-GG-SSSS with none of the values that are never issued: area 000, 666, 900 to 999,
group 00, serial 0000 (SSA, POMS RM 10201.035). Written with spaces or without separators it needs "SSN" nearby.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import compress, pairwise

from bloomery.clean.pii.span import Hit, Run, stands_alone

_CARD = re.compile(
    r"\d{4}([ .-])\d{4}\1\d{4}\1\d{2,4}(?:\1\d{1,3})?(?!\d)|\d{4}([ .-])\d{6}\2\d{4,5}(?!\d)|\d{12,19}(?!\d)"
)
_ISSUERS = re.compile(
    r"4\d{15}|"  # Visa
    r"(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|"  # Mastercard, with the 2-series
    r"3[47]\d{13}|"  # American Express
    r"3(?:0[0-59]|[689]\d)\d{11}|"  # Diners Club
    r"(?:6011|64[4-9]\d|65\d\d)\d{12}|"  # Discover
    r"(?:352[89]|35[3-8]\d)\d{12}|(?:2131|1800)\d{11}|"  # JCB
    r"62\d{14}|"  # UnionPay
    r"(?:50|5[6-9]|6\d)\d{14}"  # Maestro
)
_SURE_LENGTHS = (14, 15, 16)
_BOOK = re.compile(r"97[89]\d{10}")
_CARD_WORDS = re.compile(
    r"(?<![a-z])(?:(?:credit ?)?cards?|cc|credit|debit|visa|master ?card|amex|american express|maestro|discover|"
    r"kreditkarte|karten?nummer|carte|tarjeta|cart[aã]o|carta)(?![a-z])|卡号|信用卡|银行卡|借记卡|カード|카드",
    re.IGNORECASE,
)
_SSN = re.compile(r"(?!000|666|9)\d{3}([ -]?)(?!00)\d{2}\1(?!0000)\d{4}(?!\d)")
_SSN_WORDS = re.compile(r"\bSSN\b|social.security", re.IGNORECASE)
#: a specimen in wallets, one in a pamphlet, one in advertising (SSA, "Misused social security numbers")
_SPECIMENS = frozenset({"078051120", "219099999", "457555462"})
_NEAR = 40


def cards(text: str, runs: Sequence[Run]) -> Iterator[Hit]:
    """Card numbers in the digit runs of `text`. A word vouches for what is near it, and a card for its neighbours."""
    found, vouched = [], []
    for match in _matches(_CARD, text, runs):
        digits = re.sub(r"\D", "", match.group())
        if not (luhn(digits) and stands_alone(text, *match.span())) or _BOOK.fullmatch(digits):
            continue
        sure = len(digits) in _SURE_LENGTHS and _ISSUERS.fullmatch(digits)
        found.append(Hit(*match.span(), "CREDIT_CARD"))
        vouched.append(bool(sure or _CARD_WORDS.search(text, max(0, match.start() - _NEAR), match.end() + _NEAR)))
    for one, two in pairwise(range(len(found))):
        vouched[two] |= vouched[one] and found[two].start - found[one].end <= _NEAR
    for two, one in pairwise(reversed(range(len(found)))):
        vouched[one] |= vouched[two] and found[two].start - found[one].end <= _NEAR
    return compress(found, vouched)


def ssns(text: str, runs: Sequence[Run]) -> Iterator[Hit]:
    """US social security numbers in the digit runs of `text`. A word vouches for what follows, and so does a number."""
    vouched = -1  # where the reach of the last number ends
    for match in _matches(_SSN, text, runs):
        if not stands_alone(text, *match.span()):
            continue
        near = match.start() <= vouched or _SSN_WORDS.search(text, max(0, match.start() - _NEAR), match.start())
        if near or match.group(1) == "-":
            hit = Hit(*match.span(), "SSN", reserved=re.sub(r"\D", "", match.group()) in _SPECIMENS)
            vouched = vouched if hit.reserved else hit.end + _NEAR
            yield hit


def _matches(pattern: re.Pattern[str], text: str, runs: Sequence[Run]) -> Iterator[re.Match[str]]:
    return (match for start, end in runs for match in pattern.finditer(text, start, end))


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B).

    >>> luhn("79927398713"), luhn("79927398710")
    (True, False)
    """
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
