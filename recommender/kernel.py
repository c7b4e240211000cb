"""The numba kernels: exact top-k of sparse dot products, times a factor of at most one per pair.

All of them run on one thread without the GIL; whoever wants more threads calls them from several.
Answers are ordered by score descending, then row ascending, and hold scores above 0 only.

They stand in one file because numba's cache of a function is renewed when its own file changes,
not when that of a function it calls does.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Articles whose sums are looked at together; a run is skipped when none can enter a list.
RUN = 64
# The lowest score that counts as above 0, so that an empty place in a list is never taken by 0.
TINY = np.float32(np.finfo(np.float32).tiny)


def _jit(**options: Any) -> Any:
    def decorate(function: Any) -> Any:
        try:
            return njit(nogil=True, cache=True, **options)(function)
        except RuntimeError:
            # No folder for the cache can be written: each process compiles for itself.
            return njit(nogil=True, **options)(function)

    return decorate


compiled = _jit()
_added = _jit(fastmath={"nsz", "nnan", "ninf", "reassoc"})
_inlined = _jit(inline="always")


class Postings(NamedTuple):
    """For each term the rows that have it, ascending, and its weight there (CSC).

    ``starts`` int64 (terms + 1), ``rows`` int32, ``weights`` float32.
    """

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]


class Times(NamedTuple):
    """When each row was published, and what distance in time does to a score.

    ``days`` (float32, one a row) are days since any fixed date, NaN where unknown. The factor of a
    pair is ``(1 + distance)**-power``, and ``unknown`` where a date is missing.
    """

    days: NDArray[np.float32]
    power: np.float32
    unknown: np.float32


class Lists(NamedTuple):
    """The best rows found so far for each row: heaps, the worst entry first, until sorted.

    ``rows`` int32 (n, k), -1 where empty; ``scores`` float32 (n, k), 0 where empty; ``sizes``
    int32 (n); ``bars`` float32 (n), what a score must reach to enter.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    sizes: NDArray[np.int32]
    bars: NDArray[np.float32]


def empty_lists(n: int, k: int) -> Lists:
    """Return ``n`` empty lists of ``k`` places."""
    return Lists(
        np.full((n, k), -1, np.int32),
        np.zeros((n, k), np.float32),
        np.zeros(n, np.int32),
        np.full(n, TINY, np.float32),
    )


