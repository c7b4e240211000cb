"""Exact: the scores of all pairs of an archive, tile by tile, pushed to both rows' heaps.

A tile is ``ROWS`` rows. Their sums with all rows before them are made block by block, in three
tiers by document frequency: dense columns by a small matrix product, medium ones by postings, and
sparse ones by products that were made for many rows at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled, reassociating
from recommender.kernels.simd import ROWS, WIDE, multiply
from recommender.kernels.time_factor import factor_bound, time_factor
from recommender.kernels.topk import SPARE, TINY, push
from recommender.kernels.types import Heaps, Postings, SparseRows, TimeOrder, WeightedPostings

# Rows whose sums are looked at together: a run without a score past a threshold is skipped.
RUN = 64
# Sums of the same products in another order differ by less.
SLACK = np.float32(1e-6)
_LINE = 64


class DenseRows(NamedTuple):
    """The dense columns of all rows: row ``i`` is ``starts[i]:starts[i + 1]`` of ``entries``.

    ``starts`` int64; an entry (uint32) is slot << 16 | bfloat16; ``width`` slots.
    """

    starts: NDArray[np.int64]
    entries: NDArray[np.uint32]
    width: int


class MediumRows(NamedTuple):
    """The medium columns of a tile's rows, and the postings of all rows for them."""

    rows: SparseRows
    postings: WeightedPostings


class SparseProducts(NamedTuple):
    """What sparse columns add to the sums of rows from ``first`` on with rows before them.

    By row and block: the products of key ``(row - first) * blocks + block`` are
    ``begins[key]:begins[key + 1]`` of ``others`` (uint16, rows counted from their block's first)
    and ``products`` (float32).
    """

    begins: NDArray[np.int64]
    others: NDArray[np.uint16]
    products: NDArray[np.float32]
    first: int
    blocks: int


class Tile(NamedTuple):
    """The rows ``low:high``, and the rows a block has."""

    low: int
    high: int
    block: int


@reassociating
def _maximum(sums):  # type: ignore[no-untyped-def]
    most = np.float32(-1)
    for at in range(len(sums)):
        most = max(most, sums[at])
    return most


@reassociating
def any_passes(sums, factor, thresholds, threshold, slack):  # type: ignore[no-untyped-def]
    """Tell whether one of a run of sums passes its own threshold or the common one, less slack."""
    # An "or" over a run is vectorised without a branch; a maximum would be a chain.
    passes = False
    for at in range(len(sums)):
        passes |= sums[at] * factor >= min(threshold, thresholds[at]) - slack
    return passes


@reassociating
def any_reaches(sums, factor, threshold):  # type: ignore[no-untyped-def]
    """Tell whether one of a run of sums reaches a threshold."""
    reaches = False
    for at in range(len(sums)):
        reaches |= sums[at] * factor >= threshold
    return reaches


@compiled
def sparse_products(
    sparse: Postings, low: int, high: int, block: int, codebook: NDArray[np.float32]
) -> SparseProducts:
    """Return what sparse columns add to the sums of rows ``low:high`` with rows before them.

    Reading the postings in their own order is faster than looking up each row's.
    """
    blocks = (high + block - 1) // block
    begins = np.zeros((high - low) * blocks + 2, np.int64)
    others, products = np.empty(0, np.uint16), np.empty(0, np.float32)
    for fill in range(2):
        for slot in range(len(sparse.begins) - 1):
            first, last = sparse.begins[slot], sparse.begins[slot + 1]
            if first == last or sparse.rows[last - 1] < low or sparse.rows[first] >= high:
                continue
            for at in range(first, last):
                row = sparse.rows[at]
                if row >= high:
                    break
                if row < low:
                    continue
                weight = codebook[sparse.levels[at]]
                for before in range(first, at):
                    key = (row - low) * blocks + sparse.rows[before] // block
                    if fill:
                        place = begins[key + 1]
                        others[place] = sparse.rows[before] % block
                        products[place] = weight * codebook[sparse.levels[before]]
                        begins[key + 1] = place + 1
                    else:
                        begins[key + 2] += 1
        if not fill:
            for key in range(len(begins) - 1):
                begins[key + 1] += begins[key]
            others = np.empty(begins[-1], np.uint16)
            products = np.empty(begins[-1], np.float32)
    return SparseProducts(begins, others, products, low, blocks)


@compiled
def add_posted(slots, weights, postings, block, sums):  # type: ignore[no-untyped-def]
    """Add to ``sums`` what a row's slots have posted for one block."""
    begins, entries, width = postings
    base, one = block * width, np.uint64(1)
    for entry in range(np.uint64(len(slots))):
        place, weight = np.uint64(base + slots[entry]), weights[entry]
        for at in range(np.uint64(begins[place]), np.uint64(begins[place + one])):
            posting = entries[at]
            theirs = np.uint32(posting & np.uint32(0xFFFF0000)).view(np.float32)
            sums[np.uint64(posting & np.uint32(0xFFFF))] += weight * theirs


