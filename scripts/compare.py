#!/usr/bin/env python3
"""Compare alsoread with what one would use instead, on judged archives: nDCG@10, all ranked.

scripts/compare.py [--data FOLDER] [--only PEER ...] [ARCHIVE ...]
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from peers import bm25, more_like_this, text_of
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from recommender import Article, Config, Recommender, read_articles
from recommender.evaluation.measures import Evaluation, Qrels, evaluate, read_qrels
from recommender.evaluation.tuning import judged, learned

# ecbplus is near its ceiling and stands outside the average.
AVERAGED = ("allsides_dev", "digitalgov", "18f", "psdocs", "wikinews_events")
Lists = dict[str, list[str]]


def main() -> None:
    """Print a row a system and a column an archive, and write the same as JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=default, help="folders of judged archives")
    parser.add_argument("--only", nargs="*", choices=list(SYSTEMS), help="some of the systems")
    parser.add_argument("--json", type=Path, help="a file to write the figures to")
    parser.add_argument("archive", nargs="*", help="names of folders")
    asked = parser.parse_args()
    found: dict[str, dict[str, Evaluation]] = {}
    for name in asked.archive or AVERAGED:
        for system, evaluation in measured(asked.data / name, asked.only or list(SYSTEMS)):
            found.setdefault(system, {})[name] = evaluation
            one = evaluation["nDCG@10"]
            print(
                f"{name:16}{system:28}{one.mean:.4f}  {one.low:.4f} .. {one.high:.4f}", flush=True
            )
    print()
    for system, evaluations in found.items():
        values = [evaluations[name]["nDCG@10"].mean for name in AVERAGED if name in evaluations]
        print(f"{system:28}{np.mean(values):.4f}  mean of {len(values)}")
    if asked.json:
        figures = {
            system: {name: vars(e["nDCG@10"]) for name, e in evaluations.items()}
            for system, evaluations in found.items()
        }
        asked.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def measured(folder: Path, systems: list[str]) -> Iterator[tuple[str, Evaluation]]:
    """Measure some systems on one archive."""
    articles = list(read_articles(next(folder.glob("articles.jsonl*"))))
    qrels = read_qrels(folder / "qrels.txt")
    ids = [article.id for article in articles]
    queries = sorted(set(qrels) & set(ids))
    for system in systems:
        lists = SYSTEMS[system](articles, queries, qrels)
        yield system, evaluate(lambda query, lists=lists: lists[query], qrels, ids)


def _top(articles: list[Article], queries: list[str], score: Callable) -> Lists:
    """Rank every other article by a function from a query's row to all scores."""
    row_of = {article.id: row for row, article in enumerate(articles)}
    lists = {}
    for query in queries:
        scores = np.asarray(score(row_of[query]), dtype=np.float64).ravel().copy()
        scores[row_of[query]] = -np.inf
        lists[query] = [articles[row].id for row in np.argsort(-scores, kind="stable")[:10]]
    return lists


def _dots(articles: list[Article], queries: list[str], matrix: csr_matrix) -> Lists:
    from sparse_dot_topn import sp_matmul_topn

    row_of = {article.id: row for row, article in enumerate(articles)}
    rows = [row_of[query] for query in queries]
    found = sp_matmul_topn(matrix[rows], matrix.T.tocsr(), top_n=11, sort=True)
    lists = {}
    for at, query in enumerate(queries):
        near = found.indices[found.indptr[at] : found.indptr[at + 1]]
        lists[query] = [articles[row].id for row in near if row != rows[at]][:10]
    return lists


def _sklearn(**settings: object) -> Callable:
    def run(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
        texts = map(text_of, articles)
        return _dots(articles, queries, TfidfVectorizer(**settings).fit_transform(texts))

    return run


TUNED = {"stop_words": "english", "sublinear_tf": True, "min_df": 2, "max_df": 0.5}


def lsi(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
    """Latent semantic indexing: 200 dimensions of the tuned TF-IDF."""
    matrix = TfidfVectorizer(**TUNED).fit_transform(map(text_of, articles))
    dense = normalize(TruncatedSVD(200, random_state=0).fit_transform(matrix)).astype(np.float32)
    return _top(articles, queries, lambda row: dense @ dense[row])


def bm25_whole(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
    """BM25 (k1 1.2, b 0.75) with the whole article as the query."""
    index, words = bm25([text_of(article) for article in articles])
    return _top(articles, queries, lambda row: index.get_scores(words[row]))


def lucene(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
    """Lucene's More Like This in tantivy's port: the 25 best terms of the article as the query."""
    nearest = more_like_this([text_of(article) for article in articles])
    row_of = {article.id: row for row, article in enumerate(articles)}
    rows = {query: nearest(row_of[query], 11) for query in queries}
    return {
        query: [articles[row].id for row in found if row != row_of[query]][:10]
        for query, found in rows.items()
    }


def default(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
    """Alsoread as it comes: nothing is learned from judgments."""
    model = Recommender.fit(articles, jobs=-1)
    return {query: model.ranked(query, 10) for query in queries}


def text_only(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
    """Alsoread without tags and dates, which the peers do not see either."""
    settings = {"vectors": {"tag_weight": 0}, "nearness": {"power": 0}}
    model = Recommender.fit(articles, Config.of(settings), jobs=-1)
    return {query: model.ranked(query, 10) for query in queries}


def tuned(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
    """Alsoread with settings learned on one half of the queries for the other, both ways."""
    model = Recommender.fit(articles, jobs=-1)
    usable = judged(model, qrels)
    halves = [
        [q for q in usable if hashlib.blake2b(q.encode()).digest()[0] % 2 == half]
        for half in range(2)
    ]
    lists = {query: model.ranked(query, 10) for query in queries}
    for learning, held_out in (halves, halves[::-1]):
        better = Recommender.fit(articles, learned(articles, model, qrels, learning), jobs=-1)
        lists |= {query: better.ranked(query, 10) for query in held_out}
    return lists


SYSTEMS: dict[str, Callable[[list[Article], list[str], Qrels], Lists]] = {
    "TfidfVectorizer()": _sklearn(),
    "TfidfVectorizer, tuned": _sklearn(**TUNED),
    "BM25, whole article": bm25_whole,
    "LSI-200": lsi,
    "More Like This, 25 terms": lucene,
    "alsoread, text only": text_only,
    "alsoread": default,
    "alsoread, tuned, held out": tuned,
}


if __name__ == "__main__":
    main()
