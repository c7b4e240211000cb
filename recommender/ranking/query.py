"""Query: what a list is for, an article of the archive, a draft, or a mix of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.articles.article import Article
from recommender.articles.times import UNDATED, days, microseconds
from recommender.copies.sketches import Sketch
from recommender.metadata.metadata import ArticleMetadata, Metadata
from recommender.model import Model
from recommender.vectors.packed import Vectors
from recommender.vectors.weighting import quantise

# An unlike article has half the weight of a like one.
UNLIKE_WEIGHT = 0.5


@dataclass(frozen=True)
class Query:
    """What a list is for.

    ``vector`` is one row and ``published`` microseconds since 1970; ``rows`` are the archive's own
    among the given articles, which the list never holds, and ``sketches`` are of the others;
    ``article`` is None for a mix. ``stored`` tells whether the graph has its neighbours.
    """

    vector: Vectors
    published: int
    rows: tuple[int, ...]
    sections: tuple[str, ...]
    article: ArticleMetadata | None
    stored: bool = False
    sketches: tuple[Sketch, ...] = ()

    @classmethod
    def of(cls, model: Model, given: str | Article, now: int | None) -> Query:
        """Query by an id, or raise ArticleNotFoundError, or by an article outside the archive."""
        if isinstance(given, str):
            return cls.of_row(model, model.articles.row(given))
        return cls.of_draft(model, given, now)

    @classmethod
    def of_row(cls, model: Model, row: int) -> Query:
        """Query by an article of the archive."""
        article, published = model.articles[row], int(model.articles.published[row])
        vector, sections = model.index.row(row), _sections(article.section)
        return cls(vector, published, (row,), sections, article, stored=True)

    @classmethod
    def of_draft(cls, model: Model, draft: Article, now: int | None) -> Query:
        """Query by an article outside the archive; without a date it is dated ``now``.

        With an id of the archive it is a new version of that article.
        """
        own, _ = Metadata.of([draft])
        row = model.articles.ids.find(draft.id)
        published = microseconds(draft.published_at)
        if published == UNDATED and now is not None:
            published = now
        rows = () if row is None else (row,)
        vector, sections = model.space.transform([draft]), _sections(draft.section)
        return cls(vector, published, rows, sections, own[0], sketches=(Sketch.of(draft),))

    @classmethod
    def of_mix(cls, like: Sequence[Query], unlike: Sequence[Query]) -> Query:
        """Query by several at once, dated as the latest of ``like``, away from ``unlike``.

        The vector is the mean of the like less ``UNLIKE_WEIGHT`` times the mean of the unlike
        (Rocchio, 1971), without negative weights, normalised.
        """
        weights = [1 / len(like)] * len(like) + [-UNLIKE_WEIGHT / len(unlike) for _ in unlike]
        return cls(
            _mixed([query.vector for query in (*like, *unlike)], weights),
            max(query.published for query in like),
            tuple(row for query in (*like, *unlike) for row in query.rows),
            tuple(section for query in like for section in query.sections),
            None,
            sketches=tuple(sketch for query in (*like, *unlike) for sketch in query.sketches),
        )

    @property
    def row(self) -> int:
        """The row of its stored neighbours, -1 if it has none."""
        return self.rows[0] if self.stored else -1

    @property
    def day(self) -> float:
        """The publication in days since 1970; NaN if it is unknown."""
        return float(days(np.array([self.published]))[0])


def _sections(section: str | None) -> tuple[str, ...]:
    return (section,) if section else ()


def _mixed(vectors: Sequence[Vectors], weights: Sequence[float]) -> Vectors:
    """Return the weighted sum of vectors of one row, normalised, without negative weights."""
    indices = np.concatenate([vector.indices for vector in vectors])
    indices, at = np.unique(indices, return_inverse=True)
    parts = [weight * vector.data for weight, vector in zip(weights, vectors, strict=True)]
    total = np.bincount(at, np.concatenate(parts), len(indices))
    fields = np.zeros(len(indices), np.uint8)
    np.bitwise_or.at(fields, at, np.concatenate([vector.fields for vector in vectors]))
    positive = total > 0
    levels = quantise(total[positive] / np.sqrt(total[positive] @ total[positive]))
    ends = np.array([0, len(levels)], np.int64)
    return Vectors(ends, indices[positive], levels, fields[positive], vectors[0].columns)
