"""Field products: parts of pairs' scores, so that trying a setting takes milliseconds.

With ``x = unit(b + wt*t + wl*l)`` the product of two rows is a sum of the nine products of their
fields, divided by two norms that are such sums as well. None of these depends on the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from recommender.kernels.compiling import compiled
from recommender.kernels.layout import KINDS
from recommender.vectors.counting import Counts
from recommender.vectors.weighting import IdfStatistics, field_vectors

Floats = NDArray[np.float64]
FIELD_COUNT = 3


class _FieldRows(NamedTuple):
    """Rows in CSR form: each term (int32) with its weight in each field (terms x 3, float32)."""

    indptr: NDArray[np.int64]
    terms: NDArray[np.int32]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class FieldProducts:
    """The fields' products of words, of bigrams or of tags, at one idf power.

    ``pairs`` (pairs x 3 x 3, float32) is field of the query by field of the other; ``own``
    (articles x 3 x 3, float32) is each article's with itself.
    """

    pairs: NDArray[np.float32]
    own: NDArray[np.float32]

    def scores(self, fields: Floats, query: NDArray[np.int32], other: NDArray[np.int32]) -> Floats:
        """Return each pair's cosine with these field weights; 0 where one article is empty."""
        squares = np.einsum("aij,i,j->a", self.own, fields, fields)
        norms = np.sqrt(np.maximum(squares[query] * squares[other], 0))
        dots = np.einsum("pij,i,j->p", self.pairs, fields, fields)
        return cast(Floats, np.divide(dots, norms, out=np.zeros(len(dots)), where=norms > 0))

    def empty(self) -> NDArray[np.bool_]:
        """Return which articles have no term of this kind."""
        return np.asarray(np.einsum("aii->a", self.own) <= 0)


def field_products(
    chunks: Sequence[Counts],
    statistics: IdfStatistics,
    query: NDArray[np.int32],
    other: NDArray[np.int32],
) -> list[FieldProducts]:
    """Return the field products of pairs of articles: of words, of bigrams, and of tags.

    ``query`` and ``other`` are the rows of each pair.
    """
    values = [field_vectors(counts, statistics).astype(np.float32) for counts in chunks]
    products = []
    for kind in range(KINDS):
        chosen = [np.repeat(_is_of(kind, counts), np.diff(counts.ends)) for counts in chunks]
        sizes = [np.diff(counts.ends)[_is_of(kind, counts)] for counts in chunks]
        indptr = np.cumsum(np.concatenate([np.zeros(1, np.int64), *sizes]))
        parts = zip(chunks, values, chosen, strict=True)
        terms, weights = zip(*((c.columns[mask], v[mask]) for c, v, mask in parts), strict=True)
        rows = _FieldRows(indptr, np.concatenate(terms), np.concatenate(weights))
        all_rows = np.arange(len(indptr) - 1, dtype=np.int32)
        own = _multiply(rows, all_rows, all_rows)
        products.append(FieldProducts(_multiply(rows, query, other), own))
    return products


def _is_of(kind: int, counts: Counts) -> NDArray[np.bool_]:
    return np.asarray(np.arange(len(counts.ends) - 1) % KINDS == kind)


@compiled
def _multiply(rows, query, other):  # type: ignore[no-untyped-def]
    """Merge the ascending terms of each pair, adding up the products of all their fields."""
    indptr, terms, weights = rows
    products = np.zeros((len(query), FIELD_COUNT, FIELD_COUNT), np.float32)
    for pair in range(len(query)):
        a, a_end = indptr[query[pair]], indptr[query[pair] + 1]
        b, b_end = indptr[other[pair]], indptr[other[pair] + 1]
        while a < a_end and b < b_end:
            if terms[a] < terms[b]:
                a += 1
            elif terms[a] > terms[b]:
                b += 1
            else:
                for i in range(FIELD_COUNT):
                    for j in range(FIELD_COUNT):
                        products[pair, i, j] += weights[a, i] * weights[b, j]
                a += 1
                b += 1
    return products
