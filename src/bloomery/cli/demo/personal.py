"""Planted personal data, and what only looks like it.

Nobody is meant by any of it. E-mail addresses stand under invented domains that are not reserved (a reserved
``example.com`` is nobody's, so it does not count as personal). Phone numbers come from ranges that regulators keep for
films (Ofcom 020 7946 0xxx, Arcep 01 99 00 xx xx, Bundesnetzagentur 030 23125 xxx, PTS 08-465 004 xx, ACMA 0491 570 xxx)
or from the American 555 exchange outside 555-01xx: valid by format, rung by nobody. Card numbers are the published test
numbers of payment providers. Social security numbers have the right shape and are drawn at random.
"""

from random import Random

from bloomery.cli.demo.items import Desk, Item

_USERS = (
    "ada.wenlock", "t.brandvold", "zoe-harkness", "priya_m", "soren.dal", "leonie.vasseur", "k.asante", "noor+orders",
    "Hugo.Lindqvist", "ewa.zawada77", "bram", "chiara.fontanelli", "yusuf.kaplan", "WREN.HOLLIS", "mirela.d",
)  # fmt: skip
_DOMAINS = (
    "tessamoor-mailbox.net", "quillmarsh-post.org", "brindlewick-letters.net", "oakhaven-briefkasten.de",
    "lutterby-inbox.co.uk", "vermeil-courrier.fr", "PELLWORTH-MAIL.COM",
)  # fmt: skip
EMAILS = tuple(f"{user}@{_DOMAINS[i * 3 % len(_DOMAINS)]}" for i, user in enumerate(_USERS))

PHONES = (
    "020 7946 0417", "+44 20 7946 0862", "0161 496 0335", "+44 161 496 0290", "+49 30 23125 417", "+49 (0)30 23125-208",
    "01 99 00 42 17", "+33 1 99 00 63 08", "+46 8 465 004 21", "+46 70 174 06 05", "(212) 555-2368", "+1 415-555-7843",
    "646.555.3391", "312-555-4821", "+1 (780) 555-6612", "+61 491 570 156",
)  # fmt: skip

CARDS = (
    "4242 4242 4242 4242", "4012888888881881", "5555-5555-5555-4444", "5105 1051 0510 5100", "3782 822463 10005",
    "371449635398431", "6011 0009 9013 9424", "2223 0031 2200 3222", "3530 1113 3330 0000", "3056 9309 0259 04",
)  # fmt: skip

_ASK_EMAIL = (
    "Write to {} please.",
    "My address is {}, in case you need it.",
    "Copy in {} as well.",
    "I signed up as {}",
)
_TELL_EMAIL = ("We have sent a copy to {}.", "A note went to {} just now.", "{} is on the list now.")
_ASK_PHONE = ("You can call me on {}.", "My number is {}, after six.", "Ring {} if the driver is lost.", "Tel. {}")
_TELL_PHONE = ("We will ring you on {} tomorrow.", "I have noted {} as the number to call.", "The driver has {} now.")
_ASK_SSN = ("My SSN is {}, for the credit check.", "The form asked for my social security number, {}.")
_ASK_CARD = ("I paid with card {}.", "The card is {}, expiring next spring.", "My card number: {}.")
_TELL_CARD = ("The refund goes back to card {}.", "I see card {} on file.")

_LOOKALIKES = {
    "version number": ("The app says version {}.", ("10.4.2.118", "3.14.159.26", "2024.3.1.8", "5.10.0.2047")),
    "order id": ("My order id is {}.", ("8841-2207-193", "77-204-118-A", "ORD-2024-118-4471", "555-12-B-8812")),
    "IP address": ("The router shows {}.", ("192.0.2.44", "198.51.100.17", "203.0.113.209", "192.168.178.21")),
    "timestamp": ("It failed at {}.", ("2024-03-14 09:26:53", "1710408413", "20240314092653", "14/03/2024 18:02")),
    "reserved e-mail": (
        "Your leaflet says to write to {}.",
        ("someone@example.com", "you@example.org", "name@mail.example.net", "user@localhost.test"),
    ),
    "reserved phone": ("The picture shows the number {}.", ("(212) 555-0142", "555-0187", "415-555-0119", "555-0100")),
    "tracking number": (
        "Tracking says {}.",
        ("1Z 999 AA1 01 2345 6784", "RR123456785GB", "JD0146000044218", "420 902 109 405 511"),
    ),
    "sixteen digits, not a card": (
        "The serial number is {}.",
        ("4539 1488 0343 6468", "8841 2207 1930 5563", "1234567890123456", "4242-4242-4242-4241"),
    ),
    "not an SSN": ("The part number is {}.", ("000-12-3456", "666-45-6789", "912-34-5678", "123-00-4567")),
    "measure": ("It measures {}.", ("120 x 340 x 1850 mm", "12-24-48-96", "3.5 + 2.125", "1 000 000 000")),
}


def plant_personal(desk: Desk) -> None:
    """Rows with personal data in question or answer, and look-alikes that must be left alone."""
    for index in range(24):
        _ask_or_tell(desk, "email", EMAILS[index % len(EMAILS)], (_ASK_EMAIL, _TELL_EMAIL), index)
    for index in range(24):
        _ask_or_tell(desk, "phone", PHONES[index % len(PHONES)], (_ASK_PHONE, _TELL_PHONE), index)
    for index in range(10):
        _ask_or_tell(desk, "ssn", _ssn(desk.rng), (_ASK_SSN, _ASK_SSN), 0 if index else 1)
    for index, card in enumerate(CARDS):
        _ask_or_tell(desk, "card", card, (_ASK_CARD, _TELL_CARD), index)
    for index in range(8):
        _plant_mixed(desk, index)
    for note, (sentence, values) in _LOOKALIKES.items():
        for value in values:
            item = desk.write(kind="pii_lookalike", short=False, note=note)
            item.prompt += " " + sentence.format(value)


def _ssn(rng: Random) -> str:
    """The shape of a valid number: area not 000, 666 or 9xx, group not 00, serial not 0000."""
    return f"{rng.randrange(774, 899)}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}"


def _ask_or_tell(
    desk: Desk, kind: str, value: str, sentences: tuple[tuple[str, ...], tuple[str, ...]], index: int
) -> Item:
    """A row with `value` in the question, or in every third row in the answer."""
    item = desk.write(kind=kind, short=False)
    if index % 3 == 1:
        item.completion += " " + desk.rng.choice(sentences[1]).format(value)
    else:
        item.prompt += " " + desk.rng.choice(sentences[0]).format(value)
    return item


def _plant_mixed(desk: Desk, index: int) -> None:
    """A row with an e-mail address, a phone number and a card."""
    item = desk.write(kind="mixed_pii", short=False)
    email, phone, card = EMAILS[index % len(EMAILS)], PHONES[index * 3 % len(PHONES)], CARDS[index % len(CARDS)]
    item.prompt += f" Reach me at {email} or {phone}, not at work."
    item.completion += f" We have {phone} and {email} on file, and card {card} for the refund."
