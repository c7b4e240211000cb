"""Listing: an ALSO READ list as it is given out, in Python and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from recommender.cards import Card
from recommender.explain import Explanation


@dataclass(frozen=True, slots=True)
class Item:
    """One article of a list: where it stands, how related it is, and why."""

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
    """The ALSO READ list of an article; iterate over it for its items.

    ``from_graph`` says that it took no more than the article's stored neighbours.
    """

    article: Card
    items: tuple[Item, ...]
    shortfall: Shortfall | None
    from_graph: bool = True

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, at: int) -> Item:
        return self.items[at]

    def to_record(self) -> dict[str, Any]:
        """Return the list as JSON types, as the service and the command line give it."""
        article = self.article
        return {
            "article": {"id": article.id, "title": article.title, "url": article.url},
            "items": [_item(item) for item in self.items],
            "shortfall": asdict(self.shortfall) if self.shortfall else None,
        }


def rfc3339(time: datetime | None) -> str | None:
    """Write an aware time in RFC 3339, UTC.

    Examples
    --------
    >>> rfc3339(datetime(2026, 11, 20, 9, tzinfo=UTC))
    '2026-11-20T09:00:00Z'
    """
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z") if time else None


def _item(item: Item) -> dict[str, Any]:
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
        record["explanation"] = _explanation(item.explanation)
    return record


def _explanation(explanation: Explanation) -> dict[str, Any]:
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
