# ruff: noqa: E501 (a prompt stands on one line)
"""The suite `capability`: what a model could do before it was tuned, in six categories; all of it made from a seed.

Every item has one right answer that a program can tell, and none of them can be had by repeating the question.
"""

import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from suite_facts import AUTHORS, CAPITALS, MISC, SYMBOLS

MANY = 100
Item = dict[str, Any]
LETTERS = "ABCD"
NAMES = [
    "Ana",
    "Ben",
    "Cleo",
    "Dan",
    "Eva",
    "Finn",
    "Gia",
    "Hugo",
    "Ida",
    "Jon",
    "Kira",
    "Leo",
    "Mia",
    "Nils",
    "Oda",
    "Paul",
    "Rosa",
    "Sam",
    "Tess",
    "Uwe",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MADE_UP = ["blicket", "dax", "wug", "florp", "zib", "tove", "gorp", "mimsy", "quill", "snark"]


def items(rng: random.Random) -> Iterator[Item]:
    """All items."""
    for category, make in CATEGORIES.items():
        seen: set[str] = set()
        while len(seen) < MANY:
            item = make(rng, len(seen))
            asked = str(item["prompt"]).partition("\n\nA)")[0]
            if asked not in seen:
                seen.add(asked)
                yield {"id": f"{len(seen):03d}", "category": category, **item}


def chosen(rng: random.Random, question: str, right: str, wrong: list[str]) -> Item:
    """A question with options."""
    options = [right, *wrong]
    rng.shuffle(options)
    told = dict(zip(LETTERS, options, strict=False))
    listed = "\n".join(f"{letter}) {text}" for letter, text in told.items())
    answer = next(letter for letter, text in told.items() if text == right)
    return {
        "prompt": f"{question}\n\n{listed}\n\nReply with the letter of the right option.",
        "check": {"choice": {"answer": answer, "options": told}},
        "references": [f"{answer}) {right}"],
    }


def from_pool(rng: random.Random, pool: dict[str, str], question: str) -> Item:
    asked = rng.choice(list(pool))
    wrong = rng.sample(sorted({one for one in pool.values() if one != pool[asked]}), 3)
    return chosen(rng, question.format(asked), pool[asked], wrong)


def general_knowledge(rng: random.Random, k: int) -> Item:
    if k < 40:
        return from_pool(rng, CAPITALS, "What is the capital of {}?")
    if k < 60:
        return from_pool(rng, SYMBOLS, "Which element has the chemical symbol {}?")
    if k < 75:
        return from_pool(rng, AUTHORS, "Who wrote {}?")
    question, right, *wrong = rng.choice(MISC)
    return chosen(rng, question, right, wrong)


def number(prompt: str, answer: object) -> Item:
    return {"prompt": prompt, "check": {"number": answer}, "references": [str(answer)]}


def exact(prompt: str, answer: object) -> Item:
    return {"prompt": prompt, "check": {"exact": str(answer)}, "references": [str(answer)]}


def arithmetic(rng: random.Random, k: int) -> Item:
    a, b, c = rng.randint(12, 99), rng.randint(12, 99), rng.randint(3, 9)
    end = " Reply with the number only."
    if k % 5 == 0:
        return number(f"What is {a} + {b} + {c * 17}?{end}", a + b + c * 17)
    if k % 5 == 1:
        return number(f"What is {a * 7} - {b}?{end}", a * 7 - b)
    if k % 5 == 2:
        return number(f"What is {a} × {c}?{end}", a * c)
    if k % 5 == 3:
        return number(f"What is {b * c} divided by {c}?{end}", b)
    name = rng.choice(NAMES)
    thing = rng.choice(["apples", "stamps", "pencils", "tickets", "cards"])
    return number(
        f"{name} buys {c} boxes of {a} {thing} each and gives {b} of the {thing} away. How many {thing} are left?{end}",
        a * c - b,
    )


def reasoning(rng: random.Random, k: int) -> Item:
    return (_order, _syllogism, _weekday, _sequence)[k % 4](rng)


def _order(rng: random.Random) -> Item:
    people = rng.sample(NAMES, 4)
    more, most, least = rng.choice(
        [("taller", "tallest", "shortest"), ("older", "oldest", "youngest"), ("faster", "fastest", "slowest")]
    )
    facts = [f"{one} is {more} than {two}." for one, two in pairwise(people)]
    rng.shuffle(facts)
    end = rng.choice([0, 3])
    asked = (most, least)[end == 3]
    return exact(f"{' '.join(facts)} Who is the {asked}? Reply with the name only.", people[end])


def _syllogism(rng: random.Random) -> Item:
    a, b, c = rng.sample(MADE_UP, 3)
    yes, no, unknown = "Yes", "No", "It cannot be told"
    said, right = rng.choice(
        [
            (f"All {a}s are {b}s. All {b}s are {c}s. Is every {a} a {c}?", yes),
            (f"All {a}s are {b}s. No {b} is a {c}. Is any {a} a {c}?", no),
            (f"All {a}s are {b}s. Some {b}s are {c}s. Is any {a} a {c}?", unknown),
            (f"Some {a}s are {b}s. All {b}s are {c}s. Is any {a} a {c}?", yes),
            (f"No {a} is a {b}. All {c}s are {b}s. Is any {c} a {a}?", no),
        ]
    )
    return chosen(rng, said, right, [one for one in (yes, no, unknown) if one != right])


def _weekday(rng: random.Random) -> Item:
    today, days = rng.randrange(7), rng.randint(8, 60)
    return exact(
        f"Today is {DAYS[today]}. Which day of the week is it in {days} days? Reply with the day only.",
        DAYS[(today + days) % 7],
    )


def _sequence(rng: random.Random) -> Item:
    start, step = rng.randint(1, 20), rng.randint(2, 9)
    rows: list[Callable[[int], int]] = [
        lambda n: start + step * n,
        lambda n: start * 2**n,
        lambda n: (start + n) ** 2,
        lambda n: 200 + start - step * n,
    ]
    row = rng.choice(rows)
    shown = ", ".join(str(row(n)) for n in range(5))
    return number(f"Which number comes next: {shown}? Reply with the number only.", row(5))


THINGS = [
    "bicycles",
    "rivers",
    "bread",
    "winter",
    "moons",
    "chess",
    "coffee",
    "trains",
    "bees",
    "gardens",
    "football",
    "libraries",
    "maps",
    "volcanoes",
    "clouds",
    "pianos",
    "whales",
    "bridges",
    "postcards",
    "islands",
]
WORDS = ["green", "early", "quiet", "strong", "bright", "gentle", "careful", "old", "wooden", "small"]
BANNED = ["very", "good", "nice", "always", "really", "never", "thing", "big"]
LISTS = (
    "fruits", "colours", "countries in Europe", "animals with four legs", "musical instruments", "kinds of tree", "sports",
    "vegetables", "languages", "things found in a kitchen", "professions", "months of the year", "birds", "tools", "metals",
    "rivers", "drinks", "pieces of clothing", "kinds of weather", "means of transport",
)  # fmt: skip
KEYS = ("name", "size", "colour", "age", "price", "country", "year", "weight")


def instruction_following(rng: random.Random, k: int) -> Item:
    about = rng.choice(THINGS)
    many = rng.randint(3, 7)
    if k % 5 == 0:
        return {
            "prompt": f"List exactly {many} {rng.choice(LISTS)}, one a line, each line beginning with a hyphen and a blank. Write nothing else.",
            "check": {"count": {"items": many, "lines": many}},
        }
    if k % 5 == 1:
        most = rng.choice([8, 10, 12, 15])
        return {
            "prompt": f"Describe {about} in one sentence of at most {most} words that has the word “{about}” in it. Write nothing else.",
            "check": {"count": {"words": [3, most], "lines": 1}, "contains_all": [about]},
        }
    if k % 5 == 2:
        keys = rng.sample(KEYS, 3)
        return {
            "prompt": f"Invent an example about {about} as one JSON object with exactly the keys {', '.join(keys[:2])} and {keys[2]}. "
            "Reply with the JSON only.",
            "check": {"json": {"keys": keys}},
        }
    if k % 5 == 3:
        word, banned = rng.choice(WORDS), rng.choice(BANNED)
        return {
            "prompt": f"Write one sentence about {about} that has the word “{word}” in it and does not have the word “{banned}”.",
            "check": {"contains_all": [word], "not_contains": [banned], "count": {"words": [4, 60]}},
        }
    word = rng.choice(WORDS)
    return {
        "prompt": f"Write a poem about {about} of exactly {many} lines, without a title and without blank lines. "
        f"The word “{word}” must be in it.",
        "check": {"count": {"lines": many}, "contains_all": [word]},
    }


CITIES = ["Leeds", "Graz", "Porto", "Turku", "Ghent", "Lyon", "Basel", "Cork", "Bergen", "Zadar"]
GOODS = ["lamp", "kettle", "chair", "tent", "router", "jacket", "camera", "desk", "drill", "radio"]


def extraction(rng: random.Random, k: int) -> Item:
    name, other = rng.sample(NAMES, 2)
    order = f"{rng.choice('ABCDEFGH')}{rng.randint(1000, 9999)}"
    good, city = rng.choice(GOODS), rng.choice(CITIES)
    day, month = rng.randint(1, 28), rng.choice(["March", "June", "October", "December"])
    price = f"{rng.randint(15, 400)}.{rng.choice(['00', '50', '95'])}"
    text = rng.choice(
        [
            f"Hello, this is {name} from {city}. On {day} {month} I ordered a {good} (order {order}) for {price} euros, "
            f"and {other} at your desk told me it was on its way. It has not come.",
            f"Order {order}: one {good}, {price} euros, bought on {day} {month}. To be sent to {name}, {city}. Packed by {other}.",
            f"{other} noted on the phone: customer {name}, {city}, wants to return the {good} of {day} {month}. "
            f"The order is {order}, the price was {price} euros.",
        ]
    )
    fields: dict[str, str] = {
        "number of the order": order, "name of the customer": name, "city": city, "price in euros": price, "product": good,
    }  # fmt: skip
    if k % 3 == 2:
        return {
            "prompt": f"{text}\n\nGive the order number and the city as a JSON object with the keys order and city. Reply with the JSON only.",
            "check": {"json": {"equals": {"order": order, "city": city}}},
            "references": [f'{{"order": "{order}", "city": "{city}"}}'],
        }
    asked = rng.choice(list(fields))
    return exact(f"{text}\n\nWhat is the {asked}? Reply with it and nothing else.", fields[asked])


def code_reading(rng: random.Random, k: int) -> Item:
    code = (_loop, _slice, _comprehension, _function, _table)[k % 5](rng)
    told: list[str] = []
    exec(code, {"print": lambda *said: told.append(" ".join(map(str, said)))})  # code that was made above
    return exact(f"What does this Python program print? Reply with what it prints and nothing else.\n\n{code}", told[0])


def _loop(rng: random.Random) -> str:
    first, last, step = rng.randint(0, 5), rng.randint(8, 20), rng.randint(2, 4)
    return f"total = {rng.randint(0, 9)}\nfor n in range({first}, {last}, {step}):\n    total += n\nprint(total)"


def _slice(rng: random.Random) -> str:
    word = rng.choice(["furnace", "notebook", "gardener", "sandwich", "platform", "keyboard"])
    a, b = rng.randint(0, 2), rng.randint(4, 6)
    return f'word = "{word}"\nprint(word[{a}:{b}]{rng.choice(["", ".upper()", "[::-1]"])})'


def _comprehension(rng: random.Random) -> str:
    numbers = [rng.randint(1, 30) for _ in range(6)]
    least, times = rng.randint(5, 20), rng.randint(2, 5)
    return f"numbers = {numbers}\nprint(sum(n * {times} for n in numbers if n > {least}))"


def _function(rng: random.Random) -> str:
    a, b = rng.randint(2, 9), rng.randint(10, 40)
    return f"def step(n):\n    if n % 2:\n        return n * 3 + 1\n    return n // 2\n\n\nprint(step(step({b})) + {a})"


def _table(rng: random.Random) -> str:
    names = rng.sample(["red", "blue", "green", "black"], 3)
    values = {name: rng.randint(1, 20) for name in names}
    other = rng.choice([*names, "white"])
    return f'stock = {values}\nstock["{names[0]}"] += {rng.randint(1, 9)}\nprint(stock.get("{other}", 0))'


CATEGORIES: dict[str, Callable[[random.Random, int], Item]] = {
    "general_knowledge": general_knowledge,
    "reasoning": reasoning,
    "arithmetic": arithmetic,
    "instruction_following": instruction_following,
    "extraction": extraction,
    "code_reading": code_reading,
}
