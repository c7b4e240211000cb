"""Pair scores: the parts of chosen pairs' scores, so that trying a setting costs milliseconds.

With ``x = unit(b + wt*t + wl*l)`` the product of two rows is a sum of the nine products of their
fields, divided by two norms that are such sums as well. None of these depends on the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from recommender.counts import KINDS, Counts
from recommender.kernel import compiled
from recommender.weights import Rarity, field_vectors

Floats = NDArray[np.float64]
FIELD_COUNT = 3


@dataclass(frozen=True)
class Block:
    """The fields' products of words, or of pairs of words, at one idf power.

    ``across`` (pairs x 3 x 3, float32) is field of the query by field of the other; ``within``
    (articles x 3 x 3, float32) is each article's with itself.
    """

    across: NDArray[np.float32]
    within: NDArray[np.float32]

    def scores(self, fields: Floats, query: NDArray[np.int32], other: NDArray[np.int32]) -> Floats:
        """Return each pair's cosine when the fields have these weights; 0 where one is empty."""
        squares = np.einsum("aij,i,j->a", self.within, fields, fields)
        norms = np.sqrt(np.maximum(squares[query] * squares[other], 0))
        dots = np.einsum("pij,i,j->p", self.across, fields, fields)
        return cast(Floats, np.divide(dots, norms, out=np.zeros(len(dots)), where=norms > 0))

    def empty(self) -> NDArray[np.bool_]:
        """Return which articles have no term here."""
        return np.asarray(np.einsum("aii->a", self.within) <= 0)


def field_blocks(
    chunks: Sequence[Counts],
    rarity: Rarity,
    query: NDArray[np.int32],
    other: NDArray[np.int32],
) -> list[Block]:
    """Multiply the fields of pairs of articles: a block of words, one of pairs, one of tags."""
    values = [field_vectors(counted, rarity).astype(np.float32) for counted in chunks]
    blocks = []
    for kind in range(KINDS):
        chosen = [np.repeat(_is_of(kind, counted), np.diff(counted.ends)) for counted in chunks]
        sizes = [np.diff(counted.ends)[_is_of(kind, counted)] for counted in chunks]
        indptr = np.cumsum(np.concatenate([np.zeros(1, np.int64), *sizes]))
        parts = zip(chunks, values, chosen, strict=True)
        columns, value = zip(*((c.columns[mask], v[mask]) for c, v, mask in parts), strict=True)
        column, parted = np.concatenate(columns), np.concatenate(value)
        every = np.arange(len(indptr) - 1, dtype=np.int32)
        across, within = (
            _products(indptr, column, parted, one, two)
            for one, two in ((query, other), (every, every))
        )
        blocks.append(Block(across, within))
    return blocks


def _is_of(kind: int, counted: Counts) -> NDArray[np.bool_]:
    return np.asarray(np.arange(len(counted.ends) - 1) % KINDS == kind)


@compiled
def _products(
    indptr: NDArray[np.int64],
    term: NDArray[np.int32],
    value: NDArray[np.float32],
    query: NDArray[np.int32],
    other: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Merge the ascending terms of each pair, adding up the products of all their fields."""
    out = np.zeros((len(query), FIELD_COUNT, FIELD_COUNT), np.float32)
    for pair in range(len(query)):
        a, a_end = indptr[query[pair]], indptr[query[pair] + 1]
        b, b_end = indptr[other[pair]], indptr[other[pair] + 1]
        while a < a_end and b < b_end:
            if term[a] < term[b]:
                a += 1
            elif term[a] > term[b]:
                b += 1
            else:
                for i in range(FIELD_COUNT):
                    for j in range(FIELD_COUNT):
                        out[pair, i, j] += value[a, i] * value[b, j]
                a += 1
                b += 1
    return out
