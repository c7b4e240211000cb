"""The benchmark ``query``: one list of ten, in process and one thread, beside peers."""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

from bench.graph import matrix_of
from bench.peers import bm25, more_like_this, text_of, tfidf, top
from recommender import Article, Recommender, read_articles

K = 10
BLOCK = 10  # queries an engine answers before the next has its turn
BUDGET = 30  # seconds after which an engine gets no more queries
SHARE = 0.01  # the share of articles that pass the filter
HALF_LIFE = 365  # days
Scores = NDArray[np.float32]
# From a query's row to the rows of its list.
Search = Callable[[int], Any]


@dataclass
class Engine:
    """One way to do a job; its lists are compared with the scores that ``exact`` returns."""

    job: str
    name: str
    search: Search
    exact: Callable[[int], Scores] | None = None
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def query(arguments: argparse.Namespace) -> dict[str, Any]:
    """Time lists of random articles; recall is against the exact ten best by the same vectors.

    Alsoread searches with nearness in time, its default, so its recall is against exact scores
    with nearness. The peers have none: theirs is against scores without.
    """
    articles = list(read_articles(arguments.source))
    with tempfile.TemporaryDirectory() as folder:
        Recommender.fit(articles, jobs=arguments.jobs).save(Path(folder) / "model")
        model = Recommender.load(Path(folder) / "model")
        engines = list(_engines(model, articles))
        rng = np.random.default_rng(0)
        count = min(arguments.queries, len(articles))
        queries = rng.choice(len(articles), count, replace=False).tolist()
        for engine in engines:
            engine.search(queries[0])  # compiles
        for first in range(0, count, BLOCK):
            for engine in engines:
                _time(engine, queries[first : first + BLOCK])
        rows = [_row(engine, engines, queries) for engine in engines]
    return {"articles": len(articles), "k": K, "rows": rows}


def _time(engine: Engine, queries: list[int]) -> None:
    if sum(engine.wall) > BUDGET:
        return
    cpu = time.process_time()
    for row in queries:
        wall = time.perf_counter()
        engine.search(row)
        engine.wall.append(time.perf_counter() - wall)
    engine.cpu.append((time.process_time() - cpu) / len(queries))


def _row(engine: Engine, engines: list[Engine], queries: list[int]) -> dict[str, Any]:
    ours = next(each for each in engines if each.job == engine.job)
    p50, p99 = np.percentile(engine.wall, [50, 99])
    return {
        "job": engine.job,
        "engine": engine.name,
        "p50_ms": 1e3 * p50,
        "p99_ms": 1e3 * p99,
        "cpu_ms": 1e3 * float(np.mean(engine.cpu)),
        "ratio": p50 / np.median(ours.wall),
        "recall": _recall(engine, queries[: len(engine.wall)]) if engine.exact else None,
        "queries": len(engine.wall),
    }


def _recall(engine: Engine, queries: list[int]) -> float:
    """Return the share of the exact ten best in the lists; equal scores count as equal."""
    hits = total = 0
    for row in queries:
        scores = engine.exact(row)
        best = np.sort(scores[scores > 0])[::-1][:K]
        listed = scores[np.asarray(engine.search(row), np.int64)]
        total += len(best)
        hits += np.count_nonzero(listed >= best[-1] - 1e-5) if len(best) else 0
    return hits / total


