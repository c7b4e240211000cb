"""Nearness in time: articles of one time belong together; the factor it puts on a score."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from recommender.kernel import Times

# Microseconds since 1970 of an article without a date.
UNDATED = np.iinfo(np.int64).min
_DAY = 86_400_000_000


def microseconds(time: datetime | None) -> int:
    """Return an aware time as microseconds since 1970, exactly.

    Examples
    --------
    >>> from datetime import UTC
    >>> microseconds(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    if time is None:
        return int(UNDATED)
    whole = int(time.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + time.microsecond


def days(published: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return microseconds since 1970 as days (float32), NaN for the undated."""
    found = (published / _DAY).astype(np.float32)
    return np.where(published == UNDATED, np.float32(np.nan), found)


class Nearness(BaseModel):
    """How much distance in time takes from a score: ``1 - sum(share * (1 - exp(-days/scale)))``.

    It is symmetric and at most 1, so it is part of relatedness and the search stays exact.

    Examples
    --------
    >>> Nearness().factor(0.0), round(Nearness().factor(365.0), 3)
    (1.0, 0.81)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shares: tuple[float, ...] = (0.3,)
    scales: tuple[float, ...] = (365.0,)

    @model_validator(mode="after")
    def _is_a_factor(self) -> Self:
        if len(self.shares) != len(self.scales):
            raise ValueError("as many shares as scales are needed")
        if min(self.shares, default=0) < 0 or sum(self.shares) > 1:
            raise ValueError("shares are 0 or more and add up to at most 1")
        if min(self.scales, default=1) <= 0:
            raise ValueError("scales are days, above 0")
        return self

    def factor(self, distance: float) -> float:
        """Return the factor of two articles ``distance`` days apart."""
        lost = (
            s * (1 - np.exp(-distance / t)) for s, t in zip(self.shares, self.scales, strict=True)
        )
        return float(1 - sum(lost))

    def times(self, days: NDArray[np.float32], unknown: float = 1.0) -> Times:
        """Return what the kernels take; ``unknown`` is the factor where a date is missing."""
        return Times(
            days,
            np.array(self.shares, np.float32),
            np.array(self.scales, np.float32),
            np.float32(1 - sum(self.shares)),
            np.float32(unknown),
        )
