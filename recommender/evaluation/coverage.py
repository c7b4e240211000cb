"""Coverage: how much of the archive the lists reach, and how evenly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.search.graph import appearances


@dataclass(frozen=True)
class Coverage:
    """How evenly the lists of all articles cover the archive.

    ``covered`` is the share of articles in at least one list, ``orphans`` the number in none;
    ``gini`` is 0 if all appear equally often and near 1 if one takes every place; ``mean_length``
    is in articles, and ``full`` the share of lists without an empty place.
    """

    covered: float
    orphans: int
    gini: float
    mean_length: float
    full: float


def coverage(lists: NDArray[np.int32]) -> Coverage:
    """Measure the lists (n x k rows, -1 for an empty place) of all n articles.

    Examples
    --------
    >>> coverage(np.array([[1], [0], [0], [-1]]))
    Coverage(covered=0.5, orphans=2, gini=0.5833333333333334, mean_length=0.75, full=0.75)
    """
    n = len(lists)
    full = float((lists >= 0).all(axis=1).mean())
    counts = appearances(lists)
    orphans = int(np.count_nonzero(counts == 0))
    return Coverage((n - orphans) / n, orphans, _gini(counts), int(counts.sum()) / n, full)


def _gini(counts: NDArray[np.int64]) -> float:
    """Return the Gini coefficient: the mean difference of two counts over twice their mean.

    It is 0 if all counts are 0.
    """
    if not counts.any():
        return 0.0
    n = len(counts)
    place = np.arange(1, n + 1)
    return float((2 * place - n - 1) @ np.sort(counts) / (n * counts.sum()))
