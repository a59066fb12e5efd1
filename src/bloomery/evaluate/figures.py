"""Measured numbers as the report of a verdict shows them."""

from bloomery.web.numbers import number


def figure(value: float | None) -> str:
    """A measured number: three decimals, more of a small one.

    >>> figure(0.85), figure(0.0004), figure(1234.5), figure(None), figure(-2.0)
    ('0.850', '0.0004', '1,234', '–', '−2.000')
    """
    if value is None:
        return "–"
    shown = number(value) if 0 < abs(value) < 0.0005 or abs(value) >= 1000 else f"{value:.3f}"
    return shown.replace("-", "−")


def signed(value: float | None) -> str:
    """A difference.

    >>> signed(0.021), signed(-0.3), signed(0.0)
    ('+0.021', '−0.300', '0.000')
    """
    if value is None:
        return "–"
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{figure(abs(value))}"