def _engines(model: Recommender, articles: list[Article]) -> Iterator[Engine]:
    texts = [text_of(article) for article in articles]
    passing = (np.random.default_rng(1).random(len(articles)) < SHARE).astype(np.float32)
    fresh = _freshness(model.index.times.days)
    exact = _Exact(model, matrix_of(model.space.transform(articles)))
    tantivy, bm25s = more_like_this(texts), _bm25(texts)

    yield Engine("by id", "alsoread, graph", partial(_stored, model), exact.with_nearness)
    yield Engine("by id", "alsoread, list with reasons", partial(_listing, model))

    job = "by vector"
    yield Engine(job, "alsoread", partial(_search, model), exact.with_nearness)
    yield Engine(job, "scipy row product", exact.scipy_top, exact.without_nearness)
    yield Engine(job, "sparse_dot_topn", exact.sparse_dot_topn, exact.without_nearness)
    yield Engine(job, "bm25s", bm25s, exact.without_nearness)
    yield Engine(job, "tantivy more-like-this", partial(_others, tantivy), exact.without_nearness)

    yield Engine("by text", "alsoread", partial(_search_text, model, articles), exact.with_nearness)
    yield Engine("by text", "TfidfVectorizer, scipy", _sklearn(texts))

    for job, factors in (f"filtered, {SHARE:.0%} pass", passing), ("a factor an article", fresh):
        near = partial(exact.with_nearness, factors=factors)
        flat = partial(exact.without_nearness, factors=factors)
        yield Engine(job, "alsoread", partial(_search, model, factors=factors), near)
        yield Engine(job, "scipy row product", partial(exact.scipy_top, factors=factors), flat)
        yield Engine(job, "bm25s", partial(bm25s, factors=factors), flat)
        if factors is passing:
            after = partial(_filter_stored, model, passing)
            yield Engine(job, "the graph's 50, filtered after", after, near)


def _freshness(days: Scores) -> Scores:
    dates = np.where(np.isnan(days), np.nanmedian(days), days) if np.any(days == days) else 0 * days
    return (0.5 ** ((dates.max() - dates) / HALF_LIFE)).astype(np.float32)


def _stored(model: Recommender, row: int) -> Scores:
    return model.index.nearest(row, K)[0]


def _listing(model: Recommender, row: int) -> object:
    return model.recommend(model.articles.ids[row], limit=K)


def _search(model: Recommender, row: int, factors: Scores | None = None) -> Scores:
    index = model.index
    day = index.times.days[row]
    return index.search(index.vectors.row(row), day, K, factors=factors, row=row)[0]


def _search_text(model: Recommender, articles: list[Article], row: int) -> Scores:
    vector = model.space.transform([articles[row]])
    return model.index.search(vector, model.index.times.days[row], K, row=row)[0]


def _filter_stored(model: Recommender, passing: Scores, row: int) -> Scores:
    stored = model.index.nearest(row, model.config.neighbours)[0]
    return stored[passing[stored] > 0][:K]


class _Exact:
    """All scores of a query, by scipy, and the peers that use the same vectors."""

    def __init__(self, model: Recommender, matrix: csr_matrix) -> None:
        self.times, self.matrix, self.transpose = model.index.times, matrix, matrix.T.tocsr()

    def without_nearness(self, row: int, factors: Scores | None = None) -> Scores:
        scores = (self.matrix[row] @ self.transpose).toarray().ravel()
        scores[row] = 0
        return scores if factors is None else scores * factors

    def with_nearness(self, row: int, factors: Scores | None = None) -> Scores:
        distance = np.abs(self.times.days - self.times.days[row])
        nearness = (1 + distance) ** -self.times.power
        return self.without_nearness(row, factors) * np.where(
            np.isnan(nearness), self.times.unknown, nearness
        )

    def scipy_top(self, row: int, factors: Scores | None = None) -> NDArray[np.int64]:
        return top(self.without_nearness(row, factors), K)

    def sparse_dot_topn(self, row: int) -> list[int]:
        product = sp_matmul_topn(
            self.matrix[row], self.transpose, top_n=K + 1, n_threads=1, sort=True
        )
        return [other for other in product.indices.tolist() if other != row][:K]


def _bm25(texts: list[str]) -> Callable[..., list[int]]:
    index, words = bm25(texts)

    def nearest(row: int, factors: Scores | None = None) -> list[int]:
        result = index.retrieve(
            [words[row]], k=min(K + 1, len(words)), show_progress=False, weight_mask=factors
        )
        return [other for other in result.documents[0].tolist() if other != row][:K]

    return nearest


def _others(nearest: Callable[[int, int], list[int]], row: int) -> list[int]:
    return [other for other in nearest(row, K + 1) if other != row][:K]


def _sklearn(texts: list[str]) -> Search:
    vectorizer = tfidf(bigrams=True)
    transpose = vectorizer.fit_transform(texts).T.tocsr()

    def nearest(row: int) -> NDArray[np.int64]:
        scores = (vectorizer.transform([texts[row]]) @ transpose).toarray().ravel()
        return top(scores, K + 1)

    return nearest
