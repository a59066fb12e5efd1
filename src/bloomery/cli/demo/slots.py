"""The details that make a support question particular: products, dates, amounts, places.

All names are invented. Every row draws its own values, and a slot keeps its value throughout the row, so question and
answer speak of the same product and the same date. Nothing here may look like personal data: references carry letters,
amounts a currency, and no value is a long run of digits.
"""

from collections.abc import Callable, Mapping
from random import Random

PRODUCTS = (
    "Tindra hub", "Maple thermostat", "Vessa doorbell", "Brightwell speaker", "Nestor camera", "Solway plug",
    "Pellin scale", "Quellwater purifier", "Rowan router", "Cobble vacuum", "Hedra sensor", "Lumen strip",
    "Marlow blind", "Fenwick kettle", "Sorrel lamp", "Birk smoke alarm", "Corvin lock", "Dapple planter",
)  # fmt: skip
CAMERAS = ("Nestor camera", "Vessa doorbell", "Heron camera", "Pike doorbell", "Linnet camera")
ROUTERS = ("Rowan router", "Tindra hub", "Alder router", "Quince mesh point", "Wicket router")
PLANS = ("Starter", "Home", "Family", "Studio", "Team", "Business", "Basic", "Garden")
CITIES = (
    "Leeds", "Ghent", "Lyon", "Graz", "Porto", "Malmö", "Turku", "Gdańsk", "Basel", "Cork", "Utrecht", "Zaragoza",
    "Kraków", "Århus", "Bergen", "Bologna", "Tartu", "Košice", "Dundee", "Nîmes",
)  # fmt: skip
NAMES = (
    "Ada", "Ingrid", "Tomasz", "Zoë", "Marlon", "Priya", "Søren", "Léonie", "Kofi", "Mirela", "Hugo", "Noor", "Ewa",
    "Bram", "Chiara", "Yusuf", "Wren", "Anneke",
)  # fmt: skip
CARRIERS = ("Swiftlane", "Postwagon", "Redkite", "Norpak", "Blueferry", "Hopper")
BROWSERS = ("Firefox", "Chrome", "Safari", "Edge", "Vivaldi", "Opera")
SYSTEMS = ("Windows", "macOS", "Linux", "Android", "iOS", "ChromeOS")
ROOMS = ("kitchen", "attic", "study", "bedroom", "garage", "cellar", "hallway", "studio", "nursery", "workshop")
COLOURS = ("green", "red", "white", "blue", "violet", "yellow", "turquoise", "pink")
PARTS = ("power supply", "lid", "bracket", "front cover", "dial", "filter", "hinge", "base plate", "cable", "latch")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
CURRENCIES = ("£{}.{:02d}", "€{}.{:02d}", "${}.{:02d}", "{}.{:02d} CHF")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def _ref(rng: Random) -> str:
    return f"{rng.choice(LETTERS)}{rng.choice(LETTERS)}-{rng.randrange(10_000, 99_999)}"


def _amount(rng: Random) -> str:
    return rng.choice(CURRENCIES).format(rng.randrange(4, 400), rng.choice((0, 20, 50, 90, 95, 99)))


def _version(rng: Random) -> str:
    return f"{rng.randrange(1, 12)}.{rng.randrange(20)}"


def _pick(values: tuple[str, ...]) -> Callable[[Random], str]:
    return lambda rng: values[int(rng.random() * len(values))]


def _between(low: int, high: int) -> Callable[[Random], str]:
    return lambda rng: str(low + int(rng.random() * (high - low)))


_DRAW: Mapping[str, Callable[[Random], str]] = {
    "product": _pick(PRODUCTS),
    "camera": _pick(CAMERAS),
    "router": _pick(ROUTERS),
    "plan": _pick(PLANS[:4]),
    "plan2": _pick(PLANS[4:]),
    "city": _pick(CITIES),
    "name": _pick(NAMES),
    "carrier": _pick(CARRIERS),
    "browser": _pick(BROWSERS),
    "os": _pick(SYSTEMS),
    "room": _pick(ROOMS),
    "colour": _pick(COLOURS),
    "part": _pick(PARTS),
    "weekday": _pick(WEEKDAYS),
    "amount": _amount,
    "amount2": _amount,
    "ref": _ref,
    "version": _version,
    "version2": _version,
    "code": lambda rng: f"E{rng.randrange(10, 99)}",
    "date": lambda rng: f"{rng.randrange(1, 29)} {rng.choice(MONTHS)}",
    "time": lambda rng: f"{rng.randrange(6, 23)}:{rng.randrange(0, 60, 5):02d}",
    "days": _between(3, 45),
    "hours": _between(2, 97),
    "n": _between(2, 40),
    "years": _between(2, 11),
    "port": _between(1025, 9000),
}


class Slots(dict[str, str]):
    """Slot values of one row, drawn when first asked for.

    >>> slots = Slots(Random(7))
    >>> slots["product"] == slots["product"]
    True
    """

    def __init__(self, rng: Random) -> None:
        super().__init__()
        self._rng = rng

    def __missing__(self, name: str) -> str:
        value = self[name] = _DRAW[name](self._rng)
        return value
