"""Coverage: whether lists reach the whole archive, or the same few articles again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.search.graph import appearances


@dataclass(frozen=True)
class Coverage:
    """How the lists of all articles spread over the archive.

    ``covered`` is the share of articles in somebody's list, ``orphans`` the number in nobody's;
    ``gini`` is 0 when all appear equally often and near 1 when one takes every place;
    ``mean_length`` is in articles, and ``full`` the share of lists that have no place left.
    """

    covered: float
    orphans: int
    gini: float
    mean_length: float
    full: float


def coverage(lists: NDArray[np.int32]) -> Coverage:
    """Measure lists of rows (n x k, -1 where a list has no more), one for each of n articles.

    Examples
    --------
    >>> coverage(np.array([[1], [0], [0], [-1]]))
    Coverage(covered=0.5, orphans=2, gini=0.5833333333333334, mean_length=0.75, full=0.75)
    """
    n = len(lists)
    full = float((lists >= 0).all(axis=1).mean())
    often = appearances(lists)
    orphans = int(np.count_nonzero(often == 0))
    return Coverage((n - orphans) / n, orphans, _gini(often), int(often.sum()) / n, full)


def _gini(counts: NDArray[np.int64]) -> float:
    """Return the mean difference of two counts over twice their mean, 0 where all are 0."""
    if not counts.any():
        return 0.0
    n = len(counts)
    place = np.arange(1, n + 1)
    return float((2 * place - n - 1) @ np.sort(counts) / (n * counts.sum()))