@compiled
def _aligned(size):  # type: ignore[no-untyped-def]
    """Return room for so many numbers of four bytes that begins where a cache line does."""
    room = np.empty(size + _LINE // 4, np.uint32)
    skip = (_LINE - room.ctypes.data % _LINE) % _LINE // 4
    return room[skip : skip + size]


@compiled
def _tile_weights(dense, low, high):  # type: ignore[no-untyped-def]
    """Return the dense weights of the rows ``low:high`` by slot, as bfloat16, 0 for none.

    Each number holds two rows: one in its lower half, and the one ``WIDE`` rows on in its upper.
    """
    starts, entries, width = dense
    weights = _aligned(width * ROWS // 2)
    weights[:] = 0
    halves = weights.view(np.uint16)
    for row in range(low, high):
        lane = row - low
        place = lane // (2 * WIDE) * 2 * WIDE + lane % WIDE * 2 + lane // WIDE % 2
        for at in range(starts[row], starts[row + 1]):
            halves[np.int64(entries[at] >> 16) * ROWS + place] = entries[at] & 0xFFFF
    return weights


@compiled
def _add_dense(dense, weights, begin, bound, across, sums):  # type: ignore[no-untyped-def]
    """Fill ``sums`` (ROWS x rows) with the products of dense columns with rows ``begin:bound``.

    ``weights`` are the tile's, ``across`` (WIDE * ROWS) is room to work in; behind the last row
    ``sums`` has room for a whole vector.
    """
    starts, entries, _ = dense
    for start in range(begin, bound, WIDE):
        for row in range(start, min(bound, start + WIDE)):
            multiply(entries, starts[row], starts[row + 1], weights, across, (row - start) * ROWS)
        first = np.uint64(start - begin)
        for row in range(np.uint64(ROWS)):
            own = sums[row]
            for at in range(np.uint64(WIDE)):
                own[first + at] = across[at * np.uint64(ROWS) + row]


@compiled
def _raise_threshold(sums, row, begin, times, k, heaps):  # type: ignore[no-untyped-def]
    """Raise a row's threshold to what ``k`` runs have a score of, so few of a first block enter.

    The lowest factor in a run is that of its first or its last row, as these are in time order.
    """
    runs = len(sums) // RUN
    if runs < k or heaps.thresholds[row] > TINY:
        return
    least = np.empty(runs, np.float32)
    for run in range(runs):
        first = begin + run * RUN
        last = first + RUN - 1
        factor = np.float32(0)
        if not np.isnan(times.days[last]) or np.isnan(times.days[first]):
            day = times.days[row]
            factor = min(time_factor(times, day, first), time_factor(times, day, last))
        least[run] = _maximum(sums[run * RUN : (run + 1) * RUN]) * factor
    least.sort()
    # Less the slack, so that no rounding makes it more than the score itself.
    heaps.thresholds[row] = max(TINY, least[runs - k] * (1 - SLACK))


@compiled
def push_block(
    sums: NDArray[np.float32], row: int, begin: int, ordered: TimeOrder, heaps: Heaps
) -> None:
    """Push the pairs of ``row`` and the rows from ``begin`` on, with these sums, to both heaps.

    Rows are places in time order. Most runs are skipped by the upper bound of their factor.
    """
    times, order = ordered.times, ordered.order
    day, thresholds = times.days[row], heaps.thresholds
    _raise_threshold(sums, row, begin, times, heaps.rows.shape[1] - SPARE, heaps)
    for start in range(0, len(sums), RUN):
        run = sums[start : start + RUN]
        first, stop = begin + start, begin + start + len(run)
        bound = factor_bound(ordered, row, row + 1, first, stop)
        if not any_passes(run, bound, thresholds[first:stop], thresholds[row], np.float32(0)):
            continue
        for at in range(len(run)):
            other = first + at
            if run[at] * bound < min(thresholds[row], thresholds[other]):
                continue
            score = np.float32(run[at] * time_factor(times, day, other))
            if score >= thresholds[row]:
                push(heaps, row, score, order[other])
            if score >= thresholds[other]:
                push(heaps, other, score, order[row])


@compiled
def push_tile(
    tile: Tile,
    dense: DenseRows,
    medium: MediumRows,
    sparse: SparseProducts,
    ordered: TimeOrder,
    heaps: Heaps,
) -> None:
    """Sum the pairs of a tile's rows and all rows before them, and push them to both heaps.

    A sum is made in the same order for all pairs, so that twins have equal scores.
    """
    low, high, block = tile
    weights = _tile_weights(dense, low, high)
    across = _aligned(WIDE * ROWS).view(np.float32)
    sums = np.empty((ROWS, block + WIDE), np.float32)
    indptr, slots, slot_weights = medium.rows
    # Nearest in time first: most of the best are there, so later pairs fail the thresholds.
    for number in range((high - 1) // block, -1, -1):
        begin = number * block
        bound = min(high, begin + block)
        _add_dense(dense, weights, begin, bound, across, sums)
        for row in range(max(low, begin + 1), high):
            own = sums[row - low]
            part = slice(indptr[row - low], indptr[row - low + 1])
            add_posted(slots[part], slot_weights[part], medium.postings, number, own)
            key = (row - sparse.first) * sparse.blocks + number
            for at in range(sparse.begins[key], sparse.begins[key + 1]):
                own[sparse.others[at]] += sparse.products[at]
            push_block(own[: min(row, bound) - begin], row, begin, ordered, heaps)
