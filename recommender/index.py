"""Index: the rows of a model and their neighbours, searched exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender import kernel
from recommender.graph import Progress, neighbour_graph, transposed
from recommender.kernel import Postings, Times
from recommender.nearness import Nearness, factor, learned_power
from recommender.vectors import Vectors

_SAMPLE = 500


@dataclass(frozen=True)
class Index:
    """Vectors, their postings, when each was published, and the stored graph.

    ``neighbours`` (n x k, int32) holds each row's nearest others, best first, -1 where it has no
    more, and ``scores`` (n x k, float32) their dot products times nearness in time, 0 there.
    """

    vectors: Vectors
    postings: Postings
    times: Times
    neighbours: NDArray[np.int32]
    scores: NDArray[np.float32]

    @classmethod
    def build(
        cls,
        vectors: Vectors,
        days: NDArray[np.float32],
        nearness: Nearness,
        k: int,
        jobs: int | None = None,
        progress: Progress | None = None,
    ) -> Index:
        """Make the postings and the graph of some rows; ``days`` is NaN for the undated."""
        postings, places = transposed(vectors)
        times = _times(vectors, postings, days, nearness.power)
        lists = neighbour_graph(vectors, postings, places, times, k, jobs, progress)
        return cls(vectors, postings, times, lists.rows, lists.scores)

    def nearest(self, row: int, k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return a row's ``k`` nearest others (fewer when no more are related) and their scores.

        A graph row answers if it is long enough, the kernel if not.
        """
        stored, scores = self.neighbours[row], self.scores[row]
        if k > len(stored) and stored[-1] >= 0:
            return self.search(self.vectors.row(row), self.times.days[row], k, row=row)
        size = min(k, int(np.count_nonzero(stored >= 0)))
        return stored[:size], scores[:size]

    def search(
        self,
        query: Vectors,
        day: float,
        k: int,
        *,
        factors: NDArray[np.float32] | None = None,
        row: int = -1,
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the ``k`` rows nearest to a query of one row, exactly, and their scores.

        ``day`` is the query's (days since 1970, NaN for undated); ``factors`` (float32, one a row,
        0 to 1) multiply the scores before the best are chosen, so that 0 keeps a row out; ``row``
        is the query's own, which is left out.
        """
        return _search(query, day, self.postings, self.times, k, factors, row)


def _search(
    query: Vectors,
    day: float,
    postings: Postings,
    times: Times,
    k: int,
    factors: NDArray[np.float32] | None,
    row: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    lists = kernel.empty_lists(1, min(k, len(times.days)))
    kernel.search(
        query.indptr,
        query.indices,
        query.data,
        np.array([day], np.float32),
        postings,
        times,
        np.zeros(0, np.float32) if factors is None else factors,
        np.array([row]),
        lists,
    )
    kernel.sort(lists)
    return lists.rows[0, : lists.sizes[0]], lists.scores[0, : lists.sizes[0]]


def _times(
    vectors: Vectors, postings: Postings, days: NDArray[np.float32], power: float | None
) -> Times:
    """Settle the power, and the factor of the undated: the mean of dated neighbours' factors.

    So the undated neither gain nor lose. Both are learned from the nearest ten of up to
    ``_SAMPLE`` dated articles, evenly spaced.
    """
    flat = Times(days, np.float32(0), np.float32(1))
    if np.isnan(days).all():
        return flat
    if power is None:
        near, random = _distances(vectors, postings, flat)
        power = learned_power(near, random)
    times = Times(days, np.float32(power), np.float32(1))
    if power and np.isnan(days).any():
        near, _ = _distances(vectors, postings, times)
        usual = np.mean([factor(float(distance), power) for distance in near] or [1.0])
        times = times._replace(unknown=np.float32(usual))
    return times


def _distances(
    vectors: Vectors, postings: Postings, times: Times
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return days between sampled dated articles and their neighbours, and between any of them."""
    dated_only = (~np.isnan(times.days)).astype(np.float32)
    (dated,) = np.nonzero(dated_only)
    spread = np.linspace(0, len(dated) - 1, min(_SAMPLE, len(dated))).astype(np.int64)
    sample = dated[spread]
    near = [np.zeros(0, np.float32)]
    for row in sample.tolist():
        day = times.days[row]
        others, _ = _search(vectors.row(row), day, postings, times, 10, dated_only, row)
        near.append(times.days[others] - day)
    between = np.subtract.outer(times.days[sample], times.days[sample])
    return np.abs(np.concatenate(near)), np.abs(between[~np.eye(len(sample), dtype=bool)])