@compiled
def transpose(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
    columns: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
    """Return the postings of CSR rows, and each entry's place (int32) in its term's postings."""
    starts = np.zeros(columns + 1, np.int64)
    for entry in range(len(indices)):
        starts[indices[entry] + 1] += 1
    for column in range(columns):
        starts[column + 1] += starts[column]
    rows = np.empty(len(indices), np.int32)
    weights = np.empty(len(indices), np.float32)
    places = np.empty(len(indices), np.int32)
    filled = np.zeros(columns, np.int32)
    for row in range(len(indptr) - 1):
        for entry in range(indptr[row], indptr[row + 1]):
            column = indices[entry]
            place = filled[column]
            at = starts[column] + place
            rows[at] = row
            weights[at] = data[entry]
            places[entry] = place
            filled[column] = place + 1
    return starts, rows, weights, places


@_inlined
def _factor(times, day, row):  # type: ignore[no-untyped-def]
    distance = abs(day - times.days[row])
    if np.isnan(distance):
        return times.unknown
    return np.exp(-times.power * np.log1p(distance))


@_inlined
def _worse(scores, rows, a, b):  # type: ignore[no-untyped-def]
    return scores[a] < scores[b] or (scores[a] == scores[b] and rows[a] > rows[b])


@compiled
def _sift_down(scores, rows, at, size):  # type: ignore[no-untyped-def]
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        if child + 1 < size and _worse(scores, rows, child + 1, child):
            child += 1
        if not _worse(scores, rows, child, at):
            return
        scores[at], scores[child] = scores[child], scores[at]
        rows[at], rows[child] = rows[child], rows[at]
        at = child


@compiled
def _offer(lists, of, score, row):  # type: ignore[no-untyped-def]
    """Put an entry into a list if it is among the best; it is not in there yet."""
    scores, rows = lists.scores[of], lists.rows[of]
    size, k = lists.sizes[of], len(rows)
    if size < k:
        scores[size], rows[size] = score, row
        at = size
        while at > 0 and _worse(scores, rows, at, (at - 1) // 2):
            up = (at - 1) // 2
            scores[at], scores[up] = scores[up], scores[at]
            rows[at], rows[up] = rows[up], rows[at]
            at = up
        lists.sizes[of] = size + 1
    elif score > scores[0] or (score == scores[0] and row < rows[0]):
        scores[0], rows[0] = score, row
        _sift_down(scores, rows, 0, k)
    if lists.sizes[of] == k:
        lists.bars[of] = scores[0]


@compiled
def merge(into: Lists, other: Lists) -> None:
    """Offer every entry of other lists to these; no entry is in both."""
    for of in range(len(other.sizes)):
        for at in range(other.sizes[of]):
            _offer(into, of, other.scores[of, at], other.rows[of, at])


@compiled
def sort(lists: Lists) -> None:
    """Order each list by score descending, then row ascending; it is no heap any more."""
    for of in range(len(lists.sizes)):
        scores, rows = lists.scores[of], lists.rows[of]
        for size in range(lists.sizes[of] - 1, 0, -1):
            scores[0], scores[size] = scores[size], scores[0]
            rows[0], rows[size] = rows[size], rows[0]
            _sift_down(scores, rows, 0, size)


@_added
def _highest(sums, bars, bar, start, stop, begin):  # type: ignore[no-untyped-def]
    """Return by how much the best of a run of sums passes its own bar, or the common one."""
    most = np.float32(-1)
    for row in range(start, stop):
        most = max(most, sums[row - begin] - min(bar, bars[row]))
    return most


@compiled
def split(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
    places: NDArray[np.int32],
    starts: NDArray[np.int64],
    common: NDArray[np.int32],
    dense: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Take rows apart: the commonest terms into ``dense``, the rest as walks through postings.

    ``common`` is each term's column of ``dense``, or -1. A walk is the part of a term's postings
    before the row: its first and last place (exclusive) and the row's weight; an empty walk is
    left out. Returns where each row's walks begin, and the walks.
    """
    n = len(indptr) - 1
    begins = np.zeros(n + 1, np.int64)
    for row in range(n):
        begins[row + 1] = begins[row]
        for entry in range(indptr[row], indptr[row + 1]):
            column = common[indices[entry]]
            if column >= 0:
                dense[row, column] = data[entry]
            elif places[entry] > 0:
                begins[row + 1] += 1
    walks = begins[n]
    first, last = np.empty(walks, np.int64), np.empty(walks, np.int64)
    weights = np.empty(walks, np.float32)
    walk = 0
    for entry in range(len(indices)):
        if common[indices[entry]] < 0 and places[entry] > 0:
            first[walk] = starts[indices[entry]]
            last[walk] = first[walk] + places[entry]
            weights[walk] = data[entry]
            walk += 1
    return begins, first, last, weights


@_inlined
def _stop_of(rows, start, stop, bound):  # type: ignore[no-untyped-def]
    """Return the first place in ``start:stop`` whose row is at or past ``bound``."""
    if start == stop or rows[stop - 1] < bound:
        return stop
    while start < stop:
        middle = (start + stop) // 2
        if rows[middle] < bound:
            start = middle + 1
        else:
            stop = middle
    return start


@compiled
def add_walks(
    begins: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    weights: NDArray[np.float32],
    postings: Postings,
    local: NDArray[np.uint16],
    row: int,
    bound: int,
    sums: NDArray[np.float32],
) -> None:
    """Walk on through a row's postings up to row ``bound``, adding to the block's ``sums``.

    ``local`` is each posting's row within its block. ``first`` moves to where the next block's
    walk goes on.
    """
    for walk in range(begins[row], begins[row + 1]):
        start, stop = first[walk], last[walk]
        if bound < row:
            stop = _stop_of(postings.rows, start, stop, bound)
        weight = weights[walk]
        for at in range(start, stop):
            sums[local[at]] += weight * postings.weights[at]
        first[walk] = stop


@compiled
def offer_block(
    sums: NDArray[np.float32],
    row: int,
    begin: int,
    bound: int,
    times: Times,
    lists: Lists,
) -> None:
    """Offer the pairs of ``row`` and the rows ``begin:bound``, whose sums these are, to both."""
    day = times.days[row]
    for start in range(begin, bound, RUN):
        stop = min(bound, start + RUN)
        if _highest(sums, lists.bars, lists.bars[row], start, stop, begin) < 0:
            continue
        for other in range(start, stop):
            bound_on_score = sums[other - begin]
            if bound_on_score >= min(lists.bars[row], lists.bars[other]):
                score = np.float32(bound_on_score * _factor(times, day, other))
                if score >= lists.bars[row]:
                    _offer(lists, row, score, other)
                if score >= lists.bars[other]:
                    _offer(lists, other, score, row)


@compiled
def offer_tile(
    begins: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    weights: NDArray[np.float32],
    postings: Postings,
    local: NDArray[np.uint16],
    low: int,
    high: int,
    begin: int,
    bound: int,
    tile: NDArray[np.float32],
    times: Times,
    lists: Lists,
) -> None:
    """Finish the sums of rows ``low:high`` with rows ``begin:bound`` before them; offer the pairs.

    ``tile`` (high - low, bound - begin) holds what the commonest terms add. Each pair is summed
    once and in one order, so a score does not depend on who works on which tile.
    """
    for row in range(low, high):
        sums = tile[row - low]
        end = min(bound, row)
        add_walks(begins, first, last, weights, postings, local, row, end, sums)
        offer_block(sums, row, begin, end, times, lists)


@compiled
def search(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
    days: NDArray[np.float32],
    postings: Postings,
    times: Times,
    factors: NDArray[np.float32],
    selves: NDArray[np.int64],
    lists: Lists,
) -> None:
    """Fill each query's list with its best rows, leaving out its own.

    Queries are CSR rows with their ``days``; ``factors``, at most 1 and one a row or empty for
    none, multiply the scores, so that 0 bars a row; ``selves`` says which row each query is, -1
    for one that is none.
    """
    n = len(times.days)
    sums = np.zeros(n, np.float32)
    for query in range(len(indptr) - 1):
        for entry in range(indptr[query], indptr[query + 1]):
            weight, term = data[entry], indices[entry]
            for at in range(postings.starts[term], postings.starts[term + 1]):
                sums[postings.rows[at]] += weight * postings.weights[at]
        if selves[query] >= 0:
            sums[selves[query]] = 0
        for row in range(n):
            if sums[row] >= lists.bars[query]:
                score = np.float32(sums[row] * _factor(times, days[query], row))
                if len(factors):
                    score *= factors[row]
                if score >= lists.bars[query]:
                    _offer(lists, query, score, row)
        sums[:] = 0
