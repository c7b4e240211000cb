"""The approximate neighbour graph: exact scores of nearly the nearest, only on request.

It is for archives whose exact graph takes hours. Each row's heaviest terms generate candidates,
these are rescored exactly, the graph is symmetrized, and neighbours of neighbours are scored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.articles.progress import Progress
from recommender.kernels.approximate import push_candidates, refine, rescore, symmetrize
from recommender.kernels.exact import MediumRows, Tile
from recommender.kernels.inverting import heaviest, slot_rows
from recommender.kernels.packing import frequencies, longest
from recommender.kernels.scatter import empty_scatter
from recommender.kernels.topk import empty_heaps, sorted_top
from recommender.kernels.types import Scatter, SlotRange, SparseRows, Times, TopK
from recommender.search.graph import in_time_order, slots_by_df, weighted
from recommender.search.postings import SearchIndex, inverted
from recommender.vectors.packed import PackedVectors, Vectors

# Lists are compared with exact ones to this depth, for so many rows, evenly spaced.
DEPTH, SAMPLE = 10, 500


class Approximation(NamedTuple):
    """How much an approximate graph considers.

    A row's ``heavy_terms`` generate ``candidates``, which are scored exactly; then the neighbours
    of neighbours are, in so many ``passes``, the best ``depth`` of each list. Rows are worked on in
    tiles of ``tile_rows``, summed with ``block_rows`` others at once.
    """

    heavy_terms: int = 40
    candidates: int = 56
    passes: int = 1
    depth: int = 12
    tile_rows: int = 256
    block_rows: int = 1 << 16


def approximate_graph(
    rows: PackedVectors,
    index: SearchIndex,
    times: Times,
    k: int,
    jobs: int | None = None,
    progress: Progress | None = None,
    approximation: Approximation | None = None,
) -> TopK:
    """Return nearly each row's ``k`` best others, by exact scores; see ``graph.neighbour_graph``.

    A row with fewer than ``k`` is searched for exactly, in the ``index``. The answer does not
    depend on the number of ``jobs``; with as many candidates as rows it is exact.
    """
    work = _Work(rows, times, k, jobs, progress, approximation or Approximation())
    complete = work.generate_candidates()
    work.symmetrize()
    for _ in range(work.settings.passes):
        work.refine()
        work.symmetrize()
    if complete:
        work.report(work.n)
    else:
        work.fill(index)
    return sorted_top(work.heaps)


class _Work:
    """The heaps so far, and what the threads that fill them share."""

    def __init__(
        self,
        rows: PackedVectors,
        times: Times,
        k: int,
        jobs: int | None,
        progress: Progress | None,
        settings: Approximation,
    ) -> None:
        self.rows, self.times, self.k, self.jobs, self.progress = rows, times, k, jobs, progress
        self.settings, self.n, self.longest = settings, len(rows), longest(rows.arrays)
        self.heaps = empty_heaps(self.n, k)
        self.done, self.reporting = 0, Lock()
        self.report(0)

    def report(self, done: int) -> None:
        """Count rows that are done in one round: candidates, each pass, and filling."""
        if self.progress:
            with self.reporting:
                self.done += done
                self.progress("neighbours", self.done // (self.settings.passes + 2), self.n)

    def _for_each_tile(self, work: Callable[[int, int, Scatter], None]) -> None:
        """Call ``work`` with the rows of every tile, in threads, each with a scatter of its own."""
        from joblib import Parallel, delayed, effective_n_jobs

        size = self.settings.tile_rows
        tiles = iter(range(0, self.n, size))

        def run() -> None:
            scatter = empty_scatter(self.rows.columns, self.longest, self.n)
            for low in tiles:
                high = min(self.n, low + size)
                work(low, high, scatter)
                self.report(high - low)

        workers = min(effective_n_jobs(self.jobs), max(1, self.n // size))
        Parallel(n_jobs=workers, backend="threading")(delayed(run)() for _ in range(workers))

    def generate_candidates(self) -> bool:
        """Fill the heaps with the exactly best of each row's best by heavy terms.

        Rows are taken in time order. Return whether heavy terms are all terms of two rows or more.
        """
        ordered, packed = in_time_order(self.times), self.rows.arrays
        size, block = max(self.settings.candidates, self.k), self.settings.block_rows
        pruned, complete = self._pruned(ordered.order)

        def work(low: int, high: int, scatter: Scatter) -> None:
            candidates = empty_heaps(high - low, size)
            push_candidates(Tile(low, high, block), pruned, ordered, candidates)
            order = ordered.order
            rescore(order[low:high], candidates, order, packed, self.times, scatter, self.heaps)

        self._for_each_tile(work)
        return complete

    def _pruned(self, order: NDArray[np.int64]) -> tuple[MediumRows, bool]:
        """Return rows of only heavy terms and their postings, and whether these are all terms."""
        rows, settings = self.rows, self.settings
        most = self.longest if self.n <= settings.candidates else settings.heavy_terms
        df = frequencies(rows.arrays, rows.columns)
        ends, columns, levels = heaviest(rows.arrays, df > 1, most, order)
        complete = len(columns) == df[df > 1].sum()
        vectors = Vectors(ends, columns, levels, np.zeros_like(levels), rows.columns)
        packed = replace(PackedVectors.of(vectors), codebook=rows.codebook)
        df = frequencies(packed.arrays, rows.columns)
        slots, width = slots_by_df(df)
        chosen = SlotRange(slots, 0, width)
        postings = inverted(packed, chosen, settings.block_rows, df)
        own: SparseRows = slot_rows(packed.arrays, np.arange(self.n), chosen)
        return MediumRows(own, weighted(postings, rows.codebook, width)), bool(complete)

    def symmetrize(self) -> None:
        """Push every pair of a list to the other row's heap as well."""
        from joblib import Parallel, delayed, effective_n_jobs

        top = sorted_top(self.heaps)
        cuts = np.linspace(0, self.n, effective_n_jobs(self.jobs) + 1).astype(int).tolist()
        Parallel(n_jobs=self.jobs, backend="threading")(
            delayed(symmetrize)(top, low, high, self.heaps) for low, high in pairwise(cuts)
        )

    def refine(self) -> None:
        """Push to every row its best rows' best rows."""
        top, depth, packed = sorted_top(self.heaps), self.settings.depth, self.rows.arrays

        def work(low: int, high: int, scatter: Scatter) -> None:
            refine(low, high, top, depth, packed, self.times, scatter, self.heaps)

        self._for_each_tile(work)

    def fill(self, index: SearchIndex) -> None:
        """Search exactly for the rows whose heaps are not full."""
        packed = self.rows.arrays

        def work(low: int, high: int, scatter: Scatter) -> None:
            short = self.heaps.sizes[low:high] < self.k
            for row in (low + np.flatnonzero(short)).tolist():
                query, day = self.rows.row(row), float(self.times.days[row])
                others, _ = index.search(query, day, self.times, self.k, row=row)
                candidates = empty_heaps(1, self.k)
                candidates.sizes[0] = len(others)
                candidates.rows[0, : len(others)] = np.arange(len(others))
                self.heaps.sizes[row] = 0
                order, own = others.astype(int), np.array([row])
                rescore(own, candidates, order, packed, self.times, scatter, self.heaps)

        self._for_each_tile(work)


@dataclass(frozen=True, slots=True)
class GraphQuality:
    """How near an approximate graph is to the exact one, by the best ten of ``sampled`` rows.

    ``score_ratio`` is the sum of their scores over that of the exact ones'; ``recall`` is the share
    of the exact ones' rows among them.
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
    def from_manifest(cls, value: dict[str, Any] | None) -> GraphQuality | None:
        """Return the quality in a manifest, None for an exact graph."""
        return cls(**value) if value else None

    @classmethod
    def of(cls, graph: TopK, rows: PackedVectors, index: SearchIndex, times: Times) -> GraphQuality:
        """Compare some rows' lists, evenly spaced, with an exact search."""
        sample = np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(np.int64).tolist()
        depth = min(DEPTH, graph.rows.shape[1])
        ours, exact, shared, expected = 0.0, 0.0, 0, 0
        for row in sample:
            others, scores = index.search(rows.row(row), times.days[row], times, depth, row=row)
            ours += float(graph.scores[row, :depth].sum())
            exact += float(scores.sum())
            shared += len(np.intersect1d(graph.rows[row, :depth], others))
            expected += len(others)
        score_ratio = ours / exact if exact else 1.0
        return cls(len(sample), score_ratio, shared / expected if expected else 1.0)
