"""The neighbour graph: every article's nearest others, exactly, each pair summed once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from recommender.articles.progress import Progress
from recommender.kernels.exact import DenseRows, MediumRows, Tile, push_tile, sparse_products
from recommender.kernels.inverting import slot_rows
from recommender.kernels.packing import frequencies
from recommender.kernels.simd import ROWS
from recommender.kernels.tiling import Tiling
from recommender.kernels.topk import empty_heaps, merge, sorted_top
from recommender.kernels.types import (
    Heaps,
    Postings,
    SlotRange,
    SparseRows,
    TimeOrder,
    Times,
    TopK,
    WeightedPostings,
)
from recommender.search.postings import entries_of, inverted
from recommender.vectors.packed import PackedVectors

# The time factor is bounded by a table of so many days, which stays in the second cache.
_DAYS = 1 << 13


def neighbour_graph(
    rows: PackedVectors,
    times: Times,
    k: int,
    jobs: int | None = None,
    progress: Progress | None = None,
    tiling: Tiling | None = None,
) -> TopK:
    """Return each row's ``k`` best others by dot product times the time factor.

    ``jobs`` is the number of threads (joblib's rule: None is one, -1 all). The answer depends on
    neither it nor ``tiling``, and on the order of rows only among equal scores.

    Examples
    --------
    >>> from recommender.articles.article import Article
    >>> from recommender.vectors.settings import VectorSettings
    >>> from recommender.vectors.term_space import TermSpace
    >>> news = [Article(id=str(i), title=t) for i, t in enumerate(["red fox", "red hen", "owl"])]
    >>> _, rows = TermSpace.fit(news, VectorSettings())
    >>> times = Times(np.full(3, np.nan, np.float32), np.float32(0), np.float32(1))
    >>> neighbour_graph(rows, times, 2).rows.tolist()
    [[1, -1], [0, -1], [-1, -1]]
    """
    from joblib import Parallel, delayed, effective_n_jobs

    work = _Work(rows, times, k, jobs, progress, tiling or Tiling())
    # Parts are taken in time order: neighbours are close in time, so heaps fill early and most
    # later pairs fail the thresholds.
    parts = iter(work.parts())
    thresholds = empty_heaps(len(rows), 0).thresholds
    workers = min(effective_n_jobs(jobs), max(1, len(rows) // ROWS))
    results: list[Heaps] = Parallel(n_jobs=workers, backend="threading")(
        delayed(work.run)(parts, thresholds) for _ in range(workers)
    )
    heaps = results.pop(0)
    while results:
        merge(heaps, results.pop())
    place = np.argsort(work.ordered.order)
    # Freed before the next large arrays are made (peak memory).
    del work
    top = sorted_top(heaps)
    del heaps
    return TopK(top.rows[place], top.scores[place])


def appearances(neighbours: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return in how many lists each article is (int64); ``neighbours`` is n x k, -1 for none.

    Examples
    --------
    >>> appearances(np.array([[1], [0], [0], [-1]])).tolist()
    [2, 1, 0, 0]
    """
    return np.bincount(neighbours[neighbours >= 0], minlength=len(neighbours))


class _Work:
    """What the threads share and only read: the rows in time order, their columns in three tiers.

    Slots number the columns of two rows or more, the commonest first.
    """

    def __init__(
        self,
        rows: PackedVectors,
        times: Times,
        k: int,
        jobs: int | None,
        progress: Progress | None,
        tiling: Tiling,
    ) -> None:
        from joblib import Parallel, delayed

        self.rows, self.n, self.k, self.progress = rows, len(rows), k, progress
        self.ordered, self.tiling = in_time_order(times), tiling
        self.done, self.reporting = 0, Lock()
        if progress:
            progress("neighbours", 0, self.n)
        df = frequencies(rows.arrays, rows.columns)
        slots, width = slots_by_df(df)
        sparse = int(np.count_nonzero(df > max(1, tiling.sparse_df, self.n >> 14)))
        frequent = int(np.count_nonzero(df > tiling.dense_share * self.n))
        dense = min(tiling.dense_slots, sparse, frequent)
        self.dense_slots = SlotRange(slots, 0, dense)
        self.medium_slots = SlotRange(slots, dense, sparse)

        def posted(chosen: SlotRange, block: int) -> Postings:
            return inverted(rows, chosen, block, df, self.ordered.order)

        self.dense, medium, self.sparse = Parallel(jobs, backend="threading")(
            [
                delayed(self._dense_rows)(df),
                delayed(posted)(self.medium_slots, tiling.block_rows),
                delayed(posted)(SlotRange(slots, sparse, width), 1 << 31),
            ]
        )
        self.medium = weighted(medium, rows.codebook, sparse - dense)

    def _dense_rows(self, df: NDArray[np.int32]) -> DenseRows:
        size, chosen, block = entries_of(self.dense_slots, df), self.dense_slots, 1 << 13
        starts, entries = np.zeros(self.n + 1, np.int64), np.empty(size, np.uint32)
        for low in range(0, self.n, block):
            part = starts[low : low + block + 1]
            indptr, slots, weights = self._slot_rows(low, low + block, chosen)
            part[:] = part[0] + indptr
            bfloat16 = weights.view(np.uint32) >> 16
            entries[part[0] : part[-1]] = slots.astype(np.uint32) << 16 | bfloat16
        return DenseRows(starts, entries, chosen.high)

    def _slot_rows(self, low: int, high: int, chosen: SlotRange) -> SparseRows:
        """Return the rows at the places ``low:high``, of only the chosen slots."""
        rows: SparseRows = slot_rows(self.rows.arrays, self.ordered.order[low:high], chosen)
        return rows

    def parts(self) -> list[range]:
        """Return the rows in parts of about the same work, whole tiles except for the last."""
        counts = np.diff(self.sparse.begins)
        products = int(np.sum(counts * (counts - 1) // 2))
        parts = max(self.tiling.parts, products // self.tiling.part_products)
        # The work of a row grows with its place, so that of the first rows with their square.
        tiles = np.rint(np.sqrt(np.arange(parts + 1) / parts) * -(-self.n // ROWS)).astype(int)
        ends = np.minimum(self.n, np.unique(tiles) * ROWS).tolist()
        return [range(low, high) for low, high in pairwise(ends)]

    def run(self, parts: Iterator[range], thresholds: NDArray[np.float32]) -> Heaps:
        """Work on parts until there are none left, and return the heaps they filled.

        The threads share the ``thresholds``: a pair that fails one thread's fails in all.
        """
        heaps = empty_heaps(self.n, self.k)._replace(thresholds=thresholds)
        block = self.tiling.block_rows
        for part in parts:
            low, high = part.start, part.stop
            sparse = sparse_products(self.sparse, low, high, block, self.rows.codebook)
            for start in range(low, high, ROWS):
                stop = min(high, start + ROWS)
                medium = MediumRows(self._slot_rows(start, stop, self.medium_slots), self.medium)
                tile = Tile(start, stop, block)
                push_tile(tile, self.dense, medium, sparse, self.ordered, heaps)
                self._report(start, stop)
        return heaps

    def _report(self, start: int, stop: int) -> None:
        """Report progress: a row's share of all work is the number of rows before it."""
        if self.progress:
            with self.reporting:
                self.done += sum(range(start, stop))
                share = self.done / max(1, self.n * (self.n - 1) / 2)
                self.progress("neighbours", round(share * self.n), self.n)


def in_time_order(times: Times) -> TimeOrder:
    """Return the rows in the order of publication, the undated last."""
    order = np.argsort(times.days, kind="stable")
    # A little more than the factor, so that no rounding makes it less.
    bounds = (1.0 + np.arange(_DAYS)) ** -float(times.power) * (1 + 1e-6)
    return TimeOrder(order, times._replace(days=times.days[order]), bounds.astype(np.float32))


def weighted(postings: Postings, codebook: NDArray[np.float32], width: int) -> WeightedPostings:
    """Return postings with the weight in each entry; ``width`` is the slots a block has."""
    entries = codebook.view(np.uint32)[postings.levels]
    entries |= postings.rows
    return WeightedPostings(postings.begins, entries, width)


def slots_by_df(df: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """Number the columns of two rows or more by descending df, -1 for the others; count them."""
    columns = np.argsort(-df, kind="stable")
    width = int(np.count_nonzero(df > 1))
    slots = np.full(len(df), -1, np.int32)
    slots[columns[:width]] = np.arange(width, dtype=np.int32)
    return slots, width
