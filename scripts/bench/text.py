"""The benchmark ``text``: articles in memory to vectors, beside scikit-learn's TfidfVectorizer."""

import argparse
from functools import partial
from typing import Any

from bench.peers import text_of, tfidf
from bench.timing import compared, interleaved
from recommender import Article, Config, read_articles
from recommender.vectors.settings import VectorSettings
from recommender.vectors.term_space import TermSpace


def text(arguments: argparse.Namespace) -> dict[str, Any]:
    """Time the vectors of an archive's words, and of its words and bigrams."""
    articles = list(read_articles(arguments.source))
    texts = [text_of(article) for article in articles]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    defaults = Config().vectors
    engines = {}
    for job, settings in {
        "words": defaults.model_copy(update={"pair_weight": 0.0}),
        "words and bigrams": defaults,
    }.items():
        engines[job, "alsoread"] = partial(_alsoread, articles, settings, arguments.jobs)
        engines[job, "TfidfVectorizer"] = partial(_sklearn, texts, settings.pair_weight > 0)
    _alsoread(articles[:100], defaults, 1)  # compiles
    times, _ = interleaved(engines, arguments.repeats)
    rows = compared(times)
    for row in rows:
        row["megabytes_per_s"] = megabytes / row["wall_s"]
        row["articles_per_s"] = len(articles) / row["wall_s"]
    return {"articles": len(articles), "megabytes": megabytes, "rows": rows}


def _alsoread(articles: list[Article], settings: VectorSettings, jobs: int) -> int:
    _, rows = TermSpace.fit(articles, settings, jobs)
    return len(rows)


def _sklearn(texts: list[str], bigrams: bool) -> int:
    return int(tfidf(bigrams).fit_transform(texts).nnz)
