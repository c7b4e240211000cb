"""The neighbour graph: every article's nearest others, exactly, each pair summed once."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender import kernel
from recommender.kernel import ROWS, Best, Lists, Times
from recommender.postings import inverted
from recommender.rows import Rows
from recommender.tokens import Progress
from recommender.weights import LEVELS

# A term in more than this share of the articles is multiplied through all rows of a tile at once,
# one in few articles added pair by pair; for those between, postings are best.
COMMON = 1 / 12
RARE = 32
# Rows before a tile whose sums are made at once: a row of them stays in the first cache.
BLOCK = 1 << 13
# For so many days the factor of nearness is bounded by a table, which stays in the second cache.
DAYS = 1 << 13
# So many parts of the rows are worked on one after the other, more if rare terms add more to each
# than this, so that they need little memory.
PARTS, ADDED = 12, 1 << 24


def neighbour_graph(
    rows: Rows,
    times: Times,
    k: int,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Best:
    """Return each row's ``k`` best others by dot product times nearness in time.

    ``jobs`` threads work on it (joblib's rule: None is one, -1 all); the answer does not depend on
    their number, nor does it on the rows' order except among equal scores.

    Examples
    --------
    >>> from recommender.article import Article
    >>> from recommender.vectors import TermSpace, VectorSettings
    >>> news = [Article(id=str(i), title=t) for i, t in enumerate(["red fox", "red hen", "owl"])]
    >>> _, rows = TermSpace.fit(news, VectorSettings())
    >>> times = Times(np.full(3, np.nan, np.float32), np.float32(0), np.float32(1))
    >>> neighbour_graph(rows, times, 2).rows.tolist()
    [[1, -1], [0, -1], [-1, -1]]
    """
    from joblib import Parallel, delayed, effective_n_jobs

    work = _Work(rows, times, k, jobs, progress)
    # The last rows have the most before them; with these done first, no thread waits for another.
    parts = reversed(work.parts())
    workers = min(effective_n_jobs(jobs), max(1, len(rows) // ROWS))
    found: list[Lists] = Parallel(n_jobs=workers, backend="threading")(
        delayed(work.run)(parts) for _ in range(workers)
    )
    lists = found[0]
    for other in found[1:]:
        kernel.merge(lists, other)
    return kernel.sort(lists)


class _Work:
    """What the threads share and only read: the rows' columns, taken apart by how common."""

    def __init__(
        self, rows: Rows, times: Times, k: int, jobs: int | None, progress: Progress | None
    ) -> None:
        self.n, self.times, self.k, self.progress = len(rows), times, k, progress
        # A little more than the factor, so that no rounding makes it less.
        near = (1.0 + np.arange(DAYS)) ** -float(times.power) * (1 + 1e-6)
        self.bounds = near.astype(np.float32)
        self.done, self.telling = 0, Lock()
        if progress:
            progress("neighbours", 0, self.n)
        df = kernel.frequencies(rows.starts, rows.blob, rows.columns)
        rare = df <= max(RARE, self.n >> 14)
        common = ~rare & (df > COMMON * self.n)
        common_slots, self.common_width = slots_of(common, df)
        medium_slots, self.width = slots_of(~rare & ~common, df)
        # A term of one article adds to no pair.
        rare_slots, rare_width = slots_of(rare & (df > 1), df)

        from joblib import Parallel, delayed

        def picked(slots: NDArray[np.int32]) -> Any:
            return kernel.pick(rows.starts, rows.blob, slots, LEVELS)

        def posted(slots: NDArray[np.int32], width: int, block: int) -> Any:
            return inverted(rows, slots, width, block, int(df[slots >= 0].sum()))

        self.common, self.medium, self.postings, self.rare = Parallel(jobs, backend="threading")(
            [
                delayed(picked)(common_slots),
                delayed(picked)(medium_slots),
                delayed(posted)(medium_slots, self.width, BLOCK),
                delayed(posted)(rare_slots, rare_width, 1 << 31),
            ]
        )

    def parts(self) -> list[range]:
        """Return the rows in parts, whole tiles but for the last."""
        counts = np.diff(self.rare.begins)
        parts = max(PARTS, int(np.sum(counts * (counts - 1) // 2)) // ADDED)
        size = -(-self.n // (parts * ROWS)) * ROWS
        return [range(low, min(self.n, low + size)) for low in range(0, self.n, size or 1)]

    def run(self, parts: Iterator[range]) -> Lists:
        """Work on parts until there are none left, and return the lists they gave."""
        lists = kernel.empty_lists(self.n, self.k)
        for part in parts:
            low, high = part.start, part.stop
            added = kernel.additions(self.rare, low, high, BLOCK, LEVELS)
            for start in range(low, high, ROWS):
                kernel.offer_tile(
                    start,
                    min(high, start + ROWS),
                    BLOCK,
                    self.common,
                    self.common_width,
                    self.medium,
                    self.postings,
                    self.width,
                    added,
                    low,
                    -(-high // BLOCK),
                    LEVELS,
                    self.times,
                    self.bounds,
                    lists,
                )
                # A row's work is to be summed with all rows before it: told in shares of all work.
                if self.progress:
                    with self.telling:
                        self.done += sum(range(start, min(high, start + ROWS)))
                        share = self.done / max(1, self.n * (self.n - 1) / 2)
                        self.progress("neighbours", round(share * self.n), self.n)
        return lists


def slots_of(
    chosen: NDArray[np.bool_], df: NDArray[np.int32] | None = None
) -> tuple[NDArray[np.int32], int]:
    """Number the chosen columns, by descending df if given, -1 for the others; and count them."""
    (columns,) = np.nonzero(chosen)
    if df is not None:
        columns = columns[np.argsort(-df[columns], kind="stable")]
    slots = np.full(len(chosen), -1, np.int32)
    slots[columns] = np.arange(len(columns), dtype=np.int32)
    return slots, len(columns)
