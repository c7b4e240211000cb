"""One list of ten, in process and one thread: alsoread beside its peers."""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from bench_graph import matrix_of
from numpy.typing import NDArray
from peers import bm25, more_like_this, text_of, tfidf, top
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

from recommender import Article, Recommender, read_articles

K = 10
BLOCK = 10  # queries an engine answers before the next has its turn
BUDGET = 30  # seconds after which an engine is asked no more
FEW = 0.01  # the share of articles that pass the filter
HALF_LIFE = 365  # days
Scores = NDArray[np.float32]
# From a row to the rows of its list.
Answer = Callable[[int], Any]


@dataclass
class Engine:
    """One way to do a job; its lists are held against the scores that ``exact`` gives."""

    job: str
    name: str
    answer: Answer
    exact: Callable[[int], Scores] | None = None
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def query(asked: argparse.Namespace) -> dict[str, Any]:
    """Time lists of random articles; recall is of the exact ten best by the same vectors.

    Alsoread is asked with nearness in time, as it comes; where it is compared with peers, which
    have none, its answers are held to theirs without.
    """
    articles = list(read_articles(asked.source))
    with tempfile.TemporaryDirectory() as folder:
        Recommender.fit(articles, jobs=asked.jobs).save(Path(folder) / "model")
        model = Recommender.load(Path(folder) / "model")
        engines = list(_engines(model, articles))
        rng = np.random.default_rng(0)
        rows = rng.choice(len(articles), min(asked.queries, len(articles)), replace=False).tolist()
        for engine in engines:
            engine.answer(rows[0])  # compiles
        for first in range(0, len(rows), BLOCK):
            for engine in engines:
                _time(engine, rows[first : first + BLOCK])
        found = [_row(engine, engines, rows) for engine in engines]
    return {"articles": len(articles), "k": K, "rows": found}


def _time(engine: Engine, rows: list[int]) -> None:
    if sum(engine.wall) > BUDGET:
        return
    cpu = time.process_time()
    for row in rows:
        wall = time.perf_counter()
        engine.answer(row)
        engine.wall.append(time.perf_counter() - wall)
    engine.cpu.append((time.process_time() - cpu) / len(rows))


def _row(engine: Engine, engines: list[Engine], rows: list[int]) -> dict[str, Any]:
    ours = next(one for one in engines if one.job == engine.job)
    p50, p99 = np.percentile(engine.wall, [50, 99])
    return {
        "job": engine.job,
        "engine": engine.name,
        "p50_ms": 1e3 * p50,
        "p99_ms": 1e3 * p99,
        "cpu_ms": 1e3 * float(np.mean(engine.cpu)),
        "ratio": p50 / np.median(ours.wall),
        "recall": _recall(engine, rows[: len(engine.wall)]) if engine.exact else None,
        "queries": len(engine.wall),
    }


def _recall(engine: Engine, rows: list[int]) -> float:
    """Return the share of the exact ten best that are found; among equals any will do."""
    hits = wanted = 0
    for row in rows:
        scores = engine.exact(row)
        best = np.sort(scores[scores > 0])[::-1][:K]
        found = scores[np.asarray(engine.answer(row), np.int64)]
        wanted += len(best)
        hits += np.count_nonzero(found >= best[-1] - 1e-5) if len(best) else 0
    return hits / wanted


