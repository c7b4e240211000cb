"""The approximate neighbour graph: exact scores of nearly the nearest; only when it is asked for.

It is for archives whose exact graph takes hours. Each row's heaviest terms propose candidates,
these are scored exactly, every pair that is found is offered to both, and then the neighbours of
neighbours are scored exactly, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender import kernel
from recommender.graph import slots_of
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
# Distances in time, in days, that candidates are told apart by.
_DAYS = 1 << 14
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
    work.propose()
    best = work.mirrored()
    for _ in range(PASSES):
        work.visit(best)
        best = work.mirrored()
    return work.completed(best, postings)


class _Work:
    """The lists so far, and what the threads that fill them share."""

    def __init__(
        self, rows: Rows, times: Times, k: int, jobs: int | None, progress: Progress | None
    ) -> None:
        self.n, self.rows, self.times, self.jobs, self.progress = len(rows), rows, times, jobs, progress
        self.longest = kernel.longest(rows.starts, rows.blob)
        self.lists = kernel.empty_lists(self.n, k)
        self.done, self.telling = 0, Lock()
        self.tell(0)

    def spread(self) -> Spread:
        """Return room for a thread to multiply rows in."""
        return kernel.empty_spread(self.rows.columns, self.longest)

    def tell(self, done: int) -> None:
        """Count rows that are done, in one of all rounds."""
        if self.progress:
            with self.telling:
                self.done += done
                self.progress("neighbours", self.done // (PASSES + 1), self.n)

    def each(self, start: Callable[[], Callable[[int, int], None]]) -> None:
        """Do something with the rows of every tile, in threads that ``start`` each calls first."""
        from joblib import Parallel, delayed, effective_n_jobs

        tiles = iter(range(0, self.n, TILE))

        def run() -> None:
            do = start()
            for low in tiles:
                high = min(self.n, low + TILE)
                do(low, high)
                self.tell(high - low)

        workers = effective_n_jobs(self.jobs)
        Parallel(n_jobs=workers, backend="threading")(delayed(run)() for _ in range(workers))

    def propose(self) -> None:
        """Fill the lists with the best by exact score of the best by their heaviest terms."""
        rows, times = self.rows, self.times
        order = np.argsort(times.days, kind="stable")
        ordered = times._replace(days=times.days[order])
        everything = self.n <= CANDIDATES
        df = kernel.frequencies(rows.starts, rows.blob, rows.columns)
        kept = self.longest if everything else KEPT
        parts = kernel.heaviest(rows.starts, rows.blob, df > 1, kept, order)
        pruned = Rows.of(Vectors(*parts, np.zeros(len(parts[1]), np.uint8), rows.columns))
        df = kernel.frequencies(pruned.starts, pruned.blob, rows.columns)
        slots, width = slots_of(df > 1, df)
        posted = inverted(pruned, slots, width, BLOCK, int(df[df > 1].sum()))
        picked = kernel.pick(pruned.starts, pruned.blob, slots, LEVELS)
        near = (1 + np.arange(_DAYS, dtype=np.float32)) ** -times.power
        del parts, pruned

        def start() -> Callable[[int, int], None]:
            spread = self.spread()

            def do(low: int, high: int) -> None:
                found = kernel.empty_lists(high - low, max(CANDIDATES, self.lists.rows.shape[1] - kernel.SPARE))
                kernel.offer_pruned(
                    low, high, BLOCK, picked, posted, width, LEVELS, ordered, near, found
                )
                kernel.rescore(
                    order[low:high], found, order, rows.starts, rows.blob, spread, LEVELS, times, self.lists
                )

            return do

        self.each(start)

    def mirrored(self) -> Best:
        """Offer every pair in a list to the other list, too; return the lists, sorted."""
        from joblib import Parallel, delayed, effective_n_jobs

        best = kernel.sort(self.lists)
        cuts = np.linspace(0, self.n, effective_n_jobs(self.jobs) + 1).astype(int).tolist()
        Parallel(len(cuts) - 1, backend="threading")(
            delayed(kernel.mirror)(best, low, high, self.lists)
            for low, high in zip(cuts, cuts[1:], strict=False)
        )
        return kernel.sort(self.lists)

    def visit(self, best: Best) -> None:
        """Offer every row its best rows' best rows."""
        rows, times = self.rows, self.times

        def start() -> Callable[[int, int], None]:
            spread, seen = self.spread(), np.zeros(self.n, np.int32)

            def do(low: int, high: int) -> None:
                kernel.offer_neighbours(
                    low, high, best, NEAR, rows.starts, rows.blob, spread, seen, LEVELS, times,
                    self.lists,
                )

            return do

        self.each(start)

    def completed(self, best: Best, postings: Searchable) -> Best:
        """Search exactly for rows whose lists are not full; return the lists, sorted."""
        rows, times, k = self.rows, self.times, best.rows.shape[1]

        def start() -> Callable[[int, int], None]:
            spread = self.spread()

            def do(low: int, high: int) -> None:
                for row in low + np.flatnonzero(best.rows[low:high, -1] < 0):
                    day = times.days[row]
                    others = postings.search(rows.row(row), day, times, k, row=row)[0].astype(np.int64)
                    found = kernel.empty_lists(1, k)
                    found.rows[0, : len(others)] = np.arange(len(others))
                    found.sizes[0] = len(others)
                    self.lists.sizes[row] = 0
                    kernel.rescore(
                        np.array([row]), found, others, rows.starts, rows.blob, spread, LEVELS, times, self.lists
                    )

            return do

        if self.n and k:
            self.each(start)
        return kernel.sort(self.lists)


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
            f"approximate: {self.score_ratio:.2%} of the exact scores of the best {DEPTH}, "
            f"{self.recall:.2%} of their articles"
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
            others, scores = postings.search(
                rows.row(row), times.days[row], times, depth, row=row
            )
            got += float(graph.scores[row, :depth].sum())
            best += float(scores.sum())
            shared += len(np.intersect1d(graph.rows[row, :depth], others))
            wanted += len(others)
        return cls(len(sample), got / best if best else 1.0, shared / wanted if wanted else 1.0)
