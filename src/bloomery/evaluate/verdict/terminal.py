"""A verdict on the terminal: verdict and reasons first, then the gates, then what to know."""

from bloomery.evaluate.verdict.words import HEAD, Told, beside, cells, title
from bloomery.text.one_line import one_line
from bloomery.web.visible import shown

_LONGEST = 600  # characters of a sentence
_NAME = 80  # of a name in the table


def first(told: Told) -> list[str]:
    """The verdict, and why."""
    lines = [f"verdict  {_line(title(told))}"]
    return lines + [f"reason   {_line(one)}" for one in told["reasons"]]


def rows(told: Told) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of gates, columns that are empty in all of them left out."""
    found = [[shown(one_line(cell), _NAME) for cell in cells(gate)] for gate in told["gates"]]
    kept = [k for k in range(len(HEAD)) if k < 2 or any(row[k] for row in found)]
    return [HEAD[k] for k in kept], [[row[k] for k in kept] for row in found]


def last(told: Told) -> list[str]:
    """What is below the gates."""
    return [f"note     {_line(one)}" for one in beside(told)]


def _line(text: str) -> str:
    return shown(one_line(text), _LONGEST)
