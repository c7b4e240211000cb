#!/usr/bin/env python3
"""Time alsoread beside its peers, in one run.

scripts/bench.py graph SOURCE    the whole neighbour graph of an archive's vectors
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_matrix

from recommender import Config, read_articles
from recommender.graph import neighbour_graph, transposed
from recommender.kernel import Times
from recommender.nearness import days, microseconds
from recommender.vectors import TermSpace, Vectors

K = 50


def main() -> None:
    """Run one benchmark and print its table, or JSON with --json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["graph"])
    parser.add_argument("source", help="an archive, such as articles.jsonl.gz")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--without-pairs", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = graph(asked)
    if asked.json:
        json.dump(rows, sys.stdout, indent=2)
        return
    print(f"{'':44}{'wall s':>9}{'cpu s':>9}{'ratio':>8}")
    for row in rows:
        print(f"{row['engine']:44}{row['wall']:9.2f}{row['cpu']:9.2f}{row['ratio']:8.2f}")


def graph(asked: argparse.Namespace) -> list[dict]:
    """Time the exact top 50 of every row; ratios are wall time over that of alsoread."""
    from sklearn.neighbors import NearestNeighbors
    from sparse_dot_topn import sp_matmul_topn

    vectors, found = _vectors(asked.source, asked.without_pairs)
    print(f"{len(vectors):,} rows, {vectors.columns:,} terms", file=sys.stderr)
    parts = (vectors.data, vectors.indices, vectors.indptr)
    matrix = csr_matrix(parts, shape=(len(vectors), vectors.columns))
    across = matrix.T.tocsr()
    flat = Times(found * 0, np.float32(0), np.float32(1))
    timed_by = Times(found, np.float32(0.1), np.float32(0.8))
    brute = NearestNeighbors(n_neighbors=K + 1, metric="cosine", algorithm="brute")
    brute.set_params(n_jobs=asked.jobs).fit(matrix)
    engines: dict[str, Callable[[], object]] = {
        "alsoread, dot product": lambda: neighbour_graph(
            vectors, *transposed(vectors), flat, K, asked.jobs
        ),
        "alsoread, with nearness in time": lambda: neighbour_graph(
            vectors, *transposed(vectors), timed_by, K, asked.jobs
        ),
        "sparse_dot_topn": lambda: sp_matmul_topn(
            matrix, across, top_n=K + 1, n_threads=asked.jobs, sort=True
        ),
        "sklearn NearestNeighbors (a tenth, times 10)": lambda: brute.kneighbors(matrix[::10]),
    }
    head = _head(vectors, 300)
    neighbour_graph(head, *transposed(head), timed_by._replace(days=found[:300]), K)  # compiles
    timed: dict[str, list[tuple[float, float]]] = {name: [] for name in engines}
    answers = {}
    for _ in range(asked.repeats):
        for name, run in engines.items():
            if "sklearn" in name and timed[name]:
                continue
            wall, cpu = time.perf_counter(), time.process_time()
            answers[name] = run()
            factor = 10 if "tenth" in name else 1
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            timed[name].append((wall * factor, cpu * factor))
    _hold_to_same(answers["alsoread, dot product"], answers["sparse_dot_topn"])
    medians = {
        name: [statistics.median(column) for column in zip(*runs, strict=True)]
        for name, runs in timed.items()
    }
    ours = medians["alsoread, dot product"][0]
    return [
        {"engine": name, "wall": wall, "cpu": cpu, "ratio": wall / ours}
        for name, (wall, cpu) in medians.items()
    ]


def _vectors(source: str, without_pairs: bool) -> tuple[Vectors, np.ndarray]:
    published = []

    def noted():
        for article in read_articles(source):
            published.append(microseconds(article.published_at))
            yield article

    settings = Config().vectors.model_copy(update={"pair_weight": 0.0} if without_pairs else {})
    _, vectors = TermSpace.fit(noted(), settings)
    return vectors, days(np.array(published, np.int64))


def _head(vectors: Vectors, rows: int) -> Vectors:
    end = vectors.indptr[min(rows, len(vectors))]
    return replace(
        vectors,
        indptr=vectors.indptr[: rows + 1],
        indices=vectors.indices[:end],
        data=vectors.data[:end],
        fields=vectors.fields[:end],
    )


def _hold_to_same(lists, matrix) -> None:
    """End the run if any list has other scores, but for the rounding of long float32 sums."""
    for row in range(matrix.shape[0]):
        entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
        others = matrix.indices[entries] != row
        expected = np.sort(matrix.data[entries][others])[::-1][:K]
        got = lists.scores[row][: len(expected)]
        if not np.allclose(got, expected, atol=2e-5):
            sys.exit(f"row {row}: other neighbours than those of sparse_dot_topn")
    print("all lists have the scores of sparse_dot_topn's", file=sys.stderr)


if __name__ == "__main__":
    main()
