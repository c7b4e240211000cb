"""The approximate neighbour graph: exact scores of nearly the nearest; only when it is asked for.

It is for archives whose exact graph takes hours. Each row's heaviest terms propose candidates,
these are scored exactly, every pair that is found is offered to both, and then the neighbours of
neighbours are scored exactly, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender import kernel
from recommender.graph import in_time, slots_of, weighted
from recommender.kernel import Best, Spread, Times
from recommender.postings import Searchable, inverted
from recommender.rows import Rows, Vectors
from recommender.tokens import Progress
from recommender.weights import LEVELS

# The heaviest terms of a row that propose candidates, and how many of these are scored exactly.
KEPT, CANDIDATES = 40, 56
# How often the neighbours of neighbours are scored, and how many of each list.
PASSES, NEAR = 1, 12
BLOCK, TILE = 1 << 16, 256
# Lists are compared with exact ones this deep, for so many rows, evenly spaced.
DEPTH, SAMPLE = 10, 500


def approximate_graph(
    rows: Rows,
    postings: Searchable,
    times: Times,
    k: int,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Best:
    """Return nearly each row's ``k`` best others, by exact scores: see ``graph.neighbour_graph``.

    A row without ``k`` is searched for exactly, in its ``postings``. The answer does not depend on
    the number of ``jobs``; up to ``CANDIDATES`` rows it is exact.
    """
    work = _Work(rows, times, k, jobs, progress)
    whole = work.propose()
    work.mirror()
    for _ in range(PASSES):
        work.visit()
        work.mirror()
    if whole:
        work.tell(work.n)
    else:
        work.complete(postings)
    return kernel.sort(work.lists)


class _Work:
    """The lists so far, and what the threads that fill them share."""

    def __init__(
        self, rows: Rows, times: Times, k: int, jobs: int | None, progress: Progress | None
    ) -> None:
        self.rows, self.times, self.k, self.jobs, self.progress = rows, times, k, jobs, progress
        self.n, self.longest = len(rows), kernel.longest(rows.starts, rows.blob)
        self.lists = kernel.empty_lists(self.n, k)
        # What exact scores are made with, and go into.
        self.exact = rows.starts, rows.blob, LEVELS, times, self.lists
        self.done, self.telling = 0, Lock()
        self.tell(0)

    def tell(self, done: int) -> None:
        """Count rows that are done in one of the rounds: proposals, passes, and what is missing."""
        if self.progress:
            with self.telling:
                self.done += done
                self.progress("neighbours", self.done // (PASSES + 2), self.n)

    def each(self, do: Callable[[int, int, Spread], None]) -> None:
        """Do something with the rows of every tile, in threads, each with its own room."""
        from joblib import Parallel, delayed, effective_n_jobs

        tiles = iter(range(0, self.n, TILE))

        def run() -> None:
            spread = kernel.empty_spread(self.rows.columns, self.longest, self.n)
            for low in tiles:
                high = min(self.n, low + TILE)
                do(low, high, spread)
                self.tell(high - low)

        workers = min(effective_n_jobs(self.jobs), max(1, self.n // TILE))
        Parallel(n_jobs=workers, backend="threading")(delayed(run)() for _ in range(workers))

    def propose(self) -> bool:
        """Fill the lists with the exactly best of each row's best by heaviest terms.

        Rows are taken in the order of time. Return whether their other terms tell of nobody else.
        """
        order, ordered, nearness = in_time(self.times)
        size = max(CANDIDATES, self.k)
        picked, posted, width, whole = self._pruned(order)

        def do(low: int, high: int, spread: Spread) -> None:
            found = kernel.empty_lists(high - low, size)
            kernel.offer_pruned(low, high, BLOCK, picked, posted, width, ordered, nearness, found)
            kernel.rescore(order[low:high], found, order, spread, *self.exact)

        self.each(do)
        return whole

    def _pruned(
        self, order: NDArray[np.int64]
    ) -> tuple[tuple[NDArray[Any], ...], tuple[NDArray[Any], ...], int, bool]:
        """Return rows (CSR) of only heavy terms, their postings, how many, and if they are all."""
        rows = self.rows
        kept = self.longest if self.n <= CANDIDATES else KEPT
        df = kernel.frequencies(rows.starts, rows.blob, rows.columns)
        ends, columns, levels = kernel.heaviest(rows.starts, rows.blob, df > 1, kept, order)
        whole = len(columns) == df[df > 1].sum()
        parts = ends, columns, levels, np.zeros_like(levels), rows.columns
        pruned = Rows.of(Vectors(*parts))
        df = kernel.frequencies(pruned.starts, pruned.blob, rows.columns)
        slots, width = slots_of(df)
        posted = inverted(pruned, slots, range(width), BLOCK, df)
        all_rows = np.arange(self.n)
        picked = kernel.pick(pruned.starts, pruned.blob, all_rows, slots, 0, width, LEVELS)
        return picked, weighted(posted), width, bool(whole)

    def mirror(self) -> None:
        """Offer every pair of a list to the other's list, too."""
        from joblib import Parallel, delayed, effective_n_jobs

        best = kernel.sort(self.lists)
        cuts = np.linspace(0, self.n, effective_n_jobs(self.jobs) + 1).astype(int).tolist()
        Parallel(n_jobs=self.jobs, backend="threading")(
            delayed(kernel.mirror)(best, low, high, self.lists) for low, high in pairwise(cuts)
        )

    def visit(self) -> None:
        """Offer every row its best rows' best rows."""
        best = kernel.sort(self.lists)

        def do(low: int, high: int, spread: Spread) -> None:
            kernel.offer_neighbours(low, high, best, NEAR, spread, *self.exact)

        self.each(do)

    def complete(self, postings: Searchable) -> None:
        """Search exactly for the rows whose lists are not full."""

        def do(low: int, high: int, spread: Spread) -> None:
            short = self.lists.sizes[low:high] < self.k
            for row in (low + np.flatnonzero(short)).tolist():
                query, day = self.rows.row(row), float(self.times.days[row])
                others, _ = postings.search(query, day, self.times, self.k, row=row)
                found = kernel.empty_lists(1, self.k)
                found.sizes[0] = len(others)
                found.rows[0, : len(others)] = np.arange(len(others))
                self.lists.sizes[row] = 0
                kernel.rescore(np.array([row]), found, others.astype(int), spread, *self.exact)

        self.each(do)


