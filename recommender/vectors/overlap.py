"""Overlap: the terms that two rows share, and what each adds to their dot product."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.layout import ADJACENT
from recommender.vectors.packed import Vectors
from recommender.vectors.weighting import CODEBOOK


class Overlap(NamedTuple):
    """Shared columns, the strongest first, equal ones by column.

    ``columns`` int32; ``products`` (float64) add up to the dot product; ``fields`` (uint8) are
    the field bits in the other row, and ``ADJACENT`` for a bigram that is adjacent in either.
    """

    columns: NDArray[np.int32]
    products: NDArray[np.float64]
    fields: NDArray[np.uint8]


def overlap(query: Vectors, other: Vectors) -> Overlap:
    """Return the terms that two rows share.

    Examples
    --------
    >>> one = Vectors(np.array([0, 2]), np.array([3, 9], np.int32), np.array([0, 0], np.uint8),
    ...     np.array([4, 4], np.uint8), 10)
    >>> overlap(one, one).columns.tolist(), overlap(one, one).products.tolist()
    ([3, 9], [1.0, 1.0])
    """
    at = other.indices.searchsorted(query.indices)
    at[at == len(other.indices)] = 0
    same = other.indices[at] == query.indices if len(other.indices) else at != at
    both = same.nonzero()[0]
    at = at[both]
    products = CODEBOOK[query.levels[both]].astype(np.float64) * CODEBOOK[other.levels[at]]
    # Columns ascend, and a stable sort keeps the order of equal products.
    order = (-products).argsort(kind="stable")
    both, at = both[order], at[order]
    fields = other.fields[at] | (query.fields[both] & ADJACENT)
    return Overlap(query.indices[both], products[order], fields)
