"""Rows: the vectors of an archive packed into bytes that can be memory-mapped, read row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.kernel import compiled, unpack
from recommender.weights import LEVELS


@dataclass(frozen=True)
class Vectors:
    """Sparse rows (CSR), columns ascending within a row.

    ``indptr`` int64, ``indices`` int32; ``levels`` (uint8) says which of ``LEVELS`` each weight
    is; ``fields`` uint8 has a bit for each of ``FIELDS`` the term stands in, and ``TOUCHING`` for a
    pair of words that stand next to each other somewhere in the article; ``columns`` is the width
    of the space.
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
        return LEVELS[self.levels]

    @classmethod
    def joined(cls, parts: Sequence[Vectors]) -> Vectors:
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
        return self.part(row, row + 1)

    def part(self, low: int, high: int) -> Vectors:
        """Return the rows ``low:high``, as views but for where they begin."""
        ends = self.indptr[low : high + 1]
        cut = slice(int(ends[0]), int(ends[-1]))
        parts = self.indices[cut], self.levels[cut], self.fields[cut]
        return Vectors(ends - ends[0], *parts, self.columns)


class ByRow(Protocol):
    """What holds an archive's vectors, to be read one by one."""

    def row(self, row: int) -> Vectors:
        """Return one row."""


@dataclass(frozen=True)
class Rows:
    """Vectors in about 2.5 to 4 bytes an entry, nothing lost.

    ``blob`` (uint8) holds row ``i`` in ``starts[i]:starts[i + 1]`` (int64): the number of entries
    and the distances between their columns, seven bits a byte, a set eighth bit if more follow;
    their levels; and their fields, two entries a byte. ``columns`` is the width of the space.

    Examples
    --------
    >>> one = Vectors(np.array([0, 2]), np.array([3, 900], np.int32), np.array([7, 9], np.uint8),
    ...     np.array([4, 8], np.uint8), 1000)
    >>> packed = Rows.of(one)
    >>> packed.starts.tolist(), packed.row(0).indices.tolist(), packed.row(0).fields.tolist()
    ([0, 7], [3, 900], [4, 8])
    """

    starts: NDArray[np.int64]
    blob: NDArray[np.uint8]
    columns: int

    @classmethod
    def of(cls, vectors: Vectors) -> Rows:
        """Pack vectors."""
        packed = _pack(vectors.indptr, vectors.indices, vectors.levels, vectors.fields)
        return cls(packed[0], packed[1], vectors.columns)

    @classmethod
    def joined(cls, parts: Iterable[Rows], columns: int) -> Rows:
        """Return the rows of several parts as one."""
        sizes, blob, size = [np.zeros(1, np.int64)], np.empty(1 << 20, np.uint8), 0
        for part in parts:
            sizes.append(np.diff(part.starts))
            if size + len(part.blob) > len(blob):
                # Large arrays are made longer where they are: nothing is copied.
                blob.resize(5 * (size + len(part.blob)) // 4, refcheck=False)
            blob[size : size + len(part.blob)] = part.blob
            size += len(part.blob)
        blob.resize(size, refcheck=False)
        return cls(np.cumsum(np.concatenate(sizes)), blob, columns)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.starts) - 1

    def row(self, row: int) -> Vectors:
        """Return one row."""
        return self.part(row, row + 1)

    def part(self, low: int, high: int) -> Vectors:
        """Return the rows ``low:high``."""
        indptr, indices, levels, fields = unpack(self.starts, self.blob, low, high)
        return Vectors(indptr, indices, levels, fields, self.columns)


@compiled
def _pack(indptr, indices, levels, fields):  # type: ignore[no-untyped-def]
    n = len(indptr) - 1
    starts = np.zeros(n + 1, np.int64)
    blob = np.empty(5 * n + 7 * len(indices), np.uint8)
    at = 0
    for row in range(n):
        before = np.int64(0)
        low, high = indptr[row], indptr[row + 1]
        for entry in range(low - 1, high):
            value = high - low if entry < low else indices[entry] - before
            if entry >= low:
                before = np.int64(indices[entry])
            while value >= 128:
                blob[at] = value & 127 | 128
                value >>= 7
                at += 1
            blob[at] = value
            at += 1
        blob[at : at + high - low] = levels[low:high]
        at += high - low
        for entry in range(low, high, 2):
            second = _nibble(fields[entry + 1]) if entry + 1 < high else 0
            blob[at] = _nibble(fields[entry]) | second << 4
            at += 1
        starts[row + 1] = at
    return starts, blob[:at].copy()


@compiled
def _nibble(bits):  # type: ignore[no-untyped-def]
    """Return the bits of title, summary and body, and one for touching or, alone, a tag."""
    return bits & 7 | (8 if bits & 24 else 0)
