"""Nearness in time: articles of one time belong together; the factor it puts on a score."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

# Microseconds since 1970 of an article without a date.
UNDATED = np.iinfo(np.int64).min
# When an article that is deleted will be published.
NEVER = np.iinfo(np.int64).max
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
# A day in microseconds.
DAY = 86_400_000_000


def microseconds(time: datetime | None) -> int:
    """Return a time as microseconds since 1970, exactly; a naive one is taken as UTC.

    Examples
    --------
    >>> microseconds(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    if time is None:
        return int(UNDATED)
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    return (time - _EPOCH) // _MICROSECOND


def moment(published: int) -> datetime | None:
    """Return the time of microseconds since 1970, None of ``UNDATED`` and ``NEVER``.

    Examples
    --------
    >>> moment(86_400_000_001)
    datetime.datetime(1970, 1, 2, 0, 0, 0, 1, tzinfo=datetime.timezone.utc)
    """
    if published in (UNDATED, NEVER):
        return None
    return _EPOCH + int(published) * _MICROSECOND


def days(published: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return microseconds since 1970 as days (float32), NaN for the undated."""
    found = (published / DAY).astype(np.float32)
    return np.where(published == UNDATED, np.float32(np.nan), found)


class Nearness(BaseModel):
    """How much distance in time takes from a score: ``(1 + days)**-power``.

    It has no scale of its own: one day more matters among days as one year more among years. It is
    symmetric and at most 1, so it is part of relatedness and the search stays exact. Without a
    given ``power`` an archive gets its own, learned without judgments: see ``learned_power``.

    Examples
    --------
    >>> factor(0.0, 0.1), round(factor(1.0, 0.1), 3), round(factor(365.0, 0.1), 3)
    (1.0, 0.933, 0.554)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    power: float | None = Field(None, ge=0, le=2)


def factor(distance: float, power: float) -> float:
    """Return the factor of two articles ``distance`` days apart."""
    return float((1 + distance) ** -power)


def learned_power(
    distances: NDArray[np.float32], random: NDArray[np.float32], most: float = 0.2
) -> float:
    """Return how much nearness in time tells of relatedness in an archive, 0 to ``most``.

    ``distances`` are days between articles near in text, ``random`` between any two. Where the
    first are no smaller, dates mean nothing (when a page was last touched, say), and the power
    is 0; it is a tenth of the difference of their mean logarithms.

    Examples
    --------
    >>> learned_power(np.full(9, 2.0), np.full(9, 2.0)), learned_power(np.zeros(9), np.full(9, 99))
    (0.0, 0.2)
    """
    if not len(distances) or not len(random):
        return 0.0
    nearer = np.log1p(random, dtype=np.float64).mean()
    nearer -= np.log1p(distances, dtype=np.float64).mean()
    return float(np.clip(nearer / 10, 0, most))
