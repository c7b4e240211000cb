"""TimeSplit: lists as they would have been on the day each article was published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np

from recommender.articles.article import Article
from recommender.articles.times import days, microseconds
from recommender.config import Config
from recommender.errors import InputError
from recommender.evaluation.measures import Qrels
from recommender.evaluation.mining import Stream, streamed
from recommender.kernels.types import Times
from recommender.metadata.metadata import Metadata, MetadataBuilder
from recommender.recommender import Recommender
from recommender.search.postings import SearchIndex
from recommender.vectors.packed import PackedVectors


@dataclass(frozen=True)
class TimeSplit:
    """A model trained on the articles before a time, and the later articles read with it.

    Vocabulary, idf and the weight of nearness in time are learned only from the articles before
    ``begin`` (microseconds since 1970). A list holds only articles published strictly before its
    own. Undated articles are left out.

    Examples
    --------
    >>> news = [
    ...     Article(id="old", title="Ferry refit", published_at="2026-01-01"),
    ...     Article(id="new", title="Ferry late", published_at="2026-03-01"),
    ...     Article(id="newer", title="Ferry late again", published_at="2026-03-02"),
    ... ]
    >>> split = TimeSplit.fit(news, Config(), datetime.fromisoformat("2026-02-01T00:00Z"))
    >>> split.ranked("new", 10), split.judged({"new": {"old": 1, "newer": 2}})
    (['old'], {'new': {'old': 1}})
    """

    articles: Metadata
    vectors: PackedVectors
    postings: SearchIndex
    times: Times
    begin: int

    @classmethod
    def fit(
        cls, articles: Stream, config: Config, begin: datetime, *, jobs: int | None = None
    ) -> Self:
        """Learn from the articles before ``begin`` (aware), then read the later ones.

        Raises
        ------
        InputError
            When no article is from before ``begin``.
        """
        split = microseconds(begin)
        builder = MetadataBuilder()
        model = Recommender.fit(builder.watch(_dated(articles, split, False)), config, jobs=jobs)
        if not len(model.articles):
            raise InputError(
                f"no article was published before {begin:%Y-%m-%d}: give a later split date"
            )
        later = model.space.transform(builder.watch(_dated(articles, split, True)))
        parts = [model.index.vectors, PackedVectors.of(later)]
        metadata, vectors = builder.build(), PackedVectors.concatenated(parts, len(model.space))
        postings = SearchIndex.of(vectors)
        times = model.index.times._replace(days=days(metadata.published))
        return cls(metadata, vectors, postings, times, split)

    def ranked(self, article_id: str, limit: int) -> list[str]:
        """Return the ids of the articles nearest to an article, best first, all older than it.

        Raises
        ------
        ArticleNotFoundError
            When there is no such article, or it has no date.
        """
        row = self.articles.row(article_id)
        published = self.articles.published
        rows, _ = self.postings.search(
            self.vectors.row(row),
            self.times.days[row],
            self.times,
            limit,
            factors=(published < published[row]).astype(np.float32),
        )
        return [self.articles.ids[int(other)] for other in rows]

    def judged(self, qrels: Qrels) -> Qrels:
        """Return the judgments that a list of that day can satisfy.

        Their queries are from ``begin`` or later, and their documents older than the query.

        Raises
        ------
        InputError
            When no query with a related document is left.
        """
        published = dict(zip(self.articles.ids, self.articles.published.tolist(), strict=True))
        judgments: Qrels = {}
        for query, grades in qrels.items():
            time = published.get(query, self.begin - 1)
            older = {doc: grade for doc, grade in grades.items() if published.get(doc, time) < time}
            if time >= self.begin and any(older.values()):
                judgments[query] = older
        if not judgments:
            raise InputError(
                "no article from the split date on is judged related to an earlier one: give an "
                "earlier split date, or other judgments"
            )
        return judgments


def _dated(articles: Stream, split: int, later: bool) -> Iterator[Article]:
    """Yield the dated articles before a time in microseconds, or those from it on."""
    for article in streamed(articles):
        time = article.published_at
        if time is not None and (microseconds(time) >= split) == later:
            yield article
