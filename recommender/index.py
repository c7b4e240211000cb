"""Index: the rows of a model and their neighbours, searched exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.approximate import Closeness, approximate_graph
from recommender.graph import neighbour_graph
from recommender.kernel import Times
from recommender.nearness import Nearness, factor, learned_power
from recommender.postings import Searchable
from recommender.rows import Rows, Vectors
from recommender.tokens import Progress

_SAMPLE = 500


@dataclass(frozen=True)
class Index:
    """Vectors, their postings, when each was published, and the stored graph.

    ``neighbours`` (n x k, int32) holds each row's nearest others, best first, -1 where it has no
    more, and ``scores`` (n x k, float32) their dot products times nearness in time, 0 there.
    ``closeness`` tells how near an approximate graph is to the exact one; None if it is exact.
    """

    vectors: Rows
    postings: Searchable
    times: Times
    neighbours: NDArray[np.int32]
    scores: NDArray[np.float32]
    closeness: Closeness | None = None

    @classmethod
    def build(
        cls,
        vectors: Rows,
        days: NDArray[np.float32],
        nearness: Nearness,
        k: int,
        jobs: int | None = None,
        progress: Progress | None = None,
        *,
        approximate: bool = False,
    ) -> Index:
        """Make the postings and the graph of some rows; ``days`` is NaN for the undated."""
        postings = Searchable.of(vectors)
        times = _times(vectors, postings, days, nearness.power)
        if not approximate:
            return cls(
                vectors, postings, times, *neighbour_graph(vectors, times, k, jobs, progress)
            )
        graph = approximate_graph(vectors, postings, times, k, jobs, progress)
        closeness = Closeness.of(graph, vectors, postings, times)
        return cls(vectors, postings, times, *graph, closeness)

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
        """Search the postings: see ``Searchable.search``."""
        return self.postings.search(query, day, self.times, k, factors=factors, row=row)


def _times(
    vectors: Rows, postings: Searchable, days: NDArray[np.float32], power: float | None
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
    vectors: Rows, postings: Searchable, times: Times
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return days between sampled dated articles and their neighbours, and between any of them."""
    dated_only = (~np.isnan(times.days)).astype(np.float32)
    (dated,) = np.nonzero(dated_only)
    spread = np.linspace(0, len(dated) - 1, min(_SAMPLE, len(dated))).astype(np.int64)
    sample = dated[spread]
    near = [np.zeros(0, np.float32)]
    for row in sample.tolist():
        day = times.days[row]
        others, _ = postings.search(vectors.row(row), day, times, 10, factors=dated_only, row=row)
        near.append(times.days[others] - day)
    between = np.subtract.outer(times.days[sample], times.days[sample])
    return np.abs(np.concatenate(near)), np.abs(between[~np.eye(len(sample), dtype=bool)])
