"""Types: the arrays that travel together through compiled functions, as NamedTuples."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class PackedRows(NamedTuple):
    """Sparse rows in bytes, and the weight of each level.

    ``blob`` (uint8) holds row ``i`` at ``starts[i]:starts[i + 1]`` (int64): the number of entries
    and the distances between their columns as varints; their levels; their fields, two entries a
    byte. ``codebook`` (float32) is the weight of each level.
    """

    starts: NDArray[np.int64]
    blob: NDArray[np.uint8]
    codebook: NDArray[np.float32]


class SparseRows(NamedTuple):
    """Rows in CSR form: row ``i`` is ``indptr[i]:indptr[i + 1]`` of ``slots`` and ``weights``.

    ``indptr`` int64, ``slots`` int32, ``weights`` float32.
    """

    indptr: NDArray[np.int64]
    slots: NDArray[np.int32]
    weights: NDArray[np.float32]


class SlotRange(NamedTuple):
    """The columns whose slot is in ``low:high``, counted from ``low``; ``slots`` int32 a column."""

    slots: NDArray[np.int32]
    low: int
    high: int


class Postings(NamedTuple):
    """For each block of rows and each slot the rows that have it, ascending.

    Those of slot ``s`` in block ``b`` begin at ``begins[b * slots + s]`` (uint32 or int64) of
    ``rows`` (uint16 or int32, counted from the block's first row) and ``levels`` (uint8).
    """

    begins: NDArray[Any]
    rows: NDArray[Any]
    levels: NDArray[Any]


class WeightedPostings(NamedTuple):
    """Postings with the weight in the entry: its upper half is a bfloat16, its lower half a row.

    ``begins`` as in ``Postings``, ``entries`` uint32, ``width`` slots a block.
    """

    begins: NDArray[Any]
    entries: NDArray[np.uint32]
    width: int


class InvertedIndex(NamedTuple):
    """The postings of a whole archive in two tiers.

    Columns below ``width``, in many rows, are in ``dense``, by blocks of ``block`` rows; the
    others, in few rows, in ``sparse``, all rows one block.
    """

    width: int
    block: int
    dense: Postings
    sparse: Postings
    codebook: NDArray[np.float32]


class Times(NamedTuple):
    """When each row was published, and the time factor of a pair.

    ``days`` (float32, one a row) are days since any fixed date, NaN where unknown. The factor of a
    pair is ``(1 + distance)**-power``, and ``unknown`` where a date is missing.
    """

    days: NDArray[np.float32]
    power: np.float32
    unknown: np.float32


class TimeOrder(NamedTuple):
    """Rows in the order of publication, the undated last.

    ``order`` (int64) is the row at each place, ``times`` are those of the places, and ``bounds``
    (float32) upper bounds of the factor at each whole number of days, the last for all beyond.
    """

    order: NDArray[np.int64]
    times: Times
    bounds: NDArray[np.float32]


class Query(NamedTuple):
    """One search: ``columns`` int32 ascending and ``weights`` float32 of the query's terms.

    ``day`` (float32) is its publication in days, NaN if unknown; ``row`` its own row, never
    returned, -1 for none.
    """

    columns: NDArray[np.int32]
    weights: NDArray[np.float32]
    day: np.float32
    row: int


class Heaps(NamedTuple):
    """Bounded top-k buffers, one a row: unordered, a few entries too many until selected.

    ``rows`` int32 and ``scores`` float32 (n, k + SPARE), of which ``sizes`` (int32, n) are filled;
    ``thresholds`` (float32, n): the k-th best score, or a lower bound of it.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    sizes: NDArray[np.int32]
    thresholds: NDArray[np.float32]


class TopK(NamedTuple):
    """The best rows of each heap (n x k), by score descending, then row ascending.

    ``rows`` int32, -1 where there are no more; ``scores`` float32, 0 there.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]


class Scatter(NamedTuple):
    """A scatter accumulator: room to multiply one row with many.

    ``weights`` (float32) has a place for each column, ``filter`` (uint8, ``FILTER``) flags
    columns, by their lowest bits, that may have a weight: both are all 0 between two rows.
    ``columns`` and ``places`` (int64) are as long as the longest row; ``seen`` (int32, one a row)
    holds the last row that was multiplied with it.
    """

    weights: NDArray[np.float32]
    filter: NDArray[np.uint8]
    columns: NDArray[np.int64]
    places: NDArray[np.int64]
    seen: NDArray[np.int32]
