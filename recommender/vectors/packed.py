"""Packed vectors: the rows of an archive in bytes that can be memory-mapped, read row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.packing import pack, unpack
from recommender.kernels.types import PackedRows
from recommender.vectors.weighting import CODEBOOK


@dataclass(frozen=True)
class Vectors:
    """Sparse rows in CSR form, columns ascending within a row.

    ``indptr`` int64, ``indices`` int32; ``levels`` (uint8) are the quantised weights; ``fields``
    (uint8) has a bit for each of ``FIELDS`` the term is in, and ``ADJACENT`` for a bigram whose
    words stand next to each other somewhere in the article; ``columns`` is the width of the space.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    levels: NDArray[np.uint8]
    fields: NDArray[np.uint8]
    columns: int

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.indptr) - 1

    @property
    def data(self) -> NDArray[np.float32]:
        """The weights (float32)."""
        return CODEBOOK[self.levels]

    @classmethod
    def concatenated(cls, parts: Sequence[Vectors]) -> Vectors:
        """Return the rows of several parts, at least one, as one."""
        ends = np.cumsum([0, *(part.indptr[-1] for part in parts)])
        starts = [part.indptr[:-1] + end for part, end in zip(parts, ends, strict=False)]
        return cls(
            np.concatenate([*starts, ends[-1:]]).astype(np.int64),
            np.concatenate([part.indices for part in parts]),
            np.concatenate([part.levels for part in parts]),
            np.concatenate([part.fields for part in parts]),
            max(part.columns for part in parts),
        )

    def row(self, row: int) -> Vectors:
        """Return one row, as a view."""
        return self.slice(row, row + 1)

    def slice(self, low: int, high: int) -> Vectors:
        """Return the rows ``low:high``, as views except for ``indptr``."""
        ends = self.indptr[low : high + 1]
        cut = slice(int(ends[0]), int(ends[-1]))
        parts = self.indices[cut], self.levels[cut], self.fields[cut]
        return Vectors(ends - ends[0], *parts, self.columns)


class RowReader(Protocol):
    """Anything that holds an archive's vectors and returns them one by one."""

    def row(self, row: int) -> Vectors:
        """Return one row."""


@dataclass(frozen=True)
class PackedVectors:
    """Vectors in about 2.5 to 4 bytes an entry, without loss.

    ``starts`` (int64) and ``blob`` (uint8) are in the format of ``kernels.types.PackedRows``,
    ``columns`` is the width of the space, ``codebook`` (float32) the weight of each level.

    Examples
    --------
    >>> one = Vectors(np.array([0, 2]), np.array([3, 900], np.int32), np.array([7, 9], np.uint8),
    ...     np.array([4, 8], np.uint8), 1000)
    >>> packed = PackedVectors.of(one)
    >>> packed.starts.tolist(), packed.row(0).indices.tolist(), packed.row(0).fields.tolist()
    ([0, 7], [3, 900], [4, 8])
    """

    starts: NDArray[np.int64]
    blob: NDArray[np.uint8]
    columns: int
    codebook: NDArray[np.float32] = field(default_factory=lambda: CODEBOOK)

    @classmethod
    def of(cls, vectors: Vectors) -> PackedVectors:
        """Pack vectors."""
        starts, blob = pack(vectors.indptr, vectors.indices, vectors.levels, vectors.fields)
        return cls(starts, blob, vectors.columns)

    @classmethod
    def concatenated(cls, parts: Iterable[PackedVectors], columns: int) -> PackedVectors:
        """Return the rows of several parts as one."""
        sizes, blob, size = [np.zeros(1, np.int64)], np.empty(1 << 20, np.uint8), 0
        for part in parts:
            sizes.append(np.diff(part.starts))
            if size + len(part.blob) > len(blob):
                # Large arrays are extended in place, without a copy.
                blob.resize(5 * (size + len(part.blob)) // 4, refcheck=False)
            blob[size : size + len(part.blob)] = part.blob
            size += len(part.blob)
        blob.resize(size, refcheck=False)
        return cls(np.cumsum(np.concatenate(sizes)), blob, columns)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.starts) - 1

    @property
    def arrays(self) -> PackedRows:
        """The arrays as kernels take them."""
        return PackedRows(self.starts, self.blob, self.codebook)

    def row(self, row: int) -> Vectors:
        """Return one row."""
        return self.slice(row, row + 1)

    def slice(self, low: int, high: int) -> Vectors:
        """Return the rows ``low:high``."""
        indptr, indices, levels, fields = unpack(self.starts, self.blob, low, high)
        return Vectors(indptr, indices, levels, fields, self.columns)
