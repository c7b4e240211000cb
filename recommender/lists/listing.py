"""Listing: the items of a list with their scores and reasons, and why it is short if it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recommender.articles.times import rfc3339
from recommender.lists.explanation import Explanation, explain
from recommender.lists.reasons import reason
from recommender.metadata.metadata import ArticleMetadata
from recommender.model import Model
from recommender.ranking.candidates import DIGITS, Candidates, Context


@dataclass(frozen=True, slots=True)
class Item:
    """One article of a list: its rank, its score, and the reason.

    A pinned article has its own score, 0 if it is not related; a fallback has the score 0.
    """

    rank: int
    article: ArticleMetadata
    score: float
    reason: str
    source: str = "similar"
    probability: float | None = None
    duplicates: tuple[str, ...] = ()
    explanation: Explanation | None = None

    def to_record(self) -> dict[str, Any]:
        """Return the item as JSON types."""
        article = self.article
        record: dict[str, Any] = {
            "rank": self.rank,
            "id": article.id,
            "title": article.title,
            "url": article.url,
            "published_at": rfc3339(article.published_at),
            "section": article.section,
            "tags": list(article.tags),
            "score": self.score,
            "probability": self.probability,
            "source": self.source,
            "reason": self.reason,
            "duplicates": list(self.duplicates),
        }
        if self.explanation:
            record["explanation"] = self.explanation.to_record()
        return record


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why a list is shorter than requested: how many articles each cause left out."""

    requested: int
    returned: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class Listing:
    """The ALSO READ list of an article (None for a mix); iterate over it for its items.

    ``from_graph`` tells whether it holds stored neighbours of the article only.
    """

    article: ArticleMetadata | None
    items: tuple[Item, ...]
    shortfall: Shortfall | None
    from_graph: bool = True

    @classmethod
    def of(cls, model: Model, candidates: Candidates, context: Context) -> Listing:
        """Return the list of the best candidates."""
        limit = context.options.limit
        count = min(limit, len(candidates.rows))
        items = tuple(_item(model, rank, candidates, context) for rank in range(1, count + 1))
        shortfall = None
        if len(items) < limit:
            shortfall = Shortfall(limit, len(items), _left_out(candidates, context))
        return cls(context.query.article, items, shortfall, candidates.from_graph)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, at: int) -> Item:
        return self.items[at]

    def to_record(self) -> dict[str, Any]:
        """Return the list as JSON types, for the service and the command line."""
        return {
            "article": reference(self.article) if self.article else None,
            "items": [item.to_record() for item in self.items],
            "shortfall": asdict(self.shortfall) if self.shortfall else None,
        }


def reference(article: ArticleMetadata) -> dict[str, str | None]:
    """Return how a reply refers to the article it is about; a draft may have no id."""
    return {"id": article.id or None, "title": article.title, "url": article.url}


def _item(model: Model, rank: int, candidates: Candidates, context: Context) -> Item:
    row, score = int(candidates.rows[rank - 1]), float(candidates.scores[rank - 1])
    article, options = model.articles[row], context.options
    source = candidates.sources.get(row, "similar")
    if source == "fallback":
        place = f"Latest in {article.section}" if options.fallback == "section" else "Latest"
        return Item(rank, article, 0.0, place, source)
    query, other = context.query.vector, model.index.row(row)
    curve, explanation = model.config.calibration, None
    if options.explain:
        freshness = context.filters.freshness_of(row)
        explanation = explain(model.space, query, other, score, freshness)
    return Item(
        rank,
        article,
        # A score is above 0, however old the article.
        round(score, DIGITS) or score,
        reason(model.space, query, other) if score else "Picked by the editors",
        source,
        round(curve.probability(score), DIGITS) if curve else None,
        tuple(model.articles.ids[copy] for copy in candidates.copies.get(row, ())),
        explanation,
    )


def _left_out(candidates: Candidates, context: Context) -> dict[str, int]:
    """Count why the other articles are not listed; each counts once, by its first cause."""
    remaining = np.ones(len(context.articles), bool)
    remaining[list(context.query.rows)] = False
    # Pins are listed even if they do not pass a filter.
    remaining[candidates.rows] = False
    causes = context.filters.left_out(remaining)
    for cause, rows in candidates.left_out.items():
        causes[cause] = causes.get(cause, 0) + int(remaining[rows].sum())
        remaining[rows] = False
    # Articles without a shared term are no candidates, nor are those the search could skip.
    rest = "below_min_score" if context.options.min_score else "unrelated"
    causes[rest] = causes.get(rest, 0) + int(remaining.sum())
    return {cause: count for cause, count in causes.items() if count}
