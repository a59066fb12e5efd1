"""The errors on one page; each type names who can mend it, and with that the exit code.

    BloomeryError          the tool failed                          1
    ├── ImbalanceError     fates do not add up: a bug, tell us      1
    ├── NotComputableError  these numbers do not have that statistic  1
    └── UsageError         the user can mend it                     2
        ├── RecipeError        the recipe or a flag
        ├── DataError          the input files
        ├── OutputError        the output folder
        └── MissingExtraError  an optional dependency

A message is one paragraph: what was expected, what was found, what to do next. The command line prints it without a
traceback. A bad *row* is never an error: it is quarantined (unreadable) or dropped (structure), with its reason.
"""

import difflib
from collections.abc import Iterable


class BloomeryError(Exception):
    """Anything this package raises on purpose."""

    exit_code = 1


class ImbalanceError(BloomeryError):
    """``read = kept + dropped + quarantined`` does not hold: a bug in Bloomery or in a user's op."""


class NotComputableError(BloomeryError):
    """A statistic that these data do not have. The message says why; whoever asked reports that in the number's place."""


#: how sentences begin that do not begin with a name or a path of the user's
_BEGINNINGS = ("a", "an", "cannot", "no", "the", "there")


class UsageError(BloomeryError):
    """The user can mend this: a bad recipe, bad data, bad usage."""

    exit_code = 2

    def __init__(self, problem: str, *, expected: str = "", found: str = "", next: str = "") -> None:  # noqa: A002
        """Build the message from its parts; empty parts are left out."""
        self.problem, self.expected, self.found, self.next = problem, expected, found, next
        parts = [problem[:1].upper() + problem[1:] if problem.partition(" ")[0] in _BEGINNINGS else problem]
        parts += [f"Expected {expected}"] * bool(expected) + [f"Found {found}"] * bool(found) + [next] * bool(next)
        super().__init__(" ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in parts))


class RecipeError(UsageError):
    """The recipe, a ``--set`` or a flag is wrong."""


class DataError(UsageError):
    """The input cannot be used: missing, unreadable, empty, or of no known format."""


class OutputError(UsageError):
    """The output folder cannot be used."""


class MissingExtraError(UsageError):
    """An optional dependency is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the extra '{extra}'", next=f"Run: pip install 'bloomery[{extra}]'")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of the `known` names that `name` was probably meant to be, whatever its case."""
    folded = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(name.casefold(), folded, n=1)
    return folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """A question for where `name` is none of the `known` names; `otherwise` if none is near.

    >>> did_you_mean("chatt", ["chat", "text"]), did_you_mean("xml", ["chat", "text"], otherwise="Correct it")
    ("Did you mean 'chat'?", 'Correct it')
    """
    near = nearest(name, known)
    return otherwise if near is None else f"Did you mean '{near}'?"
