"""The whole neighbour graph of an archive's vectors: alsoread beside its peers."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from timing import Timed, compared, interleaved

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


def graph(asked: argparse.Namespace) -> dict[str, Any]:
    """Time the exact top 50 of every row, with words alone and with pairs of words.

    Making postings is part of alsoread's time, the transpose no part of sparse_dot_topn's. Of the
    approximate graph it is told how near it is to the exact one, too; measuring that takes no time
    of its own.
    """
    articles = list(read_articles(asked.source))
    engines: dict[tuple[str, str], Any] = {}
    for job, pair_weight in ("words", 0.0), ("words and pairs", Config().vectors.pair_weight):
        engines |= _engines(job, articles, pair_weight, asked.jobs)
    times, answers = interleaved(engines, asked.repeats)
    for (job, engine), took in times.items():
        if engine == TENTH:
            times[job, engine] = Timed(10 * took.wall, 10 * took.cpu)
    for job in dict.fromkeys(job for job, _ in engines):
        hold_to_same(answers[job, "alsoread, dot product"], answers[job, "sparse_dot_topn"])
    rows = compared(times)
    for row in rows:
        is_close = row["engine"] == APPROXIMATE
        close = answers[row["job"], APPROXIMATE][1]() if is_close else None
        row |= {name: getattr(close, name, None) for name in ("score_ratio", "recall")}
    return {"articles": len(articles), "k": K, "rows": rows}


def _engines(
    job: str, articles: list[Article], pair_weight: float, jobs: int
) -> dict[tuple[str, str], Any]:
    from sklearn.neighbors import NearestNeighbors
    from sparse_dot_topn import sp_matmul_topn

    settings = Config().vectors.model_copy(update={"pair_weight": pair_weight})
    _, rows = TermSpace.fit(articles, settings)
    day = days(np.array([microseconds(article.published_at) for article in articles], np.int64))
    matrix = matrix_of(rows.slice(0, len(rows)))
    across = matrix.T.tocsr()
    brute = NearestNeighbors(n_neighbors=K + 1, metric="cosine", algorithm="brute", n_jobs=jobs)
    brute.fit(matrix)
    head = replace(rows, starts=rows.starts[:601])
    for engine in _ours, _nearly:
        engine(head, day[:600], 0.1, jobs)  # compiles
    postings = SearchIndex.of(rows)
    return {
        (job, "alsoread, dot product"): partial(_ours, rows, 0 * day, 0.0, jobs),
        (job, "alsoread, with nearness in time"): partial(_ours, rows, day, 0.1, jobs),
        (job, APPROXIMATE): partial(_nearly, rows, day, 0.1, jobs, postings),
        (job, "sparse_dot_topn"): partial(
            sp_matmul_topn, matrix, across, top_n=K + 1, n_threads=jobs, sort=True
        ),
        (job, TENTH): lambda: brute.kneighbors(matrix[::10]) and None,
    }


def _ours(rows: PackedVectors, day: NDArray[np.float32], power: float, jobs: int) -> TopK:
    times = Times(day, np.float32(power), np.float32(0.8 if power else 1))
    return neighbour_graph(rows, times, K, jobs)


def _nearly(
    rows: PackedVectors,
    day: NDArray[np.float32],
    power: float,
    jobs: int,
    postings: SearchIndex | None = None,
) -> tuple[TopK, Callable[[], GraphQuality]]:
    postings = postings or SearchIndex.of(rows)
    times = Times(day, np.float32(power), np.float32(0.8))
    found = approximate_graph(rows, postings, times, K, jobs)
    return found, lambda: GraphQuality.of(found, rows, postings, times)


def matrix_of(vectors: Vectors) -> csr_matrix:
    """Return vectors as scipy has them."""
    parts = (vectors.data, vectors.indices, vectors.indptr)
    return csr_matrix(parts, shape=(len(vectors), vectors.columns))


def hold_to_same(graph: TopK, matrix: csr_matrix) -> None:
    """End the run if any list has other scores, but for the rounding of long float32 sums."""
    for row in range(matrix.shape[0]):
        entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
        others = matrix.indices[entries] != row
        expected = np.sort(matrix.data[entries][others])[::-1][:K]
        got = graph.scores[row][: len(expected)]
        if not np.allclose(got, expected, atol=2e-5):
            sys.exit(f"row {row}: other neighbours than those of sparse_dot_topn")
    print("all lists have the scores of sparse_dot_topn's", file=sys.stderr)
