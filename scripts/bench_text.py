"""Articles in memory to vectors: alsoread beside scikit-learn's TfidfVectorizer."""

import argparse
from functools import partial
from typing import Any

from peers import text_of, tfidf
from timing import compared, interleaved

from recommender import Article, Config, read_articles
from recommender.vectors.settings import VectorSettings
from recommender.vectors.term_space import TermSpace


def text(asked: argparse.Namespace) -> dict[str, Any]:
    """Time the vectors of an archive's words, and of its words and pairs of words."""
    articles = list(read_articles(asked.source))
    texts = [text_of(article) for article in articles]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    defaults = Config().vectors
    engines = {}
    for job, settings in {
        "words": defaults.model_copy(update={"pair_weight": 0.0}),
        "words and pairs": defaults,
    }.items():
        pairs = settings.pair_weight > 0
        engines[job, "alsoread"] = partial(_alsoread, articles, settings, asked.jobs)
        engines[job, "TfidfVectorizer"] = partial(_sklearn, texts, pairs)
    _alsoread(articles[:100], defaults, 1)  # compiles
    times, _ = interleaved(engines, asked.repeats)
    rows = compared(times)
    for row in rows:
        row["megabytes_per_s"] = megabytes / row["wall_s"]
        row["articles_per_s"] = len(articles) / row["wall_s"]
    return {"articles": len(articles), "megabytes": megabytes, "rows": rows}


def _alsoread(articles: list[Article], settings: VectorSettings, jobs: int) -> int:
    _, rows = TermSpace.fit(articles, settings, jobs)
    return len(rows)


def _sklearn(texts: list[str], pairs: bool) -> int:
    return int(tfidf(pairs).fit_transform(texts).nnz)
