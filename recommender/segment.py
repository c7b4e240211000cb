"""Segment: the rows of articles newer than a model, searched exactly like the model's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.kernel import Postings, Times
from recommender.postings import BLOCK, Searchable, inverted
from recommender.rows import Rows, Vectors

# Blocks are joined up to so many rows, so that no write waits long for it.
MOST = 1 << 12
# No columns are in few rows.
_NONE = Postings(np.zeros(1, np.uint32), np.zeros(0, np.int32), np.zeros(0, np.uint8))
Found = tuple[NDArray[np.int32], NDArray[np.float32]]


@dataclass(frozen=True)
class Block:
    """Some rows and their postings, in a space of only the ``columns`` they have (ascending).

    ``width`` is that of the whole space.
    """

    width: int
    columns: NDArray[np.int32]
    rows: Rows
    postings: Searchable

    @classmethod
    def of(cls, vectors: Vectors) -> Self:
        """Make a block of rows."""
        columns, places = np.unique(vectors.indices, return_inverse=True)
        width, df = len(columns), np.bincount(places, minlength=len(columns)).astype(np.int32)
        rows = Rows.of(replace(vectors, indices=places.astype(np.int32), columns=width))
        slots = np.arange(width, dtype=np.int32)
        found = inverted(rows, slots, range(width), BLOCK, df)
        for array in (*found, *_NONE):
            # As those of a stored model are, for which the kernel is compiled.
            array.setflags(write=False)
        return cls(vectors.columns, columns.astype(np.int32), rows, Searchable(width, found, _NONE))

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, low: int, high: int) -> Vectors:
        """Return the rows ``low:high``."""
        rows = self.rows.part(low, high)
        return replace(rows, indices=self.columns[rows.indices], columns=self.width)

    def query(self, query: Vectors) -> Vectors:
        """Return a query of one row in the block's own columns, without those it has not."""
        at = np.searchsorted(self.columns, query.indices)
        known = at < len(self.columns)
        known[known] = self.columns[at[known]] == query.indices[known]
        ends = np.array([0, np.count_nonzero(known)], np.int64)
        places = at[known].astype(np.int32)
        return Vectors(ends, places, query.levels[known], query.fields[known], len(self.columns))


@dataclass(frozen=True)
class Segment:
    """Rows from ``first`` on, in blocks; those that were added last are in the smallest ones.

    Examples
    --------
    >>> one = Vectors(np.array([0, 1]), *(np.array([0], kind) for kind in ("i4", "u1", "u1")), 1)
    >>> segment = Segment(5).added(one).added(one).added(one)
    >>> len(segment), [len(block) for block in segment.blocks]
    (3, [2, 1])
    """

    first: int
    blocks: tuple[Block, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, self.blocks))

    def added(self, vectors: Vectors) -> Segment:
        """Return the segment with more rows after its own.

        A block is joined with the one before it once it is as large: every row is in a logarithm
        of joins, and a search in about as many blocks.
        """
        blocks = list(self.blocks)
        for low in range(0, len(vectors), MOST):
            more = vectors.part(low, low + MOST)
            while blocks and len(blocks[-1]) <= len(more) and len(blocks[-1]) + len(more) <= MOST:
                last = blocks.pop()
                more = Vectors.joined([last.part(0, len(last)), more])
            blocks.append(Block.of(more))
        return replace(self, blocks=tuple(blocks))

    def row(self, row: int) -> Vectors:
        """Return one row, counted from the first of all articles."""
        at = row - self.first
        for block in self.blocks:
            if at < len(block):
                return block.part(at, at + 1)
            at -= len(block)
        raise IndexError(row)

    def search(
        self,
        query: Vectors,
        day: float,
        times: Times,
        k: int,
        factors: NDArray[np.float32] | None,
        row: int,
    ) -> list[Found]:
        """Return the best rows of each block; the arguments are those of ``Searchable.search``.

        ``times``, ``factors`` and ``row`` are of all articles.
        """
        found, low = [], self.first
        for block in self.blocks:
            cut = slice(low, low + len(block))
            own = row - low if cut.start <= row < cut.stop else -1
            rows, scores = block.postings.search(
                block.query(query),
                day,
                times._replace(days=times.days[cut]),
                k,
                factors=None if factors is None else factors[cut],
                row=own,
            )
            found.append((rows + np.int32(low), scores))
            low = cut.stop
        return found
