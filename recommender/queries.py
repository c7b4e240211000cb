"""Queries: what a list is asked of, an article of the archive, a draft or a mix of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.article import Article
from recommender.cards import Card, Cards
from recommender.nearness import UNDATED, days, microseconds
from recommender.rows import ByRow, Vectors
from recommender.sketches import Sketch
from recommender.vectors import TermSpace
from recommender.weights import levels_of

# What is unlike counts half as much as what is like.
UNLIKE_SHARE = 0.5


@dataclass(frozen=True)
class Query:
    """What a list is asked of.

    ``vector`` is one row and ``published`` microseconds since 1970; ``rows`` are the archive's own
    among what was given, which the list does not hold, and ``sketches`` are of what was not there;
    ``card`` is None for a mix. ``stored`` says that the graph has its neighbours.
    """

    vector: Vectors
    published: int
    rows: tuple[int, ...]
    sections: tuple[str, ...]
    card: Card | None
    stored: bool = False
    sketches: tuple[Sketch, ...] = ()

    @classmethod
    def of(
        cls,
        articles: Cards,
        vectors: ByRow,
        space: TermSpace,
        now: int | None,
        given: str | Article,
    ) -> Query:
        """Ask of an id, or raise ArticleNotFoundError, or of an article that is not there."""
        if isinstance(given, str):
            return cls.of_row(articles, vectors, articles.row(given))
        return cls.of_draft(articles, space, given, now)

    @classmethod
    def of_row(cls, articles: Cards, vectors: ByRow, row: int) -> Query:
        """Ask of an article of the archive."""
        card, published = articles[row], int(articles.published[row])
        return cls(vectors.row(row), published, (row,), _known(card.section), card, stored=True)

    @classmethod
    def of_draft(cls, articles: Cards, space: TermSpace, draft: Article, now: int | None) -> Query:
        """Ask of an article that is not in the archive; without a date it is dated ``now``.

        If its id is in the archive, it is a new version of that article.
        """
        cards, _ = Cards.of([draft])
        row = articles.ids.find(draft.id)
        published = microseconds(draft.published_at)
        if published == UNDATED and now is not None:
            published = now
        rows = () if row is None else (row,)
        vector, sections = space.transform([draft]), _known(draft.section)
        return cls(vector, published, rows, sections, cards[0], sketches=(Sketch.of(draft),))

    @classmethod
    def of_mix(cls, like: Sequence[Query], unlike: Sequence[Query]) -> Query:
        """Ask of all that is liked at once, dated as the latest of it, away from the unlike.

        The vector is the mean of what is liked less ``UNLIKE_SHARE`` of the mean of the unlike
        (Rocchio, 1971), without what would be below 0, normalised.
        """
        shares = [1 / len(like)] * len(like) + [-UNLIKE_SHARE / len(unlike) for _ in unlike]
        vector = _mixed([query.vector for query in (*like, *unlike)], shares)
        return cls(
            vector,
            max(query.published for query in like),
            tuple(row for query in (*like, *unlike) for row in query.rows),
            tuple(section for query in like for section in query.sections),
            None,
            sketches=tuple(sketch for query in (*like, *unlike) for sketch in query.sketches),
        )

    @property
    def row(self) -> int:
        """Its own row, -1 if it has none."""
        return self.rows[0] if self.stored else -1

    @property
    def day(self) -> float:
        """When it was published, in days since 1970; NaN if that is unknown."""
        return float(days(np.array([self.published]))[0])


def _known(section: str | None) -> tuple[str, ...]:
    return (section,) if section else ()


def _mixed(vectors: Sequence[Vectors], shares: Sequence[float]) -> Vectors:
    """Return the sum of vectors of one row, each with its share, normalised, none below 0."""
    indices = np.concatenate([vector.indices for vector in vectors])
    indices, at = np.unique(indices, return_inverse=True)
    parts = [share * vector.data for share, vector in zip(shares, vectors, strict=True)]
    total = np.bincount(at, np.concatenate(parts), len(indices))
    fields = np.zeros(len(indices), np.uint8)
    np.bitwise_or.at(fields, at, np.concatenate([vector.fields for vector in vectors]))
    kept = total > 0
    levels = levels_of(total[kept] / np.sqrt(total[kept] @ total[kept]))
    ends = np.array([0, len(levels)], np.int64)
    return Vectors(ends, indices[kept], levels, fields[kept], vectors[0].columns)
