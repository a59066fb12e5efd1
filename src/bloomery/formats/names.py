"""Finding columns by name: ``Question`` plays the prompt, ``sentence_1`` is ``sentence1``.

Names are compared without case, blanks, dots, hyphens and underscores. Only whether *most* of the sample carries a column
counts, so one odd row does not decide a source.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bloomery.formats.base import Claim, Format, Record
from bloomery.text.counted import counted

Test = Callable[[Any], bool]


def fold(name: str) -> str:
    """The form in which column names are compared.

    >>> fold("Best Answer") == fold("best_answer")
    True
    """
    return "".join(char for char in name.casefold() if char.isalnum())


def columns_of(sample: Sequence[Record]) -> dict[str, str]:
    """Folded name -> name, for the columns that at least half of the sample has, in order of appearance."""
    counts: dict[str, int] = {}
    for record in sample:
        for name in record:
            counts[name] = counts.get(name, 0) + 1
    found: dict[str, str] = {}
    for name, count in counts.items():
        if 2 * count >= len(sample):
            found.setdefault(fold(name), name)
    return found


def find(found: Mapping[str, str], names: Iterable[str], *, taken: Iterable[str] = ()) -> str | None:
    """The first of `names` among the columns `found`, as it is spelt in the data, that is not `taken`."""
    spelt = (found.get(fold(name)) for name in names)
    return next((name for name in spelt if name is not None and name not in set(taken)), None)


def rename(columns: Mapping[str, str | None]) -> dict[str, str]:
    """A column mapping without the columns that are absent or already have their standard name."""
    return {standard: name for standard, name in columns.items() if name is not None and name != standard}


def weigh(
    form: Format, sample: Sequence[Record], test: Callable[[Record], bool], weight: float, what: str
) -> Claim | None:
    """A claim whose score is the share of rows that pass `test`, times how telling the columns are (`weight`).

    None where fewer than half of the rows pass.
    """
    hits = sum(map(test, sample))
    if hits == 0 or 2 * hits < len(sample):
        return None
    return Claim(form, weight * hits / len(sample), f"{what} in {hits} of {counted(len(sample), 'row')}")


def quoted(names: Iterable[str]) -> str:
    """``'a', 'b' and 'c'``."""
    spelt = [repr(name) for name in names]
    return " and ".join([", ".join(spelt[:-1]), spelt[-1]] if len(spelt) > 1 else spelt)
