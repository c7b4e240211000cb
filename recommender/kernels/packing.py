"""Packing: sparse rows to bytes and back; see ``types.PackedRows`` for the format."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled
from recommender.kernels.layout import ADJACENT, IN_TAGS, PACKED_EXTRA, TEXT_FIELDS
from recommender.kernels.types import PackedRows

# A varint holds seven bits a byte, the lowest first; a set eighth bit says that more follow.
VARINT_BITS = 7
VARINT_MASK = (1 << VARINT_BITS) - 1
VARINT_MORE = 1 << VARINT_BITS


@compiled
def _packed_fields(fields):  # type: ignore[no-untyped-def]
    """Return four bits: the text's three fields, and one for adjacent or, alone, for a tag."""
    return fields & TEXT_FIELDS | (PACKED_EXTRA if fields & (IN_TAGS | ADJACENT) else 0)


@compiled
def pack(
    indptr: NDArray[np.int64],
    columns: NDArray[np.int32],
    levels: NDArray[np.uint8],
    fields: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return rows in CSR form packed, as ``starts`` and ``blob``."""
    n = len(indptr) - 1
    starts = np.zeros(n + 1, np.int64)
    blob = np.empty(5 * n + 7 * len(columns), np.uint8)
    at = 0
    for row in range(n):
        before = np.int64(0)
        low, high = indptr[row], indptr[row + 1]
        for entry in range(low - 1, high):
            value = high - low if entry < low else columns[entry] - before
            if entry >= low:
                before = np.int64(columns[entry])
            while value >= VARINT_MORE:
                blob[at] = value & VARINT_MASK | VARINT_MORE
                value >>= VARINT_BITS
                at += 1
            blob[at] = value
            at += 1
        blob[at : at + high - low] = levels[low:high]
        at += high - low
        for entry in range(low, high, 2):
            second = _packed_fields(fields[entry + 1]) if entry + 1 < high else 0
            blob[at] = _packed_fields(fields[entry]) | second << 4
            at += 1
        starts[row + 1] = at
    return starts, blob[:at].copy()


@compiled
def varint(blob, at):  # type: ignore[no-untyped-def]
    """Return the varint at a byte, and where the next one begins."""
    byte = np.int64(blob[at])
    at += 1
    value = byte & VARINT_MASK
    shift = VARINT_BITS
    while byte & VARINT_MORE:
        byte = np.int64(blob[at])
        at += 1
        value |= (byte & VARINT_MASK) << shift
        shift += VARINT_BITS
    return value, at


@compiled
def read_row(starts, blob, row, columns):  # type: ignore[no-untyped-def]
    """Fill ``columns`` with a packed row's; return their number and where their levels begin."""
    size, at = varint(blob, starts[row])
    column = np.int64(0)
    for entry in range(size):
        step, at = varint(blob, at)
        column += step
        columns[entry] = column
    return size, at


@compiled
def unpack(
    starts: NDArray[np.int64], blob: NDArray[np.uint8], low: int, high: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the packed rows ``low:high`` in CSR form: indptr, columns, levels and fields."""
    indptr = np.zeros(high - low + 1, np.int64)
    for row in range(low, high):
        indptr[row - low + 1] = indptr[row - low] + varint(blob, starts[row])[0]
    columns = np.empty(indptr[-1], np.int32)
    levels = np.empty(indptr[-1], np.uint8)
    fields = np.empty(indptr[-1], np.uint8)
    for row in range(low, high):
        begin = indptr[row - low]
        size, at = read_row(starts, blob, row, columns[begin:])
        levels[begin : begin + size] = blob[at : at + size]
        at += size
        for entry in range(size):
            packed = blob[at + entry // 2] >> (4 * (entry & 1)) & 15
            if packed <= PACKED_EXTRA:
                fields[begin + entry] = packed
            else:
                fields[begin + entry] = packed & TEXT_FIELDS | ADJACENT
    return indptr, columns, levels, fields


@compiled
def longest_of(packed: PackedRows, rows: NDArray[np.int64]) -> int:
    """Return the number of entries of the longest of some rows."""
    most = 0
    for row in rows:
        most = max(most, varint(packed.blob, packed.starts[row])[0])
    return most


@compiled
def longest(packed: PackedRows) -> int:
    """Return the number of entries of the longest row."""
    most: int = longest_of(packed, np.arange(len(packed.starts) - 1))
    return most


@compiled
def frequencies(packed: PackedRows, columns: int) -> NDArray[np.int32]:
    """Return in how many rows each column is, its document frequency (int32)."""
    df = np.zeros(columns, np.int32)
    row_columns = np.empty(longest(packed), np.int64)
    for row in range(len(packed.starts) - 1):
        size, _ = read_row(packed.starts, packed.blob, row, row_columns)
        for entry in range(size):
            df[row_columns[entry]] += 1
    return df
