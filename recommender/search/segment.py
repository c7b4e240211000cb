"""Live segment: the rows of articles newer than a model, searched exactly like the model's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.types import Postings, SlotRange, Times
from recommender.search.postings import BLOCK, Ranking, SearchIndex, inverted
from recommender.vectors.packed import PackedVectors, Vectors

# Blocks are merged up to so many rows, so that no write waits long for a merge.
MOST_ROWS = 1 << 12
# The sparse postings of a block: there are none.
_NO_POSTINGS = Postings(np.zeros(1, np.uint32), np.zeros(0, np.int32), np.zeros(0, np.uint8))


@dataclass(frozen=True)
class Block:
    """Some rows and their postings, in a space of only the ``columns`` they have (ascending).

    ``width`` is that of the whole space.
    """

    width: int
    columns: NDArray[np.int32]
    rows: PackedVectors
    postings: SearchIndex

    @classmethod
    def of(cls, vectors: Vectors) -> Self:
        """Build a block of rows."""
        columns, places = np.unique(vectors.indices, return_inverse=True)
        width, df = len(columns), np.bincount(places, minlength=len(columns)).astype(np.int32)
        rows = PackedVectors.of(replace(vectors, indices=places.astype(np.int32), columns=width))
        chosen = SlotRange(np.arange(width, dtype=np.int32), 0, width)
        dense = inverted(rows, chosen, BLOCK, df)
        for array in (*dense, *_NO_POSTINGS):
            # Read-only like those of a stored model, so that the same compiled code serves both.
            array.setflags(write=False)
        index = SearchIndex(width, dense, _NO_POSTINGS)
        return cls(vectors.columns, columns.astype(np.int32), rows, index)

    def __len__(self) -> int:
        return len(self.rows)

    def slice(self, low: int, high: int) -> Vectors:
        """Return the rows ``low:high``."""
        rows = self.rows.slice(low, high)
        return replace(rows, indices=self.columns[rows.indices], columns=self.width)

    def project(self, query: Vectors) -> Vectors:
        """Return a query of one row in the block's own columns, without those it lacks."""
        at = np.searchsorted(self.columns, query.indices)
        known = at < len(self.columns)
        known[known] = self.columns[at[known]] == query.indices[known]
        ends = np.array([0, np.count_nonzero(known)], np.int64)
        places = at[known].astype(np.int32)
        return Vectors(ends, places, query.levels[known], query.fields[known], len(self.columns))


@dataclass(frozen=True)
class LiveSegment:
    """Rows from ``first`` on, in blocks; the rows added last are in the smallest ones.

    Examples
    --------
    >>> one = Vectors(np.array([0, 1]), *(np.array([0], kind) for kind in ("i4", "u1", "u1")), 1)
    >>> segment = LiveSegment(5).extended(one).extended(one).extended(one)
    >>> len(segment), [len(block) for block in segment.blocks]
    (3, [2, 1])
    """

    first: int
    blocks: tuple[Block, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, self.blocks))

    def extended(self, vectors: Vectors) -> LiveSegment:
        """Return the segment with more rows after its own.

        A block is merged with the one before it once it is as large: every row takes part in a
        logarithmic number of merges, and a search goes through about as many blocks.
        """
        blocks = list(self.blocks)
        for low in range(0, len(vectors), MOST_ROWS):
            more = vectors.slice(low, low + MOST_ROWS)
            while (
                blocks and len(blocks[-1]) <= len(more) and len(blocks[-1]) + len(more) <= MOST_ROWS
            ):
                last = blocks.pop()
                more = Vectors.concatenated([last.slice(0, len(last)), more])
            blocks.append(Block.of(more))
        return replace(self, blocks=tuple(blocks))

    def row(self, row: int) -> Vectors:
        """Return one row; rows are counted from the first of the whole archive."""
        at = row - self.first
        for block in self.blocks:
            if at < len(block):
                return block.slice(at, at + 1)
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
    ) -> list[Ranking]:
        """Return the best rows of each block; the arguments are those of ``SearchIndex.search``.

        ``times``, ``factors`` and ``row`` are of the whole archive.
        """
        rankings, low = [], self.first
        for block in self.blocks:
            cut = slice(low, low + len(block))
            own = row - low if cut.start <= row < cut.stop else -1
            rows, scores = block.postings.search(
                block.project(query),
                day,
                times._replace(days=times.days[cut]),
                k,
                factors=None if factors is None else factors[cut],
                row=own,
            )
            rankings.append((rows + np.int32(low), scores))
            low = cut.stop
        return rankings
