"""Scatter: one row spread over all columns, so that its product with another row is a walk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled
from recommender.kernels.packing import (
    VARINT_BITS,
    VARINT_MASK,
    read_row,
    varint,
)
from recommender.kernels.time_factor import time_factor
from recommender.kernels.topk import push
from recommender.kernels.types import Heaps, PackedRows, Query, Scatter, Times

# Flags of the column filter; few enough for the first cache.
FILTER = 1 << 14


def empty_scatter(columns: int, longest_row: int, rows: int) -> Scatter:
    """Return room to multiply one of ``rows`` rows of so many columns with many."""
    # One place is written behind the last entry, and never read.
    length = longest_row + 1
    return Scatter(
        np.zeros(columns, np.float32),
        np.zeros(FILTER, np.uint8),
        np.empty(length, np.int64),
        np.empty(length, np.int64),
        np.full(rows, -1, np.int32),
    )


@compiled
def scatter_row(packed, row, scatter, on):  # type: ignore[no-untyped-def]
    """Put a row's weights at their columns and flag these, or undo it."""
    size, at = read_row(packed.starts, packed.blob, row, scatter.columns)
    for entry in range(size):
        column = scatter.columns[entry]
        weight = packed.codebook[packed.blob[at + entry]] if on else np.float32(0)
        scatter.weights[column] = weight
        scatter.filter[column & (FILTER - 1)] = on


@compiled
def _flagged(packed, row, scatter):  # type: ignore[no-untyped-def]
    """Fill ``columns`` and ``places`` with a row's that have a flag; return how many there are.

    And where the row's levels begin. Varint lengths of rare columns are unpredictable, so the
    first three bytes are decoded without a branch.
    """
    blob, flags, columns, places = packed.blob, scatter.filter, scatter.columns, scatter.places
    size, first = varint(blob, packed.starts[row])
    at, column, hits = np.uint64(first), np.uint64(0), np.uint64(0)
    one, low, mask = np.uint64(1), np.uint64(VARINT_MASK), np.uint64(FILTER - 1)
    bits = np.uint64(VARINT_BITS)
    for entry in range(size):
        byte = np.uint64(blob[at])
        at += one
        column += byte & low
        if byte > low:
            second, third = np.uint64(blob[at]), np.uint64(blob[at + one])
            more = second >> bits
            column += (second & low) << bits
            column += (third & low) << np.uint64(2 * VARINT_BITS) & -more
            at += one + more
            shift = np.uint64(3 * VARINT_BITS)
            more &= third >> bits
            while more:
                byte = np.uint64(blob[at])
                at += one
                column += (byte & low) << shift
                shift += bits
                more = byte >> bits
        columns[hits], places[hits] = column, entry
        hits += np.uint64(flags[column & mask])
    return hits, at


@compiled
def product(packed, row, scatter):  # type: ignore[no-untyped-def]
    """Return the dot product of a row and the scattered one, the same either way round.

    Columns without a flag are skipped: a look at ``weights``, too long for a cache, costs more
    than the rest.
    """
    hits, at = _flagged(packed, row, scatter)
    total = np.float32(0)
    for hit in range(hits):
        level = packed.blob[at + np.uint64(scatter.places[hit])]
        total += scatter.weights[scatter.columns[hit]] * packed.codebook[level]
    return total


@compiled
def _product_with(query, packed, row, scatter):  # type: ignore[no-untyped-def]
    """Return the dot product of a row and a query, whose columns are flagged, not scattered."""
    hits, at = _flagged(packed, row, scatter)
    total = np.float32(0)
    for hit in range(hits):
        entry = np.searchsorted(query.columns, scatter.columns[hit])
        if entry < len(query.columns) and query.columns[entry] == scatter.columns[hit]:
            level = packed.blob[at + np.uint64(scatter.places[hit])]
            total += query.weights[entry] * packed.codebook[level]
    return total


@compiled
def search_among(
    query: Query,
    chosen: NDArray[np.int64],
    packed: PackedRows,
    times: Times,
    factors: NDArray[np.float32],
    scatter: Scatter,
    heaps: Heaps,
    heap: int,
) -> None:
    """Push the best of the ``chosen`` rows for a query to a heap, reading them one by one.

    ``factors`` (float32, one a row) multiply the scores; the weights of ``scatter`` are not used.
    """
    for column in query.columns:
        scatter.filter[column & (FILTER - 1)] = 1
    for row in chosen:
        score = _product_with(query, packed, row, scatter)
        score = np.float32(np.float32(score * time_factor(times, query.day, row)) * factors[row])
        if score >= heaps.thresholds[heap]:
            push(heaps, heap, score, row)
