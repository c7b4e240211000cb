"""Compare alsoread with common alternatives on judged archives: nDCG@10, all articles ranked.

scripts/compare.py [--data FOLDER] [--only SYSTEM ...] [ARCHIVE ...]
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from bench.peers import bm25, more_like_this, text_of
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from measure.archives import MEASURE, articles_of, folders, judgments_of, parser_of
from recommender import Article, Config, Recommender
from recommender.errors import InputError
from recommender.evaluation.measures import Evaluation, Qrels, evaluate
from recommender.evaluation.tuning import judged, learned

# ecbplus is near its ceiling and left out of the average.
AVERAGED = ("allsides_dev", "digitalgov", "18f", "psdocs", "wikinews_events")
TUNED = {"stop_words": "english", "sublinear_tf": True, "min_df": 2, "max_df": 0.5}
Lists = dict[str, list[str]]
System = Callable[[list[Article], list[str], Qrels], Lists]


def main() -> None:
    """Print a row a system and archive, the means, and the same as JSON if asked."""
    parser = parser_of(__doc__, f"names of archives; default: {' '.join(AVERAGED)}")
    systems = "; ".join(SYSTEMS)
    parser.add_argument(
        "--only", nargs="*", metavar="SYSTEM", choices=list(SYSTEMS), help=f"some of: {systems}"
    )
    parser.add_argument("--json", type=Path, help="a file to write the figures to")
    arguments = parser.parse_args()
    results: dict[str, dict[str, Evaluation]] = {}
    for folder in folders(arguments.data, arguments.archive or AVERAGED):
        for system, evaluation in evaluations(folder, arguments.only or list(SYSTEMS)):
            results.setdefault(system, {})[folder.name] = evaluation
            value = evaluation[MEASURE]
            interval = f"{value.low:.4f} .. {value.high:.4f}"
            print(f"{folder.name:16}{system:28}{value.mean:.4f}  {interval}", flush=True)
    print()
    for system, by_archive in results.items():
        means = [by_archive[name][MEASURE].mean for name in AVERAGED if name in by_archive]
        if means:
            print(f"{system:28}{np.mean(means):.4f}  mean of {len(means)}")
    if arguments.json:
        figures = {
            system: {name: vars(evaluation[MEASURE]) for name, evaluation in by_archive.items()}
            for system, by_archive in results.items()
        }
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def evaluations(folder: Path, systems: list[str]) -> Iterator[tuple[str, Evaluation]]:
    """Yield each system's evaluation on one archive, but for those that need more judgments."""
    articles, qrels = articles_of(folder), judgments_of(folder)
    ids = [article.id for article in articles]
    queries = sorted(set(qrels) & set(ids))
    for system in systems:
        try:
            lists = SYSTEMS[system](articles, queries, qrels)
        except InputError as error:
            print(f"{folder.name}: {system}: {error}", file=sys.stderr)
            continue
        yield system, evaluate(lambda query, lists=lists: lists[query], qrels, ids)


def _rank(articles: list[Article], queries: list[str], scores_of: Callable) -> Lists:
    """Rank all other articles by a function from a query's row to all scores."""
    row_of = {article.id: row for row, article in enumerate(articles)}
    lists = {}
    for query in queries:
        scores = np.asarray(scores_of(row_of[query]), dtype=np.float64).ravel().copy()
        scores[row_of[query]] = -np.inf
        lists[query] = [articles[row].id for row in np.argsort(-scores, kind="stable")[:10]]
    return lists


def _rank_by_dot(articles: list[Article], queries: list[str], matrix: csr_matrix) -> Lists:
    from sparse_dot_topn import sp_matmul_topn

    row_of = {article.id: row for row, article in enumerate(articles)}
    rows = [row_of[query] for query in queries]
    top = sp_matmul_topn(matrix[rows], matrix.T.tocsr(), top_n=11, sort=True)
    lists = {}
    for at, query in enumerate(queries):
        others = top.indices[top.indptr[at] : top.indptr[at + 1]]
        lists[query] = [articles[row].id for row in others if row != rows[at]][:10]
    return lists


def _sklearn(**settings: object) -> System:
    def run(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
        texts = map(text_of, articles)
        return _rank_by_dot(articles, queries, TfidfVectorizer(**settings).fit_transform(texts))

    return run


def lsi(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
    """Latent semantic indexing: 200 dimensions of the tuned TF-IDF."""
    matrix = TfidfVectorizer(**TUNED).fit_transform(map(text_of, articles))
    dense = normalize(TruncatedSVD(200, random_state=0).fit_transform(matrix)).astype(np.float32)
    return _rank(articles, queries, lambda row: dense @ dense[row])


def bm25_whole(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
    """BM25 (k1 1.2, b 0.75) with the whole article as the query."""
    index, words = bm25([text_of(article) for article in articles])
    return _rank(articles, queries, lambda row: index.get_scores(words[row]))


def lucene(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
    """Lucene's More Like This as in tantivy: the query is the article's 25 best terms."""
    nearest = more_like_this([text_of(article) for article in articles])
    row_of = {article.id: row for row, article in enumerate(articles)}
    rows = {query: nearest(row_of[query], 11) for query in queries}
    return {
        query: [articles[row].id for row in others if row != row_of[query]][:10]
        for query, others in rows.items()
    }


def default(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
    """Alsoread with its defaults: nothing is learned from judgments."""
    model = Recommender.fit(articles, jobs=-1)
    return {query: model.ranked(query, 10) for query in queries}


def text_only(articles: list[Article], queries: list[str], qrels: Qrels) -> Lists:
    """Alsoread without tags and dates, which the peers do not use either."""
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


SYSTEMS: dict[str, System] = {
    "TfidfVectorizer()": _sklearn(),
    "TfidfVectorizer, tuned": _sklearn(**TUNED),
    "BM25, whole article": bm25_whole,
    "LSI-200": lsi,
    "More Like This, 25 terms": lucene,
    "alsoread, text only": text_only,
    "alsoread": default,
    "alsoread, tuned, held out": tuned,
}
