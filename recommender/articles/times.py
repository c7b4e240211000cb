"""Times: RFC 3339 text, aware datetimes, microseconds since 1970 and days since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

# The publication time of an undated article, in microseconds since 1970.
UNDATED = np.iinfo(np.int64).min
# The publication time of a deleted article.
NEVER = np.iinfo(np.int64).max
# A day in microseconds.
DAY = 86_400_000_000
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def parse_time(value: object) -> object:
    """Parse an RFC 3339 time or a date into an aware UTC datetime.

    A time without a zone is UTC; None and the empty string give None. Anything else raises
    ValueError.

    Examples
    --------
    >>> parse_time("2026-11-20T10:00:00+01:00")
    datetime.datetime(2026, 11, 20, 9, 0, tzinfo=datetime.timezone.utc)
    >>> parse_time("2026-11-20")
    datetime.datetime(2026, 11, 20, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if value is None or value == "":
        return None
    if not isinstance(value, datetime):
        if not isinstance(value, str):
            raise ValueError("not a date or an RFC 3339 time")
        try:
            value = datetime.fromisoformat(value.strip().upper())
        except ValueError:
            raise ValueError("not a date or an RFC 3339 time") from None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the years 1 to 9999") from None


def rfc3339(time: datetime | None) -> str | None:
    """Format an aware time as RFC 3339 in UTC; None stays None.

    Examples
    --------
    >>> rfc3339(datetime(2026, 11, 20, 9, tzinfo=UTC))
    '2026-11-20T09:00:00Z'
    """
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z") if time else None


def microseconds(time: datetime | None) -> int:
    """Return a time as exact microseconds since 1970; None is ``UNDATED``, a naive time UTC.

    Examples
    --------
    >>> microseconds(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    if time is None:
        return int(UNDATED)
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    return (time - _EPOCH) // _MICROSECOND


def to_datetime(published: int) -> datetime | None:
    """Convert microseconds since 1970 to an aware time; ``UNDATED`` and ``NEVER`` give None.

    Examples
    --------
    >>> to_datetime(86_400_000_001)
    datetime.datetime(1970, 1, 2, 0, 0, 0, 1, tzinfo=datetime.timezone.utc)
    """
    if published in (UNDATED, NEVER):
        return None
    return _EPOCH + int(published) * _MICROSECOND


def days(published: NDArray[np.int64]) -> NDArray[np.float32]:
    """Convert microseconds since 1970 to days (float32); ``UNDATED`` becomes NaN."""
    converted = (published / DAY).astype(np.float32)
    return np.where(published == UNDATED, np.float32(np.nan), converted)
