"""Top-k: bounded buffers that keep the best rows of each list, cut by quickselect."""

from __future__ import annotations

import numpy as np

from recommender.kernels.compiling import compiled, inlined
from recommender.kernels.types import Heaps, TopK

# Entries a buffer holds beyond k until it is cut: one quickselect then serves many pushes.
SPARE = 32
# The lowest score that counts as above 0, so that an empty place is never taken by a 0.
TINY = np.float32(np.finfo(np.float32).tiny)


def empty_heaps(n: int, k: int) -> Heaps:
    """Return ``n`` empty heaps of ``k`` places."""
    return Heaps(
        np.empty((n, k + SPARE), np.int32),
        np.empty((n, k + SPARE), np.float32),
        np.zeros(n, np.int32),
        np.full(n, TINY, np.float32),
    )


@inlined
def _better(heaps, heap, a, b):  # type: ignore[no-untyped-def]
    one, other = heaps.scores[heap, a], heaps.scores[heap, b]
    return one > other or (one == other and heaps.rows[heap, a] < heaps.rows[heap, b])


@inlined
def _swap(heaps, heap, a, b):  # type: ignore[no-untyped-def]
    heaps.scores[heap, a], heaps.scores[heap, b] = heaps.scores[heap, b], heaps.scores[heap, a]
    heaps.rows[heap, a], heaps.rows[heap, b] = heaps.rows[heap, b], heaps.rows[heap, a]


@compiled
def select(heaps, heap, k):  # type: ignore[no-untyped-def]
    """Keep the best ``k`` entries of a heap, the worst last (quickselect; Hoare, 1961)."""
    low, high = 0, heaps.sizes[heap] - 1
    while low < high:
        # The pivot is parked at the end while better entries gather before ``place``.
        _swap(heaps, heap, (low + high) // 2, high)
        place = low
        for at in range(low, high):
            if _better(heaps, heap, at, high):
                _swap(heaps, heap, at, place)
                place += 1
        _swap(heaps, heap, place, high)
        if place == k - 1:
            break
        if place < k - 1:
            low = place + 1
        else:
            high = place - 1
    heaps.sizes[heap] = k
    heaps.thresholds[heap] = max(heaps.thresholds[heap], heaps.scores[heap, k - 1])


@compiled
def push(heaps, heap, score, row):  # type: ignore[no-untyped-def]
    """Add a row that passes the heap's threshold and is not in it yet."""
    size, room = heaps.sizes[heap], heaps.rows.shape[1]
    heaps.scores[heap, size], heaps.rows[heap, size] = score, row
    heaps.sizes[heap] = size + 1
    if size + 1 == room:
        select(heaps, heap, room - SPARE)


@compiled
def merge(into: Heaps, other: Heaps) -> None:
    """Push every entry of other heaps into these; no entry may be in both."""
    for heap in range(len(other.sizes)):
        for at in range(other.sizes[heap]):
            if other.scores[heap, at] >= into.thresholds[heap]:
                push(into, heap, other.scores[heap, at], other.rows[heap, at])


@compiled
def _sort(heaps, k, rows, scores):  # type: ignore[no-untyped-def]
    for heap in range(len(rows)):
        if heaps.sizes[heap] > k:
            select(heaps, heap, k)
        size = heaps.sizes[heap]
        # Shellsort with Knuth's gaps.
        gap = 1
        while gap < size // 3:
            gap = 3 * gap + 1
        while gap > 0:
            for start in range(gap, size):
                at = start
                while at >= gap and _better(heaps, heap, at, at - gap):
                    _swap(heaps, heap, at, at - gap)
                    at -= gap
            gap //= 3
        rows[heap, :size], scores[heap, :size] = heaps.rows[heap, :size], heaps.scores[heap, :size]


def sorted_top(heaps: Heaps) -> TopK:
    """Return the best of every heap, in order."""
    n, room = heaps.rows.shape
    rows = np.full((n, room - SPARE), -1, np.int32)
    scores = np.zeros((n, room - SPARE), np.float32)
    _sort(heaps, room - SPARE, rows, scores)
    return TopK(rows, scores)
