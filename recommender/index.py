"""Index: the rows of a model and their neighbours, and newer rows, searched exactly as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recommender.approximate import Closeness, approximate_graph
from recommender.graph import neighbour_graph
from recommender.kernel import SLACK, Times
from recommender.memory import give_back
from recommender.nearness import Nearness, factor, learned_power
from recommender.postings import Searchable, search_among
from recommender.rows import Rows, Vectors
from recommender.segment import Found, Segment
from recommender.tokens import Progress

_SAMPLE = 500
# Where no more than one in so many rows may be found, these are read one by one.
_FEW = 128
# So many newer rows have their lists made to see whether another row is in them.
_LOOKED = 16


@dataclass(frozen=True)
class Index:
    """Vectors, their postings, when each was published, and the stored graph.

    ``neighbours`` (n x k, int32) holds each row's nearest others, best first, -1 where it has no
    more, and ``scores`` (n x k, float32) their dot products times nearness in time, 0 there;
    ``bars`` (float32) are the last of each row. The rows of ``newer`` articles come after these
    n; ``times`` are of all. ``closeness`` tells how near an approximate graph is to the exact one;
    None if it is exact.
    """

    vectors: Rows
    postings: Searchable
    times: Times
    neighbours: NDArray[np.int32]
    scores: NDArray[np.float32]
    bars: NDArray[np.float32]
    newer: Segment
    kept: dict[int, Found] = field(default_factory=dict)
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
        # What the rows were made of is much, and freed by now.
        give_back()
        postings = Searchable.of(vectors, jobs)
        times = _times(vectors, postings, days, nearness.power, jobs)
        if approximate:
            graph = approximate_graph(vectors, postings, times, k, jobs, progress)
        else:
            graph = neighbour_graph(vectors, times, k, jobs, progress)
        closeness = Closeness.of(graph, vectors, postings, times) if approximate else None
        bars = graph.scores[:, -1].copy()
        newer = Segment(len(vectors))
        return cls(vectors, postings, times, *graph, bars, newer, closeness=closeness)

    def added(self, vectors: Vectors, days: NDArray[np.float32]) -> Index:
        """Return the index with newer rows."""
        days = np.concatenate([self.times.days, days])
        days.setflags(write=False)
        times = self.times._replace(days=days)
        return replace(self, times=times, newer=self.newer.added(vectors), kept=dict(self.kept))

    def row(self, row: int) -> Vectors:
        """Return one row."""
        return self.vectors.row(row) if row < len(self.vectors) else self.newer.row(row)

    def nearest(self, row: int, k: int) -> Found:
        """Return a row's ``k`` nearest others (fewer when no more are related) and their scores.

        What is stored answers if it is long enough, and newer rows are put among it; else a search.
        """
        day = float(self.times.days[row])
        rows, scores = self._stored(row)
        most = self.neighbours.shape[1]
        if k > most and len(rows) == most:
            return self.search(self.row(row), day, k, row=row)
        if len(self.newer):
            newer = self.newer.search(self.row(row), day, self.times, most, None, row)
            if len(rows) == most:
                # From the last that is stored on there may be others that are not.
                newer = [(which[s > scores[-1]], s[s > scores[-1]]) for which, s in newer]
            rows, scores = _best([(rows, scores), *newer], most)
        return rows[:k], scores[:k]

    def _stored(self, row: int) -> Found:
        """Return a row's nearest of the model's own rows, as many as the graph stores."""
        if row < len(self.vectors):
            rows, scores = self.neighbours[row], self.scores[row]
            size = len(rows) if rows[-1] >= 0 else int(np.count_nonzero(rows >= 0))
            return rows[:size], scores[:size]
        found = self.kept.get(row)
        if found is None:
            day, most = float(self.times.days[row]), self.neighbours.shape[1]
            found = self.kept[row] = self._search_own(self.row(row), day, most, None, -1)
        return found

    def _search_own(
        self, query: Vectors, day: float, k: int, factors: NDArray[np.float32] | None, row: int
    ) -> Found:
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
    ) -> Found:
        """Search all rows: see ``Searchable.search``."""
        found = self._search_own(query, day, k, factors, row)
        if not len(self.newer):
            return found
        newer = self.newer.search(query, day, self.times, k, factors, row)
        return _best([found, *newer], k)

    def touched(self, row: int) -> tuple[Found, bool]:
        """Return the rows in whose lists a row is, or was, or would be, and its scores.

        Of newer rows whose lists nobody asked for yet only the nearest are looked at; it is told
        whether there are no others.
        """
        query, day, n = self.row(row), float(self.times.days[row]), len(self.vectors)
        times = self.times._replace(days=self.times.days[:n])
        found = [self.postings.reached(query, day, times, self.bars)]
        found += self.newer.search(query, day, self.times, len(self.newer), None, row)
        rows, scores = _best(found, len(self.times.days))
        most, looked = self.neighbours.shape[1], 0
        near = rows != row
        for at in np.flatnonzero((rows >= n) & near).tolist():
            looked += int(rows[at]) not in self.kept
            known = looked <= _LOOKED or int(rows[at]) in self.kept
            near[at] = known and self._reaches(int(rows[at]), scores[at], most)
        return (rows[near], scores[near]), looked <= _LOOKED

    def _reaches(self, row: int, score: np.float32, most: int) -> bool:
        rows, scores = self._stored(row)
        return len(rows) < most or bool(scores[-1] <= score + SLACK)

    def place(self, row: int, score: float, counted: NDArray[np.bool_]) -> int:
        """Return how many of a row's stored nearest score more; ``counted`` is a mask of all."""
        rows, scores = self._stored(row)
        return int(np.count_nonzero(counted[rows] & (scores > score + SLACK)))


