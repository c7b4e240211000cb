"""The peers: other libraries for the same job, used as their own documentation says."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

from recommender import Article

STOP_WORDS = sorted(ENGLISH_STOP_WORDS)
BM25_BACKEND = "numba"  # the fastest, but it compiles for seconds


def text_of(article: Article) -> str:
    """Return all the text of an article."""
    return "\n".join(part for part in (article.title, article.summary, article.body) if part)


def tfidf(bigrams: bool) -> TfidfVectorizer:
    """Return scikit-learn's vectorizer with the analyzer settings of alsoread's defaults.

    Alsoread leaves out bigrams of only one article; scikit-learn can only leave out all terms of
    only one article, and does so with ``bigrams``.
    """
    return TfidfVectorizer(
        stop_words=STOP_WORDS,
        sublinear_tf=True,
        ngram_range=(1, 2 if bigrams else 1),
        min_df=2 if bigrams else 1,
        dtype=np.float32,
    )


def bm25(texts: list[str]) -> tuple[Any, list[list[str]]]:
    """Return an index of bm25s (k1 1.2, b 0.75), and the words of each text."""
    import bm25s

    words = bm25s.tokenize(texts, stopwords=STOP_WORDS, show_progress=False, return_ids=False)
    index = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend=BM25_BACKEND)
    index.index(words, show_progress=False)
    return index, words


def more_like_this(texts: list[str], terms: int = 25) -> Callable[[int, int], list[int]]:
    """Return tantivy's More Like This: from a row and k to the k nearest rows, its own included.

    As in Lucene the query is the best terms of an article, 25 by default.
    """
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_text_field("text", stored=True)
    schema.add_integer_field("row", stored=True, indexed=True)
    index = tantivy.Index(schema.build())
    writer = index.writer(200_000_000, 1)
    for row, text in enumerate(texts):
        writer.add_document(tantivy.Document(text=text, row=row))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    hits = searcher.search(tantivy.Query.all_query(), limit=len(texts)).hits
    address = {searcher.doc(at)["row"][0]: at for _, at in hits}
    row_at = {(at.segment_ord, at.doc): row for row, at in address.items()}

    def nearest(row: int, k: int) -> list[int]:
        query = tantivy.Query.more_like_this_query(
            address[row],
            min_doc_frequency=2,
            min_term_frequency=1,
            max_query_terms=terms,
            min_word_length=2,
            stop_words=STOP_WORDS,
        )
        hits = searcher.search(query, limit=k).hits
        return [row_at[at.segment_ord, at.doc] for _, at in hits]

    return nearest


def top(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return the rows of the k highest scores, best first, by numpy's argpartition."""
    k = min(k, len(scores))
    best = np.argpartition(scores, len(scores) - k)[len(scores) - k :]
    return best[np.argsort(-scores[best], kind="stable")]


def fastapi_app() -> object:
    """Return the app that one would write first: FastAPI with lists in a dict.

    ``BENCH_LISTS`` names the JSON file of lists by id. With ``BENCH_TYPED`` the endpoint has a
    return type, and FastAPI writes JSON faster.
    """
    from fastapi import FastAPI

    lists = json.loads(Path(os.environ["BENCH_LISTS"]).read_text(encoding="utf-8"))
    app = FastAPI()

    async def recommendations(article_id: str):
        return lists[article_id]

    if "BENCH_TYPED" in os.environ:
        recommendations.__annotations__["return"] = dict
    app.get("/v1/articles/{article_id}/recommendations")(recommendations)
    return app
