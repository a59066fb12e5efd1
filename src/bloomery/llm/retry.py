"""When a call is tried again, and after how long."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: statuses that may be another next time
TRANSIENT = frozenset({408, 409, 425, 429}) | frozenset(range(500, 600)) - {501, 505}
_FIRST, _LONGEST = 0.5, 30.0


def transient(status: int) -> bool:
    """Whether a refusal may be another next time.

    >>> [status for status in (400, 401, 404, 429, 500, 503) if transient(status)]
    [429, 500, 503]
    """
    return status in TRANSIENT


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that the server asks to wait: a number, or a date (RFC 9110, 10.2.3); None where it tells neither.

    >>> retry_after({"retry-after": "7"}), retry_after({"retry-after": "soon"}), retry_after({"retry-after": "-3"})
    (7.0, None, 0.0)
    >>> retry_after({"retry-after": "Fri, 27 Nov 2026 12:00:30 GMT"}, datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC))
    30.0
    """
    told = headers.get("retry-after", "").strip()
    try:
        seconds = float(told)
    except ValueError:
        try:
            date = parsedate_to_datetime(told)
        except ValueError:
            return None
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = (date - (now or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if seconds < float("inf") else None


def wait(tries: int) -> float:
    """Seconds before the next try after `tries`, where the server says nothing: doubling, and spread, so that calls part."""
    return min(_FIRST * 2.0**tries, _LONGEST) * random.uniform(0.5, 1.0)  # noqa: S311  # not for secrets