@dataclass(frozen=True, slots=True)
class Closeness:
    """How near an approximate graph is to the exact one, by the best ten of ``sampled`` rows.

    ``score_ratio`` is the sum of their scores, as a share of that of the exact ones'; ``recall``
    is how many of the exact ones' rows are among them.
    """

    sampled: int
    score_ratio: float
    recall: float

    def __str__(self) -> str:
        return (
            f"of the best {DEPTH} of {self.sampled:,} articles {self.score_ratio:.2%} of the exact "
            f"scores and {self.recall:.2%} of the articles"
        )

    @classmethod
    def told(cls, fact: dict[str, Any] | None) -> Closeness | None:
        """Return what a manifest says, None of an exact graph."""
        return cls(**fact) if fact else None

    @classmethod
    def of(cls, graph: Best, rows: Rows, postings: Searchable, times: Times) -> Closeness:
        """Compare some rows' lists, evenly spaced, with what is searched exactly."""
        sample = np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(np.int64).tolist()
        depth = min(DEPTH, graph.rows.shape[1])
        got, best, shared, wanted = 0.0, 0.0, 0, 0
        for row in sample:
            others, scores = postings.search(rows.row(row), times.days[row], times, depth, row=row)
            got += float(graph.scores[row, :depth].sum())
            best += float(scores.sum())
            shared += len(np.intersect1d(graph.rows[row, :depth], others))
            wanted += len(others)
        return cls(len(sample), got / best if best else 1.0, shared / wanted if wanted else 1.0)
