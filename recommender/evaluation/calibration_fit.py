"""Fitting a calibration to judgments, and its error on others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.calibration import Calibration
from recommender.evaluation.measures import Qrels
from recommender.model import Model

# The items of each judged list, and the bins of the error.
_LISTED = 10
_BINS = 10


def fit_calibration(model: Model, qrels: Qrels) -> Calibration | None:
    """Fit the curve to the lists of judged articles; None where scores and links do not agree."""
    from sklearn.linear_model import LogisticRegression

    scores, linked = _listed(model, qrels)
    if not 0 < linked.sum() < len(linked):
        return None
    fitted = LogisticRegression(C=np.inf).fit(np.log(scores)[:, None], linked)
    slope = float(fitted.coef_[0, 0])
    if slope <= 0:
        return None
    return Calibration(intercept=round(float(fitted.intercept_[0]), 4), slope=round(slope, 4))


def calibration_error(calibration: Calibration, model: Model, qrels: Qrels) -> float:
    """Return the expected calibration error on judgments, in ten bins of equal size."""
    scores, linked = _listed(model, qrels)
    predicted = np.array([calibration.probability(score) for score in scores])
    bins = np.array_split(np.argsort(predicted, kind="stable"), _BINS)
    gaps = [len(at) * abs(predicted[at].mean() - linked[at].mean()) for at in bins if len(at)]
    return float(sum(gaps) / max(1, len(predicted)))


def _listed(model: Model, qrels: Qrels) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the score of every item in the judged articles' lists, and which are linked."""
    scores: list[float] = []
    linked: list[bool] = []
    for query, grades in qrels.items():
        rows, found = model.index.nearest(model.articles.row(query), _LISTED)
        scores += found.astype(float).tolist()
        linked += [grades.get(model.articles.ids[row], 0) > 0 for row in rows.tolist()]
    return np.array(scores), np.array(linked, bool)
