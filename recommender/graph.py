"""The neighbour graph: every article's nearest others, exactly, each pair summed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender import kernel
from recommender.kernel import Lists, Postings, Times
from recommender.vectors import Vectors

# Called with the phase, how many articles are done, and of how many.
Progress = Callable[[str, int, int], None]
# A term in more than this share of the articles is cheaper in a matrix product than in postings:
# a product adds about 35 pairs a nanosecond, whether or not both have the term.
COMMON = 1 / 8
# Rows of a tile, and rows before it that one product covers: its sums stay in the caches.
TILE = 256
BLOCK = 1 << 15


def transposed(vectors: Vectors) -> tuple[Postings, NDArray[np.int32]]:
    """Return the postings of some rows, and each entry's place in its term's postings."""
    *postings, places = kernel.transpose(
        vectors.indptr, vectors.indices, vectors.data, vectors.columns
    )
    return Postings(*postings), places


def neighbour_graph(
    vectors: Vectors,
    postings: Postings,
    places: NDArray[np.int32],
    times: Times,
    k: int,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Lists:
    """Return each row's ``k`` best others by dot product times nearness in time, sorted.

    ``postings`` and ``places`` are the rows' ``transposed``.

    ``jobs`` threads work on it (joblib's rule: None is one, -1 all); the answer does not depend on
    their number, nor does it on the rows' order except among equal scores.

    Examples
    --------
    >>> from recommender.article import Article
    >>> from recommender.vectors import TermSpace, VectorSettings
    >>> news = [Article(id=str(i), title=t) for i, t in enumerate(["red fox", "red hen", "owl"])]
    >>> _, vectors = TermSpace.fit(news, VectorSettings())
    >>> times = Times(np.full(3, np.nan, np.float32), np.float32(0), np.float32(1))
    >>> neighbour_graph(vectors, *transposed(vectors), times, 2).rows.tolist()
    [[1, -1], [0, -1], [-1, -1]]
    """
    from joblib import Parallel, delayed, effective_n_jobs
    from threadpoolctl import threadpool_limits

    work = _Work(vectors, postings, places, times, k, progress)
    tiles = iter(range(0, len(vectors), TILE))
    workers = min(effective_n_jobs(jobs), max(1, len(vectors) // TILE))
    # The product's own threads would fight with ours, and could add in another order.
    with threadpool_limits(1, user_api="blas"):
        found: list[Lists] = Parallel(n_jobs=workers, backend="threading")(
            delayed(work.run)(tiles) for _ in range(workers)
        )
    lists = found[0]
    for other in found[1:]:
        kernel.merge(lists, other)
    kernel.sort(lists)
    return lists


class _Work:
    """What the threads share: the rows taken apart, read only but for each row's own walks."""

    def __init__(
        self,
        vectors: Vectors,
        postings: Postings,
        places: NDArray[np.int32],
        times: Times,
        k: int,
        progress: Progress | None,
    ) -> None:
        indptr, indices, data = vectors.indptr, vectors.indices, vectors.data
        starts = postings.starts
        self.postings = postings
        self.local = (postings.rows % BLOCK).astype(np.uint16)
        (often,) = np.nonzero(np.diff(starts) > max(1, COMMON * len(vectors)))
        common = np.full(vectors.columns, -1, np.int32)
        common[often] = np.arange(len(often))
        self.dense: NDArray[np.float32] = np.zeros((len(vectors), len(often)), np.float32)
        self.walks: Any = kernel.split(indptr, indices, data, places, starts, common, self.dense)
        self.times, self.k, self.progress = times, k, progress

    def run(self, tiles: Iterator[int]) -> Lists:
        """Work on tiles until there are none left, and return the lists they gave."""
        n = len(self.dense)
        lists = kernel.empty_lists(n, self.k)
        space = np.empty(TILE * BLOCK, np.float32)
        for low in tiles:
            high = min(n, low + TILE)
            for begin in range(0, high, BLOCK):
                bound = min(high, begin + BLOCK)
                tile = space[: (high - low) * (bound - begin)].reshape(high - low, -1)
                np.matmul(self.dense[low:high], self.dense[begin:bound].T, out=tile)
                kernel.offer_tile(
                    *self.walks,
                    self.postings,
                    self.local,
                    low,
                    high,
                    begin,
                    bound,
                    tile,
                    self.times,
                    lists,
                )
            if self.progress:
                self.progress("neighbours", high, n)
        return lists
