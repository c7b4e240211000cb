"""Overlay: what the archive has changed since a model was trained, laid over the model's rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.cards import Cards
from recommender.nearness import NEVER, microseconds

# Revision, id, and the article as it is now, None if deleted: as Catalog.changes gives them.
Change = tuple[int, str, Article | None]


@dataclass(frozen=True)
class Overlay:
    """How far the archive's changes are known, and which rows they took away.

    ``revision`` is the archive's after the last of them, 0 before any; ``masked`` (int32,
    ascending) are the rows of articles deleted since.
    """

    revision: int = 0
    masked: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    def after(self, changes: Iterable[Change], articles: Cards) -> tuple[Overlay, Cards]:
        """Return the overlay and the cards as they are after some changes, both new.

        A deleted article is never published again, one with another date from then on. Articles
        that the model does not hold change nothing here.

        Examples
        --------
        >>> cards, (hail, snow) = Cards.of([
        ...     Article(id="a", title="Hail"), Article(id="b", title="Snow")
        ... ])
        >>> overlay, cards = Overlay().after([(3, "a", None), (4, "c", snow)], cards)
        >>> overlay
        Overlay(revision=4, masked=array([0], dtype=int32))
        """
        revision, published = self.revision, articles.published
        for changed, article_id, article in changes:
            revision = changed
            row = articles.ids.find(article_id)
            time = microseconds(article.published_at) if article else NEVER
            if row is not None and published[row] != time:
                if published is articles.published:
                    published = published.copy()
                published[row] = time
        if published is articles.published:
            return replace(self, revision=revision), articles
        masked = np.flatnonzero(published == NEVER).astype(np.int32)
        return Overlay(revision, masked), replace(articles, published=published)
