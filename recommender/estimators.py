"""Estimators: article vectors and exact neighbour search as scikit-learn estimators.

Nothing else imports this module, since it needs scikit-learn.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from recommender.articles.article import Article
from recommender.kernels.search import search
from recommender.kernels.topk import empty_heaps, sorted_top
from recommender.kernels.types import InvertedIndex, Postings, Query, Times
from recommender.vectors.packed import Vectors
from recommender.vectors.settings import VectorSettings
from recommender.vectors.term_space import TermSpace


class ArticleVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn articles into sparse rows of unit length, whose dot products are their relatedness.

    The arguments are those of ``VectorSettings``; ``fit`` learns ``space_`` (TermSpace).

    Examples
    --------
    >>> news = [Article(id="a", title="Ferry late"), Article(id="b", title="Ferry on time")]
    >>> vectorizer = ArticleVectorizer(pair_weight=0)
    >>> vectorizer.fit_transform(news).shape, vectorizer.get_feature_names_out().tolist()
    ((2, 3), ['ferry', 'late', 'time'])
    """

    def __init__(
        self,
        *,
        title_weight: float = 0.5,
        lead_weight: float = 0.4,
        lead_words: int = 120,
        pair_weight: float = 0.3,
        tag_weight: float = 0.05,
        idf_power: float = 1.0,
        min_pair_df: int = 2,
        language: str | None = "en",
        stop_words: bool = True,
        stemming: bool = False,
        fold_accents: bool = False,
    ) -> None:
        self.title_weight = title_weight
        self.lead_weight = lead_weight
        self.lead_words = lead_words
        self.pair_weight = pair_weight
        self.tag_weight = tag_weight
        self.idf_power = idf_power
        self.min_pair_df = min_pair_df
        self.language = language
        self.stop_words = stop_words
        self.stemming = stemming
        self.fold_accents = fold_accents

    def fit(self, X: Iterable[Article], y: object = None) -> Self:
        """Learn the term space of articles, which are read once."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Iterable[Article], y: object = None) -> csr_matrix:
        """Learn the term space of articles and return their rows (n x terms, float32)."""
        self.space_, rows = TermSpace.fit(X, VectorSettings(**self.get_params()))
        return _matrix(rows.slice(0, len(rows)))

    def transform(self, X: Iterable[Article]) -> csr_matrix:
        """Return the rows of articles (n x terms, float32); unknown terms are ignored."""
        check_is_fitted(self)
        return _matrix(self.space_.transform(X))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the columns' terms: words and bigrams in lower case, tags as ``tag=key``."""
        check_is_fitted(self)
        names = (self.space_.name(column).lower() for column in range(len(self.space_)))
        features = (
            f"tag={name}" if self.space_.is_tag(column) else name
            for column, name in enumerate(names)
        )
        return np.array(list(features), dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags


class SparseNeighbors(BaseEstimator):  # type: ignore[misc]
    """Find nearest neighbours by cosine distance, exactly; an interface like NearestNeighbors'.

    Data are sparse or dense, and non-negative. Rows at equal distance are in ascending order.

    Examples
    --------
    >>> rows = csr_matrix([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> distances, neighbours = SparseNeighbors(n_neighbors=2).fit(rows).kneighbors()
    >>> neighbours.tolist(), distances[2].round().tolist()
    ([[1, 2], [0, 2], [1, 0]], [0.0, 1.0])
    """

    def __init__(self, *, n_neighbors: int = 5) -> None:
        self.n_neighbors = n_neighbors

    def fit(self, X: Any, y: object = None) -> Self:
        """Index the rows (n_samples x n_features) in which neighbours are searched."""
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float32)
        self.rows_ = _unit_rows(X, "SparseNeighbors.fit")
        self.n_samples_fit_ = self.rows_.shape[0]
        columns = self.rows_.tocsc()
        # The kernel looks weights up in a codebook; here each entry has a level of its own.
        places = np.arange(columns.nnz, dtype=np.int32)
        begins, rows = columns.indptr.astype(np.int64), columns.indices.astype(np.int32)
        self.postings_, self.codebook_ = Postings(begins, rows, places), columns.data
        return self

    def kneighbors(
        self,
        X: Any = None,
        n_neighbors: int | None = None,
        return_distance: bool = True,
    ) -> Any:
        """Return the distances (float32) and rows (int64) of each query's nearest, both n x k.

        Without ``X`` the queries are the fitted rows, and no row is its own neighbour.

        Raises
        ------
        ValueError
            When the number of neighbours is not from 1 to the number of rows that there are.
        """
        check_is_fitted(self)
        k = self.n_neighbors if n_neighbors is None else n_neighbors
        if not isinstance(k, (int, np.integer)) or k < 1:
            raise ValueError(f"n_neighbors is {k!r}; it must be a whole number above 0")
        if k > self.n_samples_fit_ - (X is None):
            raise ValueError(
                f"Expected n_neighbors <= n_samples_fit, but n_neighbors = {k}, "
                f"n_samples_fit = {self.n_samples_fit_}"
                + (" and a row is not its own neighbour" if X is None else "")
            )
        scores, rows = self._search(X, int(k))
        return (np.maximum(1 - scores, 0), rows) if return_distance else rows

    def kneighbors_graph(
        self,
        X: Any = None,
        n_neighbors: int | None = None,
        mode: str = "connectivity",
    ) -> csr_matrix:
        """Return a matrix (queries x rows) with 1, or the distance, at each query's neighbours.

        Raises
        ------
        ValueError
            When ``mode`` is neither "connectivity" nor "distance".
        """
        if mode not in ("connectivity", "distance"):
            raise ValueError(f"mode is {mode!r}; it must be 'connectivity' or 'distance'")
        distances, rows = self.kneighbors(X, n_neighbors)
        n, k = rows.shape
        values = distances.ravel() if mode == "distance" else np.ones(n * k)
        ends = np.arange(0, n * k + 1, k)
        return csr_matrix((values, rows.ravel(), ends), shape=(n, self.n_samples_fit_))

    def _search(
        self,
        X: Any,
        k: int,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        queries, own_rows = self.rows_, np.arange(self.n_samples_fit_)
        if X is not None:
            X = validate_data(self, X, accept_sparse="csr", dtype=np.float32, reset=False)
            queries = _unit_rows(X, "SparseNeighbors.kneighbors")
            own_rows = np.full(queries.shape[0], -1)
        heaps = empty_heaps(queries.shape[0], k)
        # A power of 0 makes every time factor 1, and no factors are no filter.
        times = Times(np.zeros(self.n_samples_fit_, np.float32), np.float32(0), np.float32(1))
        no_factors, day = np.zeros(0, np.float32), np.float32(0)
        index = InvertedIndex(
            0, self.n_samples_fit_, self.postings_, self.postings_, self.codebook_
        )
        for heap, own in enumerate(own_rows.tolist()):
            entries = slice(queries.indptr[heap], queries.indptr[heap + 1])
            columns, weights = queries.indices[entries].astype(np.int32), queries.data[entries]
            search(Query(columns, weights, day, own), index, times, no_factors, heaps, heap)
        rows, scores = sorted_top(heaps)
        _fill(rows, scores, own_rows)
        return scores, rows.astype(np.int64)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        tags.requires_fit = True
        return tags


def _matrix(vectors: Vectors) -> csr_matrix:
    parts = (vectors.data, vectors.indices, vectors.indptr)
    return csr_matrix(parts, shape=(len(vectors), vectors.columns))


def _unit_rows(X: Any, caller: str) -> csr_matrix:
    """Return rows divided by their length, or raise ValueError if an entry is negative."""
    check_non_negative(X, caller)
    rows = csr_matrix(X, copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    norm = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    rows.data /= np.repeat(np.where(norm > 0, norm, 1), np.diff(rows.indptr)).astype(np.float32)
    return rows


def _fill(
    rows: NDArray[np.int32], scores: NDArray[np.float32], own_rows: NDArray[np.int64]
) -> None:
    """Fill short lists with the first rows that share nothing, as NearestNeighbors does."""
    k = rows.shape[1]
    sizes = np.count_nonzero(scores, axis=1)
    for query in np.flatnonzero(sizes < k):
        size = sizes[query]
        taken = {int(own_rows[query]), *rows[query, :size].tolist()}
        free = (row for row in range(k + len(taken)) if row not in taken)
        rows[query, size:] = [row for row, _ in zip(free, range(k - size), strict=False)]
