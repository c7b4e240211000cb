"""Records: the parts of a report; their fields are those of its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from recommender.evaluation.measures import Measured
from recommender.metadata.metadata import ArticleMetadata


@dataclass(frozen=True, slots=True)
class Named:
    """An article that the report names."""

    id: str
    title: str
    url: str | None
    published_at: datetime | None

    @classmethod
    def of(cls, article: ArticleMetadata) -> Named:
        """Return how the report names an article."""
        return cls(article.id, article.title, article.url, article.published_at)


@dataclass(frozen=True, slots=True)
class Host:
    """A list that could take an orphan: its article, the orphan's score there, and the cut.

    The last item of the list has the score ``cut``, and would be dropped.
    """

    article: Named
    score: float
    cut: float


@dataclass(frozen=True, slots=True)
class Orphan:
    """An article in no list, and the lists in which it comes nearest below the cut."""

    article: Named
    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True)
class Orphans:
    """Articles in no list.

    Those ``behind_copies`` are not counted: lists name them as copies of an item.
    """

    count: int
    behind_copies: int
    named: tuple[Orphan, ...]


@dataclass(frozen=True, slots=True)
class Hub:
    """An article, and in how many lists it is."""

    article: Named
    lists: int


@dataclass(frozen=True, slots=True)
class Hubs:
    """The articles in most lists; the top hundredth takes ``top_share`` of all places."""

    top_share: float
    named: tuple[Hub, ...]


@dataclass(frozen=True, slots=True)
class Thin:
    """An article whose list is short: its length, and how many terms the article has."""

    article: Named
    length: int
    terms: int


@dataclass(frozen=True, slots=True)
class ThinLists:
    """Lists that are not full, the shortest first; ``fill`` counts all lists by length, from 0."""

    count: int
    fill: tuple[int, ...]
    named: tuple[Thin, ...]


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """Articles that are copies of one text; some of them are named."""

    size: int
    named: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Copies:
    """The number of groups of copies, of articles in them, and the largest groups."""

    groups: int
    articles: int
    named: tuple[CopyGroup, ...]


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag as it is spelt, and how many articles have it."""

    tag: str
    articles: int


@dataclass(frozen=True, slots=True)
class Tags:
    """Tags that need attention; spellings of one tag count as one, except in ``twins``.

    ``distinct`` is the number of tags, ``untagged`` that of articles without any, the newest of
    which are in ``bare``. ``broad`` are the tags of more than a tenth of the articles,
    ``singletons`` the number of tags of one article only, some of them in ``single``; each of
    ``twins`` has the spellings of one tag, the commonest first.
    """

    distinct: int
    untagged: int
    bare: tuple[Named, ...]
    broad: tuple[TagCount, ...]
    singletons: int
    single: tuple[str, ...]
    twins: tuple[tuple[TagCount, ...], ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the lists of judged articles are; see ``evaluation.measures``."""

    queries: int
    measures: dict[str, Measured]
