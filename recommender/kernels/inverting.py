"""Inverting: packed rows to postings, and to rows of only some columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled
from recommender.kernels.packing import longest, longest_of, read_row, varint
from recommender.kernels.types import PackedRows, Postings, SlotRange, SparseRows


@compiled
def _read_slots(packed, row, chosen, columns, found, places):  # type: ignore[no-untyped-def]
    """Fill ``found`` with a packed row's slots in a range, counted from ``low``; return how many.

    ``places`` is filled with where their levels are in the blob; ``columns`` is room to work in.
    """
    slots, low, high = chosen
    size, first = read_row(packed.starts, packed.blob, row, columns)
    count, width = 0, np.uint32(high - low)
    for entry in range(size):
        # Written in any case and then kept or not: the branch would be unpredictable.
        slot = slots[columns[entry]] - low
        found[count], places[count] = slot, first + entry
        count += int(np.uint32(slot) < width)
    return count


@compiled
def invert(
    packed: PackedRows,
    order: NDArray[np.int64],
    chosen: SlotRange,
    df: NDArray[np.int32],
    block: int,
    postings: Postings,
) -> None:
    """Fill the postings of the chosen slots: by block of rows, then by slot, then by row.

    Rows are taken in ``order`` and counted so. ``df`` (int32) is each column's document frequency.
    ``postings.begins`` must be all 0, ``rows`` and ``levels`` as long as there are entries.
    """
    slots, low, high = chosen
    begins, rows, levels = postings
    room = longest(packed)
    columns, found = np.empty(room, np.int64), np.empty(room, np.int64)
    places = np.empty(room, np.int64)
    # In one block the counts are the document frequencies.
    counted = len(order) <= block
    for column in range(len(slots) if counted else 0):
        if low <= slots[column] < high:
            begins[slots[column] - low] = df[column]
    for fill in range(2):
        for row in range(0 if counted and not fill else len(order)):
            base = row // block * (high - low)
            for entry in range(_read_slots(packed, order[row], chosen, columns, found, places)):
                key = base + found[entry]
                if fill:
                    place = begins[key]
                    rows[place] = row % block
                    levels[place] = packed.blob[places[entry]]
                    begins[key] = place + 1
                else:
                    begins[key] += 1
        if not fill:
            total = 0
            for key in range(len(begins)):
                total, begins[key] = total + begins[key], total
    for key in range(len(begins) - 1, 0, -1):
        begins[key] = begins[key - 1]
    begins[0] = 0


@compiled
def slot_rows(packed: PackedRows, order: NDArray[np.int64], chosen: SlotRange) -> SparseRows:
    """Return rows, in ``order``, of only the columns whose slots are chosen."""
    room = longest_of(packed, order)
    columns, places = np.empty(room, np.int64), np.empty(room, np.int64)
    most = 0
    for row in order:
        most += varint(packed.blob, packed.starts[row])[0]
    slots, weights = np.empty(most, np.int32), np.empty(most, np.float32)
    indptr = np.zeros(len(order) + 1, np.int64)
    size = 0
    for row in range(len(order)):
        count = _read_slots(packed, order[row], chosen, columns, slots[size:], places)
        for entry in range(count):
            weights[size] = packed.codebook[packed.blob[places[entry]]]
            size += 1
        indptr[row + 1] = size
    return SparseRows(indptr, slots[:size], weights[:size])


@compiled
def heaviest(
    packed: PackedRows, usable: NDArray[np.bool_], most: int, order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]:
    """Return rows, in ``order``, of only their ``most`` heaviest entries of usable columns.

    In CSR form: indptr, columns, levels. Of entries of one level the last columns are taken.
    """
    starts, blob, _ = packed
    columns = np.empty(longest(packed), np.int64)
    indptr = np.zeros(len(starts), np.int64)
    for row in range(len(order)):
        size, _ = read_row(starts, blob, order[row], columns)
        count = 0
        for entry in range(size):
            count += usable[columns[entry]]
        indptr[row + 1] = indptr[row] + min(count, most)
    kept, levels = np.empty(indptr[-1], np.int32), np.empty(indptr[-1], np.uint8)
    for row in range(len(order)):
        size, first = read_row(starts, blob, order[row], columns)
        counts = np.zeros(257, np.int64)
        for entry in range(size):
            if usable[columns[entry]]:
                counts[np.int64(blob[first + entry])] += 1
        room, last = indptr[row + 1] - indptr[row], 0
        while last < 256 and room >= counts[last]:
            room -= counts[last]
            last += 1
        # All entries of lower levels are taken, and of the last level as many as there is room.
        place = indptr[row + 1]
        for entry in range(size - 1, -1, -1):
            level = np.int64(blob[first + entry])
            if usable[columns[entry]] and (level < last or (level == last and room > 0)):
                room -= level == last
                place -= 1
                kept[place], levels[place] = columns[entry], level
    return indptr, kept, levels
