"""Nearness in time: the factor that the distance between two publication dates puts on a score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field


class Nearness(BaseModel):
    """The setting of the time factor, ``(1 + days)**-power``.

    The factor has no scale of its own: one day more matters among days as one year more among
    years. It is symmetric and at most 1, so it is part of relatedness and the search stays exact.
    With ``power`` None each archive gets its own, learned without judgments: ``learned_power``.

    Examples
    --------
    >>> factor(0.0, 0.1), round(factor(1.0, 0.1), 3), round(factor(365.0, 0.1), 3)
    (1.0, 0.933, 0.554)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    power: float | None = Field(None, ge=0, le=2)


def factor(distance: float, power: float) -> float:
    """Return the time factor (0 to 1) of two articles published ``distance`` days apart."""
    return float((1 + distance) ** -power)


def learned_power(
    distances: NDArray[np.float32], random: NDArray[np.float32], most: float = 0.2
) -> float:
    """Return the power (0 to ``most``) that an archive's dates support.

    ``distances`` are days between articles with similar text, ``random`` days between any two.
    The power is a tenth of the difference of their mean logarithms. It is 0 where similar
    articles are no nearer in time, as when dates say only when a page was last touched.

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
