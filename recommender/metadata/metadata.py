"""Article metadata: the stored fields that lists show, memory-mapped, found by id or url."""

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

from recommender.articles.article import Article
from recommender.articles.strings import ExtendedStrings, StringColumn, Strings
from recommender.articles.times import NEVER, UNDATED, microseconds, to_datetime
from recommender.errors import ArticleError, ArticleNotFoundError
from recommender.metadata.facets import Facets, facet_keys
from recommender.text.html import plain_text

_STORED = ("title", "url", "section", "tags", "author", "language")
_HEADLINE_WORDS = 12
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class ArticleMetadata:
    """The fields of an article that a list shows; the title has no HTML and is never empty."""

    id: str
    title: str
    url: str | None
    published_at: datetime | None
    section: str | None
    tags: tuple[str, ...]
    author: str | None
    language: str | None


@dataclass(frozen=True)
class Metadata:
    """The metadata of all rows, in columns; ``ids`` and ``urls`` find the row of an article.

    ``stored`` holds one JSON object per row of the trained model, and ``live`` those of articles
    that were added since, whose rows follow. ``published`` (int64) is microseconds since 1970:
    ``UNDATED`` where unknown, ``NEVER`` for an article that was deleted or replaced since
    training, which is not found any more.

    Examples
    --------
    >>> articles, _ = Metadata.of([Article(id="a/1", title="<b>Hail</b>")])
    >>> articles.row("a/1"), articles[0].title
    (0, 'Hail')
    """

    ids: Strings | ExtendedStrings
    urls: Strings | ExtendedStrings
    stored: StringColumn
    published: NDArray[np.int64]
    facets: Facets
    live: tuple[str, ...] = ()

    @classmethod
    def of(cls, articles: Iterable[Article]) -> tuple[Metadata, list[Article]]:
        """Return the metadata of a few articles, and the articles as a list."""
        builder = MetadataBuilder()
        articles = list(builder.watch(articles))
        return builder.build(), articles

    def __len__(self) -> int:
        return len(self.published)

    def __getitem__(self, row: int) -> ArticleMetadata:
        at = row - len(self.stored)
        fields = json.loads(self.stored[row] if at < 0 else self.live[at])
        fields["tags"] = tuple(fields["tags"])
        return ArticleMetadata(
            self.ids[row], published_at=to_datetime(self.published[row]), **fields
        )

    def extended(self, articles: Sequence[Article], published: NDArray[np.int64]) -> Metadata:
        """Return the metadata with more articles at its end; ``published`` is for all rows."""
        return replace(
            self,
            ids=ExtendedStrings.of(self.ids).extended([article.id for article in articles]),
            urls=ExtendedStrings.of(self.urls).extended([each.url or "" for each in articles]),
            live=(*self.live, *map(stored_fields, articles)),
            published=published,
            facets=self.facets.extended(articles, len(self)),
        )

    @cached_property
    def median(self) -> int:
        """The median publication time, in microseconds since 1970; ``UNDATED`` without any."""
        dated = self.published[(self.published != UNDATED) & (self.published != NEVER)]
        return int(np.median(dated)) if len(dated) else UNDATED

    def row(self, article_id: str, now: datetime | None = None) -> int:
        """Return the row of an id, if it is visible at ``now`` (None: at any time).

        Raises
        ------
        ArticleNotFoundError
            If no visible article has the id.
        """
        row = self.ids.find(article_id)
        if row is None or self.published[row] > _visible_until(now):
            raise ArticleNotFoundError(f"no article has the id {article_id!r}")
        return row

    def row_of_url(self, url: str, now: datetime | None = None) -> int:
        """Return the first row of a url that is visible at ``now`` (None: at any time).

        Raises
        ------
        ArticleNotFoundError
            If no visible article has the url.
        """
        until = _visible_until(now)
        row = next((row for row in self.urls.rows(url) if self.published[row] <= until), None)
        if row is None:
            raise ArticleNotFoundError(f"no article has the url {url!r}")
        return row

    @cached_property
    def _first_and_last(self) -> tuple[int, int]:
        dated = self.published[(self.published != UNDATED) & (self.published != NEVER)]
        return (int(dated.min()), int(dated.max())) if len(dated) else (UNDATED, UNDATED)

    def span(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """Return the first and the last publication time of the articles visible at ``now``."""
        until, (first, last) = _visible_until(now), self._first_and_last
        if last > until:
            dated = self.published[(self.published != UNDATED) & (self.published <= until)]
            first, last = (dated.min(), dated.max()) if len(dated) else (UNDATED, UNDATED)
        return to_datetime(first), to_datetime(last)

    def upcoming(self, now: datetime) -> list[datetime]:
        """Return the publication times after ``now``, ascending and distinct."""
        ahead = np.unique(self.published[self.published > microseconds(now)])
        return [time for each in ahead.tolist() if (time := to_datetime(each))]


class MetadataBuilder:
    """Builds the metadata of a stream of articles while another reader consumes it."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._urls: list[str] = []
        self._stored, self._stored_ends = bytearray(), array("q", [0])
        self._published: list[int] = []
        self._facets: defaultdict[str, array[int]] = defaultdict(partial(array, "i"))

    def watch(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Yield each article unchanged, after collecting its metadata."""
        for article in articles:
            for key in facet_keys(article):
                self._facets[key].append(len(self._ids))
            self._ids.append(article.id)
            self._urls.append(article.url or "")
            self._stored += stored_fields(article).encode()
            self._stored_ends.append(len(self._stored))
            self._published.append(microseconds(article.published_at))
            yield article

    def build(self) -> Metadata:
        """Return the metadata of all articles that ``watch`` yielded.

        Raises
        ------
        ArticleError
            If two articles have the same id.
        """
        ids = Strings.of(self._ids)
        if len(set(self._ids)) < len(self._ids):
            [(duplicate, _)] = Counter(self._ids).most_common(1)
            raise ArticleError(
                f"two articles have the id {duplicate!r}: keep one, or import them into an "
                "archive, where the last one wins"
            )
        published = np.array(self._published, np.int64)
        ends = np.frombuffer(self._stored_ends, np.int64)
        stored = StringColumn(np.frombuffer(self._stored, np.uint8), ends)
        return Metadata(ids, Strings.of(self._urls), stored, published, Facets.of(self._facets))


def stored_fields(article: Article) -> str:
    """Return an article's metadata without its id and date, as a JSON object."""
    record = {name: getattr(article, name) for name in _STORED}
    record["title"] = headline(article.id, article.title, article.body)
    return _encode(record)


def _visible_until(now: datetime | None) -> int:
    """Return the latest publication time visible at ``now``, in microseconds since 1970."""
    return NEVER - 1 if now is None else microseconds(now)


def headline(article_id: str, title: str, body: str) -> str:
    """Return an article's title without HTML, else the first words of its body, else its id.

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
