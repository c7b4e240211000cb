"""Calibration: from a score to the probability that an editor would have linked the item."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from recommender.evaluation import Qrels

if TYPE_CHECKING:
    from recommender.recommender import Recommender

_LISTED = 10
_BINS = 10


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
        """Return the probability of a score above 0."""
        # The logistic function as tanh, which does not overflow.
        return 0.5 * (1 + math.tanh((self.intercept + self.slope * math.log(score)) / 2))

    def error(self, model: Recommender, qrels: Qrels) -> float:
        """Return the expected calibration error on judgments: told against seen, in ten bins."""
        scores, linked = _listed(model, qrels)
        told = np.array([self.probability(score) for score in scores])
        bins = np.array_split(np.argsort(told, kind="stable"), _BINS)
        gaps = [len(at) * abs(told[at].mean() - linked[at].mean()) for at in bins if len(at)]
        return float(sum(gaps) / max(1, len(told)))


def fit_calibration(model: Recommender, qrels: Qrels) -> Calibration | None:
    """Fit the curve to the lists of judged articles; None when scores do not tell."""
    from sklearn.linear_model import LogisticRegression

    scores, linked = _listed(model, qrels)
    if not 0 < linked.sum() < len(linked):
        return None
    fitted = LogisticRegression(C=np.inf).fit(np.log(scores)[:, None], linked)
    slope = float(fitted.coef_[0, 0])
    if slope <= 0:
        return None
    return Calibration(intercept=round(float(fitted.intercept_[0]), 4), slope=round(slope, 4))


def _listed(model: Recommender, qrels: Qrels) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the score of every item in the judged articles' lists, and which are linked."""
    scores: list[float] = []
    linked: list[bool] = []
    for query, judged in qrels.items():
        rows, found = model.index.nearest(model.articles.row(query), _LISTED)
        scores += found.astype(float).tolist()
        linked += [judged.get(model.articles.ids[row], 0) > 0 for row in rows.tolist()]
    return np.array(scores), np.array(linked, bool)
