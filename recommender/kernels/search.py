"""Search: the best rows for one query, through the postings of a whole archive."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled, inlined
from recommender.kernels.exact import RUN, SLACK, any_passes, any_reaches
from recommender.kernels.time_factor import time_factor
from recommender.kernels.topk import push
from recommender.kernels.types import Heaps, InvertedIndex, Query, Times

# A common threshold that no row's own can exceed.
_HIGHEST = np.float32(np.finfo(np.float32).max)


@inlined
def _add_sparse(query, index, sums):  # type: ignore[no-untyped-def]
    for entry in range(len(query.columns)):
        if query.columns[entry] >= index.width:
            place, weight = np.uint64(query.columns[entry] - index.width), query.weights[entry]
            first, last = index.sparse.begins[place], index.sparse.begins[place + np.uint64(1)]
            for at in range(np.uint64(first), np.uint64(last)):
                level = index.sparse.levels[at]
                sums[np.uint64(index.sparse.rows[at])] += weight * index.codebook[level]


@inlined
def _add_dense(query, index, block, sums):  # type: ignore[no-untyped-def]
    for entry in range(len(query.columns)):
        if query.columns[entry] < index.width:
            place = np.uint64(block * index.width + query.columns[entry])
            weight = query.weights[entry]
            first, last = index.dense.begins[place], index.dense.begins[place + np.uint64(1)]
            for at in range(np.uint64(first), np.uint64(last)):
                level = index.dense.levels[at]
                sums[np.uint64(index.dense.rows[at])] += weight * index.codebook[level]


@compiled
def search(
    query: Query,
    index: InvertedIndex,
    times: Times,
    factors: NDArray[np.float32],
    heaps: Heaps,
    heap: int,
) -> None:
    """Push the best rows for a query to a heap, without the query's own row.

    ``factors`` (float32, one a row, or empty for none), at most 1, multiply the scores: 0 keeps a
    row out.
    """
    n, thresholds = len(times.days), heaps.thresholds
    sums = np.zeros(n, np.float32)
    _add_sparse(query, index, sums)
    for begin in range(0, n, index.block):
        part = sums[begin : begin + index.block]
        _add_dense(query, index, begin // index.block, part)
        if begin <= query.row < begin + index.block:
            part[query.row - begin] = 0
        for start in range(0, len(part), RUN):
            run = part[start : start + RUN]
            if not any_reaches(run, np.float32(1), thresholds[heap]):
                continue
            for at in range(len(run)):
                if run[at] < thresholds[heap]:
                    continue
                row = begin + start + at
                # Most fail by their own factor alone, which is cheaper than the time factor.
                if len(factors) and run[at] * factors[row] * (1 + SLACK) < thresholds[heap]:
                    continue
                score = np.float32(run[at] * time_factor(times, query.day, row))
                if len(factors):
                    score *= factors[row]
                if score >= thresholds[heap]:
                    push(heaps, heap, score, row)


@compiled
def rows_above(
    query: Query, index: InvertedIndex, times: Times, thresholds: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the rows whose score with a query passes the row's own threshold, and these scores.

    ``thresholds`` (float32) is one a row; a score may be lower by ``SLACK``.
    """
    n = len(times.days)
    sums = np.zeros(n, np.float32)
    _add_sparse(query, index, sums)
    rows, scores, size = np.empty(64, np.int32), np.empty(64, np.float32), 0
    for begin in range(0, n, index.block):
        part = sums[begin : begin + index.block]
        _add_dense(query, index, begin // index.block, part)
        for start in range(0, len(part), RUN):
            run = part[start : start + RUN]
            first = begin + start
            theirs = thresholds[first : first + len(run)]
            if not any_passes(run, np.float32(1), theirs, _HIGHEST, SLACK):
                continue
            for at in range(len(run)):
                row = first + at
                if run[at] > 0 and run[at] >= thresholds[row] - SLACK:
                    score = np.float32(run[at] * time_factor(times, query.day, row))
                    if score > 0 and score >= thresholds[row] - SLACK:
                        if size == len(rows):
                            rows = np.append(rows, np.empty(size, np.int32))
                            scores = np.append(scores, np.empty(size, np.float32))
                        rows[size], scores[size] = row, score
                        size += 1
    return rows[:size], scores[:size]
