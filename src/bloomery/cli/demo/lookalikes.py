"""Planted look-alikes: rows that share nearly all their words and yet say different things.

Pairs from one template in which one number, date, amount, "not", product or identifier differs, and with it the answer.
A cleaner that masks numbers, or trusts a similarity of 0.9, removes one of each pair and with it a fact. Half of them are
short, half carry a long shared explanation, so that their similarity lies above the default threshold.
"""

from collections.abc import Iterator

from bloomery.cli.demo.items import Desk, Item

#: Shared explanation of the long ones: the same words on both sides of a pair.
_LONG = (
    " The figure is printed on the last page of the contract and in the app under Plan, where you can also change it at any "
    "time before the next bill is drawn up; whoever shares the household sees the same page and may ask for a copy.",
    " You find the rule in the terms you accepted when the device was registered, together with a short summary for each "
    "country, and a colleague will gladly go through it with you line by line if anything remains unclear afterwards.",
    " Please keep the confirmation until the matter is closed, because the workshop compares it with the label on the box "
    "and with the entry in your account, and a missing page is the most common reason for having to wait longer.",
    "",
)

#: Two questions and their two answers.
Twins = tuple[tuple[str, str], tuple[str, str]]

_CITIES = ("Leeds", "Ghent", "Turku", "Basel", "Cork")
_PLANS = (("Home", "Team"), ("Starter", "Studio"), ("Family", "Business"), ("Home", "Studio"), ("Starter", "Family"))
_LIMITS = ((4, 25), (2, 12), (6, 40), (5, 15), (3, 8))
_DATES = (("3 March", "2 April"), ("12 March", "11 April"), ("28 June", "28 July"), ("1 July", "31 July"))
_BILLS = ((200, 15, 30), (200, 25, 50), (340, 15, 51), (340, 20, 68), (80, 5, 4), (80, 35, 28))
_DAMAGE = ("water damage", "a cracked screen", "a lost charger", "lightning", "theft from a car", "a dropped camera")
_MODELS = (("Tindra hub", "Sorrel lamp"), ("Marlow blind", "Corvin lock"), ("Birk smoke alarm", "Hedra sensor"))
_CALLS = (
    (("cancel an order", "orders.cancel"), ("refund an order", "orders.refund")),
    (("list my devices", "devices.list"), ("list my invoices", "invoices.list")),
    (("mute the alarm", "alarm.mute"), ("arm the alarm", "alarm.arm")),
    (("add a member", "members.add"), ("remove a member", "members.remove")),
)


def plant_lookalikes(desk: Desk) -> None:
    """All kinds of look-alikes."""
    for kind, twins in (
        ("twin_number", _numbers()),
        ("twin_date", _dates()),
        ("twin_amount", _amounts()),
        ("twin_negation", _negations()),
        ("twin_product", _products()),
        ("twin_code", _codes()),
    ):
        for index, pair in enumerate(twins):
            _plant(desk, kind, pair, _LONG[index % len(_LONG)])


def _plant(desk: Desk, kind: str, pair: Twins, more: str) -> None:
    """Two rows of one template, from any sources, with the explanation `more` behind both answers."""
    (ask, tell), (other_ask, other_tell) = pair
    first = desk.add(Item(desk.source(), ask, tell + more, "plans", kind))
    second = desk.add(first.copy(desk.source(), kind, prompt=other_ask, completion=other_tell + more))
    first.against, first.similarity = second, second.similarity


def _numbers() -> Iterator[Twins]:
    for city, plans, limits in zip(_CITIES, _PLANS, _LIMITS, strict=True):
        first, second = (
            (
                f"How many devices can I connect on the {plan} plan in {city}?",
                f"In {city} it covers {n} devices at once.",
            )
            for plan, n in zip(plans, limits, strict=True)
        )
        yield first, second


def _dates() -> Iterator[Twins]:
    for pair in zip(_DATES[::2], _DATES[1::2], strict=True):
        first, second = (
            (f"My order came on {came}. Until when can I return it?", f"It came on {came}, so the last day is {last}.")
            for came, last in pair
        )
        yield first, second


def _amounts() -> Iterator[Twins]:
    for pair in zip(_BILLS[::2], _BILLS[1::2], strict=True):
        first, second = (
            (
                f"My bill is £{total} and I get {share} % off. How much is the discount?",
                f"{share} % of £{total} is £{off}, so that much comes off the bill.",
            )
            for total, share, off in pair
        )
        yield first, second


def _negations() -> Iterator[Twins]:
    for damage in _DAMAGE:
        first, second = (
            (f"Is {damage} covered if I have Care {level}?", f"With Care {level}, {damage} is {word}covered.")
            for level, word in (("Plus", ""), ("Light", "not "))
        )
        yield first, second


def _products() -> Iterator[Twins]:
    for pair in _MODELS:
        first, second = (
            (
                f"How do I reset the {name}?",
                f"To reset the {name}, hold its button for ten seconds until it beeps twice.",
            )
            for name in pair
        )
        yield first, second


def _codes() -> Iterator[Twins]:
    for pair in _CALLS:
        first, second = (
            (
                f"Which call do I use to {deed} from a script?",
                f"Use `client.{call}(id=request.id)` and check `result.ok`.",
            )
            for deed, call in pair
        )
        yield first, second
