"""What a gate wants, as people write it.

>= 0.85            the value itself
<= 2 %             likewise
>= base - 5%       beside the base model on the same items: a drop of 5 % of the base's value at most
>= base - 0.02     likewise, of 2 points
>= baseline        beside a saved run
"""

import re
from typing import Literal, NamedTuple

from bloomery.errors import RecipeError

_FORM = re.compile(
    r"\s*(?P<op>>=|<=|≥|≤)\s*(?:(?P<of>base|baseline)\b\s*)?(?:(?P<sign>[-+−])?\s*(?P<number>\d+(?:\.\d+)?|\.\d+)\s*(?P<percent>%)?)?\s*"
)


class Wanted(NamedTuple):
    """A threshold."""

    op: Literal[">=", "<="]
    of: Literal["base", "baseline"] | None  #: beside what; None: the value itself
    number: float  #: the threshold, or what is added to the other's value (with its sign); 0.05 for 5 %
    relative: bool  #: whether `number` is a part of the other's value

    def __str__(self) -> str:
        """As people write it."""
        if self.of is None:
            return f"{self.op} {self.number:g}"
        if not self.number:
            return f"{self.op} {self.of}"
        size = f"{100 * abs(self.number):g}%" if self.relative else f"{abs(self.number):g}"
        return f"{self.op} {self.of} {'-' if self.number < 0 else '+'} {size}"


def wanted(text: str, *, gate: str) -> Wanted:
    """The threshold that `text` says; RecipeError where it says none.

    >>> wanted(">= base - 5%", gate="regression.*")
    Wanted(op='>=', of='base', number=-0.05, relative=True)
    >>> str(wanted("<= 2 %", gate="unscored.rate"))
    '<= 0.02'
    """
    found = _FORM.fullmatch(text)
    if not found or (found["of"] is None and (found["number"] is None or found["sign"] == "+")):
        raise _unreadable(text, gate)
    if found["of"] is not None and found["number"] is not None and not found["sign"]:
        raise _unreadable(text, gate)
    op: Literal[">=", "<="] = ">=" if found["op"] in (">=", "≥") else "<="
    number = float(found["number"] or 0) / (100 if found["percent"] else 1)
    signed = -number if found["sign"] in ("-", "−") else number
    of: Literal["base", "baseline"] | None = found["of"]  # type: ignore[assignment]
    return Wanted(op, of, signed, bool(of and found["percent"]))


def _unreadable(text: str, gate: str) -> RecipeError:
    return RecipeError(
        f"The gate {gate} cannot be read",
        expected="a threshold such as '>= 0.85', '<= 2 %', '>= base - 5%' or '>= baseline'",
        found=repr(text[:60]),
    )
