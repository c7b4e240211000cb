"""Calibration fit: learn a calibration from judgments, and measure its error on others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.calibration import Calibration
from recommender.evaluation.measures import Qrels
from recommender.model import Model

# The length of each judged list, and the number of bins of the error.
_LISTED = 10
_BINS = 10


def fit_calibration(model: Model, qrels: Qrels) -> Calibration | None:
    """Fit a curve to the lists of judged articles, or return None if that is impossible.

    It is impossible if every item is related (grade above 0), if none is, or if a higher score is
    not related more often.
    """
    from sklearn.linear_model import LogisticRegression

    scores, linked = _listed(model, qrels)
    if not 0 < linked.sum() < len(linked):
        return None
    regression = LogisticRegression(C=np.inf).fit(np.log(scores)[:, None], linked)
    slope = float(regression.coef_[0, 0])
    if slope <= 0:
        return None
    return Calibration(intercept=round(float(regression.intercept_[0]), 4), slope=round(slope, 4))


def calibration_error(calibration: Calibration, model: Model, qrels: Qrels) -> float:
    """Return the expected calibration error (0 to 1) on judgments, in ten bins of equal size."""
    scores, linked = _listed(model, qrels)
    predicted = np.array([calibration.probability(score) for score in scores])
    bins = np.array_split(np.argsort(predicted, kind="stable"), _BINS)
    gaps = [
        len(items) * abs(predicted[items].mean() - linked[items].mean())
        for items in bins
        if len(items)
    ]
    return float(sum(gaps) / max(1, len(predicted)))


def _listed(model: Model, qrels: Qrels) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the score of every item in the judged articles' lists, and which are linked."""
    scores: list[float] = []
    linked: list[bool] = []
    for query, grades in qrels.items():
        rows, row_scores = model.index.nearest(model.articles.row(query), _LISTED)
        scores += row_scores.astype(float).tolist()
        linked += [grades.get(model.articles.ids[row], 0) > 0 for row in rows.tolist()]
    return np.array(scores), np.array(linked, bool)
