"""Approximate: candidates by the heaviest terms, exact rescoring, neighbours of neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled
from recommender.kernels.exact import RUN, MediumRows, Tile, add_posted, any_reaches
from recommender.kernels.scatter import product, scatter_row
from recommender.kernels.time_factor import factor_bound, time_factor
from recommender.kernels.topk import SPARE, push, select
from recommender.kernels.types import Heaps, PackedRows, Scatter, TimeOrder, Times, TopK


@compiled
def push_candidates(tile: Tile, pruned: MediumRows, ordered: TimeOrder, heaps: Heaps) -> None:
    """Push to each of a tile's rows its best rows by pruned rows, which hold heavy terms only.

    Rows are places in time order, so that a tile's rows and a run have about one factor, which is
    that of whole days.
    """
    low, high, block = tile
    indptr, slots, weights = pruned.rows
    n = len(ordered.times.days)
    room, blocks = np.zeros(block, np.float32), (n + block - 1) // block
    bounds = np.empty((block + RUN - 1) // RUN, np.float32)
    for step in range(blocks):
        # The rows' own time first, where most of their best are.
        number = (low // block + step) % blocks
        begin = number * block
        sums = room[: min(block, n - begin)]
        for start in range(0, len(sums), RUN):
            first, stop = begin + start, min(n, begin + start + RUN)
            bounds[start // RUN] = factor_bound(ordered, low, high, first, stop)
        for row in range(low, high):
            part = slice(indptr[row], indptr[row + 1])
            add_posted(slots[part], weights[part], pruned.postings, number, sums)
            if begin <= row < begin + block:
                sums[row - begin] = 0
            heap = row - low
            for start in range(0, len(sums), RUN):
                run, bound = sums[start : start + RUN], bounds[start // RUN]
                if not any_reaches(run, bound, heaps.thresholds[heap]):
                    continue
                for at in range(len(run)):
                    if run[at] * bound >= heaps.thresholds[heap]:
                        other = begin + start + at
                        factor = factor_bound(ordered, row, row + 1, other, other + 1)
                        if run[at] * factor >= heaps.thresholds[heap]:
                            push(heaps, heap, run[at] * factor, other)
            sums[:] = 0


@compiled
def rescore(
    rows: NDArray[np.int64],
    candidates: Heaps,
    order: NDArray[np.int64],
    packed: PackedRows,
    times: Times,
    scatter: Scatter,
    heaps: Heaps,
) -> None:
    """Push to the heap of each of some rows its candidates, by exact scores.

    ``candidates`` has a heap for each of ``rows``, whose entries are places in ``order``.
    """
    for heap in range(len(candidates.sizes)):
        row = rows[heap]
        if candidates.sizes[heap] > candidates.rows.shape[1] - SPARE:
            select(candidates, heap, candidates.rows.shape[1] - SPARE)
        scatter_row(packed, row, scatter, 1)
        for at in range(candidates.sizes[heap]):
            other = order[candidates.rows[heap, at]]
            score = product(packed, other, scatter)
            score = np.float32(score * time_factor(times, times.days[row], other))
            if score >= heaps.thresholds[row]:
                push(heaps, row, score, other)
        scatter_row(packed, row, scatter, 0)


@compiled
def _is_listed(top, heap, score, row):  # type: ignore[no-untyped-def]
    """Tell whether a row is in a sorted list, with the score that it must have there."""
    low, high = 0, top.rows.shape[1]
    while low < high:
        middle = (low + high) // 2
        theirs = top.scores[heap, middle]
        if theirs > score or (theirs == score and top.rows[heap, middle] < row):
            low = middle + 1
        else:
            high = middle
    return low < top.rows.shape[1] and top.rows[heap, low] == row


@compiled
def symmetrize(top: TopK, low: int, high: int, heaps: Heaps) -> None:
    """Push to each of the rows ``low:high`` every row that lists it; ``top`` are the lists."""
    for row in range(len(top.rows)):
        for at in range(top.rows.shape[1]):
            other, score = top.rows[row, at], top.scores[row, at]
            if (
                low <= other < high
                and score >= heaps.thresholds[other]
                and not _is_listed(top, other, score, row)
            ):
                push(heaps, other, score, row)


@compiled
def refine(
    low: int,
    high: int,
    top: TopK,
    depth: int,
    packed: PackedRows,
    times: Times,
    scatter: Scatter,
    heaps: Heaps,
) -> None:
    """Push to the rows ``low:high`` the best ``depth`` of each of their best ``depth``, exactly.

    One pass of neighbour refinement (NN-descent; Dong, Moses and Li, 2011); ``top`` are the lists.
    """
    seen = scatter.seen
    depth = min(depth, top.rows.shape[1])
    for row in range(low, high):
        seen[row] = row
        for other in top.rows[row]:
            if other >= 0:
                seen[other] = row
        scatter_row(packed, row, scatter, 1)
        for first in top.rows[row, :depth]:
            if first < 0:
                break
            for other in top.rows[first, :depth]:
                if other < 0:
                    break
                if seen[other] == row:
                    continue
                seen[other] = row
                score = product(packed, other, scatter)
                score = np.float32(score * time_factor(times, times.days[row], other))
                if score >= heaps.thresholds[row]:
                    push(heaps, row, score, other)
        scatter_row(packed, row, scatter, 0)