def _engines(model: Recommender, articles: list[Article]) -> Iterator[Engine]:
    texts = [text_of(article) for article in articles]
    passing = (np.random.default_rng(1).random(len(articles)) < FEW).astype(np.float32)
    fresh = _freshness(model.index.times.days)
    exact = _Exact(model, matrix_of(model.space.transform(articles)))
    tantivy, bm25s = more_like_this(texts), _bm25(texts)

    yield Engine("by id", "alsoread, graph", partial(_stored, model), exact.near)
    yield Engine("by id", "alsoread, list with reasons", partial(_listed, model))

    job = "by vector"
    yield Engine(job, "alsoread", partial(_searched, model), exact.near)
    yield Engine(job, "scipy row product", exact.scipy_top, exact.flat)
    yield Engine(job, "sparse_dot_topn", exact.sparse_dot_topn, exact.flat)
    yield Engine(job, "bm25s", bm25s, exact.flat)
    yield Engine(job, "tantivy more-like-this", partial(_others, tantivy), exact.flat)

    yield Engine("by text", "alsoread", partial(_drafted, model, articles), exact.near)
    yield Engine("by text", "TfidfVectorizer, scipy", _sklearn(texts))

    for job, factors in (f"filtered, {FEW:.0%} pass", passing), ("a factor an article", fresh):
        near, flat = partial(exact.near, factors=factors), partial(exact.flat, factors=factors)
        yield Engine(job, "alsoread", partial(_searched, model, factors=factors), near)
        yield Engine(job, "scipy row product", partial(exact.scipy_top, factors=factors), flat)
        yield Engine(job, "bm25s", partial(bm25s, factors=factors), flat)
        if factors is passing:
            after = partial(_filtered_after, model, passing)
            yield Engine(job, "the graph's 50, filtered after", after, near)


def _freshness(days: Scores) -> Scores:
    known = np.where(np.isnan(days), np.nanmedian(days), days) if np.any(days == days) else 0 * days
    return (0.5 ** ((known.max() - known) / HALF_LIFE)).astype(np.float32)


def _stored(model: Recommender, row: int) -> Scores:
    return model.index.nearest(row, K)[0]


def _listed(model: Recommender, row: int) -> object:
    return model.recommend(model.articles.ids[row], limit=K)


def _searched(model: Recommender, row: int, factors: Scores | None = None) -> Scores:
    index = model.index
    day = index.times.days[row]
    return index.search(index.vectors.row(row), day, K, factors=factors, row=row)[0]


def _drafted(model: Recommender, articles: list[Article], row: int) -> Scores:
    vector = model.space.transform([articles[row]])
    return model.index.search(vector, model.index.times.days[row], K, row=row)[0]


def _filtered_after(model: Recommender, passing: Scores, row: int) -> Scores:
    stored = model.index.nearest(row, model.config.neighbours)[0]
    return stored[passing[stored] > 0][:K]


class _Exact:
    """All scores of a query, by scipy; peers that use the same vectors."""

    def __init__(self, model: Recommender, matrix: csr_matrix) -> None:
        self.times, self.matrix, self.across = model.index.times, matrix, matrix.T.tocsr()

    def flat(self, row: int, factors: Scores | None = None) -> Scores:
        scores = (self.matrix[row] @ self.across).toarray().ravel()
        scores[row] = 0
        return scores if factors is None else scores * factors

    def near(self, row: int, factors: Scores | None = None) -> Scores:
        distance = np.abs(self.times.days - self.times.days[row])
        nearness = (1 + distance) ** -self.times.power
        return self.flat(row, factors) * np.where(np.isnan(nearness), self.times.unknown, nearness)

    def scipy_top(self, row: int, factors: Scores | None = None) -> NDArray[np.int64]:
        return top(self.flat(row, factors), K)

    def sparse_dot_topn(self, row: int) -> list[int]:
        found = sp_matmul_topn(self.matrix[row], self.across, top_n=K + 1, n_threads=1, sort=True)
        return [other for other in found.indices.tolist() if other != row][:K]


def _bm25(texts: list[str]) -> Callable[..., list[int]]:
    index, words = bm25(texts)

    def nearest(row: int, factors: Scores | None = None) -> list[int]:
        found = index.retrieve(
            [words[row]], k=min(K + 1, len(words)), show_progress=False, weight_mask=factors
        )
        return [other for other in found.documents[0].tolist() if other != row][:K]

    return nearest


def _others(nearest: Callable[[int, int], list[int]], row: int) -> list[int]:
    return [other for other in nearest(row, K + 1) if other != row][:K]


def _sklearn(texts: list[str]) -> Answer:
    vectorizer = tfidf(pairs=True)
    across = vectorizer.fit_transform(texts).T.tocsr()

    def nearest(row: int) -> NDArray[np.int64]:
        scores = (vectorizer.transform([texts[row]]) @ across).toarray().ravel()
        return top(scores, K + 1)

    return nearest
