"""The neighbour graph: every article's nearest others, exactly, each pair summed once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender import kernel
from recommender.kernel import ROWS, Best, Lists, Postings, Times
from recommender.postings import entries_of, inverted
from recommender.rows import Rows
from recommender.tokens import Progress
from recommender.weights import LEVELS

# A term in more than this share of the articles is multiplied through all rows of a tile at once,
# one in few articles added pair by pair; for those between, postings are best.
COMMON = 1 / 50
RARE = 32
# Of so many terms the weights of a tile's rows stay in the second cache.
WIDTH = 1 << 12
# Rows before a tile whose sums are made at once: a row of them stays in the first cache.
BLOCK = 1 << 13
# For so many days the factor of nearness is bounded by a table, which stays in the second cache.
DAYS = 1 << 13
# So many parts of the rows are worked on one after the other, more if rare terms add more to each
# than this, so that they need little memory.
PARTS, ADDED = 16, 1 << 24


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
    # Rows whose lists are full already are offered least: so those come first that come in time.
    parts = iter(work.parts())
    bars = kernel.empty_lists(len(rows), 0).bars
    workers = min(effective_n_jobs(jobs), max(1, len(rows) // ROWS))
    found: list[Lists] = Parallel(n_jobs=workers, backend="threading")(
        delayed(work.run)(parts, bars) for _ in range(workers)
    )
    lists = found.pop(0)
    while found:
        kernel.merge(lists, found.pop())
    place = np.argsort(work.order)
    # Room is made for what comes next.
    del work
    best = kernel.sort(lists)
    del lists
    return Best(best.rows[place], best.scores[place])


class _Work:
    """What the threads share and only read: the rows in the order of time, the undated last.

    Their columns are taken apart by how common they are: slots are counted from the commonest.
    """

    def __init__(
        self, rows: Rows, times: Times, k: int, jobs: int | None, progress: Progress | None
    ) -> None:
        self.rows, self.n, self.k, self.progress = rows, len(rows), k, progress
        self.order, self.times, self.nearness = in_time(times)
        self.done, self.telling = 0, Lock()
        if progress:
            progress("neighbours", 0, self.n)
        df = kernel.frequencies(rows.starts, rows.blob, rows.columns)
        self.slots, width = slots_of(df)
        rare = int(np.count_nonzero(df > max(1, RARE, self.n >> 14)))
        common = min(WIDTH, rare, int(np.count_nonzero(df > COMMON * self.n)))
        self.common_slots, self.medium_slots = range(common), range(common, rare)

        from joblib import Parallel, delayed

        def posted(part: range, block: int) -> Any:
            return inverted(rows, self.slots, part, block, df, self.order)

        self.common, postings, self.rare = Parallel(jobs, backend="threading")(
            [
                delayed(self.packed)(df),
                delayed(posted)(self.medium_slots, BLOCK),
                delayed(posted)(range(rare, width), 1 << 31),
            ]
        )
        self.posted = weighted(postings)

    def packed(self, df: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Return the rows' common columns, a slot and half a float32 in one number; see kernel."""
        size = entries_of(self.slots, self.common_slots, df)
        starts, entries = np.zeros(self.n + 1, np.int64), np.empty(size, np.uint32)
        for low in range(0, self.n, BLOCK):
            part = starts[low : low + BLOCK + 1]
            indptr, slots, weights = self.picked(low, low + BLOCK, self.common_slots)
            part[:] = part[0] + indptr
            halves = weights.view(np.uint32) >> 16
            entries[part[0] : part[-1]] = slots.astype(np.uint32) << 16 | halves
        return starts, entries

    def picked(self, low: int, high: int, part: range) -> Any:
        """Return some rows (CSR) of only the columns whose slots are in a part of all."""
        rows = self.rows.starts, self.rows.blob, self.order[low:high]
        return kernel.pick(*rows, self.slots, part.start, part.stop, LEVELS)

    def parts(self) -> list[range]:
        """Return the rows in parts of about the same work, whole tiles but for the last."""
        counts = np.diff(self.rare.begins)
        parts = max(PARTS, int(np.sum(counts * (counts - 1) // 2)) // ADDED)
        tiles = np.rint(np.sqrt(np.arange(parts + 1) / parts) * -(-self.n // ROWS)).astype(int)
        ends = np.minimum(self.n, np.unique(tiles) * ROWS).tolist()
        return [range(low, high) for low, high in pairwise(ends)]

    def run(self, parts: Iterator[range], bars: NDArray[np.float32]) -> Lists:
        """Work on parts until there are none left, and return the lists they gave.

        The threads share the ``bars``: what one thread has a list full of, another need not offer.
        """
        lists = kernel.empty_lists(self.n, self.k)._replace(bars=bars)
        for part in parts:
            low, high = part.start, part.stop
            added = kernel.additions(self.rare, low, high, BLOCK, LEVELS)
            for start in range(low, high, ROWS):
                stop = min(high, start + ROWS)
                kernel.offer_tile(
                    start,
                    stop,
                    BLOCK,
                    self.common,
                    len(self.common_slots),
                    self.picked(start, stop, self.medium_slots),
                    self.posted,
                    len(self.medium_slots),
                    added,
                    low,
                    -(-high // BLOCK),
                    LEVELS,
                    self.times,
                    self.nearness,
                    self.order,
                    lists,
                )
                # A row's work is to be summed with all rows before it: told in shares of all work.
                if self.progress:
                    with self.telling:
                        self.done += sum(range(start, stop))
                        share = self.done / max(1, self.n * (self.n - 1) / 2)
                        self.progress("neighbours", round(share * self.n), self.n)
        return lists


def in_time(times: Times) -> tuple[NDArray[np.int64], Times, NDArray[np.float32]]:
    """Return the rows in the order of time, their times so, and bounds of nearness.

    Bounds (float32) are no less than the factor at each whole number of days, the last for all
    beyond. The undated come last.
    """
    order = np.argsort(times.days, kind="stable")
    # A little more than the factor, so that no rounding makes it less.
    near = (1.0 + np.arange(DAYS)) ** -float(times.power) * (1 + 1e-6)
    return order, times._replace(days=times.days[order]), near.astype(np.float32)


def weighted(postings: Postings) -> tuple[NDArray[Any], NDArray[np.uint32]]:
    """Return where postings begin, and each as one number: half a float32, and its row."""
    entries = LEVELS.view(np.uint32)[postings.levels]
    entries |= postings.rows
    return postings.begins, entries


def slots_of(df: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """Number the columns of two rows or more, by descending df, -1 for the others; count them."""
    columns = np.argsort(-df, kind="stable")
    width = int(np.count_nonzero(df > 1))
    slots = np.full(len(df), -1, np.int32)
    slots[columns[:width]] = np.arange(width, dtype=np.int32)
    return slots, width
