"""TimeSplit: lists as they would have been on the day, from an archive that went on since."""

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
    """A model of the articles before a day, and the later ones as it would have seen them.

    Words, how rare they are and what nearness in time is worth are learned from the articles before
    ``begin`` (microseconds since 1970) alone. Each list holds only what was published strictly
    before its article. Undated articles are left out.

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
        border = microseconds(begin)
        builder = MetadataBuilder()
        model = Recommender.fit(builder.watch(_dated(articles, border, False)), config, jobs=jobs)
        if not len(model.articles):
            raise InputError(f"no article was published before {begin:%Y-%m-%d}: split later")
        later = model.space.transform(builder.watch(_dated(articles, border, True)))
        parts = [model.index.vectors, PackedVectors.of(later)]
        cards, vectors = builder.build(), PackedVectors.concatenated(parts, len(model.space))
        postings = SearchIndex.of(vectors)
        times = model.index.times._replace(days=days(cards.published))
        return cls(cards, vectors, postings, times, border)

    def ranked(self, article_id: str, limit: int) -> list[str]:
        """Return the ids of the list of an article, best first: only what was there before it.

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
        """Return those judgments that a list of that day can meet.

        Their articles are from ``begin`` or later, what they judge from before the article.

        Raises
        ------
        InputError
            When none is left.
        """
        published = dict(zip(self.articles.ids, self.articles.published.tolist(), strict=True))
        kept: Qrels = {}
        for query, grades in qrels.items():
            day = published.get(query, self.begin - 1)
            earlier = {doc: grade for doc, grade in grades.items() if published.get(doc, day) < day}
            if day >= self.begin and any(earlier.values()):
                kept[query] = earlier
        if not kept:
            raise InputError(
                "no article from the split date on is judged related to an earlier one: split "
                "earlier, or give other judgments"
            )
        return kept


def _dated(articles: Stream, border: int, later: bool) -> Iterator[Article]:
    for article in streamed(articles):
        time = article.published_at
        if time is not None and (microseconds(time) >= border) == later:
            yield article
