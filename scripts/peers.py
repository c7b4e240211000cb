"""What one would use instead of alsoread, as its own documentation says to use it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

from recommender import Article

STOP = sorted(ENGLISH_STOP_WORDS)
BM25_BACKEND = "numba"  # the fastest, but it compiles for seconds


def text_of(article: Article) -> str:
    """Return all the text of an article."""
    return "\n".join(part for part in (article.title, article.summary, article.body) if part)


def tfidf(pairs: bool) -> TfidfVectorizer:
    """Return scikit-learn's vectorizer with the analyzer settings of alsoread's defaults.

    Alsoread leaves out pairs of words that one article has; scikit-learn can only leave out all
    such terms, and does so with ``pairs``.
    """
    return TfidfVectorizer(
        stop_words=STOP,
        sublinear_tf=True,
        ngram_range=(1, 2 if pairs else 1),
        min_df=2 if pairs else 1,
        dtype=np.float32,
    )


def bm25(texts: list[str]) -> tuple[Any, list[list[str]]]:
    """Return bm25s' index (k1 1.2, b 0.75), and the words of each text."""
    import bm25s

    words = bm25s.tokenize(texts, stopwords=STOP, show_progress=False, return_ids=False)
    index = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend=BM25_BACKEND)
    index.index(words, show_progress=False)
    return index, words


def more_like_this(texts: list[str], terms: int = 25) -> Callable[[int, int], list[int]]:
    """Return tantivy's More Like This: from a row and k to the k nearest rows, its own included.

    It is Lucene's: the best terms of an article, 25 unless said, are the query.
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
        like = tantivy.Query.more_like_this_query(
            address[row],
            min_doc_frequency=2,
            min_term_frequency=1,
            max_query_terms=terms,
            min_word_length=2,
            stop_words=STOP,
        )
        found = searcher.search(like, limit=k).hits
        return [row_at[at.segment_ord, at.doc] for _, at in found]

    return nearest


def top(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return the rows of the k highest scores, best first: numpy's argpartition."""
    k = min(k, len(scores))
    best = np.argpartition(scores, len(scores) - k)[len(scores) - k :]
    return best[np.argsort(-scores[best], kind="stable")]
