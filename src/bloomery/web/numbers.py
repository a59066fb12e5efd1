"""Numbers as people read them: thousands apart, shares that never round to a lie."""

from unicodedata import east_asian_width


def number(value: float) -> str:
    """Whole numbers in full with thousands apart, others with three significant digits.

    >>> number(12345), number(0.12345), number(3.0)
    ('12,345', '0.123', '3')
    """
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def share(part: float, whole: float) -> str:
    """A percentage that says 0 % or 100 % only when it is; "–" of nothing.

    >>> share(1, 8), share(1, 100_000), share(99_999, 100_000), share(0, 5), share(0, 0)
    ('12.5 %', '< 0.1 %', '> 99.9 %', '0 %', '–')
    """
    if not whole:
        return "–"
    percent = 100 * part / whole
    if percent in (0, 100):
        return f"{percent:.0f} %"
    if percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def short(value: float) -> str:
    """For axes: 1, 10, 1.3k, 2M.

    >>> short(75), short(1300), short(56_000), short(2_000_000)
    ('75', '1.3k', '56k', '2M')
    """
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def size(count: int) -> str:
    """Bytes in decimal units.

    >>> size(999), size(1_234), size(56_000_000)
    ('999 B', '1.23 kB', '56 MB')
    """
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} TB"


def words(name: str) -> str:
    """A reason or role as people say it.

    >>> words("too_short")
    'too short'
    """
    return name.replace("_", " ")


def fit(label: str, columns: int) -> str:
    """`label` in at most `columns` columns (wide characters take two), its middle left out if need be.

    >>> fit("raw/2024/tickets.jsonl", 12)
    'raw/2….jsonl'
    """
    if _columns(label) <= columns:
        return label
    head, tail = label[:columns], label[-columns:]
    while _columns(head) + _columns(tail) >= columns:
        head, tail = (head[:-1], tail) if _columns(head) >= _columns(tail) else (head, tail[1:])
    return f"{head}…{tail}"


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
