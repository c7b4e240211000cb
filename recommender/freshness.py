"""Freshness: what the age of an article leaves of its score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.nearness import DAY, UNDATED

# Past so many half-lives a factor falls no further: float32 must still tell it from 0.
_MOST = 64


def freshness(
    published: NDArray[np.int64], now: int, half_life_days: float, usual: int = UNDATED
) -> NDArray[np.float32]:
    """Return ``0.5 ** (age / half_life_days)`` (float32), above 0 and at most 1.

    ``published`` and ``now`` are microseconds since 1970; what is published after ``now`` has no
    age. The undated count as published at ``usual``; if that is unknown too, they have no age.

    Examples
    --------
    >>> week = 7 * DAY
    >>> freshness(np.array([week, 0, 2 * week]), week, 7.0)
    array([1. , 0.5, 1. ], dtype=float32)
    """
    usual = now if usual == UNDATED else usual
    ages = (now - np.where(published == UNDATED, usual, published)).astype(np.float32)
    ages *= np.float32(-1 / (DAY * half_life_days))
    return np.exp2(np.clip(ages, -_MOST, 0, out=ages), out=ages)
