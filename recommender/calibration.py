"""Calibration: from a score to the probability that an editor would have linked the item."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field


class Calibration(BaseModel):
    """A logistic curve over the logarithm of the score (Platt, 1999): monotone in the score.

    Examples
    --------
    >>> curve = Calibration(intercept=1.0, slope=2.0)
    >>> curve.probability(0.2) < curve.probability(0.4)
    True
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    intercept: float
    slope: float = Field(gt=0)

    def probability(self, score: float) -> float:
        """Return the probability (0 to 1) of a score above 0."""
        # The logistic function as tanh, which does not overflow.
        return 0.5 * (1 + math.tanh((self.intercept + self.slope * math.log(score)) / 2))
