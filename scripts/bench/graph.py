"""The benchmark ``graph``: the whole neighbour graph of an archive's vectors, beside peers."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bench.timing import Job, Timed, compared, interleaved
from recommender import Article, Config, read_articles
from recommender.articles.times import days, microseconds
from recommender.kernels.types import Times, TopK
from recommender.search.approximate import GraphQuality, approximate_graph
from recommender.search.graph import neighbour_graph
from recommender.search.postings import SearchIndex
from recommender.vectors.packed import PackedVectors, Vectors
from recommender.vectors.term_space import TermSpace

K = 50
APPROXIMATE = "alsoread, approximate, with nearness in time"
TENTH = "sklearn NearestNeighbors (a tenth, times 10)"
Days = NDArray[np.float32]


def graph(arguments: argparse.Namespace) -> dict[str, Any]:
    """Time the exact top 50 of every row, with words alone and with words and bigrams.

    The time of alsoread includes making postings, that of sparse_dot_topn no transpose. The quality
    of the approximate graph is measured after its time is taken.
    """
    articles = list(read_articles(arguments.source))
    pair_weights = {"words": 0.0, "words and bigrams": Config().vectors.pair_weight}
    engines: dict[Job, Any] = {}
    for job, pair_weight in pair_weights.items():
        engines |= _engines(job, articles, pair_weight, arguments.jobs)
    times, results = interleaved(engines, arguments.repeats)
    for job in pair_weights:
        tenth = times[job, TENTH]
        times[job, TENTH] = Timed(10 * tenth.wall, 10 * tenth.cpu)
        check_same(results[job, "alsoread, dot product"], results[job, "sparse_dot_topn"])
    rows = compared(times)
    for row in rows:
        is_approximate = row["engine"] == APPROXIMATE
        quality = results[row["job"], APPROXIMATE][1]() if is_approximate else None
        row |= {name: getattr(quality, name, None) for name in ("score_ratio", "recall")}
    return {"articles": len(articles), "k": K, "rows": rows}


def _engines(job: str, articles: list[Article], pair_weight: float, jobs: int) -> dict[Job, Any]:
    from sklearn.neighbors import NearestNeighbors
    from sparse_dot_topn import sp_matmul_topn

    settings = Config().vectors.model_copy(update={"pair_weight": pair_weight})
    _, rows = TermSpace.fit(articles, settings)
    day = days(np.array([microseconds(article.published_at) for article in articles], np.int64))
    matrix = matrix_of(rows.slice(0, len(rows)))
    transpose = matrix.T.tocsr()
    brute = NearestNeighbors(n_neighbors=K + 1, metric="cosine", algorithm="brute", n_jobs=jobs)
    brute.fit(matrix)
    first_rows = replace(rows, starts=rows.starts[:601])
    for engine in _exact, _approximate:
        engine(first_rows, day[:600], 0.1, jobs)  # compiles
    index = SearchIndex.of(rows)
    return {
        (job, "alsoread, dot product"): partial(_exact, rows, 0 * day, 0.0, jobs),
        (job, "alsoread, with nearness in time"): partial(_exact, rows, day, 0.1, jobs),
        (job, APPROXIMATE): partial(_approximate, rows, day, 0.1, jobs, index),
        (job, "sparse_dot_topn"): partial(
            sp_matmul_topn, matrix, transpose, top_n=K + 1, n_threads=jobs, sort=True
        ),
        (job, TENTH): lambda: brute.kneighbors(matrix[::10]) and None,
    }


def _exact(rows: PackedVectors, day: Days, power: float, jobs: int) -> TopK:
    times = Times(day, np.float32(power), np.float32(0.8 if power else 1))
    return neighbour_graph(rows, times, K, jobs)


def _approximate(
    rows: PackedVectors, day: Days, power: float, jobs: int, index: SearchIndex | None = None
) -> tuple[TopK, Callable[[], GraphQuality]]:
    index = index or SearchIndex.of(rows)
    times = Times(day, np.float32(power), np.float32(0.8))
    neighbours = approximate_graph(rows, index, times, K, jobs)
    return neighbours, lambda: GraphQuality.of(neighbours, rows, index, times)


def matrix_of(vectors: Vectors) -> csr_matrix:
    """Return vectors as a scipy matrix."""
    arrays = (vectors.data, vectors.indices, vectors.indptr)
    return csr_matrix(arrays, shape=(len(vectors), vectors.columns))


def check_same(graph: TopK, matrix: csr_matrix) -> None:
    """End the run if any list has other scores, beyond the rounding of long float32 sums."""
    for row in range(matrix.shape[0]):
        entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
        others = matrix.indices[entries] != row
        expected = np.sort(matrix.data[entries][others])[::-1][:K]
        scores = graph.scores[row][: len(expected)]
        if not np.allclose(scores, expected, atol=2e-5):
            sys.exit(f"row {row}: the neighbours differ from those of sparse_dot_topn")
    print("all lists have the scores of sparse_dot_topn", file=sys.stderr)