def _best(found: Sequence[Found], k: int) -> Found:
    """Return the best ``k`` of several lists."""
    rows = np.concatenate([each[0] for each in found])
    scores = np.concatenate([each[1] for each in found])
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def _times(
    vectors: Rows,
    postings: Searchable,
    days: NDArray[np.float32],
    power: float | None,
    jobs: int | None,
) -> Times:
    """Settle the power, and the factor of the undated: the mean of dated neighbours' factors.

    So the undated neither gain nor lose. Both are learned from the nearest ten of up to
    ``_SAMPLE`` dated articles, evenly spaced.
    """
    flat = Times(days, np.float32(0), np.float32(1))
    if np.isnan(days).all():
        return flat
    if power is None:
        near, random = _distances(vectors, postings, flat, jobs)
        power = learned_power(near, random)
    times = Times(days, np.float32(power), np.float32(1))
    if power and np.isnan(days).any():
        near, _ = _distances(vectors, postings, times, jobs)
        usual = np.mean([factor(float(distance), power) for distance in near] or [1.0])
        times = times._replace(unknown=np.float32(usual))
    return times


def _distances(
    vectors: Rows, postings: Searchable, times: Times, jobs: int | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return days between sampled dated articles and their neighbours, and between any of them."""
    from joblib import Parallel, delayed

    dated_only = (~np.isnan(times.days)).astype(np.float32)
    (dated,) = np.nonzero(dated_only)
    spread = np.linspace(0, len(dated) - 1, min(_SAMPLE, len(dated))).astype(np.int64)
    sample = dated[spread]

    def apart(row: int) -> NDArray[np.float32]:
        query, day = vectors.row(row), times.days[row]
        others, _ = postings.search(query, day, times, 10, factors=dated_only, row=row)
        found: NDArray[np.float32] = times.days[others] - day
        return found

    none = np.zeros(0, np.float32)
    near = Parallel(n_jobs=jobs, backend="threading")(map(delayed(apart), sample.tolist()))
    between = np.subtract.outer(times.days[sample], times.days[sample])
    others_than_itself = ~np.eye(len(sample), dtype=bool)
    return np.abs(np.concatenate([none, *near])), np.abs(between[others_than_itself])
