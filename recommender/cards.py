"""Cards: what a list shows of each article, memory-mapped, found by id or url."""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.errors import ArticleError, ArticleNotFoundError
from recommender.facets import Facets, facet_keys
from recommender.nearness import NEVER, UNDATED, microseconds, moment
from recommender.strings import Column, Longer, Strings
from recommender.text import plain_text

_SHOWN = ("title", "url", "section", "tags", "author", "language")
_HEADLINE_WORDS = 12
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Card:
    """What a list shows of an article; its title has no HTML and is never empty."""

    id: str
    title: str
    url: str | None
    published_at: datetime | None
    section: str | None
    tags: tuple[str, ...]
    author: str | None
    language: str | None


@dataclass(frozen=True)
class Cards:
    """One card a row: ``ids`` and ``urls`` to find them, the rest as JSON, and what filters ask.

    Articles newer than the model come after its own, and ``newer`` shows them; the last of an id is
    what it is now. ``published`` (int64) is microseconds since 1970, ``UNDATED`` where unknown, and
    ``NEVER`` for an article that was deleted or changed since, which is not found.

    Examples
    --------
    >>> cards, _ = Cards.of([Article(id="a/1", title="<b>Hail</b>")])
    >>> cards.row("a/1"), cards[0].title
    (0, 'Hail')
    """

    ids: Strings | Longer
    urls: Strings | Longer
    shown: Column
    published: NDArray[np.int64]
    facets: Facets
    newer: tuple[str, ...] = ()

    @classmethod
    def of(cls, articles: Iterable[Article]) -> tuple[Cards, list[Article]]:
        """Make the cards of a few articles, and return these as a list."""
        making = CardMaker()
        kept = list(making.watch(articles))
        return making.made(), kept

    def __len__(self) -> int:
        return len(self.published)

    def __getitem__(self, row: int) -> Card:
        at = row - len(self.shown)
        told = json.loads(self.shown[row] if at < 0 else self.newer[at])
        told |= {"tags": tuple(told["tags"]), "published_at": moment(self.published[row])}
        return Card(self.ids[row], **told)

    def added(self, articles: Sequence[Article], published: NDArray[np.int64]) -> Cards:
        """Return the cards with those of more articles; ``published`` is of all of them."""
        return replace(
            self,
            ids=Longer.of(self.ids).added([article.id for article in articles]),
            urls=Longer.of(self.urls).added([article.url or "" for article in articles]),
            newer=(*self.newer, *map(shown, articles)),
            published=published,
            facets=self.facets.added(articles, len(self)),
        )

    @cached_property
    def median(self) -> int:
        """The median time of publication, in microseconds since 1970; UNDATED if none is known."""
        dated = self.published[(self.published != UNDATED) & (self.published != NEVER)]
        return int(np.median(dated)) if len(dated) else UNDATED

    def row(self, article_id: str, now: datetime | None = None) -> int:
        """Return the row of an id, if it is published at ``now`` (None: any).

        Raises
        ------
        ArticleNotFoundError
            When no article has it.
        """
        row = self.ids.find(article_id)
        if row is None or self.published[row] > _told(now):
            raise ArticleNotFoundError(f"no article has the id {article_id!r}")
        return row

    def row_of_url(self, url: str, now: datetime | None = None) -> int:
        """Return the first row of a url that is published at ``now`` (None: any).

        Raises
        ------
        ArticleNotFoundError
            When no article has it.
        """
        told = _told(now)
        row = next((row for row in self.urls.rows(url) if self.published[row] <= told), None)
        if row is None:
            raise ArticleNotFoundError(f"no article has the url {url!r}")
        return row

    @cached_property
    def _ends(self) -> tuple[int, int]:
        dated = self.published[(self.published != UNDATED) & (self.published != NEVER)]
        return (int(dated.min()), int(dated.max())) if len(dated) else (UNDATED, UNDATED)

    def span(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """Return when the first and the last of what is published at ``now`` were published."""
        told, (first, last) = _told(now), self._ends
        if last > told:
            dated = self.published[(self.published != UNDATED) & (self.published <= told)]
            first, last = (dated.min(), dated.max()) if len(dated) else (UNDATED, UNDATED)
        return moment(first), moment(last)

    def upcoming(self, now: datetime) -> list[datetime]:
        """Return the times after ``now`` at which articles are published, ascending."""
        ahead = np.unique(self.published[self.published > microseconds(now)])
        return [time for each in ahead.tolist() if (time := moment(each))]


class CardMaker:
    """Makes cards of articles as they stream by to whoever else reads them."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._urls: list[str] = []
        self._shown, self._shown_ends = bytearray(), array("q", [0])
        self._published: list[int] = []
        self._facets: defaultdict[str, array[int]] = defaultdict(partial(array, "i"))

    def watch(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Yield the articles on, noting what their cards need."""
        for article in articles:
            for key in facet_keys(article):
                self._facets[key].append(len(self._ids))
            self._ids.append(article.id)
            self._urls.append(article.url or "")
            self._shown += shown(article).encode()
            self._shown_ends.append(len(self._shown))
            self._published.append(microseconds(article.published_at))
            yield article

    def made(self) -> Cards:
        """Return the cards of all articles that streamed by.

        Raises
        ------
        ArticleError
            When two of them have one id.
        """
        ids = Strings.of(self._ids)
        if len(set(self._ids)) < len(self._ids):
            [(twice, _)] = Counter(self._ids).most_common(1)
            raise ArticleError(
                f"two articles have the id {twice!r}: keep one, or import them into an archive, "
                "where the last one wins"
            )
        published = np.array(self._published, np.int64)
        ends = np.frombuffer(self._shown_ends, np.int64)
        column = Column(np.frombuffer(self._shown, np.uint8), ends)
        return Cards(ids, Strings.of(self._urls), column, published, Facets.of(self._facets))


def shown(article: Article) -> str:
    """Return what a card shows of an article beside its id and date, as JSON."""
    record = {name: getattr(article, name) for name in _SHOWN}
    record["title"] = headline(article.id, article.title, article.body)
    return _encode(record)


def _told(now: datetime | None) -> int:
    return NEVER - 1 if now is None else microseconds(now)


def headline(article_id: str, title: str, body: str) -> str:
    """Return the title of an article without HTML, else how its text begins, else its id.

    Examples
    --------
    >>> headline("a1", "", "<p>No ferry today.</p>")
    'No ferry today.'
    """
    title = " ".join(plain_text(title).split())
    if title:
        return title
    opening = plain_text(body).split()
    if not opening:
        return article_id
    return " ".join(opening[:_HEADLINE_WORDS]) + ("…" if len(opening) > _HEADLINE_WORDS else "")
