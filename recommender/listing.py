"""Listing: an ALSO READ list as it is given out, in Python and as JSON; made of candidates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.cards import Card
from recommender.explain import DIGITS, Explanation, explain
from recommender.ranking import Candidates, Context
from recommender.reasons import reason

if TYPE_CHECKING:
    from recommender.recommender import Recommender


@dataclass(frozen=True, slots=True)
class Item:
    """One article of a list: where it stands, how related it is, and why.

    What is pinned has its own score, 0 if it is not related; a fallback has the score 0.
    """

    rank: int
    article: Card
    score: float
    reason: str
    source: str = "similar"
    probability: float | None = None
    duplicates: tuple[str, ...] = ()
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why a list is shorter than it was asked to be: how many articles each cause left out."""

    requested: int
    returned: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class Listing:
    """The ALSO READ list of an article (None for a mix); iterate over it for its items.

    ``from_graph`` says that it took no more than the article's stored neighbours.
    """

    article: Card | None
    items: tuple[Item, ...]
    shortfall: Shortfall | None
    from_graph: bool = True

    @classmethod
    def of(cls, model: Recommender, found: Candidates, context: Context) -> Listing:
        """Return the list that candidates make, and why it is short if it is."""
        limit = context.options.limit
        items = tuple(
            _item(model, rank, found, context) for rank in range(1, min(limit, len(found.rows)) + 1)
        )
        short = len(items) < limit
        shortfall = Shortfall(limit, len(items), _reasons(found, context)) if short else None
        return cls(context.query.card, items, shortfall, found.from_graph)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, at: int) -> Item:
        return self.items[at]

    def to_record(self) -> dict[str, Any]:
        """Return the list as JSON types, as the service and the command line give it."""
        return {
            "article": reference(self.article) if self.article else None,
            "items": [_item_record(item) for item in self.items],
            "shortfall": asdict(self.shortfall) if self.shortfall else None,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A page of articles, the newest first; ``next`` is the cursor of the page after, if any."""

    articles: tuple[Card, ...]
    next: str | None

    def to_record(self) -> dict[str, Any]:
        """Return the page as JSON types, as the service and the command line give it."""
        cards = [
            asdict(card) | {"tags": list(card.tags), "published_at": rfc3339(card.published_at)}
            for card in self.articles
        ]
        return {"articles": cards, "next": self.next}


def rfc3339(time: datetime | None) -> str | None:
    """Write an aware time in RFC 3339, UTC.

    Examples
    --------
    >>> rfc3339(datetime(2026, 11, 20, 9, tzinfo=UTC))
    '2026-11-20T09:00:00Z'
    """
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z") if time else None


def reference(article: Card) -> dict[str, str | None]:
    """Return what a reply says of the article it is about; a draft may have no id."""
    return {"id": article.id or None, "title": article.title, "url": article.url}


def _item(model: Recommender, rank: int, found: Candidates, context: Context) -> Item:
    row, score, options = int(found.rows[rank - 1]), float(found.scores[rank - 1]), context.options
    card, source = model.articles[row], found.sources.get(row, "similar")
    if source == "fallback":
        place = f"Latest in {card.section}" if options.fallback == "section" else "Latest"
        return Item(rank, card, 0.0, place, source)
    query, other = context.query.vector, model.index.row(row)
    curve, why = model.config.calibration, None
    if options.explain:
        why = explain(model.space, query, other, score, context.filters.freshness_of(row))
    return Item(
        rank,
        card,
        # A score is above 0, however old the article.
        round(score, DIGITS) or score,
        reason(model.space, query, other) if score else "Picked by the editors",
        source,
        round(curve.probability(score), DIGITS) if curve else None,
        tuple(model.articles.ids[copy] for copy in found.copies.get(row, ())),
        why,
    )


def _reasons(found: Candidates, context: Context) -> dict[str, int]:
    """Count why the other articles are not listed; each counts once, under its first cause."""
    left = np.ones(len(context.articles), bool)
    left[list(context.query.rows)] = False
    # Pins are listed though they may not pass a filter.
    left[found.rows] = False
    reasons = context.filters.left_out(left)
    for cause, rows in found.left_out.items():
        reasons[cause] = reasons.get(cause, 0) + int(left[rows].sum())
        left[rows] = False
    # What shares no term at all is no candidate, nor is what the search had no need to look at.
    rest = "below_min_score" if context.options.min_score else "unrelated"
    reasons[rest] = reasons.get(rest, 0) + int(left.sum())
    return {cause: count for cause, count in reasons.items() if count}


def _item_record(item: Item) -> dict[str, Any]:
    card = item.article
    record: dict[str, Any] = {
        "rank": item.rank,
        "id": card.id,
        "title": card.title,
        "url": card.url,
        "published_at": rfc3339(card.published_at),
        "section": card.section,
        "tags": list(card.tags),
        "score": item.score,
        "probability": item.probability,
        "source": item.source,
        "reason": item.reason,
        "duplicates": list(item.duplicates),
    }
    if item.explanation:
        record["explanation"] = explanation_record(item.explanation)
    return record


def explanation_record(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON types."""
    return {
        "similarity": explanation.similarity,
        "terms": [
            {"term": term.term, "contribution": term.contribution, "in": list(term.fields)}
            for term in explanation.terms
        ],
        "rest": explanation.rest,
        "tags": list(explanation.tags),
        "effects": explanation.effects,
    }
