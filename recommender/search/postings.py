"""Postings: the inverted index of an archive, and the exact search through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.kernels import scatter, search
from recommender.kernels.inverting import invert
from recommender.kernels.packing import frequencies, longest_of
from recommender.kernels.topk import empty_heaps, sorted_top
from recommender.kernels.types import Heaps, InvertedIndex, Postings, Query, SlotRange, Times
from recommender.vectors.packed import PackedVectors, Vectors
from recommender.vectors.weighting import CODEBOOK

# Rows of a block: their sums stay in a core's second cache. Stored models are cut by it.
BLOCK = 1 << 16
# The best rows (int32), by score descending, then row ascending, and their scores (float32).
Ranking = tuple[NDArray[np.int32], NDArray[np.float32]]


def inverted(
    rows: PackedVectors,
    chosen: SlotRange,
    block: int,
    df: NDArray[np.int32],
    order: NDArray[np.int64] | None = None,
) -> Postings:
    """Return the postings of the columns whose slots are chosen, by blocks of ``block`` rows.

    ``df`` (int32) is each column's document frequency. Rows are counted in their ``order``
    (int64), if there is one.
    """
    if order is None:
        order = np.arange(len(rows))
    blocks = max(1, -(-len(rows) // block))
    entries = entries_of(chosen, df)
    local: NDArray[np.generic] = np.empty(entries, np.uint16 if block <= 1 << 16 else np.int32)
    levels = np.empty(entries, np.uint8)
    places = np.uint32 if entries < 1 << 32 else np.int64
    begins: NDArray[np.generic] = np.zeros(blocks * (chosen.high - chosen.low) + 1, places)
    postings = Postings(begins, local, levels)
    invert(rows.arrays, order, chosen, df, block, postings)
    return postings


def entries_of(chosen: SlotRange, df: NDArray[np.int32]) -> int:
    """Return how many entries the columns have whose slots are chosen."""
    slots, low, high = chosen
    return int(np.sum(df, where=(slots >= low) & (slots < high)))


@dataclass(frozen=True)
class SearchIndex:
    """An archive's postings, searched exactly; memory-mapped in a model.

    Columns below ``width`` (the commonest words) are in ``dense``, by blocks of ``block`` rows,
    the rest in ``sparse``, all rows one block.
    """

    width: int
    dense: Postings
    sparse: Postings
    block: int = BLOCK
    codebook: NDArray[np.float32] = field(default_factory=lambda: CODEBOOK)

    @classmethod
    def of(cls, rows: PackedVectors, jobs: int | None = None, block: int = BLOCK) -> Self:
        """Build the postings of some rows, in ``jobs`` threads (joblib's rule)."""
        from joblib import Parallel, delayed

        df = frequencies(rows.arrays, rows.columns)
        # The commonest words are the first columns: those up to the first that is in few rows.
        (few,) = np.nonzero(df <= max(8, len(rows) >> 12))
        width = int(few[0]) if len(few) else rows.columns
        slots = np.arange(rows.columns, dtype=np.int32)
        tiers = (
            (SlotRange(slots, 0, width), block),
            (SlotRange(slots, width, rows.columns), max(BLOCK, len(rows))),
        )
        dense, sparse = Parallel(n_jobs=jobs, backend="threading")(
            delayed(inverted)(rows, chosen, size, df) for chosen, size in tiers
        )
        return cls(width, dense, sparse, block, rows.codebook)

    def search(
        self,
        query: Vectors,
        day: float,
        times: Times,
        k: int,
        *,
        factors: NDArray[np.float32] | None = None,
        row: int = -1,
    ) -> Ranking:
        """Return the ``k`` rows nearest to a query of one row, exactly, and their scores.

        ``day`` is the query's (days since 1970, NaN for undated); ``factors`` (float32, one a row,
        0 to 1) multiply the scores before the best are chosen, so that 0 keeps a row out; ``row``
        is the query's own, which is left out.
        """
        heaps = empty_heaps(1, min(k, len(times.days)))
        factors = np.zeros(0, np.float32) if factors is None else factors
        search.search(self._query(query, day, row), self._arrays, times, factors, heaps, 0)
        return _ranking(heaps)

    def rows_above(
        self, query: Vectors, day: float, times: Times, thresholds: NDArray[np.float32]
    ) -> Ranking:
        """Return the rows whose score with a query of one row is above the row's threshold.

        ``thresholds`` (float32) is one a row; a score that differs from it in its last bits is
        above. In the order of rows.
        """
        ranking: Ranking = search.rows_above(
            self._query(query, day, -1), self._arrays, times, thresholds
        )
        return ranking

    @property
    def _arrays(self) -> InvertedIndex:
        return InvertedIndex(self.width, self.block, self.dense, self.sparse, self.codebook)

    def _query(self, query: Vectors, day: float, row: int) -> Query:
        # Columns that were added after these postings were built are the last ones.
        known = int(np.searchsorted(query.indices, self.width + len(self.sparse.begins) - 1))
        return Query(query.indices[:known], query.data[:known], np.float32(day), row)


def search_among(
    rows: PackedVectors,
    chosen: NDArray[np.int64],
    query: Vectors,
    day: float,
    times: Times,
    k: int,
    factors: NDArray[np.float32],
) -> Ranking:
    """Return the ``k`` of the ``chosen`` rows nearest to a query; see ``SearchIndex.search``.

    A chosen row costs more time than in a ``SearchIndex``, and all others cost none.
    """
    heaps = empty_heaps(1, min(k, len(chosen)))
    known = int(np.searchsorted(query.indices, rows.columns))
    terms = Query(query.indices[:known], query.data[:known], np.float32(day), -1)
    accumulator = scatter.empty_scatter(0, longest_of(rows.arrays, chosen), 0)
    scatter.search_among(terms, chosen, rows.arrays, times, factors, accumulator, heaps, 0)
    return _ranking(heaps)


def _ranking(heaps: Heaps) -> Ranking:
    """Return the content of the first heap, in order."""
    rows, scores = sorted_top(heaps)
    size = int(np.count_nonzero(scores[0]))
    return rows[0, :size], scores[0, :size]


def best_of(rankings: Sequence[Ranking], k: int) -> Ranking:
    """Return the best ``k`` of several rankings, at least one.

    Examples
    --------
    >>> one = np.array([4], np.int32), np.array([0.5], np.float32)
    >>> two = np.array([2, 3], np.int32), np.array([0.5, 0.25], np.float32)
    >>> best_of([one, two], 2)[0].tolist()
    [2, 4]
    """
    rows = np.concatenate([rows for rows, _ in rankings])
    scores = np.concatenate([scores for _, scores in rankings])
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]
