"""Index: the rows of a model, their stored neighbours, and the live segment, searched as one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recommender.articles.progress import Progress
from recommender.kernels.exact import SLACK
from recommender.kernels.tiling import Tiling
from recommender.kernels.types import Times
from recommender.memory import release_memory
from recommender.search.approximate import GraphQuality, approximate_graph
from recommender.search.graph import neighbour_graph
from recommender.search.nearness import Nearness, factor, learned_power
from recommender.search.postings import Ranking, SearchIndex, best_of, search_among
from recommender.search.segment import LiveSegment
from recommender.vectors.packed import PackedVectors, Vectors

# Rows that are sampled to learn the time factor.
_SAMPLE = 500
# Where at most one in so many rows passes the filters, these are read one by one.
_FEW = 128
# At most so many lists of live rows are computed to see whether another row is in them.
_MOST_COMPUTED = 16


@dataclass(frozen=True)
class Index:
    """Vectors, their postings, their publication times, and the stored neighbour graph.

    ``neighbours`` (n x k, int32) holds each row's nearest others, best first, -1 where it has no
    more, and ``scores`` (n x k, float32) their dot products times the time factor, 0 there;
    ``thresholds`` (float32) are the last score of each row. The rows of the ``live`` segment come
    after these n; ``times`` are of all. ``quality`` is that of an approximate graph, None if the
    graph is exact. ``base_lists`` is a cache: a live row's nearest rows of the model's own.
    """

    vectors: PackedVectors
    postings: SearchIndex
    times: Times
    neighbours: NDArray[np.int32]
    scores: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    live: LiveSegment
    base_lists: dict[int, Ranking] = field(default_factory=dict)
    quality: GraphQuality | None = None

    @classmethod
    def build(
        cls,
        vectors: PackedVectors,
        days: NDArray[np.float32],
        nearness: Nearness,
        k: int,
        jobs: int | None = None,
        progress: Progress | None = None,
        *,
        approximate: bool = False,
        tiling: Tiling | None = None,
    ) -> Index:
        """Build the postings and the graph of some rows; ``days`` is NaN for the undated."""
        # The raw buffers that the rows were made from are free by now (peak memory).
        release_memory()
        postings = SearchIndex.of(vectors, jobs)
        times = _times(vectors, postings, days, nearness.power, jobs)
        quality = None
        if approximate:
            graph = approximate_graph(vectors, postings, times, k, jobs, progress)
            quality = GraphQuality.of(graph, vectors, postings, times)
        else:
            graph = neighbour_graph(vectors, times, k, jobs, progress, tiling)
        thresholds = graph.scores[:, -1].copy()
        live = LiveSegment(len(vectors))
        return cls(vectors, postings, times, *graph, thresholds, live, quality=quality)

    def extended(self, vectors: Vectors, days: NDArray[np.float32]) -> Index:
        """Return the index with live rows after its own."""
        days = np.concatenate([self.times.days, days])
        days.setflags(write=False)
        return replace(
            self,
            times=self.times._replace(days=days),
            live=self.live.extended(vectors),
            base_lists=dict(self.base_lists),
        )

    def row(self, row: int) -> Vectors:
        """Return one row."""
        return self.vectors.row(row) if row < len(self.vectors) else self.live.row(row)

    def nearest(self, row: int, k: int) -> Ranking:
        """Return a row's ``k`` nearest others (fewer where no more are related) and their scores.

        The stored list answers if it is long enough, with live rows merged in; else a search.
        """
        day = float(self.times.days[row])
        rows, scores = self._base_list(row)
        most = self.neighbours.shape[1]
        if k > most and len(rows) == most:
            return self.search(self.row(row), day, k, row=row)
        if len(self.live):
            live = self.live.search(self.row(row), day, self.times, most, None, row)
            if len(rows) == most:
                # Below the last stored score there may be base rows that are not stored.
                live = [(own[s > scores[-1]], s[s > scores[-1]]) for own, s in live]
            rows, scores = best_of([(rows, scores), *live], most)
        return rows[:k], scores[:k]

    def _base_list(self, row: int) -> Ranking:
        """Return a row's nearest of the model's own rows, as many as the graph stores."""
        if row < len(self.vectors):
            rows, scores = self.neighbours[row], self.scores[row]
            size = len(rows) if rows[-1] >= 0 else int(np.count_nonzero(rows >= 0))
            return rows[:size], scores[:size]
        cached = self.base_lists.get(row)
        if cached is None:
            day, most = float(self.times.days[row]), self.neighbours.shape[1]
            cached = self.base_lists[row] = self._search_base(self.row(row), day, most, None, -1)
        return cached

    def _search_base(
        self, query: Vectors, day: float, k: int, factors: NDArray[np.float32] | None, row: int
    ) -> Ranking:
        n = len(self.vectors)
        times = self.times._replace(days=self.times.days[:n])
        own = row if row < n else -1
        if factors is not None:
            factors = factors[:n]
            passing = factors != 0
            if np.count_nonzero(passing) <= n // _FEW:
                chosen = np.flatnonzero(passing)
                others = chosen[chosen != own]
                return search_among(self.vectors, others, query, day, times, k, factors)
        return self.postings.search(query, day, times, k, factors=factors, row=own)

    def search(
        self,
        query: Vectors,
        day: float,
        k: int,
        *,
        factors: NDArray[np.float32] | None = None,
        row: int = -1,
    ) -> Ranking:
        """Search all rows; the arguments are those of ``SearchIndex.search``."""
        base = self._search_base(query, day, k, factors, row)
        if not len(self.live):
            return base
        return best_of([base, *self.live.search(query, day, self.times, k, factors, row)], k)

    def lists_with(self, row: int) -> tuple[Ranking, bool]:
        """Return the rows whose lists have, had or would have a row, with its scores there.

        Of live rows without a cached list only the nearest are checked; the second value says
        whether there are no others.
        """
        query, day, n = self.row(row), float(self.times.days[row]), len(self.vectors)
        times = self.times._replace(days=self.times.days[:n])
        rankings = [self.postings.rows_above(query, day, times, self.thresholds)]
        rankings += self.live.search(query, day, self.times, len(self.live), None, row)
        rows, scores = best_of(rankings, len(self.times.days))
        most, computed = self.neighbours.shape[1], 0
        affected = rows != row
        for at in np.flatnonzero((rows >= n) & affected).tolist():
            cached = int(rows[at]) in self.base_lists
            computed += not cached
            affected[at] = (computed <= _MOST_COMPUTED or cached) and self._would_list(
                int(rows[at]), scores[at], most
            )
        return (rows[affected], scores[affected]), computed <= _MOST_COMPUTED

    def _would_list(self, row: int, score: np.float32, most: int) -> bool:
        rows, scores = self._base_list(row)
        return len(rows) < most or bool(scores[-1] <= score + SLACK)

    def rank_in(self, row: int, score: float, counted: NDArray[np.bool_]) -> int:
        """Return how many of a row's stored nearest have more than a score.

        Only rows of the mask ``counted`` (of all rows) count.
        """
        rows, scores = self._base_list(row)
        return int(np.count_nonzero(counted[rows] & (scores > score + SLACK)))


def _times(
    vectors: PackedVectors,
    postings: SearchIndex,
    days: NDArray[np.float32],
    power: float | None,
    jobs: int | None,
) -> Times:
    """Determine the power, and the factor of the undated: the mean factor of dated neighbours.

    So the undated neither gain nor lose. Both are learned from the nearest ten of up to
    ``_SAMPLE`` dated articles, evenly spaced.
    """
    flat = Times(days, np.float32(0), np.float32(1))
    if np.isnan(days).all():
        return flat
    if power is None:
        distances, random = _distances(vectors, postings, flat, jobs)
        power = learned_power(distances, random)
    times = Times(days, np.float32(power), np.float32(1))
    if power and np.isnan(days).any():
        distances, _ = _distances(vectors, postings, times, jobs)
        mean = np.mean([factor(float(distance), power) for distance in distances] or [1.0])
        times = times._replace(unknown=np.float32(mean))
    return times


def _distances(
    vectors: PackedVectors, postings: SearchIndex, times: Times, jobs: int | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return days between sampled dated articles and their neighbours, and between any two."""
    from joblib import Parallel, delayed

    dated_only = (~np.isnan(times.days)).astype(np.float32)
    (dated,) = np.nonzero(dated_only)
    spread = np.linspace(0, len(dated) - 1, min(_SAMPLE, len(dated))).astype(np.int64)
    sample = dated[spread]

    def distances_of(row: int) -> NDArray[np.float32]:
        query, day = vectors.row(row), times.days[row]
        others, _ = postings.search(query, day, times, 10, factors=dated_only, row=row)
        distances: NDArray[np.float32] = times.days[others] - day
        return distances

    none = np.zeros(0, np.float32)
    near = Parallel(n_jobs=jobs, backend="threading")(map(delayed(distances_of), sample.tolist()))
    between = np.subtract.outer(times.days[sample], times.days[sample])
    not_itself = ~np.eye(len(sample), dtype=bool)
    return np.abs(np.concatenate([none, *near])), np.abs(between[not_itself])
