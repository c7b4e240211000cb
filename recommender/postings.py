"""Postings: which rows have a term, and the exact search through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recommender import kernel
from recommender.kernel import Lists, Postings, Times
from recommender.rows import Rows, Vectors
from recommender.weights import LEVELS

# The sums of a block stay in a core's second cache.
BLOCK = 1 << 16


def inverted(
    rows: Rows,
    slots: NDArray[np.int32],
    part: range,
    block: int,
    df: NDArray[np.int32],
    order: NDArray[np.int64] | None = None,
) -> Postings:
    """Return the postings of the columns whose slots are in a part of all.

    ``df`` is in how many rows each column is. Rows are counted in their ``order`` (int64), if there
    is one.
    """
    if order is None:
        order = np.arange(len(rows))
    blocks = max(1, -(-len(rows) // block))
    entries = entries_of(slots, part, df)
    local: NDArray[np.generic] = np.empty(entries, np.uint16 if block <= BLOCK else np.int32)
    levels = np.empty(entries, np.uint8)
    places = np.uint32 if entries < 1 << 32 else np.int64
    begins: NDArray[np.generic] = np.zeros(blocks * len(part) + 1, places)
    cut = part.start, part.stop, block
    kernel.invert(rows.starts, rows.blob, order, slots, df, *cut, local, levels, begins)
    return Postings(begins, local, levels)


def entries_of(slots: NDArray[np.int32], part: range, df: NDArray[np.int32]) -> int:
    """Return how many entries the columns have whose slots are in a part of all."""
    return int(np.sum(df, where=(slots >= part.start) & (slots < part.stop)))


@dataclass(frozen=True)
class Searchable:
    """An archive's postings, to be searched exactly; memory-mapped in a model.

    Columns below ``width`` (the commonest words) are in ``frequent``, by blocks of ``BLOCK`` rows,
    the rest in ``others``, all rows one block.
    """

    width: int
    frequent: Postings
    others: Postings

    @classmethod
    def of(cls, rows: Rows, jobs: int | None = None) -> Self:
        """Make the postings of some rows, in ``jobs`` threads (joblib's rule)."""
        from joblib import Parallel, delayed

        df = kernel.frequencies(rows.starts, rows.blob, rows.columns)
        # Commonest words are the first columns: those up to the first that is in few rows.
        (few,) = np.nonzero(df <= max(8, len(rows) >> 12))
        width = int(few[0]) if len(few) else rows.columns
        slots = np.arange(rows.columns, dtype=np.int32)
        parts = (range(width), BLOCK), (range(width, rows.columns), max(BLOCK, len(rows)))
        frequent, others = Parallel(n_jobs=jobs, backend="threading")(
            delayed(inverted)(rows, slots, part, block, df) for part, block in parts
        )
        return cls(width, frequent, others)

    def search(
        self,
        query: Vectors,
        day: float,
        times: Times,
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
        lists = kernel.empty_lists(1, min(k, len(times.days)))
        kernel.search(
            *self._asked(query),
            times,
            np.float32(day),
            np.zeros(0, np.float32) if factors is None else factors,
            row,
            lists,
            0,
        )
        return _first(lists)

    def reached(
        self, query: Vectors, day: float, times: Times, bars: NDArray[np.float32]
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the rows whose score with a query of one row is above the row's bar, and these.

        ``bars`` (float32) is one a row; a score that differs from it in its last bits is above.
        """
        asked = *self._asked(query), times, np.float32(day), bars
        found: tuple[NDArray[np.int32], NDArray[np.float32]] = kernel.reached(*asked)
        return found

    def _asked(self, query: Vectors) -> tuple[Any, ...]:
        """Return what the kernels take of a query and of these."""
        # Columns that came after these postings were made are the last ones.
        columns = self.width + len(self.others.begins) - 1
        known = int(np.searchsorted(query.indices, columns))
        terms = query.indices[:known], query.data[:known]
        return *terms, self.frequent, self.width, BLOCK, self.others, LEVELS


def search_among(
    rows: Rows,
    chosen: NDArray[np.int64],
    query: Vectors,
    day: float,
    times: Times,
    k: int,
    factors: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the ``k`` of the ``chosen`` rows nearest to a query: see ``Searchable.search``.

    It takes longer for each of them, and no time for all others.
    """
    lists = kernel.empty_lists(1, min(k, len(chosen)))
    known = int(np.searchsorted(query.indices, rows.columns))
    longest = kernel.longest_of(rows.starts, rows.blob, chosen)
    kernel.search_among(
        query.indices[:known],
        query.data[:known],
        chosen,
        kernel.empty_spread(0, longest, 0),
        rows.starts,
        rows.blob,
        LEVELS,
        times,
        np.float32(day),
        factors,
        lists,
        0,
    )
    return _first(lists)


def _first(lists: Lists) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the first list, in order."""
    rows, scores = kernel.sort(lists)
    size = int(np.count_nonzero(scores[0]))
    return rows[0, :size], scores[0, :size]
